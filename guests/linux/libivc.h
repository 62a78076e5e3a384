/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Channels between VMs for C programs: a thin cover of /dev/cvisor-ivc. */
#ifndef LIBIVC_H
#define LIBIVC_H

#include <stddef.h>
#include <stdint.h>

#include "cvisor_ivc.h"

/**
 * struct ivc - one end of a channel
 * @fd:   for poll(): POLLIN, there are events; POLLHUP, the publisher is gone
 * @base: the channel's memory, with its header; all ends write to it
 * @size: of all of it
 */
struct ivc {
	int fd;
	void *base;
	size_t size;
	uint64_t publisher;
	uint64_t key;
};

/**
 * ivc_publish() - make a channel of this VM's
 * @size: header included; rounded up to whole pages
 *
 * Return: 0; -1 and errno: ENOENT without the module, EPERM when the
 * hypervisor refuses.
 */
int ivc_publish(struct ivc *ivc, uint64_t key, size_t size);

/** ivc_subscribe() - Return: 0; -1 and errno, ENOENT: no such channel (yet) */
int ivc_subscribe(struct ivc *ivc, uint64_t publisher, uint64_t key);

/** ivc_notify() - tell the other end or ends. Return: 0; -1 and errno */
int ivc_notify(struct ivc *ivc);

/**
 * ivc_wait() - sleep in poll() until something has happened
 * @timeout_ms: -1: for ever
 *
 * Return: CVISOR_IVC_EVENT_* since the last call; 0: timed out; -1 and errno.
 */
int ivc_wait(struct ivc *ivc, int timeout_ms);

/** ivc_close() - leave the channel */
void ivc_close(struct ivc *ivc);

#endif
