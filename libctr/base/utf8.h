/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8, one character at a time. */
#ifndef CTR_BASE_UTF8_H
#define CTR_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the valid character that s begins with (1 to 4; no overlong forms, no surrogates), 0 when it is none. len > 0. */
size_t utf8_sequence(const char *s, size_t len);
/* Returns the number of bytes. c is a valid code point. */
size_t utf8_encode(uint32_t c, char ret[4]);
/* 1 when the whole text is valid */
int utf8_valid(const char *s);

#endif
