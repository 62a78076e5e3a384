/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The CPUs of the boards' trees: core/boot_cpus.c's table, core/smp.c on it,
 * and what arch/aarch64/psci.c asks of firmware. DEN 0022, 5.4 and 5.6.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <core/cpu.h>
#include <lib/fdt.h>
#include <lib/log.h>
#include <libfdt.h>

#include "../../fake/fake.h"
#include "boards.h"

#include "../../../core/core.h"

/* of the real processor; the fake has its own asm/cpu.h */
#include <asm/smccc.h>
#include <asm/sysreg.h>
static uint64_t reg_mpidr_el1;
#undef read_sysreg
#define read_sysreg(name) reg_##name
void secondary_entry(void);
void boot_cpus(void);

/* tests/fake/machine.c has these of its own machine */
#define arch_hwid real_hwid
#define arch_cpu_start real_cpu_start
#include "../../../arch/aarch64/psci.c"
#undef LOG_TAG
#include "../../../core/boot_cpus.c"

static uint64_t asked[4];
static unsigned int asked_count;
static int64_t answer;

void smccc_smc(uint64_t fn, uint64_t a1, uint64_t a2, uint64_t a3,
	       struct smccc_result *result)
{
	asked[0] = fn;
	asked[1] = a1;
	asked[2] = a2;
	asked[3] = a3;
	asked_count++;
	/* w0 is what counts: the upper half is anybody's */
	*result =
		(struct smccc_result){{0x1234567800000000u | (uint32_t)answer}};
}

void secondary_entry(void)
{
}

void arch_cpu_halt(void)
{
	fail();
	for (;;)
		;
}

hpa_t arch_host_root(void)
{
	return hpa(0x123000);
}

/* MPIDR_EL1 has bit 31 set, and on DynamIQ's cores bit 24 (MT). D19.2.104 */
static void boot_on(const void *tree, uint64_t hwid)
{
	reg_mpidr_el1 = BIT(31) | BIT(24) | hwid;
	fdt_set_host(tree);
	board_log_start();
	boot_cpus();
	log_set_sink(NULL);
}

static int cpu_node(const void *tree, uint64_t hwid)
{
	char path[32];

	snprintf(path, sizeof(path), "/cpus/cpu@%llx",
		 (unsigned long long)hwid);
	return board_node(tree, path);
}

/* CPU 0 is @boot, the others come in the tree's order. */
static void numbered(const struct board *board, const void *tree, uint64_t boot)
{
	unsigned int id = 1;

	assert_int_equal(cpu_count, board->cpu_count);
	assert_int_equal(cpus[0].hwid, boot);
	for (unsigned int i = 0; i < board->cpu_count; i++)
		if (board->hwids[i] != boot)
			assert_int_equal(cpus[id++].hwid, board->hwids[i]);
	assert_int_equal(id, cpu_count);
	for (id = 0; id < cpu_count; id++) {
		assert_int_equal(cpus[id].id, id);
		assert_int_equal(cpus[id].node, cpu_node(tree, cpus[id].hwid));
		assert_ptr_equal(cpu_find_hwid(cpus[id].hwid), &cpus[id]);
	}
}

static void all_of_them(void **state)
{
	const struct board *board = *state;
	const void *tree = board_tree(board);

	boot_on(tree, board->boot);
	numbered(board, tree, board->boot);
	assert_string_equal(board_log, "");
}

/* Firmware may start any of them first. */
static void any_boots(void **state)
{
	const struct board *board = *state;
	const void *tree = board_tree(board);

	for (unsigned int i = 0; i < board->cpu_count; i++) {
		boot_on(tree, board->hwids[i]);
		numbered(board, tree, board->hwids[i]);
		assert_string_equal(board_log, "");
	}
}

/* Each by its affinity, with a page of its own to begin from. */
static void started_by_affinity(void **state)
{
	const struct board *board = *state;
	const void *tree = board_tree(board);
	uint64_t contexts = 0;

	boot_on(tree, board->boot);
	assert_true(psci_available());
	assert_true(arch_system_can_end());
	for (unsigned int id = 1; id < cpu_count; id++) {
		const struct secondary_boot *boot;

		cpus[id].stack_top = (void *)(uintptr_t)(0x1000 * id);
		fake_cleaned_bytes = 0;
		assert_int_equal(real_cpu_start(&cpus[id]), 0);
		assert_int_equal(asked_count, id);
		assert_int_equal(asked[0], 0xc4000003);
		assert_int_equal(asked[1], cpus[id].hwid);
		assert_int_equal(asked[2],
				 virt_to_phys((void *)secondary_entry).v);
		boot = phys_to_virt(hpa(asked[3]));
		assert_ptr_equal(boot->cpu, &cpus[id]);
		assert_int_equal(boot->root, 0x123000);
		assert_int_equal(boot->stack_top, 0x1000 * id);
		/* it reads that with its caches off */
		assert_ptr_equal(fake_cleaned, boot);
		assert_int_equal(fake_cleaned_bytes, sizeof(*boot));
		assert_int_not_equal(asked[3], contexts);
		contexts = asked[3];
	}
}

static void firmware_refuses(void **state)
{
	static const struct {
		int answer, err;
	} answers[] = {{-2, -ENODEV}, {-7, -ENODEV}, {-4, -EIO}, {-5, -EIO},
		       {-6, -EIO},    {-3, -EIO},    {-9, -EIO}, {-1, -EIO}};

	boot_on(board_tree(*state), ((const struct board *)*state)->boot);
	for (unsigned int i = 0; i < ARRAY_SIZE(answers); i++) {
		answer = answers[i].answer;
		board_log_start();
		assert_int_equal(real_cpu_start(&cpus[1]), answers[i].err);
		log_set_sink(NULL);
		assert_int_equal(answers[i].err == -EIO,
				 strstr(board_log, "CPU_ON of") != NULL);
	}
}

/* To firmware above: a hypervisor that named itself in it is not there. */
static void smc_whatever_the_tree_says(void **state)
{
	const struct board *board = *state;
	void *tree = board_tree(board);
	int psci = board_node(tree, "/psci");

	assert_string_equal(fdt_getprop(tree, psci, "method", NULL), "smc");
	fdt_setprop_string(tree, psci, "method", "hvc");
	boot_on(tree, board->boot);
	assert_int_equal(real_cpu_start(&cpus[1]), 0);
	assert_int_equal(asked_count, 1);
}

static void without_psci(void **state)
{
	const struct board *board = *state;
	void *tree = board_tree(board);

	assert_int_equal(fdt_del_node(tree, board_node(tree, "/psci")), 0);
	boot_on(tree, board->boot);
	assert_int_equal(cpu_count, board->cpu_count);
	assert_int_equal(real_cpu_start(&cpus[1]), -ENODEV);
	assert_false(arch_system_can_end());
	assert_int_equal(asked_count, 0);
}

/* PSCI 0.1 has no function numbers of its own. */
static void psci_too_old(void **state)
{
	const struct board *board = *state;
	void *tree = board_tree(board);

	fdt_setprop_string(tree, board_node(tree, "/psci"), "compatible",
			   "arm,psci");
	boot_on(tree, board->boot);
	assert_int_equal(real_cpu_start(&cpus[1]), -ENODEV);
	assert_int_equal(asked_count, 0);
}

/* A guest's CPUs are of one kind where its file leaves the choice. */
static void kinds(void **state)
{
	const struct board *board = *state;
	const void *tree = board_tree(board);
	uint64_t big = 0, all;

	boot_on(tree, board->boot);
	all = BIT(cpu_count) - 1;
	for (unsigned int i = 0; i < board->cpu_count; i++) {
		struct cpu *cpu = cpu_find_hwid(board->hwids[i]);

		assert_non_null(cpu);
		cpu->kind = board->big & BIT(i) ? 0x414fd0b1 : 0x412fd050;
		if (board->big & BIT(i))
			big |= BIT(cpu->id);
		/* what the tree says of it */
		assert_int_equal(
			fdt_node_check_compatible(tree, cpu->node,
						  "arm,cortex-a76") &&
				fdt_node_check_compatible(tree, cpu->node,
							  "phytium,ftc664"),
			!(board->big & BIT(i)));
	}
	cpu_online_mask = all;
	if (!big) {
		assert_int_equal(cpus_of_a_kind(all), all);
		return;
	}
	assert_int_equal(cpus_of_a_kind(big), big);
	assert_int_equal(cpus_of_a_kind(big | BIT(__builtin_ctzll(all & ~big))),
			 big);
	assert_int_equal(cpus_of_a_kind(all & ~big), all & ~big);
	/* as many of both: those with the first CPU */
	assert_int_equal(cpus_of_a_kind(all), big & 1 ? big : all & ~big);
}

/*
 * Trees that are damaged
 */

static int cpus_node(void *tree)
{
	return board_node(tree, "/cpus");
}

static uint64_t last_of(const struct board *board)
{
	return board->hwids[board->cpu_count - 1];
}

static void no_reg(void **state)
{
	const struct board *board = *state;
	void *tree = board_tree(board);

	assert_int_equal(
		fdt_delprop(tree, cpu_node(tree, last_of(board)), "reg"), 0);
	boot_on(tree, board->boot);
	assert_int_equal(cpu_count, board->cpu_count - 1);
	assert_null(cpu_find_hwid(last_of(board)));
	assert_non_null(strstr(board_log, "malformed reg, ignored"));
}

static void reg_truncated(void **state)
{
	const struct board *board = *state;
	void *tree = board_tree(board);

	fdt_setprop(tree, cpu_node(tree, last_of(board)), "reg", "\0\1", 2);
	boot_on(tree, board->boot);
	assert_int_equal(cpu_count, board->cpu_count - 1);
	assert_non_null(strstr(board_log, "malformed reg, ignored"));
}

/* The boot CPU runs, whatever its node says. */
static void boot_cpu_without_reg(void **state)
{
	const struct board *board = *state;
	void *tree = board_tree(board);

	fdt_delprop(tree, cpu_node(tree, board->boot), "reg");
	boot_on(tree, board->boot);
	assert_int_equal(cpu_count, board->cpu_count);
	assert_int_equal(cpus[0].hwid, board->boot);
	assert_int_equal(cpus[0].node, -1);
	assert_non_null(strstr(board_log, "is not in the device tree"));
}

static void named_twice(void **state)
{
	const struct board *board = *state;
	void *tree = board_tree(board);
	const void *reg;
	int len, node = cpu_node(tree, board->hwids[2]);
	char copy[8];

	reg = fdt_getprop(tree, node, "reg", &len);
	memcpy(copy, reg, (size_t)len);
	fdt_setprop(tree, cpu_node(tree, last_of(board)), "reg", copy, len);
	boot_on(tree, board->boot);
	assert_int_equal(cpu_count, board->cpu_count - 1);
	/* the boot CPU's twice is the boot CPU */
	if (board->hwids[2] != board->boot)
		assert_non_null(strstr(board_log, "a second CPU"));
}

static void disabled(void **state)
{
	const struct board *board = *state;
	void *tree = board_tree(board);

	fdt_setprop_string(tree, cpu_node(tree, last_of(board)), "status",
			   "fail");
	boot_on(tree, board->boot);
	assert_int_equal(cpu_count, board->cpu_count - 1);
	assert_non_null(strstr(board_log, "is disabled by the device tree"));
}

static void alone(const struct board *board, const void *tree,
		  const char *logged)
{
	boot_on(tree, board->boot);
	assert_int_equal(cpu_count, 1);
	assert_int_equal(cpus[0].hwid, board->boot);
	if (!strstr(board_log, logged))
		fail_msg("\"%s\" is not in \"%s\"", logged, board_log);
}

static void odd_cells(void **state)
{
	static const uint32_t cells[] = {0, 3, UINT32_MAX};
	const struct board *board = *state;
	void *tree = board_tree(board);
	int len;

	for (unsigned int i = 0; i < ARRAY_SIZE(cells); i++) {
		fdt_setprop_u32(tree, cpus_node(tree), "#address-cells",
				cells[i]);
		alone(board, tree, "no usable /cpus");
	}
	fdt_delprop(tree, cpus_node(tree), "#address-cells");
	alone(board, tree, "no usable /cpus");
	/* the other one of those that may be: no reg fits */
	(void)fdt_getprop(tree, cpu_node(tree, board->boot), "reg", &len);
	fdt_setprop_u32(tree, cpus_node(tree), "#address-cells",
			len == 4 ? 2 : 1);
	alone(board, tree, "malformed reg");
}

static void no_cpus(void **state)
{
	const struct board *board = *state;
	void *tree = board_tree(board);

	fdt_del_node(tree, cpus_node(tree));
	alone(board, tree, "no usable /cpus");
}

/* More than there is room for. */
static void too_many(void **state)
{
	const struct board *board = *state;
	void *tree = board_tree(board);
	int node, len;

	(void)fdt_getprop(tree, cpu_node(tree, board->boot), "reg", &len);
	for (unsigned int i = 0; i < CPU_MAX; i++) {
		char name[16];

		snprintf(name, sizeof(name), "cpu@%x00", 0x10 + i);
		node = fdt_add_subnode(tree, cpus_node(tree), name);
		fdt_setprop_string(tree, node, "device_type", "cpu");
		if (len == 4)
			fdt_setprop_u32(tree, node, "reg", (0x10 + i) << 8);
		else
			fdt_setprop_u64(tree, node, "reg", (0x10 + i) << 8);
	}
	boot_on(tree, board->boot);
	assert_int_equal(cpu_count, CPU_MAX);
	assert_non_null(strstr(board_log, "is left off: built for"));
}

/* Any cell under /cpus may be anything: the pass ends, the table holds. */
static void any_cell(void **state)
{
	static const uint32_t values[] = {0, 1, 2, 9, 0x80000001, UINT32_MAX};
	static uint8_t copy[256 * 1024] __attribute__((aligned(8)));
	const struct board *board = *state;
	void *tree = board_tree(board);
	uint32_t structs = fdt_off_dt_struct(tree);
	int from = cpus_node(tree), to = fdt_child_next(tree, from);

	assert_true(to > from);
	memcpy(copy, tree, fdt_totalsize(tree));
	for (int at = from; at < to; at += 4)
		for (unsigned int i = 0; i < ARRAY_SIZE(values); i++) {
			uint8_t *cell = copy + structs + at;
			uint32_t old = fdt32_ld((void *)cell);

			fdt32_st(cell, values[i]);
			boot_on(copy, board->boot);
			assert_in_range(cpu_count, 1, CPU_MAX);
			for (unsigned int id = 0; id < cpu_count; id++)
				assert_ptr_equal(cpu_find_hwid(cpus[id].hwid),
						 &cpus[id]);
			fdt32_st(cell, old);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_EACH_BOARD(all_of_them),
		ON_EACH_BOARD(any_boots),
		ON_EACH_BOARD(started_by_affinity),
		ON_EACH_BOARD(firmware_refuses),
		ON_EACH_BOARD(smc_whatever_the_tree_says),
		ON_EACH_BOARD(without_psci),
		ON_EACH_BOARD(psci_too_old),
		ON_EACH_BOARD(kinds),
		ON_EACH_BOARD(no_reg),
		ON_EACH_BOARD(reg_truncated),
		ON_EACH_BOARD(boot_cpu_without_reg),
		ON_EACH_BOARD(named_twice),
		ON_EACH_BOARD(disabled),
		ON_EACH_BOARD(odd_cells),
		ON_EACH_BOARD(no_cpus),
		ON_EACH_BOARD(too_many),
		ON_EACH_BOARD(any_cell),
	};

	return boards_run(tests, ARRAY_SIZE(tests));
}
