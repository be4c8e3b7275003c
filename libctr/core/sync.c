/* SPDX-License-Identifier: Apache-2.0 */
/* Bringing a locked container's row in line with what has happened: exit records, dead holders, dead monitors. */
#include "core/steps.h"

#include <string.h>
#include "base/clock.h"
#include "base/mem.h"
#include "model/spec.h"
#include "os/proc.h"

int step_import(struct locked *l, const struct exit_record *rec, const struct op_call *call, ctr_error_t **err)
{
	struct container_row *row;
	int r = store_exit_put(l->c->engine->store, rec, call, err);

	if (r < 0)
		return r;
	row = container_row_copy(l->row);
	if (!row || (*rec->error && container_row_set(&row->error, rec->error) < 0)) {
		container_row_unref(row);
		return error_no_memory(err);
	}
	core_log(l->c->engine, CTR_LOG_DEBUG, DOMAIN_CORE, l->c->id, "container %s has ended: code %d, signal %d, known %d",
		 row->name, rec->exit_code, rec->exit_signal, rec->known);
	row->state = CTR_STATE_STOPPED;
	row->pid = 0;
	row->pid_start = row->pid_inode = 0;
	row->paused_ns = 0;
	row->exit_known = rec->known;
	row->exit_code = rec->known ? rec->exit_code : CTR_EXIT_UNKNOWN;
	row->exit_signal = rec->exit_signal;
	row->oom_killed = rec->oom_killed;
	row->finished_ns = rec->finished_ns;
	row->restart_match = *str_or_empty(row->restart_policy) && !row->stopped_by_user &&
			     (l->row->state == CTR_STATE_RUNNING || l->row->state == CTR_STATE_PAUSED);
	if (l->row->state == CTR_STATE_STOPPING)
		step_emit(l, "stop", NULL);
	step_emit_row(l, "died", row, rec->finished_ns, NULL);
	return step_save(l, row, call, err);
}

/* The record as it stands after this: ours, or that of whoever was first. */
static int write_record(struct locked *l, struct exit_record *rec, ctr_error_t **err)
{
	int fd = l->c->engine->exits_fd, r;

	r = exit_file_prepare(fd, rec->id, rec->run);
	if (r == 0)
		r = exit_file_write_after_others(fd, rec);
	if (r == -EEXIST || r == -EAGAIN)
		r = exit_file_read(fd, rec->id, rec->run, rec) == 1 ? 0 : r;
	if (r < 0)
		return error_set_errno(err, 0, DOMAIN_CORE, r, "cannot write the exit record of container %s",
				       l->row->name);
	exit_file_wake(fd, rec->id, rec->run);
	return 0;
}

/* 1: it has ended and is STOPPED now, 0: it goes on, or is not live at all */
static int import_null(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	struct exit_record rec;
	uint64_t left = 0;
	int r;

	if (exit_file_read(l->c->engine->exits_fd, l->row->id, l->row->run, &rec) != 1) {
		if (!step_null_end(l->row, &rec, &left) || left > 0)
			return 0;
		r = write_record(l, &rec, err);
		if (r < 0)
			return r;
	}
	r = step_import(l, &rec, call, err);
	return r < 0 ? r : 1;
}

int step_null_ended(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	int r = import_null(l, call, err);

	return r == 1 ? step_cleanup_and_autoremove(l, call, err) : r;
}

void step_null_settle(struct locked *l)
{
	CLEANUP_ERROR ctr_error_t *why = NULL;
	struct op_call late;

	if (!l->guard.table || !l->row || l->row->state != CTR_STATE_STOPPED || step_has_process(l->row) ||
	    l->row->intent != INTENT_NONE)
		return;
	late = step_late_call(l->c->engine);
	if (step_cleanup_and_autoremove(l, &late, &why) < 0)
		core_log(l->c->engine, CTR_LOG_WARNING, DOMAIN_CORE, l->c->id, "container %s cannot be cleaned up yet: %s", step_name(l),
			 error_message(why));
}

/* Only here, under the lock, with the process gone and nobody left who could know better. */
static int lost(struct locked *l, const struct os_proc_stat *zombie, const struct op_call *call, ctr_error_t **err)
{
	struct exit_record rec = {
	    .run = l->row->run, .exit_code = CTR_EXIT_UNKNOWN, .finished_ns = clock_realtime_ns()};
	int r;

	memcpy(rec.id, l->row->id, sizeof(rec.id));
	if (zombie) {
		exit_record_from_wait_status(&rec, zombie->exit_status);
		rec.known = 1;
	} else {
		(void)str_copy(rec.error, sizeof(rec.error), "monitor lost");
	}
	r = write_record(l, &rec, err);
	return r < 0 ? r : step_import(l, &rec, call, err);
}

static int adopt(ctr_engine_t *e, const struct container_row *row, struct monitor_conn *conn,
		 const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_VIEW struct run_view v = {.doc = NULL};
	int64_t now = clock_realtime_ns();
	int r = run_view_make(e, row, &v, err);

	if (r < 0)
		return r;
	return monitor_adopt(conn,
			     &(struct monitor_adopt){.id = row->id,
						     .name = row->name,
						     .run = row->run,
						     .pid = row->pid,
						     .pid_start = row->pid_start,
						     .pid_inode = row->pid_inode,
						     .cgroups = v.run.cgroups,
						     .log_driver = v.run.log_driver,
						     .log_path = v.log_path,
						     .log_max_size = v.run.log_max_size,
						     .log_max_files = v.run.log_max_files,
						     .runtime_name = row->runtime,
						     .runtime_path = row->runtime_path,
						     .runtime_state = v.run.state_dir,
						     .bundle = v.bundle,
						     .cgroup_manager = v.run.cgroup_manager,
						     .limit_ns = v.run.limit_ns,
						     .ran_ns = row->started_ns && now > row->started_ns
								   ? (uint64_t)(now - row->started_ns)
								   : 0,
						     .limit_all = v.run.limit_all,
						     .restart_hint = ""},
			     call, err);
}

/* 0 also when there is nothing to be told of it. */
static int tell_one(ctr_engine_t *e, struct monitor_conn *conn, const struct container_row *lean, const struct op_call *call,
		    ctr_error_t **err)
{
	CLEANUP_ROW struct container_row *row = NULL;
	int r = policy_tell_monitor(e, conn, lean, call, err);

	if (r < 0 || lean->pid <= 0 || !state_is_live(lean->state) ||
	    store_container_load(e->store, lean->id, &row, NULL) < 0 || row->pid <= 0)
		return r;
	r = adopt(e, row, conn, call, err);
	/* It has ended meanwhile. Where something is to follow that, the agent is asked to look. */
	if (r == CTR_ERR_NO_SUCH_CONTAINER && (*str_or_empty(row->restart_policy) || row->restart_at_ns || row->auto_remove))
		return monitor_restart_at(conn, row->id, row->run, 0, call, NULL);
	return r;
}

/* A pair that has just been started knows nobody: whoever started it tells it of all that its instance had, for their
 * output is read by nobody until then. Their locks are not needed: what is told is fixed for a run, and a run that has
 * ended is found ended. */
void step_adopt_all(ctr_engine_t *e, struct monitor_conn *conn, const char *key, const struct op_call *call)
{
	struct row_list rows = {.n = 0};
	int all = 1;

	if (store_container_list(e->store, &rows, NULL) < 0)
		return;
	for (size_t i = 0; i < rows.n; i++) {
		CLEANUP_ERROR ctr_error_t *why = NULL;
		int r;

		if (!STREQ(rows.rows[i]->monitor, key))
			continue;
		r = tell_one(e, conn, rows.rows[i], call, &why);
		all &= r == 0 || r == CTR_ERR_NO_SUCH_CONTAINER || r == CTR_ERR_STATE_INVALID;
		if (r < 0)
			core_log(e, CTR_LOG_WARNING, DOMAIN_MONITOR, rows.rows[i]->id,
				 "container %s could not be taken over by a new monitor: %s", rows.rows[i]->name,
				 error_message(why));
	}
	row_list_reset(&rows);
	/* Until then whoever comes by does this again. */
	if (all)
		monitor_settled(&e->place, key);
}

static int adopt_by(struct locked *l, const char *key, const struct op_call *call, ctr_error_t **err)
{
	ctr_engine_t *e = l->c->engine;
	struct monitor_conn *conn = NULL;
	int r = core_monitor_get(e, key, 1, call, &conn, err);

	if (r < 0)
		return r;
	r = adopt(e, l->row, conn, call, err);
	if (r == 0)
		step_adopt_all(e, conn, key, call);
	core_monitor_put(e, conn);
	return r;
}

/* Lives, but keeper and monitor have gone: another pair takes it over. Where that does not work now, signals still
 * reach the process and its end is still seen, so the operation goes on. */
static int find_monitor(struct locked *l, const char *key, const struct op_call *call, ctr_error_t **err)
{
	ctr_engine_t *e = l->c->engine;
	CLEANUP_ERROR ctr_error_t *why = NULL;
	struct container_row *row;
	int r = adopt_by(l, key, call, &why);

	if (r == CTR_ERR_CANCELLED || r == CTR_ERR_INTERRUPTED)
		return error_publish(r, TAKE_PTR(why), err);
	if (r < 0)
		core_log(e, CTR_LOG_WARNING, DOMAIN_MONITOR, l->c->id,
			 "container %s lives without a monitor, and none could take it over: %s", l->row->name,
			 error_message(why));
	if (r < 0 || STREQ(l->row->monitor, key))
		return 0;
	row = container_row_copy(l->row);
	if (row && container_row_set(&row->monitor, key) < 0)
		row = container_row_unref(row);
	return step_save(l, row, call, err);
}

/* 1: the living monitor of a run whose process has gone without a record has nothing to say of it, for it began after that. */
static int is_unknown(struct locked *l, const struct op_call *call)
{
	ctr_engine_t *e = l->c->engine;
	CLEANUP_ERROR ctr_error_t *why = NULL;
	struct monitor_conn *conn = NULL;
	int r = core_monitor_get(e, l->row->monitor, 0, call, &conn, &why);

	if (r == 0)
		r = adopt(e, l->row, conn, call, &why);
	core_monitor_put(e, conn);
	return r == CTR_ERR_NO_SUCH_CONTAINER;
}

/* A live state, no record. */
static int sync_process(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	ctr_engine_t *e = l->c->engine;
	struct exit_record rec;
	struct os_proc_stat stat = {.pid = 0};
	int alive, monitor;

	if (l->row->pid <= 0)
		return 0;
	alive = os_proc_alive(l->row->pid, l->row->pid_start);
	if (alive < 0)
		return 0;
	monitor = monitor_is_alive(&e->place, l->row->monitor, NULL);
	if (alive && monitor == 0)
		return find_monitor(l, STREQ(e->config.monitor_mode, "container") ? l->row->id : e->instance, call, err);
	if (alive && monitor > 0 && monitor_is_fresh(&e->place, l->row->monitor))
		return find_monitor(l, l->row->monitor, call, err);
	/* It has the word, or nobody can tell. */
	if (alive || monitor < 0 || (monitor > 0 && !is_unknown(l, call)))
		return 0;
	/* Whoever wrote it may have died right after. */
	if (exit_file_read(e->exits_fd, l->row->id, l->row->run, &rec) == 1)
		return step_import(l, &rec, call, err);
	if (os_proc_stat(l->row->pid, &stat) == 0 && stat.state == 'Z' && stat.start_time == l->row->pid_start)
		return lost(l, &stat, call, err);
	return lost(l, NULL, call, err);
}

static int sync_end(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	struct exit_record rec;
	int r;

	if (!state_is_live(l->row->state))
		return 0;
	if (!step_has_process(l->row)) {
		r = import_null(l, call, err);
		return r < 0 ? r : 0;
	}
	if (exit_file_read(l->c->engine->exits_fd, l->row->id, l->row->run, &rec) == 1)
		return step_import(l, &rec, call, err);
	return sync_process(l, call, err);
}

static int tolerate(struct locked *l, int tolerant, int r, ctr_error_t **err)
{
	if (r == 0 || !tolerant)
		return r;
	core_log(l->c->engine, CTR_LOG_WARNING, DOMAIN_CORE, l->c->id, "container %s: %s", step_name(l),
		 err && *err ? error_message(*err) : error_code_name(r));
	if (err)
		*err = error_unref(*err);
	return 0;
}

int step_sync(struct locked *l, int tolerant, const struct op_call *call, ctr_error_t **err)
{
	int r = 0;

	if (l->row->intent != INTENT_NONE)
		r = tolerate(l, tolerant, step_finish_intent(l, call, err), err);
	if (r == 0 && l->row)
		r = tolerate(l, tolerant, sync_end(l, call, err), err);
	return r;
}

int core_container_sync(ctr_container_t *c, const struct op_call *call, ctr_error_t **err)
{
	struct locked l;
	int r = locked_take(c, "container_sync", LOCK_SYNC, call, &l, err);

	if (r < 0)
		return r;
	step_emit(&l, "sync", NULL);
	return core_unlock(&l, 0, err);
}
