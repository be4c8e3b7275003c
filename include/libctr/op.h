/* SPDX-License-Identifier: Apache-2.0 */
/* op: what limits one call: a timeout, a deadline, cancellation, interruption by signals; and who hears of its
 * progress.
 *
 * An op NULL, or one with neither timeout nor deadline, means by class of the call:
 *   control   the engine's default_timeout_ns (30 s unless set)
 *   stopping  the call's stop timeout plus that default
 *   waiting   no limit
 * The timeout counts from the start of each call that uses the op, the deadline is absolute; the earlier one wins.
 * One op serves one call at a time; ctr_op_cancel() works from anywhere. */
#ifndef LIBCTR_OP_H
#define LIBCTR_OP_H

#include <libctr/types.h>
#include <libctr/error.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ctr_op ctr_op_t;

/* Nanoseconds: no limit. */
#define CTR_FOREVER UINT64_MAX

/**
 * ctr_progress_fn - hears how far a long call has come
 * @phase: what is being done, valid during the callback
 * @done: how much of it is done, in the phase's own unit
 * @total: how much there is; 0 = unknown
 * @userdata: what was registered
 *
 * Runs on the thread of the call, with no lock held.
 */
typedef void (*ctr_progress_fn)(const char *phase, uint64_t done, uint64_t total, void *userdata);

/**
 * ctr_op_new - makes an op without any limit of its own
 * @ret: the new op, for ctr_op_unref()
 * @err: error, may be NULL
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG when ret is NULL, CTR_ERR_NO_MEMORY, CTR_ERR_NO_RESOURCES when no descriptor can be
 * had; nothing is made
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_op_new(ctr_op_t **ret, ctr_error_t **err);

/**
 * ctr_op_ref - takes a reference
 * @op: the op, may be NULL
 *
 * Returns: op
 * Errors: none
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API ctr_op_t *ctr_op_ref(ctr_op_t *op);

/**
 * ctr_op_unref - gives a reference back; with the last one the op goes and the progress callback's destroy is called
 * @op: (taken) the op, may be NULL
 *
 * Returns: NULL
 * Errors: none
 * Threads: any thread; whoever may still cancel needs a reference of its own
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API ctr_op_t *ctr_op_unref(ctr_op_t *op);

/**
 * ctr_op_set_timeout_ns - limits each call that uses the op, counted from its start
 * @op: the op; NULL does nothing
 * @ns: nanoseconds; 0 = do not wait at all, CTR_FOREVER = no limit
 *
 * Returns: nothing
 * Errors: none
 * Threads: not while a call uses the op
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API void ctr_op_set_timeout_ns(ctr_op_t *op, uint64_t ns);

/**
 * ctr_op_set_deadline_ns - the moment at which every call that uses the op gives up
 * @op: the op; NULL does nothing
 * @monotonic_ns: nanoseconds of CLOCK_MONOTONIC; 0 = do not wait at all, CTR_FOREVER = no limit
 *
 * Returns: nothing
 * Errors: none
 * Threads: not while a call uses the op
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API void ctr_op_set_deadline_ns(ctr_op_t *op, uint64_t monotonic_ns);

/**
 * ctr_op_cancel - ends the running call, and every later one, with CTR_ERR_CANCELLED until ctr_op_reset()
 * @op: the op; NULL does nothing
 *
 * What a call has done by then is undone, or finished by whoever comes next; the functions say which.
 *
 * Returns: nothing
 * Errors: none
 * Threads: any thread, and signal handlers (async-signal-safe; errno is kept)
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API void ctr_op_cancel(ctr_op_t *op);

/**
 * ctr_op_reset - takes a cancellation back, so that the op can be used again; its limits stay
 * @op: the op; NULL does nothing
 *
 * Returns: nothing
 * Errors: none
 * Threads: not while a call uses the op
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API void ctr_op_reset(ctr_op_t *op);

/**
 * ctr_op_set_progress - registers who hears of the progress of calls that use the op
 * @op: the op; NULL only calls destroy
 * @fn: the callback; NULL for none
 * @userdata: (taken) handed to fn
 * @destroy: called with userdata when another callback is set or the op goes; NULL for none
 *
 * Returns: nothing
 * Errors: none
 * Threads: not while a call uses the op
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API void ctr_op_set_progress(ctr_op_t *op, ctr_progress_fn fn, void *userdata, ctr_destroy_fn destroy);

/**
 * ctr_op_set_interruptible - whether a signal handler that ran on the waiting thread ends the call with
 * CTR_ERR_INTERRUPTED
 * @op: the op; NULL does nothing
 * @on: 0 = no, the wait goes on (the default); otherwise yes
 *
 * What lets Ctrl-C reach an interpreter that handles signals between its own instructions.
 *
 * Returns: nothing
 * Errors: none
 * Threads: not while a call uses the op
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API void ctr_op_set_interruptible(ctr_op_t *op, int on);

#ifdef __cplusplus
}
#endif

#endif
