/* SPDX-License-Identifier: Apache-2.0 */
/* Partitions for guests: who gets one, who does not, and what becomes of what
 * was mounted there. */
#include <fs/claim.h>

#include <errno.h>
#include <fs/fs.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "../../../fs/fsys.h"
#include "fake_disk.h"

static struct fake_disk *vda;
static const char *why;

/* a root; a FAT; nothing that is known; the last is not whole MiB */
static int setup(void **state)
{
	(void)state;
	assert_true(fake_shell(
		"rm -f disk p; truncate -s 16M disk && printf 'label: dos\\n"
		"start=1MiB,size=4MiB\\nstart=5MiB,size=4MiB\\n"
		"start=9MiB,size=2MiB\\nstart=11MiB,size=2047\\n' | "
		"sfdisk -q disk && mkfs.fat -C p 4096 && echo 1 >one && "
		"mcopy -i p one :: && "
		"dd if=p of=disk bs=1M seek=1 conv=notrunc status=none && "
		"dd if=p of=disk bs=1M seek=5 conv=notrunc status=none"));
	vda = fake_disk_load("vda", fake_path("disk"), 512);
	return 0;
}

static int cleanup(void **state)
{
	(void)state;
	mounts_drop();
	fake_disks_free();
	return 0;
}

static struct fs_claim *claimed(const char *name)
{
	struct fs_claim *c;

	assert_int_equal(fs_claim(name, &c, &why), 0);
	return c;
}

static void refused(const char *name, int err, const char *text)
{
	unsigned int holds = vda->holds;
	struct fs_claim *c;

	assert_int_equal(fs_claim(name, &c, &why), err);
	assert_null(c);
	assert_non_null(strstr(why, text));
	assert_int_equal(vda->holds, holds);
}

static bool exists(const char *path)
{
	struct fs_stat stat;

	return !fs_stat(path, &stat);
}

static void refusals(void **state)
{
	struct fs_claim *c;
	struct fs_file *f;
	struct fs_dir *d;

	(void)state;
	assert_int_equal(fs_start(), 2);
	refused("vda9", -ENOENT, "no such");
	refused("vdb", -ENOENT, "no such");
	refused("vda", -EBUSY, "root");
	refused("vda1", -EBUSY, "root");
	assert_false(fs_is_claimed(&vda->dev));
	c = claimed("vda3");
	assert_true(fs_is_claimed(&vda->dev));
	assert_int_equal(vda->holds, 2);
	refused("vda3", -EBUSY, "another guest");
	refused("vda", -EBUSY, "another guest");
	fs_claim_drop(c);
	assert_int_equal(vda->holds, 1);
	fs_claim_drop(claimed("vda3"));
	/* while somebody has something open there */
	assert_int_equal(fs_open("/mnt/vda2/one", FS_READ, &f), 0);
	refused("vda2", -EBUSY, "open");
	fs_discard(f);
	assert_int_equal(fs_opendir("/mnt/vda2", &d), 0);
	refused("vda2", -EBUSY, "open");
	fs_closedir(d);
	fs_claim_drop(claimed("vda2"));
	assert_true(exists("/mnt/vda2/one"));
	/* a disk that is gone, a table that cannot be read */
	vda->gone = -ENODEV;
	refused("vda3", -ENODEV, "table");
	vda->gone = 0;
	vda->bad_block = 1;
	refused("vda3", -EIO, "table");
	vda->bad_block = 0;
}

/* A whole disk with partitions, mounted or not; one without a table. */
static void whole_disks(void **state)
{
	struct fs_claim *c;

	(void)state;
	assert_true(fake_shell("printf 'label: dos\\nstart=1MiB,size=2MiB\\n' |"
			       " sfdisk -q p"));
	fake_disk_new("vdb", 4 << 20, 512);
	memcpy(fake_disk_load("vdc", fake_path("disk"), 512)->bytes + (1 << 20),
	       vda->bytes + (1 << 20), 4 << 20);
	assert_int_equal(fs_start(), 4);
	refused("vdc", -EBUSY, "mounted");
	c = claimed("vdb");
	assert_int_equal(fs_claim_bytes(c), 4 << 20);
	fs_claim_drop(c);
}

/* What was mounted is not, and is again with what is there then. */
static void mounted_again(void **state)
{
	struct fs_volume_info info;
	struct fs_claim *c;
	struct fs_file *f;
	struct fs_dir *d;

	(void)state;
	assert_int_equal(fs_start(), 2);
	assert_int_equal(fs_open("/mnt/vda2/new", FS_WRITE | FS_CREATE, &f), 0);
	assert_int_equal(fs_write(f, "x", 1), 1);
	assert_int_equal(fs_close(f), 0);
	c = claimed("vda2");
	/* the guest finds it well kept */
	assert_true(vda->bytes[(5 << 20) + 512 + 3] & 0x80 ||
		    !memcmp(vda->bytes + (5 << 20) + 54, "FAT12", 5));
	assert_int_equal(fs_open("/mnt/vda2/one", FS_READ, &f), -EBUSY);
	assert_int_equal(fs_opendir("/mnt/vda2", &d), -EBUSY);
	assert_int_equal(fs_mkdir("/mnt/vda2/x"), -EBUSY);
	assert_int_equal(fs_unlink("/mnt/vda2/one"), -EBUSY);
	assert_int_equal(fs_sync(), 0);
	assert_int_equal(fs_volume(1, &info), 0);
	assert_string_equal(info.type, "a guest's");
	assert_true(exists("/one"));
	/* the guest makes it anew */
	assert_int_equal(fs_claim_write(c, vda->bytes + (1 << 20), 4 << 20, 0),
			 0);
	fs_claim_drop(c);
	assert_true(exists("/mnt/vda2/one") && !exists("/mnt/vda2/new"));
	/* or of no kind that is known */
	c = claimed("vda2");
	memset(vda->bytes + (5 << 20), 0, 4 << 20);
	fs_claim_drop(c);
	assert_false(exists("/mnt/vda2/one"));
	fs_claim_drop(claimed("vda2"));
}

/* Any bytes, on blocks of any size, and no others. */
static void bytes(void **state)
{
	uint8_t out[3 * 4096], in[3 * 4096];
	struct fake_disk *big;
	struct fs_claim *c;

	(void)state;
	big = fake_disk_new("vdb", 1 << 20, 4096);
	assert_int_equal(fs_start(), 2);
	for (size_t i = 0; i < sizeof(out); i++)
		out[i] = (uint8_t)(i / 13 + 1);
	memset(big->bytes, 0x77, 1 << 20);
	c = claimed("vdb");
	assert_int_equal(fs_claim_write(c, out, 7168, 1536), 0);
	assert_memory_equal(big->bytes + 1536, out, 7168);
	assert_int_equal(big->bytes[1535], 0x77);
	assert_int_equal(big->bytes[1536 + 7168], 0x77);
	assert_int_equal(fs_claim_read(c, in, 7168, 1536), 0);
	assert_memory_equal(in, out, 7168);
	assert_int_equal(fs_claim_read(c, in, 512, (1 << 20) - 512), 0);
	assert_int_equal(fs_claim_read(c, in, 1024, (1 << 20) - 512), -ERANGE);
	assert_int_equal(fs_claim_write(c, in, 512, 1 << 20), -ERANGE);
	big->gone = -ENODEV;
	assert_int_equal(fs_claim_write(c, in, 512, 0), -ENODEV);
	assert_int_equal(fs_claim_flush(c), -ENODEV);
	fs_claim_drop(c);
	/* a partition is no larger than it is */
	c = claimed("vda4");
	assert_int_equal(fs_claim_bytes(c), 2047 * 512);
	assert_int_equal(fs_claim_write(c, out, 512, 2047 * 512), -ERANGE);
	fs_claim_drop(c);
	vda->dev.read_only = true;
	c = claimed("vda4");
	assert_true(fs_claim_is_read_only(c));
	assert_int_equal(fs_claim_write(c, out, 512, 0), -EROFS);
	fs_claim_drop(c);
}

static void no_disks(void **state)
{
	struct fs_claim *c;

	(void)state;
	fake_disks_free();
	assert_int_equal(fs_claim("vda", &c, &why), -ENOENT);
	assert_string_equal(why, "there are no disks");
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, cleanup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(refusals), T(whole_disks), T(mounted_again),
		T(bytes),    T(no_disks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
