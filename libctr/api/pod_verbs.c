/* SPDX-License-Identifier: Apache-2.0 */
/* Public functions of <libctr/pod.h> that act on all members. */
#include <libctr/pod.h>
#include "api/api.h"
#include "core/pods.h"

#define STOP_OPTS_V1 16

static int control(const char *function, ctr_pod_t *pod, ctr_op_t *op,
		   int (*verb)(ctr_pod_t *, const struct op_call *, ctr_error_t **), ctr_error_t **err)
{
	struct op_call call;
	ctr_error_t *e = NULL;
	int r;

	if (!pod)
		return api_null(err, function, "pod");
	r = core_check_fork(pod->pid, &e);
	if (r == 0)
		r = api_begin(&call, op, pod->engine->config.default_timeout_ns, &e);
	if (r == 0)
		r = verb(pod, &call, &e);
	return error_publish(r, e, err);
}

int ctr_pod_start(ctr_pod_t *pod, ctr_op_t *op, ctr_error_t **err)
{
	API_ENTER();

	return control("ctr_pod_start", pod, op, core_pod_start, err);
}

int ctr_pod_pause(ctr_pod_t *pod, ctr_op_t *op, ctr_error_t **err)
{
	API_ENTER();

	return control("ctr_pod_pause", pod, op, core_pod_pause, err);
}

int ctr_pod_unpause(ctr_pod_t *pod, ctr_op_t *op, ctr_error_t **err)
{
	API_ENTER();

	return control("ctr_pod_unpause", pod, op, core_pod_unpause, err);
}

int ctr_pod_kill(ctr_pod_t *pod, int signal, ctr_op_t *op, ctr_error_t **err)
{
	API_ENTER();
	struct op_call call;
	ctr_error_t *e = NULL;
	int r;

	if (!pod)
		return api_null(err, "ctr_pod_kill", "pod");
	r = core_check_fork(pod->pid, &e);
	if (r == 0)
		r = api_begin(&call, op, pod->engine->config.default_timeout_ns, &e);
	if (r == 0)
		r = core_pod_kill(pod, signal, &call, &e);
	return error_publish(r, e, err);
}

static int stop_opts(struct ctr_stop_opts *dst, const struct ctr_stop_opts *src, ctr_error_t **err)
{
	int r = api_opts(dst, sizeof(*dst), STOP_OPTS_V1, src, "ctr_stop_opts", err);

	if (r < 0 || dst->timeout_set == 0 || dst->timeout_set == 1)
		return r;
	return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE, "ctr_stop_opts.timeout_set is %d; it is 0 or 1",
			 (int)dst->timeout_set);
}

/* Their default limit follows from the members' stop timeouts, which core knows: only the op itself is looked at here.
 */
static int stopping(const char *function, ctr_pod_t *pod, const struct ctr_stop_opts *opts, ctr_op_t *op,
		    int (*verb)(ctr_pod_t *, const struct ctr_stop_opts *, ctr_op_t *, ctr_error_t **),
		    ctr_error_t **err)
{
	struct ctr_stop_opts copy;
	struct op_call call;
	ctr_error_t *e = NULL;
	int r;

	if (!pod)
		return api_null(err, function, "pod");
	r = stop_opts(&copy, opts, &e);
	if (r == 0)
		r = core_check_fork(pod->pid, &e);
	if (r == 0)
		r = api_begin(&call, op, CTR_FOREVER, &e);
	if (r == 0)
		r = verb(pod, &copy, op, &e);
	return error_publish(r, e, err);
}

int ctr_pod_stop(ctr_pod_t *pod, const struct ctr_stop_opts *opts, ctr_op_t *op, ctr_error_t **err)
{
	API_ENTER();

	return stopping("ctr_pod_stop", pod, opts, op, core_pod_stop, err);
}

int ctr_pod_restart(ctr_pod_t *pod, const struct ctr_stop_opts *opts, ctr_op_t *op, ctr_error_t **err)
{
	API_ENTER();

	return stopping("ctr_pod_restart", pod, opts, op, core_pod_restart, err);
}
