/* SPDX-License-Identifier: Apache-2.0 */
/* Names of extensions in strings that machines have, and in damaged ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <lib/util.h>
#include <libfdt.h>

#include "../../../arch/riscv64/include/asm/isa.h"

static const struct {
	const char *isa, *has, *lacks;
} strings[] = {
	/* QEMU's rv64, shortened */
	{"rv64imafdch_zic64b_zicbom_zicboz_zicsr_zba_sstc_svadu",
	 "i m a f d c h zic64b zicbom zicboz zicsr zba sstc svadu",
	 "v b e q zicb zicbo zicbomx svpbmt ss st s z x rv64 _"},
	/* an older tree: the last letters begin a name of several */
	{"rv64imafdcsu", "i m a f d c su", "s u h sstc"},
	{"rv64imac_sstc", "i m a c sstc", "s t f h"},
	{"rv64gc", "i m a f d c zicsr zifencei", "h b zicbom"},
	/* versions */
	{"rv64i2p1_m2p0_a2p1_f2p2_zicsr2p0_sstc1p0", "i m a f zicsr sstc",
	 "p c d zicsr2 sst"},
	{"rv64i2p1m2p0h1p0", "i m h", "p a"},
	/* an extension's name may hold digits: no version begins within it */
	{"rv64i_zic64b_za64rs", "zic64b za64rs", "zic zic64 za za64"},
	{"rv32imac_sstc", "", "i m a c sstc"},
	{"rv64", "", "i h sstc"},
	{"rv64_", "", "i h sstc"},
	{"", "", "i"},
};

/* Each word of @words is in @isa, or is not. */
static void check(const char *isa, const char *words, bool expected)
{
	char word[16];

	while (*words) {
		size_t len = strcspn(words, " ");

		memcpy(word, words, len);
		word[len] = '\0';
		if (isa_string_has(isa, word) != expected)
			fail_msg("%s in %s", word, isa);
		words += len + (words[len] == ' ');
	}
}

static void test_strings(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(strings); i++) {
		check(strings[i].isa, strings[i].has, true);
		check(strings[i].isa, strings[i].lacks, false);
	}
}

static char tree[1024];

/* A tree whose root has these properties; NULL: it has not. */
static void make_tree(const void *list, int list_len, const void *isa,
		      int isa_len)
{
	assert_int_equal(fdt_create_empty_tree(tree, sizeof(tree)), 0);
	if (list)
		fdt_setprop(tree, 0, "riscv,isa-extensions", list, list_len);
	if (isa)
		fdt_setprop(tree, 0, "riscv,isa", isa, isa_len);
}

static void test_node(void **state)
{
	static const char list[] = "i\0m\0sstc";
	static const char isa[] = "rv64imac_zicbom";

	(void)state;
	/* the list alone counts where there is one */
	make_tree(list, sizeof(list), isa, sizeof(isa));
	assert_true(isa_node_has(tree, 0, "sstc"));
	assert_true(isa_node_has(tree, 0, "m"));
	assert_false(isa_node_has(tree, 0, "zicbom"));
	assert_false(isa_node_has(tree, 0, "stc"));
	make_tree(NULL, 0, isa, sizeof(isa));
	assert_true(isa_node_has(tree, 0, "zicbom"));
	assert_false(isa_node_has(tree, 0, "sstc"));
	/* not ended by a NUL: not read */
	make_tree(NULL, 0, isa, sizeof(isa) - 1);
	assert_false(isa_node_has(tree, 0, "zicbom"));
	make_tree(NULL, 0, "", 0);
	assert_false(isa_node_has(tree, 0, "i"));
	make_tree(NULL, 0, NULL, 0);
	assert_false(isa_node_has(tree, 0, "i"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_node),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
