/* SPDX-License-Identifier: Apache-2.0 */
/* rm, cp, mv: what makes files go elsewhere, or nowhere */
#include "commands.h"
#include "files.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The paths that a command deals with: the shell has one task. */
static char from[FS_PATH_MAX], to[FS_PATH_MAX];

static enum files_result say(const char *command, const char *path,
			     const char *what)
{
	shell_printf("%s: ", command);
	files_print_name(path);
	shell_printf(": %s\n", what);
	return FILES_FAILED;
}

static bool is_cwd(const char *command, const char *path)
{
	if (!files_is_in(files_cwd(), path) || !strcmp(path, "/"))
		return false;
	say(command, path, "the shell is in there; leave it by `cd` first");
	return true;
}

/*
 * rm
 */

enum { RM_DIR, RM_RECURSIVE, RM_FORCE };

static enum files_result rm_one(const struct shell_args *args, const char *word)
{
	enum files_result result = files_path("rm", word, from);
	int err;

	if (result)
		return result;
	err = fs_unlink(from);
	if (err == -ENOENT && args->opts[RM_FORCE] && fs_mounted())
		return FILES_OK;
	if (err != -EISDIR && (err != -EBUSY || !args->opts[RM_RECURSIVE]))
		return files_fail("rm", word, err);
	if (!args->opts[RM_RECURSIVE] && !args->opts[RM_DIR])
		return say("rm", word,
			   "is a directory; -d removes an empty one, -r one "
			   "with all in it");
	if (is_cwd("rm", from))
		return FILES_FAILED;
	if (args->opts[RM_RECURSIVE])
		return files_remove_tree("rm", from);
	return files_fail("rm", word, fs_rmdir(from));
}

static int rm_run(const struct shell_args *args)
{
	enum files_result worst = FILES_OK;

	for (int i = 0; i < args->count && worst != FILES_STOP; i++)
		worst = MAX(worst, rm_one(args, args->words[i]));
	return files_end("rm", worst);
}

static const struct shell_opt rm_opts[] = {
	[RM_DIR] = {'d', "dir", NULL, "empty directories, too"},
	[RM_RECURSIVE] = {'r', "recursive", NULL,
			  "directories with all in them"},
	[RM_FORCE] = {'f', "force", NULL, "what is missing is no error"},
	{0},
};

static const struct shell_cmd rm_cmd = {
	.name = "rm",
	.help = "remove files",
	.operands = "PATH...",
	.operand = SHELL_PATH,
	.min = 1,
	.max = SHELL_ARGS_MAX,
	.opts = rm_opts,
	.run = rm_run,
};
SHELL_CMD(rm_cmd);

/*
 * cp, mv: each into the last one, if that is a directory
 */

typedef enum files_result move_fn(const struct shell_args *args);

/* @to becomes the name that @from gets. */
static enum files_result target(const char *command, const char *last)
{
	enum files_result result = files_path(command, last, to);
	size_t len = strlen(to);
	const char *name = strrchr(from, '/');

	if (result || files_kind(to) != FS_DIRECTORY)
		return result;
	name += len == 1;
	if (snprintf(to + len, sizeof(to) - len, "%s", name) >=
	    (int)(sizeof(to) - len))
		return files_fail(command, last, -ENAMETOOLONG);
	return FILES_OK;
}

static bool is_a_directory(const char *path)
{
	return files_kind(path) == FS_DIRECTORY;
}

static int move_all(const char *command, const struct shell_args *args,
		    move_fn *move)
{
	const char *last = args->words[args->count - 1];
	enum files_result worst = files_path(command, last, to);

	if (!worst && args->count > 2 && !is_a_directory(to))
		worst = say(command, last,
			    "is no directory; several files need one");
	if (worst)
		return 1;
	for (int i = 0; i < args->count - 1 && worst != FILES_STOP; i++) {
		enum files_result one =
			files_path(command, args->words[i], from);

		if (!one)
			one = target(command, last);
		if (!one)
			one = move(args);
		worst = MAX(worst, one);
	}
	return files_end(command, worst);
}

enum { CP_RECURSIVE };

static enum files_result cp_one(const struct shell_args *args)
{
	struct fs_stat stat;
	enum files_result result = files_fail("cp", from, fs_stat(from, &stat));

	if (result)
		return result;
	if (!strcmp(from, to))
		return say("cp", from, "is the same file");
	if (stat.kind != FS_DIRECTORY)
		return files_copy("cp", from, to);
	if (!args->opts[CP_RECURSIVE])
		return say("cp", from, "is a directory; -r copies it");
	if (files_is_in(to, from))
		return say("cp", from, "cannot be copied into itself");
	return files_copy_tree("cp", from, to);
}

static int cp_run(const struct shell_args *args)
{
	return move_all("cp", args, cp_one);
}

static const struct shell_opt cp_opts[] = {
	[CP_RECURSIVE] = {'r', "recursive", NULL,
			  "directories with all in them"},
	{0},
};

static const struct shell_cmd cp_cmd = {
	.name = "cp",
	.help = "copy files; into TO if it is a directory, else in its place",
	.operands = "FROM... TO",
	.operand = SHELL_PATH,
	.min = 2,
	.max = SHELL_ARGS_MAX,
	.opts = cp_opts,
	.run = cp_run,
};
SHELL_CMD(cp_cmd);

/* To another file system: what could not be copied whole stays. */
static enum files_result move_over(void)
{
	enum files_result result;

	if (!is_a_directory(from)) {
		result = files_copy("mv", from, to);
		return result ? result
			      : files_fail("mv", from, fs_unlink(from));
	}
	result = files_copy_tree("mv", from, to);
	return result ? result : files_remove_tree("mv", from);
}

static enum files_result mv_one(const struct shell_args *args __unused_arg)
{
	int err;

	if (is_cwd("mv", from))
		return FILES_FAILED;
	err = fs_rename(from, to);
	if (err == -EXDEV)
		return move_over();
	if (err == -EINVAL && files_is_in(to, from))
		return say("mv", from, "cannot be moved into itself");
	return files_fail("mv", err == -EEXIST ? to : from, err);
}

static int mv_run(const struct shell_args *args)
{
	return move_all("mv", args, mv_one);
}

static const struct shell_cmd mv_cmd = {
	.name = "mv",
	.help = "rename files, or move them into TO if it is a directory",
	.operands = "FROM... TO",
	.operand = SHELL_PATH,
	.min = 2,
	.max = SHELL_ARGS_MAX,
	.run = mv_run,
};
SHELL_CMD(mv_cmd);
