/* SPDX-License-Identifier: Apache-2.0 */
/* The checked VMs as text: memory map, devices, interrupts. */
#include "toml2c.h"

#include <string.h>

#include <libfdt.h>

#include <lib/fdt.h>

const char *map_type_name(uint32_t type)
{
	static const char *const names[] = {"alloc", "identical", "reserved"};

	return type < ARRAY_SIZE(names) ? names[type] : "?";
}

const char *irq_mode_name(uint32_t mode)
{
	static const char *const names[] = {"no_irq", "emulated",
					    "passthrough"};

	return mode < ARRAY_SIZE(names) ? names[mode] : "?";
}

const char *boot_protocol_name(uint32_t protocol)
{
	static const char *const names[] = {"direct", "multiboot", "uefi"};

	return protocol < ARRAY_SIZE(names) ? names[protocol] : "?";
}

const char *emu_type_name(uint32_t type)
{
	switch (type) {
	case VM_EMU_DUMMY:
		return "dummy";
	case VM_EMU_IRQCHIP:
		return "interrupt controller";
	case VM_EMU_CONSOLE:
		return "console";
	case VM_EMU_FW_CFG:
		return "fw_cfg";
	case VM_EMU_IVC:
		return "IVC channel";
	case VM_EMU_GIC_REDIST:
		return "GIC redistributor";
	case VM_EMU_GIC_DIST:
		return "GIC distributor";
	case VM_EMU_GIC_ITS:
		return "GIC ITS";
	case VM_EMU_IOAPIC:
		return "IOAPIC";
	case VM_EMU_PIT:
		return "PIT";
	case VM_EMU_PLIC:
		return "PLIC";
	case VM_EMU_POWER_KEY:
		return "power key";
	case VM_EMU_WATCHDOG:
	case VM_EMU_DW_WATCHDOG:
		return "watchdog";
	case VM_EMU_ROCKCHIP_CRU:
		return "Rockchip CRU";
	case VM_EMU_ROCKCHIP_PMU:
		return "Rockchip PMU";
	case VM_EMU_ROCKCHIP_IOC:
		return "Rockchip IOC";
	case VM_EMU_SCMI:
		return "SCMI server";
	case VM_EMU_APLIC:
		return "APLIC";
	case VM_EMU_IMSIC:
		return "IMSIC";
	case VM_EMU_SD_CARD:
	case VM_EMU_PHYTIUM_CARD:
		return "SD card";
	case VM_EMU_EMMC:
		return "eMMC";
	case VM_EMU_VIRTIO_BLK:
		return "virtio-blk";
	case VM_EMU_VIRTIO_NET:
		return "virtio-net";
	case VM_EMU_VIRTIO_CONSOLE:
		return "virtio-console";
	default:
		return "?";
	}
}

static void put_size(FILE *out, uint64_t bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	unsigned int unit = 0;

	while (bytes >= 1024 && bytes % 1024 == 0 && unit < 4) {
		bytes /= 1024;
		unit++;
	}
	fprintf(out, "%5lu %-3s", (unsigned long)bytes, units[unit]);
}

static void put_span(FILE *out, uint64_t base, uint64_t size)
{
	fprintf(out, "    0x%010lx-0x%010lx  ", (unsigned long)base,
		(unsigned long)(base + size - !!size));
	put_size(out, size);
	fprintf(out, "  ");
}

static void print_flags(FILE *out, uint32_t prot)
{
	fprintf(out, "%c%c%c%s%s%s", prot & 1 ? 'r' : '-', prot & 2 ? 'w' : '-',
		prot & 4 ? 'x' : '-', prot & 8 ? " user" : "",
		prot & 0x10 ? " device" : "", prot & 0x20 ? " uncached" : "");
}

static void print_memory(FILE *out, const struct guest *guest)
{
	const struct vm_config *c = guest->config;
	const struct vm_image *image;
	unsigned int i;

	fprintf(out, "  memory (guest addresses)\n");
	for (i = 0; i < c->region_count; i++) {
		put_span(out, c->regions[i].gpa, c->regions[i].size_bytes);
		fprintf(out, "RAM, %s, ",
			map_type_name(c->regions[i].map_type));
		print_flags(out, c->regions[i].prot);
		fprintf(out, "%s\n",
			c->regions[i].map_type == VM_MAP_IDENTICAL
				? " (the address is a hint)"
				: "");
	}
	for (i = 0; i < VM_IMAGES; i++) {
		image = config_image(c, i);
		if (!image->path)
			continue;
		if (image == &c->disk)
			continue;
		put_span(out, image->load, image->size_bytes);
		fprintf(out, "%s %s%s\n", image_slots[i].name, image->path,
			image->has_load ? "" : " (placed by cvisor)");
	}
	for (i = 0; i < c->pt_address_count; i++) {
		put_span(out, c->pt_addresses[i].base,
			 c->pt_addresses[i].size_bytes);
		fprintf(out, "passed through 1:1\n");
	}
}

/* What the board's tree says of a path: registers and interrupts. */
static void print_node(const struct tool *tool, FILE *out, const char *path)
{
	struct fdt_irq irq;
	struct fdt_reg reg;
	unsigned int i;
	bool edge;
	int node;

	node = tool->host.fdt ? fdt_path_offset(tool->host.fdt, path) : -1;
	for (i = 0;
	     node > 0 && i < 16 && !fdt_node_reg(tool->host.fdt, node, i, &reg);
	     i++)
		fprintf(out, "%s0x%lx+0x%lx", i ? ", " : "  ",
			(unsigned long)reg.addr, (unsigned long)reg.size);
	for (i = 0;
	     node > 0 && i < 16 && !fdt_node_irq(tool->host.fdt, node, i, &irq);
	     i++) {
		int number = fdt_irq_number(tool->host.fdt, &irq, &edge);

		/* another controller's are for its own driver */
		if (number > 0)
			fprintf(out, "%s%d", i ? " " : "  irq ", number);
	}
}

/* Where no tree tells, it may be one. */
static bool is_gic(const struct tool *tool)
{
	static const char *const harts[] = {"riscv,cpu-intc", NULL};

	return !tool->host.fdt ||
	       fdt_find_compatible(tool->host.fdt, harts) < 0;
}

static void put_card(FILE *out, const struct vm_config *c,
		     const struct vm_emu_device *card)
{
	if (card->cfg_count && card->cfg[0])
		fprintf(out, "  %lu MiB", (unsigned long)card->cfg[0]);
	if (c->disk.path && card == vm_config_card(c))
		fprintf(out, "  content %s", c->disk.path);
}

static void print_devices(const struct tool *tool, FILE *out,
			  const struct vm_config *c)
{
	const struct vm_emu_device *e;
	const struct vm_pt_device *d;
	unsigned int i;

	fprintf(out, "  devices\n");
	for (i = 0; i < c->emu_device_count; i++) {
		e = &c->emu_devices[i];
		put_span(out, e->gpa, e->size_bytes);
		fprintf(out, "emulated %s \"%s\"", emu_type_name(e->type),
			e->name);
		if (e->irq)
			fprintf(out, "  irq %u", e->irq);
		if (vm_emu_is_card(e->type))
			put_card(out, c, e);
		fputc('\n', out);
	}
	for (i = 0; i < c->pt_device_count; i++) {
		d = &c->pt_devices[i];
		if (d->path) {
			fprintf(out, "    passed through %s%s", d->path,
				strcmp(d->path, "/")
					? ""
					: "  (all that the host does not "
					  "keep)");
			print_node(tool, out, d->path);
			fputc('\n', out);
			continue;
		}
		put_span(out, d->gpa, d->size_bytes);
		fprintf(out, "passed through \"%s\" from 0x%lx", d->name,
			(unsigned long)d->hpa);
		if (d->irq)
			fprintf(out, "  irq %u%s", d->irq,
				d->irq < 32 && is_gic(tool)
					? " (dummy on a GIC)"
					: "");
		fputc('\n', out);
	}
	for (i = 0; i < c->pt_port_count; i++)
		fprintf(out, "    ports 0x%lx-0x%lx\n",
			(unsigned long)c->pt_ports[i].base,
			(unsigned long)(c->pt_ports[i].base +
					c->pt_ports[i].size_bytes - 1));
	for (i = 0; i < c->excluded_count; i++)
		fprintf(out, "    without %s\n", c->excluded[i]);
}

static void print_sched(FILE *out, const struct vm_config *c, unsigned int i)
{
	const struct vm_sched *s = c->sched ? &c->sched[i] : NULL;

	if (!s)
		return;
	fprintf(out, " at priority %u", s->priority);
	if (s->slice_us)
		fprintf(out, " in slices of %u us", s->slice_us);
	if (s->budget_us)
		fprintf(out, " for %u of %u us", s->budget_us, s->period_us);
}

static void print_ivc(FILE *out, const struct vm_config *c)
{
	unsigned int i;

	if (!c->has_ivc)
		return;
	fprintf(out, "  channels\n");
	for (i = 0; i < c->ivc_publish_count; i++)
		fprintf(out, "    publishes 0x%lx\n",
			(unsigned long)c->ivc_publish[i]);
	for (i = 0; i < c->ivc_subscribe_count; i++)
		fprintf(out, "    subscribes to VM %lu, 0x%lx\n",
			(unsigned long)c->ivc_subscribe[i].vm,
			(unsigned long)c->ivc_subscribe[i].key);
	if (!c->ivc_publish_count && !c->ivc_subscribe_count)
		fprintf(out, "    none\n");
}

static void print_cpus(FILE *out, const struct vm_config *c)
{
	unsigned int i;

	fprintf(out, "  vCPUs");
	for (i = 0; i < c->vcpu_count; i++) {
		fprintf(out, "%s %u", i ? "," : "", i);
		if (c->phys_cpu_ids)
			fprintf(out, " as 0x%lx",
				(unsigned long)c->phys_cpu_ids[i]);
		if (c->phys_cpu_sets)
			fprintf(out, " on 0x%lx",
				(unsigned long)c->phys_cpu_sets[i]);
		else
			fprintf(out, " on any CPU");
		print_sched(out, c, i);
	}
	fputc('\n', out);
}

/* The regions' order decides as at run time: see virt/place.c. */
static const char *entry_note(const struct vm_config *c)
{
	unsigned int i;
	bool moves = false;

	if (c->boot_protocol != VM_BOOT_UEFI &&
	    c->regions[0].map_type == VM_MAP_IDENTICAL)
		return " (moves with the first region)";
	for (i = c->region_count; i-- > 0;) {
		const struct vm_region *region = &c->regions[i];

		if (c->entry_point - region->gpa >= region->size_bytes)
			continue;
		if (region->map_type != VM_MAP_IDENTICAL)
			return "";
		moves = true;
	}
	return moves ? " (moves with its region)" : "";
}

void print_text(const struct tool *tool, FILE *out)
{
	const struct vm_config *c;
	unsigned int i;

	for (i = 0; i < tool->guest_count; i++) {
		c = tool->guests[i].config;
		fprintf(out, "%sVM %u \"%s\" (%s)\n", i ? "\n" : "", c->id,
			c->name, c->file);
		print_cpus(out, c);
		fprintf(out, "  boot %s, entry 0x%lx%s\n",
			boot_protocol_name(c->boot_protocol),
			(unsigned long)c->entry_point, entry_note(c));
		print_memory(out, &tool->guests[i]);
		print_devices(tool, out, c);
		print_ivc(out, c);
		fprintf(out, "  interrupts %s\n", irq_mode_name(c->irq_mode));
	}
}
