/* SPDX-License-Identifier: Apache-2.0 */
/* Budgets of all VMs together: what each CPU is promised to how many. */
#include "vm_check.h"

#define WHOLE 10000 /* a CPU, in hundredths of a per cent */

bool has_budget(const struct vm_config *config)
{
	unsigned int i;

	for (i = 0; config->sched && i < config->vcpu_count; i++)
		if (config->sched[i].budget_us)
			return true;
	return false;
}

/* What a vCPU is promised of CPU @cpu, if it is bound to that. */
static uint64_t promised(const struct vm_config *config, unsigned int vcpu,
			 unsigned int cpu)
{
	const struct vm_sched *s = &config->sched[vcpu];

	if (!config->phys_cpu_sets || config->phys_cpu_sets[vcpu] != BIT(cpu) ||
	    !s->budget_us)
		return 0;
	return (uint64_t)s->budget_us * WHOLE / s->period_us;
}

static void check_cpu(struct check *check, unsigned int cpu)
{
	const struct vm_config *last = NULL;
	unsigned int i, j, vcpus = 0;
	uint64_t sum = 0;

	for (i = 0; i < check->count; i++) {
		const struct vm_config *config = check->configs[i];

		for (j = 0; config->sched && j < config->vcpu_count; j++) {
			uint64_t share = promised(config, j, cpu);

			if (!share)
				continue;
			sum += share;
			vcpus++;
			last = config;
		}
	}
	if (sum > WHOLE)
		check_warn(check, last,
			   "sched.budget_us: %u vCPUs are promised %lu %% of "
			   "CPU %u together; those of the lowest priority "
			   "will get less than their budget",
			   vcpus, (unsigned long)(sum / 100), cpu);
}

void check_sched(struct check *check)
{
	unsigned int i;

	for (i = 0; i < check->count; i++) {
		const struct vm_config *config = check->configs[i];

		if (config->irq_mode == VM_IRQ_PASSTHROUGH &&
		    has_budget(config))
			check_warn(check, config,
				   "devices.interrupt_mode: \"passthrough\" "
				   "becomes emulated with forwarded "
				   "interrupts: its vCPUs have budgets, which "
				   "need the host's timer");
	}
	for (i = 0; i < 64; i++)
		check_cpu(check, i);
}
