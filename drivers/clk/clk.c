/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clocks by the tree: who provides them, and the two kinds that are nothing
 * but a number. Devicetree bindings "clock/clock.yaml", "fixed-clock" and
 * "fixed-factor-clock".
 */
#include "clk.h"

#include <errno.h>
#include <lib/fdt_args.h>
#include <lib/log.h>
#include <libfdt.h>
#include <mm/heap.h>

#define LOG_TAG "clk"

/* More of a device's list is damage. */
#define LIST_MAX 32u

/* Pushed only, each one complete: two that are the same do no harm. */
static struct clk_provider *providers; /* atomic */

static bool number_has(const struct clk_provider *p __unused_arg, uint32_t id)
{
	return !id;
}

static uint64_t fixed_rate(const struct clk_provider *p,
			   uint32_t id __unused_arg,
			   unsigned int depth __unused_arg)
{
	return fdt_u32(p->fdt, p->node, "clock-frequency", 0);
}

static uint64_t factor_rate(const struct clk_provider *p,
			    uint32_t id __unused_arg, unsigned int depth)
{
	uint32_t div = fdt_u32(p->fdt, p->node, "clock-div", 0);
	uint32_t mult = fdt_u32(p->fdt, p->node, "clock-mult", 0);
	struct clk clk;
	uint64_t hz;

	if (!div || clk_entry(p->fdt, p->node, "clocks", 0, &clk))
		return 0;
	hz = clk_rate_below(&clk, depth);
	return hz <= UINT32_MAX ? hz * mult / div : 0;
}

static int factor_enable(const struct clk_provider *p, uint32_t id __unused_arg,
			 unsigned int depth)
{
	struct clk clk;
	int err = clk_entry(p->fdt, p->node, "clocks", 0, &clk);

	return err ? err : clk_enable_below(&clk, depth);
}

static const struct clk_ops fixed_ops = {
	.compatible = (const char *const[]){"fixed-clock", NULL},
	.has = number_has,
	.rate = fixed_rate,
};
static const struct clk_ops factor_ops = {
	.compatible = (const char *const[]){"fixed-factor-clock", NULL},
	.has = number_has,
	.rate = factor_rate,
	.enable = factor_enable,
};

static const struct clk_ops *const kinds[] = {
	&fixed_ops,
	&factor_ops,
#ifdef CONFIG_CLK_ROCKCHIP
	&cru_clk_ops,
#endif
#ifdef CONFIG_SCMI
	&scmi_clk_ops,
#endif
};

static int provider_new(const void *fdt, int node,
			const struct clk_provider **found)
{
	const struct clk_ops *ops = NULL;
	struct clk_provider *p;
	int err;

	for (unsigned int i = 0; !ops && i < ARRAY_SIZE(kinds); i++)
		/* SCMI's protocols have no compatible: its probe looks */
		if (!kinds[i]->compatible ||
		    fdt_node_compatible_any(fdt, node, kinds[i]->compatible))
			ops = kinds[i];
	if (!ops)
		return -ENODEV;
	p = heap_alloc(sizeof(*p));
	if (!p)
		return -ENOMEM;
	*p = (struct clk_provider){.ops = ops, .fdt = fdt, .node = node};
	err = ops->probe ? ops->probe(p) : 0;
	if (err) {
		heap_free(p);
		return err;
	}
	p->next = __atomic_load_n(&providers, __ATOMIC_RELAXED);
	/* pairs with the acquire of who walks the list */
	while (!__atomic_compare_exchange_n(&providers, &p->next, p, false,
					    __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
	*found = p;
	return 0;
}

int clk_provider_get(const void *fdt, int node,
		     const struct clk_provider **found)
{
	const struct clk_provider *p =
		__atomic_load_n(&providers, __ATOMIC_ACQUIRE);

	while (p && (p->node != node || p->fdt != fdt))
		p = p->next;
	*found = p;
	return p ? 0 : provider_new(fdt, node, found);
}

int clk_entry(const void *fdt, int node, const char *list, unsigned int index,
	      struct clk *clk)
{
	struct fdt_args args;
	int err = fdt_args(fdt, node, list, "#clock-cells", index, &args);

	if (!err && args.count > 1)
		err = -EINVAL;
	if (!err)
		err = clk_provider_get(fdt, args.node, &clk->from);
	if (err)
		return err;
	clk->id = args.count ? args.cells[0] : 0;
	if (clk->from->ops->has(clk->from, clk->id))
		return 0;
	log_warn("%s: clock %u of %s is not known here: as firmware left it",
		 fdt_get_name(fdt, node, NULL), clk->id,
		 fdt_get_name(fdt, args.node, NULL));
	return -ENOENT;
}

int clk_get(const void *fdt, int node, const char *name, struct clk *clk)
{
	int index =
		name ? fdt_strings_index(fdt, node, "clock-names", name) : 0;
	int err = index < 0 ? -ENOENT
			    : clk_entry(fdt, node, "clocks",
					(unsigned int)index, clk);

	return err == -ERANGE ? -ENOENT : err;
}

uint64_t clk_rate_below(const struct clk *clk, unsigned int depth)
{
	if (depth >= CLK_DEPTH_MAX)
		return 0;
	return clk->from->ops->rate(clk->from, clk->id, depth + 1);
}

uint64_t clk_rate(const struct clk *clk)
{
	return clk_rate_below(clk, 0);
}

int clk_enable_below(const struct clk *clk, unsigned int depth)
{
	const struct clk_ops *ops = clk->from->ops;

	if (depth >= CLK_DEPTH_MAX)
		return -EINVAL;
	return ops->enable ? ops->enable(clk->from, clk->id, depth + 1) : 0;
}

int clk_enable(const struct clk *clk)
{
	return clk_enable_below(clk, 0);
}

int clk_set_rate(const struct clk *clk, uint64_t hz)
{
	const struct clk_ops *ops = clk->from->ops;

	return ops->set_rate ? ops->set_rate(clk->from, clk->id, hz) : -EPERM;
}

int clk_set_phase(const struct clk *clk, unsigned int degrees)
{
	const struct clk_ops *ops = clk->from->ops;

	return ops->set_phase ? ops->set_phase(clk->from, clk->id, degrees)
			      : -EINVAL;
}

/* One of "assigned-clocks": its source first, then its rate. */
static int assign(const void *fdt, int node, unsigned int index,
		  const struct clk *clk)
{
	const struct clk_ops *ops = clk->from->ops;
	struct clk parent;
	int len, err = 0;
	const void *rates = fdt_prop(fdt, node, "assigned-clock-rates", &len);
	uint32_t hz = 0;

	if (!clk_entry(fdt, node, "assigned-clock-parents", index, &parent))
		err = ops->parent ? ops->parent(clk->from, clk->id, &parent)
				  : -EPERM;
	if (!err && rates && index < (unsigned int)len / 4)
		hz = fdt_cell(rates, index);
	return hz && clk_rate(clk) != hz ? clk_set_rate(clk, hz) : err;
}

void clk_node_start(const void *fdt, int node)
{
	struct clk clk;
	int err = 0;

	for (unsigned int i = 0; i < LIST_MAX && err != -ERANGE; i++) {
		err = clk_entry(fdt, node, "clocks", i, &clk);
		if (!err)
			err = clk_enable(&clk);
		if (err && err != -ERANGE && err != -ENOENT)
			log_warn("%s: clock %u: error %d, left as it is",
				 fdt_get_name(fdt, node, NULL), i, err);
		if (err == -EINVAL)
			break;
	}
	err = 0;
	for (unsigned int i = 0; i < LIST_MAX && err != -ERANGE; i++) {
		err = clk_entry(fdt, node, "assigned-clocks", i, &clk);
		if (err == -EINVAL)
			break;
		if (!err && assign(fdt, node, i, &clk))
			log_warn("%s: assigned-clocks, %u: cannot be done",
				 fdt_get_name(fdt, node, NULL), i);
	}
}
