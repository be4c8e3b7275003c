/* SPDX-License-Identifier: Apache-2.0 */
/* What recovery tells of pods: the states of their members before and after, added up. */
#include "core/pods.h"
#include "core/recover_pods.h"

/* The state that the fate of a container names by this key; UNKNOWN: it is gone. */
static int32_t told(json_t *fate, const char *key)
{
	ctr_state_t state = CTR_STATE_UNKNOWN;

	(void)state_from_name(json_get_str(fate, key, ""), &state);
	return state;
}

static json_t *pod_json(const struct pod_row *pod, const struct pod_tally *before, const struct pod_tally *after)
{
	json_t *o = json_object_new_object();

	if (!o || (json_put_str(o, "id", pod->id) | json_put_str(o, "name", pod->name) |
		   json_put_str(o, "before", pod_state_name(pod_tally_state(before))) |
		   json_put_str(o, "after", pod_state_name(pod_tally_state(after)))) != 0) {
		json_object_put(o);
		return NULL;
	}
	return o;
}

static int is_counted(const struct container_row *row, const struct pod_row *pod)
{
	return STREQ(row->pod_id, pod->id) && !*row->init_type;
}

/* One that was looked at early may have been started later, because another one needs it: what is stored now counts, and in
 * a dry run what would be. */
static json_t *tell(const struct pod_row *pod, const struct row_list *rows, json_t *fates, const struct row_list *now)
{
	struct pod_tally before = {.n = 0}, after = {.n = 0};

	for (size_t i = 0; i < rows->n; i++) {
		json_t *fate = json_object_array_get_idx(fates, i);

		if (!is_counted(rows->rows[i], pod))
			continue;
		pod_tally_add(&before, told(fate, "before"));
		if (!now && told(fate, "after") != CTR_STATE_UNKNOWN)
			pod_tally_add(&after, told(fate, "after"));
	}
	for (size_t i = 0; now && i < now->n; i++) {
		if (is_counted(now->rows[i], pod))
			pod_tally_add(&after, now->rows[i]->state);
	}
	return pod_json(pod, &before, &after);
}

int recover_pods(ctr_engine_t *e, const struct row_list *rows, json_t *fates, int dry_run, json_t *ret_list, ctr_error_t **err)
{
	struct pod_row_list pods = {.n = 0};
	struct row_list now = {.n = 0};
	int r = store_pod_list(e->store, &pods, err);

	if (r == 0 && pods.n > 0 && !dry_run)
		r = store_container_list(e->store, &now, err);
	for (size_t i = 0; r == 0 && i < pods.n; i++) {
		json_t *o = tell(pods.rows[i], rows, fates, dry_run ? NULL : &now);

		if (!o || json_push(ret_list, o) < 0)
			r = error_no_memory(err);
	}
	row_list_reset(&now);
	pod_row_list_reset(&pods);
	return r;
}
