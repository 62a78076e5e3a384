/* SPDX-License-Identifier: Apache-2.0 */
/* Random bytes for guests, grown from the seed that the firmware gave. */
#ifndef LIB_RANDOM_H
#define LIB_RANDOM_H

#include <lib/types.h>
#include <lib/util.h>

/** random_seed() - stir in a secret; one of less than 32 bytes is ignored */
void random_seed(const void *seed, size_t size);

/**
 * random_bytes() - bytes that tell nothing of those given out before or after
 *
 * Return: false when there is no seed; @buf is left alone then.
 */
bool __must_check random_bytes(void *buf, size_t size);

#endif
