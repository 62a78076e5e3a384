/* SPDX-License-Identifier: Apache-2.0 */
/* Guest TOML keys that hold arrays; nested ones are positional structs. */
#include <stdio.h>
#include <string.h>

#include "report.h"
#include "schema.h"

#define ITEM_MAX 6

static const struct word emu_types[] = {
	{"dummy", VM_EMU_DUMMY},
	{"interrupt controller", VM_EMU_IRQCHIP},
	{"console", VM_EMU_CONSOLE},
	{"fw_cfg", VM_EMU_FW_CFG},
	{"IVC channel", VM_EMU_IVC},
	{"GIC redistributor", VM_EMU_GIC_REDIST},
	{"GIC distributor", VM_EMU_GIC_DIST},
	{"GIC ITS", VM_EMU_GIC_ITS},
	{"IOAPIC", VM_EMU_IOAPIC},
	{"PIT", VM_EMU_PIT},
	{"PLIC", VM_EMU_PLIC},
	{"power key", VM_EMU_POWER_KEY},
	{"watchdog", VM_EMU_WATCHDOG},
	{"APLIC", VM_EMU_APLIC},
	{"IMSIC", VM_EMU_IMSIC},
	{"SD card", VM_EMU_SD_CARD},
	{"eMMC", VM_EMU_EMMC},
	{"Phytium SD card", VM_EMU_PHYTIUM_CARD},
	{"DesignWare watchdog", VM_EMU_DW_WATCHDOG},
	{"Rockchip CRU", VM_EMU_ROCKCHIP_CRU},
	{"Rockchip PMU", VM_EMU_ROCKCHIP_PMU},
	{"Rockchip IOC", VM_EMU_ROCKCHIP_IOC},
	{"SCMI server", VM_EMU_SCMI},
	{"virtio-blk", VM_EMU_VIRTIO_BLK},
	{"virtio-net", VM_EMU_VIRTIO_NET},
	{"virtio-console", VM_EMU_VIRTIO_CONSOLE},
	{NULL, 0},
};

static bool is_array(struct reader *rd, const struct schema_row *row,
		     const struct toml_node *node)
{
	if (node->type == TOML_ARRAY)
		return true;
	reader_wrong(rd, row, node, "is not an array");
	return false;
}

/* The positions of one inner array; @count in the range @lo to @hi. */
static bool items(struct reader *rd, const struct schema_row *row,
		  const struct toml_node *node, unsigned int lo,
		  unsigned int hi, const char *form,
		  const struct toml_node **item)
{
	const struct toml_node *child;
	unsigned int i = 0;
	char why[96];

	if (node->type != TOML_ARRAY) {
		snprintf(why, sizeof(why), "an element has the form %s", form);
		reader_wrong(rd, row, node, why);
		return false;
	}
	if (node->count < lo || node->count > hi) {
		snprintf(why, sizeof(why), "has %u positions, the form is %s",
			 node->count, form);
		reader_wrong(rd, row, node, why);
		return false;
	}
	for (child = node->first; child; child = child->next)
		item[i++] = child;
	return true;
}

void set_u64_list(struct reader *rd, const struct schema_row *row,
		  const struct toml_node *node)
{
	bool is_ids = row->offset == offsetof(struct vm_config, phys_cpu_ids);
	const struct toml_node *child;
	uint64_t *list;
	uint32_t count = 0;

	if (!is_array(rd, row, node))
		return;
	list = reader_pool(rd, node->count, sizeof(*list));
	if (!list)
		return;
	for (child = node->first; child; child = child->next)
		if (reader_uint(rd, row, child, INT64_MAX, &list[count]))
			count++;
	*(is_ids ? &rd->id_count : &rd->set_count) = node->count;
	*(const uint64_t **)reader_field(rd, row->offset) = list;
}

static void finish(struct reader *rd, const struct schema_row *row,
		   const void *list, uint32_t count)
{
	*(const void **)reader_field(rd, row->offset) = count ? list : NULL;
	*(uint32_t *)reader_field(rd, row->count_offset) = count;
}

static bool read_region(struct reader *rd, const struct schema_row *row,
			const struct toml_node *node, struct vm_region *region)
{
	const struct toml_node *item[ITEM_MAX];
	uint64_t prot, type;

	if (!items(rd, row, node, 4, 4, "[gpa, size, flags, map_type]", item) ||
	    !reader_uint(rd, row, item[0], INT64_MAX, &region->gpa) ||
	    !reader_uint(rd, row, item[1], INT64_MAX, &region->size_bytes) ||
	    !reader_uint(rd, row, item[2], INT64_MAX, &prot) ||
	    !reader_uint(rd, row, item[3], INT64_MAX, &type))
		return false;
	if (prot & ~(uint64_t)0x3f) {
		reader_wrong(rd, row, item[2],
			     "flags are R 1, W 2, X 4, U 8, DEVICE 0x10, "
			     "UNCACHED 0x20");
		return false;
	}
	if (type > VM_MAP_RESERVED) {
		reader_wrong(rd, row, item[3],
			     "map_type is 0 alloc, 1 identical or 2 reserved");
		return false;
	}
	region->prot = (uint32_t)prot;
	region->map_type = (uint32_t)type;
	return true;
}

void set_regions(struct reader *rd, const struct schema_row *row,
		 const struct toml_node *node)
{
	const struct toml_node *child;
	struct vm_region *list;
	uint32_t count = 0;

	if (!is_array(rd, row, node))
		return;
	if (!node->count) {
		reader_wrong(rd, row, node, "a guest needs memory");
		return;
	}
	list = reader_pool(rd, node->count, sizeof(*list));
	for (child = node->first; list && child; child = child->next)
		if (read_region(rd, row, child, &list[count]))
			count++;
	finish(rd, row, list, count);
}

static bool read_emu_cfg(struct reader *rd, const struct schema_row *row,
			 const struct toml_node *node,
			 struct vm_emu_device *device)
{
	const struct toml_node *child;
	char why[64];

	if (node->type != TOML_ARRAY || node->count > VM_EMU_CFG_MAX) {
		snprintf(why, sizeof(why),
			 "cfg is an array of up to %d integers",
			 VM_EMU_CFG_MAX);
		reader_wrong(rd, row, node, why);
		return false;
	}
	for (child = node->first; child; child = child->next)
		if (!reader_uint(rd, row, child, INT64_MAX,
				 &device->cfg[device->cfg_count++]))
			return false;
	return true;
}

static bool read_emu(struct reader *rd, const struct schema_row *row,
		     const struct toml_node *node, struct vm_emu_device *device)
{
	static const char form[] =
		"[name, base_gpa, length, irq_id, emu_type, [cfg]]";
	const struct toml_node *item[ITEM_MAX];
	const struct word *type = emu_types;
	uint64_t irq, number;

	*device =
		(struct vm_emu_device){0}; /* a wrong one may have been here */
	if (!items(rd, row, node, 5, 6, form, item))
		return false;
	device->name = reader_string(rd, row, item[0]);
	if (!device->name ||
	    !reader_uint(rd, row, item[1], INT64_MAX, &device->gpa) ||
	    !reader_uint(rd, row, item[2], INT64_MAX, &device->size_bytes) ||
	    !reader_uint(rd, row, item[3], UINT32_MAX, &irq) ||
	    !reader_uint(rd, row, item[4], UINT32_MAX, &number))
		return false;
	while (type->text && type->value != number)
		type++;
	if (!type->text) {
		reader_wrong(rd, row, item[4],
			     "no such emu_type (see "
			     "Documentation/vm-config.md for the numbers)");
		return false;
	}
	device->irq = (uint32_t)irq;
	device->type = (uint32_t)number;
	return node->count < 6 || read_emu_cfg(rd, row, item[5], device);
}

void set_emu_devices(struct reader *rd, const struct schema_row *row,
		     const struct toml_node *node)
{
	const struct toml_node *child;
	struct vm_emu_device *list;
	uint32_t count = 0;

	if (!is_array(rd, row, node))
		return;
	list = reader_pool(rd, node->count, sizeof(*list));
	for (child = node->first; list && child; child = child->next)
		if (read_emu(rd, row, child, &list[count]))
			count++;
	finish(rd, row, list, count);
}

/* ["/path"] */
static const char *read_path(struct reader *rd, const struct schema_row *row,
			     const struct toml_node *item)
{
	const char *path = reader_string(rd, row, item);

	if (path && *path != '/') {
		reader_wrong(rd, row, item,
			     "a device's path in the tree begins with /");
		return NULL;
	}
	return path;
}

static bool read_pt(struct reader *rd, const struct schema_row *row,
		    const struct toml_node *node, struct vm_pt_device *device)
{
	static const char form[] =
		"[\"/path\"] or [name, gpa, hpa, length, irq]";
	const struct toml_node *item[ITEM_MAX];
	uint64_t irq;

	*device = (struct vm_pt_device){0}; /* a wrong one may have been here */
	if (!items(rd, row, node, 1, 5, form, item))
		return false;
	if (node->count == 1) {
		device->path = read_path(rd, row, item[0]);
		return device->path;
	}
	if (!items(rd, row, node, 5, 5, form, item))
		return false;
	device->name = reader_string(rd, row, item[0]);
	if (!device->name ||
	    !reader_uint(rd, row, item[1], INT64_MAX, &device->gpa) ||
	    !reader_uint(rd, row, item[2], INT64_MAX, &device->hpa) ||
	    !reader_uint(rd, row, item[3], INT64_MAX, &device->size_bytes) ||
	    !reader_uint(rd, row, item[4], UINT32_MAX, &irq))
		return false;
	device->irq = (uint32_t)irq;
	return true;
}

void set_pt_devices(struct reader *rd, const struct schema_row *row,
		    const struct toml_node *node)
{
	const struct toml_node *child;
	struct vm_pt_device *list;
	uint32_t count = 0;

	if (!is_array(rd, row, node))
		return;
	list = reader_pool(rd, node->count, sizeof(*list));
	for (child = node->first; list && child; child = child->next)
		if (read_pt(rd, row, child, &list[count]))
			count++;
	finish(rd, row, list, count);
}

void set_ranges(struct reader *rd, const struct schema_row *row,
		const struct toml_node *node)
{
	bool ports = row->offset == offsetof(struct vm_config, pt_ports);
	uint64_t max = ports ? 0x10000 : INT64_MAX;
	const struct toml_node *item[ITEM_MAX];
	const struct toml_node *child;
	struct vm_range *list;
	uint32_t count = 0;

	if (!is_array(rd, row, node))
		return;
	list = reader_pool(rd, node->count, sizeof(*list));
	for (child = node->first; list && child; child = child->next) {
		if (!items(rd, row, child, 2, 2, "[base, length]", item) ||
		    !reader_uint(rd, row, item[0], max, &list[count].base) ||
		    !reader_uint(rd, row, item[1], max,
				 &list[count].size_bytes))
			continue;
		if (!list[count].size_bytes ||
		    list[count].base + list[count].size_bytes > max) {
			reader_wrong(rd, row, item[1],
				     ports ? "ports end at 0xffff, and a "
					     "length is at least 1"
					   : "a length is at least 1 and ends "
					     "inside the address space");
			continue;
		}
		count++;
	}
	finish(rd, row, list, count);
}

void set_excluded(struct reader *rd, const struct schema_row *row,
		  const struct toml_node *node)
{
	const struct toml_node *item[ITEM_MAX];
	const struct toml_node *child;
	const char **list;
	uint32_t count = 0;

	if (!is_array(rd, row, node))
		return;
	list = reader_pool(rd, node->count, sizeof(*list));
	for (child = node->first; list && child; child = child->next) {
		if (!items(rd, row, child, 1, 1, "[\"/path\"]", item))
			continue;
		list[count] = read_path(rd, row, item[0]);
		if (list[count])
			count++;
	}
	finish(rd, row, list, count);
}

void set_ivc_keys(struct reader *rd, const struct schema_row *row,
		  const struct toml_node *node)
{
	const struct toml_node *child;
	uint64_t *list;
	uint32_t count = 0;

	if (!is_array(rd, row, node))
		return;
	list = reader_pool(rd, node->count, sizeof(*list));
	for (child = node->first; list && child; child = child->next)
		if (reader_uint(rd, row, child, INT64_MAX, &list[count]))
			count++;
	finish(rd, row, list, count);
}

void set_ivc_peers(struct reader *rd, const struct schema_row *row,
		   const struct toml_node *node)
{
	const struct toml_node *item[ITEM_MAX];
	const struct toml_node *child;
	struct vm_ivc_peer *list;
	uint32_t count = 0;

	if (!is_array(rd, row, node))
		return;
	list = reader_pool(rd, node->count, sizeof(*list));
	for (child = node->first; list && child; child = child->next)
		if (items(rd, row, child, 2, 2, "[vm id, key]", item) &&
		    reader_uint(rd, row, item[0], UINT32_MAX,
				&list[count].vm) &&
		    reader_uint(rd, row, item[1], INT64_MAX, &list[count].key))
			count++;
	finish(rd, row, list, count);
}
