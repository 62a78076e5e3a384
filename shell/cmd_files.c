/* SPDX-License-Identifier: Apache-2.0 */
/* ls, cat, echo, mkdir, touch, cd, pwd, df, sync */
#include "commands.h"
#include "files.h"

#include <errno.h>
#include <mm/heap.h>
#include <stdio.h>
#include <string.h>

typedef unsigned long long ull;

#define CAT_BYTES 4096u
#define DAY_S 86400u

/* The path that a command deals with: the shell has one task. */
static char path[FS_PATH_MAX];

typedef enum files_result one_fn(const struct shell_args *args,
				 const char *word);

/* Each operand; what is changed by it is on the medium afterwards. */
static int each(const char *command, const struct shell_args *args, one_fn *one)
{
	enum files_result worst = FILES_OK;

	for (int i = 0; i < args->count && worst != FILES_STOP; i++)
		worst = MAX(worst, one(args, args->words[i]));
	return files_end(command, worst);
}

/*
 * ls
 */

/* An entry of a directory; sorted by name */
struct item {
	struct item *next;
	struct fs_stat stat;
	char name[];
};

static struct item *merge(struct item *a, struct item *b)
{
	struct item *first, **end = &first;

	while (a && b) {
		struct item **less = strcmp(a->name, b->name) <= 0 ? &a : &b;

		*end = *less;
		end = &(*less)->next;
		*less = *end;
	}
	*end = a ? a : b;
	return first;
}

/* As deep as the logarithm of their number. */
static struct item *sort(struct item *list)
{
	struct item *middle = list, *half;

	if (!list || !list->next)
		return list;
	for (struct item *end = list->next; end && end->next;
	     end = end->next->next)
		middle = middle->next;
	half = middle->next;
	middle->next = NULL;
	return merge(sort(list), sort(half));
}

static int item_add(struct item **list, const struct fs_dirent *entry)
{
	size_t size = strlen(entry->name) + 1;
	struct item *item = heap_alloc(sizeof(*item) + size);

	if (!item)
		return -ENOMEM;
	item->stat = entry->stat;
	memcpy(item->name, entry->name, size);
	item->next = *list;
	*list = item;
	return 0;
}

/* What was read before an error is in the list, too. */
static int items_read(bool all, struct item **list)
{
	struct fs_dirent *entry = heap_alloc(sizeof(*entry));
	struct fs_dir *dir = NULL;
	int err = entry ? fs_opendir(path, &dir) : -ENOMEM;

	while (!err) {
		err = fs_readdir(dir, entry);
		if (err != 1)
			break;
		err = 0;
		if (all || entry->name[0] != '.')
			err = item_add(list, entry);
	}
	fs_closedir(dir);
	heap_free(entry);
	*list = sort(*list);
	return err;
}

/*
 * "2026-01-31 12:00". Years of 400 years' length from a 1 March on, so that a
 * leap day comes last.
 */
static void time_show(uint64_t time_s)
{
	uint64_t days = time_s / DAY_S + 719468;
	uint64_t era = days / 146097, day = days % 146097;
	uint64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	uint64_t month;

	day -= 365 * year + year / 4 - year / 100;
	month = (5 * day + 2) / 153;
	day -= (153 * month + 2) / 5;
	month = month < 10 ? month + 3 : month - 9;
	year += 400 * era + (month <= 2);
	shell_printf("%04llu-%02llu-%02llu %02llu:%02llu", (ull)year,
		     (ull)month, (ull)day + 1, (ull)(time_s % DAY_S / 3600),
		     (ull)(time_s % 3600 / 60));
}

static void item_show(const struct fs_stat *stat, const char *name, bool all)
{
	if (all) {
		shell_printf("%cr%c %12llu ", "-dlo"[stat->kind],
			     stat -> read_only ? '-' : 'w',
			     (ull)stat->size_bytes);
		time_show(stat->mtime_s);
		shell_printf("  ");
	}
	files_print_name(name);
	shell_printf("%s\n", stat->kind == FS_DIRECTORY ? "/" : "");
}

enum { LS_LONG, LS_ALL };

static enum files_result ls_directory(const struct shell_args *args,
				      const char *word)
{
	struct item *list = NULL;
	int err = items_read(args->opts[LS_ALL], &list);
	enum files_result result = FILES_OK;

	if (args->count > 1)
		shell_printf("%s:\n", word);
	while (list) {
		struct item *next = list->next;

		if (!result && files_stopped("ls"))
			result = FILES_STOP;
		if (!result)
			item_show(&list->stat, list->name, args->opts[LS_LONG]);
		heap_free(list);
		list = next;
	}
	return result ? result : files_fail("ls", word, err);
}

static enum files_result ls_one(const struct shell_args *args, const char *word)
{
	enum files_result result = files_path("ls", word, path);
	struct fs_stat stat;

	if (!result)
		result = files_fail("ls", word, fs_stat(path, &stat));
	if (result)
		return result;
	if (stat.kind == FS_DIRECTORY)
		return ls_directory(args, word);
	item_show(&stat, word, args->opts[LS_LONG]);
	return FILES_OK;
}

static int ls_run(const struct shell_args *args)
{
	enum files_result worst = FILES_OK;

	if (!args->count)
		return ls_one(args, ".") != FILES_OK;
	for (int i = 0; i < args->count && worst != FILES_STOP; i++)
		worst = MAX(worst, ls_one(args, args->words[i]));
	return worst != FILES_OK;
}

static const struct shell_opt ls_opts[] = {
	[LS_LONG] = {'l', "long", NULL, "with kind, rights, size and time"},
	[LS_ALL] = {'a', "all", NULL, "with names that begin with a dot"},
	{0},
};

static const struct shell_cmd ls_cmd = {
	.name = "ls",
	.help = "list files, directories with all in them",
	.operands = "[PATH...]",
	.operand = SHELL_PATH,
	.max = SHELL_ARGS_MAX,
	.opts = ls_opts,
	.run = ls_run,
};
SHELL_CMD(ls_cmd);

/*
 * cat, echo: to the terminal or into a file
 */

/* file: NULL: the terminal */
struct out {
	const char *command, *word;
	struct fs_file *file;
};

static enum files_result out_open(struct out *out, const char *command,
				  const struct shell_args *args)
{
	unsigned int flags = args->append ? FS_APPEND : FS_REPLACE;
	enum files_result result;

	*out = (struct out){.command = command, .word = args->to};
	if (!args->to)
		return FILES_OK;
	result = files_path(command, args->to, path);
	return result ? result
		      : files_fail(command, args->to,
				   fs_open(path, FS_WRITE | FS_CREATE | flags,
					   &out->file));
}

static enum files_result out_write(const struct out *out, const char *bytes,
				   size_t len)
{
	int64_t put = fs_write(out->file, bytes, len);

	if (put >= 0 && put < (int64_t)len)
		put = -ENOSPC;
	return files_fail(out->command, out->word, put);
}

/* Return: exit code */
static int out_close(const struct out *out, enum files_result result)
{
	if (!out->file)
		return result != FILES_OK;
	if (result)
		fs_discard(out->file);
	else
		result = files_fail(out->command, out->word,
				    fs_close(out->file));
	return files_end(out->command, result);
}

/* @buf has CAT_BYTES; the half of a character waits for its rest. */
static enum files_result cat_print(struct fs_file *file, const char *word,
				   char *buf)
{
	size_t kept = 0;

	for (;;) {
		int64_t got = fs_read(file, buf + kept, CAT_BYTES - kept);
		enum files_result result = files_fail("cat", word, got);
		size_t done;

		if (result)
			return result;
		kept += (size_t)got;
		done = files_print(buf, kept, true, !got);
		kept -= done;
		memmove(buf, buf + done, kept);
		if (!got)
			return FILES_OK;
		if (files_stopped("cat"))
			return FILES_STOP;
	}
}

static enum files_result cat_write(struct fs_file *file, const char *word,
				   char *buf, const struct out *out)
{
	enum files_result result = FILES_OK;
	int64_t got = 1;

	while (!result && got) {
		got = fs_read(file, buf, CAT_BYTES);
		result = files_fail("cat", word, got);
		if (!result && got)
			result = out_write(out, buf, (size_t)got);
		if (!result && files_stopped("cat"))
			result = FILES_STOP;
	}
	return result;
}

static enum files_result cat_one(const char *word, const struct out *out)
{
	enum files_result result = files_path("cat", word, path);
	struct fs_file *file;
	char *buf;

	if (!result)
		result = files_fail("cat", word, fs_open(path, FS_READ, &file));
	if (result)
		return result;
	buf = heap_alloc(CAT_BYTES);
	if (!buf)
		result = files_fail("cat", word, -ENOMEM);
	else if (out->file)
		result = cat_write(file, word, buf, out);
	else
		result = cat_print(file, word, buf);
	heap_free(buf);
	fs_discard(file);
	return result;
}

static int cat_run(const struct shell_args *args)
{
	enum files_result worst;
	struct out out;

	worst = out_open(&out, "cat", args);
	for (int i = 0; i < args->count && worst != FILES_STOP; i++)
		worst = MAX(worst, cat_one(args->words[i], &out));
	return out_close(&out, worst);
}

static const struct shell_cmd cat_cmd = {
	.name = "cat",
	.help = "show files, or write them into another: all or nothing with "
		">, behind what is in it with >>",
	.operands = "PATH... [> FILE | >> FILE]",
	.operand = SHELL_PATH,
	.min = 1,
	.max = SHELL_ARGS_MAX,
	.redirect = true,
	.run = cat_run,
};
SHELL_CMD(cat_cmd);

enum { ECHO_NO_NEWLINE };

static int echo_run(const struct shell_args *args)
{
	char text[SHELL_LINE_MAX + 1]; /* the words are of one line */
	enum files_result result;
	size_t len = 0;
	struct out out;

	for (int i = 0; i < args->count; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s",
					i ? " " : "", args->words[i]);
	if (!args->opts[ECHO_NO_NEWLINE])
		text[len++] = '\n';
	if (!args->to) {
		files_print(text, len, true, true);
		return 0;
	}
	result = out_open(&out, "echo", args);
	if (!result)
		result = out_write(&out, text, len);
	return out_close(&out, result);
}

static const struct shell_opt echo_opts[] = {
	[ECHO_NO_NEWLINE] = {'n', NULL, NULL, "no new line behind it"},
	{0},
};

static const struct shell_cmd echo_cmd = {
	.name = "echo",
	.help = "print words, or write them into a file: in place of the old "
		"one with >, behind what is in it with >>",
	.operands = "[WORD...] [> FILE | >> FILE]",
	.max = SHELL_ARGS_MAX,
	.opts = echo_opts,
	.redirect = true,
	.run = echo_run,
};
SHELL_CMD(echo_cmd);

/*
 * mkdir, touch
 */

enum { MKDIR_PARENTS };

/* All directories on the way to @path, and that itself */
static int mkdir_parents(void)
{
	int err = 0;

	for (char *end = path + 1; !err && *end; end++) {
		end += strcspn(end, "/");
		if (*end) {
			*end = '\0';
			err = fs_mkdir(path);
			if (err == -EEXIST && files_kind(path) != FS_DIRECTORY)
				err = -ENOTDIR;
			/* what is there already may be of another one */
			if (err == -EEXIST || err == -EROFS)
				err = 0;
			*end = '/';
		} else {
			end--;
		}
	}
	return err;
}

static enum files_result mkdir_one(const struct shell_args *args,
				   const char *word)
{
	enum files_result result = files_path("mkdir", word, path);
	int err = 0;

	if (result)
		return result;
	if (args->opts[MKDIR_PARENTS]) {
		if (files_kind(path) == FS_DIRECTORY)
			return FILES_OK;
		err = mkdir_parents();
	}
	return files_fail("mkdir", word, err ? err : fs_mkdir(path));
}

static int mkdir_run(const struct shell_args *args)
{
	return each("mkdir", args, mkdir_one);
}

static const struct shell_opt mkdir_opts[] = {
	[MKDIR_PARENTS] = {'p', "parents", NULL,
			   "those on the way, too; one that is there is fine"},
	{0},
};

static const struct shell_cmd mkdir_cmd = {
	.name = "mkdir",
	.help = "make directories",
	.operands = "PATH...",
	.operand = SHELL_PATH,
	.min = 1,
	.max = SHELL_ARGS_MAX,
	.opts = mkdir_opts,
	.run = mkdir_run,
};
SHELL_CMD(mkdir_cmd);

static enum files_result touch_one(const struct shell_args *args __unused_arg,
				   const char *word)
{
	enum files_result result = files_path("touch", word, path);
	struct fs_file *file;
	int err;

	if (result || files_kind(path) == FS_DIRECTORY)
		return result;
	err = fs_open(path, FS_WRITE | FS_CREATE, &file);
	if (!err)
		err = fs_close(file);
	return files_fail("touch", word, err);
}

static int touch_run(const struct shell_args *args)
{
	return each("touch", args, touch_one);
}

static const struct shell_cmd touch_cmd = {
	.name = "touch",
	.help = "make files that are missing, empty (there is no clock to "
		"change the time of others)",
	.operands = "PATH...",
	.operand = SHELL_PATH,
	.min = 1,
	.max = SHELL_ARGS_MAX,
	.run = touch_run,
};
SHELL_CMD(touch_cmd);

/*
 * cd, pwd
 */

static int cd_run(const struct shell_args *args)
{
	const char *word = args->count ? args->words[0] : "/";
	enum files_result result = files_path("cd", word, path);
	struct fs_stat stat;

	if (!result)
		result = files_fail("cd", word, fs_stat(path, &stat));
	if (!result && stat.kind != FS_DIRECTORY) {
		shell_printf("cd: %s: is no directory\n", word);
		result = FILES_FAILED;
	}
	if (!result)
		files_chdir(path);
	return result != FILES_OK;
}

static const struct shell_cmd cd_cmd = {
	.name = "cd",
	.help = "go to a directory; without a name to /",
	.operands = "[PATH]",
	.operand = SHELL_DIRECTORY,
	.max = 1,
	.run = cd_run,
};
SHELL_CMD(cd_cmd);

static int pwd_run(const struct shell_args *args __unused_arg)
{
	if (!fs_mounted())
		return files_fail("pwd", "/", -ENOENT) != FILES_OK;
	files_print_name(files_cwd());
	shell_printf("\n");
	return 0;
}

static const struct shell_cmd pwd_cmd = {
	.name = "pwd",
	.help = "say in which directory the shell is",
	.run = pwd_run,
};
SHELL_CMD(pwd_cmd);

/*
 * df, sync
 */

static void volume_show(const struct fs_volume_info *info)
{
	uint64_t used = info->size_bytes - info->free_bytes;

	shell_printf("%-12s %-6s %10llu %10llu %10llu %-10s %s\n",
		     info->partition, info->type, (ull)info->size_bytes >> 10,
		     (ull)used >> 10, (ull)info->free_bytes >> 10,
		     info->read_only ? "read-only" : "read-write", info->path);
}

static int df_run(const struct shell_args *args __unused_arg)
{
	struct fs_volume_info info;
	bool failed = !fs_mounted();
	int err = 0;

	if (failed)
		files_fail("df", "/", -ENOENT);
	else
		shell_printf("%-12s %-6s %10s %10s %10s %-10s %s\n",
			     "PARTITION", "TYPE", "KIB", "USED", "FREE", "MODE",
			     "DIRECTORY");
	for (unsigned int i = 0; !failed && err != -ENOENT; i++) {
		err = fs_volume(i, &info);
		if (!err)
			volume_show(&info);
		else if (err != -ENOENT)
			failed = files_fail("df", info.path, err);
	}
	return failed;
}

static const struct shell_cmd df_cmd = {
	.name = "df",
	.help = "list the file systems, and how full they are",
	.run = df_run,
};
SHELL_CMD(df_cmd);

static int sync_run(const struct shell_args *args __unused_arg)
{
	return files_end("sync", false);
}

static const struct shell_cmd sync_cmd = {
	.name = "sync",
	.help = "see to it that all that was written is on the disks",
	.run = sync_run,
};
SHELL_CMD(sync_cmd);
