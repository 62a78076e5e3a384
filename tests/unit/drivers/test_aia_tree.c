/* SPDX-License-Identifier: Apache-2.0 */
/* What trees say of APLICs and IMSICs: QEMU's, others, and bad ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <libfdt.h>

#include <core/cpu.h>

#include "../../../drivers/irqchip/aplic_regs.h"
#include "../../../drivers/irqchip/imsic_regs.h"

#define M 11
#define S 9
#define NEVER UINT32_MAX
/* phandles: 1 and on are the harts' */
#define PH_APLIC 20
#define PH_APLIC_M 21
#define PH_IMSIC 22
#define APLIC_BYTES 0x8000

static struct cpu host_cpus[4];
static struct aplic aplic;
static struct imsic imsic;
static uint8_t tree[16384];
static uint64_t written[2048];

struct cpu *cpu_find_hwid(uint64_t hwid)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(host_cpus); i++)
		if (host_cpus[i].hwid == hwid)
			return &host_cpus[i];
	return NULL;
}

/* aplic_regs.c's are not called here, and the file's is a record */
void arch_imsic_write(unsigned int reg, uint64_t value)
{
	written[reg] = value;
}

static int setup(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(host_cpus); i++)
		host_cpus[i] = (struct cpu){.id = i, .hwid = 10 + i};
	memset(&aplic, 0, sizeof(aplic));
	memset(&imsic, 0, sizeof(imsic));
	return 0;
}

static void cells(const char *name, const uint32_t *values, size_t count)
{
	fdt32_t out[64];

	for (size_t i = 0; i < count; i++)
		out[i] = cpu_to_fdt32(values[i]);
	fdt_property(tree, name, out, (int)(4 * count));
}
#define CELLS(name, ...)                                                       \
	cells(name, (const uint32_t[]){__VA_ARGS__},                           \
	      sizeof((uint32_t[]){__VA_ARGS__}) / 4)

static void begin(void)
{
	char name[16];

	fdt_create(tree, sizeof(tree));
	fdt_finish_reservemap(tree);
	fdt_begin_node(tree, "");
	fdt_property_u32(tree, "#address-cells", 2);
	fdt_property_u32(tree, "#size-cells", 2);
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
}

static void node(const char *name, const char *compatible, uint32_t phandle)
{
	fdt_begin_node(tree, name);
	fdt_property_string(tree, "compatible", compatible);
	fdt_property_u32(tree, "phandle", phandle);
}

static void end(void)
{
	fdt_end_node(tree);
}

static int finish(const char *path)
{
	fdt_end_node(tree);
	assert_int_equal(fdt_finish(tree), 0);
	return fdt_path_offset(tree, path);
}

/*
 * APLIC
 */

static void aplic_begin(uint32_t sources)
{
	begin();
	node("aplic", "riscv,aplic", PH_APLIC);
	fdt_property_u32(tree, "riscv,num-sources", sources);
}

static int aplic_finish(void)
{
	return aplic_tree_read(tree, finish("/aplic"), APLIC_BYTES, 1007,
			       &aplic);
}

static void levels(void **state)
{
	int msi;

	(void)state;
	aplic_begin(8);
	CELLS("interrupts-extended", 1, M, 2, M);
	end();
	assert_int_equal(aplic_tree_level(tree, finish("/aplic"), &msi),
			 -ENODEV);

	/* the first hart has no S */
	aplic_begin(8);
	CELLS("interrupts-extended", 1, NEVER, 2, S);
	end();
	assert_int_equal(aplic_tree_level(tree, finish("/aplic"), &msi), 0);
	assert_true(msi < 0);

	for (uint32_t cause = S; cause <= M; cause += M - S) {
		aplic_begin(8);
		fdt_property_u32(tree, "msi-parent", PH_IMSIC);
		end();
		node("imsic", "riscv,imsics", PH_IMSIC);
		CELLS("interrupts-extended", 1, cause, 2, cause);
		end();
		assert_int_equal(aplic_tree_level(tree, finish("/aplic"), &msi),
				 cause == S ? 0 : -ENODEV);
		assert_int_equal(msi, fdt_path_offset(tree, "/imsic"));
	}

	aplic_begin(8);
	end();
	assert_int_equal(aplic_tree_level(tree, finish("/aplic"), &msi),
			 -EINVAL);
	aplic_begin(8);
	fdt_property_u32(tree, "msi-parent", 77);
	end();
	assert_int_equal(aplic_tree_level(tree, finish("/aplic"), &msi),
			 -EINVAL);
	aplic_begin(8);
	CELLS("interrupts-extended", 1, S, 2);
	end();
	assert_int_equal(aplic_tree_level(tree, finish("/aplic"), &msi),
			 -EINVAL);
}

static void harts(void **state)
{
	(void)state;
	aplic_begin(96);
	/* one that is not ours, one that has no S */
	CELLS("interrupts-extended", 3, S, 5, S, 1, S, 2, NEVER);
	end();
	assert_int_equal(aplic_finish(), 0);
	assert_int_equal(aplic.source_count, 96);
	assert_int_equal(aplic.hart[0], 2);
	assert_int_equal(aplic.hart[1], APLIC_NO_HART);
	assert_int_equal(aplic.hart[2], 0);

	aplic_begin(2000);
	CELLS("interrupts-extended", 1, S);
	end();
	assert_int_equal(aplic_finish(), -EINVAL);

	aplic_begin(1023);
	CELLS("interrupts-extended", 1, S, 2, S, 3, S);
	/* the second lies beyond 0x8000 */
	CELLS("riscv,hart-indexes", 511, 512, 5);
	end();
	assert_int_equal(aplic_finish(), 0);
	assert_int_equal(aplic.source_count, 1007);
	assert_int_equal(aplic.hart[0], 511);
	assert_int_equal(aplic.hart[1], APLIC_NO_HART);
	assert_int_equal(aplic.hart[2], 5);

	aplic_begin(8);
	CELLS("interrupts-extended", 1, S, 2, S);
	CELLS("riscv,hart-indexes", 1);
	end();
	assert_int_equal(aplic_finish(), -EINVAL);
	aplic_begin(0);
	CELLS("interrupts-extended", 1, S);
	end();
	assert_int_equal(aplic_finish(), -EINVAL);
	aplic_begin(8);
	CELLS("interrupts-extended", 1, S);
	end();
	assert_int_equal(
		aplic_tree_read(tree, finish("/aplic"), 0x3000, 1007, &aplic),
		-EINVAL);
}

static int delegation(const char *name, const uint32_t *value, size_t count)
{
	aplic_begin(40);
	CELLS("interrupts-extended", 1, S);
	end();
	node("aplic-m", "riscv,aplic", PH_APLIC_M);
	CELLS("riscv,children", 19, PH_APLIC);
	if (name)
		cells(name, value, count);
	end();
	return aplic_finish();
}

static void delegations(void **state)
{
	static const uint32_t good[] = {PH_APLIC, 3,        5,  19, 7,
					9,        PH_APLIC, 39, 90};
	static const uint32_t bad[] = {PH_APLIC, 9, 3};
	static const uint32_t others[] = {19, 1, 40};

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(
			delegation(i ? "riscv,delegate" : "riscv,delegation",
				   good, ARRAY_SIZE(good)),
			0);
		for (unsigned int s = 0; s < 50; s++)
			assert_int_equal(aplic_has(&aplic, s),
					 (s >= 3 && s <= 5) || s == 39 ||
						 s == 40);
	}
	assert_int_equal(delegation(NULL, NULL, 0), 0);
	assert_true(aplic_has(&aplic, 1) && aplic_has(&aplic, 40));
	assert_int_equal(delegation("riscv,delegation", others, 3), 0);
	assert_false(aplic_has(&aplic, 1) || aplic_has(&aplic, 40));
	assert_int_equal(delegation("riscv,delegation", bad, 3), -EINVAL);
	assert_int_equal(delegation("riscv,delegation", bad, 2), -EINVAL);
}

/*
 * Several domains
 */

#define PH_SECOND 23
#define PH_IMSIC2 24

static void domain(const char *name, uint32_t phandle, uint32_t hart,
		   uint32_t cause)
{
	node(name, "riscv,aplic", phandle);
	fdt_property_u32(tree, "riscv,num-sources", 8);
	fdt_property_u32(tree, "#interrupt-cells", 2);
	if (hart)
		CELLS("interrupts-extended", hart, cause);
}

static void device(const char *name, uint32_t parent, unsigned int irqs)
{
	const uint32_t list[] = {1, 4, 2, 4, 3, 4};

	node(name, "a,device", 0x100 + parent);
	fdt_property_u32(tree, "interrupt-parent", parent);
	cells("interrupts", list, 2 * (size_t)irqs);
	end();
}

/* Of sockets that have a domain each, as QEMU's with two of them. */
static void sockets(void **state)
{
	(void)state;
	for (unsigned int more = 0; more < 2; more++) {
		begin();
		domain("m", PH_APLIC_M, 1, M);
		CELLS("riscv,children", PH_APLIC);
		end();
		domain("first", PH_APLIC, 1, S);
		end();
		domain("second", PH_SECOND, 2, S);
		end();
		device("a", PH_APLIC, 1);
		device("b", PH_SECOND, more ? 3 : 1);
		(void)finish("/");
		/* the boot CPU's, though more devices are at the other */
		assert_int_equal(aplic_tree_choose(tree, 0),
				 fdt_path_offset(tree, "/first"));
		assert_int_equal(aplic_tree_choose(tree, 1),
				 fdt_path_offset(tree, "/second"));
		/* of a CPU that neither has */
		assert_int_equal(
			aplic_tree_choose(tree, 2),
			fdt_path_offset(tree, more ? "/second" : "/first"));
		assert_int_equal(
			aplic_tree_devices(tree,
					   fdt_path_offset(tree, "/second")),
			more ? 3 : 1);
	}
}

/* Two that both interrupt all: the devices tell which is meant. */
static void two_of_one_level(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		begin();
		domain("first", PH_APLIC, 1, S);
		end();
		domain("second", PH_SECOND, 1, S);
		/* told off by firmware */
		if (i == 2)
			fdt_property_string(tree, "status", "disabled");
		end();
		device("a", PH_APLIC, 1);
		device("b", PH_SECOND, i ? 2 : 1);
		(void)finish("/");
		assert_int_equal(
			aplic_tree_choose(tree, 0),
			fdt_path_offset(tree, i == 1 ? "/second" : "/first"));
	}
}

/* The host's own console before others' devices, the boot CPU before it. */
static void with_the_console(void **state)
{
	(void)state;
	for (unsigned int cpu = 0; cpu < 2; cpu++) {
		begin();
		domain("first", PH_APLIC, 1, S);
		end();
		domain("second", PH_SECOND, 1, S);
		end();
		domain("third", PH_IMSIC, 2, S);
		end();
		device("a", PH_APLIC, 3);
		device("b", PH_SECOND, 1);
		device("c", PH_IMSIC, 1);
		node("chosen", "none", 0x200);
		fdt_property_string(tree, "stdout-path", cpu ? "/c" : "/b");
		end();
		(void)finish("/");
		assert_int_equal(
			aplic_tree_choose(tree, cpu),
			fdt_path_offset(tree, cpu ? "/third" : "/second"));
		assert_int_equal(
			aplic_tree_choose(tree, !cpu),
			fdt_path_offset(tree, cpu ? "/first" : "/third"));
	}
}

/* A child of an S-level domain gets what its parent's driver lets it have. */
static void below_our_own(void **state)
{
	(void)state;
	begin();
	domain("child", PH_SECOND, 1, S);
	end();
	domain("ours", PH_APLIC, 1, S);
	CELLS("riscv,children", PH_SECOND);
	end();
	device("b", PH_SECOND, 3);
	(void)finish("/");
	assert_int_equal(aplic_tree_choose(tree, 0),
			 fdt_path_offset(tree, "/ours"));
	/* nor is machine level's, whatever goes there */
	begin();
	domain("m", PH_APLIC_M, 1, M);
	end();
	device("a", PH_APLIC_M, 1);
	(void)finish("/");
	assert_true(aplic_tree_choose(tree, 0) < 0);
}

/* Each sends messages to IMSICs of its own. */
static void two_by_messages(void **state)
{
	(void)state;
	begin();
	domain("first", PH_APLIC, 0, 0);
	fdt_property_u32(tree, "msi-parent", PH_IMSIC);
	end();
	domain("second", PH_SECOND, 0, 0);
	fdt_property_u32(tree, "msi-parent", PH_IMSIC2);
	end();
	node("imsic", "riscv,imsics", PH_IMSIC);
	CELLS("interrupts-extended", 2, NEVER, 1, S);
	end();
	node("imsic2", "riscv,imsics", PH_IMSIC2);
	CELLS("interrupts-extended", 2, S);
	end();
	(void)finish("/");
	assert_int_equal(aplic_tree_choose(tree, 0),
			 fdt_path_offset(tree, "/first"));
	assert_int_equal(aplic_tree_choose(tree, 1),
			 fdt_path_offset(tree, "/second"));
}

/*
 * IMSIC
 */

static void imsic_begin(uint32_t ids)
{
	begin();
	node("imsic", "riscv,imsics", PH_IMSIC);
	fdt_property_u32(tree, "riscv,num-ids", ids);
}

static int imsic_finish(void)
{
	end();
	return imsic_tree_read(tree, finish("/imsic"), &imsic);
}

/* QEMU's with aia-guests=3 and four harts. */
static void files_of_qemu(void **state)
{
	(void)state;
	imsic_begin(255);
	fdt_property_u32(tree, "riscv,guest-index-bits", 2);
	CELLS("reg", 0, 0x28000000, 0, 0x10000);
	CELLS("interrupts-extended", 4, S, 3, S, 2, S, 1, S);
	assert_int_equal(imsic_finish(), 0);
	assert_int_equal(imsic.id_count, 255);
	assert_int_equal(imsic.guest_id_count, 255);
	assert_int_equal(imsic.guest_bits, 2);
	assert_int_equal(imsic.hart_bits, 2);
	for (unsigned int cpu = 0; cpu < 4; cpu++) {
		assert_int_equal(imsic.file[cpu].v,
				 0x28000000 + 0x4000 * (3 - cpu));
		assert_int_equal(imsic.hart_index[cpu], 3 - cpu);
	}
}

/* Two groups, each a reg of two harts, of which the last is not ours. */
static void files_in_groups(void **state)
{
	(void)state;
	imsic_begin(63);
	fdt_property_u32(tree, "riscv,num-guest-ids", 127);
	fdt_property_u32(tree, "riscv,guest-index-bits", 1);
	fdt_property_u32(tree, "riscv,hart-index-bits", 3);
	fdt_property_u32(tree, "riscv,group-index-bits", 1);
	fdt_property_u32(tree, "riscv,group-index-shift", 28);
	CELLS("reg", 0, 0x20000000, 0, 0x4000, 0, 0x30000000, 0, 0x4000);
	CELLS("interrupts-extended", 1, S, 2, S, 3, S, 5, S);
	assert_int_equal(imsic_finish(), 0);
	assert_int_equal(imsic.guest_id_count, 127);
	assert_int_equal(imsic.file[1].v, 0x20002000);
	assert_int_equal(imsic.hart_index[1], 1);
	assert_int_equal(imsic.file[2].v, 0x30000000);
	assert_int_equal(imsic.hart_index[2], 8);
	assert_int_equal(imsic.file[3].v, 0);
}

static void files_refused(void **state)
{
	static const struct {
		const char *name;
		uint32_t value;
	} bad[] = {
		{"riscv,num-guest-ids", 64},   {"riscv,num-guest-ids", 2111},
		{"riscv,guest-index-bits", 8}, {"riscv,hart-index-bits", 16},
		{"riscv,group-index-bits", 8}, {"riscv,group-index-shift", 56}};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		imsic_begin(63);
		fdt_property_u32(tree, bad[i].name, bad[i].value);
		CELLS("reg", 0, 0x28000000, 0, 0x10000);
		CELLS("interrupts-extended", 1, S);
		assert_int_equal(imsic_finish(), -EINVAL);
	}
	imsic_begin(62);
	CELLS("interrupts-extended", 1, S);
	assert_int_equal(imsic_finish(), -EINVAL);
	imsic_begin(63);
	assert_int_equal(imsic_finish(), -EINVAL);
	imsic_begin(63);
	CELLS("interrupts-extended", 1, M);
	assert_int_equal(imsic_finish(), -ENODEV);
	begin();
	node("imsic", "riscv,imsics", PH_IMSIC);
	CELLS("interrupts-extended", 1, S);
	assert_int_equal(imsic_finish(), -EINVAL);

	/* groups among the harts' bits */
	imsic_begin(63);
	fdt_property_u32(tree, "riscv,group-index-bits", 1);
	fdt_property_u32(tree, "riscv,group-index-shift", 12);
	CELLS("interrupts-extended", 1, S, 2, S);
	assert_int_equal(imsic_finish(), -EINVAL);

	/* the third hart's lies beyond reg, the second's misaligned */
	imsic_begin(63);
	CELLS("reg", 0, 0x28000000, 0, 0x1000, 0, 0x28001800, 0, 0x1000);
	CELLS("interrupts-extended", 1, S, 2, S, 3, S);
	assert_int_equal(imsic_finish(), 0);
	assert_int_equal(imsic.file[0].v, 0x28000000);
	assert_int_equal(imsic.file[1].v, 0);
	assert_int_equal(imsic.file[2].v, 0);

	/* one that the bits cannot tell from the first */
	imsic_begin(63);
	fdt_property_u32(tree, "riscv,hart-index-bits", 1);
	CELLS("reg", 0, 0x28000000, 0, 0x1000, 0, 0x29000000, 0, 0x1000);
	CELLS("interrupts-extended", 1, S, 2, S);
	assert_int_equal(imsic_finish(), 0);
	assert_int_equal(imsic.file[1].v, 0);
}

static void file_starts(void **state)
{
	(void)state;
	memset(written, 0x55, sizeof(written));
	imsic_cpu_init(&(struct imsic){.id_count = 127});
	assert_int_equal(written[0x70], 1);
	assert_int_equal(written[0x72], 0);
	for (unsigned int i = 0; i < 4; i += 2) {
		assert_int_equal(written[0x80 + i], 0);
		assert_int_equal(written[0xc0 + i], UINT64_MAX);
	}
	/* an odd number and what the file does not have are no registers */
	assert_int_equal(written[0x81], 0x5555555555555555);
	assert_int_equal(written[0xc4], 0x5555555555555555);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(levels, setup),
		cmocka_unit_test_setup(harts, setup),
		cmocka_unit_test_setup(delegations, setup),
		cmocka_unit_test_setup(sockets, setup),
		cmocka_unit_test_setup(two_of_one_level, setup),
		cmocka_unit_test_setup(with_the_console, setup),
		cmocka_unit_test_setup(below_our_own, setup),
		cmocka_unit_test_setup(two_by_messages, setup),
		cmocka_unit_test_setup(files_of_qemu, setup),
		cmocka_unit_test_setup(files_in_groups, setup),
		cmocka_unit_test_setup(files_refused, setup),
		cmocka_unit_test_setup(file_starts, setup),
	};

	return cmocka_run_group_tests_name("aia trees", tests, NULL, NULL);
}
