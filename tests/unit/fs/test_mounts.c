/* SPDX-License-Identifier: Apache-2.0 */
/* Paths as text, which file system is the root, and where the others are. */
#include <fs/fs.h>

#include <errno.h>
#include <stdio.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "../../../fs/fsys.h"
#include "fake_disk.h"

static int cleanup(void **state)
{
	(void)state;
	mounts_drop();
	fake_disks_free();
	return 0;
}

static void paths(void **state)
{
	static const struct {
		const char *cwd, *path, *is;
	} rows[] = {
		{"/", "", "/"},
		{"/", "/", "/"},
		{"/", "..", "/"},
		{"/", "a", "/a"},
		{"/a/b", "", "/a/b"},
		{"/a/b", ".", "/a/b"},
		{"/a/b", "..", "/a"},
		{"/a/b", "../..", "/"},
		{"/a/b", "../../../c", "/c"},
		{"/a/b", "/c//d/", "/c/d"},
		{"/a/b", "./c/./d/../e", "/a/b/c/e"},
		{"/a/b", "...", "/a/b/..."},
		{"/a//b/", "c", "/a/b/c"},
		{"/a", "..b/c..", "/a/..b/c.."},
	};
	char out[FS_PATH_MAX], name[FS_NAME_MAX + 2];

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		strcpy(out, rows[i].cwd);
		/* in place of the old one, too */
		assert_int_equal(
			fs_path_join(out, rows[i].path, out, sizeof(out)), 0);
		assert_string_equal(out, rows[i].is);
	}
	assert_int_equal(fs_path_join("/", "abc", out, 4), -ENAMETOOLONG);
	assert_int_equal(fs_path_join("/", "abc", out, 5), 0);
	assert_int_equal(fs_path_join("/", "", out, 1), -ENAMETOOLONG);
	memset(name, 'x', FS_NAME_MAX + 1);
	name[FS_NAME_MAX + 1] = '\0';
	assert_int_equal(fs_path_join("/", name, out, sizeof(out)),
			 -ENAMETOOLONG);
	name[FS_NAME_MAX] = '\0';
	assert_int_equal(fs_path_join("/", name, out, sizeof(out)), 0);
}

/* Two partitions of FAT16 with a file each, in a table that sfdisk makes;
 * @second: how the second one is filled */
static struct fake_disk *two_partitions(const char *name, const char *table,
					const char *first, const char *second)
{
	assert_true(fake_shell(
		"rm -f disk p1 p2; truncate -s 12M disk && printf '%s' | "
		"sfdisk -q disk && "
		"mkfs.fat -C p1 4096 && mkfs.fat -C p2 5120 && "
		"echo 1 >one && echo 2 >two && "
		"mcopy -i p1 one :: && mcopy -i p2 two :: && %s && %s && "
		"dd if=p1 of=disk bs=1M seek=1 conv=notrunc status=none && "
		"dd if=p2 of=disk bs=1M seek=6 conv=notrunc status=none",
		table, first, second));
	return fake_disk_load(name, fake_path("disk"), 512);
}

#define PLAIN "label: dos\\nstart=1MiB,size=4MiB\\nstart=6MiB,size=5MiB\\n"
#define BOOT_2                                                                 \
	"label: gpt\\nstart=1MiB,size=4MiB\\nstart=6MiB,size=5MiB,"            \
	"type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B\\n"

static bool exists(const char *path)
{
	struct fs_stat stat;

	return !fs_stat(path, &stat);
}

static void roots(void **state)
{
	struct fs_volume_info info;

	(void)state;
	/* no disk at all */
	assert_int_equal(fs_start(), 0);
	assert_false(fs_mounted());
	assert_int_equal(fs_volume(0, &info), -ENOENT);
	assert_false(exists("/"));
	assert_int_equal(fs_sync(), 0);
	/* the first */
	two_partitions("vda", PLAIN, "true", "true");
	assert_int_equal(fs_start(), 2);
	assert_true(exists("/one") && exists("/mnt/vda2/two"));
	cleanup(state);
	/* the one to boot from */
	two_partitions("nvme0n1", BOOT_2, "true", "true");
	assert_int_equal(fs_start(), 2);
	assert_true(exists("/two") && exists("/mnt/nvme0n1p1/one"));
	cleanup(state);
	/* the one with guests, before the one to boot from */
	two_partitions("vda", BOOT_2, "mmd -i p1 ::guest", "true");
	two_partitions("vdb", BOOT_2, "true", "mmd -i p2 ::guest");
	assert_int_equal(fs_start(), 4);
	assert_true(exists("/one") && exists("/guest"));
	assert_true(exists("/mnt/vdb2/guest") && exists("/mnt/vdb1/one"));
	assert_int_equal(fs_volume(0, &info), 0);
	assert_string_equal(info.path, "/");
	assert_string_equal(info.partition, "vda1");
	assert_int_equal(fs_volume(3, &info), 0);
	assert_string_equal(info.path, "/mnt/vdb2");
	assert_int_equal(fs_volume(4, &info), -ENOENT);
	assert_int_equal(fs_statfs("/mnt/vdb1/one", &info), 0);
	assert_string_equal(info.partition, "vdb1");
}

static bool lists(const char *path, const char *name, int *count)
{
	struct fs_dirent e;
	struct fs_dir *d;
	bool found = false;
	int more;

	*count = 0;
	assert_int_equal(fs_opendir(path, &d), 0);
	while ((more = fs_readdir(d, &e)) > 0) {
		found = found || !strcmp(e.name, name);
		++*count;
	}
	assert_int_equal(more, 0);
	assert_int_equal(fs_readdir(d, &e), 0);
	fs_closedir(d);
	return found;
}

static void mnt(void **state)
{
	struct fs_file *f;
	struct fs_stat stat;
	int count;

	(void)state;
	two_partitions("vda", PLAIN, "true", "true");
	assert_int_equal(fs_start(), 2);
	assert_true(lists("/", "mnt", &count));
	assert_int_equal(count, 2);
	assert_true(lists("/mnt", "vda2", &count));
	assert_int_equal(count, 1);
	assert_int_equal(fs_stat("/mnt", &stat), 0);
	assert_int_equal(stat.kind, FS_DIRECTORY);
	assert_false(exists("/mnt/vda1"));
	assert_false(exists("/mnt/vda22"));
	assert_true(exists("/mnt/vda2/../vda2/./two"));
	/* names that cannot be changed */
	assert_int_equal(fs_mkdir("/mnt"), -EEXIST);
	assert_int_equal(fs_mkdir("/mnt/vda2"), -EEXIST);
	assert_int_equal(fs_rmdir("/mnt/vda2"), -EBUSY);
	assert_int_equal(fs_rename("/mnt/vda2", "/x"), -EBUSY);
	assert_int_equal(fs_rename("/one", "/mnt/vda2/one"), -EXDEV);
	assert_int_equal(fs_rename("/one", "/mnt/vda2"), -EXDEV);
	/* and what both of them hold */
	assert_int_equal(fs_mkdir("/mnt/vda2/dir"), 0);
	assert_int_equal(fs_open("/mnt/vda2/dir/f", FS_WRITE | FS_CREATE, &f),
			 0);
	assert_int_equal(fs_close(f), 0);
	assert_true(lists("/mnt/vda2/dir", "f", &count));
	/* a directory of that name on the root shows what is mounted, too */
	cleanup(state);
	two_partitions("vda", PLAIN,
		       "mmd -i p1 ::mnt && mcopy -i p1 one ::mnt && "
		       "mmd -i p1 ::mnt/vda2",
		       "true");
	assert_int_equal(fs_start(), 2);
	assert_true(lists("/", "mnt", &count));
	assert_int_equal(count, 2);
	assert_true(lists("/mnt", "one", &count));
	assert_int_equal(count, 2);
	assert_true(exists("/mnt/vda2/two"));
}

/* A partition without a file system, one that is damaged: the others mount. */
static void some_fail(void **state)
{
	struct fake_disk *a, *b, *d;

	(void)state;
	a = two_partitions("vda", PLAIN, "true", "true");
	b = two_partitions("vdb", PLAIN, "head -c 4M /dev/zero >p1", "true");
	d = fake_disk_new("vdc", 1 << 20, 512);
	d->gone = -ENODEV;
	/* the size of its FAT: it would reach into the next partition */
	two_partitions("vdd", PLAIN,
		       "printf '\\377\\177' | dd of=p1 bs=1 seek=22 "
		       "conv=notrunc",
		       "true");
	assert_int_equal(fs_start(), 4);
	assert_true(exists("/one") && exists("/mnt/vda2/two") &&
		    exists("/mnt/vdb2/two") && exists("/mnt/vdd2/two"));
	/* the root's disk alone is no guest's */
	assert_int_equal(a->holds, 1);
	assert_int_equal(b->holds + d->holds, 0);
	mounts_drop();
	assert_int_equal(a->holds, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths),
		cmocka_unit_test_teardown(roots, cleanup),
		cmocka_unit_test_teardown(mnt, cleanup),
		cmocka_unit_test_teardown(some_fail, cleanup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
