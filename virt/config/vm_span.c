/* SPDX-License-Identifier: Apache-2.0 */
/* A VM's guest addresses as one list of ranges. */
#include <stdio.h>
#include <string.h>

#include <virt/elf.h>
#include "vm_check.h"

#define IMAGE_COUNT 5

struct image_row {
	uint16_t offset;
	const char *key;
};

static const struct image_row image_rows[IMAGE_COUNT] = {
	{offsetof(struct vm_config, kernel), "kernel_path"},
	{offsetof(struct vm_config, dtb), "dtb_path"},
	{offsetof(struct vm_config, ramdisk), "ramdisk_path"},
	{offsetof(struct vm_config, bios), "bios_path"},
	{offsetof(struct vm_config, uefi), "uefi_firmware_path"},
};

static uint64_t read_le64(const uint8_t *p)
{
	uint64_t v = 0;
	unsigned int i;

	for (i = 8; i; i--)
		v = v << 8 | p[i - 1];
	return v;
}

/*
 * Linux Documentation/arch/arm64/booting.rst and arch/riscv/boot-image-header:
 * image_size, BSS included, at byte 16; magic at byte 56.
 */
uint64_t vm_image_footprint(const struct vm_image *image)
{
	const uint8_t *p = image->data;
	uint64_t size;

	if (!p || image->size_bytes < 64 ||
	    (memcmp(p + 56, "ARM\x64", 4) && memcmp(p + 56, "RSC\x05", 4)))
		return image->size_bytes;
	size = read_le64(p + 16);
	return size < SIZE_1G ? MAX(size, image->size_bytes)
			      : image->size_bytes;
}

static int64_t memory_read(void *ctx, void *buf, size_t len, uint64_t offset)
{
	const struct vm_image *image = ctx;

	if (offset >= image->size_bytes)
		return 0;
	len = MIN(len, image->size_bytes - offset);
	memcpy(buf, (const uint8_t *)image->data + offset, len);
	return (int64_t)len;
}

/* A kernel that says itself where it lies. */
static bool elf_span(const struct vm_image *image, struct span *span)
{
	struct vm_image copy = *image;
	struct elf elf;
	const char *why;

	if (!image->data || !elf_is(image->data, image->size_bytes) ||
	    elf_parse(memory_read, &copy, image->size_bytes, &elf, &why))
		return false;
	span->base = elf.base;
	span->size_bytes = elf.size_bytes;
	return true;
}

static bool is_port(const struct vm_emu_device *device)
{
	/* x86: 16550, fw_cfg and PIT at their port numbers */
	return (device->type == VM_EMU_CONSOLE ||
		device->type == VM_EMU_FW_CFG || device->type == VM_EMU_PIT) &&
	       device->gpa + device->size_bytes <= 0x10000;
}

static bool region0_identical(const struct vm_config *config)
{
	return config->region_count &&
	       config->regions[0].map_type == VM_MAP_IDENTICAL;
}

/*
 * An identical first region takes the kernel to its start (2 MiB further
 * with a BIOS), and the tree to a place of cvisor's choice.
 */
static void image_span(const struct vm_config *config, unsigned int n,
		       struct span *span)
{
	const struct vm_image *image =
		(const void *)((const uint8_t *)config + image_rows[n].offset);

	span->kind = SPAN_IMAGE;
	span->index = n;
	span->base = image->load;
	if (!image->path || !image->has_load)
		return;
	if (image == &config->bios && config->boot_protocol == VM_BOOT_UEFI)
		return; /* bios_load_addr is the firmware's then */
	if (image == &config->kernel && elf_span(image, span))
		return;
	if (image == &config->kernel && region0_identical(config))
		span->base = config->regions[0].gpa +
			     (config->bios.path ? SIZE_2M : 0);
	if (image == &config->dtb && region0_identical(config))
		return;
	span->size_bytes = MAX(vm_image_footprint(image), (uint64_t)1);
}

bool span_get(const struct vm_config *config, unsigned int n, struct span *span)
{
	*span = (struct span){.kind = SPAN_RAM, .index = n};
	if (n < config->region_count) {
		const struct vm_region *region = &config->regions[n];

		span->base = span->host = region->gpa;
		span->size_bytes = region->size_bytes;
		span->has_host = region->map_type == VM_MAP_RESERVED;
		span->floating = region->map_type == VM_MAP_IDENTICAL;
		return true;
	}
	n -= config->region_count;
	if (n < config->emu_device_count) {
		const struct vm_emu_device *device = &config->emu_devices[n];

		span->kind = SPAN_EMU;
		span->index = n;
		span->base = device->gpa;
		if (device->type != VM_EMU_DUMMY && !is_port(device))
			span->size_bytes = device->size_bytes;
		return true;
	}
	n -= config->emu_device_count;
	if (n < config->pt_device_count) {
		const struct vm_pt_device *device = &config->pt_devices[n];

		span->kind = SPAN_PT;
		span->index = n;
		span->base = device->gpa;
		span->host = device->hpa;
		span->has_host = true;
		span->size_bytes = device->path ? 0 : device->size_bytes;
		return true;
	}
	n -= config->pt_device_count;
	if (n < config->pt_address_count) {
		span->kind = SPAN_RANGE;
		span->index = n;
		span->base = span->host = config->pt_addresses[n].base;
		span->has_host = true;
		span->size_bytes = config->pt_addresses[n].size_bytes;
		return true;
	}
	n -= config->pt_address_count;
	if (n >= IMAGE_COUNT)
		return false;
	image_span(config, n, span);
	return true;
}

const char *span_label(const struct vm_config *config, const struct span *span,
		       char buf[SPAN_LABEL_MAX])
{
	unsigned long first = span->base;
	unsigned long last = span->base + span->size_bytes - 1;
	unsigned int i = span->index;

	switch (span->kind) {
	case SPAN_RAM:
		snprintf(buf, SPAN_LABEL_MAX,
			 "kernel.memory_regions[%u] (0x%lx-0x%lx)", i, first,
			 last);
		break;
	case SPAN_EMU:
		snprintf(buf, SPAN_LABEL_MAX,
			 "devices.emu_devices[%u] \"%.20s\" (0x%lx-0x%lx)", i,
			 config->emu_devices[i].name, first, last);
		break;
	case SPAN_PT:
		snprintf(buf, SPAN_LABEL_MAX,
			 "devices.passthrough_devices[%u] \"%.20s\" "
			 "(0x%lx-0x%lx)",
			 i, config->pt_devices[i].name, first, last);
		break;
	case SPAN_RANGE:
		snprintf(buf, SPAN_LABEL_MAX,
			 "devices.passthrough_addresses[%u] (0x%lx-0x%lx)", i,
			 first, last);
		break;
	case SPAN_IMAGE:
		snprintf(buf, SPAN_LABEL_MAX, "kernel.%s (0x%lx-0x%lx)",
			 image_rows[i].key, first, last);
		break;
	}
	return buf;
}
