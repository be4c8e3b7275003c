/* SPDX-License-Identifier: Apache-2.0 */
/* The op object and the limits of one call that are read from it. */
#include "op/op.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include "base/clock.h"
#include "base/mem.h"

#define TIMEOUT_SET 1
#define DEADLINE_SET 2

struct ctr_op {
	atomic_int refs;
	atomic_int cancelled;
	int event_fd; /* readable once cancelled; -1 in a derived one */
	ctr_op_t *parent; /* of a derived one: whose cancel, interruption and progress count; owned reference, may be NULL */
	pid_t pid;    /* of the process that made it: a forked child shares the eventfd and must not touch it */
	int limits_set, interruptible;
	uint64_t timeout_ns, deadline_ns;
	ctr_progress_fn progress;
	void *userdata;
	ctr_destroy_fn destroy;
};

/* Where cancel, interruption and progress live. */
static ctr_op_t *origin_of(ctr_op_t *op)
{
	return op && op->parent ? op->parent : op;
}

/* >= 3 and close-on-exec: the host may run with 0-2 closed. */
static int new_event_fd(void)
{
	int low CLEANUP_CLOSE = -1;
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (fd < 0)
		return -errno;
	if (fd > STDERR_FILENO)
		return fd;
	low = fd;
	fd = fcntl(low, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	return fd < 0 ? -errno : fd;
}

int op_new(ctr_op_t **ret, ctr_error_t **err)
{
	ctr_op_t *op = NEW0(ctr_op_t);

	if (!op)
		return error_no_memory(err);
	op->event_fd = new_event_fd();
	if (op->event_fd < 0) {
		int errnum = op->event_fd;

		free(op);
		return error_set_errno(err, 0, DOMAIN_CORE, errnum, "cannot make the op's eventfd");
	}
	atomic_init(&op->refs, 1);
	atomic_init(&op->cancelled, 0);
	op->pid = getpid();
	*ret = op;
	return 0;
}

int op_from_call(const struct op_call *call, ctr_op_t **ret, ctr_error_t **err)
{
	ctr_op_t *op = NEW0(ctr_op_t);

	if (!op)
		return error_no_memory(err);
	atomic_init(&op->refs, 1);
	atomic_init(&op->cancelled, 0);
	op->event_fd = -1;
	op->pid = getpid();
	op->parent = op_ref(call ? origin_of(call->op) : NULL);
	op_set_deadline_ns(op, call ? call->deadline_ns : OP_NO_DEADLINE);
	*ret = op;
	return 0;
}

int op_forked(const ctr_op_t *op)
{
	return op && (op->pid != getpid() || op_forked(op->parent));
}

ctr_op_t *op_ref(ctr_op_t *op)
{
	if (op)
		atomic_fetch_add_explicit(&op->refs, 1, memory_order_relaxed);
	return op;
}

ctr_op_t *op_unref(ctr_op_t *op)
{
	if (!op || atomic_fetch_sub_explicit(&op->refs, 1, memory_order_acq_rel) != 1)
		return NULL;
	op_set_progress(op, NULL, NULL, NULL);
	op_unref(op->parent);
	if (op->pid == getpid()) /* in a child the number may long be another file */
		cleanup_close_fn(&op->event_fd);
	free(op);
	return NULL;
}

void op_set_timeout_ns(ctr_op_t *op, uint64_t ns)
{
	if (!op)
		return;
	op->timeout_ns = ns;
	op->limits_set |= TIMEOUT_SET;
}

void op_set_deadline_ns(ctr_op_t *op, uint64_t monotonic_ns)
{
	if (!op)
		return;
	op->deadline_ns = monotonic_ns;
	op->limits_set |= DEADLINE_SET;
}

/* Runs in signal handlers: an atomic store, getpid and write are all it may use. The flag goes first, so that whoever is woken sees it. */
void op_cancel(ctr_op_t *op)
{
	const uint64_t one = 1;
	int saved = errno;
	ssize_t n UNUSED;

	op = origin_of(op);
	if (!op || op_forked(op))
		return;
	atomic_store(&op->cancelled, 1);
	n = write(op->event_fd, &one, sizeof(one));
	errno = saved;
}

/* The flag goes first here too: a cancel in between then leaves the flag set, which every wait looks at before it sleeps. */
void op_reset(ctr_op_t *op)
{
	uint64_t count;
	ssize_t n UNUSED;

	op = origin_of(op);
	if (!op || op_forked(op))
		return;
	atomic_store(&op->cancelled, 0);
	n = read(op->event_fd, &count, sizeof(count));
}

void op_set_progress(ctr_op_t *op, ctr_progress_fn fn, void *userdata, ctr_destroy_fn destroy)
{
	ctr_destroy_fn old_destroy;
	void *old;

	if (!op) {
		if (destroy)
			destroy(userdata);
		return;
	}
	old_destroy = op->destroy;
	old = op->userdata;
	op->progress = fn;
	op->userdata = userdata;
	op->destroy = destroy;
	if (old_destroy)
		old_destroy(old);
}

void op_set_interruptible(ctr_op_t *op, int on)
{
	if (op)
		op->interruptible = on != 0;
}

static uint64_t from_now(uint64_t ns)
{
	uint64_t deadline;

	if (ns == CTR_FOREVER || __builtin_add_overflow(clock_monotonic_ns(), ns, &deadline))
		return OP_NO_DEADLINE;
	return deadline;
}

void op_call_begin(struct op_call *call, ctr_op_t *op, uint64_t default_ns)
{
	*call = (struct op_call){.op = op, .deadline_ns = OP_NO_DEADLINE};
	if (!op || !op->limits_set) {
		call->deadline_ns = from_now(default_ns);
		return;
	}
	if (op->limits_set & TIMEOUT_SET)
		call->deadline_ns = from_now(op->timeout_ns);
	if ((op->limits_set & DEADLINE_SET) && op->deadline_ns < call->deadline_ns)
		call->deadline_ns = op->deadline_ns;
}

struct op_call op_call_nearer(const struct op_call *call, uint64_t ns)
{
	struct op_call nearer = {.deadline_ns = OP_NO_DEADLINE};
	uint64_t deadline = from_now(ns);

	if (call)
		nearer = *call;
	if (deadline < nearer.deadline_ns)
		nearer.deadline_ns = deadline;
	return nearer;
}

int op_call_check(const struct op_call *call, const char *what, ctr_error_t **err)
{
	if (!call)
		return 0;
	if (op_forked(call->op))
		return error_set(err, CTR_ERR_FORKED, DOMAIN_CORE,
				 "the op was made before fork() and cannot be used in the child; make a new one, while %s",
				 what);
	if (op_call_cancelled(call))
		return error_set(err, CTR_ERR_CANCELLED, DOMAIN_CORE, "cancelled by the caller while %s", what);
	if (!op_call_left_ns(call))
		return error_set(err, CTR_ERR_TIMEOUT, DOMAIN_CORE,
				 "the time limit of the call ended while %s; allow more with ctr_op_set_timeout_ns", what);
	return 0;
}

uint64_t op_call_left_ns(const struct op_call *call)
{
	uint64_t now;

	if (!call || call->deadline_ns == OP_NO_DEADLINE)
		return OP_NO_DEADLINE;
	now = clock_monotonic_ns();
	return now < call->deadline_ns ? call->deadline_ns - now : 0;
}

int op_call_cancelled(const struct op_call *call)
{
	ctr_op_t *op = call ? origin_of(call->op) : NULL;

	return op && !op_forked(op) && atomic_load(&op->cancelled);
}

int op_call_interruptible(const struct op_call *call)
{
	ctr_op_t *op = call ? origin_of(call->op) : NULL;

	return op && op->interruptible;
}

int op_call_cancel_fd(const struct op_call *call)
{
	ctr_op_t *op = call ? origin_of(call->op) : NULL;

	return op && !op_forked(op) ? op->event_fd : -1;
}

void op_call_progress(const struct op_call *call, const char *phase, uint64_t done, uint64_t total)
{
	ctr_op_t *op = call ? origin_of(call->op) : NULL;

	if (op && op->progress)
		op->progress(phase, done, total, op->userdata);
}
