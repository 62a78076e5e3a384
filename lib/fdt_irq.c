/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interrupt numbers by a tree alone, for who has no controller's driver to
 * ask: the checker of guest files. Each binding has its own specifiers.
 */
#include <lib/fdt.h>

#include <errno.h>
#include <libfdt.h>

/**
 * struct binding - of a controller
 * @list:   its compatible strings, up to NULL
 * @count:  property that says how many sources there are; NULL: @last
 * @number: of a specifier
 */
struct binding {
	const char *name;
	const char *list[4];
	const char *count;
	unsigned int first, last;
	int (*number)(const struct fdt_irq *irq, bool *edge);
};

/* riscv,plic0: the number, and where there is a second cell the trigger */
static int plic_number(const struct fdt_irq *irq, bool *edge)
{
	*edge = irq->cell_count > 1 && (irq->cells[1] & 0x3);
	return (int)irq->cells[0];
}

/* riscv,aplic: the number, the trigger */
static int aplic_number(const struct fdt_irq *irq, bool *edge)
{
	return irq->cell_count < 2 ? -EINVAL : plic_number(irq, edge);
}

static const struct binding bindings[] = {
	{"GIC",
	 {"arm,gic-v3", "arm,gic-400", "arm,cortex-a15-gic"},
	 NULL,
	 32,
	 1019,
	 fdt_gic_intid},
	{"PLIC",
	 {"sifive,plic-1.0.0", "riscv,plic0"},
	 "riscv,ndev",
	 1,
	 1023,
	 plic_number},
	{"APLIC", {"riscv,aplic"}, "riscv,num-sources", 1, 1023, aplic_number},
};

static const struct binding *binding_of(const void *fdt, int node)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(bindings); i++)
		if (fdt_node_compatible_any(fdt, node, bindings[i].list))
			return &bindings[i];
	return NULL;
}

bool fdt_intc_get(const void *fdt, int node, struct fdt_intc *intc)
{
	const struct binding *b = binding_of(fdt, node);
	const fdt32_t *count = NULL;
	int len;

	if (!b)
		return false;
	*intc = (struct fdt_intc){b->name, b->first, b->last};
	if (b->count)
		count = fdt_getprop(fdt, node, b->count, &len);
	if (count && len == 4)
		intc->last = MIN(fdt32_ld(count), (uint32_t)b->last);
	return true;
}

int fdt_irq_number(const void *fdt, const struct fdt_irq *irq, bool *edge)
{
	const struct binding *b = binding_of(fdt, irq->parent);
	int number = b ? b->number(irq, edge) : -EINVAL;

	return number < 1 || number > 1023 ? -EINVAL : number;
}
