/* SPDX-License-Identifier: Apache-2.0 */
/* ctr_container_start: init where that has not been done, then the command. */
#include "core/steps.h"

#include "base/clock.h"

static int save_intent(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	struct container_row *row = container_row_copy(l->row);

	if (row)
		row->intent = INTENT_START;
	return step_save(l, row, call, err);
}

static int run_it(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	ctr_engine_t *e = l->c->engine;
	CLEANUP_VIEW struct run_view v = {.doc = NULL};
	struct runtime_backend *runtime = NULL;
	int r = step_runtime(e, l->row, &runtime, err);

	if (r < 0 || (r = run_view_make(e, l->row, &v, err)) < 0)
		return r;
	return runtime_start(runtime, &v.run, call, err);
}

static int save_running(struct locked *l, int64_t started_ns, const struct op_call *call, ctr_error_t **err)
{
	struct container_row *row = container_row_copy(l->row);

	if (row) {
		row->state = CTR_STATE_RUNNING;
		row->intent = INTENT_NONE;
		row->started_ns = started_ns;
		if (!step_has_process(row))
			row->pid_start = clock_monotonic_ns();
	}
	step_emit_row(l, "start", l->row, started_ns, NULL);
	return step_save(l, row, call, err);
}

/* One that ends at once has ended now; one that ends later needs a clock only where somebody holds an exit_fd of this
 * run. */
static int started_null(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	int r = step_null_ended(l, call, err);

	if (r == 0 && l->row && l->row->state == CTR_STATE_RUNNING &&
	    exit_fd_is_held(l->c->engine, l->row->id, l->row->run)) {
		CLEANUP_ERROR ctr_error_t *why = NULL;

		if (exit_fd_arm_clock(l->c->engine, l->row, call, &why) < 0)
			core_log(l->c->engine, CTR_LOG_WARNING, DOMAIN_CORE, l->c->id,
				 "container %s: its exit_fd turns ready only when somebody looks at it: %s",
				 l->row->name, error_message(why));
	}
	return r;
}

/* before: the row to go back to when the command cannot be run, NULL = CONFIGURED */
static int start_created(struct locked *l, const struct container_row *before, const struct op_call *call,
			 ctr_error_t **err)
{
	/* Before the command runs: one that ends at once must not have ended before it began. */
	int64_t started_ns = clock_realtime_ns();
	struct op_call late;
	int r = run_it(l, call, err);

	late = step_late_call(l->c->engine);
	if (r == 0)
		r = save_running(l, started_ns, &late, err);
	if (r < 0) {
		CLEANUP_ERROR ctr_error_t *undo = NULL;

		(void)step_undo_run(l, before, err && *err ? error_message(*err) : error_code_name(r), &undo);
		return r;
	}
	return step_has_process(l->row) ? 0 : started_null(l, &late, err);
}

static int start_locked(struct locked *l, const struct ctr_start_opts *opts, const struct op_call *call,
			ctr_error_t **err)
{
	CLEANUP_ROW struct container_row *before = NULL;
	int r = verb_check(VERB_START, l->row->state, l->row->name, err);

	if (r < 0)
		return r;
	if (l->row->state == CTR_STATE_CREATED) {
		if (opts->use_stdio)
			return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE,
					 "container \"%s\" got its standard streams when it was initialised; give them "
					 "to init, not to start",
					 l->row->name);
		r = save_intent(l, call, err);
		return r < 0 ? r : start_created(l, NULL, call, err);
	}
	r = step_cleanup(l, call, err);
	if (r < 0)
		return r;
	before = container_row_ref(l->row);
	r = step_init(l, opts, INTENT_START, call, err);
	return r < 0 ? r : start_created(l, before, call, err);
}

int core_container_start(ctr_container_t *c, const struct ctr_start_opts *opts, const struct op_call *call,
			 ctr_error_t **err)
{
	struct locked l;
	int r = core_lock(c, "container_start", call, &l, err);

	if (r < 0)
		return r;
	r = start_locked(&l, opts, call, err);
	if (r == 0)
		core_log(c->engine, CTR_LOG_INFO, DOMAIN_CORE, c->id, "container %s was started", c->name);
	r = step_command_error(l.row, r, err);
	return core_unlock(&l, r, err);
}
