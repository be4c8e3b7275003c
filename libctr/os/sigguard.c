/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the signals that writing raises from the host. */
#include "os/sigguard.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>
#include "base/macros.h"

static void write_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGPIPE);
	sigaddset(set, SIGXFSZ);
}

void sigguard_begin(struct sigguard *g)
{
	sigset_t set;

	write_signals(&set);
	sigemptyset(&g->pending);
	sigpending(&g->pending);
	pthread_sigmask(SIG_BLOCK, &set, &g->before);
}

void sigguard_end(struct sigguard *g, int errnum)
{
	static const struct {
		int errnum, signal;
	} raised[] = {{EPIPE, SIGPIPE}, {EFBIG, SIGXFSZ}};
	const struct timespec no_wait = {0};
	sigset_t one;

	errnum = errnum < 0 ? -errnum : errnum;
	for (size_t i = 0; i < ARRAY_SIZE(raised); i++) {
		if (raised[i].errnum != errnum || sigismember(&g->pending, raised[i].signal))
			continue;
		sigemptyset(&one);
		sigaddset(&one, raised[i].signal);
		while (sigtimedwait(&one, NULL, &no_wait) < 0 && errno == EINTR)
			;
	}
	pthread_sigmask(SIG_SETMASK, &g->before, NULL);
}
