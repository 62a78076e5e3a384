/* SPDX-License-Identifier: Apache-2.0 */
/* Partition tables that sfdisk makes, and what is left of them when damaged. */
#include "../../../fs/partition.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "fake_disk.h"

#define MIB (1024 * 1024ull)

static struct partition list[PARTITION_MAX];
static unsigned int count;

static int cleanup(void **state)
{
	(void)state;
	fake_disks_free();
	return 0;
}

static struct fake_disk *made(const char *script)
{
	assert_true(fake_shell("rm -f disk; truncate -s 64M disk && "
			       "printf '%s' | sfdisk -q disk",
			       script));
	return fake_disk_load("vda", fake_path("disk"), 512);
}

static void is(unsigned int i, unsigned int number, uint64_t first_mib,
	       uint64_t mib, uint32_t block_size)
{
	assert_true(i < count);
	assert_int_equal(list[i].number, number);
	assert_int_equal(list[i].first_block * block_size, first_mib * MIB);
	assert_int_equal(list[i].block_count * block_size, mib * MIB);
}

#define GPT_SCRIPT                                                             \
	"label: gpt\\nstart=1MiB,size=8MiB,"                                   \
	"type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B\\n"                         \
	"start=16MiB,size=32MiB\\n"

static void gpt_holds_two(struct fake_disk *d)
{
	uint32_t size = d->dev.block_size;

	assert_int_equal(partition_list(&d->dev, list, &count), 0);
	assert_int_equal(count, 2);
	is(0, 1, 1, 8, size);
	is(1, 2, 16, 32, size);
	assert_true(list[0].boot);
	assert_false(list[1].boot);
}

static void gpt_whole(void **state)
{
	(void)state;
	gpt_holds_two(made(GPT_SCRIPT));
	/* sfdisk makes tables of 512-byte blocks only */
	assert_true(fake_shell("rm -f disk; truncate -s 64M disk && printf "
			       "'g\\nn\\n1\\n256\\n2303\\nt\\n1\\nn\\n2\\n"
			       "4096\\n12287\\nw\\n' | fdisk -b 4096 disk"));
	gpt_holds_two(fake_disk_load("vdb", fake_path("disk"), 4096));
}

/* Each byte of header and entries that counts, one at a time */
static void gpt_backup(void **state)
{
	struct fake_disk *d = made(GPT_SCRIPT);
	uint64_t last = (d->dev.block_count - 1) * 512;

	(void)state;
	for (size_t at = 512; at < 512 + 92; at++) {
		d->bytes[at] ^= 0x5a;
		assert_int_equal(partition_list(&d->dev, list, &count), 0);
		assert_int_equal(count, 2);
		is(1, 2, 16, 32, 512);
		d->bytes[at] ^= 0x5a;
	}
	for (size_t at = 1024; at < 1024 + 256; at += 7) {
		d->bytes[at] ^= 0x01;
		assert_int_equal(partition_list(&d->dev, list, &count), 0);
		is(1, 2, 16, 32, 512);
		d->bytes[at] ^= 0x01;
	}
	d->bad_block = 1 + 1; /* the first header cannot be read */
	assert_int_equal(partition_list(&d->dev, list, &count), 0);
	is(0, 1, 1, 8, 512);
	d->bad_block = 0;
	/* both */
	d->bytes[520]++;
	d->bytes[last + 8]++;
	assert_int_equal(partition_list(&d->dev, list, &count), -EILSEQ);
	assert_int_equal(count, 0);
}

static void gpt_without_mbr(void **state)
{
	struct fake_disk *d = made(GPT_SCRIPT);

	(void)state;
	memset(d->bytes, 0, 512);
	assert_int_equal(partition_list(&d->dev, list, &count), 0);
	assert_int_equal(count, 2);
	memset(d->bytes, 0, 1024);
	d->bytes[(d->dev.block_count - 1) * 512] = 0;
	assert_int_equal(partition_list(&d->dev, list, &count), 0);
	assert_int_equal(count, 1);
	is(0, 0, 0, 64, 512);
}

#define MBR_SCRIPT                                                             \
	"label: dos\\nstart=1MiB,size=4MiB,type=c,bootable\\n"                 \
	"start=8MiB,size=40MiB,type=f\\n"                                      \
	"start=9MiB,size=4MiB\\nstart=16MiB,size=8MiB\\n"                      \
	"start=32MiB,size=1MiB\\n"

static void mbr_logical(void **state)
{
	struct fake_disk *d = made(MBR_SCRIPT);

	(void)state;
	assert_int_equal(partition_list(&d->dev, list, &count), 0);
	assert_int_equal(count, 4);
	is(0, 1, 1, 4, 512);
	assert_true(list[0].boot);
	is(1, 5, 9, 4, 512);
	is(2, 6, 16, 8, 512);
	is(3, 7, 32, 1, 512);
	assert_false(list[3].boot);
}

/* Where the second entry of the first logical partition's block leads */
static uint8_t *first_link(struct fake_disk *d)
{
	return d->bytes + 8 * MIB + 446 + 16 + 8;
}

static void mbr_damaged_chain(void **state)
{
	struct fake_disk *d = made(MBR_SCRIPT);
	static const uint8_t beyond[4] = {0xff, 0xff, 0xff, 0x7f};

	(void)state;
	memset(first_link(d), 0, 4); /* back to itself */
	assert_int_equal(partition_list(&d->dev, list, &count), 0);
	assert_int_equal(count, 2);
	is(1, 5, 9, 4, 512);
	memcpy(first_link(d), beyond, 4);
	assert_int_equal(partition_list(&d->dev, list, &count), 0);
	assert_int_equal(count, 2);
	d->bytes[8 * MIB + 510] = 0;
	assert_int_equal(partition_list(&d->dev, list, &count), 0);
	assert_int_equal(count, 1);
}

/* Entries behind the end of a disk that is smaller than its table says */
static void disk_too_small(void **state)
{
	struct fake_disk *d = made(MBR_SCRIPT);

	(void)state;
	d->dev.block_count = 20 * MIB / 512;
	assert_int_equal(partition_list(&d->dev, list, &count), 0);
	assert_int_equal(count, 2);
	is(1, 5, 9, 4, 512);
	d->gone = -ENODEV;
	assert_int_equal(partition_list(&d->dev, list, &count), -ENODEV);
}

static void overlapping(void **state)
{
	struct fake_disk *d = made(MBR_SCRIPT);

	(void)state;
	/* the third entry is the first one over again */
	memcpy(d->bytes + 446 + 32, d->bytes + 446, 16);
	assert_int_equal(partition_list(&d->dev, list, &count), 0);
	assert_int_equal(count, 4);
	is(0, 1, 1, 4, 512);
	is(1, 5, 9, 4, 512);
}

static void whole_disk(void **state)
{
	struct fake_disk *d;

	(void)state;
	assert_true(fake_shell("rm -f disk; mkfs.fat -C disk 4096"));
	d = fake_disk_load("vda", fake_path("disk"), 512);
	assert_int_equal(partition_list(&d->dev, list, &count), 0);
	assert_int_equal(count, 1);
	is(0, 0, 0, 4, 512);
	d = fake_disk_new("vdb", MIB, 512);
	assert_int_equal(partition_list(&d->dev, list, &count), 0);
	assert_int_equal(count, 1);
	is(0, 0, 0, 1, 512);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(gpt_whole, cleanup),
		cmocka_unit_test_teardown(gpt_backup, cleanup),
		cmocka_unit_test_teardown(gpt_without_mbr, cleanup),
		cmocka_unit_test_teardown(mbr_logical, cleanup),
		cmocka_unit_test_teardown(mbr_damaged_chain, cleanup),
		cmocka_unit_test_teardown(disk_too_small, cleanup),
		cmocka_unit_test_teardown(overlapping, cleanup),
		cmocka_unit_test_teardown(whole_disk, cleanup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
