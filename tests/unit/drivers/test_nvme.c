/* SPDX-License-Identifier: Apache-2.0 */
/* The NVMe driver against a controller that may lie; NVM Express 1.4. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arch/pgtable.h>

#include "../../../drivers/nvme/nvme.h"
#include "../../fake/fake.h"
#include "../../fake/io_wait.h"

#define SIZE (1u << 20)
#define STRIDE 8u /* CAP.DSTRD 1 */

/* Offsets are the specification's, not the driver's macros. */
struct queue {
	uint64_t sq, cq;
	uint16_t size, head, tail, cq_tail, cq_head;
	bool phase, made;
};

static struct model {
	uint8_t disk[SIZE];
	uint64_t cap;
	uint32_t cc, csts, aqa;
	uint64_t asq, acq;
	bool masked;
	struct queue q[2];
	unsigned int commands[256], flushes, starts, silenced, quits;
	uint32_t lbads, namespaces;
	uint8_t mdts, vwc, nsattr;
	uint16_t metadata;
	/* faults and lies */
	bool silent, never_ready, never_stops, gone, fails_start;
	bool wrong_cid, wrong_sq, refuses_queues, old;
	uint16_t status; /* of each I/O command, SC */
} model;

static uint8_t window[0x2000];
static struct nvme nvmes[16];
static unsigned int nvme_count;

static void *at(uint64_t pa)
{
	return phys_to_virt(hpa(pa));
}

uint64_t fake_io_read(const volatile void *addr, unsigned int width)
{
	assert_int_equal(width, 4);
	if (model.gone)
		return UINT32_MAX;
	switch ((const uint8_t *)addr - window) {
	case 0x00:
		return (uint32_t)model.cap;
	case 0x04:
		return model.cap >> 32;
	case 0x14:
		return model.cc;
	case 0x1c:
		return model.csts;
	default:
		fail_msg("unexpected register");
		return 0;
	}
}

static void cc_write(uint32_t value)
{
	if ((value & 1) && !(model.cc & 1)) {
		assert_int_equal(value >> 16 & 15, 6);
		assert_int_equal(value >> 20 & 15, 4);
		assert_int_equal(value >> 7 & 15, 0);
		memset(model.q, 0, sizeof(model.q));
		model.q[0] = (struct queue){
			.sq = model.asq,
			.cq = model.acq,
			.size = (uint16_t)((model.aqa & 0xfff) + 1),
			.phase = true,
			.made = true,
		};
		model.starts++;
		if (!model.never_ready)
			model.csts = model.fails_start ? 2 : 1;
	}
	if (!(value & 1) && !model.never_stops)
		model.csts = 0;
	model.cc = value;
}

void fake_io_write(volatile void *addr, unsigned int width, uint64_t value)
{
	size_t offset = (size_t)((volatile uint8_t *)addr - window);

	assert_int_equal(width, 4);
	if (offset >= 0x1000) {
		size_t bell = (offset - 0x1000) / STRIDE;

		assert_int_equal((offset - 0x1000) % STRIDE, 0);
		assert_true(bell < 4 && model.q[bell / 2].made);
		assert_true(value < model.q[bell / 2].size);
		if (bell % 2)
			model.q[bell / 2].cq_head = (uint16_t)value;
		else
			model.q[bell / 2].tail = (uint16_t)value;
		return;
	}
	switch (offset) {
	case 0x0c:
		model.masked = true;
		break;
	case 0x10:
		model.masked = false;
		break;
	case 0x14:
		cc_write((uint32_t)value);
		break;
	case 0x24:
		model.aqa = (uint32_t)value;
		break;
	case 0x28:
		model.asq = value;
		break;
	case 0x2c:
		model.asq |= value << 32;
		break;
	case 0x30:
		model.acq = value;
		break;
	case 0x34:
		model.acq |= value << 32;
		break;
	default:
		fail_msg("unexpected register");
	}
}

/* 4.3: from the first byte on, page by page */
static void prp_move(const uint32_t *c, uint8_t *disk, uint32_t bytes,
		     bool write)
{
	uint64_t prp1 = c[6] | (uint64_t)c[7] << 32;
	uint64_t prp2 = c[8] | (uint64_t)c[9] << 32;
	uint32_t n = MIN(bytes, 4096 - (uint32_t)(prp1 & 4095));
	uint32_t left = bytes - n;
	const uint64_t *list = left > 4096 ? at(prp2) : &prp2;
	uint64_t page = prp1;

	assert_int_equal(prp1 % 4, 0);
	while (n) {
		memcpy(write ? (void *)disk : at(page),
		       write ? at(page) : (void *)disk, n);
		disk += n;
		bytes -= n;
		n = MIN(bytes, 4096u);
		if (n) {
			page = *list++;
			assert_int_equal(page % 4096, 0);
		}
	}
}

static void put(uint8_t *to, uint64_t value, unsigned int bytes)
{
	memcpy(to, &value, bytes);
}

static uint16_t identify(const uint32_t *c)
{
	uint8_t *to = at(c[6] | (uint64_t)c[7] << 32);

	memset(to, 0, 4096);
	switch (c[10]) {
	case 0:
		put(to, SIZE >> model.lbads, 8);
		to[26] = 2;
		to[99] = model.nsattr;
		put(to + 128 + 8, model.lbads << 16 | model.metadata, 4);
		return 0;
	case 1:
		memset(to + 24, ' ', 40);
		memcpy(to + 24, "A Model\x01", 8);
		to[77] = model.mdts;
		to[525] = model.vwc;
		return 0;
	case 2:
		if (model.old)
			return 2;
		for (uint32_t i = 0; i < model.namespaces; i++)
			put(to + 4 * i, i + 1, 4);
		return 0;
	}
	return 2;
}

static uint16_t admin(const uint32_t *c)
{
	struct queue *io = &model.q[1];

	switch (c[0] & 0xff) {
	case 5:
		assert_int_equal(c[10] & 0xffff, 1);
		assert_int_equal(c[11], 3);
		io->cq = c[6] | (uint64_t)c[7] << 32;
		io->phase = true;
		return model.refuses_queues ? 1 : 0;
	case 1:
		assert_int_equal(c[11], 1 << 16 | 1);
		io->sq = c[6] | (uint64_t)c[7] << 32;
		io->size = (uint16_t)((c[10] >> 16) + 1);
		io->made = true;
		return 0;
	case 6:
		return identify(c);
	}
	return 1;
}

static uint16_t io(const uint32_t *c)
{
	uint64_t offset = (c[10] | (uint64_t)c[11] << 32) << model.lbads;
	uint32_t bytes = ((c[12] & 0xffff) + 1) << model.lbads;

	assert_true(c[1] >= 1 && c[1] <= model.namespaces);
	if (model.status)
		return model.status;
	if ((c[0] & 0xff) == 0) {
		model.flushes++;
		return 0;
	}
	assert_true(offset + bytes <= SIZE);
	assert_true(!model.mdts || bytes <= 4096u << model.mdts);
	prp_move(c, model.disk + offset, bytes, (c[0] & 0xff) == 1);
	return 0;
}

static void serve(unsigned int id)
{
	struct queue *q = &model.q[id];
	uint32_t *c, *e;
	uint16_t status;

	if (!q->made || q->head == q->tail)
		return;
	c = (uint32_t *)at(q->sq) + 16 * q->head;
	q->head = (uint16_t)((q->head + 1) % q->size);
	model.commands[c[0] & 0xff]++;
	status = id ? io(c) : admin(c);
	e = (uint32_t *)at(q->cq) + 4 * q->cq_tail;
	e[2] = q->head | (uint32_t)(id + model.wrong_sq) << 16;
	e[3] = (uint16_t)((c[0] >> 16) + model.wrong_cid) |
	       (uint32_t)q->phase << 16 | (uint32_t)status << 17;
	q->cq_tail = (uint16_t)((q->cq_tail + 1) % q->size);
	if (!q->cq_tail)
		q->phase = !q->phase;
}

static void step(void)
{
	if (model.silent || model.gone || !(model.csts & 1))
		return;
	serve(0);
	serve(1);
	/* whoever waits lets the interrupt through */
	assert_false(model.masked);
}

static void silence(struct nvme *nvme)
{
	(void)nvme;
	model.silenced++;
}

static void quit(struct nvme *nvme)
{
	(void)nvme;
	model.quits++;
}

static void model_new(void)
{
	memset(&model, 0, sizeof(model));
	model.cap = 2047 | 1 << 16 | 2ull << 24 | 1ull << 32 | 1ull << 37;
	model.lbads = 9;
	model.namespaces = 1;
	model.vwc = 1;
	for (unsigned int i = 0; i < SIZE; i++)
		model.disk[i] = (uint8_t)(i / 512 * 3 + i);
	fake_device_step = step;
	fake_log_start();
}

static int attach(void)
{
	struct nvme *nvme = &nvmes[nvme_count++];
	int err;

	*nvme = (struct nvme){
		.regs = window,
		.name = "model",
		.node = (int)(100 + nvme_count),
		.dma = {.coherent = nvme_count & 1, .max = UINT64_MAX},
		.silence = silence,
		.quit = quit,
	};
	nvme_init(nvme);
	err = nvme_start(nvme);
	return err ? err : nvme_disks_register(nvme);
}

static struct block_device *disk_new(void)
{
	struct block_device *dev = NULL, *last = NULL;

	assert_int_equal(attach(), 0);
	while ((dev = block_next(dev)))
		last = dev;
	return last;
}

static void moves(void **state)
{
	uint8_t *buf = dma_alloc(UINT64_MAX, SIZE + 4096);
	struct block_device *dev;

	(void)state;
	model_new();
	dev = disk_new();
	assert_string_equal(dev->name, "nvme0n1");
	assert_string_equal(dev->model, "A Model?");
	assert_int_equal(dev->block_count, SIZE / 512);
	assert_false(dev->read_only);
	assert_int_equal(block_read(dev, 0, buf, SIZE / 512), 0);
	assert_memory_equal(buf, model.disk, SIZE);
	/* from the middle of a page: one, two, many of them */
	for (unsigned int count = 20; count < 200; count += 7) {
		assert_int_equal(block_read(dev, 3, buf + 1024, count), 0);
		assert_memory_equal(buf + 1024, model.disk + 3 * 512,
				    count * 512);
	}
	/* whole pages: the second address is a page's, or a list's */
	for (unsigned int pages = 1; pages < 5; pages++) {
		memset(buf, (int)pages, pages * 4096);
		assert_int_equal(block_write(dev, 80, buf, pages * 8), 0);
		assert_memory_equal(buf, model.disk + 80 * 512, pages * 4096);
	}
	memset(buf, 0x66, 30 * 512);
	assert_int_equal(block_write(dev, 55, buf, 30), 0);
	assert_memory_equal(buf, model.disk + 55 * 512, 30 * 512);
	assert_int_equal(block_flush(dev), 0);
	assert_int_equal(model.flushes, 1);
	assert_int_equal(block_errors(dev), 0);
	assert_int_equal(block_node_quit(dev->node), 1);
	assert_int_equal(model.quits, 1);
	assert_int_equal(model.csts, 0);
	dma_free(buf, SIZE + 4096);
}

static void describes(void **state)
{
	uint8_t *buf = dma_alloc(UINT64_MAX, SIZE);
	struct block_device *dev;

	(void)state;
	model_new();
	model.lbads = 12;
	model.mdts = 2;
	model.vwc = 0;
	model.nsattr = 1;
	model.namespaces = 2;
	dev = disk_new();
	assert_string_equal(dev->name, "nvme1n2");
	assert_int_equal(dev->block_size, 4096);
	assert_int_equal(dev->max_blocks, 4);
	assert_true(dev->read_only);
	assert_int_equal(block_read(dev, 0, buf, SIZE / 4096), 0);
	assert_memory_equal(buf, model.disk, SIZE);
	assert_int_equal(block_flush(dev), 0);
	assert_int_equal(model.flushes, 0);
	/* both go with their controller */
	assert_int_equal(block_node_quit(dev->node), 2);
	assert_int_equal(model.quits, 1);
	/* 1.0: without a list */
	model_new();
	model.old = true;
	assert_string_equal(disk_new()->name, "nvme2n1");
	/* what cannot be a disk */
	dev = NULL;
	model_new();
	model.metadata = 8;
	assert_int_equal(attach(), 0);
	assert_non_null(strstr(fake_log, "metadata"));
	model_new();
	model.lbads = 16;
	assert_int_equal(attach(), 0);
	assert_non_null(strstr(fake_log, "cannot be"));
	dma_free(buf, SIZE);
}

static void does_not_start(void **state)
{
	(void)state;
	model_new();
	model.never_ready = true;
	assert_int_equal(attach(), -EIO);
	model_new();
	model.fails_start = true;
	assert_int_equal(attach(), -EIO);
	assert_non_null(strstr(fake_log, "does not start"));
	model_new();
	model.csts = 1;
	model.never_stops = true;
	assert_int_equal(attach(), -EIO);
	assert_non_null(strstr(fake_log, "does not stop"));
	model_new();
	model.cap |= 1ull << 48; /* pages of 8 KiB */
	assert_int_equal(attach(), -EIO);
	model_new();
	model.gone = true;
	assert_int_equal(attach(), -ENODEV);
	model_new();
	model.refuses_queues = true;
	assert_int_equal(attach(), -EIO);
}

static void faults(void **state)
{
	struct block_device *dev;
	uint8_t buf[512];

	(void)state;
	model_new();
	dev = disk_new();
	model.status = 0x281; /* unrecovered read error */
	assert_int_equal(block_read(dev, 9, buf, 1), -EIO);
	assert_int_equal(block_flush(dev), -EIO);
	assert_int_equal(model.starts, 1);
	model.status = 0;
	assert_int_equal(block_read(dev, 9, buf, 1), 0);
	/* an answer to something else: reset once, then no more */
	model.wrong_cid = true;
	assert_int_equal(block_write(dev, 9, buf, 1), -ENODEV);
	assert_non_null(strstr(fake_log, "answered command"));
	assert_int_equal(model.silenced, 1);

	model_new();
	dev = disk_new();
	model.silent = true;
	assert_int_equal(block_write(dev, 9, buf, 1), -ENODEV);
	assert_int_equal(model.silenced, 1);
	assert_true(block_is_gone(dev));

	model_new();
	dev = disk_new();
	model.gone = true;
	assert_int_equal(block_write(dev, 9, buf, 1), -ENODEV);
	assert_int_equal(model.silenced, 1);
}

/* One answer is lost: after the reset the disk is there again. */
static void lost_once(void)
{
	static unsigned int calls;

	if (model.q[1].tail != model.q[1].head && calls++ < 100000) {
		if (model.starts == 1)
			return;
	}
	step();
}

static void recovers(void **state)
{
	struct block_device *dev;
	uint8_t buf[512];

	(void)state;
	model_new();
	dev = disk_new();
	fake_device_step = lost_once;
	assert_int_equal(block_write(dev, 9, buf, 1), -ETIMEDOUT);
	assert_int_equal(model.starts, 2);
	assert_non_null(strstr(fake_log, "was reset"));
	assert_int_equal(block_read(dev, 9, buf, 1), 0);
	assert_memory_equal(buf, model.disk + 9 * 512, 512);
	assert_int_equal(model.silenced, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moves),          cmocka_unit_test(describes),
		cmocka_unit_test(does_not_start), cmocka_unit_test(faults),
		cmocka_unit_test(recovers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
