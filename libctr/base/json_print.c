/* SPDX-License-Identifier: Apache-2.0 */
/* The one JSON writer. json-c's own one ignores failed allocations (its output is then cut) and prints doubles by the locale. */
#include "base/json.h"

#include <inttypes.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/strbuf.h"
#include "base/utf8.h"

static void print_value(struct strbuf *b, json_t *j);

/* How many bytes stand for themselves: nearly all, so they are copied at once. */
static size_t plain_length(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && s[n] >= 0x20 && s[n] < 0x7f && s[n] != '"' && s[n] != '\\')
		n++;
	return n;
}

/* Paths are bytes: what is no UTF-8 becomes U+FFFD, since JSON has no other way to say it. */
static void print_string(struct strbuf *b, const char *s, size_t len)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";

	strbuf_append_char(b, '"');
	while (len) {
		size_t plain = plain_length(s, len), n;
		const char *escape;

		strbuf_append_n(b, s, plain);
		s += plain;
		len -= plain;
		if (!len)
			break;
		escape = *s ? strchr(from, *s) : NULL;
		n = utf8_sequence(s, len);
		if (escape)
			strbuf_append_n(b, (char[]){'\\', to[escape - from]}, 2);
		else if (!n)
			strbuf_append(b, "\xef\xbf\xbd");
		else if ((unsigned char)*s < 0x20)
			strbuf_printf(b, "\\u%04x", (unsigned)(unsigned char)*s);
		else
			strbuf_append_n(b, s, n);
		n = n ? n : 1;
		s += n;
		len -= n;
	}
	strbuf_append_char(b, '"');
}

/* A double that was parsed carries its text; one that was computed gets the fewest digits that read back the same. */
static void print_double(struct strbuf *b, json_t *j)
{
	const char *text = json_object_get_userdata(j);
	double d = json_object_get_double(j);
	char digits[40] = "null";
	locale_t before;

	if (text) {
		strbuf_append(b, text);
		return;
	}
	before = uselocale(newlocale(LC_ALL_MASK, "C", (locale_t)0));
	for (int precision = 15; precision <= 17 && __builtin_isfinite(d); precision++) {
		snprintf(digits, sizeof(digits), "%.*g", precision, d);
		if (!(strtod(digits, NULL) < d) && !(strtod(digits, NULL) > d))
			break;
	}
	uselocale(before);
	strbuf_append(b, digits);
}

static void print_int(struct strbuf *b, json_t *j)
{
	int64_t i = json_object_get_int64(j);

	if (i == INT64_MAX)
		strbuf_printf(b, "%" PRIu64, json_object_get_uint64(j));
	else
		strbuf_printf(b, "%" PRId64, i);
}

static void print_object(struct strbuf *b, json_t *j)
{
	const char *separator = "{";

	json_object_object_foreach(j, key, value)
	{
		strbuf_append(b, separator);
		print_string(b, key, strlen(key));
		strbuf_append_char(b, ':');
		print_value(b, value);
		separator = ",";
	}
	strbuf_append(b, *separator == '{' ? "{}" : "}");
}

static void print_array(struct strbuf *b, json_t *j)
{
	size_t n = json_object_array_length(j);

	strbuf_append_char(b, '[');
	for (size_t i = 0; i < n; i++) {
		if (i)
			strbuf_append_char(b, ',');
		print_value(b, json_object_array_get_idx(j, i));
	}
	strbuf_append_char(b, ']');
}

static void print_value(struct strbuf *b, json_t *j)
{
	switch (json_object_get_type(j)) {
	case json_type_null:
		strbuf_append(b, "null");
		break;
	case json_type_boolean:
		strbuf_append(b, json_object_get_boolean(j) ? "true" : "false");
		break;
	case json_type_double:
		print_double(b, j);
		break;
	case json_type_int:
		print_int(b, j);
		break;
	case json_type_object:
		print_object(b, j);
		break;
	case json_type_array:
		print_array(b, j);
		break;
	case json_type_string:
		print_string(b, json_object_get_string(j), (size_t)json_object_get_string_len(j));
		break;
	}
}

char *json_print(json_t *j)
{
	struct strbuf b CLEANUP_STRBUF = {0};

	print_value(&b, j);
	return strbuf_take(&b);
}
