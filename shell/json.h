/* SPDX-License-Identifier: Apache-2.0 */
/* JSON on the console, as it is written: RFC 8259. */
#ifndef SHELL_JSON_PRIVATE_H
#define SHELL_JSON_PRIVATE_H

#include <lib/types.h>

/** struct json - zeroed before the first call */
struct json {
	bool after_value; /* a comma comes before the next */
};

/*
 * @name: of an object's member; NULL: an element of an array, or the whole
 */

/** json_open() - an object ('{') or array ('[') begins */
void json_open(struct json *json, const char *name, char bracket);
/** json_close() - it ends; with '}' or ']' */
void json_close(struct json *json, char bracket);
/** json_uint() - a number, decimal whatever its size */
void json_uint(struct json *json, const char *name, uint64_t value);
/** json_null() - nothing */
void json_null(struct json *json, const char *name);
/** json_string() - text in UTF-8 */
void json_string(struct json *json, const char *name, const char *value);
/** json_end() - the line ends */
void json_end(struct json *json);

#endif
