/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The disks' controllers. There may be dozens without a disk, as on QEMU's
 * machines, and this comes before the first guest: so one pass over the tree,
 * token by token, that has a node's registers when it comes to its end.
 */
#include <drivers/storage.h>

#include <string.h>

#include <drivers/driver.h>
#include <errno.h>
#include <lib/log.h>

#define LOG_TAG "drivers"

/* Made by the linker script of the pointers that DRIVER() stores. */
extern const struct driver *const __drivers_start[], *const __drivers_end[];

/**
 * struct level - a node on the way to where the pass is
 * @address, @size: cells of its children
 * @plain: its children's addresses are the CPU's
 * @off:   it is disabled, or one above it
 * @done:  it was looked at: its properties come before its children
 */
struct level {
	const uint8_t *compatible, *reg;
	uint32_t compatible_len, reg_len;
	uint8_t address, size;
	bool plain, off, done;
};

struct pass {
	struct fdt_walk walk;
	struct fdt_scan scan; /* .fdt, and where we are */
	struct level levels[FDT_DEPTH_MAX];
	const struct driver *const *first, *const *end; /* those for disks */
	bool (*is_guests)(const struct fdt_scan *scan);
};

static bool drives(const struct driver *driver, const char *compatible)
{
	const char *const *list = driver->compatible;

	if (!driver->probe_at)
		return false;
	while (*list && !fdt_name_is(compatible, *list))
		list++;
	return *list;
}

/* The most specific string that has a driver counts: they stand in order. */
static const struct driver *driver_of(const struct pass *pass,
				      const struct level *level)
{
	const char *at = (const char *)level->compatible;
	const char *end = at + level->compatible_len;

	if (at == end || end[-1])
		return NULL;
	for (; at < end; at += strlen(at) + 1)
		for (const struct driver *const *entry = pass->first;
		     entry < pass->end; entry++)
			if (drives(*entry, at))
				return *entry;
	return NULL;
}

static uint64_t cells(const uint8_t *value, unsigned int at, unsigned int count)
{
	uint64_t number = 0;

	while (count--)
		number = number << 32 | fdt_cell(value, at++);
	return number;
}

/* Where nothing has to be translated, in a few instructions. */
static int first_reg(const struct pass *pass, struct fdt_reg *reg)
{
	const struct level *level = &pass->levels[pass->scan.depth];
	const struct level *up = level - 1;

	if (!up->plain || up->address < 1 || up->address > 2 || up->size > 2 ||
	    !level->reg ||
	    level->reg_len < 4u * ((uint32_t)up->address + up->size))
		return fdt_scan_reg(&pass->scan, 0, reg);
	reg->addr = cells(level->reg, 0, up->address);
	reg->size = cells(level->reg, up->address, up->size);
	return reg->addr + reg->size < reg->addr ? -EINVAL : 0;
}

static void look(struct pass *pass)
{
	struct level *level = &pass->levels[pass->scan.depth];
	const struct driver *driver;
	struct fdt_reg reg;
	int err;

	if (level->done)
		return;
	level->done = true;
	if (level->off || !level->compatible || !pass->scan.depth)
		return;
	driver = driver_of(pass, level);
	if (!driver || pass->is_guests(&pass->scan))
		return;
	err = first_reg(pass, &reg);
	if (!err)
		err = driver->probe_at(&pass->scan, &reg);
	if (err && err != -ENODEV)
		log_err("%s: %s: error %d", driver->name, pass->scan.name, err);
}

static void node_enter(struct pass *pass)
{
	struct fdt_scan *scan = &pass->scan;
	struct level *level;

	if (pass->walk.depth > 1)
		look(pass);
	scan->depth = pass->walk.depth - 1;
	scan->node = pass->walk.node;
	scan->name = pass->walk.name;
	scan->chain[scan->depth] = scan->node;
	level = &pass->levels[scan->depth];
	*level = (struct level){
		.address = 2,
		.size = 1,
		.plain = !scan->depth,
		.off = scan->depth && level[-1].off,
	};
}

static uint8_t small_cell(const struct fdt_walk *walk)
{
	return walk->len == 4 && fdt_cell(walk->value, 0) < 255
		       ? (uint8_t)fdt_cell(walk->value, 0)
		       : 255;
}

static void prop(const struct fdt_walk *walk, struct level *level)
{
	const char *name = walk->name;

	switch (name[0]) {
	case 'c':
		if (fdt_name_same(name, "compatible")) {
			level->compatible = walk->value;
			level->compatible_len = walk->len;
		}
		break;
	case 'r':
		if (fdt_name_same(name, "reg")) {
			level->reg = walk->value;
			level->reg_len = walk->len;
		} else if (fdt_name_same(name, "ranges")) {
			level->plain = !walk->len && level[-1].plain;
		}
		break;
	case 's':
		if (fdt_name_same(name, "status"))
			level->off |= !fdt_walk_is(walk, "okay") &&
				      !fdt_walk_is(walk, "ok");
		break;
	case '#':
		if (fdt_name_same(name, "#address-cells"))
			level->address = small_cell(walk);
		else if (fdt_name_same(name, "#size-cells"))
			level->size = small_cell(walk);
		break;
	}
}

/* Up again: what was entered before is where we are. */
static void node_leave(struct pass *pass)
{
	struct fdt_scan *scan = &pass->scan;

	look(pass);
	if (scan->depth)
		scan->depth--;
	scan->node = scan->chain[scan->depth];
}

void storage_probe(bool (*is_guests)(const struct fdt_scan *scan))
{
	struct pass pass;
	enum fdt_token token;

	pass.is_guests = is_guests;
	pass.first = __drivers_start;
	pass.end = __drivers_end;
	while (pass.first < pass.end && !(*pass.first)->probe_at)
		pass.first++;
	while (pass.end > pass.first && !pass.end[-1]->probe_at)
		pass.end--;
	pass.scan.fdt = host_fdt();
	if (pass.first == pass.end || !fdt_walk_init(&pass.walk, pass.scan.fdt))
		return;
	while ((token = fdt_walk_next(&pass.walk)) != FDT_TOKEN_DONE) {
		if (token == FDT_TOKEN_NODE)
			node_enter(&pass);
		else if (token == FDT_TOKEN_LEAVE)
			node_leave(&pass);
		else if (!pass.levels[pass.scan.depth].done)
			prop(&pass.walk, &pass.levels[pass.scan.depth]);
	}
}
