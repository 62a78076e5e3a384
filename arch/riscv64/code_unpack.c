/* SPDX-License-Identifier: Apache-2.0 */
#include <arch/cpu.h>

/* scripts/pack_image.py leaves these instructions as they are. */
void arch_code_unpack(void *code __unused_arg, size_t size_bytes __unused_arg,
		      uint64_t at __unused_arg)
{
}
