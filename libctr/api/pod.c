/* SPDX-License-Identifier: Apache-2.0 */
/* Public functions of <libctr/pod.h>, but for the verbs over members, which are in pod_verbs.c. */
#include <libctr/pod.h>
#include "api/api.h"
#include "core/pods.h"

#define LIST_OPTS_V1 24
#define REMOVE_OPTS_V1 32

const char *ctr_pod_state_name(int32_t state)
{
	return pod_state_name(state);
}

int ctr_pod_create(ctr_engine_t *engine, const char *json, size_t len, ctr_op_t *op, ctr_pod_t **ret, ctr_error_t **err)
{
	API_ENTER();
	struct op_call call;
	ctr_error_t *e = NULL;
	int r;

	if (!engine || !json || !ret)
		return api_null(err, "ctr_pod_create", !engine ? "engine" : !json ? "json" : "ret");
	r = api_begin_engine(&call, engine, op, &e);
	if (r == 0)
		r = core_pod_create(engine, json, len, &call, ret, &e);
	return error_publish(r, e, err);
}

int ctr_pod_open(ctr_engine_t *engine, const char *name_or_id, ctr_pod_t **ret, ctr_error_t **err)
{
	API_ENTER();
	ctr_error_t *e = NULL;
	int r;

	if (!engine || !name_or_id || !ret)
		return api_null(err, "ctr_pod_open", !engine ? "engine" : !name_or_id ? "name_or_id" : "ret");
	r = core_check_fork(engine->pid, &e);
	if (r == 0)
		r = core_pod_open(engine, name_or_id, ret, &e);
	return error_publish(r, e, err);
}

ctr_pod_t *ctr_pod_ref(ctr_pod_t *pod)
{
	return core_pod_ref(pod);
}

ctr_pod_t *ctr_pod_unref(ctr_pod_t *pod)
{
	API_ENTER();

	return core_pod_unref(pod);
}

const char *ctr_pod_id(const ctr_pod_t *pod)
{
	return pod ? pod->id : "";
}

const char *ctr_pod_name(const ctr_pod_t *pod)
{
	return pod ? pod->name : "";
}

static int check_flag(const char *field, int32_t value, ctr_error_t **err)
{
	if (value == 0 || value == 1)
		return 0;
	return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE, "%s is %d; it is 0 or 1", field, (int)value);
}

static int remove_opts(struct ctr_remove_opts *dst, const struct ctr_remove_opts *src, ctr_error_t **err)
{
	int r = api_opts(dst, sizeof(*dst), REMOVE_OPTS_V1, src, "ctr_remove_opts", err);

	if (r < 0 || (r = check_flag("ctr_remove_opts.force", dst->force, err)) < 0 ||
	    (r = check_flag("ctr_remove_opts.depend", dst->depend, err)) < 0 ||
	    (r = check_flag("ctr_remove_opts.volumes", dst->volumes, err)) < 0 ||
	    (r = check_flag("ctr_remove_opts.timeout_set", dst->timeout_set, err)) < 0)
		return r;
	if (dst->reserved1)
		return error_set(err, CTR_ERR_UNSUPPORTED_OPTION, DOMAIN_CORE,
				 "ctr_remove_opts.reserved1 is not supported by this version of libctr; leave it 0");
	return 0;
}

int ctr_pod_remove(ctr_pod_t *pod, const struct ctr_remove_opts *opts, ctr_op_t *op, ctr_error_t **err)
{
	API_ENTER();
	struct ctr_remove_opts copy;
	struct op_call call;
	ctr_error_t *e = NULL;
	int r;

	if (!pod)
		return api_null(err, "ctr_pod_remove", "pod");
	r = remove_opts(&copy, opts, &e);
	/* Its default limit is core's to know, so only the op itself is looked at here. */
	if (r == 0)
		r = core_check_fork(pod->pid, &e);
	if (r == 0)
		r = api_begin(&call, op, CTR_FOREVER, &e);
	if (r == 0)
		r = core_pod_remove(pod, &copy, op, &e);
	return error_publish(r, e, err);
}

static int begin(struct op_call *call, ctr_pod_t *pod, ctr_op_t *op, ctr_error_t **err)
{
	int r = core_check_fork(pod->pid, err);

	return r < 0 ? r : api_begin(call, op, pod->engine->config.default_timeout_ns, err);
}

int ctr_pod_status(ctr_pod_t *pod, ctr_op_t *op, ctr_pod_status_t **ret, ctr_error_t **err)
{
	API_ENTER();
	struct op_call call;
	ctr_error_t *e = NULL;
	int r;

	if (!pod || !ret)
		return api_null(err, "ctr_pod_status", pod ? "ret" : "pod");
	r = begin(&call, pod, op, &e);
	if (r == 0)
		r = core_pod_status(pod, &call, ret, &e);
	return error_publish(r, e, err);
}

ctr_pod_status_t *ctr_pod_status_ref(ctr_pod_status_t *status)
{
	if (status)
		atomic_fetch_add_explicit(&status->refs, 1, memory_order_relaxed);
	return status;
}

ctr_pod_status_t *ctr_pod_status_unref(ctr_pod_status_t *status)
{
	if (status && atomic_fetch_sub_explicit(&status->refs, 1, memory_order_acq_rel) == 1)
		free(status);
	return NULL;
}

int32_t ctr_pod_status_state(const ctr_pod_status_t *status)
{
	return status ? status->state : CTR_POD_ERROR;
}

int ctr_pod_inspect(ctr_pod_t *pod, ctr_op_t *op, char **ret_json, ctr_error_t **err)
{
	API_ENTER();
	struct op_call call;
	ctr_error_t *e = NULL;
	int r;

	if (!pod || !ret_json)
		return api_null(err, "ctr_pod_inspect", pod ? "ret_json" : "pod");
	r = begin(&call, pod, op, &e);
	if (r == 0)
		r = core_pod_inspect(pod, &call, ret_json, &e);
	return error_publish(r, e, err);
}

int ctr_pod_list(ctr_engine_t *engine, const struct ctr_list_opts *opts, ctr_op_t *op, ctr_pod_list_t **ret,
		 ctr_error_t **err)
{
	API_ENTER();
	struct ctr_list_opts copy;
	struct op_call call;
	ctr_error_t *e = NULL;
	int r;

	if (!engine || !ret)
		return api_null(err, "ctr_pod_list", engine ? "ret" : "engine");
	r = api_opts(&copy, sizeof(copy), LIST_OPTS_V1, opts, "ctr_list_opts", &e);
	if (r == 0)
		r = api_begin_engine(&call, engine, op, &e);
	if (r == 0)
		r = core_pod_list(engine, &copy, &call, ret, &e);
	return error_publish(r, e, err);
}

size_t ctr_pod_list_count(const ctr_pod_list_t *list)
{
	return list ? list->n : 0;
}

ctr_pod_t *ctr_pod_list_get(const ctr_pod_list_t *list, size_t i)
{
	return list && i < list->n ? list->pods[i] : NULL;
}

ctr_pod_list_t *ctr_pod_list_ref(ctr_pod_list_t *list)
{
	if (list)
		atomic_fetch_add_explicit(&list->refs, 1, memory_order_relaxed);
	return list;
}

ctr_pod_list_t *ctr_pod_list_unref(ctr_pod_list_t *list)
{
	API_ENTER();

	return core_pod_list_unref(list);
}
