/* SPDX-License-Identifier: Apache-2.0 */
/* Damaged FAT and exFAT file systems, some of them left in use, are mounted,
 * mended, read and written. */
#include "fs_disk.h"

#define FILL                                                                   \
	"head -c 9000 /dev/zero >f; mmd -i disk ::guest ::guest/vm; "          \
	"mcopy -i disk f ::a; mcopy -i disk f '::guest/vm/a long name of "     \
	"another file'; mcopy -i disk f ::log; mcopy -i disk f ::guest/b; "

#define USED_12 "printf '\\001' | dd of=disk bs=1 seek=37 conv=notrunc"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fs_disk_seed("mkfs.fat -F 12 -s 1 -C disk 256; " FILL);
	fs_disk_seed("mkfs.fat -F 12 -s 1 -C disk 256; " FILL USED_12);
	fs_disk_seed("mkfs.fat -F 16 -s 1 -C disk 4096; " FILL USED_12);
	/* nobody but cvisor puts files on an exFAT here: the inputs do */
	fs_disk_seed("truncate -s 1M disk; mkfs.exfat -b 4096 -c 512 disk");
	fs_disk_seed("truncate -s 1M disk; mkfs.exfat -b 4096 -c 512 disk; "
		     "printf '\\002' | dd of=disk bs=1 seek=106 conv=notrunc");
	fs_disk_all_mount();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {.at = data, .left = size};

	fs_disk_damage(&in);
	fs_disk_use(&in);
	fs_disk_restore();
	return 0;
}
