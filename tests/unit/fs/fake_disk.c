/* SPDX-License-Identifier: Apache-2.0 */
/* See fake_disk.h. */
#include "fake_disk.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define DISKS_MAX 8

static struct fake_disk *disks[DISKS_MAX];
static unsigned int disk_count;
static char folder[64];

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "fake_disk: %s\n", what);
	abort();
}

struct fake_disk *fake_disk_new(const char *name, uint64_t size_bytes,
				uint32_t block_size)
{
	struct fake_disk *d = calloc(1, sizeof(*d));

	must(d && disk_count < DISKS_MAX, "too many disks");
	d->dev.name = name;
	d->dev.block_size = block_size;
	d->dev.block_count = (size_bytes + block_size - 1) / block_size;
	d->dev.max_blocks = 256;
	d->bytes = calloc(d->dev.block_count, block_size);
	must(d->bytes, "memory");
	d->writes_left = -1;
	disks[disk_count++] = d;
	return d;
}

struct fake_disk *fake_disk_load(const char *name, const char *file,
				 uint32_t block_size)
{
	FILE *f = fopen(file, "rb");
	struct fake_disk *d;
	long size;

	must(f, file);
	fseek(f, 0, SEEK_END);
	size = ftell(f);
	rewind(f);
	d = fake_disk_new(name, (uint64_t)size, block_size);
	must(fread(d->bytes, 1, (size_t)size, f) == (size_t)size, file);
	fclose(f);
	return d;
}

void fake_disk_save(const struct fake_disk *d, const char *file)
{
	FILE *f = fopen(file, "wb");

	must(f, file);
	must(fwrite(d->bytes, d->dev.block_size, d->dev.block_count, f) ==
		     d->dev.block_count,
	     file);
	fclose(f);
}

void fake_disks_free(void)
{
	while (disk_count) {
		struct fake_disk *d = disks[--disk_count];

		for (size_t i = 0; i < d->write_count; i++)
			free(d->writes[i].data);
		free(d->writes);
		free(d->bytes);
		free(d);
	}
}

/*
 * drivers/block.h
 */
static struct fake_disk *disk_of(struct block_device *dev)
{
	return container_of(dev, struct fake_disk, dev);
}

struct block_device *block_next(const struct block_device *prev)
{
	unsigned int i = 0;

	while (prev && i < disk_count && &disks[i++]->dev != prev)
		;
	return i < disk_count ? &disks[i]->dev : NULL;
}

static int check(struct fake_disk *d, uint64_t block, size_t count)
{
	if (d->gone)
		return d->gone;
	if (block > d->dev.block_count || count > d->dev.block_count - block)
		return -ERANGE;
	if (d->bad_block && d->bad_block - 1 >= block &&
	    d->bad_block - 1 - block < count)
		return -EIO;
	return 0;
}

int block_read(struct block_device *dev, uint64_t block, void *buf,
	       size_t count)
{
	struct fake_disk *d = disk_of(dev);
	int err = check(d, block, count);

	d->reads++;
	d->read_blocks += count;
	if (!err)
		memcpy(buf, d->bytes + block * dev->block_size,
		       count * dev->block_size);
	return err;
}

static void record(struct fake_disk *d, uint64_t block, const void *data)
{
	struct fake_write *w;

	if (!d->record)
		return;
	if (d->write_count == d->write_room) {
		d->write_room = d->write_room ? 2 * d->write_room : 256;
		d->writes =
			realloc(d->writes, d->write_room * sizeof(*d->writes));
		must(d->writes, "memory");
	}
	w = &d->writes[d->write_count++];
	w->block = block;
	w->data = NULL;
	if (data) {
		w->data = malloc(d->dev.block_size);
		must(w->data, "memory");
		memcpy(w->data, data, d->dev.block_size);
	}
}

int block_write(struct block_device *dev, uint64_t block, const void *buf,
		size_t count)
{
	struct fake_disk *d = disk_of(dev);
	const uint8_t *at = buf;
	int err = dev->read_only ? -EROFS : check(d, block, count);

	for (size_t i = 0; i < count && !err; i++) {
		if (!d->writes_left)
			return -EIO;
		if (d->writes_left > 0)
			d->writes_left--;
		record(d, block + i, at + i * dev->block_size);
		memcpy(d->bytes + (block + i) * dev->block_size,
		       at + i * dev->block_size, dev->block_size);
	}
	return err;
}

int block_hold(struct block_device *dev)
{
	struct fake_disk *d = disk_of(dev);

	d->holds += !d->gone;
	return d->gone;
}

void block_let_go(struct block_device *dev)
{
	must(disk_of(dev)->holds--, "a disk is let go that nobody holds");
}

int block_flush(struct block_device *dev)
{
	struct fake_disk *d = disk_of(dev);

	record(d, 0, NULL);
	return d->gone;
}

/*
 * The build machine
 */
const char *fake_path(const char *name)
{
	static char paths[4][128];
	static unsigned int next;
	char *path = paths[next++ % 4];

	if (!folder[0]) {
		strcpy(folder, "/tmp/cvisor-fs-XXXXXX");
		must(mkdtemp(folder), folder);
		atexit(fake_cleanup);
	}
	snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

bool fake_shell(const char *fmt, ...)
{
	char command[2048];
	va_list args;
	int status, used;

	used = snprintf(command, sizeof(command),
			"cd %s && export PATH=$PATH:/usr/sbin:/sbin && { ",
			fake_path("."));
	va_start(args, fmt);
	used += vsnprintf(command + used, sizeof(command) - (size_t)used, fmt,
			  args);
	va_end(args);
	must(used + 20 < (int)sizeof(command), "command too long");
	strcat(command, "\n} >out 2>&1");
	status = system(command);
	if (status && getenv("FAKE_SHELL_SHOW")) {
		fprintf(stderr, "%s\n", command);
		status = system("cat /tmp/cvisor-fs-*/out >&2") ? status
								: status;
	}
	return status != -1 && WIFEXITED(status) && !WEXITSTATUS(status);
}

void fake_cleanup(void)
{
	char command[128];

	if (!folder[0])
		return;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	must(!system(command), command);
	folder[0] = '\0';
}
