/* SPDX-License-Identifier: Apache-2.0 */
/* See fs_disk.h. */
#include "fs_disk.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <lib/log.h>

#define BLOCK 512
#define SEEDS_MAX 8
#define TOUCHED_MAX 200000
#define READS_MAX 2000000
#define DAMAGE_MAX 24

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

bool fs_disk_choose(unsigned int number)
{
	if (number >= seed_count)
		return false;
	seed = &seeds[number];
	disk.block_count = seed->size / BLOCK;
	return true;
}

uint8_t *fs_disk_damage(struct input *in)
{
	unsigned int changes;

	fs_disk_choose(input_u8(in) % seed_count);
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

int block_hold(struct block_device *dev)
{
	(void)dev;
	return 0;
}

void block_let_go(struct block_device *dev)
{
	(void)dev;
}
