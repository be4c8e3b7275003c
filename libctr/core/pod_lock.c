/* SPDX-License-Identifier: Apache-2.0 */
/* Taking one pod's lock with its row fresh and nothing of it half done, and giving it back. */
#include "base/clock.h"
#include "core/pods.h"
#include "core/steps.h"

#define SLOT_TRIES 4 /* the slot of a row changes only with a new epoch: more often than that is damage */

/* 0, -EBUSY (try), -ESTALE: the slot is another object's now */
static int take_slot(struct pod_locked *pl, const char *operation, int try, const struct op_call *call,
		     ctr_error_t **err)
{
	struct lock_table *table = store_locks(pl->pod->engine->store);
	struct lock_ref ref = {.slot = pl->row->slot, .generation = pl->row->generation, .id = pl->row->id};
	CLEANUP_ERROR ctr_error_t *why = NULL;
	int r;

	if (try)
		return lock_try(table, &ref, LOCK_RANK_POD, operation, &pl->guard);
	r = lock_take(table, &ref, LOCK_RANK_POD, operation, call, &pl->guard, &why);
	if (r == CTR_ERR_REMOVED)
		return -ESTALE;
	if (r == 0)
		return 0;
	error_detail(&why, "pod", pl->row->name);
	error_detail(&why, "operation", operation);
	return error_publish(r, TAKE_PTR(why), err);
}

static int take_fresh(struct pod_locked *pl, const char *operation, int try, const struct op_call *call,
		      ctr_error_t **err)
{
	pthread_mutex_lock(&pl->pod->cache_lock);
	pl->row = pod_row_ref(pl->pod->row);
	pthread_mutex_unlock(&pl->pod->cache_lock);
	for (int i = 0; i < SLOT_TRIES; i++) {
		struct pod_row *read = NULL;
		uint32_t slot = pl->row->slot;
		uint64_t generation = pl->row->generation;
		int r = take_slot(pl, operation, try, call, err);

		if (r < 0 && r != -ESTALE)
			return r;
		r = core_pod_load(pl->pod, &read, err);
		if (r < 0)
			return r;
		pod_row_unref(pl->row);
		pl->row = read;
		if (pl->guard.table && read->slot == slot && read->generation == generation)
			return 0;
		lock_release(&pl->guard);
	}
	return error_set(
	    err, CTR_ERR_STORE_DAMAGED, DOMAIN_CORE,
	    "the lock slot %u of pod %s belongs to something else; see lock_audit, or open the engine anew",
	    pl->row->slot, pl->row->name);
}

static int finish(struct pod_locked *pl, const struct op_call *call, ctr_error_t **err)
{
	int r;

	if (pl->row->intent == INTENT_NONE)
		return 0;
	r = step_pod_delete(pl, call, err);
	return r < 0 ? error_wrap(err, 0, DOMAIN_CORE,
				  "pod %s was left half done by a process that ended in the middle", pl->pod->name)
		     : step_pod_removed(pl->pod, err);
}

static int take(ctr_pod_t *pod, const char *operation, int try, const struct op_call *call, struct pod_locked *ret,
		ctr_error_t **err)
{
	struct pod_locked pl = {.pod = pod};
	int r;

	if (atomic_load(&pod->removed))
		return step_pod_removed(pod, err);
	r = take_fresh(&pl, operation, try, call, err);
	if (r == 0)
		r = finish(&pl, call, err);
	if (r < 0)
		return core_pod_unlock(&pl, r, err);
	*ret = pl;
	return 0;
}

int core_pod_lock(ctr_pod_t *pod, const char *operation, const struct op_call *call, struct pod_locked *ret,
		  ctr_error_t **err)
{
	return take(pod, operation, 0, call, ret, err);
}

int core_pod_try_lock(ctr_pod_t *pod, const char *operation, const struct op_call *call, struct pod_locked *ret,
		      ctr_error_t **err)
{
	return take(pod, operation, 1, call, ret, err);
}

/* A container's pod is fixed for its life, so any snapshot tells it. */
static int pod_of(ctr_container_t *c, ctr_pod_t **ret, ctr_error_t **err)
{
	CLEANUP_ROW struct container_row *row = NULL;
	CLEANUP_POD struct pod_row *pod = NULL;
	CLEANUP_ERROR ctr_error_t *why = NULL;
	int r;

	pthread_mutex_lock(&c->cache_lock);
	row = container_row_ref(c->row);
	pthread_mutex_unlock(&c->cache_lock);
	if (!row || !*str_or_empty(row->pod_id))
		return 0;
	r = store_pod_load(c->engine->store, row->pod_id, &pod, &why);
	if (r == CTR_ERR_NO_SUCH_POD)
		return 0;
	return r < 0 ? error_publish(r, TAKE_PTR(why), err) : core_pod_new_handle(c->engine, pod, ret, err);
}

static int take_member(ctr_container_t *c, const char *operation, int try, const struct op_call *call,
		       struct pod_locked *ret, ctr_error_t **err)
{
	CLEANUP_ERROR ctr_error_t *why = NULL;
	ctr_pod_t *pod = NULL;
	int r;

	*ret = (struct pod_locked){.pod = NULL};
	if (c->batch_tid) /* its batch holds it */
		return 0;
	r = pod_of(c, &pod, err);
	if (r < 0 || !pod)
		return r;
	r = take(pod, operation, try, call, ret, &why);
	if (r == 0) {
		ret->owned = 1;
		return 0;
	}
	core_pod_unref(pod);
	if (r == CTR_ERR_REMOVED)
		return 0;
	return error_publish(r, TAKE_PTR(why), err);
}

int core_pod_lock_member(ctr_container_t *c, const char *operation, const struct op_call *call, struct pod_locked *ret,
			 ctr_error_t **err)
{
	return take_member(c, operation, 0, call, ret, err);
}

int core_pod_try_lock_member(ctr_container_t *c, const char *operation, const struct op_call *call,
			     struct pod_locked *ret, ctr_error_t **err)
{
	return take_member(c, operation, 1, call, ret, err);
}

/* What no save has taken with it. */
static void emit_rest(struct pod_locked *pl)
{
	ctr_engine_t *e = pl->pod->engine;
	CLEANUP_ERROR ctr_error_t *why = NULL;
	struct op_call late = step_late_call(e);

	if (pl->events.n && store_events_put(e->store, &pl->events, &late, &why) < 0)
		core_log(e, CTR_LOG_WARNING, DOMAIN_CORE, NULL, "events of pod %s are not told: %s", pl->pod->name,
			 error_message(why));
	event_list_reset(&pl->events);
}

int core_pod_unlock(struct pod_locked *pl, int code, ctr_error_t **err)
{
	ctr_pod_t *pod = pl->pod;
	int held = pl->guard.table != NULL;

	if (!pod)
		return code;
	emit_rest(pl);
	lock_release(&pl->guard);
	core_log_flush(pod->engine);
	if (pl->durable) {
		CLEANUP_ERROR ctr_error_t *why = NULL;
		int r = store_make_durable(pod->engine->store, &why);

		if (r < 0 && code == 0)
			code = error_publish(r, TAKE_PTR(why), err);
	}
	if (held)
		store_maintain(pod->engine->store, 0);
	if (pl->row && held)
		core_pod_cache(pod, pl->row);
	if (held && pl->row && !pl->no_exit_policy && !lock_held_by_me(store_locks(pod->engine->store))) {
		struct op_call late = step_late_call(pod->engine);

		(void)core_pod_after_exit(pod->engine, pod->id, 0, &late);
	}
	pod_row_unref(pl->row);
	if (pl->owned)
		core_pod_unref(pod);
	*pl = (struct pod_locked){.pod = NULL};
	return code;
}

void step_pod_emit(struct pod_locked *pl, const char *status)
{
	if (event_add_pod(&pl->events, status, pl->row, clock_realtime_ns()) < 0)
		core_log(pl->pod->engine, CTR_LOG_ERROR, DOMAIN_CORE, NULL,
			 "out of memory: event %s of pod %s is not told", status, pl->pod->name);
}

int step_pod_save(struct pod_locked *pl, struct pod_row *edited, const struct op_call *call, ctr_error_t **err)
{
	int r;

	if (!edited)
		return error_no_memory(err);
	r = store_pod_save(pl->pod->engine->store, &edited, &pl->events, call, err);
	if (r < 0) {
		pod_row_unref(edited);
		return r;
	}
	event_list_reset(&pl->events);
	pod_row_unref(pl->row);
	pl->row = edited;
	return 0;
}
