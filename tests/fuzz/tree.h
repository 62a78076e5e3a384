/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device tree out of a fuzzer's input.
 *
 * What begins with a tree's magic is taken as it stands, its header's size
 * made to fit. Anything else is a program that builds a well-formed tree from
 * the words that the tested code knows, and may damage it afterwards: so most
 * inputs get behind the first checks.
 */
#ifndef TESTS_FUZZ_TREE_H
#define TESTS_FUZZ_TREE_H

#include <libfdt.h>
#include <stdbool.h>
#include <string.h>

#include "input.h"

#define TREE_DEPTH 20
#define TREE_NODES 48
#define TREE_BYTES 16384
#define TREE_ID "fuzz,id" /* number of each node of an undamaged tree */

/**
 * struct tree - the result
 * @fdt: in an allocation of exactly its size, so that ASan sees each overrun
 * @exact: built and not damaged: well-formed, each node has its TREE_ID
 */
struct tree {
	void *fdt;
	size_t size;
	bool exact;
};

static const char *const tree_nodes[] = {
	"soc",         "cpus",
	"cpu",         "memory",
	"chosen",      "aliases",
	"psci",        "timer",
	"intc",        "serial",
	"clk",         "bus",
	"__symbols__", "reserved-memory",
	"cpu-map",     "x",
};

enum tree_kind { KIND_CELLS, KIND_TEXT };

static const struct {
	const char *name;
	enum tree_kind kind;
} tree_props[] = {
	{"reg", KIND_CELLS},
	{"ranges", KIND_CELLS},
	{"#address-cells", KIND_CELLS},
	{"#size-cells", KIND_CELLS},
	{"phandle", KIND_CELLS},
	{"linux,phandle", KIND_CELLS},
	{"interrupts", KIND_CELLS},
	{"interrupts-extended", KIND_CELLS},
	{"interrupt-parent", KIND_CELLS},
	{"#interrupt-cells", KIND_CELLS},
	{"interrupt-controller", KIND_CELLS},
	{"clocks", KIND_CELLS},
	{"#clock-cells", KIND_CELLS},
	{"power-domains", KIND_CELLS},
	{"#power-domain-cells", KIND_CELLS},
	{"pinctrl-0", KIND_CELLS},
	{"vcc-supply", KIND_CELLS},
	{"reset-gpios", KIND_CELLS},
	{"#gpio-cells", KIND_CELLS},
	{"rockchip,grf", KIND_CELLS},
	{"remote-endpoint", KIND_CELLS},
	{"memory-region", KIND_CELLS},
	{"compatible", KIND_TEXT},
	{"status", KIND_TEXT},
	{"device_type", KIND_TEXT},
	{"stdout-path", KIND_TEXT},
	{"serial0", KIND_TEXT},
	{"bootargs", KIND_TEXT},
	{"enable-method", KIND_TEXT},
	{"pinctrl-names", KIND_TEXT},
	{"", KIND_CELLS},
	{TREE_ID, KIND_CELLS},
};
#define TREE_PROPS (sizeof(tree_props) / sizeof(tree_props[0]))

static const char *const tree_texts[] = {
	"okay",
	"ok",
	"disabled",
	"cpu",
	"memory",
	"cache",
	"simple-bus",
	"arm,gic-v3",
	"arm,armv8-timer",
	"arm,pl011",
	"psci",
	"serial0:115200",
	"/soc/serial@1",
	"/soc",
	"/",
	"",
};

struct tree_builder {
	uint8_t *buf;
	size_t at;
	uint32_t names[TREE_PROPS];
	uint32_t seen[TREE_DEPTH + 1]; /* properties of each open node */
	bool inner[TREE_DEPTH + 1];    /* it has children already */
	unsigned int depth;
	uint32_t nodes;
};

static void tree_u32(struct tree_builder *b, uint32_t value)
{
	fdt32_st(b->buf + b->at, value);
	b->at += 4;
}

static void tree_bytes(struct tree_builder *b, const void *data, size_t len)
{
	memcpy(b->buf + b->at, data, len);
	memset(b->buf + b->at + len, 0, 4);
	b->at += (len + 3) & ~(size_t)3;
}

static void tree_prop(struct tree_builder *b, unsigned int which,
		      const void *data, size_t len)
{
	if (b->inner[b->depth] || b->seen[b->depth] >> which & 1)
		return;
	b->seen[b->depth] |= 1u << which;
	tree_u32(b, FDT_PROP);
	tree_u32(b, (uint32_t)len);
	tree_u32(b, b->names[which]);
	tree_bytes(b, data, len);
}

static void tree_begin(struct tree_builder *b, const char *name)
{
	uint8_t id[4];

	b->inner[b->depth] = true;
	b->depth++;
	b->inner[b->depth] = false;
	b->seen[b->depth] = 0;
	tree_u32(b, FDT_BEGIN_NODE);
	tree_bytes(b, name, strlen(name) + 1);
	fdt32_st(id, b->nodes++);
	tree_prop(b, TREE_PROPS - 1, id, sizeof(id));
}

/* small numbers, phandles among them, and now and then a large one */
static uint32_t tree_cell(struct input *in)
{
	uint8_t kind = input_u8(in);

	if (kind < 0xc0)
		return kind & 0xf;
	if (kind < 0xe0)
		return (uint32_t)(kind & 0x1f) << 12;
	return kind < 0xf0 ? input_u32(in) : 0xffffffff;
}

static void tree_step(struct tree_builder *b, struct input *in, uint8_t op)
{
	unsigned int which = op & 0x1f;
	uint8_t data[64];
	char name[40];
	size_t len = 0;

	switch (op >> 5) {
	case 0:
	case 1:
		if (b->depth == TREE_DEPTH || b->nodes == TREE_NODES)
			return;
		snprintf(name, sizeof(name), op & 0x20 ? "%s@%x" : "%s",
			 tree_nodes[op & 0xf], input_u8(in) & 0xfu);
		tree_begin(b, name);
		return;
	case 2:
		if (b->depth > 1) {
			tree_u32(b, FDT_END_NODE);
			b->depth--;
		}
		return;
	case 3:
		tree_u32(b, FDT_NOP);
		return;
	default:
		if (which == TREE_PROPS - 1)
			return;
		if (tree_props[which].kind == KIND_CELLS)
			for (op = input_u8(in) & 15; op; op--, len += 4)
				fdt32_st(data + len, tree_cell(in));
		else
			for (op = (input_u8(in) & 1) + 1; op; op--) {
				const char *text =
					tree_texts[input_u8(in) & 15];

				strcpy((char *)data + len, text);
				len += strlen(text) + 1;
			}
		tree_prop(b, which, data, len);
	}
}

/* Returns false when nothing was left to be damaged with. */
static bool tree_damage(uint8_t *fdt, size_t size, struct input *in)
{
	bool any = false;

	while (in->left >= 3) {
		size_t at = input_u16(in) % size;

		fdt[at] = input_u8(in);
		any = true;
	}
	return any;
}

static struct tree tree_built(struct input *in)
{
	struct tree_builder b = {.buf = malloc(TREE_BYTES)};
	struct tree tree;
	size_t strings, structure = 40 + 32;

	must(b.buf);
	memset(b.buf, 0, structure);
	b.at = structure;
	for (uint32_t i = 0, at = 0; i < TREE_PROPS; i++) {
		b.names[i] = at;
		at += (uint32_t)strlen(tree_props[i].name) + 1;
	}
	tree_begin(&b, "");
	while (in->left && b.at < TREE_BYTES - 1024) {
		uint8_t op = input_u8(in);

		if (op == 0x7f)
			break; /* the rest is damage */
		tree_step(&b, in, op);
	}
	for (; b.depth; b.depth--)
		tree_u32(&b, FDT_END_NODE);
	tree_u32(&b, FDT_END);
	strings = b.at;
	for (uint32_t i = 0; i < TREE_PROPS; i++) {
		size_t len = strlen(tree_props[i].name) + 1;

		memcpy(b.buf + b.at, tree_props[i].name, len);
		b.at += len;
	}
	fdt_set_magic(b.buf, FDT_MAGIC);
	fdt_set_totalsize(b.buf, (uint32_t)b.at);
	fdt_set_off_dt_struct(b.buf, (uint32_t)structure);
	fdt_set_size_dt_struct(b.buf, (uint32_t)(strings - structure));
	fdt_set_off_dt_strings(b.buf, (uint32_t)strings);
	fdt_set_size_dt_strings(b.buf, (uint32_t)(b.at - strings));
	fdt_set_off_mem_rsvmap(b.buf, 40);
	fdt_set_version(b.buf, 17);
	fdt_set_last_comp_version(b.buf, 16);
	tree.size = b.at;
	tree.fdt = malloc(tree.size);
	must(tree.fdt);
	memcpy(tree.fdt, b.buf, tree.size);
	free(b.buf);
	must(!fdt_check_full(tree.fdt, tree.size), "built a bad tree");
	tree.exact = !tree_damage(tree.fdt, tree.size, in);
	return tree;
}

/* What boot code would have refused at once comes back without a tree. */
static struct tree tree_from_input(struct input *in)
{
	struct tree tree = {0};

	if (in->left < 40 || fdt32_ld((const void *)in->at) != FDT_MAGIC) {
		tree = tree_built(in);
	} else {
		tree.size = in->left;
		tree.fdt = malloc(tree.size);
		must(tree.fdt);
		memcpy(tree.fdt, in->at, tree.size);
		fdt_set_totalsize(tree.fdt, (uint32_t)tree.size);
	}
	if (fdt_check_header(tree.fdt) || fdt_totalsize(tree.fdt) > tree.size) {
		free(tree.fdt);
		tree.fdt = NULL;
	}
	return tree;
}

#endif
