/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Consoles: the shell and each guest share the UART; Ctrl+X switches.
 *
 * Each keeps its newest output, shown or not; how that comes to the UART is
 * vconsole_out.c's. Typed bytes go to the one that is shown, through a task of
 * the shell's priority, which no guest can hold up.
 *
 * @lock guards the list, who is shown, and what was typed. It ranks below the
 * device locks, because input is handed to a device under it; a device
 * therefore calls in here with no lock of its own held.
 */
#define LOG_TAG "console"
#include <virt/vconsole.h>

#include "vconsole_private.h"

#include <core/console.h>
#include <core/task.h>
#include <lib/log.h>
#include <mm/heap.h>
#include <string.h>
#include <virt/vdev.h>
#include <virt/vm.h>

static struct spinlock lock = SPINLOCK_INIT(LOCK_RANK_CONSOLE);
static struct wait_queue shell_wq;
/* somebody sits there: no new guest's console comes up by itself */
static bool attended; /* under @lock */
/* how often a console was chosen, atomic; and when the shell was waited for */
static uint32_t shown_times = 1, awaited;

/*
 * Typed bytes
 */

static bool in_put(struct vconsole *con, uint8_t byte)
{
	if (con->in_tail - con->in_head >= VCONSOLE_IN_SIZE)
		return false;
	con->in[con->in_tail++ % VCONSOLE_IN_SIZE] = byte;
	return true;
}

static bool in_peek(const struct vconsole *con, uint8_t *byte)
{
	if (con->in_head == con->in_tail)
		return false;
	*byte = con->in[con->in_head % VCONSOLE_IN_SIZE];
	return true;
}

/* Positions are read without the lock by who only wants to know. */
static bool in_empty(const struct vconsole *con)
{
	return __atomic_load_n(&con->in_head, __ATOMIC_ACQUIRE) ==
	       __atomic_load_n(&con->in_tail, __ATOMIC_ACQUIRE);
}

static void pump_locked(struct vconsole *con) __must_hold(lock)
{
	uint8_t byte;

	while (con->dev && in_peek(con, &byte)) {
		if (!con->dev->ops->console_input(con->dev, byte))
			return;
		con->in_head++;
	}
}

void vconsole_pump(struct vconsole *con)
{
	/* A guest polls its receive register: do not make it take a lock. */
	if (in_empty(con))
		return;
	spin_lock(&lock);
	pump_locked(con);
	spin_unlock(&lock);
}

static void typed(uint8_t byte)
{
	struct vconsole *con;

	spin_lock(&lock);
	con = vconsole_shown;
	in_put(con, byte); /* full: nobody reads; lost */
	pump_locked(con);
	spin_unlock(&lock);
	if (con == &vconsole_shell)
		wait_wake_all(&shell_wq);
}

static bool shell_has_input(void *arg __unused_arg)
{
	return !in_empty(&vconsole_shell);
}

int vconsole_shell_read(void)
{
	uint8_t byte = 0;

	wait_event(&shell_wq, shell_has_input, NULL);
	spin_lock(&lock);
	if (in_peek(&vconsole_shell, &byte))
		vconsole_shell.in_head++;
	attended = true;
	spin_unlock(&lock);
	return byte;
}

static bool shell_is_shown(void *arg __unused_arg)
{
	return __atomic_load_n(&vconsole_shown, __ATOMIC_RELAXED) ==
		       &vconsole_shell &&
	       __atomic_load_n(&shown_times, __ATOMIC_ACQUIRE) != awaited;
}

void vconsole_shell_await(void)
{
	wait_event(&shell_wq, shell_is_shown, NULL);
	awaited = __atomic_load_n(&shown_times, __ATOMIC_ACQUIRE);
}

/* Somebody was shown; perhaps the shell. */
static void shown_tell(void)
{
	__atomic_fetch_add(&shown_times, 1, __ATOMIC_RELEASE);
	wait_wake_all(&shell_wq);
}

bool vconsole_shell_wait(uint64_t deadline_ns)
{
	return !wait_event_timeout(&shell_wq, shell_has_input, NULL,
				   deadline_ns);
}

#define CTRL_C 3

bool vconsole_shell_break(void)
{
	struct vconsole *con = &vconsole_shell;
	bool found = false;

	if (in_empty(con))
		return false;
	spin_lock(&lock);
	for (uint32_t at = con->in_head; !found && at != con->in_tail;) {
		found = con->in[at++ % VCONSOLE_IN_SIZE] == CTRL_C;
		if (found)
			con->in_head = at;
	}
	spin_unlock(&lock);
	return found;
}

/*
 * Switching
 */

static struct vconsole *find_locked(const struct vm *vm) __must_hold(lock)
{
	for (struct vconsole *con = &vconsole_shell; con; con = con->next)
		if (con->vm == vm)
			return con;
	return NULL;
}

static struct vconsole *neighbour_locked(bool forward) __must_hold(lock)
{
	struct vconsole *con = &vconsole_shell;

	if (forward)
		return vconsole_shown->next ? vconsole_shown->next : con;
	while (con->next && con->next != vconsole_shown)
		con = con->next;
	return con;
}

static struct vconsole *numbered_locked(unsigned int number) __must_hold(lock)
{
	struct vconsole *con = &vconsole_shell;

	while (con && number--)
		con = con->next;
	return con;
}

static void show_locked(struct vconsole *con, unsigned int lines, bool flush)
	__must_hold(lock)
{
	if (con && con != vconsole_shown)
		vconsole_out_show(con, lines, flush);
}

void vconsole_attach(struct vm *vm)
{
	vconsole_show(vm, 0);
}

void vconsole_show(const struct vm *vm, unsigned int lines)
{
	spin_lock(&lock);
	show_locked(find_locked(vm), lines, true);
	spin_unlock(&lock);
	shown_tell();
}

bool vconsole_is_attached(const struct vm *vm)
{
	return __atomic_load_n(&vconsole_shown, __ATOMIC_RELAXED)->vm == vm;
}

bool vconsole_info(unsigned int number, struct vconsole_info *info)
{
	struct vconsole *con;

	spin_lock(&lock);
	con = numbered_locked(number);
	if (con)
		vconsole_out_info(con, info);
	spin_unlock(&lock);
	return con;
}

/*
 * Keys
 */

static void say(const char *text)
{
	console_write(text, strlen(text));
}

static void switch_key(enum escape_action action, uint8_t number)
{
	struct vconsole *con;

	spin_lock(&lock);
	switch (action) {
	case ESCAPE_NEXT:
	case ESCAPE_PREV:
		con = neighbour_locked(action == ESCAPE_NEXT);
		break;
	default:
		con = numbered_locked(number);
		break;
	}
	attended = true;
	/* the one that is shown says again which it is */
	if (con)
		vconsole_out_show(con, 0, false);
	spin_unlock(&lock);
	shown_tell();
	if (!con)
		say("[console: there is none of that number]\n");
}

static void mix_key(void)
{
	bool on = !vconsole_is_mixed();

	vconsole_mix(on);
	say(on ? "[console: lines of hidden guests are shown]\n"
	       : "[console: hidden guests are hidden]\n");
}

static void console_key(struct escape *esc, uint8_t key)
{
	enum escape_action action;
	uint8_t byte;

	action = escape_feed(esc, key, &byte);
	switch (action) {
	case ESCAPE_NONE:
		break;
	case ESCAPE_BYTE:
		typed(byte);
		break;
	case ESCAPE_NEXT:
	case ESCAPE_PREV:
	case ESCAPE_NUMBER:
		switch_key(action, byte);
		break;
	case ESCAPE_MIX:
		mix_key();
		break;
	case ESCAPE_UNKNOWN:
	case ESCAPE_HELP:
		say(action == ESCAPE_HELP
			    ? "[console: Ctrl+X then ] next, [ previous, "
			      "s or 0 shell, 1-9 by number, m mixed view, "
			      "h help, Ctrl+X a literal Ctrl+X]\n"
			    : "[console: unknown key; Ctrl+X h for help]\n");
		break;
	}
}

/* The UART has room again: tell the devices that wait for it. */
static void room_tell(void)
{
	vconsole_room_done();
	spin_lock(&lock);
	for (struct vconsole *con = &vconsole_shell; con; con = con->next) {
		if (!__atomic_load_n(&con->room_wanted, __ATOMIC_ACQUIRE) ||
		    vconsole_full(con))
			continue;
		__atomic_store_n(&con->room_wanted, false, __ATOMIC_RELAXED);
		if (con->dev && con->dev->ops->console_room)
			con->dev->ops->console_room(con->dev);
	}
	spin_unlock(&lock);
}

static void console_task(void *arg __unused_arg)
{
	struct escape esc = {false};

	for (;;) {
		int c = console_read(vconsole_room_work);

		if (c >= 0)
			console_key(&esc, (uint8_t)c);
		else
			room_tell();
	}
}

/*
 * Life
 */

void vconsole_init(void)
{
	const struct task_attr attr = {
		.name = "console",
		.fn = console_task,
		.priority = TASK_PRIO_SHELL,
		.affinity = 1,
	};
	struct task *task;
	int err;

	wait_queue_init(&shell_wq);
	attended = false;
	vconsole_out_init();
	err = task_create(&attr, &task);
	if (err)
		log_err("no task for the console, error %d: no input", err);
}

static bool is_to_come(const char *name)
{
	for (unsigned int i = 0; i < vm_boot_count; i++)
		if (!strcmp(vm_boot_table[i]->name, name))
			return true;
	return false;
}

/* Is @con what CONFIG_CONSOLE_ATTACH asks for? */
static bool shown_first(const struct vconsole *con) __must_hold(lock)
{
	static const char name[] = CONFIG_CONSOLE_ATTACH;

	if (sizeof(name) == 1 || attended)
		return false;
	if (is_to_come(name))
		return !strcmp(con->vm->config->name, name);
	return con == vconsole_shell.next;
}

struct vconsole *vconsole_create(struct vm *vm, struct vdev *dev)
{
	struct vconsole *con = heap_alloc(sizeof(*con) + VCONSOLE_OUT_SIZE);

	if (!con)
		return NULL;
	con->vm = vm;
	con->dev = dev->ops->console_input ? dev : NULL;
	con->out = (struct scrollback){.size = VCONSOLE_OUT_SIZE,
				       .bytes = (char *)(con + 1)};
	spin_init(&con->out_lock, LOCK_RANK_SCROLLBACK);

	spin_lock(&lock);
	vconsole_out_add(con);
	if (shown_first(con))
		show_locked(con, 0, true);
	spin_unlock(&lock);
	return con;
}

void vconsole_destroy(struct vconsole *con)
{
	if (!con)
		return;
	spin_lock(&lock);
	if (con == vconsole_shown)
		show_locked(&vconsole_shell, 0, false);
	vconsole_out_remove(con);
	spin_unlock(&lock);
	shown_tell();
	heap_free(con);
}
