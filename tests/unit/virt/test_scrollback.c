/* SPDX-License-Identifier: Apache-2.0 */
#include "../../../virt/scrollback.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char bytes[8];
static struct scrollback sb;

static int setup(void **state)
{
	(void)state;
	sb = (struct scrollback){.size = sizeof(bytes), .bytes = bytes};
	return 0;
}

static void put(const char *text)
{
	while (*text)
		scrollback_put(&sb, *text++);
}

static void takes(size_t max, const char *text)
{
	char buf[16];

	assert_int_equal(scrollback_take(&sb, buf, max), strlen(text));
	assert_memory_equal(buf, text, strlen(text));
}

static void empty(void **state)
{
	char buf[4];

	(void)state;
	assert_int_equal(scrollback_pending(&sb), 0);
	takes(4, "");
	assert_int_equal(scrollback_tail(&sb, buf, sizeof(buf)), 0);
	assert_int_equal(scrollback_lines(&sb, 3), 0);
}

static void taken_in_pieces_and_over_the_end(void **state)
{
	(void)state;
	put("abcdef");
	takes(4, "abcd");
	put("ghijk");
	assert_int_equal(scrollback_pending(&sb), 7);
	takes(3, "efg");
	takes(16, "hijk");
	takes(16, "");
	assert_int_equal(sb.lost, 0);
}

static void exactly_full_loses_nothing(void **state)
{
	(void)state;
	put("01234567");
	takes(16, "01234567");
	put("89abcdef");
	takes(16, "89abcdef");
	assert_int_equal(sb.lost, 0);
}

static void the_lost_are_counted(void **state)
{
	(void)state;
	put("012");
	takes(2, "01");
	put("3456789abcdefg"); /* 15 not taken, 8 kept */
	assert_int_equal(scrollback_pending(&sb), 8);
	scrollback_settle(&sb);
	assert_int_equal(sb.lost, 7);
	takes(3, "9ab");
	put("hijkl");
	takes(16, "efghijkl");
	assert_int_equal(sb.lost, 7 + 2);
}

/* Against a plain model, with sizes that are no powers of two. */
static void random_use(void **state)
{
	(void)state;
	srand(1);
	for (size_t size = 1; size <= sizeof(bytes); size++) {
		uint64_t next = 0, tail = 0, lost = 0;

		sb = (struct scrollback){.size = size, .bytes = bytes};
		for (unsigned int round = 0; round < 2000; round++) {
			char buf[10];
			unsigned int puts = (unsigned int)rand() % 12;
			size_t max = (size_t)rand() % 11, n;

			for (; puts; puts--)
				scrollback_put(&sb, (char)(tail++ % 251));
			n = scrollback_take(&sb, buf, max);
			if (tail - next > size) {
				lost += tail - next - size;
				next = tail - size;
			}
			assert_int_equal(n, MIN(max, tail - next));
			for (size_t i = 0; i < n; i++)
				assert_int_equal(buf[i], (char)(next++ % 251));
			assert_int_equal(sb.lost, lost);
		}
	}
}

static void tail(void **state)
{
	char buf[16];

	(void)state;
	put("0123456789");
	takes(16, "23456789");
	assert_int_equal(scrollback_tail(&sb, buf, 3), 3);
	assert_memory_equal(buf, "789", 3);
	assert_int_equal(scrollback_tail(&sb, buf, 16), 8);
	assert_memory_equal(buf, "23456789", 8);
}

static void lines(void **state)
{
	(void)state;
	put("x\ny\nz\n");
	assert_int_equal(scrollback_lines(&sb, 0), 6);
	assert_int_equal(scrollback_lines(&sb, 1), 4);
	assert_int_equal(scrollback_lines(&sb, 2), 2);
	assert_int_equal(scrollback_lines(&sb, 3), 0);
	assert_int_equal(scrollback_lines(&sb, 9), 0);
	put("w");
	assert_int_equal(scrollback_lines(&sb, 1), 6);
	assert_int_equal(scrollback_lines(&sb, 2), 4);
	put("\n\n\n"); /* kept: "y\nz\nw\n\n\n" less its first byte */
	assert_int_equal(scrollback_lines(&sb, 2), 8);
	assert_int_equal(scrollback_lines(&sb, 5), 2);
	assert_int_equal(scrollback_lines(&sb, 9), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(empty, setup),
		cmocka_unit_test_setup(taken_in_pieces_and_over_the_end, setup),
		cmocka_unit_test_setup(exactly_full_loses_nothing, setup),
		cmocka_unit_test_setup(the_lost_are_counted, setup),
		cmocka_unit_test_setup(random_use, setup),
		cmocka_unit_test_setup(tail, setup),
		cmocka_unit_test_setup(lines, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
