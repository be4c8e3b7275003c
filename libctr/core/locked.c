/* SPDX-License-Identifier: Apache-2.0 */
/* Taking one container's lock with its row fresh and synced, and giving it back. */
#include "core/pods.h"
#include "core/steps.h"

#include <string.h>

#define SLOT_TRIES 4 /* the slot of a row changes only with a new epoch: more often than that is damage */

static int load_row(ctr_container_t *c, struct container_row **ret, ctr_error_t **err)
{
	CLEANUP_ERROR ctr_error_t *why = NULL;
	int r = store_container_load(c->engine->store, c->id, ret, &why);

	if (r == CTR_ERR_NO_SUCH_CONTAINER)
		return step_removed(c, err);
	return r < 0 ? error_publish(r, TAKE_PTR(why), err) : 0;
}

/* Any snapshot will do to find the slot. */
static int known_row(ctr_container_t *c, struct container_row **ret, ctr_error_t **err)
{
	struct container_row *row;

	pthread_mutex_lock(&c->cache_lock);
	row = container_row_ref(c->row);
	pthread_mutex_unlock(&c->cache_lock);
	if (!row)
		return load_row(c, ret, err);
	*ret = row;
	return 0;
}

/* 0, -EBUSY (LOCK_TRY), -ESTALE: the slot is another object's now */
static int take_slot(ctr_container_t *c, const struct container_row *row, int rank, const char *operation, int flags,
		     const struct op_call *call, struct lock_guard *ret, ctr_error_t **err)
{
	struct lock_table *table = store_locks(c->engine->store);
	struct lock_ref ref = {.slot = row->slot, .generation = row->generation, .id = row->id};
	CLEANUP_ERROR ctr_error_t *why = NULL;
	int r;

	if (flags & LOCK_TRY)
		return lock_try(table, &ref, rank, operation, ret);
	r = lock_take(table, &ref, rank, operation, call, ret, &why);
	if (r == CTR_ERR_REMOVED)
		return -ESTALE;
	if (r == 0)
		return 0;
	return error_publish(r, TAKE_PTR(why), err);
}

/* What is cached holds while the slot says so; after a dead holder it never does. */
static int is_fresh(struct locked *l)
{
	struct lock_ref ref = {.slot = l->row->slot, .generation = l->row->generation, .id = l->row->id};
	uint64_t rev = 0;

	return !l->guard.recovered && l->row->config &&
	       lock_rev_get(store_locks(l->c->engine->store), &ref, &rev) == 0 && rev != 0 && rev == l->row->rev;
}

static int take_fresh(struct locked *l, const char *operation, int flags, const struct op_call *call, ctr_error_t **err)
{
	int r = known_row(l->c, &l->row, err);

	for (int i = 0; r == 0 && i < SLOT_TRIES; i++) {
		struct container_row *read = NULL;
		uint32_t slot = l->row->slot;
		uint64_t generation = l->row->generation;

		r = take_slot(l->c, l->row, LOCK_RANK_CONTAINER + l->depth, operation, flags, call,
			      &l->guard, err);
		if (r == 0 && is_fresh(l))
			return 0;
		if (r < 0 && r != -ESTALE)
			return r;
		r = load_row(l->c, &read, err);
		if (r < 0)
			return r;
		container_row_unref(l->row);
		l->row = read;
		if (l->guard.table && read->slot == slot && read->generation == generation)
			return 0;
		lock_release(&l->guard);
	}
	return r < 0 ? r
		     : error_set(err, CTR_ERR_STORE_DAMAGED, DOMAIN_CORE,
				 "the lock slot %u of container %s belongs to something else; see lock_audit, or open "
				 "the engine anew",
				 l->row->slot, l->row->name);
}

void step_refresh_cache(ctr_container_t *c, struct container_row *row)
{
	pthread_mutex_lock(&c->cache_lock);
	if (!c->row || c->row->rev <= row->rev) {
		container_row_unref(c->row);
		c->row = container_row_ref(row);
	}
	pthread_mutex_unlock(&c->cache_lock);
}

int step_attribute(const ctr_container_t *c, const char *operation, int code, ctr_error_t **err)
{
	if (code >= 0 || !err || !*err)
		return code;
	if (c && !error_get_detail(*err, "container"))
		error_detail(err, "container", c->id);
	if (operation && !error_get_detail(*err, "operation"))
		error_detail(err, "operation", operation);
	return code;
}

/* What a dead process left half done is no state that a batch could begin with; an end that nobody has imported yet is. */
static int bring_up_to_date(struct locked *l, int flags, const struct op_call *call, ctr_error_t **err)
{
	if (!(flags & LOCK_NO_SYNC))
		return step_sync(l, flags & LOCK_TOLERANT, call, err);
	return l->row->intent == INTENT_NONE ? 0 : step_finish_intent(l, call, err);
}

int locked_take_deep(ctr_container_t *c, const char *operation, int flags, int depth, const struct op_call *call, struct locked *ret,
		     ctr_error_t **err)
{
	struct locked l = {.c = c, .operation = operation, .depth = depth};
	int r;

	if (c->batch_tid)
		return step_attribute(c, operation, batch_borrow(c, operation, flags, call, ret, err), err);
	if (atomic_load(&c->removed))
		return step_attribute(c, operation, step_removed(c, err), err);
	r = take_fresh(&l, operation, flags, call, err);
	if (r == 0)
		r = bring_up_to_date(&l, flags, call, err);
	if (r == 0 && !l.row)
		r = step_removed(c, err);
	if (r < 0)
		return core_unlock(&l, r, err);
	*ret = l;
	return 0;
}

int locked_take(ctr_container_t *c, const char *operation, int flags, const struct op_call *call, struct locked *ret,
		ctr_error_t **err)
{
	return locked_take_deep(c, operation, flags, 0, call, ret, err);
}

int core_lock(ctr_container_t *c, const char *operation, const struct op_call *call, struct locked *ret,
	      ctr_error_t **err)
{
	return locked_take(c, operation, 0, call, ret, err);
}

int core_try_lock(ctr_container_t *c, const char *operation, const struct op_call *call, struct locked *ret,
		  ctr_error_t **err)
{
	return locked_take(c, operation, LOCK_TRY, call, ret, err);
}

/* What no save has taken with it. */
static void emit_rest(struct locked *l, int code)
{
	CLEANUP_ERROR ctr_error_t *why = NULL;
	struct op_call late = step_late_call(l->c->engine);

	if (code == 0 && l->events.n && store_events_put(l->c->engine->store, &l->events, &late, &why) < 0)
		core_log(l->c->engine, CTR_LOG_WARNING, DOMAIN_CORE, l->c->id, "events of container %s are not told: %s",
			 step_name(l), error_message(why));
	event_list_reset(&l->events);
}

void locked_let_go(struct locked *l, int code)
{
	emit_rest(l, code);
	/* In a batch it is not ours to release. */
	if (!l->guard.table || l->c->batch_tid)
		return;
	lock_release(&l->guard);
	l->let_go = 1;
	if (l->row)
		step_refresh_cache(l->c, l->row);
}

/* Where a lock is still held it is that of the pod, and whoever holds it looks. */
static void tell_pod(struct locked *l)
{
	ctr_engine_t *e = l->c->engine;
	struct op_call late;

	if (!*l->ended_in || lock_held_by_me(store_locks(e->store)))
		return;
	late = step_late_call(e);
	(void)core_pod_after_exit(e, l->ended_in, !l->row, &late);
	*l->ended_in = '\0';
}

int core_unlock(struct locked *l, int code, ctr_error_t **err)
{
	struct store *store = l->c->engine->store;

	(void)step_attribute(l->c, l->operation, code, err);
	if (code == 0)
		step_null_settle(l);
	if (l->c->batch_tid) {
		emit_rest(l, code);
		batch_return(l);
		return code;
	}
	locked_let_go(l, code);
	core_log_flush(l->c->engine);
	if (l->durable) {
		CLEANUP_ERROR ctr_error_t *why = NULL;
		int r = store_make_durable(store, &why);

		l->durable = 0;
		if (r < 0 && code == 0)
			code = error_publish(r, TAKE_PTR(why), err);
	}
	if (l->let_go)
		store_maintain(store, 0);
	l->let_go = 0;
	tell_pod(l);
	l->row = container_row_unref(l->row);
	return code;
}
