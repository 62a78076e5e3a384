/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Consoles: the shell and each guest share the UART; Ctrl+X switches.
 *
 * The one that is shown writes straight to the UART; the others write into a
 * ring of their own that keeps the newest bytes and is printed when they are
 * shown. Nobody waits for anybody: a guest that floods its console spends its
 * own time. Typed bytes go to the one that is shown, through a task of the
 * shell's priority, which no guest can hold up.
 *
 * @lock guards the list, who is shown, and every ring. It ranks below the
 * device locks, because input is handed to a device under it; a device
 * therefore calls in here with no lock of its own held.
 */
#define LOG_TAG "console"
#include <virt/vconsole.h>

#include <core/console.h>
#include <core/task.h>
#include <lib/lock.h>
#include <lib/log.h>
#include <mm/heap.h>
#include <string.h>
#include <virt/vdev.h>
#include <virt/vm.h>

#define OUT_SIZE 4096u /* powers of two */
#define IN_SIZE 256u
#define CHUNK 128u

/* Positions only grow; their difference is what the ring holds. */
struct ring {
	uint32_t head, tail;
	uint32_t size;
	uint8_t *bytes;
};

struct vconsole {
	struct vconsole *next;
	struct vm *vm;    /* NULL: the shell */
	struct vdev *dev; /* takes typed bytes; NULL: nobody does */
	struct ring out;  /* written while not shown */
	struct ring in;   /* typed, the device had no room */
	bool dropped;     /* out lost its oldest bytes */
	bool after_cr;    /* the last byte sent to the UART was '\r' */
	uint8_t out_bytes[OUT_SIZE];
	uint8_t in_bytes[IN_SIZE];
};

static struct spinlock lock = SPINLOCK_INIT(LOCK_RANK_CONSOLE);
static struct vconsole shell = {
	.out = {.size = OUT_SIZE, .bytes = shell.out_bytes},
	.in = {.size = IN_SIZE, .bytes = shell.in_bytes},
};
static struct vconsole *list = &shell; /* in the order of Ctrl+X ] */
static struct vconsole *shown = &shell;
static struct wait_queue shell_wq;

/*
 * Rings
 */

static bool ring_put(struct ring *ring, uint8_t byte)
{
	if (ring->tail - ring->head >= ring->size)
		return false;
	ring->bytes[ring->tail++ & (ring->size - 1)] = byte;
	return true;
}

static bool ring_peek(const struct ring *ring, uint8_t *byte)
{
	if (ring->head == ring->tail)
		return false;
	*byte = ring->bytes[ring->head & (ring->size - 1)];
	return true;
}

static void out_put(struct vconsole *con, uint8_t byte)
{
	if (ring_put(&con->out, byte))
		return;
	con->out.head++;
	con->dropped = true;
	ring_put(&con->out, byte);
}

static size_t out_take(struct vconsole *con, char *buf, size_t max)
{
	size_t n = 0;
	uint8_t byte;

	while (n < max && ring_peek(&con->out, &byte)) {
		con->out.head++;
		buf[n++] = (char)byte;
	}
	return n;
}

/*
 * Output
 */

/*
 * A guest's terminal driver has made "\r\n" of its newlines already; one that
 * has none sends '\n' alone, which console_write() completes.
 */
static void guest_byte_write(char c, bool *after_cr)
{
	if (c == '\n' && *after_cr)
		console_write_raw(&c, 1);
	else
		console_write(&c, 1);
	*after_cr = c == '\r';
}

void vconsole_put(struct vconsole *con, uint8_t byte)
{
	bool direct;

	spin_lock(&lock);
	direct = con == shown && con->out.head == con->out.tail;
	if (!direct)
		out_put(con, byte);
	spin_unlock(&lock);
	if (direct)
		guest_byte_write((char)byte, &con->after_cr);
}

void vconsole_shell_write(const char *text, size_t len)
{
	bool direct;

	spin_lock(&lock);
	direct = shown == &shell && shell.out.head == shell.out.tail;
	for (size_t i = 0; !direct && i < len; i++)
		out_put(&shell, (uint8_t)text[i]);
	spin_unlock(&lock);
	if (direct)
		console_write(text, len);
}

/*
 * Print what @con kept while hidden. It may write more meanwhile, which waits
 * its turn in the ring; the rounds are bounded, so that a flood does not hold
 * the console task.
 */
static void kept_print(struct vconsole *con)
{
	char buf[CHUNK];
	bool after_cr = false;

	for (unsigned int i = 0; i < 4 * OUT_SIZE / CHUNK; i++) {
		size_t n;

		spin_lock(&lock);
		n = con == shown ? out_take(con, buf, sizeof(buf)) : 0;
		spin_unlock(&lock);
		if (!n)
			return;
		for (size_t j = 0; j < n; j++)
			guest_byte_write(buf[j], &after_cr);
	}

	spin_lock(&lock);
	if (con == shown)
		con->out.head = con->out.tail;
	spin_unlock(&lock);
}

static void say(const char *text)
{
	console_write(text, strlen(text));
}

/*
 * Switching
 */

static const char *con_name(const struct vconsole *con)
{
	return con->vm ? con->vm->config->name : "cvisor";
}

static struct vconsole *find_locked(const struct vm *vm) __must_hold(lock)
{
	for (struct vconsole *con = list; con; con = con->next)
		if (con->vm == vm)
			return con;
	return NULL;
}

/* Return: false when it is shown already or has gone. */
static bool show_locked(struct vconsole *con) __must_hold(lock)
{
	if (!con || con == shown)
		return false;
	shown = con;
	return true;
}

/* @name is copied: the VM may be deleted while this prints. */
static void shown_announce(struct vconsole *con, const char *name, bool dropped)
{
	say("\n[console: ");
	say(name);
	say(dropped ? "; older output was lost]\n" : "]\n");
	kept_print(con);
}

static struct vconsole *neighbour_locked(bool forward) __must_hold(lock)
{
	struct vconsole *con;

	if (forward)
		return shown->next ? shown->next : list;
	for (con = list; con->next && con->next != shown; con = con->next)
		;
	return con;
}

static void show(struct vconsole *(*pick)(const void *arg), const void *arg)
{
	char name[64];
	struct vconsole *con;
	bool dropped = false, changed;

	spin_lock(&lock);
	con = pick(arg);
	changed = show_locked(con);
	if (changed) {
		strncpy(name, con_name(con), sizeof(name) - 1);
		name[sizeof(name) - 1] = '\0';
		dropped = con->dropped;
		con->dropped = false;
	}
	spin_unlock(&lock);
	if (changed)
		shown_announce(con, name, dropped);
}

static struct vconsole *pick_vm(const void *arg) __must_hold(lock)
{
	return find_locked(arg);
}

static struct vconsole *pick_neighbour(const void *arg) __must_hold(lock)
{
	return neighbour_locked(*(const bool *)arg);
}

void vconsole_attach(struct vm *vm)
{
	show(pick_vm, vm);
}

bool vconsole_is_attached(const struct vm *vm)
{
	return __atomic_load_n(&shown, __ATOMIC_RELAXED)->vm == vm;
}

/*
 * Input
 */

static void pump_locked(struct vconsole *con) __must_hold(lock)
{
	uint8_t byte;

	while (con->dev && ring_peek(&con->in, &byte)) {
		if (!con->dev->ops->console_input(con->dev, byte))
			return;
		con->in.head++;
	}
}

void vconsole_pump(struct vconsole *con)
{
	/* A guest polls its receive register: do not make it take a lock. */
	if (__atomic_load_n(&con->in.head, __ATOMIC_RELAXED) ==
	    __atomic_load_n(&con->in.tail, __ATOMIC_RELAXED))
		return;
	spin_lock(&lock);
	pump_locked(con);
	spin_unlock(&lock);
}

static void typed(uint8_t byte)
{
	bool to_shell;

	spin_lock(&lock);
	to_shell = shown == &shell;
	ring_put(&shown->in, byte); /* full: nobody reads; lost */
	pump_locked(shown);
	spin_unlock(&lock);
	if (to_shell)
		wait_wake_all(&shell_wq);
}

static void console_key(struct escape *esc, uint8_t key)
{
	uint8_t byte;
	bool forward = true;

	switch (escape_feed(esc, key, &byte)) {
	case ESCAPE_NONE:
		break;
	case ESCAPE_BYTE:
		typed(byte);
		break;
	case ESCAPE_PREV:
		forward = false;
		/* fall through */
	case ESCAPE_NEXT:
		show(pick_neighbour, &forward);
		break;
	case ESCAPE_UNKNOWN:
		say("\n[console: unknown key]");
		/* fall through */
	case ESCAPE_HELP:
		say("\n[console: Ctrl+X then ] next, [ previous, h help, "
		    "Ctrl+X a literal Ctrl+X]\n");
		break;
	}
}

static void console_task(void *arg __unused_arg)
{
	struct escape esc = {false};

	for (;;) {
		int c = console_read();

		if (c >= 0)
			console_key(&esc, (uint8_t)c);
	}
}

static bool shell_has_input(void *arg __unused_arg)
{
	return __atomic_load_n(&shell.in.head, __ATOMIC_ACQUIRE) !=
	       __atomic_load_n(&shell.in.tail, __ATOMIC_ACQUIRE);
}

int vconsole_shell_read(void)
{
	uint8_t byte = 0;

	wait_event(&shell_wq, shell_has_input, NULL);
	spin_lock(&lock);
	if (ring_peek(&shell.in, &byte))
		shell.in.head++;
	spin_unlock(&lock);
	return byte;
}

bool vconsole_shell_wait(uint64_t deadline_ns)
{
	return !wait_event_timeout(&shell_wq, shell_has_input, NULL,
				   deadline_ns);
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
	err = task_create(&attr, &task);
	if (err)
		log_err("no task for the console, error %d: no input", err);
}

static bool embedded(const char *name)
{
	for (unsigned int i = 0; i < vm_config_count; i++)
		if (!strcmp(vm_config_table[i]->name, name))
			return true;
	return false;
}

/* Is @con what CONFIG_CONSOLE_ATTACH asks for? */
static bool shown_first(const struct vconsole *con)
{
	static const char name[] = CONFIG_CONSOLE_ATTACH;

	if (sizeof(name) == 1)
		return false;
	if (embedded(name))
		return !strcmp(con->vm->config->name, name);
	return con == shell.next;
}

struct vconsole *vconsole_create(struct vm *vm, struct vdev *dev)
{
	struct vconsole *con = heap_alloc(sizeof(*con)), **end;

	if (!con)
		return NULL;
	con->vm = vm;
	con->dev = dev->ops->console_input ? dev : NULL;
	con->out = (struct ring){.size = OUT_SIZE, .bytes = con->out_bytes};
	con->in = (struct ring){.size = IN_SIZE, .bytes = con->in_bytes};

	spin_lock(&lock);
	for (end = &list; *end; end = &(*end)->next)
		;
	*end = con;
	spin_unlock(&lock);

	if (shown_first(con))
		vconsole_attach(vm);
	return con;
}

void vconsole_destroy(struct vconsole *con)
{
	struct vconsole **at;

	if (!con)
		return;
	if (vconsole_is_attached(con->vm))
		vconsole_attach(NULL);
	spin_lock(&lock);
	for (at = &list; *at && *at != con; at = &(*at)->next)
		;
	if (*at)
		*at = con->next;
	if (shown == con)
		shown = &shell;
	spin_unlock(&lock);
	heap_free(con);
}
