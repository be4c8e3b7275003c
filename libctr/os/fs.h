/* SPDX-License-Identifier: Apache-2.0 */
/* Files: our own directories, and whatever lies beneath a container's root (untrusted, by openat2 only). (owner: found) */
#ifndef CTR_OS_FS_H
#define CTR_OS_FS_H

#include <fcntl.h>
#include <stddef.h>
#include <sys/stat.h>
#include "error/error.h"

/* All fds returned are CLOEXEC and >= 3; all ints without err are 0/fd or -errno. */

/* Opens beneath rootfd as the container sees it: absolute links start at rootfd, ".." stops there (RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS). */
int os_open_in_root(int rootfd, const char *path, int flags, mode_t mode);
/* The same, but any attempt to leave is -EXDEV (RESOLVE_BENEATH), links followed inside only. */
int os_open_beneath(int dirfd, const char *path, int flags, mode_t mode);
/* mkdir -p inside a container's root, one component at a time through fds; new directories get mode/uid/gid. fd of the last one (O_PATH|O_DIRECTORY). */
int os_mkdir_in_root(int rootfd, const char *path, mode_t mode, uid_t uid, gid_t gid);
/* Reads a regular file (else -EINVAL) of at most max bytes (else -EFBIG), opened O_NONBLOCK so that a FIFO never hangs; NUL added after the end. */
int os_read_file_in_root(int rootfd, const char *path, size_t max, char **ret, size_t *ret_len);

/* One name in dirfd, which is opened as it is: a link is -ELOOP, the rest as above. */
int os_read_file_no_link(int dirfd, const char *name, size_t max, char **ret, size_t *ret_len);

/* Our own trusted directories */
int os_open_dir(int dirfd, const char *path);                 /* O_DIRECTORY|O_NOFOLLOW on the last component */
int os_mkdir_private(const char *path, int *ret_fd);          /* mode 0700 whatever the umask, parents must exist, existing is fine; owner must be euid */
int os_mkdirat_private(int dirfd, const char *name, int *ret_fd_or_null);
int os_read_file(int dirfd, const char *path, size_t max, char **ret, size_t *ret_len_or_null);
/* Temporary name beside it, then rename; mode whatever the umask; sync: fsync before rename. */
int os_write_file_atomic(int dirfd, const char *name, const void *data, size_t len, mode_t mode, int sync);
/* A file that is whole or not there at all: written in tmp_dirfd of the same file system, on disk before it gets its name. -EEXIST when that is taken. */
int os_write_file_new(int tmp_dirfd, int dirfd, const char *name, const void *data, size_t len, mode_t mode);
/* Deletes name (one component) and what lies below, never following links or crossing into other mounts; a missing one is 0. Interruptible by nothing: bounded by size. */
int os_remove_tree(int dirfd, const char *name);
int os_fallocate(int fd, off_t len);                          /* posix_fallocate with errno as -errno; RLIMIT_FSIZE gives -EFBIG, never SIGXFSZ */
/* File system's magic of fd (statfs f_type), 0 on error */
long os_fs_type(int fd);
/* Absolute path of an fd through /proc/self/fd (NULL on error or when deleted) */
char *os_fd_path(int fd);

#endif
