/* SPDX-License-Identifier: Apache-2.0 */
#include <lib/image.h>

extern char __image_start[], __image_end[];
extern char __text_start[], __rela_start[];
extern char emergency_stacks[]; /* arch/ */
extern char __cold_text[], __cold_rodata[], __cold_data[], __cold_end[];

const struct image image = {
	.start = __image_start,
	.end = __image_end,
	.text = __text_start,
	.emergency_stacks = emergency_stacks,
	.relocations = __rela_start,
	.cold_text = __cold_text,
	.cold_rodata = __cold_rodata,
	.cold_data = __cold_data,
	.cold_end = __cold_end,
};
