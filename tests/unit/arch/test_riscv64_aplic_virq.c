/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest's APLIC with sources that a host's interrupts are: a level is up from
 * the host's interrupt until the guest has handled it, whichever way it says
 * so, and the host's is completed then and not before.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "../../fake/fake.h"

#include "../../../arch/riscv64/virt/aplic_virq.h"
#include "../../../arch/riscv64/virt/vcpu.h"

#include <core/irq.h>

#define SOURCES 95
#define VCPUS 3
#define DEV 10  /* the host's number, and the guest's */
#define DEV2 33 /* of another word */
#define OWN 11  /* an emulated device's */
#define ID(vcpu, id) ((vcpu) << 18 | (id))

#define SOURCECFG(s) (4ull * (s))
#define DOMAINCFG 0ull
#define SETIP(word) (0x1c00ull + 4 * (word))
#define SETIPNUM 0x1cdcull
#define SETIENUM 0x1edcull
#define SETIPNUM_LE 0x2000ull
#define SETIPNUM_BE 0x2004ull
#define TARGET(s) (0x3000ull + 4 * (s))
#define IDELIVERY(v) (0x4000ull + 32 * (v))
#define CLAIMI(v) (0x4000ull + 32 * (v) + 0x1c)
enum mode { INACTIVE = 0, RISE = 4, FALL, HIGH, LOW };

static struct vm vm;
static struct arch_vm arch_vm;
static struct vcpu vcpus[VCPUS];
static struct arch_vcpu arch_vcpus[VCPUS];
static char tasks[VCPUS]; /* tasks are told apart, no more */
struct cpu cpus[CPU_MAX];

static irq_handler_t handlers[IRQ_MAX];
static void *args[IRQ_MAX];
static unsigned int completions[IRQ_MAX], routes[IRQ_MAX];
static unsigned int posts[VCPUS], last_id;
static uint64_t told;

/*
 * The host
 */

void *heap_alloc(size_t size)
{
	return calloc(1, size);
}

void *heap_alloc_array(size_t count, size_t size)
{
	return calloc(count, size);
}

void heap_free(void *ptr)
{
	free(ptr);
}

static bool chip_is_shared(unsigned int irq)
{
	return irq && irq <= SOURCES;
}

static void chip_deactivate(unsigned int irq)
{
	completions[irq]++;
}

const struct irqchip *irq_chip(void)
{
	static const struct irqchip chip = {.deactivate = chip_deactivate,
					    .is_shared = chip_is_shared};

	return &chip;
}

bool irq_is_free(unsigned int irq)
{
	return !handlers[irq];
}

int irq_request(unsigned int irq, irq_handler_t handler, void *arg,
		const char *name __unused_arg,
		enum irq_trigger trigger __unused_arg)
{
	handlers[irq] = handler;
	args[irq] = arg;
	return 0;
}

void irq_free(unsigned int irq)
{
	handlers[irq] = NULL;
}

void irq_forget(unsigned int irq)
{
	assert_null(handlers[irq]);
}

void irq_set_cpu(unsigned int irq, unsigned int cpu)
{
	routes[irq] = cpu;
}

unsigned int task_cpu(const struct task *task)
{
	return 1 + (unsigned int)((const char *)task - tasks);
}

void imsic_post(struct vm *v, unsigned int vcpu, uint32_t id)
{
	assert_ptr_equal(v, &vm);
	posts[vcpu]++;
	last_id = id;
}

void virq_tell(struct vm *v, uint64_t whom)
{
	assert_ptr_equal(v, &vm);
	told |= whom;
}

static void raise(struct vm *v, unsigned int virq, bool edge __unused_arg)
{
	aplic_virq_raise(v, virq);
}

static void host_irq(unsigned int irq)
{
	assert_non_null(handlers[irq]);
	assert_int_equal(handlers[irq](irq, args[irq]), IRQ_FORWARDED);
}

/*
 * The guest
 */

static void put(unsigned int vcpu, uint64_t off, uint32_t value)
{
	arch_vcpus[vcpu].access =
		(struct insn_access){.write = true, .width = 4};
	aplic_virq_access(&vcpus[vcpu], off, value);
}

static uint32_t get(unsigned int vcpu, uint64_t off)
{
	arch_vcpus[vcpu].access = (struct insn_access){.width = 4};
	return (uint32_t)aplic_virq_access(&vcpus[vcpu], off, 0);
}

static void use(unsigned int source, enum mode mode, uint32_t target)
{
	put(0, SOURCECFG(source), mode);
	put(0, TARGET(source), target);
	put(0, SETIENUM, source);
}

static int make(bool msi)
{
	memset(handlers, 0, sizeof(handlers));
	memset(completions, 0, sizeof(completions));
	memset(routes, 0, sizeof(routes));
	memset(posts, 0, sizeof(posts));
	told = last_id = 0;
	arch_set_this_cpu(&cpus[0]);
	memset(&arch_vm, 0, sizeof(arch_vm));
	arch_vm.chips.kind = msi ? IRQCHIP_AIA : IRQCHIP_APLIC;
	vm = (struct vm){.arch = &arch_vm, .vcpu_count = VCPUS};
	for (unsigned int i = 0; i < VCPUS; i++) {
		cpus[i].id = i;
		vcpus[i] = (struct vcpu){.vm = &vm,
					 .id = i,
					 .arch = &arch_vcpus[i],
					 .task = (struct task *)&tasks[i]};
		vm.vcpus[i] = &vcpus[i];
	}
	assert_int_equal(vaplic_init(&arch_vm.aplic, SOURCES, VCPUS, msi), 0);
	forward_init(&arch_vm.forward, &vm, raise, SOURCES + 1);
	assert_int_equal(aplic_virq_forward(&vm, DEV, DEV), 0);
	assert_int_equal(aplic_virq_forward(&vm, DEV2, DEV2), 0);
	put(0, DOMAINCFG, 0x100);
	for (unsigned int i = 0; !msi && i < VCPUS; i++)
		put(0, IDELIVERY(i), 1);
	return 0;
}

static int direct(void **state)
{
	(void)state;
	return make(false);
}

static int messages(void **state)
{
	(void)state;
	return make(true);
}

static int teardown(void **state)
{
	(void)state;
	aplic_virq_disconnect(&vm);
	assert_false(forward_has(&arch_vm.forward, DEV));
	for (unsigned int w = 0; w < VAPLIC_WORDS; w++) {
		assert_int_equal(arch_vm.aplic.line[w], 0);
		assert_int_equal(arch_vm.aplic.sensed[w], 0);
		for (unsigned int i = 0; i < VCPUS; i++)
			assert_int_equal(arch_vm.serving[i][w], 0);
	}
	return 0;
}

static void refused(void **state)
{
	(void)state;
	assert_int_equal(aplic_virq_forward(&vm, 5, 0), -EINVAL);
	assert_int_equal(aplic_virq_forward(&vm, 5, SOURCES + 1), -EINVAL);
	assert_int_equal(aplic_virq_forward(&vm, 0, 5), -EINVAL);
	assert_int_equal(arch_vm.aplic.sensed[0], 1u << DEV);
	/* a second one for the same source does the first no harm */
	assert_int_equal(aplic_virq_forward(&vm, 5, DEV), -EBUSY);
	assert_int_equal(arch_vm.aplic.sensed[0], 1u << DEV);
}

static void level_direct(void **state)
{
	(void)state;
	for (enum mode mode = HIGH; mode <= LOW; mode++) {
		completions[DEV] = 0;
		use(DEV, mode, ID(1u, 1u));
		assert_false(vaplic_eip(&arch_vm.aplic, 1));
		told = 0;
		host_irq(DEV);
		assert_int_equal(told, 2);
		assert_int_equal(get(1, CLAIMI(1)), DEV << 16 | 1);
		/* it is being served: up, and open at the host */
		assert_true(vaplic_eip(&arch_vm.aplic, 1));
		assert_int_equal(completions[DEV], 0);
		/* others' claims end nothing of it */
		assert_int_equal(get(0, CLAIMI(0)), 0);
		assert_int_equal(get(2, CLAIMI(2)), 0);
		assert_int_equal(completions[DEV], 0);
		assert_int_equal(get(1, CLAIMI(1)), 0);
		assert_int_equal(completions[DEV], 1);
		assert_false(vaplic_eip(&arch_vm.aplic, 1));
		/* once */
		assert_int_equal(get(1, CLAIMI(1)), 0);
		assert_int_equal(completions[DEV], 1);
	}
}

/* The same device again, and another behind it. */
static void next_direct(void **state)
{
	(void)state;
	use(DEV, HIGH, ID(0u, 2u));
	use(DEV2, HIGH, ID(0u, 3u));
	host_irq(DEV);
	host_irq(DEV2);
	assert_int_equal(get(0, CLAIMI(0)) >> 16, DEV);
	assert_int_equal(get(0, CLAIMI(0)) >> 16, DEV2);
	assert_int_equal(completions[DEV], 1);
	assert_int_equal(completions[DEV2], 0);
	host_irq(DEV);
	assert_int_equal(get(0, CLAIMI(0)) >> 16, DEV);
	assert_int_equal(completions[DEV2], 1);
	assert_int_equal(get(0, CLAIMI(0)), 0);
	assert_int_equal(completions[DEV], 2);
}

static void edge_direct(void **state)
{
	(void)state;
	for (enum mode mode = RISE; mode <= FALL; mode++) {
		completions[DEV] = 0;
		use(DEV, mode, ID(1u, 1u));
		for (unsigned int i = 1; i <= 3; i++) {
			assert_false(vaplic_eip(&arch_vm.aplic, 1));
			host_irq(DEV);
			assert_true(vaplic_eip(&arch_vm.aplic, 1));
			assert_int_equal(get(1, CLAIMI(1)) >> 16, DEV);
			/* what comes from here on is another one */
			assert_int_equal(completions[DEV], i);
		}
		host_irq(DEV);
		assert_int_equal(get(1, CLAIMI(1)) >> 16, DEV);
		host_irq(DEV);
		assert_int_equal(get(1, CLAIMI(1)) >> 16, DEV);
		assert_int_equal(get(1, CLAIMI(1)), 0);
	}
}

static void level_by_messages(void **state)
{
	static const uint64_t asks[] = {SETIPNUM, SETIPNUM_LE, SETIPNUM_BE,
					SETIP(0)};
	static const uint32_t with[] = {DEV, DEV, (uint32_t)DEV << 24,
					1u << DEV};

	(void)state;
	for (unsigned int i = 0; i < 2 * ARRAY_SIZE(asks); i++) {
		use(DEV, i % 2 ? LOW : HIGH, ID(2u, 44u));
		memset(posts, 0, sizeof(posts));
		completions[DEV] = 0;
		host_irq(DEV);
		assert_int_equal(posts[2], 1);
		assert_int_equal(last_id, 44);
		assert_int_equal(completions[DEV], 0);
		/* it asks whether it is still up: the host will say */
		put(2, asks[i / 2], with[i / 2]);
		assert_int_equal(posts[2], 1);
		assert_int_equal(completions[DEV], 1);
		put(2, asks[i / 2], with[i / 2]);
		assert_int_equal(posts[2], 1);
		assert_int_equal(completions[DEV], 1);
		host_irq(DEV);
		assert_int_equal(posts[2], 2);
		put(2, asks[i / 2], with[i / 2]);
	}
}

/* One word asks of a host's level, an edge of a host's, and the guest's own. */
static void a_word_of_them(void **state)
{
	(void)state;
	assert_int_equal(aplic_virq_forward(&vm, DEV + 2, DEV + 2), 0);
	use(DEV, HIGH, ID(0u, 1u));
	use(OWN, HIGH, ID(1u, 2u));
	use(DEV + 2, RISE, ID(2u, 3u));
	host_irq(DEV);
	aplic_virq_line(&vm, OWN, true);
	host_irq(DEV + 2);
	assert_int_equal(posts[0], 1);
	assert_int_equal(posts[1], 1);
	assert_int_equal(posts[2], 1);
	put(0, SETIP(0), 7u << DEV);
	assert_int_equal(posts[0], 1);
	assert_int_equal(completions[DEV], 1);
	/* its own is up still, and an edge is made by hand */
	assert_int_equal(posts[1], 2);
	assert_int_equal(posts[2], 2);
	assert_int_equal(completions[DEV + 2], 0);
	aplic_virq_line(&vm, OWN, false);
}

static void edge_by_messages(void **state)
{
	(void)state;
	for (enum mode mode = RISE; mode <= FALL; mode++) {
		use(DEV, mode, ID(1u, 9u));
		posts[1] = 0;
		for (unsigned int i = 1; i <= 3; i++) {
			host_irq(DEV);
			assert_int_equal(posts[1], i);
		}
	}
}

/* The device was up before the guest looked: it is up still when it does. */
static void came_before(void **state)
{
	bool msi = arch_vm.chips.kind == IRQCHIP_AIA;

	(void)state;
	host_irq(DEV);
	assert_int_equal(posts[1], 0);
	use(DEV, HIGH, ID(1u, 9u));
	assert_int_equal(msi ? posts[1] : vaplic_eip(&arch_vm.aplic, 1), 1);
	if (msi) {
		put(1, SETIPNUM, DEV);
	} else {
		assert_int_equal(get(1, CLAIMI(1)) >> 16, DEV);
		assert_int_equal(get(1, CLAIMI(1)), 0);
	}
	assert_int_equal(completions[DEV], 1);
	/* as edges, the first after that counts */
	host_irq(DEV2);
	use(DEV2, RISE, ID(2u, 9u));
	assert_int_equal(msi ? posts[2] : vaplic_eip(&arch_vm.aplic, 2), 0);
	host_irq(DEV2);
	assert_int_equal(msi ? posts[2] : vaplic_eip(&arch_vm.aplic, 2), 1);
}

static void follows_its_target(void **state)
{
	(void)state;
	use(DEV, HIGH, ID(2u, 9u));
	assert_int_equal(routes[DEV], 3);
	put(0, TARGET(DEV), ID(1u, 9u));
	assert_int_equal(routes[DEV], 2);
	/* of one that has no task, and of none, nothing is known */
	vcpus[0].task = NULL;
	put(0, TARGET(DEV), ID(0u, 9u));
	put(0, TARGET(DEV), ID((uint32_t)VCPUS, 9u));
	assert_int_equal(routes[DEV], 2);
	/* others have no interrupt of the host's */
	use(OWN, HIGH, ID(2u, 9u));
	assert_int_equal(routes[OWN], 0);
	/* its vCPU ends it elsewhere: there it comes next */
	put(0, TARGET(DEV), ID(1u, 9u));
	host_irq(DEV);
	arch_set_this_cpu(&cpus[0]);
	put(1, SETIPNUM, DEV);
	assert_int_equal(routes[DEV], 0);
}

/* An emulated device's line has the sense that the guest says it has. */
static void own_low(void **state)
{
	(void)state;
	use(OWN, LOW, ID(1u, 1u));
	assert_true(vaplic_eip(&arch_vm.aplic, 1));
	aplic_virq_line(&vm, OWN, true);
	assert_false(vaplic_eip(&arch_vm.aplic, 1));
	aplic_virq_line(&vm, OWN, false);
}

static void left_open(void **state)
{
	(void)state;
	use(DEV, HIGH, ID(0u, 1u));
	use(DEV2, HIGH, ID(0u, 1u));
	host_irq(DEV);
	host_irq(DEV2);
	assert_int_equal(get(0, CLAIMI(0)) >> 16, DEV);
	aplic_virq_disconnect(&vm);
	assert_int_equal(completions[DEV], 1);
	assert_int_equal(completions[DEV2], 1);
	assert_false(vaplic_eip(&arch_vm.aplic, 0));
	/* nothing of it comes back with the next claim */
	assert_int_equal(get(0, CLAIMI(0)), 0);
	assert_int_equal(completions[DEV], 1);
}

#define D(fn) cmocka_unit_test_setup_teardown(fn, direct, teardown)
#define M(fn) cmocka_unit_test_setup_teardown(fn, messages, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		D(refused),           D(level_direct),
		D(next_direct),       D(edge_direct),
		M(level_by_messages), M(a_word_of_them),
		M(edge_by_messages),  D(came_before),
		M(came_before),       M(follows_its_target),
		D(own_low),           D(left_open),
	};

	return cmocka_run_group_tests_name("aplic virq", tests, NULL, NULL);
}
