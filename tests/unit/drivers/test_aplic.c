/* SPDX-License-Identifier: Apache-2.0 */
/* The APLIC's register logic against a model, in both delivery modes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include <arch/cpu.h>

#include "../../../drivers/irqchip/aplic_regs.h"
#include "../../fake/fake.h"
#include "model_aplic.h"

static struct aplic aplic;

/* CPU 0 is hart 2, CPU 1 hart 0; the others are not reached. */
static void make(bool msi)
{
	memset(&model, 0, sizeof(model));
	memset(&aplic, 0, sizeof(aplic));
	aplic.regs = MODEL_REGS;
	aplic.source_count = MODEL_SOURCES;
	aplic.msi = msi;
	aplic.id_count = MODEL_IDS;
	memset(aplic.given, 0xff, sizeof(aplic.given));
	for (unsigned int i = 0; i < CPU_MAX; i++)
		aplic.hart[i] = APLIC_NO_HART;
	aplic.hart[0] = 2;
	aplic.hart[1] = 0;
	/* what firmware may have left */
	model.sourcecfg[5] = 6;
	model.ie[5] = model.line[5] = true;
	model.target[5] = 3u << 18 | 1;
	assert_int_equal(aplic_init(&aplic, 0), 0);
	for (unsigned int cpu = 0; cpu < 2 && !msi; cpu++)
		aplic_cpu_init(&aplic, cpu);
	model.line[5] = false;
}

static int direct(void **state)
{
	(void)state;
	make(false);
	return 0;
}

static int by_messages(void **state)
{
	(void)state;
	make(true);
	return 0;
}

/* the next source of a CPU, however it comes */
static unsigned int next(unsigned int cpu)
{
	if (!aplic.msi)
		return aplic_claim(&aplic, cpu);
	return aplic_of_id(&aplic, model_take(aplic.hart[cpu]));
}

static void on(unsigned int source, enum irq_trigger trigger)
{
	aplic_set_trigger(&aplic, source, trigger);
	assert_int_equal(aplic_enable(&aplic, source), 0);
}

static void off_until_enabled(void **state)
{
	(void)state;
	for (unsigned int s = 1; s <= MODEL_SOURCES; s++)
		model_line(s, true);
	assert_int_equal(next(0), 0);
	/* it was up before: a level that must not be missed */
	on(33, IRQ_TRIGGER_LEVEL);
	assert_int_equal(model_notified(2), !aplic.msi);
	assert_int_equal(next(1), 0);
	assert_int_equal(next(0), 33);
	assert_int_equal(next(0), 0);
}

/* Claimed or not, it comes again as long as its line is up, and only then. */
static void level_comes_until_it_falls(void **state)
{
	(void)state;
	on(7, IRQ_TRIGGER_LEVEL);
	model_line(7, true);
	for (unsigned int i = 0; i < 3; i++) {
		assert_int_equal(next(0), 7);
		assert_int_equal(next(0), 0);
		assert_false(model_notified(2));
		aplic_complete(&aplic, 7);
	}
	assert_int_equal(next(0), 7);
	model_line(7, false);
	aplic_complete(&aplic, 7);
	assert_int_equal(next(0), 0);
	model_line(7, true);
	assert_int_equal(next(0), 7);
}

static void edge_comes_once(void **state)
{
	(void)state;
	on(9, IRQ_TRIGGER_EDGE);
	model_line(9, true);
	assert_int_equal(next(0), 9);
	/* the next one comes before the first is over */
	model_line(9, false);
	model_line(9, true);
	aplic_complete(&aplic, 9);
	assert_int_equal(next(0), 9);
	aplic_complete(&aplic, 9);
	assert_int_equal(next(0), 0);
}

static void senses(void **state)
{
	static const struct {
		uint32_t type;
		enum irq_trigger trigger;
		uint32_t mode;
	} cases[] = {{1, IRQ_TRIGGER_EDGE, 4},  {2, IRQ_TRIGGER_EDGE, 5},
		     {4, IRQ_TRIGGER_LEVEL, 6}, {8, IRQ_TRIGGER_LEVEL, 7},
		     {8, IRQ_TRIGGER_KEEP, 7},  {0, IRQ_TRIGGER_KEEP, 6},
		     {3, IRQ_TRIGGER_KEEP, 6},  {99, IRQ_TRIGGER_KEEP, 6},
		     {8, IRQ_TRIGGER_EDGE, 5},  {1, IRQ_TRIGGER_LEVEL, 6}};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		aplic_sense(&aplic, i + 1, cases[i].type);
		on(i + 1, cases[i].trigger);
		assert_int_equal(model.sourcecfg[i + 1], cases[i].mode);
		assert_int_equal(aplic_is_level(&aplic, i + 1),
				 cases[i].mode >= 6);
	}
	/* one that is on is turned round: its target stays */
	aplic_disable(&aplic, 4);
	aplic_set_trigger(&aplic, 4, IRQ_TRIGGER_EDGE);
	assert_int_equal(model.sourcecfg[4], 5);
}

static void disabled_while_claimed(void **state)
{
	(void)state;
	on(3, IRQ_TRIGGER_LEVEL);
	model_line(3, true);
	assert_int_equal(next(0), 3);
	aplic_disable(&aplic, 3);
	aplic_complete(&aplic, 3);
	assert_int_equal(next(0), 0);
	assert_int_equal(aplic_enable(&aplic, 3), 0);
	assert_int_equal(next(0), 3);
	/* and enabled again before it is completed */
	aplic_disable(&aplic, 3);
	assert_int_equal(aplic_enable(&aplic, 3), 0);
	if (!aplic.msi)
		assert_int_equal(next(0), 0);
	aplic_complete(&aplic, 3);
	assert_int_equal(next(0), 3);
}

static void moved(void **state)
{
	(void)state;
	assert_int_equal(aplic_set_cpu(&aplic, 11, 1), 0); /* not active yet */
	on(11, IRQ_TRIGGER_LEVEL);
	model_line(11, true);
	assert_int_equal(next(0), 0);
	assert_int_equal(next(1), 11);
	assert_int_equal(aplic_set_cpu(&aplic, 11, 0), 0);
	aplic_complete(&aplic, 11);
	assert_int_equal(next(1), 0);
	assert_int_equal(next(0), 11);
	assert_int_equal(aplic_set_cpu(&aplic, 11, 2), -EINVAL);
	aplic_complete(&aplic, 11);
	assert_int_equal(next(0), 11);
	assert_int_equal(aplic_claim(&aplic, 2), 0);
}

static void not_delegated(void **state)
{
	(void)state;
	model.kept[12] = true;
	assert_int_equal(aplic_enable(&aplic, 12), -ENODEV);
	assert_false(aplic_has(&aplic, 0));
	assert_false(aplic_has(&aplic, MODEL_SOURCES + 1));
	aplic.given[0] &= ~(1u << 13);
	assert_false(aplic_has(&aplic, 13));
	assert_true(aplic_has(&aplic, 14));
}

static void mode_refused(void **state)
{
	(void)state;
	model.direct_only = true;
	aplic.msi = true;
	assert_int_equal(aplic_init(&aplic, 0), -ENODEV);
	aplic.msi = false;
	assert_int_equal(aplic_init(&aplic, 0), 0);
	model.direct_only = false;
	model.msi_only = true;
	assert_int_equal(aplic_init(&aplic, 0), -ENODEV);
}

/* More sources than identities: each that is enabled has its own. */
static void identities(void **state)
{
	(void)state;
	for (unsigned int s = 1; s <= MODEL_IDS; s++)
		on(s + 5, IRQ_TRIGGER_EDGE);
	assert_int_equal(aplic_enable(&aplic, 1), -ENOSPC);
	assert_int_equal(aplic_enable(&aplic, 6), 0); /* has one */
	for (unsigned int s = 1; s <= MODEL_IDS; s++) {
		model_line(s + 5, true);
		assert_int_equal(next(0), s + 5);
	}
	assert_int_equal(aplic_of_id(&aplic, 0), 0);
	assert_int_equal(aplic_of_id(&aplic, MODEL_IDS + 1), 0);
	assert_int_equal(aplic_of_id(&aplic, APLIC_IDS_MAX), 0);
}

/* Whatever is done in whatever order, no level is ever lost. */
static void random_steps(void **state)
{
	bool wanted[MODEL_SOURCES + 1], claimed[MODEL_SOURCES + 1];
	bool msi = aplic.msi;

	(void)state;
	fake_seed(1);
	for (unsigned int round = 0; round < 20; round++) {
		make(msi);
		memset(wanted, 0, sizeof(wanted));
		memset(claimed, 0, sizeof(claimed));
		for (unsigned int i = 0; i < 500; i++) {
			/* so many that each has an identity */
			unsigned int s = 1 + (unsigned int)fake_random(60);
			unsigned int cpu = (unsigned int)fake_random(2);

			switch (fake_random(5)) {
			case 0:
				model_line(s, !model.line[s]);
				break;
			case 1:
				wanted[s] = !wanted[s];
				if (wanted[s])
					on(s, IRQ_TRIGGER_LEVEL);
				else
					aplic_disable(&aplic, s);
				break;
			case 2:
				assert_int_equal(aplic_set_cpu(&aplic, s, cpu),
						 0);
				break;
			case 3:
				s = next(cpu);
				/* messages may be under way meanwhile */
				assert_false(!msi && s &&
					     (claimed[s] || !wanted[s] ||
					      aplic.route[s] != cpu));
				claimed[s] = s;
				break;
			default:
				if (claimed[s])
					aplic_complete(&aplic, s);
				claimed[s] = false;
			}
		}
		for (unsigned int s = 1; s <= 60; s++) {
			on(s, IRQ_TRIGGER_LEVEL);
			model_line(s, true);
			aplic_complete(&aplic, s);
		}
		memset(claimed, 0, sizeof(claimed));
		for (unsigned int cpu = 0; cpu < 2; cpu++)
			for (unsigned int s; (s = next(cpu));)
				claimed[s] = true;
		for (unsigned int s = 1; s <= 60; s++)
			assert_true(claimed[s]);
	}
}

#define BOTH(test)                                                             \
	{"direct: " #test, test, direct, NULL, NULL},                          \
	{                                                                      \
		"MSI: " #test, test, by_messages, NULL, NULL                   \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(off_until_enabled),
		BOTH(level_comes_until_it_falls),
		BOTH(edge_comes_once),
		BOTH(senses),
		BOTH(disabled_while_claimed),
		BOTH(moved),
		BOTH(not_delegated),
		BOTH(random_steps),
		cmocka_unit_test_setup(mode_refused, direct),
		cmocka_unit_test_setup(identities, by_messages),
	};

	return cmocka_run_group_tests_name("aplic", tests, NULL, NULL);
}
