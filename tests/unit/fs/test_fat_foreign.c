/* SPDX-License-Identifier: Apache-2.0 */
/* FAT and exFAT as others leave them: mtools, cameras, Windows, accidents. */
#define _GNU_SOURCE /* memmem */
#include "fat_files.h"

/* Made by others: mtools, and a cluster size, a sector size, a fragmented file */
static void foreign(void **state)
{
	char list[2000];
	uint8_t *bytes = bytes_of(9, 300000);
	FILE *out = fopen(fake_path("data"), "wb");

	(void)state;
	assert_int_equal(fwrite(bytes, 1, 300000, out), 300000);
	fclose(out);
	assert_true(fake_shell(
		"rm -f disk; mkfs.fat -F 16 -s 4 -C disk 16384 && "
		"for i in 1 2 3 4 5 6 7 8; do "
		"head -c 4096 data >small; mcopy -i disk small ::s$i; done; "
		"for i in 1 3 5 7; do mdel -i disk ::s$i; done; "
		"mmd -i disk ::guest && "
		"mcopy -i disk data '::guest/A name of mtools.Data'"));
	disk = fake_disk_load("vda", fake_path("disk"), 512);
	assert_int_equal(fs_start(), 1);
	read_file("/guest/a NAME of mtools.data", 9, 300000, 300000);
	read_file("/guest/a NAME of mtools.data", 9, 300000, 5000);
	assert_int_equal(names("/guest", list), 1);
	assert_string_equal(list, "A name of mtools.Data ");
	assert_int_equal(fs_mkdir("/from cvisor"), 0);
	write_file("/from cvisor/Here.txt", FS_CREATE, 9, 299999, 3000);
	assert_int_equal(fs_sync(), 0);
	fake_disk_save(disk, fake_path("disk"));
	assert_true(fake_shell("fsck.fat -n disk && "
			       "mcopy -i disk '::from cvisor/Here.txt' got && "
			       "head -c 299999 data | cmp - got"));
	mounts_drop();
	fake_disks_free();
	/* sectors of 4096 bytes, on disks of both kinds */
	for (uint32_t block = 512; block <= 4096; block *= 8) {
		assert_true(fake_shell("rm -f disk; "
				       "mkfs.fat -S 4096 -C disk 40960 && "
				       "mcopy -i disk data ::"));
		disk = fake_disk_load("vda", fake_path("disk"), block);
		assert_int_equal(fs_start(), 1);
		read_file("/data", 9, 300000, 299);
		write_file("/new", FS_CREATE, 3, 5000, 4000);
		restart();
		read_file("/new", 3, 5000, 4000);
		mounts_drop();
		fake_disks_free();
	}
	/* the other way round is refused */
	assert_true(fake_shell("rm -f disk; mkfs.fat -C disk 4096"));
	disk = fake_disk_load("vda", fake_path("disk"), 4096);
	assert_int_equal(fs_start(), 0);
	free(bytes);
}

/* A file that another system left with one of our marks, in a volume in use */
static void foreign_marks(void **state)
{
	(void)state;
	for (unsigned int mark = 200; mark < 256; mark++) {
		uint8_t *root;

		begin(KIND_FAT16);
		write_file("/FILE", FS_CREATE, 1, 5000, 999);
		assert_int_equal(fs_sync(), 0);
		mounts_drop();
		root = memmem(disk->bytes, 1 << 20, "FILE       ", 11);
		assert_non_null(root);
		root[13] = (uint8_t)mark;
		disk->bytes[37] |= 1;
		assert_int_equal(fs_start(), 1);
		read_file("/FILE", 1, 5000, 999);
		end(KIND_FAT16);
	}
}

/* Two names for the same clusters, which no cut makes: nothing is changed */
static void foreign_damage(void **state)
{
	struct fs_volume_info info;
	uint8_t *a, *b;

	(void)state;
	begin(KIND_FAT16);
	write_file("/A", FS_CREATE, 1, 5000, 999);
	write_file("/B", FS_CREATE, 2, 5000, 999);
	assert_int_equal(fs_sync(), 0);
	mounts_drop();
	a = memmem(disk->bytes, 1 << 20, "A          ", 11);
	b = memmem(disk->bytes, 1 << 20, "B          ", 11);
	assert_true(a && b);
	memcpy(b + 26, a + 26, 2);
	disk->bytes[37] |= 1;
	disk->record = true;
	assert_int_equal(fs_start(), 1);
	assert_int_equal(fs_volume(0, &info), 0);
	assert_true(info.read_only);
	read_file("/A", 1, 5000, 999);
	read_file("/B", 1, 5000, 999);
	assert_int_equal(disk->write_count, 0);
}

/* What exFAT calls valid ends before the file does, as Windows leaves it: the
 * rest is zeros, whatever its clusters hold, and stays so when it is written */
static void valid_length(void **state)
{
	uint8_t *old = bytes_of(1, 9000), got[9000], *e = NULL;
	struct fs_file *f;
	uint16_t sum = 0;

	(void)state;
	begin(KIND_EXFAT);
	write_file("/f", FS_CREATE, 1, 9000, 9000);
	assert_int_equal(fs_sync(), 0);
	mounts_drop();
	for (size_t at = 0; at < 1 << 20 && !e; at += 32)
		if (disk->bytes[at] == 0x85 && disk->bytes[at + 32] == 0xc0)
			e = disk->bytes + at;
	assert_non_null(e);
	e[32 + 8] = 1000 & 255;
	e[32 + 9] = 1000 >> 8;
	for (unsigned int i = 0; i < 96; i++)
		if (i != 2 && i != 3)
			sum = (uint16_t)((sum & 1 ? 0x8000 : 0) + (sum >> 1) +
					 e[i]);
	e[2] = (uint8_t)sum;
	e[3] = (uint8_t)(sum >> 8);
	assert_int_equal(fs_start(), 1);
	memset(old + 1000, 0, 8000);
	assert_int_equal(fs_open("/f", FS_WRITE, &f), 0);
	assert_int_equal(fs_pread(f, got, 9000, 0), 9000);
	assert_memory_equal(got, old, 9000);
	assert_int_equal(fs_pread(f, got, 500, 5000), 500);
	assert_memory_equal(got, old + 5000, 500);
	memcpy(old + 7000, "here", 4);
	assert_int_equal(fs_pwrite(f, "here", 4, 7000), 4);
	assert_int_equal(fs_close(f), 0);
	restart();
	assert_int_equal(fs_open("/f", FS_READ, &f), 0);
	assert_int_equal(fs_read(f, got, 9000), 9000);
	assert_memory_equal(got, old, 9000);
	assert_int_equal(fs_close(f), 0);
	free(old);
	end(KIND_EXFAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(foreign, cleanup),
		cmocka_unit_test_teardown(foreign_marks, cleanup),
		cmocka_unit_test_teardown(foreign_damage, cleanup),
		cmocka_unit_test_teardown(valid_length, cleanup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
