/* SPDX-License-Identifier: Apache-2.0 */
/* The strict JSON reader. json-c's own one saturates integers, lets the last duplicate key win, asks the locale about the decimal
 * point and does not notice every failed allocation; so only its objects are used. */
#include "base/json.h"

#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/utf8.h"

struct parser {
	const char *start, *p, *end;
	const char *why;
	unsigned depth;
	struct strbuf text; /* reused for every string */
};

static int parse_value(struct parser *ps, json_t **ret);

static int fail(struct parser *ps, int code, const char *why)
{
	ps->why = why;
	return code;
}

static int no_memory(struct parser *ps)
{
	return fail(ps, -ENOMEM, "out of memory");
}

static void skip_space(struct parser *ps)
{
	while (ps->p < ps->end && (*ps->p == ' ' || *ps->p == '\t' || *ps->p == '\n' || *ps->p == '\r'))
		ps->p++;
}

static char peek(const struct parser *ps)
{
	return ps->p < ps->end ? *ps->p : '\0';
}

static int is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int parse_hex4(struct parser *ps, uint32_t *ret)
{
	char digits[5] = {0};
	uint64_t value;

	if (ps->end - ps->p < 4)
		return fail(ps, -EINVAL, "unfinished \\u escape");
	memcpy(digits, ps->p, 4);
	if (str_to_u64(digits, 16, &value) < 0)
		return fail(ps, -EINVAL, "\\u without four hex digits");
	ps->p += 4;
	*ret = (uint32_t)value;
	return 0;
}

/* After "\u". NUL is refused: what reads the value as a C string would see only its beginning. */
static int parse_unicode_escape(struct parser *ps)
{
	uint32_t c, low;
	char utf8[4];

	if (parse_hex4(ps, &c) < 0)
		return -EINVAL;
	if (c >= 0xd800 && c < 0xdc00) {
		if (ps->end - ps->p < 2 || ps->p[0] != '\\' || ps->p[1] != 'u')
			return fail(ps, -EINVAL, "half of a surrogate pair");
		ps->p += 2;
		if (parse_hex4(ps, &low) < 0)
			return -EINVAL;
		if (low < 0xdc00 || low > 0xdfff)
			return fail(ps, -EINVAL, "half of a surrogate pair");
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	} else if (c >= 0xdc00 && c < 0xe000) {
		return fail(ps, -EINVAL, "half of a surrogate pair");
	}
	if (!c)
		return fail(ps, -EINVAL, "NUL character in a string");
	strbuf_append_n(&ps->text, utf8, utf8_encode(c, utf8));
	return 0;
}

static int parse_escape(struct parser *ps)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	char c = peek(ps);
	const char *found;

	if (c == 'u') {
		ps->p++;
		return parse_unicode_escape(ps);
	}
	found = c ? strchr(from, c) : NULL;
	if (!found)
		return fail(ps, -EINVAL, "unknown escape in a string");
	ps->p++;
	strbuf_append_char(&ps->text, to[found - from]);
	return 0;
}

/* At the opening quote; leaves the decoded text in ps->text. */
static int parse_text(struct parser *ps)
{
	ps->text.len = 0;
	ps->p++;
	while (ps->p < ps->end && *ps->p != '"') {
		size_t n = 1;

		if (*ps->p == '\\') {
			ps->p++;
			if (parse_escape(ps) < 0)
				return -EINVAL;
			continue;
		}
		if ((unsigned char)*ps->p < 0x20)
			return fail(ps, -EINVAL, "control character in a string");
		n = utf8_sequence(ps->p, (size_t)(ps->end - ps->p));
		if (!n)
			return fail(ps, -EINVAL, "invalid UTF-8");
		strbuf_append_n(&ps->text, ps->p, n);
		ps->p += n;
	}
	if (ps->p == ps->end)
		return fail(ps, -EINVAL, "unfinished string");
	ps->p++;
	return strbuf_str(&ps->text) ? 0 : no_memory(ps);
}

static int parse_string(struct parser *ps, json_t **ret)
{
	int r = parse_text(ps);

	if (r < 0)
		return r;
	*ret = json_object_new_string_len(ps->text.data, (int)ps->text.len);
	return *ret ? 0 : no_memory(ps);
}

/* Whole numbers exactly; the others keep their text, so that they are printed as they came in whatever the locale. */
static int make_number(struct parser *ps, const char *text, int whole, json_t **ret)
{
	int64_t i;
	uint64_t u;

	if (!whole) {
		/* glibc's C locale object is static: nothing to free, cannot fail */
		double d = strtod_l(text, NULL, newlocale(LC_ALL_MASK, "C", (locale_t)0));

		if (__builtin_isinf(d))
			return fail(ps, -EINVAL, "number out of range");
		*ret = json_object_new_double_s(d, text);
	} else if (str_to_i64(text, &i) == 0) {
		*ret = json_object_new_int64(i);
	} else if (*text != '-' && str_to_u64(text, 10, &u) == 0) {
		*ret = json_object_new_uint64(u);
	} else {
		return fail(ps, -EINVAL, "integer does not fit 64 bits");
	}
	return *ret ? 0 : no_memory(ps);
}

static void skip_digits(struct parser *ps)
{
	while (is_digit(peek(ps)))
		ps->p++;
}

static int parse_number(struct parser *ps, json_t **ret)
{
	char *text CLEANUP_FREE = NULL;
	const char *start = ps->p;
	int whole = 1;

	if (peek(ps) == '-')
		ps->p++;
	if (!is_digit(peek(ps)))
		return fail(ps, -EINVAL, "unexpected character");
	if (*ps->p == '0' && ps->p + 1 < ps->end && is_digit(ps->p[1]))
		return fail(ps, -EINVAL, "number with a leading zero");
	skip_digits(ps);
	if (peek(ps) == '.') {
		whole = 0;
		ps->p++;
		if (!is_digit(peek(ps)))
			return fail(ps, -EINVAL, "number without digits after its point");
		skip_digits(ps);
	}
	if (peek(ps) == 'e' || peek(ps) == 'E') {
		whole = 0;
		ps->p++;
		if (peek(ps) == '+' || peek(ps) == '-')
			ps->p++;
		if (!is_digit(peek(ps)))
			return fail(ps, -EINVAL, "number without digits in its exponent");
		skip_digits(ps);
	}
	text = str_ndup(start, (size_t)(ps->p - start));
	return text ? make_number(ps, text, whole, ret) : no_memory(ps);
}

static int parse_word(struct parser *ps, json_t **ret)
{
	static const char *const words[] = {"false", "true", "null"};

	for (int i = 0; i < (int)ARRAY_SIZE(words); i++) {
		size_t n = strlen(words[i]);

		if ((size_t)(ps->end - ps->p) < n || memcmp(ps->p, words[i], n) != 0)
			continue;
		ps->p += n;
		*ret = i < 2 ? json_object_new_boolean(i) : NULL;
		return *ret || i == 2 ? 0 : no_memory(ps);
	}
	return fail(ps, -EINVAL, "unexpected character");
}

static int parse_array(struct parser *ps, json_t **ret)
{
	json_t *arr CLEANUP_JSON = json_object_new_array();
	int r;

	if (!arr)
		return no_memory(ps);
	ps->p++;
	skip_space(ps);
	while (peek(ps) != ']') {
		json_t *value = NULL;

		r = parse_value(ps, &value);
		if (r < 0)
			return r;
		if (json_push(arr, value) < 0)
			return no_memory(ps);
		skip_space(ps);
		if (peek(ps) == ']')
			break;
		if (peek(ps) != ',')
			return fail(ps, -EINVAL, "expected , or ] in an array");
		ps->p++;
		skip_space(ps);
		if (peek(ps) == ']')
			return fail(ps, -EINVAL, "comma before ]");
	}
	ps->p++;
	*ret = TAKE_PTR(arr);
	return 0;
}

static int parse_member(struct parser *ps, json_t *obj)
{
	char *key CLEANUP_FREE = NULL;
	json_t *value = NULL;
	int r;

	if (peek(ps) != '"')
		return fail(ps, -EINVAL, "expected a key in quotes");
	r = parse_text(ps);
	if (r < 0)
		return r;
	key = str_ndup(str_or_empty(ps->text.data), ps->text.len);
	if (!key)
		return no_memory(ps);
	if (json_object_object_get_ex(obj, key, NULL))
		return fail(ps, -EINVAL, "a key stands twice in an object");
	skip_space(ps);
	if (peek(ps) != ':')
		return fail(ps, -EINVAL, "expected : after a key");
	ps->p++;
	r = parse_value(ps, &value);
	if (r < 0)
		return r;
	return json_put(obj, key, value) < 0 ? no_memory(ps) : 0;
}

static int parse_object(struct parser *ps, json_t **ret)
{
	json_t *obj CLEANUP_JSON = json_object_new_object();
	int r;

	if (!obj)
		return no_memory(ps);
	ps->p++;
	skip_space(ps);
	while (peek(ps) != '}') {
		r = parse_member(ps, obj);
		if (r < 0)
			return r;
		skip_space(ps);
		if (peek(ps) == '}')
			break;
		if (peek(ps) != ',')
			return fail(ps, -EINVAL, "expected , or } in an object");
		ps->p++;
		skip_space(ps);
		if (peek(ps) == '}')
			return fail(ps, -EINVAL, "comma before }");
	}
	ps->p++;
	*ret = TAKE_PTR(obj);
	return 0;
}

static int parse_value(struct parser *ps, json_t **ret)
{
	int r;
	char c;

	skip_space(ps);
	c = peek(ps);
	if (ps->p == ps->end)
		return fail(ps, -EINVAL, "text ends too early");
	if (c == '"')
		return parse_string(ps, ret);
	if (c == '-' || is_digit(c))
		return parse_number(ps, ret);
	if (c != '{' && c != '[')
		return parse_word(ps, ret);
	if (ps->depth == JSON_DEPTH_MAX)
		return fail(ps, -E2BIG, "nested too deep");
	ps->depth++;
	r = c == '{' ? parse_object(ps, ret) : parse_array(ps, ret);
	ps->depth--;
	return r;
}

static int parse_document(struct parser *ps, json_t **ret)
{
	json_t *j CLEANUP_JSON = NULL;
	int r;

	if ((size_t)(ps->end - ps->start) > JSON_SIZE_MAX)
		return fail(ps, -E2BIG, "longer than 16 MiB");
	r = parse_value(ps, &j);
	if (r < 0)
		return r;
	skip_space(ps);
	if (ps->p != ps->end)
		return fail(ps, -EINVAL, "text after the value; give one object alone");
	*ret = TAKE_PTR(j);
	return 0;
}

int json_parse(const char *text, size_t len, json_t **ret, const char **ret_why, size_t *ret_offset)
{
	struct parser ps = {.start = text, .p = text};
	int r;

	ps.end = text + (len == SIZE_MAX ? strlen(text) : len);
	r = parse_document(&ps, ret);
	strbuf_reset(&ps.text);
	if (r < 0) {
		if (ret_why)
			*ret_why = ps.why;
		if (ret_offset)
			*ret_offset = (size_t)(ps.p - ps.start);
	}
	return r;
}
