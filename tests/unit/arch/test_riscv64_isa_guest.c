/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest is told of its harts: nothing that is not its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../../arch/riscv64/virt/isa_guest.c"

static const struct isa_guest all = {
	.fp = true,
	.henvcfg = HENVCFG_STCE | HENVCFG_ADUE | HENVCFG_PBMTE | HENVCFG_CBCFE |
		   HENVCFG_CBZE,
};
static const struct isa_guest none;

static bool has(const struct isa_guest *guest, const char *name)
{
	return isa_guest_has(guest, name, strlen(name));
}

/* Each word of @words. */
static void words_are(const struct isa_guest *guest, const char *words,
		      bool shown)
{
	char copy[2048];

	strcpy(copy, words);
	for (char *w = strtok(copy, " "); w; w = strtok(NULL, " ")) {
		if (has(guest, w) != shown)
			fail_msg("%s", w);
	}
}

static void names(void **state)
{
	(void)state;
	words_are(&all,
		  "i m a f d c b zicsr zifencei zba zicond zawrs zacas zfh zkn "
		  "zkt svinval svnapot svvptc sstc svadu svpbmt zicbom zicboz "
		  "zicbop ssccptr zcd",
		  true);
	/* of hypervisors, machine mode, debuggers; registers that stay */
	words_are(&all,
		  "h q v e g zvl128b zve32x zve64d zvbb zvkt zvfh shgatpa sha "
		  "shcounterenw smaia smstateen smepmp smcdeleg sdtrig "
		  "ssstateen zfinx zdinx zhinx zcmt zicntr zihpm sscofpmf "
		  "sscounterenw ssccfg sscsrind ssctr zicfilp zicfiss ssnpm "
		  "sspm supm ssdbltrp ssqosid svade",
		  false);
	/* Zkr by either name: the seed is machine mode's */
	words_are(&all, "zkr zk", false);
	/* nobody's yet, or a vendor's */
	words_are(&all, "xtheadvector xventanacondops zfoo sv z s x _ zkrx",
		  false);
	/* parts of names and more than a name */
	words_are(&all, "zic zicb zb zicsrs mafd im ss st", false);
	assert_false(isa_guest_has(&all, "", 0));
	assert_false(isa_guest_has(&all, "m a", 3));
	assert_false(isa_guest_has(&all, "zba ", 4));
}

static void by_what_it_gets(void **state)
{
	struct isa_guest aia = {.aia = true};

	(void)state;
	words_are(&none, "i m a c zicsr svade", true);
	words_are(&none,
		  "f d zfh zfa zcd sstc svadu svpbmt zicbom zicboz ssaia",
		  false);
	words_are(&all, "ssaia", false);
	words_are(&aia, "ssaia", true);
	words_are(&aia, "smaia", false);
	/* each by its own bit */
	for (unsigned int i = 0; i < ARRAY_SIZE(granted); i++) {
		struct isa_guest one = {.henvcfg = granted[i].henvcfg};

		assert_int_equal(has(&one, granted[i].name),
				 !granted[i].absent);
		one.henvcfg = ~granted[i].henvcfg;
		assert_int_equal(has(&one, granted[i].name), granted[i].absent);
	}
}

static void becomes(const struct isa_guest *guest, const char *from,
		    const char *want)
{
	size_t room = strlen(from) + 1 + ISA_GUEST_GROWTH;
	char *to = malloc(room); /* to its byte: the sanitizer looks */
	size_t size = isa_guest_string(guest, from, to);

	if (!want) {
		assert_int_equal(size, 0);
	} else {
		assert_int_equal(size, strlen(want) + 1);
		assert_string_equal(to, want);
	}
	free(to);
}

static void strings(void **state)
{
	(void)state;
	becomes(&all, "rv64imafdcbvh_zicbom_zicntr_zk_zkn_zkr_sstc_svadu",
		"rv64imafdcb_zicbom_zkn_sstc_svadu");
	becomes(&none, "rv64imafdch_zicbom_zba_sstc", "rv64imac_zba");
	becomes(&all, "rv64gc", "rv64gc");
	becomes(&none, "rv64gc", "rv64imac");
	becomes(&none, "rv64g", "rv64ima");
	becomes(&none, "rv64gggczba", "rv64imac_zba");
	/* versions go with their names */
	becomes(&all, "rv64i2p1m2p0h1p0c2_zicsr2p0_zkr1p0_zba1p0",
		"rv64i2p1m2p0c2_zicsr2p0_zba1p0");
	becomes(&all, "rv64i_zic64b_zic64b1p0_za64rs",
		"rv64i_zic64b_zic64b1p0_za64rs");
	/* letters end where a name begins */
	becomes(&all, "rv64imafdcsu", "rv64imafdc");
	becomes(&all, "rv64imaczba_zbb", "rv64imac_zba_zbb");
	becomes(&all, "rv64imacxthead_zbb", "rv64imac_zbb");
	/* odd ones */
	becomes(&all, "rv64", "rv64");
	becomes(&all, "rv64_", "rv64");
	becomes(&all, "rv64i__zba_", "rv64i_zba");
	becomes(&all, "rv64__", "rv64");
	becomes(&all, "rv32imac", NULL);
	becomes(&all, "", NULL);
	becomes(&all, "rv6", NULL);
	becomes(&all, "rv64h", "rv64");
}

static void lists(void **state)
{
	static const char from[] = "i\0m\0h\0zicsr\0zkr\0zk\0zkn\0v\0sstc";
	static const char want[] = "i\0m\0zicsr\0zkn\0sstc";
	char to[sizeof(from)];

	(void)state;
	assert_int_equal(isa_guest_list(&all, from, sizeof(from), to),
			 sizeof(want));
	assert_memory_equal(to, want, sizeof(want));
	/* the last has no end: it is no string */
	assert_int_equal(isa_guest_list(&all, from, sizeof(from) - 1, to),
			 sizeof(want) - 5);
	assert_int_equal(isa_guest_list(&all, "", 1, to), 0);
	assert_int_equal(isa_guest_list(&all, from, 0, to), 0);
}

/* Whatever the tree holds, what comes out is allowed, name by name. */
static void damaged_ones(void **state)
{
	static const char letters_of[] = "rv64imacghzxs_1p2kbntc";

	(void)state;
	srand(1);
	for (unsigned int i = 0; i < 50000; i++) {
		char from[40] = "rv64", to[sizeof(from) + ISA_GUEST_GROWTH];
		unsigned int len = (unsigned int)rand() % 34;

		for (unsigned int n = 0; n < len; n++)
			from[4 + n] = letters_of[(unsigned int)rand() %
						 (sizeof(letters_of) - 1)];
		assert_int_equal(isa_guest_string(&all, from, to),
				 strlen(to) + 1);
		for (const char *w = strchr(to, '_'); w; w = strchr(w, '_')) {
			size_t n = strcspn(++w, "_");

			assert_true(has_versioned(&all, w, n));
		}
		assert_null(memchr(to + 4, 'h', strcspn(to + 4, "_")));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(by_what_it_gets),
		cmocka_unit_test(strings),
		cmocka_unit_test(lists),
		cmocka_unit_test(damaged_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
