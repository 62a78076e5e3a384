/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device tree as text. Pure.
 *
 * The tree comes from firmware: whatever stands in it, the output stays within
 * its bounds and sends nothing to the terminal but what can be printed.
 */
#include "dt_print.h"

#include <lib/fdt.h>
#include <lib/util.h>
#include <libfdt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <virt/fdt_refs.h>

#define PATH_MAX_BYTES 256
#define VALUE_MAX_BYTES 4096u

static bool is_printable(char c)
{
	return c >= ' ' && c <= '~';
}

static void __printf(2, 3) put(struct dt_print *dt, const char *fmt, ...)
{
	char text[2 * PATH_MAX_BYTES];
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	n = MIN(n, (int)sizeof(text) - 1);
	if (n <= 0 || !dt->lines_left)
		return;
	for (int i = 0; i < n; i++) {
		if (text[i] == '\n')
			dt->lines_left--;
		else if (!is_printable(text[i]) && text[i] != '\t')
			text[i] = '?';
	}
	dt->print(text, (size_t)n);
}

static void indent(struct dt_print *dt, int depth)
{
	while (depth--)
		put(dt, "\t");
}

/*
 * Values
 */

/* Strings, one behind the other, none of them empty. */
static bool is_strings(const struct fdt_walk *prop)
{
	const char *text = (const char *)prop->value;

	if (!prop->len || text[prop->len - 1])
		return false;
	for (uint32_t i = 0; i < prop->len; i++)
		if (!is_printable(text[i]) && (text[i] || !i || !text[i - 1]))
			return false;
	return true;
}

static void put_strings(struct dt_print *dt, const struct fdt_walk *prop)
{
	const char *text = (const char *)prop->value;

	put(dt, "\"");
	for (uint32_t i = 0; i + 1 < prop->len; i++) {
		if (!text[i])
			put(dt, "\", \"");
		else if (text[i] == '"' || text[i] == '\\')
			put(dt, "\\%c", text[i]);
		else
			put(dt, "%c", text[i]);
	}
	put(dt, "\"");
}

static void put_cells(struct dt_print *dt, const struct fdt_walk *prop,
		      uint32_t len)
{
	for (uint32_t i = 0; i < len / 4; i++)
		put(dt, "%s0x%x", i ? " " : "<", fdt_cell(prop->value, i));
	put(dt, ">");
}

static void put_bytes(struct dt_print *dt, const struct fdt_walk *prop,
		      uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		put(dt, "%s%02x", i ? " " : "[", prop->value[i]);
	put(dt, "]");
}

/* How many cells follow the phandle of @node. */
static uint32_t ref_cells(const struct dt_print *dt,
			  const struct fdt_ref_rule *rule, int node)
{
	const void *cells;
	int len;

	if (!rule->cells_name)
		return 0;
	cells = fdt_prop(dt->fdt, node, rule->cells_name, &len);
	return cells && len == 4 ? fdt_cell(cells, 0) : 0;
}

static void put_refs(struct dt_print *dt, const struct fdt_walk *prop)
{
	const struct fdt_ref_rule *rule = fdt_ref_rule(prop->name);
	const char *before = " /* ";
	char path[PATH_MAX_BYTES];
	uint64_t at = 0;

	if (!rule || prop->len % 4)
		return;
	while (at < prop->len / 4) {
		int node = fdt_phandle_node(
			dt->fdt, fdt_cell(prop->value, (unsigned int)at));

		if (node < 0 || fdt_get_path(dt->fdt, node, path, sizeof(path)))
			break;
		put(dt, "%s%s", before, path);
		before = ", ";
		if (rule->once)
			break;
		at += 1 + (uint64_t)ref_cells(dt, rule, node);
	}
	if (before[0] == ',')
		put(dt, " */");
}

/* What random numbers are made of stays off the screen. */
static bool is_secret(const char *name)
{
	return !strcmp(name, "rng-seed") || !strcmp(name, "kaslr-seed");
}

static void put_prop(struct dt_print *dt, const struct fdt_walk *prop)
{
	uint32_t len = MIN(prop->len, VALUE_MAX_BYTES);

	put(dt, "%s", prop->name);
	if (is_secret(prop->name)) {
		put(dt, "; /* %u bytes, not shown */\n", prop->len);
		return;
	}
	if (len)
		put(dt, " = ");
	if (len == prop->len && is_strings(prop))
		put_strings(dt, prop);
	else if (len && prop->len % 4 == 0)
		put_cells(dt, prop, len);
	else if (len)
		put_bytes(dt, prop, len);
	put(dt, ";");
	if (len < prop->len)
		put(dt, " /* and %u bytes more */", prop->len - len);
	put_refs(dt, prop);
	put(dt, "\n");
}

/*
 * Nodes
 */

static void put_child(struct dt_print *dt, struct fdt_walk *walk)
{
	indent(dt, walk->depth - 1);
	put(dt, "%s { /* ... */ };\n", walk->name);
	(void)fdt_walk_skip(walk);
}

void dt_print_node(struct dt_print *dt, int node, bool recursive)
{
	char path[PATH_MAX_BYTES];
	struct fdt_walk walk;
	bool after_props = false; /* a blank line comes before a child */

	if (!fdt_walk_into(&walk, dt->fdt, node) ||
	    fdt_get_path(dt->fdt, node, path, sizeof(path)))
		return;
	put(dt, "%s {\n", path);
	while (walk.depth && dt->lines_left) {
		switch (fdt_walk_next(&walk)) {
		case FDT_TOKEN_PROP:
			indent(dt, walk.depth);
			put_prop(dt, &walk);
			after_props = true;
			break;
		case FDT_TOKEN_NODE:
			if (after_props)
				put(dt, "\n");
			after_props = false;
			if (!recursive) {
				put_child(dt, &walk);
				break;
			}
			indent(dt, walk.depth - 1);
			put(dt, "%s {\n", walk.name);
			break;
		case FDT_TOKEN_LEAVE:
			indent(dt, walk.depth);
			put(dt, "};\n");
			after_props = walk.depth > 0;
			break;
		default:
			put(dt, "/* the tree is damaged here */\n");
			return;
		}
	}
}
