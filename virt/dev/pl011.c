/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An emulated PL011 (ARM DDI 0183G): what Linux's amba-pl011, early consoles
 * and small kernels use. No DMA, no modem lines, no IrDA.
 *
 * The transmit FIFO is empty or full. Empty as long as the console takes bytes:
 * one is out when its write is done, so the transmit interrupt is raised again
 * by each write, as a FIFO that has just drained below its level does (2.8.3),
 * and stays until it is cleared. Full while the UART of the host is the slower
 * one, until the console says that there is room. Bytes written then go out
 * all the same, later.
 */
#include "primecell.h"

#include <arch/virt.h>
#include <errno.h>
#include <lib/fdt.h>
#include <lib/lock.h>
#include <lib/util.h>
#include <libfdt.h>
#include <virt/config.h>
#include <virt/guest_fdt.h>
#include <virt/vconsole.h>
#include <virt/vm.h>

/* Offsets: DDI 0183G table 3-1 */
enum {
	DR = 0x00,
	RSR = 0x04,
	FR = 0x18,
	ILPR = 0x20,
	IBRD = 0x24,
	FBRD = 0x28,
	LCR_H = 0x2c,
	CR = 0x30,
	IFLS = 0x34,
	IMSC = 0x38,
	RIS = 0x3c,
	MIS = 0x40,
	ICR = 0x44,
	DMACR = 0x48,
};

#define FR_CTS BIT(0)
#define FR_DSR BIT(1)
#define FR_DCD BIT(2)
#define FR_RXFE BIT(4)
#define FR_TXFF BIT(5)
#define FR_RXFF BIT(6)
#define FR_TXFE BIT(7)

#define LCR_H_FEN BIT(4)

#define CR_UARTEN BIT(0)
#define CR_LBE BIT(7)
#define CR_TXE BIT(8)
#define CR_RXE BIT(9)

#define INT_RX BIT(4)
#define INT_TX BIT(5)
#define INT_RT BIT(6)
#define INT_ALL 0x7ff

#define FIFO_SIZE 16u /* revision r1p3: PeriphID2 below */

/* no pointers: it can be saved as it is */
struct pl011 {
	struct spinlock lock; /* guards all of it */
	uint32_t ilpr, ibrd, fbrd, lcr_h, cr, ifls, imsc, ris, dmacr;
	uint32_t line; /* level last given to the interrupt controller */
	uint32_t rx_head, rx_count;
	uint8_t rx[FIFO_SIZE];
};

/* Linux will not drive it without two clocks; both are this one */
static const struct primecell pl011_cell = {
	.periph_id = {0x11, 0x10, 0x14, 0x00},
	.compatible = "arm,pl011",
	.clocks = {{"uartclk", "pl011-clock", 24000000},
		   {"apb_pclk", "pl011-clock", 24000000}},
};

/*
 * Receive FIFO and interrupts; the lock is held
 */

static uint32_t rx_depth(const struct pl011 *p)
{
	return p->lcr_h & LCR_H_FEN ? FIFO_SIZE : 1;
}

static uint32_t rx_level(const struct pl011 *p)
{
	static const uint8_t eighths[] = {1, 2, 4, 6, 7, 4, 4, 4};

	return MAX(rx_depth(p) * eighths[(p->ifls >> 3) & 7] / 8, 1u);
}

static void irq_update_locked(struct vdev *dev, struct pl011 *p)
{
	uint32_t line = (p->ris & p->imsc) != 0;

	if (line == p->line || !dev->virq)
		return;
	p->line = line;
	arch_virq_set(dev->vm, dev->virq, line);
}

/*
 * The receive timeout is meant for bytes that wait below the level while the
 * line is idle; here the line is idle at once.
 */
static void rx_irq_raise_locked(struct pl011 *p)
{
	p->ris |= INT_RT;
	if (p->rx_count >= rx_level(p))
		p->ris |= INT_RX;
}

static bool rx_push_locked(struct pl011 *p, uint8_t byte)
{
	if (p->rx_count >= rx_depth(p))
		return false;
	p->rx[(p->rx_head + p->rx_count++) % FIFO_SIZE] = byte;
	rx_irq_raise_locked(p);
	return true;
}

static uint32_t rx_pop_locked(struct pl011 *p)
{
	uint32_t byte;

	if (!p->rx_count)
		return 0;
	byte = p->rx[p->rx_head];
	p->rx_head = (p->rx_head + 1) % FIFO_SIZE;
	p->rx_count--;
	if (p->rx_count < rx_level(p))
		p->ris &= ~INT_RX;
	if (!p->rx_count)
		p->ris &= ~INT_RT;
	return byte;
}

static bool pl011_input(struct vdev *dev, uint8_t byte)
{
	struct pl011 *p = dev->state;
	bool taken;

	spin_lock(&p->lock);
	taken = (p->cr & (CR_UARTEN | CR_RXE)) == (CR_UARTEN | CR_RXE) &&
		rx_push_locked(p, byte);
	irq_update_locked(dev, p);
	spin_unlock(&p->lock);
	return taken;
}

/*
 * Registers
 */

/*
 * What guests read before every byte they write: one look at each word, and no
 * lock. It is as good as a value that was read a moment earlier or later.
 */
static uint32_t flags(const struct vdev *dev, const struct pl011 *p)
{
	uint32_t count = __atomic_load_n(&p->rx_count, __ATOMIC_RELAXED);
	uint32_t fr = FR_CTS | FR_DSR | FR_DCD;

	fr |= dev->vm->console && vconsole_full(dev->vm->console) ? FR_TXFF
								  : FR_TXFE;
	if (!count)
		fr |= FR_RXFE;
	if (count >= rx_depth(p))
		fr |= FR_RXFF;
	return fr;
}

static uint32_t reg_read_locked(struct pl011 *p, uint64_t reg)
{
	switch (reg) {
	case DR:
		return rx_pop_locked(p);
	case ILPR:
		return p->ilpr;
	case IBRD:
		return p->ibrd;
	case FBRD:
		return p->fbrd;
	case LCR_H:
		return p->lcr_h;
	case CR:
		return p->cr;
	case IFLS:
		return p->ifls;
	case IMSC:
		return p->imsc;
	case RIS:
		return p->ris;
	case MIS:
		return p->ris & p->imsc;
	case DMACR:
		return p->dmacr;
	default:
		break;
	}
	return primecell_id(&pl011_cell, reg);
}

static uint64_t pl011_read(struct vdev *dev, uint64_t offset,
			   unsigned int width __unused_arg)
{
	struct pl011 *p = dev->state;
	uint64_t reg = ALIGN_DOWN(offset, 4);
	uint32_t value;

	if (reg == FR)
		return flags(dev, p) >> (8 * (offset & 3));

	spin_lock(&p->lock);
	value = reg_read_locked(p, reg);
	irq_update_locked(dev, p);
	spin_unlock(&p->lock);

	if (reg == DR && dev->vm->console)
		vconsole_pump(dev->vm->console); /* there is room again */
	return value >> (8 * (offset & 3));
}

static void reg_write_locked(struct pl011 *p, uint64_t reg, uint32_t value)
{
	switch (reg) {
	case DR:
		if (p->cr & CR_LBE)
			rx_push_locked(p, (uint8_t)value);
		p->ris |= INT_TX;
		break;
	case ILPR:
		p->ilpr = value & 0xff;
		break;
	case IBRD:
		p->ibrd = value & 0xffff;
		break;
	case FBRD:
		p->fbrd = value & 0x3f;
		break;
	case LCR_H:
		/* turning the FIFO on or off empties it */
		if ((value ^ p->lcr_h) & LCR_H_FEN)
			p->rx_head = p->rx_count = 0;
		p->lcr_h = value & 0xff;
		break;
	case CR:
		p->cr = value & 0xff87;
		break;
	case IFLS:
		p->ifls = value & 0x3f;
		break;
	case IMSC:
		p->imsc = value & INT_ALL;
		break;
	case ICR:
		p->ris &= ~value;
		break;
	case DMACR:
		p->dmacr = value & 0x7;
		break;
	default: /* RSR: no errors to clear; the rest is read-only */
		break;
	}
}

static void pl011_room(struct vdev *dev)
{
	struct pl011 *p = dev->state;

	spin_lock(&p->lock);
	p->ris |= INT_TX;
	irq_update_locked(dev, p);
	spin_unlock(&p->lock);
}

static void tx_full(struct vdev *dev, struct pl011 *p)
{
	spin_lock(&p->lock);
	p->ris &= ~INT_TX;
	irq_update_locked(dev, p);
	spin_unlock(&p->lock);
	/* there may be room since, and pl011_room() was a moment too early */
	if (!vconsole_full(dev->vm->console))
		pl011_room(dev);
}

/*
 * Early consoles write without ever enabling the UART and real boards'
 * firmware has done it for them: the byte goes out in any case.
 *
 * Return: false: it goes elsewhere, and nothing was done.
 */
static bool tx_write(struct vdev *dev, struct pl011 *p, uint8_t byte)
{
	if (!dev->vm->console ||
	    (__atomic_load_n(&p->cr, __ATOMIC_RELAXED) & CR_LBE))
		return false;
	if (!vconsole_put(dev->vm->console, byte))
		tx_full(dev, p);
	else if (!(__atomic_load_n(&p->ris, __ATOMIC_RELAXED) & INT_TX))
		pl011_room(dev);
	/* else the interrupt that it raises is there already: no lock */
	return true;
}

static void pl011_write(struct vdev *dev, uint64_t offset,
			unsigned int width __unused_arg, uint64_t value)
{
	struct pl011 *p = dev->state;

	if (offset & 3)
		return;
	if (offset == DR && tx_write(dev, p, (uint8_t)value))
		return;

	spin_lock(&p->lock);
	reg_write_locked(p, offset, (uint32_t)value);
	irq_update_locked(dev, p);
	spin_unlock(&p->lock);

	if ((offset == CR || offset == LCR_H) && dev->vm->console)
		vconsole_pump(dev->vm->console);
}

/* A look at the flags, and a byte for a console that takes it. */
static bool pl011_quick(struct vdev *dev, uint64_t offset,
			unsigned int width __unused_arg, bool write,
			uint64_t *value)
{
	struct pl011 *p = dev->state;

	if (write)
		return offset == DR && tx_write(dev, p, (uint8_t)*value);
	if (offset != FR)
		return false;
	*value = flags(dev, p);
	return true;
}

/*
 * Life
 */

static void pl011_reset(struct vdev *dev)
{
	struct pl011 *p = dev->state;

	spin_lock(&p->lock);
	p->ilpr = p->ibrd = p->fbrd = p->lcr_h = 0;
	p->imsc = p->ris = p->dmacr = 0;
	p->rx_head = p->rx_count = 0;
	p->cr = CR_TXE | CR_RXE; /* DDI 0183G 3.3.8 */
	p->ifls = 0x12;
	irq_update_locked(dev, p);
	spin_unlock(&p->lock);
}

static int pl011_init(struct vdev *dev)
{
	struct pl011 *p = dev->state;

	spin_init(&p->lock, LOCK_RANK_DEVICE);
	if (dev->vm->console)
		return 0; /* a second one writes to the same console */
	dev->vm->console = vconsole_create(dev->vm, dev);
	return dev->vm->console ? 0 : -ENOMEM;
}

static int pl011_fdt_node(const struct vdev *dev, void *fdt, int parent)
{
	int node = primecell_fdt_node(&pl011_cell, dev, fdt, parent);

	return MIN(node, 0);
}

static const char *const pl011_compatible[] = {"arm,pl011", NULL};

static const struct vdev_ops pl011_ops = {
	.name = "pl011",
	.type = VM_EMU_CONSOLE,
	.kind = VM_CONSOLE_PL011,
	.compatible = pl011_compatible,
	.state_size = sizeof(struct pl011),
	.init = pl011_init,
	.reset = pl011_reset,
	.read = pl011_read,
	.write = pl011_write,
	.quick = pl011_quick,
	.fdt_node = pl011_fdt_node,
	.console_input = pl011_input,
	.console_room = pl011_room,
};
VDEV(pl011_ops);
