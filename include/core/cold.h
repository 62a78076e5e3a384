/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cold part of the Image: shell, file systems, cards, clocks, readers of
 * guest files and of rarer kernels, rarer emulated devices (cold-objects in
 * scripts/image.mk). It is packed, which keeps the Image small, and unpacked
 * when somebody needs it: looks at the shell, has a disk, has a VM with a part
 * of it. Until then its pages are not mapped.
 *
 * Other code calls it behind cold_load(), see COLD_DOORS in
 * tests/build/test_build.py.
 */
#ifndef CORE_COLD_H
#define CORE_COLD_H

#include <lib/types.h>
#include <lib/util.h>

/* Where scripts/pack_image.py has put it: offsets from the Image's start. */
struct cold_record {
	uint32_t relocations;
	uint32_t packed, packed_bytes;
	uint32_t crc; /* CRC-32 of what is unpacked */
};
extern const struct cold_record cold_record; /* cvisor.lds.S */

/** cold_init() - before any task calls cold_load() */
void cold_init(void);

/**
 * cold_load() - it may be called and read when this returns 0
 *
 * The first one unpacks, others wait for that. Tasks only.
 *
 * Return: 0; -ENOMEM: it may be tried again; -EBADMSG: the Image is damaged,
 * for ever. An error was logged.
 */
int __must_check cold_load(void);

/** cold_is_loaded() - it was */
bool cold_is_loaded(void);

#endif
