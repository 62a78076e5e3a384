/* SPDX-License-Identifier: Apache-2.0 */
#include "../../../shell/dt_print.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#include <lib/fdt.h>
#include <lib/util.h>

static uint8_t tree[8192];
static char text[32768];
static size_t text_len;

static void print(const char *bytes, size_t len)
{
	assert_true(text_len + len < sizeof(text));
	memcpy(text + text_len, bytes, len);
	text_len += len;
	text[text_len] = '\0';
}

static void prop(int node, const char *name, const void *value, size_t len)
{
	assert_int_equal(fdt_setprop(tree, node, name, value, (int)len), 0);
}

static int node(int parent, const char *name)
{
	int offset = fdt_add_subnode(tree, parent, name);

	assert_true(offset >= 0);
	return offset;
}

static int path(const char *name)
{
	return fdt_path_offset(tree, name);
}

static int setup(void **state)
{
	(void)state;
	assert_int_equal(fdt_create_empty_tree(tree, sizeof(tree)), 0);
	text_len = 0;
	text[0] = '\0';
	return 0;
}

static void show(const char *name, bool recursive, unsigned int lines)
{
	struct dt_print dt = {.fdt = tree, .print = print, .lines_left = lines};

	text_len = 0;
	text[0] = '\0';
	dt_print_node(&dt, path(name), recursive);
}

#define PROP(name, value) prop(0, name, value, sizeof(value) - 1)

static void values(void **state)
{
	(void)state;
	/* properties are put in front of those that are there */
	PROP("string", "okay\0");
	PROP("strings", "a\0b c\0");
	PROP("quotes", "say \"\\\"\0");
	PROP("empty", "");
	PROP("cell", "\0\0\1\2");
	PROP("cells", "\0\0\0\0\xff\xff\xff\xff");
	PROP("bytes", "\0\1\xff");
	PROP("open", "abc");        /* no zero byte: no string */
	PROP("nothing", "a\0\0\0"); /* an empty string: none */
	PROP("zero", "\0");
	PROP("escape", "\033[2J\0");
	PROP("utf8", "\xc3\xa4\0\0");
	PROP("rng-seed", "secret");
	show("/", false, 100);
	assert_string_equal(text, "/ {\n"
				  "\trng-seed; /* 6 bytes, not shown */\n"
				  "\tutf8 = <0xc3a40000>;\n"
				  "\tescape = [1b 5b 32 4a 00];\n"
				  "\tzero = [00];\n"
				  "\tnothing = <0x61000000>;\n"
				  "\topen = [61 62 63];\n"
				  "\tbytes = [00 01 ff];\n"
				  "\tcells = <0x0 0xffffffff>;\n"
				  "\tcell = <0x102>;\n"
				  "\tempty;\n"
				  "\tquotes = \"say \\\"\\\\\\\"\";\n"
				  "\tstrings = \"a\", \"b c\";\n"
				  "\tstring = \"okay\";\n"
				  "};\n");
}

static void references(void **state)
{
	int gpio, clock, user;

	(void)state;
	gpio = node(0, "gpio");
	prop(gpio, "phandle", "\0\0\0\7", 4);
	prop(gpio, "#gpio-cells", "\0\0\0\2", 4);
	clock = node(node(0, "clocks"), "osc");
	prop(clock, "phandle", "\0\0\0\x8", 4);
	user = node(0, "user");
	prop(user, "interrupt-parent", "\0\0\0\7\0\0\0\x8", 8);
	prop(user, "clocks", "\0\0\0\x8\0\0\0\x8", 8);
	prop(user, "reset-gpios",
	     "\0\0\0\7\0\0\0\x8\0\0\0\1\0\0\0\7\0\0\0\0\0\0\0\0", 24);
	prop(user, "phys", "\0\0\0\x63", 4);    /* nobody's */
	prop(user, "resets", "\0\0\0\x8\0", 5); /* no whole cells */
	show("/user", false, 100);
	assert_string_equal(
		text, "/user {\n"
		      "\tresets = [00 00 00 08 00];\n"
		      "\tphys = <0x63>;\n"
		      "\treset-gpios = <0x7 0x8 0x1 0x7 0x0 0x0>;"
		      " /* /gpio, /gpio */\n"
		      "\tclocks = <0x8 0x8>; /* /clocks/osc, /clocks/osc */\n"
		      "\tinterrupt-parent = <0x7 0x8>; /* /gpio */\n"
		      "};\n");
}

static void nodes(void **state)
{
	int bus, dev;

	(void)state;
	prop(0, "model", "m", 2);
	bus = node(0, "bus@1");
	prop(bus, "ranges", "", 0);
	dev = node(bus, "dev@2");
	prop(dev, "reg", "\0\0\0\2", 4);
	node(0, "chosen");
	show("/", false, 100);
	assert_string_equal(text, "/ {\n"
				  "\tmodel = \"m\";\n"
				  "\n"
				  "\tchosen { /* ... */ };\n"
				  "\tbus@1 { /* ... */ };\n"
				  "};\n");
	show("/", true, 100);
	assert_string_equal(text, "/ {\n"
				  "\tmodel = \"m\";\n"
				  "\n"
				  "\tchosen {\n"
				  "\t};\n"
				  "\n"
				  "\tbus@1 {\n"
				  "\t\tranges;\n"
				  "\n"
				  "\t\tdev@2 {\n"
				  "\t\t\treg = <0x2>;\n"
				  "\t\t};\n"
				  "\t};\n"
				  "};\n");
	show("/bus@1", true, 100);
	assert_string_equal(text, "/bus@1 {\n"
				  "\tranges;\n"
				  "\n"
				  "\tdev@2 {\n"
				  "\t\treg = <0x2>;\n"
				  "\t};\n"
				  "};\n");
	/* it stops where it must */
	show("/", true, 4);
	assert_string_equal(text, "/ {\n"
				  "\tmodel = \"m\";\n"
				  "\n"
				  "\tchosen {\n");
}

/* Values and names that fill a screen, or would take over the terminal. */
static void hostile(void **state)
{
	static char big[5000];
	char name[60];

	(void)state;
	memset(big, 1, sizeof(big));
	memset(name, '\033', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	prop(0, "big", big, sizeof(big));
	prop(0, name, "", 0);
	show("/", false, 100);
	assert_non_null(strstr(text, "; /* and 904 bytes more */\n"));
	assert_null(strchr(text, '\033'));
	for (size_t i = 0; i < text_len; i++)
		assert_true(text[i] == '\n' || text[i] == '\t' ||
			    (text[i] >= ' ' && text[i] <= '~'));
}

/* Whatever byte of a tree is damaged, it ends and stays within the tree. */
static void damaged(void **state)
{
	static uint8_t good[8192];
	uint32_t size;

	references(state);
	size = fdt_totalsize(tree);
	memcpy(good, tree, sizeof(tree));
	for (uint32_t i = 0; i < size; i++) {
		static const uint8_t values[] = {0x00, 0x01, 0x09, 0xff};

		for (unsigned int v = 0; v < ARRAY_SIZE(values); v++) {
			struct dt_print dt = {
				.fdt = tree, .print = print, .lines_left = 100};

			tree[i] = values[v];
			text_len = 0;
			dt_print_node(&dt, 0, true);
			tree[i] = good[i];
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(values, setup),
		cmocka_unit_test_setup(references, setup),
		cmocka_unit_test_setup(nodes, setup),
		cmocka_unit_test_setup(hostile, setup),
		cmocka_unit_test_setup(damaged, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
