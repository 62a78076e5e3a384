/* SPDX-License-Identifier: Apache-2.0 */
/* Where the running Image lies, as the linker script has laid it out. */
#ifndef LIB_IMAGE_H
#define LIB_IMAGE_H

/**
 * struct image - addresses, each end behind the last byte
 * @start, @end: all of it, with what is zero at first
 * @text: the first instruction, behind the header and the guests' files: these
 *        are whole pages from the second on, or none
 * @emergency_stacks: <arch/emergency.h>
 * @relocations: up to @cold_text of no use once the cold part is unpacked
 * @cold_text, @cold_rodata, @cold_data, @cold_end: the cold part, whole pages
 *        each (include/core/cold.h)
 *
 * By pointers in memory, because code reaches only 1 MiB around it directly
 * (-mcmodel=tiny) and the guests' files come first.
 */
struct image {
	char *start, *end;
	char *text;
	char *emergency_stacks;
	char *relocations;
	char *cold_text, *cold_rodata, *cold_data, *cold_end;
};

extern const struct image image;

#endif
