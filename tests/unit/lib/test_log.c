/* SPDX-License-Identifier: Apache-2.0 */
#include "../../fake/fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <arch/cpu.h>
#define LOG_TAG "test"
#include <lib/log.h>

static char text[8192];
static size_t text_len;

static void sink(const char *bytes, size_t len)
{
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
	text_len = 0;
	text[0] = '\0';
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(format, setup),
		cmocka_unit_test_setup(levels, setup),
		cmocka_unit_test_setup(long_lines_are_cut, setup),
		cmocka_unit_test_setup(before_the_console, setup),
		cmocka_unit_test_setup(limit, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
