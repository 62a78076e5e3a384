/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RISCV64_VIRT_CONSOLE_H
#define RISCV64_VIRT_CONSOLE_H

#include <lib/types.h>
#include <lib/util.h>
#include <virt/vdev.h>

struct vm;

/**
 * struct sbi_console - of a VM without a UART; zeroed: it has one
 * @dev:  none of vm->vdevs: it has no registers
 * @head: atomic: taken so far, by any vCPU
 * @tail: atomic: typed so far
 */
struct sbi_console {
	struct vdev dev;
	uint8_t in[64];
	uint32_t head;
	uint32_t tail;
};

/** sbi_console_reset() - at each cold start; the first makes the console */
void sbi_console_reset(struct sbi_console *c, struct vm *vm);

/** sbi_console_read() - typed bytes, at most @max, without waiting; any vCPU.
 * Return: how many */
unsigned int sbi_console_read(struct sbi_console *c, uint8_t *bytes,
			      unsigned int max);

#endif
