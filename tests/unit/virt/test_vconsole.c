/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_virt.h"

#include <core/console.h>
#include <core/timer.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <virt/vconsole.h>
#include <virt/vdev.h>

#include <cmocka.h>

static const struct vm_config config_a = {.name = "alpha"};
static const struct vm_config config_b = {.name = "beta"};
/* What is in the Image; the name says whose console is shown first. */
static struct vm_config embedded = {.name = CONFIG_CONSOLE_ATTACH};
const struct vm_config *const vm_config_table[] = {&embedded};
const unsigned int vm_config_count = 1;
const struct vm_config *const *vm_boot_table = vm_config_table;
unsigned int vm_boot_count = 1;

static struct vm vm_a = {.config = &config_a}, vm_b = {.config = &config_b};

/* What a device has taken, and how much more it takes. */
static char taken[64];
static unsigned int taken_len, room;

static bool device_input(struct vdev *dev, uint8_t byte)
{
	(void)dev;
	if (!room)
		return false;
	room--;
	taken[taken_len++ % sizeof(taken)] = (char)byte;
	return true;
}

static unsigned int rooms; /* times that a device heard of room */

static void device_room(struct vdev *dev)
{
	(void)dev;
	rooms++;
}

static const struct vdev_ops ops = {
	.console_input = device_input,
	.console_room = device_room,
};
static struct vdev dev_a = {.ops = &ops, .vm = &vm_a};
static struct vdev dev_b = {.ops = &ops, .vm = &vm_b};

/* The console task reads these keys, then "sleeps" out of its loop. */
static const char *keys;
static jmp_buf out_of_keys;

int console_read(bool (*other)(void))
{
	if (other())
		return -1;
	if (!*keys)
		longjmp(out_of_keys, 1);
	return (unsigned char)*keys++;
}

static uint64_t now_ns = 1000000000;
static struct timer *armed;

uint64_t time_ns(void)
{
	return now_ns;
}

void timer_init(struct timer *timer, void (*fn)(struct timer *timer), void *ctx)
{
	*timer = (struct timer){.fn = fn, .ctx = ctx};
}

void timer_set(struct timer *timer, uint64_t deadline_ns)
{
	timer->deadline_ns = deadline_ns;
	armed = timer;
}

/* Time goes on; the timer fires if it is due. */
static void later(uint64_t ns)
{
	now_ns += ns;
	if (armed && armed->deadline_ns <= now_ns) {
		struct timer *timer = armed;

		armed = NULL;
		timer->fn(timer);
	}
}

static void type(const char *text)
{
	keys = text;
	if (!setjmp(out_of_keys))
		fake_tasks[0].fn(fake_tasks[0].arg);
}

static void guest_says(struct vm *vm, const char *text)
{
	while (*text)
		vconsole_put(vm->console, (uint8_t)*text++);
}

static int setup(void **state)
{
	(void)state;
	fake_task_count = 0;
	vconsole_init();
	vm_a.console = vconsole_create(&vm_a, &dev_a);
	vm_b.console = vconsole_create(&vm_b, &dev_b);
	taken_len = rooms = fake_read_wakes = 0;
	room = 1000;
	fake_uart_async = false;
	fake_uart_room = 0;
	armed = NULL;
	fake_uart_clear();
	return vm_a.console && vm_b.console ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	vconsole_destroy(vm_a.console);
	vconsole_destroy(vm_b.console);
	assert_true(vconsole_is_attached(NULL));
	vconsole_mix(false);
	/* the shell's console is there for ever: nothing is left in it */
	fake_uart_async = false;
	vconsole_shell_write("\n", 1);
	return 0;
}

static bool shown(const char *text)
{
	return strstr(fake_uart, text);
}

static void only_the_shown_one_prints(void **state)
{
	(void)state;
	vconsole_shell_write("prompt ", 7);
	guest_says(&vm_a, "hidden\n");
	assert_string_equal(fake_uart, "prompt ");

	vconsole_attach(&vm_a);
	assert_true(shown("[console: alpha]"));
	assert_true(shown("hidden\r\n")); /* what was kept */
	guest_says(&vm_a, "direct");
	assert_true(shown("direct"));
	vconsole_shell_write("later", 5);
	assert_false(shown("later"));
	vconsole_attach(NULL);
	assert_true(shown("[console: cvisor]"));
	assert_true(shown("later"));
}

static void by_key(struct wait_queue *wq __unused_arg)
{
	type("\x18s");
}

static void by_command(struct wait_queue *wq __unused_arg)
{
	vconsole_attach(NULL);
}

static void by_its_end(struct wait_queue *wq __unused_arg)
{
	vconsole_destroy(vm_a.console);
	vm_a.console = NULL;
}

/* Until somebody looks at it, it is not unpacked. */
static void the_shell_is_awaited(void **state)
{
	void (*const ways[])(struct wait_queue *) = {by_key, by_command,
						     by_its_end};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(ways); i++) {
		vconsole_attach(&vm_a);
		fake_wakes = 0;
		fake_sleep = ways[i];
		vconsole_shell_await();
		fake_sleep = NULL;
		assert_int_equal(fake_wakes, 1);
		assert_true(vconsole_is_attached(NULL));
	}
	/* that it is shown still is not enough */
	fake_sleep = by_key;
	vconsole_shell_await();
	fake_sleep = NULL;
	type("\x18s");
	vconsole_shell_await();
}

#define KEPT ((size_t)CONFIG_CONSOLE_SCROLLBACK_KIB * 1024)

static void newest_output_is_kept(void **state)
{
	(void)state;
	for (size_t i = 0; i < KEPT + 1234; i++)
		guest_says(&vm_a, "o");
	guest_says(&vm_a, "the end");
	vconsole_attach(&vm_a);
	assert_true(shown("\n[console: alpha; 1241 bytes of older output were "
			  "lost]\r\no"));
	assert_true(shown("oothe end"));
	assert_int_equal(strlen(strchr(fake_uart, ']')), KEPT + 3);

	/* told once; what was seen is not repeated */
	vconsole_attach(NULL);
	guest_says(&vm_a, "!\n");
	fake_uart_clear();
	vconsole_attach(&vm_a);
	assert_string_equal(fake_uart, "\r\n[console: alpha]\r\n!\r\n");
}

/* What was seen is kept, too. */
static void tail_is_copied(void **state)
{
	char buf[16];

	(void)state;
	vconsole_attach(&vm_a);
	guest_says(&vm_a, "seen ");
	vconsole_attach(NULL);
	guest_says(&vm_a, "unseen");
	assert_int_equal(vconsole_tail(&vm_a, buf, sizeof(buf)), 11);
	assert_memory_equal(buf, "seen unseen", 11);
	assert_int_equal(vconsole_tail(&vm_a, buf, 3), 3);
	assert_memory_equal(buf, "een", 3);
	assert_int_equal(vconsole_tail(&vm_b, buf, sizeof(buf)), 0);
	assert_int_equal(vconsole_tail(&(struct vm){0}, buf, 3), 0);
}

/* Exactly what was missed; of a line that has not ended, all of it. */
static void missed_output(void **state)
{
	(void)state;
	vconsole_attach(&vm_a);
	guest_says(&vm_a, "one\ntwo\nlogin: ");
	vconsole_attach(&vm_b);
	fake_uart_clear();
	vconsole_attach(&vm_a);
	assert_string_equal(fake_uart, "\r\n[console: alpha]\r\nlogin: ");
	vconsole_attach(&vm_b);
	guest_says(&vm_a, "root\nthree");
	guest_says(&vm_a, "\nfour\n");
	fake_uart_clear();
	vconsole_attach(&vm_a);
	assert_string_equal(fake_uart, "\r\n[console: alpha]\r\n"
				       "login: root\r\nthree\r\nfour\r\n");
	/* one that is attached already is left in peace */
	fake_uart_clear();
	vconsole_attach(&vm_a);
	assert_string_equal(fake_uart, "");
}

static void last_lines_again(void **state)
{
	(void)state;
	vconsole_attach(&vm_a);
	guest_says(&vm_a, "one\ntwo\nthree\n");
	vconsole_attach(NULL);
	guest_says(&vm_a, "four\n");
	fake_uart_clear();
	vconsole_show(&vm_a, 3);
	assert_string_equal(fake_uart, "\r\n[console: alpha]\r\n"
				       "two\r\nthree\r\nfour\r\n");
	vconsole_attach(NULL);
	fake_uart_clear();
	vconsole_show(&vm_a, 100);
	assert_true(shown("]\r\none\r\n"));
	/* fewer than were missed: those before are gone from this view */
	vconsole_attach(NULL);
	guest_says(&vm_a, "five\nsix\n");
	fake_uart_clear();
	vconsole_show(&vm_a, 1);
	assert_string_equal(fake_uart, "\r\n[console: alpha]\r\nsix\r\n");
}

/* The log came in the midst of a line: that line begins again. */
static void broken_lines_begin_again(void **state)
{
	char text[400];

	(void)state;
	vconsole_attach(&vm_a);
	fake_uart_clear();
	guest_says(&vm_a, "a\r\nhal");
	console_write("log\n", 4);
	guest_says(&vm_a, "f\r\n");
	assert_string_equal(fake_uart, "a\r\nhal\r\nlog\r\nhalf\r\n");
	fake_uart_clear();
	console_write("log\n", 4);
	assert_string_equal(fake_uart, "log\r\n");
	/* it lacked its '\n' only */
	guest_says(&vm_a, "whole\r");
	console_write("log\n", 4);
	guest_says(&vm_a, "\n");
	assert_string_equal(fake_uart, "log\r\nwhole\r\r\nlog\r\n\n");
	/* too long to say it twice */
	fake_uart_clear();
	memset(text, 'x', sizeof(text));
	text[399] = 0;
	guest_says(&vm_a, text);
	console_write("log\n", 4);
	assert_int_equal(fake_uart_len, 399 + 2 + 5);
}

/*
 * A UART that is slower than the guest
 */

static size_t says_until_full(struct vm *vm, char c, size_t max)
{
	size_t n = 0;

	while (n < max && vconsole_put(vm->console, (uint8_t)c))
		n++;
	return n;
}

static void shown_guest_waits_for_the_uart(void **state)
{
	(void)state;
	vconsole_attach(&vm_a);
	fake_uart_async = true;
	fake_uart_clear();
	assert_int_equal(says_until_full(&vm_a, 'a', 10000), 255);
	assert_true(vconsole_full(vm_a.console));
	/* who is not shown is never told to wait */
	assert_int_equal(says_until_full(&vm_b, 'b', 10000), 10000);
	assert_int_equal(fake_uart_len, 0);

	fake_uart_sent(1);
	assert_true(fake_read_wakes > 0);
	type("");
	assert_int_equal(rooms, 1); /* once, not for each byte */
	assert_false(vconsole_full(vm_a.console));
	fake_uart_sent(1000);
	type("");
	assert_int_equal(rooms, 1);
	assert_int_equal(fake_uart_len, 256);
}

/* One that does not look at its flags: kept, and what is not, counted. */
static void guest_that_does_not_wait(void **state)
{
	(void)state;
	vconsole_attach(&vm_a);
	fake_uart_async = true;
	fake_uart_clear();
	for (size_t i = 0; i < KEPT; i++)
		vconsole_put(vm_a.console, 'a');
	fake_uart_sent(2 * KEPT);
	assert_int_equal(fake_uart_len, KEPT);
	fake_uart_room = 0;
	for (size_t i = 0; i < KEPT + 77; i++)
		vconsole_put(vm_a.console, 'b');
	fake_uart_clear();
	fake_uart_sent(2 * KEPT);
	assert_non_null(strstr(fake_uart, "\r\n[77 bytes were lost]\r\nb"));
	assert_int_equal(strlen(strchr(fake_uart, ']')), KEPT + 3);
}

/* While what it missed is shown, a guest may go on, and is then hidden. */
static void hidden_guest_waits_no_more(void **state)
{
	size_t sent;

	(void)state;
	fake_uart_async = true;
	vconsole_attach(&vm_a);
	says_until_full(&vm_a, 'a', 10000);
	vconsole_attach(&vm_b);
	assert_false(vconsole_full(vm_a.console));
	type("");
	assert_int_equal(rooms, 1);
	for (unsigned int i = 0; i < 1000; i++)
		vconsole_put(vm_a.console, 'x');
	vconsole_attach(&vm_a);
	assert_true(vconsole_put(vm_a.console, 'y'));
	fake_uart_sent(2000);
	sent = fake_uart_room;
	assert_int_equal(says_until_full(&vm_a, 'z', 10000), sent + 255);
}

static void end_of_waiting(struct wait_queue *wq)
{
	(void)wq;
	fake_uart_sent(1000);
}

static void shell_sleeps_while_the_uart_is_slow(void **state)
{
	size_t len = 0;

	(void)state;
	fake_uart_async = true;
	fake_sleep = NULL; /* a sleep aborts */
	while (len < KEPT / 2) {
		vconsole_shell_write("0123456789abcdef", 16);
		len += 16;
	}
	fake_sleep = end_of_waiting;
	fake_uart_clear();
	vconsole_shell_write("!", 1);
	assert_true(fake_uart_len > KEPT / 4);
	fake_uart_sent(KEPT);
	assert_int_equal(fake_uart_len, len + 1);
	/* hidden: the oldest goes */
	vconsole_attach(&vm_a);
	fake_sleep = NULL;
	fake_uart_room = 0;
	for (len = 0; len < 2 * KEPT; len += 16)
		vconsole_shell_write("0123456789abcdef", 16);
}

/* A VM that ends gives its console back: its last words come first. */
static void last_words(void **state)
{
	(void)state;
	vconsole_attach(&vm_a);
	fake_uart_async = true;
	fake_uart_clear();
	guest_says(&vm_a, "the end\n");
	vconsole_attach(NULL);
	vconsole_shell_write("prompt", 6);
	fake_uart_sent(1000);
	assert_string_equal(fake_uart,
			    "the end\r\n\r\n[console: cvisor]\r\nprompt");
}

/* Ctrl+X does not wait for them, and shows them later. */
static void switching_away_from_a_flood(void **state)
{
	(void)state;
	vconsole_attach(&vm_a);
	fake_uart_async = true;
	says_until_full(&vm_a, 'a', 10000);
	fake_uart_clear();
	type("\x18s");
	fake_uart_sent(1000);
	assert_string_equal(fake_uart, "\r\n[console: cvisor]\r\n");
	fake_uart_clear();
	type("\x18"
	     "1");
	fake_uart_sent(1000);
	assert_int_equal(strlen(strchr(fake_uart, ']')), 3 + 256);
}

static void panic_takes_what_is_left(void **state)
{
	(void)state;
	vconsole_attach(&vm_a);
	fake_uart_async = true;
	fake_uart_clear();
	guest_says(&vm_a, "one\ntwo");
	fake_uart_panic();
	assert_string_equal(fake_uart, "one\r\ntwo");
}

/*
 * The mixed view
 */

static void mixed_lines_are_whole(void **state)
{
	(void)state;
	guest_says(&vm_a, "before\nmix");
	vconsole_mix(true);
	guest_says(&vm_b, "b begins, ");
	guest_says(&vm_a, "ed\r\n");
	guest_says(&vm_b, "b ends\n");
	assert_string_equal(fake_uart, "alpha| before\r\n"
				       "alpha| mixed\r\n"
				       "beta| b begins, b ends\r\n");
	/* what was shown so is not shown again; a line that was not is whole */
	guest_says(&vm_b, "par");
	vconsole_mix(false);
	guest_says(&vm_b, "tial\n");
	vconsole_attach(&vm_a);
	fake_uart_clear();
	vconsole_attach(&vm_b);
	assert_string_equal(fake_uart, "\r\n[console: beta]\r\npartial\r\n");
}

/* A line that the shown one is about to end is waited for, but not for ever. */
static void mixed_lines_wait_for_the_shown_one(void **state)
{
	(void)state;
	vconsole_attach(&vm_a);
	vconsole_mix(true);
	fake_uart_clear();
	guest_says(&vm_a, "shown ");
	guest_says(&vm_b, "hidden\n");
	guest_says(&vm_a, "line\r\n");
	assert_string_equal(fake_uart, "shown line\r\nbeta| hidden\r\n");

	fake_uart_clear();
	guest_says(&vm_a, "prompt: ");
	guest_says(&vm_b, "hidden\n");
	later(10000000);
	assert_string_equal(fake_uart, "prompt: ");
	later(10000000);
	assert_string_equal(fake_uart, "prompt: \r\nbeta| hidden\r\nprompt: ");
	guest_says(&vm_a, "typed\n");
	assert_true(shown("prompt: typed\r\n"));
}

static void mixed_lines_have_a_bound(void **state)
{
	static const char digits[] = "0123456789";

	(void)state;
	vconsole_mix(true);
	for (unsigned int i = 0; i < 60; i++)
		guest_says(&vm_a, digits);
	/* nothing ended, but 512 bytes are too many to wait */
	assert_int_equal(strncmp(fake_uart, "alpha| 0123", 11), 0);
	guest_says(&vm_a, "\n");
	for (const char *line = fake_uart; *line;) {
		const char *end = strstr(line, "\r\n");

		assert_non_null(end);
		assert_true(end - line <= 7 + 160);
		assert_int_equal(strncmp(line, "alpha| ", 7), 0);
		line = end + 2;
	}
}

static unsigned int lines_of(const char *prefix)
{
	unsigned int n = 0;

	for (const char *at = fake_uart; (at = strstr(at, prefix)); at++)
		n++;
	return n;
}

/* Two floods: each gets its turn, and the shown one's lines stay whole. */
static void mixed_floods_take_turns(void **state)
{
	(void)state;
	vconsole_attach(&vm_a);
	vconsole_mix(true);
	fake_uart_async = true;
	for (unsigned int i = 0; i < 100; i++) {
		guest_says(&vm_a, "shown line\r\n");
		guest_says(&vm_b, "hidden line\r\n");
	}
	fake_uart_clear();
	fake_uart_sent(600);
	assert_in_range(lines_of("beta| hidden line\r\n"), 2, 20);
	assert_in_range(lines_of("shown line\r\n"), 20, 50);
	fake_uart_sent(100000);
	assert_int_equal(lines_of("beta| hidden line\r\n"), 100);
	assert_int_equal(lines_of("shown line\r\n"), 100);
	assert_int_equal(lines_of("\n"), 200);
}

static void mixed_loss_is_told(void **state)
{
	(void)state;
	vconsole_mix(true);
	fake_uart_async = true;
	for (size_t i = 0; i < KEPT / 10; i++)
		guest_says(&vm_b, "123456789\n");
	guest_says(&vm_b, "123456789\n123456789\n");
	fake_uart_clear();
	fake_uart_sent(3 * KEPT);
	assert_int_equal(lines_of("bytes were lost]\r\n"), 1);
	assert_true(shown("beta| 123456789\r\nbeta| 123456789\r\n"));
}

/* Floods that are faster than the UART: lines are printed, not only losses. */
static void mixed_floods_outrun_the_uart(void **state)
{
	unsigned long long lost = 0, lines;
	const char *at;

	(void)state;
	vconsole_mix(true);
	fake_uart_async = true;
	fake_uart_clear();
	for (unsigned int i = 0; i < 400; i++) {
		for (unsigned int j = 0; j < 100; j++)
			guest_says(&vm_b, "123456789\n");
		fake_uart_sent(1); /* one piece */
		fake_uart_room = 0;
	}
	assert_in_range(lines_of("bytes were lost]"), 1, 100);
	assert_true(lines_of("beta| 123456789\r\n") > 300);
	/* every byte was printed or counted */
	fake_uart_sent(10 * KEPT);
	lines = lines_of("beta| 123456789\r\n");
	for (at = fake_uart; (at = strstr(at, "beta| [")); at++)
		lost += strtoull(at + 7, NULL, 10);
	assert_int_equal(lines * 10 + lost, 400 * 1000);
}

/* The same with one that is shown and does not heed its flags. */
static void shown_flood_outruns_the_uart(void **state)
{
	(void)state;
	vconsole_attach(&vm_a);
	fake_uart_async = true;
	fake_uart_clear();
	for (unsigned int i = 0; i < 300; i++) {
		for (size_t n = 0; n < KEPT + 1000; n += 1000)
			for (unsigned int j = 0; j < 1000; j++)
				vconsole_put(vm_a.console, 'x');
		fake_uart_sent(1);
		fake_uart_room = 0;
	}
	assert_true(lines_of("bytes were lost]") > 100);
	assert_true(lines_of("xxxxxxxxxxxxxxxx") > 1000);
}

static void newlines(void **state)
{
	(void)state;
	vconsole_attach(&vm_a);
	fake_uart_clear();
	guest_says(&vm_a, "a\r\nb\nc\rd");
	assert_string_equal(fake_uart, "a\r\nb\r\nc\rd");
}

static void typed_bytes_go_to_the_shown_one(void **state)
{
	(void)state;
	type("ls");
	assert_int_equal(taken_len, 0);
	assert_int_equal(vconsole_shell_read(), 'l');
	assert_int_equal(vconsole_shell_read(), 's');

	/* Ctrl+C takes what stands before it along */
	type("ab");
	assert_false(vconsole_shell_break());
	type("c\x03"
	     "d");
	assert_true(vconsole_shell_break());
	assert_false(vconsole_shell_break());
	assert_int_equal(vconsole_shell_read(), 'd');

	vconsole_attach(&vm_a);
	type("hi\x18\x18");
	assert_int_equal(taken_len, 3);
	assert_memory_equal(taken, "hi\x18", 3);
}

static void typed_bytes_wait_for_room(void **state)
{
	(void)state;
	vconsole_attach(&vm_a);
	room = 2;
	type("abcd");
	assert_int_equal(taken_len, 2);
	room = 1000;
	vconsole_pump(vm_a.console);
	assert_int_equal(taken_len, 4);
	assert_memory_equal(taken, "abcd", 4);

	/* a guest that never reads: bytes are lost, nothing stops */
	room = 0;
	for (unsigned int i = 0; i < 1000; i++)
		type("z");
	room = 10000;
	vconsole_pump(vm_a.console);
	assert_int_equal(taken_len, 4 + 256);
}

static void ctrl_x_goes_around(void **state)
{
	(void)state;
	type("\x18]");
	assert_true(vconsole_is_attached(&vm_a));
	type("\x18]");
	assert_true(vconsole_is_attached(&vm_b));
	type("\x18]");
	assert_true(vconsole_is_attached(NULL));
	type("\x18[");
	assert_true(vconsole_is_attached(&vm_b));
	type("\x18[");
	assert_true(vconsole_is_attached(&vm_a));
	type("\x18h");
	assert_true(vconsole_is_attached(&vm_a));
	assert_true(shown("Ctrl+X then"));
	type("\x18q");
	assert_true(shown("unknown key"));
	type("\x18s");
	assert_true(vconsole_is_attached(NULL));
	type("\x18"
	     "2");
	assert_true(vconsole_is_attached(&vm_b));
	type("\x18"
	     "3");
	assert_true(shown("[console: there is none of that number]\r\n"));
	assert_true(vconsole_is_attached(&vm_b));
	fake_uart_clear();
	type("\x18"
	     "2"); /* which one is it? */
	assert_string_equal(fake_uart, "\r\n[console: beta]\r\n");
	type("\x18"
	     "0");
	assert_true(vconsole_is_attached(NULL));
	assert_false(vconsole_is_mixed());
	type("\x18m");
	assert_true(vconsole_is_mixed());
	type("\x18M");
	assert_false(vconsole_is_mixed());
	assert_int_equal(taken_len, 0);
}

static void destroying_the_shown_one_shows_the_shell(void **state)
{
	(void)state;
	vconsole_attach(&vm_b);
	vconsole_destroy(vm_b.console);
	vm_b.console = NULL;
	assert_true(vconsole_is_attached(NULL));
	type("\x18]");
	type("\x18]");
	assert_true(vconsole_is_attached(NULL));
}

static int setup_other_image(void **state)
{
	embedded.name = "beta";
	return setup(state);
}

static int teardown_other_image(void **state)
{
	embedded.name = CONFIG_CONSOLE_ATTACH;
	return teardown(state);
}

/* CONFIG_CONSOLE_ATTACH names a VM that this Image does not have. */
static void without_the_named_vm_the_first_is_shown(void **state)
{
	(void)state;
	assert_true(vconsole_is_attached(&vm_a));
}

/* A VM that is created while somebody has chosen, or works in the shell. */
static void what_was_chosen_stays(void **state)
{
	(void)state;
	vconsole_destroy(vm_b.console);
	vconsole_destroy(vm_a.console);
	vm_b.console = NULL;
	vm_a.console = vconsole_create(&vm_a, &dev_a);
	assert_true(vconsole_is_attached(&vm_a));
	vconsole_destroy(vm_a.console);
	type("\x18"
	     "0");
	vm_a.console = vconsole_create(&vm_a, &dev_a);
	assert_true(vconsole_is_attached(NULL));
}

static void the_shell_stays(void **state)
{
	(void)state;
	vconsole_destroy(vm_b.console);
	vconsole_destroy(vm_a.console);
	vm_b.console = NULL;
	type("v");
	assert_int_equal(vconsole_shell_read(), 'v');
	vm_a.console = vconsole_create(&vm_a, &dev_a);
	assert_true(vconsole_is_attached(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(only_the_shown_one_prints,
						setup, teardown),
		cmocka_unit_test_setup_teardown(the_shell_is_awaited, setup,
						teardown),
		cmocka_unit_test_setup_teardown(newest_output_is_kept, setup,
						teardown),
		cmocka_unit_test_setup_teardown(tail_is_copied, setup,
						teardown),
		cmocka_unit_test_setup_teardown(missed_output, setup, teardown),
		cmocka_unit_test_setup_teardown(last_lines_again, setup,
						teardown),
		cmocka_unit_test_setup_teardown(broken_lines_begin_again, setup,
						teardown),
		cmocka_unit_test_setup_teardown(shown_guest_waits_for_the_uart,
						setup, teardown),
		cmocka_unit_test_setup_teardown(guest_that_does_not_wait, setup,
						teardown),
		cmocka_unit_test_setup_teardown(hidden_guest_waits_no_more,
						setup, teardown),
		cmocka_unit_test_setup_teardown(
			shell_sleeps_while_the_uart_is_slow, setup, teardown),
		cmocka_unit_test_setup_teardown(last_words, setup, teardown),
		cmocka_unit_test_setup_teardown(switching_away_from_a_flood,
						setup, teardown),
		cmocka_unit_test_setup_teardown(panic_takes_what_is_left, setup,
						teardown),
		cmocka_unit_test_setup_teardown(mixed_lines_are_whole, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			mixed_lines_wait_for_the_shown_one, setup, teardown),
		cmocka_unit_test_setup_teardown(mixed_lines_have_a_bound, setup,
						teardown),
		cmocka_unit_test_setup_teardown(mixed_floods_take_turns, setup,
						teardown),
		cmocka_unit_test_setup_teardown(mixed_loss_is_told, setup,
						teardown),
		cmocka_unit_test_setup_teardown(mixed_floods_outrun_the_uart,
						setup, teardown),
		cmocka_unit_test_setup_teardown(shown_flood_outruns_the_uart,
						setup, teardown),
		cmocka_unit_test_setup_teardown(newlines, setup, teardown),
		cmocka_unit_test_setup_teardown(typed_bytes_go_to_the_shown_one,
						setup, teardown),
		cmocka_unit_test_setup_teardown(typed_bytes_wait_for_room,
						setup, teardown),
		cmocka_unit_test_setup_teardown(ctrl_x_goes_around, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			destroying_the_shown_one_shows_the_shell, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			without_the_named_vm_the_first_is_shown,
			setup_other_image, teardown_other_image),
		cmocka_unit_test_setup_teardown(what_was_chosen_stays,
						setup_other_image,
						teardown_other_image),
		cmocka_unit_test_setup_teardown(the_shell_stays,
						setup_other_image,
						teardown_other_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
