/* SPDX-License-Identifier: Apache-2.0 */
/* What vconsole.c (who is shown, input, life) and vconsole_out.c share. */
#ifndef VIRT_VCONSOLE_PRIVATE_H
#define VIRT_VCONSOLE_PRIVATE_H

#include "scrollback.h"

#include <lib/lock.h>
#include <lib/types.h>
#include <lib/util.h>
#include <virt/vconsole.h>

#define VCONSOLE_OUT_SIZE ((size_t)CONFIG_CONSOLE_SCROLLBACK_KIB * 1024)
#define VCONSOLE_IN_SIZE 256u /* a power of two */

/**
 * struct vconsole - one console
 * @next:     of the list, in the order of Ctrl+X ]; changed under both the
 *            lock of vconsole.c and the screen's
 * @vm:       NULL: the shell
 * @dev:      takes typed bytes; NULL: nobody does
 * @out_lock: guards @out
 * @out:      its output. tail and next are read without the lock by who asks
 *            whether there is room
 * @scanned:  no line ends between out.next and here
 * @line_at:  where the line begins that out.next is in
 * @last:     byte before out.next
 * @catching_up: what was missed is being shown: until then it may fill the ring
 * @room_wanted: atomic; its device has told the guest to wait
 * @in_head, @in_tail, @in: typed bytes for which the device had no room; under
 *            vconsole.c's lock
 *
 * @scanned, @line_at, @last and @catching_up belong to the screen's lock.
 */
struct vconsole {
	struct vconsole *next;
	struct vm *vm;
	struct vdev *dev;

	struct spinlock out_lock;
	struct scrollback out;
	uint64_t scanned, line_at;
	char last;
	bool catching_up;
	bool room_wanted;

	uint32_t in_head, in_tail;
	uint8_t in[VCONSOLE_IN_SIZE];
};

/* The first of the list is the shell. */
extern struct vconsole vconsole_shell;
/* Changed under both locks, read under either, or without. */
extern struct vconsole *vconsole_shown;

static inline bool vconsole_is_shown(const struct vconsole *con)
{
	return __atomic_load_n(&vconsole_shown, __ATOMIC_RELAXED) == con;
}

/** vconsole_name() - as the user knows it */
const char *vconsole_name(const struct vconsole *con);

/* vconsole_out.c; the caller holds vconsole.c's lock */

/** vconsole_out_init() - the UART's bytes are taken from here from now on */
void vconsole_out_init(void);
/** vconsole_out_add() - to the end of the list */
void vconsole_out_add(struct vconsole *con);
/** vconsole_out_remove() - when it returns, nobody reads @con's output */
void vconsole_out_remove(struct vconsole *con);

/**
 * vconsole_out_show() - make it the one that is shown, with an announcement
 *
 * The line that it is in begins again. One that is shown already is announced.
 *
 * @lines: so many of its lines are repeated; 0: those that were not shown
 * @flush: what the other has left comes first, some of it; else it waits until
 *         that one is shown again
 */
void vconsole_out_show(struct vconsole *con, unsigned int lines, bool flush);

/** vconsole_out_info() - see vconsole_info() */
void vconsole_out_info(struct vconsole *con, struct vconsole_info *info);

/** vconsole_out_full() - is its guest to wait before it writes more? */
bool vconsole_out_full(const struct vconsole *con);

/** vconsole_room_work() - does a device wait to hear that there is room? */
bool vconsole_room_work(void);
/** vconsole_room_done() - it is about to be told */
void vconsole_room_done(void);

#endif
