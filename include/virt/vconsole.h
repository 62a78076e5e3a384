/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Consoles: the shell and each guest share the UART; Ctrl+X switches.
 */
#ifndef VIRT_VCONSOLE_H
#define VIRT_VCONSOLE_H

#include <lib/types.h>
#include <lib/util.h>

struct vconsole;
struct vdev;
struct vm;

/** vconsole_init() - before any VM; attaches CONFIG_CONSOLE_ATTACH's later */
void vconsole_init(void);

/** vconsole_create() - a console for a VM's device */
struct vconsole *vconsole_create(struct vm *vm, struct vdev *dev);
void vconsole_destroy(struct vconsole *con);

/**
 * vconsole_put() - the guest wrote a byte; never sleeps
 *
 * The caller holds no lock of its device.
 */
void vconsole_put(struct vconsole *con, uint8_t byte);

/** vconsole_pump() - the guest made room: hand it typed bytes that waited */
void vconsole_pump(struct vconsole *con);

/** vconsole_attach() - show a VM; NULL: the shell */
void vconsole_attach(struct vm *vm);
/** vconsole_is_attached() - is it the one shown? */
bool vconsole_is_attached(const struct vm *vm);

/** vconsole_shell_read() - a byte typed while the shell is shown; sleeps */
int vconsole_shell_read(void);

/**
 * vconsole_shell_wait() - sleep until there is one to read
 * @deadline_ns: on time_ns()
 *
 * Return: false: there is none until now.
 */
bool vconsole_shell_wait(uint64_t deadline_ns);

/** vconsole_shell_write() - shell output; shown when the shell is */
void vconsole_shell_write(const char *text, size_t len);

/*
 * The escape automaton, pure.
 */
enum escape_action {
	ESCAPE_NONE, /* swallow, more is to come */
	ESCAPE_BYTE, /* pass the byte on */
	ESCAPE_NEXT,
	ESCAPE_PREV,
	ESCAPE_HELP,
	ESCAPE_UNKNOWN, /* swallowed, tell the user */
};
struct escape {
	bool armed;
};
/** escape_feed() - one typed byte; @byte is what to pass on for ESCAPE_BYTE */
enum escape_action escape_feed(struct escape *esc, uint8_t typed,
			       uint8_t *byte);

#endif
