/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fixed-width integers and the three address types.
 *
 * Host-physical, guest-physical and host-virtual addresses are one-field
 * structs, so that the compiler refuses to mix them.
 */
#ifndef LIB_TYPES_H
#define LIB_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** hpa_t - host-physical address */
typedef struct {
	uint64_t v;
} hpa_t;

/** gpa_t - guest-physical address (Arm: IPA) */
typedef struct {
	uint64_t v;
} gpa_t;

/** hva_t - host-virtual address as a number; pointers are used where C can */
typedef struct {
	uint64_t v;
} hva_t;

static inline hpa_t hpa(uint64_t v)
{
	return (hpa_t){v};
}

static inline gpa_t gpa(uint64_t v)
{
	return (gpa_t){v};
}

static inline hva_t hva(uint64_t v)
{
	return (hva_t){v};
}

#define PAGE_SHIFT 12
#define PAGE_SIZE ((uint64_t)1 << PAGE_SHIFT)

#define SIZE_2M ((uint64_t)1 << 21)
#define SIZE_1G ((uint64_t)1 << 30)

#endif
