/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What core/init.c asks of the application that runs on the runtime. core
 * declares these, the application (virt/, shell/) defines them.
 */
#ifndef CORE_INIT_H
#define CORE_INIT_H

/**
 * app_reserve_memory() - take ranges of RAM before anybody gets frames
 *
 * Called once on the boot CPU, after frames_add() of all RAM and
 * frames_reserve() of the Image, the loader's tree and the tree's reserved
 * ranges; before the heap, tasks or other CPUs exist. May log and call
 * frames_alloc_at(); must not allocate from the heap.
 */
void app_reserve_memory(void);

/** main() - the application, in a task of its own */
int main(void);

#endif
