/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The TOML reader's answer as JSON, every scalar as {"t": type, "v": text},
 * for the comparison with Python's tomllib.
 *
 * stdin holds documents, each behind its length in decimal and a line end;
 * stdout gets one line for each: JSON, or "!line:col: text", or "?…" when a
 * limit of ours was met.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../virt/config/toml.h"

static void put_text(const char *text, size_t len)
{
	putchar('"');
	for (; len--; text++) {
		if ((unsigned char)*text < 0x20 || *text == '"' ||
		    *text == '\\' || *text == 0x7f)
			printf("\\u%04x", *text);
		else
			putchar(*text);
	}
	putchar('"');
}

static void put_time(const struct toml_node *node)
{
	const struct toml_datetime *t = &node->time;
	int zone = t->offset_minutes;

	if (node->type != TOML_LOCAL_TIME)
		printf("%04u-%02u-%02u", t->year, t->month, t->day);
	if (node->type < TOML_LOCAL_DATE)
		putchar('T');
	if (node->type != TOML_LOCAL_DATE)
		printf("%02u:%02u:%02u.%06u", t->hour, t->minute, t->second,
		       t->nanosecond / 1000);
	if (node->type == TOML_OFFSET_DATETIME)
		printf("%c%02d:%02d", zone < 0 ? '-' : '+', abs(zone) / 60,
		       abs(zone) % 60);
}

static void put_scalar(const struct toml_node *node)
{
	printf("{\"t\":\"%s\",\"v\":", toml_type_name(node->type));
	switch (node->type) {
	case TOML_STRING:
	case TOML_FLOAT:
		put_text(node->text, node->len);
		break;
	case TOML_INTEGER:
		printf("\"%ld\"", (long)node->integer);
		break;
	case TOML_BOOL:
		printf("\"%s\"", node->boolean ? "true" : "false");
		break;
	default:
		putchar('"');
		put_time(node);
		putchar('"');
	}
	putchar('}');
}

static void put_node(const struct toml_node *node)
{
	const struct toml_node *child;

	if (node->type > TOML_ARRAY) {
		put_scalar(node);
		return;
	}
	putchar(node->type == TOML_TABLE ? '{' : '[');
	for (child = node->first; child; child = child->next) {
		if (node->type == TOML_TABLE) {
			put_text(child->key, child->key_len);
			putchar(':');
		}
		put_node(child);
		if (child->next)
			putchar(',');
	}
	putchar(node->type == TOML_TABLE ? '}' : ']');
}

static void answer(const char *text, size_t len)
{
	struct toml_error error;
	struct toml_doc *doc;

	if (toml_parse(text, len, &doc, &error)) {
		printf("%c%u:%u: ", error.limit ? '?' : '!', error.line,
		       error.col);
		put_text(error.text, strlen(error.text));
	} else {
		put_node(toml_root(doc));
		toml_free(doc);
	}
	putchar('\n');
}

int main(void)
{
	size_t len;
	char *text;

	while (scanf("%zu", &len) == 1 && getchar() == '\n') {
		/* exactly as long as the document: ASan watches its end */
		text = malloc(len ? len : 1);
		if (!text || fread(text, 1, len, stdin) != len)
			return 1;
		answer(text, len);
		free(text);
	}
	return 0;
}
