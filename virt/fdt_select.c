/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which nodes of the host tree a guest gets.
 *
 * One pass notes every node; then selected nodes are worked off one by one,
 * each adding what it refers to and what it hangs below. A node enters the
 * list once, so reference cycles end, and the time is linear in the tree.
 */
#include <virt/guest_fdt.h>

#include <errno.h>
#include <libfdt.h>
#include <string.h>

#include <arch/virt.h>
#define LOG_TAG "tree"
#include <lib/fdt.h>
#include <lib/log.h>
#include <mm/heap.h>
#include <virt/config.h>

#include <virt/fdt_refs.h>

#define NODE_MAX 65536
#define ROOT 0

/* What one pass learns of a node; bits. */
enum {
	N_REG = 1 << 0,
	N_COMPATIBLE = 1 << 1,
	N_BUS = 1 << 2,      /* only passes addresses on */
	N_DISABLED = 1 << 3, /* it or an ancestor */
	N_ALWAYS = 1 << 4,   /* by the architecture's rules */
	N_EXCLUDED = 1 << 5,
	N_HOST = 1 << 6, /* the host keeps it */
	N_MEMORY = 1 << 7,
	N_IRQ = 1 << 8,
	N_QUEUED = 1 << 9,
	N_WHOLE = 1 << 10, /* taken with all its descendants */
};

struct node {
	int offset;
	uint32_t parent;
	uint32_t end; /* index after its last descendant */
	uint32_t phandle;
	uint16_t flags;
};

struct select {
	const void *fdt;
	const struct arch_fdt_rules *rules;
	struct fdt_selection *sel;
	struct node *nodes;
	uint32_t count;
	uint32_t *by_phandle; /* open hash of index + 1 */
	uint32_t hash_mask;
	uint32_t *queue; /* own nodes whose references are to be followed */
	uint32_t queued;
};

static void bit_set(uint8_t *bits, uint32_t i)
{
	bits[i / 8] |= (uint8_t)(1u << (i % 8));
}

static bool bit_get(const uint8_t *bits, uint32_t i)
{
	return bits[i / 8] >> (i % 8) & 1;
}

/*
 * The pass
 */

static int count_nodes(const void *fdt, uint32_t *count)
{
	struct fdt_walk walk;
	enum fdt_token token;

	*count = 0;
	if (!fdt_walk_init(&walk, fdt))
		return -EINVAL;
	while ((token = fdt_walk_next_node(&walk)) != FDT_TOKEN_DONE)
		if (token == FDT_TOKEN_NODE && ++*count > NODE_MAX)
			return -EINVAL;
	return walk.bad || !*count ? -EINVAL : 0;
}

static void node_prop(struct select *s, struct node *node,
		      const struct fdt_walk *prop)
{
	static const char *const buses[] = {"simple-bus", NULL};

	if (fdt_name_is(prop->name, "reg")) {
		node->flags |= N_REG;
	} else if (fdt_name_is(prop->name, "compatible")) {
		node->flags |= N_COMPATIBLE;
		if (fdt_walk_has(prop, buses))
			node->flags |= N_BUS;
		if (fdt_walk_has(prop, s->rules->always_compatible))
			node->flags |= N_ALWAYS;
	} else if (fdt_name_is(prop->name, "status")) {
		if (!fdt_walk_is(prop, "okay") && !fdt_walk_is(prop, "ok"))
			node->flags |= N_DISABLED;
	} else if (fdt_name_is(prop->name, "device_type")) {
		if (fdt_walk_is(prop, "memory"))
			node->flags |= N_MEMORY;
	} else if (fdt_name_is(prop->name, "interrupts") ||
		   fdt_name_is(prop->name, "interrupts-extended")) {
		node->flags |= N_IRQ;
	} else if (fdt_name_is(prop->name, "phandle") ||
		   fdt_name_is(prop->name, "linux,phandle")) {
		if (prop->len == 4)
			node->phandle = fdt_cell(prop->value, 0);
	}
}

static int read_nodes(struct select *s)
{
	struct fdt_walk walk;
	enum fdt_token token;
	uint32_t at = 0; /* the node whose properties come */

	if (!fdt_walk_init(&walk, s->fdt))
		return -EINVAL;
	while ((token = fdt_walk_next(&walk)) != FDT_TOKEN_DONE) {
		struct node *node = &s->nodes[at];

		if (token == FDT_TOKEN_PROP) {
			node_prop(s, node, &walk);
		} else if (token == FDT_TOKEN_LEAVE) {
			node->end = s->count;
			at = node->parent;
		} else {
			/* a second root would have no parent to return to */
			if (s->count && walk.depth == 1)
				return -EINVAL;
			s->nodes[s->count].offset = walk.node;
			s->nodes[s->count].parent = at;
			at = s->count++;
		}
	}
	return walk.bad ? -EINVAL : 0;
}

static void hash_phandles(struct select *s)
{
	for (uint32_t i = 0; i < s->count; i++) {
		uint32_t phandle = s->nodes[i].phandle;
		uint32_t h = phandle & s->hash_mask;

		if (phandle == 0 || phandle == UINT32_MAX)
			continue;
		while (s->by_phandle[h])
			h = (h + 1) & s->hash_mask;
		s->by_phandle[h] = i + 1;
	}
}

/* false: no node has it */
static bool find_phandle(const struct select *s, uint32_t phandle,
			 uint32_t *index)
{
	uint32_t h = phandle & s->hash_mask;

	for (; s->by_phandle[h]; h = (h + 1) & s->hash_mask) {
		*index = s->by_phandle[h] - 1;
		if (s->nodes[*index].phandle == phandle)
			return true;
	}
	return false;
}

static bool find_offset(const struct select *s, int offset, uint32_t *index)
{
	uint32_t lo = 0, hi = s->count;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (s->nodes[mid].offset < offset)
			lo = mid + 1;
		else
			hi = mid;
	}
	*index = lo;
	return lo < s->count && s->nodes[lo].offset == offset;
}

/*
 * Marking
 */

static void mark_subtree(struct select *s, uint32_t index, uint16_t flags)
{
	for (uint32_t i = index; i < s->nodes[index].end; i++)
		s->nodes[i].flags |= flags;
}

/* marks that hold for all that is below; parents come before children */
static void spread_flags(struct select *s)
{
	for (uint32_t i = 1; i < s->count; i++)
		s->nodes[i].flags |= s->nodes[s->nodes[i].parent].flags &
				     (N_DISABLED | N_ALWAYS);
}

static void keep_with_ancestors(struct select *s, uint32_t index)
{
	while (!bit_get(s->sel->keep, index)) {
		bit_set(s->sel->keep, index);
		index = s->nodes[index].parent;
	}
}

/* an ancestor that is a device of its own has to work, too */
static bool is_device(const struct node *node)
{
	return (node->flags & N_REG) && (node->flags & N_COMPATIBLE) &&
	       !(node->flags & N_BUS);
}

/*
 * The guest is to have this node. What the host keeps is left out, but for
 * nodes that own nothing: a fixed clock serves any number of guests. Disabled
 * nodes are shown, but only a path that names one gives it away: firmware
 * disables what others use.
 */
static void take_node(struct select *s, uint32_t index, bool named)
{
	struct node *node = &s->nodes[index];
	bool owns = node->flags & (N_REG | N_IRQ);

	if (node->flags & (N_EXCLUDED | N_MEMORY | N_QUEUED))
		return;
	if ((node->flags & N_HOST) && owns)
		return;
	keep_with_ancestors(s, index);
	if (node->flags & N_ALWAYS)
		return; /* there already, and the host's */
	if ((node->flags & N_DISABLED) && !named)
		return;
	node->flags |= N_QUEUED;
	if (!(node->flags & N_HOST))
		bit_set(s->sel->own, index);
	s->queue[s->queued++] = index;
}

static void take_subtree(struct select *s, uint32_t index, bool named)
{
	/* below an enabled node, disabled ones are not what was named */
	bool all = named && (s->nodes[index].flags & N_DISABLED);

	if (s->nodes[index].flags & N_WHOLE)
		return;
	s->nodes[index].flags |= N_WHOLE;
	for (uint32_t i = index; i < s->nodes[index].end; i++)
		take_node(s, i, all);
}

/* the nearest device above; its own turn in the queue goes on from there */
static void take_ancestors(struct select *s, uint32_t index)
{
	while (index != ROOT) {
		index = s->nodes[index].parent;
		if (is_device(&s->nodes[index])) {
			take_node(s, index, true);
			return;
		}
	}
}

/*
 * References
 */

static uint32_t arg_cells(const struct select *s, uint32_t target,
			  const char *cells_name)
{
	return cells_name
		       ? fdt_u32(s->fdt, s->nodes[target].offset, cells_name, 0)
		       : 0;
}

static void follow_prop(struct select *s, const struct fdt_walk *prop,
			const struct fdt_ref_rule *rule)
{
	uint32_t cells = prop->len / 4;
	uint32_t i = 0;

	while (i < cells) {
		uint32_t phandle = fdt_cell(prop->value, i++);
		uint32_t target, args;

		if (phandle != 0) { /* 0 stands for "none here" */
			if (!find_phandle(s, phandle, &target))
				return; /* and who knows how far to go on */
			args = arg_cells(s, target, rule->cells_name);
			if (args > cells - i)
				return;
			i += args;
			if (rule->whole)
				take_subtree(s, target, false);
			else
				take_node(s, target, false);
		}
		if (rule->once)
			return;
	}
}

static int follow_node(struct select *s, uint32_t index)
{
	struct fdt_walk walk;

	if (!fdt_walk_into(&walk, s->fdt, s->nodes[index].offset))
		return -EINVAL;
	while (fdt_walk_next(&walk) == FDT_TOKEN_PROP) {
		const struct fdt_ref_rule *rule;

		if (walk.len < 4 || walk.len % 4)
			continue;
		rule = fdt_ref_rule(walk.name);
		if (rule)
			follow_prop(s, &walk, rule);
	}
	return walk.bad ? -EINVAL : 0;
}

/*
 * Configuration
 */

/* say where a path that does not exist ends */
static void log_missing(const struct select *s, const struct vm_config *config,
			enum log_level level, const char *key, const char *path)
{
	size_t len = strlen(path);

	while (len > 1 && fdt_path_offset_namelen(s->fdt, path, (int)len) < 0) {
		while (len > 1 && path[len - 1] != '/')
			len--;
		if (len > 1)
			len--;
	}
	log_print(level, LOG_TAG,
		  "%s: %s: the host tree has no %s; it ends at %.*s",
		  config->name, key, path, (int)len, path);
}

static bool find_path(const struct select *s, const char *path, uint32_t *index)
{
	int offset = fdt_path_node(s->fdt, path, strlen(path));

	return offset >= 0 && find_offset(s, offset, index);
}

static void apply_exclusions(struct select *s, const struct vm_config *config)
{
	uint32_t index;

	for (uint32_t i = 0; i < config->excluded_count; i++) {
		if (find_path(s, config->excluded[i], &index))
			mark_subtree(s, index, N_EXCLUDED);
		else
			log_missing(s, config, LOG_WARN,
				    "devices.excluded_devices",
				    config->excluded[i]);
	}
}

static int apply_paths(struct select *s, const struct vm_config *config)
{
	uint32_t index;

	for (uint32_t i = 0; i < config->pt_device_count; i++) {
		const char *path = config->pt_devices[i].path;

		if (!path)
			continue;
		if (!find_path(s, path, &index)) {
			log_missing(s, config, LOG_ERR,
				    "devices.passthrough_devices", path);
			return -ENOENT;
		}
		take_subtree(s, index, true);
	}
	return 0;
}

static void apply_rules(struct select *s)
{
	const char *const *path = s->rules->always_paths;
	uint32_t index;

	for (; path && *path; path++) {
		if (find_path(s, *path, &index))
			mark_subtree(s, index, N_ALWAYS);
	}
	spread_flags(s);
	bit_set(s->sel->keep, ROOT);
	for (uint32_t i = 0; i < s->count; i++) {
		if (s->nodes[i].flags & N_ALWAYS)
			keep_with_ancestors(s, i);
	}
}

static int select_alloc(struct select *s, uint32_t count)
{
	uint32_t hash_size = 16;

	while (hash_size < 2 * count)
		hash_size *= 2;
	s->hash_mask = hash_size - 1;
	s->nodes = heap_alloc_array(count, sizeof(*s->nodes));
	s->by_phandle = heap_alloc_array(hash_size, sizeof(*s->by_phandle));
	s->queue = heap_alloc_array(count, sizeof(*s->queue));
	s->sel->node_count = count;
	s->sel->keep = heap_alloc(count / 8 + 1);
	s->sel->own = heap_alloc(count / 8 + 1);
	if (!s->nodes || !s->by_phandle || !s->queue || !s->sel->keep ||
	    !s->sel->own)
		return -ENOMEM;
	return 0;
}

static int select_all(struct select *s, const struct vm_config *config,
		      const int *host_kept, unsigned int host_kept_count)
{
	uint32_t index;
	int err = read_nodes(s);

	if (err)
		return err;
	hash_phandles(s);
	for (unsigned int i = 0; i < host_kept_count; i++) {
		if (find_offset(s, host_kept[i], &index))
			s->nodes[index].flags |= N_HOST;
	}
	apply_exclusions(s, config);
	apply_rules(s);
	err = apply_paths(s, config);
	for (uint32_t i = 0; !err && i < s->queued; i++) {
		take_ancestors(s, s->queue[i]);
		err = follow_node(s, s->queue[i]);
	}
	return err;
}

int fdt_select(const void *host, const struct vm_config *config,
	       const struct arch_fdt_rules *rules, const int *host_kept,
	       unsigned int host_kept_count, struct fdt_selection *selection)
{
	struct select s = {.fdt = host, .rules = rules, .sel = selection};
	uint32_t count;
	int err;

	*selection = (struct fdt_selection){0};
	err = count_nodes(host, &count);
	if (!err)
		err = select_alloc(&s, count);
	if (!err)
		err = select_all(&s, config, host_kept, host_kept_count);
	heap_free(s.nodes);
	heap_free(s.by_phandle);
	heap_free(s.queue);
	if (err)
		fdt_selection_free(selection);
	return err;
}

void fdt_selection_free(struct fdt_selection *selection)
{
	heap_free(selection->keep);
	heap_free(selection->own);
	*selection = (struct fdt_selection){0};
}
