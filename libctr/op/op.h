/* SPDX-License-Identifier: Apache-2.0 */
/* What limits one call: deadline, cancel, interruption, progress. Data and flags only; os/wait.h reads them.
 *
 * The api room turns the caller's ctr_op_t (may be NULL) into a `struct op_call` once, at entry; everything below passes
 * `const struct op_call *call` on. A NULL call means: do not limit, do not cancel (helpers and tests). */
#ifndef CTR_OP_OP_H
#define CTR_OP_OP_H

#include <libctr/op.h>
#include <stdint.h>
#include "error/error.h"

#define OP_NO_DEADLINE UINT64_MAX

struct op_call {
	ctr_op_t *op;          /* borrowed, may be NULL */
	uint64_t deadline_ns;  /* absolute CLOCK_MONOTONIC; OP_NO_DEADLINE = none */
};

/* What the public functions of <libctr/op.h> do. In a forked child a call with the op answers FORKED, cancel and reset do nothing. */
int op_new(ctr_op_t **ret, ctr_error_t **err);
ctr_op_t *op_ref(ctr_op_t *op);
ctr_op_t *op_unref(ctr_op_t *op);
void op_set_timeout_ns(ctr_op_t *op, uint64_t ns);
void op_set_deadline_ns(ctr_op_t *op, uint64_t monotonic_ns);
void op_cancel(ctr_op_t *op); /* async-signal-safe, any thread */
void op_reset(ctr_op_t *op);  /* takes the cancel back; limits stay */
void op_set_progress(ctr_op_t *op, ctr_progress_fn fn, void *userdata, ctr_destroy_fn destroy); /* destroys what was set before */
void op_set_interruptible(ctr_op_t *op, int on);
int op_forked(const ctr_op_t *op); /* 1 when another process made it; NULL: 0 */

/* default_ns: the limit of the call's class when op is NULL or sets none (CTR_FOREVER = none); counted from now. */
void op_call_begin(struct op_call *call, ctr_op_t *op, uint64_t default_ns);
/* The same limits plus a nearer deadline of `ns` from now (a lock's slice, a job's own limit). */
struct op_call op_call_nearer(const struct op_call *call, uint64_t ns);
/* The call as an op of its own, for a backend's slot: the same absolute deadline (none = CTR_FOREVER), and cancel, interruption and
 * progress of the call's op, which it keeps alive. For op_unref. */
int op_from_call(const struct op_call *call, ctr_op_t **ret, ctr_error_t **err);
/* 0, or FORKED / CANCELLED / TIMEOUT with a sentence "… while <what>". */
int op_call_check(const struct op_call *call, const char *what, ctr_error_t **err);
/* Nanoseconds left; 0 = over; OP_NO_DEADLINE = no limit. */
uint64_t op_call_left_ns(const struct op_call *call);
int op_call_cancelled(const struct op_call *call);
int op_call_interruptible(const struct op_call *call);
/* An fd that turns POLLIN when the op is cancelled, or -1. Borrowed. */
int op_call_cancel_fd(const struct op_call *call);
void op_call_progress(const struct op_call *call, const char *phase, uint64_t done, uint64_t total);

#endif
