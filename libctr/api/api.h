/* SPDX-License-Identifier: Apache-2.0 */
/* What every public function does first: refuse NULL, copy options, turn the op into a call, refuse a fork's handle.
 * A public function keeps its error in a local and ends with error_publish: there "first error wins" lives. */
#ifndef CTR_API_API_H
#define CTR_API_API_H

#include "base/cleanup.h"
#include "core/core.h"

#define API_DEFAULT_TIMEOUT_NS (30 * NSEC_PER_SEC)

/* First in every function that may reach the kernel (the first JSON object of a process reads random numbers): none is a
 * cancellation point, a thread that ended in one would take locks with it. */
#define API_ENTER() CLEANUP(api_leave) const int cancel_state = api_enter()
int api_enter(void);
void api_leave(const int *cancel_state);

/* INVALID_ARG: a required pointer is NULL. For `return api_null(err, "ctr_x", "ret");` before any effect. */
int api_null(ctr_error_t **err, const char *function, const char *argument);
/* opts_copy_in with a sentence that names the struct. */
int api_opts(void *dst, size_t dst_size, size_t v1_size, const void *src, const char *struct_name, ctr_error_t **err);
/* error_publish for calls about containers: the error names what was asked of which one. c: NULL where there is none yet. */
int api_publish(const ctr_container_t *c, const char *operation, int code, ctr_error_t *e, ctr_error_t **err);
/* FORKED when the op belongs to another process; the call is already over when it was cancelled before. */
int api_begin(struct op_call *call, ctr_op_t *op, uint64_t default_ns, ctr_error_t **err);
/* The same with the engine's default limit, and FORKED for a handle another process made. */
int api_begin_engine(struct op_call *call, ctr_engine_t *engine, ctr_op_t *op, ctr_error_t **err);
/* class "waiting": no limit unless the op says so. */
int api_begin_container(struct op_call *call, ctr_container_t *c, ctr_op_t *op, int waiting, ctr_error_t **err);

#endif
