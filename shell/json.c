/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

#include <shell/shell.h>

static void quoted(const char *text)
{
	char out[128];
	size_t n = 0;

	out[n++] = '"';
	for (; *text; text++) {
		if (n > sizeof(out) - 8) {
			shell_printf("%.*s", (int)n, out);
			n = 0;
		}
		if ((unsigned char)*text < ' ' || *text == '\x7f') {
			static const char digits[] = "0123456789abcdef";

			out[n++] = '\\';
			out[n++] = 'u';
			out[n++] = '0';
			out[n++] = '0';
			out[n++] = digits[*text >> 4];
			out[n++] = digits[*text & 0xf];
			continue;
		}
		if (*text == '"' || *text == '\\')
			out[n++] = '\\';
		out[n++] = *text;
	}
	shell_printf("%.*s\"", (int)n, out);
}

static void begin(struct json *json, const char *name)
{
	if (json->after_value)
		shell_printf(", ");
	json->after_value = true;
	if (name) {
		quoted(name);
		shell_printf(": ");
	}
}

void json_open(struct json *json, const char *name, char bracket)
{
	begin(json, name);
	shell_printf("%c", bracket);
	json->after_value = false;
}

void json_close(struct json *json, char bracket)
{
	shell_printf("%c", bracket);
	json->after_value = true;
}

void json_uint(struct json *json, const char *name, uint64_t value)
{
	begin(json, name);
	shell_printf("%llu", (unsigned long long)value);
}

void json_null(struct json *json, const char *name)
{
	begin(json, name);
	shell_printf("null");
}

void json_string(struct json *json, const char *name, const char *value)
{
	begin(json, name);
	quoted(value);
}

void json_end(struct json *json)
{
	json->after_value = false;
	shell_printf("\n");
}
