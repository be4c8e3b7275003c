/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of the new mount API, for C libraries that have no wrappers (inside the os room only). */
#ifndef CTR_OS_MOUNT_API_H
#define CTR_OS_MOUNT_API_H

#include <stddef.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline int sys_fsopen(const char *type)
{
	return (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
}
static inline int sys_fsconfig(int fs, unsigned command, const char *key, const char *value)
{
	return (int)syscall(SYS_fsconfig, fs, command, key, value, 0);
}
static inline int sys_fsmount(int fs)
{
	return (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
}
static inline int sys_open_tree(int dirfd, const char *path, unsigned flags)
{
	return (int)syscall(SYS_open_tree, dirfd, path, flags);
}
static inline int sys_move_mount(int from, int dirfd, const char *path, unsigned flags)
{
	return (int)syscall(SYS_move_mount, from, "", dirfd, path, flags | MOVE_MOUNT_F_EMPTY_PATH);
}
static inline int sys_mount_setattr(int fd, unsigned flags, struct mount_attr *attr)
{
	return (int)syscall(SYS_mount_setattr, fd, "", flags, attr, sizeof(*attr));
}

#endif
