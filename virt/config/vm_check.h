/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the checker share. */
#ifndef VIRT_CONFIG_VM_CHECK_H
#define VIRT_CONFIG_VM_CHECK_H

#include <lib/fdt.h>
#include <virt/config.h>
#include <virt/span.h>

#include "report.h"

/** struct check - @intc: the machine's controller, a GIC where no tree tells */
struct check {
	const struct vm_config *const *configs;
	unsigned int count;
	const struct config_host *host;
	struct config_report *report;
	struct fdt_intc intc;
};

#define check_error(check, config, ...)                                        \
	config_finding((check)->report, CONFIG_ERROR, (config)->file, 0,       \
		       __VA_ARGS__)
#define check_warn(check, config, ...)                                         \
	config_finding((check)->report, CONFIG_WARNING, (config)->file, 0,     \
		       __VA_ARGS__)

static inline bool ranges_overlap(uint64_t a, uint64_t a_size, uint64_t b,
				  uint64_t b_size)
{
	return a_size && b_size && (a <= b ? b - a < a_size : a - b < b_size);
}

static inline bool range_within(uint64_t a, uint64_t a_size, uint64_t b,
				uint64_t b_size)
{
	return a >= b && a_size <= b_size && a - b <= b_size - a_size;
}

/** is_irq() - of a device? Other numbers in a file are dummies of AxVisor's */
static inline bool is_irq(const struct check *check, uint32_t irq)
{
	return irq >= check->intc.first && irq <= check->intc.last;
}

/** pt_irq_counts() - is a tuple's number an interrupt that goes with it? */
bool pt_irq_counts(const struct check *check,
		   const struct vm_pt_device *device);

/* The parts; each looks at one VM, or at all of them. */
void check_memory(struct check *check, const struct vm_config *config);
void check_devices(struct check *check, const struct vm_config *config);
void check_ivc(struct check *check, const struct vm_config *config);
void check_disk(struct check *check, const struct vm_config *config);
void check_disk_pair(struct check *check, const struct vm_config *a,
		     const struct vm_config *b);
void check_cpus(struct check *check);
void check_between(struct check *check, const struct vm_config *a,
		   const struct vm_config *b);
void check_fdt(struct check *check);
/** check_arch() - kernels, windows and addresses by the board's architecture */
void check_arch(struct check *check);
/** check_dma() - devices that master the bus, and RAM that is elsewhere */
void check_dma(struct check *check);
/** check_sched() - budgets: is more promised of a CPU than there is? */
void check_sched(struct check *check);
/** config_gives_path() - by a path that is the node's or above. @index: of
 * passthrough_devices */
bool config_gives_path(const struct vm_config *config, const char *path,
		       unsigned int *index);
/** config_gives_range() - by addresses: @key and @index say which */
bool config_gives_range(const struct vm_config *config, const void *fdt,
			int node, const char **key, unsigned int *index);
/** host_keeps() - as what the host keeps a node of the tree, NULL: not */
const char *host_keeps(const void *fdt, int node);
/** host_keeps_range() - pages of one such node: whoever names them gets none */
bool host_keeps_range(const void *fdt, uint64_t base, uint64_t size);
/** config_excludes() - is it, or what it is below, in excluded_devices? */
bool config_excludes(const struct vm_config *config, const char *path);
/** has_budget() - of any of its vCPUs */
bool has_budget(const struct vm_config *config);

#endif
