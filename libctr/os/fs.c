/* SPDX-License-Identifier: Apache-2.0 */
/* Our own directories: opening, making, reading, writing in one step. */
#include "os/fs.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/vfs.h>
#include "base/mem.h"
#include "os/fd.h"
#include "os/read.h"
#include "os/sigguard.h"

#define PROC_FD_SIZE 32

int os_open_dir(int dirfd, const char *path)
{
	int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : os_fd_above_std(fd);
}

int os_mkdirat_private(int dirfd, const char *name, int *ret_fd_or_null)
{
	int fd CLEANUP_CLOSE = -1;
	struct stat st;

	if (mkdirat(dirfd, name, 0700) == 0) {
		if (fchmodat(dirfd, name, 0700, 0) < 0) /* the umask may have taken even the owner's bits */
			return -errno;
	} else if (errno != EEXIST) {
		return -errno;
	}
	fd = os_open_dir(dirfd, name);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_uid != geteuid())
		return -EPERM;
	if (ret_fd_or_null)
		*ret_fd_or_null = TAKE_FD(fd);
	return 0;
}

int os_mkdir_private(const char *path, int *ret_fd)
{
	return os_mkdirat_private(AT_FDCWD, path, ret_fd);
}

/* /proc and the like say size 0, so the end is where read says it is. */
int os_read_regular(int fd, size_t max, char **ret, size_t *ret_len_or_null)
{
	char *data CLEANUP_FREE = NULL;
	size_t len = 0, size = 0;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_size > 0 && (uint64_t)st.st_size > max)
		return -EFBIG;
	for (;;) {
		ssize_t n;

		if (len + 1 >= size) {
			char *grown;

			size = size ? size * 2 : (size_t)st.st_size + 512;
			grown = realloc(data, size);
			if (!grown)
				return -ENOMEM;
			data = grown;
		}
		n = read(fd, data + len, size - len - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
		if (len > max)
			return -EFBIG;
	}
	data[len] = '\0';
	*ret = TAKE_PTR(data);
	if (ret_len_or_null)
		*ret_len_or_null = len;
	return 0;
}

int os_read_file(int dirfd, const char *path, size_t max, char **ret, size_t *ret_len_or_null)
{
	int fd CLEANUP_CLOSE = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	return fd < 0 ? -errno : os_read_regular(fd, max, ret, ret_len_or_null);
}

/* ".<name>.tmp-<random>": no counter or pid, which another namespace could share. */
static char *temporary_name(const char *name)
{
	uint64_t random;

	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random))
		return NULL;
	return str_printf(".%.200s.tmp-%016llx", name, (unsigned long long)random);
}

static int write_temporary(int dirfd, const char *temporary, const void *data, size_t len, mode_t mode, int sync)
{
	int fd CLEANUP_CLOSE =
		os_fd_above_std(openat(dirfd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
	int r;

	if (fd < 0)
		return fd == -1 ? -errno : fd;
	r = os_write_all(fd, data, len);
	if (r < 0)
		return r;
	if (fchmod(fd, mode) < 0 || (sync && fsync(fd) < 0))
		return -errno;
	return 0;
}

int os_write_file_atomic(int dirfd, const char *name, const void *data, size_t len, mode_t mode, int sync)
{
	char *temporary CLEANUP_FREE = temporary_name(name);
	int r;

	if (!temporary)
		return -ENOMEM;
	r = write_temporary(dirfd, temporary, data, len, mode, sync);
	if (r == 0 && renameat(dirfd, temporary, dirfd, name) < 0)
		r = -errno;
	if (r < 0) {
		if (r != -EEXIST)
			unlinkat(dirfd, temporary, 0);
		return r;
	}
	if (sync && dirfd >= 0 && fsync(dirfd) < 0) /* the new name too */
		return -errno;
	return 0;
}

int os_write_file_new(int tmp_dirfd, int dirfd, const char *name, const void *data, size_t len, mode_t mode)
{
	char *temporary CLEANUP_FREE = temporary_name(name);
	int r;

	if (!temporary)
		return -ENOMEM;
	r = write_temporary(tmp_dirfd, temporary, data, len, mode, 1);
	/* A rename would replace what is there, and not every file system can be told not to. */
	if (r == 0 && linkat(tmp_dirfd, temporary, dirfd, name, 0) < 0)
		r = -errno;
	unlinkat(tmp_dirfd, temporary, 0);
	return r == 0 && fsync(dirfd) < 0 ? -errno : r;
}

int os_fallocate(int fd, off_t len)
{
	struct sigguard guard;
	int r;

	sigguard_begin(&guard);
	do {
		r = posix_fallocate(fd, 0, len);
	} while (r == EINTR);
	sigguard_end(&guard, r);
	return -r;
}

long os_fs_type(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) < 0 ? 0 : (long)fs.f_type;
}

char *os_fd_path(int fd)
{
	char link[PROC_FD_SIZE], path[PATH_MAX];
	struct stat by_fd, by_path;
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path));
	if (n <= 0 || (size_t)n >= sizeof(path) || path[0] != '/')
		return NULL;
	path[n] = '\0';
	/* " (deleted)" may also be the end of a real name: only a look tells */
	if (str_has_suffix(path, " (deleted)") &&
	    (fstat(fd, &by_fd) < 0 || lstat(path, &by_path) < 0 || by_fd.st_ino != by_path.st_ino ||
	     by_fd.st_dev != by_path.st_dev))
		return NULL;
	return str_dup(path);
}
