/* SPDX-License-Identifier: Apache-2.0 */
/* The harts' own interrupts: two pretend harts, and a controller behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* its driver is static, as every driver is */
#include "../../../drivers/irqchip/riscv_intc.c"

#define SOURCES 95

struct cpu cpus[CPU_MAX] = {{.id = 0, .hwid = 7}, {.id = 1, .hwid = 3}};

static struct {
	uint64_t pending, enabled;
} harts[2];
static const struct irqchip *registered;
static unsigned int registrations;
static unsigned int claim; /* what the controller has */
static unsigned int last;  /* number that it was last called with */

static unsigned int here(void)
{
	return arch_this_cpu()->id;
}

uint64_t arch_hart_irqs(void)
{
	return harts[here()].pending & harts[here()].enabled;
}

void arch_hart_irq_enable(enum hart_irq irq)
{
	harts[here()].enabled |= BIT(irq);
}

void arch_hart_irq_disable(enum hart_irq irq)
{
	harts[here()].enabled &= ~BIT(irq);
}

void arch_hart_soft_send(uint64_t hwid)
{
	harts[hwid == 3].pending |= BIT(HART_IRQ_SOFT);
}

void arch_hart_soft_clear(void)
{
	harts[here()].pending &= ~BIT(HART_IRQ_SOFT);
}

void irq_chip_register(const struct irqchip *chip)
{
	registered = chip;
	registrations++;
}

const struct irqchip *irq_chip(void)
{
	return registered;
}

static void nothing(void)
{
}

static unsigned int claimed(void)
{
	return claim;
}

static void called(unsigned int irq)
{
	last = irq;
}

static bool shared(unsigned int irq)
{
	return irq > 0;
}

static const struct irqchip external = {
	.name = "pretend",
	.irq_count = SOURCES + 1,
	.cpu_init = nothing,
	.ack = claimed,
	.eoi = called,
	.deactivate = called,
	.enable = called,
	.disable = called,
	.is_shared = shared,
};

static int setup(void **state)
{
	(void)state;
	arch_set_this_cpu(&cpus[0]);
	/* each hart has a node, the chip is registered once */
	for (int node = 0; node < 2; node++)
		if (__driver_intc_driver->probe(NULL, node))
			return -1;
	riscv_intc_set_external(&external);
	return registrations == 1 ? 0 : -1;
}

static const struct irqchip *chip(void)
{
	return registered;
}

static void test_ipis(void **state)
{
	(void)state;
	chip()->cpu_init();
	arch_set_this_cpu(&cpus[1]);
	chip()->cpu_init();
	arch_set_this_cpu(&cpus[0]);
	chip()->send_ipi(1, IPI_STOP);
	chip()->send_ipi(1, IPI_KICK);
	chip()->send_ipi(1, IPI_KICK);
	/* not ours */
	assert_true(chip()->ack() >= chip()->irq_count);
	arch_set_this_cpu(&cpus[1]);
	assert_int_equal(chip()->ipi_of(chip()->ack()), IPI_KICK);
	/* one more while the others are taken */
	chip()->send_ipi(1, IPI_CALL);
	assert_int_equal(chip()->ipi_of(chip()->ack()), IPI_CALL);
	assert_int_equal(chip()->ipi_of(chip()->ack()), IPI_STOP);
	assert_true(chip()->ack() >= chip()->irq_count);
	assert_int_equal(harts[1].pending, 0);
	for (unsigned int irq = 0; irq < IRQ_MAX; irq++)
		assert_int_equal(chip()->ipi_of(irq) >= 0,
				 irq - HART_IRQ_NUMBER_IPI < IPI_COUNT);
	arch_set_this_cpu(&cpus[0]);
}

static void test_timer(void **state)
{
	(void)state;
	harts[0].pending = BIT(HART_IRQ_TIMER);
	assert_true(chip()->ack() >= chip()->irq_count);
	chip()->enable(HART_IRQ_NUMBER_TIMER);
	assert_int_equal(chip()->ack(), HART_IRQ_NUMBER_TIMER);
	/* a level: it stays until it is set anew */
	chip()->eoi(HART_IRQ_NUMBER_TIMER);
	chip()->deactivate(HART_IRQ_NUMBER_TIMER);
	assert_int_equal(chip()->ack(), HART_IRQ_NUMBER_TIMER);
	chip()->disable(HART_IRQ_NUMBER_TIMER);
	assert_true(chip()->ack() >= chip()->irq_count);
	assert_false(chip()->is_shared(HART_IRQ_NUMBER_TIMER));
	harts[0].pending = 0;
}

static void test_external(void **state)
{
	(void)state;
	harts[0].pending = BIT(HART_IRQ_EXTERNAL);
	claim = 10;
	assert_int_equal(chip()->ack(), 10);
	chip()->eoi(10);
	assert_int_equal(last, 10);
	chip()->deactivate(11);
	assert_int_equal(last, 11);
	chip()->enable(SOURCES);
	assert_int_equal(last, SOURCES);
	/* neither its numbers nor the harts' */
	chip()->enable(SOURCES + 1);
	chip()->disable(HART_IRQ_NUMBER_TIMER);
	chip()->eoi(HART_IRQ_NUMBER_IPI);
	assert_int_equal(last, SOURCES);
	assert_true(chip()->is_shared(10));
	assert_false(chip()->is_shared(SOURCES + 1));
	/* another hart was faster; what it cannot have */
	claim = 0;
	assert_true(chip()->ack() >= chip()->irq_count);
	claim = SOURCES + 1;
	assert_true(chip()->ack() >= chip()->irq_count);
	harts[0].pending = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ipis),
		cmocka_unit_test(test_timer),
		cmocka_unit_test(test_external),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
