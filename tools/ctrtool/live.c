/* SPDX-License-Identifier: Apache-2.0 */
/* For verbs that go on until the user has had enough. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include "ctrtool.h"

int live_begin(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

int live_wait(int signals, int fd, int milliseconds)
{
	/* What has been said is seen before anything is waited for. A reader who has gone ends us, too. */
	struct pollfd fds[] = { { signals, POLLIN, 0 }, { fd, POLLIN, 0 } };
	int r;

	if (fflush(stdout) != 0)
		return 0;
	do
		r = poll(fds, 2, milliseconds);
	while (r < 0 && errno == EINTR);
	return r >= 0 && !fds[0].revents;
}
