/* SPDX-License-Identifier: Apache-2.0 */
/* The console: which UART, what comes out, what goes in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#include <core/console.h>
#include <core/cpu.h>
#include <core/task.h>
#include <core/timer.h>
#include <lib/fdt.h>

#include "../../../core/core.h"
#include <lib/fdt_walk.h>
#include "../../fake/machine.h"

#define MS 1000000ull

static uint8_t tree[4096];
static char out[2][16384];
static size_t out_len[2];

static void put(unsigned int which, const char *text, size_t len)
{
	assert_true(out_len[which] + len < sizeof(out[0]));
	memcpy(out[which] + out_len[which], text, len);
	out_len[which] += len;
	out[which][out_len[which]] = 0;
}

static void first_write(const char *text, size_t len)
{
	put(0, text, len);
}

static void second_write(const char *text, size_t len)
{
	put(1, text, len);
}

static struct console_dev first = {.name = "first", .write = first_write};
static struct console_dev second = {.name = "second", .write = second_write};

static void make_tree(void)
{
	fdt_create(tree, sizeof(tree));
	fdt_finish_reservemap(tree);
	fdt_begin_node(tree, "");
	fdt_begin_node(tree, "aliases");
	fdt_property_string(tree, "serial0", "/uart@2");
	fdt_end_node(tree);
	fdt_begin_node(tree, "chosen");
	fdt_property_string(tree, "stdout-path", "serial0:115200n8");
	fdt_end_node(tree);
	fdt_begin_node(tree, "uart@1");
	fdt_end_node(tree);
	fdt_begin_node(tree, "uart@2");
	fdt_end_node(tree);
	fdt_begin_node(tree, "uart@3");
	fdt_end_node(tree);
	fdt_end_node(tree);
	fdt_finish(tree);
	fdt_set_host(tree);
	first.node = fdt_path_offset(tree, "/uart@1");
	second.node = fdt_path_offset(tree, "/uart@2");
}

static void write_text(const char *text)
{
	console_write(text, strlen(text));
}

/* In the order of a boot; one test, because there is one console. */
static void test_boot(void **state)
{
	struct console_dev third = {
		.name = "third",
		.node = fdt_path_offset(tree, "/uart@3"),
		.write = first_write,
	};

	(void)state;
	assert_null(console_dev());
	write_text("early\n");
	console_register(&first);
	assert_ptr_equal(console_dev(), &first);
	write_text("still early\n");
	assert_int_equal(out_len[0], 0);
	/* stdout-path names it, through an alias and with options */
	console_register(&second);
	assert_ptr_equal(console_dev(), &second);
	console_register(&third);
	assert_ptr_equal(console_dev(), &second);
	console_boot_done();
	assert_string_equal(out[1], "early\r\nstill early\r\n");
	assert_int_equal(out_len[0], 0);
	out_len[1] = 0;
	write_text("\nx\n\n");
	assert_string_equal(out[1], "\r\nx\r\n\r\n");
}

static void test_long_text(void **state)
{
	char text[1000];
	size_t newlines = 0, at = 0;

	(void)state;
	for (unsigned int i = 0; i < sizeof(text); i++) {
		text[i] = i % 7 == 6 || i % 64 > 60 ? '\n' : 'a' + i % 26;
		newlines += text[i] == '\n';
	}
	out_len[1] = 0;
	console_write(text, sizeof(text));
	assert_int_equal(out_len[1], sizeof(text) + newlines);
	for (unsigned int i = 0; i < sizeof(text); i++) {
		if (text[i] == '\n')
			assert_int_equal(out[1][at++], '\r');
		assert_int_equal(out[1][at++], text[i]);
	}
	console_write("", 0);
	assert_int_equal(out_len[1], sizeof(text) + newlines);
}

static int got[2000];
static unsigned int got_count, wanted;

static void reader(void *arg)
{
	(void)arg;
	while (got_count < wanted)
		got[got_count++] = console_read(NULL);
}

static struct task *read_bytes(unsigned int count, unsigned int cpu)
{
	const struct task_attr attr = {
		.name = "reader",
		.fn = reader,
		.priority = 9,
		.affinity = BIT(cpu),
	};
	struct task *task;

	got_count = 0;
	wanted = count;
	assert_int_equal(task_create(&attr, &task), 0);
	return task;
}

static void input_wakes_reader(void)
{
	struct task *task = read_bytes(3, 1);

	task_sleep_until(time_ns() + MS);
	assert_int_equal(got_count, 0);
	console_input('a');
	task_sleep_until(time_ns() + MS);
	assert_int_equal(got_count, 1);
	console_input((char)0xff); /* a byte, not -1 */
	console_input('\0');
	task_join(task);
	assert_int_equal(got[0], 'a');
	assert_int_equal(got[1], 0xff);
	assert_int_equal(got[2], 0);
}

/* Somebody else's reason to wake the reader. */
static bool other_work;

static bool other(void)
{
	return other_work;
}

static void other_reader(void *arg)
{
	(void)arg;
	got[got_count++] = console_read(other);
}

static void other_work_wakes_reader(void)
{
	const struct task_attr attr = {
		.name = "reader",
		.fn = other_reader,
		.priority = 9,
		.affinity = BIT(1),
	};
	struct task *task;

	got_count = 0;
	assert_int_equal(task_create(&attr, &task), 0);
	task_sleep_until(time_ns() + MS);
	assert_int_equal(got_count, 0);
	other_work = true;
	console_read_wake();
	task_join(task);
	assert_int_equal(got[0], -1);
	/* a byte comes first */
	console_input('x');
	assert_int_equal(console_read(other), 'x');
	assert_int_equal(console_read(other), -1);
}

/* Typed while nobody reads: the first ones are kept, in order. */
static void input_overflows(void)
{
	struct task *task;

	for (unsigned int i = 0; i < 1500; i++)
		console_input((char)(i % 251));
	task = read_bytes(1024, 2);
	task_join(task);
	for (unsigned int i = 0; i < 1024; i++)
		assert_int_equal(got[i], i % 251);
	/* room again, and nothing left over */
	console_input('z');
	task = read_bytes(1, 2);
	task_join(task);
	assert_int_equal(got[0], 'z');
}

static void test_input(void **state)
{
	(void)state;
	machine_test(input_wakes_reader, 1000 * MS);
	machine_test(input_overflows, 1000 * MS);
	machine_test(other_work_wakes_reader, 1000 * MS);
}

/*
 * By interrupt
 */

static size_t room; /* bytes that the UART takes now */
static bool tx_irq; /* it would interrupt */
static bool interrupted_send;

static size_t second_send(const char *text, size_t len)
{
	size_t n = MIN(len, room);

	put(1, text, n);
	room -= n;
	if (interrupted_send) {
		interrupted_send = false;
		write_text("from an interrupt\n");
	}
	return n;
}

static bool irq_at_once;

static void second_tx_irq(bool on)
{
	tx_irq = on;
	if (on && irq_at_once && room)
		console_tx_ready();
}

static void sent(size_t bytes)
{
	room = bytes;
	console_tx_ready();
}

/* Until the interrupt has nothing more to do. */
static void all_sent(void)
{
	for (unsigned int i = 0; tx_irq; i++) {
		assert_true(i < 10000);
		sent(1000);
	}
	room = 0;
}

static int setup_async(void **state)
{
	(void)state;
	second.send = second_send;
	second.tx_irq = second_tx_irq;
	console_start_async();
	assert_true(console_is_async());
	room = 1000;
	write_text("");
	all_sent();
	out_len[1] = out[1][0] = 0;
	return 0;
}

static void nobody_waits(void **state)
{
	(void)state;
	write_text("line one\nline two\n");
	assert_int_equal(out_len[1], 0);
	assert_true(tx_irq);
	sent(4);
	assert_string_equal(out[1], "line");
	assert_true(tx_irq);
	sent(100);
	assert_string_equal(out[1], "line one\r\nline two\r\n");
	assert_false(tx_irq);
}

/* However much there is: a CPU moves a few bytes, then the interrupt does. */
static void nobody_moves_much(void **state)
{
	char text[1001];

	(void)state;
	memset(text, 'x', 1000);
	text[999] = '\n';
	text[1000] = 0;
	room = 100000;
	write_text(text);
	assert_int_equal(out_len[1], 64);
	assert_true(tx_irq);
	console_tx_ready();
	assert_int_equal(out_len[1], 128);
	write_text("y\n");
	assert_int_equal(out_len[1], 192);
	while (tx_irq)
		console_tx_ready();
	assert_int_equal(out_len[1], 1001 + 3);
}

/* The interrupt may come on the same CPU as soon as it is turned on. */
static void interrupt_comes_at_once(void **state)
{
	char text[1001];

	(void)state;
	memset(text, 'x', 1000);
	text[999] = '\n';
	text[1000] = 0;
	room = 900;
	irq_at_once = true;
	write_text(text);
	irq_at_once = false;
	assert_int_equal(out_len[1], 900);
	assert_true(tx_irq);
	all_sent();
	assert_int_equal(out_len[1], 1001);
}

/* Whoever prints while another moves leaves it to that one. */
static void no_recursion(void **state)
{
	(void)state;
	room = 1000;
	interrupted_send = true;
	write_text("interrupted\n");
	assert_string_equal(out[1], "interrupted\r\nfrom an interrupt\r\n");
	assert_false(tx_irq);
	interrupted_send = true;
	room = 3;
	write_text("interrupted\n");
	all_sent();
	assert_string_equal(out[1] + 32,
			    "interrupted\r\nfrom an interrupt\r\n");
}

/* Whole lines are lost, and counted. */
static void log_overflow(void **state)
{
	char line[101];
	unsigned int lines = 100, whole = 0;

	(void)state;
	memset(line, 'l', 99);
	line[99] = '\n';
	line[100] = 0;
	for (unsigned int i = 0; i < lines; i++)
		write_text(line);
	all_sent();
	for (const char *at = out[1]; !strncmp(at, line, 99); at += 101)
		whole++;
	/* and one that is on its way */
	assert_int_equal(whole, CONFIG_CONSOLE_LOG_BYTES / 100 + 1);
	snprintf(line, sizeof(line),
		 "[%u lines of the log were not printed]\r\n", lines - whole);
	assert_string_equal(out[1] + 101 * whole, line);
}

/*
 * Beside a screen
 */

static const char *screen_text = "";
static bool screen_floods;
static unsigned int interruptions, rooms;

static size_t screen_take_panic(char *buf, size_t max)
{
	size_t n;

	if (screen_floods)
		screen_text = "flood\r\n";
	n = MIN(max, strlen(screen_text));
	memcpy(buf, screen_text, n);
	screen_text += n;
	return n;
}

static size_t screen_take(char *buf, size_t max, bool *more)
{
	size_t n = screen_take_panic(buf, max);

	*more = screen_floods || *screen_text;
	return n;
}

static void screen_interrupted(void)
{
	interruptions++;
}

static void screen_room(void)
{
	rooms++;
}

static const struct console_screen screen = {
	.take = screen_take,
	.take_panic = screen_take_panic,
	.interrupted = screen_interrupted,
	.room = screen_room,
};

static int setup_screen(void **state)
{
	console_set_screen(&screen);
	return setup_async(state);
}

static void the_log_breaks_in_by_lines(void **state)
{
	(void)state;
	room = 1000;
	screen_text = "pro";
	console_kick();
	assert_string_equal(out[1], "pro");
	assert_int_equal(rooms, 0); /* only in the interrupt */
	write_text("log\n");
	assert_string_equal(out[1], "pro\r\nlog\r\n");
	assert_int_equal(interruptions, 1);
	screen_text = "prompt\r\n";
	console_kick();
	write_text("log\n");
	assert_string_equal(out[1], "pro\r\nlog\r\nprompt\r\nlog\r\n");
	assert_int_equal(interruptions, 1);
	console_tx_ready();
	assert_int_equal(rooms, 1);
}

/* A line of the log is whole, whatever else there is, and comes soon. */
static void a_flood_delays_no_log(void **state)
{
	(void)state;
	screen_floods = true;
	console_kick();
	sent(3); /* "flo" is out, the rest of that piece on its way */
	write_text("one\ntwo\n");
	for (unsigned int i = 0; i < 40; i++)
		sent(1);
	assert_string_equal(out[1], "flood\r\none\r\ntwo\r\n"
				    "flood\r\nflood\r\nflood\r\nflood");
	screen_floods = false;
	screen_text = "";
}

static unsigned int count(const char *what)
{
	unsigned int n = 0;

	for (const char *at = out[1]; (at = strstr(at, what)); at++)
		n++;
	return n;
}

/* Nor does a flood of the log stop the screen. */
static void log_and_screen_take_turns(void **state)
{
	(void)state;
	screen_floods = true;
	for (unsigned int i = 0; i < 200; i++)
		write_text("log line\n");
	while (out_len[1] < 1500)
		sent(100);
	assert_in_range(count("flood\r\n"), 2, 10);
	screen_floods = false;
	screen_text = "";
	all_sent();
	assert_int_equal(count("log line\r\n"), 200);
}

/* The last test: what was on its way comes out, then the report. */
static void panic_comes_last(void **state)
{
	(void)state;
	screen_text = "half a line";
	console_kick();
	sent(4);
	write_text("log line\n");
	screen_text = "rest of the screen";
	console_panic_write("report\n", 7);
	assert_string_equal(out[1], "half a line\r\nlog line\r\n"
				    "rest of the screen\r\nreport\r\n");
	console_panic_write("more\n", 5);
	assert_int_equal(count("report\r\nmore\r\n"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_boot),
		cmocka_unit_test(test_long_text),
		cmocka_unit_test(test_input),
		cmocka_unit_test_setup(nobody_waits, setup_async),
		cmocka_unit_test_setup(nobody_moves_much, setup_async),
		cmocka_unit_test_setup(interrupt_comes_at_once, setup_async),
		cmocka_unit_test_setup(no_recursion, setup_async),
		cmocka_unit_test_setup(log_overflow, setup_async),
		cmocka_unit_test_setup(the_log_breaks_in_by_lines,
				       setup_screen),
		cmocka_unit_test_setup(a_flood_delays_no_log, setup_screen),
		cmocka_unit_test_setup(log_and_screen_take_turns, setup_screen),
		cmocka_unit_test_setup(panic_comes_last, setup_screen),
	};

	console_input_init();
	make_tree();
	machine_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
