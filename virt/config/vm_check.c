/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All configurations together: names, CPUs, and the order of the checks.
 *
 * Errors are for what cannot work or would harm; warnings for what is cut
 * out, adjusted or ignored.
 */
#include "vm_check.h"

#include <errno.h>
#include <libfdt.h>
#include <string.h>

static const struct config_host unknown_host;

static void check_identity(struct check *check, const struct vm_config *a,
			   const struct vm_config *b)
{
	if (a->id == b->id)
		check_error(check, b,
			    "base.id: %u is already the id of %s (VM "
			    "\"%.30s\"); choose another",
			    b->id, a->file, a->name);
	if (!strcmp(a->name, b->name))
		check_error(check, b,
			    "base.name: \"%.60s\" is already the name of %s; "
			    "choose another",
			    b->name, a->file);
}

static bool host_has_cpu(const struct config_host *host, uint64_t hwid)
{
	unsigned int i;

	for (i = 0; i < host->cpu_count; i++)
		if (host->cpu_hwids[i] == hwid)
			return true;
	return false;
}

static void check_cpu_id(struct check *check, const struct vm_config *config,
			 unsigned int vcpu)
{
	const struct config_host *host = check->host;
	uint64_t id = config->phys_cpu_ids[vcpu];
	unsigned int i;

	for (i = 0; i < vcpu; i++)
		if (config->phys_cpu_ids[i] == id)
			check_error(check, config,
				    "base.phys_cpu_ids[%u]: 0x%lx is already "
				    "vCPU %u's; each vCPU shows its own",
				    vcpu, (unsigned long)id, i);
	if (host->cpu_count && host->cpu_hwids && !host_has_cpu(host, id))
		check_error(
			check, config,
			"base.phys_cpu_ids[%u]: 0x%lx: no such CPU; this "
			"machine has %u, the first 0x%lx, the last 0x%lx",
			vcpu, (unsigned long)id, host->cpu_count,
			(unsigned long)host->cpu_hwids[0],
			(unsigned long)host->cpu_hwids[host->cpu_count - 1]);
}

static void check_cpu_set(struct check *check, const struct vm_config *config,
			  unsigned int vcpu)
{
	unsigned int cpus = check->host->cpu_count;
	uint64_t set = config->phys_cpu_sets[vcpu];
	uint64_t there = cpus && cpus < 64 ? BIT(cpus) - 1 : ~(uint64_t)0;

	if (!set)
		check_error(check, config,
			    "base.phys_cpu_sets[%u]: 0x0 names no CPU; set a "
			    "bit for each allowed one",
			    vcpu);
	else if (!(set & there))
		check_error(check, config,
			    "base.phys_cpu_sets[%u]: 0x%lx names no CPU of "
			    "this machine, which has %u; use bits 0x%lx",
			    vcpu, (unsigned long)set, cpus,
			    (unsigned long)there);
	else if (set & ~there)
		check_warn(check, config,
			   "base.phys_cpu_sets[%u]: 0x%lx names CPUs that do "
			   "not exist; 0x%lx remains",
			   vcpu, (unsigned long)set,
			   (unsigned long)(set & there));
}

/* CPUs that a VM claims alone: passthrough interrupts, each vCPU pinned. */
static uint64_t claimed_cpus(const struct vm_config *config)
{
	uint64_t claim = 0;
	unsigned int i;

	if (config->irq_mode != VM_IRQ_PASSTHROUGH || !config->phys_cpu_sets ||
	    has_budget(config))
		return 0;
	for (i = 0; i < config->vcpu_count; i++) {
		if (config->phys_cpu_sets[i] & (config->phys_cpu_sets[i] - 1))
			return 0;
		claim |= config->phys_cpu_sets[i];
	}
	return claim;
}

/* CPUs that a VM may run on. */
static uint64_t used_cpus(const struct vm_config *config)
{
	uint64_t used = 0;
	unsigned int i;

	if (!config->phys_cpu_sets)
		return ~(uint64_t)0;
	for (i = 0; i < config->vcpu_count; i++)
		used |= config->phys_cpu_sets[i];
	return used;
}

static void check_owned(struct check *check, const struct vm_config *a,
			const struct vm_config *b)
{
	uint64_t owned = claimed_cpus(a);
	uint64_t both = owned & claimed_cpus(b);

	if (both)
		check_error(check, b,
			    "base.phys_cpu_sets: CPUs 0x%lx are owned by %s "
			    "(VM \"%.30s\") as well, both with interrupt_mode "
			    "= \"passthrough\"; choose others, or "
			    "interrupt_mode = \"emulated\" to share them",
			    (unsigned long)both, a->file, a->name);
	else if (owned & used_cpus(b))
		check_warn(check, a,
			   "devices.interrupt_mode: \"passthrough\" becomes "
			   "emulated with forwarded interrupts: %s (VM "
			   "\"%.30s\") may run on the same CPUs 0x%lx",
			   b->file, b->name,
			   (unsigned long)(owned & used_cpus(b)));
}

void check_cpus(struct check *check)
{
	const struct vm_config *config;
	unsigned int i, j;

	for (i = 0; i < check->count; i++) {
		config = check->configs[i];
		for (j = 0; config->phys_cpu_ids && j < config->vcpu_count; j++)
			check_cpu_id(check, config, j);
		for (j = 0; config->phys_cpu_sets && j < config->vcpu_count;
		     j++)
			check_cpu_set(check, config, j);
	}
}

/* The machine's controller: the first that its tree has. */
static void intc_find(struct check *check)
{
	const void *fdt = check->host->fdt;
	int node = -1;

	check->intc = (struct fdt_intc){"GIC", 32, 1019};
	while (fdt && (node = fdt_next_node(fdt, node, NULL)) >= 0)
		if (fdt_node_enabled(fdt, node) &&
		    fdt_intc_get(fdt, node, &check->intc))
			return;
}

int vm_config_check(const struct vm_config *const *configs, unsigned int count,
		    const struct config_host *host,
		    struct config_report *report)
{
	unsigned int errors = report->error_count;
	struct check check = {
		.configs = configs,
		.count = count,
		.host = host ? host : &unknown_host,
		.report = report,
	};
	unsigned int i, j;

	intc_find(&check);
	check_cpus(&check);
	for (i = 0; i < count; i++) {
		check_memory(&check, configs[i]);
		check_devices(&check, configs[i]);
		check_ivc(&check, configs[i]);
		check_disk(&check, configs[i]);
	}
	for (i = 0; i < count; i++) {
		for (j = 0; j < count; j++) {
			if (j > i) {
				check_identity(&check, configs[i], configs[j]);
				check_between(&check, configs[i], configs[j]);
				check_disk_pair(&check, configs[i], configs[j]);
			}
			/* a claim on both sides is said once */
			if (j > i || (j < i && !(claimed_cpus(configs[i]) &
						 claimed_cpus(configs[j]))))
				check_owned(&check, configs[i], configs[j]);
		}
	}
	check_sched(&check);
	if (check.host->fdt)
		check_fdt(&check);
	return report->error_count == errors ? 0 : -EINVAL;
}
