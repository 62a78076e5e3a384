/* SPDX-License-Identifier: Apache-2.0 */
/* Small macros that every layer uses. */
#ifndef LIB_UTIL_H
#define LIB_UTIL_H

#include <stddef.h>
#include <stdint.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define BIT(n) ((uint64_t)1 << (n))
/** GENMASK() - bits @hi down to @lo set, both included, 63 >= hi >= lo */
#define GENMASK(hi, lo) ((~(uint64_t)0 >> (63 - (hi))) & (~(uint64_t)0 << (lo)))

/** ALIGN_UP()/ALIGN_DOWN() - @a is a power of two */
#define ALIGN_DOWN(x, a) ((x) & ~((__typeof__(x))(a)-1))
#define ALIGN_UP(x, a) ALIGN_DOWN((x) + (__typeof__(x))(a)-1, a)
#define IS_ALIGNED(x, a) (((x) & ((__typeof__(x))(a)-1)) == 0)

#define MIN(a, b)                                                              \
	({                                                                     \
		__typeof__(a) _min_a = (a);                                    \
		__typeof__(b) _min_b = (b);                                    \
		_min_a < _min_b ? _min_a : _min_b;                             \
	})
#define MAX(a, b)                                                              \
	({                                                                     \
		__typeof__(a) _max_a = (a);                                    \
		__typeof__(b) _max_b = (b);                                    \
		_max_a > _max_b ? _max_a : _max_b;                             \
	})

#define container_of(ptr, type, member)                                        \
	((type *)((char *)(ptr)-offsetof(type, member)))

/* picolibc's headers have some of these too, with the same meaning */
#undef __noreturn
#undef __section
#undef __printf
#define __must_check __attribute__((warn_unused_result))
#define __noreturn __attribute__((noreturn))
#define __unused_arg __attribute__((unused))

/* in a file that is compiled for speed: this is rare, make it small */
#define __rare __attribute__((cold))
/* Not __section: the C library has one, which lets go of unused objects. */
#define __linked_in(name) __attribute__((section(name), used))
#define __printf(f, a) __attribute__((format(printf, f, a)))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/**
 * IS_ENABLED() - 1 when the Kconfig symbol is y, else 0; usable in if ()
 *
 * autoconf.h defines CONFIG_X to 1 or not at all.
 */
#define IS_ENABLED(config) IS_ENABLED_1(config)
#define IS_ENABLED_1(value) IS_ENABLED_2(IS_ENABLED_ARG_##value)
#define IS_ENABLED_2(arg_junk) IS_ENABLED_3(arg_junk 1, 0)
#define IS_ENABLED_3(ignored, result, ...) result
#define IS_ENABLED_ARG_1 0,

#endif
