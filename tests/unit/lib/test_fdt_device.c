/* SPDX-License-Identifier: Apache-2.0 */
/* Finding devices and the console's node. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <lib/fdt.h>
#include <libfdt.h>

static uint8_t tree[2048] __attribute__((aligned(8)));

static int node(int parent, const char *name, const char *compatible,
		const char *status)
{
	int at = fdt_add_subnode(tree, parent, name);

	assert_true(at >= 0);
	if (status)
		assert_int_equal(fdt_setprop_string(tree, at, "status", status),
				 0);
	if (compatible)
		assert_int_equal(
			fdt_setprop_string(tree, at, "compatible", compatible),
			0);
	return at;
}

static void start(const char *stdout_path)
{
	int at;

	assert_int_equal(fdt_create_empty_tree(tree, sizeof(tree)), 0);
	if (stdout_path) {
		at = node(0, "chosen", NULL, NULL);
		fdt_setprop_string(tree, at, "stdout-path", stdout_path);
	}
}

static void find(const char *stdout_path, const char *want)
{
	int at;

	start(stdout_path);
	at = node(0, "aliases", NULL, NULL);
	fdt_setprop_string(tree, at, "serial0", "/soc@0/uart@100");
	at = node(0, "soc@0", NULL, NULL);
	node(at, "uart@100", "x", NULL);
	at = fdt_path_offset(tree, "/soc@0");
	node(at, "uart@200", "x", NULL);
	node(0, "uart@300", "x", NULL);
	if (want)
		assert_int_equal(fdt_stdout_node(tree),
				 fdt_path_offset(tree, want));
	else
		assert_true(fdt_stdout_node(tree) < 0);
}

static void stdout_is_found(void **state)
{
	(void)state;
	find("/soc@0/uart@100", "/soc@0/uart@100");
	find("/soc@0/uart@200:115200n8", "/soc@0/uart@200");
	find("/uart@300", "/uart@300");
	find("/uart", "/uart@300");
	find("serial0", "/soc@0/uart@100");
	find("serial0:115200n8", "/soc@0/uart@100");
	find("serial1", NULL);
	find("/uart@100", NULL);
	find("/soc@0/uart@100/x", NULL);
	find("", NULL);
	find(":", NULL);
	find("/", NULL);
	find(NULL, NULL);
}

static int count_devices(void *ctx, const void *fdt, int at,
			 const char *compatible, int len)
{
	(void)fdt;
	(void)at;
	assert_int_equal(len, 2);
	((unsigned int *)ctx)[compatible[0] - 'a']++;
	return 0;
}

static void disabled_nodes_hide_what_is_below(void **state)
{
	unsigned int seen[8] = {0};
	int at;

	(void)state;
	start(NULL);
	at = node(0, "bus", "a", "disabled");
	at = node(at, "dev1", "b", NULL);
	node(at, "dev2", "c", NULL);
	node(0, "off", "d", "fail");
	at = node(0, "on", "e", "ok");
	node(at, "dev3", "f", "okay");
	node(at, "dev4", "g", "disabled");
	assert_int_equal(fdt_for_each_device(tree, count_devices, seen), 0);
	assert_memory_equal(seen, ((unsigned int[8]){0, 0, 0, 0, 1, 1, 0, 0}),
			    sizeof(seen));
}

static void compatible_is_found(void **state)
{
	static const char *const list[] = {"y", "z", NULL};
	static const char *const none[] = {"q", NULL};

	(void)state;
	start(NULL);
	node(0, "one", "z", "disabled");
	node(0, "two", "x", NULL);
	assert_true(fdt_find_compatible(tree, list) < 0);
	node(0, "three", "z", NULL);
	assert_int_equal(fdt_find_compatible(tree, list),
			 fdt_path_offset(tree, "/three"));
	assert_true(fdt_find_compatible(tree, none) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stdout_is_found),
		cmocka_unit_test(disabled_nodes_hide_what_is_below),
		cmocka_unit_test(compatible_is_found),
	};

	return cmocka_run_group_tests_name("fdt devices", tests, NULL, NULL);
}
