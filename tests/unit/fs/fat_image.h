/* SPDX-License-Identifier: Apache-2.0 */
/* Fresh FAT and exFAT disks, and what the build machine's fsck says of them */
#ifndef TESTS_UNIT_FS_FAT_IMAGE_H
#define TESTS_UNIT_FS_FAT_IMAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "fake_disk.h"

enum fat_kind { KIND_FAT12, KIND_FAT16, KIND_FAT32, KIND_EXFAT, KIND_COUNT };

static const struct {
	const char *type;
	const char *make;
	const char *check;
} fat_kinds[] = {
	[KIND_FAT12] = {"FAT12", "mkfs.fat -F 12 -s 1 -C disk 1024",
			"fsck.fat -n checked"},
	[KIND_FAT16] = {"FAT16", "mkfs.fat -F 16 -s 1 -C disk 4096",
			"fsck.fat -n checked"},
	[KIND_FAT32] = {"FAT32", "mkfs.fat -F 32 -s 1 -C disk 34816",
			"fsck.fat -n checked"},
	[KIND_EXFAT] =
		{"exFAT",
		 "truncate -s 2M disk && mkfs.exfat -b 4096 -c 1024 disk",
		 "fsck.exfat -n checked"},
};

static inline struct fake_disk *fat_disk_made(enum fat_kind kind)
{
	assert_true(fake_shell("rm -f disk; %s", fat_kinds[kind].make));
	return fake_disk_load("vda", fake_path("disk"), 512);
}

/* fsck finds nothing to complain about */
static inline bool fat_disk_is_clean(const struct fake_disk *d,
				     enum fat_kind kind)
{
	fake_disk_save(d, fake_path("checked"));
	return fake_shell("%s", fat_kinds[kind].check);
}

#endif
