/* SPDX-License-Identifier: Apache-2.0 */
/* The host's console UART: bytes out, bytes in. */
#ifndef CORE_CONSOLE_H
#define CORE_CONSOLE_H

#include <lib/types.h>

/** struct console_dev - what a UART driver gives */
struct console_dev {
	const char *name;
	int node; /* in the host tree, so that guests are not given it */
	/* write all of it, polled; callable with interrupts off and in panic */
	void (*write)(const char *text, size_t len);
};

/** console_register() - by a UART's probe; the stdout-path UART wins */
void console_register(const struct console_dev *dev);
/** console_dev() - NULL: this machine has none, or it was given away */
const struct console_dev *console_dev(void);

/** console_write() - to the UART, '\n' becomes "\r\n"; any context */
void console_write(const char *text, size_t len);
/** console_write_raw() - the same, bytes as they are */
void console_write_raw(const char *text, size_t len);

/** console_input() - the driver's receive interrupt hands over a byte */
void console_input(char c);

/** console_read() - sleep until a byte is there. Return: 0..255. */
int console_read(void);

#endif
