/* SPDX-License-Identifier: Apache-2.0 */
/* Public functions of <libctr/engine.h>. */
#include <libctr/engine.h>
#include "api/api.h"
#include "base/opts.h"
#include "core/core.h"

#define ENGINE_OPTS_V1 152
#define RECOVER_OPTS_V1 16

void ctr_engine_opts_init(struct ctr_engine_opts *opts, size_t size)
{
	opts_init(opts, size);
}

int ctr_engine_open(const struct ctr_engine_opts *opts, ctr_op_t *op, ctr_engine_t **ret, ctr_error_t **err)
{
	API_ENTER();
	ctr_error_t *e = NULL;
	struct ctr_engine_opts copy;
	struct op_call call;
	int r;

	if (!ret)
		return api_null(err, "ctr_engine_open", "ret");
	r = api_opts(&copy, sizeof(copy), ENGINE_OPTS_V1, opts, "ctr_engine_opts", &e);
	if (r == 0)
		r = api_begin(&call, op, copy.default_timeout_ns ? copy.default_timeout_ns : API_DEFAULT_TIMEOUT_NS, &e);
	if (r == 0)
		r = core_engine_open(&copy, &call, ret, &e);
	return error_publish(r, e, err);
}

ctr_engine_t *ctr_engine_ref(ctr_engine_t *engine)
{
	return core_engine_ref(engine);
}

ctr_engine_t *ctr_engine_unref(ctr_engine_t *engine)
{
	API_ENTER();

	return core_engine_unref(engine);
}

int ctr_engine_info(ctr_engine_t *engine, ctr_op_t *op, char **ret_json, ctr_error_t **err)
{
	API_ENTER();
	ctr_error_t *e = NULL;
	struct op_call call;
	int r;

	if (!engine || !ret_json)
		return api_null(err, "ctr_engine_info", engine ? "ret_json" : "engine");
	r = api_begin_engine(&call, engine, op, &e);
	if (r == 0)
		r = core_engine_info(engine, &call, ret_json, &e);
	return error_publish(r, e, err);
}

int ctr_engine_probe(ctr_engine_t *engine, ctr_op_t *op, char **ret_json, ctr_error_t **err)
{
	API_ENTER();
	ctr_error_t *e = NULL;
	struct op_call call;
	int r;

	if (!engine || !ret_json)
		return api_null(err, "ctr_engine_probe", engine ? "ret_json" : "engine");
	r = api_begin_engine(&call, engine, op, &e);
	if (r == 0)
		r = core_engine_probe(engine, &call, ret_json, &e);
	return error_publish(r, e, err);
}

int ctr_probe_host(ctr_op_t *op, char **ret_json, ctr_error_t **err)
{
	API_ENTER();
	ctr_error_t *e = NULL;
	struct op_call call;
	int r;

	if (!ret_json)
		return api_null(err, "ctr_probe_host", "ret_json");
	r = api_begin(&call, op, API_DEFAULT_TIMEOUT_NS, &e);
	if (r == 0)
		r = core_engine_probe(NULL, &call, ret_json, &e);
	return error_publish(r, e, err);
}

int ctr_engine_lock_audit(ctr_engine_t *engine, char **ret_json, ctr_error_t **err)
{
	API_ENTER();
	ctr_error_t *e = NULL;
	int r;

	if (!engine || !ret_json)
		return api_null(err, "ctr_engine_lock_audit", engine ? "ret_json" : "engine");
	r = core_check_fork(engine->pid, &e);
	if (r == 0)
		r = core_engine_lock_audit(engine, ret_json, &e);
	return error_publish(r, e, err);
}

void ctr_recover_opts_init(struct ctr_recover_opts *opts, size_t size)
{
	opts_init(opts, size);
}

static int recover_opts(struct ctr_recover_opts *dst, const struct ctr_recover_opts *src, ctr_error_t **err)
{
	int r = api_opts(dst, sizeof(*dst), RECOVER_OPTS_V1, src, "ctr_recover_opts", err);

	if (r == 0 && (dst->no_start < 0 || dst->no_start > 1 || dst->dry_run < 0 || dst->dry_run > 1))
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE, "ctr_recover_opts: no_start and dry_run are 0 or 1");
	return r;
}

int ctr_engine_recover(ctr_engine_t *engine, const struct ctr_recover_opts *opts, ctr_op_t *op, char **ret_json,
		       ctr_error_t **err)
{
	API_ENTER();
	struct ctr_recover_opts copy;
	ctr_error_t *e = NULL;
	struct op_call call;
	int r;

	if (!engine || !ret_json)
		return api_null(err, "ctr_engine_recover", engine ? "ret_json" : "engine");
	r = recover_opts(&copy, opts, &e);
	if (r == 0)
		r = core_check_fork(engine->pid, &e);
	if (r == 0)
		r = api_begin(&call, op, CTR_FOREVER, &e);
	if (r == 0)
		r = core_engine_recover(engine, &copy, &call, ret_json, &e);
	return error_publish(r, e, err);
}
