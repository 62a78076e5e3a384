/* SPDX-License-Identifier: Apache-2.0 */
/* System V gABI, chapters 4 (ELF header) and 5 (program header). */
#include <virt/elf.h>

#include <errno.h>
#include <string.h>

struct elf_header {
	uint8_t ident[16];
	uint16_t type, machine;
	uint32_t version;
	uint64_t entry, phoff, shoff;
	uint32_t flags;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
_Static_assert(sizeof(struct elf_header) == 64, "gABI's");

struct elf_program {
	uint32_t type, flags;
	uint64_t offset, vaddr, paddr, filesz, memsz, align;
};
_Static_assert(sizeof(struct elf_program) == 56, "gABI's");

#define PT_LOAD 1
#define ET_EXEC 2
#define ET_DYN 3
#define PROGRAMS_MAX 128

bool elf_is(const uint8_t *head, size_t len)
{
	return len >= 4 && !memcmp(head, "\177ELF", 4);
}

static const char *header_wrong(const struct elf_header *h, uint64_t size)
{
	if (h->ident[4] != 2 || h->ident[5] != 1)
		return "is not of 64 bits, little-endian";
	if (h->type != ET_EXEC && h->type != ET_DYN)
		return "is no program";
	if (!h->phnum || h->phentsize != sizeof(struct elf_program))
		return "has no program headers";
	if (h->phnum > PROGRAMS_MAX)
		return "has more than 128 program headers";
	if (h->phoff > size ||
	    size - h->phoff < (uint64_t)h->phnum * h->phentsize)
		return "ends before its program headers do";
	return NULL;
}

static const char *program_wrong(const struct elf_program *p, uint64_t size)
{
	if (p->filesz > p->memsz)
		return "has a segment that is larger in the file than in "
		       "memory";
	if (p->offset > size || size - p->offset < p->filesz)
		return "ends before its segments do";
	if (p->paddr + p->memsz < p->paddr)
		return "has a segment behind the end of all addresses";
	return NULL;
}

static const char *segment_add(struct elf *elf, const struct elf_program *p)
{
	uint64_t end = p->paddr + p->memsz;
	uint64_t all_end = elf->base + elf->size_bytes;

	if (elf->count == ELF_SEGMENTS_MAX)
		return "has more than 16 segments to load";
	elf->segments[elf->count] = (struct elf_segment){
		.offset = p->offset,
		.file_bytes = p->filesz,
		.base = p->paddr,
		.size_bytes = p->memsz,
	};
	if (!elf->count || p->paddr < elf->base)
		elf->base = p->paddr;
	elf->size_bytes = (elf->count ? MAX(all_end, end) : end) - elf->base;
	elf->count++;
	return NULL;
}

/* An entry is a virtual address, where that is another one. */
static void entry_move(const struct elf_header *h, const struct elf_program *p,
		       struct elf *elf)
{
	if (h->entry - p->vaddr < p->memsz)
		elf->entry = h->entry - p->vaddr + p->paddr;
}

static int read_whole(elf_read_fn read, void *ctx, void *buf, size_t len,
		      uint64_t offset)
{
	int64_t n = read(ctx, buf, len, offset);

	if (n < 0)
		return (int)n;
	return (size_t)n == len ? 0 : -EINVAL;
}

int elf_parse(elf_read_fn read, void *ctx, uint64_t size, struct elf *elf,
	      const char **why)
{
	struct elf_header h;
	struct elf_program p;
	int err;

	*elf = (struct elf){0};
	*why = "ends before its header does";
	err = read_whole(read, ctx, &h, sizeof(h), 0);
	if (err)
		return err;
	*why = header_wrong(&h, size);
	if (*why)
		return -EINVAL;
	elf->machine = h.machine;
	elf->entry = h.entry;
	for (unsigned int i = 0; i < h.phnum; i++) {
		*why = "ends before its program headers do";
		err = read_whole(read, ctx, &p, sizeof(p),
				 h.phoff + i * sizeof(p));
		if (err)
			return err;
		if (p.type != PT_LOAD || !p.memsz)
			continue;
		*why = program_wrong(&p, size);
		if (!*why)
			*why = segment_add(elf, &p);
		if (*why)
			return -EINVAL;
		entry_move(&h, &p, elf);
	}
	*why = elf->count ? NULL : "has nothing to load";
	return elf->count ? 0 : -EINVAL;
}
