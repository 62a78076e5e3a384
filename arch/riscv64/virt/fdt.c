/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest's device tree says of its harts and their controllers. */
#define LOG_TAG "fdt"
#include "irqchips_fdt.h"
#include "isa_guest.h"
#include "vcpu.h"
#include "vplic_fdt.h"

#include <errno.h>
#include <lib/fdt.h>
#include <lib/log.h>
#include <libfdt.h>
#include <mm/heap.h>

static const char *const always_compatible[] = {"sifive,plic-1.0.0",
						"riscv,plic0", "riscv,aplic",
						"riscv,imsics", NULL};
static const char *const kept_compatible[] = {
	"sifive,test0",      "sifive,test1",
	"syscon-poweroff",   "syscon-reboot",
	"sifive,clint0",     "riscv,clint0",
	"riscv,aclint-mswi", "riscv,aclint-mtimer",
	"riscv,aclint-sswi", NULL};
static const char *const always_paths[] = {"/cpus", NULL};

const struct arch_fdt_rules *arch_fdt_rules(void)
{
	static const struct arch_fdt_rules rules = {
		.always_compatible = always_compatible,
		.kept_compatible = kept_compatible,
		.always_paths = always_paths,
	};

	return &rules;
}

static int filter_prop(void *fdt, int node, const char *prop, bool list,
		       bool aia)
{
	const struct isa_guest guest = {
		.fp = guest_features()->fp,
		.aia = aia,
		.henvcfg = guest_features()->henvcfg,
	};
	int len, rc;
	const char *value = fdt_prop(fdt, node, prop, &len);
	char *copy;
	size_t size;

	if (!value)
		return 0;
	if (len < 1 || value[len - 1])
		return -FDT_ERR_BADVALUE;
	copy = heap_alloc((size_t)len + ISA_GUEST_GROWTH);
	if (!copy)
		return -FDT_ERR_NOSPACE;
	size = list ? isa_guest_list(&guest, value, (size_t)len, copy)
		    : isa_guest_string(&guest, value, copy);
	rc = size ? fdt_setprop(fdt, node, prop, copy, (int)size)
		  : -FDT_ERR_BADVALUE;
	heap_free(copy);
	return rc;
}

/* Deleting and shortening moves what is behind: a node's own place stays. */
static int fixup_cpus(void *fdt, bool aia)
{
	int cpus = fdt_path_node(fdt, "/cpus", 5);
	int node, rc = 0;

	if (cpus < 0)
		return cpus;
	fdt_for_each_child (node, fdt, cpus) {
		rc = filter_prop(fdt, node, "riscv,isa", false, aia);
		if (!rc)
			rc = filter_prop(fdt, node, "riscv,isa-extensions",
					 true, aia);
		if (rc)
			break;
	}
	return rc;
}

int arch_fdt_fixup(struct vm *vm, void *fdt)
{
	const struct arch_vm *arch = vm->arch;
	uint64_t hartids[VM_MAX_VCPUS];
	int rc = fixup_cpus(fdt, arch->chips.kind == IRQCHIP_AIA);

	for (unsigned int i = 0; i < vm->vcpu_count; i++)
		hartids[i] = vm->vcpus[i]->hwid;
	if (rc) {
		log_err("%s: the harts of its device tree: %s",
			vm->config->name, fdt_strerror(rc));
		return rc == -FDT_ERR_NOSPACE ? -ENOSPC : -EINVAL;
	}
	rc = irqchips_fdt_fixup(&arch->chips, hartids, vm->vcpu_count, fdt);
	if (!rc && arch->chips.kind == IRQCHIP_PLIC)
		rc = vplic_fdt_fixup(&arch->plic, arch->chips.base,
				     arch->chips.size_bytes, hartids, fdt);
	if (rc)
		log_err("%s: the interrupt controllers of its device tree: "
			"error %d",
			vm->config->name, rc);
	return rc;
}
