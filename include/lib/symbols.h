/* SPDX-License-Identifier: Apache-2.0 */
/* Names for addresses in cvisor's own code, for backtraces. */
#ifndef LIB_SYMBOLS_H
#define LIB_SYMBOLS_H

#include <lib/types.h>
#include <lib/util.h>

/* Room for a name and its NUL; longer names are cut. */
#define SYMBOL_NAME_MAX 64

/**
 * symbol_lookup() - the function that an address lies in
 * @pc:     an address in the running Image
 * @offset: set to the distance from the function's own beginning
 *
 * The name is put together in one static buffer and holds until the next
 * call: callers on several CPUs take turns (panic() does).
 *
 * Return: the name; NULL when the address lies before the first function, or in
 * the cold part while that is not there.
 */
const char *symbol_lookup(uint64_t pc, uint64_t *offset);

/** symbols_add_cold() - the cold part is there, and what it calls its own */
void symbols_add_cold(void);

#endif
