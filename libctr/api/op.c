/* SPDX-License-Identifier: Apache-2.0 */
/* Public functions of <libctr/op.h>. NULL does nothing, as with every optional op. */
#include <libctr/op.h>
#include "api/api.h"

int ctr_op_new(ctr_op_t **ret, ctr_error_t **err)
{
	ctr_error_t *e = NULL;
	int r;

	if (!ret)
		return api_null(err, "ctr_op_new", "ret");
	r = op_new(ret, &e);
	return error_publish(r, e, err);
}

ctr_op_t *ctr_op_ref(ctr_op_t *op)
{
	return op_ref(op);
}

ctr_op_t *ctr_op_unref(ctr_op_t *op)
{
	return op_unref(op);
}

void ctr_op_set_timeout_ns(ctr_op_t *op, uint64_t ns)
{
	if (op)
		op_set_timeout_ns(op, ns);
}

void ctr_op_set_deadline_ns(ctr_op_t *op, uint64_t monotonic_ns)
{
	if (op)
		op_set_deadline_ns(op, monotonic_ns);
}

void ctr_op_cancel(ctr_op_t *op)
{
	if (op)
		op_cancel(op);
}

void ctr_op_reset(ctr_op_t *op)
{
	if (op)
		op_reset(op);
}

void ctr_op_set_progress(ctr_op_t *op, ctr_progress_fn fn, void *userdata, ctr_destroy_fn destroy)
{
	op_set_progress(op, fn, userdata, destroy);
}

void ctr_op_set_interruptible(ctr_op_t *op, int on)
{
	if (op)
		op_set_interruptible(op, on);
}
