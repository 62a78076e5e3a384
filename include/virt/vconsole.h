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
 *
 * Return: false when the guest is to wait, as vconsole_full() does.
 */
bool vconsole_put(struct vconsole *con, uint8_t byte);

/**
 * vconsole_full() - the UART is slower than the guest whose console is shown
 *
 * Its device tells the guest to wait (a transmit FIFO that is full) and gets
 * console_room() when there is room again. Bytes that come nevertheless are
 * kept, up to the scrollback. A console that is not shown is never full.
 */
bool vconsole_full(struct vconsole *con);

/**
 * vconsole_tail() - copy the newest output of a guest, shown or not
 *
 * Return: bytes in @buf, not terminated; 0 when it has no console.
 */
size_t vconsole_tail(const struct vm *vm, char *buf, size_t size);

/** vconsole_pump() - the guest made room: hand it typed bytes that waited */
void vconsole_pump(struct vconsole *con);

/** vconsole_attach() - show a VM, from where it was left; NULL: the shell */
void vconsole_attach(struct vm *vm);
/** vconsole_show() - the same, and its last @lines lines again, if not 0 */
void vconsole_show(const struct vm *vm, unsigned int lines);
/** vconsole_is_attached() - is it the one shown? */
bool vconsole_is_attached(const struct vm *vm);

/** vconsole_shell_await() - sleep until the shell is shown, or shown again
 * since the last call */
void vconsole_shell_await(void);
/** vconsole_shell_read() - a byte typed while the shell is shown; sleeps */
int vconsole_shell_read(void);

/**
 * vconsole_shell_wait() - sleep until there is one to read
 * @deadline_ns: on time_ns()
 *
 * Return: false: there is none until now.
 */
bool vconsole_shell_wait(uint64_t deadline_ns);

/** vconsole_shell_break() - was Ctrl+C typed and not read? It and all that was
 * typed before it is dropped then */
bool vconsole_shell_break(void);

/** vconsole_shell_write() - shell output; shown when the shell is */
void vconsole_shell_write(const char *text, size_t len);

/**
 * vconsole_mix() - print the lines of guests that are not shown as well, as
 * "NAME| text", between the lines of the one that is
 */
void vconsole_mix(bool on);
bool vconsole_is_mixed(void);

/**
 * struct vconsole_info - for listings
 * @name:   as the announcement says it
 * @missed: bytes since it was shown last, whether kept or not
 * @kept:   bytes of scrollback
 */
struct vconsole_info {
	char name[64];
	uint64_t missed, kept;
	bool shown;
};

/** vconsole_info() - of a console by its key's number; false: no more */
bool vconsole_info(unsigned int number, struct vconsole_info *info);

/*
 * The escape automaton, pure.
 */
enum escape_action {
	ESCAPE_NONE, /* swallow, more is to come */
	ESCAPE_BYTE, /* pass the byte on */
	ESCAPE_NEXT,
	ESCAPE_PREV,
	ESCAPE_NUMBER, /* @byte: of the console; 0 is the shell */
	ESCAPE_MIX,    /* the mixed view on or off */
	ESCAPE_HELP,
	ESCAPE_UNKNOWN, /* swallowed, tell the user */
};
struct escape {
	bool armed;
};
/** escape_feed() - one typed byte; @byte: see ESCAPE_BYTE, ESCAPE_NUMBER */
enum escape_action escape_feed(struct escape *esc, uint8_t typed,
			       uint8_t *byte);

#endif
