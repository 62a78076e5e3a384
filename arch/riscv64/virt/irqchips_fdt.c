/* SPDX-License-Identifier: Apache-2.0 */
/* Bindings riscv,aplic, riscv,imsics and sifive,plic-1.0.0 (riscv,plic0). */
#define LOG_TAG "fdt"
#include "irqchips_fdt.h"

#include "irqchips.h"
#include "vplic_fdt.h"

#include <errno.h>
#include <lib/fdt.h>
#include <lib/log.h>
#include <libfdt.h>
#include <stdio.h>

#define CAUSE_S_EXTERNAL 9
#define TYPE_LEVEL_HIGH 4
#define CONTROLLERS_MAX 16
#define NAME_BYTES 48

static const char *const plic[] = {"riscv,plic0", "sifive,plic-1.0.0", NULL};
static const char *const aplic[] = {"riscv,aplic", NULL};
static const char *const imsics[] = {"riscv,imsics", NULL};

/* A controller of the tree as it was. */
struct controller {
	uint32_t phandle;
	unsigned int cells;
};

/**
 * struct fixup - what is known of a tree
 * @main:  phandle of the controller that devices name
 * @files: phandle of its IMSICs, 0: none yet
 * @old:   all that were there
 */
struct fixup {
	const struct irqchips *chips;
	void *fdt;
	uint32_t main;
	uint32_t files;
	struct controller old[CONTROLLERS_MAX];
	unsigned int old_count;
};

static int fdt_err(int rc)
{
	if (rc >= 0)
		return 0;
	if (rc == -FDT_ERR_NOTFOUND)
		return -ENOENT;
	return rc == -FDT_ERR_NOSPACE ? -ENOSPC : -EINVAL;
}

static uint32_t cell_of(const void *fdt, int node, const char *name)
{
	int len;
	const fdt32_t *cell = fdt_prop(fdt, node, name, &len);

	return cell && len >= 4 ? fdt32_ld(cell) : 0;
}

static bool is_controller(const void *fdt, int node)
{
	int len;
	const char *is = fdt_prop(fdt, node, "compatible", &len);

	return is && (fdt_strings_have(is, (uint32_t)len, plic) ||
		      fdt_strings_have(is, (uint32_t)len, aplic) ||
		      fdt_strings_have(is, (uint32_t)len, imsics));
}

/*
 * The first of its kind. Of several APLICs machine level's has the others for
 * children: the one that has none is S level's. < 0: none.
 */
static int find(const void *fdt, const char *const *compatible)
{
	struct fdt_scan scan;

	if (!fdt_scan_init(&scan, fdt))
		return -1;
	while (fdt_scan_next(&scan))
		if (fdt_node_compatible_any(fdt, scan.node, compatible) &&
		    !fdt_prop(fdt, scan.node, "riscv,children", NULL))
			return scan.node;
	return -1;
}

/* A node that devices may name: with a phandle. < 0: libfdt's error */
static int main_find(struct fixup *f)
{
	bool want_plic = f->chips->kind == IRQCHIP_PLIC;
	int node = find(f->fdt, want_plic ? plic : aplic);
	int rc;

	if (node < 0)
		node = find(f->fdt, want_plic ? aplic : plic);
	if (node < 0)
		return -FDT_ERR_NOTFOUND;
	f->main = fdt_get_phandle(f->fdt, node);
	if (f->main)
		return node;
	f->main = fdt_phandle_unused(f->fdt);
	rc = fdt_setprop_u32(f->fdt, node, "phandle", f->main);
	return rc ? rc : node;
}

static void old_list(struct fixup *f)
{
	struct fdt_scan scan;

	if (!fdt_scan_init(&scan, f->fdt))
		return;
	while (fdt_scan_next(&scan))
		if (is_controller(f->fdt, scan.node) &&
		    fdt_get_phandle(f->fdt, scan.node) &&
		    f->old_count < CONTROLLERS_MAX)
			f->old[f->old_count++] = (struct controller){
				.phandle = fdt_get_phandle(f->fdt, scan.node),
				.cells = cell_of(f->fdt, scan.node,
						 "#interrupt-cells"),
			};
}

/*
 * Nodes. libfdt moves what lies behind whatever it changes: a node is found by
 * its phandle each time.
 */

static int reg_set(void *fdt, int node, uint64_t base, uint64_t size_bytes)
{
	int rc = fdt_drop(fdt, node, "reg");

	return rc ? rc
		  : fdt_appendprop_addrrange(fdt, fdt_parent(fdt, node), node,
					     "reg", base, size_bytes);
}

/* Each vCPU's external interrupt. */
static int harts_set(void *fdt, uint32_t phandle, const uint64_t *hartids,
		     unsigned int vcpus)
{
	fdt32_t cells[2 * CONFIG_VM_MAX_VCPUS];
	int rc;

	for (unsigned int i = 0; i < vcpus; i++) {
		uint32_t intc;

		rc = hart_intc_phandle(fdt, hartids[i], &intc);
		if (rc < 0)
			return rc;
		cells[2 * i] = cpu_to_fdt32(intc);
		cells[2 * i + 1] = cpu_to_fdt32(CAUSE_S_EXTERNAL);
	}
	return fdt_setprop(fdt, fdt_phandle_node(fdt, phandle),
			   "interrupts-extended", cells, (int)(8 * vcpus));
}

static int node_add(void *fdt, int parent, const char *kind, uint64_t base,
		    const char *compatible, uint32_t phandle)
{
	char name[NAME_BYTES];
	int node, rc;

	snprintf(name, sizeof(name), "%s@%llx", kind, (unsigned long long)base);
	node = fdt_add_subnode(fdt, parent, name);
	if (node < 0)
		return node;
	rc = fdt_setprop_string(fdt, node, "compatible", compatible);
	if (!rc)
		rc = fdt_setprop_u32(fdt, node, "phandle", phandle);
	if (!rc)
		rc = fdt_setprop(fdt, node, "interrupt-controller", NULL, 0);
	if (!rc)
		rc = fdt_setprop_u32(fdt, node, "#address-cells", 0);
	return rc ? rc : node;
}

/* What stands in place of @node, which goes; the same one if it will do. */
static int main_replace(struct fixup *f, int node)
{
	bool want_plic = f->chips->kind == IRQCHIP_PLIC;
	int parent = fdt_parent(f->fdt, node);
	int rc;

	if (fdt_node_compatible_any(f->fdt, node, want_plic ? plic : aplic))
		return 0;
	rc = fdt_del_node(f->fdt, node);
	if (!rc)
		rc = node_add(f->fdt, parent,
			      want_plic ? "plic" : "interrupt-controller",
			      f->chips->base, want_plic ? plic[0] : aplic[0],
			      f->main);
	return rc < 0 ? rc
		      : fdt_setprop_u32(f->fdt, rc, "#interrupt-cells",
					want_plic ? 1 : 2);
}

/* A controller that the guest does not have; < 0: none */
static int other_find(const struct fixup *f)
{
	struct fdt_scan scan;

	if (!fdt_scan_init(&scan, f->fdt))
		return -1;
	while (fdt_scan_next(&scan)) {
		uint32_t phandle;

		if (!is_controller(f->fdt, scan.node))
			continue;
		phandle = fdt_get_phandle(f->fdt, scan.node);
		if (!phandle || (phandle != f->main && phandle != f->files))
			return scan.node;
	}
	return -1;
}

static int others_delete(struct fixup *f)
{
	int node, rc = 0;

	while (!rc && (node = other_find(f)) >= 0)
		rc = fdt_del_node(f->fdt, node);
	return rc;
}

static int imsics_set(struct fixup *f, const uint64_t *hartids,
		      unsigned int vcpus)
{
	static const char *const none_of[] = {
		"riscv,guest-index-bits", "riscv,hart-index-bits",
		"riscv,group-index-bits", "riscv,group-index-shift",
		"riscv,num-guest-ids"};
	void *fdt = f->fdt;
	int node = fdt_phandle_node(fdt, f->files);
	int rc = 0;

	for (unsigned int i = 0; !rc && i < ARRAY_SIZE(none_of); i++)
		rc = fdt_drop(fdt, node, none_of[i]);
	if (!rc)
		rc = fdt_setprop(fdt, node, "msi-controller", NULL, 0);
	if (!rc)
		rc = fdt_setprop_u32(fdt, node, "#interrupt-cells", 0);
	if (!rc)
		rc = fdt_setprop_u32(fdt, node, "#msi-cells", 0);
	if (!rc)
		rc = fdt_setprop_u32(fdt, node, "riscv,num-ids", f->chips->ids);
	if (!rc)
		rc = reg_set(fdt, node, f->chips->files, f->chips->files_bytes);
	return rc ? rc : harts_set(fdt, f->files, hartids, vcpus);
}

/* The one that the APLIC named, or a new one beside it. */
static int imsics_make(struct fixup *f, const uint64_t *hartids,
		       unsigned int vcpus)
{
	int node = fdt_phandle_node(f->fdt, f->main);
	uint32_t named = cell_of(f->fdt, node, "msi-parent");
	int old = named ? fdt_phandle_node(f->fdt, named) : -1;
	int rc;

	if (old >= 0 && fdt_node_compatible_any(f->fdt, old, imsics)) {
		f->files = named;
		return imsics_set(f, hartids, vcpus);
	}
	f->files = fdt_phandle_unused(f->fdt);
	rc = node_add(f->fdt, fdt_parent(f->fdt, node), "interrupt-controller",
		      f->chips->files, imsics[0], f->files);
	return rc < 0 ? rc : imsics_set(f, hartids, vcpus);
}

static int aplic_set(struct fixup *f, const uint64_t *hartids,
		     unsigned int vcpus)
{
	static const char *const none_of[] = {
		"riscv,children",     "riscv,delegation",    "riscv,delegate",
		"riscv,hart-indexes", "interrupts-extended", "msi-parent"};
	void *fdt = f->fdt;
	int node = fdt_phandle_node(fdt, f->main);
	int rc = 0;

	for (unsigned int i = 0; !rc && i < ARRAY_SIZE(none_of); i++)
		rc = fdt_drop(fdt, node, none_of[i]);
	if (!rc)
		rc = fdt_setprop_u32(fdt, node, "riscv,num-sources",
				     f->chips->sources);
	if (!rc)
		rc = reg_set(fdt, node, f->chips->base, f->chips->size_bytes);
	if (rc)
		return rc;
	return f->files ? fdt_setprop_u32(fdt, node, "msi-parent", f->files)
			: harts_set(fdt, f->main, hartids, vcpus);
}

/*
 * Devices
 */

/* The controller that a node's interrupts belong to, by inheritance too. */
static uint32_t parent_of(const void *fdt, int node)
{
	for (; node >= 0; node = fdt_parent(fdt, node)) {
		uint32_t phandle = cell_of(fdt, node, "interrupt-parent");

		if (phandle)
			return phandle;
	}
	return 0;
}

static const struct controller *old_of(const struct fixup *f, uint32_t phandle)
{
	for (unsigned int i = 0; i < f->old_count; i++)
		if (f->old[i].phandle == phandle)
			return &f->old[i];
	return NULL;
}

/* Number for number; a level where the old cells do not say. */
static int interrupts_set(struct fixup *f, int node, unsigned int cells)
{
	unsigned int new_cells = f->chips->kind == IRQCHIP_PLIC ? 1 : 2;
	fdt32_t new[2 * 32];
	unsigned int count;
	const fdt32_t *old;
	int len, rc;

	old = fdt_prop(f->fdt, node, "interrupts", &len);
	if (!old || !cells || len % (int)(4 * cells) || len > 4 * 32)
		return -FDT_ERR_BADVALUE;
	count = (unsigned int)len / 4 / cells;
	for (unsigned int i = 0; i < count; i++) {
		new[i * new_cells] = old[i * cells];
		if (new_cells > 1)
			new[i * 2 + 1] =
				cells > 1 ? old[i * cells + 1]
					  : cpu_to_fdt32(TYPE_LEVEL_HIGH);
	}
	rc = fdt_setprop(f->fdt, node, "interrupts", new,
			 (int)(4 * count * new_cells));
	return rc ? rc
		  : fdt_setprop_u32(f->fdt, node, "interrupt-parent", f->main);
}

/* Maps and lists that name the old cells among others are not rewritten. */
static int device_convert(struct fixup *f, int node)
{
	static const char *const mixed[] = {"interrupt-map",
					    "interrupts-extended"};
	const struct controller *old;

	if (is_controller(f->fdt, node))
		return 0;
	for (unsigned int i = 0; i < ARRAY_SIZE(mixed); i++) {
		const fdt32_t *cells;
		bool ours = false;
		int len;

		cells = fdt_prop(f->fdt, node, mixed[i], &len);
		for (int c = 0; cells && c < len / 4; c++)
			ours |= fdt32_ld(cells + c) == f->main;
		if (!ours)
			continue;
		log_warn("%s: no interrupts by its %s: the guest's controller "
			 "is another kind",
			 fdt_get_name(f->fdt, node, NULL), mixed[i]);
		fdt_nop_property(f->fdt, node, mixed[i]);
	}
	if (!fdt_prop(f->fdt, node, "interrupts", NULL))
		return 0;
	old = old_of(f, parent_of(f->fdt, node));
	return old ? interrupts_set(f, node, old->cells) : 0;
}

static int devices_convert(struct fixup *f)
{
	unsigned int cells = f->chips->kind == IRQCHIP_PLIC ? 1 : 2;
	const struct controller *old = old_of(f, f->main);
	int node = -1, rc;

	if (old && old->cells == cells)
		return 0;
	while ((node = fdt_next_node(f->fdt, node, NULL)) >= 0) {
		rc = device_convert(f, node);
		if (rc)
			return rc;
	}
	return 0;
}

int irqchips_fdt_fixup(const struct irqchips *chips, const uint64_t *hartids,
		       unsigned int vcpus, void *fdt)
{
	struct fixup f = {.chips = chips, .fdt = fdt};
	int node = main_find(&f);
	int rc;

	if (node < 0)
		return fdt_err(node);
	old_list(&f);
	rc = main_replace(&f, node);
	if (!rc && chips->kind == IRQCHIP_AIA)
		rc = imsics_make(&f, hartids, vcpus);
	if (!rc && chips->kind != IRQCHIP_PLIC)
		rc = aplic_set(&f, hartids, vcpus);
	if (!rc)
		rc = others_delete(&f);
	if (!rc)
		rc = devices_convert(&f);
	return fdt_err(rc);
}
