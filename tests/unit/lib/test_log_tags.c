/* SPDX-License-Identifier: Apache-2.0 */
#include <lib/log_tags.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* What the linker leaves: in any order, several times, padded. */
__asm__(".section .rodata\n"
	".globl __log_tags_start, __log_tags_end\n"
	"__log_tags_start:\n"
	"\t.byte 0, 0\n"
	"\t.string \"vm\"\n"
	"\t.byte 0, 0, 0\n"
	"\t.string \"gic\"\n"
	"\t.string \"vm\"\n"
	"\t.string \"vmm\"\n"
	"\t.string \"gic\"\n"
	"\t.byte 0\n"
	"__log_tags_end:\n"
	"\t.string \"behind\"\n"
	".text\n");

static void in_order(void **state)
{
	static const char *const all[] = {"gic", "vm", "vmm"};
	const char *tag = "";

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		tag = log_tag_next(tag);
		assert_string_equal(tag, all[i]);
	}
	assert_null(log_tag_next(tag));
}

static void by_name(void **state)
{
	(void)state;
	assert_string_equal(log_tag_find("vm"), "vm");
	assert_string_equal(log_tag_find("vmm"), "vmm");
	assert_null(log_tag_find("v"));
	assert_null(log_tag_find(""));
	assert_null(log_tag_find("behind"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_order),
		cmocka_unit_test(by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
