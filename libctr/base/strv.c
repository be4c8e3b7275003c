/* SPDX-License-Identifier: Apache-2.0 */
/* NULL-ended arrays of strings. */
#include "base/strv.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"

size_t strv_count(const char *const *v)
{
	size_t n = 0;

	while (v && v[n])
		n++;
	return n;
}

char **strv_copy(const char *const *v)
{
	char **copy CLEANUP_STRV = NULL;
	size_t n = strv_count(v);

	copy = mem_new0(n + 1, sizeof(*copy));
	if (!copy)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		copy[i] = str_dup(v[i]);
		if (!copy[i])
			return NULL;
	}
	return TAKE_PTR(copy);
}

/* Takes s over, also when it fails. */
static int strv_push_taken(char ***v, char *s)
{
	size_t n = strv_count((const char *const *)*v);
	char **grown;

	if (!s)
		return -ENOMEM;
	grown = reallocarray(*v, n + 2, sizeof(*grown));
	if (!grown) {
		free(s);
		return -ENOMEM;
	}
	grown[n] = s;
	grown[n + 1] = NULL;
	*v = grown;
	return 0;
}

int strv_push(char ***v, const char *s)
{
	return strv_push_taken(v, str_dup(s));
}

int strv_push_printf(char ***v, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = str_vprintf(fmt, ap);
	va_end(ap);
	return strv_push_taken(v, s);
}

int strv_contains(const char *const *v, const char *s)
{
	for (; v && *v; v++)
		if (STREQ(*v, s))
			return 1;
	return 0;
}

void strv_free(char **v)
{
	for (size_t i = 0; v && v[i]; i++)
		free(v[i]);
	free(v);
}
