/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Channels between the VMs of a cvisor host, as a guest sees them: numbers,
 * registers, the memory's header, and the call itself on arm64 and riscv64. For
 * kernels, bare-metal guests and user programs alike; needs no other header.
 *
 * Documentation/hypercalls.md explains all of it.
 */
#ifndef CVISOR_IVC_H
#define CVISOR_IVC_H

/* Hypercall numbers; the first four are AxVisor's as well. */
#define CVISOR_IVC_PUBLISH 3     /* key, &gpa, &size -> 0 */
#define CVISOR_IVC_SUBSCRIBE 4   /* publisher, key, &gpa, &size -> 0 */
#define CVISOR_IVC_UNPUBLISH 5   /* key -> 0 */
#define CVISOR_IVC_UNSUBSCRIBE 6 /* publisher, key -> 0 */
#define CVISOR_IVC_NOTIFY 0x80   /* publisher, key -> ends told */
#define CVISOR_IVC_ACK 0x81      /* mask -> what was pending */
#define CVISOR_IVC_SLOT 0x82     /* publisher, key -> slot */
#define CVISOR_IVC_EVENTS 0x83   /* slot, mask -> events as they were */

#define CVISOR_FAIL (~0ULL)

#define CVISOR_IVC_SLOTS 32

/* What has happened to an end of a channel. */
#define CVISOR_IVC_EVENT_NOTIFY 0x01 /* another end has notified */
#define CVISOR_IVC_EVENT_DEAD 0x02   /* the publisher stopped: zeros now */
#define CVISOR_IVC_EVENT_CLOSED 0x04 /* the publisher has unpublished */
#define CVISOR_IVC_EVENT_JOINED 0x08 /* somebody has subscribed */
#define CVISOR_IVC_EVENT_LEFT 0x10   /* a subscriber has gone */

/* The doorbell's registers, 32 bits each; node "cvisor,ivc". */
#define CVISOR_IVC_REG_ID 0x00        /* RO "CIVC" */
#define CVISOR_IVC_REG_VERSION 0x04   /* RO 1 */
#define CVISOR_IVC_REG_VM_ID 0x08     /* RO this VM's id */
#define CVISOR_IVC_REG_SLOTS 0x0c     /* RO how many slots there are */
#define CVISOR_IVC_REG_PENDING 0x10   /* RO a bit for each slot */
#define CVISOR_IVC_REG_ENABLE 0x14    /* RW which of them interrupt */
#define CVISOR_IVC_REG_ACK 0x18       /* WO takes these bits back */
#define CVISOR_IVC_REG_RING 0x1c      /* WO slot: notifies its channel */
#define CVISOR_IVC_REG_CONNECTED 0x20 /* RO which slots hold an end */
#define CVISOR_IVC_REG_TAKE 0x24      /* RO PENDING & ENABLE, taken back */
#define CVISOR_IVC_REG_EVENTS(slot) (0x100 + 4 * (slot)) /* write 1: clear */

#define CVISOR_IVC_ID 0x43564943

/* What a channel's memory begins with; zeros once its publisher has died. */
struct cvisor_ivc_header {
	unsigned long long publisher_id;
	unsigned long long key;
};

#ifdef __aarch64__
/* All other registers keep their values. */
static inline unsigned long long
cvisor_call(unsigned long long nr, unsigned long long a1, unsigned long long a2,
	    unsigned long long a3, unsigned long long a4)
{
	register unsigned long long x0 __asm__("x0") = nr;
	register unsigned long long x1 __asm__("x1") = a1;
	register unsigned long long x2 __asm__("x2") = a2;
	register unsigned long long x3 __asm__("x3") = a3;
	register unsigned long long x4 __asm__("x4") = a4;

	__asm__ volatile("hvc #0"
			 : "+r"(x0)
			 : "r"(x1), "r"(x2), "r"(x3), "r"(x4)
			 : "memory");
	return x0;
}
#endif

#if defined(__riscv) && __riscv_xlen == 64
/* An SBI call of an extension of ours; a1 may change, as with any of them. */
static inline unsigned long long
cvisor_call(unsigned long long nr, unsigned long long a1, unsigned long long a2,
	    unsigned long long a3, unsigned long long a4)
{
	register unsigned long long r0 __asm__("a0") = a1;
	register unsigned long long r1 __asm__("a1") = a2;
	register unsigned long long r2 __asm__("a2") = a3;
	register unsigned long long r3 __asm__("a3") = a4;
	register unsigned long long r6 __asm__("a6") = nr;
	register unsigned long long r7 __asm__("a7") = 0x485643;

	__asm__ volatile("ecall"
			 : "+r"(r0), "+r"(r1)
			 : "r"(r2), "r"(r3), "r"(r6), "r"(r7)
			 : "memory");
	return r0;
}
#endif

#endif
