/* SPDX-License-Identifier: Apache-2.0 */
/* A growing string. A failed append marks the buffer; strbuf_take then answers NULL, so callers check once. */
#ifndef CTR_BASE_STRBUF_H
#define CTR_BASE_STRBUF_H

#include <stddef.h>
#include "base/cleanup.h"
#include "base/macros.h"

struct strbuf {
	char *data;
	size_t len, size;
	int failed;
};

void strbuf_append(struct strbuf *b, const char *s);
void strbuf_append_n(struct strbuf *b, const void *data, size_t len);
void strbuf_append_char(struct strbuf *b, char c);
void strbuf_printf(struct strbuf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* NUL-terminated text, NULL when an append failed; "" for an empty one. Borrowed. */
const char *strbuf_str(struct strbuf *b);
/* The same, handed over; the buffer is empty afterwards. */
char *strbuf_take(struct strbuf *b);
void strbuf_reset(struct strbuf *b);
#define CLEANUP_STRBUF CLEANUP(strbuf_reset)

#endif
