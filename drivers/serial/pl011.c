/* SPDX-License-Identifier: Apache-2.0 */
/* A PL011 of the host tree becomes the console. */
#include <core/console.h>
#include <core/irq.h>
#include <drivers/driver.h>
#include <errno.h>
#include <lib/fdt.h>
#include <lib/log.h>
#include <mm/host_map.h>

#include "pl011_regs.h"

#define LOG_TAG "pl011"

/* Bytes taken in one interrupt: not for ever while a sender goes on. */
#define RX_BURST_MAX 64

static struct pl011 uart;

static void uart_write(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		pl011_putc(&uart, (uint8_t)text[i]);
}

static size_t uart_send(const char *text, size_t len)
{
	return pl011_send(&uart, text, len);
}

static void uart_tx_irq(bool on)
{
	pl011_tx_irq(&uart, on);
}

static struct console_dev console = {
	.name = "PL011",
	.write = uart_write,
	.send = uart_send,
};

static enum irq_result uart_irq(unsigned int irq, void *arg)
{
	struct pl011 *dev = arg;

	(void)irq;
	pl011_rx(dev, console_input, RX_BURST_MAX);
	if (pl011_tx_irq_pending(dev))
		console_tx_ready();
	return IRQ_HANDLED;
}

static void rx_irq_connect(const void *fdt, int node)
{
	enum irq_trigger trigger;
	struct fdt_irq spec;
	int err = fdt_node_irq(fdt, node, 0, &spec);
	int irq;

	if (!err) {
		irq = irq_of_fdt(&spec, &trigger);
		err = irq < 0 ? irq
			      : irq_request((unsigned int)irq, uart_irq, &uart,
					    "console", trigger);
	}
	if (err) {
		log_warn("no interrupt (%d): output only, and polled", err);
		return;
	}
	pl011_rx_irq_enable(&uart);
	console.tx_irq = uart_tx_irq;
}

/* One console is enough: the tree's stdout-path says which. */
static int pl011_probe(const void *fdt, int node)
{
	struct fdt_reg reg;
	int stdout_node;
	int err;

	if (uart.regs)
		return -ENODEV;
	stdout_node = fdt_stdout_node(fdt);
	if (stdout_node >= 0 && stdout_node != node)
		return -ENODEV;
	err = fdt_node_reg(fdt, node, 0, &reg);
	if (err)
		return err;
	if (reg.addr % 4) {
		log_err("registers at %#lx are misaligned",
			(unsigned long)reg.addr);
		return -EINVAL;
	}
	uart.regs = host_map_device(hpa(reg.addr), MAX(reg.size, PAGE_SIZE));
	if (!uart.regs)
		return -ENOMEM;
	pl011_init(&uart);
	console.node = node;
	console_register(&console);
	rx_irq_connect(fdt, node);
	return 0;
}

static const char *const pl011_compatible[] = {"arm,pl011", NULL};

static const struct driver pl011_driver = {
	.name = "pl011",
	.phase = DRIVER_CONSOLE,
	.compatible = pl011_compatible,
	.probe = pl011_probe,
};
DRIVER(pl011_driver);
