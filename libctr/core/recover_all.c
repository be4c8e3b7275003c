/* SPDX-License-Identifier: Apache-2.0 */
/* ctr_engine_recover: every container looked at once, what is half done finished, what its policy wants started; for
 * whatever brings the machine up. */
#include "core/recover_pods.h"
#include "core/steps.h"

#include <string.h>
#include "base/clock.h"
#include "base/mem.h"
#include "os/proc.h"

/* What became of one container. */
struct fate {
	const char *action;
	int32_t before, after; /* after: UNKNOWN when it is gone */
	ctr_error_t *why;
};

static json_t *fate_json(const char *id, const char *name, const struct fate *f)
{
	json_t *o = json_object_new_object();

	if (!o || (json_put_str(o, "id", id) | json_put_str(o, "name", name) |
		   json_put_str(o, "before", state_name(f->before)) |
		   json_put_str(o, "after", f->after == CTR_STATE_UNKNOWN ? NULL : state_name(f->after)) |
		   json_put_str(o, "action", f->action) |
		   json_put_str(o, "error", f->why ? error_message(f->why) : "")) != 0) {
		json_object_put(o);
		return NULL;
	}
	return o;
}

/* ---- what opening the engine has done ---- */

void recover_note(ctr_engine_t *e, const struct container_row *before, int32_t after)
{
	const int gone = after == CTR_STATE_UNKNOWN, live = state_is_live(after);
	const struct fate f = {.action = gone ? "finished_removal" : live ? "adopted" : after == CTR_STATE_EXITED ? "marked_exited" : "none",
			       .before = before->state,
			       .after = after};
	json_t *o = fate_json(before->id, before->name, &f);

	/* Out of memory: then that is not told. */
	if (!e->opened)
		e->opened = json_object_new_object();
	if (o && e->opened)
		(void)json_put(e->opened, before->id, o);
	else
		json_object_put(o);
}

/* ---- one container ---- */

static int lacks_monitor(ctr_engine_t *e, const struct container_row *row)
{
	return state_is_live(row->state) && row->pid > 0 &&
	       (monitor_is_alive(&e->place, row->monitor, NULL) == 0 || monitor_is_fresh(&e->place, row->monitor));
}

static int is_left_over(const struct container_row *row)
{
	return row->state == CTR_STATE_REMOVING ||
	       (row->state == CTR_STATE_EXITED && row->auto_remove && !row->restart_at_ns);
}

/* One that waits for its policy is started when its time has come. */
static int wants_start(const struct container_row *row, int no_start)
{
	return !no_start && !state_is_live(row->state) && !is_left_over(row) && !row->restart_at_ns &&
	       container_row_starts_on_boot(row);
}

/* Nothing of it can be half done: it is not even locked. */
static int is_at_rest(const struct container_row *row)
{
	return row->intent == INTENT_NONE && !row->restart_at_ns && !is_left_over(row) &&
	       (row->state == CTR_STATE_CONFIGURED || row->state == CTR_STATE_EXITED);
}

/* What would be done, from what can be seen without touching anything. */
static int foresee(ctr_engine_t *e, struct container_row *row, int no_start, struct fate *f, ctr_error_t **err)
{
	CLEANUP_ROW struct container_row *seen = NULL;
	int r = core_observe(e, row, &seen, err);

	if (r < 0)
		return r;
	if (row->intent == INTENT_REMOVE || is_left_over(seen)) {
		f->action = "finished_removal";
		f->after = CTR_STATE_UNKNOWN;
	} else if (lacks_monitor(e, seen) && os_proc_alive(seen->pid, seen->pid_start) > 0) {
		f->action = "adopted";
	} else if (seen->state == CTR_STATE_STOPPED || lacks_monitor(e, seen)) {
		f->action = "marked_exited";
		f->after = CTR_STATE_EXITED;
	} else if (wants_start(seen, no_start)) {
		f->action = "started";
		f->after = CTR_STATE_RUNNING;
	}
	return 0;
}

static int put_right(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	int r = 0;

	if (l->row->state == CTR_STATE_STOPPED)
		r = step_cleanup_and_autoremove(l, call, err);
	if (r < 0 || !l->row)
		return r;
	return is_left_over(l->row) ? step_delete(l, call, err) : policy_resume(l, call, err);
}

static int visit(ctr_container_t *c, int lacked, struct fate *f, const struct op_call *call, ctr_error_t **err)
{
	struct locked l;
	int r = locked_take(c, "engine_recover", LOCK_SYNC, call, &l, err);

	if (r == CTR_ERR_REMOVED) {
		f->action = "finished_removal";
		f->after = CTR_STATE_UNKNOWN;
	}
	if (r < 0)
		return r;
	r = put_right(&l, call, err);
	f->after = l.row ? l.row->state : CTR_STATE_UNKNOWN;
	if (!l.row)
		f->action = "finished_removal";
	else if (f->after == CTR_STATE_EXITED && f->before != CTR_STATE_EXITED)
		f->action = "marked_exited";
	else if (lacked && state_is_live(f->after))
		f->action = "adopted";
	return core_unlock(&l, r, err);
}

/* What it needs is started before it, whatever that one's own policy. */
static int start(ctr_container_t *c, struct fate *f, const struct op_call *call, ctr_error_t **err)
{
	const struct ctr_start_opts opts = {.size = sizeof(opts), .recursive = 1};
	CLEANUP_ROW struct container_row *row = NULL;
	CLEANUP_ERROR ctr_error_t *why = NULL;
	int r = core_container_start(c, &opts, call, &why);

	/* As something else needs it, it may have been started already. */
	if (r == CTR_ERR_STATE_INVALID && core_container_snapshot(c, &row, NULL) == 0 && row->state == CTR_STATE_RUNNING)
		r = 0;
	if (r < 0)
		return error_publish(r, TAKE_PTR(why), err);
	f->action = "started";
	f->after = row ? row->state : CTR_STATE_RUNNING;
	return 0;
}

static int recover_one(ctr_engine_t *e, struct container_row *row, int no_start, struct fate *f,
		       const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_ROW struct container_row *now = NULL;
	ctr_container_t *c = NULL;
	int r = core_container_new_handle(e, row, &c, err);

	if (r == 0 && !is_at_rest(row))
		r = visit(c, lacks_monitor(e, row), f, call, err);
	if (r == 0 && f->after != CTR_STATE_UNKNOWN && !is_at_rest(row))
		r = core_container_snapshot(c, &now, err);
	else if (r == 0 && f->after != CTR_STATE_UNKNOWN)
		now = container_row_ref(row);
	if (r == 0 && now && wants_start(now, no_start))
		r = start(c, f, call, err);
	core_container_unref(c);
	return r == CTR_ERR_REMOVED ? 0 : r;
}

/* ---- all of them ---- */

static int ends_it(int r)
{
	return r == CTR_ERR_TIMEOUT || r == CTR_ERR_CANCELLED || r == CTR_ERR_INTERRUPTED || r == CTR_ERR_NO_MEMORY;
}

static void begin_fate(ctr_engine_t *e, const struct container_row *row, struct fate *f)
{
	json_t *o = e->opened ? json_get(e->opened, row->id) : NULL;

	*f = (struct fate){.action = o ? json_get_str(o, "action", "none") : "none", .before = row->state, .after = row->state};
	if (o)
		(void)state_from_name(json_get_str(o, "before", ""), &f->before);
}

static int recover_rows(ctr_engine_t *e, const struct row_list *rows, const struct ctr_recover_opts *opts, json_t *list,
			const struct op_call *call, ctr_error_t **err)
{
	for (size_t i = 0; i < rows->n; i++) {
		struct container_row *row = rows->rows[i];
		CLEANUP_ERROR ctr_error_t *why = NULL;
		struct fate f;
		json_t *o;
		int r = op_call_check(call, "recovering containers", err);

		if (r < 0)
			return r;
		begin_fate(e, row, &f);
		r = opts->dry_run ? foresee(e, row, opts->no_start, &f, &why) : recover_one(e, row, opts->no_start, &f, call, &why);
		if (r < 0 && ends_it(r))
			return error_publish(r, TAKE_PTR(why), err);
		f.why = why;
		o = fate_json(row->id, row->name, &f);
		if (!o || json_push(list, o) < 0)
			return error_no_memory(err);
	}
	return 0;
}

/* Of those that opening the engine has removed there is no row any more. */
static int add_removed(ctr_engine_t *e, json_t *list)
{
	if (!e->opened)
		return 0;
	json_object_object_foreach(e->opened, id, o)
	{
		(void)id;
		if (STREQ(json_get_str(o, "action", ""), "finished_removal") && json_push(list, json_copy(o)) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int recover_all(ctr_engine_t *e, const struct ctr_recover_opts *opts, json_t *list, json_t *pods,
		       const struct op_call *call, ctr_error_t **err)
{
	struct row_list rows = {.n = 0};
	int r = store_container_list(e->store, &rows, err);

	if (r < 0)
		return r;
	r = recover_rows(e, &rows, opts, list, call, err);
	if (r == 0)
		r = recover_pods(e, &rows, list, opts->dry_run, pods, err);
	row_list_reset(&rows);
	if (r == 0 && add_removed(e, list) < 0)
		r = error_no_memory(err);
	return r;
}

int core_engine_recover(ctr_engine_t *e, const struct ctr_recover_opts *opts, const struct op_call *call, char **ret_json,
			ctr_error_t **err)
{
	CLEANUP_JSON json_t *out = json_object_new_object();
	json_t *list = json_object_new_array(), *pods = json_object_new_array();
	uint64_t began = clock_monotonic_ns();
	int r = list && pods ? recover_all(e, opts, list, pods, call, err) : error_no_memory(err);
	double seconds = (double)(clock_monotonic_ns() - began) / (double)NSEC_PER_SEC;

	if (r < 0) {
		json_object_put(list);
		json_object_put(pods);
		return r;
	}
	if (!out || (json_put(out, "containers", json_object_get(list)) | json_put(out, "pods", json_object_get(pods)) |
		     json_put(out, "seconds", json_object_new_double(seconds))) != 0)
		r = error_no_memory(err);
	json_object_put(list);
	json_object_put(pods);
	if (r < 0)
		return r;
	*ret_json = json_print(out);
	return *ret_json ? 0 : error_no_memory(err);
}
