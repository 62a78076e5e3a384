/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Host bridges with ECAM: look at all buses, note what a driver is there for,
 * then give those their addresses and bind them. What no driver is there for
 * is left as it was found. PCI Local Bus Specification 3.0, chapter 6.
 */
#include "pci.h"

#include <asm/io.h>
#include <drivers/driver.h>
#include <errno.h>
#include <lib/log.h>
#include <mm/heap.h>
#include <mm/host_map.h>
#include <stdio.h>

#define LOG_TAG "pci"

/* PCI Express Base Specification, 7.2.2: 4 KiB for each function */
#define BUS_BYTES ((uint64_t)1 << 20)
#define FUNCTION_BYTES 4096u

#define HEADER_MANY 0x80u
#define HEADER_TYPE 0x7fu
#define HEADER_BRIDGE 1u

/* PCI-to-PCI Bridge Specification, 3.2.5 */
#define BRIDGE_PRIMARY 0x18u
#define BRIDGE_SECONDARY 0x19u
#define BRIDGE_SUBORDINATE 0x1au
#define BRIDGE_DEPTH_MAX 8u

#define STATUS_CAPABILITIES 0x0010u
#define CAPABILITIES_MAX 48u

const struct pci_driver *const pci_drivers[] = {
#ifdef CONFIG_VIRTIO_PCI
	&virtio_pci_driver,
#endif
#ifdef CONFIG_NVME
	&nvme_driver,
#endif
#ifdef CONFIG_SDHCI_PCI
	&sdhci_pci_driver,
#endif
	NULL,
};

int pci_node(const struct pci_function *fn)
{
	return fn->host->node;
}

struct dma pci_dma(const struct pci_function *fn)
{
	return fn->host->dma;
}

void pci_start(struct pci_function *fn)
{
	io_write16(fn->config + PCI_COMMAND,
		   PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}

void pci_silence(struct pci_function *fn)
{
	io_write16(fn->config + PCI_COMMAND,
		   PCI_COMMAND_MEMORY | PCI_COMMAND_INTX_OFF);
}

bool pci_is_gone(const struct pci_function *fn)
{
	return io_read16(fn->config + PCI_VENDOR) == 0xffff;
}

/* 6.7: a list that may be a circle in a broken device */
unsigned int pci_capability(const struct pci_function *fn, uint8_t id,
			    unsigned int after)
{
	unsigned int at = after ? after + 1 : PCI_CAPABILITIES;

	if (!(io_read16(fn->config + PCI_STATUS) & STATUS_CAPABILITIES))
		return 0;
	for (unsigned int i = 0; i < CAPABILITIES_MAX; i++) {
		at = io_read8(fn->config + at) & 0xfcu;
		if (at < 0x40)
			return 0;
		if (io_read8(fn->config + at) == id)
			return at;
		at++;
	}
	return 0;
}

static bool fits(const struct pci_driver *driver, const struct pci_function *fn)
{
	if (driver->vendor)
		return fn->vendor == driver->vendor &&
		       (fn->device == driver->devices[0] ||
			fn->device == driver->devices[1]);
	return (fn->class & driver->class_mask) == driver->class;
}

static const struct pci_driver *driver_of(const struct pci_function *fn)
{
	unsigned int i = 0;

	while (pci_drivers[i] && !fits(pci_drivers[i], fn))
		i++;
	return pci_drivers[i];
}

/*
 * Looking
 */

static int bus_scan(struct pci_host *host, uint8_t bus,
		    struct pci_bridge *bridge, unsigned int depth);

static int function_note(struct pci_host *host, const struct pci_function *seen)
{
	struct pci_function *fn;

	if (!driver_of(seen))
		return 0;
	fn = heap_alloc(sizeof(*fn));
	if (!fn)
		return -ENOMEM;
	*fn = *seen;
	snprintf(fn->name, sizeof(fn->name), "pci %02x:%02x.%x", fn->bus,
		 fn->devfn >> 3, fn->devfn & 7u);
	*host->last = fn;
	host->last = &fn->next;
	return 0;
}

/* The bus behind a bridge; one that firmware set up stays as it is. */
static int bridge_scan(struct pci_host *host, const struct pci_function *seen,
		       unsigned int depth)
{
	volatile uint8_t *config = seen->config;
	uint8_t behind = io_read8(config + BRIDGE_SECONDARY);
	struct pci_bridge *bridge;
	int err;

	if (depth == BRIDGE_DEPTH_MAX)
		return 0;
	bridge = heap_alloc(sizeof(*bridge));
	if (!bridge)
		return -ENOMEM;
	bridge->up = seen->bridge;
	bridge->config = config;
	bridge->devfn = seen->devfn;
	bridge->by_host = !behind;
	if (bridge->by_host) {
		if (host->next_bus == host->last_bus)
			return 0;
		behind = ++host->next_bus;
		io_write8(config + BRIDGE_PRIMARY, seen->bus);
		io_write8(config + BRIDGE_SECONDARY, behind);
		io_write8(config + BRIDGE_SUBORDINATE, host->last_bus);
	}
	/* upwards only: no circles */
	if (behind <= seen->bus || behind > host->last_bus)
		return 0;
	host->next_bus = MAX(host->next_bus, behind);
	err = bus_scan(host, behind, bridge, depth + 1);
	if (bridge->by_host)
		io_write8(config + BRIDGE_SUBORDINATE, host->next_bus);
	else
		host->next_bus = MAX(host->next_bus,
				     io_read8(config + BRIDGE_SUBORDINATE));
	return err;
}

/* Return: 1: the device has more functions; 0; -Exxx */
static int function_scan(struct pci_host *host, struct pci_function *seen,
			 unsigned int depth)
{
	uint32_t id = io_read32(seen->config + PCI_VENDOR);
	uint8_t type;
	int err;

	type = io_read8(seen->config + PCI_HEADER_TYPE);
	seen->vendor = (uint16_t)id;
	seen->device = (uint16_t)(id >> 16);
	seen->class = io_read32(seen->config + PCI_CLASS_REVISION) >> 8;
	if ((type & HEADER_TYPE) == HEADER_BRIDGE) {
		pci_bars_note(host, seen->config, 2);
		err = bridge_scan(host, seen, depth);
	} else {
		pci_bars_note(host, seen->config, PCI_BARS);
		err = function_note(host, seen);
	}
	return err ? err : (type & HEADER_MANY) || (seen->devfn & 7);
}

/* Two buses, where they are there, are one entry of the tables, not 256. */
static volatile uint8_t *bus_map(struct pci_host *host, uint8_t bus)
{
	uint64_t at = host->ecam + (bus - host->first_bus) * BUS_BYTES;
	uint64_t pair = ALIGN_DOWN(at, SIZE_2M);
	uint64_t end =
		host->ecam + (host->last_bus - host->first_bus + 1) * BUS_BYTES;

	if (pair < host->ecam || end - pair < SIZE_2M)
		return host_map_device(hpa(at), BUS_BYTES);
	if (!host->mapped || host->mapped_at != pair) {
		host->mapped = host_map_device(hpa(pair), SIZE_2M);
		host->mapped_at = pair;
	}
	return host->mapped ? host->mapped + (at - pair) : NULL;
}

static int bus_scan(struct pci_host *host, uint8_t bus,
		    struct pci_bridge *bridge, unsigned int depth)
{
	volatile uint8_t *config = bus_map(host, bus);
	int more;

	if (!config)
		return -ENOMEM;
	for (unsigned int devfn = 0; devfn < 256;
	     devfn += more ? 1 : 8 - (devfn & 7)) {
		struct pci_function seen;

		/* 6.1: nobody; behind the first, others may be there */
		more = devfn & 7;
		if (io_read16(config + devfn * FUNCTION_BYTES) == 0xffff)
			continue;
		seen = (struct pci_function){
			.host = host,
			.bridge = bridge,
			.config = config + devfn * FUNCTION_BYTES,
			.bus = bus,
			.devfn = (uint8_t)devfn,
		};
		more = function_scan(host, &seen, depth);
		if (more < 0)
			return more;
	}
	return 0;
}

/*
 * Binding
 */

static void function_bind(struct pci_function *fn)
{
	const struct pci_driver *driver = driver_of(fn);
	int err;

	pci_bars_place(fn);
	err = driver->probe(fn);
	if (!err)
		return;
	pci_quit(fn);
	if (err != -ENODEV)
		log_err("%s: %s: error %d", fn->name, driver->name, err);
}

static void room_init(struct pci_room *room, const struct fdt_scan *scan,
		      bool wide)
{
	if (!pci_tree_window(scan, wide, &room->window))
		room->window = (struct pci_window){0};
	room->next = room->window.bus;
}

static int host_probe(const struct fdt_scan *scan, const struct fdt_reg *reg)
{
	struct pci_host *host;
	int err;

	if (reg->size < BUS_BYTES)
		return -EINVAL;
	host = heap_alloc(sizeof(*host));
	if (!host)
		return -ENOMEM;
	host->fdt = scan->fdt;
	host->node = scan->node;
	host->ecam = reg->addr;
	host->last = &host->functions;
	pci_tree_buses(scan, &host->first_bus, &host->last_bus);
	host->last_bus =
		(uint8_t)MIN((uint64_t)host->last_bus,
			     host->first_bus + reg->size / BUS_BYTES - 1);
	host->next_bus = host->first_bus;
	room_init(&host->room, scan, false);
	room_init(&host->wide, scan, true);
	err = bus_scan(host, host->first_bus, NULL, 0);
	/* it takes a walk: nobody needs it who has no disk */
	if (host->functions)
		host->dma = (struct dma){
			.coherent = dma_is_coherent(scan->fdt, scan->node),
			.max = UINT64_MAX,
		};
	for (struct pci_function *fn = host->functions; fn; fn = fn->next)
		function_bind(fn);
	return err;
}

static const char *const host_compatible[] = {"pci-host-ecam-generic", NULL};

static const struct driver pci_host_driver = {
	.name = "pci",
	.phase = DRIVER_STORAGE,
	.compatible = host_compatible,
	.probe_at = host_probe,
};
DRIVER(pci_host_driver);
