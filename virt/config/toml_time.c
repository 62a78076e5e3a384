/* SPDX-License-Identifier: Apache-2.0 */
/* TOML 1.0 dates and times: RFC 3339, and its parts without a zone. */
#include <errno.h>

#include "toml_parser.h"

struct cursor {
	const char *p;
	const char *end;
};

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static bool number(struct cursor *c, unsigned int digits, unsigned int lo,
		   unsigned int hi, unsigned int *value)
{
	*value = 0;
	while (digits--) {
		if (c->p == c->end || !is_digit(*c->p))
			return false;
		*value = *value * 10 + (unsigned int)(*c->p++ - '0');
	}
	return *value >= lo && *value <= hi;
}

static bool accept(struct cursor *c, const char *any)
{
	for (; c->p < c->end && *any; any++)
		if (*c->p == *any) {
			c->p++;
			return true;
		}
	return false;
}

static unsigned int month_days(unsigned int year, unsigned int month)
{
	static const uint8_t days[] = {31, 28, 31, 30, 31, 30,
				       31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

static bool date(struct cursor *c, struct toml_datetime *t)
{
	unsigned int year, month, day;

	if (!number(c, 4, 1, 9999, &year) || !accept(c, "-") ||
	    !number(c, 2, 1, 12, &month) || !accept(c, "-") ||
	    !number(c, 2, 1, month_days(year, month), &day))
		return false;
	t->year = (uint16_t)year;
	t->month = (uint8_t)month;
	t->day = (uint8_t)day;
	return true;
}

static bool time_of_day(struct cursor *c, struct toml_datetime *t)
{
	unsigned int hour, minute, second;
	uint32_t scale = 100000000;

	if (!number(c, 2, 0, 23, &hour) || !accept(c, ":") ||
	    !number(c, 2, 0, 59, &minute) || !accept(c, ":") ||
	    !number(c, 2, 0, 59, &second))
		return false;
	t->hour = (uint8_t)hour;
	t->minute = (uint8_t)minute;
	t->second = (uint8_t)second;
	if (!accept(c, "."))
		return true;
	if (c->p == c->end || !is_digit(*c->p))
		return false;
	/* digits beyond nanoseconds are cut off */
	for (; c->p < c->end && is_digit(*c->p); c->p++, scale /= 10)
		t->nanosecond += scale * (uint32_t)(*c->p - '0');
	return true;
}

static bool zone(struct cursor *c, struct toml_datetime *t)
{
	bool negative = c->p < c->end && *c->p == '-';
	unsigned int hours, minutes;
	int offset;

	if (accept(c, "Zz"))
		return true;
	if (!accept(c, "+-") || !number(c, 2, 0, 23, &hours) ||
	    !accept(c, ":") || !number(c, 2, 0, 59, &minutes))
		return false;
	offset = (int)(hours * 60 + minutes);
	t->offset_minutes = (int16_t)(negative ? -offset : offset);
	return true;
}

static bool any_time(struct cursor *c, struct toml_node *node)
{
	struct toml_datetime t = {0};
	bool good;

	if (c->end - c->p > 2 && c->p[2] == ':') {
		node->type = TOML_LOCAL_TIME;
		good = time_of_day(c, &t);
	} else {
		node->type = TOML_LOCAL_DATE;
		good = date(c, &t);
		if (good && accept(c, "Tt ")) {
			node->type = TOML_LOCAL_DATETIME;
			good = time_of_day(c, &t);
			if (good && c->p < c->end) {
				node->type = TOML_OFFSET_DATETIME;
				good = zone(c, &t);
			}
		}
	}
	node->time = t;
	return good && c->p == c->end;
}

bool toml_looks_like_time(const char *token, size_t len)
{
	size_t i;

	if (len < 5)
		return false;
	for (i = 0; i < 4 && is_digit(token[i]); i++)
		;
	return (i == 4 && token[4] == '-') || (i == 2 && token[2] == ':');
}

int toml_time_scalar(struct toml_parser *ps, const char *token, size_t len,
		     struct toml_node *node)
{
	struct cursor c = {token, token + len};

	if (any_time(&c, node))
		return 0;
	return toml_fail(ps, token, "'%.*s' is no date or time",
			 (int)MIN(len, (size_t)40), token);
}
