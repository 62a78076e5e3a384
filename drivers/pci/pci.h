/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of drivers/pci/ share. */
#ifndef DRIVERS_PCI_PRIVATE_H
#define DRIVERS_PCI_PRIVATE_H

#include <drivers/pci.h>

#include "pci_tree.h"

/* 6.2.2 Device Control */
#define PCI_COMMAND_MEMORY 0x0002u
#define PCI_COMMAND_MASTER 0x0004u
#define PCI_COMMAND_INTX_OFF 0x0400u

/**
 * struct pci_room - what is left of a window
 * @next: first free address of the bus
 */
struct pci_room {
	struct pci_window window;
	uint64_t next;
};

/** struct pci_host - a bridge of the tree; @mapped: of its ECAM, last */
struct pci_host {
	const void *fdt;
	int node;
	uint64_t ecam;
	uint8_t first_bus, last_bus, next_bus;
	struct dma dma;
	struct pci_room room, wide; /* 32-bit BARs', and beyond 4 GiB */
	struct pci_function *functions, **last;
	volatile uint8_t *mapped;
	uint64_t mapped_at;
};

/**
 * struct pci_bridge - on the way to another bus
 * @open:    it passes something on already, from @base to @end
 * @by_host: firmware left it closed
 */
struct pci_bridge {
	struct pci_bridge *up;
	volatile uint8_t *config;
	uint8_t devfn;
	bool by_host, open;
	uint64_t base, end;
};

/** pci_bar_size() - of BAR @index, decoding off; *@wide: it takes two. Return:
 * 0: none, or I/O space */
uint64_t pci_bar_size(volatile uint8_t *config, unsigned int index, bool *wide);

/** pci_bars_note() - what firmware has placed is taken */
void pci_bars_note(struct pci_host *host, volatile uint8_t *config,
		   unsigned int bars);

/** pci_bars_place() - all of them, before anything is decoded */
void pci_bars_place(struct pci_function *fn);

/** pci_bars_clear() - those that pci_bars_place() did, decoding off */
void pci_bars_clear(struct pci_function *fn);

/** pci_drivers - ends in NULL */
extern const struct pci_driver *const pci_drivers[];

#endif
