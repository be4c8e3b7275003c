/* SPDX-License-Identifier: Apache-2.0 */
/* A write beyond RLIMIT_FSIZE raises SIGXFSZ, which kills a host that does not expect it: held back in the calling thread,
 * the write fails with EFBIG and becomes NO_SPACE. */
#include <time.h>
#include "state/store.h"

static int is_pending(void)
{
	sigset_t pending;

	return sigpending(&pending) == 0 && sigismember(&pending, SIGXFSZ) == 1;
}

void xfsz_block(struct xfsz *x)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGXFSZ);
	pthread_sigmask(SIG_BLOCK, &set, &x->old);
	x->was_pending = sigismember(&x->old, SIGXFSZ) == 1 && is_pending();
}

/* Ours is consumed; one that the host had pending before stays. */
void xfsz_restore(const struct xfsz *x)
{
	const struct timespec now = {0, 0};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGXFSZ);
	if (!x->was_pending && is_pending())
		sigtimedwait(&set, NULL, &now);
	pthread_sigmask(SIG_SETMASK, &x->old, NULL);
}
