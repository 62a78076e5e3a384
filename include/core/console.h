/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's console UART: bytes out, bytes in.
 *
 * Whoever prints puts bytes into a ring and goes on: the log into the one
 * behind console_write(), everything else into those of the screen. Bytes move
 * from the rings to the UART as it has room for them, see core/console.c.
 */
#ifndef CORE_CONSOLE_H
#define CORE_CONSOLE_H

#include <lib/types.h>

/**
 * struct console_dev - what a UART driver gives
 * @node:   in the host tree, so that guests are not given it
 * @write:  all of it, polled; callable with interrupts off and in a panic
 * @send:   as much as there is room for, without waiting. Return: how much
 * @tx_irq: have the driver's interrupt call console_tx_ready() when there is
 *          room, or not; any context, any CPU. NULL: it has no interrupt, all
 *          output is polled
 */
struct console_dev {
	const char *name;
	int node;
	void (*write)(const char *text, size_t len);
	size_t (*send)(const char *text, size_t len);
	void (*tx_irq)(bool on);
};

/**
 * struct console_screen - what is printed beside the log
 *
 * All but @room are called by one CPU at a time, in any context, under any
 * lock of a rank up to LOG: they wait for nobody.
 *
 * @take:        the next bytes, as the UART gets them, up to @max; *@more:
 *               there may be more now
 * @take_panic:  the same in a panic, without a lock
 * @interrupted: lines of the log were printed in the midst of a line of this;
 *               it may want to begin that line again
 * @room:        bytes went out; in the UART's interrupt
 */
struct console_screen {
	size_t (*take)(char *buf, size_t max, bool *more);
	size_t (*take_panic)(char *buf, size_t max);
	void (*interrupted)(void);
	void (*room)(void);
};

/** CONSOLE_TAKE_MAX - what @take is asked for, or more */
#define CONSOLE_TAKE_MAX 256

/** console_register() - by a UART's probe; the stdout-path UART wins */
void console_register(const struct console_dev *dev);
/** console_dev() - NULL: this machine has none, or it was given away */
const struct console_dev *console_dev(void);

/** console_set_screen() - once; before, only the log is printed */
void console_set_screen(const struct console_screen *screen);

/**
 * console_write() - a line of the log, '\n' becomes "\r\n"; any context
 *
 * It is copied, or, when there is no room, dropped as a whole and counted.
 */
void console_write(const char *text, size_t len);

/** console_kick() - the screen has bytes; any context */
void console_kick(void);

/** console_is_async() - output goes on by interrupt after console_kick() */
bool console_is_async(void);

/** console_tx_ready() - the driver's interrupt: there is room */
void console_tx_ready(void);

/** console_input() - the driver's receive interrupt hands over a byte */
void console_input(char c);

/**
 * console_read() - sleep until a byte is there, or @other holds
 * @other: NULL: nothing else; whoever makes it true calls console_read_wake()
 *
 * Return: 0..255; -1: no byte, @other holds.
 */
int console_read(bool (*other)(void));
/** console_read_wake() - any context that may wake a task */
void console_read_wake(void);

#endif
