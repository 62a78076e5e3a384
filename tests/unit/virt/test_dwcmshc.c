/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest, well-meaning or not, does with an emulated eMMC controller. */
/* the device registers itself in a section only the Image has: take it whole */
#include "../../../virt/dev/dwcmshc.c"

#include "card_machine.h"

static struct dwcmshc state;

#define TABLE RAM /* where the tests' descriptors are */
#define DATA (RAM + 0x2000u)

static void setup_machine(void)
{
	machine_start(&dwcmshc_ops, &state);
}

static int setup(void **s)
{
	(void)s;
	setup_machine();
	return 0;
}

static void wr16(uint64_t reg, uint16_t value)
{
	dev.ops->write(&dev, reg, 2, value);
}

static uint16_t rd16(uint64_t reg)
{
	return (uint16_t)dev.ops->read(&dev, reg, 2);
}

static void wr8(uint64_t reg, uint8_t value)
{
	dev.ops->write(&dev, reg, 1, value);
}

/* The interrupt status after one command; the response is in 10. */
static uint32_t send(uint16_t mode, uint16_t index_bits, uint32_t arg)
{
	wr(0x30, UINT32_MAX);
	wr(0x08, arg);
	wr16(0x0c, mode);
	wr16(0x0e, index_bits);
	return rd(0x30);
}

#define R(index) ((uint16_t)((index) << 8 | 0x1a))
#define DATA_OF(index) ((uint16_t)((index) << 8 | 0x3a))

static void power(void)
{
	wr(0x34, 0x03ff0033);
	wr8(0x29, 0xf);
	wr16(0x2c, 1);
	assert_int_equal(rd16(0x2c), 3);
	wr16(0x2c, 5);
}

/* To transfer state: eMMC 6.4; all blocks are 512 bytes */
static void identify(void)
{
	power();
	assert_int_equal(send(0, 0, 0), 1);
	assert_int_equal(send(0, 0x0102, 0x40300000), 1);
	assert_int_equal(rd(0x10), 0xc0ff8080);
	assert_int_equal(send(0, 0x0209, 0), 1);
	assert_int_equal(send(0, R(3), 1 << 16), 1);
	assert_int_equal(send(0, 0x071b, 1 << 16), 3);
	wr8(0x28, 0x10);
	wr16(0x04, 512);
	wr(0x58, TABLE);
}

static void desc_put(unsigned int n, uint16_t attr, uint16_t length,
		     uint32_t address)
{
	const struct adma_words {
		uint16_t attr, length;
		uint32_t address;
	} desc = {attr, length, address};

	memcpy(ram_at(TABLE + 8 * n), &desc, sizeof(desc));
}

static uint32_t blocks(bool write, uint32_t block, uint16_t count)
{
	wr(0x58, TABLE);
	wr16(0x06, count);
	return send((uint16_t)((write ? 0 : 0x10) | (count > 1 ? 0x23 : 1)),
		    DATA_OF((write ? 24 : 17) + (count > 1)), block);
}

static void registers(void **s)
{
	static const struct {
		uint16_t reg;
		uint32_t cold, kept; /* of 0xa5a5a5a4 */
	} rows[] = {
		{0x00, 0, 0xa5a5a5a4},
		{0x04, 0, 0xa5a5a5a4},
		{0x08, 0, 0xa5a5a5a4},
		{0x10, 0, 0},
		{0x24, 0x01ff0000, 0x01ff0000},
		{0x30, 0, 0},
		{0x34, 0, 0xa5a525a4},
		{0x38, 0, 0xa5a525a4},
		{0x3c, 0, 0xa5a50000},
		{0x40, 0x012cc881, 0x012cc881},
		{0x54, 0, 0},
		{0x58, 0, 0xa5a5a5a4},
		{0x60, 0, 0},
		{0xe8, 0x500, 0x500},
		{0xfc, 0x00050000, 0x00050000},
		{0x508, 0, 0xa5a5a5a4},
		{0x52c, 0, 0xa5a5a5a4},
		{0x600, 0, 0},
		{0x804, 0, 0xa5a5a5a4},
		{0x84c, 0, 0xa5a5a5a4},
		{0x850, 0, 0},
		{0xffc, 0, 0},
	};

	(void)s;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(rd(rows[i].reg), rows[i].cold);
		wr(rows[i].reg, 0xa5a5a5a4);
		assert_int_equal(rd(rows[i].reg), rows[i].kept);
		dev.ops->reset(&dev);
		assert_int_equal(rd(rows[i].reg), rows[i].cold);
	}
	/* by bytes, halves and two words */
	wr(0x08, 0x11223344);
	wr8(0x09, 0xaa);
	wr16(0x0a, 0x5566);
	assert_int_equal(rd(0x08), 0x5566aa44);
	assert_int_equal(dev.ops->read(&dev, 0x09, 1) & 0xff, 0xaa);
	dev.ops->write(&dev, 0x04, 8, 0x0102030405060708);
	assert_int_equal(rd(0x04), 0x05060708);
	assert_int_equal(rd(0x08), 0x01020304);
	assert_int_equal(dev.ops->read(&dev, 0x04, 8), 0x0102030405060708);
	assert_int_equal(dev.ops->read(&dev, 0x06, 4) & UINT32_MAX, 0x03040506);
	/* the delay lines lock when they are started */
	assert_int_equal(rd(0x840), 0);
	wr(0x800, 1);
	assert_int_equal(rd(0x840), 0x100);
}

static void resets(void **s)
{
	(void)s;
	identify();
	/* a block in the buffer, of two */
	wr16(0x06, 2);
	assert_int_equal(send(0x32, DATA_OF(18), 1), 0x21);
	assert_int_equal(rd(0x24) & 0xf0f, 0xa06);
	wr8(0x2f, 4);
	assert_int_equal(rd(0x30), 1);
	assert_int_equal(rd(0x24), 0x01ff0000);
	wr8(0x2f, 2);
	assert_int_equal(rd(0x30), 0);
	assert_int_equal(dev.ops->read(&dev, 0x2f, 1) & 0xff, 0);
	assert_int_equal(rd16(0x2c), 7);
	wr8(0x2f, 1);
	assert_int_equal(rd16(0x2c), 0);
	assert_int_equal(rd(0x34), 0);
	assert_int_equal(rd(0x40), 0x012cc881);
	/* the card has lost its power, and who it was */
	power();
	assert_int_equal(send(0, R(13), 1 << 16), 0x18000);
	identify();
}

static void interrupts(void **s)
{
	(void)s;
	power();
	wr(0x38, 1);
	assert_int_equal(send(0, 0, 0), 1);
	assert_true(line());
	wr(0x38, 2);
	assert_false(line());
	wr(0x38, 1);
	assert_true(line());
	wr(0x30, 2);
	assert_true(line());
	wr16(0x30, 1);
	assert_false(line());
	/* what is not enabled does not come */
	wr(0x34, 0x10002);
	assert_int_equal(send(0, 0, 0), 0);
	assert_int_equal(send(0, R(13), 0), 0x18000);
	wr(0x38, 0x10000);
	assert_true(line());
	wr(0x34, 0);
	assert_int_equal(rd(0x30), 0);
	assert_false(line());
	/* no power, no clock */
	wr(0x34, 0x03ff0033);
	wr16(0x2c, 1);
	assert_int_equal(send(0, R(13), 0), 0x18000);
	wr16(0x2c, 4);
	assert_int_equal(send(0, R(13), 0), 0x18000);
	power();
	wr8(0x29, 0);
	assert_int_equal(send(0, R(13), 0), 0x18000);
	dev.ops->reset(&dev);
	assert_false(line());
}

static void tables(void **s)
{
	(void)s;
	identify();
	/* a link, nothing, over the seam, the rest */
	desc_put(0, 0x31, 0, TABLE + 64);
	desc_put(8, 0x01, 0, 0);
	desc_put(9, 0x21, 1024, RAM_2 - 512);
	desc_put(10, 0x23, 3072, RAM_END - 3072);
	assert_int_equal(blocks(false, 3, 8), 3);
	assert_moved(RAM_2 - 512, 1536, 1024);
	assert_moved(RAM_END - 3072, 2560, 3072);
	assert_untouched(RAM_2 + 512, 64);
	assert_int_equal(rd(0x54), 0);
	/* CMD12 comes by itself, or CMD23 does */
	assert_int_equal(send(0, R(13), 1 << 16), 1);
	assert_int_equal(rd(0x10), 0xb00);
	assert_int_equal(send(0, 0x0c1b, 0), 3);
	wr16(0x06, 8);
	wr(0x58, TABLE);
	assert_int_equal(send(0x37, DATA_OF(18), 3), 3);
	assert_int_equal(send(0, R(13), 1 << 16), 1);
	assert_int_equal(rd(0x10), 0x900);
	wr(0x00, 8);
	wr(0x58, TABLE);
	memset(ram_at(RAM_2 - 512), 0x12, 512);
	assert_int_equal(send(0x2b, DATA_OF(25), 3), 3);
	assert_int_equal(content[1536], 0x12);
	assert_int_equal(send(0, R(13), 1 << 16), 1);
	assert_int_equal(rd(0x10), 0x900);
	/* 64 KiB in one, without a count */
	desc_put(0, 0x23, 0, DATA);
	wr(0x58, TABLE);
	assert_int_equal(send(0x31, DATA_OF(18), 0), 3);
	assert_moved(DATA, 0, 0x10000);
	assert_untouched(DATA + 0x10000, 64);
	assert_int_equal(send(0, 0x0c1b, 0), 3);
}

static void port(void **s)
{
	uint32_t word;

	(void)s;
	identify();
	wr16(0x06, 2);
	assert_int_equal(send(0x32, DATA_OF(18), 1), 0x21);
	for (uint32_t i = 0; i < 1024; i += 4) {
		if (i % 512 == 0) {
			assert_int_equal(rd(0x30) & 0x22, 0x20);
			assert_int_equal(rd16(0x06), 2 - i / 512);
			wr(0x30, 0x20);
		}
		word = rd(0x20);
		assert_memory_equal(&word, content + 512 + i, 4);
	}
	assert_int_equal(rd(0x30) & 0x22, 2);
	assert_int_equal(rd(0x20), 0);
	assert_int_equal(send(0, 0x0c1b, 0), 3);
	wr16(0x06, 1);
	assert_int_equal(send(0, DATA_OF(24), 4), 0x11);
	assert_int_equal(rd(0x24) & 0xf0f, 0x506);
	assert_int_equal(rd(0x20), 0);
	for (uint32_t i = 0; i < 128; i++)
		wr(0x20, i);
	assert_int_equal(rd(0x30), 0x13);
	assert_int_equal(content[2048 + 508], 127);
	wr(0x20, 5);
	assert_int_equal(content[2048 + 512], (4 + 1) * 7);
	/* half of a block, then no more of it */
	assert_int_equal(send(0x22, DATA_OF(25), 4), 0x11);
	wr(0x20, 0x55555555);
	assert_int_equal(send(0, 0x0c1b, 0), 3);
	assert_int_equal(content[2048], 0);
	assert_int_equal(rd(0x24), 0x01ff0000);
}

static void hostile_tables(void **s)
{
	static const struct {
		uint16_t attr, length;
		uint32_t address, table;
		uint32_t status, error;
	} rows[] = {
		/* data outside of the RAM, below, behind, over its end */
		{0x23, 512, RAM - 4, TABLE, 0x2008001, 3},
		{0x23, 512, RAM_END, TABLE, 0x2008001, 3},
		{0x23, 512, RAM_END - 4, TABLE, 0x2008001, 3},
		{0x23, 512, UINT32_MAX - 3, TABLE, 0x2008001, 3},
		/* the table is there, or at no place for one */
		{0x23, 512, DATA, RAM_END, 0x2008001, 1},
		{0x23, 512, DATA, RAM_END - 4, 0x2008001, 1},
		{0x23, 512, DATA, RAM - 8, 0x2008001, 1},
		{0x23, 512, DATA, 0, 0x2008001, 1},
		{0x23, 512, DATA, TABLE + 2, 0x2008001, 1},
		{0x31, 0, RAM_END, TABLE, 0x2008001, 1},
		{0x31, 0, UINT32_MAX, TABLE, 0x2008001, 1},
		{0x22, 512, DATA, TABLE, 0x2008001, 1},
		/* round and round */
		{0x31, 0, TABLE, TABLE, 0x2008001, 1},
		/* less than there is to move, and more */
		{0x23, 256, DATA, TABLE, 0x2008001, 7},
		{0x23, 0, DATA, TABLE, 0x2008001, 7},
		{0x03, 0, DATA, TABLE, 0x2008001, 7},
	};

	(void)s;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		setup_machine();
		identify();
		desc_put(0, rows[i].attr, rows[i].length, rows[i].address);
		wr(0x58, rows[i].table);
		wr16(0x06, 1);
		assert_int_equal(send(0x11, DATA_OF(17), 1), rows[i].status);
		assert_int_equal(rd(0x54), rows[i].error);
		assert_int_equal(rd(0x24), 0x01ff0000);
		assert_in_range(moved, 0, 512);
		/* it is as good as ever */
		wr8(0x2f, 6);
		(void)send(0, 0x0c1b, 0);
		desc_put(0, 0x23, 512, DATA);
		assert_int_equal(blocks(false, 1, 1), 3);
		assert_moved(DATA, 512, 512);
	}
}

static void hostile_data(void **s)
{
	(void)s;
	identify();
	/* beyond its end: what is there comes, then nothing */
	desc_put(0, 0x23, 4096, DATA);
	assert_int_equal(blocks(false, DISK_BYTES / 512 - 1, 8), 0x108001);
	assert_moved(DATA, DISK_BYTES - 512, 512);
	assert_untouched(DATA + 512, 64);
	assert_int_equal(send(0, 0x0c1b, 0), 3);
	assert_int_equal(blocks(true, DISK_BYTES / 512 - 1, 8), 0x208001);
	assert_int_equal(send(0, 0x0c1b, 0), 3);
	assert_int_equal(blocks(false, UINT32_MAX, 8), 0x108001);
	assert_int_equal(rd(0x10) & 0x80000000, 0x80000000);
	/* one that CMD23 announced is refused as a whole */
	wr(0x00, 8);
	wr16(0x06, 8);
	assert_int_equal(send(0x3b, DATA_OF(18), DISK_BYTES / 512 - 1),
			 0x108001);
	/* blocks of 4095 bytes, all that can be counted, and none */
	moved = 0;
	wr16(0x04, 4095);
	assert_int_equal(blocks(false, 0, 0xffff), 0x108001);
	assert_int_equal(moved, 0);
	assert_int_equal(send(0, 0x0c1b, 0), 3);
	wr16(0x04, 0);
	assert_int_equal(blocks(false, 0, 8), 3);
	assert_int_equal(send(0, 0x0c1b, 0), 3);
	/* another DMA than there is */
	wr16(0x04, 512);
	wr8(0x28, 0x18);
	assert_int_equal(blocks(false, 0, 1), 0x2008001);
	/* lines that the card was not told of */
	(void)send(0, 0x0c1b, 0);
	wr8(0x28, 0x32);
	assert_int_equal(blocks(false, 0, 1), 0x208001);
	/* what the disk cannot read; the card tells of it */
	(void)send(0, 0x0c1b, 0);
	wr8(0x28, 0x10);
	bad_byte = 700;
	assert_int_equal(blocks(false, 0, 8), 0x108001);
	assert_int_equal(send(0, 0x0c1b, 0), 3);
	assert_int_equal(rd(0x10) & 0x200000, 0x200000);
}

/* The command ends by its interrupt, when the host's disk has done its part. */
static void slow_disk(void **s)
{
	const uint32_t at = RAM + 0x10000;

	(void)s;
	identify();
	slow_begin();
	wr(0x38, 0x03ff0002);
	desc_put(0, 0x21, 512, at);
	desc_put(1, 0x23, 1024, at + 4096);
	assert_int_equal(blocks(false, 1, 3), 1);
	assert_int_equal(rd(0x24) & 0x306, 0x206);
	assert_untouched(at, 512);
	slow_moved(false, -EAGAIN);
	assert_int_equal(rd(0x30), 1);
	assert_false(line());
	slow_moved(true, -EAGAIN);
	assert_int_equal(rd(0x30), 3);
	assert_true(line());
	assert_moved(at, 512, 512);
	assert_moved(at + 4096, 1024, 1024);
	assert_int_equal(send(0, 0x0c1b, 0), 3);
	memset(ram_at(at), 0x5a, 512);
	desc_put(0, 0x23, 512, at);
	assert_int_equal(blocks(true, 8, 1), 1);
	assert_int_equal(send(0, R(13), 1 << 16), 1);
	slow_moved(true, 0);
	assert_int_equal(rd(0x30), 3);
	slow_begin();
	slow_is_ready = true;
	assert_int_equal(blocks(true, 8, 1), 1);
	slow_moved(true, -EIO);
	assert_int_equal(rd(0x30), 0x208001);
	/* general error, told once */
	assert_int_equal(send(0, R(13), 1 << 16), 1);
	assert_int_equal(rd(0x10), 0x80900);
	/* a guest that gives up, or is stopped: nothing comes afterwards */
	slow_begin();
	desc_put(0, 0x23, 512, at + 65536);
	assert_int_equal(blocks(false, 1, 1), 1);
	dev.ops->stop(&dev);
	slow_moved(true, 0);
	assert_int_equal(rd(0x30), 1);
	assert_untouched(at + 65536, 512);
}

/* The same, through the port */
static void slow_port(void **s)
{
	uint32_t word;

	(void)s;
	identify();
	slow_begin();
	wr16(0x06, 2);
	assert_int_equal(send(0x32, DATA_OF(18), 1), 1);
	assert_int_equal(rd(0x24) & 0x800, 0);
	assert_int_equal(rd(0x20), 0);
	slow_moved(true, 0);
	assert_int_equal(rd(0x30), 0x21);
	for (uint32_t i = 0; i < 1024; i += 4) {
		word = rd(0x20);
		assert_memory_equal(&word, content + 512 + i, 4);
	}
	assert_int_equal(rd(0x30), 0x23);
	assert_int_equal(send(0, 0x0c1b, 0), 3);
	slow_begin();
	wr16(0x06, 1);
	assert_int_equal(send(0, DATA_OF(24), 1), 1);
	slow_moved(true, -EAGAIN);
	assert_int_equal(rd(0x30), 0x11);
	for (uint32_t i = 0; i < 512; i += 4)
		wr(0x20, i);
	assert_int_equal(rd(0x30), 0x11);
	slow_moved(true, 0);
	assert_int_equal(rd(0x30), 0x13);
	/* stopped by CMD12: over when what was taken is there, or is not */
	for (unsigned int i = 0; i < 2; i++) {
		slow_begin();
		slow_is_ready = true;
		assert_int_equal(send(0x20, DATA_OF(25), 1), 0x11);
		for (uint32_t n = 0; n < 512; n += 4)
			wr(0x20, n);
		assert_int_equal(send(0, 0x0c1b, 0), 1);
		assert_int_equal(rd(0x24) & 4, 4);
		slow_moved(true, i ? -EIO : 0);
		assert_int_equal(rd(0x30), i ? 0x208001 : 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(slow_disk, setup),
		cmocka_unit_test_setup(slow_port, setup),
		cmocka_unit_test_setup(registers, setup),
		cmocka_unit_test_setup(resets, setup),
		cmocka_unit_test_setup(interrupts, setup),
		cmocka_unit_test_setup(tables, setup),
		cmocka_unit_test_setup(port, setup),
		cmocka_unit_test_setup(hostile_tables, setup),
		cmocka_unit_test_setup(hostile_data, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
