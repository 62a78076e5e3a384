/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing a flattened tree front to back. Errors are sticky: check once, at
 * the end.
 */
#ifndef VIRT_FDT_WRITER_H
#define VIRT_FDT_WRITER_H

#include <lib/types.h>
#include <lib/util.h>

/* Names that cvisor writes, in the order of own_names in fdt_writer.c. */
enum fdtw_name {
	FDTW_DEVICE_TYPE,
	FDTW_REG,
	FDTW_ENABLE_METHOD,
	FDTW_BOOTARGS,
	FDTW_STDOUT_PATH,
	FDTW_INITRD_START,
	FDTW_INITRD_END,
	FDTW_RNG_SEED,
	FDTW_NAME_COUNT,
};

/**
 * struct fdt_writer - the tree so far
 * @at:    bytes of @buf that are written
 * @names: where our names begin in the strings block
 * @err:   0 or the first error
 */
struct fdt_writer {
	uint8_t *buf;
	size_t size;
	size_t at;
	size_t struct_start;
	uint32_t names;
	uint32_t name_offsets[FDTW_NAME_COUNT];
	int err;
};

/**
 * fdtw_init() - begin
 * @reservations: tree whose memory reservations are copied; NULL: none
 * @names:        bytes of the strings blocks that fdtw_finish() will copy
 */
void fdtw_init(struct fdt_writer *w, void *buf, size_t size,
	       const void *reservations, uint32_t names);
void fdtw_begin(struct fdt_writer *w, const char *name);
void fdtw_end(struct fdt_writer *w);
void fdtw_prop(struct fdt_writer *w, uint32_t nameoff, const void *data,
	       uint32_t len);
void fdtw_prop_own(struct fdt_writer *w, enum fdtw_name name, const void *data,
		   uint32_t len);
void fdtw_prop_str(struct fdt_writer *w, enum fdtw_name name, const char *text);
void fdtw_prop_u64(struct fdt_writer *w, enum fdtw_name name, uint64_t value);

/** fdtw_put_cells() - big-endian; false: @value needs more than @cells */
bool fdtw_put_cells(uint8_t *out, uint32_t cells, uint64_t value);

/**
 * fdtw_finish() - strings blocks of both trees (@second may be NULL), header
 *
 * The buffer's rest becomes room that libfdt may use.
 */
int __must_check fdtw_finish(struct fdt_writer *w, const void *first,
			     const void *second);

#endif
