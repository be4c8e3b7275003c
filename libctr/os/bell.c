/* SPDX-License-Identifier: Apache-2.0 */
/* Bells: FIFOs, because their readiness crosses processes, stays, and dies with the last who has them open. */
#include "os/bell.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include "os/fd.h"

#define LOOKS 64 /* rung and gone between making and opening: nobody rings that often for ever */

/* O_RDWR: opening never waits for the other side, and the ringer is its own reader, so nobody gets SIGPIPE. */
static int open_bell(int dirfd, const char *name)
{
	int fd = openat(dirfd, name, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? -errno : os_fd_above_std(fd);
}

int os_bell_open(int dirfd, const char *name)
{
	int fd = open_bell(dirfd, name);

	for (int i = 0; fd == -ENOENT && i < LOOKS; i++) {
		if (mkfifoat(dirfd, name, 0600) < 0 && errno != EEXIST)
			return -errno;
		fd = open_bell(dirfd, name);
	}
	return fd;
}

int os_bell_is_rung(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, 0) > 0;
}

int os_bell_exists(int dirfd, const char *name)
{
	return faccessat(dirfd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

void os_bell_ring(int dirfd, const char *name)
{
	CLEANUP_CLOSE int fd = open_bell(dirfd, name);

	if (fd < 0)
		return;
	/* A full one is as rung as it can be. The name goes last: killed between the two we leave a bell that rings. */
	(void)!write(fd, "x", 1);
	(void)unlinkat(dirfd, name, 0);
}

void os_bell_drop(int dirfd, const char *name, int fd)
{
	struct stat mine, there;

	if (fstat(fd, &mine) == 0 && fstatat(dirfd, name, &there, AT_SYMLINK_NOFOLLOW) == 0 && mine.st_ino == there.st_ino &&
	    mine.st_dev == there.st_dev)
		(void)unlinkat(dirfd, name, 0);
}
