/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest's device tree says of its harts and their controllers. */
#define LOG_TAG "fdt"
#include "irqchips_fdt.h"
#include "vcpu.h"
#include "vplic_fdt.h"

#include <asm/csr.h>
#include <errno.h>
#include <lib/fdt.h>
#include <lib/log.h>
#include <libfdt.h>
#include <mm/heap.h>
#include <string.h>

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

/*
 * Extensions that a guest does not have: those of hypervisors and machine mode,
 * vectors and whatever else has registers that are not switched. AIA's are
 * those of who has interrupt files.
 */
static bool is_hidden(const char *name, size_t len, bool aia)
{
	static const char *const prefixes[] = {
		"zv",        "zkr",          "zicntr",   "zihpm",  "zicfi",
		"zve",       "sm",           "sh",       "ssaia",  "sscofpmf",
		"ssstateen", "sscounterenw", "sscsrind", "ssccfg", "ssctr",
		"ssdbltrp",  "ssnpm",        "ssqosid",  "supm",   "sdtrig",
		"sspm"};
	static const struct {
		const char *name;
		uint64_t henvcfg;
	} granted[] = {{"sstc", HENVCFG_STCE},
		       {"svadu", HENVCFG_ADUE},
		       {"svpbmt", HENVCFG_PBMTE},
		       {"zicbom", HENVCFG_CBCFE},
		       {"zicboz", HENVCFG_CBZE}};

	if (len == 1)
		return *name == 'h' || *name == 'v' || *name == 'q' ||
		       (!guest_features()->fp && strchr("fd", *name));
	/* a name for several, Zkr among them, whose seed M-mode withholds */
	if (len == 2 && !memcmp(name, "zk", 2))
		return true;
	if (aia && len == 5 && !memcmp(name, "ssaia", 5))
		return false;
	for (unsigned int i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
			return true;
	for (unsigned int i = 0; i < ARRAY_SIZE(granted); i++)
		if (len == strlen(granted[i].name) &&
		    !memcmp(name, granted[i].name, len))
			return !(guest_features()->henvcfg &
				 granted[i].henvcfg);
	return false;
}

/* "rv64imafdch_zicsr_...": letters up to the first '_', then names. */
static size_t filter_string(const char *from, char *to, bool aia)
{
	size_t at = 4, out = 4;

	memcpy(to, from, 4);
	for (; from[at] && from[at] != '_'; at++)
		if (!is_hidden(from + at, 1, aia))
			to[out++] = from[at];
	while (from[at]) {
		size_t len = strcspn(from + at + 1, "_");

		if (!is_hidden(from + at + 1, len, aia)) {
			memcpy(to + out, from + at, len + 1);
			out += len + 1;
		}
		at += len + 1;
	}
	to[out++] = '\0';
	return out;
}

/* Strings one after the other, each with its end. */
static size_t filter_list(const char *from, size_t size, char *to, bool aia)
{
	size_t out = 0;

	for (size_t at = 0; at < size;) {
		size_t len = strnlen(from + at, size - at);

		if (at + len < size && !is_hidden(from + at, len, aia)) {
			memcpy(to + out, from + at, len + 1);
			out += len + 1;
		}
		at += len + 1;
	}
	return out;
}

static int filter_prop(void *fdt, int node, const char *prop, bool list,
		       bool aia)
{
	int len, rc;
	const char *value = fdt_getprop(fdt, node, prop, &len);
	char *copy;
	size_t size;

	if (!value)
		return 0;
	if (len < 1 || value[len - 1] ||
	    (!list && (len < 6 || strncmp(value, "rv64", 4) != 0)))
		return -FDT_ERR_BADVALUE;
	copy = heap_alloc((size_t)len + 1);
	if (!copy)
		return -FDT_ERR_NOSPACE;
	size = list ? filter_list(value, (size_t)len, copy, aia)
		    : filter_string(value, copy, aia);
	rc = fdt_setprop(fdt, node, prop, copy, (int)size);
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
	fdt_for_each_subnode (node, fdt, cpus) {
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
