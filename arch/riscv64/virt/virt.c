/* SPDX-License-Identifier: Apache-2.0 */
/*
 * No guest runs on riscv64 yet, and arch_virt_probe() says so: no VM is made
 * then. Here is what the host asks without one; everything that takes a VM or
 * a vCPU is in unreachable.S.
 */
#include <arch/virt.h>

#include <errno.h>
#include <lib/log.h>

#define LOG_TAG "virt"

int arch_virt_probe(void)
{
	log_err("guests do not run on riscv64 yet");
	return -ENODEV;
}

const char *arch_irq_passthrough_refusal(void)
{
	return "guests do not run on riscv64 yet";
}

const char *arch_exit_reason_name(unsigned int reason __unused_arg)
{
	return NULL;
}

bool arch_exit_is_irq(unsigned int reason __unused_arg)
{
	return false;
}

void arch_exits_watch(bool on __unused_arg)
{
}

__noreturn void unreachable_called(uint64_t caller);

/* By unreachable.S. */
void unreachable_called(uint64_t caller)
{
	panic("called from %#lx without a guest: guests do not run on riscv64 "
	      "yet",
	      (unsigned long)caller);
}
