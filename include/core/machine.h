/* SPDX-License-Identifier: Apache-2.0 */
/* The machine's end, when somebody asked for it. */
#ifndef CORE_MACHINE_H
#define CORE_MACHINE_H

#include <lib/util.h>

/**
 * machine_off(), machine_reset() - the last thing that is done; no return
 * @last_words: printed behind what waits for the console
 *
 * The other CPUs stop where they are: whoever calls has ended the guests, or
 * does not care. arch_system_can_end() tells whether there is a way at all;
 * if firmware refuses all the same, the machine stands still.
 */
__noreturn void machine_off(const char *last_words);
__noreturn void machine_reset(const char *last_words);

#endif
