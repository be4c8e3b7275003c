/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors above 2, writing without signals, messages with descriptors, sockets with long paths. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "base/strbuf.h"
#include "cm.h"
#include "os/fd.h"
#include "os/fs.h"

static int cloexec_above_std(int fd)
{
	return fd > 2 && fcntl(fd, F_GETFD) == FD_CLOEXEC;
}

static int with_std_closed(void)
{
	int pair[2], sockets[2], copy;

	for (int fd = 0; fd < 3; fd++)
		close(fd);
	if (os_pipe(pair, O_NONBLOCK) < 0 || os_socketpair_seqpacket(sockets) < 0)
		return 1;
	copy = os_fd_dup(pair[0]);
	if (!cloexec_above_std(pair[0]) || !cloexec_above_std(pair[1]) || !cloexec_above_std(sockets[0]) ||
	    !cloexec_above_std(sockets[1]) || !cloexec_above_std(copy))
		return 2;
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			return 3;
	return 0;
}

static void run_in_child(int (*fn)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(fn());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void standard_streams_stay_free(void **state)
{
	(void)state;
	run_in_child(with_std_closed);
	assert_int_equal(os_fd_above_std(-1), -1);
	assert_int_equal(os_fd_above_std(-EBADF), -EBADF);
	assert_int_equal(os_fd_dup(-1), -EBADF);
}

/* SIGPIPE has its default action here; the second half has one of the host's own pending, which must stay. */
static int write_to_nobody(void)
{
	sigset_t set, pending;
	int pair[2];

	signal(SIGPIPE, SIG_DFL);
	if (os_pipe(pair, 0) < 0)
		return 1;
	close(pair[0]);
	if (os_write_nosigpipe(pair[1], "x", 1) != -EPIPE || os_write_all(pair[1], "x", 1) != -EPIPE)
		return 2;
	sigpending(&pending);
	if (sigismember(&pending, SIGPIPE))
		return 3;
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGPIPE);
	if (os_write_nosigpipe(pair[1], "x", 1) != -EPIPE)
		return 4;
	sigpending(&pending);
	return sigismember(&pending, SIGPIPE) ? 0 : 5;
}

static void a_vanished_reader_is_an_errno(void **state)
{
	(void)state;
	run_in_child(write_to_nobody);
}

static void messages_carry_descriptors(void **state)
{
	int s[2], pair[2], got[4] = {-1, -1, -1, -1};
	char buf[16];
	size_t len = 99, n = 99;

	(void)state;
	assert_int_equal(os_socketpair_seqpacket(s), 0);
	assert_int_equal(os_pipe(pair, 0), 0);
	assert_int_equal(os_recv_msg(s[1], buf, sizeof(buf), &len, got, 4, &n), -EAGAIN);
	assert_int_equal(os_send_msg(s[0], "hello", 5, pair, 2), 0);
	assert_int_equal(os_recv_msg(s[1], buf, sizeof(buf), &len, got, 4, &n), 0);
	assert_int_equal(len, 5);
	assert_memory_equal(buf, "hello", 5);
	assert_int_equal(n, 2);
	assert_true(cloexec_above_std(got[0]) && cloexec_above_std(got[1]));
	assert_int_equal(os_write_all(got[1], "through", 7), 0);
	assert_int_equal(read(pair[0], buf, sizeof(buf)), 7);
	close(got[0]);
	close(got[1]);
	assert_int_equal(os_send_msg(s[0], "", 0, NULL, 0), -EINVAL);
	assert_int_equal(os_send_msg(s[0], "x", 1, pair, OS_FDS_MAX + 1), -EINVAL);
	close(s[0]);
	assert_int_equal(os_recv_msg(s[1], buf, sizeof(buf), &len, got, 4, &n), 0);
	assert_int_equal(len, 0);
	assert_int_equal(os_send_msg(s[1], "x", 1, NULL, 0), -EPIPE); /* and no SIGPIPE */
	close(s[1]);
	close(pair[0]);
	close(pair[1]);
}

static void what_does_not_fit_is_closed(void **state)
{
	int s[2], pair[2], got[1];
	char buf[4], byte;
	size_t len, n;

	(void)state;
	assert_int_equal(os_socketpair_seqpacket(s), 0);
	assert_int_equal(os_pipe(pair, O_NONBLOCK), 0);
	assert_int_equal(os_send_msg(s[0], "x", 1, (int[]){pair[1], pair[1]}, 2), 0);
	assert_int_equal(os_recv_msg(s[1], buf, sizeof(buf), &len, got, 1, &n), -EMSGSIZE);
	assert_int_equal(os_send_msg(s[0], "too long", 8, &pair[1], 1), 0);
	assert_int_equal(os_recv_msg(s[1], buf, sizeof(buf), &len, got, 1, &n), -EMSGSIZE);
	close(pair[1]);
	assert_int_equal(read(pair[0], &byte, 1), 0); /* no copy of the writing end is left */
	close(pair[0]);
	close(s[0]);
	close(s[1]);
}

static void sockets_have_paths_of_any_length(void **state)
{
	char top[] = "/tmp/ctr-test-fd-XXXXXX", name[201] = {0};
	int dir, server, client, peer;
	struct stat st;
	uid_t uid;
	pid_t pid;

	(void)state;
	assert_non_null(mkdtemp(top));
	dir = os_open_dir(AT_FDCWD, top);
	memset(name, 'd', 200);
	assert_int_equal(os_mkdirat_private(dir, name, &server), 0);
	close(dir);
	dir = server;
	assert_int_equal(os_unix_connect(dir, "s"), -ENOENT);
	server = os_unix_listen(dir, "s", 4);
	assert_true(cloexec_above_std(server));
	assert_int_equal(fstatat(dir, "s", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(os_unix_listen(dir, "s", 4), -EADDRINUSE);
	client = os_unix_connect(dir, "s");
	assert_true(cloexec_above_std(client));
	peer = accept4(server, NULL, NULL, SOCK_CLOEXEC);
	assert_int_equal(os_peer_cred(peer, &uid, &pid), 0);
	assert_int_equal(uid, geteuid());
	assert_int_equal(pid, getpid());
	close(peer);
	close(client);
	close(server);
	assert_int_equal(os_unix_connect(dir, "s"), -ECONNREFUSED);
	close(dir);
	assert_int_equal(os_remove_tree(AT_FDCWD, top), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(standard_streams_stay_free),
		cmocka_unit_test(a_vanished_reader_is_an_errno),
		cmocka_unit_test(messages_carry_descriptors),
		cmocka_unit_test(what_does_not_fit_is_closed),
		cmocka_unit_test(sockets_have_paths_of_any_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
