/* SPDX-License-Identifier: Apache-2.0 */
/* The restart that is due, as the agent does it; ctr_container_restart; and what the policy would do. */
#include "core/graph.h"
#include "core/pods.h"
#include "core/steps.h"

#include <string.h>
#include "base/clock.h"
#include "base/mem.h"
#include "model/restart.h"

#define EARLY_NS ((int64_t)(20 * NSEC_PER_MSEC)) /* clocks of two processes, one timer: this is now */

static const struct ctr_start_opts no_opts = {.size = sizeof(no_opts)};

/* ---- the agent's ---- */

static int is_running(ctr_engine_t *e, const char *id, ctr_error_t **err)
{
	CLEANUP_ROW struct container_row *row = NULL;
	CLEANUP_ROW struct container_row *seen = NULL;
	int r = store_container_load(e->store, id, &row, err);

	if (r == 0)
		r = core_observe(e, row, &seen, err);
	return r < 0 ? r : seen->state == CTR_STATE_RUNNING;
}

/* Nobody starts them here: each has a policy of its own, and this one comes again. */
static int check_dependencies(struct locked *l, ctr_error_t **err)
{
	const char *at = str_or_empty(l->row->depends);
	char id[ID_SIZE];

	for (; *at; at += strcspn(at, " ")) {
		int r;

		at += strspn(at, " ");
		if (strcspn(at, " ") != ID_LEN)
			break;
		memcpy(id, at, ID_LEN);
		id[ID_LEN] = '\0';
		r = is_running(l->c->engine, id, err);
		if (r < 0)
			return r;
		if (r == 0)
			return error_set(err, CTR_ERR_STATE_INVALID, DOMAIN_CORE,
					 "container \"%s\" cannot be restarted: container %.12s, which it needs, does not run",
					 l->row->name, id);
	}
	return 0;
}

/* A start that failed is a try like any other: libpod's chain of restarts ends here. */
static int save_failed(struct locked *l, const char *why, const struct op_call *call, ctr_error_t **err)
{
	struct container_row *row = container_row_copy(l->row);

	if (!row || container_row_set(&row->error, why) < 0) {
		container_row_unref(row);
		return error_no_memory(err);
	}
	row->restart_count++;
	row->restart_at_ns = 0;
	if (policy_plan_failed(l->c->engine, row) < 0)
		row = container_row_unref(row);
	return step_save(l, row, call, err);
}

static int restart_failed(struct locked *l, const char *why, ctr_error_t **err)
{
	struct op_call late = step_late_call(l->c->engine);
	int r;

	core_log(l->c->engine, CTR_LOG_WARNING, DOMAIN_CORE, l->c->id, "container %s could not be restarted: %s", l->row->name, why);
	r = save_failed(l, why, &late, err);
	if (r < 0)
		return r;
	policy_tell(l, &late);
	return step_cleanup_and_autoremove(l, &late, err);
}

static int restart_now(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_ERROR ctr_error_t *why = NULL;
	int r;

	step_emit(l, "restart", NULL);
	r = check_dependencies(l, &why);
	if (r == 0) {
		l->purpose = LOCKED_FOR_POLICY;
		r = step_start(l, &no_opts, call, &why);
		l->purpose = LOCKED_FOR_ANY;
		r = step_command_error(l->row, r, &why);
	}
	if (r == 0 || !l->row)
		return 0;
	return restart_failed(l, why ? error_message(why) : error_code_name(r), err);
}

static int save_withdrawn(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	struct container_row *row = container_row_copy(l->row);

	if (row)
		row->restart_at_ns = 0;
	return step_save(l, row, call, err);
}

static int restart_locked(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	if (l->row->state == CTR_STATE_STOPPED)
		return step_cleanup_and_autoremove(l, call, err);
	if (!l->row->restart_at_ns || (l->row->state != CTR_STATE_EXITED && l->row->state != CTR_STATE_CONFIGURED))
		return 0;
	if (l->row->stopped_by_user)
		return save_withdrawn(l, call, err);
	if (l->row->restart_at_ns > (int64_t)clock_monotonic_ns() + EARLY_NS) {
		policy_tell(l, call);
		return 0;
	}
	return restart_now(l, call, err);
}

int core_agent_restart(ctr_engine_t *e, const char *id, uint64_t run, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_ROW struct container_row *row = NULL;
	CLEANUP_ERROR ctr_error_t *why = NULL;
	struct pod_locked pl = {.pod = NULL};
	ctr_container_t *c = NULL;
	struct locked l;
	int r = store_container_load(e->store, id, &row, &why);

	/* The row says whether and when, whatever run it was that ended: one that was cut off has a number of its own. */
	(void)run;
	if (r == CTR_ERR_NO_SUCH_CONTAINER)
		return 0;
	if (r == 0)
		r = core_container_new_handle(e, row, &c, &why);
	if (r == 0)
		r = core_pod_try_lock_member(c, "agent_restart", call, &pl, &why);
	if (r == 0)
		r = core_try_lock(c, "agent_restart", call, &l, &why);
	if (r == 0) {
		r = restart_locked(&l, call, &why);
		r = core_unlock(&l, r, &why);
	}
	r = core_pod_unlock(&pl, r, &why);
	core_container_unref(c);
	if (r == -EBUSY || r == 0)
		return r;
	return r == CTR_ERR_REMOVED ? 0 : error_publish(r, TAKE_PTR(why), err);
}

/* ---- a caller's ---- */

static int ended_early(int r)
{
	return r == CTR_ERR_TIMEOUT || r == CTR_ERR_CANCELLED || r == CTR_ERR_INTERRUPTED;
}

/* Nobody restarts it behind the back of a caller who has been told that it failed. The lock may be free. */
static void withdraw(struct locked *l)
{
	struct op_call late = step_late_call(l->c->engine);

	if (!l->row && core_lock(l->c, "container_restart", &late, l, NULL) < 0)
		return;
	if (l->row->restart_at_ns)
		(void)save_withdrawn(l, &late, NULL);
}

/* The lock was free meanwhile. 1: somebody has started it, for the wish stands in the row; 0: it is for us to do */
static int look_again(struct locked *l, uint64_t run, ctr_error_t **err)
{
	if (!l->row)
		return step_removed(l->c, err);
	if (l->row->run != run && l->row->state == CTR_STATE_RUNNING)
		return 1;
	if (!l->row->stopped_by_user)
		return verb_check(VERB_START, l->row->state, l->row->name, err);
	error_set(err, CTR_ERR_STOPPED, DOMAIN_CORE, "container \"%s\" was stopped by another call while it was being restarted", l->row->name);
	return CTR_ERR_STOPPED;
}

static int stop_and_start(struct locked *l, const struct stop_plan *plan, ctr_error_t **err)
{
	uint64_t run = l->row->run;
	int r = 0;

	if (l->row->state == CTR_STATE_RUNNING) {
		r = step_stop(l, plan->signal, plan->timeout_ns, "container_restart", &plan->call, err);
		/* Ended early, the request stays: it is stopped and started all the same. */
		if (r < 0 && ended_early(r))
			return r;
		if (r == 0)
			r = look_again(l, run, err);
	} else if (l->row->state == CTR_STATE_CREATED) {
		r = step_cleanup(l, &plan->call, err);
	}
	if (r > 0)
		return 0;
	if (r == 0)
		r = step_start(l, &no_opts, &plan->call, err);
	if (r < 0 && !atomic_load(&l->c->removed))
		withdraw(l);
	return r;
}

static void forget_run(ctr_container_t *c, const struct container_row *before)
{
	if (before->run)
		step_monitor_forget(c->engine, before);
}

static int restart_member(ctr_container_t *c, const struct stop_plan *plan, ctr_error_t **err)
{
	CLEANUP_ROW struct container_row *before = NULL;
	struct locked l;
	int r = core_start_needs(c, VERB_RESTART, 0, &plan->call, err);

	if (r < 0 || (r = core_lock(c, "container_restart", &plan->call, &l, err)) < 0)
		return r;
	before = container_row_ref(l.row);
	r = verb_check(VERB_RESTART, l.row->state, l.row->name, err);
	if (r == 0)
		r = check_dependencies(&l, err);
	if (r == 0) {
		l.purpose = LOCKED_FOR_RESTART;
		step_emit(&l, "restart", NULL);
		r = stop_and_start(&l, plan, err);
		r = step_command_error(l.row, r, err);
		if (r == 0)
			forget_run(c, before);
	}
	return core_unlock(&l, r, err);
}

int core_container_restart(ctr_container_t *c, const struct ctr_stop_opts *opts, ctr_op_t *op, ctr_error_t **err)
{
	struct pod_locked pl;
	struct stop_plan plan;
	int r = step_stop_begin(c, opts->timeout_s, opts->timeout_set, op, &plan, err);

	if (r < 0 || (r = core_pod_lock_member(c, "container_restart", &plan.call, &pl, err)) < 0)
		return r;
	r = restart_member(c, &plan, err);
	return core_pod_unlock(&pl, r, err);
}

/* ---- questions ---- */

int core_container_should_restart(ctr_container_t *c, const struct op_call *call, int *ret, ctr_error_t **err)
{
	struct locked l;
	int wanted, r = core_lock(c, "container_should_restart", call, &l, err);

	if (r < 0)
		return r;
	wanted = restart_is_wanted(l.row);
	r = core_unlock(&l, 0, err);
	if (r == 0)
		*ret = wanted;
	return r;
}

int core_container_should_start_on_boot(ctr_container_t *c, const struct op_call *call, int *ret, ctr_error_t **err)
{
	CLEANUP_ROW struct container_row *row = NULL;
	int r = core_container_snapshot(c, &row, err);

	(void)call;
	if (r < 0)
		return r;
	*ret = container_row_starts_on_boot(row);
	return 0;
}
