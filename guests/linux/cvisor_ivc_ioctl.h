/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* /dev/cvisor-ivc: what the kernel module and programs share. */
#ifndef CVISOR_IVC_IOCTL_H
#define CVISOR_IVC_IOCTL_H

#ifdef __KERNEL__
#include <linux/ioctl.h>
#else
#include <sys/ioctl.h>
#endif

/**
 * struct cvisor_ivc_channel - a channel to make or to join
 * @publisher:  VM id; of no meaning for CVISOR_IVC_IOC_PUBLISH, which writes
 *              the VM's own
 * @key:
 * @size_bytes: in for PUBLISH, header included; out for both
 * @slot:       out, the end's slot at the doorbell
 */
struct cvisor_ivc_channel {
	unsigned long long publisher;
	unsigned long long key;
	unsigned long long size_bytes;
	unsigned int slot;
	unsigned int reserved;
};

/*
 * An open file is one end, from its first successful PUBLISH or SUBSCRIBE to
 * its close, and the last munmap(). ENOENT: no such channel, EEXIST: this file
 * has one; EPERM: the hypervisor refuses.
 *
 * mmap() shows the channel, from offset 0. read() gives one unsigned int, the
 * events since the last one (CVISOR_IVC_EVENT_*), and sleeps until there are
 * some; poll() says POLLIN then, and POLLHUP once the publisher is dead or has
 * unpublished.
 */
#define CVISOR_IVC_IOC_PUBLISH _IOWR('V', 0x40, struct cvisor_ivc_channel)
#define CVISOR_IVC_IOC_SUBSCRIBE _IOWR('V', 0x41, struct cvisor_ivc_channel)
/* tell the other end or ends */
#define CVISOR_IVC_IOC_NOTIFY _IO('V', 0x42)

#endif
