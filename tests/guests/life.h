/* SPDX-License-Identifier: Apache-2.0 */
/* The life guest: what it needs of its architecture, in <arch>/life.c. */
#ifndef TEST_GUEST_LIFE_H
#define TEST_GUEST_LIFE_H

#include "guest.h"

#define RAM_SIZE (4UL << 20)

/* life.c */

/** expect() - say what is not as after a cold start */
void expect(const char *what, uint64_t value, uint64_t cold);
/** tree_says() - wherever in the tree it stands */
bool tree_says(const char *text);

/* <arch>/life.c */

/** registers_check(), devices_check() - expect() a cold start's values */
void registers_check(void);
void devices_check(void);
/** registers_dirty(), devices_dirty() - leave nothing of that */
void registers_dirty(void);
void devices_dirty(void);
/** ram_dirty() - overwrite all of RAM but the few instructions that do it;
 * then reset, or spin */
void ram_dirty(bool reset) __attribute__((noreturn));
/** die_here() - go on where nothing is, exceptions too */
void die_here(uint64_t nowhere);
/** offset_read() - of a clock that a suspend does not stop, to the counter; 0
 * where a guest sees none */
uint64_t offset_read(void);

#endif
