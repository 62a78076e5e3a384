/* SPDX-License-Identifier: Apache-2.0 */
/* What controllers of cards have in common. */
#ifndef VIRT_DEV_CARD_HOST_H
#define VIRT_DEV_CARD_HOST_H

#include <virt/vdev.h>

#include "card.h"

/*
 * What a guest's descriptors may ask of one command: more ends it by an error.
 * The host copies that much, and looks at so many descriptors, for one access.
 */
#define CARD_COMMAND_BYTES (32u << 20)
#define CARD_COMMAND_DESCS 65536u
/* What is ready at once: a descriptor's data. */
#define CARD_READY_BYTES 65536u

/**
 * card_host_move() - data between the card and guest memory at @at
 * @moved: result, bytes
 *
 * Return: 0; -EFAULT: no guest RAM there; -EIO: the card gives or takes no
 * more.
 */
int __must_check card_host_move(struct vdev *dev, struct card *card,
				uint64_t at, uint32_t len, bool to_card,
				uint32_t *moved);

/** card_host_insert() - @card is the device's disk's, as cold */
void card_host_insert(const struct vdev *dev, struct card *card,
		      enum card_kind kind);

/**
 * card_host_is_ready() - may up to @len bytes, CARD_READY_BYTES at most, be
 * moved?
 *
 * Return: false: not yet; the device waits, and its moved() is called.
 */
bool card_host_is_ready(struct vdev *dev, const struct card *card, uint32_t len,
			bool to_card);

/**
 * card_host_commit() - all data has moved: may its command end?
 *
 * Return: 0; -EAGAIN: not yet, as above; -EIO: the card could not write it.
 */
int __must_check card_host_commit(struct vdev *dev, struct card *card,
				  bool to_card);

/** card_host_serial() - no two cards have the same */
uint32_t card_host_serial(const struct vdev *dev);

/** struct card_host_node - @compatible, @clocks: names, each with a NUL */
struct card_host_node {
	const char *compatible, *clocks;
	uint32_t compatible_bytes, clocks_bytes;
	const char *clock_node;
	uint32_t clock_hz, max_hz, lines;
	const char *const *flags; /* ends in NULL */
};

/**
 * card_host_fdt_node() - its node in a guest's tree, with clocks and interrupt
 *
 * Return: the node; -ENOSPC; -EINVAL as vdev_fdt_clock() and vdev_fdt_irq().
 */
int __must_check card_host_fdt_node(const struct card_host_node *desc,
				    const struct vdev *dev, void *fdt,
				    int parent);

#endif
