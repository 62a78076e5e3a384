/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The TOML reader's interface and limits. That it reads TOML is shown by
 * tests/toml/diff.py against tomllib.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../../../virt/config/toml.h"

static struct toml_error error;

static struct toml_doc *read_text(const char *text)
{
	struct toml_doc *doc;

	assert_int_equal(toml_parse(text, strlen(text), &doc, &error), 0);
	return doc;
}

static void refuse(const char *text, uint32_t line, uint32_t col)
{
	struct toml_doc *doc;

	assert_true(toml_parse(text, strlen(text), &doc, &error) < 0);
	assert_null(doc);
	assert_int_equal(error.line, line);
	assert_int_equal(error.col, col);
	assert_true(strlen(error.text) > 5);
}

static void test_values(void **state)
{
	struct toml_doc *doc = read_text("a = 0x1_0\nb = \"x\\ty\"\nc = 1e5\n"
					 "d = [1, [2], {e = true}]\n");
	const struct toml_node *root = toml_root(doc);
	const struct toml_node *node;

	(void)state;
	assert_int_equal(toml_get(root, "a")->integer, 16);
	assert_string_equal(toml_get(root, "b")->text, "x\ty");
	assert_string_equal(toml_get(root, "c")->text, "1e5");
	node = toml_get(root, "d");
	assert_int_equal(node->type, TOML_ARRAY);
	assert_int_equal(node->count, 3);
	assert_int_equal(node->line, 4);
	assert_true(toml_get(node->last, "e")->boolean);
	assert_null(toml_get(root, "z"));
	assert_null(toml_get(node, "e"));
	toml_free(doc);
}

static void test_places(void **state)
{
	(void)state;
	refuse("a = 1\nb = \n", 2, 5);
	refuse("a = 1\n\n  a = 2\n", 3, 3);
	refuse("x = \"\xc3\xa9\" y\n", 1, 9); /* characters, not bytes */
	refuse("a = 1\nb = \"\xff\"\n", 2, 6);
	refuse("a = [\n1,\n2", 3, 2);
	refuse("\"a\nb\" = 1", 1, 3);
}

static char *repeat(const char *unit, size_t times, const char *tail)
{
	size_t len = strlen(unit);
	char *text = malloc(len * times + strlen(tail) + 1);
	size_t i;

	assert_non_null(text);
	for (i = 0; i < times; i++)
		memcpy(text + i * len, unit, len);
	strcpy(text + len * times, tail);
	return text;
}

static void refuse_limit(char *text)
{
	struct toml_doc *doc;

	assert_true(toml_parse(text, strlen(text), &doc, &error) < 0);
	assert_true(error.limit);
	assert_true(error.line >= 1);
	free(text);
}

static void test_limits(void **state)
{
	char *text;

	(void)state;
	refuse_limit(repeat("#", TOML_MAX_BYTES + 1, ""));
	text = repeat("#", TOML_MAX_BYTES, "");
	toml_free(read_text(text));
	free(text);
	refuse_limit(repeat("a.", TOML_MAX_KEY_PARTS + 1, "a = 1"));
	refuse_limit(repeat("[[a]]\n", TOML_MAX_NODES, ""));
}

static void test_depth(void **state)
{
	char text[2 * TOML_MAX_DEPTH + 8] = "a=";
	struct toml_doc *doc;
	size_t n;

	(void)state;
	for (n = TOML_MAX_DEPTH; n <= TOML_MAX_DEPTH + 1; n++) {
		memset(text + 2, '[', n);
		memset(text + 2 + n, ']', n);
		text[2 + 2 * n] = '\0';
		if (n == TOML_MAX_DEPTH) {
			toml_free(read_text(text));
			continue;
		}
		assert_true(toml_parse(text, strlen(text), &doc, &error) < 0);
		assert_true(error.limit);
	}
}

static void test_no_terminator_needed(void **state)
{
	static const char *const pieces[] = {
		"a",     "a =",    "a = \"", "a = [", "[a",      "a = '''",
		"a = 1", "a = 0x", "a = {",  "#",     "a = \"\\"};
	struct toml_doc *doc;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(pieces); i++) {
		/* ASan watches the byte behind */
		size_t len = strlen(pieces[i]);
		char *exact = malloc(len);

		assert_non_null(exact);
		memcpy(exact, pieces[i], len);
		if (!toml_parse(exact, len, &doc, &error))
			toml_free(doc);
		free(exact);
	}
	assert_int_equal(toml_parse("", 0, &doc, &error), 0);
	toml_free(doc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_no_terminator_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
