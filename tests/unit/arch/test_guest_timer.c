/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest's timers: arch/aarch64/virt/timer.c on pretend registers. The
 * counter is the fake's, host timers are fired by the test.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../fake/fake.h"

#include "../../../arch/aarch64/virt/vcpu.h"

/* the registers that timer.c names */
static uint64_t reg_cntv_ctl_el0, reg_cntv_cval_el0, reg_cntvoff_el2;
static uint64_t reg_cntp_ctl_el0, reg_cntp_cval_el0, reg_cnthctl_el2;

#undef read_sysreg
#define read_sysreg(name) reg_##name
#undef write_sysreg
#define write_sysreg(value, name) ((void)(reg_##name = (value)))
#define isb() ((void)0)

/* of the real asm/cpu.h */
int aarch64_timer_node(void);

#include "../../../arch/aarch64/virt/timer.c"

static struct vm vm;
static struct arch_vm arch_vm;
static struct arch_vcpu arch;
static struct vcpu vcpu;
static struct vcpu *resident;
static unsigned int wakes, fired;
static bool line, enabled, active, pending;
static uint64_t freq_hz;

/*
 * What stands beside
 */
struct vcpu *vcpu_resident(void)
{
	return resident;
}

void vcpu_wake(struct vcpu *v)
{
	assert_ptr_equal(v, &vcpu);
	wakes++;
}

void vgic_vtimer_fired(struct vcpu *v, unsigned int irq)
{
	assert_ptr_equal(v, &vcpu);
	assert_int_equal(irq, vtimer_irq);
	fired++;
}

void vgic_ppi_set(struct vcpu *v, unsigned int intid, bool level)
{
	assert_ptr_equal(v, &vcpu);
	assert_int_equal(intid, ptimer_irq);
	line = level;
}

bool vgic_irq_enabled(struct vcpu *v __unused_arg, unsigned int intid)
{
	return enabled && intid == vtimer_irq;
}

bool vgic_irq_active(struct vcpu *v __unused_arg, unsigned int intid)
{
	return active && intid == vtimer_irq;
}

bool vgic_pending(struct vcpu *v __unused_arg)
{
	return pending;
}

int aarch64_timer_node(void)
{
	return -1;
}

irq_handler_t handler;

int irq_request(unsigned int irq, irq_handler_t fn, void *arg __unused_arg,
		const char *name __unused_arg,
		enum irq_trigger trigger __unused_arg)
{
	assert_int_equal(irq, 27);
	handler = fn;
	return 0;
}

void irq_enable_percpu(unsigned int irq)
{
	assert_int_equal(irq, 27);
}

/* Rounds down, as core/timer.c does. */
uint64_t time_from_ticks(uint64_t ticks)
{
	unsigned __int128 ns = (unsigned __int128)ticks * 1000000000 / freq_hz;

	return ns > UINT64_MAX ? UINT64_MAX : (uint64_t)ns;
}

void timer_init(struct timer *timer, void (*fn)(struct timer *timer), void *ctx)
{
	*timer = (struct timer){.fn = fn, .ctx = ctx};
}

void timer_set(struct timer *timer, uint64_t deadline_ns)
{
	timer->deadline_ns = deadline_ns;
	timer->cpu = 1;
}

void timer_cancel(struct timer *timer)
{
	timer->cpu = 0;
}

static void host_timer_run(struct timer *timer)
{
	if (timer->cpu && time_from_ticks(fake_counter) >= timer->deadline_ns) {
		timer->cpu = 0;
		timer->fn(timer);
	}
}

static void to(uint64_t counter)
{
	fake_counter = counter;
	host_timer_run(&arch.halt_timer);
	host_timer_run(&arch.ptimer);
}

static int setup(void **state)
{
	(void)state;
	reg_cntv_ctl_el0 = reg_cntv_cval_el0 = reg_cntvoff_el2 = 0;
	reg_cntp_ctl_el0 = reg_cntp_cval_el0 = reg_cnthctl_el2 = 0;
	vm = (struct vm){.arch = &arch_vm};
	arch_vm.cntvoff = 1000;
	memset(&arch, 0, sizeof(arch));
	vcpu = (struct vcpu){.vm = &vm, .arch = &arch};
	resident = &vcpu;
	wakes = fired = 0;
	line = active = pending = false;
	enabled = true;
	freq_hz = 1000000000;
	fake_counter = 5000;
	guest_timer_create(&vcpu);
	guest_timer_reset(&vcpu);
	return 0;
}

/*
 * The physical timer against the architecture's words: D13.8.14 ff
 */
static uint64_t ref_cval, ref_ctl;

static bool ref_due(void)
{
	return fake_counter >= ref_cval;
}

static void ptimer_check(void)
{
	uint64_t ctl = ptimer_read(&vcpu, PTIMER_CTL);

	assert_int_equal(ptimer_read(&vcpu, PTIMER_CVAL), ref_cval);
	assert_int_equal(ptimer_read(&vcpu, PTIMER_TVAL),
			 (uint32_t)(ref_cval - fake_counter));
	assert_int_equal(ctl & 3, ref_ctl);
	assert_int_equal(ctl & ~(uint64_t)7, 0);
	if (ref_ctl & 1)
		assert_int_equal(!!(ctl & 4), ref_due());
	assert_int_equal(line, ref_ctl == 1 && ref_due());
}

static void ptimer_step(uint64_t r)
{
	int32_t near = (int32_t)(r >> 8 & 0xfff) - 0x100;
	uint64_t value = r & 16 ? fake_counter + (int64_t)near : r >> 5;

	switch (r & 15) {
	case 0 ... 3:
		ptimer_write(&vcpu, PTIMER_CTL, r >> 4);
		ref_ctl = r >> 4 & 3;
		break;
	case 4 ... 6:
		if (r & 32)
			value = r & 64 ? UINT64_MAX : 0;
		ptimer_write(&vcpu, PTIMER_CVAL, value);
		ref_cval = value;
		break;
	case 7:
		ptimer_write(&vcpu, PTIMER_TVAL, value);
		ref_cval = fake_counter + (int64_t)(int32_t)value;
		break;
	case 8:
		ptimer_write(&vcpu, PTIMER_TVAL, (uint32_t)near);
		ref_cval = fake_counter + (int64_t)near;
		break;
	case 9 ... 12:
		to(fake_counter + (r >> 8 & 0x3ff));
		break;
	default:
		/* just after the moment; a tick or two are lost to rounding */
		if (fake_counter < ref_cval && ref_cval - fake_counter < 10000)
			to(ref_cval + 2);
		break;
	}
}

/* Up to two ticks after its moment nothing is said of the line. */
static bool ptimer_settled(void)
{
	return fake_counter < ref_cval || fake_counter - ref_cval >= 2;
}

static void test_ptimer_any_order(void **state)
{
	static const uint64_t freqs[] = {1000000000, 62500000, 24000000,
					 33333333};

	for (unsigned int f = 0; f < ARRAY_SIZE(freqs); f++) {
		setup(state);
		freq_hz = freqs[f];
		ref_cval = ref_ctl = 0;
		fake_seed(f + 1);
		for (unsigned int i = 0; i < 200000; i++) {
			ptimer_step(fake_random(UINT64_MAX));
			if (!ptimer_settled())
				to(ref_cval + 2);
			ptimer_check();
		}
	}
}

/* Its interrupt comes in time, never before, and wakes who waits. */
static void test_ptimer_fires(void **state)
{
	(void)state;
	freq_hz = 24000000; /* a tick is no whole number of ns */
	for (unsigned int i = 0; i < 1000; i++) {
		uint64_t cval = fake_counter + 1 + i;

		wakes = 0;
		ptimer_write(&vcpu, PTIMER_CVAL, cval);
		ptimer_write(&vcpu, PTIMER_CTL, 1);
		while (fake_counter < cval) {
			assert_false(line);
			assert_int_equal(ptimer_read(&vcpu, PTIMER_CTL), 1);
			to(fake_counter + 1);
		}
		assert_int_equal(ptimer_read(&vcpu, PTIMER_CTL), 5);
		to(fake_counter + 1);
		to(fake_counter + 1);
		assert_true(line);
		assert_int_equal(wakes, 1);
		ptimer_write(&vcpu, PTIMER_CTL, 3);
		assert_false(line);
		assert_int_equal(ptimer_read(&vcpu, PTIMER_CTL), 7);
		ptimer_write(&vcpu, PTIMER_CTL, 0);
	}
}

static void test_ptimer_never(void **state)
{
	(void)state;
	ptimer_write(&vcpu, PTIMER_CVAL, UINT64_MAX);
	ptimer_write(&vcpu, PTIMER_CTL, 1);
	assert_int_equal(arch.ptimer.cpu, 0);
	/* cleared by a reset, and by the end */
	ptimer_write(&vcpu, PTIMER_CVAL, fake_counter + 100);
	assert_int_equal(arch.ptimer.cpu, 1);
	guest_timer_reset(&vcpu);
	assert_int_equal(arch.ptimer.cpu, 0);
	assert_int_equal(ptimer_read(&vcpu, PTIMER_CTL), 0);
	ptimer_write(&vcpu, PTIMER_CVAL, fake_counter + 100);
	ptimer_write(&vcpu, PTIMER_CTL, 1);
	guest_timer_destroy(&vcpu);
	assert_int_equal(arch.ptimer.cpu, 0);
}

/*
 * The virtual timer moves with its vCPU
 */
static void test_vtimer_moves(void **state)
{
	(void)state;
	arch.timer =
		(struct arch_timer_state){.cntv_ctl = 1, .cntv_cval = 70000};
	guest_timer_load(&vcpu);
	assert_int_equal(reg_cntvoff_el2, 1000);
	assert_int_equal(reg_cntv_ctl_el0, 1);
	assert_int_equal(reg_cntv_cval_el0, 70000);
	assert_int_equal(reg_cnthctl_el2, 0); /* as guest_timer_enable() has */
	reg_cntv_ctl_el0 = 7;                 /* masked by the guest, and due */
	reg_cntv_cval_el0 = 3000;
	guest_timer_put(&vcpu);
	assert_int_equal(reg_cntv_ctl_el0, 0);
	assert_int_equal(arch.timer.cntv_ctl, 3);
	assert_int_equal(arch.timer.cntv_cval, 3000);
}

/* With the CPU's interrupts its own, the physical timer is the guest's too. */
static void test_both_timers_move(void **state)
{
	(void)state;
	arch.pt = (struct pt_vcpu *)&arch_vm; /* only asked whether it is */
	arch.timer = (struct arch_timer_state){.cntp_ctl = 1, .cntp_cval = 9};
	guest_timer_load(&vcpu);
	assert_int_equal(reg_cnthctl_el2, 3);
	assert_int_equal(reg_cntp_ctl_el0, 1);
	assert_int_equal(reg_cntp_cval_el0, 9);
	reg_cntp_ctl_el0 = 5;
	reg_cntp_cval_el0 = 12;
	guest_timer_put(&vcpu);
	assert_int_equal(reg_cnthctl_el2, 1);
	assert_int_equal(reg_cntp_ctl_el0, 0);
	assert_int_equal(arch.timer.cntp_ctl, 1);
	assert_int_equal(arch.timer.cntp_cval, 12);
}

/* Nobody's timer, and one whose guest is not in: D13.8.16 */
static void test_fires_in_host(void **state)
{
	(void)state;
	assert_int_equal(guest_timer_probe(), 0);
	guest_timer_enable();
	assert_int_equal(reg_cnthctl_el2, 1);
	reg_cntv_ctl_el0 = 1;
	assert_int_equal(handler(27, NULL), IRQ_FORWARDED);
	assert_int_equal(fired, 1);
	assert_int_equal(wakes, 1);
	assert_int_equal(reg_cntv_ctl_el0, 1);
	resident = NULL;
	assert_int_equal(handler(27, NULL), IRQ_HANDLED);
	assert_int_equal(fired, 1);
	assert_int_equal(reg_cntv_ctl_el0, 0);
}

/*
 * Halting: a guest in WFI comes back at its timer's moment
 */
static void halt(uint64_t ctl, uint64_t cval)
{
	reg_cntv_ctl_el0 = ctl;
	reg_cntv_cval_el0 = cval;
	guest_timer_wfi(&vcpu);
	arch_vcpu_halt_prepare(&vcpu);
}

static void test_halt_until_timer(void **state)
{
	(void)state;
	freq_hz = 33333333;
	for (unsigned int i = 0; i < 1000; i++) {
		uint64_t at = fake_counter + 7 + i;

		halt(1, at - 1000);
		wakes = 0;
		while (!wakes) {
			assert_true(fake_counter <= at + 1);
			assert_int_equal(arch_vcpu_wakeable(&vcpu),
					 fake_counter >= at);
			to(fake_counter + 1);
		}
		/* a tick early at most; then it does not sleep again */
		assert_true(fake_counter + 1 >= at);
		assert_true(arch_vcpu_wakeable(&vcpu));
		arch_vcpu_halt_finish(&vcpu);
	}
}

static void test_halt_for_ever(void **state)
{
	static const uint64_t ctls[] = {0, 2, 3, 5, 7};

	(void)state;
	/* off, masked, or its interrupt has been sent already */
	for (unsigned int i = 0; i < ARRAY_SIZE(ctls); i++) {
		halt(ctls[i], 0);
		assert_int_equal(arch.halt_timer.cpu, 0);
		assert_false(arch_vcpu_wakeable(&vcpu));
	}
	enabled = false;
	halt(1, 0);
	assert_false(arch_vcpu_wakeable(&vcpu));
	pending = true;
	assert_true(arch_vcpu_wakeable(&vcpu));
}

/* Its interrupt was taken back on the way out: the halt must not be slept. */
static void test_halt_loses_none(void **state)
{
	(void)state;
	halt(5, 0);
	assert_false(arch_vcpu_wakeable(&vcpu));
	guest_timer_put(&vcpu);
	assert_true(arch_vcpu_wakeable(&vcpu));
	/* taken and not ended; not due; disabled; masked */
	halt(5, 0);
	active = true;
	guest_timer_put(&vcpu);
	assert_false(arch_vcpu_wakeable(&vcpu));
	active = false;
	halt(5, fake_counter);
	guest_timer_put(&vcpu);
	assert_false(arch_vcpu_wakeable(&vcpu));
	halt(7, 0);
	guest_timer_put(&vcpu);
	assert_false(arch_vcpu_wakeable(&vcpu));
	enabled = false;
	halt(5, 0);
	guest_timer_put(&vcpu);
	assert_false(arch_vcpu_wakeable(&vcpu));
}

#define T(name) cmocka_unit_test_setup(test_##name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(ptimer_any_order), T(ptimer_fires),     T(ptimer_never),
		T(vtimer_moves),     T(both_timers_move), T(fires_in_host),
		T(halt_until_timer), T(halt_for_ever),    T(halt_loses_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
