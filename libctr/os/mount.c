/* SPDX-License-Identifier: Apache-2.0 */
/* Attaching, binding and detaching mounts; asking whether a path is one. */
#include "os/mount.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/mem.h"
#include "os/fd.h"
#include "os/mount_api.h"
#include "os/mount_table.h"

int os_mount_api_works(void)
{
	int fs CLEANUP_CLOSE = os_fd_above_std(sys_fsopen("tmpfs"));

	return fs >= 0;
}

int os_open_tree(int dirfd, const char *path, int recursive)
{
	unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? (unsigned)AT_RECURSIVE : 0);
	int fd;

	if (path[0] == '\0')
		flags |= AT_EMPTY_PATH;
	fd = sys_open_tree(dirfd, path, flags);
	return fd < 0 ? -errno : os_fd_above_std(fd);
}

int os_mount_set_attr(int mnt_fd, uint64_t set, uint64_t clear, int recursive)
{
	struct mount_attr attr = {.attr_set = set, .attr_clr = clear};
	unsigned flags = AT_EMPTY_PATH | (recursive ? (unsigned)AT_RECURSIVE : 0);

	return sys_mount_setattr(mnt_fd, flags, &attr) < 0 ? -errno : 0;
}

int os_mount_attach(int mnt_fd, int dirfd, const char *path)
{
	unsigned flags = path[0] == '\0' ? MOVE_MOUNT_T_EMPTY_PATH : 0;

	return sys_move_mount(mnt_fd, dirfd, path, flags) < 0 ? -errno : 0;
}

/* For kernels before 5.12: mount() follows a link at the target, so the target is named by an fd that did not. */
static int bind_by_mount(const char *source, const char *target, int recursive, int read_only)
{
	int at CLEANUP_CLOSE = os_fd_above_std(open(target, O_PATH | O_NOFOLLOW | O_CLOEXEC));
	unsigned long rec = recursive ? MS_REC : 0;
	char path[64];

	if (at < 0)
		return -errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", at);
	if (mount(source, path, NULL, MS_BIND | rec, NULL) < 0)
		return -errno;
	if (read_only && mount(NULL, target, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL) < 0) {
		int saved = errno;

		umount2(target, MNT_DETACH | UMOUNT_NOFOLLOW);
		return -saved;
	}
	return 0;
}

int os_mount_bind(const char *source, const char *target, int recursive, int read_only)
{
	int tree CLEANUP_CLOSE = os_open_tree(AT_FDCWD, source, recursive);
	int rc;

	if (tree == -ENOSYS)
		return bind_by_mount(source, target, recursive, read_only);
	if (tree < 0)
		return tree;
	rc = read_only ? os_mount_set_attr(tree, MOUNT_ATTR_RDONLY, 0, recursive) : 0;
	if (rc == -ENOSYS)
		return bind_by_mount(source, target, recursive, read_only);
	return rc < 0 ? rc : os_mount_attach(tree, AT_FDCWD, target);
}

int os_unmount(const char *path)
{
	while (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
		;
	return errno == EINVAL || errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
}

static int is_at(const struct mount_line *line, void *path)
{
	return STREQ(line->point, (const char *)path);
}

int os_is_mountpoint(pid_t pid, const char *path)
{
	return os_mount_table(pid, is_at, (void *)(uintptr_t)path);
}
