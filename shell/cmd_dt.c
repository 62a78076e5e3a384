/* SPDX-License-Identifier: Apache-2.0 */
/* dt: the host's device tree */
#include "commands.h"
#include "dt_print.h"

#include <lib/fdt.h>
#include <string.h>
#include <virt/vconsole.h>

/* More than a board's tree has; a terminal would take minutes for it. */
#define LINES_MAX 20000u

enum { DT_RECURSIVE };

static const struct shell_opt dt_opts[] = {
	[DT_RECURSIVE] = {'r', "recursive", NULL, "and all nodes below it"},
	{0},
};

/* A name without '/' is one of /aliases. */
static int node_of(const void *fdt, const char *path)
{
	static const char aliases[] = "/aliases";
	int len, node;

	if (path[0] == '/')
		return fdt_path_node(fdt, path, strlen(path));
	node = fdt_path_node(fdt, aliases, strlen(aliases));
	if (node < 0)
		return node;
	path = fdt_prop(fdt, node, path, &len);
	if (!path || len < 2 || path[len - 1] || path[0] != '/')
		return -1;
	return fdt_path_node(fdt, path, (size_t)len - 1);
}

static int dt_run(const struct shell_args *args)
{
	const char *path = args->count ? args->words[0] : "/";
	struct dt_print dt = {
		.fdt = host_fdt(),
		.print = vconsole_shell_write,
		.lines_left = LINES_MAX,
	};
	int node = node_of(dt.fdt, path);

	if (node < 0) {
		shell_printf("dt: %s: no such node or alias; paths begin with "
			     "'/', Tab completes them\n",
			     path);
		return 1;
	}
	dt_print_node(&dt, node, args->opts[DT_RECURSIVE]);
	if (!dt.lines_left)
		shell_printf("dt: stopped after %u lines; name a node below\n",
			     LINES_MAX);
	return 0;
}

static const struct shell_cmd dt_cmd = {
	.name = "dt",
	.help = "show a node of the machine's device tree; without PATH, the "
		"root",
	.operands = "[PATH]",
	.operand = SHELL_DT_PATH,
	.max = 1,
	.opts = dt_opts,
	.run = dt_run,
};
SHELL_CMD(dt_cmd);
