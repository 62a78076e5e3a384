/* SPDX-License-Identifier: Apache-2.0 */
/* The power key that a guest's tree may have: how it is asked to end. */
#ifndef VIRT_POWER_KEY_H
#define VIRT_POWER_KEY_H

#include <lib/util.h>

struct vm;

/**
 * power_key_press() - press and release the guest's power key
 * @vm: it stays for the time of the call
 *
 * Returns at once: the key comes up again when the guest has looked at it. A
 * key that is down already stays so, and one of a VM that is not running is
 * not felt. Any task.
 *
 * Return: 0; -ENODEV when the VM has no such device.
 */
int __must_check power_key_press(struct vm *vm);

#endif
