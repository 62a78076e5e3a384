/* SPDX-License-Identifier: Apache-2.0 */
/* The interrupt controller's node in a guest's tree: binding arm,gic-v3. */
#define LOG_TAG "vgic"

#include "vgic_priv.h"

#include <errno.h>
#include <lib/fdt.h>
#include <libfdt.h>
#include <lib/log.h>
#include <stdio.h>

#define DIST_SIZE 0x10000
#define STRIDE_DEFAULT 0x20000

static int fdt_err(int rc)
{
	if (rc >= 0)
		return 0;
	return rc == -FDT_ERR_NOSPACE ? -ENOSPC : -EINVAL;
}

static int cells_append(void *fdt, int node, const char *prop, int cells,
			uint64_t value)
{
	if (cells == 2)
		return fdt_appendprop_u64(fdt, node, prop, value);
	if (cells != 1 || value >> 32)
		return -FDT_ERR_BADNCELLS;
	return fdt_appendprop_u32(fdt, node, prop, (uint32_t)value);
}

static int reg_append(void *fdt, int node, int parent, uint64_t base,
		      uint64_t size_bytes)
{
	int rc = cells_append(fdt, node, "reg", fdt_address_cells(fdt, parent),
			      base);

	return rc ? rc
		  : cells_append(fdt, node, "reg", fdt_size_cells(fdt, parent),
				 size_bytes);
}

/* Distributor, redistributors, and no GICv2 windows behind them. */
static int reg_set(const struct vgic *vg, void *fdt, int node)
{
	int parent = fdt_parent(fdt, node), rc;
	unsigned int i;

	fdt_delprop(fdt, node, "reg");
	rc = reg_append(fdt, node, parent, vg->dist_base, DIST_SIZE);
	for (i = 0; !rc && i < vg->region_count; i++)
		rc = reg_append(fdt, node, parent, vg->regions[i].base,
				vg->regions[i].size_bytes);
	if (!rc)
		rc = fdt_setprop_u32(fdt, node, "#redistributor-regions",
				     vg->region_count);
	fdt_drop(fdt, node, "redistributor-stride");
	if (!rc && vg->redist_shift != __builtin_ctz(STRIDE_DEFAULT))
		rc = fdt_setprop_u64(fdt, node, "redistributor-stride",
				     BIT(vg->redist_shift));
	return rc;
}

/* Message-signalled interrupts are not offered: no ITS, and nobody asks. */
static void its_remove(void *fdt)
{
	static const char *const props[] = {"msi-parent", "msi-map",
					    "msi-map-mask", NULL};
	static const char *const its[] = {"arm,gic-v3-its", NULL};
	int node, rc = 0;

	while (!rc && (node = fdt_first_compatible(fdt, its)) >= 0)
		rc = fdt_del_node(fdt, node);
	while (!rc && (node = fdt_first_with(fdt, props)) >= 0)
		for (size_t i = 0; !rc && props[i]; i++)
			rc = fdt_drop(fdt, node, props[i]);
}

/* The phandle that devices without an own interrupt-parent point to. */
static int phandle_set(void *fdt, int node)
{
	const fdt32_t *parent;
	uint32_t phandle = 0;
	int len, rc;

	parent = fdt_getprop(fdt, 0, "interrupt-parent", &len);
	if (parent && len == sizeof(*parent) &&
	    fdt_node_offset_by_phandle(fdt, fdt32_to_cpu(*parent)) < 0)
		return fdt_setprop(fdt, node, "phandle", parent,
				   sizeof(*parent));
	rc = fdt_generate_phandle(fdt, &phandle);
	if (!rc)
		rc = fdt_setprop_u32(fdt, node, "phandle", phandle);
	/* adding to the root moves the node, so this comes last */
	if (!rc && !parent)
		rc = fdt_setprop_u32(fdt, 0, "interrupt-parent", phandle);
	return rc;
}

static int node_create(const struct vgic *vg, void *fdt)
{
	char name[48];
	int node, rc;

	snprintf(name, sizeof(name), "interrupt-controller@%llx",
		 (unsigned long long)vg->dist_base);
	node = fdt_add_subnode(fdt, 0, name);
	if (node < 0)
		return node;
	rc = fdt_setprop_string(fdt, node, "compatible", "arm,gic-v3");
	if (!rc)
		rc = fdt_setprop_empty(fdt, node, "interrupt-controller");
	if (!rc)
		rc = fdt_setprop_u32(fdt, node, "#interrupt-cells", 3);
	if (!rc)
		rc = phandle_set(fdt, node);
	return rc ? rc : fdt_subnode_offset(fdt, 0, name);
}

int vgic_fdt_fixup(struct vm *vm, void *fdt)
{
	static const char *const gone[] = {"interrupts", "interrupts-extended",
					   "msi-controller", "mbi-ranges",
					   "mbi-alias"};
	const struct vgic *vg = vgic_of(vm);
	static const char *const gic[] = {"arm,gic-v3", NULL};
	size_t i;
	int node;

	its_remove(fdt);
	node = fdt_first_compatible(fdt, gic);
	if (node < 0)
		node = node_create(vg, fdt);
	if (node < 0)
		return fdt_err(node);
	for (i = 0; i < ARRAY_SIZE(gone); i++)
		fdt_drop(fdt, node, gone[i]);
	return fdt_err(reg_set(vg, fdt, node));
}
