/* SPDX-License-Identifier: Apache-2.0 */
/* The one wait primitive: every wait of the house for an fd ends up in the ppoll below. */
#include "os/wait.h"

#include <pthread.h>
#include <string.h>
#include <time.h>
#include "base/mem.h"

#define FDS_ON_STACK 8

static int poll_once(struct pollfd *fds, size_t n, uint64_t left_ns)
{
	struct timespec ts = {.tv_sec = (time_t)(left_ns / NSEC_PER_SEC), .tv_nsec = (long)(left_ns % NSEC_PER_SEC)};
	int cancel_state, r;

	/* A thread that is cancelled inside would leave locks and handles behind. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
	r = ppoll(fds, (nfds_t)n, left_ns == OP_NO_DEADLINE ? NULL : &ts, NULL);
	r = r < 0 ? -errno : r;
	pthread_setcancelstate(cancel_state, NULL);
	return r;
}

/* Cancelled or forked, whatever the clock says: a deadline of 0 still allows one look. */
static int check_stopped(const struct op_call *call, const char *what, ctr_error_t **err)
{
	struct op_call untimed = {.deadline_ns = OP_NO_DEADLINE};

	untimed.op = call ? call->op : NULL;
	return op_call_check(&untimed, what, err);
}

/* fds has room for one more: the op's own. */
static int wait_loop(struct pollfd *fds, size_t n, const struct op_call *call, const char *what, ctr_error_t **err)
{
	fds[n] = (struct pollfd){.fd = op_call_cancel_fd(call), .events = POLLIN};
	for (;;) {
		int r = check_stopped(call, what, err);
		uint64_t left = op_call_left_ns(call);

		if (r < 0)
			return r;
		r = poll_once(fds, n + 1, left);
		if (r == -EINTR && op_call_interruptible(call) && !op_call_cancelled(call))
			return error_set(err, CTR_ERR_INTERRUPTED, DOMAIN_CORE, "a signal arrived while %s", what);
		if (r < 0 && r != -EINTR && r != -EAGAIN)
			return error_set_errno(err, CTR_ERR_IO, DOMAIN_CORE, r, "cannot poll while %s", what);
		if (r > 0 && !fds[n].revents)
			return r;
		if (r > 1)
			return r - 1;
		if (r == 0 && left != OP_NO_DEADLINE) {
			r = op_call_check(call, what, err);
			if (r < 0)
				return r;
		}
	}
}

int os_wait_fds(struct pollfd *fds, size_t n, const struct op_call *call, const char *what, ctr_error_t **err)
{
	struct pollfd small[FDS_ON_STACK + 1], *all = small;
	struct pollfd *large CLEANUP_FREE = NULL;
	int r;

	if (n > FDS_ON_STACK) {
		large = mem_new0(n + 1, sizeof(*large));
		if (!large)
			return error_no_memory(err);
		all = large;
	}
	if (n)
		memcpy(all, fds, n * sizeof(*fds));
	r = wait_loop(all, n, call, what, err);
	for (size_t i = 0; r > 0 && i < n; i++)
		fds[i].revents = all[i].revents;
	return r;
}

int os_wait_fd(int fd, short events, const struct op_call *call, const char *what, ctr_error_t **err)
{
	struct pollfd one = {.fd = fd, .events = events};
	int r = os_wait_fds(&one, 1, call, what, err);

	return r < 0 ? r : 0;
}
