/* SPDX-License-Identifier: Apache-2.0 */
/* Memory and plain strings. NULL means out of memory; nothing here aborts. */
#ifndef CTR_BASE_MEM_H
#define CTR_BASE_MEM_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include "base/macros.h"

/* Zeroed; also guards count * size against overflow. */
void *mem_new0(size_t count, size_t size) WARN_UNUSED;
#define NEW0(type) ((type *)mem_new0(1, sizeof(type)))
void *mem_dup(const void *data, size_t len) WARN_UNUSED;
/* NULL in, NULL out: tell "absent" from "out of memory" by the argument. */
char *str_dup(const char *s) WARN_UNUSED;
char *str_ndup(const char *s, size_t len) WARN_UNUSED;
char *str_printf(const char *fmt, ...) PRINTF_LIKE(1, 2) WARN_UNUSED;
char *str_vprintf(const char *fmt, va_list ap) PRINTF_LIKE(1, 0) WARN_UNUSED;
/* Copies at most size - 1 bytes and always ends with NUL; returns 0, or -ENAMETOOLONG when cut. */
int str_copy(char *dst, size_t size, const char *src);
int str_has_prefix(const char *s, const char *prefix);
int str_has_suffix(const char *s, const char *suffix);
/* "" for NULL */
const char *str_or_empty(const char *s);
/* Like strcasecmp, but only A-Z and a-z are the same, in every locale (tr_TR has other ideas about i). */
int str_casecmp_ascii(const char *a, const char *b);
/* The whole text as a number in the given base, no sign, no blanks; 0 or -EINVAL / -ERANGE. */
int str_to_u64(const char *s, unsigned base, uint64_t *ret);
int str_to_i64(const char *s, int64_t *ret);

#endif
