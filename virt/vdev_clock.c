/* SPDX-License-Identifier: Apache-2.0 */
/* A device's time: the host's, but for the pauses of its VM. */
#include <core/timer.h>
#include <virt/vdev.h>

uint64_t vdev_clock_ns(const struct vdev_clock *clock)
{
	return (clock->paused ? clock->paused_ns : time_ns()) -
	       clock->skipped_ns;
}

void vdev_clock_pause(struct vdev_clock *clock)
{
	if (clock->paused)
		return;
	clock->paused = true;
	clock->paused_ns = time_ns();
}

void vdev_clock_resume(struct vdev_clock *clock)
{
	if (!clock->paused)
		return;
	clock->paused = false;
	clock->skipped_ns += time_ns() - clock->paused_ns;
}

uint64_t vdev_clock_deadline(const struct vdev_clock *clock, uint64_t ns)
{
	return ns + clock->skipped_ns;
}
