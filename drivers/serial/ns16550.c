/* SPDX-License-Identifier: Apache-2.0 */
/* A 16550 of the host tree becomes the console. */
#include <core/console.h>
#include <core/irq.h>
#include <drivers/driver.h>
#include <errno.h>
#include <lib/fdt.h>
#include <lib/log.h>
#include <libfdt.h>
#include <mm/host_map.h>
#include <stdlib.h>
#include <string.h>

#include "ns16550_regs.h"

#define LOG_TAG "ns16550"

/* Bytes taken in one interrupt: not for ever while a sender goes on. */
#define RX_BURST_MAX 64

/* The same of causes; the line stays up while there are more. */
#define CAUSES_MAX 8

#define SHIFT_MAX 4

static const char *const dw_compatible[] = {"snps,dw-apb-uart", NULL};

static struct ns16550 uart;

static void uart_write(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		ns16550_putc(&uart, (uint8_t)text[i]);
}

static size_t uart_send(const char *text, size_t len)
{
	return ns16550_send(&uart, text, len);
}

static void uart_tx_irq(bool on)
{
	ns16550_tx_irq(&uart, on);
}

static struct console_dev console = {
	.name = "16550",
	.write = uart_write,
	.send = uart_send,
};

static enum irq_result uart_irq(unsigned int irq, void *arg)
{
	struct ns16550 *dev = arg;
	enum ns16550_cause cause;

	(void)irq;
	for (unsigned int i = 0; i < CAUSES_MAX; i++) {
		cause = ns16550_cause(dev);
		if (cause == NS16550_CAUSE_NONE)
			break;
		if (cause == NS16550_CAUSE_RX)
			ns16550_rx(dev, console_input, RX_BURST_MAX);
		else if (cause == NS16550_CAUSE_TX)
			console_tx_ready();
	}
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
	ns16550_rx_irq_enable(&uart);
	console.tx_irq = uart_tx_irq;
}

/* What the node says of its registers; 0, or what is wrong is logged. */
static int regs_describe(const void *fdt, int node, struct fdt_reg *reg)
{
	uint32_t offset = fdt_u32(fdt, node, "reg-offset", 0);
	uint32_t shift = fdt_u32(fdt, node, "reg-shift", 0);
	uint32_t width = fdt_u32(fdt, node, "reg-io-width", 1);
	int err = fdt_node_reg(fdt, node, 0, reg);

	if (err) {
		log_err("%s: reg names no registers",
			fdt_get_name(fdt, node, NULL));
		return err;
	}
	if (offset >= reg->size) {
		log_err("reg-offset %#x is beyond the %#lx bytes of reg",
			offset, (unsigned long)reg->size);
		return -EINVAL;
	}
	reg->addr += offset;
	reg->size -= offset;
	if ((width != 1 && width != 2 && width != 4) || shift > SHIFT_MAX ||
	    width > BIT(shift) || reg->addr % width) {
		log_err("registers at %#lx: reg-shift %u and reg-io-width %u "
			"do not fit",
			(unsigned long)reg->addr, shift, width);
		return -EINVAL;
	}
	uart.shift = shift;
	uart.width = width;
	uart.is_dw = fdt_node_compatible_any(fdt, node, dw_compatible);
	return 0;
}

/* Devicetree Specification v0.4, 3.6: behind the path, ":1500000n8" and such */
static uint64_t stdout_speed(const void *fdt, int node)
{
	int chosen = fdt_path_node(fdt, "/chosen", strlen("/chosen")), len;
	const char *path, *options;

	if (chosen < 0 || fdt_stdout_node(fdt) != node)
		return 0;
	path = fdt_prop(fdt, chosen, "stdout-path", &len);
	if (!path || !len || path[len - 1])
		return 0;
	options = strchr(path, ':');
	return options ? strtoul(options + 1, NULL, 10) : 0;
}

/*
 * What one that firmware did not set up divides by; 0: not known. Drivers of
 * clocks are not there yet.
 */
static unsigned int divisor_of(const void *fdt, int node)
{
	uint64_t hz = fdt_u32(fdt, node, "clock-frequency", 0);
	uint64_t speed = fdt_u32(fdt, node, "current-speed", 0);
	uint64_t divisor = 0;

	if (!speed)
		speed = stdout_speed(fdt, node);
	if (speed && speed <= UINT32_MAX)
		divisor = (hz + 8 * speed) / (16 * speed);
	return divisor <= UINT16_MAX ? (unsigned int)divisor : 0;
}

/* One console is enough: the tree's stdout-path says which. */
static int ns16550_probe(const void *fdt, int node)
{
	struct fdt_reg reg;
	int stdout_node;
	uint64_t end;
	int err;

	if (uart.regs)
		return -ENODEV;
	stdout_node = fdt_stdout_node(fdt);
	if (stdout_node >= 0 && stdout_node != node)
		return -ENODEV;
	err = regs_describe(fdt, node, &reg);
	if (err)
		return err;
	end = (uart.is_dw ? NS16550_USR + 1 : NS16550_LSR + 1) << uart.shift;
	uart.regs = host_map_device(hpa(reg.addr), MAX(reg.size, end));
	if (!uart.regs)
		return -ENOMEM;
	uart.divisor = divisor_of(fdt, node);
	uart.fifo_bytes = fdt_u32(fdt, node, "fifo-size", 0);
	ns16550_init(&uart);
	console.node = node;
	console_register(&console);
	rx_irq_connect(fdt, node);
	return 0;
}

static const char *const ns16550_compatible[] = {"ns16550a", "ns16550",
						 "snps,dw-apb-uart", NULL};

static const struct driver ns16550_driver = {
	.name = "ns16550",
	.phase = DRIVER_CONSOLE,
	.compatible = ns16550_compatible,
	.probe = ns16550_probe,
};
DRIVER(ns16550_driver);
