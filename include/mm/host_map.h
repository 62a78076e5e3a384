/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's own address space: RAM linearly mapped (read-write, never
 * executable), the Image W^X, devices and guarded stacks in a window of their
 * own.
 */
#ifndef MM_HOST_MAP_H
#define MM_HOST_MAP_H

#include <lib/types.h>
#include <lib/util.h>

/** host_map_init() - take over the tables that arch's boot code made */
void host_map_init(void);

/**
 * host_map_ram() - add RAM to the linear map, before frames_add() of it
 *
 * What boot code mapped already stays as it is, and so does the Image.
 *
 * Return: 0; -ENOMEM; -EINVAL beyond what the format can address.
 */
int __must_check host_map_ram(hpa_t base, uint64_t size_bytes);

/**
 * host_map_image() - rights for whole pages of the Image
 *
 * They get mapped where boot code has left them out. What other CPUs hold of
 * the old rights is forgotten.
 *
 * Return: 0; -ENOMEM.
 */
int __must_check host_map_image(const char *start, const char *end,
				unsigned int prot);

/**
 * host_map_device() - registers at @base, device memory, never executable
 *
 * Return: NULL with a logged reason when memory or window are out.
 */
volatile void *__must_check host_map_device(hpa_t base, uint64_t size_bytes);

/**
 * host_stack_alloc() - a stack with an unmapped guard page below and above
 * @size_bytes: whole pages
 *
 * Return: its top; NULL when memory is out.
 */
void *__must_check host_stack_alloc(size_t size_bytes);
void host_stack_free(void *top, size_t size_bytes);

/**
 * host_map_guard_hit() - is this faulting address in a stack's guard page
 *
 * For the trap path: takes no lock.
 */
bool host_map_guard_hit(hva_t va);

#endif
