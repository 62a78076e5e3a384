/* SPDX-License-Identifier: Apache-2.0 */
/* virtio-blk and the virtqueue against a device that may lie. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <arch/pgtable.h>

#include <drivers/block.h>

#include "../../../drivers/virtio/virtio.h"
#include "../../fake/fake.h"
#include "../../fake/io_wait.h"

#define SECTORS 256u
#define SECTOR 512u

/*
 * The device, by virtio 1.2: offsets and bits are the specification's.
 */
static struct model {
	uint8_t disk[SECTORS * SECTOR];
	uint32_t status;
	uint64_t features, accepted;
	uint8_t config[64];
	uint32_t queue_max;
	uint16_t num, seen;
	uint64_t desc, avail, used;
	unsigned int rung, resets, answered;
	unsigned int requests[8]; /* by type */
	/* lies and faults */
	bool silent, never_resets, refuses_features, gone;
	bool skips_index;
	uint32_t id_lie;
	int32_t len_lie;
	uint8_t says; /* a request's status */
	unsigned int data_descs;
	uint32_t longest_desc;
} model;

static void *at(uint64_t pa)
{
	return phys_to_virt(hpa(pa));
}

static uint32_t m_status(struct virtio_device *dev)
{
	(void)dev;
	return model.gone ? UINT32_MAX : model.status;
}

static void m_set_status(struct virtio_device *dev, uint32_t status)
{
	(void)dev;
	if (status == 0) {
		model.resets++;
		model.seen = 0;
		if (model.never_resets)
			return;
	}
	if (model.refuses_features)
		status &= ~8u;
	model.status = status;
}

static uint64_t m_features(struct virtio_device *dev)
{
	(void)dev;
	assert_int_equal(model.status, 3); /* ACKNOWLEDGE, DRIVER */
	return model.features;
}

static void m_set_features(struct virtio_device *dev, uint64_t features)
{
	(void)dev;
	model.accepted = features;
}

static uint32_t m_config(struct virtio_device *dev, unsigned int offset,
			 unsigned int width)
{
	uint32_t value = 0;

	(void)dev;
	memcpy(&value, model.config + offset, width);
	return value;
}

static uint32_t m_generation(struct virtio_device *dev)
{
	(void)dev;
	return 7;
}

static uint32_t m_queue_max(struct virtio_device *dev)
{
	(void)dev;
	return model.queue_max;
}

static void m_queue_set(struct virtio_device *dev, const struct virtq *vq)
{
	model.num = vq->num;
	model.desc = vq->at.v;
	model.avail = vq->at.v + 16ull * vq->num;
	model.used = ALIGN_UP(model.avail + 6 + 2ull * vq->num, 4096);
	assert_true(vq->num && !(vq->num & (vq->num - 1)));
	assert_ptr_equal(dev->vq.used, at(model.used));
}

static void m_notify(struct virtio_device *dev)
{
	(void)dev;
	assert_true(model.status & 4); /* DRIVER_OK */
	model.rung++;
}

static const struct virtio_ops model_ops = {
	.status = m_status,
	.set_status = m_set_status,
	.features = m_features,
	.set_features = m_set_features,
	.config = m_config,
	.config_generation = m_generation,
	.queue_max = m_queue_max,
	.queue_set = m_queue_set,
	.notify = m_notify,
};

struct chain {
	struct {
		uint64_t addr;
		uint32_t len;
		bool writes;
	} bufs[64];
	unsigned int count;
};

static void chain_read(struct chain *chain, uint16_t head)
{
	const struct virtq_desc *desc = at(model.desc);
	bool more = true;

	chain->count = 0;
	for (uint16_t i = head; more; i = desc[i].next) {
		assert_true(i < model.num);
		assert_true(chain->count < model.num);
		chain->bufs[chain->count].addr = desc[i].addr;
		chain->bufs[chain->count].len = desc[i].len;
		chain->bufs[chain->count].writes = desc[i].flags & 2;
		chain->count++;
		more = desc[i].flags & 1;
	}
}

/* Moves the data; returns what the device wrote. */
static uint32_t serve(const struct chain *chain)
{
	const uint32_t *header = at(chain->bufs[0].addr);
	uint64_t sector, offset;
	uint32_t wrote = 1;
	unsigned int last = chain->count - 1;

	assert_int_equal(chain->bufs[0].len, 16);
	assert_false(chain->bufs[0].writes);
	memcpy(&sector, header + 2, 8);
	offset = sector * SECTOR;
	assert_true(header[0] < 8);
	model.requests[header[0]]++;
	model.data_descs = last - 1;
	for (unsigned int i = 1; i < last; i++) {
		uint32_t len = chain->bufs[i].len;

		assert_int_equal(chain->bufs[i].writes, header[0] == 0);
		assert_true(offset + len <= sizeof(model.disk));
		model.longest_desc = MAX(model.longest_desc, len);
		if (header[0] == 0) {
			memcpy(at(chain->bufs[i].addr), model.disk + offset,
			       len);
			wrote += len;
		} else {
			memcpy(model.disk + offset, at(chain->bufs[i].addr),
			       len);
		}
		offset += len;
	}
	assert_int_equal(chain->bufs[last].len, 1);
	assert_true(chain->bufs[last].writes);
	*(uint8_t *)at(chain->bufs[last].addr) = model.says;
	return wrote;
}

static void step(void)
{
	const uint16_t *avail = model.avail ? at(model.avail) : NULL;
	struct chain chain;
	uint32_t wrote;
	uint8_t *used;
	uint16_t idx;

	if (!(model.status & 4) || model.silent || !avail ||
	    avail[1] == model.seen)
		return;
	chain_read(&chain, avail[2 + model.seen % model.num]);
	wrote = serve(&chain) + (uint32_t)model.len_lie;
	used = at(model.used);
	memcpy(used + 4 + 8 * (model.seen % model.num), &model.id_lie, 4);
	memcpy(used + 8 + 8 * (model.seen % model.num), &wrote, 4);
	model.seen++;
	idx = (uint16_t)(model.seen + model.skips_index);
	memcpy(used + 2, &idx, 2);
	model.answered++;
}

/*
 * The driver
 */

static struct virtio_device devs[64];
static unsigned int dev_count;

static void model_new(void)
{
	memset(&model, 0, sizeof(model));
	model.features = BIT(32) | BIT(9);
	model.queue_max = 128;
	for (unsigned int i = 0; i < sizeof(model.disk); i++)
		model.disk[i] = (uint8_t)(i / SECTOR * 3 + i);
	model.config[0] = SECTORS & 0xff;
	model.config[1] = SECTORS >> 8;
	fake_device_step = step;
	fake_log_start();
}

static int probe(bool legacy)
{
	devs[dev_count] = (struct virtio_device){
		.ops = &model_ops,
		.name = "model",
		.transport = "test",
		.legacy = legacy,
		.dma = {.coherent = true, .max = UINT64_MAX},
	};
	return virtio_blk_probe(&devs[dev_count++]);
}

static struct block_device *last_disk(void)
{
	struct block_device *dev = NULL, *last = NULL;

	while ((dev = block_next(dev)))
		last = dev;
	return last;
}

static struct block_device *disk_new(void)
{
	assert_int_equal(probe(false), 0);
	return last_disk();
}

static void config32(unsigned int offset, uint32_t value)
{
	memcpy(model.config + offset, &value, 4);
}

static void moves(void **state)
{
	uint8_t *buf = dma_alloc(UINT64_MAX, SECTORS * SECTOR);
	struct block_device *dev;

	(void)state;
	model_new();
	dev = disk_new();
	assert_string_equal(dev->name, "vda");
	assert_int_equal(dev->block_count, SECTORS);
	assert_int_equal(dev->block_size, SECTOR);
	assert_false(dev->read_only);
	assert_int_equal(model.accepted, BIT(32) | BIT(9));
	assert_int_equal(model.status, 0xf);
	assert_int_equal(block_read(dev, 0, buf, SECTORS), 0);
	assert_memory_equal(buf, model.disk, sizeof(model.disk));
	memset(buf, 0x77, 40 * SECTOR);
	assert_int_equal(block_write(dev, 100, buf, 40), 0);
	assert_memory_equal(buf, model.disk + 100 * SECTOR, 40 * SECTOR);
	assert_int_equal(block_flush(dev), 0);
	assert_int_equal(model.requests[4], 1);
	/* more requests than the ring has entries */
	for (unsigned int i = 0; i < 300; i++)
		assert_int_equal(block_read(dev, 0, buf, 20), 0);
	assert_int_equal(block_errors(dev), 0);
	dma_free(buf, SECTORS * SECTOR);
}

static void limits(void **state)
{
	uint8_t *buf = dma_alloc(UINT64_MAX, SECTORS * SECTOR);
	struct block_device *dev;

	(void)state;
	/* of a segment, of segments; blocks of 4096; read-only; no flush */
	model_new();
	model.features = BIT(32) | BIT(1) | BIT(2) | BIT(5) | BIT(6);
	config32(8, 8192);
	config32(12, 3);
	config32(20, 4096);
	dev = disk_new();
	assert_int_equal(dev->block_size, 4096);
	assert_int_equal(dev->block_count, SECTORS / 8);
	assert_int_equal(dev->max_blocks, 6);
	assert_true(dev->read_only);
	assert_int_equal(block_read(dev, 0, buf, SECTORS / 8), 0);
	assert_memory_equal(buf, model.disk, sizeof(model.disk));
	assert_int_equal(model.longest_desc, 8192);
	assert_int_equal(block_flush(dev), 0);
	assert_int_equal(model.requests[4], 0);
	/* sizes that cannot be */
	for (unsigned int i = 0; i < 4; i++) {
		static const uint32_t sizes[] = {0, 100, 1536, 65536};

		config32(20, sizes[i]);
		assert_int_equal(probe(false), -EINVAL);
		assert_ptr_equal(last_disk(), dev);
	}
	config32(20, 512);
	config32(8, 0);
	assert_int_equal(probe(false), -EINVAL);
	model_new();
	config32(4, 0x80000000);
	assert_int_equal(probe(false), -EINVAL);
	config32(0, 0);
	config32(4, 0);
	assert_int_equal(probe(false), -EINVAL);
	assert_ptr_equal(last_disk(), dev);
	dma_free(buf, SECTORS * SECTOR);
}

static void does_not_start(void **state)
{
	(void)state;
	model_new();
	model.features = BIT(9);
	assert_int_equal(probe(false), -EIO);
	assert_non_null(strstr(fake_log, "VERSION_1"));
	model_new();
	model.refuses_features = true;
	assert_int_equal(probe(false), -EIO);
	model_new();
	model.queue_max = 0;
	assert_int_equal(probe(false), -EIO);
	model_new();
	model.queue_max = 2;
	assert_int_equal(probe(false), -EIO);
	model_new();
	model.status = 1;
	model.never_resets = true;
	assert_int_equal(probe(false), -EIO);
	assert_non_null(strstr(fake_log, "model: does not reset"));
	model_new();
	model.gone = true;
	assert_int_equal(probe(false), -ENODEV);
}

/* Before 1.0: no feature bit 32, lengths that mean nothing. */
static void legacy(void **state)
{
	struct block_device *dev;
	uint8_t buf[SECTOR];

	(void)state;
	model_new();
	model.features = BIT(9);
	model.len_lie = -100;
	assert_int_equal(probe(true), 0);
	dev = last_disk();
	assert_int_equal(model.status, 7);
	assert_int_equal(block_read(dev, 3, buf, 1), 0);
	assert_memory_equal(buf, model.disk + 3 * SECTOR, SECTOR);
	model.len_lie = 1;
	assert_int_equal(block_write(dev, 80, buf, 1), -EIO);
}

static void errors(void **state)
{
	struct block_device *dev;
	uint8_t buf[SECTOR];

	(void)state;
	model_new();
	dev = disk_new();
	model.says = 1;
	assert_int_equal(block_read(dev, 3, buf, 1), -EIO);
	assert_int_equal(block_write(dev, 3, buf, 1), -EIO);
	model.says = 2;
	assert_int_equal(block_flush(dev), -EIO);
	model.says = 0;
	model.len_lie = -1;
	assert_int_equal(block_read(dev, 3, buf, 1), -EIO);
	model.len_lie = 0;
	assert_int_equal(model.resets, 1);
	assert_int_equal(block_read(dev, 3, buf, 1), 0);
}

/* Every lie is told once: a reset, and it goes on; twice: it is gone. */
static void lies(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		struct block_device *dev;
		uint8_t buf[SECTOR];
		unsigned int resets;

		model_new();
		dev = disk_new();
		resets = model.resets;
		model.id_lie = i == 0 ? 5 : 0;
		model.len_lie = i == 1 ? 1 : 0;
		model.skips_index = i == 2;
		assert_int_equal(block_write(dev, 3, buf, 1), -EIO);
		assert_non_null(strstr(fake_log, "model: answered with"));
		assert_int_equal(model.resets, resets + 1);
		model.id_lie = 0;
		model.len_lie = 0;
		model.skips_index = false;
		assert_int_equal(block_read(dev, 3, buf, 1), 0);
		assert_memory_equal(buf, model.disk + 3 * SECTOR, SECTOR);
		model.id_lie = 6;
		assert_int_equal(block_write(dev, 3, buf, 1), -EIO);
		assert_int_equal(block_write(dev, 3, buf, 1), -ENODEV);
		assert_true(block_is_gone(dev));
		assert_int_equal(model.status, 0);
	}
}

static void silence(void **state)
{
	struct block_device *dev;
	uint8_t buf[SECTOR];
	uint64_t before;

	(void)state;
	model_new();
	dev = disk_new();
	model.silent = true;
	before = fake_now_ns;
	assert_int_equal(block_write(dev, 3, buf, 1), -ETIMEDOUT);
	assert_true(fake_now_ns - before < 15000000000ull);
	assert_int_equal(block_write(dev, 3, buf, 1), -ENODEV);
	assert_non_null(strstr(fake_log, ": is gone"));
	assert_int_equal(model.status, 0); /* it writes nothing later */

	/* nor does it reset */
	model_new();
	dev = disk_new();
	model.silent = model.never_resets = true;
	assert_int_equal(block_write(dev, 3, buf, 1), -ENODEV);

	/* taken out: all ones */
	model_new();
	dev = disk_new();
	model.silent = model.gone = true;
	assert_int_equal(block_write(dev, 3, buf, 1), -ENODEV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moves),          cmocka_unit_test(limits),
		cmocka_unit_test(does_not_start), cmocka_unit_test(legacy),
		cmocka_unit_test(errors),         cmocka_unit_test(lies),
		cmocka_unit_test(silence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
