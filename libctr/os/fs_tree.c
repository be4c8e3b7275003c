/* SPDX-License-Identifier: Apache-2.0 */
/* Deleting a tree that somebody else filled: any depth, with a fixed number of descriptors and little stack. */
#include "os/fs.h"

#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include "os/fd.h"

/* What lies deeper is first moved up to the tree's top. */
#define DEPTH_MAX 24

struct remover {
	int top;    /* the tree's uppermost directory */
	int error;  /* the first one */
	int gone;   /* something was deleted or moved in this pass */
};

static void empty_dir(struct remover *r, int dirfd, int depth);

static void note(struct remover *r, int error)
{
	if (!r->error && error != -ENOENT)
		r->error = error;
}

/* -EXDEV: another mount. */
static int open_child(int dirfd, const char *name, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned)(flags | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
		.resolve = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS,
	};
	long fd = syscall(SYS_openat2, dirfd, name, &how, sizeof(how));

	return fd < 0 ? -errno : os_fd_above_std((int)fd);
}

/* Whoever is not root needs rwx on a directory to empty it. */
static int open_to_empty(int dirfd, const char *name)
{
	int fd CLEANUP_CLOSE = open_child(dirfd, name, O_RDONLY);
	struct stat st;

	if (fd == -EACCES) {
		int handle CLEANUP_CLOSE = open_child(dirfd, name, O_PATH);
		char path[32];

		if (handle < 0)
			return handle;
		snprintf(path, sizeof(path), "/proc/self/fd/%d", handle);
		if (chmod(path, 0700) < 0)
			return -errno;
		fd = open_child(dirfd, name, O_RDONLY);
	}
	if (fd >= 0 && fstat(fd, &st) == 0 && (st.st_mode & 0700) != 0700)
		(void)fchmod(fd, 0700); /* a failure shows when the first entry cannot be deleted */
	return TAKE_FD(fd);
}

static int move_to_top(struct remover *r, int dirfd, const char *name)
{
	char fresh[32];
	uint64_t random;

	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random))
		return -EAGAIN;
	snprintf(fresh, sizeof(fresh), ".deep-%016llx", (unsigned long long)random);
	return renameat(dirfd, name, r->top, fresh) < 0 ? -errno : 0;
}

static void remove_dir(struct remover *r, int dirfd, const char *name, int depth)
{
	int fd CLEANUP_CLOSE = open_to_empty(dirfd, name);

	if (fd < 0) {
		note(r, fd == -EXDEV ? -EBUSY : fd);
		return;
	}
	if (unlinkat(dirfd, name, AT_REMOVEDIR) == 0) {
		r->gone = 1;
		return;
	}
	if (depth == DEPTH_MAX) {
		int moved = move_to_top(r, dirfd, name);

		if (moved < 0)
			note(r, moved);
		else
			r->gone = 1;
		return;
	}
	empty_dir(r, fd, depth);
	if (unlinkat(dirfd, name, AT_REMOVEDIR) == 0)
		r->gone = 1;
	else
		note(r, -errno);
}

static void remove_entry(struct remover *r, int dirfd, const struct dirent *entry, int depth)
{
	if (entry->d_type != DT_DIR) {
		if (unlinkat(dirfd, entry->d_name, 0) == 0) {
			r->gone = 1;
			return;
		}
		if (errno != EISDIR) {
			note(r, -errno);
			return;
		}
	}
	remove_dir(r, dirfd, entry->d_name, depth + 1);
}

static void empty_dir(struct remover *r, int dirfd, int depth)
{
	DIR *dir CLEANUP_CLOSEDIR = NULL;
	int copy = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); /* an offset of its own */
	struct dirent *entry;

	copy = copy < 0 ? -errno : os_fd_above_std(copy);
	if (copy >= 0)
		dir = fdopendir(copy);
	if (!dir) {
		note(r, copy < 0 ? copy : -errno);
		if (copy >= 0)
			close(copy);
		return;
	}
	while ((entry = readdir(dir)))
		if (!STREQ(entry->d_name, ".") && !STREQ(entry->d_name, ".."))
			remove_entry(r, dirfd, entry, depth);
}

int os_remove_tree(int dirfd, const char *name)
{
	struct remover r = {.top = -1};
	int top CLEANUP_CLOSE = -1;

	if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR)
		return -errno;
	top = open_to_empty(dirfd, name);
	if (top < 0)
		return top == -ENOENT ? 0 : top == -EXDEV ? -EBUSY : top;
	r.top = top;
	do { /* again for what was moved up, and for what came in the meantime */
		r.error = 0;
		r.gone = 0;
		empty_dir(&r, top, 0);
		if (unlinkat(dirfd, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
			return 0;
	} while (r.gone);
	return r.error ? r.error : -ENOTEMPTY;
}
