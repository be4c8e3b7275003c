/* SPDX-License-Identifier: Apache-2.0 */
/* The exit policy "stop": a pod is stopped when the last of its containers has ended. Whoever cleaned up after that one looks, and so does whoever
 * lets go of the pod's lock, since it could not be had while he held it. */
#include "base/mem.h"
#include "core/graph.h"
#include "model/pod_spec.h"

static int wants_stop(const struct pod_row *row)
{
	CLEANUP_JSON json_t *doc = NULL;

	return row->intent == INTENT_NONE && core_pod_config(row, &doc, NULL) == 0 && STREQ(pod_spec_exit_policy(doc), "stop");
}

static int has_ended(const struct container_row *row)
{
	return !row->restart_at_ns && (row->state == CTR_STATE_EXITED || row->state == CTR_STATE_REMOVING || row->state == CTR_STATE_UNKNOWN);
}

/* Its infra container runs for nobody any more. last_has_gone: whoever asks knows that there was somebody. */
static int is_over(ctr_engine_t *e, const char *pod_id, int last_has_gone)
{
	struct row_list rows = {.n = 0};
	int over = 1, infra = 0, members = 0;

	if (store_container_list_pod(e->store, pod_id, &rows, NULL) < 0)
		return 0;
	for (size_t i = 0; i < rows.n; i++) {
		if (rows.rows[i]->is_infra) {
			infra |= state_is_live(rows.rows[i]->state);
		} else {
			members++;
			over &= has_ended(rows.rows[i]);
		}
	}
	row_list_reset(&rows);
	return over && infra && (members || last_has_gone);
}

static int stop_if_over(ctr_pod_t *pod, int last_has_gone, const struct op_call *call, ctr_error_t **err)
{
	static const struct ctr_stop_opts plain = {.size = sizeof(plain)};
	struct pod_locked pl;
	int r = core_pod_try_lock(pod, "pod_exit", call, &pl, err);

	if (r < 0)
		return r;
	pl.no_exit_policy = 1;
	if (is_over(pod->engine, pod->id, last_has_gone))
		r = step_pod_stop(&pl, &plain, LOCKED_FOR_ANY, call, err);
	return core_pod_unlock(&pl, r, err);
}

int core_pod_after_exit(ctr_engine_t *e, const char *pod_id, int last_has_gone, const struct op_call *call)
{
	CLEANUP_POD struct pod_row *row = NULL;
	CLEANUP_ERROR ctr_error_t *why = NULL;
	ctr_pod_t *pod = NULL;
	int r = store_pod_load(e->store, pod_id, &row, NULL);

	if (r < 0 || !wants_stop(row) || !is_over(e, pod_id, last_has_gone))
		return 0;
	r = core_pod_new_handle(e, row, &pod, &why);
	if (r == 0)
		r = stop_if_over(pod, last_has_gone, call, &why);
	core_pod_unref(pod);
	if (r < 0 && r != -EBUSY && r != CTR_ERR_REMOVED)
		core_log(e, CTR_LOG_WARNING, DOMAIN_CORE, NULL, "pod %s, whose last container has ended, could not be stopped: %s", row->name,
			 error_message(why));
	return r;
}
