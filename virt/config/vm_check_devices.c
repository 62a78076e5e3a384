/* SPDX-License-Identifier: Apache-2.0 */
/* Devices and interrupts: of one VM, and of two against each other. */
#include <libfdt.h>
#include <string.h>

#include "vm_check.h"

#define OWN_BYTES 0x1000 /* up to the identification registers */

/* Of Rockchip's: the length of its window; 0: no such. */
static uint64_t rk_bytes(const struct vm_emu_device *device)
{
	return vm_rk_bytes(device->type,
			   device->cfg_count ? device->cfg[0] : 0);
}

static void check_rk(struct check *check, const struct vm_config *config,
		     unsigned int i, const char *part)
{
	const struct vm_emu_device *device = &config->emu_devices[i];

	if (!rk_bytes(device))
		check_error(check, config,
			    "devices.emu_devices[%u] \"%.30s\": its cfg says "
			    "whose %s it is: [%u] or [%u]",
			    i, device->name, part, VM_RK3588, VM_RK3568);
}

static void check_scmi(struct check *check, const struct vm_config *config,
		       unsigned int i)
{
	const struct vm_emu_device *device = &config->emu_devices[i];

	if (device->cfg_count && !vm_is_sip_call(device->cfg[0]))
		check_error(check, config,
			    "devices.emu_devices[%u] \"%.30s\": cfg 0x%lx is "
			    "no SiP call; give 0x82000000 to 0x8200ffff or "
			    "0xc2000000 to 0xc200ffff, none for 0x%x",
			    i, device->name, (unsigned long)device->cfg[0],
			    VM_SCMI_CALL);
}

static void check_emu(struct check *check, const struct vm_config *config,
		      unsigned int i)
{
	const struct vm_emu_device *device = &config->emu_devices[i];

	if (device->type == VM_EMU_DUMMY)
		return;
	if (!device->size_bytes || device->size_bytes > ((uint64_t)1 << 48) ||
	    device->gpa > ((uint64_t)1 << 48) - device->size_bytes)
		check_error(check, config,
			    "devices.emu_devices[%u] \"%.30s\": window 0x%lx, "
			    "length 0x%lx is empty or ends above 48 bits; give "
			    "the length of its registers",
			    i, device->name, (unsigned long)device->gpa,
			    (unsigned long)device->size_bytes);
	if (device->irq > check->intc.last)
		check_error(check, config,
			    "devices.emu_devices[%u] \"%.30s\": interrupt %u "
			    "does not exist: the %s's are %u to %u; choose one "
			    "of these, 0 for none",
			    i, device->name, device->irq, check->intc.name,
			    check->intc.first, check->intc.last);
	if (device->type == VM_EMU_CONSOLE && device->cfg_count &&
	    device->cfg[0] >= VM_CONSOLE_KINDS)
		check_error(check, config,
			    "devices.emu_devices[%u] \"%.30s\": cfg %lu is no "
			    "kind of console; 1 is a PL011, 2 a 16550A, 3 a "
			    "DesignWare 8250, none the host's kind",
			    i, device->name, (unsigned long)device->cfg[0]);
	if (device->type == VM_EMU_ROCKCHIP_CRU)
		check_rk(check, config, i, "CRU");
	if (device->type == VM_EMU_ROCKCHIP_PMU)
		check_rk(check, config, i, "PMU");
	if (device->type == VM_EMU_ROCKCHIP_IOC)
		check_rk(check, config, i, "IOC");
	if (device->type == VM_EMU_SCMI)
		check_scmi(check, config, i);
}

/* Kinds that cvisor alone has, so that files for it can be held to more. */
static const struct own_kind {
	uint32_t type;
	const char *name;
	bool needs_irq;
} own_kinds[] = {
	{VM_EMU_POWER_KEY, "power key", true},
	{VM_EMU_WATCHDOG, "watchdog", false},
	{VM_EMU_DW_WATCHDOG, "DesignWare watchdog", false},
	{VM_EMU_ROCKCHIP_CRU, "Rockchip CRU", false},
	{VM_EMU_ROCKCHIP_PMU, "Rockchip PMU", false},
	{VM_EMU_ROCKCHIP_IOC, "Rockchip IOC", false},
	{VM_EMU_SCMI, "clock server (SCMI)", false},
	{VM_EMU_SD_CARD, "DW-MMC SD card", true},
	{VM_EMU_EMMC, "DWCMSHC eMMC", true},
	{VM_EMU_PHYTIUM_CARD, "Phytium MCI SD card", true},
};

static const struct own_kind *own_kind(uint32_t type)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(own_kinds); i++)
		if (own_kinds[i].type == type)
			return &own_kinds[i];
	return NULL;
}

static void check_own(struct check *check, const struct vm_config *config,
		      unsigned int i)
{
	const struct vm_emu_device *device = &config->emu_devices[i];
	const struct own_kind *kind = own_kind(device->type);
	uint64_t bytes;

	if (!kind)
		return;
	bytes = MAX(rk_bytes(device), (uint64_t)OWN_BYTES);
	if (device->size_bytes && device->size_bytes < bytes)
		check_error(check, config,
			    "devices.emu_devices[%u] \"%.30s\": length 0x%lx "
			    "is too short for a %s; give 0x%lx",
			    i, device->name, (unsigned long)device->size_bytes,
			    kind->name, (unsigned long)bytes);
	if (device->irq ? device->irq < check->intc.first : kind->needs_irq)
		check_error(check, config,
			    "devices.emu_devices[%u] \"%.30s\": interrupt %u "
			    "cannot be a %s's; choose one of %u to %u",
			    i, device->name, device->irq, kind->name,
			    check->intc.first, check->intc.last);
	for (unsigned int j = 0; j < i; j++)
		if (config->emu_devices[j].type == device->type)
			check_error(check, config,
				    "devices.emu_devices[%u] \"%.30s\": "
				    "emu_devices[%u] is a %s already; a VM has "
				    "one, take this out",
				    i, device->name, j, kind->name);
}

#define DUMMIES_END 32 /* on a GIC no such number is a device's */

/*
 * A tuple's number that the tree gives to other devices alone: the dummies that
 * AxVisor's files carry are sources of a PLIC, too. passthrough.c has the same
 * rule. @path: of one of the others
 */
static bool irq_is_elsewhere(const struct check *check,
			     const struct vm_pt_device *device, char *path,
			     int size)
{
	const void *fdt = check->host->fdt;
	bool found = false, edge;
	struct fdt_irq irq;
	struct fdt_reg reg;
	int node = -1;

	if (device->irq >= DUMMIES_END)
		return false;
	while (fdt && (node = fdt_next_node(fdt, node, NULL)) >= 0) {
		bool has = false;

		for (unsigned int i = 0; !fdt_node_irq(fdt, node, i, &irq); i++)
			has |= fdt_irq_number(fdt, &irq, &edge) ==
			       (int)device->irq;
		for (unsigned int i = 0;
		     has && !fdt_node_reg(fdt, node, i, &reg); i++)
			if (ranges_overlap(reg.addr, reg.size, device->hpa,
					   device->size_bytes))
				return false;
		if (has && !found)
			found = !fdt_get_path(fdt, node, path, size);
	}
	return found;
}

/* Is it a device's that goes with the tuple? */
bool pt_irq_counts(const struct check *check, const struct vm_pt_device *device)
{
	char path[128];

	return !device->path && is_irq(check, device->irq) &&
	       !irq_is_elsewhere(check, device, path, sizeof(path));
}

static void check_pt_irq(struct check *check, const struct vm_config *config,
			 unsigned int i)
{
	const struct vm_pt_device *device = &config->pt_devices[i];
	char path[128];

	if (device->irq > check->intc.last)
		check_warn(check, config,
			   "devices.passthrough_devices[%u] \"%.30s\": "
			   "interrupt %u does not exist: the %s's are %u to "
			   "%u; none is passed through",
			   i, device->name, device->irq, check->intc.name,
			   check->intc.first, check->intc.last);
	else if (is_irq(check, device->irq) &&
		 irq_is_elsewhere(check, device, path, sizeof(path)))
		check_warn(check, config,
			   "devices.passthrough_devices[%u] \"%.30s\": "
			   "interrupt %u is \"%s\"'s, which is elsewhere: "
			   "taken for a dummy, none is passed through",
			   i, device->name, device->irq, path);
}

static void check_pt(struct check *check, const struct vm_config *config,
		     unsigned int i)
{
	const struct vm_pt_device *device = &config->pt_devices[i];

	if (device->path)
		return;
	check_pt_irq(check, config, i);
	if (!device->size_bytes || device->size_bytes > ((uint64_t)1 << 48) ||
	    device->gpa > ((uint64_t)1 << 48) - device->size_bytes ||
	    device->hpa > ((uint64_t)1 << 48) - device->size_bytes) {
		check_error(check, config,
			    "devices.passthrough_devices[%u] \"%.30s\": gpa "
			    "0x%lx, hpa 0x%lx, length 0x%lx is empty or ends "
			    "above 48 bits",
			    i, device->name, (unsigned long)device->gpa,
			    (unsigned long)device->hpa,
			    (unsigned long)device->size_bytes);
		return;
	}
	if (!IS_ALIGNED(device->gpa - device->hpa, PAGE_SIZE))
		check_error(check, config,
			    "devices.passthrough_devices[%u] \"%.30s\": gpa "
			    "0x%lx and hpa 0x%lx are misaligned to each other; "
			    "their last 12 bits must be equal",
			    i, device->name, (unsigned long)device->gpa,
			    (unsigned long)device->hpa);
	else if (!IS_ALIGNED(device->hpa | device->size_bytes, PAGE_SIZE))
		check_warn(check, config,
			   "devices.passthrough_devices[%u] \"%.30s\": 0x%lx, "
			   "length 0x%lx is widened to whole 4 KiB pages",
			   i, device->name, (unsigned long)device->hpa,
			   (unsigned long)device->size_bytes);
}

static void check_pt_address(struct check *check,
			     const struct vm_config *config, unsigned int i)
{
	const struct vm_range *range = &config->pt_addresses[i];

	if (range->size_bytes > ((uint64_t)1 << 48) ||
	    range->base > ((uint64_t)1 << 48) - range->size_bytes)
		check_error(check, config,
			    "devices.passthrough_addresses[%u]: 0x%lx, length "
			    "0x%lx ends above 48 bits of address",
			    i, (unsigned long)range->base,
			    (unsigned long)range->size_bytes);
	else if (!IS_ALIGNED(range->base | range->size_bytes, PAGE_SIZE))
		check_warn(check, config,
			   "devices.passthrough_addresses[%u]: 0x%lx, length "
			   "0x%lx is widened to whole 4 KiB pages",
			   i, (unsigned long)range->base,
			   (unsigned long)range->size_bytes);
}

/* Emulated interrupts of one VM must not meet each other or passed ones. */
static void check_irqs(struct check *check, const struct vm_config *config,
		       unsigned int i)
{
	const struct vm_emu_device *a = &config->emu_devices[i];
	unsigned int j;

	if (!is_irq(check, a->irq) || a->type == VM_EMU_DUMMY)
		return;
	for (j = i + 1; j < config->emu_device_count; j++)
		if (config->emu_devices[j].irq == a->irq &&
		    config->emu_devices[j].type != VM_EMU_DUMMY)
			check_error(
				check, config,
				"devices.emu_devices[%u] \"%.30s\": "
				"interrupt %u is already emu_devices[%u]'s; "
				"choose another",
				j, config->emu_devices[j].name, a->irq, i);
	for (j = 0; j < config->pt_device_count; j++)
		if (config->pt_devices[j].irq == a->irq &&
		    pt_irq_counts(check, &config->pt_devices[j]))
			check_error(check, config,
				    "devices.passthrough_devices[%u] "
				    "\"%.30s\": interrupt %u is already "
				    "emu_devices[%u]'s; give that another",
				    j, config->pt_devices[j].name, a->irq, i);
}

void check_devices(struct check *check, const struct vm_config *config)
{
	unsigned int i;

	for (i = 0; i < config->emu_device_count; i++) {
		check_emu(check, config, i);
		check_own(check, config, i);
		check_irqs(check, config, i);
	}
	for (i = 0; i < config->pt_device_count; i++)
		check_pt(check, config, i);
	for (i = 0; i < config->pt_address_count; i++)
		check_pt_address(check, config, i);
}

/* What both name and none gets has its warnings from check_kept(). */
static bool overlap_is_kept(const struct check *check, const struct span *a,
			    const struct span *b)
{
	uint64_t from = MAX(a->base, b->base);
	uint64_t to = MIN(a->base + a->size_bytes, b->base + b->size_bytes);

	return a->kind != SPAN_RAM && b->kind != SPAN_RAM &&
	       host_keeps_range(check->host->fdt, from, to - from);
}

/* Two VMs' host addresses: reserved RAM, tuples and ranges. */
static void check_host_pair(struct check *check, const struct vm_config *a,
			    const struct span *sa, const struct vm_config *b,
			    const struct span *sb)
{
	char label_a[SPAN_LABEL_MAX];
	char label_b[SPAN_LABEL_MAX];
	struct span ha = *sa;
	struct span hb = *sb;

	ha.base = ha.host;
	hb.base = hb.host;
	if (!ranges_overlap(ha.base, ha.size_bytes, hb.base, hb.size_bytes))
		return;
	span_label(a, &ha, label_a);
	span_label(b, &hb, label_b);
	if (ha.kind == SPAN_RAM && hb.kind == SPAN_RAM) {
		if (ha.base != hb.base || ha.size_bytes != hb.size_bytes)
			check_error(check, b,
				    "%s: reserved memory overlaps %s of %s "
				    "(VM \"%.30s\"); make both the same range "
				    "to share it, or move one",
				    label_b, label_a, a->file, a->name);
		return;
	}
	/* A range that covers another VM's device loses it. */
	if (hb.kind == SPAN_RANGE && hb.size_bytes > ha.size_bytes &&
	    range_within(ha.base, ha.size_bytes, hb.base, hb.size_bytes))
		check_warn(check, b, "%s of %s (VM \"%.30s\") is cut out of %s",
			   label_a, a->file, a->name, label_b);
	else if (ha.kind == SPAN_RANGE && ha.size_bytes > hb.size_bytes &&
		 range_within(hb.base, hb.size_bytes, ha.base, ha.size_bytes))
		check_warn(check, a, "%s of %s (VM \"%.30s\") is cut out of %s",
			   label_b, b->file, b->name, label_a);
	else if (!overlap_is_kept(check, &ha, &hb))
		check_error(check, b,
			    "%s: host addresses overlap %s of %s (VM "
			    "\"%.30s\"); a device belongs to one VM",
			    label_b, label_a, a->file, a->name);
}

static void check_between_hosts(struct check *check, const struct vm_config *a,
				const struct vm_config *b)
{
	unsigned int limit = check->report->error_count + 50;
	struct span sa, sb;
	unsigned int i, j;

	for (i = 0; span_get(a, i, &sa); i++) {
		if (!sa.has_host || !sa.size_bytes)
			continue;
		for (j = 0; span_get(b, j, &sb); j++)
			if (sb.has_host && sb.size_bytes)
				check_host_pair(check, a, &sa, b, &sb);
		if (check->report->error_count > limit)
			return;
	}
}

/* Is @path @root or below it? */
static bool path_below(const char *path, const char *root)
{
	size_t len = strlen(root);

	if (len == 1)
		return true;
	return !strncmp(path, root, len) && (!path[len] || path[len] == '/');
}

static void check_path_pair(struct check *check, const struct vm_config *a,
			    unsigned int i, const struct vm_config *b,
			    unsigned int j)
{
	const char *path_a = a->pt_devices[i].path;
	const char *path_b = b->pt_devices[j].path;
	bool b_below = path_below(path_b, path_a);
	bool a_below = path_below(path_a, path_b);
	const void *fdt = check->host->fdt;
	int node = fdt ? fdt_path_offset(fdt, path_a) : -1;

	if (a_below && b_below && node > 0 && host_keeps(fdt, node))
		return; /* it goes to neither */
	if (a_below && b_below && strcmp(path_a, "/"))
		check_error(check, b,
			    "devices.passthrough_devices[%u]: \"%.80s\" is "
			    "already given to %s (VM \"%.30s\"); a device "
			    "belongs to one VM",
			    j, path_b, a->file, a->name);
	else if (a_below && b_below)
		check_warn(check, b,
			   "devices.passthrough_devices[%u]: \"/\" gives only "
			   "what %s (VM \"%.30s\"), which asks for all as "
			   "well, leaves over; name the devices instead",
			   j, a->file, a->name);
	else if (b_below)
		check_warn(check, a,
			   "devices.passthrough_devices[%u]: \"%.80s\" is cut "
			   "out of \"%.80s\": it is given to %s (VM "
			   "\"%.30s\")",
			   i, path_b, path_a, b->file, b->name);
	else if (a_below)
		check_warn(check, b,
			   "devices.passthrough_devices[%u]: \"%.80s\" is cut "
			   "out of \"%.80s\": it is given to %s (VM "
			   "\"%.30s\")",
			   j, path_a, path_b, a->file, a->name);
}

static void check_between_irqs(struct check *check, const struct vm_config *a,
			       unsigned int i, const struct vm_config *b)
{
	uint32_t irq = a->pt_devices[i].irq;
	unsigned int j;

	if (!pt_irq_counts(check, &a->pt_devices[i]))
		return;
	for (j = 0; j < b->pt_device_count; j++)
		if (b->pt_devices[j].irq == irq &&
		    pt_irq_counts(check, &b->pt_devices[j]))
			check_error(check, b,
				    "devices.passthrough_devices[%u] "
				    "\"%.30s\": interrupt %u is already "
				    "\"%.30s\"'s of %s (VM \"%.30s\"); an "
				    "interrupt belongs to one VM",
				    j, b->pt_devices[j].name, irq,
				    a->pt_devices[i].name, a->file, a->name);
}

static void check_between_ports(struct check *check, const struct vm_config *a,
				const struct vm_config *b)
{
	const struct vm_range *pa, *pb;
	unsigned int i, j;

	for (i = 0; i < a->pt_port_count; i++) {
		for (j = 0; j < b->pt_port_count; j++) {
			pa = &a->pt_ports[i];
			pb = &b->pt_ports[j];
			if (!ranges_overlap(pa->base, pa->size_bytes, pb->base,
					    pb->size_bytes))
				continue;
			check_error(check, b,
				    "devices.passthrough_ports[%u]: 0x%lx, "
				    "length 0x%lx is already given to %s (VM "
				    "\"%.30s\"); a port belongs to one VM",
				    j, (unsigned long)pb->base,
				    (unsigned long)pb->size_bytes, a->file,
				    a->name);
		}
	}
}

void check_between(struct check *check, const struct vm_config *a,
		   const struct vm_config *b)
{
	unsigned int i, j;

	check_between_hosts(check, a, b);
	check_between_ports(check, a, b);
	for (i = 0; i < a->pt_device_count; i++) {
		if (!a->pt_devices[i].path) {
			check_between_irqs(check, a, i, b);
			continue;
		}
		for (j = 0; j < b->pt_device_count; j++)
			if (b->pt_devices[j].path)
				check_path_pair(check, a, i, b, j);
	}
}
