/* SPDX-License-Identifier: Apache-2.0 */
/* The machine's own watchdog, which resets it when the host hangs. */
#ifndef DRIVERS_WATCHDOG_H
#define DRIVERS_WATCHDOG_H

/** watchdog_node() - of the one that runs, in the host tree; < 0: none does */
int watchdog_node(void);

#endif
