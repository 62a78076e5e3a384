/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHELL_DT_PRINT_PRIVATE_H
#define SHELL_DT_PRINT_PRIVATE_H

#include <lib/types.h>

/**
 * struct dt_print - a device tree as text, in the language that dtc reads
 * @print:      takes the text
 * @lines_left: it stops at 0, in the middle if need be
 */
struct dt_print {
	const void *fdt;
	void (*print)(const char *text, size_t len);
	unsigned int lines_left;
};

/**
 * dt_print_node() - a node's properties and its children
 * @recursive: the children's too; else only their names
 *
 * Behind phandles their nodes' paths stand as comments.
 */
void dt_print_node(struct dt_print *dt, int node, bool recursive);

#endif
