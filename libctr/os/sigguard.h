/* SPDX-License-Identifier: Apache-2.0 */
/* Within this room: keeps the signals that writing raises (SIGPIPE, SIGXFSZ) from the host. Both are sent to the writing thread
 * alone, so it is enough to block them there, take ours back and restore the mask. */
#ifndef CTR_OS_SIGGUARD_H
#define CTR_OS_SIGGUARD_H

#include <signal.h>

struct sigguard {
	sigset_t before;  /* mask */
	sigset_t pending; /* what was waiting already is the host's */
};

void sigguard_begin(struct sigguard *g);
/* errnum: how the guarded call failed (positive or negative; 0 = it did not). */
void sigguard_end(struct sigguard *g, int errnum);

#endif
