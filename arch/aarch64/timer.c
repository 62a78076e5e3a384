/* SPDX-License-Identifier: Apache-2.0 */
/* The host's own timer: CNTHP, EL2's physical timer. Arm ARM D11. */
#include <arch/cpu.h>
#include <asm/sysreg.h>
#include <lib/fdt.h>
#include <lib/log.h>
#include <libfdt.h>

#define LOG_TAG "timer"

/* Order of interrupts in the arm,armv8-timer binding: secure, non-secure,
 * virtual, hypervisor. */
#define TIMER_INDEX_HYP 3
/* Arm BSA's number for it. */
#define TIMER_DEFAULT_INTID 26

#define CNTHP_CTL_ENABLE 1

static unsigned int timer_intid = TIMER_DEFAULT_INTID;
static uint64_t timer_freq_hz;
static int timer_node = -1;

static const char *const timer_compatible[] = {"arm,armv8-timer",
					       "arm,armv7-timer", NULL};

static void timer_probe(const void *fdt)
{
	int node = timer_node = fdt_find_compatible(fdt, timer_compatible);
	struct fdt_irq irq;
	const fdt32_t *freq;
	bool edge;
	int intid, len;

	timer_freq_hz = read_sysreg(cntfrq_el0);
	if (node < 0) {
		log_warn("no timer in the device tree, interrupt %u taken",
			 timer_intid);
		return;
	}
	/* only where firmware forgot the register */
	freq = fdt_getprop(fdt, node, "clock-frequency", &len);
	if (freq && len == 4 && timer_freq_hz == 0)
		timer_freq_hz = fdt32_ld(freq);
	if (fdt_node_irq(fdt, node, TIMER_INDEX_HYP, &irq) == 0) {
		intid = fdt_gic_intid(&irq, &edge);
		if (intid >= 16 && intid < 32)
			timer_intid = (unsigned int)intid;
		else
			log_warn("interrupt %d of %s is no private one, %u "
				 "taken",
				 intid, fdt_get_name(fdt, node, NULL),
				 timer_intid);
	}
}

int aarch64_timer_node(void)
{
	return timer_node;
}

void arch_timer_init(void)
{
	if (timer_freq_hz == 0)
		timer_probe(host_fdt());
	if (timer_freq_hz == 0)
		panic("the counter's frequency is unknown");
	arch_timer_set(UINT64_MAX);
}

uint64_t arch_counter_freq_hz(void)
{
	return timer_freq_hz;
}

unsigned int arch_timer_irq(void)
{
	return timer_intid;
}

void arch_timer_set(uint64_t ticks)
{
	if (ticks == UINT64_MAX) {
		write_sysreg(0, cnthp_ctl_el2);
	} else {
		write_sysreg(ticks, cnthp_cval_el2);
		write_sysreg(CNTHP_CTL_ENABLE, cnthp_ctl_el2);
	}
	isb();
}
