/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PLIC's register logic and its contexts against a model with level
 * interrupts: gateways, pending bits, priorities, thresholds, claims.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <libfdt.h>

#include <arch/cpu.h>
#include <core/cpu.h>

#include "../../../drivers/irqchip/plic_regs.h"
#include "../../fake/fake.h"

#include "plic_model.h"

static struct cpu host_cpus[4];
static struct plic plic;

struct cpu *cpu_find_hwid(uint64_t hwid)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(host_cpus); i++)
		if (host_cpus[i].hwid == hwid)
			return &host_cpus[i];
	return NULL;
}

/* CPU n has context 2n + 1, as on QEMU's virt; the fourth has none. */
static int setup(void **state)
{
	(void)state;
	memset(&plic_model, 0xff,
	       sizeof(plic_model.priority) + sizeof(plic_model.enable) +
		       sizeof(plic_model.threshold));
	memset(plic_model.line, 0,
	       sizeof(plic_model) - offsetof(struct plic_model, line));
	plic = (struct plic){.regs = window, .source_count = SOURCES};
	for (unsigned int i = 0; i < CPU_MAX; i++)
		plic.context[i] = i < 3 ? 2 * i + 1 : PLIC_NO_CONTEXT;
	for (unsigned int i = 0; i < ARRAY_SIZE(host_cpus); i++)
		host_cpus[i] = (struct cpu){.id = i, .hwid = i + 10};
	plic_init(&plic, 0);
	for (unsigned int i = 0; i < 3; i++)
		plic_cpu_init(&plic, i);
	return 0;
}

static void off_until_enabled(void **state)
{
	(void)state;
	for (unsigned int s = 1; s <= SOURCES; s++)
		plic_model.line[s] = true;
	for (unsigned int cpu = 0; cpu < 3; cpu++) {
		assert_false(plic_model_notified(plic.context[cpu]));
		assert_int_equal(plic_claim(&plic, cpu), 0);
	}
	plic_enable(&plic, SOURCES);
	assert_true(plic_model_notified(1));
	assert_false(plic_model_notified(3));
	assert_int_equal(plic_claim(&plic, 0), SOURCES);
	assert_int_equal(plic_claim(&plic, 3), 0); /* a CPU with no context */
	/* firmware's contexts are left as they were */
	assert_int_equal(plic_model.enable[0][1], UINT32_MAX);
	assert_int_equal(plic_model.threshold[0], UINT32_MAX);
}

static void level_comes_until_it_falls(void **state)
{
	(void)state;
	plic_enable(&plic, 10);
	plic_model.line[10] = true;
	assert_int_equal(plic_claim(&plic, 0), 10);
	/* not again before it is completed, and others do come */
	assert_false(plic_model_notified(1));
	plic_enable(&plic, 11);
	plic_model.line[11] = true;
	assert_int_equal(plic_claim(&plic, 0), 11);
	plic_complete(&plic, 10);
	assert_int_equal(plic_claim(&plic, 0), 10);
	plic_model.line[10] = false;
	plic_complete(&plic, 10);
	assert_false(plic_model_notified(1));
	assert_int_equal(plic_model.dropped, 0);
}

/* As core does with one that is nobody's: it must be able to come later. */
static void disabled_while_claimed(void **state)
{
	(void)state;
	plic_enable(&plic, 5);
	plic_model.line[5] = true;
	assert_int_equal(plic_claim(&plic, 0), 5);
	plic_disable(&plic, 5);
	plic_complete(&plic, 5);
	assert_false(plic_model_notified(1));
	plic_enable(&plic, 5);
	assert_int_equal(plic_claim(&plic, 0), 5);
}

static void moved_while_claimed(void **state)
{
	(void)state;
	plic_enable(&plic, 33);
	plic_model.line[33] = true;
	assert_int_equal(plic_claim(&plic, 0), 33);
	assert_int_equal(plic_set_cpu(&plic, 33, 2), 0);
	assert_false(plic_model_enabled(1, 33));
	plic_complete(&plic, 33);
	assert_int_equal(plic_model.dropped, 0);
	assert_int_equal(plic_claim(&plic, 0), 0);
	assert_int_equal(plic_claim(&plic, 2), 33);
	/* to where it is, and to a CPU that cannot have it */
	assert_int_equal(plic_set_cpu(&plic, 33, 2), 0);
	assert_int_equal(plic_set_cpu(&plic, 33, 3), -EINVAL);
	assert_true(plic_model_enabled(5, 33));
}

/* Whatever is done in whatever order, no source is ever lost. */
static void random_steps(void **state)
{
	bool on[SOURCES + 1], claimed[SOURCES + 1];

	fake_seed(1);
	for (unsigned int round = 0; round < 20; round++) {
		setup(state);
		memset(on, 0, sizeof(on));
		memset(claimed, 0, sizeof(claimed));
		for (unsigned int i = 0; i < 500; i++) {
			unsigned int s = 1 + (unsigned int)fake_random(SOURCES);
			unsigned int cpu = (unsigned int)fake_random(3);

			switch (fake_random(5)) {
			case 0:
				plic_model.line[s] = !plic_model.line[s];
				break;
			case 1:
				on[s] = !on[s];
				(on[s] ? plic_enable : plic_disable)(&plic, s);
				break;
			case 2:
				assert_int_equal(plic_set_cpu(&plic, s, cpu),
						 0);
				break;
			case 3:
				s = plic_claim(&plic, cpu);
				assert_false(s && (claimed[s] || !on[s] ||
						   plic.route[s] != cpu));
				claimed[s] = s;
				break;
			default:
				if (claimed[s])
					plic_complete(&plic, s);
				claimed[s] = false;
			}
		}
		for (unsigned int s = 1; s <= SOURCES; s++) {
			if (claimed[s])
				plic_complete(&plic, s);
			plic_enable(&plic, s);
			plic_model.line[s] = true;
		}
		memset(claimed, 0, sizeof(claimed));
		for (unsigned int cpu = 0; cpu < 3; cpu++)
			for (unsigned int s; (s = plic_claim(&plic, cpu));)
				claimed[s] = true;
		for (unsigned int s = 1; s <= SOURCES; s++)
			assert_true(claimed[s]);
		assert_int_equal(plic_model.dropped, 0);
	}
}

/*
 * Trees
 */

static uint8_t tree[8192];

/* Harts 10 and on, whose controllers have phandles 1 and on. */
static int contexts(const uint32_t *cells, unsigned int count, uint64_t size)
{
	fdt32_t value[32];
	char name[16];

	fdt_create(tree, sizeof(tree));
	fdt_finish_reservemap(tree);
	fdt_begin_node(tree, "");
	fdt_begin_node(tree, "cpus");
	for (uint32_t hart = 0; hart < 5; hart++) {
		snprintf(name, sizeof(name), "cpu@%x", hart + 10);
		fdt_begin_node(tree, name);
		fdt_property_u32(tree, "reg", hart + 10);
		fdt_begin_node(tree, "interrupt-controller");
		fdt_property_string(tree, "compatible", "riscv,cpu-intc");
		fdt_property_u32(tree, "phandle", hart + 1);
		fdt_end_node(tree);
		fdt_end_node(tree);
	}
	fdt_end_node(tree);
	fdt_begin_node(tree, "plic");
	for (unsigned int i = 0; i < count; i++)
		value[i] = cpu_to_fdt32(cells[i]);
	if (cells)
		fdt_property(tree, "interrupts-extended", value,
			     (int)(4 * count));
	fdt_end_node(tree);
	fdt_end_node(tree);
	fdt_finish(tree);
	return plic_tree_contexts(tree, fdt_path_offset(tree, "/plic"), size,
				  &plic);
}

static void contexts_found(void **state)
{
	/* hart 10 has no M-mode; none; out of order; a hart that is not ours,
	 * and one that the tree does not have */
	static const uint32_t cells[] = {1, 9, 3, UINT32_MAX, 3,  9, 2, 11,
					 2, 9, 5, 9,          99, 9, 0, 9};

	(void)state;
	assert_int_equal(contexts(cells, ARRAY_SIZE(cells), REGS_SIZE), 3);
	assert_int_equal(plic.context[0], 0);
	assert_int_equal(plic.context[1], 4);
	assert_int_equal(plic.context[2], 2);
	assert_int_equal(plic.context[3], PLIC_NO_CONTEXT);
}

static void contexts_refused(void **state)
{
	static const uint32_t cells[] = {1, 11, 1, 9, 1, 9, 2, 9};

	(void)state;
	/* the first of two; what does not lie in reg */
	assert_int_equal(contexts(cells, 8, 0x203000), 1);
	assert_int_equal(plic.context[0], 1);
	assert_int_equal(plic.context[1], PLIC_NO_CONTEXT);
	assert_int_equal(contexts(cells, 8, 0x204000), 2);
	assert_int_equal(contexts(cells, 2, REGS_SIZE), 0);
	assert_int_equal(contexts(cells, 3, REGS_SIZE), -EINVAL);
	assert_int_equal(contexts(cells, 0, REGS_SIZE), -EINVAL);
	assert_int_equal(contexts(NULL, 0, REGS_SIZE), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(off_until_enabled, setup),
		cmocka_unit_test_setup(level_comes_until_it_falls, setup),
		cmocka_unit_test_setup(disabled_while_claimed, setup),
		cmocka_unit_test_setup(moved_while_claimed, setup),
		cmocka_unit_test_setup(random_steps, setup),
		cmocka_unit_test_setup(contexts_found, setup),
		cmocka_unit_test_setup(contexts_refused, setup),
	};

	return cmocka_run_group_tests_name("plic", tests, NULL, NULL);
}
