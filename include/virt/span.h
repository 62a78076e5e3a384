/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest file puts where: the checker compares it, the loader uses it. */
#ifndef VIRT_SPAN_H
#define VIRT_SPAN_H

#include <lib/types.h>
#include <lib/util.h>
#include <virt/config.h>

enum span_kind { SPAN_RAM, SPAN_EMU, SPAN_PT, SPAN_RANGE, SPAN_IMAGE };

/**
 * struct span - a range of guest addresses and who put it there
 * @index: in the key's array; images: SPAN_IMAGE's own numbering
 * @host:  the address it shows, for SPAN_PT, SPAN_RANGE and reserved RAM
 */
struct span {
	enum span_kind kind;
	unsigned int index;
	uint64_t base;
	uint64_t size_bytes;
	uint64_t host;
	bool has_host;
	bool floating; /* identical RAM: the address is a hint */
};

#define SPAN_LABEL_MAX 96

/** span_get() - span @n of a VM; false past the last one. Empty: size 0 */
bool span_get(const struct vm_config *config, unsigned int n,
	      struct span *span);

/** span_label() - "devices.emu_devices[1] "gicr" 0x…–0x…" */
const char *span_label(const struct vm_config *config, const struct span *span,
		       char buf[SPAN_LABEL_MAX]);

/** vm_image_footprint() - bytes a kernel takes in memory, BSS included */
uint64_t vm_image_footprint(const struct vm_image *image);

#endif
