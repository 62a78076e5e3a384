/* SPDX-License-Identifier: Apache-2.0 */
#include <lib/fdt_args.h>

#include <errno.h>
#include <string.h>

int fdt_args(const void *fdt, int node, const char *list, const char *cells,
	     unsigned int index, struct fdt_args *args)
{
	int len;
	const void *value = fdt_prop(fdt, node, list, &len);
	unsigned int at = 0, end = value ? (unsigned int)len / 4 : 0;

	if (value && len % 4)
		return -EINVAL;
	while (at < end) {
		uint32_t phandle = fdt_cell(value, at++);

		args->node = -1;
		args->count = 0;
		if (phandle) {
			args->node = fdt_phandle_node(fdt, phandle);
			if (args->node < 0)
				return -EINVAL;
			args->count = fdt_u32(fdt, args->node, cells, ~0u);
		}
		if (args->count > FDT_ARGS_MAX || args->count > end - at)
			return -EINVAL;
		if (!index--) {
			for (unsigned int i = 0; i < args->count; i++)
				args->cells[i] = fdt_cell(value, at + i);
			return phandle ? 0 : -ENOENT;
		}
		at += args->count;
	}
	return -ERANGE;
}

int fdt_strings_index(const void *fdt, int node, const char *list,
		      const char *name)
{
	int len, index = 0;
	const char *at = fdt_prop(fdt, node, list, &len);
	const char *end = at ? at + len : NULL;

	if (!at || !len || end[-1])
		return -ENOENT;
	for (; at < end; at += strlen(at) + 1, index++)
		if (!strcmp(at, name))
			return index;
	return -ENOENT;
}
