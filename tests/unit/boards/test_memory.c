/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/boot_mem.c on the boards' trees, with the real frame allocator and
 * host tables: what it takes for RAM, and that nothing else is handed out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <sys/mman.h>

#include <arch/emergency.h>
#include <arch/percpu.h>
#include <core/init.h>
#include <lib/fdt.h>
#include <lib/log.h>
#include <libfdt.h>
#include <mm/frames.h>
#include <mm/host_map.h>
#include <mm/pgtable.h>

#include "../../fake/fake.h"
#include "boards.h"

#define IMAGE_BYTES 0x180000ull
#define BOOT_TABLES 20
#define ODD_REGIONS 40

/* It is constant for all others. */
#define image linked_image
#include <lib/image.h>
#undef image
extern struct linked_image image;
struct linked_image image;
unsigned int cpu_count;

void boot_memory(hpa_t fdt);
void boot_memory_rest(void);

/* Five in the Image that arch's boot code had no need of. */
#define TABLES_LEFT 5u
#define TABLES_AT 0x110000
#define STACKS_AT 0x120000
static unsigned int tables_taken;

void *arch_table_take(void)
{
	return tables_taken < TABLES_LEFT
		       ? image.start + TABLES_AT + tables_taken++ * PAGE_SIZE
		       : NULL;
}

static uint64_t boot_tables[BOOT_TABLES][512] __attribute__((aligned(4096)));
static unsigned int boot_tables_used = 1;
static struct pgtable host;
static jmp_buf failed;
static char why[256];
static uint64_t handed_out;

void boot_fail(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, sizeof(why), fmt, args);
	va_end(args);
	longjmp(failed, 1);
}

void app_reserve_memory(void)
{
}

static int boot_table(struct pgtable *pt __unused_arg, hpa_t *pa)
{
	if (boot_tables_used == BOOT_TABLES)
		return -1;
	*pa = virt_to_phys(boot_tables[boot_tables_used++]);
	return 0;
}

/* What arch's boot code has mapped before core runs. */
static void boot_map(uint64_t base, uint64_t size)
{
	uint64_t start = ALIGN_DOWN(base, PAGE_SIZE);
	uint64_t end = ALIGN_UP(base + size, PAGE_SIZE);

	assert_int_equal(pgtable_map(&host, (uintptr_t)phys_to_virt(hpa(start)),
				     hpa(start), end - start, PGT_R | PGT_W),
			 0);
}

/* Return: false: it ended in boot_fail(), with @why. */
static bool boot(const struct board *board, void *tree)
{
	static struct mm_owner owner = {.name = "boot"};

	fdt_pack(tree);
	host = (struct pgtable){
		.format = arch_host_format(),
		.root = virt_to_phys(boot_tables[0]),
		.owner = &owner,
		.table_alloc = boot_table,
	};
	fake_host_root = host.root;
	memcpy(phys_to_virt(hpa(board->fdt)), tree, fdt_totalsize(tree));
	image.start = phys_to_virt(hpa(board->image));
	image.text = image.start;
	image.end = image.start + IMAGE_BYTES;
	image.emergency_stacks = image.start + STACKS_AT;
	cpu_count = board->cpu_count;
	boot_map(board->image, IMAGE_BYTES);
	boot_map(board->fdt, fdt_totalsize(tree));
	board_log_start();
	if (setjmp(failed))
		return false;
	boot_memory(hpa(board->fdt));
	log_set_sink(NULL);
	return true;
}

static bool overlaps(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return a < b + b_size && b < a + a_size;
}

static bool in_banks(const struct board *board, uint64_t base, uint64_t size)
{
	for (unsigned int i = 0; i < BOARD_BANKS; i++)
		if (base >= board->banks[i].start &&
		    base + size <= board->banks[i].end)
			return true;
	return false;
}

static uint64_t bank_bytes(const struct board *board)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < BOARD_BANKS; i++)
		sum += board->banks[i].end - board->banks[i].start;
	return sum;
}

static bool mapped(uint64_t pa)
{
	unsigned int prot;
	hpa_t at;

	if (pgtable_lookup(&host, (uintptr_t)phys_to_virt(hpa(pa)), &at, &prot,
			   NULL))
		return false;
	assert_int_equal(at.v, pa);
	assert_int_equal(prot, PGT_R | PGT_W);
	return true;
}

/* Take all that there is; each piece must be RAM that nobody has. */
static void exhaust(const struct board *board,
		    bool (*is_taken)(uint64_t base, uint64_t size))
{
	static const uint64_t sizes[] = {SIZE_1G, SIZE_2M, PAGE_SIZE};
	static struct mm_owner owner = {.name = "test"};
	hpa_t pa;

	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++)
		while (!frames_alloc(&owner, sizes[i], sizes[i], &pa)) {
			assert_true(in_banks(board, pa.v, sizes[i]));
			assert_false(overlaps(pa.v, sizes[i], board->image,
					      IMAGE_BYTES));
			assert_true(mapped(pa.v));
			assert_true(mapped(pa.v + sizes[i] - PAGE_SIZE));
			if (is_taken)
				assert_false(is_taken(pa.v, sizes[i]));
			handed_out += sizes[i];
		}
}

static void all_and_nothing_else(void **state)
{
	const struct board *board = *state;
	struct frames_stats stats;

	assert_true(boot(board, board_tree(board)));
	assert_string_equal(board_log, "");
	frames_stats(&stats);
	assert_int_equal(stats.total_pages * PAGE_SIZE,
			 bank_bytes(board) - IMAGE_BYTES);
	/* tables, the tree's copy and the allocator's books: little */
	assert_true(stats.total_pages - stats.free_pages < 128);
	assert_ptr_not_equal(host_fdt(), phys_to_virt(hpa(board->fdt)));
	assert_int_equal(fdt_check_full(host_fdt(), fdt_totalsize(host_fdt())),
			 0);
	exhaust(board, NULL);
	assert_int_equal(handed_out, stats.free_pages * PAGE_SIZE);
}

static bool is_free(const char *at)
{
	static struct mm_owner owner = {.name = "test"};
	hpa_t pa = virt_to_phys(at);

	if (frames_alloc_at(&owner, pa, PAGE_SIZE))
		return false;
	frames_free(&owner, pa, PAGE_SIZE);
	return true;
}

/* Of the Image: tables that nobody took, stacks of CPUs that are not there. */
static void the_rest_is_given(void **state)
{
	const struct board *board = *state;
	char *tables, *stacks;
	unsigned int taken;

	assert_true(boot(board, board_tree(board)));
	tables = image.start + TABLES_AT;
	stacks = image.emergency_stacks;
	taken = tables_taken;
	assert_in_range(taken, 0, TABLES_LEFT - 1);
	assert_false(is_free(tables + taken * PAGE_SIZE));
	cpu_count = CPU_MAX - 2;
	boot_memory_rest();
	assert_false(taken && is_free(tables + (taken - 1) * PAGE_SIZE));
	for (unsigned int i = taken; i < TABLES_LEFT; i++)
		assert_true(is_free(tables + i * PAGE_SIZE));
	assert_false(is_free(tables + TABLES_LEFT * PAGE_SIZE));
	stacks += (size_t)cpu_count * EMERGENCY_SIZE;
	assert_false(is_free(stacks - PAGE_SIZE));
	for (unsigned int i = 0; i < 2 * EMERGENCY_SIZE; i += PAGE_SIZE)
		assert_true(is_free(stacks + i));
	assert_false(is_free(stacks + 2 * EMERGENCY_SIZE));
}

/* Holes are not even read ahead: firmware's memory answers with an abort. */
static void holes_stay_unmapped(void **state)
{
	const struct board *board = *state;

	assert_true(boot(board, board_tree(board)));
	assert_false(mapped(board->secure));
	for (unsigned int i = 0; i < BOARD_BANKS; i++) {
		uint64_t start = board->banks[i].start;
		uint64_t end = board->banks[i].end;

		if (!end)
			continue;
		assert_true(mapped(start));
		assert_true(mapped(end - PAGE_SIZE));
		assert_true(frames_is_ram(hpa(start), PAGE_SIZE));
		if (!in_banks(board, end, PAGE_SIZE)) {
			assert_false(mapped(end));
			assert_false(frames_is_ram(hpa(end), PAGE_SIZE));
		}
		if (!in_banks(board, start - PAGE_SIZE, PAGE_SIZE))
			assert_false(mapped(start - PAGE_SIZE));
	}
}

/*
 * What the vendors' trees reserve, and more: pieces of odd pages at both ends
 * of each bank, some of them not to be mapped.
 */
static uint64_t odd_base[ODD_REGIONS];
static unsigned int odd_count;

#define ODD_BYTES 0x1800ull /* from the middle of a page */

static bool odd_taken(uint64_t base, uint64_t size)
{
	for (unsigned int i = 0; i < odd_count; i++)
		if (overlaps(base, size, odd_base[i], ODD_BYTES))
			return true;
	return false;
}

static void odd_add(void *tree, int parent, uint64_t base)
{
	char name[32];
	int node;

	snprintf(name, sizeof(name), "odd@%llx", (unsigned long long)base);
	node = fdt_add_subnode(tree, parent, name);
	assert_true(node >= 0);
	fdt_setprop_u64(tree, node, "reg", base);
	assert_int_equal(fdt_appendprop_u64(tree, node, "reg", ODD_BYTES), 0);
	if (odd_count % 2)
		assert_int_equal(fdt_setprop_empty(tree, node, "no-map"), 0);
	odd_base[odd_count++] = base;
}

static int reserved_node(void *tree)
{
	int node = fdt_path_offset(tree, "/reserved-memory");

	if (node >= 0)
		return node;
	node = fdt_add_subnode(tree, 0, "reserved-memory");
	fdt_setprop_u32(tree, node, "#address-cells", 2);
	fdt_setprop_u32(tree, node, "#size-cells", 2);
	fdt_setprop_empty(tree, node, "ranges");
	return node;
}

static void reserved_is_kept(void **state)
{
	const struct board *board = *state;
	void *tree = board_tree(board);
	struct frames_stats stats;

	for (unsigned int i = 0; i < BOARD_BANKS; i++) {
		uint64_t start = board->banks[i].start;
		uint64_t end = board->banks[i].end;

		if (!end)
			continue;
		odd_add(tree, reserved_node(tree), start + 0x800);
		odd_add(tree, reserved_node(tree), end - 0x2800);
		odd_add(tree, reserved_node(tree), start + 0x100800);
		odd_add(tree, reserved_node(tree), end - 0x700800);
	}
	/* and by the memory reservation block */
	odd_base[odd_count++] = board->banks[0].start + 0x300800;
	assert_int_equal(
		fdt_add_mem_rsv(tree, odd_base[odd_count - 1], ODD_BYTES), 0);
	assert_true(boot(board, tree));
	assert_string_equal(board_log, "");
	frames_stats(&stats);
	exhaust(board, odd_taken);
	assert_int_equal(handed_out, stats.free_pages * PAGE_SIZE);
	/* two pages each */
	assert_int_equal(stats.total_pages,
			 (bank_bytes(board) - IMAGE_BYTES) / PAGE_SIZE -
				 2 * odd_count);
	for (unsigned int i = 0; i < odd_count; i++) {
		assert_int_equal(mapped(ALIGN_DOWN(odd_base[i], PAGE_SIZE)),
				 i % 2 == 0);
		if (i % 2 == 0)
			assert_true(frames_is_ram(hpa(odd_base[i]), 1));
	}
}

/* U-Boot's for a Linux on the bare board: somebody may want it. */
static void initrd_is_kept(void **state)
{
	const struct board *board = *state;
	void *tree = board_tree(board);
	int chosen = board_node(tree, "/chosen");
	uint64_t start = board->banks[0].start + 0x1000800;

	odd_base[odd_count++] = start;
	fdt_setprop_u32(tree, chosen, "linux,initrd-start", (uint32_t)start);
	assert_int_equal(fdt_setprop_u64(tree, chosen, "linux,initrd-end",
					 start + ODD_BYTES),
			 0);
	assert_true(boot(board, tree));
	exhaust(board, odd_taken);
	assert_true(handed_out > SIZE_1G);
	assert_true(mapped(ALIGN_DOWN(start, PAGE_SIZE)));
}

/*
 * Trees that are damaged: each boots with what it still says, or ends with a
 * reason.
 */

static int memory_node(const void *tree)
{
	int node = fdt_node_offset_by_prop_value(tree, -1, "device_type",
						 "memory", sizeof("memory"));

	assert_true(node >= 0);
	return node;
}

static void fails(const struct board *board, void *tree, const char *logged)
{
	assert_false(boot(board, tree));
	assert_string_equal(why, "the device tree names no memory");
	if (!strstr(board_log, logged))
		fail_msg("\"%s\" is not in \"%s\"", logged, board_log);
}

static void truncated_reg(void **state)
{
	void *tree = board_tree(*state);
	int node = memory_node(tree), len;

	assert_non_null(fdt_getprop(tree, node, "reg", &len));
	assert_int_equal(fdt_setprop(tree, node, "reg",
				     fdt_getprop(tree, node, "reg", NULL),
				     len - 4),
			 0);
	fails(*state, tree, "malformed reg");
}

static void reg_of_bytes(void **state)
{
	void *tree = board_tree(*state);

	assert_int_equal(
		fdt_setprop(tree, memory_node(tree), "reg", "abcdefg", 7), 0);
	fails(*state, tree, "malformed reg");
}

static void no_reg(void **state)
{
	void *tree = board_tree(*state);

	assert_int_equal(fdt_delprop(tree, memory_node(tree), "reg"), 0);
	fails(*state, tree, "");
}

static void odd_cells(void **state)
{
	void *tree = board_tree(*state);

	assert_int_equal(fdt_setprop_u32(tree, 0, "#address-cells", 3), 0);
	fails(*state, tree, "malformed reg");
}

static void bytes_for_cells(void **state)
{
	void *tree = board_tree(*state);

	assert_int_equal(fdt_setprop(tree, 0, "#size-cells", "x", 1), 0);
	fails(*state, tree, "malformed reg");
}

static void bank_twice(void **state)
{
	const struct board *board = *state;
	void *tree = board_tree(board);
	struct frames_stats stats;
	int node = fdt_add_subnode(tree, 0, "memory@again");

	fdt_setprop_string(tree, node, "device_type", "memory");
	fdt_setprop_u64(tree, node, "reg", board->banks[1].start + 0x200000);
	assert_int_equal(fdt_appendprop_u64(tree, node, "reg", 0x400000), 0);
	assert_true(boot(board, tree));
	assert_non_null(strstr(board_log, "is named twice"));
	frames_stats(&stats);
	exhaust(board, NULL);
	assert_int_equal(handed_out, stats.free_pages * PAGE_SIZE);
}

/* Banks that end at, or wrap round, the end of all addresses. */
static void bank_at_the_end(void **state)
{
	const struct board *board = *state;
	static const uint64_t ends[][2] = {{UINT64_MAX - 10, 5},
					   {UINT64_MAX - 0x1fff, 0x20000}};
	void *tree = board_tree(board);
	struct frames_stats stats;

	for (unsigned int i = 0; i < ARRAY_SIZE(ends); i++) {
		char name[16];
		int node;

		/* before the others */
		snprintf(name, sizeof(name), "memory@%u", i);
		node = fdt_add_subnode(tree, 0, name);
		fdt_setprop_string(tree, node, "device_type", "memory");
		fdt_setprop_u64(tree, node, "reg", ends[i][0]);
		assert_int_equal(
			fdt_appendprop_u64(tree, node, "reg", ends[i][1]), 0);
	}
	assert_true(boot(board, tree));
	assert_non_null(strstr(board_log, "malformed reg"));
	frames_stats(&stats);
	assert_int_equal(stats.total_pages * PAGE_SIZE,
			 bank_bytes(board) - IMAGE_BYTES);
	exhaust(board, NULL);
}

static void reserved_malformed(void **state)
{
	const struct board *board = *state;
	void *tree = board_tree(board);
	int node = fdt_add_subnode(tree, reserved_node(tree), "bad@1");

	assert_true(node >= 0);
	fdt_setprop_u32(tree, node, "reg", 1);
	assert_true(boot(board, tree));
	assert_non_null(strstr(board_log, "bad@1: malformed reg"));
}

/*
 * What boots, or ends with a reason or in a panic, which says one too: in a
 * process of its own, which must come to its end.
 */
static const struct board *the_board;
static void *the_tree;
static bool *ended;

static void boot_once(void)
{
	(void)boot(the_board, the_tree);
	*ended = true;
}

/* Return: it panicked. */
static bool boots_or_says_why(const struct board *board, void *tree)
{
	bool panicked;

	if (!ended)
		ended = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	*ended = false;
	the_board = board;
	the_tree = tree;
	panicked = fake_panics(boot_once);
	assert_true(panicked || *ended);
	return panicked;
}

static void no_cells(void **state)
{
	void *tree = board_tree(*state);

	assert_int_equal(fdt_delprop(tree, 0, "#address-cells"), 0);
	boots_or_says_why(*state, tree);
	assert_int_equal(fdt_delprop(tree, 0, "#size-cells"), 0);
	boots_or_says_why(*state, tree);
}

/* Somebody reserves all there is. */
static void reserved_whole(void **state)
{
	void *tree = board_tree(*state);
	int node = fdt_add_subnode(tree, reserved_node(tree), "all@0");

	assert_true(node >= 0);
	fdt_setprop_u64(tree, node, "reg", 0);
	fdt_appendprop_u64(tree, node, "reg", 0x4000000000);
	assert_true(boots_or_says_why(*state, tree));
}

/* Before reg's value: the token, the property's length, its name. */
static void property_damaged(void **state)
{
	static const uint32_t values[] = {0, 1,          2,         3,
					  9, 0x80000000, UINT32_MAX};
	static uint8_t copy[256 * 1024] __attribute__((aligned(8)));
	void *tree = board_tree(*state);
	const uint8_t *reg = fdt_getprop(tree, memory_node(tree), "reg", NULL);

	for (int at = -12; at < 0; at += 4)
		for (unsigned int i = 0; i < ARRAY_SIZE(values); i++) {
			memcpy(copy, tree, fdt_totalsize(tree));
			fdt32_st(copy + (reg - (uint8_t *)tree) + at,
				 values[i]);
			boots_or_says_why(*state, copy);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_EACH_BOARD(all_and_nothing_else),
		ON_EACH_BOARD(the_rest_is_given),
		ON_EACH_BOARD(holes_stay_unmapped),
		ON_EACH_BOARD(reserved_is_kept),
		ON_EACH_BOARD(initrd_is_kept),
		ON_EACH_BOARD(truncated_reg),
		ON_EACH_BOARD(reg_of_bytes),
		ON_EACH_BOARD(no_reg),
		ON_EACH_BOARD(odd_cells),
		ON_EACH_BOARD(bytes_for_cells),
		ON_EACH_BOARD(no_cells),
		ON_EACH_BOARD(bank_twice),
		ON_EACH_BOARD(bank_at_the_end),
		ON_EACH_BOARD(reserved_malformed),
		ON_EACH_BOARD(reserved_whole),
		ON_EACH_BOARD(property_damaged),
	};

	return boards_run(tests, ARRAY_SIZE(tests));
}
