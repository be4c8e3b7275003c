/* SPDX-License-Identifier: Apache-2.0 */
/* Copying files, links, devices, FIFOs and sockets: shared blocks where the file system can, holes kept, never through a link. */
#include "storage/copy_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include "base/cleanup.h"
#include "base/mem.h"
#include "os/fd.h"
#include "storage/xattr.h"

#define PIECE ((off_t)8 * 1024 * 1024)
#define BUFFER ((size_t)64 * 1024)

/* chown clears set-id bits and file capabilities: so owner, then mode, then attributes; the times last. */
int copy_attributes(int from_fd, int to_fd, const struct stat *st)
{
	const struct timespec times[2] = {st->st_atim, st->st_mtim};
	int errnum;

	if (fchown(to_fd, st->st_uid, st->st_gid) < 0 || fchmod(to_fd, st->st_mode & 07777) < 0)
		return -errno;
	errnum = xattr_copy(from_fd, to_fd, NULL);
	if (errnum < 0)
		return errnum;
	return futimens(to_fd, times) < 0 ? -errno : 0;
}

static int copy_by_buffer(int from, int to, off_t at, off_t end)
{
	char *buf CLEANUP_FREE = mem_new0(1, BUFFER);

	if (!buf)
		return -ENOMEM;
	while (at < end) {
		size_t want = (size_t)(end - at) < BUFFER ? (size_t)(end - at) : BUFFER;
		ssize_t n = pread(from, buf, want, at);

		if (n <= 0)
			return n == 0 ? 0 : -errno;
		for (ssize_t done = 0; done < n;) {
			ssize_t w = pwrite(to, buf + done, (size_t)(n - done), at + done);

			if (w < 0)
				return -errno;
			done += w;
		}
		at += n;
	}
	return 0;
}

/* copy_file_range refuses across some file systems and on special ones, and answers 0 where it copied nothing. */
static int copy_piece(int from, int to, off_t at, off_t end)
{
	off_t in = at, out = at;

	while (in < end) {
		ssize_t n = copy_file_range(from, &in, to, &out, (size_t)(end - in), 0);

		if (n > 0)
			continue;
		if (n < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EIO || errno == EFBIG))
			return -errno;
		return copy_by_buffer(from, to, in, end);
	}
	return 0;
}

static int copy_range(int from, int to, off_t at, off_t end, copy_check_fn check, void *userdata)
{
	while (at < end) {
		off_t next = end - at > PIECE ? at + PIECE : end;
		int errnum = check(userdata);

		if (errnum == 0)
			errnum = copy_piece(from, to, at, next);
		if (errnum < 0)
			return errnum;
		at = next;
	}
	return 0;
}

static int copy_data(int from, int to, off_t size, copy_check_fn check, void *userdata)
{
	off_t data, hole = 0;

	if (size == 0 || ioctl(to, FICLONE, from) == 0)
		return 0;
	if (ftruncate(to, size) < 0)
		return -errno;
	while (hole < size) {
		int errnum;

		data = lseek(from, hole, SEEK_DATA);
		if (data < 0 && errno == ENXIO)
			return 0;
		if (data < 0)
			return errno == EINVAL ? copy_range(from, to, 0, size, check, userdata) : -errno;
		hole = lseek(from, data, SEEK_HOLE);
		if (hole < 0 || hole > size)
			hole = size;
		errnum = copy_range(from, to, data, hole, check, userdata);
		if (errnum < 0)
			return errnum;
	}
	return 0;
}

/* Beyond RLIMIT_FSIZE a write raises SIGXFSZ, which ends a host that never asked for it. */
static int fits_limit(off_t size)
{
	struct rlimit lim;

	return getrlimit(RLIMIT_FSIZE, &lim) < 0 || lim.rlim_cur == RLIM_INFINITY || (rlim_t)size <= lim.rlim_cur;
}

static int copy_regular(int from_dir, int to_dir, const char *name, copy_check_fn check, void *userdata)
{
	int from CLEANUP_CLOSE = -1;
	int to CLEANUP_CLOSE = -1;
	struct stat st;
	int errnum;

	/* O_NONBLOCK: a file that was swapped for a FIFO since must not hang the host. */
	from = os_fd_above_std(openat(from_dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
	if (from < 0 || fstat(from, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -ESTALE;
	if (!fits_limit(st.st_size))
		return -EFBIG;
	to = os_fd_above_std(openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
	if (to < 0)
		return -errno;
	errnum = copy_data(from, to, st.st_size, check, userdata);
	return errnum < 0 ? errnum : copy_attributes(from, to, &st);
}

/* Owner, attributes and times of what cannot be opened. */
static int name_attributes(int from_dir, int to_dir, const char *name, const struct stat *st)
{
	const struct timespec times[2] = {st->st_atim, st->st_mtim};
	int errnum;

	if (fchownat(to_dir, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (!S_ISLNK(st->st_mode) && fchmodat(to_dir, name, st->st_mode & 07777, 0) < 0)
		return -errno;
	errnum = xattr_copy(from_dir, to_dir, name);
	if (errnum < 0)
		return errnum;
	return utimensat(to_dir, name, times, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

static int copy_link(int from_dir, int to_dir, const char *name, const struct stat *st)
{
	char *target CLEANUP_FREE = mem_new0(1, PATH_MAX + 1);

	if (!target)
		return -ENOMEM;
	if (readlinkat(from_dir, name, target, PATH_MAX) < 0 || symlinkat(target, to_dir, name) < 0)
		return -errno;
	return name_attributes(from_dir, to_dir, name, st);
}

static int copy_special(int from_dir, int to_dir, const char *name, const struct stat *st)
{
	if (mknodat(to_dir, name, (st->st_mode & S_IFMT) | 0600, st->st_rdev) < 0)
		return -errno;
	return name_attributes(from_dir, to_dir, name, st);
}

int copy_entry(int from_dir, int to_dir, const char *name, const struct stat *st, copy_check_fn check, void *userdata)
{
	if (S_ISREG(st->st_mode))
		return copy_regular(from_dir, to_dir, name, check, userdata);
	if (S_ISLNK(st->st_mode))
		return copy_link(from_dir, to_dir, name, st);
	return copy_special(from_dir, to_dir, name, st);
}
