/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands for files share. */
#ifndef SHELL_FILES_PRIVATE_H
#define SHELL_FILES_PRIVATE_H

#include <fs/fs.h>
#include <shell/shell.h>

/*
 * How a step of a command went. What is not FILES_OK was said to the user;
 * FILES_STOP: nothing that follows can go better.
 */
enum files_result { FILES_OK, FILES_FAILED, FILES_STOP };

/** files_fail() - say why @path could not be done; 0: nothing is said */
enum files_result files_fail(const char *command, const char *path,
			     int64_t err);
/** files_stopped() - the user has typed Ctrl+C, which is said */
bool files_stopped(const char *command);
/** files_end() - of a command: on the medium with it. Return: exit code */
int files_end(const char *command, bool failed);

/** files_cwd() - where the shell is; "" without a file system */
const char *files_cwd(void);
/** files_chdir() - @path: absolute, tidy, a directory */
void files_chdir(const char *path);

/**
 * files_path() - what the user typed, absolute and tidy
 * @path: of FS_PATH_MAX bytes
 */
enum files_result files_path(const char *command, const char *typed,
			     char *path);

/** files_is_in() - is @path @dir, or below it? Both are tidy; what is written
 * to is a FAT, where a letter's case does not matter */
bool files_is_in(const char *path, const char *dir);

/** files_kind() - FS_OTHER also when there is no such */
enum fs_kind files_kind(const char *path);

/**
 * files_print() - bytes that may be anything, for the terminal
 * @text: line ends and tabs stay
 * @end:  no more bytes follow
 *
 * UTF-8 is printed as it is; whatever else could steer the terminal is a '?'.
 *
 * Return: how many were printed: fewer than @len when the last ones are half
 * of a character.
 */
size_t files_print(const char *bytes, size_t len, bool text, bool end);
/** files_print_name() - the same of a name */
void files_print_name(const char *name);

/*
 * Trees, files_tree.c; links are not followed into directories
 */

/** files_copy() - a file; the old one stays whole until the new one is */
enum files_result files_copy(const char *command, const char *from,
			     const char *to);
/** files_copy_tree() - a directory, into an existing one too */
enum files_result files_copy_tree(const char *command, const char *from,
				  const char *to);
/** files_remove_tree() - a directory with all in it */
enum files_result files_remove_tree(const char *command, const char *path);

#endif
