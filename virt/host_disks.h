/* SPDX-License-Identifier: Apache-2.0 */
/* Disks between the host and its guests. */
#ifndef VIRT_HOST_DISKS_H
#define VIRT_HOST_DISKS_H

#include "plan.h"
#include "ranges.h"

/** host_disks_held() - pages of registers of disks that the host holds are
 * added. Return: 0; -ENOMEM */
int __must_check host_disks_held(struct range_set *pages);

/** host_disks_near() - has the node registers in one of these pages? */
bool host_disks_near(const struct range_set *pages,
		     const struct fdt_scan *scan);

/** host_disks_leave() - what the VM gets, and the host does not hold, is the
 * host's no more. Return: 0; -ENOMEM */
int __must_check host_disks_leave(const struct vm *vm);

#endif
