/* SPDX-License-Identifier: Apache-2.0 */
/* The console: which UART, what comes out, what goes in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
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
static char out[2][8192];
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
		got[got_count++] = console_read();
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

static size_t unmasked_at, masked_most;

static void see_unmasked(void)
{
	masked_most = MAX(masked_most, out_len[1] - unmasked_at);
	unmasked_at = out_len[1];
}

static size_t masked_bytes(const char *text)
{
	void (*before)(void) = fake_irqs_unmasked;
	bool masked = fake_irqs_masked;

	unmasked_at = masked_most = out_len[1] = 0;
	fake_irqs_unmasked = see_unmasked;
	fake_irqs_masked = false;
	write_text(text);
	fake_irqs_masked = masked;
	fake_irqs_unmasked = before;
	assert_int_equal(unmasked_at, out_len[1]);
	return masked_most;
}

/* Interrupts are masked for a line at most, however long the text is. */
static void test_bounded(void **state)
{
	char text[3001];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[3000] = 0;
	assert_int_equal(masked_bytes(text), 256);
	assert_string_equal(out[1], text);
	/* split where a line ends */
	text[199] = '\n';
	text[200] = 0;
	assert_int_equal(masked_bytes(text), 201);
	text[200] = 'x';
	assert_int_equal(masked_bytes(text), 256);
	assert_int_equal(out_len[1], 3001);
	text[256] = 0; /* a line of the log */
	assert_int_equal(masked_bytes(text), 257);
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
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_boot),
		cmocka_unit_test(test_long_text),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_input),
	};

	console_input_init();
	make_tree();
	machine_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
