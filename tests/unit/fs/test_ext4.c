/* SPDX-License-Identifier: Apache-2.0 */
/* What mkfs.ext4 and debugfs make of a folder, read and compared with it. */
#include <fs/fs.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "../../../fs/fsys.h"
#include "fake_disk.h"

static struct fake_disk *disk;

static int cleanup(void **state)
{
	(void)state;
	mounts_drop();
	fake_disks_free();
	return 0;
}

/* Files of all sizes that matter, holes, names, links */
static const char make_tree[] =
	"rm -rf tree; mkdir -p tree/guest/vm_default tree/many tree/links; "
	"cd tree; for n in 0 1 59 60 61 100 150 1023 1024 4096 70000 400000; "
	"do head -c $n /dev/urandom >guest/f$n; done; "
	"for i in $(seq 400); do echo $i >\"many/a name that is of some length "
	"$i\"; done; "
	"echo ä >'guest/größe – 大.txt'; "
	"for i in 3 40 1000 9000 70000 89000; do "
	"echo at $i | dd of=guest/sparse bs=1024 seek=$i conv=notrunc "
	"status=none; done; "
	"for i in $(seq 0 2 900); do "
	"echo $i | dd of=guest/pieces bs=4096 seek=$i conv=notrunc "
	"status=none; done; "
	"ln -s ../guest/f100 links/short; ln -s /guest/f60 links/absolute; "
	"ln -s ../guest links/dir; ln -s loop links/loop; "
	"ln -s nothing links/dangling; "
	"ln -s ../guest/../guest/../guest/../guest/../guest/../guest/f1024 "
	"links/long; ln -s dir/vm_default/../f61 links/through";

static void make(const char *options, const char *size)
{
	assert_true(fake_shell("[ -d tree ] || { %s; }", make_tree));
	assert_true(fake_shell("rm -f disk; truncate -s %s disk && "
			       "mkfs.ext4 -q -F -d tree %s disk",
			       size, options));
}

static void start(uint32_t block_size)
{
	disk = fake_disk_load("vda", fake_path("disk"), block_size);
	assert_int_equal(fs_start(), 1);
}

static void stop(void)
{
	mounts_drop();
	fake_disks_free();
}

static void same_file(const char *path, const char *host, size_t part)
{
	FILE *f = fopen(host, "rb");
	uint8_t *wanted = malloc(part), *got = malloc(part);
	struct fs_file *file;
	size_t len;

	assert_non_null(f);
	assert_int_equal(fs_open(path, FS_READ, &file), 0);
	do {
		len = fread(wanted, 1, part, f);
		if (fs_read(file, got, part) != (int64_t)len ||
		    memcmp(got, wanted, len))
			fail_msg("%s: not as %s", path, host);
	} while (len == part);
	if (fs_size(file) != (uint64_t)ftell(f))
		fail_msg("%s: %lu bytes", path, (unsigned long)fs_size(file));
	assert_int_equal(fs_close(file), 0);
	fclose(f);
	free(got);
	free(wanted);
}

/* All that the folder has is in the directory, and as many names */
static void same_tree(const char *path, const char *host, size_t part)
{
	DIR *d = opendir(host);
	int wanted = 0, found = 0, more;
	struct fs_dirent entry;
	struct fs_dir *dir;
	struct dirent *e;

	assert_non_null(d);
	while ((e = readdir(d))) {
		char to[600], from[600];
		struct stat st;
		struct fs_stat stat;

		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		wanted++;
		snprintf(to, sizeof(to), "%s/%s", path, e->d_name);
		snprintf(from, sizeof(from), "%s/%s", host, e->d_name);
		assert_int_equal(lstat(from, &st), 0);
		if (S_ISLNK(st.st_mode))
			continue;
		assert_int_equal(fs_stat(to, &stat), 0);
		assert_int_equal(stat.mtime_s, st.st_mtim.tv_sec);
		assert_int_equal(stat.kind,
				 S_ISDIR(st.st_mode) ? FS_DIRECTORY : FS_FILE);
		if (S_ISDIR(st.st_mode))
			same_tree(to, from, part);
		else
			same_file(to, from, part);
	}
	closedir(d);
	assert_int_equal(fs_opendir(*path ? path : "/", &dir), 0);
	while ((more = fs_readdir(dir, &entry)) > 0)
		found += strcmp(entry.name, "lost+found") != 0;
	assert_int_equal(more, 0);
	fs_closedir(dir);
	assert_int_equal(found, wanted);
}

static void is_link_to(const char *link, const char *file)
{
	same_file(link, fake_path(file), 1000);
}

static void links(void)
{
	struct fs_stat stat;

	is_link_to("/links/short", "tree/guest/f100");
	is_link_to("/links/absolute", "tree/guest/f60");
	is_link_to("/links/long", "tree/guest/f1024");
	is_link_to("/links/dir/f59", "tree/guest/f59");
	is_link_to("/links/through", "tree/guest/f61");
	assert_int_equal(fs_stat("/links/loop", &stat), -ELOOP);
	assert_int_equal(fs_stat("/links/loop/x", &stat), -ELOOP);
	assert_int_equal(fs_stat("/links/dangling", &stat), -ENOENT);
	assert_int_equal(fs_stat("/links/dir", &stat), 0);
	assert_int_equal(stat.kind, FS_DIRECTORY);
}

static const struct {
	const char *options, *size, *type;
	uint32_t device_block;
} shapes[] = {
	{"-b 4096", "64M", "ext4", 512},
	{"-b 1024", "64M", "ext4", 512},
	{"-b 4096", "64M", "ext4", 4096},
	/* blocks smaller than the disk's */
	{"-b 1024", "64M", "ext4", 4096},
	{"-t ext2 -b 1024", "64M", "ext2", 512},
	{"-t ext2 -b 4096", "64M", "ext2", 512},
	{"-t ext3 -b 1024", "64M", "ext3", 512},
	{"-t ext2 -r 0 -b 1024", "64M", "ext2", 512},
	{"-b 1024 -I 256 -O inline_data", "64M", "ext4", 512},
	{"-b 4096 -I 1024 -O inline_data,metadata_csum_seed", "64M", "ext4",
	 512},
	{"-b 1024 -O meta_bg,^resize_inode -g 1024", "96M", "ext4", 512},
	{"-b 1024 -O meta_bg,^resize_inode,^64bit -g 512", "96M", "ext4", 512},
	{"-b 4096 -O ^metadata_csum,uninit_bg", "64M", "ext4", 512},
	{"-b 4096 -O ^metadata_csum,^64bit,^extents,^flex_bg", "64M", "ext3",
	 512},
	{"-b 4096 -O bigalloc -C 16384", "64M", "ext4", 512},
	{"-b 4096 -O ea_inode,large_dir,encrypt,casefold,mmp,sparse_super2",
	 "64M", "ext4", 512},
	{"-b 2048 -O ^has_journal,^sparse_super,^resize_inode", "64M", "ext4",
	 512},
	{"-b 65536", "256M", "ext4", 512},
};

static void all_shapes(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(shapes); i++) {
		struct fs_volume_info info;

		print_message("mkfs.ext4 %s\n", shapes[i].options);
		make(shapes[i].options, shapes[i].size);
		start(shapes[i].device_block);
		assert_int_equal(fs_volume(0, &info), 0);
		assert_string_equal(info.type, shapes[i].type);
		assert_true(info.read_only);
		assert_true(info.free_bytes &&
			    info.free_bytes < info.size_bytes);
		same_tree("", fake_path("tree"), 50000);
		if (i == 0)
			same_tree("", fake_path("tree"), 1000);
		links();
		stop();
	}
}

/* Hash-indexed directories, of one level and of two */
static void indexed(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		make(i ? "-b 1024 -O ^metadata_csum" : "-b 1024", "64M");
		assert_true(fake_shell("e2fsck -fyD disk; "
				       "debugfs -R 'htree many' disk | "
				       "grep 'Root node dump'"));
		start(512);
		same_tree("", fake_path("tree"), 100000);
		stop();
	}
}

static void refused(void **state)
{
	static const struct {
		uint32_t at;
		uint8_t bits;
	} features[] = {{0x60, 1}, {0x60, 8}, {0x61, 0x10}, {0x63, 0x80}};
	struct fs_file *f;

	(void)state;
	make("-b 4096 -O ^metadata_csum", "64M");
	start(512);
	assert_int_equal(fs_open("/guest/f60", FS_WRITE, &f), -EROFS);
	assert_int_equal(fs_mkdir("/x"), -EROFS);
	assert_int_equal(fs_open("/guest", FS_READ, &f), -EISDIR);
	assert_int_equal(fs_open("/guest/f60/x", FS_READ, &f), -ENOTDIR);
	assert_int_equal(fs_open("/guest/none", FS_READ, &f), -ENOENT);
	mounts_drop();
	for (unsigned int i = 0; i < ARRAY_SIZE(features); i++) {
		disk->bytes[1024 + features[i].at] ^= features[i].bits;
		assert_int_equal(fs_start(), 0);
		disk->bytes[1024 + features[i].at] ^= features[i].bits;
	}
	assert_int_equal(fs_start(), 1);
	disk->gone = -ENODEV;
	/* nothing of it is in memory any more after so many blocks */
	assert_int_equal(fs_open("/many/none", FS_READ, &f), -ENODEV);
}

/* One bit of each kind of block with a checksum */
static void checksums(void **state)
{
	struct fs_stat stat;
	struct fs_file *f;
	char byte;

	(void)state;
	make("-b 4096", "64M");
	assert_true(fake_shell(
		"debugfs -R 'blocks many' disk | cut -d ' ' -f 1 >dir; "
		"debugfs -R 'ex guest/pieces' disk | "
		"awk '$1 == \"0/\" { print $8; exit }' >tree-block; "
		"debugfs -R 'imap guest/f4096' disk | sed -n "
		"'s/.*block \\([0-9]*\\), offset 0x\\([0-9a-f]*\\)/\\1 "
		"\\2/p' >inode; cat dir tree-block inode; "
		"[ -s dir ] && [ -s tree-block ] && [ -s inode ]"));
	start(512);
	for (unsigned int i = 0; i < 4; i++) {
		static const char *const names[] = {"dir", "tree-block",
						    "inode"};
		unsigned long block = 0, offset = 0x100;
		FILE *in = i < 3 ? fopen(fake_path(names[i]), "r") : NULL;
		uint8_t *at;

		mounts_drop();
		if (in) {
			assert_true(fscanf(in, "%lu %lx", &block, &offset) > 0);
			fclose(in);
		}
		at = disk->bytes + block * 4096 + offset + 9;
		if (i == 3) /* the superblock */
			at = disk->bytes + 1024 + 0x200;
		*at ^= 0x10;
		assert_int_equal(fs_start(), i < 3);
		if (i == 0)
			assert_int_equal(fs_stat("/many/none", &stat), -EIO);
		if (i == 1) {
			assert_int_equal(fs_open("/guest/pieces", FS_READ, &f),
					 0);
			assert_int_equal(fs_pread(f, &byte, 1, 0), -EIO);
			assert_int_equal(fs_close(f), 0);
		}
		if (i == 2)
			assert_int_equal(fs_stat("/guest/f4096", &stat), -EIO);
		*at ^= 0x10;
	}
}

/* debugfs writes transactions that nobody has replayed */
static void journal_makes(const char *script, const char *options)
{
	make(options, "64M");
	assert_true(fake_shell(
		"b=$(debugfs -R 'blocks guest/f70000' disk 2>/dev/null | "
		"cut -d ' ' -f 1); "
		"c=$(debugfs -R 'blocks guest/f70000' disk 2>/dev/null | "
		"cut -d ' ' -f 2); "
		"cp tree/guest/f70000 wanted; "
		"head -c 4096 /dev/zero | tr '\\0' A >A; "
		"head -c 4096 /dev/zero | tr '\\0' B >B; "
		"{ printf '\\300;9\\230'; tail -c 4092 B; } >E; %s",
		script));
	assert_true(fake_shell("dumpe2fs -h disk | grep needs_recovery"));
}

#define PUT(file, at)                                                          \
	"dd if=" file " of=wanted bs=4096 seek=" at                            \
	" conv=notrunc status=none; "
#define RUN(commands) "printf '" commands "' | debugfs -w -f - disk; "

static void journals(void **state)
{
	static const struct {
		const char *script;
		const char *options;
	} rows[] = {
		/* one transaction, then another copy of the same block */
		{RUN("jo\\njw -b '$b' A\\njc\\n") PUT("A", "0"), "-b 4096"},
		{RUN("jo\\njw -b '$b' A\\njw -b '$b' B\\njw -b '$c' A\\njc\\n")
			 PUT("B", "0") PUT("A", "1"),
		 "-b 4096"},
		/* a copy that begins like a block of the journal */
		{RUN("jo\\njw -b '$b' E\\njc\\n") PUT("E", "0"), "-b 4096"},
		/* what was revoked is as it was before, unless newer */
		{RUN("jo\\njw -b '$b' A\\njw -r '$b'\\njc\\n"), "-b 4096"},
		{RUN("jo\\njw -b '$b' A\\njw -r '$b'\\njw -b '$b' B\\njc\\n")
			 PUT("B", "0"),
		 "-b 4096"},
		{RUN("jo -c\\njw -b '$b' A\\njw -b '$c' B\\njc\\n")
			 PUT("A", "0") PUT("B", "1"),
		 "-b 4096"},
		{RUN("jo -c\\njw -b '$b' A\\njw -b '$c' E\\njc\\n")
			 PUT("A", "0") PUT("E", "1"),
		 "-b 4096 -O ^64bit"},
		{RUN("jo\\njw -b '$b' A\\njc\\n") PUT("A", "0"),
		 "-t ext3 -b 4096"},
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		journal_makes(rows[i].script, rows[i].options);
		start(512);
		disk->record = true;
		same_file("/guest/f70000", fake_path("wanted"), 70000);
		same_file("/guest/f70000", fake_path("wanted"), 1000);
		same_file("/guest/f400000", fake_path("tree/guest/f400000"),
			  70000);
		assert_int_equal(disk->write_count, 0);
		stop();
	}
}

/* A transaction without its end never happened. */
static void journal_cut(void **state)
{
	bool found = false;

	(void)state;
	journal_makes(RUN("jo\\njw -b '$b' A\\njw -b '$c' B\\njc\\n")
			      PUT("A", "0"),
		      "-b 4096");
	start(512);
	mounts_drop();
	/* the second commit block: 3, type 2, of the transaction behind */
	for (size_t at = 0; at < 64 << 20; at += 4096) {
		uint8_t *b = disk->bytes + at;

		if (memcmp(b, "\xc0\x3b\x39\x98\0\0\0\2", 8))
			continue;
		if (found)
			b[0] = 0;
		found = true;
	}
	assert_true(found);
	assert_int_equal(fs_start(), 1);
	same_file("/guest/f70000", fake_path("wanted"), 70000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(all_shapes, cleanup),
		cmocka_unit_test_teardown(indexed, cleanup),
		cmocka_unit_test_teardown(refused, cleanup),
		cmocka_unit_test_teardown(checksums, cleanup),
		cmocka_unit_test_teardown(journals, cleanup),
		cmocka_unit_test_teardown(journal_cut, cleanup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
