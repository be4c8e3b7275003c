/* SPDX-License-Identifier: Apache-2.0 */
/* ctr_container_start: init where that has not been done, then the command. */
#include "core/graph.h"
#include "core/pods.h"

#include "base/clock.h"

static int save_intent(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	struct container_row *row = container_row_copy(l->row);

	if (row)
		row->intent = INTENT_START;
	return step_save(l, row, call, err);
}

static int save_running(struct locked *l, int64_t started_ns, const struct op_call *call, ctr_error_t **err)
{
	struct container_row *row = container_row_copy(l->row);

	if (row) {
		row->state = CTR_STATE_RUNNING;
		row->intent = INTENT_NONE;
		row->started_ns = started_ns;
		row->restart_match = 0;
		row->restart_at_ns = 0;
		if (!step_has_process(row))
			row->pid_start = clock_monotonic_ns();
	}
	step_emit_row(l, "start", l->row, started_ns, NULL);
	return step_save(l, row, call, err);
}

/* One that ends at once has ended now; one that ends later needs a clock only where somebody holds an exit_fd of this
 * run, or its policy restarts it. */
static int started_null(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	int r = step_null_ended(l, call, err);

	if (r == 0 && l->row && l->row->state == CTR_STATE_RUNNING &&
	    (policy_needs_clock(l->row) || exit_fd_is_held(l->c->engine, l->row->id, l->row->run))) {
		CLEANUP_ERROR ctr_error_t *why = NULL;

		if (exit_fd_arm_clock(l->c->engine, l->row, call, &why) < 0)
			core_log(l->c->engine, CTR_LOG_WARNING, DOMAIN_CORE, l->c->id,
				 "container %s: its end is noticed only when somebody looks at it: %s",
				 l->row->name, error_message(why));
	}
	return r;
}

static void give_up(struct locked *l, struct step_run *w, int r, ctr_error_t **err)
{
	CLEANUP_ERROR ctr_error_t *undo = NULL;

	(void)step_undo_run(l, w->before, err && *err ? error_message(*err) : error_code_name(r), &undo);
	step_run_reset(w);
}

static int refuse_stdio(const struct locked *l, ctr_error_t **err)
{
	return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE,
			 "container \"%s\" got its standard streams when it was initialised; give them to init, not to start",
			 l->row->name);
}

int step_start_begin(struct locked *l, const struct ctr_start_opts *opts, struct step_run *w, const struct op_call *call,
		     ctr_error_t **err)
{
	int r;

	*w = STEP_RUN_INIT;
	if (l->row->state == CTR_STATE_CREATED)
		return opts->use_stdio ? refuse_stdio(l, err) : save_intent(l, call, err);
	r = step_cleanup(l, call, err);
	return r < 0 ? r : step_init_begin(l, opts, w, call, err);
}

static int ask_start(struct locked *l, struct step_run *w, const struct op_call *call, ctr_error_t **err)
{
	ctr_engine_t *e = l->c->engine;
	int r = step_runtime(e, l->row, &w->runtime, err);

	run_view_reset(&w->view);
	container_row_unref(w->row);
	w->row = container_row_ref(l->row);
	if (r < 0 || (r = run_view_make(e, w->row, &w->view, err)) < 0)
		return r;
	/* Before the command runs: one that ends at once must not have ended before it began. */
	w->started_ns = clock_realtime_ns();
	return runtime_start_begin(w->runtime, &w->view.run, &w->pending, call, err);
}

int step_start_go(struct locked *l, struct step_run *w, const struct op_call *call, ctr_error_t **err)
{
	int r = w->runtime ? step_init_end(l, w, INTENT_START, call, err) : 0;

	if (r < 0)
		return r;
	r = ask_start(l, w, call, err);
	if (r < 0)
		give_up(l, w, r, err);
	return r;
}

int step_start_end(struct locked *l, struct step_run *w, const struct op_call *call, ctr_error_t **err)
{
	struct op_call late;
	int r = runtime_start_end(w->runtime, &w->view.run, TAKE_PTR(w->pending), call, err);

	late = step_late_call(l->c->engine);
	if (r == 0)
		r = save_running(l, w->started_ns, &late, err);
	if (r < 0) {
		give_up(l, w, r, err);
		return r;
	}
	step_run_reset(w);
	/* It runs, as was wished. What follows its end, which may have come already, is its policy's to say. */
	l->purpose = LOCKED_FOR_ANY;
	core_log(l->c->engine, CTR_LOG_INFO, DOMAIN_CORE, l->c->id, "container %s was started", step_name(l));
	return step_has_process(l->row) ? 0 : started_null(l, &late, err);
}

int step_start(struct locked *l, const struct ctr_start_opts *opts, const struct op_call *call, ctr_error_t **err)
{
	struct step_run w;
	int r = step_start_begin(l, opts, &w, call, err);

	if (r == 0)
		r = step_start_go(l, &w, call, err);
	return r < 0 ? r : step_start_end(l, &w, call, err);
}

int core_container_start_member(ctr_container_t *c, const struct ctr_start_opts *opts, const struct op_call *call, ctr_error_t **err)
{
	struct locked l;
	int r = core_start_needs(c, VERB_START, opts->recursive, call, err);

	if (r < 0 || (r = core_lock(c, "container_start", call, &l, err)) < 0)
		return r;
	l.purpose = LOCKED_FOR_CALLER;
	r = verb_check(VERB_START, l.row->state, l.row->name, err);
	if (r == 0)
		r = step_start(&l, opts, call, err);
	r = step_command_error(l.row, r, err);
	return core_unlock(&l, step_note_error(&l, r, err), err);
}

int core_container_start(ctr_container_t *c, const struct ctr_start_opts *opts, const struct op_call *call,
			 ctr_error_t **err)
{
	struct pod_locked pl;
	int r = core_pod_lock_member(c, "container_start", call, &pl, err);

	if (r < 0)
		return r;
	r = core_container_start_member(c, opts, call, err);
	return core_pod_unlock(&pl, r, err);
}
