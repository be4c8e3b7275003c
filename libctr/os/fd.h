/* SPDX-License-Identifier: Apache-2.0 */
/* File descriptors: numbers above 2, close-on-exec, passing over sockets, writing without SIGPIPE. (owner: found) */
#ifndef CTR_OS_FD_H
#define CTR_OS_FD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/cleanup.h"

/* Hosts may run with 0-2 closed: moves fd to a number >= 3 (CLOEXEC), closing the low one. Negative in, same out. Returns fd or -errno. */
int os_fd_above_std(int fd);
/* A CLOEXEC duplicate >= 3, or -errno. */
int os_fd_dup(int fd);
/* Both ends CLOEXEC and >= 3. 0 or -errno. flags: O_NONBLOCK … */
int os_pipe(int ret[2], int flags);
int os_socketpair_seqpacket(int ret[2]);
/* Whole buffer or error; EINTR and EAGAIN handled (EAGAIN: polls without limit, for local files and pipes of ours only). 0 or -errno */
int os_write_all(int fd, const void *data, size_t len);
/* write() of whatever fd, never raising SIGPIPE in the calling thread (api.md 2). Bytes or -errno. */
ssize_t os_write_nosigpipe(int fd, const void *data, size_t len);

#define OS_FDS_MAX 16
/* One SOCK_SEQPACKET message with fds (MSG_NOSIGNAL | MSG_DONTWAIT). 0 or -errno (-EAGAIN when the peer's queue is full). */
int os_send_msg(int sock, const void *data, size_t len, const int *fds, size_t n_fds);
/* Receives one message; fds arrive CLOEXEC and >= 3; surplus or truncated ones are closed and give -EMSGSIZE. *ret_len 0 = peer closed. 0 or -errno (-EAGAIN). */
int os_recv_msg(int sock, void *buf, size_t size, size_t *ret_len, int *fds, size_t fds_max, size_t *ret_n_fds);
/* uid and pid of the peer as the kernel saw it at connect. 0 or -errno */
int os_peer_cred(int sock, uid_t *ret_uid, pid_t *ret_pid);
/* Listening / connected SOCK_SEQPACKET unix socket named `name` beneath dirfd (bind and connect through /proc/self/fd, any path length).
 * fd (CLOEXEC, nonblocking, >= 3) or -errno. */
int os_unix_listen(int dirfd, const char *name, int backlog);
int os_unix_connect(int dirfd, const char *name);

#endif
