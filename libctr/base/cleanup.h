/* SPDX-License-Identifier: Apache-2.0 */
/* Cleanup by attribute. Every cleanup function accepts an object that is already gone. errno is preserved. */
#ifndef CTR_BASE_CLEANUP_H
#define CTR_BASE_CLEANUP_H

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/macros.h"

#define CLEANUP(fn) __attribute__((cleanup(fn)))

static inline void cleanup_free_fn(void *p)
{
	free(*(void **)p);
}
static inline void cleanup_close_fn(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1; /* a member of a struct may be closed again */
	errno = saved;
}
static inline void cleanup_closedir_fn(DIR **d)
{
	int saved = errno;

	if (*d)
		closedir(*d);
	errno = saved;
}

#define CLEANUP_FREE CLEANUP(cleanup_free_fn)
#define CLEANUP_CLOSE CLEANUP(cleanup_close_fn)
#define CLEANUP_CLOSEDIR CLEANUP(cleanup_closedir_fn)

#endif
