/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHELL_COMPLETE_PRIVATE_H
#define SHELL_COMPLETE_PRIVATE_H

#include <shell/shell.h>

/* Called with each name; it may change after the return. */
typedef void complete_visit(void *ctx, const char *name);

/**
 * struct completion - the Tab key
 * @names:  visits the names of a kind that the commands' tables do not hold; of
 *          paths, those that could begin with @word: a '/' at the end says that
 *          there is more below
 * @count:  names that begin like the word before the cursor
 * @insert: what all of them have more, quoted as the word is; behind a single
 *          name its end: the quote that was open, a blank
 */
struct completion {
	void (*names)(enum shell_operand kind, const char *word,
		      complete_visit *visit, void *ctx);
	unsigned int count;
	char insert[SHELL_LINE_MAX];
	size_t insert_len;
};

/** shell_complete() - the word that ends at @cursor */
void shell_complete(struct completion *completion, const char *line,
		    unsigned int cursor);

/** shell_complete_list() - the names, in columns; of paths the last part */
void shell_complete_list(struct completion *completion, const char *line,
			 unsigned int cursor, unsigned int columns,
			 void (*print)(const char *text, size_t len));

/** complete_names() - for struct completion: VMs, paths and so on */
void complete_names(enum shell_operand kind, const char *word,
		    complete_visit *visit, void *ctx);

#endif
