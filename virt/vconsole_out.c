/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Consoles' output, on its way to the UART.
 *
 * Everything printed goes into the scrollback of its console, under that
 * console's own lock, which no other guest takes. core/console.c then takes
 * from here what the UART has room for, on one CPU at a time: the announcement
 * of a switch, the shown console's bytes and, in the mixed view, whole lines of
 * the others in front of which their names stand. Those two take turns.
 *
 * @screen_lock guards the list for these readers, who is shown, and the state
 * of the taking. It is taken by the one CPU that takes and by switches, never
 * by a guest that only prints.
 *
 * Over 600 lines, because all that can come next on the one line of the screen
 * is decided in one place.
 */
#include <virt/vconsole.h>

#include "line_strip.h"
#include "vconsole_private.h"

#include <core/console.h>
#include <core/task.h>
#include <core/timer.h>
#include <stdio.h>
#include <string.h>
#include <virt/vdev.h>
#include <virt/vm.h>

/* As if the UART had a FIFO of this size for the guest. */
#define FIFO_BYTES 256u
/* The shell sleeps above the first, until below the second. */
#define SHELL_HIGH (VCONSOLE_OUT_SIZE / 2)
#define SHELL_LOW (VCONSOLE_OUT_SIZE / 4)
/* One take of the shown console, and its turn: at a line's end, or at once. */
#define SHOWN_TAKE 64u
#define SHOWN_TURN 128u
#define SHOWN_TURN_MAX 512u
/* A line that the log or another guest broke is printed again up to here. */
#define AGAIN_MAX 256u
/* A line of the mixed view: as printed, and as looked for. */
#define MIXED_COLUMNS 160u
#define MIXED_RAW_MAX 512u
/* So long may a line of the shown one take to end before another comes. */
#define MIXED_PATIENCE_NS 20000000ull
/* What a console that is left in an orderly way may still have had to say. */
#define FLUSH_MAX 512u
#define NAME_BYTES 64

static char shell_bytes[VCONSOLE_OUT_SIZE];
struct vconsole vconsole_shell = {
	.out_lock = SPINLOCK_INIT(LOCK_RANK_SCROLLBACK),
	.out = {.size = VCONSOLE_OUT_SIZE, .bytes = shell_bytes},
};
struct vconsole *vconsole_shown = &vconsole_shell;

static struct spinlock screen_lock = SPINLOCK_INIT(LOCK_RANK_SCREEN);
static bool mixed;

/* What is printed as it is, whole: announcements, lines of the mixed view. */
static struct {
	char text[CONSOLE_TAKE_MAX];
	size_t at, len;
} piece;
static char announcement[NAME_BYTES + 80];
static struct vconsole *leaving; /* is still printed, up to @leaving_to */
static uint64_t leaving_to;
static struct vconsole *mixed_last; /* had the last turn */
static unsigned int shown_taken;    /* in its turn */
static uint64_t shown_ns;           /* when it printed last */
static struct timer patience;

static struct wait_queue shell_room_wq;
static bool shell_waits;  /* atomic */
static bool device_waits; /* atomic: some console's room_wanted is set */
static bool room_is_due;  /* atomic: for vconsole_room_work() */

const char *vconsole_name(const struct vconsole *con)
{
	return con->vm ? con->vm->config->name : "cvisor";
}

static size_t pending_of(const struct vconsole *con)
{
	uint64_t tail = __atomic_load_n(&con->out.tail, __ATOMIC_RELAXED);
	uint64_t next = __atomic_load_n(&con->out.next, __ATOMIC_RELAXED);

	return tail > next ? (size_t)(tail - next) : 0;
}

/*
 * Taking; the screen's lock is held, interrupts are masked
 */

static size_t piece_take(char *buf, size_t max)
{
	size_t n = MIN(max, piece.len - piece.at);

	memcpy(buf, piece.text + piece.at, n);
	piece.at += n;
	return n;
}

static void piece_set(const char *text, size_t len)
{
	piece.at = 0;
	piece.len = MIN(len, sizeof(piece.text));
	memcpy(piece.text, text, piece.len);
}

static bool at_margin(const struct vconsole *con)
{
	return con->last == '\n' || !con->last;
}

/*
 * A guest's terminal driver has made "\r\n" of its newlines already; one that
 * has none, like the shell, sends '\n' alone.
 */
static size_t con_take_locked(struct vconsole *con, uint64_t limit, char *buf,
			      size_t max)
{
	struct scrollback *sb = &con->out;
	size_t n = 0;

	scrollback_settle(sb);
	while (sb->next < MIN(sb->tail, limit) && n + 2 <= max) {
		char c = scrollback_at(sb, sb->next);

		if (c == '\n' && con->last != '\r')
			buf[n++] = '\r';
		buf[n++] = c;
		con->last = c;
		__atomic_store_n(&sb->next, sb->next + 1, __ATOMIC_RELAXED);
		if (c == '\n')
			con->line_at = sb->next;
	}
	if (sb->tail - sb->next < FIFO_BYTES)
		con->catching_up = false;
	return n;
}

static size_t con_take(struct vconsole *con, uint64_t limit, char *buf,
		       size_t max)
{
	unsigned long flags = spin_lock_irqsave(&con->out_lock);
	size_t n = con_take_locked(con, limit, buf, max);

	spin_unlock_irqrestore(&con->out_lock, flags);
	return n;
}

/* A guest that ignores its device's flags, or takes its console twice. */
static bool shown_lost(struct vconsole *con)
{
	static bool told; /* and nothing of its output printed since */
	unsigned long flags;
	char text[64];
	int n;

	if (likely(pending_of(con) <= VCONSOLE_OUT_SIZE) || told) {
		told = false;
		return false;
	}
	told = true;
	flags = spin_lock_irqsave(&con->out_lock);
	scrollback_settle(&con->out);
	con->line_at = con->out.next;
	con->last = '\n';
	spin_unlock_irqrestore(&con->out_lock, flags);
	n = snprintf(text, sizeof(text), "\r\n[%llu bytes were lost]\r\n",
		     (unsigned long long)con->out.lost);
	con->out.lost = 0;
	piece_set(text, n > 0 ? (size_t)n : 0);
	return true;
}

static size_t shown_take(char *buf, size_t max)
{
	struct vconsole *con = vconsole_shown;
	size_t n = con_take(con, UINT64_MAX, buf, MIN(max, SHOWN_TAKE));

	if (n && mixed)
		shown_ns = time_ns();
	shown_taken += (unsigned int)n;
	return n;
}

/*
 * Back to where the line begins, if that is near and still kept. One that
 * lacks but its '\n' stands there whole.
 */
static void line_again_locked(struct vconsole *con)
{
	uint64_t at = con->line_at;

	if (con->last == '\r' || con->out.next - at > AGAIN_MAX ||
	    at < scrollback_head(&con->out))
		return;
	__atomic_store_n(&con->out.next, at, __ATOMIC_RELAXED);
	con->last = '\n';
}

/*
 * The mixed view
 */

/*
 * Find the end of @con's next line: behind its '\n', or where it is too long.
 * Return: false when it has not ended.
 */
static bool line_find(struct vconsole *con, uint64_t *end)
{
	const struct scrollback *sb = &con->out;
	uint64_t limit = MIN(sb->tail, sb->next + MIXED_RAW_MAX);

	con->scanned = MAX(con->scanned, sb->next);
	while (con->scanned < limit)
		if (scrollback_at(sb, con->scanned++) == '\n') {
			*end = con->scanned;
			con->scanned = sb->next; /* there may be more */
			return true;
		}
	*end = limit;
	return limit == sb->next + MIXED_RAW_MAX;
}

/*
 * The guest is faster than the UART: three quarters more are given up, up to
 * the end of a line, so that there are lines to print and not only losses.
 */
static void mixed_skip(struct scrollback *sb)
{
	uint64_t at = sb->next + scrollback_pending(sb) / 4 * 3;
	uint64_t limit = MIN(sb->tail, at + MIXED_RAW_MAX);

	while (at < limit && scrollback_at(sb, at++) != '\n')
		;
	sb->lost += at - sb->next;
	sb->next = at;
}

static void mixed_piece(struct vconsole *con, const struct line_strip *line)
{
	int n = snprintf(piece.text, sizeof(piece.text), "%s%.*s| %.*s\r\n",
			 at_margin(vconsole_shown) ? "" : "\r\n",
			 NAME_BYTES - 1, vconsole_name(con), (int)line->len,
			 line->text);

	piece.at = 0;
	piece.len = n > 0 ? (size_t)n : 0;
	if (at_margin(vconsole_shown))
		return;
	spin_lock(&vconsole_shown->out_lock);
	line_again_locked(vconsole_shown);
	spin_unlock(&vconsole_shown->out_lock);
}

/* Return: false when @con has no line that could be printed now. */
static bool mixed_take_of(struct vconsole *con)
{
	struct scrollback *sb = &con->out;
	struct line_strip line;
	unsigned long flags;
	uint64_t end;
	bool found;
	char text[MIXED_COLUMNS + 1];

	flags = spin_lock_irqsave(&con->out_lock);
	scrollback_settle(sb);
	line_strip_init(&line, text, MIXED_COLUMNS);
	found = sb->lost || line_find(con, &end);
	if (found && sb->lost) {
		mixed_skip(sb);
		line.len = (size_t)snprintf(text, sizeof(text),
					    "[%llu bytes were lost]",
					    (unsigned long long)sb->lost);
		sb->lost = 0;
	} else if (found) {
		while (sb->next < end &&
		       line_strip_feed(&line, scrollback_at(sb, sb->next)))
			sb->next++;
		con->line_at = sb->next;
		con->last = '\n';
	}
	spin_unlock_irqrestore(&con->out_lock, flags);
	if (found)
		mixed_piece(con, &line);
	return found;
}

/* The next hidden guest in turn that has a line to print. */
static bool mixed_take(void)
{
	struct vconsole *first = mixed_last && mixed_last->next
					 ? mixed_last->next
					 : vconsole_shell.next;
	struct vconsole *con = first;

	while (con) {
		if (con != vconsole_shown && mixed_take_of(con)) {
			mixed_last = con;
			shown_taken = 0;
			return true;
		}
		con = con->next ? con->next : vconsole_shell.next;
		if (con == first)
			return false;
	}
	return false;
}

/* Is it the others' turn, even if the shown one has more? */
static bool mixed_turn(void)
{
	return shown_taken >= SHOWN_TURN_MAX ||
	       (shown_taken >= SHOWN_TURN && at_margin(vconsole_shown));
}

/*
 * May a line come now, where the shown one has nothing more? It may be about
 * to end its line: the timer asks again.
 */
static bool mixed_may_break(void)
{
	return at_margin(vconsole_shown) ||
	       time_ns() - shown_ns >= MIXED_PATIENCE_NS;
}

static size_t take_leaving(char *buf, size_t max)
{
	size_t n;

	if (likely(!leaving))
		return 0;
	n = con_take(leaving, leaving_to, buf, MIN(max, SHOWN_TAKE));
	if (!n)
		leaving = NULL;
	return n;
}

static size_t take(char *buf, size_t max, bool *more)
{
	size_t n;

	*more = true;
	if (piece.at < piece.len)
		return piece_take(buf, max);
	n = take_leaving(buf, max);
	if (n)
		return n;
	if (unlikely(announcement[0])) {
		piece_set(announcement, strlen(announcement));
		announcement[0] = '\0';
		return piece_take(buf, max);
	}
	if (mixed && mixed_turn()) {
		if (mixed_take())
			return piece_take(buf, max);
		shown_taken = 0;
	}
	if (shown_lost(vconsole_shown))
		return piece_take(buf, max);
	n = shown_take(buf, max);
	if (!n && mixed && mixed_may_break() && mixed_take())
		return piece_take(buf, max);
	*more = mixed || n + 2 > SHOWN_TAKE;
	return n;
}

/*
 * What core/console.c calls
 */

static size_t screen_take(char *buf, size_t max, bool *more)
{
	unsigned long flags = spin_lock_irqsave(&screen_lock);
	size_t n = take(buf, max, more);

	spin_unlock_irqrestore(&screen_lock, flags);
	return n;
}

/* Other CPUs have stopped wherever they were: only what cannot go wrong. */
static size_t screen_take_panic(char *buf, size_t max)
{
	if (piece.at < piece.len && piece.len <= sizeof(piece.text))
		return piece_take(buf, max);
	return con_take_locked(vconsole_shown, UINT64_MAX, buf, max);
}

static void screen_interrupted(void)
{
	unsigned long flags = spin_lock_irqsave(&screen_lock);
	struct vconsole *con = vconsole_shown;

	if (piece.at == piece.len && !at_margin(con)) {
		spin_lock(&con->out_lock);
		line_again_locked(con);
		spin_unlock(&con->out_lock);
	}
	spin_unlock_irqrestore(&screen_lock, flags);
}

/* In the UART's interrupt: a device is told by the console's task. */
static void screen_room(void)
{
	if (__atomic_load_n(&device_waits, __ATOMIC_SEQ_CST)) {
		__atomic_store_n(&room_is_due, true, __ATOMIC_RELEASE);
		console_read_wake();
	}
	if (__atomic_load_n(&shell_waits, __ATOMIC_SEQ_CST))
		wait_wake_all(&shell_room_wq);
}

static const struct console_screen screen = {
	.take = screen_take,
	.take_panic = screen_take_panic,
	.interrupted = screen_interrupted,
	.room = screen_room,
};

static void patience_over(struct timer *timer __unused_arg)
{
	console_kick();
}

/*
 * Putting
 */

static void mixed_put(uint8_t byte)
{
	console_kick();
	/* it may have been held back, see mixed_may_break() */
	if (byte == '\n')
		timer_set(&patience, time_ns() + MIXED_PATIENCE_NS);
}

bool vconsole_out_full(const struct vconsole *con)
{
	size_t pending;

	if (!vconsole_is_shown(con) || !console_is_async())
		return false;
	pending = pending_of(con);
	return pending >=
	       (con->catching_up ? VCONSOLE_OUT_SIZE - FIFO_BYTES : FIFO_BYTES);
}

bool vconsole_put(struct vconsole *con, uint8_t byte)
{
	unsigned long flags = spin_lock_irqsave(&con->out_lock);
	bool is_shown = vconsole_is_shown(con);

	scrollback_put(&con->out, (char)byte);
	spin_unlock_irqrestore(&con->out_lock, flags);

	if (!is_shown) {
		if (unlikely(mixed))
			mixed_put(byte);
		return true;
	}
	console_kick();
	return !vconsole_full(con);
}

bool vconsole_full(struct vconsole *con)
{
	if (likely(!vconsole_out_full(con)))
		return false;
	/*
	 * Pairs with the load in screen_room(): if the UART's interrupt does
	 * not see this, what it has taken is seen here. There will be one as
	 * long as there are bytes.
	 */
	__atomic_store_n(&con->room_wanted, true, __ATOMIC_SEQ_CST);
	__atomic_store_n(&device_waits, true, __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return vconsole_out_full(con);
}

bool vconsole_room_work(void)
{
	return __atomic_load_n(&room_is_due, __ATOMIC_ACQUIRE);
}

void vconsole_room_done(void)
{
	__atomic_store_n(&room_is_due, false, __ATOMIC_RELAXED);
	__atomic_store_n(&device_waits, false, __ATOMIC_SEQ_CST);
}

static bool shell_has_room(void *arg __unused_arg)
{
	return !vconsole_is_shown(&vconsole_shell) || !console_is_async() ||
	       pending_of(&vconsole_shell) < SHELL_LOW;
}

/* The shell is a task: it sleeps while the UART is slower than a command. */
static void shell_wait_room(void)
{
	if (pending_of(&vconsole_shell) < SHELL_HIGH || shell_has_room(NULL))
		return;
	/* pairs with the load in screen_room(), as in vconsole_full() */
	__atomic_store_n(&shell_waits, true, __ATOMIC_SEQ_CST);
	wait_event(&shell_room_wq, shell_has_room, NULL);
	__atomic_store_n(&shell_waits, false, __ATOMIC_SEQ_CST);
}

void vconsole_shell_write(const char *text, size_t len)
{
	unsigned long flags;

	shell_wait_room();
	flags = spin_lock_irqsave(&vconsole_shell.out_lock);
	for (size_t i = 0; i < len; i++)
		scrollback_put(&vconsole_shell.out, text[i]);
	spin_unlock_irqrestore(&vconsole_shell.out_lock, flags);
	if (vconsole_is_shown(&vconsole_shell))
		console_kick();
}

size_t vconsole_tail(const struct vm *vm, char *buf, size_t size)
{
	struct vconsole *con = vm->console;
	unsigned long flags;
	size_t n;

	if (!con)
		return 0;
	flags = spin_lock_irqsave(&con->out_lock);
	n = scrollback_tail(&con->out, buf, size);
	spin_unlock_irqrestore(&con->out_lock, flags);
	return n;
}

void vconsole_out_info(struct vconsole *con, struct vconsole_info *info)
{
	const struct scrollback *sb = &con->out;
	unsigned long flags;

	snprintf(info->name, sizeof(info->name), "%s", vconsole_name(con));
	info->shown = vconsole_is_shown(con);
	flags = spin_lock_irqsave(&con->out_lock);
	info->missed = sb->tail - sb->next + sb->lost;
	info->kept = sb->tail - scrollback_head(sb);
	spin_unlock_irqrestore(&con->out_lock, flags);
}

/*
 * Switching, and the list
 */

static void announce_locked(struct vconsole *con, unsigned int lines)
{
	unsigned long long lost;

	spin_lock(&con->out_lock);
	scrollback_settle(&con->out);
	lost = con->out.lost;
	con->out.lost = 0;
	if (lines) {
		con->out.next = scrollback_lines(&con->out, lines);
		con->line_at = con->out.next;
		con->scanned = con->out.next;
		con->last = '\n';
	} else if (!lost && !at_margin(con)) {
		line_again_locked(con); /* a prompt, say */
	}
	con->catching_up = scrollback_pending(&con->out) >= FIFO_BYTES;
	spin_unlock(&con->out_lock);

	if (lost)
		snprintf(announcement, sizeof(announcement),
			 "\r\n[console: %.*s; %llu bytes of older output were "
			 "lost]\r\n",
			 NAME_BYTES - 1, vconsole_name(con), lost);
	else
		snprintf(announcement, sizeof(announcement),
			 "\r\n[console: %.*s]\r\n", NAME_BYTES - 1,
			 vconsole_name(con));
}

/* In the mixed view its line goes on as one of many: from its beginning. */
static void leave_locked(struct vconsole *con, bool flush)
{
	spin_lock(&con->out_lock);
	if (flush) {
		leaving = con;
		leaving_to = con->out.next +
			     MIN(scrollback_pending(&con->out), FLUSH_MAX);
	} else if (mixed && con->vm) {
		line_again_locked(con);
	}
	spin_unlock(&con->out_lock);
}

void vconsole_out_show(struct vconsole *con, unsigned int lines, bool flush)
{
	unsigned long flags = spin_lock_irqsave(&screen_lock);

	if (leaving == con)
		leaving = NULL;
	if (con != vconsole_shown)
		leave_locked(vconsole_shown, flush);
	announce_locked(con, lines);
	__atomic_store_n(&vconsole_shown, con, __ATOMIC_RELAXED);
	shown_taken = 0;
	spin_unlock_irqrestore(&screen_lock, flags);
	screen_room(); /* the hidden one waits no more */
	console_kick();
}

void vconsole_out_add(struct vconsole *con)
{
	unsigned long flags = spin_lock_irqsave(&screen_lock);
	struct vconsole *end = &vconsole_shell;

	while (end->next)
		end = end->next;
	end->next = con;
	spin_unlock_irqrestore(&screen_lock, flags);
}

void vconsole_out_remove(struct vconsole *con)
{
	unsigned long flags = spin_lock_irqsave(&screen_lock);
	struct vconsole *at = &vconsole_shell;

	while (at->next && at->next != con)
		at = at->next;
	if (at->next)
		at->next = con->next;
	if (leaving == con)
		leaving = NULL;
	if (mixed_last == con)
		mixed_last = NULL;
	if (vconsole_shown == con)
		__atomic_store_n(&vconsole_shown, &vconsole_shell,
				 __ATOMIC_RELAXED);
	spin_unlock_irqrestore(&screen_lock, flags);
}

void vconsole_mix(bool on)
{
	__atomic_store_n(&mixed, on, __ATOMIC_RELAXED);
	console_kick();
}

bool vconsole_is_mixed(void)
{
	return __atomic_load_n(&mixed, __ATOMIC_RELAXED);
}

void vconsole_out_init(void)
{
	wait_queue_init(&shell_room_wq);
	timer_init(&patience, patience_over, NULL);
	console_set_screen(&screen);
}
