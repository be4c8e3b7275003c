/* SPDX-License-Identifier: Apache-2.0 */
/* File descriptors: numbers above 2, and writing to them. */
#include "os/fd.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include "os/sigguard.h"

int os_fd_dup(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

	return copy < 0 ? -errno : copy;
}

int os_fd_above_std(int fd)
{
	int low CLEANUP_CLOSE = -1;

	if (fd < 0 || fd > STDERR_FILENO)
		return fd;
	low = fd;
	return os_fd_dup(low);
}

/* Both or none. */
static int pair_above_std(int pair[2], int ret[2])
{
	int a CLEANUP_CLOSE = os_fd_above_std(pair[0]);
	int b CLEANUP_CLOSE = os_fd_above_std(pair[1]);

	if (a < 0 || b < 0)
		return a < 0 ? a : b;
	ret[0] = TAKE_FD(a);
	ret[1] = TAKE_FD(b);
	return 0;
}

int os_pipe(int ret[2], int flags)
{
	int pair[2];

	return pipe2(pair, flags | O_CLOEXEC) < 0 ? -errno : pair_above_std(pair, ret);
}

int os_socketpair_seqpacket(int ret[2])
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return -errno;
	return pair_above_std(pair, ret);
}

static int write_rest(int fd, const char *p, size_t len)
{
	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EAGAIN) {
			struct pollfd one = {.fd = fd, .events = POLLOUT};

			if (poll(&one, 1, -1) < 0 && errno != EINTR)
				return -errno;
		} else if (n < 0 && errno != EINTR) {
			return -errno;
		}
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

int os_write_all(int fd, const void *data, size_t len)
{
	struct sigguard guard;
	int r;

	sigguard_begin(&guard);
	r = write_rest(fd, data, len);
	sigguard_end(&guard, r);
	return r;
}

ssize_t os_write_nosigpipe(int fd, const void *data, size_t len)
{
	struct sigguard guard;
	ssize_t n;

	sigguard_begin(&guard);
	do {
		n = write(fd, data, len);
	} while (n < 0 && errno == EINTR);
	n = n < 0 ? -errno : n;
	sigguard_end(&guard, n < 0 ? (int)n : 0);
	return n;
}
