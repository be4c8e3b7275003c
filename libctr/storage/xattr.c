/* SPDX-License-Identifier: Apache-2.0 */
/* Copying extended attributes: ACLs, file capabilities, labels, what users put there. */
#include "storage/xattr.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>
#include "base/cleanup.h"
#include "base/mem.h"

#define FD_PATH_SIZE (NAME_MAX + 40)

struct pair {
	char from[FD_PATH_SIZE], to[FD_PATH_SIZE];
	int follow; /* the fd's magic link itself has to be followed, an entry's never */
};

static ssize_t list(const struct pair *p, char *buf, size_t size)
{
	return p->follow ? listxattr(p->from, buf, size) : llistxattr(p->from, buf, size);
}

static ssize_t get(const struct pair *p, const char *key, void *buf, size_t size)
{
	return p->follow ? getxattr(p->from, key, buf, size) : lgetxattr(p->from, key, buf, size);
}

static int set(const struct pair *p, const char *key, const void *value, size_t size)
{
	int failed = p->follow ? setxattr(p->to, key, value, size, 0) : lsetxattr(p->to, key, value, size, 0);

	return failed && errno != EOPNOTSUPP ? -errno : 0;
}

static int copy_one(const struct pair *p, const char *key)
{
	char *value CLEANUP_FREE = NULL;
	ssize_t size = get(p, key, NULL, 0);

	if (size < 0)
		return errno == ENODATA || errno == EOPNOTSUPP ? 0 : -errno;
	value = mem_new0(1, (size_t)size + 1);
	if (!value)
		return -ENOMEM;
	size = get(p, key, value, (size_t)size);
	if (size < 0)
		return errno == ENODATA ? 0 : -errno;
	return set(p, key, value, (size_t)size);
}

/* What an overlay notes in its own upper directories means something else, or harm, anywhere else. */
static int is_of_overlay(const char *key)
{
	return str_has_prefix(key, "trusted.overlay.") || str_has_prefix(key, "user.overlay.");
}

int xattr_copy(int from_fd, int to_fd, const char *name)
{
	char *keys CLEANUP_FREE = NULL;
	struct pair p = {.follow = !name};
	ssize_t size;

	snprintf(p.from, sizeof(p.from), "/proc/self/fd/%d%s%s", from_fd, name ? "/" : "", str_or_empty(name));
	snprintf(p.to, sizeof(p.to), "/proc/self/fd/%d%s%s", to_fd, name ? "/" : "", str_or_empty(name));
	size = list(&p, NULL, 0);
	if (size < 0)
		return errno == EOPNOTSUPP ? 0 : -errno;
	if (size == 0)
		return 0;
	keys = mem_new0(1, (size_t)size);
	if (!keys)
		return -ENOMEM;
	size = list(&p, keys, (size_t)size);
	if (size < 0)
		return -errno;
	for (char *key = keys; key < keys + size; key += strlen(key) + 1) {
		int errnum = is_of_overlay(key) ? 0 : copy_one(&p, key);

		if (errnum < 0)
			return errnum;
	}
	return 0;
}
