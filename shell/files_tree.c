/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copying files; whole trees, copied and removed. A tree is walked with its
 * open directories in a list, so it may be as deep as paths are long; links
 * are never followed into directories, so it ends.
 */
#include "files.h"

#include <errno.h>
#include <mm/heap.h>
#include <stdio.h>
#include <string.h>

#define CHUNK_BYTES 65536u

/* A directory that is being read */
struct level {
	struct level *up;
	struct fs_dir *dir;
	size_t len;  /* of its path */
	bool failed; /* something in it could not be done */
};

/**
 * struct tree - a walk; its top is never "/"
 * @path: where it is
 * @to:   of copying: the copy of the top, then of @path
 * @top_len: of the top's path, @to_len: of its copy's
 */
struct tree {
	const char *command;
	enum files_result (*enter)(struct tree *tree);
	enum files_result (*file)(struct tree *tree);
	enum files_result (*leave)(struct tree *tree);
	struct level *level;
	char path[FS_PATH_MAX], to[FS_PATH_MAX];
	size_t top_len, to_len;
	struct fs_dirent entry;
};

static enum files_result fail(struct tree *tree, int64_t err)
{
	return files_fail(tree->command, tree->path, err);
}

static enum files_result push(struct tree *tree)
{
	struct level *level;
	enum files_result result = tree->enter(tree);
	int err;

	if (result)
		return result;
	level = heap_alloc(sizeof(*level));
	if (!level)
		return fail(tree, -ENOMEM);
	err = fs_opendir(tree->path, &level->dir);
	if (err) {
		heap_free(level);
		return fail(tree, err);
	}
	level->len = strlen(tree->path);
	level->up = tree->level;
	tree->level = level;
	return FILES_OK;
}

static void pop(struct tree *tree)
{
	struct level *level = tree->level;

	fs_closedir(level->dir);
	tree->level = level->up;
	if (level->up && level->failed)
		level->up->failed = true;
	heap_free(level);
}

static enum files_result visit(struct tree *tree)
{
	size_t len = tree->level->len, room = sizeof(tree->path) - len;

	if (snprintf(tree->path + len, room, "/%s", tree->entry.name) >=
	    (int)room) {
		tree->path[len] = '\0';
		return fail(tree, -ENAMETOOLONG);
	}
	return tree->entry.stat.kind == FS_DIRECTORY ? push(tree)
						     : tree->file(tree);
}

/* The level is read to its end, or cannot be read on. */
static enum files_result level_end(struct tree *tree, int err)
{
	enum files_result result = fail(tree, err);
	bool whole = !result && !tree->level->failed;

	tree->level->failed |= !whole;
	if (whole && tree->leave) {
		/* nobody removes a directory that is open */
		fs_closedir(tree->level->dir);
		tree->level->dir = NULL;
		result = tree->leave(tree);
		tree->level->failed |= result != FILES_OK;
	}
	pop(tree);
	return result;
}

static enum files_result walk(struct tree *tree)
{
	enum files_result worst = push(tree);

	while (tree->level && worst != FILES_STOP) {
		enum files_result result;
		int got = fs_readdir(tree->level->dir, &tree->entry);

		if (got == 1) {
			struct level *level = tree->level;

			result = visit(tree);
			level->failed |= result != FILES_OK;
			if (tree->level == level)
				tree->path[level->len] = '\0';
		} else {
			result = level_end(tree, got);
			if (tree->level)
				tree->path[tree->level->len] = '\0';
		}
		if (files_stopped(tree->command))
			result = FILES_STOP;
		worst = MAX(worst, result);
	}
	while (tree->level)
		pop(tree);
	return worst;
}

/*
 * Copying
 */

static enum files_result chunks_copy(const char *command, const char *from,
				     struct fs_file *in, const char *to,
				     struct fs_file *out)
{
	uint8_t *buf = heap_alloc(CHUNK_BYTES);
	enum files_result result = FILES_OK;
	int64_t got = 1;

	if (!buf)
		return files_fail(command, from, -ENOMEM);
	while (!result && got) {
		int64_t put;

		got = fs_read(in, buf, CHUNK_BYTES);
		result = files_fail(command, from, got);
		if (result || !got)
			break;
		put = fs_write(out, buf, (size_t)got);
		if (put >= 0 && put < got)
			put = -ENOSPC;
		result = files_fail(command, to, put);
		if (!result && files_stopped(command))
			result = FILES_STOP;
	}
	heap_free(buf);
	return result;
}

enum files_result files_copy(const char *command, const char *from,
			     const char *to)
{
	struct fs_file *in, *out;
	enum files_result result;

	result = files_fail(command, from, fs_open(from, FS_READ, &in));
	if (result)
		return result;
	result = files_fail(
		command, to,
		fs_open(to, FS_WRITE | FS_CREATE | FS_REPLACE, &out));
	if (!result) {
		result = chunks_copy(command, from, in, to, out);
		if (result)
			fs_discard(out);
		else
			result = files_fail(command, to, fs_close(out));
	}
	fs_discard(in);
	return result;
}

/* @to of where the walk is */
static enum files_result copy_name(struct tree *tree)
{
	const char *rest = tree->path + tree->top_len;
	size_t room = sizeof(tree->to) - tree->to_len;

	if (snprintf(tree->to + tree->to_len, room, "%s", rest) < (int)room)
		return FILES_OK;
	tree->to[tree->to_len] = '\0';
	return fail(tree, -ENAMETOOLONG);
}

static enum files_result copy_enter(struct tree *tree)
{
	enum files_result result = copy_name(tree);
	int err;

	if (result)
		return result;
	err = fs_mkdir(tree->to);
	if (err == -EEXIST && files_kind(tree->to) == FS_DIRECTORY)
		err = 0;
	return files_fail(tree->command, tree->to, err);
}

static enum files_result copy_file(struct tree *tree)
{
	enum files_result result = copy_name(tree);

	if (result)
		return result;
	if (tree->entry.stat.kind == FS_SYMLINK &&
	    files_kind(tree->path) == FS_DIRECTORY) {
		shell_printf("%s: ", tree->command);
		files_print_name(tree->path);
		shell_printf(": a link to a directory, is left out\n");
		return FILES_FAILED;
	}
	return files_copy(tree->command, tree->path, tree->to);
}

static enum files_result tree_run(struct tree *tree, const char *path,
				  const char *to)
{
	enum files_result result;

	snprintf(tree->path, sizeof(tree->path), "%s", path);
	snprintf(tree->to, sizeof(tree->to), "%s", to);
	tree->top_len = strlen(path);
	tree->to_len = strlen(to);
	result = walk(tree);
	heap_free(tree);
	return result;
}

enum files_result files_copy_tree(const char *command, const char *from,
				  const char *to)
{
	struct tree *tree = heap_alloc(sizeof(*tree));

	if (!tree)
		return files_fail(command, from, -ENOMEM);
	tree->command = command;
	tree->enter = copy_enter;
	tree->file = copy_file;
	return tree_run(tree, from, to);
}

/*
 * Removing
 */

static enum files_result remove_enter(struct tree *tree __unused_arg)
{
	return FILES_OK;
}

static enum files_result remove_file(struct tree *tree)
{
	return fail(tree, fs_unlink(tree->path));
}

static enum files_result remove_leave(struct tree *tree)
{
	return fail(tree, fs_rmdir(tree->path));
}

enum files_result files_remove_tree(const char *command, const char *path)
{
	int err = fs_rmdir(path);
	struct tree *tree;

	/* an empty one is gone; what must not be removed is not begun */
	if (err != -ENOTEMPTY)
		return files_fail(command, path, err);
	tree = heap_alloc(sizeof(*tree));
	if (!tree)
		return files_fail(command, path, -ENOMEM);
	tree->command = command;
	tree->enter = remove_enter;
	tree->file = remove_file;
	tree->leave = remove_leave;
	return tree_run(tree, path, "");
}
