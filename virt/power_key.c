/* SPDX-License-Identifier: Apache-2.0 */
/* Pressing a guest's power key, whichever device carries it. */
#include <virt/power_key.h>

#include <errno.h>
#include <virt/vdev.h>
#include <virt/vm.h>

int power_key_press(struct vm *vm)
{
	for (unsigned int i = 0; i < vm->vdev_count; i++) {
		struct vdev *dev = &vm->vdevs[i];

		if (!dev->ops->power_key)
			continue;
		dev->ops->power_key(dev);
		return 0;
	}
	return -ENODEV;
}
