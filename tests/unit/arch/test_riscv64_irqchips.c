/* SPDX-License-Identifier: Apache-2.0 */
/* Which controllers guests get on which machine, and what their trees say. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <libfdt.h>

#include <arch/aia.h>
#include <virt/config.h>

#include "../../../arch/riscv64/virt/irqchips.h"
#include "../../../arch/riscv64/virt/irqchips_fdt.h"

#define PH_MAIN 7
#define PH_M 8
#define PH_FILES 9
#define PH_FILES_M 10

static struct aplic_info host_aplic;
static struct imsic host_imsic;
static bool has_aplic, has_imsic, has_ssaia;

const struct aplic_info *arch_aplic(void)
{
	return has_aplic ? &host_aplic : NULL;
}

const struct imsic *arch_imsic(void)
{
	return has_imsic ? &host_imsic : NULL;
}

bool arch_imsic_usable(void)
{
	return has_ssaia;
}

/*
 * Trees: as QEMU's, by what the machine has
 */

enum machine { PLIC, DIRECT, IMSICS, NOTHING };

static uint8_t tree[16384];

static void node(const char *name, const char *compatible, uint32_t phandle,
		 uint32_t cells)
{
	fdt_begin_node(tree, name);
	fdt_property_string(tree, "compatible", compatible);
	fdt_property_u32(tree, "phandle", phandle);
	fdt_property_u32(tree, "#interrupt-cells", cells);
	fdt_property(tree, "interrupt-controller", NULL, 0);
}

static void reg(uint64_t base, uint64_t size)
{
	fdt64_t value[2] = {cpu_to_fdt64(base), cpu_to_fdt64(size)};

	fdt_property(tree, "reg", value, sizeof(value));
}

static void harts(uint32_t cause)
{
	fdt32_t value[4] = {cpu_to_fdt32(20), cpu_to_fdt32(cause),
			    cpu_to_fdt32(21), cpu_to_fdt32(cause)};

	fdt_property(tree, "interrupts-extended", value, sizeof(value));
}

static void aplics(bool msi)
{
	fdt32_t delegation[3] = {cpu_to_fdt32(PH_MAIN), cpu_to_fdt32(1),
				 cpu_to_fdt32(96)};

	/* machine level's first: it must not be taken for ours */
	node("aplic-m@c000000", "riscv,aplic", PH_M, 2);
	fdt_property_u32(tree, "riscv,children", PH_MAIN);
	fdt_property(tree, "riscv,delegation", delegation, sizeof(delegation));
	reg(0xc000000, 0x8000);
	if (msi)
		fdt_property_u32(tree, "msi-parent", PH_FILES_M);
	else
		harts(11);
	fdt_end_node(tree);
	node("aplic@d000000", "riscv,aplic", PH_MAIN, 2);
	fdt_property_u32(tree, "riscv,num-sources", 96);
	reg(0xd000000, 0x8000);
	if (msi)
		fdt_property_u32(tree, "msi-parent", PH_FILES);
	else
		harts(9);
	fdt_end_node(tree);
}

static void imsic_nodes(void)
{
	node("imsics@24000000", "riscv,imsics", PH_FILES_M, 0);
	reg(0x24000000, 0x4000);
	harts(11);
	fdt_end_node(tree);
	node("imsics@28000000", "riscv,imsics", PH_FILES, 0);
	fdt_property_u32(tree, "riscv,guest-index-bits", 2);
	fdt_property_u32(tree, "riscv,num-ids", 255);
	reg(0x28000000, 0x10000);
	harts(9);
	fdt_end_node(tree);
}

static void device(enum machine machine)
{
	fdt32_t one[4] = {cpu_to_fdt32(10), cpu_to_fdt32(4), cpu_to_fdt32(11),
			  cpu_to_fdt32(1)};
	fdt32_t plain[2] = {cpu_to_fdt32(10), cpu_to_fdt32(11)};
	fdt32_t map[4] = {cpu_to_fdt32(1), cpu_to_fdt32(2),
			  cpu_to_fdt32(PH_MAIN), cpu_to_fdt32(32)};

	fdt_begin_node(tree, "device");
	fdt_property_u32(tree, "interrupt-parent", PH_MAIN);
	if (machine == PLIC)
		fdt_property(tree, "interrupts", plain, sizeof(plain));
	else
		fdt_property(tree, "interrupts", one, sizeof(one));
	fdt_end_node(tree);
	fdt_begin_node(tree, "pci");
	fdt_property(tree, "interrupt-map", map, sizeof(map));
	fdt_end_node(tree);
	/* of a controller that is a device itself */
	fdt_begin_node(tree, "key");
	fdt_property_u32(tree, "interrupt-parent", 99);
	fdt_property(tree, "interrupts", one, 12);
	fdt_end_node(tree);
}

static void make(enum machine machine)
{
	has_aplic = machine == DIRECT || machine == IMSICS;
	has_imsic = machine == IMSICS;
	has_ssaia = true;
	host_aplic = (struct aplic_info){
		.base = hpa(0xd000000),
		.size_bytes = 0x8000,
		.source_count = 96,
		.msi = has_imsic,
	};
	host_imsic = (struct imsic){
		.base = hpa(0x28000000),
		.id_count = 255,
		.guest_id_count = 127,
	};
	fdt_create(tree, sizeof(tree));
	fdt_finish_reservemap(tree);
	fdt_begin_node(tree, "");
	fdt_property_u32(tree, "#address-cells", 2);
	fdt_property_u32(tree, "#size-cells", 2);
	fdt_begin_node(tree, "cpus");
	for (uint32_t hart = 0; hart < 2; hart++) {
		char name[16];

		snprintf(name, sizeof(name), "cpu@%x", hart);
		fdt_begin_node(tree, name);
		fdt_property_u32(tree, "reg", hart);
		fdt_begin_node(tree, "interrupt-controller");
		fdt_property_string(tree, "compatible", "riscv,cpu-intc");
		fdt_property_u32(tree, "phandle", 20 + hart);
		fdt_end_node(tree);
		fdt_end_node(tree);
	}
	fdt_end_node(tree);
	fdt_begin_node(tree, "soc");
	fdt_property_u32(tree, "#address-cells", 2);
	fdt_property_u32(tree, "#size-cells", 2);
	fdt_property_string(tree, "compatible", "simple-bus");
	fdt_property(tree, "ranges", NULL, 0);
	device(machine);
	if (machine == PLIC) {
		node("plic@c000000", "sifive,plic-1.0.0", PH_MAIN, 1);
		fdt_property_u32(tree, "riscv,ndev", 95);
		reg(0xc000000, 0x600000);
		harts(9);
		fdt_end_node(tree);
	}
	if (has_aplic)
		aplics(has_imsic);
	if (has_imsic)
		imsic_nodes();
	fdt_end_node(tree);
	fdt_end_node(tree);
	assert_int_equal(fdt_finish(tree), 0);
	assert_int_equal(fdt_open_into(tree, tree, sizeof(tree)), 0);
}

/*
 * Guest files
 */

static struct vm_emu_device emus[3];
static struct vm_config config = {
	.name = "g", .file = "g.toml", .emu_devices = emus, .vcpu_count = 2};
static struct irqchips chips;

static void none(void)
{
	memset(emus, 0, sizeof(emus));
	config.emu_device_count = 0;
	config.vcpu_count = 2;
}

static struct vm_emu_device *emu(uint32_t type, uint64_t gpa, uint64_t size)
{
	struct vm_emu_device *e = &emus[config.emu_device_count++];

	*e = (struct vm_emu_device){
		.name = "e", .type = type, .gpa = gpa, .size_bytes = size};
	return e;
}

static int choose(void)
{
	return irqchips_choose(&config, tree, &chips);
}

static void as_the_machine(void **state)
{
	(void)state;
	none();
	make(PLIC);
	assert_int_equal(choose(), 0);
	assert_int_equal(chips.kind, IRQCHIP_PLIC);
	assert_int_equal(chips.sources, 95);
	assert_int_equal(chips.base, 0xc000000);
	assert_int_equal(chips.size_bytes, 0x600000);

	make(DIRECT);
	assert_int_equal(choose(), 0);
	assert_int_equal(chips.kind, IRQCHIP_APLIC);
	assert_int_equal(chips.sources, 96);
	assert_int_equal(chips.base, 0xd000000);
	assert_int_equal(chips.size_bytes, 0x8000);
	assert_int_equal(chips.files_bytes, 0);

	make(IMSICS);
	assert_int_equal(choose(), 0);
	assert_int_equal(chips.kind, IRQCHIP_AIA);
	assert_int_equal(chips.files, 0x28000000);
	assert_int_equal(chips.files_bytes, 0x2000);
	assert_int_equal(chips.ids, 127);

	make(NOTHING);
	assert_int_equal(choose(), -EINVAL);
}

static void as_the_file_says(void **state)
{
	(void)state;
	none();
	emu(VM_EMU_PLIC, 0x1000000, 0x400000);
	make(IMSICS);
	assert_int_equal(choose(), 0);
	assert_int_equal(chips.kind, IRQCHIP_PLIC);
	assert_int_equal(chips.base, 0x1000000);
	assert_int_equal(chips.sources, 96);
	assert_int_equal(chips.files_bytes, 0);

	none();
	emu(VM_EMU_APLIC, 0x2000000, 0x5000)->cfg[0] = 40;
	emus[0].cfg_count = 1;
	assert_int_equal(choose(), 0);
	assert_int_equal(chips.kind, IRQCHIP_APLIC);
	assert_int_equal(chips.sources, 40);

	/* interrupt files on a machine without: they are in memory */
	none();
	emu(VM_EMU_IMSIC, 0x3000000, 0x10000);
	emu(VM_EMU_APLIC, 0x2000000, 0x4000);
	make(PLIC);
	assert_int_equal(choose(), 0);
	assert_int_equal(chips.kind, IRQCHIP_AIA);
	assert_int_equal(chips.files, 0x3000000);
	assert_int_equal(chips.files_bytes, 0x2000);
	assert_int_equal(chips.ids, 255);
	make(NOTHING);
	assert_int_equal(choose(), 0);
	assert_int_equal(chips.sources, 96);
}

static void refused(void **state)
{
	(void)state;
	make(IMSICS);
	none();
	emu(VM_EMU_IMSIC, 0x3000000, 0x10000);
	assert_int_equal(choose(), -EINVAL);
	emu(VM_EMU_APLIC, 0x2000000, 0x4000);
	assert_int_equal(choose(), 0);
	emu(VM_EMU_PLIC, 0x1000000, 0x400000);
	assert_int_equal(choose(), -EINVAL);
	config.emu_device_count = 2;
	/* too small, at the wrong place, without the registers */
	emus[1].size_bytes = 0x3fff;
	assert_int_equal(choose(), -EINVAL);
	emus[1].size_bytes = 0x4000;
	emus[0].size_bytes = 0x1fff;
	assert_int_equal(choose(), -EINVAL);
	emus[0].size_bytes = 0x2000;
	emus[0].gpa = 0x3001000;
	assert_int_equal(choose(), -EINVAL);
	config.vcpu_count = 1;
	assert_int_equal(choose(), 0);
	has_ssaia = false;
	assert_int_equal(choose(), -EINVAL);
	/* direct mode needs none of these, but room for its IDCs */
	none();
	emu(VM_EMU_APLIC, 0x2000000, 0x4000);
	assert_int_equal(choose(), -EINVAL);
	emus[0].size_bytes = 0x5000;
	assert_int_equal(choose(), 0);
	emus[0].cfg_count = 1;
	assert_int_equal(choose(), -EINVAL);
}

/*
 * Trees of guests
 */

static uint32_t cell(const char *path, const char *name, unsigned int i)
{
	int len;
	const fdt32_t *value =
		fdt_getprop(tree, fdt_path_offset(tree, path), name, &len);

	assert_true(value && len >= 4 * (int)(i + 1));
	return fdt32_to_cpu(value[i]);
}

static int length(const char *path, const char *name)
{
	int len;

	return fdt_getprop(tree, fdt_path_offset(tree, path), name, &len) ? len
									  : -1;
}

static unsigned int count(const char *compatible)
{
	unsigned int found = 0;
	int at = -1;

	while ((at = fdt_node_offset_by_compatible(tree, at, compatible)) >= 0)
		found++;
	return found;
}

static void fixup(enum machine machine, enum irqchip_kind kind)
{
	static const uint64_t hartids[] = {0, 1};

	make(machine);
	chips = (struct irqchips){
		.kind = kind,
		.sources = 50,
		.base = 0x5000000,
		.size_bytes = 0x8000,
		.files = 0x6000000,
		.files_bytes = 0x2000,
		.ids = 63,
	};
	assert_int_equal(irqchips_fdt_fixup(&chips, hartids, 2, tree), 0);
	assert_int_equal(count("riscv,plic0") + count("sifive,plic-1.0.0"),
			 kind == IRQCHIP_PLIC);
	assert_int_equal(count("riscv,aplic"), kind != IRQCHIP_PLIC);
	assert_int_equal(count("riscv,imsics"), kind == IRQCHIP_AIA);
	/* who named a controller names the new one, in its cells */
	assert_int_equal(cell("/soc/device", "interrupt-parent", 0), PH_MAIN);
	assert_int_equal(length("/soc/device", "interrupts"),
			 kind == IRQCHIP_PLIC ? 8 : 16);
	assert_int_equal(cell("/soc/device", "interrupts", 0), 10);
	if (kind == IRQCHIP_PLIC) {
		assert_int_equal(cell("/soc/device", "interrupts", 1), 11);
	} else {
		assert_int_equal(cell("/soc/device", "interrupts", 1), 4);
		assert_int_equal(cell("/soc/device", "interrupts", 2), 11);
		assert_int_equal(cell("/soc/device", "interrupts", 3),
				 machine == PLIC ? 4 : 1);
	}
	assert_int_equal(length("/soc/key", "interrupts"), 12);
	assert_int_equal(length("/soc/pci", "interrupt-map") > 0,
			 (machine == PLIC) == (kind == IRQCHIP_PLIC));
}

static void path_of(uint32_t phandle, char *path)
{
	int at = fdt_node_offset_by_phandle(tree, phandle);

	assert_true(at >= 0);
	assert_int_equal(fdt_get_path(tree, at, path, 64), 0);
}

static void trees(void **state)
{
	char path[64], files[64];

	(void)state;
	for (enum machine m = PLIC; m <= IMSICS; m++) {
		fixup(m, IRQCHIP_PLIC);
		path_of(PH_MAIN, path);
		assert_int_equal(cell(path, "#interrupt-cells", 0), 1);

		fixup(m, IRQCHIP_APLIC);
		path_of(PH_MAIN, path);
		assert_int_equal(cell(path, "#interrupt-cells", 0), 2);
		assert_int_equal(cell(path, "riscv,num-sources", 0), 50);
		assert_int_equal(cell(path, "reg", 1), 0x5000000);
		assert_int_equal(cell(path, "interrupts-extended", 0), 20);
		assert_int_equal(cell(path, "interrupts-extended", 1), 9);
		assert_int_equal(cell(path, "interrupts-extended", 2), 21);
		assert_int_equal(length(path, "interrupts-extended"), 16);
		assert_int_equal(length(path, "msi-parent"), -1);
		assert_int_equal(length(path, "riscv,children"), -1);

		fixup(m, IRQCHIP_AIA);
		path_of(PH_MAIN, path);
		path_of(cell(path, "msi-parent", 0), files);
		assert_int_equal(length(path, "interrupts-extended"), -1);
		assert_int_equal(cell(files, "riscv,num-ids", 0), 63);
		assert_int_equal(cell(files, "reg", 1), 0x6000000);
		assert_int_equal(cell(files, "reg", 3), 0x2000);
		assert_int_equal(length(files, "interrupts-extended"), 16);
		assert_int_equal(cell(files, "interrupts-extended", 3), 9);
		assert_int_equal(length(files, "riscv,guest-index-bits"), -1);
		assert_int_equal(cell(files, "#msi-cells", 0), 0);
	}
}

static void trees_refused(void **state)
{
	static const uint64_t hartids[] = {0, 5};

	(void)state;
	make(NOTHING);
	chips.kind = IRQCHIP_APLIC;
	assert_int_equal(irqchips_fdt_fixup(&chips, hartids, 1, tree), -ENOENT);
	make(IMSICS);
	chips.kind = IRQCHIP_AIA;
	assert_int_equal(irqchips_fdt_fixup(&chips, hartids, 2, tree), -ENOENT);
	make(IMSICS);
	assert_int_equal(fdt_pack(tree), 0);
	chips.kind = IRQCHIP_PLIC;
	assert_int_equal(irqchips_fdt_fixup(&chips, hartids, 1, tree), 0);
	make(PLIC);
	assert_int_equal(fdt_pack(tree), 0);
	chips.kind = IRQCHIP_AIA;
	assert_int_equal(irqchips_fdt_fixup(&chips, hartids, 1, tree), -ENOSPC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_the_machine),
		cmocka_unit_test(as_the_file_says),
		cmocka_unit_test(refused),
		cmocka_unit_test(trees),
		cmocka_unit_test(trees_refused),
	};

	return cmocka_run_group_tests_name("irqchips", tests, NULL, NULL);
}
