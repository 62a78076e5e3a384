/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of what other nodes provide: clocks, resets, power domains. Each entry
 * is the provider's phandle and as many cells as the provider says.
 */
#ifndef LIB_FDT_ARGS_H
#define LIB_FDT_ARGS_H

#include <lib/fdt.h>

#define FDT_ARGS_MAX 4

/** struct fdt_args - one entry; @node: the provider's */
struct fdt_args {
	int node;
	unsigned int count;
	uint32_t cells[FDT_ARGS_MAX];
};

/**
 * fdt_args() - entry @index of a node's list
 * @list:  the property, as "clocks"
 * @cells: the provider's, with the number of cells, as "#clock-cells"
 *
 * A phandle of 0 is an entry that is left out.
 *
 * Return: 0; -ENOENT: no such entry, or left out; -ERANGE: behind the last
 * one; -EINVAL: damage, or a provider that is none; the rest of the list is
 * not to be read, either.
 */
int fdt_args(const void *fdt, int node, const char *list, const char *cells,
	     unsigned int index, struct fdt_args *args);

/** fdt_strings_index() - where a list of strings has @name; < 0: nowhere */
int fdt_strings_index(const void *fdt, int node, const char *list,
		      const char *name);

#endif
