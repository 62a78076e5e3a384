/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What core/init.c asks of the layers above it. core declares these; drivers/
 * and the application (virt/, shell/) define them.
 */
#ifndef CORE_INIT_H
#define CORE_INIT_H

enum driver_phase {
	DRIVER_IRQCHIP, /* before interrupts are enabled */
	DRIVER_CONSOLE,
	DRIVER_DEVICE,  /* in a task */
	DRIVER_STORAGE, /* by the application, when it knows its VMs */
};

/** drivers_probe() - bind every enabled node of the host tree in this phase */
void drivers_probe(enum driver_phase phase);

/** drivers_wanted() - what a machine must have that @phase found nothing on,
 * in words, as the drivers that are built in tell it */
const char *drivers_wanted(enum driver_phase phase);

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
