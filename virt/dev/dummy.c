/* SPDX-License-Identifier: Apache-2.0 */
/* emu_devices type 0x0: reads as zero, ignores writes. */
#include <virt/config.h>
#include <virt/vdev.h>

static uint64_t dummy_read(struct vdev *dev __unused_arg,
			   uint64_t offset __unused_arg,
			   unsigned int width __unused_arg)
{
	return 0;
}

static void dummy_write(struct vdev *dev __unused_arg,
			uint64_t offset __unused_arg,
			unsigned int width __unused_arg,
			uint64_t value __unused_arg)
{
}

static const struct vdev_ops dummy_ops = {
	.name = "dummy",
	.type = VM_EMU_DUMMY,
	.read = dummy_read,
	.write = dummy_write,
};
VDEV(dummy_ops);
