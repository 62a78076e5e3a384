/* SPDX-License-Identifier: Apache-2.0 */
/* What drives a kind of clock provider. */
#ifndef DRIVERS_CLK_PRIVATE_H
#define DRIVERS_CLK_PRIVATE_H

#include <drivers/clk.h>

/* Deeper is a loop: nothing known has more than ten. */
#define CLK_DEPTH_MAX 16

struct clk_provider;
struct scmi_channel;

/**
 * struct clk_ops - those that are NULL cannot be had
 * @probe:  its registers and what else it needs: 0; -ENODEV; -ENOMEM
 * @has:    does it know @id?
 * @rate:   0: not known; @depth: how many clocks are above already
 * @parent: of @id becomes @clk: 0; -EINVAL: it cannot be
 */
struct clk_ops {
	const char *const *compatible;
	int (*probe)(struct clk_provider *p);
	bool (*has)(const struct clk_provider *p, uint32_t id);
	uint64_t (*rate)(const struct clk_provider *p, uint32_t id,
			 unsigned int depth);
	int (*enable)(const struct clk_provider *p, uint32_t id,
		      unsigned int depth);
	int (*set_rate)(const struct clk_provider *p, uint32_t id, uint64_t hz);
	int (*set_phase)(const struct clk_provider *p, uint32_t id,
			 unsigned int degrees);
	int (*parent)(const struct clk_provider *p, uint32_t id,
		      const struct clk *clk);
};

/** struct clk_provider - @soc to @count: its driver's; for ever */
struct clk_provider {
	const struct clk_ops *ops;
	const void *fdt;
	int node;
	const void *soc;
	struct scmi_channel *channel;
	volatile uint8_t *regs;
	uint32_t count;
	struct clk_provider *next;
};

/* Those that there are, as far as they are built in. */
extern const struct clk_ops cru_clk_ops, scmi_clk_ops;

/** clk_provider_get() - who drives @node: 0; -ENODEV: nobody; -ENOMEM */
int __must_check clk_provider_get(const void *fdt, int node,
				  const struct clk_provider **found);

/** clk_entry() - entry @index of @list in @node: 0; as clk_get(), and -ERANGE:
 * behind the last one */
int __must_check clk_entry(const void *fdt, int node, const char *list,
			   unsigned int index, struct clk *clk);

/** clk_rate_below(), clk_enable_below() - for a clock that is made of @clk */
uint64_t clk_rate_below(const struct clk *clk, unsigned int depth);
int __must_check clk_enable_below(const struct clk *clk, unsigned int depth);

#endif
