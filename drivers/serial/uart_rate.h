/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERIAL_UART_RATE_H
#define SERIAL_UART_RATE_H

#include <lib/types.h>

/**
 * uart_divisor() - what a 16550 that firmware did not set up divides by
 *
 * Its clock: "clock-frequency" alone, as a console is needed before drivers of
 * clocks are there; its speed: "current-speed", or what /chosen's stdout-path
 * asks of it.
 *
 * Return: 0: not known.
 */
unsigned int uart_divisor(const void *fdt, int node);

#endif
