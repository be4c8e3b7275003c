/* SPDX-License-Identifier: Apache-2.0 */
/* Beneath a container's root: nothing a container can put there (links, FIFOs, devices, a directory swapped while we look)
 * leads outside or makes us wait. */
#include "os/fs.h"

#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include "base/mem.h"
#include "os/fd.h"
#include "os/read.h"

/* The kernel answers EAGAIN when a rename elsewhere raced with ".."; somebody who renames without pause must not hold us for ever. */
#define RACE_RETRIES 128
#define LINKS_MAX 40

static int open_resolved(int dirfd, const char *path, int flags, mode_t mode, uint64_t resolve)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
		.mode = flags & (O_CREAT | O_TMPFILE) & ~O_DIRECTORY ? mode : 0,
		.resolve = resolve,
	};
	long fd = -1;

	if (!(flags & O_PATH))
		how.flags |= O_NOCTTY;
	for (int i = 0; i < RACE_RETRIES; i++) {
		fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	return fd < 0 ? -errno : os_fd_above_std((int)fd);
}

int os_open_in_root(int rootfd, const char *path, int flags, mode_t mode)
{
	return open_resolved(rootfd, *path ? path : ".", flags, mode, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

int os_open_beneath(int dirfd, const char *path, int flags, mode_t mode)
{
	return open_resolved(dirfd, *path ? path : ".", flags, mode, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS);
}

/* A directory just made: opened without following, so that a link put in its place gets neither owner nor mode. */
static int set_owner(int parent, const char *name, mode_t mode, uid_t uid, gid_t gid)
{
	int fd CLEANUP_CLOSE = os_open_dir(parent, name);

	if (fd < 0)
		return fd;
	return fchown(fd, uid, gid) < 0 || fchmod(fd, mode) < 0 ? -errno : 0;
}

struct maker {
	int rootfd;
	mode_t mode;
	uid_t uid;
	gid_t gid;
	int links; /* followed so far */
};

static int make_path(struct maker *m, const char *path);

/* A link to what is not there yet (/var/run -> /run in a bare root): its target is made, as the container would see it. */
static int make_link_target(struct maker *m, int parent, const char *parent_path, const char *name)
{
	char *target CLEANUP_FREE = mem_new0(1, PATH_MAX); /* links may lead to links: not on a small stack */
	char *path CLEANUP_FREE = NULL;
	ssize_t n;

	if (!target)
		return -ENOMEM;
	n = readlinkat(parent, name, target, PATH_MAX - 1);
	if (n < 0)
		return errno == EINVAL ? -ENOTDIR : -errno;
	if (++m->links > LINKS_MAX)
		return -ELOOP;
	path = str_printf("%s/%s", *target == '/' ? "" : parent_path, target);
	return path ? make_path(m, path) : -ENOMEM;
}

/* path ends in the component that is missing. */
static int make_component(struct maker *m, char *path)
{
	char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	const char *parent_path = slash ? path : "";
	int parent CLEANUP_CLOSE = -1, r;

	if (slash)
		*slash = '\0';
	parent = os_open_in_root(m->rootfd, parent_path, O_PATH | O_DIRECTORY, 0);
	if (parent < 0)
		r = parent;
	else if (mkdirat(parent, name, m->mode) == 0)
		r = set_owner(parent, name, m->mode, m->uid, m->gid);
	else if (errno == EEXIST)
		r = make_link_target(m, parent, parent_path, name);
	else
		r = -errno;
	if (slash)
		*slash = '/';
	return r;
}

static int make_path(struct maker *m, const char *path)
{
	char *prefix CLEANUP_FREE = str_dup(path);
	size_t len = 0;

	if (!prefix)
		return -ENOMEM;
	while (path[len]) {
		int fd CLEANUP_CLOSE = -1;
		int r;

		len += strspn(path + len, "/");
		if (!path[len])
			break;
		len += strcspn(path + len, "/");
		prefix[len] = '\0';
		fd = os_open_in_root(m->rootfd, prefix, O_PATH | O_DIRECTORY, 0);
		r = fd == -ENOENT ? make_component(m, prefix) : fd;
		if (r < 0)
			return r;
		prefix[len] = path[len];
	}
	return 0;
}

int os_mkdir_in_root(int rootfd, const char *path, mode_t mode, uid_t uid, gid_t gid)
{
	struct maker m = {.rootfd = rootfd, .mode = mode, .uid = uid, .gid = gid};
	int r = make_path(&m, path);

	return r < 0 ? r : os_open_in_root(rootfd, path, O_PATH | O_DIRECTORY, 0);
}

/* Looked at through O_PATH before it is opened: opening alone already sets some devices going (a watchdog). */
int os_read_file_in_root(int rootfd, const char *path, size_t max, char **ret, size_t *ret_len)
{
	int handle CLEANUP_CLOSE = os_open_in_root(rootfd, path, O_PATH, 0);
	int fd CLEANUP_CLOSE = -1;
	char reopen[32];
	struct stat st;

	if (handle < 0)
		return handle;
	if (fstat(handle, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	snprintf(reopen, sizeof(reopen), "/proc/self/fd/%d", handle);
	fd = open(reopen, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	return fd < 0 ? -errno : os_read_regular(fd, max, ret, ret_len);
}

int os_read_file_no_link(int dirfd, const char *name, size_t max, char **ret, size_t *ret_len)
{
	int fd CLEANUP_CLOSE = open_resolved(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0,
					     RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);

	return fd < 0 ? fd : os_read_regular(fd, max, ret, ret_len);
}
