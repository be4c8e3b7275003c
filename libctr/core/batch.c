/* SPDX-License-Identifier: Apache-2.0 */
/* ctr_container_batch: several calls under one lock, through a handle that neither locks nor syncs. */
#include "core/pods.h"
#include "core/steps.h"

#include "model/state.h"
#include "os/proc.h"

#define OPERATION "container_batch"

static int not_valid(ctr_container_t *c, const char *why, ctr_error_t **err)
{
	return error_set(err, CTR_ERR_STATE_INVALID, DOMAIN_CORE, "this batched handle of container %s %s", c->name, why);
}

int batch_check(ctr_container_t *c, ctr_error_t **err)
{
	if (!c->batch_tid)
		return 0;
	if (c->batch_tid != os_gettid())
		return not_valid(c, "belongs to the thread that runs the batch; use an ordinary handle in other threads", err);
	if (!c->batch)
		return not_valid(c, "was valid in its callback only, which has returned; use an ordinary handle", err);
	return 0;
}

int batch_borrow(ctr_container_t *c, const char *operation, int flags, const struct op_call *call, struct locked *ret,
		 ctr_error_t **err)
{
	struct locked l;
	int r = batch_check(c, err);

	if (r < 0)
		return r;
	if (!c->batch->guard.table)
		return error_set(err, CTR_ERR_DEADLOCK, DOMAIN_CORE,
				 "the batch on container %s is in the middle of another call: a callback must not call into "
				 "its own container",
				 c->name);
	l = *c->batch;
	*c->batch = (struct locked){.c = l.c, .operation = l.operation};
	l.c = c;
	l.operation = operation;
	l.purpose = LOCKED_FOR_ANY;
	if (!l.row)
		r = step_removed(c, err);
	else if (flags & LOCK_SYNC)
		r = step_sync(&l, flags & LOCK_TOLERANT, call, err);
	if (r < 0)
		return core_unlock(&l, r, err);
	*ret = l;
	return 0;
}

void batch_return(struct locked *l)
{
	struct locked *batch = l->c->batch;
	ctr_container_t *c = l->c;

	/* A verb that let go of it while it waited and could not have it back gives nothing back. */
	if (!l->guard.table)
		return;
	if (l->row)
		step_refresh_cache(c, l->row);
	l->c = batch->c;
	l->operation = batch->operation;
	*batch = *l;
	*l = (struct locked){.c = c};
}

static int run_callback(struct locked *l, ctr_batch_fn fn, void *userdata, int *ret_result, ctr_error_t **err)
{
	ctr_container_t *batched = NULL;
	int r = core_container_new_handle(l->c->engine, l->row, &batched, err);

	if (r < 0)
		return r;
	batched->batch_tid = os_gettid();
	batched->batch = l;
	*ret_result = fn(batched, userdata, err);
	batched->batch = NULL;
	core_container_unref(batched);
	return 0;
}

/* The callback's own words are passed on as they are. */
static int answer(int result, ctr_error_t **err)
{
	if (result <= 0)
		return result;
	error_wrap(err, CTR_ERR_USER, DOMAIN_CORE, "the callback of a batch returned %d", result);
	error_detail_i64(err, "callback_result", result);
	return CTR_ERR_USER;
}

static int refuse_nested(ctr_container_t *c, ctr_error_t **err)
{
	int r = batch_check(c, err);

	if (r == 0)
		r = error_set(err, CTR_ERR_DEADLOCK, DOMAIN_CORE, "container %s is in a batch of this thread already", c->name);
	return step_attribute(c, OPERATION, r, err);
}

/* Put off while the handle was in use. */
static void remove_if_asked(struct locked *l, const struct op_call *call)
{
	CLEANUP_ERROR ctr_error_t *why = NULL;

	if (!l->row || !l->row->auto_remove || l->row->state != CTR_STATE_EXITED || l->row->intent != INTENT_NONE)
		return;
	if (step_cleanup_and_autoremove(l, call, &why) < 0)
		core_log(l->c->engine, CTR_LOG_WARNING, DOMAIN_CORE, l->c->id, "container %s cannot be removed yet: %s", l->c->name,
			 error_message(why));
}

/* The lock of its pod is held, or it has none. */
static int batch_member(ctr_container_t *c, ctr_batch_fn fn, void *userdata, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_ERROR ctr_error_t *said = NULL;
	struct op_call late;
	struct locked l;
	int result = 0, r = locked_take(c, OPERATION, LOCK_NO_SYNC, call, &l, err);

	if (r < 0)
		return r;
	r = run_callback(&l, fn, userdata, &result, &said);
	if (r == 0) {
		late = step_late_call(c->engine);
		remove_if_asked(&l, &late);
	}
	if (r == 0 && result != 0) {
		(void)core_unlock(&l, 0, NULL);
		result = answer(result, &said);
		return error_publish(result, TAKE_PTR(said), err);
	}
	if (r < 0)
		(void)error_publish(r, TAKE_PTR(said), err);
	return core_unlock(&l, r, err);
}

int core_container_batch(ctr_container_t *c, ctr_batch_fn fn, void *userdata, const struct op_call *call, ctr_error_t **err)
{
	struct pod_locked pl;
	int r;

	if (c->batch_tid)
		return refuse_nested(c, err);
	/* start and stop want it, and it comes before the container's. */
	r = core_pod_lock_member(c, OPERATION, call, &pl, err);
	if (r < 0)
		return step_attribute(c, OPERATION, r, err);
	r = batch_member(c, fn, userdata, call, err);
	return core_pod_unlock(&pl, r, err);
}
