/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PCI functions, found behind the host bridges of the tree: PCI Local Bus
 * Specification 3.0, PCI Express Base Specification for the place of the
 * configuration space (ECAM).
 */
#ifndef DRIVERS_PCI_H
#define DRIVERS_PCI_H

#include <drivers/dma.h>
#include <lib/types.h>
#include <lib/util.h>

/* 6.1 Configuration Space Organization */
#define PCI_VENDOR 0x00u
#define PCI_COMMAND 0x04u
#define PCI_STATUS 0x06u
#define PCI_CLASS_REVISION 0x08u
#define PCI_HEADER_TYPE 0x0eu
#define PCI_BAR0 0x10u
#define PCI_BARS 6u
#define PCI_CAPABILITIES 0x34u
#define PCI_INTERRUPT_PIN 0x3du

struct pci_bridge;
struct pci_host;
struct pci_line;

/**
 * struct pci_function - one that a driver is there for
 * @config: its 4 KiB of configuration space
 * @name:   "pci 00:02.0"
 * @class:  of 3 bytes: class, subclass, programming interface
 * @used:   BARs that pci_bar() placed, to be taken back
 */
struct pci_function {
	struct pci_host *host;
	struct pci_bridge *bridge; /* NULL: on the host's own bus */
	volatile uint8_t *config;
	char name[16];
	uint8_t bus, devfn;
	uint16_t vendor, device;
	uint32_t class;
	uint8_t used;
	/* on its interrupt line: was it mine? */
	bool (*handler)(void *arg);
	void *handler_arg;
	struct pci_line *line;
	struct pci_function *line_next, *next;
};

/**
 * struct pci_driver - @vendor and one of @devices, or @class under its mask
 */
struct pci_driver {
	const char *name;
	uint16_t vendor; /* 0: any */
	uint16_t devices[2];
	uint32_t class, class_mask;
	/* 0; -ENODEV; another error is logged */
	int (*probe)(struct pci_function *fn);
};

/* Those that there are, as far as they are built in. */
extern const struct pci_driver virtio_pci_driver, nvme_driver, sdhci_pci_driver;

/** pci_node() - the host bridge, in the host tree */
int pci_node(const struct pci_function *fn);

/** pci_dma() - how functions behind it reach memory */
struct dma pci_dma(const struct pci_function *fn);

/**
 * pci_bar() - registers behind a base address register
 * @index:    0 to 5
 * @min_size: at least this much is used
 *
 * Before pci_start() nothing answers there.
 *
 * Return: NULL, logged: there is none, it is too small, there is no room.
 */
volatile void *__must_check pci_bar(struct pci_function *fn, unsigned int index,
				    uint64_t min_size);

/** pci_start() - it may answer and reach memory by itself */
void pci_start(struct pci_function *fn);

/** pci_silence() - it reaches no memory any more, whatever it does */
void pci_silence(struct pci_function *fn);

/**
 * pci_irq_connect() - by its pin; others may be on the same line
 * @handler: looks whether its device asks, and silences that
 *
 * Return: 0; -Exxx.
 */
int __must_check pci_irq_connect(struct pci_function *fn,
				 bool (*handler)(void *arg), void *arg);

/** pci_capability() - the next of kind @id behind @after (0: the first); 0:
 * none */
unsigned int pci_capability(const struct pci_function *fn, uint8_t id,
			    unsigned int after);

/** pci_is_gone() - nobody answers in its place */
bool pci_is_gone(const struct pci_function *fn);

/** pci_quit() - the host lets go: as it was found, interrupt included */
void pci_quit(struct pci_function *fn);

#endif
