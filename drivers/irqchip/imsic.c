/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The IMSICs: where messages to harts arrive. An APLIC sends its sources there
 * (aplic.c); guests have files of their own (arch/riscv64/virt).
 */
#include "aplic_regs.h"
#include "imsic_regs.h"

#include <arch/cpu.h>
#include <core/cpu.h>
#include <drivers/driver.h>
#include <errno.h>
#include <lib/fdt.h>
#include <lib/log.h>
#include <libfdt.h>

#define LOG_TAG "imsic"

static struct imsic imsic;
static int imsic_node = -1;

int imsic_use(const void *fdt, int node)
{
	struct imsic found = {0};
	int err;

	if (node == imsic_node)
		return 0;
	err = imsic_tree_read(fdt, node, &found);
	if (err)
		return err;
	if (imsic_node >= 0) {
		log_warn("%s: one set of S-level files is enough",
			 fdt_get_name(fdt, node, NULL));
		return -EBUSY;
	}
	if (!arch_imsic_usable()) {
		log_err("%s: not every hart has Ssaia (riscv,isa)",
			fdt_get_name(fdt, node, NULL));
		return -EINVAL;
	}
	if (!found.file[arch_this_cpu()->id].v) {
		log_err("%s: the boot CPU has no interrupt file",
			fdt_get_name(fdt, node, NULL));
		return -EINVAL;
	}
	imsic = found;
	imsic_node = node;
	arch_imsic_register(&imsic);
	log_info("%u identities, pages for %u guests of each hart",
		 imsic.id_count, (1u << imsic.guest_bits) - 1);
	return 0;
}

/* Those of the domain that is used come first, whatever the tree's order. */
static int imsic_probe(const void *fdt, int node)
{
	int aplic = aplic_tree_choose(fdt, arch_this_cpu()->id);
	int files;

	if (aplic >= 0 && !aplic_tree_level(fdt, aplic, &files) && files >= 0 &&
	    files != node)
		return -ENODEV;
	return imsic_use(fdt, node);
}

static const char *const imsic_compatible[] = {"riscv,imsics", NULL};

static const struct driver imsic_driver = {
	.name = "imsic",
	.phase = DRIVER_IRQCHIP,
	.compatible = imsic_compatible,
	.probe = imsic_probe,
};
DRIVER(imsic_driver);
