/* SPDX-License-Identifier: Apache-2.0 */
/* What SQLite's file work must not do to the calling thread. A write beyond RLIMIT_FSIZE raises SIGXFSZ, which kills a host
 * that does not expect it: held back, the write fails with EFBIG and becomes NO_SPACE. And no function of ours is a
 * cancellation point of pthreads: a thread cancelled in here would take a connection and the writer lock with it. */
#include <time.h>
#include "state/store.h"

static int is_pending(void)
{
	sigset_t pending;

	return sigpending(&pending) == 0 && sigismember(&pending, SIGXFSZ) == 1;
}

void quiet_begin(struct quiet *x)
{
	sigset_t set;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &x->cancel_state);
	sigemptyset(&set);
	sigaddset(&set, SIGXFSZ);
	pthread_sigmask(SIG_BLOCK, &set, &x->old);
	x->was_pending = sigismember(&x->old, SIGXFSZ) == 1 && is_pending();
}

/* Ours is consumed; one that the host had pending before stays. */
void quiet_end(const struct quiet *x)
{
	const struct timespec now = {0, 0};
	sigset_t set;
	int unused;

	sigemptyset(&set);
	sigaddset(&set, SIGXFSZ);
	if (!x->was_pending && is_pending())
		sigtimedwait(&set, NULL, &now);
	pthread_sigmask(SIG_SETMASK, &x->old, NULL);
	pthread_setcancelstate(x->cancel_state, &unused);
}
