/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An emulated 16550A (National Semiconductor PC16550D): what Linux's 8250,
 * early consoles and small kernels use. No modem lines, no line errors, no DMA.
 * And Synopsys' kind of it, the DesignWare APB UART of Rockchip's boards: the
 * same registers four bytes apart and a few more behind them. It is never busy,
 * so that it takes LCR at any time.
 *
 * The transmitter is empty or full. Empty as long as the console takes bytes:
 * they are gone at once. Where its end is slower than the guest it is full, and
 * interrupts when there is room again.
 */
#include <arch/virt.h>
#include <errno.h>
#include <lib/fdt.h>
#include <lib/lock.h>
#include <lib/util.h>
#include <libfdt.h>
#include <virt/config.h>
#include <virt/vconsole.h>
#include <virt/vdev.h>
#include <virt/vm.h>

/* Registers, table II: the first two are the divisor's while LCR.DLAB is set */
enum {
	RBR_THR = 0,
	IER = 1,
	IIR_FCR = 2,
	LCR = 3,
	MCR = 4,
	LSR = 5,
	MSR = 6,
	SCR = 7,
};

#define IER_RX BIT(0)
#define IER_TX BIT(1)
#define IER_ALL 0xf

/* Interrupt identification, table IV: the highest priority alone is seen */
#define IIR_NONE 0x1
#define IIR_TX 0x2
#define IIR_RX 0x4
#define IIR_RX_TIMEOUT 0xc
#define IIR_FIFOS 0xc0

#define FCR_ENABLE BIT(0)
#define FCR_RX_RESET BIT(1)

#define LCR_DLAB BIT(7)

#define MCR_LOOP BIT(4)
#define MCR_ALL 0x1f

#define LSR_RX BIT(0)
#define LSR_TX_EMPTY (BIT(5) | BIT(6))

#define MSR_CTS BIT(4)
#define MSR_DSR BIT(5)
#define MSR_RI BIT(6)
#define MSR_DCD BIT(7)

#define FIFO_SIZE 16u
#define CLOCK_HZ 3686400

/*
 * What DW_apb_uart has more, DesignWare DW_apb_uart Databook 4.03a, chapter
 * "Registers": offsets in bytes. The parameters say 32-bit registers and the
 * FIFO's size in units of 16.
 */
enum {
	DW_USR = 0x7c,
	DW_TFL = 0x80,
	DW_RFL = 0x84,
	DW_SRR = 0x88,
	DW_CPR = 0xf4,
	DW_UCV = 0xf8,
	DW_CTR = 0xfc,
};

#define DW_STRIDE 4
#define DW_USR_TX_ROOM BIT(1)
#define DW_USR_TX_EMPTY BIT(2)
#define DW_USR_RX BIT(3)
#define DW_SRR_UART BIT(0)
#define DW_SRR_RX_FIFO BIT(1)
#define DW_CPR_VALUE (FIFO_SIZE / 16 << 16 | 0x2)
#define DW_UCV_VALUE 0x3430332a /* "403*" */
#define DW_CTR_VALUE 0x44570110
#define DW_CLOCK_HZ 24000000 /* Rockchip's crystal */

/* no pointers: it can be saved as it is */
struct ns16550 {
	struct spinlock lock; /* guards all of it */
	uint32_t ier, fcr, lcr, mcr, scr, divisor;
	uint32_t tx_due; /* the transmitter's interrupt has not been seen yet */
	uint32_t line;   /* level last given to the interrupt controller */
	uint32_t rx_head, rx_count;
	uint8_t rx[FIFO_SIZE];
};

/*
 * Receiver and interrupts; the lock is held
 */

static uint32_t rx_depth(const struct ns16550 *p)
{
	return p->fcr & FCR_ENABLE ? FIFO_SIZE : 1;
}

/*
 * The timeout is meant for bytes that wait below the level while the line is
 * idle; here the line is idle at once.
 */
static uint32_t interrupt_of(const struct ns16550 *p)
{
	static const uint8_t levels[] = {1, 4, 8, 14};
	uint32_t level = p->fcr & FCR_ENABLE ? levels[p->fcr >> 6] : 1;

	if ((p->ier & IER_RX) && p->rx_count)
		return p->rx_count >= level ? IIR_RX : IIR_RX_TIMEOUT;
	if ((p->ier & IER_TX) && p->tx_due)
		return IIR_TX;
	return IIR_NONE;
}

static void irq_update_locked(struct vdev *dev, struct ns16550 *p)
{
	uint32_t line = interrupt_of(p) != IIR_NONE;

	if (line == p->line || !dev->virq)
		return;
	p->line = line;
	arch_virq_set(dev->vm, dev->virq, line);
}

static bool rx_push_locked(struct ns16550 *p, uint8_t byte)
{
	if (p->rx_count >= rx_depth(p))
		return false;
	p->rx[(p->rx_head + p->rx_count++) % FIFO_SIZE] = byte;
	return true;
}

static uint32_t rx_pop_locked(struct ns16550 *p)
{
	uint32_t byte;

	if (!p->rx_count)
		return 0;
	byte = p->rx[p->rx_head];
	p->rx_head = (p->rx_head + 1) % FIFO_SIZE;
	p->rx_count--;
	return byte;
}

static bool ns16550_input(struct vdev *dev, uint8_t byte)
{
	struct ns16550 *p = dev->state;
	bool taken;

	spin_lock(&p->lock);
	taken = !(p->mcr & MCR_LOOP) && rx_push_locked(p, byte);
	irq_update_locked(dev, p);
	spin_unlock(&p->lock);
	return taken;
}

/*
 * Registers
 */

/*
 * What guests read before every byte they write: one look, and no lock. It is
 * as good as a value that was read a moment earlier or later.
 */
static uint32_t line_status(const struct vdev *dev, const struct ns16550 *p)
{
	uint32_t status = 0;

	if (__atomic_load_n(&p->rx_count, __ATOMIC_RELAXED))
		status |= LSR_RX;
	if (!dev->vm->console || !vconsole_full(dev->vm->console))
		status |= LSR_TX_EMPTY;
	return status;
}

/* In loopback the outputs are what the inputs see: 8.7. */
static uint32_t modem_status(const struct ns16550 *p)
{
	if (!(p->mcr & MCR_LOOP))
		return MSR_CTS | MSR_DSR | MSR_DCD;
	return (p->mcr & BIT(0) ? MSR_DSR : 0) |
	       (p->mcr & BIT(1) ? MSR_CTS : 0) |
	       (p->mcr & BIT(2) ? MSR_RI : 0) | (p->mcr & BIT(3) ? MSR_DCD : 0);
}

static uint32_t identify_locked(struct ns16550 *p)
{
	uint32_t iir = interrupt_of(p);

	/* having been read is the end of it, 8.5 */
	if (iir == IIR_TX)
		p->tx_due = 0;
	return iir | (p->fcr & FCR_ENABLE ? IIR_FIFOS : 0);
}

static uint32_t reg_read_locked(struct ns16550 *p, uint64_t reg)
{
	bool dlab = p->lcr & LCR_DLAB;

	switch (reg) {
	case RBR_THR:
		return dlab ? p->divisor & 0xff : rx_pop_locked(p);
	case IER:
		return dlab ? p->divisor >> 8 : p->ier;
	case IIR_FCR:
		return identify_locked(p);
	case LCR:
		return p->lcr;
	case MCR:
		return p->mcr;
	case MSR:
		return modem_status(p);
	case SCR:
		return p->scr;
	default:
		return 0;
	}
}

static uint64_t ns16550_read(struct vdev *dev, uint64_t offset,
			     unsigned int width __unused_arg)
{
	struct ns16550 *p = dev->state;
	uint32_t value;

	if (offset == LSR)
		return line_status(dev, p);
	spin_lock(&p->lock);
	value = reg_read_locked(p, offset);
	irq_update_locked(dev, p);
	spin_unlock(&p->lock);

	if (offset == RBR_THR && dev->vm->console)
		vconsole_pump(dev->vm->console); /* there is room again */
	return value;
}

static void fcr_write_locked(struct ns16550 *p, uint32_t value)
{
	/* turning the FIFOs on or off empties them, 8.4 */
	if (((value ^ p->fcr) & FCR_ENABLE) || (value & FCR_RX_RESET))
		p->rx_head = p->rx_count = 0;
	p->fcr = value & FCR_ENABLE ? value & 0xc1 : 0;
}

static void reg_write_locked(struct ns16550 *p, uint64_t reg, uint32_t value)
{
	bool dlab = p->lcr & LCR_DLAB;

	switch (reg) {
	case RBR_THR:
		if (dlab)
			p->divisor = (p->divisor & 0xff00) | value;
		else if (p->mcr & MCR_LOOP)
			rx_push_locked(p, (uint8_t)value);
		p->tx_due |= !dlab;
		break;
	case IER:
		if (dlab) {
			p->divisor = (p->divisor & 0xff) | value << 8;
			break;
		}
		/* an empty transmitter interrupts when it is allowed to */
		p->tx_due |= (value & ~p->ier & IER_TX) != 0;
		p->ier = value & IER_ALL;
		break;
	case IIR_FCR:
		fcr_write_locked(p, value);
		break;
	case LCR:
		p->lcr = value;
		break;
	case MCR:
		p->mcr = value & MCR_ALL;
		break;
	case SCR:
		p->scr = value;
		break;
	default:
		break;
	}
}

static void tx_due_set(struct vdev *dev, struct ns16550 *p, bool due)
{
	spin_lock(&p->lock);
	p->tx_due = due;
	irq_update_locked(dev, p);
	spin_unlock(&p->lock);
}

static void ns16550_room(struct vdev *dev)
{
	tx_due_set(dev, dev->state, true);
}

/* Return: false: it goes elsewhere, and nothing was done. */
static bool tx_write(struct vdev *dev, struct ns16550 *p, uint8_t byte)
{
	if (!dev->vm->console ||
	    (__atomic_load_n(&p->lcr, __ATOMIC_RELAXED) & LCR_DLAB) ||
	    (__atomic_load_n(&p->mcr, __ATOMIC_RELAXED) & MCR_LOOP))
		return false;
	if (!vconsole_put(dev->vm->console, byte)) {
		tx_due_set(dev, p, false);
		/* there may be room since, and the call was too early */
		if (!vconsole_full(dev->vm->console))
			ns16550_room(dev);
	} else if (!__atomic_load_n(&p->tx_due, __ATOMIC_RELAXED)) {
		ns16550_room(dev);
	}
	/* else the interrupt that it raises is there already: no lock */
	return true;
}

static void ns16550_write(struct vdev *dev, uint64_t offset,
			  unsigned int width __unused_arg, uint64_t value)
{
	struct ns16550 *p = dev->state;

	if (offset == RBR_THR && tx_write(dev, p, (uint8_t)value))
		return;
	spin_lock(&p->lock);
	reg_write_locked(p, offset, (uint8_t)value);
	irq_update_locked(dev, p);
	spin_unlock(&p->lock);

	if ((offset == IIR_FCR || offset == MCR) && dev->vm->console)
		vconsole_pump(dev->vm->console);
}

/* A look at the status, and a byte for a console that takes it. */
static bool ns16550_quick(struct vdev *dev, uint64_t offset,
			  unsigned int width __unused_arg, bool write,
			  uint64_t *value)
{
	struct ns16550 *p = dev->state;

	if (write)
		return offset == RBR_THR && tx_write(dev, p, (uint8_t)*value);
	if (offset != LSR)
		return false;
	*value = line_status(dev, p);
	return true;
}

/*
 * Life
 */

static void ns16550_reset(struct vdev *dev)
{
	struct ns16550 *p = dev->state;

	spin_lock(&p->lock);
	p->ier = p->fcr = p->lcr = p->mcr = p->scr = p->divisor = 0;
	p->tx_due = p->rx_head = p->rx_count = 0;
	irq_update_locked(dev, p);
	spin_unlock(&p->lock);
}

static int ns16550_init(struct vdev *dev)
{
	struct ns16550 *p = dev->state;

	spin_init(&p->lock, LOCK_RANK_DEVICE);
	if (dev->vm->console)
		return 0; /* a second one writes to the same console */
	dev->vm->console = vconsole_create(dev->vm, dev);
	return dev->vm->console ? 0 : -ENOMEM;
}

/* Return: the node; -ENOSPC */
static int node_add(const struct vdev *dev, void *fdt, int parent,
		    const char *compatible, uint32_t clock_hz)
{
	char name[32];
	int node, err;

	vdev_node_name(dev, name, sizeof(name));
	node = fdt_add_subnode(fdt, parent, name);
	if (node < 0)
		return -ENOSPC;
	err = fdt_setprop_string(fdt, node, "compatible", compatible);
	if (!err)
		err = fdt_appendprop_addrrange(fdt, parent, node, "reg",
					       dev->gpa.v, dev->size_bytes);
	if (!err)
		err = fdt_setprop_u32(fdt, node, "clock-frequency", clock_hz);
	return err ? -ENOSPC : node;
}

static int ns16550_fdt_node(const struct vdev *dev, void *fdt, int parent)
{
	int node = node_add(dev, fdt, parent, "ns16550a", CLOCK_HZ);

	if (node < 0)
		return node;
	return dev->virq ? vdev_fdt_irq(dev, fdt, node) : 0;
}

static const char *const ns16550_compatible[] = {"ns16550a", "ns16550", NULL};
static const char *const dw_compatible[] = {"snps,dw-apb-uart", NULL};

static const struct vdev_ops ns16550_ops = {
	.name = "serial",
	.type = VM_EMU_CONSOLE,
	.kind = VM_CONSOLE_16550,
	.compatible = ns16550_compatible,
	.state_size = sizeof(struct ns16550),
	.init = ns16550_init,
	.reset = ns16550_reset,
	.read = ns16550_read,
	.write = ns16550_write,
	.quick = ns16550_quick,
	.fdt_node = ns16550_fdt_node,
	.console_input = ns16550_input,
	.console_room = ns16550_room,
};
VDEV(ns16550_ops);

/*
 * DesignWare
 */

static uint64_t dw_read(struct vdev *dev, uint64_t offset, unsigned int width)
{
	struct ns16550 *p = dev->state;

	if (offset < 8 * DW_STRIDE)
		return offset % DW_STRIDE
			       ? 0
			       : ns16550_read(dev, offset / DW_STRIDE, width);
	switch (offset) {
	case DW_USR:
		return (line_status(dev, p) & LSR_TX_EMPTY
				? DW_USR_TX_ROOM | DW_USR_TX_EMPTY
				: 0) |
		       (line_status(dev, p) & LSR_RX ? DW_USR_RX : 0);
	case DW_TFL:
		return line_status(dev, p) & LSR_TX_EMPTY ? 0 : FIFO_SIZE;
	case DW_RFL:
		return __atomic_load_n(&p->rx_count, __ATOMIC_RELAXED);
	case DW_CPR:
		return DW_CPR_VALUE;
	case DW_UCV:
		return DW_UCV_VALUE;
	case DW_CTR:
		return DW_CTR_VALUE;
	default:
		return 0;
	}
}

static void dw_write(struct vdev *dev, uint64_t offset, unsigned int width,
		     uint64_t value)
{
	if (offset < 8 * DW_STRIDE && offset % DW_STRIDE == 0)
		ns16550_write(dev, offset / DW_STRIDE, width, value);
	else if (offset == DW_SRR && (value & DW_SRR_UART))
		ns16550_reset(dev);
	else if (offset == DW_SRR && (value & DW_SRR_RX_FIFO))
		ns16550_write(dev, IIR_FCR, width,
			      ((struct ns16550 *)dev->state)->fcr |
				      FCR_RX_RESET);
}

static bool dw_quick(struct vdev *dev, uint64_t offset, unsigned int width,
		     bool write, uint64_t *value)
{
	return offset % DW_STRIDE == 0 &&
	       ns16550_quick(dev, offset / DW_STRIDE, width, write, value);
}

static int dw_fdt_node(const struct vdev *dev, void *fdt, int parent)
{
	int node = node_add(dev, fdt, parent, dw_compatible[0], DW_CLOCK_HZ);

	if (node < 0)
		return node;
	if (fdt_setprop_u32(fdt, node, "reg-shift", 2) ||
	    fdt_setprop_u32(fdt, node, "reg-io-width", DW_STRIDE))
		return -ENOSPC;
	return dev->virq ? vdev_fdt_irq(dev, fdt, node) : 0;
}

static const struct vdev_ops dw_ops = {
	.name = "serial",
	.type = VM_EMU_CONSOLE,
	.kind = VM_CONSOLE_DW8250,
	.compatible = dw_compatible,
	.state_size = sizeof(struct ns16550),
	.init = ns16550_init,
	.reset = ns16550_reset,
	.read = dw_read,
	.write = dw_write,
	.quick = dw_quick,
	.fdt_node = dw_fdt_node,
	.console_input = ns16550_input,
	.console_room = ns16550_room,
};
VDEV(dw_ops);
