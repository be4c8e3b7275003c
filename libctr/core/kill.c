/* SPDX-License-Identifier: Apache-2.0 */
/* ctr_container_kill: a signal for the first process. */
#include "core/steps.h"

#include <signal.h>
#include "base/mem.h"
#include "os/cgroup.h"
#include "os/pidfd.h"

/* As libpod: any signal counts as the user's wish, also one that the container survives. */
static int save_asked(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	struct container_row *row;

	if (l->row->stopped_by_user && !l->row->restart_at_ns)
		return 0;
	row = container_row_copy(l->row);
	if (row) {
		row->stopped_by_user = 1;
		policy_withdraw(l->c->engine, row);
	}
	l->durable = 1;
	return step_save(l, row, call, err);
}

/* A full disk must not keep anybody from ending what fills it: then the row does not say who asked. */
static int ask(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_ERROR ctr_error_t *why = NULL;
	int r = save_asked(l, call, &why);

	if (r == CTR_ERR_NO_SPACE && step_has_process(l->row))
		return 0;
	return r < 0 ? error_publish(r, TAKE_PTR(why), err) : r;
}

/* Nothing dies or acts while it is paused, but for SIGKILL. The first signal counts; it has its place in the row where
 * the inode of a process stands otherwise. */
static int pend(struct locked *l, int signal, const struct op_call *call, ctr_error_t **err)
{
	struct container_row *row;

	step_emit(l, "kill", NULL);
	if (l->row->pid_inode)
		return 0;
	row = container_row_copy(l->row);
	if (row)
		row->pid_inode = (uint64_t)signal;
	return step_save(l, row, call, err);
}

static int end_null(struct locked *l, int signal, const struct op_call *call, ctr_error_t **err)
{
	return l->row->state == CTR_STATE_PAUSED && signal != SIGKILL ? pend(l, signal, call, err)
								       : step_end_null(l, signal, "kill", call, err);
}

static int send_directly(const struct container_row *row, int signal, ctr_error_t **err)
{
	CLEANUP_CLOSE int pidfd = os_pidfd_open(row->pid, row->pid_start);
	int r = pidfd < 0 ? pidfd : os_pidfd_signal(pidfd, signal);

	if (r == -ESRCH && signal != SIGKILL)
		return error_set(err, CTR_ERR_STATE_INVALID, DOMAIN_CORE,
				 "cannot send signal %d to container \"%s\": its process has just ended", signal,
				 row->name);
	if (r < 0 && r != -ESRCH)
		return error_set_errno(err, 0, DOMAIN_RUNTIME, r, "cannot send signal %d to process %d of container %s",
				       signal, row->pid, row->name);
	if (signal == SIGKILL && os_cgroup_is_frozen(str_or_empty(row->cgroups)) > 0)
		(void)os_cgroup_thaw(row->cgroups, NULL, NULL);
	return 0;
}

static int send_signal(struct locked *l, int signal, const struct op_call *call, ctr_error_t **err)
{
	ctr_engine_t *e = l->c->engine;
	struct monitor_conn *conn = NULL;
	CLEANUP_ERROR ctr_error_t *why = NULL;
	int r = core_monitor_get(e, l->row->monitor, 0, call, &conn, &why);

	if (r == 0)
		r = monitor_signal(conn, l->row->id, l->row->run, signal, call, &why);
	core_monitor_put(e, conn);
	if (r == 0)
		return 0;
	if (r == CTR_ERR_CANCELLED || r == CTR_ERR_INTERRUPTED || r == CTR_ERR_TIMEOUT) {
		/* Whether the monitor has heard of it is not known; SIGKILL is promised to be sent, and twice is once. */
		if (signal == SIGKILL)
			(void)send_directly(l->row, signal, NULL);
		return error_publish(r, TAKE_PTR(why), err);
	}
	return send_directly(l->row, signal, err);
}

static int check_signal(ctr_container_t *c, int signal, ctr_error_t **err)
{
	if (signal >= 1 && signal <= SIGRTMAX)
		return 0;
	return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE,
			 "cannot send signal %d to container \"%s\": signals are 1 to %d", signal, c->name, SIGRTMAX);
}

int core_container_kill(ctr_container_t *c, int signal, const struct op_call *call, ctr_error_t **err)
{
	struct exit_record rec;
	struct locked l;
	uint64_t run;
	int wait, r = check_signal(c, signal, err);

	if (r < 0 || (r = core_lock(c, "container_kill", call, &l, err)) < 0)
		return r;
	run = l.row->run;
	wait = signal == SIGKILL && step_has_process(l.row);
	r = verb_check(VERB_KILL, l.row->state, l.row->name, err);
	/* Refused between two runs of a policy's: whoever wanted it dead does not want the next one. */
	if (r == 0)
		r = ask(&l, call, err);
	else if (l.row->restart_at_ns)
		(void)ask(&l, call, NULL);
	if (r == 0 && !step_has_process(l.row))
		r = end_null(&l, signal, call, err);
	else if (r == 0 && (r = send_signal(&l, signal, call, err)) == 0)
		step_emit(&l, "kill", NULL);
	if (r == 0)
		core_log(c->engine, CTR_LOG_INFO, DOMAIN_CORE, c->id, "container %s was sent signal %d", step_name(&l),
			 signal);
	r = core_unlock(&l, r, err);
	if (r == 0 && wait) {
		r = step_wait_run(c, run, &rec, call, err);
		r = r < 0 ? r : 0;
	}
	return r;
}
