/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Queries on device trees: addresses through their buses, interrupts to their
 * controllers. Devicetree Specification v0.4, 2.3 and 2.4.
 */
#include <lib/fdt.h>

#include <errno.h>
#include <string.h>

#include <libfdt.h>

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
		chain[walk.depth - 1] = walk.node;
		if (walk.node == node)
			return walk.depth;
	} while (token != FDT_TOKEN_DONE && (int)walk.offset <= node + 4);
	return -EINVAL;
}

int fdt_parent(const void *fdt, int node)
{
	int chain[FDT_DEPTH_MAX];
	int depth = fdt_chain(fdt, node, chain);

	return depth < 2 ? -FDT_ERR_NOTFOUND : chain[depth - 2];
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
	scan->depth = scan->walk.depth - 1;
	scan->node = scan->walk.node;
	scan->name = scan->walk.name;
	scan->chain[scan->depth] = scan->node;
	return true;
}

bool fdt_scan_path(const struct fdt_scan *scan, char *path, size_t size_bytes)
{
	size_t at = 0;

	for (int i = MIN(scan->depth, 1); i <= scan->depth; i++) {
		/* a node's name stands behind its token */
		const char *name =
			(const char *)scan->walk.structs + scan->chain[i] + 4;
		size_t len = strlen(name);

		if (size_bytes - at < len + 2)
			return false;
		path[at++] = '/';
		memcpy(path + at, name, len + 1);
		at += len;
	}
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

/* Looking first costs a tenth of what libfdt takes to find nothing. */
int fdt_drop(void *fdt, int node, const char *name)
{
	return fdt_prop(fdt, node, name, NULL) ? fdt_delprop(fdt, node, name)
					       : 0;
}
