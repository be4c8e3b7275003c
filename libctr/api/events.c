/* SPDX-License-Identifier: Apache-2.0 */
/* Public functions of readers of events. */
#include <libctr/events.h>
#include "api/api.h"
#include "base/opts.h"

#define EVENTS_OPTS_V1 56

void ctr_events_opts_init(struct ctr_events_opts *opts, size_t size)
{
	opts_init(opts, size);
}

static int check_opts(const struct ctr_events_opts *opts, ctr_error_t **err)
{
	if (opts->reserved1 == 0 && (opts->follow == 0 || opts->follow == 1))
		return 0;
	return error_set(err, opts->reserved1 ? CTR_ERR_UNSUPPORTED_OPTION : CTR_ERR_INVALID_ARG, DOMAIN_CORE,
			 "struct ctr_events_opts: follow must be 0 or 1, reserved1 must be 0");
}

int ctr_events_open(ctr_engine_t *engine, const struct ctr_events_opts *opts, ctr_op_t *op, ctr_events_t **ret, ctr_error_t **err)
{
	API_ENTER();
	struct ctr_events_opts copy;
	struct op_call call;
	ctr_error_t *e = NULL;
	int r;

	if (!engine || !ret)
		return api_null(err, "ctr_events_open", engine ? "ret" : "engine");
	r = api_opts(&copy, sizeof(copy), EVENTS_OPTS_V1, opts, "ctr_events_opts", &e);
	if (r == 0)
		r = check_opts(&copy, &e);
	if (r == 0)
		r = api_begin_engine(&call, engine, op, &e);
	if (r == 0)
		r = core_events_open(engine, &copy, ret, &e);
	return error_publish(r, e, err);
}

ctr_events_t *ctr_events_ref(ctr_events_t *m)
{
	return core_events_ref(m);
}

ctr_events_t *ctr_events_unref(ctr_events_t *m)
{
	API_ENTER();

	return core_events_unref(m);
}

int ctr_events_fd(const ctr_events_t *m)
{
	if (!m)
		return 0;
	return core_check_fork(core_events_maker(m), NULL) < 0 ? CTR_ERR_FORKED : core_events_fd(m);
}

int ctr_events_next(ctr_events_t *m, char **ret_json, ctr_error_t **err)
{
	API_ENTER();
	ctr_error_t *e = NULL;
	int r;

	if (!m || !ret_json)
		return api_null(err, "ctr_events_next", m ? "ret_json" : "m");
	r = core_check_fork(core_events_maker(m), &e);
	if (r == 0)
		r = core_events_next(m, ret_json, &e);
	/* Ordinary answers, and no errors. */
	if (r == CTR_ERR_WOULD_BLOCK || r == CTR_ERR_END)
		return r;
	return error_publish(r, e, err);
}

int ctr_events_wait(ctr_events_t *m, ctr_op_t *op, ctr_error_t **err)
{
	API_ENTER();
	struct op_call call;
	ctr_error_t *e = NULL;
	int r;

	if (!m)
		return api_null(err, "ctr_events_wait", "m");
	r = core_check_fork(core_events_maker(m), &e);
	if (r == 0)
		r = api_begin(&call, op, CTR_FOREVER, &e);
	if (r == 0)
		r = core_events_wait(m, &call, &e);
	return error_publish(r, e, err);
}
