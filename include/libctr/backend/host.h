/* SPDX-License-Identifier: Apache-2.0 */
/* What an engine gives a backend: memory, errors, logging, limits of the call, and jobs of the monitor. A backend needs not link libctr. */
#ifndef LIBCTR_BACKEND_HOST_H
#define LIBCTR_BACKEND_HOST_H

#include <stddef.h>
#include <stdint.h>
#include <libctr/error.h>
#include <libctr/op.h>
#include <libctr/backend/runtime.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { CTR_JOB_RUNTIME_CREATE = 1, CTR_JOB_RUNTIME_START = 2, CTR_JOB_RUNTIME_DELETE = 3, CTR_JOB_NULL_EXIT = 4,
       CTR_JOB_RUNTIME_PAUSE = 5, CTR_JOB_RUNTIME_RESUME = 6, CTR_JOB_RUNTIME_UPDATE = 7 };

/* A job of the container's monitor, by kind and fields; never an argv. */
struct ctr_job {
	size_t size;
	int32_t kind;
	int32_t hide_unified;                /* create: run it where the cgroup2 mount of a hybrid host is not seen */
	const struct ctr_runtime_run *run;
	const char *runtime_name, *runtime_path;
	int32_t exit_code, exit_signal;      /* NULL_EXIT */
	uint64_t delay_ns;                   /* NULL_EXIT: 0 = now */
};

struct ctr_host_api {
	size_t size;
	void *engine;                        /* first argument of the functions below */
	void *(*alloc)(size_t size);
	void (*free)(void *mem);
	int (*error)(ctr_error_t **err, int code, const char *domain, int errnum, const char *message); /* returns code; message complete */
	void (*error_detail)(ctr_error_t **err, const char *key, const char *value);
	void (*log)(void *engine, int32_t level, const char *domain, const char *message);
	int (*op_check)(ctr_op_t *op, ctr_error_t **err);   /* 0, CANCELLED, TIMEOUT */
	/* Runs the job and waits for its end within op. ret: CREATE only. Failing runtimes: RUNTIME with details exit_status, stderr. */
	int (*job)(void *engine, const struct ctr_job *job, struct ctr_runtime_process *ret, ctr_op_t *op, ctr_error_t **err);
	/* Directory of the engine a backend may keep files in (absolute): kind "storage" or "runtime"; borrowed */
	const char *(*directory)(void *engine, const char *kind);
	/* Since 0.2: job in two halves. begin asks and does not wait; end gets the same job, waits and frees what begin handed out, also on
	 * failure. */
	int (*job_begin)(void *engine, const struct ctr_job *job, void **ret_pending, ctr_op_t *op, ctr_error_t **err);
	int (*job_end)(void *engine, const struct ctr_job *job, void *pending, struct ctr_runtime_process *ret, ctr_op_t *op,
		       ctr_error_t **err);
};

#ifdef __cplusplus
}
#endif
#endif
