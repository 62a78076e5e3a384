/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host device tree: a private copy, and queries that apply the
 * Devicetree Specification's rules (cells, ranges, interrupt parents).
 *
 * The functions with a @fdt argument work on any tree and are pure.
 */
#ifndef LIB_FDT_H
#define LIB_FDT_H

#include <lib/fdt_walk.h>
#include <lib/types.h>
#include <lib/util.h>

/** host_fdt() - the machine's tree; NULL until the "memory" step of boot */
const void *host_fdt(void);

/** fdt_set_host() - what host_fdt() answers from now on */
void fdt_set_host(const void *fdt);

struct fdt_reg {
	uint64_t addr; /* CPU address, translated through every ranges */
	uint64_t size;
};

/**
 * fdt_node_reg() - entry @index of a node's reg
 *
 * Return: 0; -ENOENT past the end or no reg; -EINVAL when malformed; -ERANGE
 * when a bus on the way does not map it to CPU addresses.
 */
int fdt_node_reg(const void *fdt, int node, unsigned int index,
		 struct fdt_reg *reg);

/**
 * struct fdt_scan - all nodes of a tree in their order, in one pass
 * @depth: of @node; the root's is 0
 * @chain: the nodes from the root to @node, both included
 */
struct fdt_scan {
	struct fdt_walk walk;
	const void *fdt;
	const char *name;
	int node;
	int depth;
	int chain[FDT_DEPTH_MAX];
};

/** fdt_scan_init() - Return: false when the header makes no sense */
bool fdt_scan_init(struct fdt_scan *scan, const void *fdt);

/** fdt_scan_next() - the next node; false at the end, or at damage */
bool fdt_scan_next(struct fdt_scan *scan);

/** fdt_scan_reg() - fdt_node_reg() of @node, without looking for it */
int fdt_scan_reg(const struct fdt_scan *scan, unsigned int index,
		 struct fdt_reg *reg);

/** fdt_scan_path() - the path of @node; false: longer than @size_bytes */
bool fdt_scan_path(const struct fdt_scan *scan, char *path, size_t size_bytes);

/** fdt_parent() - the node above, by one pass up to @node; < 0: none */
int fdt_parent(const void *fdt, int node);

/** struct fdt_irq - one interrupt specifier, three cells at the most kept */
struct fdt_irq {
	int parent; /* the controller's node */
	uint32_t cells[4];
	unsigned int cell_count;
};

/**
 * fdt_node_irq() - entry @index of interrupts or interrupts-extended
 *
 * Return: 0; -ENOENT; -EINVAL.
 */
int fdt_node_irq(const void *fdt, int node, unsigned int index,
		 struct fdt_irq *irq);

/**
 * fdt_gic_intid() - a GIC specifier's INTID (type, number, flags cells)
 *
 * Return: 16..1019; -EINVAL.
 */
int fdt_gic_intid(const struct fdt_irq *irq, bool *edge);

/** struct fdt_intc - a controller, and the numbers that devices have there */
struct fdt_intc {
	const char *name; /* "GIC", "PLIC", "APLIC" */
	unsigned int first, last;
};

/** fdt_intc_get() - by its node. Return: false: it is none that is known */
bool fdt_intc_get(const void *fdt, int node, struct fdt_intc *intc);

/**
 * fdt_irq_number() - what a specifier means, by its controller's compatible
 *
 * Where a controller's driver runs, irq_of_fdt() asks that instead.
 *
 * Return: the number as `irq` and guest files have it, 1..1023; -EINVAL.
 */
int fdt_irq_number(const void *fdt, const struct fdt_irq *irq, bool *edge);

/**
 * fdt_for_each_device() - call @fn for every enabled node with a compatible
 * @fn: node, its compatible strings and their length; not 0 ends the walk
 *
 * Nodes below a disabled one are disabled too. One pass over the tree.
 *
 * Return: what @fn returned last; 0.
 */
int fdt_for_each_device(const void *fdt,
			int (*fn)(void *ctx, const void *fdt, int node,
				  const char *compatible, int len),
			void *ctx);

/** fdt_find_compatible() - first enabled node with one of @list; < 0: none */
int fdt_find_compatible(const void *fdt, const char *const *list);

/** fdt_first_compatible() - first node with one of @list, enabled or not */
int fdt_first_compatible(const void *fdt, const char *const *list);

/** fdt_first_with() - first node with a property of one of these names */
int fdt_first_with(const void *fdt, const char *const *props);

/** fdt_phandle_node() - node with this phandle; < 0: none */
int fdt_phandle_node(const void *fdt, uint32_t phandle);

/** fdt_phandle_unused() - a phandle that no node has; 0: none is left */
uint32_t fdt_phandle_unused(const void *fdt);

/** fdt_drop() - fdt_delprop() of what need not be there; 0 or libfdt's error */
int fdt_drop(void *fdt, int node, const char *name);

/**
 * fdt_path_node() - the node of an absolute path of @len characters
 *
 * As libfdt has it, a component without unit address fits any; but in one pass.
 *
 * Return: offset; -ENOENT; -EINVAL.
 */
int fdt_path_node(const void *fdt, const char *path, size_t len);

/** fdt_stdout_node() - node of /chosen's stdout-path; < 0: none named */
int fdt_stdout_node(const void *fdt);

/** fdt_node_enabled() - status is absent, "okay" or "ok" */
bool fdt_node_enabled(const void *fdt, int node);

/** fdt_node_compatible_any() - any string of compatible equals one of @list */
bool fdt_node_compatible_any(const void *fdt, int node,
			     const char *const *list);

#endif
