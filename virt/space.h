/* SPDX-License-Identifier: Apache-2.0 */
/* Free guest addresses, for what cvisor puts there by itself. */
#ifndef VIRT_SPACE_H
#define VIRT_SPACE_H

#include <lib/types.h>
#include <lib/util.h>

struct vm;

/**
 * struct space_taken - a range that space_take() gave
 *
 * Part of what asked for it: giving back cannot fail.
 */
struct space_taken {
	uint64_t base;
	uint64_t size_bytes;
	struct space_taken *next;
};

/**
 * struct space_wish - what is asked for
 * @align: power of two, at least PAGE_SIZE
 * @lo, @hi: try this range first; equal: there is none
 */
struct space_wish {
	uint64_t size_bytes;
	uint64_t align;
	uint64_t lo, hi;
};

/**
 * space_take() - guest addresses where nothing of the VM is
 * @taken: filled and linked
 *
 * Nothing of RAM, emulated and passed-through registers, interrupt controllers
 * and what was taken before. Behind the RAM below 4 GiB if there is room, else
 * above 4 GiB, else wherever there is. An emulated device's window counts only
 * outside of [@lo, @hi).
 *
 * The VM's devices exist; the caller sees to it that nobody else takes or gives
 * back at the same time.
 *
 * Return: 0; -ENOSPC.
 */
int __must_check space_take(struct vm *vm, const struct space_wish *wish,
			    struct space_taken *taken);

/** space_give() - back */
void space_give(struct vm *vm, struct space_taken *taken);

#endif
