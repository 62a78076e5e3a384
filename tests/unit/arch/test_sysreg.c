/* SPDX-License-Identifier: Apache-2.0 */
/* Every encoding of MSR, MRS and SYS, through the table of trapped ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../../arch/aarch64/virt/sysreg.h"
#include "../../../arch/aarch64/virt/vcpu.h"
#include "../../../arch/aarch64/virt/vgic.h"

static struct vcpu vcpu;
static uint64_t sgi_value;
static unsigned int sgi_count, sgi_group;
static uint64_t ptimer[3];

void vgic_sgi_write(struct vcpu *v, uint64_t value, unsigned int group)
{
	assert_ptr_equal(v, &vcpu);
	sgi_value = value;
	sgi_group = group;
	sgi_count++;
}

bool pt_icc(struct vcpu *v __unused_arg,
	    struct sysreg_access *access __unused_arg)
{
	return false;
}

/* those that trap together with ICC_DIR_EL1 */
bool vgic_icc(struct sysreg_access *access)
{
	switch (access->enc) {
	case SYSREG_ENC(3, 0, 4, 6, 0):
	case SYSREG_ENC(3, 0, 12, 12, 4):
		return true;
	default:
		return access->enc == SYSREG_ENC(3, 0, 12, 11, 3) &&
		       !access->write;
	}
}

void vgic_dir_write(struct vcpu *v __unused_arg, uint64_t value __unused_arg)
{
}

uint64_t ptimer_read(struct vcpu *v __unused_arg, enum ptimer_reg reg)
{
	return ptimer[reg];
}

void ptimer_write(struct vcpu *v __unused_arg, enum ptimer_reg reg,
		  uint64_t value)
{
	ptimer[reg] = value;
}

uint64_t idreg_read(unsigned int crm, unsigned int op2)
{
	assert_true(crm < 8 && op2 < 8);
	return 0x1000 + crm * 8 + op2;
}

static bool mrs(uint16_t enc, uint64_t *value)
{
	struct sysreg_access access = {.enc = enc};
	bool ok = sysreg_access(&vcpu, &access);

	*value = access.value;
	return ok;
}

static bool msr(uint16_t enc, uint64_t value)
{
	struct sysreg_access access = {
		.value = value, .enc = enc, .write = true};

	return sysreg_access(&vcpu, &access);
}

static void test_table(void **state)
{
	(void)state;
	assert_true(sysreg_table_ok());
}

/* What is defined at all; the rest must be undefined. */
static bool expected(uint16_t enc, bool write)
{
	unsigned int op0 = enc >> 14, op1 = enc >> 11 & 7, crn = enc >> 7 & 15;
	unsigned int crm = enc >> 3 & 15;

	if (op0 == 2 && op1 == 0 && crn == 0)
		return true; /* breakpoints, watchpoints, MDSCR */
	if (op0 == 3 && op1 == 0 && crn == 0 && crm >= 1 && crm <= 7)
		return !write; /* feature registers */
	switch (enc) {
	case SYSREG_ENC(2, 0, 1, 0, 4):
		return write;
	case SYSREG_ENC(2, 0, 1, 0, 0):
	case SYSREG_ENC(2, 0, 1, 1, 4):
	case SYSREG_ENC(2, 0, 7, 14, 6):
	case SYSREG_ENC(2, 3, 0, 1, 0):
	case SYSREG_ENC(3, 0, 0, 0, 6):
	case SYSREG_ENC(3, 0, 12, 11, 3):
	case SYSREG_ENC(3, 1, 0, 0, 7):
		return !write;
	case SYSREG_ENC(2, 0, 1, 3, 4):
	case SYSREG_ENC(2, 0, 1, 4, 4):
	case SYSREG_ENC(2, 0, 7, 8, 6):
	case SYSREG_ENC(2, 0, 7, 9, 6):
	case SYSREG_ENC(2, 3, 0, 4, 0):
	case SYSREG_ENC(2, 3, 0, 5, 0):
	case SYSREG_ENC(3, 0, 1, 0, 1):
	case SYSREG_ENC(3, 0, 4, 6, 0):
	case SYSREG_ENC(3, 0, 12, 12, 4):
	case SYSREG_ENC(3, 0, 12, 12, 5):
	case SYSREG_ENC(3, 3, 14, 2, 0):
	case SYSREG_ENC(3, 3, 14, 2, 1):
	case SYSREG_ENC(3, 3, 14, 2, 2):
		return true;
	case SYSREG_ENC(3, 0, 12, 11, 1):
	case SYSREG_ENC(3, 0, 12, 11, 5):
	case SYSREG_ENC(3, 0, 12, 11, 6):
	case SYSREG_ENC(3, 0, 12, 11, 7):
		return write;
	default:
		return false;
	}
}

static void test_all(void **state)
{
	uint64_t value;
	uint32_t enc;

	(void)state;
	for (enc = 0; enc < 0x10000; enc++) {
		assert_int_equal(mrs(enc, &value), expected(enc, false));
		assert_int_equal(msr(enc, ~(uint64_t)0), expected(enc, true));
	}
}

static void test_values(void **state)
{
	uint64_t value;

	(void)state;
	assert_true(mrs(SYSREG_ENC(2, 0, 1, 1, 4), &value));
	assert_int_equal(value, 8); /* OSLSR_EL1: there, unlocked */
	assert_true(mrs(SYSREG_ENC(3, 0, 0, 4, 1), &value));
	assert_int_equal(value, 0x1000 + 33);
	assert_true(msr(SYSREG_ENC(3, 3, 14, 2, 2), 77));
	assert_int_equal(ptimer[PTIMER_CVAL], 77);
	assert_true(mrs(SYSREG_ENC(3, 3, 14, 2, 2), &value));
	assert_int_equal(value, 77);
	sgi_count = 0;
	assert_true(msr(SYSREG_ENC(3, 0, 12, 11, 5), 0x1234));
	assert_int_equal(sgi_count, 1);
	assert_int_equal(sgi_value, 0x1234);
	assert_int_equal(sgi_group, 1);
	assert_true(msr(SYSREG_ENC(3, 0, 12, 11, 7), 1));
	assert_int_equal(sgi_group, 0);
}

static unsigned int field(unsigned int crm, unsigned int op2, uint64_t host,
			  unsigned int lsb)
{
	return idreg_show(crm, op2, host) >> lsb & 0xf;
}

/* A machine with every feature there is, and more. */
static void test_hidden(void **state)
{
	const uint64_t all = 0x7777777777777777;

	(void)state;
	assert_int_equal(field(4, 0, all, 4), 1);   /* EL1: AArch64 */
	assert_int_equal(field(4, 0, all, 8), 0);   /* EL2 */
	assert_int_equal(field(4, 0, all, 12), 0);  /* EL3 */
	assert_int_equal(field(4, 0, all, 24), 1);  /* GIC: not v4.1 */
	assert_int_equal(field(4, 0, all, 28), 0);  /* RAS */
	assert_int_equal(field(4, 0, all, 32), 0);  /* SVE */
	assert_int_equal(field(4, 0, all, 40), 0);  /* MPAM */
	assert_int_equal(field(4, 0, all, 44), 0);  /* AMU */
	assert_int_equal(field(4, 0, all, 52), 0);  /* RME */
	assert_int_equal(field(4, 0, all, 56), 1);  /* CSV2 */
	assert_int_equal(field(4, 1, all, 8), 0);   /* MTE */
	assert_int_equal(field(4, 1, all, 24), 0);  /* SME */
	assert_int_equal(idreg_show(4, 4, all), 0); /* SVE's */
	assert_int_equal(idreg_show(4, 5, all), 0); /* SME's */
	assert_int_equal(field(5, 0, all, 8), 0);   /* PMU */
	assert_int_equal(field(5, 0, all, 32), 0);  /* SPE */
	assert_int_equal(idreg_show(5, 1, all), 0);
	assert_int_equal(field(6, 0, all, 20), 7); /* Atomic: as it is */
	assert_int_equal(field(6, 1, all, 60), 0); /* LS64 */
	assert_int_equal(field(6, 2, all, 16), 0); /* MOPS */
	assert_int_equal(field(7, 0, all, 56), 0); /* FGT */
	assert_int_equal(field(7, 1, all, 8), 0);  /* VHE */
	assert_int_equal(field(7, 1, all, 16), 0); /* LOR */
	assert_int_equal(field(7, 2, all, 24), 0); /* NV */
	assert_int_equal(idreg_show(7, 3, all), 0);
	assert_int_equal(idreg_show(7, 7, all), 0);
}

/* FP and AdvSIMD say "none" by 0xf: it must not be read as a feature. */
static void test_none(void **state)
{
	(void)state;
	assert_int_equal(field(4, 0, 0xff0000, 16), 0xf);
	assert_int_equal(field(4, 0, 0xff0000, 20), 0xf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),  cmocka_unit_test(test_all),
		cmocka_unit_test(test_values), cmocka_unit_test(test_hidden),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
