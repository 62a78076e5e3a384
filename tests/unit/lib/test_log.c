/* SPDX-License-Identifier: Apache-2.0 */
#include "../../fake/fake.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <arch/cpu.h>
#define LOG_TAG "test"
#include <lib/log.h>

static char text[8192];
static size_t text_len;

static void sink(const char *bytes, size_t len)
{
	if (text_len + len >= sizeof(text))
		text_len = 0; /* of many lines, the newest */
	memcpy(text + text_len, bytes, len);
	text_len += len;
	text[text_len] = '\0';
}

static void early_putc(char c)
{
	sink(&c, 1);
}

static int setup(void **state)
{
	(void)state;
	log_set_sink(sink);
	log_set_level(LOG_INFO);
	log_clear();
	text_len = 0;
	text[0] = '\0';
	fake_counter = 0;
	return 0;
}

static unsigned int lines(void)
{
	unsigned int n = 0;

	for (size_t i = 0; i < text_len; i++)
		n += text[i] == '\n';
	return n;
}

static void format(void **state)
{
	(void)state;
	fake_counter = 123456789;
	log_info("%d guests", 3);
	assert_string_equal(text, "[   0.123456] I test: 3 guests\n");
	text_len = 0;
	fake_counter = 98765000000000ull;
	log_err("bad");
	assert_string_equal(text, "[98765.000000] E test: bad\n");
}

static void levels(void **state)
{
	(void)state;
	log_debug("no");
	assert_int_equal(lines(), 0);
	log_set_level(LOG_DEBUG);
	log_debug("yes");
	assert_int_equal(lines(), 1);
	log_set_level(LOG_OFF);
	log_err("no");
	assert_int_equal(lines(), 1);
	assert_int_equal(log_level(), LOG_OFF);
}

static void long_lines_are_cut(void **state)
{
	static char big[1000];

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	log_info("%s", big);
	assert_true(text_len <= 256);
	assert_string_equal(text + text_len - 5, "x...\n");
}

static void before_the_console(void **state)
{
	(void)state;
	log_set_sink(NULL);
	log_info("nowhere");
	assert_int_equal(text_len, 0);
	arch_early_putc = early_putc;
	fake_counter = 0;
	log_info("early");
	assert_string_equal(text, "[   0.000000] I test: early\r\n");
	arch_early_putc = NULL;
}

static void limit(void **state)
{
	struct log_limit l = {0};

	(void)state;
	fake_counter = 0; /* time 0 is a time like any other */
	for (unsigned int i = 0; i < 100; i++)
		log_limited(&l, LOG_WARN, "guest says %u", i);
	assert_int_equal(lines(), 10);
	fake_counter = 999999999;
	log_limited(&l, LOG_WARN, "still");
	assert_int_equal(lines(), 10);
	fake_counter = 1000000001;
	text_len = 0;
	log_limited(&l, LOG_WARN, "again");
	assert_int_equal(lines(), 2);
	assert_non_null(strstr(text, "91 lines"));
}

/* A line that nobody sees is not counted, and makes no noise later. */
static void limit_of_what_is_off(void **state)
{
	struct log_limit l = {0};

	(void)state;
	for (unsigned int i = 0; i < 100; i++)
		log_limited(&l, LOG_DEBUG, "no");
	fake_counter = 2000000000;
	log_limited(&l, LOG_INFO, "yes");
	assert_int_equal(lines(), 1);
	assert_null(strstr(text, "dropped"));
}

/*
 * Levels by tag
 */

static void tag_levels(void **state)
{
	enum log_level level;

	(void)state;
	assert_int_equal(log_set_tag_level("test", LOG_DEBUG), 0);
	assert_int_equal(log_set_tag_level("other", LOG_OFF), 0);
	log_debug("yes");
	log_print(LOG_DEBUG, "third", "no");
	log_print(LOG_ERR, "other", "no");
	log_print(LOG_INFO, "third", "yes");
	assert_int_equal(lines(), 2);
	assert_true(log_is_on(LOG_DEBUG, "test"));
	assert_false(log_is_on(LOG_TRACE, "test"));
	assert_int_equal(log_level(), LOG_INFO);

	/* it stays when the others' changes, and may be below it */
	log_set_level(LOG_TRACE);
	assert_false(log_is_on(LOG_TRACE, "test"));
	assert_true(log_is_on(LOG_TRACE, "third"));
	log_set_level(LOG_OFF);
	log_debug("yes");
	assert_int_equal(lines(), 3);

	assert_int_equal(log_set_tag_level("test", LOG_WARN), 0);
	assert_string_equal(log_tag_level(0, &level), "test");
	assert_int_equal(level, LOG_WARN);
	assert_string_equal(log_tag_level(1, &level), "other");
	assert_null(log_tag_level(2, &level));
	log_unset_tag_level("test");
	log_unset_tag_level("never set");
	log_err("no");
	assert_string_equal(log_tag_level(0, &level), "other");
	log_unset_tag_level("other");
	assert_null(log_tag_level(0, &level));
	assert_int_equal(lines(), 3);
}

static void too_many_tag_levels(void **state)
{
	static char names[LOG_TAG_LEVELS][8];

	(void)state;
	for (unsigned int i = 0; i < LOG_TAG_LEVELS; i++) {
		snprintf(names[i], sizeof(names[i]), "t%u", i);
		assert_int_equal(log_set_tag_level(names[i], LOG_ERR), 0);
	}
	assert_int_equal(log_set_tag_level("test", LOG_ERR), -ENOSPC);
	assert_int_equal(log_set_tag_level("t3", LOG_DEBUG), 0);
	for (unsigned int i = 0; i < LOG_TAG_LEVELS; i++)
		log_unset_tag_level(names[i]);
	assert_int_equal(log_set_tag_level("test", LOG_ERR), 0);
	log_unset_tag_level("test");
}

/*
 * The ring
 */

static void ring_keeps_lines(void **state)
{
	struct log_reader reader;
	struct log_line line;

	(void)state;
	log_set_sink(NULL); /* what goes nowhere is kept all the same */
	fake_counter = 1500000000;
	log_info("one");
	log_debug("no");
	log_print(LOG_ERR, "other", "two: %d", 2);

	log_read_begin(&reader);
	assert_true(log_read(&reader, &line));
	assert_string_equal(line.text, "[   1.500000] I test: one\n");
	assert_int_equal(line.len, strlen(line.text));
	assert_int_equal(line.level, LOG_INFO);
	assert_string_equal(line.tag, "test");
	assert_true(log_read(&reader, &line));
	assert_string_equal(line.text, "[   1.500000] E other: two: 2\n");
	assert_string_equal(line.tag, "other");
	assert_false(log_read(&reader, &line));
	assert_false(log_read(&reader, &line));

	log_info("three");
	assert_true(log_read(&reader, &line));
	assert_non_null(strstr(line.text, "three"));
	assert_int_equal(reader.lost, 0);
	log_clear();
	log_read_begin(&reader);
	assert_false(log_read(&reader, &line));
	assert_int_equal(reader.lost, 0);
}

static void ring_odd_lines(void **state)
{
	char big[600];
	struct log_reader reader;
	struct log_line line;

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	log_info("%s", big);
	log_print(LOG_INFO, big, "a tag without end");
	log_print(LOG_INFO, "", "%s", "");
	log_read_begin(&reader);
	assert_true(log_read(&reader, &line));
	assert_int_equal(line.len, LOG_LINE_MAX - 1);
	assert_string_equal(line.text + line.len - 5, "x...\n");
	assert_true(log_read(&reader, &line));
	assert_int_equal(strlen(line.tag), LOG_TAG_MAX - 1);
	assert_true(log_read(&reader, &line));
	assert_string_equal(line.text, "[   0.000000] I : \n");
	assert_string_equal(line.tag, "");
}

/* Lines of all lengths, several times around. */
static void ring_goes_round(void **state)
{
	unsigned int total = 20000, seen = 0, first = 0, number;
	struct log_reader reader, slow;
	struct log_line line;

	(void)state;
	log_read_begin(&slow);
	for (unsigned int i = 0; i < total; i++)
		log_info(
			"%u %.*s", i, (int)(i % 150),
			"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"
			"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"
			"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz");
	log_read_begin(&reader);
	while (log_read(&reader, &line)) {
		assert_int_equal(sscanf(line.text, "[%*f] I test: %u", &number),
				 1);
		if (!seen)
			first = number;
		assert_int_equal(number, first + seen);
		assert_int_equal(line.text[line.len - 1], '\n');
		seen++;
	}
	assert_int_equal(first + seen, total);
	assert_int_equal(reader.lost, first);
	/* as many as fit: 256 bytes at the most are not used */
	assert_in_range(seen * 113, (CONFIG_LOG_RING_KIB << 10) * 9 / 10,
			(CONFIG_LOG_RING_KIB << 10) * 11 / 10);
	/* one who began before is told what it missed, and goes on there */
	assert_true(log_read(&slow, &line));
	assert_int_equal(slow.lost, first);
	assert_int_equal(sscanf(line.text, "[%*f] I test: %u", &number), 1);
	assert_int_equal(number, first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(format, setup),
		cmocka_unit_test_setup(levels, setup),
		cmocka_unit_test_setup(long_lines_are_cut, setup),
		cmocka_unit_test_setup(before_the_console, setup),
		cmocka_unit_test_setup(limit, setup),
		cmocka_unit_test_setup(limit_of_what_is_off, setup),
		cmocka_unit_test_setup(tag_levels, setup),
		cmocka_unit_test_setup(too_many_tag_levels, setup),
		cmocka_unit_test_setup(ring_keeps_lines, setup),
		cmocka_unit_test_setup(ring_odd_lines, setup),
		cmocka_unit_test_setup(ring_goes_round, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
