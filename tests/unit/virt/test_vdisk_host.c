/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cards on the host's disks: what the guest is told when, and what becomes of
 * disks that fail. The file systems are the real ones, on disks in memory; the
 * disk's own task runs when the test lets it.
 */
#include "../../../virt/plan.h"

#include <core/task.h>
#include <drivers/dma.h>
#include <errno.h>
#include <fs/claim.h>
#include <fs/fs.h>
#include <mm/heap.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <virt/vdev.h>
#include <virt/vdisk.h>

#include <cmocka.h>

#include "../../../fs/fsys.h"
#include "../fs/fake_disk.h"

#define MIB (1u << 20)
#define PART (5u * MIB) /* of vda2, which has 2.5 MiB */
#define PART_BYTES (5u * MIB / 2)

static struct fake_disk *vda;
static struct vm_emu_device emu;
static struct vm_config config;
static struct vm_plan plan;
static struct vm vm;
static struct vdev dev;
static unsigned int told;
static const char *refusal;
static uint8_t buf[VDISK_STEP], back[VDISK_STEP];

/*
 * The disk's task
 */

struct task {
	ucontext_t context;
	void (*fn)(void *arg);
	void *arg;
	bool over;
	char stack[65536 * 4];
};

static struct task *running, *made;
static ucontext_t test;

static void task_main(void)
{
	running->fn(running->arg);
	running->over = true;
	swapcontext(&running->context, &test);
}

int task_create(const struct task_attr *attr, struct task **task)
{
	struct task *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	assert_null(made);
	t->fn = attr->fn;
	t->arg = attr->arg;
	getcontext(&t->context);
	t->context.uc_stack.ss_sp = t->stack;
	t->context.uc_stack.ss_size = sizeof(t->stack);
	makecontext(&t->context, task_main, 0);
	made = t;
	*task = t;
	return 0;
}

/* Until it has nothing to do */
static void run(void)
{
	if (!made || made->over)
		return;
	running = made;
	swapcontext(&test, &made->context);
	running = NULL;
}

void task_join(struct task *task)
{
	assert_ptr_equal(task, made);
	run();
	assert_true(task->over);
	made = NULL;
	free(task);
}

void wait_queue_init(struct wait_queue *wq)
{
	wq->head = NULL;
}

void wait_wake_all(struct wait_queue *wq)
{
	(void)wq;
}

void wait_event(struct wait_queue *wq, bool (*cond)(void *arg), void *arg)
{
	(void)wq;
	while (!cond(arg))
		swapcontext(&running->context, &test);
}

/*
 * What lies beside it
 */

void *dma_alloc(uint64_t max, size_t size_bytes)
{
	(void)max;
	return malloc(size_bytes);
}

void dma_free(void *mem, size_t size_bytes)
{
	(void)size_bytes;
	free(mem);
}

void frames_stats(struct frames_stats *stats)
{
	*stats = (struct frames_stats){.free_pages = 1024};
}

int image_failed(const struct vm *v, enum image_slot slot, const char *what,
		 int err)
{
	assert_ptr_equal(v, &vm);
	assert_int_equal(slot, IMAGE_DISK);
	refusal = what;
	return err;
}

const char *image_error_text(int err)
{
	return err == -EBUSY ? "is open" : err == -ENOENT ? "no file" : "error";
}

int image_file_open(const struct vm_config *c, const char *path,
		    unsigned int flags, struct fs_file **file)
{
	assert_ptr_equal(c, &config);
	return fs_open(path, flags, file);
}

static void moved(struct vdev *d)
{
	assert_ptr_equal(d, &dev);
	assert_int_equal(d->disk->lock.owner, 1);
	told++;
}

static const struct vdev_ops ops = {.moved = moved};

static int setup(void **state)
{
	(void)state;
	assert_true(fake_shell(
		"rm -f disk p file; truncate -s 16M disk && printf "
		"'label: dos\\nstart=1MiB,size=4MiB\\nstart=5MiB,size=5120\\n'"
		" | sfdisk -q disk && mkfs.fat -C p 4096 && "
		"head -c 2097152 /dev/urandom >file && "
		"mcopy -i p file ::card.img && "
		"dd if=p of=disk bs=1M seek=1 conv=notrunc status=none"));
	vda = fake_disk_load("vda", fake_path("disk"), 512);
	for (unsigned int i = 0; i < PART_BYTES; i++)
		vda->bytes[PART + i] = (uint8_t)(i / 512 + i);
	assert_int_equal(fs_start(), 1);
	emu = (struct vm_emu_device){.name = "sd", .type = VM_EMU_SD_CARD};
	config = (struct vm_config){.file = "test.toml",
				    .name = "test",
				    .disk = {.path = "/dev/vda2"},
				    .emu_devices = &emu,
				    .emu_device_count = 1};
	memset(&plan, 0, sizeof(plan));
	vm = (struct vm){.config = &config,
			 .plan = &plan,
			 .vdevs = &dev,
			 .vdev_count = 1};
	dev = (struct vdev){.vm = &vm, .config = &emu, .ops = &ops};
	told = 0;
	refusal = NULL;
	return 0;
}

static int cleanup(void **state)
{
	(void)state;
	if (dev.disk)
		vdisk_destroy(dev.disk);
	assert_null(made);
	assert_int_equal(vda->holds, 1);
	mounts_drop();
	fake_disks_free();
	return 0;
}

static void create(void)
{
	assert_int_equal(vdisk_create(&dev), 0);
	assert_int_equal(vm_vdisks_load(&vm), 0);
}

/* As a device does it: it asks, waits, and asks again. */
static int get(uint64_t at, uint32_t len, uint32_t want)
{
	unsigned int tries = 0;

	while (!vdisk_is_ready(dev.disk, at, len, want, false)) {
		assert_true(++tries < 4);
		run();
	}
	return vdisk_read(dev.disk, at, back, len);
}

static int put(uint64_t at, uint32_t len)
{
	unsigned int tries = 0;

	while (!vdisk_is_ready(dev.disk, at, len, 0, true)) {
		assert_true(++tries < 4);
		run();
	}
	return vdisk_write(dev.disk, at, buf, len);
}

static int commit(void)
{
	int err;

	while ((err = vdisk_commit(dev.disk)) == -EAGAIN)
		run();
	return err;
}

static void fill(uint8_t seed)
{
	for (unsigned int i = 0; i < sizeof(buf); i++)
		buf[i] = (uint8_t)(i * 7 + i / 512 + seed);
}

/*
 * Tests
 */

static void reads_and_writes(void **state)
{
	uint64_t reads;

	(void)state;
	create();
	assert_int_equal(dev.disk->bytes, 3 * MIB);
	assert_false(dev.disk->read_only);
	/* it waits for the disk, and is told once */
	assert_false(vdisk_is_ready(dev.disk, 4096, 512, 8192, false));
	assert_false(vdisk_is_ready(dev.disk, 4096, 512, 8192, false));
	assert_int_equal(told, 0);
	run();
	assert_int_equal(told, 1);
	assert_int_equal(get(4096, 512, 0), 0);
	assert_memory_equal(back, vda->bytes + PART + 4096, 512);
	/* what it wants besides has come along */
	reads = vda->reads;
	assert_int_equal(get(4608, 7680, 0), 0);
	assert_memory_equal(back, vda->bytes + PART + 4608, 7680);
	assert_int_equal(vda->reads, reads);
	/* nothing is on the disk before the end of the command, all of it is
	 * then, and flushed */
	vda->record = true;
	fill(1);
	assert_int_equal(put(8192, 4096), 0);
	assert_int_equal(vda->write_count, 0);
	assert_int_equal(vdisk_commit(dev.disk), -EAGAIN);
	assert_int_equal(vdisk_commit(dev.disk), -EAGAIN);
	run();
	assert_int_equal(vdisk_commit(dev.disk), 0);
	assert_memory_equal(vda->bytes + PART + 8192, buf, 4096);
	assert_null(vda->writes[vda->write_count - 1].data);
	/* more than the stage holds, then what was there is read anew */
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(put(MIB + i * 65536, 65536), 0);
	assert_int_equal(put(MIB + 3 * 65536, 512), 0);
	assert_int_equal(commit(), 0);
	for (unsigned int i = 0; i < 3; i++)
		assert_memory_equal(vda->bytes + PART + MIB + i * 65536, buf,
				    65536);
	assert_int_equal(get(8192, 4096, 0), 0);
	assert_memory_equal(back, buf, 4096);
	/* what one command left when it was given up is written before the
	 * next one reads */
	fill(2);
	assert_int_equal(put(12288, 512), 0);
	assert_int_equal(get(12288, 512, 0), 0);
	assert_memory_equal(back, buf, 512);
	assert_memory_equal(vda->bytes + PART + 12288, buf, 512);
}

/* Its last MiB is not whole. */
static void behind_the_end(void **state)
{
	(void)state;
	create();
	assert_int_equal(get(PART_BYTES - 512, 2048, 0), 0);
	assert_memory_equal(back, vda->bytes + PART + PART_BYTES - 512, 512);
	for (unsigned int i = 512; i < 2048; i++)
		assert_int_equal(back[i], 0);
	assert_int_equal(put(PART_BYTES, 512), -EIO);
	assert_int_equal(put(PART_BYTES - 512, 512), 0);
	assert_int_equal(commit(), 0);
	assert_int_equal(vdisk_read(dev.disk, 3 * MIB, back, 512), -EIO);
}

/* Each kind of failure is an error of that command, and of no other. */
static void failing(void **state)
{
	(void)state;
	create();
	/* what nobody asked for takes nothing with it */
	vda->bad_block = PART / 512 + 3 + 1;
	assert_int_equal(get(0, 1024, 4096), 0);
	assert_memory_equal(back, vda->bytes + PART, 1024);
	assert_int_equal(get(1024, 1024, 0), -EIO);
	assert_int_equal(get(1024, 512, 0), 0);
	assert_int_equal(get(1536, 512, 0), -EIO);
	/* not the next command's */
	assert_false(vdisk_is_ready(dev.disk, 1536, 512, 0, false));
	run();
	assert_int_equal(put(8192, 512), 0);
	assert_int_equal(commit(), 0);
	/* in the end, and in the middle */
	assert_int_equal(put(1536, 512), 0);
	assert_int_equal(commit(), -EIO);
	assert_int_equal(commit(), 0);
	assert_int_equal(put(0, 65536), 0);
	assert_int_equal(put(65536, 65536), 0);
	assert_int_equal(put(131072, 65536), -EIO);
	assert_int_equal(put(65536, 512), 0);
	assert_int_equal(commit(), 0);
	/* full of nothing: a flush that fails */
	vda->bad_block = 0;
	assert_int_equal(put(0, 512), 0);
	assert_int_equal(vdisk_commit(dev.disk), -EAGAIN);
	vda->gone = -ETIMEDOUT;
	run();
	assert_int_equal(vdisk_commit(dev.disk), -EIO);
	/* gone for good: nothing hangs, the VM goes */
	vda->gone = -ENODEV;
	assert_int_equal(get(0, 512, 0), -EIO);
	assert_int_equal(put(0, 512), 0);
	assert_int_equal(commit(), -EIO);
	vm_vdisks_release(&vm);
	run();
	vda->gone = 0;
}

/* A VM that stops in the middle: it does not wait, its disk is free some time
 * later, and the next start takes it again. */
static void release(void **state)
{
	struct fs_claim *claim;
	const char *why;

	(void)state;
	create();
	assert_false(vdisk_is_ready(dev.disk, 0, 512, 0, false));
	assert_int_equal(fs_claim("vda2", &claim, &why), -EBUSY);
	vm_vdisks_release(&vm);
	/* nothing new is begun, and nobody is told that it is there */
	run();
	assert_int_equal(told, 1);
	assert_false(vdisk_is_ready(dev.disk, 8192, 512, 0, false));
	assert_int_equal(fs_claim("vda2", &claim, &why), 0);
	/* somebody else has it at the next start */
	assert_int_equal(vm_vdisks_load(&vm), -EBUSY);
	assert_string_equal(refusal,
			    "is another guest's, or still being given back");
	fs_claim_drop(claim);
	assert_int_equal(vm_vdisks_load(&vm), 0);
	assert_int_equal(get(8192, 512, 0), 0);
	assert_memory_equal(back, vda->bytes + PART + 8192, 512);
	vm_vdisks_wipe(&vm);
	assert_null(made);
}

static void refusals(void **state)
{
	struct fs_claim *claim;
	const char *why;

	(void)state;
	assert_int_equal(fs_claim("vda2", &claim, &why), 0);
	assert_int_equal(vdisk_create(&dev), -EBUSY);
	assert_string_equal(refusal,
			    "is another guest's, or still being given back");
	fs_claim_drop(claim);
	config.disk.path = "/dev/vda7";
	assert_int_equal(vdisk_create(&dev), -ENOENT);
	config.disk.path = "/dev/vda1";
	assert_int_equal(vdisk_create(&dev), -EBUSY);
	/* larger than it is */
	config.disk.path = "/dev/vda2";
	emu.cfg_count = 1;
	emu.cfg[0] = 4;
	assert_int_equal(vdisk_create(&dev), -EINVAL);
	assert_null(dev.disk);
	emu.cfg[0] = 2;
	create();
	assert_int_equal(dev.disk->bytes, 2 * MIB);
}

/* A file: nobody else writes it, its size stays, its file system stays well. */
static void files(void **state)
{
	struct fs_stat stat;
	struct fs_file *f;

	(void)state;
	config.image_location = VM_IMAGE_FS;
	config.disk.path = "/none.img";
	assert_int_equal(vdisk_create(&dev), -ENOENT);
	config.disk.path = "/card.img";
	assert_int_equal(fs_open("/card.img", FS_READ, &f), 0);
	assert_int_equal(vdisk_create(&dev), -EBUSY);
	fs_discard(f);
	create();
	assert_int_equal(dev.disk->bytes, 2 * MIB);
	assert_int_equal(fs_open("/card.img", FS_READ, &f), -EBUSY);
	assert_int_equal(fs_unlink("/card.img"), -EBUSY);
	fill(5);
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(put(i * 500u * 1024, 4096), 0);
	assert_int_equal(commit(), 0);
	/* as a power cut at this moment leaves it */
	fake_disk_save(vda, fake_path("cut"));
	assert_true(fake_shell(
		"dd if=cut of=p bs=1M skip=1 count=4 status=none && "
		"{ fsck.fat -a p || true; } && fsck.fat -n p && "
		"mcopy -n -i p ::card.img got && test $(stat -c %%s got) = "
		"2097152 && for i in 0 1 2 3; do dd if=got bs=1k count=4 "
		"skip=$((i * 500)) status=none | sha256sum; done | sort -u | "
		"wc -l | grep -qx 1"));
	vda->bad_block = 0;
	vm_vdisks_release(&vm);
	run();
	assert_int_equal(fs_stat("/card.img", &stat), 0);
	assert_int_equal(stat.size_bytes, 2 * MIB);
	assert_int_equal(fs_open("/card.img", FS_READ, &f), 0);
	assert_int_equal(fs_pread(f, back, 4096, 500 * 1024), 4096);
	assert_memory_equal(back, buf, 4096);
	fs_discard(f);
	/* it has become shorter meanwhile */
	emu.cfg_count = 1;
	emu.cfg[0] = 2;
	assert_int_equal(fs_open("/card.img", FS_WRITE, &f), 0);
	assert_int_equal(fs_truncate(f, MIB), 0);
	assert_int_equal(fs_close(f), 0);
	assert_int_equal(vm_vdisks_load(&vm), -EINVAL);
	emu.cfg_count = 0;
	assert_int_equal(vm_vdisks_load(&vm), 0);
	assert_int_equal(dev.disk->bytes, MIB);
}

/* A file system that is only read: so is the card. */
static void read_only(void **state)
{
	(void)state;
	config.image_location = VM_IMAGE_FS;
	config.disk.path = "/card.img";
	fs_mounts->read_only = true;
	create();
	assert_true(dev.disk->read_only);
	assert_int_equal(get(4096, 4096, 0), 0);
	assert_int_equal(put(4096, 512), -EIO);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, cleanup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(reads_and_writes), T(behind_the_end), T(failing),
		T(release),          T(refusals),       T(files),
		T(read_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
