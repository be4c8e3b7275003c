/* SPDX-License-Identifier: Apache-2.0 */
/* NULL-ended arrays of strings. */
#ifndef CTR_BASE_STRV_H
#define CTR_BASE_STRV_H

#include <stddef.h>
#include "base/cleanup.h"

size_t strv_count(const char *const *v);
char **strv_copy(const char *const *v) WARN_UNUSED;
/* Appends a copy; *v may be NULL at first. 0 or -ENOMEM (then *v is unchanged). */
int strv_push(char ***v, const char *s);
int strv_push_printf(char ***v, const char *fmt, ...) PRINTF_LIKE(2, 3);
int strv_contains(const char *const *v, const char *s);
void strv_free(char **v);
static inline void cleanup_strv_fn(char ***v)
{
	strv_free(*v);
}
#define CLEANUP_STRV CLEANUP(cleanup_strv_fn)

#endif
