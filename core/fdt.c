/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Queries on device trees: addresses through their buses, interrupts to their
 * controllers. Devicetree Specification v0.4, 2.3 and 2.4.
 */
#include <core/fdt.h>

#include <errno.h>
#include <string.h>

#include <libfdt.h>

#include <core/fdt_walk.h>

static const void *host_tree;

const void *host_fdt(void)
{
	return host_tree;
}

void fdt_set_host(const void *fdt)
{
	host_tree = fdt;
}

/*
 * The nodes from the root (chain[0]) down to @node.
 *
 * Return: how many; -EINVAL when there is no such node.
 */
static int fdt_chain(const void *fdt, int node, int chain[FDT_DEPTH_MAX])
{
	struct fdt_walk walk;
	enum fdt_token token;

	if (!fdt_walk_init(&walk, fdt))
		return -EINVAL;
	do {
		token = fdt_walk_next_node(&walk);
		if (token != FDT_TOKEN_NODE)
			continue;
		if (walk.depth > FDT_DEPTH_MAX)
			return -EINVAL;
		chain[walk.depth - 1] = walk.node;
		if (walk.node == node)
			return walk.depth;
	} while (token != FDT_TOKEN_DONE && (int)walk.offset <= node + 4);
	return -EINVAL;
}

/*
 * Where the last one was found. Nearly all ask for the same controller, and a
 * look there costs little; another tree has something else there.
 */
static int phandle_guess = -1;

static bool has_phandle(const void *fdt, int node, uint32_t phandle)
{
	int len;
	const void *value = fdt_prop(fdt, node, "phandle", &len);

	return value && len == 4 && fdt_cell(value, 0) == phandle;
}

int fdt_phandle_node(const void *fdt, uint32_t phandle)
{
	struct fdt_walk walk;
	enum fdt_token token;
	int chain[FDT_DEPTH_MAX];
	int guess = __atomic_load_n(&phandle_guess, __ATOMIC_RELAXED);

	if (phandle == 0 || phandle == UINT32_MAX || !fdt_walk_init(&walk, fdt))
		return -EINVAL;
	if (has_phandle(fdt, guess, phandle))
		return guess;
	while ((token = fdt_walk_next(&walk)) != FDT_TOKEN_DONE) {
		if (walk.depth > FDT_DEPTH_MAX)
			return -EINVAL;
		if (token == FDT_TOKEN_NODE)
			chain[walk.depth - 1] = walk.node;
		/* the value first: it seldom fits, and is quick to compare */
		if (token == FDT_TOKEN_PROP && walk.len == 4 &&
		    fdt_cell(walk.value, 0) == phandle &&
		    (!strcmp(walk.name, "phandle") ||
		     !strcmp(walk.name, "linux,phandle"))) {
			__atomic_store_n(&phandle_guess, chain[walk.depth - 1],
					 __ATOMIC_RELAXED);
			return chain[walk.depth - 1];
		}
	}
	return -EINVAL;
}

/* A property of whole cells. Return: their count; -ENOENT; -EINVAL. */
static int cells_of(const void *fdt, int node, const char *name,
		    const void **cells)
{
	int len;

	*cells = fdt_prop(fdt, node, name, &len);
	if (!*cells)
		return len == -FDT_ERR_NOTFOUND ? -ENOENT : -EINVAL;
	return len % 4 ? -EINVAL : len / 4;
}

/* A number of one cell or two; none at all is 0. */
static uint64_t cells_value(const void *cells, unsigned int at, int count)
{
	uint64_t value = 0;

	for (int i = 0; i < count; i++)
		value = value << 32 | fdt_cell(cells, at + (unsigned int)i);
	return value;
}

static int cell_count(const void *fdt, int bus, const char *name, int otherwise)
{
	int len;
	const void *value = fdt_prop(fdt, bus, name, &len);

	if (!value)
		return otherwise;
	return len == 4 && fdt_cell(value, 0) <= 4 ? (int)fdt_cell(value, 0)
						   : -EINVAL;
}

/* #address-cells and #size-cells of a bus, as far as they fit uint64_t. */
static int bus_cells(const void *fdt, int bus, int *address, int *size)
{
	*address = cell_count(fdt, bus, "#address-cells", 2);
	*size = cell_count(fdt, bus, "#size-cells", 1);
	if (*address < 1 || *address > 2 || *size < 0 || *size > 2)
		return -EINVAL;
	return 0;
}

static bool range_holds(uint64_t start, uint64_t size, const struct fdt_reg *r)
{
	return r->addr >= start && r->addr - start < size &&
	       r->size <= size - (r->addr - start);
}

/* From addresses on @bus to those of its parent. */
static int bus_translate(const void *fdt, int bus, int parent,
			 struct fdt_reg *reg)
{
	const void *ranges;
	int count = cells_of(fdt, bus, "ranges", &ranges);
	int na, ns, pna, pns, step;

	if (count == -ENOENT)
		return -ERANGE;
	if (count <= 0)
		return count; /* empty: the same addresses */
	if (bus_cells(fdt, bus, &na, &ns) || bus_cells(fdt, parent, &pna, &pns))
		return -EINVAL;
	step = na + pna + ns;
	if (count % step)
		return -EINVAL;
	for (int i = 0; i < count; i += step) {
		uint64_t child = cells_value(ranges, (unsigned int)i, na);
		uint64_t up = cells_value(ranges, (unsigned int)(i + na), pna);
		uint64_t size =
			cells_value(ranges, (unsigned int)(i + na + pna), ns);

		if (range_holds(child, size, reg)) {
			reg->addr = reg->addr - child + up;
			return 0;
		}
	}
	return -ERANGE;
}

/* @chain: @depth nodes, from the root to the one that is asked for */
static int chain_reg(const void *fdt, const int *chain, int depth,
		     unsigned int index, struct fdt_reg *reg)
{
	const void *cells;
	int count, na, ns, err;
	uint64_t at;

	if (depth < 2)
		return -EINVAL; /* the root has no reg */
	count = cells_of(fdt, chain[depth - 1], "reg", &cells);
	if (count < 0)
		return count;
	if (bus_cells(fdt, chain[depth - 2], &na, &ns) || count % (na + ns))
		return -EINVAL;
	at = (uint64_t)index * (unsigned int)(na + ns);
	if (at >= (unsigned int)count)
		return -ENOENT;
	reg->addr = cells_value(cells, (unsigned int)at, na);
	reg->size = cells_value(cells, (unsigned int)at + (unsigned int)na, ns);
	for (int i = depth - 2; i > 0; i--) {
		err = bus_translate(fdt, chain[i], chain[i - 1], reg);
		if (err)
			return err;
	}
	return reg->addr + reg->size < reg->addr ? -EINVAL : 0;
}

int fdt_node_reg(const void *fdt, int node, unsigned int index,
		 struct fdt_reg *reg)
{
	int chain[FDT_DEPTH_MAX];
	int depth = fdt_chain(fdt, node, chain);

	return chain_reg(fdt, chain, depth, index, reg);
}

bool fdt_scan_init(struct fdt_scan *scan, const void *fdt)
{
	scan->fdt = fdt;
	return fdt_walk_init(&scan->walk, fdt);
}

bool fdt_scan_next(struct fdt_scan *scan)
{
	enum fdt_token token;

	do {
		token = fdt_walk_next_node(&scan->walk);
		if (token == FDT_TOKEN_DONE)
			return false;
	} while (token != FDT_TOKEN_NODE);
	if (scan->walk.depth > FDT_DEPTH_MAX)
		return false;
	scan->depth = scan->walk.depth - 1;
	scan->node = scan->walk.node;
	scan->name = scan->walk.name;
	scan->chain[scan->depth] = scan->node;
	return true;
}

int fdt_scan_reg(const struct fdt_scan *scan, unsigned int index,
		 struct fdt_reg *reg)
{
	return chain_reg(scan->fdt, scan->chain, scan->depth + 1, index, reg);
}

/* #interrupt-cells. Return: 1..4; -ENOENT when it is no controller; -EINVAL. */
static int irq_cells(const void *fdt, int node)
{
	const void *cells;
	int count = cells_of(fdt, node, "#interrupt-cells", &cells);
	uint32_t value;

	if (count < 0)
		return count;
	if (count != 1)
		return -EINVAL;
	value = fdt_cell(cells, 0);
	return value >= 1 && value <= 4 ? (int)value : -EINVAL;
}

/*
 * The controller that a node's interrupts property speaks to: what the
 * nearest interrupt-parent on the way up names, or a controller met on it.
 */
static int irq_parent(const void *fdt, int node)
{
	int chain[FDT_DEPTH_MAX];
	int depth = fdt_chain(fdt, node, chain);
	const void *cells;

	if (depth < 0)
		return -EINVAL;
	for (int i = depth - 1; i >= 0; i--) {
		if (i < depth - 1 && irq_cells(fdt, chain[i]) > 0)
			return chain[i];
		if (cells_of(fdt, chain[i], "interrupt-parent", &cells) == 1)
			return fdt_phandle_node(fdt, fdt_cell(cells, 0));
	}
	return -EINVAL;
}

static void irq_fill(struct fdt_irq *irq, int parent, const void *cells, int at,
		     int count)
{
	*irq = (struct fdt_irq){
		.parent = parent,
		.cell_count = (unsigned int)count,
	};
	for (int i = 0; i < count; i++)
		irq->cells[i] = fdt_cell(cells, (unsigned int)(at + i));
}

/* Each entry names its controller, and so its own length. */
static int irq_extended(const void *fdt, const void *cells, int count,
			unsigned int index, struct fdt_irq *irq)
{
	int at = 0;

	while (at < count) {
		int parent = fdt_phandle_node(
			fdt, fdt_cell(cells, (unsigned int)at));
		int n = parent < 0 ? -EINVAL : irq_cells(fdt, parent);

		at++;
		if (n < 0 || n > count - at)
			return -EINVAL;
		if (index-- == 0) {
			irq_fill(irq, parent, cells, at, n);
			return 0;
		}
		at += n;
	}
	return -ENOENT;
}

int fdt_node_irq(const void *fdt, int node, unsigned int index,
		 struct fdt_irq *irq)
{
	const void *cells;
	int count = cells_of(fdt, node, "interrupts-extended", &cells);
	int parent, n;

	if (count >= 0)
		return irq_extended(fdt, cells, count, index, irq);
	if (count != -ENOENT)
		return count;
	count = cells_of(fdt, node, "interrupts", &cells);
	if (count < 0)
		return count;
	parent = irq_parent(fdt, node);
	n = parent < 0 ? -EINVAL : irq_cells(fdt, parent);
	if (n < 0 || count % n)
		return -EINVAL;
	if (index >= (unsigned int)(count / n))
		return -ENOENT;
	irq_fill(irq, parent, cells, (int)index * n, n);
	return 0;
}

/* Linux binding arm,gic: type, number, flags with the trigger in bits 3..0. */
int fdt_gic_intid(const struct fdt_irq *irq, bool *edge)
{
	static const struct {
		unsigned int first, count;
	} types[] = {
		{32, 988}, /* SPI */
		{16, 16},  /* PPI */
	};
	uint32_t type = irq->cells[0];
	uint32_t number = irq->cells[1];

	if (irq->cell_count < 3 || type >= ARRAY_SIZE(types) ||
	    number >= types[type].count)
		return -EINVAL;
	if (edge)
		*edge = (irq->cells[2] & 0x3) != 0;
	return (int)(types[type].first + number);
}

bool fdt_node_enabled(const void *fdt, int node)
{
	int len;
	const char *status = fdt_prop(fdt, node, "status", &len);

	if (!status)
		return len == -FDT_ERR_NOTFOUND;
	return (len == 5 && !memcmp(status, "okay", 5)) ||
	       (len == 3 && !memcmp(status, "ok", 3));
}

bool fdt_node_compatible_any(const void *fdt, int node, const char *const *list)
{
	int len;
	const char *strings = fdt_prop(fdt, node, "compatible", &len);

	if (!strings)
		return false;
	for (; *list; list++) {
		if (fdt_stringlist_contains(strings, len, *list))
			return true;
	}
	return false;
}

/* A path's component names a node with or without its unit address. */
static bool names_node(const char *component, size_t len, const char *name)
{
	return strlen(name) >= len && !memcmp(name, component, len) &&
	       (!name[len] ||
		(name[len] == '@' && !memchr(component, '@', len)));
}

/* The node of an absolute path, in one pass. */
static int path_find(const void *fdt, const char *path, size_t len)
{
	const char *end = path + len;
	struct fdt_walk walk;
	enum fdt_token token;
	int matched = 1; /* depth of the innermost node found; 1: root */

	if (!fdt_walk_init(&walk, fdt))
		return -FDT_ERR_BADSTRUCTURE;
	while ((token = fdt_walk_next_node(&walk)) != FDT_TOKEN_DONE) {
		const char *name = path + 1, *slash;
		size_t n;

		if (token == FDT_TOKEN_LEAVE && walk.depth < matched)
			break;
		if (token != FDT_TOKEN_NODE || walk.depth != matched + 1 ||
		    walk.name[0] != name[0])
			continue;
		slash = memchr(name, '/', (size_t)(end - name));
		n = (size_t)((slash ? slash : end) - name);
		if (!names_node(name, n, walk.name))
			continue;
		if (!slash)
			return walk.node;
		matched++;
		path = slash;
	}
	return -FDT_ERR_NOTFOUND;
}

/* "alias:options" or a path; the options are a rate that firmware has set. */
int fdt_stdout_node(const void *fdt)
{
	static const char chosen[] = "/chosen", aliases[] = "/aliases";
	int node = path_find(fdt, chosen, sizeof(chosen) - 1);
	const char *path, *end;
	int len;

	if (node < 0)
		return node;
	path = fdt_prop(fdt, node, "stdout-path", &len);
	if (!path || len < 2 || path[len - 1])
		return -FDT_ERR_NOTFOUND;
	end = memchr(path, ':', (size_t)len);
	len = end ? (int)(end - path) : len - 1;
	if (path[0] != '/') {
		node = path_find(fdt, aliases, sizeof(aliases) - 1);
		if (node < 0)
			return node;
		path = fdt_getprop_namelen(fdt, node, path, len, &len);
		if (!path || len < 2 || path[0] != '/' || path[len - 1])
			return -FDT_ERR_NOTFOUND;
		len--;
	}
	return path_find(fdt, path, (size_t)len);
}

/* What is known of the node whose properties are being read. */
struct device_scan {
	int node;
	const char *compatible;
	int len;
	bool enabled;
};

static void scan_prop(struct device_scan *scan, const struct fdt_walk *walk)
{
	if (!strcmp(walk->name, "compatible")) {
		scan->compatible = (const char *)walk->value;
		scan->len = (int)walk->len;
	} else if (!strcmp(walk->name, "status")) {
		scan->enabled =
			(walk->len == 5 && !memcmp(walk->value, "okay", 5)) ||
			(walk->len == 3 && !memcmp(walk->value, "ok", 3));
	}
}

int fdt_for_each_device(const void *fdt,
			int (*fn)(void *ctx, const void *fdt, int node,
				  const char *compatible, int len),
			void *ctx)
{
	struct device_scan scan = {.node = -1};
	int off_depth = 0; /* of the disabled node that we are inside */
	struct fdt_walk walk;
	enum fdt_token token;
	int depth = 0;
	int ret = 0;

	if (!fdt_walk_init(&walk, fdt))
		return 0;
	do {
		token = fdt_walk_next(&walk);
		if (token == FDT_TOKEN_PROP) {
			scan_prop(&scan, &walk);
			continue;
		}
		/* properties come before children: the node is known now */
		if (scan.node >= 0 && !scan.enabled && !off_depth)
			off_depth = depth;
		if (scan.node >= 0 && !off_depth && scan.compatible)
			ret = fn(ctx, fdt, scan.node, scan.compatible,
				 scan.len);
		scan = (struct device_scan){.node = -1, .enabled = true};
		depth = walk.depth;
		if (depth < off_depth)
			off_depth = 0;
		if (token == FDT_TOKEN_NODE)
			scan.node = walk.node;
	} while (token != FDT_TOKEN_DONE && ret == 0);
	return ret;
}

/* The answer leaves through @found: 0 is a node too. */
struct compatible_search {
	const char *const *list;
	int found;
};

static int search_compatible(void *ctx, const void *fdt, int node,
			     const char *compatible, int len)
{
	struct compatible_search *search = ctx;

	(void)fdt;
	for (const char *const *name = search->list; *name; name++) {
		if (fdt_stringlist_contains(compatible, len, *name)) {
			search->found = node;
			return 1;
		}
	}
	return 0;
}

int fdt_find_compatible(const void *fdt, const char *const *list)
{
	struct compatible_search search = {list, -FDT_ERR_NOTFOUND};

	(void)fdt_for_each_device(fdt, search_compatible, &search);
	return search.found;
}

/*
 * First node of which a property satisfies @fits. Properties stand before
 * children, so the node that was entered last is the one they belong to.
 */
static int first_node(const void *fdt,
		      bool (*fits)(const struct fdt_walk *walk,
				   const char *const *list),
		      const char *const *list)
{
	struct fdt_walk walk;
	enum fdt_token token;

	if (!fdt_walk_init(&walk, fdt))
		return -FDT_ERR_BADSTRUCTURE;
	while ((token = fdt_walk_next(&walk)) != FDT_TOKEN_DONE)
		if (token == FDT_TOKEN_PROP && fits(&walk, list))
			return walk.node;
	return -FDT_ERR_NOTFOUND;
}

static bool is_compatible(const struct fdt_walk *walk, const char *const *list)
{
	if (strcmp(walk->name, "compatible") != 0)
		return false;
	for (; *list; list++)
		if (fdt_stringlist_contains((const char *)walk->value,
					    (int)walk->len, *list))
			return true;
	return false;
}

int fdt_first_compatible(const void *fdt, const char *const *list)
{
	return first_node(fdt, is_compatible, list);
}

static bool is_named(const struct fdt_walk *walk, const char *const *list)
{
	for (; *list; list++)
		if (!strcmp(walk->name, *list))
			return true;
	return false;
}

int fdt_first_with(const void *fdt, const char *const *props)
{
	return first_node(fdt, is_named, props);
}

uint32_t fdt_phandle_unused(const void *fdt)
{
	static const char *const names[] = {"phandle", "linux,phandle", NULL};
	struct fdt_walk walk;
	enum fdt_token token;
	uint32_t max = 0;

	if (!fdt_walk_init(&walk, fdt))
		return 0;
	while ((token = fdt_walk_next(&walk)) != FDT_TOKEN_DONE) {
		uint32_t value;

		if (token != FDT_TOKEN_PROP || walk.len != 4)
			continue;
		/* the value first: it seldom fits, and is quick to compare */
		value = fdt_cell(walk.value, 0);
		if (value > max && value != UINT32_MAX &&
		    is_named(&walk, names))
			max = value;
	}
	return max < UINT32_MAX - 1 ? max + 1 : 0;
}

/* Looking first costs a tenth of what libfdt takes to find nothing. */
int fdt_drop(void *fdt, int node, const char *name)
{
	return fdt_prop(fdt, node, name, NULL) ? fdt_delprop(fdt, node, name)
					       : 0;
}
