/* SPDX-License-Identifier: Apache-2.0 */
#define LOG_TAG "irqchips"
#include "irqchips.h"

#include "vaplic.h"
#include "vplic.h"

#include <arch/aia.h>
#include <errno.h>
#include <lib/fdt.h>
#include <lib/log.h>
#include <libfdt.h>
#include <virt/config.h>

/* Where nothing says how many: as QEMU's machines. */
#define SOURCES_DEFAULT 96
#define IDS_DEFAULT 255

static const char *const plic_compatible[] = {"sifive,plic-1.0.0",
					      "riscv,plic0", NULL};

static const struct vm_emu_device *emu_find(const struct vm_config *config,
					    uint32_t type)
{
	for (unsigned int i = 0; i < config->emu_device_count; i++)
		if (config->emu_devices[i].type == type)
			return &config->emu_devices[i];
	return NULL;
}

/*
 * The machine's own
 */

/* Return: false: it has no PLIC */
static bool host_plic(const void *fdt, struct irqchips *chips)
{
	int node = fdt_find_compatible(fdt, plic_compatible);
	const fdt32_t *ndev = NULL;
	struct fdt_reg reg;
	int len;

	if (node >= 0)
		ndev = fdt_getprop(fdt, node, "riscv,ndev", &len);
	if (!ndev || len != 4 || fdt_node_reg(fdt, node, 0, &reg))
		return false;
	*chips = (struct irqchips){
		.kind = IRQCHIP_PLIC,
		.sources = MIN(fdt32_ld(ndev), (uint32_t)VPLIC_SOURCE_MAX),
		.base = reg.addr,
		.size_bytes = reg.size,
	};
	return true;
}

static bool host_aplic(unsigned int vcpus, struct irqchips *chips)
{
	const struct aplic_info *aplic = arch_aplic();

	if (!aplic)
		return false;
	*chips = (struct irqchips){
		.kind = aplic->msi ? IRQCHIP_AIA : IRQCHIP_APLIC,
		.sources = aplic->source_count,
		.base = aplic->base.v,
		.size_bytes =
			MAX(aplic->size_bytes, vaplic_size(vcpus, aplic->msi)),
	};
	if (aplic->msi) {
		chips->files = arch_imsic()->base.v;
		chips->files_bytes = (uint64_t)vcpus * IMSIC_PAGE_BYTES;
	}
	return true;
}

/*
 * What the guest file says
 */

/* Of the machine's, the number of sources stays. */
static void place(struct irqchips *chips, enum irqchip_kind kind,
		  const struct vm_emu_device *emu)
{
	*chips = (struct irqchips){
		.kind = kind,
		.sources = chips->sources,
		.base = emu->gpa,
		.size_bytes = emu->size_bytes,
	};
}

static void emu_plic(const struct vm_config *config, struct irqchips *chips)
{
	const struct vm_emu_device *plic = emu_find(config, VM_EMU_PLIC);

	if (plic)
		place(chips, IRQCHIP_PLIC, plic);
}

static int emu_aplic(const struct vm_config *config, struct irqchips *chips)
{
	const struct vm_emu_device *aplic = emu_find(config, VM_EMU_APLIC);
	const struct vm_emu_device *files = emu_find(config, VM_EMU_IMSIC);

	if (files && !aplic) {
		log_err("%s: emu_devices: %s: IMSICs need an APLIC beside them "
			"(type 0x%x)",
			config->file, files->name, VM_EMU_APLIC);
		return -EINVAL;
	}
	if (!aplic)
		return 0;
	if (emu_find(config, VM_EMU_PLIC)) {
		log_err("%s: emu_devices: %s: there is a PLIC already; leave "
			"one of them out",
			config->file, aplic->name);
		return -EINVAL;
	}
	if (aplic->cfg_count)
		chips->sources = (unsigned int)MIN(aplic->cfg[0],
						   (uint64_t)VAPLIC_SOURCE_MAX);
	place(chips, files ? IRQCHIP_AIA : IRQCHIP_APLIC, aplic);
	if (files) {
		chips->files = files->gpa;
		chips->files_bytes = files->size_bytes;
	}
	return 0;
}

/*
 * Will it do?
 */

static int aplic_check(const struct vm_config *config, struct irqchips *chips)
{
	uint64_t needed =
		vaplic_size(config->vcpu_count, chips->kind == IRQCHIP_AIA);

	if (chips->size_bytes >= needed && chips->sources)
		return 0;
	log_err("%s: emu_devices: an APLIC for %u vCPUs needs 0x%llx bytes, and "
		"a source at least",
		config->file, config->vcpu_count, (unsigned long long)needed);
	return -EINVAL;
}

/* Guests make a file's address of their number's bits (3.6). */
static int files_check(const struct vm_config *config, struct irqchips *chips)
{
	unsigned int count = config->vcpu_count;
	uint64_t needed = (uint64_t)count * IMSIC_PAGE_BYTES;
	uint64_t align = IMSIC_PAGE_BYTES;

	while (align < needed)
		align *= 2;
	if (!arch_imsic_usable()) {
		log_err("%s: guests have no IMSICs here: not every hart of the "
			"device tree has Ssaia (riscv,isa); take an APLIC "
			"alone, or a PLIC",
			config->file);
		return -EINVAL;
	}
	if (chips->files_bytes < needed || (chips->files & (align - 1))) {
		log_err("%s: emu_devices: IMSICs at 0x%llx: %u vCPUs need "
			"0x%llx bytes, at a multiple of 0x%llx",
			config->file, (unsigned long long)chips->files, count,
			(unsigned long long)needed, (unsigned long long)align);
		return -EINVAL;
	}
	chips->files_bytes = needed;
	chips->ids = arch_imsic() ? arch_imsic()->guest_id_count : IDS_DEFAULT;
	return 0;
}

int irqchips_choose(const struct vm_config *config, const void *fdt,
		    struct irqchips *chips)
{
	int err;

	*chips = (struct irqchips){.sources = SOURCES_DEFAULT};
	if (!host_plic(fdt, chips))
		(void)host_aplic(config->vcpu_count, chips);
	emu_plic(config, chips);
	err = emu_aplic(config, chips);
	if (err)
		return err;
	if (!chips->size_bytes) {
		log_err("%s: guests need a PLIC or an APLIC, and this machine "
			"has none to be like; name one in emu_devices",
			config->name);
		return -EINVAL;
	}
	if (chips->kind == IRQCHIP_PLIC) {
		chips->size_bytes =
			MIN(chips->size_bytes, (uint64_t)VPLIC_SIZE);
		return 0;
	}
	err = aplic_check(config, chips);
	return err || chips->kind == IRQCHIP_APLIC ? err
						   : files_check(config, chips);
}
