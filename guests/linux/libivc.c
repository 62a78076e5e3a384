// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "libivc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cvisor_ivc_ioctl.h"

#define DEVICE "/dev/cvisor-ivc"

static int join(struct ivc *ivc, unsigned long request,
		struct cvisor_ivc_channel *channel)
{
	int error;

	ivc->fd = open(DEVICE, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (ivc->fd < 0)
		return -1;
	if (ioctl(ivc->fd, request, channel))
		goto err;
	ivc->size = channel->size_bytes;
	ivc->publisher = channel->publisher;
	ivc->key = channel->key;
	ivc->base = mmap(NULL, ivc->size, PROT_READ | PROT_WRITE, MAP_SHARED,
			 ivc->fd, 0);
	if (ivc->base != MAP_FAILED)
		return 0;
err:
	error = errno;
	close(ivc->fd);
	ivc->fd = -1;
	errno = error;
	return -1;
}

int ivc_publish(struct ivc *ivc, uint64_t key, size_t size)
{
	struct cvisor_ivc_channel channel = {.key = key, .size_bytes = size};

	return join(ivc, CVISOR_IVC_IOC_PUBLISH, &channel);
}

int ivc_subscribe(struct ivc *ivc, uint64_t publisher, uint64_t key)
{
	struct cvisor_ivc_channel channel = {.publisher = publisher,
					     .key = key};

	return join(ivc, CVISOR_IVC_IOC_SUBSCRIBE, &channel);
}

int ivc_notify(struct ivc *ivc)
{
	return ioctl(ivc->fd, CVISOR_IVC_IOC_NOTIFY);
}

int ivc_wait(struct ivc *ivc, int timeout_ms)
{
	struct pollfd poller = {.fd = ivc->fd, .events = POLLIN};
	unsigned int events;
	int ready = poll(&poller, 1, timeout_ms);

	if (ready <= 0)
		return ready;
	if (read(ivc->fd, &events, sizeof(events)) == sizeof(events))
		return (int)events;
	/* seen before: it stays gone */
	if (errno == EAGAIN && (poller.revents & POLLHUP))
		return CVISOR_IVC_EVENT_DEAD | CVISOR_IVC_EVENT_CLOSED;
	return errno == EAGAIN ? 0 : -1;
}

void ivc_close(struct ivc *ivc)
{
	munmap(ivc->base, ivc->size);
	close(ivc->fd);
	ivc->fd = -1;
}
