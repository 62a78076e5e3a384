/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest's device tree says of PSCI, the timer and the GIC. */
#define LOG_TAG "fdt"
#include "vcpu.h"
#include "vgic.h"

#include <errno.h>
#include <lib/fdt.h>
#include <lib/log.h>

#include <libfdt.h>

#define PSCI_COMPATIBLE "arm,psci-1.0\0arm,psci-0.2"
#define GIC_PPI 1
#define GIC_LEVEL_LOW 8

static const char *const always_compatible[] = {
	"arm,psci-1.0",    "arm,psci-0.2", "arm,psci",
	"arm,armv8-timer", "arm,gic-v3",   NULL,
};

static const char *const kept_compatible[] = {"syscon-poweroff",
					      "syscon-reboot", NULL};

static const char *const always_paths[] = {"/cpus", "/psci", NULL};

const struct arch_fdt_rules *arch_fdt_rules(void)
{
	static const struct arch_fdt_rules rules = {
		.always_compatible = always_compatible,
		.kept_compatible = kept_compatible,
		.always_paths = always_paths,
		.enable_method = "psci",
	};

	return &rules;
}

/* The host's firmware is called by SMC and may be older: ours by HVC, 1.1. */
static int fixup_psci(void *fdt)
{
	static const char *const psci[] = {"arm,psci-1.0", "arm,psci-0.2",
					   "arm,psci", NULL};
	/* function numbers of PSCI 0.1, fixed since */
	static const char *const old[] = {"cpu_suspend", "cpu_off", "cpu_on",
					  "migrate"};
	unsigned int i;
	int node, rc;

	node = fdt_first_compatible(fdt, psci);
	if (node < 0)
		node = fdt_path_offset(fdt, "/psci");
	if (node < 0)
		node = fdt_add_subnode(fdt, 0, "psci");
	if (node < 0)
		return node;
	for (i = 0; i < ARRAY_SIZE(old); i++)
		fdt_drop(fdt, node, old[i]);
	rc = fdt_setprop_string(fdt, node, "method", "hvc");
	if (rc)
		return rc;
	return fdt_setprop(fdt, node, "compatible", PSCI_COMPATIBLE,
			   sizeof(PSCI_COMPATIBLE));
}

static int fixup_timer(void *fdt)
{
	/* secure, non-secure physical, virtual, hypervisor */
	const unsigned int intids[] = {29, ptimer_irq, vtimer_irq, 26};
	static const char *const timer[] = {"arm,armv8-timer", NULL};
	int node = fdt_first_compatible(fdt, timer), rc = 0;
	unsigned int i;

	if (node < 0) {
		node = fdt_add_subnode(fdt, 0, "timer");
		if (node < 0)
			return node;
		rc = fdt_setprop_string(fdt, node, "compatible",
					"arm,armv8-timer");
		if (rc)
			return rc;
	}
	/* there is no other agent that could have left it unset */
	fdt_drop(fdt, node, "arm,cpu-registers-not-fw-configured");
	fdt_drop(fdt, node, "clock-frequency");
	if (fdt_prop(fdt, node, "interrupts", NULL) ||
	    fdt_prop(fdt, node, "interrupts-extended", NULL))
		return 0;
	for (i = 0; i < ARRAY_SIZE(intids) && !rc; i++) {
		rc = fdt_appendprop_u32(fdt, node, "interrupts", GIC_PPI);
		if (!rc)
			rc = fdt_appendprop_u32(fdt, node, "interrupts",
						intids[i] - 16);
		if (!rc)
			rc = fdt_appendprop_u32(fdt, node, "interrupts",
						GIC_LEVEL_LOW);
	}
	return rc;
}

int arch_fdt_fixup(struct vm *vm, void *fdt)
{
	int rc;

	rc = fixup_psci(fdt);
	if (!rc)
		rc = fixup_timer(fdt);
	if (!rc)
		return vgic_fdt_fixup(vm, fdt);
	log_err("%s: guest tree: %s (libfdt's error %d)", vm->config->name,
		rc == -FDT_ERR_NOSPACE ? "there is no room for more"
				       : "it is damaged",
		-rc);
	return rc == -FDT_ERR_NOSPACE ? -ENOSPC : -EINVAL;
}
