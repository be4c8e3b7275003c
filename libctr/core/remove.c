/* SPDX-License-Identifier: Apache-2.0 */
/* ctr_container_remove: from every state to nothing, in steps that can be begun again. */
#include "core/graph.h"
#include "core/pods.h"
#include "core/steps.h"

#include <signal.h>
#include <string.h>
#include "base/clock.h"
#include "model/state.h"
#include "os/cgroup.h"
#include "os/fs.h"
#include "os/pidfd.h"
#include "os/proc.h"
#include "os/wait.h"

#define OLD_RUNS 64
#define DEPEND_TRIES 8

static int save_removing(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	struct container_row *row;

	if (l->row->intent == INTENT_CREATE || (l->row->state == CTR_STATE_REMOVING && l->row->intent == INTENT_REMOVE))
		return 0;
	row = container_row_copy(l->row);
	if (row) {
		row->state = CTR_STATE_REMOVING;
		row->intent = INTENT_REMOVE;
	}
	return step_save(l, row, call, err);
}

static int remove_storage(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	struct storage_backend *storage = NULL;
	int r = step_storage(l->c->engine, l->row, &storage, err);

	return r < 0 ? r : storage_remove(storage, l->row->id, call, err);
}

static int remove_files(struct locked *l, ctr_error_t **err)
{
	ctr_engine_t *e = l->c->engine;
	int r = os_remove_tree(e->containers_fd, l->row->id);

	if (r < 0)
		return error_set_errno(err, 0, DOMAIN_CORE, r, "cannot delete %s/containers/%s", e->config.root,
				       l->row->id);
	/* An exit_fd of a container that never ran stands for the next run, which will not come. Older ones may be there
	 * of runs that were taken back while somebody asked for theirs. */
	for (uint64_t run = l->row->run > OLD_RUNS ? l->row->run - OLD_RUNS : 1; run <= l->row->run + 1; run++)
		exit_file_remove(e->exits_fd, l->row->id, run);
	return 0;
}

/* Whoever imports a record puts it into the table; only a run that a reboot ended has none there. */
static int is_unrecorded(const struct container_row *row)
{
	return row->run > 0 && row->finished_ns == 0 && !row->exit_known && row->started_ns > 0;
}

int step_delete(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	ctr_engine_t *e = l->c->engine;
	struct op_call late = step_late_call(e);
	struct exit_record lost = {
	    .run = l->row->run, .exit_code = CTR_EXIT_UNKNOWN, .finished_ns = clock_realtime_ns()};
	int r = save_removing(l, call, err);

	if (l->row->restart_at_ns)
		step_monitor_forget(e, l->row);
	if (r < 0 || (r = remove_storage(l, &late, err)) < 0 || (r = remove_files(l, err)) < 0)
		return r;
	memcpy(lost.id, l->row->id, sizeof(lost.id));
	/* One that was never finished was never told of. */
	if (l->row->intent == INTENT_CREATE)
		event_list_reset(&l->events);
	else
		step_emit(l, "remove", NULL);
	r = store_container_delete(e->store, l->row, is_unrecorded(l->row) ? &lost : NULL, &l->events, &late, err);
	event_list_reset(&l->events);
	if (r < 0)
		return r;
	pthread_mutex_lock(&l->c->cache_lock);
	l->c->last_run = l->row->run;
	pthread_mutex_unlock(&l->c->cache_lock);
	atomic_store(&l->c->removed, 1);
	core_log(e, CTR_LOG_INFO, DOMAIN_CORE, l->c->id, "container %s was removed", l->row->name);
	l->row = container_row_unref(l->row);
	l->durable = 1;
	return 0;
}

int step_kill_remains(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	const struct container_row *row = l->row;
	CLEANUP_CLOSE int pidfd = row->pid > 0 ? os_pidfd_open(row->pid, row->pid_start) : -1;
	int r = 0;

	if (pidfd >= 0) {
		(void)os_pidfd_signal(pidfd, SIGKILL);
		if (os_cgroup_is_frozen(row->cgroups) > 0)
			(void)os_cgroup_thaw(row->cgroups, call, NULL);
		r = os_wait_fd(pidfd, POLLIN, call, "waiting for a container to be killed", err);
	}
	if (r < 0 || !*str_or_empty(row->cgroups))
		return r;
	r = os_cgroup_kill_all(row->cgroups, call, err);
	if (r == 0)
		(void)os_cgroup_remove(row->cgroups);
	return r;
}

/* What the runtime has noted down of a container of which nothing lives any more. */
static void drop_runtime_notes(struct locked *l)
{
	ctr_engine_t *e = l->c->engine;
	CLEANUP_CLOSE int runtime_fd = os_open_dir(e->root_fd, "runtime");
	CLEANUP_CLOSE int boot_fd = runtime_fd < 0 ? -1 : os_open_dir(runtime_fd, e->boot_id);

	if (boot_fd >= 0)
		(void)os_remove_tree(boot_fd, l->row->id);
}

/* By force: what cannot be told to go in order goes by the kernel's means. */
static int clean_by_force(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	ctr_engine_t *e = l->c->engine;
	CLEANUP_ERROR ctr_error_t *why = NULL;
	struct container_row *row;
	int r = state_is_live(l->row->state) && l->row->state != CTR_STATE_CREATED ? CTR_ERR_RUNTIME
										   : step_cleanup(l, call, &why);

	if (r == 0)
		return 0;
	if (r == CTR_ERR_TIMEOUT || r == CTR_ERR_CANCELLED || r == CTR_ERR_INTERRUPTED)
		return error_publish(r, TAKE_PTR(why), err);
	if (why)
		core_log(e, CTR_LOG_WARNING, DOMAIN_CORE, l->c->id,
			 "container %s: removed by force although this failed: %s", l->row->name, error_message(why));
	r = step_kill_remains(l, call, err);
	if (r < 0)
		return r;
	drop_runtime_notes(l);
	/* Its end is recorded with its removal. */
	if (l->row->state != CTR_STATE_CREATED && state_is_live(l->row->state))
		step_emit(l, "died", NULL);
	row = container_row_copy(l->row);
	if (row) {
		row->state = CTR_STATE_REMOVING;
		row->intent = INTENT_REMOVE;
		row->pid = 0;
		row->mounted = 0;
	}
	return step_save(l, row, call, err);
}

/* Afterwards the lock is held, or the container is gone. 1: it could not be stopped, which force does not stop at. */
static int stop_first(struct locked *l, const struct stop_plan *plan, ctr_error_t **err)
{
	ctr_container_t *c = l->c;
	CLEANUP_ERROR ctr_error_t *why = NULL;
	int r = step_stop(l, plan->signal, plan->timeout_ns, "container_remove", &plan->call, &why);

	if (r == 0)
		return 0;
	if (r == CTR_ERR_TIMEOUT || r == CTR_ERR_CANCELLED || r == CTR_ERR_INTERRUPTED)
		return error_publish(r, TAKE_PTR(why), err);
	core_log(c->engine, CTR_LOG_WARNING, DOMAIN_CORE, c->id, "container %s: stopping it did not succeed: %s",
		 c->name, error_message(why));
	r = l->row ? 0 : locked_take(c, "container_remove", LOCK_TOLERANT, &plan->call, l, err);
	return r < 0 ? r : 1;
}

static int remove_locked(struct locked *l, const struct ctr_remove_opts *opts, const struct stop_plan *plan,
			 ctr_error_t **err)
{
	int r = verb_check(opts->force ? VERB_REMOVE_FORCE : VERB_REMOVE, l->row->state, l->row->name, err);

	/* Nothing is stopped that is not to go afterwards. */
	if (r == 0)
		r = store_check_no_dependents(l->c->engine->store, l->row, err);
	if (r < 0)
		return r;
	l->purpose = LOCKED_FOR_CALLER;
	/* Again, because somebody may have started it anew while the lock was free for the time of the stop. */
	while (r == 0 && state_is_live(l->row->state) && l->row->state != CTR_STATE_CREATED) {
		r = stop_first(l, plan, err);
		if (r < 0 || !l->row)
			return r;
	}
	r = opts->force ? clean_by_force(l, &plan->call, err) : step_cleanup(l, &plan->call, err);
	return r < 0 ? r : step_delete(l, &plan->call, err);
}

/* Without a readable configuration force goes on with the plain defaults. */
static int make_plan(ctr_container_t *c, const struct ctr_remove_opts *opts, ctr_op_t *op, struct stop_plan *ret,
		     ctr_error_t **err)
{
	CLEANUP_ERROR ctr_error_t *why = NULL;
	int r = step_stop_begin(c, opts->timeout_s, opts->timeout_set, op, ret, &why);

	if (r == CTR_ERR_STORE_DAMAGED && opts->force) {
		*ret = (struct stop_plan){.signal = SIGKILL};
		op_call_begin(&ret->call, op, c->engine->config.default_timeout_ns);
		return 0;
	}
	return r < 0 ? error_publish(r, TAKE_PTR(why), err) : 0;
}

static int refuse_in_batch(ctr_container_t *c, ctr_error_t **err)
{
	int r = batch_check(c, err);

	return r < 0 ? r
		     : error_set(err, CTR_ERR_STATE_INVALID, DOMAIN_CORE,
				 "cannot remove container %s inside its own batch; remove it when the batch has returned", c->name);
}

/* The lock of its pod is held, or it has none. REMOVED counts as done for all who call this. */
static int remove_planned(ctr_container_t *c, const struct ctr_remove_opts *opts, const struct stop_plan *plan, ctr_error_t **err)
{
	CLEANUP_ERROR ctr_error_t *why = NULL;
	struct locked l;
	int r = locked_take(c, "container_remove", opts->force ? LOCK_TOLERANT : 0, &plan->call, &l, &why);

	if (r == 0) {
		r = remove_locked(&l, opts, plan, &why);
		r = core_unlock(&l, r, &why);
	}
	if (r == CTR_ERR_REMOVED)
		return 0;
	return r < 0 ? error_publish(r, TAKE_PTR(why), err) : 0;
}

int core_container_remove_member(ctr_container_t *c, const struct ctr_remove_opts *opts, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_ERROR ctr_error_t *why = NULL;
	struct stop_plan plan;
	int r = make_plan(c, opts, NULL, &plan, &why);

	if (r == CTR_ERR_REMOVED)
		return 0;
	if (r < 0)
		return error_publish(r, TAKE_PTR(why), err);
	if (call)
		plan.call = *call;
	return remove_planned(c, opts, &plan, err);
}

/* Again when somebody has made another dependent meanwhile. */
static int remove_with_dependents(ctr_container_t *c, const struct ctr_remove_opts *opts, const struct stop_plan *plan, ctr_error_t **err)
{
	for (int i = 0;; i++) {
		CLEANUP_ERROR ctr_error_t *why = NULL;
		int r = remove_dependents(c, opts, &plan->call, &why);

		if (r == 0)
			r = remove_planned(c, opts, plan, &why);
		if (r != CTR_ERR_HAS_DEPENDENTS || !opts->depend || i == DEPEND_TRIES)
			return r < 0 ? error_publish(r, TAKE_PTR(why), err) : 0;
	}
}

static int is_infra(ctr_container_t *c, const struct pod_locked *pl)
{
	return pl->row && STREQ(pl->row->infra_id, c->id);
}

static int refuse_infra(ctr_container_t *c, const struct pod_locked *pl, ctr_error_t **err)
{
	error_set(err, CTR_ERR_HAS_DEPENDENTS, DOMAIN_CORE,
		  "container %s is the infra container of pod %s and goes with it; remove the pod", c->name, pl->row->name);
	error_detail(err, "pod", pl->row->id);
	return CTR_ERR_HAS_DEPENDENTS;
}

/* Without force it must all be of a kind that can be removed so. */
static int remove_pod(ctr_pod_t *pod, const struct ctr_remove_opts *opts, ctr_op_t *op, ctr_error_t **err)
{
	struct ctr_remove_opts forced = *opts;
	struct row_list rows = {.n = 0};
	int r = opts->force ? 0 : store_container_list_pod(pod->engine->store, pod->id, &rows, err);

	for (size_t i = 0; r == 0 && i < rows.n; i++)
		r = verb_check(VERB_REMOVE, rows.rows[i]->state, rows.rows[i]->name, err);
	row_list_reset(&rows);
	forced.force = 1;
	forced.depend = 0;
	return r < 0 ? r : core_pod_remove(pod, &forced, op, err);
}

static int plan_remove(ctr_container_t *c, const struct ctr_remove_opts *opts, ctr_op_t *op, struct stop_plan *ret, ctr_error_t **err)
{
	uint64_t more, limit;
	int r = make_plan(c, opts, op, ret, err);

	if (r < 0 || (more = remove_dependents_time(c, opts)) == 0)
		return r;
	limit = c->engine->config.default_timeout_ns;
	if (more == CTR_FOREVER || limit == CTR_FOREVER || ret->timeout_ns == CTR_FOREVER)
		limit = CTR_FOREVER;
	else
		limit += more + ret->timeout_ns;
	op_call_begin(&ret->call, op, limit);
	return 0;
}

static int remove_alone(ctr_container_t *c, const struct ctr_remove_opts *opts, ctr_op_t *op, ctr_error_t **err)
{
	struct stop_plan plan;
	struct pod_locked pl;
	ctr_pod_t *whole = NULL;
	int r = plan_remove(c, opts, op, &plan, err);

	if (r < 0 || (r = core_pod_lock_member(c, "container_remove", &plan.call, &pl, err)) < 0)
		return r;
	if (!is_infra(c, &pl))
		r = remove_with_dependents(c, opts, &plan, err);
	else if (opts->depend)
		whole = core_pod_ref(pl.pod);
	else
		r = refuse_infra(c, &pl, err);
	r = core_pod_unlock(&pl, r, err);
	if (r == 0 && whole)
		r = remove_pod(whole, opts, op, err);
	core_pod_unref(whole);
	return r;
}

int core_container_remove(ctr_container_t *c, const struct ctr_remove_opts *opts, ctr_op_t *op, ctr_error_t **err)
{
	CLEANUP_ERROR ctr_error_t *why = NULL;
	int r = c->batch_tid ? refuse_in_batch(c, &why) : remove_alone(c, opts, op, &why);

	if (r == CTR_ERR_REMOVED)
		return 0;
	return r < 0 ? error_publish(r, TAKE_PTR(why), err) : 0;
}
