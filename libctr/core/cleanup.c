/* SPDX-License-Identifier: Apache-2.0 */
/* ctr_container_cleanup and its steps: what a run leaves in the runtime, the mount table and the directories goes. */
#include "core/steps.h"

#include <signal.h>
#include "model/state.h"

#define OPERATION "container_cleanup"

int step_runtime_remove(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	ctr_engine_t *e = l->c->engine;
	CLEANUP_VIEW struct run_view v = {.doc = NULL};
	struct runtime_backend *runtime = NULL;
	int r = step_runtime(e, l->row, &runtime, err);

	if (r < 0 || (r = run_view_make(e, l->row, &v, err)) < 0)
		return r;
	return runtime_remove(runtime, &v.run, 1, call, err);
}

/* Best effort: a monitor that dies forgets as well. */
void step_monitor_forget(ctr_engine_t *e, const struct container_row *row)
{
	struct op_call call = step_late_call(e);
	struct monitor_conn *conn = NULL;

	if (!*str_or_empty(row->monitor) || monitor_is_alive(&e->place, row->monitor, NULL) <= 0)
		return;
	if (core_monitor_get(e, row->monitor, 0, &call, &conn, NULL) == 0) {
		(void)monitor_forget(conn, row->id, row->run, &call, NULL);
		core_monitor_put(e, conn);
	}
}

static int unmount(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	struct storage_backend *storage = NULL;
	CLEANUP_ERROR ctr_error_t *why = NULL;
	int r;

	if (!l->row->mounted)
		return 0;
	r = step_storage(l->c->engine, l->row, &storage, err);
	if (r < 0)
		return r;
	r = storage_unmount(storage, l->row->id, call, &why);
	if (r == CTR_ERR_NOT_SUPPORTED)
		return 0; /* a driver whose mounts live in the container's namespace only */
	return r < 0 ? error_publish(r, TAKE_PTR(why), err) : 0;
}

static int save_clean(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	struct container_row *row = container_row_copy(l->row);

	if (!row)
		return error_no_memory(err);
	row->state = row->state == CTR_STATE_CREATED ? CTR_STATE_CONFIGURED : CTR_STATE_EXITED;
	row->intent = INTENT_NONE;
	row->mounted = 0;
	row->pid = 0;
	row->pid_start = row->pid_inode = 0;
	if (container_row_set(&row->cgroups, "") < 0 || container_row_set(&row->rootfs_mount, "") < 0 ||
	    policy_plan(l, row) < 0) {
		container_row_unref(row);
		return error_no_memory(err);
	}
	return step_save(l, row, call, err);
}

static int save_intent(struct locked *l, int intent, const struct op_call *call, ctr_error_t **err)
{
	struct container_row *row = container_row_copy(l->row);

	if (row)
		row->intent = intent;
	return step_save(l, row, call, err);
}

static int clean_stopped(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	struct op_call late = step_late_call(l->c->engine);
	int r = step_runtime_remove(l, call, err);

	if (r < 0 || (r = unmount(l, call, err)) < 0)
		return r;
	if (!policy_goes_on(l))
		step_monitor_forget(l->c->engine, l->row);
	/* The table has the record; exit_fds that are held keep their byte. Before the row says EXITED, so that a crash
	 * leaves no file behind. */
	exit_file_remove(l->c->engine->exits_fd, l->row->id, l->row->run);
	step_emit(l, "cleanup", NULL);
	r = save_clean(l, &late, err);
	if (r == 0 && l->purpose == LOCKED_FOR_ANY)
		policy_tell(l, &late);
	return r;
}

int step_cleanup(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	int r;

	switch (l->row->state) {
	case CTR_STATE_STOPPED:
		return clean_stopped(l, call, err);
	case CTR_STATE_CREATED:
		/* Its process dies here: whoever finds the row half done must not take that for an end of the run. */
		r = save_intent(l, INTENT_CLEANUP, call, err);
		if (r < 0)
			return r;
		step_emit(l, "cleanup", NULL);
		return step_undo_run(l, NULL, "", err);
	default:
		return 0;
	}
}

/* One that others need stays until somebody removes it together with them. */
static int autoremove(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_ERROR ctr_error_t *why = NULL;
	int r = step_delete(l, call, &why);

	if (r == CTR_ERR_HAS_DEPENDENTS)
		return 0;
	return r < 0 ? error_publish(r, TAKE_PTR(why), err) : 0;
}

int step_cleanup_and_autoremove(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	int r = step_cleanup(l, call, err);

	if (r < 0 || !l->row->auto_remove || l->row->state != CTR_STATE_EXITED || l->row->restart_at_ns)
		return r;
	/* Within a batch its handle is in use: the batch does it at its end. */
	if (l->c->batch_tid)
		return r;
	return autoremove(l, call, err);
}

static int only_stopped_wanted(const struct locked *l, ctr_error_t **err)
{
	error_set(err, CTR_ERR_STATE_INVALID, DOMAIN_CORE,
		  "cannot clean up after container \"%s\": it is %s, and only a stopped one was asked for", l->row->name,
		  state_name(l->row->state));
	error_detail(err, "state", state_name(l->row->state));
	return CTR_ERR_STATE_INVALID;
}

/* Its end has been asked for and comes by itself; without a process there is nobody to bring it. */
static int await_end(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	ctr_container_t *c = l->c;
	struct exit_record rec;
	uint64_t run = l->row->run;
	int r;

	if (!step_has_process(l->row))
		return step_end_null(l, SIGKILL, "stop", call, err);
	(void)core_unlock(l, 0, NULL);
	r = step_wait_run(c, run, &rec, call, err);
	return r < 0 ? r : locked_take(c, OPERATION, LOCK_SYNC, call, l, err);
}

int core_container_cleanup(ctr_container_t *c, int only_stopped, const struct op_call *call, ctr_error_t **err)
{
	struct locked l;
	int r = core_lock(c, OPERATION, call, &l, err);

	if (r < 0)
		return r;
	r = verb_check(VERB_CLEANUP, l.row->state, l.row->name, err);
	if (r == 0 && only_stopped && l.row->state != CTR_STATE_STOPPED)
		r = only_stopped_wanted(&l, err);
	if (r == 0 && l.row->state == CTR_STATE_STOPPING)
		r = await_end(&l, call, err);
	if (r == 0 && l.row)
		r = step_cleanup_and_autoremove(&l, call, err);
	return core_unlock(&l, r, err);
}

/* The agent's: (id, run) has ended, nobody claimed to clean up. */
int core_agent_cleanup(ctr_engine_t *e, const char *id, uint64_t run, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_ROW struct container_row *row = NULL;
	CLEANUP_ERROR ctr_error_t *why = NULL;
	ctr_container_t *c = NULL;
	struct locked l;
	int r = store_container_load(e->store, id, &row, &why);

	if (r == CTR_ERR_NO_SUCH_CONTAINER)
		return 0;
	if (r < 0)
		return error_publish(r, TAKE_PTR(why), err);
	r = core_container_new_handle(e, row, &c, err);
	if (r < 0)
		return r;
	r = core_try_lock(c, "agent_cleanup", call, &l, &why);
	if (r == 0) {
		/* Whoever planned a restart may have died before the monitor heard of it. */
		if (l.row->state != CTR_STATE_STOPPED)
			policy_tell(&l, call);
		if (l.row->run == run && (l.row->state == CTR_STATE_STOPPED || l.row->state == CTR_STATE_EXITED))
			r = step_cleanup_and_autoremove(&l, call, &why);
		r = core_unlock(&l, r, &why);
	}
	core_container_unref(c);
	if (r == -EBUSY || r == 0)
		return r;
	return r == CTR_ERR_REMOVED ? 0 : error_publish(r, TAKE_PTR(why), err);
}
