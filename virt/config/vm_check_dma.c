/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices that read and write memory by themselves. They know host addresses,
 * and a guest tells them its own: there is no IOMMU in between, so the two must
 * be the same.
 */
#include <stdio.h>
#include <string.h>

#include <libfdt.h>

#include "vm_check.h"

#define PATH_TEXT 128

/* RAM that the guest sees elsewhere than the host; NULL: none. */
static const struct vm_region *moved_region(const struct vm_config *config)
{
	for (unsigned int i = 0; i < config->region_count; i++)
		if (config->regions[i].map_type == VM_MAP_ALLOC &&
		    !(config->regions[i].prot & 0x10))
			return &config->regions[i];
	return NULL;
}

/* Names that the Devicetree Specification 0.4, 2.2.2, gives such devices. */
static bool name_tells(const char *name)
{
	static const char *const masters[] = {
		"dma-controller", "ethernet", "gpu", "mmc",
		"pcie",           "sata",     "usb",
	};
	size_t len = name ? strcspn(name, "@") : 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(masters); i++)
		if (len == strlen(masters[i]) && !memcmp(name, masters[i], len))
			return true;
	return false;
}

/* As far as the tree tells. */
static bool masters_bus(const void *fdt, int node)
{
	static const char *const props[] = {"dma-coherent", "dma-noncoherent",
					    "iommus"};
	static const char *const virtio[] = {"virtio,mmio", NULL};
	const char *type = fdt_getprop(fdt, node, "device_type", NULL);
	struct fdt_reg reg;

	if (fdt_node_reg(fdt, node, 0, &reg) || !fdt_node_enabled(fdt, node))
		return false;
	for (unsigned int i = 0; i < ARRAY_SIZE(props); i++)
		if (fdt_getprop(fdt, node, props[i], NULL))
			return true;
	return (type && !strcmp(type, "pci")) ||
	       fdt_node_compatible_any(fdt, node, virtio) ||
	       name_tells(fdt_get_name(fdt, node, NULL));
}

/** struct finding - devices that one entry of a VM's file gives */
struct finding {
	const char *key;
	unsigned int index;
	unsigned int count;
	char path[PATH_TEXT]; /* of the first */
};

static void finding_tell(struct check *check, const struct vm_config *config,
			 const struct vm_region *region,
			 const struct finding *found)
{
	char others[32] = "";

	if (!found->count)
		return;
	if (found->count > 1)
		snprintf(others, sizeof(others), " and %u more",
			 found->count - 1);
	check_warn(check, config,
		   "devices.%s[%u]: \"%s\"%s may access memory by host "
		   "addresses, which memory_regions[%u] (map_type 0) has not "
		   "in the guest: use map_type 1 there, or leave out what "
		   "does",
		   found->key, found->index, found->path, others,
		   (unsigned int)(region - config->regions));
}

/* Does @config get the node, by which entry? */
static bool is_given(const struct vm_config *config, const void *fdt, int node,
		     struct finding *one)
{
	one->key = "passthrough_devices";
	return !fdt_get_path(fdt, node, one->path, sizeof(one->path)) &&
	       !config_excludes(config, one->path) &&
	       (config_gives_path(config, one->path, &one->index) ||
		config_gives_range(config, fdt, node, &one->key, &one->index));
}

/* One warning for each run of nodes that the same entry gives. */
static void check_vm(struct check *check, const struct vm_config *config)
{
	const struct vm_region *region = moved_region(config);
	const void *fdt = check->host->fdt;
	struct finding found = {.count = 0};
	int node = -1;

	while (region && (node = fdt_next_node(fdt, node, NULL)) >= 0) {
		struct finding one;

		if (!masters_bus(fdt, node) ||
		    !is_given(config, fdt, node, &one))
			continue;
		if (found.count && one.index == found.index &&
		    !strcmp(one.key, found.key)) {
			found.count++;
			continue;
		}
		finding_tell(check, config, region, &found);
		found = one;
		found.count = 1;
	}
	finding_tell(check, config, region, &found);
}

void check_dma(struct check *check)
{
	for (unsigned int i = 0; i < check->count; i++)
		check_vm(check, check->configs[i]);
}
