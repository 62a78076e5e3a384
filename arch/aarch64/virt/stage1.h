/* SPDX-License-Identifier: Apache-2.0 */
/* Walks through a guest's own memory on its behalf: pure, for reports. */
#ifndef VIRT_ARCH_STAGE1_H
#define VIRT_ARCH_STAGE1_H

#include <asm/vcpu_state.h>
#include <lib/types.h>
#include <lib/util.h>

/** struct guest_view - a vCPU's registers, and how to read its RAM
 * @read: eight bytes at a guest-physical address; false: no RAM there */
struct guest_view {
	const struct arch_vcpu_state *state;
	bool (*read)(void *ctx, uint64_t gpa, uint64_t *value);
	void *ctx;
};

/**
 * stage1_walk() - where the guest's translation puts an address
 *
 * Rights are not looked at. Descriptors of the 48-bit formats only.
 *
 * Return: false when it translates to nothing.
 */
bool stage1_walk(const struct guest_view *view, uint64_t va, uint64_t *gpa);

/** frames_follow() - return addresses, the first is the PC. Return: count */
unsigned int frames_follow(const struct guest_view *view, uint64_t *pcs,
			   unsigned int max);

#endif
