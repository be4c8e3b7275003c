/* SPDX-License-Identifier: Apache-2.0 */
/* The checks that public functions share. */
#include "api/api.h"
#include "base/opts.h"

int api_enter(void)
{
	int before = PTHREAD_CANCEL_ENABLE;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
	return before;
}

void api_leave(const int *cancel_state)
{
	int ours;

	pthread_setcancelstate(*cancel_state, &ours);
}

int api_null(ctr_error_t **err, const char *function, const char *argument)
{
	ctr_error_t *e = NULL;
	int r = error_set(&e, CTR_ERR_INVALID_ARG, DOMAIN_CORE, "%s: the argument %s must not be NULL", function, argument);

	return error_publish(r, e, err);
}

int api_opts(void *dst, size_t dst_size, size_t v1_size, const void *src, const char *struct_name, ctr_error_t **err)
{
	int r = opts_copy_in(dst, dst_size, v1_size, src);

	if (r == CTR_ERR_INVALID_ARG)
		return error_set(err, r, DOMAIN_CORE, "struct %s has an impossible size; set it with %s_init()", struct_name, struct_name);
	if (r < 0)
		return error_set(err, r, DOMAIN_CORE, "struct %s asks for something this version of libctr does not know", struct_name);
	return 0;
}

int api_publish(const ctr_container_t *c, const char *operation, int code, ctr_error_t *e, ctr_error_t **err)
{
	(void)step_attribute(c, operation, code, &e);
	return error_publish(code, e, err);
}

int api_begin(struct op_call *call, ctr_op_t *op, uint64_t default_ns, ctr_error_t **err)
{
	op_call_begin(call, op, default_ns);
	return op_forked(op) || op_call_cancelled(call) ? op_call_check(call, "starting", err) : 0;
}

int api_begin_engine(struct op_call *call, ctr_engine_t *engine, ctr_op_t *op, ctr_error_t **err)
{
	int r = core_check_fork(engine->pid, err);

	return r < 0 ? r : api_begin(call, op, engine->config.default_timeout_ns, err);
}

int api_begin_container(struct op_call *call, ctr_container_t *c, ctr_op_t *op, int waiting, ctr_error_t **err)
{
	int r = core_check_fork(c->pid, err);

	return r < 0 ? r : api_begin(call, op, waiting ? CTR_FOREVER : c->engine->config.default_timeout_ns, err);
}
