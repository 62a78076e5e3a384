/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Firmware: PSCI, Arm DEN 0022. Always by SMC: at EL2 an HVC is a call of
 * ourselves, and a tree that says "hvc" means guests of what runs here.
 */
#include <arch/cpu.h>
#include <arch/percpu.h>
#include <arch/pgtable.h>
#include <asm/smccc.h>
#include <asm/sysreg.h>
#include <errno.h>
#include <lib/fdt.h>
#include <lib/log.h>
#include <libfdt.h>

#include "boot.h"

#define LOG_TAG "psci"

static struct secondary_boot secondaries[CPU_MAX];

static const char *const psci_compatible[] = {"arm,psci-1.0", "arm,psci-0.2",
					      NULL};

bool psci_available(void)
{
	/* looked for once, by the boot CPU; atomic */
	static enum { UNKNOWN, ABSENT, PRESENT } firmware;

	/* a boot that failed for lack of a tree comes here, too */
	if (!host_fdt())
		return false;
	if (__atomic_load_n(&firmware, __ATOMIC_RELAXED) == UNKNOWN)
		__atomic_store_n(
			&firmware,
			fdt_find_compatible(host_fdt(), psci_compatible) >= 0
				? PRESENT
				: ABSENT,
			__ATOMIC_RELAXED);
	return __atomic_load_n(&firmware, __ATOMIC_RELAXED) == PRESENT;
}

static int64_t psci_call(uint64_t fn, uint64_t a1, uint64_t a2, uint64_t a3)
{
	struct smccc_result result;

	smccc_smc(fn, a1, a2, a3, &result);
	return (int32_t)result.x[0]; /* error codes are 32 bits wide */
}

int arch_cpu_start(struct cpu *cpu)
{
	struct secondary_boot *boot = &secondaries[cpu->id];
	int64_t ret;

	if (!psci_available())
		return -ENODEV;
	*boot = (struct secondary_boot){
		.root = arch_host_root().v,
		.stack_top = (uintptr_t)cpu->stack_top,
		.cpu = cpu,
	};
	/* read with the MMU off */
	arch_dcache_clean_inval(boot, sizeof(*boot));
	ret = psci_call(PSCI_CPU_ON_64, cpu->hwid & MPIDR_AFF_MASK,
			virt_to_phys((void *)secondary_entry).v,
			virt_to_phys(boot).v);
	switch (ret) {
	case PSCI_RET_SUCCESS:
		return 0;
	case PSCI_RET_INVALID_PARAMETERS:
	case PSCI_RET_NOT_PRESENT:
		return -ENODEV;
	default:
		log_err("CPU_ON of %#llx: %d", (unsigned long long)cpu->hwid,
			(int)ret);
		return -EIO;
	}
}

uint64_t arch_hwid(void)
{
	return read_sysreg(mpidr_el1) & MPIDR_AFF_MASK;
}

/* SYSTEM_OFF and SYSTEM_RESET are there since PSCI 0.2. */
bool arch_system_can_end(void)
{
	return psci_available();
}

void arch_system_off(void)
{
	if (psci_available())
		psci_call(PSCI_SYSTEM_OFF, 0, 0, 0);
	log_err("firmware did not turn the machine off");
	arch_cpu_halt();
}

void arch_system_reset(void)
{
	if (psci_available())
		psci_call(PSCI_SYSTEM_RESET, 0, 0, 0);
	log_err("firmware did not reset the machine");
	arch_cpu_halt();
}
