/* SPDX-License-Identifier: Apache-2.0 */
/* The growing string: doubles its room, remembers the first failure. */
#include "base/strbuf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for extra more bytes and the NUL. */
static int strbuf_reserve(struct strbuf *b, size_t extra)
{
	size_t need, size;
	char *data;

	if (b->failed)
		return -1;
	if (__builtin_add_overflow(b->len, extra, &need) || need > SIZE_MAX / 4)
		goto fail;
	if (need < b->size)
		return 0;
	size = b->size ? b->size : 64;
	while (size <= need)
		size *= 2;
	data = realloc(b->data, size);
	if (!data)
		goto fail;
	data[b->len] = '\0';
	b->data = data;
	b->size = size;
	return 0;
fail:
	b->failed = 1;
	return -1;
}

void strbuf_append_n(struct strbuf *b, const void *data, size_t len)
{
	if (strbuf_reserve(b, len) < 0)
		return;
	if (len)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void strbuf_append(struct strbuf *b, const char *s)
{
	if (s)
		strbuf_append_n(b, s, strlen(s));
}

void strbuf_append_char(struct strbuf *b, char c)
{
	strbuf_append_n(b, &c, 1);
}

void strbuf_printf(struct strbuf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) {
		b->failed = 1;
		return;
	}
	if (strbuf_reserve(b, (size_t)n) < 0)
		return;
	va_start(ap, fmt);
	vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

const char *strbuf_str(struct strbuf *b)
{
	return strbuf_reserve(b, 0) < 0 ? NULL : b->data;
}

char *strbuf_take(struct strbuf *b)
{
	char *data = strbuf_str(b) ? TAKE_PTR(b->data) : NULL;

	strbuf_reset(b);
	return data;
}

void strbuf_reset(struct strbuf *b)
{
	free(b->data);
	*b = (struct strbuf){0};
}
