/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <arch/cpu.h>
#include <arch/pgtable.h>
#include <core/cold.h>
#include <lib/crc32.h>
#include <lib/image.h>
#include <mm/host_map.h>

#define COLD_BYTES ((size_t)3 * PAGE_SIZE)
/* RFC 1951, 3.2.4: one stored block */
#define HEAD 5
#define PACKED_BYTES (HEAD + COLD_BYTES)

/* Where the Image is: the packed part begins before the pages it unpacks to. */
static char memory[8 * PAGE_SIZE] __attribute__((aligned(4096)));
#define COLD (memory + 2 * PAGE_SIZE)
const struct image image = {
	.start = memory,
	.end = memory + sizeof(memory),
	.relocations = memory + PAGE_SIZE + 100,
	.cold_text = COLD,
	.cold_rodata = COLD + PAGE_SIZE,
	.cold_data = COLD + 2 * PAGE_SIZE,
	.cold_end = COLD + COLD_BYTES,
};
static struct cold_record record;
extern const struct cold_record cold_record __attribute__((alias("record")));

static char wanted[COLD_BYTES];
static char maps[256]; /* what host_map_image() was asked for */
static int map_error, rights_error;
extern long fake_heap_fail_after;
static unsigned int relocations;

int host_map_image(const char *start, const char *end, unsigned int prot)
{
	char *at = maps + strlen(maps);

	assert_in_range(at - maps, 0, sizeof(maps) - 64);
	sprintf(at, "%ld-%ld:%s%s%s ", (long)(start - COLD) / PAGE_SIZE,
		(long)(end - COLD) / PAGE_SIZE, prot & PGT_R ? "r" : "",
		prot & PGT_W ? "w" : "", prot & PGT_X ? "x" : "");
	return prot & PGT_W ? map_error : rights_error;
}

void arch_relocate(char *start, const uint64_t *table)
{
	assert_ptr_equal(start, memory);
	assert_ptr_equal(table, memory + 16);
	assert_memory_equal(COLD, wanted, COLD_BYTES);
	relocations++;
}

static uint64_t released_bytes;

void frames_release(hpa_t base, uint64_t size_bytes)
{
	assert_ptr_equal(phys_to_virt(base), memory + PAGE_SIZE + 100);
	assert_int_equal(relocations, 1);
	released_bytes += size_bytes;
}

static unsigned int names;

void symbols_add_cold(void)
{
	names++;
}

/* As if the Image held code with each byte's lowest bit turned. */
void arch_code_unpack(void *code, size_t size_bytes, uint64_t at)
{
	char *byte = code;

	assert_ptr_equal(code, memory + at);
	assert_in_range(byte - COLD, 0, PAGE_SIZE - size_bytes);
	for (size_t i = 0; i < size_bytes; i++)
		byte[i] ^= 1;
}

/* Guests run in between. */
static unsigned int sleeps;

uint64_t time_ns(void)
{
	return 1000 * sleeps;
}

void task_sleep_until(uint64_t deadline_ns)
{
	assert_in_range(deadline_ns, time_ns() + 1, time_ns() + 1000000);
	sleeps++;
}

static int setup(void **state)
{
	uint8_t *packed = (uint8_t *)COLD - 64;

	(void)state;
	for (size_t i = 0; i < COLD_BYTES; i++)
		wanted[i] = (char)(i * 7 + i / 256);
	record = (struct cold_record){
		.relocations = 16,
		.packed = (uint32_t)((char *)packed - memory),
		.packed_bytes = PACKED_BYTES,
		.crc = (uint32_t)crc32(0, (uint8_t *)wanted, COLD_BYTES),
	};
	memset(memory, 0, sizeof(memory));
	packed[0] = 1;
	packed[1] = COLD_BYTES & 0xff;
	packed[2] = COLD_BYTES >> 8;
	packed[3] = (uint8_t)~packed[1];
	packed[4] = (uint8_t)~packed[2];
	memcpy(packed + HEAD, wanted, COLD_BYTES);
	for (size_t i = 0; i < PAGE_SIZE; i++)
		packed[HEAD + i] ^= 1;
	maps[0] = '\0';
	map_error = 0;
	released_bytes = 0;
	relocations = sleeps = names = 0;
	cold_init();
	return 0;
}

static void once(void **state)
{
	(void)state;
	assert_false(cold_is_loaded());
	assert_int_equal(cold_load(), 0);
	assert_true(cold_is_loaded());
	assert_memory_equal(COLD, wanted, COLD_BYTES);
	assert_int_equal(relocations, 1);
	assert_int_equal(names, 1);
	assert_int_equal(released_bytes, PAGE_SIZE - 100);
	assert_in_range(sleeps, 5, 50);
	assert_string_equal(maps, "0-3:rw 0-1:rx 1-2:r ");

	/* the second one finds it there */
	memset(COLD, 0, COLD_BYTES);
	assert_int_equal(cold_load(), 0);
	assert_int_equal(relocations, 1);
	assert_int_equal(released_bytes, PAGE_SIZE - 100);
	assert_string_equal(maps, "0-3:rw 0-1:rx 1-2:r ");
}

static void refuses(int error)
{
	assert_int_equal(cold_load(), error);
	assert_int_equal(cold_load(), error);
	assert_false(cold_is_loaded());
	assert_string_equal(maps, "0-3:rw ");
	assert_int_equal(relocations + names + released_bytes, 0);
}

static void a_bit_is_wrong(void **state)
{
	(void)state;
	memory[record.packed + HEAD + 1000] ^= 0x10;
	refuses(-EBADMSG);
}

/* DEFLATE does not say how much comes: too little, too much, no end */
static void another_size(void **state)
{
	uint8_t *packed = (uint8_t *)memory + record.packed;

	(void)state;
	packed[1]--;
	packed[3]++;
	refuses(-EBADMSG);
}

static void more_than_its_pages(void **state)
{
	uint8_t *packed = (uint8_t *)memory + record.packed;

	(void)state;
	packed[1]++;
	packed[3]--;
	record.packed_bytes++;
	refuses(-EBADMSG);
	/* what lies behind is not written */
	for (char *at = COLD + COLD_BYTES; at < image.end; at++)
		assert_int_equal(*at, 0);
}

static void cut_off(void **state)
{
	(void)state;
	record.packed_bytes -= 100;
	refuses(-EBADMSG);
}

static void no_tables(void **state)
{
	(void)state;
	map_error = -ENOMEM;
	assert_int_equal(cold_load(), -ENOMEM);
	assert_false(cold_is_loaded());
	assert_int_equal(relocations + names + released_bytes, 0);
	map_error = 0;
	maps[0] = '\0';
	once(NULL);
}

/* Whichever piece of memory is missing, the next one finds all as it was. */
static void no_memory(void **state)
{
	(void)state;
	for (long n = 0; n < 3; n++) {
		fake_heap_fail_after = n;
		assert_int_equal(cold_load(), -ENOMEM);
	}
	fake_heap_fail_after = -1;
	assert_int_equal(relocations + names + released_bytes, 0);
	maps[0] = '\0';
	once(NULL);
}

/* It is there, but may not be executed: nothing is given away. */
static void no_rights(void **state)
{
	(void)state;
	rights_error = -ENOMEM;
	assert_int_equal(cold_load(), -ENOMEM);
	rights_error = 0;
	assert_int_equal(cold_load(), -ENOMEM);
	assert_false(cold_is_loaded());
	assert_int_equal(released_bytes, 0);
	assert_int_equal(names, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(once, setup),
		cmocka_unit_test_setup(a_bit_is_wrong, setup),
		cmocka_unit_test_setup(another_size, setup),
		cmocka_unit_test_setup(more_than_its_pages, setup),
		cmocka_unit_test_setup(cut_off, setup),
		cmocka_unit_test_setup(no_tables, setup),
		cmocka_unit_test_setup(no_memory, setup),
		cmocka_unit_test_setup(no_rights, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
