/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The power is cut at each single block that a row of operations writes; of
 * what was written since the last flush all stands on the disk, or any part of
 * it in any order. The next mount finds and mends it: what nobody was writing is
 * there byte by byte, what was renamed or replaced is the one or the other, and
 * fsck has nothing to complain about.
 */
#include <fs/fs.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../../fs/fsys.h"
#include "../../fake/fake.h"
#include "fat_image.h"

enum op_kind {
	OP_CREATE, /* also writes to a second file in turns, where there is one */
	OP_APPEND,
	OP_REPLACE,
	OP_RENAME,
	OP_UNLINK,
	OP_TRUNCATE,
	OP_MKDIR,
	OP_RMDIR,
	OP_SYNC,
};

struct op {
	enum op_kind kind;
	const char *path, *other;
	unsigned int seed;
	size_t len;
};

#define LONG "/guest/a name long enough for four entries of a directory.txt"

/* What stands there before; 5 KiB of each are enough for several clusters */
static const struct op before[] = {
	{OP_MKDIR, "/guest", NULL, 0, 0},
	{OP_MKDIR, "/guest/vm_default", NULL, 0, 0},
	{OP_MKDIR, "/elsewhere", NULL, 0, 0},
	{OP_CREATE, "/guest/Image", "/guest/Image 2", 10, 9000},
	{OP_CREATE, "/keep", NULL, 11, 5000},
	{OP_CREATE, "/elsewhere/keep with a long name", NULL, 12, 700},
	{OP_CREATE, "/guest/vm_default/a.toml", NULL, 13, 1500},
	{OP_CREATE, "/guest/vm_default/empty", NULL, 13, 0},
	{OP_CREATE, "/victim", NULL, 14, 6000},
	{OP_CREATE, "/log", NULL, 15, 2100},
	{OP_CREATE, "/moves", NULL, 16, 3100},
	{OP_CREATE, "/elsewhere/moves 2", NULL, 17, 100},
	{OP_CREATE, "/over", NULL, 18, 4100},
	{OP_CREATE, "/nothing", NULL, 20, 0},
	{OP_CREATE, "/becomes nothing", NULL, 21, 1800},
	{OP_MKDIR, "/elsewhere/wanders", NULL, 0, 0},
	{OP_CREATE, "/elsewhere/wanders/inside", NULL, 19, 1100},
};

static const struct op ops[] = {
	{OP_CREATE, "/new", NULL, 1, 5000},
	{OP_CREATE, LONG, "/second", 2, 3000},
	{OP_APPEND, "/log", NULL, 15, 9000},
	{OP_REPLACE, "/guest/vm_default/a.toml", NULL, 3, 2500},
	{OP_REPLACE, "/guest/vm_default/and one that is new.toml", NULL, 4,
	 300},
	{OP_RENAME, "/moves", "/elsewhere/has moved to a longer name", 0, 0},
	{OP_RENAME, "/elsewhere/moves 2", "/over", 0, 0},
	{OP_RENAME, "/nothing", "/becomes nothing", 0, 0},
	{OP_RENAME, "/guest/vm_default/empty", "/guest/vm_default/void", 0, 0},
	{OP_RENAME, "/elsewhere/wanders", "/guest/has wandered", 0, 0},
	{OP_UNLINK, "/victim", NULL, 0, 0},
	{OP_UNLINK, LONG, NULL, 0, 0},
	{OP_CREATE, "/reuses what was freed", NULL, 5, 12000},
	{OP_TRUNCATE, "/log", NULL, 0, 1000},
	{OP_TRUNCATE, "/new", NULL, 0, 0},
	{OP_MKDIR, "/guest/a directory with a name", NULL, 0, 0},
	{OP_SYNC, NULL, NULL, 0, 0},
	{OP_RMDIR, "/guest/a directory with a name", NULL, 0, 0},
	/* the directory grows */
	{OP_CREATE,
	 "/guest/vm_default/one more that takes five entries, as "
	 "its name is this long",
	 NULL, 6, 10},
	{OP_CREATE,
	 "/guest/vm_default/two more that take five entries, as "
	 "its name is this long",
	 NULL, 7, 10},
	{OP_CREATE,
	 "/guest/vm_default/three more that take five entries, as "
	 "its name is this long",
	 NULL, 8, 0},
	{OP_RENAME,
	 "/guest/vm_default/three more that take five entries, as "
	 "its name is this long",
	 "/guest/vm_default/and its new name takes as many, and stands in a "
	 "new cluster",
	 0, 0},
	{OP_SYNC, NULL, NULL, 0, 0},
};

/*
 * What should be there
 */
#define FILES_MAX 48

struct file {
	const char *path; /* NULL: free */
	bool directory;
	unsigned int seed;
	size_t len;
};

struct tree {
	struct file files[FILES_MAX];
};

static struct file *tree_find(struct tree *t, const char *path)
{
	for (unsigned int i = 0; i < FILES_MAX; i++)
		if (t->files[i].path && !strcmp(t->files[i].path, path))
			return &t->files[i];
	return NULL;
}

static struct file *tree_add(struct tree *t, const char *path)
{
	struct file *f = tree_find(t, path);

	for (unsigned int i = 0; !f && i < FILES_MAX; i++)
		if (!t->files[i].path)
			f = &t->files[i];
	assert_non_null(f);
	*f = (struct file){.path = path};
	return f;
}

/* Paths of what lies in a directory that moves; there is one such file. */
static const char *moved_path(const char *path, const struct op *op)
{
	return !strcmp(path, "/elsewhere/wanders/inside") &&
			       !strcmp(op->path, "/elsewhere/wanders")
		       ? "/guest/has wandered/inside"
		       : NULL;
}

static void tree_rename(struct tree *t, const struct op *op)
{
	struct file moved = *tree_find(t, op->path);

	tree_find(t, op->path)->path = NULL;
	moved.path = op->other;
	*tree_add(t, op->other) = moved;
	for (unsigned int i = 0; i < FILES_MAX; i++)
		if (t->files[i].path && moved_path(t->files[i].path, op))
			t->files[i].path = moved_path(t->files[i].path, op);
}

static void tree_do(struct tree *t, const struct op *op)
{
	struct file *f;

	switch (op->kind) {
	case OP_CREATE:
		if (op->other) {
			f = tree_add(t, op->other);
			f->seed = op->seed + 100;
			f->len = op->len;
		}
		/* fallthrough */
	case OP_REPLACE:
		f = tree_add(t, op->path);
		f->seed = op->seed;
		f->len = op->len;
		break;
	case OP_APPEND:
	case OP_TRUNCATE:
		tree_find(t, op->path)->len = op->len;
		break;
	case OP_RENAME:
		tree_rename(t, op);
		break;
	case OP_UNLINK:
	case OP_RMDIR:
		tree_find(t, op->path)->path = NULL;
		break;
	case OP_MKDIR:
		tree_add(t, op->path)->directory = true;
		break;
	case OP_SYNC:
		break;
	}
}

static uint8_t byte_of(unsigned int seed, size_t at)
{
	return (uint8_t)(seed * 37 + at * 3 + (at >> 8) * 101 + 1);
}

/*
 * The operations
 */
static void write_more(struct fs_file *f, unsigned int seed, size_t len)
{
	uint8_t part[700];

	for (unsigned int i = 0; i < sizeof(part); i++)
		part[i] = byte_of(seed, fs_size(f) + i);
	if (len > sizeof(part))
		len = sizeof(part);
	assert_int_equal(fs_write(f, part, len), len);
}

static void op_write(const struct op *op)
{
	unsigned int flags = op->kind == OP_APPEND    ? FS_APPEND
			     : op->kind == OP_REPLACE ? FS_REPLACE
						      : FS_CREATE;
	struct fs_file *f, *g = NULL;

	assert_int_equal(fs_open(op->path, FS_WRITE | flags, &f), 0);
	if (op->other)
		assert_int_equal(fs_open(op->other, FS_WRITE | flags, &g), 0);
	while (fs_size(f) < op->len) {
		write_more(f, op->seed, op->len - fs_size(f));
		if (g)
			write_more(g, op->seed + 100, op->len - fs_size(g));
	}
	if (g)
		assert_int_equal(fs_close(g), 0);
	assert_int_equal(fs_close(f), 0);
}

static void op_do(const struct op *op)
{
	struct fs_file *f;

	switch (op->kind) {
	case OP_CREATE:
	case OP_APPEND:
	case OP_REPLACE:
		op_write(op);
		break;
	case OP_RENAME:
		assert_int_equal(fs_rename(op->path, op->other), 0);
		break;
	case OP_UNLINK:
		assert_int_equal(fs_unlink(op->path), 0);
		break;
	case OP_TRUNCATE:
		assert_int_equal(fs_open(op->path, FS_WRITE, &f), 0);
		assert_int_equal(fs_truncate(f, op->len), 0);
		assert_int_equal(fs_close(f), 0);
		break;
	case OP_MKDIR:
		assert_int_equal(fs_mkdir(op->path), 0);
		break;
	case OP_RMDIR:
		assert_int_equal(fs_rmdir(op->path), 0);
		break;
	case OP_SYNC:
		assert_int_equal(fs_sync(), 0);
		break;
	}
}

/*
 * Looking
 */
static struct tree found;
static char found_paths[FILES_MAX][300];
static unsigned int found_count;
static const char *moment; /* for messages */

#define check(condition, path)                                                 \
	do {                                                                   \
		if (!(condition))                                              \
			fail_msg("%s: %s: %s", moment, path, #condition);      \
	} while (0)

/* The file's bytes are those of the seed, and as many */
static bool has_bytes(const char *path, unsigned int seed, size_t len)
{
	static uint8_t got[20000];
	struct fs_file *f;
	bool same = true;

	check(!fs_open(path, FS_READ, &f), path);
	check(fs_pread(f, got, sizeof(got), 0) == (int64_t)len, path);
	for (size_t i = 0; i < len && same; i++)
		same = got[i] == byte_of(seed, i);
	check(!fs_close(f), path);
	return same;
}

static void look(const char *path)
{
	struct fs_dirent e;
	struct fs_dir *d;
	int more;

	check(!fs_opendir(path, &d), path);
	while ((more = fs_readdir(d, &e)) > 0) {
		char *at = found_paths[found_count];
		struct file *f;

		check(found_count < FILES_MAX, e.name);
		snprintf(at, sizeof(found_paths[0]), "%s/%s",
			 path[1] ? path : "", e.name);
		found_count++;
		f = tree_add(&found, at);
		f->directory = e.stat.kind == FS_DIRECTORY;
		f->len = e.stat.size_bytes;
		if (f->directory)
			look(at);
	}
	check(!more, path);
	fs_closedir(d);
}

static bool is_whole(const struct file *wanted)
{
	struct file *f = tree_find(&found, wanted->path);

	return f && f->directory == wanted->directory &&
	       f->len == wanted->len &&
	       (f->directory || has_bytes(f->path, wanted->seed, f->len));
}

/* Is it one that the operation changes? */
static bool is_touched(const struct op *op, const char *path)
{
	return op && op->path &&
	       (!strcmp(path, op->path) ||
		(op->other && !strcmp(path, op->other)) ||
		(op->kind == OP_RENAME &&
		 (moved_path(path, op) ||
		  !strcmp(path, "/guest/has wandered/inside"))));
}

/* As the tree has it, or not there where the tree has nothing */
static bool as_in(struct tree *t, const char *path)
{
	struct file *f = tree_find(t, path);

	return f ? is_whole(f) : !tree_find(&found, path);
}

/* What was written to has its first bytes, be they many or few. */
static void check_part(struct tree *old, struct tree *new, const char *path)
{
	struct file *f = tree_find(&found, path), *was = tree_find(old, path);
	struct file *is = tree_find(new, path);
	size_t least = was && was->len < is->len ? was->len : 0;

	if (!f) {
		check(!was, path);
		return;
	}
	check(f->len >= least, path);
	check(has_bytes(path, is->seed, f->len), path);
}

static void check_op(const struct op *op, struct tree *old, struct tree *new)
{
	bool before_it, after_it;

	switch (op->kind) {
	case OP_CREATE:
	case OP_APPEND:
	case OP_TRUNCATE:
		check_part(old, new, op->path);
		if (op->other)
			check_part(old, new, op->other);
		break;
	default:
		before_it = as_in(old, op->path) &&
			    (!op->other || as_in(old, op->other));
		after_it = as_in(new, op->path) &&
			   (!op->other || as_in(new, op->other));
		check(before_it || after_it, op->path);
	}
}

static void check_tree(const struct op *op, struct tree *old, struct tree *new)
{
	memset(&found, 0, sizeof(found));
	found_count = 0;
	look("/");
	for (unsigned int i = 0; i < FILES_MAX; i++) {
		struct file *f = &old->files[i];

		if (f->path && !is_touched(op, f->path))
			check(is_whole(f), f->path);
		f = &found.files[i];
		if (f->path && !is_touched(op, f->path))
			check(tree_find(old, f->path), f->path);
	}
	if (op && op->path)
		check_op(op, old, new);
}

/*
 * Cutting
 */
struct log {
	struct fake_write *writes;
	size_t count;
	size_t begin[ARRAY_SIZE(ops) + 1]; /* of each operation */
};

static struct fake_disk *disk;
static uint8_t *base;
static struct log written;
static struct tree trees[ARRAY_SIZE(ops) + 1];

static void put(const struct fake_write *w)
{
	if (w->data)
		memcpy(disk->bytes + w->block * disk->dev.block_size, w->data,
		       disk->dev.block_size);
}

static void put_back(const struct fake_write *w, size_t count)
{
	uint32_t size = disk->dev.block_size;

	for (size_t i = 0; i < count; i++)
		memcpy(disk->bytes + w[i].block * size,
		       base + w[i].block * size, size);
}

/* Some of the writes since the last flush, in some order */
static void put_shuffled(size_t from, size_t to)
{
	size_t order[4096], count = to - from;

	assert_true(count <= ARRAY_SIZE(order));
	for (size_t i = 0; i < count; i++) {
		size_t j = fake_random(i + 1);

		order[i] = order[j];
		order[j] = from + i;
	}
	for (size_t i = 0; i < count; i++)
		if (fake_random(3))
			put(&written.writes[order[i]]);
}

static void forget_writes(void)
{
	for (size_t i = 0; i < disk->write_count; i++)
		free(disk->writes[i].data);
	disk->write_count = 0;
}

/* Cut again while it is mended, and mended again */
static void cut_mending(void)
{
	disk->writes_left = (long)fake_random(12);
	fs_start();
	mounts_drop();
	disk->writes_left = -1;
}

static void cut_at(size_t at, bool shuffled, bool twice, enum fat_kind kind,
		   bool fsck)
{
	static char text[100];
	size_t flushed = at;
	unsigned int i = 0;

	while (flushed && written.writes[flushed - 1].data)
		flushed--;
	while (i < ARRAY_SIZE(ops) && written.begin[i + 1] <= at)
		i++;
	snprintf(text, sizeof(text), "%s cut at write %zu%s%s, operation %u",
		 fat_kinds[kind].type, at, shuffled ? " shuffled" : "",
		 twice ? " twice" : "", i);
	moment = text;
	for (size_t j = 0; j < (shuffled ? flushed : at); j++)
		put(&written.writes[j]);
	if (shuffled)
		put_shuffled(flushed, at);
	if (twice)
		cut_mending();
	check(fs_start() == 1, "mount");
	check_tree(i < ARRAY_SIZE(ops) ? &ops[i] : NULL, &trees[i],
		   i < ARRAY_SIZE(ops) ? &trees[i + 1] : NULL);
	check(!fs_sync(), "sync");
	mounts_drop();
	if (fsck)
		check(fat_disk_is_clean(disk, kind), "fsck");
	put_back(written.writes, at);
	put_back(disk->writes, disk->write_count);
	forget_writes();
}

static void prepare(enum fat_kind kind)
{
	size_t size;

	disk = fat_disk_made(kind);
	size = disk->dev.block_count * disk->dev.block_size;
	assert_int_equal(fs_start(), 1);
	memset(trees, 0, sizeof(trees));
	for (unsigned int i = 0; i < ARRAY_SIZE(before); i++) {
		op_do(&before[i]);
		tree_do(&trees[0], &before[i]);
	}
	assert_int_equal(fs_sync(), 0);
	mounts_drop();
	base = malloc(size);
	memcpy(base, disk->bytes, size);
	disk->record = true;
	assert_int_equal(fs_start(), 1);
	for (unsigned int i = 0; i < ARRAY_SIZE(ops); i++) {
		written.begin[i] = disk->write_count;
		op_do(&ops[i]);
		trees[i + 1] = trees[i];
		tree_do(&trees[i + 1], &ops[i]);
	}
	mounts_drop();
	written.writes = disk->writes;
	written.count = written.begin[ARRAY_SIZE(ops)] = disk->write_count;
	disk->writes = NULL;
	disk->write_count = disk->write_room = 0;
	memcpy(disk->bytes, base, size);
}

/* A FAT32 is large by its nature: fsck looks at one in so many */
static void cut_everywhere(enum fat_kind kind, unsigned int fsck_each)
{
	unsigned int number = 0;

	fake_seed(1);
	prepare(kind);
	for (size_t at = 0; at <= written.count; at++) {
		cut_at(at, false, false, kind, number++ % fsck_each == 0);
		cut_at(at, true, false, kind, number++ % fsck_each == 0);
		cut_at(at, true, true, kind, number++ % fsck_each == 0);
	}
	for (size_t i = 0; i < written.count; i++)
		free(written.writes[i].data);
	free(written.writes);
	free(base);
}

static int cleanup(void **state)
{
	(void)state;
	mounts_drop();
	fake_disks_free();
	return 0;
}

static void fat12(void **state)
{
	(void)state;
	cut_everywhere(KIND_FAT12, 2);
}

static void fat16(void **state)
{
	(void)state;
	cut_everywhere(KIND_FAT16, 2);
}

static void fat32(void **state)
{
	(void)state;
	cut_everywhere(KIND_FAT32, 40);
}

static void exfat(void **state)
{
	(void)state;
	cut_everywhere(KIND_EXFAT, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(fat12, cleanup),
		cmocka_unit_test_teardown(fat16, cleanup),
		cmocka_unit_test_teardown(fat32, cleanup),
		cmocka_unit_test_teardown(exfat, cleanup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
