/* SPDX-License-Identifier: Apache-2.0 */
/* Other harts, by SBI's hart state management (chapter 9). */
#include <arch/cpu.h>
#include <arch/percpu.h>
#include <arch/pgtable.h>
#include <arch/upcall.h>
#include <asm/sbi.h>
#include <errno.h>
#include <lib/log.h>

#include "boot.h"

#define LOG_TAG "smp"

static struct secondary_boot secondaries[CPU_MAX];

uint64_t arch_hwid(void)
{
	const struct cpu *cpu = arch_this_cpu();

	return cpu->id ? cpu->hwid : boot_hartid();
}

int arch_cpu_start(struct cpu *cpu)
{
	struct secondary_boot *boot = &secondaries[cpu->id];
	struct sbi_ret ret;

	if (!sbi_has(SBI_EXT_HSM))
		return -ENODEV;
	*boot = (struct secondary_boot){
		.satp = boot_satp(),
		.stack_top = (uintptr_t)cpu->stack_top,
		.cpu = cpu,
	};
	arch_mb(); /* before firmware lets it read that */
	ret = sbi_call(SBI_EXT_HSM, SBI_HSM_START, cpu->hwid,
		       virt_to_phys((void *)secondary_entry).v,
		       virt_to_phys(boot).v, 0);
	switch (ret.error) {
	case SBI_SUCCESS:
		return 0;
	case SBI_ERR_INVALID_PARAM:
		return -ENODEV;
	default:
		log_err("hart_start of %llu: %d", (unsigned long long)cpu->hwid,
			(int)ret.error);
		return -EIO;
	}
}

void boot_secondary(struct cpu *cpu)
{
	core_secondary_boot(cpu);
}
