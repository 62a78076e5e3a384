/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Constants of C for assembly. arch/<a>/asm-offsets.c uses these macros in
 * one function; the build compiles it to text, picks the marked lines and
 * writes them as #define into <generated/asm-offsets.h>.
 */
#ifndef LIB_ASM_OFFSETS_H
#define LIB_ASM_OFFSETS_H

#include <stddef.h>

/** ASM_CONST() - <generated/asm-offsets.h> defines @name as @value */
#define ASM_CONST(name, value)                                                 \
	__asm__ volatile("\n.ascii \"->" #name " %0\"" : : "i"(value))

/** ASM_OFFSET() - @name is the offset of @member in @type */
#define ASM_OFFSET(name, type, member) ASM_CONST(name, offsetof(type, member))

/** ASM_SIZE() - @name is the size of @type */
#define ASM_SIZE(name, type) ASM_CONST(name, sizeof(type))

#endif
