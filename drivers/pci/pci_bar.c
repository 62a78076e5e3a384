/* SPDX-License-Identifier: Apache-2.0 */
/* Base address registers: their size, their place. PCI 3.0, 6.2.5. */
#include "pci.h"

#include <asm/io.h>
#include <lib/log.h>
#include <mm/host_map.h>

#define LOG_TAG "pci"

#define BAR_IO 0x1u
#define BAR_TYPE 0x6u
#define BAR_TYPE_64 0x4u
#define BAR_MASK ~(uint64_t)0xf

/* 1.2 of the PCI-to-PCI Bridge Specification: windows of whole MiB */
#define BRIDGE_STEP ((uint64_t)1 << 20)
#define BRIDGE_MEMORY 0x20u
#define BRIDGE_PREFETCH 0x24u

static volatile uint8_t *bar_at(volatile uint8_t *config, unsigned int index)
{
	return config + PCI_BAR0 + 4 * (size_t)index;
}

static uint64_t bar_read(volatile uint8_t *config, unsigned int index,
			 bool wide)
{
	uint64_t value = io_read32(bar_at(config, index));

	if (wide)
		value |= (uint64_t)io_read32(bar_at(config, index + 1)) << 32;
	return value;
}

static void bar_write(volatile uint8_t *config, unsigned int index, bool wide,
		      uint64_t value)
{
	io_write32(bar_at(config, index), (uint32_t)value);
	if (wide)
		io_write32(bar_at(config, index + 1), (uint32_t)(value >> 32));
}

uint64_t pci_bar_size(volatile uint8_t *config, unsigned int index, bool *wide)
{
	uint32_t low = io_read32(bar_at(config, index));
	uint64_t was, mask;

	*wide = !(low & BAR_IO) && (low & BAR_TYPE) == BAR_TYPE_64;
	if ((low & BAR_IO) || (*wide && index + 1 >= PCI_BARS))
		return 0;
	was = bar_read(config, index, *wide);
	bar_write(config, index, *wide, ~(uint64_t)0);
	mask = bar_read(config, index, *wide) & BAR_MASK;
	bar_write(config, index, *wide, was);
	if (!*wide && mask)
		mask |= ~(uint64_t)UINT32_MAX;
	/* the lowest bit that can be written: nonsense gives a power of two */
	return mask & -mask;
}

static bool room_holds(const struct pci_room *room, uint64_t at, uint64_t size)
{
	return at >= room->window.bus &&
	       at - room->window.bus < room->window.size_bytes &&
	       size <= room->window.size_bytes - (at - room->window.bus);
}

void pci_bars_note(struct pci_host *host, volatile uint8_t *config,
		   unsigned int bars)
{
	uint16_t command = io_read16(config + PCI_COMMAND);
	bool wide;

	if (!(command & PCI_COMMAND_MEMORY))
		return;
	io_write16(config + PCI_COMMAND,
		   (uint16_t)(command & ~PCI_COMMAND_MEMORY));
	for (unsigned int i = 0; i < bars; i += 1 + wide) {
		uint64_t size = pci_bar_size(config, i, &wide);
		uint64_t at = bar_read(config, i, wide) & BAR_MASK;

		if (size && room_holds(&host->room, at, size))
			host->room.next = MAX(host->room.next, at + size);
		if (size && room_holds(&host->wide, at, size))
			host->wide.next = MAX(host->wide.next, at + size);
	}
	io_write16(config + PCI_COMMAND, command);
}

/* Return: the address on the bus; 0: no room */
static uint64_t room_take(struct pci_room *room, uint64_t size, uint64_t align)
{
	uint64_t at = ALIGN_UP(MAX(room->next, room->window.bus), align);

	if (!at)
		at = align;
	if (at < room->next || !room_holds(room, at, size))
		return 0;
	room->next = at + size;
	return at;
}

/* What its functions have lies together: they are found one after the other. */
static void bridges_open(struct pci_bridge *bridge, uint64_t at, uint64_t size)
{
	for (; bridge; bridge = bridge->up) {
		bridge->base = bridge->open ? bridge->base : at;
		bridge->end = at + size;
		bridge->open = true;
		/* bits 31 to 20 of the first and of the last address */
		io_write32(bridge->config + BRIDGE_MEMORY,
			   (uint32_t)(bridge->base >> 16 & 0xfff0) |
				   ((uint32_t)(bridge->end - 1) & 0xfff00000));
		io_write32(bridge->config + BRIDGE_PREFETCH, 0x0000fff0);
		io_write16(bridge->config + PCI_COMMAND,
			   PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	}
}

static bool bridges_are_hosts(const struct pci_bridge *bridge)
{
	for (; bridge; bridge = bridge->up)
		if (!bridge->by_host)
			return false;
	return true;
}

static uint64_t place(struct pci_function *fn, unsigned int index, bool wide,
		      uint64_t size)
{
	uint64_t step = fn->bridge ? MAX(size, BRIDGE_STEP) : size;
	uint64_t at;

	if (!bridges_are_hosts(fn->bridge))
		return 0;
	at = room_take(&fn->host->room, step, step);
	if (!at && wide && !fn->bridge)
		at = room_take(&fn->host->wide, step, step);
	if (!at)
		return 0;
	bar_write(fn->config, index, wide, at);
	fn->used |= (uint8_t)BIT(index);
	bridges_open(fn->bridge, at, step);
	return at;
}

static uint64_t to_cpu(const struct pci_host *host, uint64_t at, uint64_t size)
{
	if (room_holds(&host->room, at, size))
		return at - host->room.window.bus + host->room.window.cpu;
	if (room_holds(&host->wide, at, size))
		return at - host->wide.window.bus + host->wide.window.cpu;
	return 0;
}

void pci_bars_place(struct pci_function *fn)
{
	bool wide, by_firmware = io_read16(fn->config + PCI_COMMAND) &
				 PCI_COMMAND_MEMORY;

	io_write16(fn->config + PCI_COMMAND, 0);
	for (unsigned int i = 0; i < PCI_BARS; i += 1 + wide) {
		uint64_t size = pci_bar_size(fn->config, i, &wide);
		uint64_t at = bar_read(fn->config, i, wide) & BAR_MASK;

		if (!size || (by_firmware && to_cpu(fn->host, at, size)))
			continue;
		if (!place(fn, i, wide, size))
			bar_write(fn->config, i, wide, 0);
	}
}

volatile void *pci_bar(struct pci_function *fn, unsigned int index,
		       uint64_t min_size)
{
	uint64_t size = 0, cpu = 0;
	bool wide = false;

	if (index < PCI_BARS)
		size = pci_bar_size(fn->config, index, &wide);
	if (size)
		cpu = to_cpu(fn->host,
			     bar_read(fn->config, index, wide) & BAR_MASK,
			     size);
	if (size < min_size || !cpu) {
		log_err("%s: BAR %u has %llu bytes, %llu are needed%s",
			fn->name, index, (unsigned long long)size,
			(unsigned long long)min_size,
			cpu ? ""
			    : "; the host bridge's ranges have no place for "
			      "it");
		return NULL;
	}
	return host_map_device(hpa(cpu), size);
}

void pci_bars_clear(struct pci_function *fn)
{
	bool wide;

	for (unsigned int i = 0; i < PCI_BARS; i++)
		if ((fn->used & BIT(i)) && pci_bar_size(fn->config, i, &wide))
			bar_write(fn->config, i, wide, 0);
	fn->used = 0;
}
