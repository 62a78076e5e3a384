/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A card's content on the host's disks: a partition as a whole, or a file.
 *
 * Between the guest and the disk stands one buffer, the stage. What is read comes
 * there before the device gets it; what is written is collected there. The disk's
 * own task moves the stage from and to the host's disk, without the lock, so that
 * the guest's CPUs, and whoever stops the VM, do not wait for a slow disk.
 *
 * A job is begun with the lock held; until its end the stage and its fields are
 * the task's. There is one job at a time, and its end is told by moved().
 *
 * A card here has no cache of its own: a write command is over when it is on the
 * medium. Its size is whole MiB, which partitions and files need not be: what lies
 * behind their end reads as zeros and cannot be written.
 */
#define LOG_TAG "vdisk"
#include "vdisk_host.h"

#include "plan.h"

#include <core/task.h>
#include <drivers/dma.h>
#include <errno.h>
#include <fs/claim.h>
#include <fs/fs.h>
#include <lib/log.h>
#include <mm/heap.h>
#include <string.h>
#include <virt/vdev.h>
#include <virt/vdisk.h>

enum job { JOB_NONE, JOB_READ, JOB_WRITE };

/**
 * struct vdisk_host
 * @part, @file: one of them, while it is taken
 * @bytes:   of it
 * @stage:   VDISK_STEP
 * @at, @len: what the stage has of the disk; @dirty: that is to be written
 * @need, @want: of JOB_READ: bytes without which it has failed, and more
 * @unflushed: something was written since the last flush
 * @final:   of JOB_WRITE: flush behind it
 * @job:     atomic: the task's until JOB_NONE
 * @err:     of the last job, until the guest has been told
 * @was_write: that was JOB_WRITE
 * @told:    its first error has been logged
 * @filled:  the file has all of its bytes
 * @ending:  atomic: give it back
 * @task:    NULL: it was given back
 */
struct vdisk_host {
	struct fs_claim *part;
	struct fs_file *file;
	uint64_t bytes;
	uint8_t *stage;
	uint64_t at;
	uint32_t len, need, want;
	bool dirty, unflushed, final, was_write, told, filled;
	uint32_t job;
	int err;
	bool ending;
	struct task *task;
	struct wait_queue wq;
};

static const char *path_of(const struct vdisk *disk)
{
	return disk->vm->config->disk.path;
}

/*
 * The host's disk; in the disk's own task, without the lock
 */

static int source_read(struct vdisk_host *h, uint64_t at, uint32_t len)
{
	uint64_t real = at < h->bytes ? MIN(h->bytes - at, (uint64_t)len) : 0;
	int64_t n = (int64_t)real;
	int err = 0;

	memset(h->stage + real, 0, len - real);
	if (!real)
		return 0;
	if (h->part)
		err = fs_claim_read(h->part, h->stage, real, at);
	else
		n = fs_pread(h->file, h->stage, real, at);
	if (n < 0)
		return (int)n;
	return err ? err : (uint64_t)n < real ? -EIO : 0;
}

static int source_write(struct vdisk_host *h)
{
	int64_t n = (int64_t)h->len;

	if (h->part)
		return fs_claim_write(h->part, h->stage, h->len, h->at);
	n = fs_pwrite(h->file, h->stage, h->len, h->at);
	return n < 0 ? (int)n : (uint64_t)n < h->len ? -EIO : 0;
}

static int source_flush(struct vdisk_host *h)
{
	return h->part ? fs_claim_flush(h->part) : fs_flush(h->file);
}

static int source_close(struct vdisk_host *h)
{
	int err = 0;

	if (h->part)
		fs_claim_drop(h->part);
	else
		err = fs_close(h->file);
	h->part = NULL;
	h->file = NULL;
	return err;
}

/*
 * Jobs
 */

/* A bad block must not take those with it that nobody has asked for. */
static int job_read(struct vdisk_host *h)
{
	int err = source_read(h, h->at, h->want);

	h->len = err ? h->need : h->want;
	if (err && h->need < h->want)
		err = source_read(h, h->at, h->need);
	if (err)
		h->len = 0;
	return err;
}

static int job_write(struct vdisk_host *h)
{
	int err = h->dirty ? source_write(h) : 0;

	h->unflushed = h->unflushed || h->dirty;
	h->dirty = false;
	if (!err && h->final && h->unflushed) {
		err = source_flush(h);
		h->unflushed = false;
	}
	if (err)
		h->len = 0;
	return err;
}

static void job_end(struct vdisk *disk, int err)
{
	struct vdisk_host *h = disk->host;

	if (err && !h->told)
		log_err("%s: %s: the host's disk failed, error %d: the guest "
			"gets an I/O error; what follows is not logged",
			disk->vm->config->name, path_of(disk), err);
	mutex_lock(&disk->lock);
	h->told = h->told || err;
	h->err = err;
	h->was_write = h->job == JOB_WRITE;
	__atomic_store_n(&h->job, JOB_NONE, __ATOMIC_RELEASE);
	if (disk->dev->ops->moved)
		disk->dev->ops->moved(disk->dev);
	mutex_unlock(&disk->lock);
}

static bool has_work(void *arg)
{
	const struct vdisk_host *h = arg;

	return __atomic_load_n(&h->job, __ATOMIC_ACQUIRE) ||
	       __atomic_load_n(&h->ending, __ATOMIC_ACQUIRE);
}

static void disk_task(void *arg)
{
	struct vdisk *disk = arg;
	struct vdisk_host *h = disk->host;
	int err;

	for (;;) {
		wait_event(&h->wq, has_work, h);
		if (!__atomic_load_n(&h->job, __ATOMIC_ACQUIRE))
			break;
		err = h->job == JOB_READ ? job_read(h) : job_write(h);
		job_end(disk, err);
	}
	err = source_close(h);
	if (err)
		log_err("%s: %s: cannot be closed, error %d",
			disk->vm->config->name, path_of(disk), err);
}

static void job_begin(struct vdisk_host *h, enum job job)
{
	/* of a VM that rests: nobody waits for it */
	if (__atomic_load_n(&h->ending, __ATOMIC_ACQUIRE))
		return;
	h->err = 0;
	__atomic_store_n(&h->job, job, __ATOMIC_RELEASE);
	wait_wake_all(&h->wq);
}

static bool stage_has(const struct vdisk_host *h, uint64_t at, uint32_t len)
{
	return at >= h->at && at - h->at <= h->len &&
	       len <= h->len - (at - h->at);
}

static bool is_read_ready(struct vdisk_host *h, uint64_t at, uint32_t need,
			  uint32_t want)
{
	if (h->dirty) { /* of a command that was given up */
		h->final = true;
		job_begin(h, JOB_WRITE);
		return false;
	}
	if (stage_has(h, at, need) || (h->err && at == h->at))
		return true;
	h->at = at;
	h->len = 0;
	h->need = need;
	h->want = MAX(need, MIN(want, VDISK_STEP));
	job_begin(h, JOB_READ);
	return false;
}

static bool is_write_ready(struct vdisk_host *h, uint64_t at, uint32_t need)
{
	if (h->err && h->was_write)
		return true;
	h->err = 0;
	if (h->dirty) {
		if (at == h->at + h->len && need <= VDISK_STEP - h->len)
			return true;
		h->final = false;
		job_begin(h, JOB_WRITE);
		return false;
	}
	h->at = at;
	h->len = 0;
	return true;
}

static bool is_ready(struct vdisk *disk, uint64_t at, uint32_t need,
		     uint32_t want, bool write)
{
	struct vdisk_host *h = disk->host;

	if (__atomic_load_n(&h->job, __ATOMIC_ACQUIRE))
		return false;
	return write ? is_write_ready(h, at, need)
		     : is_read_ready(h, at, need, want);
}

static int commit(struct vdisk *disk)
{
	struct vdisk_host *h = disk->host;
	int err = h->err;

	if (__atomic_load_n(&h->job, __ATOMIC_ACQUIRE))
		return -EAGAIN;
	if (!err && (h->dirty || h->unflushed)) {
		h->final = true;
		job_begin(h, JOB_WRITE);
		return -EAGAIN;
	}
	h->err = 0;
	return err ? -EIO : 0;
}

static const struct vdisk_host_ops host_ops = {
	.is_ready = is_ready,
	.commit = commit,
};

static int error_take(struct vdisk_host *h)
{
	h->err = 0;
	h->len = 0;
	h->dirty = false;
	return -EIO;
}

int vdisk_host_copy(struct vdisk *disk, uint64_t at, void *buf, uint32_t len,
		    bool to_disk)
{
	struct vdisk_host *h = disk->host;

	if (__atomic_load_n(&h->job, __ATOMIC_ACQUIRE))
		return -EIO;
	if (h->err)
		return error_take(h);
	if (!to_disk) {
		if (!stage_has(h, at, len))
			return -EIO;
		memcpy(buf, h->stage + (at - h->at), len);
		return 0;
	}
	if (disk->read_only || at != h->at + h->len ||
	    len > VDISK_STEP - h->len || at + len > h->bytes)
		return -EIO;
	memcpy(h->stage + h->len, buf, len);
	h->len += len;
	h->dirty = true;
	return 0;
}

/*
 * Taking it, and giving it back
 */

static int file_take(struct vdisk *disk)
{
	const struct vm_config *config = disk->vm->config;
	struct vdisk_host *h = disk->host;
	int err = fs_mounted() ? image_file_open(config, path_of(disk),
						 FS_WRITE, &h->file)
			       : -ENODEV;

	if (err == -EROFS || err == -EACCES) {
		disk->read_only = true;
		err = image_file_open(config, path_of(disk), FS_READ, &h->file);
	}
	if (err)
		return image_failed(disk->vm, IMAGE_DISK, image_error_text(err),
				    err);
	h->bytes = fs_size(h->file);
	return 0;
}

static int part_take(struct vdisk *disk, const char *name)
{
	struct vdisk_host *h = disk->host;
	const char *why;
	int err = fs_claim(name, &h->part, &why);

	if (err)
		return image_failed(disk->vm, IMAGE_DISK, why, err);
	disk->read_only = fs_claim_is_read_only(h->part);
	h->bytes = fs_claim_bytes(h->part);
	return 0;
}

/* Units that the host's bytes fill, or those of them that cfg[0] wants. */
static int size_find(struct vdisk *disk)
{
	const struct vm_emu_device *emu = disk->dev->config;
	uint64_t mib = emu->cfg_count ? emu->cfg[0] : 0;
	struct vdisk_host *h = disk->host;
	uint64_t most = ALIGN_UP(h->bytes, VDISK_UNIT);

	disk->bytes = mib ? mib * VDISK_UNIT : most;
	if (!h->bytes || disk->bytes > most ||
	    disk->bytes / VDISK_UNIT > VM_CARD_MIB_MAX) {
		log_err("%s: emu_devices: %s: %llu MiB cannot be its size, %s "
			"has %llu bytes",
			disk->vm->config->file, emu->name,
			(unsigned long long)mib, path_of(disk),
			(unsigned long long)h->bytes);
		return -EINVAL;
	}
	if (h->bytes < disk->bytes)
		log_warn("%s: %s: is not whole MiB: the last %llu KiB of the "
			 "card read as zeros and cannot be written",
			 disk->vm->config->name, path_of(disk),
			 (unsigned long long)(disk->bytes - h->bytes) / 1024);
	return 0;
}

/*
 * One of the host's own, as the reaper: a guest of higher priority must not keep
 * it from letting go of the host's disk.
 */
static int task_begin(struct vdisk *disk)
{
	const struct task_attr attr = {
		.name = "vdisk",
		.fn = disk_task,
		.arg = disk,
		.priority = TASK_PRIO_SHELL,
		.affinity = BIT(0),
		.tag = TRACE_TAG_VM(disk->vm->config->id),
	};
	struct vdisk_host *h = disk->host;
	int err;

	h->at = h->len = 0;
	h->job = JOB_NONE;
	h->dirty = h->unflushed = h->told = h->ending = h->filled = false;
	h->err = 0;
	err = task_create(&attr, &h->task);
	if (err)
		h->task = NULL;
	return err ? image_failed(disk->vm, IMAGE_DISK, image_error_text(err),
				  err)
		   : 0;
}

static int take(struct vdisk *disk)
{
	const char *part = vm_disk_part(disk->vm->config);
	int err;

	disk->read_only = false;
	err = part ? part_take(disk, part) : file_take(disk);
	if (err)
		return err;
	err = size_find(disk);
	if (!err)
		err = task_begin(disk);
	if (err && source_close(disk->host))
		log_err("%s: cannot be closed", path_of(disk));
	return err;
}

int vdisk_host_create(struct vdisk *disk)
{
	struct vdisk_host *h = heap_alloc(sizeof(*h));
	int err = -ENOMEM;

	disk->host = h;
	if (h) {
		wait_queue_init(&h->wq);
		h->stage = dma_alloc(UINT64_MAX, VDISK_STEP);
	}
	if (h && h->stage)
		err = take(disk);
	else
		err = image_failed(disk->vm, IMAGE_DISK, image_error_text(err),
				   err);
	if (err)
		vdisk_host_destroy(disk);
	else
		disk->host_ops = &host_ops;
	return err;
}

/* Of a guest that was restarted, and has not been told. */
static void error_forget(struct vdisk *disk)
{
	struct vdisk_host *h = disk->host;

	mutex_lock(&disk->lock);
	if (!__atomic_load_n(&h->job, __ATOMIC_ACQUIRE))
		h->err = 0;
	mutex_unlock(&disk->lock);
}

int vdisk_host_load(struct vdisk *disk)
{
	struct vdisk_host *h = disk->host;
	int err = 0;

	if (__atomic_load_n(&h->ending, __ATOMIC_ACQUIRE))
		vdisk_host_wait(disk);
	if (!h->task)
		err = take(disk);
	else
		error_forget(disk);
	if (err || !h->file || disk->read_only || h->filled)
		return err;
	/* an exFAT's file has room beyond the bytes that it has */
	h->filled = true;
	err = fs_truncate(h->file, h->bytes);
	return err ? image_failed(disk->vm, IMAGE_DISK, image_error_text(err),
				  err)
		   : 0;
}

void vdisk_host_release(struct vdisk *disk)
{
	struct vdisk_host *h = disk->host;

	__atomic_store_n(&h->ending, true, __ATOMIC_RELEASE);
	wait_wake_all(&h->wq);
}

void vdisk_host_wait(struct vdisk *disk)
{
	struct vdisk_host *h = disk->host;

	if (h->task)
		task_join(h->task);
	h->task = NULL;
}

void vdisk_host_destroy(struct vdisk *disk)
{
	if (disk->host && disk->host->stage)
		dma_free(disk->host->stage, VDISK_STEP);
	heap_free(disk->host);
	disk->host = NULL;
}
