/* SPDX-License-Identifier: Apache-2.0 */
/* Unix sockets: messages with descriptors, and addresses of any length. */
#include "os/fd.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(OS_FDS_MAX * sizeof(int))];
};

int os_send_msg(int sock, const void *data, size_t len, const int *fds, size_t n_fds)
{
	union control control = {0};
	struct iovec iov = {.iov_base = (void *)data, .iov_len = len};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t n;

	if (!len || n_fds > OS_FDS_MAX) /* an empty message would look like the end */
		return -EINVAL;
	if (n_fds) {
		struct cmsghdr *c = &control.align;

		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, n_fds * sizeof(int));
	}
	do {
		n = sendmsg(sock, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

/* Every descriptor that arrived, moved above 2 or closed. Returns the number of those in fds, or -errno with none left open. */
static int take_fds(struct msghdr *msg, int *fds, size_t fds_max)
{
	size_t kept = 0;
	int failed = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		size_t n = c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS
				   ? (c->cmsg_len - CMSG_LEN(0)) / sizeof(int)
				   : 0;

		for (size_t i = 0; i < n; i++) {
			int fd CLEANUP_CLOSE = -1;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
			fd = os_fd_above_std(fd);
			if (fd < 0)
				failed = fd;
			else if (kept == fds_max)
				failed = -EMSGSIZE;
			else
				fds[kept++] = TAKE_FD(fd);
		}
	}
	if (!failed && !(msg->msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
		return (int)kept;
	while (kept > 0)
		close(fds[--kept]);
	return failed ? failed : -EMSGSIZE;
}

int os_recv_msg(int sock, void *buf, size_t size, size_t *ret_len, int *fds, size_t fds_max, size_t *ret_n_fds)
{
	union control control = {0};
	struct iovec iov = {.iov_base = buf, .iov_len = size};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	ssize_t n;
	int kept;

	do {
		n = recvmsg(sock, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	kept = take_fds(&msg, fds, fds_max);
	if (kept < 0)
		return kept;
	*ret_len = (size_t)n;
	if (ret_n_fds)
		*ret_n_fds = (size_t)kept;
	return 0;
}

int os_peer_cred(int sock, uid_t *ret_uid, pid_t *ret_pid)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return -errno;
	*ret_uid = cred.uid;
	*ret_pid = cred.pid;
	return 0;
}

static int new_socket(int dirfd, const char *name, struct sockaddr_un *ret_addr)
{
	int fd, n;

	*ret_addr = (struct sockaddr_un){.sun_family = AF_UNIX};
	n = snprintf(ret_addr->sun_path, sizeof(ret_addr->sun_path), "/proc/self/fd/%d/%s", dirfd, name);
	if (n < 0 || (size_t)n >= sizeof(ret_addr->sun_path))
		return -ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return fd < 0 ? -errno : os_fd_above_std(fd);
}

static int bind_and_listen(int fd, const struct sockaddr_un *addr, int dirfd, const char *early, const char *name, int backlog)
{
	/* bind obeys the umask; connecting needs the right to write */
	if (bind(fd, (const struct sockaddr *)addr, sizeof(*addr)) < 0 || fchmodat(dirfd, early, 0600, 0) < 0 ||
	    listen(fd, backlog) < 0)
		return -errno;
	if (linkat(dirfd, early, dirfd, name, 0) < 0)
		return errno == EEXIST ? -EADDRINUSE : -errno;
	return 0;
}

/* The name comes last: whoever watches the directory for it connects the moment it is there, and is refused by a socket that
 * does not listen yet. */
int os_unix_listen(int dirfd, const char *name, int backlog)
{
	struct sockaddr_un addr;
	int fd CLEANUP_CLOSE = -1;
	char early[32];
	int r;

	snprintf(early, sizeof(early), ".listen-%d", (int)getpid());
	fd = new_socket(dirfd, early, &addr);
	if (fd < 0)
		return fd;
	unlinkat(dirfd, early, 0);
	r = bind_and_listen(fd, &addr, dirfd, early, name, backlog);
	unlinkat(dirfd, early, 0);
	return r < 0 ? r : TAKE_FD(fd);
}

int os_unix_connect(int dirfd, const char *name)
{
	struct sockaddr_un addr;
	int fd CLEANUP_CLOSE = new_socket(dirfd, name, &addr);
	int r;

	if (fd < 0)
		return fd;
	do {
		r = connect(fd, (const struct sockaddr *)&addr, sizeof(addr));
	} while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : TAKE_FD(fd);
}
