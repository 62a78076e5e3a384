/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels as ELF files of 64 bits: what is loaded where, and the entry. */
#ifndef VIRT_ELF_H
#define VIRT_ELF_H

#include <lib/types.h>
#include <lib/util.h>

#define ELF_SEGMENTS_MAX 16
#define ELF_MACHINE_X86_64 62
#define ELF_MACHINE_AARCH64 183
#define ELF_MACHINE_RISCV 243

/** struct elf_segment - @file_bytes of the file, and zeros up to @size_bytes */
struct elf_segment {
	uint64_t offset;
	uint64_t file_bytes;
	uint64_t base; /* physical */
	uint64_t size_bytes;
};

/**
 * struct elf - an ELF file
 * @entry: physical
 * @base, @size_bytes: from the first to the last byte of all segments
 */
struct elf {
	uint16_t machine;
	uint16_t count;
	uint64_t entry;
	uint64_t base;
	uint64_t size_bytes;
	struct elf_segment segments[ELF_SEGMENTS_MAX];
};

/** elf_is() - does a file that begins so want to be one? */
bool elf_is(const uint8_t *head, size_t len);

/** elf_read_fn - @len bytes at @offset; Return: how many; an error */
typedef int64_t (*elf_read_fn)(void *ctx, void *buf, size_t len,
			       uint64_t offset);

/**
 * elf_parse() - read the headers
 * @size: of the file; nothing behind it is believed
 * @why:  what is wrong with it
 *
 * Return: 0; -EINVAL with @why; an error of @read's.
 */
int __must_check elf_parse(elf_read_fn read, void *ctx, uint64_t size,
			   struct elf *elf, const char **why);

#endif
