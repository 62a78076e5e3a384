/* SPDX-License-Identifier: Apache-2.0 */
/* The host's own timer: stimecmp (Sstc), or firmware's by SBI. */
#include <arch/cpu.h>
#include <arch/hart.h>
#include <arch/percpu.h>
#include <arch/pgtable.h>
#include <asm/csr.h>
#include <asm/features.h>
#include <asm/sbi.h>
#include <lib/log.h>

#define LOG_TAG "hart"

/* The boot CPU comes here first, and tells what it has found. */
static void machine_log(void)
{
	const struct riscv64_features *f = riscv64_features();

	log_info("%s%s, timer at %u Hz by %s", arch_host_format()->name,
		 f->svpbmt ? ", Svpbmt" : "", f->timebase_hz,
		 f->sstc ? "stimecmp" : "SBI");
}

void arch_timer_init(void)
{
	if (riscv64_features()->timebase_hz == 0)
		panic("the counter's frequency is unknown: the device tree's "
		      "/cpus has no timebase-frequency");
	if (arch_this_cpu()->id == 0)
		machine_log();
	arch_timer_set(UINT64_MAX);
}

uint64_t arch_counter_freq_hz(void)
{
	return riscv64_features()->timebase_hz;
}

unsigned int arch_timer_irq(void)
{
	return HART_IRQ_NUMBER_TIMER;
}

/* Either way the interrupt is pending while time >= @ticks, and no longer. */
void arch_timer_set(uint64_t ticks)
{
	if (riscv64_features()->sstc)
		csr_write(ticks, CSR_STIMECMP);
	else
		sbi_call(SBI_EXT_TIME, SBI_TIME_SET, ticks, 0, 0, 0);
}
