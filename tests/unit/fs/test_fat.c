/* SPDX-License-Identifier: Apache-2.0 */
/* FAT12, FAT16, FAT32 and exFAT through fs.h, checked by fsck. */
#include "fat_files.h"

static void files(void **state)
{
	static const size_t parts[] = {1, 511, 512, 700, 4096, 100000};

	(void)state;
	for (enum fat_kind kind = 0; kind < KIND_COUNT; kind++) {
		struct fs_stat stat;

		begin(kind);
		for (unsigned int i = 0; i < ARRAY_SIZE(parts); i++) {
			char path[40];

			snprintf(path, sizeof(path), "/file number %u.bin", i);
			write_file(path, FS_CREATE, i, 20000 + i * 777,
				   parts[i]);
		}
		assert_int_equal(fs_stat("/FILE NUMBER 3.BIN", &stat), 0);
		assert_int_equal(stat.size_bytes, 20000 + 3 * 777);
		assert_int_equal(stat.kind, FS_FILE);
		/* 2026-01-01 00:00:00 */
		assert_int_equal(stat.mtime_s, 1767225600);
		restart();
		for (unsigned int i = 0; i < ARRAY_SIZE(parts); i++) {
			char path[40];

			snprintf(path, sizeof(path), "/file number %u.bin", i);
			for (unsigned int j = 0; j < ARRAY_SIZE(parts); j++)
				read_file(path, i, 20000 + i * 777, parts[j]);
		}
		end(kind);
	}
}

static void directories(void **state)
{
	static char list[20000];

	(void)state;
	for (enum fat_kind kind = 0; kind < KIND_COUNT; kind++) {
		struct fs_stat stat;

		begin(kind);
		assert_int_equal(fs_mkdir("/guest"), 0);
		assert_int_equal(fs_mkdir("/guest"), -EEXIST);
		assert_int_equal(fs_mkdir("/no/where"), -ENOENT);
		assert_int_equal(fs_mkdir("/guest/vm_default"), 0);
		/* enough to make the directory grow, with names in UTF-8 */
		for (unsigned int i = 0; i < 60; i++) {
			char path[100];

			snprintf(
				path, sizeof(path),
				"/guest/vm_default/größe %u – длинное имя.toml",
				i);
			write_file(path, FS_CREATE, i, i * 40, 512);
		}
		restart();
		assert_int_equal(names("/guest/vm_default", list), 60);
		assert_non_null(strstr(list, "größe 59 – длинное имя.toml"));
		read_file("/guest/vm_default/GRÖSSE"
			  "/../größe 7 – длинное имя.toml",
			  7, 280, 512);
		assert_int_equal(fs_stat("/guest/vm_default/größe 1 – длинное "
					 "имя.toml/x",
					 &stat),
				 -ENOTDIR);
		assert_int_equal(fs_rmdir("/guest"), -ENOTEMPTY);
		assert_int_equal(fs_unlink("/guest"), -EISDIR);
		for (unsigned int i = 0; i < 60; i++) {
			char path[100];

			snprintf(
				path, sizeof(path),
				"/guest/vm_default/größe %u – длинное имя.toml",
				i);
			assert_int_equal(fs_rmdir(path), -ENOTDIR);
			assert_int_equal(fs_unlink(path), 0);
			assert_int_equal(fs_unlink(path), -ENOENT);
		}
		assert_int_equal(fs_rmdir("/guest/vm_default"), 0);
		assert_int_equal(fs_rmdir("/guest"), 0);
		assert_int_equal(names("/", list), 0);
		end(kind);
	}
}

static void renames(void **state)
{
	static char list[2000];

	(void)state;
	for (enum fat_kind kind = 0; kind < KIND_COUNT; kind++) {
		struct fs_volume_info before, after;
		struct fs_file *f;

		begin(kind);
		assert_int_equal(fs_volume(0, &before), 0);
		write_file("/a long name of a file", FS_CREATE, 1, 5000, 5000);
		write_file("/other", FS_CREATE, 2, 9000, 5000);
		assert_int_equal(fs_mkdir("/dir"), 0);
		assert_int_equal(fs_mkdir("/dir/sub"), 0);
		/* to a free name, elsewhere, over a file, other letters */
		assert_int_equal(fs_rename("/a long name of a file", "/b"), 0);
		assert_int_equal(fs_rename("/b", "/dir/sub/another long name"),
				 0);
		read_file("/dir/sub/another long name", 1, 5000, 512);
		assert_int_equal(
			fs_rename("/dir/sub/another long name", "/other"), 0);
		read_file("/other", 1, 5000, 512);
		assert_int_equal(fs_rename("/other", "/OTHER"), 0);
		assert_int_equal(names("/", list), 2);
		assert_non_null(strstr(list, "OTHER"));
		/* directories */
		assert_int_equal(fs_rename("/dir/sub", "/moved"), 0);
		write_file("/moved/x", FS_CREATE, 3, 100, 100);
		assert_int_equal(fs_rename("/moved", "/dir/back"), 0);
		read_file("/dir/back/x", 3, 100, 100);
		assert_int_equal(fs_rename("/dir", "/DIR/back/in"), -EINVAL);
		assert_int_equal(fs_rename("/OTHER", "/dir"), -EEXIST);
		assert_int_equal(fs_rename("/dir", "/OTHER"), -EEXIST);
		assert_int_equal(fs_rename("/none", "/x"), -ENOENT);
		assert_int_equal(fs_rename("/", "/x"), -EBUSY);
		assert_int_equal(fs_rename("/OTHER", "/"), -EEXIST);
		/* of what is open */
		assert_int_equal(fs_open("/OTHER", FS_READ, &f), 0);
		assert_int_equal(fs_rename("/OTHER", "/x"), -EBUSY);
		assert_int_equal(fs_rename("/dir/back/x", "/OTHER"), -EBUSY);
		assert_int_equal(fs_unlink("/other"), -EBUSY);
		assert_int_equal(fs_close(f), 0);
		restart();
		assert_int_equal(fs_unlink("/OTHER"), 0);
		assert_int_equal(fs_unlink("/dir/back/x"), 0);
		assert_int_equal(fs_rmdir("/dir/back"), 0);
		assert_int_equal(fs_rmdir("/dir"), 0);
		/* no cluster was lost on the way */
		assert_int_equal(fs_volume(0, &after), 0);
		assert_int_equal(after.free_bytes, before.free_bytes);
		end(kind);
	}
}

static void replacing(void **state)
{
	static char list[2000];

	(void)state;
	for (enum fat_kind kind = 0; kind < KIND_COUNT; kind++) {
		struct fs_file *f, *g;

		begin(kind);
		write_file("/config.toml", FS_REPLACE, 1, 3000, 512);
		write_file("/config.toml", FS_REPLACE, 2, 6000, 512);
		read_file("/config.toml", 2, 6000, 4096);
		/* not before it is closed, not when it is given up */
		assert_int_equal(
			fs_open("/config.toml", FS_WRITE | FS_REPLACE, &f), 0);
		assert_int_equal(fs_write(f, "abc", 3), 3);
		read_file("/config.toml", 2, 6000, 4096);
		fs_discard(f);
		read_file("/config.toml", 2, 6000, 4096);
		/* somebody reads the old one */
		assert_int_equal(
			fs_open("/config.toml", FS_WRITE | FS_REPLACE, &f), 0);
		assert_int_equal(fs_open("/config.toml", FS_READ, &g), 0);
		assert_int_equal(fs_close(f), -EBUSY);
		assert_int_equal(fs_close(g), 0);
		assert_int_equal(names("/", list), 1);
		end(kind);
	}
}

static void parts_of_files(void **state)
{
	(void)state;
	for (enum fat_kind kind = 0; kind < KIND_COUNT; kind++) {
		uint8_t *old = bytes_of(1, 10000), got[20000];
		struct fs_file *f;

		begin(kind);
		write_file("/f", FS_CREATE | FS_EXCLUSIVE, 1, 10000, 999);
		assert_int_equal(fs_open("/f", FS_WRITE, &f), 0);
		memcpy(old + 700, "middle", 6);
		assert_int_equal(fs_pwrite(f, "middle", 6, 700), 6);
		assert_int_equal(fs_truncate(f, 9000), 0);
		/* a hole is zeros, not what the clusters held before */
		assert_int_equal(fs_pwrite(f, "end", 3, 15000), 3);
		assert_int_equal(fs_truncate(f, 16000), 0);
		assert_int_equal(fs_size(f), 16000);
		assert_int_equal(fs_pread(f, got, sizeof(got), 0), 16000);
		assert_memory_equal(got, old, 9000);
		for (unsigned int i = 9000; i < 16000; i++)
			assert_int_equal(got[i], i >= 15000 && i < 15003
							 ? "end"[i - 15000]
							 : 0);
		assert_int_equal(fs_close(f), 0);
		restart();
		assert_int_equal(fs_open("/f", FS_WRITE | FS_APPEND, &f), 0);
		assert_int_equal(fs_write(f, "+", 1), 1);
		assert_int_equal(fs_size(f), 16001);
		assert_int_equal(fs_pread(f, got, 10, 15995), 6);
		assert_memory_equal(got, "\0\0\0\0\0+", 6);
		assert_int_equal(fs_close(f), 0);
		assert_int_equal(
			fs_open("/f", FS_WRITE | FS_CREATE | FS_EXCLUSIVE, &f),
			-EEXIST);
		assert_int_equal(fs_open("/f", FS_WRITE | FS_TRUNCATE, &f), 0);
		assert_int_equal(fs_size(f), 0);
		assert_int_equal(fs_close(f), 0);
		free(old);
		end(kind);
	}
}

static void handles(void **state)
{
	struct fs_file *f, *g;
	char byte;

	(void)state;
	begin(KIND_FAT16);
	write_file("/f", FS_CREATE, 1, 1000, 999);
	assert_int_equal(fs_open("/f", FS_READ, &f), 0);
	assert_int_equal(fs_open("/F", FS_READ, &g), 0);
	assert_int_equal(fs_write(g, "x", 1), -EROFS);
	assert_int_equal(fs_close(g), 0);
	assert_int_equal(fs_open("/F", FS_WRITE, &g), -EBUSY);
	assert_null(g);
	assert_int_equal(fs_close(f), 0);
	assert_int_equal(fs_open("/f", FS_WRITE, &f), 0);
	assert_int_equal(fs_open("/f", FS_READ, &g), -EBUSY);
	assert_int_equal(fs_close(f), 0);
	assert_int_equal(fs_open("/", FS_READ, &g), -EISDIR);
	assert_int_equal(fs_open("/f/g", FS_READ, &g), -ENOTDIR);
	assert_int_equal(fs_open("relative", FS_READ, &g), -ENOENT);
	assert_int_equal(fs_open("/a\\b", FS_WRITE | FS_CREATE, &g), -EINVAL);
	assert_int_equal(fs_open("/a:b", FS_WRITE | FS_CREATE, &g), -EINVAL);
	assert_int_equal(fs_open("/f", FS_READ, &f), 0);
	fs_seek(f, 5000);
	assert_int_equal(fs_read(f, &byte, 1), 0);
	fs_seek(f, 999);
	assert_int_equal(fs_read(f, &byte, 1), 1);
	assert_int_equal((uint8_t)byte, pattern(1, 999));
	fs_discard(f);
	end(KIND_FAT16);
}

static void long_names(void **state)
{
	char path[FS_PATH_MAX + 10], list[2000];

	(void)state;
	for (enum fat_kind kind = KIND_FAT16; kind < KIND_COUNT; kind++) {
		struct fs_stat stat;

		begin(kind);
		path[0] = '/';
		/* 255 units of UTF-16, 510 bytes */
		for (unsigned int i = 0; i < 255; i++)
			memcpy(path + 1 + 2 * i, "é", 2);
		path[511] = '\0';
		write_file(path, FS_CREATE, 1, 700, 999);
		assert_int_equal(names("/", list), 1);
		assert_memory_equal(list, path + 1, 510);
		memcpy(path + 511, "x", 2);
		assert_int_equal(fs_stat(path, &stat), -ENAMETOOLONG);
		memset(path + 1, 'y', FS_PATH_MAX);
		path[FS_PATH_MAX + 1] = '\0';
		assert_int_equal(fs_stat(path, &stat), -ENAMETOOLONG);
		end(kind);
	}
}

static void full_disk(void **state)
{
	(void)state;
	for (enum fat_kind kind = 0; kind < KIND_COUNT; kind++) {
		size_t len = 40 << 20;
		uint8_t *bytes = bytes_of(1, len);
		struct fs_volume_info info;
		struct fs_file *f;
		int64_t done;
		int err = 0;

		begin(kind);
		assert_int_equal(fs_open("/big", FS_WRITE | FS_CREATE, &f), 0);
		done = fs_write(f, bytes, len);
		assert_true(done > 100000 && done < (int64_t)len);
		assert_int_equal(fs_write(f, bytes, 100000), -ENOSPC);
		assert_int_equal(fs_close(f), 0);
		read_file("/big", 1, (size_t)done, 1 << 20);
		assert_int_equal(fs_statfs("/big", &info), 0);
		assert_int_equal(info.free_bytes, 0);
		assert_int_equal(fs_mkdir("/dir"), -ENOSPC);
		/* until there is no room for a name either */
		for (unsigned int i = 0; i < 2000 && !err; i++) {
			char path[40];

			snprintf(path, sizeof(path), "/name number %u", i);
			err = fs_open(path, FS_WRITE | FS_CREATE, &f);
			if (!err)
				assert_int_equal(fs_close(f), 0);
		}
		assert_int_equal(err, -ENOSPC);
		assert_int_equal(fs_unlink("/big"), 0);
		assert_int_equal(fs_mkdir("/dir"), 0);
		free(bytes);
		end(kind);
	}
}

static void disk_failures(void **state)
{
	(void)state;
	for (enum fat_kind kind = 0; kind < KIND_COUNT; kind++) {
		struct fs_file *f;
		struct fs_stat stat;
		char buf[100];

		begin(kind);
		write_file("/f", FS_CREATE, 1, 5000, 999);
		assert_int_equal(fs_open("/f", FS_READ, &f), 0);
		disk->gone = -ENODEV;
		assert_int_equal(fs_read(f, buf, 100), -ENODEV);
		disk->gone = 0;
		assert_int_equal(fs_close(f), 0);
		/* after a write that failed nothing is written any more */
		disk->writes_left = 1;
		assert_int_equal(fs_mkdir("/dir"), -EIO);
		disk->writes_left = -1;
		disk->record = true;
		assert_int_equal(fs_mkdir("/dir"), -EROFS);
		assert_int_equal(disk->write_count, 0);
		assert_int_equal(fs_stat("/f", &stat), 0);
		assert_true(stat.read_only);
		restart();
		read_file("/f", 1, 5000, 512);
		assert_int_equal(fs_mkdir("/dir2"), 0);
		end(kind);
	}
}

static void read_only_disk(void **state)
{
	struct fs_volume_info info;
	struct fs_file *f;

	(void)state;
	begin(KIND_FAT12);
	write_file("/f", FS_CREATE, 1, 5000, 999);
	disk->dev.read_only = true;
	restart();
	read_file("/f", 1, 5000, 999);
	assert_int_equal(fs_open("/f", FS_WRITE, &f), -EROFS);
	assert_int_equal(fs_mkdir("/d"), -EROFS);
	assert_int_equal(fs_unlink("/f"), -EROFS);
	assert_int_equal(fs_volume(0, &info), 0);
	assert_true(info.read_only);
	assert_string_equal(info.type, "FAT12");
	assert_int_equal(fs_sync(), 0);
}

/* Long reads go to the disk in few requests. */
static void reads_are_long(void **state)
{
	(void)state;
	for (enum fat_kind kind = KIND_FAT32; kind < KIND_COUNT; kind++) {
		size_t len = kind == KIND_EXFAT ? 1 << 20 : 8 << 20;
		uint8_t *got = malloc(len);
		struct fs_file *f;

		begin(kind);
		write_file("/f", FS_CREATE, 1, len, len);
		restart();
		assert_int_equal(fs_open("/f", FS_READ, &f), 0);
		disk->reads = 0;
		assert_int_equal(fs_read(f, got, len), len);
		/* one for the data, the others for the FAT */
		assert_in_range(disk->reads, 1, 2 + len / 512 / 128 + 1);
		assert_int_equal(fs_close(f), 0);
		free(got);
		end(kind);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(files, cleanup),
		cmocka_unit_test_teardown(directories, cleanup),
		cmocka_unit_test_teardown(renames, cleanup),
		cmocka_unit_test_teardown(replacing, cleanup),
		cmocka_unit_test_teardown(parts_of_files, cleanup),
		cmocka_unit_test_teardown(handles, cleanup),
		cmocka_unit_test_teardown(long_names, cleanup),
		cmocka_unit_test_teardown(full_disk, cleanup),
		cmocka_unit_test_teardown(disk_failures, cleanup),
		cmocka_unit_test_teardown(read_only_disk, cleanup),
		cmocka_unit_test_teardown(reads_are_long, cleanup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
