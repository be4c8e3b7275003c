/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts by fd (new mount API) with the old calls as fallback. (owner: oci) */
#ifndef CTR_OS_MOUNT_H
#define CTR_OS_MOUNT_H

#include <stdint.h>
#include "error/error.h"

/* 1 when fsopen/fsmount/open_tree/move_mount work here. */
int os_mount_api_works(void);
/* A detached clone of the mount tree at (dirfd, path); fd or -errno */
int os_open_tree(int dirfd, const char *path, int recursive);
/* A detached overlay: lowers top first, NULL-ended; upper/work NULL = read-only. Paths or "/proc/self/fd/N". fd or negative CTR_ERR_*. Uses one "lowerdir+" per layer where the kernel has it. */
int os_overlay_detached(const char *const *lowers, const char *upper, const char *work, int volatile_sync, ctr_error_t **err);
/* A detached tmpfs; fd or negative CTR_ERR_* */
int os_tmpfs_detached(const char *const *options, ctr_error_t **err);
int os_mount_set_attr(int mnt_fd, uint64_t set, uint64_t clear, int recursive);      /* MOUNT_ATTR_*; 0 or -errno */
/* Attaches a detached mount at (dirfd, path), an existing directory or file that is not a symlink. 0 or -errno */
int os_mount_attach(int mnt_fd, int dirfd, const char *path);
int os_mount_bind(const char *source, const char *target, int recursive, int read_only); /* 0 or -errno */
/* Detaches (MNT_DETACH | UMOUNT_NOFOLLOW) everything stacked on path; not mounted is 0. */
int os_unmount(const char *path);
/* 1 / 0 / -errno; pid 0 = self. Looks at mountinfo, so also through another process' namespace. */
int os_is_mountpoint(pid_t pid, const char *path);

#endif
