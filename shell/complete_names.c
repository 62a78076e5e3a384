/* SPDX-License-Identifier: Apache-2.0 */
/* What the Tab key knows beside the commands' tables. */
#include "complete.h"

#include "files.h"

#include <drivers/block.h>
#include <lib/fdt.h>
#include <lib/log_tags.h>
#include <mm/heap.h>
#include <stdio.h>
#include <string.h>
#include <virt/config.h>
#include <virt/vm.h>

static void vms(complete_visit *visit, void *ctx)
{
	for (const struct vm *vm = vm_first(); vm; vm = vm->next)
		visit(ctx, vm->config->name);
}

static void vm_configs(complete_visit *visit, void *ctx)
{
	for (unsigned int i = 0; i < vm_config_count; i++)
		visit(ctx, vm_config_table[i]->name);
}

static void log_tags(complete_visit *visit, void *ctx)
{
	const char *tag = log_tag_next("");

	for (; tag; tag = log_tag_next(tag))
		visit(ctx, tag);
}

static void disks(complete_visit *visit, void *ctx)
{
	for (const struct block_device *dev = block_next(NULL); dev;
	     dev = block_next(dev))
		visit(ctx, dev->name);
}

static void dt_child(const struct fdt_walk *walk, const char *parent,
		     int parent_len, complete_visit *visit, void *ctx)
{
	struct fdt_walk inside = *walk;
	char path[SHELL_LINE_MAX];
	enum fdt_token token;
	int n;

	do
		token = fdt_walk_next_node(&inside);
	while (token == FDT_TOKEN_PROP);
	n = snprintf(path, sizeof(path), "%.*s%s%s", parent_len, parent,
		     walk->name, token == FDT_TOKEN_NODE ? "/" : "");
	if (n > 0 && (size_t)n < sizeof(path))
		visit(ctx, path);
}

/* The children of the node that all but the last part of @word names. */
static void dt_paths(const char *word, complete_visit *visit, void *ctx)
{
	const char *slash = strrchr(word, '/');
	int len = slash ? (int)(slash + 1 - word) : 0;
	struct fdt_walk walk;
	enum fdt_token token;
	int node;

	if (!slash) {
		visit(ctx, "/");
		return;
	}
	node = fdt_path_node(host_fdt(), word, (size_t)len);
	if (node < 0 || !fdt_walk_into(&walk, host_fdt(), node))
		return;
	for (;;) {
		token = fdt_walk_next_node(&walk);
		if (token == FDT_TOKEN_PROP)
			continue;
		if (token != FDT_TOKEN_NODE)
			return;
		dt_child(&walk, word, len, visit, ctx);
		if (!fdt_walk_skip(&walk))
			return;
	}
}

/* Only what can be typed: ASCII */
static bool is_typed(const char *name)
{
	while (*name >= ' ' && *name < 0x7f)
		name++;
	return !*name;
}

static void file_offer(const char *word, int dir_len,
		       const struct fs_dirent *entry, complete_visit *visit,
		       void *ctx)
{
	bool hidden = entry->name[0] == '.' && word[dir_len] != '.';
	char text[SHELL_LINE_MAX];
	int n;

	if (hidden || !is_typed(entry->name))
		return;
	n = snprintf(text, sizeof(text), "%.*s%s%s", dir_len, word, entry->name,
		     entry->stat.kind == FS_DIRECTORY ? "/" : "");
	if (n > 0 && (size_t)n < sizeof(text))
		visit(ctx, text);
}

/* What is in the directory that all but the last part of @word names. */
static void files(const char *word, bool directories, complete_visit *visit,
		  void *ctx)
{
	const char *slash = strrchr(word, '/');
	int len = slash ? (int)(slash + 1 - word) : 0;
	struct {
		char typed[SHELL_LINE_MAX], path[FS_PATH_MAX];
		struct fs_dirent entry;
	} *s = heap_alloc(sizeof(*s));
	struct fs_dir *dir = NULL;

	if (!s)
		return;
	snprintf(s->typed, sizeof(s->typed), "%.*s", len, word);
	if (!fs_path_join(files_cwd(), s->typed, s->path, sizeof(s->path)) &&
	    !fs_opendir(s->path, &dir))
		while (fs_readdir(dir, &s->entry) == 1)
			if (!directories || s->entry.stat.kind == FS_DIRECTORY)
				file_offer(word, len, &s->entry, visit, ctx);
	fs_closedir(dir);
	heap_free(s);
}

void complete_names(enum shell_operand kind, const char *word,
		    complete_visit *visit, void *ctx)
{
	switch (kind) {
	case SHELL_VM:
		vms(visit, ctx);
		break;
	case SHELL_VM_CONFIG:
		vm_configs(visit, ctx);
		break;
	case SHELL_DT_PATH:
		dt_paths(word, visit, ctx);
		break;
	case SHELL_LOG_TAG:
		log_tags(visit, ctx);
		break;
	case SHELL_DISK:
		if (IS_ENABLED(CONFIG_BLOCK))
			disks(visit, ctx);
		break;
	case SHELL_PATH:
	case SHELL_DIRECTORY:
		if (IS_ENABLED(CONFIG_SHELL_FILES))
			files(word, kind == SHELL_DIRECTORY, visit, ctx);
		break;
	default:
		break;
	}
}
