/* SPDX-License-Identifier: Apache-2.0 */
/* Starting keeper and monitor, exactly one pair whoever races. */
#include "monitor/client_request.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/mem.h"
#include "monitor/protocol.h"
#include "os/fs.h"
#include "os/pidfd.h"
#include "os/spawn.h"
#include "os/wait.h"

int client_watch_run_root(const struct monitor_place *place)
{
	CLEANUP_CLOSE int fd = os_fd_above_std(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
	CLEANUP_CLOSE int dir = client_run_root(place);
	char self[32];

	if (dir < 0)
		return dir;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", dir);
	if (fd < 0)
		return fd;
	if (inotify_add_watch(fd, self, IN_CREATE | IN_MOVED_TO | IN_ONLYDIR) < 0)
		return -errno;
	return TAKE_FD(fd);
}

static int spawn_keeper(const struct monitor_place *place, const char *key, int ready, int *ret_pidfd, ctr_error_t **err)
{
	static const char *const env[] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", NULL};
	const char *argv[] = {"ctr-keeper", "--root", place->root, "--run-root", place->run_root, "--key", key, "--uuid", place->uuid,
			      "--monitor", place->monitor_path, "--agent", str_or_empty(place->agent_path), NULL};
	struct os_spawn_fd fd = {ready, PROTOCOL_READY_FD};
	struct os_spawn what = {.path = place->keeper_path, .argv = argv, .envp = env, .fds = &fd, .n_fds = 1, .want_pidfd = 1};
	pid_t pid;

	return os_spawn(&what, &pid, ret_pidfd, err);
}

/* Hosts that reap everything, or ignore SIGCHLD, may be faster: nothing depends on its status. */
static void reap(int pidfd)
{
	siginfo_t si;

	while (waitid(P_PIDFD, (id_t)pidfd, &si, WEXITED) < 0 && errno == EINTR)
		;
}

void client_standby_end(struct client_standby *standby)
{
	if (standby->pidfd >= 0) {
		/* Where it has taken over, it has left a child that goes on, and has gone itself. */
		(void)os_pidfd_signal(standby->pidfd, SIGKILL);
		reap(standby->pidfd);
	}
	cleanup_close_fn(&standby->pidfd);
	cleanup_close_fn(&standby->hear);
	*standby = (struct client_standby){-1, -1};
}

static int read_ready(int fd, char *text, size_t size, const struct op_call *call, ctr_error_t **err)
{
	size_t len = 0;

	for (;;) {
		ssize_t n;
		int r = os_wait_fd(fd, POLLIN, call, "waiting for the monitor to start", err);

		if (r < 0)
			return r;
		n = read(fd, text + len, size - 1 - len);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return error_set_errno(err, CTR_ERR_MONITOR, DOMAIN_MONITOR, errno, "cannot hear of the monitor's start");
		if (n > 0)
			len += (size_t)n;
		text[len] = '\0';
		if (n == 0 || len == size - 1 || STREQ(text, PROTOCOL_READY) || STREQ(text, PROTOCOL_BUSY))
			return 0;
	}
}

int client_start(const struct monitor_place *place, const char *key, const struct op_call *call, struct client_standby *ret_standby, ctr_error_t **err)
{
	CLEANUP_STANDBY struct client_standby child = {-1, -1};
	CLEANUP_CLOSE int say = -1;
	char text[512] = "";
	int pair[2], r;

	r = os_mkdirat_private(place->root_fd, PROTOCOL_LOCK_DIR, NULL);
	if (r < 0)
		return error_set_errno(err, 0, DOMAIN_MONITOR, r, "cannot make %s/" PROTOCOL_LOCK_DIR, place->root);
	r = os_pipe(pair, O_NONBLOCK);
	if (r < 0)
		return error_set_errno(err, 0, DOMAIN_MONITOR, r, "cannot make a pipe for the start of the monitor");
	child.hear = pair[0];
	say = pair[1];
	r = spawn_keeper(place, key, say, &child.pidfd, err);
	if (r < 0)
		return error_wrap(err, CTR_ERR_MONITOR, DOMAIN_MONITOR, "cannot start %s", place->keeper_path);
	close(TAKE_FD(say));
	r = read_ready(child.hear, text, sizeof(text), call, err);
	if (r < 0 || STREQ(text, PROTOCOL_READY))
		return r;
	if (STREQ(text, PROTOCOL_BUSY)) {
		*ret_standby = child;
		child = (struct client_standby){-1, -1};
		return 1;
	}
	return error_set(err, CTR_ERR_MONITOR, DOMAIN_MONITOR, "the monitor of instance %s did not start: %s", key,
			 text[0] ? text : "it ended without a word; can it be executed?");
}
