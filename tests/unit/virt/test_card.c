/* SPDX-License-Identifier: Apache-2.0 */
/* The emulated cards' protocol: what each state takes, and what they tell. */
#include "../../../virt/dev/card_regs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <virt/vdisk.h>

#include <cmocka.h>

#define MIB ((uint64_t)1 << 20)
#define RCA (0x5344u << 16)

static struct card card;
static struct card_answer answer;
static uint8_t data[1024];

int vdisk_read(struct vdisk *disk, uint64_t at, void *buf, uint32_t len)
{
	(void)disk, (void)at;
	memset(buf, 0x77, len);
	return 0;
}

int vdisk_write(struct vdisk *disk, uint64_t at, const void *buf, uint32_t len)
{
	(void)disk, (void)at, (void)buf, (void)len;
	return at == 4096 ? -5 : 0;
}

/* Return: the short answer's word; a silent one ends the test */
static uint32_t ask(uint8_t index, uint32_t arg)
{
	card_command(&card, index, arg, &answer);
	assert_int_not_equal(answer.form, CARD_SILENT);
	return answer.words[0];
}

static void assert_silent(uint8_t index, uint32_t arg)
{
	card_command(&card, index, arg, &answer);
	assert_int_equal(answer.form, CARD_SILENT);
}

static uint32_t bits(unsigned int from, unsigned int count)
{
	uint32_t value = 0;

	for (unsigned int i = count; i--;) {
		unsigned int bit = from + i;

		value = value << 1 |
			(answer.words[3 - bit / 32] >> bit % 32 & 1);
	}
	return value;
}

static void sd_new(uint64_t bytes)
{
	card_init(&card, CARD_SD, bytes, 0x1234);
	ask(8, 0x1aa);
	ask(55, 0);
	ask(41, 0x40300000);
	ask(2, 0);
	ask(3, 0);
}

static void sd_selected(uint64_t bytes)
{
	sd_new(bytes);
	ask(7, RCA);
}

static void emmc_selected(uint64_t bytes)
{
	card_init(&card, CARD_EMMC, bytes, 0x1234);
	ask(1, 0x40300000);
	ask(2, 0);
	ask(3, 1 << 16);
	ask(7, 1 << 16);
}

static uint32_t read_all(uint32_t len)
{
	return card_give(&card, NULL, data, len);
}

static void sizes(void **state)
{
	(void)state;
	/* version 1: C_SIZE, C_SIZE_MULT, READ_BL_LEN */
	sd_new(2048 * MIB);
	ask(9, RCA);
	assert_int_equal(bits(126, 2), 0);
	assert_int_equal((uint64_t)(bits(62, 12) + 1)
				 << (bits(47, 3) + 2) << bits(80, 4),
			 2048 * MIB);
	assert_int_equal(bits(22, 4), bits(80, 4));
	/* version 2: 512 KiB each */
	sd_new(2049 * MIB);
	ask(9, RCA);
	assert_int_equal(bits(126, 2), 1);
	assert_int_equal((bits(48, 22) + 1) * (MIB / 2), 2049 * MIB);
	assert_int_equal(bits(80, 4), 9);
	ask(10, RCA);
	assert_int_equal(bits(24, 32), 0x1234);
	emmc_selected(0x123456 * MIB);
	ask(8, 0);
	assert_int_equal(read_all(1024), 512);
	assert_int_equal(data[212] | data[213] << 8 | data[214] << 16 |
				 (uint32_t)data[215] << 24,
			 (uint32_t)(0x123456 * MIB / 512));
	assert_int_equal(data[192], 5);
	/* one that is asked nothing stays as it is; one that knows no high
	 * capacity never gets it */
	card_init(&card, CARD_SD, 4096 * MIB, 1);
	ask(55, 0);
	assert_int_equal(ask(41, 0), 0x00ff8000);
	ask(55, 0);
	assert_int_equal(ask(41, 0x00300000), 0x00ff8000);
	assert_silent(2, 0);
	ask(55, 0);
	assert_int_equal(ask(41, 0x40300000), 0xc0ff8000);
	ask(2, 0);
}

/* Each alone, in a state in which it is none: no answer, and the next tells. */
static void illegal(void **state)
{
	static const uint8_t in_idle[] = {1,  2,  3,  6,  7,  9,  10, 12,
					  13, 15, 16, 17, 18, 24, 25, 63};
	static const uint8_t in_transfer[] = {1, 2, 3, 5, 8, 9, 10, 12, 23, 41};

	(void)state;
	card_init(&card, CARD_SD, MIB, 1);
	for (unsigned int i = 0; i < sizeof(in_idle); i++) {
		assert_silent(in_idle[i], 0);
		assert_int_equal(ask(55, 0), 0x400120);
		assert_int_equal(ask(55, 0), 0x120);
	}
	sd_selected(MIB);
	for (unsigned int i = 0; i < sizeof(in_transfer); i++) {
		assert_silent(in_transfer[i], RCA);
		assert_int_equal(ask(13, RCA), 0x400900);
		assert_int_equal(ask(13, RCA), 0x900);
	}
	/* of another one */
	assert_silent(13, 1 << 16);
	assert_silent(55, 1 << 16);
	assert_silent(41, 0x300000);
	/* deselected, it keeps silent about its data, too */
	ask(18, 0);
	assert_silent(7, 0);
	assert_int_equal(read_all(512), 0);
	assert_silent(18, 0);
	assert_int_equal(ask(13, RCA) & 0x1e00, 0x600);
	assert_int_equal(ask(7, RCA) & 0x1e00, 0x600);
	/* and for good */
	assert_silent(15, RCA);
	assert_silent(0, 0);
	assert_silent(13, RCA);
	card_power_on(&card);
	ask(8, 0x1aa);
	assert_silent(8, 0x2aa); /* no voltage of its own */
	emmc_selected(MIB);
	assert_silent(55, 1 << 16);
	assert_int_equal(ask(13, 1 << 16), 0x400900);
}

static void sd_functions(void **state)
{
	(void)state;
	sd_selected(MIB);
	/* asked, then done; what is not there is not done at all */
	ask(6, 0x00fffff1);
	assert_int_equal(read_all(64), 64);
	assert_int_equal(data[13], 3);
	assert_int_equal(data[16], 1);
	assert_false(card.high_speed);
	ask(6, 0x80ffff11);
	assert_int_equal(read_all(64), 64);
	assert_int_equal(data[16], 0xf1);
	assert_false(card.high_speed);
	ask(6, 0x80fffff1);
	assert_int_equal(read_all(64), 64);
	assert_true(card.high_speed);
	ask(6, 0x00ffffff);
	assert_int_equal(read_all(64), 64);
	assert_int_equal(data[16], 1);
	ask(55, RCA);
	assert_int_equal(ask(6, 2), 0x920);
	assert_int_equal(card.lines, 4);
	ask(55, RCA);
	ask(13, 0);
	assert_int_equal(read_all(64), 64);
	assert_int_equal(data[0], 0x80);
	/* blocks that were written well */
	ask(25, 0);
	assert_int_equal(card_take(&card, NULL, data, 1024), 1024);
	ask(12, 0);
	ask(55, RCA);
	ask(22, 0);
	assert_int_equal(read_all(8), 4);
	assert_int_equal(data[3], 2);
	ask(24, 4096);
	assert_int_equal(card_take(&card, NULL, data, 512), 0);
	assert_int_equal(ask(13, RCA), 0x80900);
	assert_int_equal(ask(16, 1024) & 0x20000000, 0x20000000);
	assert_int_equal(ask(16, 512), 0x900);
}

static void emmc_functions(void **state)
{
	/* set, clear, write; the byte; does it go? */
	static const struct {
		uint32_t arg;
		bool good;
	} rows[] = {
		{0x03b70200, true},  {0x03b70300, false}, {0x03b90100, true},
		{0x03b90200, false}, {0x03af0100, true},  {0x03b30000, true},
		{0x03b30100, false}, {0x03d40100, false}, {0x03ff0100, false},
		{0x01b70100, false}, /* 2 or 1 is 3 */
		{0x02b70200, true},  {0x00000000, true},
	};

	(void)state;
	emmc_selected(MIB);
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ask(6, rows[i].arg);
		assert_true(answer.busy);
		assert_int_equal(ask(13, 1 << 16),
				 rows[i].good ? 0x900 : 0x980);
		if (i == 0)
			assert_int_equal(card.lines, 8);
	}
	assert_int_equal(card.lines, 1);
	assert_true(card.high_speed);
	/* CMD23 counts for the next command alone */
	ask(23, 2);
	ask(18, 0);
	assert_int_equal(read_all(1024), 1024);
	assert_int_equal(ask(13, 1 << 16), 0x900);
	ask(23, 2);
	ask(16, 512);
	ask(18, 0);
	assert_int_equal(read_all(1024), 1024);
	assert_int_equal(ask(13, 1 << 16), 0xb00);
	ask(12, 0);
	assert_silent(0, 0);
	assert_int_equal(card.lines, 1);
	assert_false(card.high_speed);
}

/* A card that is only read tells it by the classes of its commands. */
static void read_only(void **state)
{
	(void)state;
	card.read_only = true;
	sd_new(4 * MIB);
	ask(9, RCA);
	assert_int_equal(bits(84, 12), 0x505);
	assert_int_equal(bits(12, 1), 1);
	ask(7, RCA);
	assert_silent(24, 0);
	assert_silent(25, 0);
	assert_int_equal(ask(17, 0) & 0x400000, 0x400000);
	card.read_only = false;
	emmc_selected(4 * MIB);
	ask(24, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),
		cmocka_unit_test(read_only),
		cmocka_unit_test(illegal),
		cmocka_unit_test(sd_functions),
		cmocka_unit_test(emmc_functions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
