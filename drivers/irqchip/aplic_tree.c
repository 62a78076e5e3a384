/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which domain is the harts' S level's, and what is its own: binding
 * riscv,aplic. A tree lists every domain that firmware lets be seen; one whose
 * output is machine level's is not ours.
 */
#include "aplic_regs.h"
#include "intc_tree.h"

#include <errno.h>
#include <lib/fdt.h>
#include <lib/log.h>
#include <libfdt.h>
#include <string.h>

#define LOG_TAG "aplic"

static const char *const aplic_compatible[] = {"riscv,aplic", NULL};

/* What the first entry of a list of harts' interrupts drives; < 0: no list. */
static int cause_of(const void *fdt, int node)
{
	const fdt32_t *entry;
	int len;

	entry = fdt_getprop(fdt, node, "interrupts-extended", &len);
	if (!entry || len < 8 || len % 8)
		return -1;
	for (; len; len -= 8, entry += 2)
		if (fdt32_ld(entry + 1) != UINT32_MAX)
			return (int)fdt32_ld(entry + 1);
	return -1;
}

/* Domain by domain, S level's lies below machine level's. */
int aplic_tree_level(const void *fdt, int node, int *msi_parent)
{
	const fdt32_t *parent;
	int cause, len;

	*msi_parent = -1;
	parent = fdt_getprop(fdt, node, "msi-parent", &len);
	if (parent) {
		if (len >= 4)
			*msi_parent = fdt_phandle_node(fdt, fdt32_ld(parent));
		if (*msi_parent < 0) {
			log_err("%s: msi-parent names no node",
				fdt_get_name(fdt, node, NULL));
			return -EINVAL;
		}
	}
	cause = cause_of(fdt, parent ? *msi_parent : node);
	if (cause < 0) {
		log_err("%s: interrupts-extended is no list of harts' "
			"interrupts",
			fdt_get_name(fdt, parent ? *msi_parent : node, NULL));
		return -EINVAL;
	}
	return cause == CAUSE_S_EXTERNAL ? 0 : -ENODEV;
}

/*
 * Sources
 */

static bool lists(const fdt32_t *cells, int len, uint32_t phandle)
{
	for (int i = 0; cells && i < len / 4; i++)
		if (fdt32_ld(cells + i) == phandle)
			return true;
	return false;
}

/* The domain above; < 0: none. */
static int parent_find(const void *fdt, uint32_t phandle)
{
	struct fdt_scan scan;
	const fdt32_t *children;
	int len;

	if (!phandle || !fdt_scan_init(&scan, fdt))
		return -1;
	while (fdt_scan_next(&scan)) {
		if (!fdt_node_compatible_any(fdt, scan.node, aplic_compatible))
			continue;
		children = fdt_getprop(fdt, scan.node, "riscv,children", &len);
		if (lists(children, len, phandle))
			return scan.node;
	}
	return -1;
}

/*
 * Several of one level: a machine of several sockets has one for each, and
 * firmware may open more of them.
 */

struct count {
	int parent;
	unsigned int irqs;
};

static int count_irqs(void *ctx, const void *fdt, int node,
		      const char *compatible __unused_arg, int len __unused_arg)
{
	struct count *count = ctx;
	struct fdt_irq irq;

	/* domains are no devices */
	if (fdt_node_compatible_any(fdt, node, aplic_compatible))
		return 0;
	for (unsigned int i = 0; !fdt_node_irq(fdt, node, i, &irq); i++)
		count->irqs += irq.parent == count->parent;
	return 0;
}

unsigned int aplic_tree_devices(const void *fdt, int node)
{
	struct count count = {.parent = node};

	(void)fdt_for_each_device(fdt, count_irqs, &count);
	return count.irqs;
}

/* Does a domain, or do its IMSICs, interrupt a CPU at S level? */
static bool reaches(const void *fdt, int node, unsigned int cpu)
{
	struct intc_tree intcs;
	const fdt32_t *entry;
	int len;

	entry = fdt_getprop(fdt, node, "interrupts-extended", &len);
	intc_tree_read(&intcs, fdt);
	for (; entry && len >= 8; len -= 8, entry += 2)
		if (fdt32_ld(entry + 1) == CAUSE_S_EXTERNAL &&
		    intc_tree_cpu(&intcs, fdt32_ld(entry)) == (int)cpu)
			return true;
	return false;
}

static bool has_console(const void *fdt, int node)
{
	int console = fdt_stdout_node(fdt);
	struct fdt_irq irq;

	return console >= 0 && !fdt_node_irq(fdt, console, 0, &irq) &&
	       irq.parent == node;
}

/* @worth: it has the CPU: 2, it has the console: 1 */
struct choice {
	unsigned int cpu;
	int node;
	int worth;
};

static bool is_better(const struct choice *best, const void *fdt, int node,
		      int worth)
{
	if (best->node < 0 || worth != best->worth)
		return best->node < 0 || worth > best->worth;
	return aplic_tree_devices(fdt, node) >
	       aplic_tree_devices(fdt, best->node);
}

static int consider(void *ctx, const void *fdt, int node,
		    const char *compatible, int len)
{
	struct choice *best = ctx;
	int files, parent, above, worth;

	if (!fdt_strings_have(compatible, (uint32_t)len, aplic_compatible) ||
	    aplic_tree_level(fdt, node, &files))
		return 0;
	above = parent_find(fdt, fdt_get_phandle(fdt, node));
	if (above >= 0 && !aplic_tree_level(fdt, above, &parent))
		return 0;
	worth = 2 * reaches(fdt, files < 0 ? node : files, best->cpu) +
		has_console(fdt, node);
	if (is_better(best, fdt, node, worth)) {
		best->node = node;
		best->worth = worth;
	}
	return 0;
}

int aplic_tree_choose(const void *fdt, unsigned int cpu)
{
	struct choice best = {.cpu = cpu, .node = -1};

	(void)fdt_for_each_device(fdt, consider, &best);
	return best.node;
}

static void give(struct aplic *aplic, uint32_t first, uint32_t last)
{
	first = first ? first : 1;
	last = MIN(last, (uint32_t)aplic->source_count);
	for (uint32_t source = first; source <= last; source++)
		aplic->given[source / 32] |= 1u << source % 32;
}

/*
 * riscv,delegation of the domain above: child, first, last. QEMU before 9.1
 * called it riscv,delegate. Where none is above, or it says nothing, firmware
 * has set up what we see.
 */
static int given_read(const void *fdt, int node, struct aplic *aplic)
{
	uint32_t phandle = fdt_get_phandle(fdt, node);
	int parent = parent_find(fdt, phandle);
	const fdt32_t *cells = NULL;
	bool any = false;
	int len = 0;

	memset(aplic->given, 0, sizeof(aplic->given));
	if (parent >= 0) {
		cells = fdt_getprop(fdt, parent, "riscv,delegation", &len);
		if (!cells)
			cells = fdt_getprop(fdt, parent, "riscv,delegate",
					    &len);
	}
	if (!cells) {
		give(aplic, 1, aplic->source_count);
		return 0;
	}
	if (len % 12) {
		log_err("%s: riscv,delegation is no list of child, first and "
			"last source",
			fdt_get_name(fdt, parent, NULL));
		return -EINVAL;
	}
	for (; len; len -= 12, cells += 3) {
		if (fdt32_ld(cells) != phandle)
			continue;
		if (fdt32_ld(cells + 1) > fdt32_ld(cells + 2)) {
			log_err("%s: riscv,delegation: source %u to %u is no "
				"range",
				fdt_get_name(fdt, parent, NULL),
				fdt32_ld(cells + 1), fdt32_ld(cells + 2));
			return -EINVAL;
		}
		give(aplic, fdt32_ld(cells + 1), fdt32_ld(cells + 2));
		any = true;
	}
	if (!any)
		log_warn("%s delegates no source to us: no device interrupts",
			 fdt_get_name(fdt, parent, NULL));
	return 0;
}

/* Return: riscv,num-sources, as far as they can be used; 0: logged */
static unsigned int sources_of(const void *fdt, int node, unsigned int max)
{
	int len;
	const fdt32_t *count =
		fdt_getprop(fdt, node, "riscv,num-sources", &len);

	if (!count || len != 4 || !fdt32_ld(count) ||
	    fdt32_ld(count) > APLIC_SOURCES_MAX) {
		log_err("riscv,num-sources does not say how many sources there "
			"are: 1 to %u",
			APLIC_SOURCES_MAX);
		return 0;
	}
	if (fdt32_ld(count) > max)
		log_warn("%u sources: only %u are used", fdt32_ld(count), max);
	return MIN(fdt32_ld(count), (uint32_t)max);
}

/*
 * Direct mode: the n-th entry of interrupts-extended is IDC n, unless
 * riscv,hart-indexes numbers them.
 */
static int harts_read(const void *fdt, int node, uint64_t size_bytes,
		      struct aplic *aplic)
{
	struct intc_tree intcs;
	const fdt32_t *entry, *indexes;
	int cpu, len, indexes_len;
	uint32_t hart;

	entry = fdt_getprop(fdt, node, "interrupts-extended", &len);
	if (!entry || !len || len % 8) {
		log_err("interrupts-extended is no list of harts' interrupts");
		return -EINVAL;
	}
	indexes = fdt_getprop(fdt, node, "riscv,hart-indexes", &indexes_len);
	if (indexes && indexes_len != len / 2) {
		log_err("riscv,hart-indexes has not one number for each of "
			"interrupts-extended");
		return -EINVAL;
	}
	intc_tree_read(&intcs, fdt);
	for (uint32_t i = 0; i < (uint32_t)len / 8; i++, entry += 2) {
		cpu = intc_tree_cpu(&intcs, fdt32_ld(entry));
		if (cpu < 0 || fdt32_ld(entry + 1) != CAUSE_S_EXTERNAL)
			continue;
		hart = indexes ? fdt32_ld(indexes + i) : i;
		if (hart >= APLIC_HARTS_MAX ||
		    APLIC_IDC((uint64_t)hart + 1) > size_bytes) {
			log_err("hart index %u of cpu%d lies beyond the %#lx "
				"bytes of reg",
				hart, cpu, (unsigned long)size_bytes);
			continue;
		}
		aplic->hart[cpu] = hart;
	}
	return 0;
}

int aplic_tree_read(const void *fdt, int node, uint64_t size_bytes,
		    unsigned int sources_max, struct aplic *aplic)
{
	int err;

	aplic->source_count = sources_of(fdt, node, sources_max);
	if (!aplic->source_count)
		return -EINVAL;
	if (size_bytes < APLIC_SIZE_MSI) {
		log_err("reg has %#lx bytes, an APLIC has %#x",
			(unsigned long)size_bytes, APLIC_SIZE_MSI);
		return -EINVAL;
	}
	err = given_read(fdt, node, aplic);
	if (!err && !aplic->msi) {
		for (unsigned int i = 0; i < CPU_MAX; i++)
			aplic->hart[i] = APLIC_NO_HART;
		err = harts_read(fdt, node, size_bytes, aplic);
	}
	return err;
}
