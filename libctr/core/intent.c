/* SPDX-License-Identifier: Apache-2.0 */
/* What a process that died in the middle of a verb has left: finished where it can be, else undone. The lock is ours,
 * so it is dead. */
#include "core/steps.h"

#include <string.h>
#include "base/clock.h"
#include "os/proc.h"

static int finish_create(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	return step_delete(l, call, err);
}

static int finish_init(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	(void)call;
	return step_undo_run(l, NULL, "", err);
}

/* Whether the first process has become the command. crun's one is a plain fork of it before, runc's calls itself so. */
static int has_execed(const struct container_row *row)
{
	struct os_proc_stat stat;

	return row->pid > 0 && os_proc_stat(row->pid, &stat) == 0 && stat.start_time == row->pid_start &&
	       stat.state != 'Z' && !(stat.flags & OS_PF_FORKNOEXEC) && strncmp(stat.comm, "runc:[", 6) != 0;
}

/* With a record there the command has run and ended already; the sync after this imports it. */
static int has_run(struct locked *l)
{
	struct exit_record rec;

	return has_execed(l->row) ||
	       (step_has_process(l->row) && exit_file_read(l->c->engine->exits_fd, l->row->id, l->row->run, &rec) == 1);
}

static int save_running(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	struct container_row *row = container_row_copy(l->row);

	if (row) {
		row->state = CTR_STATE_RUNNING;
		row->intent = INTENT_NONE;
		row->started_ns = clock_realtime_ns();
		row->restart_match = 0;
		row->restart_at_ns = 0;
	}
	step_emit(l, "start", NULL);
	return step_save(l, row, call, err);
}

static int wait_job(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	ctr_engine_t *e = l->c->engine;
	struct monitor_conn *conn = NULL;
	int r;

	if (!step_has_process(l->row) || monitor_is_alive(&e->place, l->row->monitor, NULL) <= 0)
		return 0;
	r = core_monitor_get(e, l->row->monitor, 0, call, &conn, err);
	if (r == 0)
		r = monitor_job_wait(conn, l->row->id, 0, call, err);
	core_monitor_put(e, conn);
	return r;
}

/* Nobody was told that it runs, and nobody that it does not: what is true is kept. */
static int finish_start(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	int r = wait_job(l, call, err);

	if (r < 0)
		return r;
	return has_run(l) ? save_running(l, call, err) : step_undo_run(l, NULL, "", err);
}

static int finish_cleanup(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	if (l->row->state != CTR_STATE_CREATED)
		return step_cleanup(l, call, err);
	step_emit(l, "cleanup", NULL);
	return step_undo_run(l, NULL, "", err);
}

static int finish_remove(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	return step_delete(l, call, err);
}

#define IN(name) (1u << CTR_STATE_##name)
#define ANYWHERE (~0u)

/* INTENT_STOP is not among them: a stop saves the state STOPPING, which says it all. in: where there is something to be finished; in
 * another state, as after a reboot, the intent has nothing to say any more. */
static const struct {
	int (*finish)(struct locked *, const struct op_call *, ctr_error_t **);
	unsigned in;
} finishers[] = {
    [INTENT_CREATE] = {finish_create, ANYWHERE},
    [INTENT_INIT] = {finish_init, IN(CONFIGURED) | IN(CREATED) | IN(EXITED)},
    [INTENT_START] = {finish_start, IN(CONFIGURED) | IN(CREATED)},
    [INTENT_CLEANUP] = {finish_cleanup, IN(CREATED) | IN(STOPPED)},
    [INTENT_REMOVE] = {finish_remove, ANYWHERE},
    [INTENT_PAUSE] = {step_finish_pause, IN(RUNNING) | IN(PAUSED)},
    [INTENT_UNPAUSE] = {step_finish_pause, IN(RUNNING) | IN(PAUSED)},
    [INTENT_UPDATE] = {step_finish_update, ANYWHERE},
};

int step_finish_intent(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	size_t intent = (size_t)l->row->intent;
	struct container_row *row;

	if (intent < ARRAY_SIZE(finishers) && finishers[intent].finish && (finishers[intent].in >> l->row->state & 1)) {
		int r = finishers[intent].finish(l, call, err);

		return r < 0 ? error_wrap(err, 0, DOMAIN_CORE,
					  "container %s was left half done by a process that ended in the middle",
					  step_name(l))
			     : 0;
	}
	row = container_row_copy(l->row);
	if (row)
		row->intent = INTENT_NONE;
	return step_save(l, row, call, err);
}
