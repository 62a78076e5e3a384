/* SPDX-License-Identifier: Apache-2.0 */
#include <virt/vconsole.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define CTRL_X 0x18

static enum escape_action feed(struct escape *esc, uint8_t typed)
{
	uint8_t byte;

	return escape_feed(esc, typed, &byte);
}

static void bytes_pass(void **state)
{
	struct escape esc = {false};

	(void)state;
	for (unsigned int c = 0; c < 256; c++) {
		uint8_t byte;

		if (c == CTRL_X)
			continue;
		assert_int_equal(escape_feed(&esc, (uint8_t)c, &byte),
				 ESCAPE_BYTE);
		assert_int_equal(byte, c);
	}
}

static void keys(void **state)
{
	static const struct {
		uint8_t key;
		enum escape_action action;
	} rows[] = {
		{']', ESCAPE_NEXT},    {'[', ESCAPE_PREV},
		{'h', ESCAPE_HELP},    {CTRL_X, ESCAPE_BYTE},
		{'x', ESCAPE_UNKNOWN}, {'\r', ESCAPE_UNKNOWN},
		{'s', ESCAPE_NUMBER},  {'m', ESCAPE_MIX},
		{'0', ESCAPE_NUMBER},  {'9', ESCAPE_NUMBER},
		{'/', ESCAPE_UNKNOWN}, {':', ESCAPE_UNKNOWN},
	};
	struct escape esc = {false};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(feed(&esc, CTRL_X), ESCAPE_NONE);
		assert_int_equal(feed(&esc, rows[i].key), rows[i].action);
		/* one key only */
		assert_int_equal(feed(&esc, rows[i].key == CTRL_X ? 'a' : '['),
				 ESCAPE_BYTE);
	}
}

static void literal(void **state)
{
	struct escape esc = {false};
	uint8_t byte = 0;

	(void)state;
	feed(&esc, CTRL_X);
	assert_int_equal(escape_feed(&esc, CTRL_X, &byte), ESCAPE_BYTE);
	assert_int_equal(byte, CTRL_X);
}

static void numbers(void **state)
{
	struct escape esc = {false};
	uint8_t number = 99;

	(void)state;
	for (uint8_t i = 0; i < 10; i++) {
		feed(&esc, CTRL_X);
		assert_int_equal(escape_feed(&esc, '0' + i, &number),
				 ESCAPE_NUMBER);
		assert_int_equal(number, i);
	}
	feed(&esc, CTRL_X);
	escape_feed(&esc, 's', &number);
	assert_int_equal(number, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_pass),
		cmocka_unit_test(keys),
		cmocka_unit_test(literal),
		cmocka_unit_test(numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
