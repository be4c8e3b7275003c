/* SPDX-License-Identifier: Apache-2.0 */
/* ctr_pod_remove: the members, dependents first, the infra container last, then the pod itself, in steps that can be
 * begun again. */
#include <string.h>
#include "base/mem.h"
#include "base/strv.h"
#include "core/graph.h"

/* ---- the order ---- */

static int needs(const struct container_row *row, const char *id)
{
	return strstr(str_or_empty(row->depends), id) != NULL;
}

static int is_needed(const struct row_list *rows, size_t i)
{
	for (size_t k = 0; k < rows->n; k++)
		if (rows->rows[k] && k != i && needs(rows->rows[k], rows->rows[i]->id))
			return 1;
	return 0;
}

/* The next of those that are left: one that nobody needs, an infra container only when nothing else is left. Rows taken
 * are NULL. */
static struct container_row *next_to_go(struct row_list *rows)
{
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < rows->n; i++) {
		if (!rows->rows[i])
			continue;
		if (best == SIZE_MAX || (rows->rows[best]->is_infra && !rows->rows[i]->is_infra))
			best = i;
		if (!rows->rows[i]->is_infra && !is_needed(rows, i)) {
			best = i;
			break;
		}
	}
	return best == SIZE_MAX ? NULL : TAKE_PTR(rows->rows[best]);
}

/* ---- members ---- */

static int remove_one(ctr_engine_t *e, struct container_row *row, const struct ctr_remove_opts *opts,
		      const struct op_call *call, struct partial *failed, ctr_error_t **err)
{
	CLEANUP_ERROR ctr_error_t *why = NULL;
	ctr_container_t *c = NULL;
	int r = core_container_new_handle(e, row, &c, err);

	if (r < 0)
		return r;
	r = core_container_remove_member(c, opts, call, &why);
	core_container_unref(c);
	if (r < 0 && core_is_over(r))
		return error_publish(r, TAKE_PTR(why), err);
	if (r < 0)
		partial_add(failed, row->id, r, TAKE_PTR(why));
	return 0;
}

/* An infra container is left alone when one that needs it could not be removed. */
static int remove_members(struct pod_locked *pl, const struct ctr_remove_opts *opts, const struct op_call *call,
			  ctr_error_t **err)
{
	CLEANUP_FREE char *what = str_printf("pod %s cannot be removed", pl->row->name);
	struct partial failed = {.n = 0};
	struct row_list rows = {.n = 0};
	struct container_row *row;
	int over,
	    r = what ? store_container_list_pod(pl->pod->engine->store, pl->row->id, &rows, err) : error_no_memory(err);

	while (r == 0 && (row = next_to_go(&rows))) {
		if (!row->is_infra || failed.n == 0)
			r = remove_one(pl->pod->engine, row, opts, call, &failed, err);
		container_row_unref(row);
	}
	row_list_reset(&rows);
	over = partial_finish(&failed, "pod", pl->row->id, str_or_empty(what), r < 0 ? NULL : err);
	return r < 0 ? r : over;
}

/* All at once, so that the time is that of the slowest. One that cannot be stopped is removed by force all the same.
 * The event "stop" is that of a pod that stays. */
static int stop_members(struct pod_locked *pl, const struct ctr_remove_opts *opts, const struct op_call *call,
			ctr_error_t **err)
{
	const struct ctr_stop_opts stop = {
	    .size = sizeof(stop), .timeout_s = opts->timeout_s, .timeout_set = opts->timeout_set};
	CLEANUP_ERROR ctr_error_t *why = NULL;
	size_t events = pl->events.n;
	int r = step_pod_stop(pl, &stop, LOCKED_FOR_CALLER, call, &why);

	while (pl->events.n > events)
		free(pl->events.events[--pl->events.n].text);
	return r < 0 && core_is_over(r) ? error_publish(r, TAKE_PTR(why), err) : 0;
}

/* ---- the pod ---- */

static int save_intent(struct pod_locked *pl, int intent, const struct op_call *call, ctr_error_t **err)
{
	struct pod_row *row;

	if (pl->row->intent == intent || pl->row->intent == INTENT_CREATE)
		return 0;
	row = pod_row_copy(pl->row);
	if (row)
		row->intent = intent;
	return step_pod_save(pl, row, call, err);
}

static int delete_with(struct pod_locked *pl, const struct ctr_remove_opts *opts, const struct op_call *call,
		       ctr_error_t **err)
{
	ctr_engine_t *e = pl->pod->engine;
	struct op_call late = step_late_call(e);
	int r = save_intent(pl, INTENT_REMOVE, call, err);

	if (r < 0)
		return r;
	r = stop_members(pl, opts, call, err);
	if (r == 0)
		r = remove_members(pl, opts, call, err);
	if (r < 0) {
		/* It stays, with those that are left. */
		(void)save_intent(pl, INTENT_NONE, &late, NULL);
		return r;
	}
	core_pod_cgroup_remove(e, pl->row);
	if (pl->row->intent != INTENT_CREATE)
		step_pod_emit(pl, "remove");
	r = store_pod_delete(e->store, pl->row, &pl->events, &late, err);
	if (r < 0)
		return r;
	event_list_reset(&pl->events);
	atomic_store(&pl->pod->removed, 1);
	core_log(e, CTR_LOG_INFO, DOMAIN_CORE, NULL, "pod %s was removed", pl->row->name);
	pl->row = pod_row_unref(pl->row);
	pl->durable = 1;
	return 0;
}

/* Whoever began it is dead: nobody waits for stop timeouts any more. */
int step_pod_delete(struct pod_locked *pl, const struct op_call *call, ctr_error_t **err)
{
	const struct ctr_remove_opts opts = {.size = sizeof(opts), .force = 1, .timeout_set = 1};
	struct op_call late = step_late_call(pl->pod->engine);

	return delete_with(pl, &opts, call ? call : &late, err);
}

/* ---- the verb ---- */

/* HAS_DEPENDENTS when there is more than the infra container. */
static int check_alone(struct pod_locked *pl, ctr_error_t **err)
{
	struct row_list rows = {.n = 0};
	int others = 0, r = store_container_list_pod(pl->pod->engine->store, pl->row->id, &rows, err);

	for (size_t i = 0; i < rows.n; i++)
		others |= !rows.rows[i]->is_infra;
	row_list_reset(&rows);
	if (r < 0 || !others)
		return r;
	error_set(err, CTR_ERR_HAS_DEPENDENTS, DOMAIN_CORE,
		  "pod %s has containers besides its infra container; remove them first, or remove the pod with force",
		  pl->row->name);
	error_detail(err, "pod", pl->row->id);
	return CTR_ERR_HAS_DEPENDENTS;
}

int core_pod_remove(ctr_pod_t *pod, const struct ctr_remove_opts *opts, ctr_op_t *op, ctr_error_t **err)
{
	CLEANUP_ERROR ctr_error_t *why = NULL;
	const struct ctr_stop_opts stop = {
	    .size = sizeof(stop), .timeout_s = opts->timeout_s, .timeout_set = opts->timeout_set};
	struct ctr_remove_opts forced = *opts;
	struct pod_locked pl;
	struct op_call call;
	int r = step_pod_stop_plan(pod, &stop, op, &call, &why);

	forced.force = 1;
	if (r == 0)
		r = core_pod_lock(pod, "pod_remove", &call, &pl, &why);
	if (r == 0) {
		r = opts->force ? 0 : check_alone(&pl, &why);
		if (r == 0)
			r = delete_with(&pl, &forced, &call, &why);
		r = core_pod_unlock(&pl, r, &why);
	}
	if (r == CTR_ERR_REMOVED)
		return 0;
	return r < 0 ? error_publish(r, TAKE_PTR(why), err) : 0;
}
