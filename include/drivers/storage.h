/* SPDX-License-Identifier: Apache-2.0 */
/* Finding disks: after the VMs' configurations are known, before their start. */
#ifndef DRIVERS_STORAGE_H
#define DRIVERS_STORAGE_H

#include <lib/fdt.h>

/**
 * storage_probe() - bind the disks' controllers in the host tree
 * @is_guests: is the node at which the scan stands a guest's? The host does
 *             not touch such a one
 *
 * Once, in a task; drivers sleep.
 */
void storage_probe(bool (*is_guests)(const struct fdt_scan *scan));

#endif
