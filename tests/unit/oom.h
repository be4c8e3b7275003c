/* SPDX-License-Identifier: Apache-2.0 */
/* Lets the n-th allocation of the calling thread fail. Include it in one file of a test program only. */
#ifndef TESTS_UNIT_OOM_H
#define TESTS_UNIT_OOM_H

#include <errno.h>
#include <stddef.h>

#ifdef __SANITIZE_ADDRESS__
#define OOM_REAL(name) __interceptor_##name
#else
#define OOM_REAL(name) __libc_##name
#endif

void *OOM_REAL(malloc)(size_t size);
void *OOM_REAL(calloc)(size_t count, size_t size);
void *OOM_REAL(realloc)(void *p, size_t size);

static _Thread_local long oom_countdown; /* 0 = nothing fails */

static int oom_now(void)
{
	if (!oom_countdown || --oom_countdown)
		return 0;
	errno = ENOMEM;
	return 1;
}

#define OOM_EXPORTED __attribute__((visibility("default"))) /* json-c and libc must see them too */

OOM_EXPORTED void *malloc(size_t size)
{
	return oom_now() ? NULL : OOM_REAL(malloc)(size);
}

OOM_EXPORTED void *calloc(size_t count, size_t size)
{
	return oom_now() ? NULL : OOM_REAL(calloc)(count, size);
}

OOM_EXPORTED void *realloc(void *p, size_t size)
{
	return oom_now() ? NULL : OOM_REAL(realloc)(p, size);
}

OOM_EXPORTED void *reallocarray(void *p, size_t count, size_t size)
{
	size_t bytes;

	if (oom_now() || __builtin_mul_overflow(count, size, &bytes))
		return NULL;
	return OOM_REAL(realloc)(p, bytes);
}

/* Ends the round that `oom_countdown = n` began; 1 when an allocation was made to fail. */
static inline int oom_end(void)
{
	int injected = oom_countdown == 0;

	oom_countdown = 0;
	return injected;
}

#endif
