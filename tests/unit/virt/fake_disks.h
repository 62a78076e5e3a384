/* SPDX-License-Identifier: Apache-2.0 */
/* Disks as virt/ sees them: one at a node, held or not. */
#ifndef TESTS_FAKE_DISKS_H
#define TESTS_FAKE_DISKS_H

#include <lib/types.h>

/* @node: its controller, -1: there is none; @quits: how often it left */
extern struct fake_disk {
	int node;
	bool held;
	unsigned int quits;
} fake_disk;

/* names of "virtio,mmio" nodes that the host may take, with blanks between */
extern char fake_probed[256];

#endif
