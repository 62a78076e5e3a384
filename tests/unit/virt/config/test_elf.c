/* SPDX-License-Identifier: Apache-2.0 */
/* ELF kernels: what is believed of their headers. */
#include <virt/elf.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* gABI, chapters 4 and 5: where the fields are */
enum {
	E_CLASS = 4,
	E_DATA = 5,
	E_TYPE = 16,
	E_MACHINE = 18,
	E_ENTRY = 24,
	E_PHOFF = 32,
	E_PHENTSIZE = 54,
	E_PHNUM = 56,
	PH = 64,
	P_TYPE = 0,
	P_OFFSET = 8,
	P_VADDR = 16,
	P_PADDR = 24,
	P_FILESZ = 32,
	P_MEMSZ = 40,
	P_SIZE = 56,
};

static uint8_t file[4096];
static size_t file_size;
static int file_error;

static void put(unsigned int at, unsigned int bytes, uint64_t value)
{
	for (unsigned int i = 0; i < bytes; i++)
		file[at + i] = (uint8_t)(value >> 8 * i);
}

static void segment(unsigned int n, uint64_t offset, uint64_t vaddr,
		    uint64_t paddr, uint64_t filesz, uint64_t memsz)
{
	unsigned int at = PH + n * P_SIZE;

	put(at + P_TYPE, 4, 1);
	put(at + P_OFFSET, 8, offset);
	put(at + P_VADDR, 8, vaddr);
	put(at + P_PADDR, 8, paddr);
	put(at + P_FILESZ, 8, filesz);
	put(at + P_MEMSZ, 8, memsz);
}

static int setup(void **state)
{
	(void)state;
	memset(file, 0, sizeof(file));
	memcpy(file, "\177ELF\2\1\1", 7);
	put(E_TYPE, 2, 2);
	put(E_MACHINE, 2, ELF_MACHINE_AARCH64);
	put(E_ENTRY, 8, 0xffff000000001010);
	put(E_PHOFF, 8, PH);
	put(E_PHENTSIZE, 2, P_SIZE);
	put(E_PHNUM, 2, 3);
	segment(0, 0x400, 0xffff000000001000, 0x40081000, 0x200, 0x200);
	segment(1, 0x600, 0xffff000000003000, 0x40083000, 0x10, 0x5000);
	put(PH + 2 * P_SIZE + P_TYPE, 4, 4); /* a note */
	file_size = sizeof(file);
	file_error = 0;
	return 0;
}

static int64_t read_file(void *ctx, void *buf, size_t len, uint64_t offset)
{
	(void)ctx;
	if (file_error)
		return file_error;
	if (offset >= file_size)
		return 0;
	len = MIN(len, file_size - offset);
	memcpy(buf, file + offset, len);
	return (int64_t)len;
}

static int parse(struct elf *elf)
{
	const char *why;
	int err = elf_parse(read_file, NULL, file_size, elf, &why);

	if (err == -EINVAL)
		assert_non_null(why);
	return err;
}

static void test_good(void **state)
{
	struct elf elf;

	(void)state;
	assert_true(elf_is(file, 64));
	assert_false(elf_is(file, 3));
	assert_int_equal(parse(&elf), 0);
	assert_int_equal(elf.machine, ELF_MACHINE_AARCH64);
	assert_int_equal(elf.count, 2);
	assert_true(elf.entry == 0x40081010);
	assert_true(elf.base == 0x40081000);
	assert_true(elf.size_bytes == 0x7000);
	assert_true(elf.segments[1].offset == 0x600);
	assert_true(elf.segments[1].file_bytes == 0x10);
	assert_true(elf.segments[1].size_bytes == 0x5000);
	/* in any order */
	segment(0, 0x600, 0, 0x40083000, 0x10, 0x5000);
	segment(1, 0x400, 0, 0x40081000, 0x200, 0x200);
	assert_int_equal(parse(&elf), 0);
	assert_true(elf.base == 0x40081000 && elf.size_bytes == 0x7000);
}

static void test_bad_fields(void **state)
{
	static const struct {
		unsigned int at, bytes;
		uint64_t value;
	} rows[] = {
		{E_CLASS, 1, 1},
		{E_DATA, 1, 2},
		{E_TYPE, 2, 1},
		{E_PHENTSIZE, 2, 32},
		{E_PHNUM, 2, 0},
		{E_PHNUM, 2, 0xffff},
		{E_PHOFF, 8, sizeof(file) - 100},
		{E_PHOFF, 8, UINT64_MAX - 8},
		{PH + P_FILESZ, 8, 0x201},
		{PH + P_OFFSET, 8, sizeof(file) - 0x1ff},
		{PH + P_OFFSET, 8, UINT64_MAX},
		{PH + P_PADDR, 8, UINT64_MAX - 0x100},
		{PH + P_MEMSZ, 8, UINT64_MAX},
	};
	struct elf elf;

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		setup(state);
		put(rows[i].at, rows[i].bytes, rows[i].value);
		assert_int_equal(parse(&elf), -EINVAL);
	}
	setup(state);
	put(PH + P_TYPE, 4, 0);
	put(PH + P_SIZE + P_TYPE, 4, 0);
	assert_int_equal(parse(&elf), -EINVAL);
}

static void test_short_and_failing_files(void **state)
{
	struct elf elf;

	(void)state;
	for (file_size = 0; file_size < 0x610; file_size++)
		assert_int_equal(parse(&elf), -EINVAL);
	assert_int_equal(parse(&elf), 0);
	file_error = -EIO;
	assert_int_equal(parse(&elf), -EIO);
}

static void test_many_segments(void **state)
{
	struct elf elf;

	(void)state;
	put(E_PHNUM, 2, ELF_SEGMENTS_MAX + 1);
	for (unsigned int i = 0; i < ELF_SEGMENTS_MAX; i++)
		segment(i, 0x600, 0, 0x1000 * i, 0x10, 0x10);
	assert_int_equal(parse(&elf), 0);
	assert_int_equal(elf.count, ELF_SEGMENTS_MAX);
	segment(ELF_SEGMENTS_MAX, 0x600, 0, 0x100000, 0x10, 0x10);
	assert_int_equal(parse(&elf), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_good, setup),
		cmocka_unit_test_setup(test_bad_fields, setup),
		cmocka_unit_test_setup(test_short_and_failing_files, setup),
		cmocka_unit_test_setup(test_many_segments, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
