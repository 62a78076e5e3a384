/* SPDX-License-Identifier: Apache-2.0 */
/* Which subsystems log: every LOG_TAG that is used with a line of log. */
#ifndef LIB_LOG_TAGS_H
#define LIB_LOG_TAGS_H

/** log_tag_next() - in order of names, "" gives the first; NULL: no more */
const char *log_tag_next(const char *after);

/** log_tag_find() - the tag of this name, which stays valid; NULL: none */
const char *log_tag_find(const char *name);

#endif
