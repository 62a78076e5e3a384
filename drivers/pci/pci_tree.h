/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a tree says of a PCI host bridge: Devicetree Specification's ranges and
 * interrupt-map, with the addresses of IEEE 1275's PCI Bus Binding, 2.2.1.1.
 */
#ifndef DRIVERS_PCI_TREE_H
#define DRIVERS_PCI_TREE_H

#include <lib/fdt.h>
#include <lib/types.h>

/** struct pci_window - memory space: addresses of the bus, and the CPU's */
struct pci_window {
	uint64_t bus, cpu, size_bytes;
};

/** pci_tree_window() - for BARs of 32 bits, or, @wide, beyond 4 GiB; false:
 * none */
bool pci_tree_window(const struct fdt_scan *scan, bool wide,
		     struct pci_window *window);

/** pci_tree_buses() - bus-range, both included */
void pci_tree_buses(const struct fdt_scan *scan, uint8_t *first, uint8_t *last);

/**
 * pci_tree_irq() - the interrupt of a pin (1..4) on the host's own bus
 * @devfn: device and function there
 *
 * Return: 0; -ENOENT; -EINVAL.
 */
int __must_check pci_tree_irq(const void *fdt, int node, uint8_t bus,
			      uint8_t devfn, unsigned int pin,
			      struct fdt_irq *irq);

#endif
