/* SPDX-License-Identifier: Apache-2.0 */
/* Cards: how large each is, and whose disk_path is. */
#include "vm_check.h"

#include <string.h>

static void check_card(struct check *check, const struct vm_config *config,
		       unsigned int i)
{
	const struct vm_emu_device *card = &config->emu_devices[i];
	bool has_file = config->disk.path && card == vm_config_card(config);
	uint64_t mib = card->cfg_count ? card->cfg[0] : 0;

	if (mib > VM_CARD_MIB_MAX)
		check_error(check, config,
			    "devices.emu_devices[%u] \"%.30s\": cfg %lu: a "
			    "card has at most 0x%x MiB",
			    i, card->name, (unsigned long)mib, VM_CARD_MIB_MAX);
	else if (!mib && !has_file)
		check_error(check, config,
			    "devices.emu_devices[%u] \"%.30s\": a card without "
			    "size; give its MiB as cfg, for example [64]%s",
			    i, card->name,
			    config->disk.path
				    ? "; disk_path goes to the first card"
				    : ", or its content by kernel.disk_path");
	else if (mib && has_file && config->disk.size_bytes > mib << 20)
		check_error(check, config,
			    "kernel.disk_path: \"%.100s\" has %lu bytes, more "
			    "than the %lu MiB of emu_devices[%u] \"%.30s\"; "
			    "leave out that cfg, or give more",
			    config->disk.path,
			    (unsigned long)config->disk.size_bytes,
			    (unsigned long)mib, i, card->name);
}

static const struct card_kind {
	uint32_t type;
	bool built;
	const char *option;
} card_kinds[] = {
	{VM_EMU_SD_CARD, IS_ENABLED(CONFIG_VDEV_DW_MSHC),
	 "CONFIG_VDEV_DW_MSHC"},
	{VM_EMU_EMMC, IS_ENABLED(CONFIG_VDEV_DWCMSHC), "CONFIG_VDEV_DWCMSHC"},
	{VM_EMU_PHYTIUM_CARD, IS_ENABLED(CONFIG_VDEV_PHYTIUM_MCI),
	 "CONFIG_VDEV_PHYTIUM_MCI"},
};

/* A guest that looks for it finds nothing there. */
static void check_built(struct check *check, const struct vm_config *config,
			unsigned int i)
{
	const struct vm_emu_device *card = &config->emu_devices[i];
	const struct card_kind *kind = card_kinds;

	while (kind->type != card->type)
		kind++;
	if (!kind->built)
		check_warn(check, config,
			   "devices.emu_devices[%u] \"%.30s\": left out, this "
			   "Image is built without it; turn %s on",
			   i, card->name, kind->option);
}

/* A name as of disks and partitions; the machine knows which there are. */
static bool is_part_name(const char *name)
{
	size_t len = strlen(name);

	return len && len <= VM_DISK_NAME_MAX &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789") == len;
}

static void check_kept(struct check *check, const struct vm_config *config)
{
	const char *part = vm_disk_part(config);

	if (part && !is_part_name(part))
		check_error(check, config,
			    "kernel.disk_path: \"%.100s\": behind " VM_DISK_DEV
			    " stands the name of a partition or disk of the "
			    "machine, as " VM_DISK_DEV "vda2",
			    config->disk.path);
	if (part && !IS_ENABLED(CONFIG_FS))
		check_error(check, config,
			    "kernel.disk_path: \"%.100s\" is on the machine's "
			    "disks, and this Image is built without CONFIG_FS",
			    config->disk.path);
}

/* "vda" has all of "vda2" and "nvme0n1" of "nvme0n1p2", but not of "vda2b". */
static bool has_part(const char *disk, const char *part)
{
	size_t len = strlen(disk);
	bool digit = len && disk[len - 1] >= '0' && disk[len - 1] <= '9';
	const char *number = part + len;

	if (strncmp(disk, part, len))
		return false;
	if (!*number)
		return true;
	if (digit && *number++ != 'p')
		return false;
	return *number && !number[strspn(number, "0123456789")];
}

void check_disk_pair(struct check *check, const struct vm_config *a,
		     const struct vm_config *b)
{
	const char *x = vm_disk_part(a), *y = vm_disk_part(b);

	if (!vm_config_card(a) || !vm_config_card(b))
		return;
	if (x && y && (has_part(x, y) || has_part(y, x)))
		check_error(check, b,
			    "kernel.disk_path: \"%.60s\": %.100s has \"%.60s\" "
			    "already: a partition is one VM's",
			    b->disk.path, a->file, a->disk.path);
	else if (vm_disk_is_kept(a) && vm_disk_is_kept(b) && !x && !y &&
		 !strcmp(a->disk.path, b->disk.path))
		check_warn(check, b,
			   "kernel.disk_path: \"%.60s\": %.100s has it, too: "
			   "whichever comes second is refused, but on a file "
			   "system that is only read",
			   b->disk.path, a->file);
}

void check_disk(struct check *check, const struct vm_config *config)
{
	for (unsigned int i = 0; i < config->emu_device_count; i++) {
		if (!vm_emu_is_card(config->emu_devices[i].type))
			continue;
		check_card(check, config, i);
		check_built(check, config, i);
	}
	if (vm_config_card(config))
		check_kept(check, config);
	else if (config->disk.path)
		check_warn(check, config,
			   "kernel.disk_path: \"%.100s\" is ignored: no card "
			   "shows it; give the VM an SD card or an eMMC in "
			   "emu_devices (type 0x%x, 0x%x, 0x%x), or pass a "
			   "disk's controller through",
			   config->disk.path, VM_EMU_SD_CARD, VM_EMU_EMMC,
			   VM_EMU_PHYTIUM_CARD);
}
