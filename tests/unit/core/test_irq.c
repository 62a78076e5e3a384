/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupt dispatch on a pretend machine. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <arch/upcall.h>
#include <core/cpu.h>
#include <core/irq.h>
#include <core/task.h>
#include <core/timer.h>

#include "../../fake/machine.h"

#define MS 1000000ull
#define LINE 40u

static unsigned int handled, handled_on;
static enum irq_result answer;

static enum irq_result handler(unsigned int irq, void *arg)
{
	assert_int_equal(irq, *(unsigned int *)arg);
	assert_false(arch_irqs_enabled());
	handled++;
	handled_on = arch_this_cpu()->id;
	return answer;
}

static void dispatching(void)
{
	unsigned int line = LINE;
	uint64_t before = irq_count_on(LINE, 0);

	handled = 0;
	answer = IRQ_HANDLED;
	assert_true(irq_is_free(LINE));
	assert_null(irq_name(LINE));
	assert_int_equal(
		irq_request(LINE, handler, &line, "line", IRQ_TRIGGER_LEVEL),
		0);
	assert_false(irq_is_free(LINE));
	assert_string_equal(irq_name(LINE), "line");
	assert_int_equal(machine_notes.last_cpu, 0);
	assert_int_equal(
		irq_request(LINE, handler, &line, "other", IRQ_TRIGGER_KEEP),
		-EBUSY);
	machine_raise(LINE);
	machine_work(MACHINE_QUANTUM_NS);
	assert_int_equal(handled, 1);
	assert_int_equal(irq_count_on(LINE, 0), before + 1);
	irq_free(LINE);
	assert_true(irq_is_free(LINE));
	assert_false(machine_notes.enabled[LINE]);
}

static void ipi_call(void *arg)
{
	(void)arg;
}

/* A line's since it was requested, each IPI's from the start. */
static void counting(void)
{
	unsigned int line = LINE;
	uint64_t calls[2];

	assert_int_equal(irq_count_on(LINE, 0), 0);
	assert_int_equal(
		irq_request(LINE, handler, &line, "again", IRQ_TRIGGER_LEVEL),
		0);
	for (unsigned int i = 1; i < 4; i++) {
		machine_raise(LINE);
		machine_work(MACHINE_QUANTUM_NS);
		assert_int_equal(irq_count_on(LINE, 0), i);
	}
	assert_int_equal(irq_count_on(LINE, 1), 0);
	assert_int_equal(irq_count_on(LINE + 1, 0), 0);
	irq_free(LINE);
	assert_int_equal(irq_count_on(LINE, 0), 0);
	assert_null(irq_name(LINE));

	for (unsigned int i = 0; i < 2; i++)
		calls[i] = irq_count_on(IPI_CALL, 1 + i);
	smp_call(1, ipi_call, NULL);
	assert_int_equal(irq_count_on(IPI_CALL, 1), calls[0] + 1);
	assert_int_equal(irq_count_on(IPI_CALL, 2), calls[1]);
	assert_int_equal(irq_count_on(IPI_CALL, CPU_MAX), 0);
}

static void routing(void)
{
	unsigned int line = LINE;

	handled = 0;
	answer = IRQ_HANDLED;
	assert_int_equal(
		irq_request(LINE, handler, &line, "line", IRQ_TRIGGER_EDGE), 0);
	irq_set_cpu(LINE, 2);
	machine_raise(LINE);
	machine_work(3 * MACHINE_QUANTUM_NS);
	assert_int_equal(handled, 1);
	assert_int_equal(handled_on, 2);
	assert_int_equal(irq_count_on(LINE, 2), 1);
	irq_set_cpu(LINE, 99);             /* no such CPU: stays */
	irq_set_cpu(MACHINE_TIMER_IRQ, 2); /* private: stays */
	assert_int_equal(machine_notes.last_cpu, 2);
	irq_free(LINE);
}

/* What a guest has now is ended by the guest. */
static void forwarded(void)
{
	unsigned int line = LINE;
	unsigned int eois, deactivations;
	unsigned long flags;

	assert_int_equal(
		irq_request(LINE, handler, &line, "line", IRQ_TRIGGER_KEEP), 0);
	flags = arch_irq_save();
	eois = machine_notes.eois;
	deactivations = machine_notes.deactivations;
	answer = IRQ_FORWARDED;
	core_irq_dispatch(LINE);
	assert_int_equal(machine_notes.eois, eois + 1);
	assert_int_equal(machine_notes.deactivations, deactivations);
	answer = IRQ_HANDLED;
	core_irq_dispatch(LINE);
	assert_int_equal(machine_notes.eois, eois + 2);
	assert_int_equal(machine_notes.deactivations, deactivations + 1);
	arch_irq_restore(flags);
	irq_free(LINE);
}

static void spurious(void)
{
	unsigned int deactivations = machine_notes.deactivations;

	machine_notes.enabled[LINE + 1] = true;
	machine_raise(LINE + 1);
	machine_work(MACHINE_QUANTUM_NS);
	/* ended, and not to come again */
	assert_false(machine_notes.enabled[LINE + 1]);
	assert_int_equal(machine_notes.deactivations, deactivations + 1);
}

static void forgets(void)
{
	irq_forget(LINE);
	assert_int_equal(machine_notes.forgotten, LINE);
	/* private, and none at all: nothing to be asked for */
	irq_forget(MACHINE_TIMER_IRQ);
	irq_forget(MACHINE_IRQS);
	irq_forget(UINT32_MAX);
	assert_int_equal(machine_notes.forgotten, LINE);
}

static void requests_refused(void)
{
	assert_int_equal(
		irq_request(MACHINE_IRQS, handler, NULL, "x", IRQ_TRIGGER_KEEP),
		-EINVAL);
	assert_int_equal(
		irq_request(IRQ_MAX, handler, NULL, "x", IRQ_TRIGGER_KEEP),
		-EINVAL);
	assert_int_equal(irq_request(LINE, NULL, NULL, "x", IRQ_TRIGGER_KEEP),
			 -EINVAL);
	assert_int_equal(
		irq_request(IPI_CALL, handler, NULL, "x", IRQ_TRIGGER_KEEP),
		-EINVAL);
	assert_true(irq_is_free(LINE));
	assert_false(irq_is_free(IRQ_MAX));
	assert_int_equal(irq_count_on(IRQ_MAX, 0), 0);
	assert_int_equal(irq_count_on(LINE, CPU_MAX), 0);
	irq_free(LINE); /* nobody's: nothing happens */
}

/* irq_free() returns only when the handler on another CPU has. */
static volatile unsigned int stage;

static enum irq_result slow(unsigned int irq, void *arg)
{
	(void)irq;
	(void)arg;
	stage = 1;
	machine_work(2 * MS);
	stage = 2;
	return IRQ_HANDLED;
}

static void free_waits(void)
{
	stage = 0;
	assert_int_equal(
		irq_request(LINE, slow, NULL, "slow", IRQ_TRIGGER_EDGE), 0);
	irq_set_cpu(LINE, 3);
	machine_raise(LINE);
	while (stage == 0)
		machine_work(MACHINE_QUANTUM_NS);
	irq_free(LINE);
	assert_int_equal(stage, 2);
}

/* A handler wakes a task: it runs as soon as the interrupt is over. */
static struct wait_queue wq;
static bool flag;
static uint64_t woken_at;

static enum irq_result waker(unsigned int irq, void *arg)
{
	(void)irq;
	(void)arg;
	flag = true;
	wait_wake_one(&wq);
	return IRQ_HANDLED;
}

static bool flag_set(void *arg)
{
	(void)arg;
	return flag;
}

static void waiter(void *arg)
{
	(void)arg;
	wait_event(&wq, flag_set, NULL);
	woken_at = time_ns();
}

static void grind(void *arg)
{
	(void)arg;
	machine_work(20 * MS);
}

static void handler_wakes_task(void)
{
	struct task_attr attr = {
		.name = "t",
		.fn = waiter,
		.priority = 9,
		.affinity = BIT(1),
	};
	struct task *high, *low;
	uint64_t raised_at;

	flag = false;
	wait_queue_init(&wq);
	assert_int_equal(irq_request(LINE, waker, NULL, "w", IRQ_TRIGGER_EDGE),
			 0);
	irq_set_cpu(LINE, 1);
	assert_int_equal(task_create(&attr, &high), 0);
	attr.fn = grind;
	attr.priority = 4;
	assert_int_equal(task_create(&attr, &low), 0);
	task_sleep_until(time_ns() + 5 * MS);
	raised_at = time_ns();
	machine_raise(LINE);
	task_join(high);
	assert_in_range(woken_at, raised_at,
			raised_at + 2 * MACHINE_QUANTUM_NS);
	task_join(low);
	irq_free(LINE);
}

#define ON_MACHINE(fn)                                                         \
	static void test_##fn(void **state)                                    \
	{                                                                      \
		(void)state;                                                   \
		machine_test(fn, 10000 * MS);                                  \
	}

ON_MACHINE(dispatching)
ON_MACHINE(counting)
ON_MACHINE(routing)
ON_MACHINE(forwarded)
ON_MACHINE(spurious)
ON_MACHINE(forgets)
ON_MACHINE(requests_refused)
ON_MACHINE(free_waits)
ON_MACHINE(handler_wakes_task)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dispatching),
		cmocka_unit_test(test_counting),
		cmocka_unit_test(test_routing),
		cmocka_unit_test(test_forwarded),
		cmocka_unit_test(test_spurious),
		cmocka_unit_test(test_forgets),
		cmocka_unit_test(test_requests_refused),
		cmocka_unit_test(test_free_waits),
		cmocka_unit_test(test_handler_wakes_task),
	};

	machine_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
