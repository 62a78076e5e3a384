/* SPDX-License-Identifier: Apache-2.0 */
/* irq: interrupts by source, CPU and owner */
#include "commands.h"

#include <arch/virt.h>
#include <core/cpu.h>
#include <core/irq.h>
#include <lib/util.h>
#include <virt/vm.h>

typedef unsigned long long ull;

static uint64_t total(unsigned int irq)
{
	uint64_t sum = 0;

	for (unsigned int cpu = 0; cpu < cpu_count; cpu++)
		sum += irq_count_on(irq, cpu);
	return sum;
}

static const struct vm *owner_of(unsigned int irq)
{
	for (const struct vm *vm = vm_first(); vm; vm = vm->next)
		if (irq < 64 * ARRAY_SIZE(vm->irq_owned) &&
		    (vm->irq_owned[irq / 64] & BIT(irq % 64)))
			return vm;
	return NULL;
}

static void print_source(unsigned int irq)
{
	static const char *const ipis[IPI_COUNT] = {
		[IPI_KICK] = "ipi: kick",
		[IPI_CALL] = "ipi: call",
		[IPI_STOP] = "ipi: stop",
	};
	int ipi = irq_chip()->ipi_of(irq);
	const struct vm *vm = owner_of(irq);
	const char *name = irq_name(irq);

	if (ipi >= 0)
		shell_printf("  %s\n", ipis[ipi]);
	else if (vm)
		shell_printf("  VM %s\n", vm->config->name);
	else
		shell_printf("  %s\n", name ? name : "nobody's");
}

static void print_host(bool all)
{
	shell_printf("%-5s", "IRQ");
	for (unsigned int cpu = 0; cpu < cpu_count; cpu++)
		shell_printf("       cpu%-2u", cpu);
	shell_printf("  FOR\n");
	for (unsigned int irq = 0; irq < IRQ_MAX; irq++) {
		if (!total(irq) && !(all && irq_name(irq)))
			continue;
		shell_printf("%-5u", irq);
		for (unsigned int cpu = 0; cpu < cpu_count; cpu++)
			shell_printf(" %11llu", (ull)irq_count_on(irq, cpu));
		print_source(irq);
	}
}

/* What guests were left for: the host's own are among those above. */
static void print_guests(void)
{
	const char *name;

	shell_printf("%-24s", "LEFT BY");
	for (unsigned int n = 0; (name = arch_exit_reason_name(n)); n++)
		if (arch_exit_is_irq(n))
			shell_printf(" %11s", name);
	shell_printf("\n");
	for (const struct vm *vm = vm_first(); vm; vm = vm->next) {
		shell_printf("%-24s", vm->config->name);
		for (unsigned int n = 0; arch_exit_reason_name(n); n++) {
			uint64_t sum = 0;

			for (unsigned int i = 0; i < vm->vcpu_count; i++)
				sum += vm->vcpus[i]->exits[n];
			if (arch_exit_is_irq(n))
				shell_printf(" %11llu", (ull)sum);
		}
		shell_printf("\n");
	}
}

enum { IRQ_ALL };

static const struct shell_opt irq_opts[] = {
	[IRQ_ALL] = {'a', "all", NULL, "those that never came, too"},
	{0},
};

static int irq_run(const struct shell_args *args)
{
	print_host(args->opts[IRQ_ALL]);
	print_guests();
	return 0;
}

static const struct shell_cmd irq_cmd = {
	.name = "irq",
	.help = "interrupts by source, CPU and owner",
	.opts = irq_opts,
	.run = irq_run,
};
SHELL_CMD(irq_cmd);
