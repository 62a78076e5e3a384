/* SPDX-License-Identifier: Apache-2.0 */
/* See fs_disk.h. */
#include "fs_disk.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <core/mutex.h>
#include <fs/fs.h>
#include <lib/log.h>

#include "../../fs/fsys.h"

#define BLOCK 512
#define SEEDS_MAX 8
#define TOUCHED_MAX 200000
#define READS_MAX 2000000
#define DAMAGE_MAX 24
#define ENTRIES_MAX 40
#define DEPTH_MAX 6

struct seed {
	uint8_t *bytes;
	uint64_t size;
	uint32_t *filled; /* blocks that are not all zero */
	uint32_t filled_count;
};

static struct seed seeds[SEEDS_MAX], *seed;
static unsigned int seed_count;
static struct block_device disk = {
	.name = "fuzz", .block_size = BLOCK, .max_blocks = 64};
static uint8_t *now[SEEDS_MAX];
static uint32_t touched[TOUCHED_MAX];
static uint32_t touched_count;
static uint64_t reads;
static unsigned int entries;

static bool is_zero(const uint8_t *block)
{
	for (unsigned int i = 0; i < BLOCK; i++)
		if (block[i])
			return false;
	return true;
}

static void seed_read(struct seed *s, const char *file)
{
	FILE *f = fopen(file, "rb");

	must(f, "%s", file);
	fseek(f, 0, SEEK_END);
	s->size = (uint64_t)ftell(f) / BLOCK * BLOCK;
	rewind(f);
	s->bytes = malloc(s->size);
	s->filled = malloc(s->size / BLOCK * sizeof(*s->filled));
	must(s->bytes && s->filled, "memory");
	must(fread(s->bytes, 1, s->size, f) == s->size, "%s", file);
	fclose(f);
	for (uint32_t i = 0; i < s->size / BLOCK; i++)
		if (!is_zero(s->bytes + (uint64_t)i * BLOCK))
			s->filled[s->filled_count++] = i;
	must(s->filled_count, "the image is empty");
}

void fs_disk_seed(const char *commands)
{
	char folder[] = "/tmp/cvisor-fuzz-XXXXXX", line[2000];
	struct seed *s = &seeds[seed_count];

	must(mkdtemp(folder) && seed_count < SEEDS_MAX, "%s", folder);
	snprintf(line, sizeof(line),
		 "cd %s && export PATH=$PATH:/usr/sbin:/sbin && { %s\n} "
		 ">out 2>&1",
		 folder, commands);
	must(!system(line), "%s", line);
	snprintf(line, sizeof(line), "%s/disk", folder);
	seed_read(s, line);
	snprintf(line, sizeof(line), "rm -r %s", folder);
	must(!system(line), "%s", line);
	now[seed_count] = malloc(s->size);
	must(now[seed_count], "memory");
	memcpy(now[seed_count++], s->bytes, s->size);
	log_set_level(LOG_OFF);
}

static uint8_t *bytes_now(void)
{
	return now[seed - seeds];
}

static void touch(uint32_t block)
{
	if (touched_count < TOUCHED_MAX)
		touched[touched_count++] = block;
}

uint8_t *fs_disk_damage(struct input *in)
{
	unsigned int changes;

	seed = &seeds[input_u8(in) % seed_count];
	disk.block_count = seed->size / BLOCK;
	reads = 0;
	changes = input_u8(in) % DAMAGE_MAX;
	while (changes-- && in->left) {
		uint32_t where = input_u32(in);
		uint32_t block =
			seed->filled[where / BLOCK % seed->filled_count];

		touch(block);
		bytes_now()[(uint64_t)block * BLOCK + where % BLOCK] =
			input_u8(in);
	}
	return bytes_now();
}

uint64_t fs_disk_size(void)
{
	return seed->size;
}

void fs_disk_note(uint64_t offset, uint64_t len)
{
	for (uint64_t i = offset / BLOCK; i <= (offset + len - 1) / BLOCK; i++)
		touch((uint32_t)i);
}

void fs_disk_restore(void)
{
	must(reads < READS_MAX, "%llu reads", (unsigned long long)reads);
	if (touched_count == TOUCHED_MAX)
		memcpy(bytes_now(), seed->bytes, seed->size);
	while (touched_count) {
		uint64_t at = (uint64_t)touched[--touched_count] * BLOCK;

		memcpy(bytes_now() + at, seed->bytes + at, BLOCK);
	}
}

/*
 * drivers/block.h and core/mutex.h
 */
struct block_device *block_next(const struct block_device *prev)
{
	return prev ? NULL : &disk;
}

static bool holds(uint64_t block, size_t count)
{
	return block <= disk.block_count && count <= disk.block_count - block;
}

int block_read(struct block_device *dev, uint64_t block, void *buf,
	       size_t count)
{
	(void)dev;
	reads++;
	if (!holds(block, count))
		return -ERANGE;
	memcpy(buf, bytes_now() + block * BLOCK, count * BLOCK);
	return 0;
}

int block_write(struct block_device *dev, uint64_t block, const void *buf,
		size_t count)
{
	(void)dev;
	if (!holds(block, count))
		return -ERANGE;
	for (size_t i = 0; i < count; i++)
		touch((uint32_t)(block + i));
	memcpy(bytes_now() + block * BLOCK, buf, count * BLOCK);
	return 0;
}

int block_flush(struct block_device *dev)
{
	(void)dev;
	return 0;
}

void mutex_init(struct mutex *m)
{
	memset(m, 0, sizeof(*m));
}

void mutex_lock(struct mutex *m)
{
	must(!m->owner, "a lock is taken by its holder");
	m->owner = 1;
}

void mutex_unlock(struct mutex *m)
{
	must(m->owner, "a lock is let go that nobody has");
	m->owner = 0;
}

int block_hold(struct block_device *dev)
{
	(void)dev;
	return 0;
}

void block_let_go(struct block_device *dev)
{
	(void)dev;
}

/*
 * Using it
 */
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
	for (unsigned int i = 0; i < seed_count; i++) {
		struct fs_stat stat;

		seed = &seeds[i];
		disk.block_count = seed->size / BLOCK;
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
