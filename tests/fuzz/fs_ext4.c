/* SPDX-License-Identifier: Apache-2.0 */
/* Damaged ext2, ext3 and ext4 file systems are mounted and read. */
#include "fs_disk.h"

#define TREE                                                                                                                       \
	"mkdir -p t/guest/vm; head -c 9000 /dev/urandom >t/a; echo b "                                                             \
	">t/guest/b; head -c 140 t/a >t/c; ln -s guest/b t/log; ln -s "                                                            \
	"guest/vm/../vm/../vm/../vm/../vm/../vm/../vm/../vm/../b t/l; for i "                                                      \
	"in 1 3 5 7 9 11 13; do dd if=t/a of=t/guest/vm/p bs=1024 count=1 "                                                        \
	"seek=$i conv=notrunc; done; for i in $(seq 12); do echo >t/guest/vm/"                                                     \
	"file-number-$i-with-a-name-that-is-long-enough-to-fill-a-block-soon; done; truncate -s 4M disk; mkfs.ext4 -q -F -b 1024 " \
	"-N 128 -d t "

#define JOURNAL                                                                \
	"b=$(debugfs -R 'blocks a' disk | cut -d ' ' -f 1); "                  \
	"printf \"jo\\njw -b $b t/c\\njw -r $b\\njw -b $b t/b\\njc\\n\" | "    \
	"debugfs -w -f - disk"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	/* without checksums the damage gets further */
	fs_disk_seed(TREE "-O ^metadata_csum,^has_journal disk");
	fs_disk_seed(TREE "-I 256 -O ^metadata_csum,^has_journal,inline_data "
			  "disk");
	fs_disk_seed(TREE "-t ext2 disk");
	fs_disk_seed(TREE "-O ^metadata_csum -J size=1 disk; " JOURNAL);
	fs_disk_seed(TREE "-O ^has_journal disk");
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
