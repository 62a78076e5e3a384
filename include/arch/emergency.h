/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a CPU reports that the host itself has failed: one stack for each of
 * CONFIG_MAX_CPUS, by struct cpu's id, whole pages. In each arch's vectors.S,
 * and image.emergency_stacks.
 */
#ifndef ARCH_EMERGENCY_H
#define ARCH_EMERGENCY_H

#define EMERGENCY_SHIFT 13
#define EMERGENCY_SIZE (1 << EMERGENCY_SHIFT)

#endif
