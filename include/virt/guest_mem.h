/* SPDX-License-Identifier: Apache-2.0 */
/* The only way to touch a guest's RAM: checked copies. */
#ifndef VIRT_GUEST_MEM_H
#define VIRT_GUEST_MEM_H

#include <lib/types.h>
#include <lib/util.h>

struct vm;

/**
 * guest_read() - copy from guest RAM
 *
 * Return: 0; -EFAULT when any byte lies outside the VM's RAM (nothing
 * copied).
 */
int __must_check guest_read(struct vm *vm, gpa_t gpa, void *buf, size_t len);

/** guest_write() - copy into guest RAM, whole or not at all. Return: 0;
 * -EFAULT */
int __must_check guest_write(struct vm *vm, gpa_t gpa, const void *buf,
			     size_t len);

/** guest_zero() - clear guest RAM; @len may be many MiB. Return: 0; -EFAULT */
int __must_check guest_zero(struct vm *vm, gpa_t gpa, uint64_t len);

/**
 * guest_load() - guest_write() for images: leaves caches so that a guest with
 * its MMU off, and its instruction fetch, see the bytes
 *
 * Return: 0; -EFAULT.
 */
int __must_check guest_load(struct vm *vm, gpa_t gpa, const void *buf,
			    uint64_t len);

/** guest_filler - write up to @len bytes to @buf. Return: how many, 0: there
 * are no more; an error */
typedef int64_t (*guest_filler)(void *ctx, void *buf, size_t len);

/**
 * guest_fill() - guest_load() of what @fill has, straight into the RAM
 * @room: as much of it, and no more; nothing is written unless all is RAM
 *
 * Return: bytes written; -EFAULT: not all of @room is RAM; an error of @fill's.
 */
int64_t __must_check guest_fill(struct vm *vm, gpa_t gpa, uint64_t room,
				guest_filler fill, void *ctx);

/**
 * guest_ptr() - where the host finds a piece of guest RAM
 *
 * For what is read or written again and again, in the guest's own time; the
 * guest may change it at any moment. Valid while the VM exists.
 *
 * Return: NULL: no RAM, or not in one piece.
 */
void *guest_ptr(const struct vm *vm, gpa_t gpa, uint64_t len);

#endif
