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

static volatile uint8_t *uart;

static void pl011_putc(char c)
{
	for (unsigned int i = 0; i < TX_SPINS_MAX; i++)
		if (!(io_read32(uart + PL011_FR) & PL011_FR_TXFF))
			break;
	io_write32(uart + PL011_DR, (uint8_t)c);
}

void earlycon_init(const void *fdt)
{
	int node = fdt_stdout_node(fdt);
	struct fdt_reg reg;

	if (node < 0 || fdt_node_check_compatible(fdt, node, "arm,pl011") != 0)
		return;
	if (fdt_node_reg(fdt, node, 0, &reg) != 0)
		return;
	boot_map(reg.addr, PAGE_SIZE, PGT_R | PGT_W | PGT_DEVICE);
	uart = (volatile uint8_t *)(uintptr_t)reg.addr;
	arch_early_putc = pl011_putc;
}
