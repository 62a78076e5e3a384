/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest finds on a machine of its kind, whether its file says so or
 * not. The board's tree tells the kind. */
#include <string.h>

#include <libfdt.h>

#include "vm_check.h"

/* A window of the interrupt controller that no emu_devices placed. */
static void check_window(struct check *check, const struct vm_config *config,
			 const char *what, uint32_t type, uint64_t base,
			 uint64_t size_bytes)
{
	char label[SPAN_LABEL_MAX];
	struct span span;

	for (unsigned int n = 0; span_get(config, n, &span); n++) {
		if ((span.kind != SPAN_RAM && span.kind != SPAN_EMU) ||
		    span.floating ||
		    !ranges_overlap(span.base, span.size_bytes, base,
				    size_bytes))
			continue;
		check_error(check, config,
			    "%s overlaps the guest's %s, which would be where "
			    "the host's is, 0x%lx-0x%lx; move one of them: an "
			    "emu_devices of type 0x%x places the latter",
			    span_label(config, &span, label), what,
			    (unsigned long)base,
			    (unsigned long)(base + size_bytes - 1), type);
	}
}

static bool has_emulated(const struct vm_config *config, uint32_t type)
{
	for (unsigned int i = 0; i < config->emu_device_count; i++)
		if (config->emu_devices[i].type == type)
			return true;
	return false;
}

/* Binding arm,gic-v3: distributor, then regions of redistributors. */
static void check_gic(struct check *check, const struct vm_config *config,
		      int node)
{
	const void *fdt = check->host->fdt;
	const fdt32_t *regions =
		fdt_getprop(fdt, node, "#redistributor-regions", NULL);
	const fdt64_t *given =
		fdt_getprop(fdt, node, "redistributor-stride", NULL);
	uint64_t stride = given ? fdt64_ld(given) : 0x20000;
	unsigned int count = regions ? fdt32_ld(regions) : 1;
	unsigned int left = config->vcpu_count;
	struct fdt_reg reg;

	if (!has_emulated(config, VM_EMU_GIC_DIST) &&
	    !fdt_node_reg(fdt, node, 0, &reg))
		check_window(check, config, "GIC distributor", VM_EMU_GIC_DIST,
			     reg.addr, 0x10000);
	if (has_emulated(config, VM_EMU_GIC_REDIST) || !stride)
		return;
	for (unsigned int i = 1;
	     left && i <= count && !fdt_node_reg(fdt, node, i, &reg); i++) {
		uint64_t frames = MIN(reg.size / stride, (uint64_t)left);

		check_window(check, config, "GIC redistributors",
			     VM_EMU_GIC_REDIST, reg.addr, frames * stride);
		left -= (unsigned int)frames;
	}
}

/* Binding riscv,plic0. A hart's M- and S-mode have a context each, chapter 3. */
static void check_plic(struct check *check, const struct vm_config *config,
		       int node)
{
	uint64_t least = 0x200000 + 0x1000 * 2 * (uint64_t)config->vcpu_count;
	struct fdt_reg reg;

	if (!has_emulated(config, VM_EMU_PLIC) &&
	    !has_emulated(config, VM_EMU_APLIC) &&
	    !fdt_node_reg(check->host->fdt, node, 0, &reg))
		check_window(check, config, "PLIC", VM_EMU_PLIC, reg.addr,
			     MIN(reg.size, (uint64_t)0x4000000));
	for (unsigned int i = 0; i < config->emu_device_count; i++) {
		const struct vm_emu_device *device = &config->emu_devices[i];

		if (device->type != VM_EMU_PLIC || !device->size_bytes ||
		    device->size_bytes >= least)
			continue;
		check_error(check, config,
			    "devices.emu_devices[%u] \"%.30s\": length 0x%lx "
			    "is too short for a PLIC of %u vCPUs; give 0x%lx",
			    i, device->name, (unsigned long)device->size_bytes,
			    config->vcpu_count, (unsigned long)least);
	}
}

#define APLIC_BYTES 0x4000u /* AIA 1.0, 4.5; a hart's IDC is behind */
#define APLIC_IDC_BYTES 32u
#define APLIC_SOURCES_MAX 1023u
#define IMSIC_BYTES 0x1000u /* 3.5, of each hart */

/* The window holds its registers, at a multiple that its addresses need. */
static void check_room(struct check *check, const struct vm_config *config,
		       unsigned int i, const char *what, uint64_t least,
		       uint64_t align)
{
	const struct vm_emu_device *device = &config->emu_devices[i];

	if (device->size_bytes && device->size_bytes < least)
		check_error(check, config,
			    "devices.emu_devices[%u] \"%.30s\": length 0x%lx "
			    "is too short for %s of %u vCPUs; give 0x%lx",
			    i, device->name, (unsigned long)device->size_bytes,
			    what, config->vcpu_count, (unsigned long)least);
	if (!IS_ALIGNED(device->gpa, align))
		check_error(check, config,
			    "devices.emu_devices[%u] \"%.30s\": 0x%lx is "
			    "misaligned for %s of %u vCPUs; use a multiple of "
			    "0x%lx",
			    i, device->name, (unsigned long)device->gpa, what,
			    config->vcpu_count, (unsigned long)align);
}

static void check_aplic(struct check *check, const struct vm_config *config,
			unsigned int i)
{
	const struct vm_emu_device *aplic = &config->emu_devices[i];
	uint64_t idcs = has_emulated(config, VM_EMU_IMSIC)
				? 0
				: APLIC_IDC_BYTES * config->vcpu_count;

	check_room(check, config, i, "an APLIC",
		   ALIGN_UP(APLIC_BYTES + idcs, (uint64_t)0x1000), 0x1000);
	if (has_emulated(config, VM_EMU_PLIC))
		check_error(check, config,
			    "devices.emu_devices[%u] \"%.30s\": the guest has "
			    "a PLIC (type 0x%x) as well; leave one of them out",
			    i, aplic->name, VM_EMU_PLIC);
	if (!aplic->cfg_count)
		return;
	if (!aplic->cfg[0] || aplic->cfg[0] > APLIC_SOURCES_MAX)
		check_error(check, config,
			    "devices.emu_devices[%u] \"%.30s\": cfg[0] "
			    "0x%lx is no number of sources; give 1 to %u",
			    i, aplic->name, (unsigned long)aplic->cfg[0],
			    APLIC_SOURCES_MAX);
	for (unsigned int j = 0; j < config->emu_device_count; j++) {
		const struct vm_emu_device *device = &config->emu_devices[j];

		if (device->type != VM_EMU_DUMMY &&
		    device->irq > aplic->cfg[0] &&
		    device->irq <= check->intc.last)
			check_error(check, config,
				    "devices.emu_devices[%u] \"%.30s\": "
				    "interrupt %u does not exist: cfg[0] "
				    "of emu_devices[%u] gives the guest's "
				    "APLIC %lu; choose one of these, 0 for "
				    "none",
				    j, device->name, device->irq, i,
				    (unsigned long)aplic->cfg[0]);
	}
}

/* Extensions of a hart, binding riscv/extensions: the list, or the text that
 * it stands for where it is missing. */
static bool hart_has(const void *fdt, int node, const char *ext)
{
	size_t len = strlen(ext);
	const char *text;
	int size;

	if (fdt_getprop(fdt, node, "riscv,isa-extensions", NULL))
		return fdt_stringlist_search(fdt, node, "riscv,isa-extensions",
					     ext) >= 0;
	text = fdt_getprop(fdt, node, "riscv,isa", &size);
	if (text && (size < 1 || text[size - 1]))
		return false;
	while (text && (text = strchr(text, '_'))) {
		text++;
		/* a version may follow */
		if (!strncmp(text, ext, len) &&
		    (!text[len] || text[len] == '_' ||
		     (text[len] >= '0' && text[len] <= '9')))
			return true;
	}
	return false;
}

static bool harts_have(const void *fdt, const char *ext)
{
	int cpus = fdt_path_offset(fdt, "/cpus");
	int node;

	fdt_for_each_subnode (node, fdt, cpus) {
		const char *type = fdt_getprop(fdt, node, "device_type", NULL);

		if (type && !strcmp(type, "cpu") &&
		    fdt_node_enabled(fdt, node) && !hart_has(fdt, node, ext))
			return false;
	}
	return true;
}

/* A file's address is made of its hart's number, bit by bit (3.6). */
static void check_imsics(struct check *check, const struct vm_config *config,
			 unsigned int i)
{
	const struct vm_emu_device *files = &config->emu_devices[i];
	uint64_t least = IMSIC_BYTES * (uint64_t)config->vcpu_count;
	uint64_t align = IMSIC_BYTES;

	while (align < least)
		align *= 2;
	check_room(check, config, i, "IMSICs", least, align);
	if (!has_emulated(config, VM_EMU_APLIC))
		check_error(check, config,
			    "devices.emu_devices[%u] \"%.30s\": IMSICs need an "
			    "APLIC beside them; add an emu_devices of type "
			    "0x%x",
			    i, files->name, VM_EMU_APLIC);
	/* the tree may be of a machine that is like the one it will run on */
	if (!harts_have(check->host->fdt, "ssaia"))
		check_warn(check, config,
			   "devices.emu_devices[%u] \"%.30s\": not every hart "
			   "of the board's tree has Ssaia, and where one has "
			   "not no guest has IMSICs; take an APLIC alone, or a "
			   "PLIC",
			   i, files->name);
}

static void check_aia(struct check *check, const struct vm_config *config)
{
	for (unsigned int i = 0; i < config->emu_device_count; i++) {
		const struct vm_emu_device *device = &config->emu_devices[i];

		if (device->type == VM_EMU_APLIC)
			check_aplic(check, config, i);
		else if (device->type == VM_EMU_IMSIC)
			check_imsics(check, config, i);
		else if (device->type != VM_EMU_PLIC)
			continue;
		for (unsigned int j = 0; j < i; j++)
			if (config->emu_devices[j].type == device->type)
				check_error(check, config,
					    "devices.emu_devices[%u] "
					    "\"%.30s\": emu_devices[%u] is of "
					    "type 0x%x already; a VM has one, "
					    "take this out",
					    i, device->name, j, device->type);
	}
}

/*
 * Kernels that say what they are: Linux Documentation/arch/arm64/booting.rst,
 * arch/riscv/boot-image-header.rst, arch/x86/boot.rst.
 */
static const char *kernel_arch(const struct vm_image *kernel)
{
	const uint8_t *p = kernel->data;

	if (!p || kernel->size_bytes < 0x400)
		return NULL;
	if (!memcmp(p + 56, "ARM\x64", 4))
		return "arm64";
	if (!memcmp(p + 56, "RSC\x05", 4))
		return "riscv64";
	return memcmp(p + 0x202, "HdrS", 4) ? NULL : "x86";
}

static void check_kernel(struct check *check, const struct vm_config *config,
			 const char *machine)
{
	const char *arch = kernel_arch(&config->kernel);

	if (arch && strcmp(arch, machine) != 0)
		check_error(check, config,
			    "kernel.kernel_path: \"%.100s\" is a kernel for "
			    "%s, and the board is %s; name one for %s",
			    config->kernel.path, arch, machine, machine);
}

/* A kernel that begins as PE files do is Linux: its first table maps 2 MiB. */
static void check_riscv_image(struct check *check,
			      const struct vm_config *config)
{
	const struct vm_image *kernel = &config->kernel;
	const char *arch = kernel_arch(kernel);

	if (!arch || strcmp(arch, "riscv64") != 0 ||
	    memcmp(kernel->data, "MZ", 2) != 0 ||
	    config->regions[0].map_type == VM_MAP_IDENTICAL ||
	    IS_ALIGNED(kernel->load, SIZE_2M))
		return;
	check_error(check, config,
		    "kernel.kernel_load_addr: 0x%lx is misaligned for a "
		    "riscv64 kernel; use a multiple of 0x20_0000",
		    (unsigned long)kernel->load);
}

/* @step: of instructions: AArch64's are words, D1.3.4; RISC-V has C */
static void check_entry(struct check *check, const struct vm_config *config,
			unsigned int step)
{
	if (config->boot_protocol != VM_BOOT_UEFI &&
	    !IS_ALIGNED(config->entry_point, step))
		check_error(check, config,
			    "kernel.entry_point: 0x%lx is misaligned; use a "
			    "multiple of %u",
			    (unsigned long)config->entry_point, step);
}

static void check_arm(struct check *check, const struct vm_config *config)
{
	static const char *const gic[] = {"arm,gic-v3", NULL};
	int node = fdt_find_compatible(check->host->fdt, gic);

	check_entry(check, config, 4);
	check_kernel(check, config, "arm64");
	if (node >= 0)
		check_gic(check, config, node);
}

static void check_riscv(struct check *check, const struct vm_config *config)
{
	static const char *const plic[] = {"sifive,plic-1.0.0", "riscv,plic0",
					   NULL};
	int node = fdt_find_compatible(check->host->fdt, plic);

	check_entry(check, config, 2);
	check_kernel(check, config, "riscv64");
	if (config->region_count)
		check_riscv_image(check, config);
	if (node >= 0)
		check_plic(check, config, node);
	check_aia(check, config);
}

void check_arch(struct check *check)
{
	static const char *const arm[] = {"arm,armv8-timer", NULL};
	static const char *const riscv[] = {"riscv,cpu-intc", NULL};
	const void *fdt = check->host->fdt;
	bool is_arm = fdt_find_compatible(fdt, arm) >= 0;
	bool is_riscv = fdt_find_compatible(fdt, riscv) >= 0;

	for (unsigned int i = 0; i < check->count; i++) {
		if (is_arm)
			check_arm(check, check->configs[i]);
		if (is_riscv)
			check_riscv(check, check->configs[i]);
	}
}
