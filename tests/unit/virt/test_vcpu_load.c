/* SPDX-License-Identifier: Apache-2.0 */
/* Whose state is in which CPU's registers: there is one copy, always. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <arch/cpu.h>
#include <core/cpu.h>
#include <virt/vcpu.h>

#define CPUS 3
#define VCPUS 4

static struct cpu machine[CPUS];
static struct vcpu vcpus[VCPUS];

/* the registers of a CPU, and what memory holds of a vCPU: a number */
static struct {
	struct vcpu *of;
	unsigned int value;
} registers[CPUS];
static unsigned int memory[VCPUS], truth[VCPUS];
static unsigned int loads, calls;
/* whom the called CPU runs before it takes the call */
static struct vcpu *meanwhile;

static unsigned int here(void)
{
	return arch_this_cpu()->id;
}

void arch_vcpu_load(struct vcpu *vcpu, unsigned int cpu)
{
	assert_true(fake_irqs_masked);
	assert_int_equal(cpu, here());
	assert_null(registers[cpu].of);
	for (unsigned int i = 0; i < CPUS; i++)
		assert_ptr_not_equal(registers[i].of, vcpu);
	registers[cpu].of = vcpu;
	registers[cpu].value = memory[vcpu->id];
	loads++;
}

void arch_vcpu_put(struct vcpu *vcpu)
{
	assert_true(fake_irqs_masked);
	assert_ptr_equal(registers[here()].of, vcpu);
	memory[vcpu->id] = registers[here()].value;
	registers[here()].of = NULL;
}

static void on_cpu(unsigned int cpu)
{
	arch_set_this_cpu(&machine[cpu]);
}

/* what tasks do: take the CPU, change the state */
static void run(unsigned int cpu, struct vcpu *vcpu)
{
	on_cpu(cpu);
	fake_irqs_masked = true;
	vcpu_load(vcpu);
	assert_true(fake_irqs_masked);
	fake_irqs_masked = false;
	assert_ptr_equal(registers[cpu].of, vcpu);
	assert_ptr_equal(vcpu_resident(), vcpu);
	assert_int_equal(vcpu->loaded_cpu, cpu);
	assert_int_equal(registers[cpu].value, truth[vcpu->id]);
	registers[cpu].value = ++truth[vcpu->id];
}

/* An interrupt there, for which the caller waits with its own open. */
void smp_call(unsigned int cpu, void (*fn)(void *arg), void *arg)
{
	unsigned int from = here();
	struct vcpu *other = meanwhile;

	assert_false(fake_irqs_masked);
	calls++;
	meanwhile = NULL;
	if (other)
		run(cpu, other);
	on_cpu(cpu);
	fake_irqs_masked = true;
	fn(arg);
	fake_irqs_masked = false;
	on_cpu(from);
}

static int setup(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < CPUS; i++)
		machine[i] = (struct cpu){.id = i};
	for (unsigned int i = 0; i < VCPUS; i++)
		vcpus[i] = (struct vcpu){.id = i, .loaded_cpu = -1};
	return 0;
}

/* nothing is left for the next test */
static int teardown(void **state)
{
	(void)state;
	on_cpu(0);
	for (unsigned int i = 0; i < VCPUS; i++) {
		vcpu_evict(&vcpus[i]);
		assert_int_equal(vcpus[i].loaded_cpu, -1);
		assert_int_equal(memory[i], truth[i]);
	}
	loads = calls = 0;
	return 0;
}

static void stays_where_it_ran(void **state)
{
	(void)state;
	run(0, &vcpus[0]);
	run(0, &vcpus[0]);
	run(1, &vcpus[1]);
	run(0, &vcpus[0]);
	assert_int_equal(loads, 2);
	assert_int_equal(calls, 0);
}

static void gives_way_to_another(void **state)
{
	(void)state;
	run(0, &vcpus[0]);
	run(0, &vcpus[1]);
	assert_int_equal(vcpus[0].loaded_cpu, -1);
	assert_int_equal(memory[0], truth[0]);
	run(0, &vcpus[0]);
	assert_int_equal(loads, 3);
	assert_int_equal(calls, 0);
}

static void follows_its_task(void **state)
{
	(void)state;
	run(0, &vcpus[0]);
	run(2, &vcpus[1]);
	run(2, &vcpus[0]);
	assert_int_equal(calls, 1);
	on_cpu(0);
	assert_null(vcpu_resident());
}

/* asked for it, the other CPU has already given it up */
static void nothing_is_left_to_give(void **state)
{
	(void)state;
	run(0, &vcpus[0]);
	meanwhile = &vcpus[1];
	run(1, &vcpus[0]);
	assert_int_equal(calls, 1);
	on_cpu(0);
	assert_ptr_equal(vcpu_resident(), &vcpus[1]);
}

static void comes_home_to_a_reader(void **state)
{
	(void)state;
	run(1, &vcpus[2]);
	on_cpu(0);
	vcpu_evict(&vcpus[2]);
	assert_int_equal(memory[2], truth[2]);
	assert_int_equal(calls, 1);
	vcpu_evict(&vcpus[2]);
	assert_int_equal(calls, 1);
}

static void at_random(void **state)
{
	(void)state;
	srand(1);
	for (unsigned int i = 0; i < 20000; i++) {
		struct vcpu *vcpu = &vcpus[rand() % VCPUS];

		if (rand() % 8 == 0)
			meanwhile = &vcpus[(vcpu->id + 1) % VCPUS];
		if (rand() % 4 && !meanwhile)
			vcpu_evict(vcpu);
		else
			run((unsigned int)rand() % CPUS, vcpu);
		meanwhile = NULL;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(stays_where_it_ran),     TEST(gives_way_to_another),
		TEST(follows_its_task),       TEST(nothing_is_left_to_give),
		TEST(comes_home_to_a_reader), TEST(at_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
