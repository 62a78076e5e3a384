/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random operations on FAT and exFAT beside a plain model of a tree of files,
 * with the power cut at random writes: what had returned before is there, the
 * rest is as one of the moments in between, and the test goes on with what it
 * finds.
 */
#include <fs/fs.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../../fs/fsys.h"
#include "../../fake/fake.h"
#include "fat_image.h"

#define DIRS 3
#define NAMES 7 /* of files in each directory */
#define BYTES_MAX 9000
#define STEPS 150

struct file {
	bool exists;
	size_t len;
	uint8_t bytes[BYTES_MAX];
};

struct model {
	bool dirs[DIRS]; /* the first is the root */
	struct file files[DIRS][NAMES];
};

static struct model now, next, *seen; /* next: when the operation is done */
static bool touched[DIRS][NAMES];     /* by the operation that goes on */
static struct fake_disk *disk;

static const char *const dir_names[DIRS] = {"", "/d", "/D with a long name"};
static const char *const file_names[NAMES] = {
	"a",
	"B.TXT",
	"a longer name.toml",
	"größe",
	"one whose name takes several entries of a directory or two.img",
	"x.y.z",
	"UPPER lower",
};

static const char *path_of(unsigned int dir, unsigned int name)
{
	static char paths[4][300];
	static unsigned int turn;
	char *path = paths[turn++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", dir_names[dir],
		 file_names[name]);
	return path;
}

static struct file *any_file(struct model *m, unsigned int *dir,
			     unsigned int *name)
{
	*dir = (unsigned int)fake_random(DIRS);
	*name = (unsigned int)fake_random(NAMES);
	touched[*dir][*name] = true;
	return &m->files[*dir][*name];
}

/* 0, or what a disk that fails answers */
static bool failed(int64_t err)
{
	return err == -EIO || err == -EROFS;
}

/*
 * Operations: each changes next as it goes on. Return: an error.
 */
static int64_t do_write(void)
{
	static uint8_t bytes[BYTES_MAX];
	unsigned int dir, name, flags = FS_WRITE | FS_CREATE;
	struct file *m = any_file(&next, &dir, &name);
	size_t at, len = fake_random(BYTES_MAX / 2);
	struct fs_file *f;
	int64_t done;
	int err;

	if (fake_random(3) == 0)
		flags |= FS_TRUNCATE;
	if (fake_random(3) == 0)
		flags = FS_WRITE | FS_REPLACE;
	err = fs_open(path_of(dir, name), flags, &f);
	if (!next.dirs[dir]) {
		assert_true(err == -ENOENT || failed(err));
		return 0;
	}
	if (err)
		return err;
	if (!m->exists || flags & (FS_TRUNCATE | FS_REPLACE))
		m->len = 0;
	m->exists = true;
	at = fake_random(m->len + 2000);
	if (at + len > BYTES_MAX)
		at = BYTES_MAX - len;
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)fake_random(256);
	done = fs_pwrite(f, bytes, len, at);
	if (done < 0) {
		fs_discard(f);
		return done;
	}
	if (len && at > m->len)
		memset(m->bytes + m->len, 0, at - m->len);
	memcpy(m->bytes + at, bytes, (size_t)done);
	if (done && at + (size_t)done > m->len)
		m->len = at + (size_t)done;
	return fs_close(f);
}

static int64_t do_truncate(void)
{
	unsigned int dir, name;
	struct file *m = any_file(&next, &dir, &name);
	size_t len = fake_random(BYTES_MAX);
	struct fs_file *f;
	int err;

	if (!m->exists)
		return 0;
	err = fs_open(path_of(dir, name), FS_WRITE, &f);
	if (err)
		return err;
	if (len > m->len)
		memset(m->bytes + m->len, 0, len - m->len);
	m->len = len;
	err = fs_truncate(f, len);
	if (err) {
		fs_discard(f);
		return err;
	}
	return fs_close(f);
}

static int64_t do_unlink(void)
{
	unsigned int dir, name;
	struct file *m = any_file(&next, &dir, &name);
	int err = fs_unlink(path_of(dir, name));

	if (!m->exists)
		assert_true(err == -ENOENT || failed(err));
	else
		m->exists = false;
	return err == -ENOENT ? 0 : err;
}

static int64_t do_rename(void)
{
	unsigned int dir, name, to_dir, to_name;
	struct file *from = any_file(&next, &dir, &name);
	struct file *to = any_file(&next, &to_dir, &to_name);
	int err = fs_rename(path_of(dir, name), path_of(to_dir, to_name));

	if (!from->exists || !next.dirs[to_dir]) {
		assert_true(err == -ENOENT || failed(err));
		return err == -ENOENT ? 0 : err;
	}
	if (from != to) {
		*to = *from;
		from->exists = false;
	}
	return err;
}

static int64_t do_dir(void)
{
	unsigned int dir = 1 + (unsigned int)fake_random(DIRS - 1);
	bool empty = true;
	int err;

	for (unsigned int i = 0; i < NAMES; i++)
		empty = empty && !next.files[dir][i].exists;
	if (!next.dirs[dir]) {
		next.dirs[dir] = true;
		return fs_mkdir(dir_names[dir]);
	}
	err = fs_rmdir(dir_names[dir]);
	if (empty)
		next.dirs[dir] = false;
	else
		assert_true(err == -ENOTEMPTY || failed(err));
	return err == -ENOTEMPTY ? 0 : err;
}

static int64_t do_any(void)
{
	switch (fake_random(10)) {
	case 0:
		return do_truncate();
	case 1:
	case 2:
		return do_unlink();
	case 3:
	case 4:
		return do_rename();
	case 5:
	case 6:
		return do_dir();
	case 7:
		return fs_sync();
	default:
		return do_write();
	}
}

/*
 * What is there
 */
static void file_see(unsigned int dir, unsigned int name)
{
	struct file *s = &seen->files[dir][name];
	struct fs_file *f;

	s->exists = !fs_open(path_of(dir, name), FS_READ, &f);
	if (!s->exists)
		return;
	s->len = fs_size(f);
	assert_true(s->len <= BYTES_MAX);
	assert_int_equal(fs_pread(f, s->bytes, BYTES_MAX, 0), s->len);
	assert_int_equal(fs_close(f), 0);
}

static unsigned int count_names(const char *path)
{
	struct fs_dirent e;
	struct fs_dir *d;
	unsigned int count = 0;
	int more;

	assert_int_equal(fs_opendir(*path ? path : "/", &d), 0);
	while ((more = fs_readdir(d, &e)) > 0)
		count++;
	assert_int_equal(more, 0);
	fs_closedir(d);
	return count;
}

static void look(void)
{
	memset(seen, 0, sizeof(*seen));
	for (unsigned int d = 0; d < DIRS; d++) {
		unsigned int count = 0;
		struct fs_stat stat;

		seen->dirs[d] = !d || !fs_stat(dir_names[d], &stat);
		for (unsigned int i = 0; i < NAMES; i++) {
			file_see(d, i);
			count += seen->files[d][i].exists;
		}
		for (unsigned int i = 1; d == 0 && i < DIRS; i++)
			count += !fs_stat(dir_names[i], &stat);
		/* and nothing else, as temporary files */
		if (seen->dirs[d])
			assert_int_equal(count_names(dir_names[d]), count);
	}
}

static bool same(const struct file *a, const struct file *b)
{
	return a->exists == b->exists &&
	       (!a->exists ||
		(a->len == b->len && !memcmp(a->bytes, b->bytes, a->len)));
}

/* Nothing has changed but what the last operation was about. */
static void compare(bool cut)
{
	for (unsigned int d = 0; d < DIRS; d++) {
		assert_true(seen->dirs[d] == now.dirs[d] ||
			    (cut && seen->dirs[d] == next.dirs[d]));
		for (unsigned int i = 0; i < NAMES; i++) {
			const struct file *s = &seen->files[d][i];

			if (same(s, &now.files[d][i]))
				continue;
			if (!cut || !touched[d][i])
				fail_msg("%s", path_of(d, i));
		}
	}
}

static void run(enum fat_kind kind, uint64_t seed)
{
	fake_seed(seed);
	disk = fat_disk_made(kind);
	assert_int_equal(fs_start(), 1);
	memset(&now, 0, sizeof(now));
	now.dirs[0] = true;
	for (unsigned int i = 0; i < STEPS; i++) {
		bool cut;

		next = now;
		memset(touched, 0, sizeof(touched));
		if (fake_random(4) == 0)
			disk->writes_left = (long)fake_random(25);
		cut = do_any() < 0;
		disk->writes_left = -1;
		if (cut || fake_random(20) == 0) {
			mounts_drop();
			assert_int_equal(fs_start(), 1);
		}
		if (!cut)
			now = next;
		look();
		compare(cut);
		now = *seen;
	}
	assert_int_equal(fs_sync(), 0);
	assert_true(fat_disk_is_clean(disk, kind));
	mounts_drop();
	fake_disks_free();
}

static int cleanup(void **state)
{
	(void)state;
	mounts_drop();
	fake_disks_free();
	return 0;
}

static void random_operations(void **state)
{
	(void)state;
	seen = malloc(sizeof(*seen));
	for (enum fat_kind kind = 0; kind < KIND_COUNT; kind++)
		for (uint64_t seed = 1; seed <= 12; seed++)
			run(kind, seed + 100 * kind);
	free(seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(random_operations, cleanup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
