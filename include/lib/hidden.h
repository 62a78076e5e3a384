/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Before every source of the Image: all is in it, so what is declared is
 * reached directly. -fvisibility=hidden says so of definitions alone, and a
 * declaration would be reached through a table of addresses.
 */
#ifndef LIB_HIDDEN_H
#define LIB_HIDDEN_H

#ifndef __ASSEMBLY__
#pragma GCC visibility push(hidden)
#endif

#endif
