/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the checker share. */
#ifndef VIRT_CONFIG_VM_CHECK_H
#define VIRT_CONFIG_VM_CHECK_H

#include <virt/config.h>

#include "report.h"

struct check {
	const struct vm_config *const *configs;
	unsigned int count;
	const struct config_host *host;
	struct config_report *report;
};

#define check_error(check, config, ...)                                        \
	config_finding((check)->report, CONFIG_ERROR, (config)->file, 0,       \
		       __VA_ARGS__)
#define check_warn(check, config, ...)                                         \
	config_finding((check)->report, CONFIG_WARNING, (config)->file, 0,     \
		       __VA_ARGS__)

/* What occupies guest addresses. */
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

static inline bool ranges_overlap(uint64_t a, uint64_t a_size, uint64_t b,
				  uint64_t b_size)
{
	return a_size && b_size && (a <= b ? b - a < a_size : a - b < b_size);
}

static inline bool range_within(uint64_t a, uint64_t a_size, uint64_t b,
				uint64_t b_size)
{
	return a >= b && a_size <= b_size && a - b <= b_size - a_size;
}

/** vm_image_footprint() - bytes a kernel takes in memory, BSS included */
uint64_t vm_image_footprint(const struct vm_image *image);

/* The parts; each looks at one VM, or at all of them. */
void check_memory(struct check *check, const struct vm_config *config);
void check_devices(struct check *check, const struct vm_config *config);
void check_cpus(struct check *check);
void check_between(struct check *check, const struct vm_config *a,
		   const struct vm_config *b);
void check_fdt(struct check *check);

#endif
