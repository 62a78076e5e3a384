/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Output before there is a driver: the UART of stdout-path, as the firmware
 * left it, at its physical address.
 */
#include <arch/cpu.h>
#include <arch/pgtable.h>
#include <asm/io.h>
#include <lib/fdt.h>
#include <libfdt.h>

#include "boot.h"

/* PL011, Arm DDI 0183: data, flags, and the flag "transmit FIFO full" */
#define PL011_DR 0x00
#define PL011_FR 0x18
#define PL011_FR_TXFF (1 << 5)

/* About a character's time at any usual rate and clock; then it is lost. */
#define TX_SPINS_MAX 1000000

/* 16550, National's PC16550D: data, line status and its "holding empty" */
#define NS16550_THR 0
#define NS16550_LSR 5
#define NS16550_LSR_THRE (1 << 5)
#define NS16550_SHIFT_MAX 4

static volatile uint8_t *uart;
static unsigned int uart_shift;
static bool uart_is_wide; /* a register is a word, and read as one */

static void pl011_putc(char c)
{
	for (unsigned int i = 0; i < TX_SPINS_MAX; i++)
		if (!(io_read32(uart + PL011_FR) & PL011_FR_TXFF))
			break;
	io_write32(uart + PL011_DR, (uint8_t)c);
}

static bool ns16550_is_ready(void)
{
	volatile uint8_t *lsr = uart + (NS16550_LSR << uart_shift);
	uint32_t value = uart_is_wide ? io_read32(lsr) : io_read8(lsr);

	return value & NS16550_LSR_THRE;
}

static void ns16550_putc(char c)
{
	for (unsigned int i = 0; i < TX_SPINS_MAX; i++)
		if (ns16550_is_ready())
			break;
	if (uart_is_wide)
		io_write32(uart + NS16550_THR, (uint8_t)c);
	else
		io_write8(uart + NS16550_THR, (uint8_t)c);
}

/* Return: false: no 16550, or one wired as none is. */
static bool ns16550_found(const void *fdt, int node, struct fdt_reg *reg)
{
	static const char *const compatible[] = {"snps,dw-apb-uart", "ns16550a",
						 "ns16550", NULL};
	uint32_t width;

	if (!fdt_node_compatible_any(fdt, node, compatible))
		return false;
	uart_shift = fdt_u32(fdt, node, "reg-shift", 0);
	width = fdt_u32(fdt, node, "reg-io-width", 1);
	uart_is_wide = width == 4;
	reg->addr += fdt_u32(fdt, node, "reg-offset", 0);
	return uart_shift <= NS16550_SHIFT_MAX && width <= 1u << uart_shift &&
	       (width == 1 || width == 4) && reg->addr % width == 0;
}

void earlycon_init(const void *fdt)
{
	int node = fdt_stdout_node(fdt);
	void (*putc)(char c) = NULL;
	struct fdt_reg reg;

	if (node < 0 || fdt_node_reg(fdt, node, 0, &reg) != 0)
		return;
	if (fdt_node_check_compatible(fdt, node, "arm,pl011") == 0 &&
	    reg.addr % 4 == 0)
		putc = pl011_putc;
	else if (IS_ENABLED(CONFIG_DRIVER_NS16550) &&
		 ns16550_found(fdt, node, &reg))
		putc = ns16550_putc;
	if (!putc)
		return;
	boot_map(reg.addr, PAGE_SIZE, PGT_R | PGT_W | PGT_DEVICE);
	uart = (volatile uint8_t *)(uintptr_t)reg.addr;
	arch_early_putc = putc;
}
