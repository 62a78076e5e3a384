/* SPDX-License-Identifier: Apache-2.0 */
/* What fuzz targets of file systems do with a disk; see fs_disk.h. */
#include "fs_disk.h"

#include <string.h>

#include <fs/fs.h>

#include "../../fs/fsys.h"

#define ENTRIES_MAX 40
#define DEPTH_MAX 6

static unsigned int entries;

static void file_read(const char *path)
{
	static uint8_t buf[65536];
	struct fs_file *f;

	if (fs_open(path, FS_READ, &f))
		return;
	for (unsigned int i = 0; i < 8; i++)
		if (fs_read(f, buf,
			    1000u << i > sizeof(buf) ? sizeof(buf)
						     : 1000u << i) <= 0)
			break;
	if (fs_size(f))
		must(fs_pread(f, buf, 1, fs_size(f) - 1) <= 1);
	fs_discard(f);
}

static void look(const char *path, unsigned int depth)
{
	struct fs_dirent *e = malloc(sizeof(*e));
	char *child = malloc(FS_PATH_MAX + FS_NAME_MAX + 2);
	struct fs_dir *d;

	must(e && child, "memory");
	if (depth < DEPTH_MAX && !fs_opendir(path, &d)) {
		while (entries++ < ENTRIES_MAX && fs_readdir(d, e) > 0) {
			must(strlen(e->name) && strlen(e->name) <= FS_NAME_MAX);
			sprintf(child, "%s/%s", path[1] ? path : "", e->name);
			if (e->stat.kind == FS_DIRECTORY)
				look(child, depth + 1);
			else
				file_read(child);
		}
		fs_closedir(d);
	}
	free(child);
	free(e);
}

static const char *const names[] = {
	"/a",
	"/guest",
	"/guest/b",
	"/guest/vm",
	"/guest/vm/a long name of another file",
	"/log",
	"/new name that is long",
	"/guest/vm/x/y",
};

static const char *name(struct input *in)
{
	return names[input_u8(in) % ARRAY_SIZE(names)];
}

static void file_write(struct input *in)
{
	static uint8_t buf[20000];
	struct fs_file *f;
	size_t len = input_u16(in) % sizeof(buf);
	bool give_up;

	if (fs_open(name(in), FS_WRITE | (input_u8(in) & 0x3e), &f))
		return;
	if (input_u8(in) & 1)
		must(fs_pwrite(f, buf, len, input_u16(in)) <= (int64_t)len);
	if (input_u8(in) & 1)
		give_up = fs_truncate(f, input_u16(in));
	give_up = input_u8(in) & 1;
	if (give_up)
		fs_discard(f);
	else if (fs_close(f))
		return;
}

static void change(struct input *in)
{
	int err;

	switch (input_u8(in) % 6) {
	case 0:
		err = fs_mkdir(name(in));
		break;
	case 1:
		err = fs_unlink(name(in));
		break;
	case 2:
		err = fs_rmdir(name(in));
		break;
	case 3: {
		const char *from = name(in);

		err = fs_rename(from, name(in));
		break;
	}
	case 4:
		err = fs_sync();
		break;
	default:
		err = 0;
		file_write(in);
	}
	must(err <= 0);
}

void fs_disk_all_mount(void)
{
	for (unsigned int i = 0; fs_disk_choose(i); i++) {
		struct fs_stat stat;

		must(fs_start() == 1, "seed %u", i);
		must(!fs_stat("/", &stat), "seed %u", i);
		mounts_drop();
		fs_disk_restore();
	}
}

void fs_disk_use(struct input *in)
{
	struct fs_volume_info info = {.read_only = true};

	fs_start();
	entries = 0;
	if (fs_mounted() && !fs_volume(0, &info))
		must(info.type && info.cluster_bytes);
	if (fs_mounted())
		look("/", 0);
	for (unsigned int i = 0; fs_mounted() && i < 12 && in->left; i++)
		change(in);
	mounts_drop();
	if (info.read_only)
		return;
	/* and what it has become */
	entries = ENTRIES_MAX / 2;
	fs_start();
	if (fs_mounted())
		look("/", 0);
	mounts_drop();
}
