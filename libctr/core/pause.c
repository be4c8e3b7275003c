/* SPDX-License-Identifier: Apache-2.0 */
/* ctr_container_pause and _unpause: the cgroup's freezer, where there is none the runtime's own command. */
#include "core/steps.h"

#include "base/clock.h"
#include "os/cgroup.h"
#include "os/proc.h"

static int without_cgroup(const struct container_row *row, ctr_error_t **err)
{
	CLEANUP_JSON json_t *doc = NULL;
	int r = step_parse_config(row, &doc, err);

	if (r < 0 || !STREQ(json_get_str(doc, "cgroups_mode", ""), "disabled"))
		return r;
	return error_set(err, CTR_ERR_NOT_SUPPORTED, DOMAIN_CORE,
			 "container \"%s\" has no cgroup (cgroups_mode is \"disabled\"), so it cannot be paused", row->name);
}

static int by_runtime(struct locked *l, int pause, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_VIEW struct run_view v = {.doc = NULL};
	struct runtime_backend *runtime = NULL;
	int r = step_runtime(l->c->engine, l->row, &runtime, err);

	if (r < 0 || (r = run_view_make(l->c->engine, l->row, &v, err)) < 0)
		return r;
	return pause ? runtime_pause(runtime, &v.run, call, err) : runtime_resume(runtime, &v.run, call, err);
}

/* A container that has just ended is not one that cannot be frozen. */
static int freezer_failed(struct locked *l, const char *verb, int r, ctr_error_t *why, ctr_error_t **err)
{
	if (os_proc_alive(l->row->pid, l->row->pid_start) != 0)
		return error_publish(r, why, err);
	error_unref(why);
	return error_set(err, CTR_ERR_STATE_INVALID, DOMAIN_CORE, "cannot %s container \"%s\": its process has just ended",
			 verb, l->row->name);
}

static int freeze(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	ctr_error_t *why = NULL;
	int r = os_cgroup_freeze(l->row->cgroups, call, &why);

	if (r == CTR_ERR_NOT_SUPPORTED) {
		why = error_unref(why);
		r = by_runtime(l, 1, call, &why);
	}
	return r < 0 ? freezer_failed(l, "pause", r, why, err) : 0;
}

static int thaw(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	ctr_error_t *why = NULL;
	int r = os_cgroup_thaw(l->row->cgroups, call, &why);

	if (r == CTR_ERR_NOT_SUPPORTED) {
		why = error_unref(why);
		r = by_runtime(l, 0, call, &why);
	}
	return r < 0 ? freezer_failed(l, "unpause", r, why, err) : 0;
}

static int save_intent(struct locked *l, int intent, const struct op_call *call, ctr_error_t **err)
{
	struct container_row *row = container_row_copy(l->row);

	if (row)
		row->intent = intent;
	return step_save(l, row, call, err);
}

static int save_state(struct locked *l, ctr_state_t state, const struct op_call *call, ctr_error_t **err)
{
	struct container_row *row = container_row_copy(l->row);

	if (row) {
		row->state = state;
		row->intent = INTENT_NONE;
		row->paused_ns = state == CTR_STATE_PAUSED ? (int64_t)clock_monotonic_ns() : 0;
	}
	return step_save(l, row, call, err);
}

/* Where a monitor's clock ends the run for those who only poll, it must not while the container is paused. */
static void set_clock(struct locked *l, const struct op_call *call)
{
	CLEANUP_ERROR ctr_error_t *why = NULL;

	if (exit_fd_is_held(l->c->engine, l->row->id, l->row->run) && exit_fd_arm_clock(l->c->engine, l->row, call, &why) < 0)
		core_log(l->c->engine, CTR_LOG_WARNING, DOMAIN_CORE, l->c->id,
			 "container %s: its exit_fd turns ready at another time than it ends: %s", l->row->name,
			 error_message(why));
}

static int pause_null(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	int r;

	step_emit(l, "pause", NULL);
	r = save_state(l, CTR_STATE_PAUSED, call, err);
	if (r == 0)
		set_clock(l, call);
	return r;
}

/* Its time has stood still: the end comes later by as much. A signal that came meanwhile is delivered now. */
static int unpause_null(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	struct container_row *row = container_row_copy(l->row);
	int r, signal = (int)l->row->pid_inode;

	if (row) {
		row->state = CTR_STATE_RUNNING;
		row->pid_start += clock_monotonic_ns() - (uint64_t)row->paused_ns;
		row->paused_ns = 0;
		row->pid_inode = 0;
		step_emit(l, "unpause", NULL);
	}
	r = step_save(l, row, call, err);
	if (r == 0 && signal)
		return step_end_null(l, signal, NULL, call, err);
	if (r == 0)
		set_clock(l, call);
	return r;
}

int step_pause(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	struct op_call late;
	int r = verb_check(VERB_PAUSE, l->row->state, l->row->name, err);

	if (r < 0)
		return r;
	if (!step_has_process(l->row))
		return pause_null(l, call, err);
	r = without_cgroup(l->row, err);
	if (r < 0 || (r = save_intent(l, INTENT_PAUSE, call, err)) < 0)
		return r;
	r = freeze(l, call, err);
	late = step_late_call(l->c->engine);
	if (r < 0) {
		(void)save_intent(l, INTENT_NONE, &late, NULL);
		return r;
	}
	step_emit(l, "pause", NULL);
	r = save_state(l, CTR_STATE_PAUSED, &late, err);
	if (r < 0) /* what the row says stays true; its intent is finished by whoever comes next */
		(void)thaw(l, &late, NULL);
	return r;
}

int step_unpause(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	struct op_call late;
	int r = verb_check(VERB_UNPAUSE, l->row->state, l->row->name, err);

	if (r < 0)
		return r;
	if (!step_has_process(l->row))
		return unpause_null(l, call, err);
	r = save_intent(l, INTENT_UNPAUSE, call, err);
	if (r < 0)
		return r;
	r = thaw(l, call, err);
	late = step_late_call(l->c->engine);
	if (r < 0) {
		(void)save_intent(l, INTENT_NONE, &late, NULL);
		return r;
	}
	step_emit(l, "unpause", NULL);
	return save_state(l, CTR_STATE_RUNNING, &late, err);
}

/* Frozen all through it is paused, whatever was being done; what is on its way there or back is let run. Nobody was
 * told of the one or the other. */
int step_finish_pause(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	ctr_state_t before = l->row->state;
	ctr_state_t now = os_cgroup_is_frozen(l->row->cgroups) ? CTR_STATE_PAUSED : CTR_STATE_RUNNING;

	if (now == CTR_STATE_RUNNING && os_proc_alive(l->row->pid, l->row->pid_start) > 0) {
		CLEANUP_ERROR ctr_error_t *why = NULL;

		if (thaw(l, call, &why) < 0)
			core_log(l->c->engine, CTR_LOG_DEBUG, DOMAIN_CORE, l->c->id, "container %s: %s", l->row->name,
				 error_message(why));
	}
	if (now != before)
		step_emit(l, now == CTR_STATE_PAUSED ? "pause" : "unpause", NULL);
	return save_state(l, now, call, err);
}

static int run_verb(ctr_container_t *c, const char *operation, int (*step)(struct locked *, const struct op_call *, ctr_error_t **),
		    const char *done, const struct op_call *call, ctr_error_t **err)
{
	struct locked l;
	int r = core_lock(c, operation, call, &l, err);

	if (r < 0)
		return r;
	r = step(&l, call, err);
	if (r == 0)
		core_log(c->engine, CTR_LOG_INFO, DOMAIN_CORE, c->id, "container %s was %s", step_name(&l), done);
	return core_unlock(&l, r, err);
}

int core_container_pause(ctr_container_t *c, const struct op_call *call, ctr_error_t **err)
{
	return run_verb(c, "container_pause", step_pause, "paused", call, err);
}

int core_container_unpause(ctr_container_t *c, const struct op_call *call, ctr_error_t **err)
{
	return run_verb(c, "container_unpause", step_unpause, "unpaused", call, err);
}
