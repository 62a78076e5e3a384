/* SPDX-License-Identifier: Apache-2.0 */
#include <lib/image.h>

extern char __image_start[], __image_end[];
extern char __text_start[];

const struct image image = {
	.start = __image_start,
	.end = __image_end,
	.text = __text_start,
};
