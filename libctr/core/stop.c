/* SPDX-License-Identifier: Apache-2.0 */
/* ctr_container_stop, and the end of a run as remove needs it: signal now, SIGKILL at the timeout, clean up. */
#include "core/steps.h"

#include <signal.h>
#include <string.h>
#include "base/clock.h"
#include "base/mem.h"
#include "model/spec.h"
#include "os/cgroup.h"
#include "os/pidfd.h"
#include "os/wait.h"

#define NOTICE_NS (2 * NSEC_PER_SEC) /* a healthy monitor answers within milliseconds */

static uint64_t to_ns(uint32_t timeout_s)
{
	return timeout_s == CTR_STOP_FOREVER ? CTR_FOREVER : timeout_s * NSEC_PER_SEC;
}

static int save_request(struct locked *l, int stopping, const struct op_call *call, ctr_error_t **err)
{
	struct container_row *row = container_row_copy(l->row);

	if (row) {
		if (stopping) {
			row->state = CTR_STATE_STOPPING;
			row->paused_ns = 0;
		}
		/* A restart on its way is a wish, too: what is stopped for it is started again even by those who come after us. */
		if (l->purpose == LOCKED_FOR_RESTART) {
			row->restart_at_ns = (int64_t)clock_monotonic_ns();
		} else {
			row->stopped_by_user = 1;
			policy_withdraw(l->c->engine, row);
		}
	}
	l->durable = 1;
	return step_save(l, row, call, err);
}

int step_end_null(struct locked *l, int signal, const char *event, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_VIEW struct run_view v = {.doc = NULL};
	struct runtime_backend *runtime = NULL;
	struct exit_record rec;
	int r = step_runtime(l->c->engine, l->row, &runtime, err);

	if (r < 0 || (r = run_view_make(l->c->engine, l->row, &v, err)) < 0 ||
	    (r = runtime_end(runtime, &v.run, signal, call, err)) < 0)
		return r;
	/* One that is stopping tells of it when its end is imported. */
	if (event && (!STREQ(event, "stop") ||
		      (l->row->state != CTR_STATE_STOPPING &&
		       exit_file_read(l->c->engine->exits_fd, l->row->id, l->row->run, &rec) == 1)))
		step_emit(l, event, NULL);
	return step_null_ended(l, call, err);
}

static int is_live(const struct locked *l)
{
	return l->row && state_is_live(l->row->state);
}

static int stop_null(struct locked *l, int signal, const struct op_call *call, ctr_error_t **err)
{
	int r = save_request(l, 0, call, err);

	if (r == 0)
		r = step_end_null(l, signal, "stop", call, err);
	/* A stop signal that does not end it is not answered by waiting: nothing in there could still react. */
	if (r == 0 && is_live(l) && signal != SIGKILL)
		r = step_end_null(l, SIGKILL, "stop", call, err);
	return r;
}

static int all_share_pids(const struct container_row *row)
{
	CLEANUP_JSON json_t *doc = NULL;
	const char *path = NULL;

	return step_parse_config(row, &doc, NULL) == 0 && !STREQ(config_ns(doc, "pidns", &path), "private");
}

/* Asks the monitor, which goes on with it when we are gone. *ret_conn carries the claim. */
static int ask_monitor(struct locked *l, int signal, uint64_t timeout_ns, struct monitor_conn **ret_conn,
		       const struct op_call *call, ctr_error_t **err)
{
	ctr_engine_t *e = l->c->engine;
	struct monitor_conn *conn = NULL;
	int r = core_monitor_get(e, l->row->monitor, 0, call, &conn, err);

	if (r == 0)
		r = monitor_claim(conn, l->row->id, l->row->run, call, err);
	if (r == 0)
		r = monitor_stop(conn, l->row->id, l->row->run, signal, timeout_ns, all_share_pids(l->row), call, err);
	if (r < 0) {
		core_monitor_put(e, conn);
		return r;
	}
	*ret_conn = conn;
	return 0;
}

/* The request outlives the call: also when its op has ended already, the monitor hears of it. Asking twice is asking
 * once. */
static int ask_in_any_case(struct locked *l, int signal, uint64_t timeout_ns, struct monitor_conn **ret_conn,
			   const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_ERROR ctr_error_t *why = NULL;
	struct op_call notice;
	int r = ask_monitor(l, signal, timeout_ns, ret_conn, call, &why);

	if (r == 0 || (r != CTR_ERR_CANCELLED && r != CTR_ERR_INTERRUPTED && r != CTR_ERR_TIMEOUT))
		return r < 0 ? error_publish(r, TAKE_PTR(why), err) : 0;
	op_call_begin(&notice, NULL, NOTICE_NS);
	return ask_monitor(l, signal, timeout_ns, ret_conn, &notice, err);
}

/* A container whose monitor is gone and could not be replaced. */
static int signal_directly(const struct container_row *row, int signal, int *ret_pidfd, ctr_error_t **err)
{
	CLEANUP_CLOSE int pidfd = os_pidfd_open(row->pid, row->pid_start);
	int r = pidfd < 0 ? pidfd : os_pidfd_signal(pidfd, signal);

	if (r < 0 && r != -ESRCH)
		return error_set_errno(err, CTR_ERR_RUNTIME, DOMAIN_RUNTIME, r,
				       "cannot send signal %d to process %d of container %s", signal, row->pid,
				       row->name);
	if (*str_or_empty(row->cgroups) && os_cgroup_is_frozen(row->cgroups) > 0)
		(void)os_cgroup_thaw(row->cgroups, NULL, NULL);
	*ret_pidfd = TAKE_FD(pidfd);
	return 0;
}

static int wait_directly(int pidfd, uint64_t timeout_ns, const struct op_call *call, ctr_error_t **err)
{
	struct op_call nearer = timeout_ns == CTR_FOREVER ? *call : op_call_nearer(call, timeout_ns);
	CLEANUP_ERROR ctr_error_t *why = NULL;
	int r = os_wait_fd(pidfd, POLLIN, &nearer, "waiting for a container to stop", &why);

	if (r == CTR_ERR_TIMEOUT && op_call_left_ns(call) > 0) {
		(void)os_pidfd_signal(pidfd, SIGKILL);
		return os_wait_fd(pidfd, POLLIN, call, "waiting for a container to be killed", err);
	}
	return r < 0 ? error_publish(r, TAKE_PTR(why), err) : 0;
}

/* What begin_stop leaves for the time without the lock. */
struct stopping {
	struct monitor_conn *conn;
	int pidfd;
	uint64_t run;
};

static int begin_stop(struct locked *l, int signal, uint64_t timeout_ns, struct stopping *s, const struct op_call *call,
		      ctr_error_t **err)
{
	CLEANUP_ERROR ctr_error_t *why = NULL;
	int r = save_request(l, 1, call, err);

	if (r < 0)
		return r;
	s->run = l->row->run;
	r = ask_in_any_case(l, signal, timeout_ns, &s->conn, call, &why);
	if (r == 0)
		return 0;
	core_log(l->c->engine, CTR_LOG_WARNING, DOMAIN_MONITOR, l->c->id,
		 "container %s: its monitor cannot be asked to stop it: %s", l->row->name, error_message(why));
	return signal_directly(l->row, signal, &s->pidfd, err);
}

static int wait_stop(ctr_container_t *c, uint64_t timeout_ns, struct stopping *s, const struct op_call *call,
		     ctr_error_t **err)
{
	struct exit_record rec;
	int r = s->pidfd >= 0 ? wait_directly(s->pidfd, timeout_ns, call, err) : 0;

	if (r == 0)
		r = step_wait_run(c, s->run, &rec, call, err);
	return r < 0 ? r : 0;
}

static int stop_real(struct locked *l, int signal, uint64_t timeout_ns, const char *operation,
		     const struct op_call *call, ctr_error_t **err)
{
	ctr_container_t *c = l->c;
	enum locked_purpose purpose = l->purpose;
	struct stopping s = {.pidfd = -1};
	CLEANUP_ERROR ctr_error_t *why = NULL;
	int r = begin_stop(l, signal, timeout_ns, &s, call, err);

	(void)step_note_error(l, r, err);
	r = core_unlock(l, r, err);
	if (r == 0)
		r = wait_stop(c, timeout_ns, &s, call, err);
	if (r < 0 && s.conn)
		(void)monitor_unclaim(s.conn, c->id, s.run, NULL);
	if (r == 0) {
		r = locked_take(c, operation, LOCK_SYNC, call, l, &why);
		l->purpose = purpose;
		if (r == CTR_ERR_REMOVED) /* by the agent, or anybody: ended it has */
			r = 0;
		else if (r == 0 && l->row->run == s.run && l->row->state == CTR_STATE_STOPPED)
			r = step_cleanup_and_autoremove(l, call, &why);
		if (r < 0)
			error_publish(r, TAKE_PTR(why), err);
	}
	core_monitor_put(c->engine, s.conn);
	cleanup_close_fn(&s.pidfd);
	return r;
}

int step_stop(struct locked *l, int signal, uint64_t timeout_ns, const char *operation, const struct op_call *call,
	      ctr_error_t **err)
{
	if (!step_has_process(l->row))
		return stop_null(l, timeout_ns == 0 ? SIGKILL : signal, call, err);
	/* What waits to be started is nothing that could end by itself. */
	if (timeout_ns == 0 || l->row->state == CTR_STATE_CREATED)
		return stop_real(l, SIGKILL, 0, operation, call, err);
	return stop_real(l, signal, timeout_ns, operation, call, err);
}

/* The class "stopping": its limit depends on the container's stop timeout. */
int step_stop_begin(ctr_container_t *c, uint32_t timeout_s, int timeout_set, ctr_op_t *op, struct stop_plan *ret,
		    ctr_error_t **err)
{
	CLEANUP_ROW struct container_row *row = NULL;
	CLEANUP_JSON json_t *doc = NULL;
	uint64_t limit = c->engine->config.default_timeout_ns;
	struct stop_plan plan = {.signal = SIGTERM};
	int r = core_container_snapshot(c, &row, err);

	if (r == 0)
		r = step_parse_config(row, &doc, err);
	if (r < 0)
		return r;
	plan.signal = config_stop_signal(doc);
	plan.timeout_ns = to_ns(
	    timeout_set || timeout_s ? timeout_s : config_stop_timeout(doc, c->engine->config.default_stop_timeout_s));
	limit = plan.timeout_ns == CTR_FOREVER || limit == CTR_FOREVER ? CTR_FOREVER : plan.timeout_ns + limit;
	op_call_begin(&plan.call, op, limit);
	*ret = plan;
	return 0;
}

/* As libpod: whoever wants it stopped does not want it started again by its policy, also when it has just ended. */
static int refuse_stop(struct locked *l, int code, const struct op_call *call)
{
	if ((code == CTR_ERR_STOPPED && !l->row->stopped_by_user) || l->row->restart_at_ns)
		(void)save_request(l, 0, call, NULL);
	return code;
}

int core_container_stop(ctr_container_t *c, const struct ctr_stop_opts *opts, ctr_op_t *op, ctr_error_t **err)
{
	struct stop_plan plan;
	struct locked l;
	int r = step_stop_begin(c, opts->timeout_s, opts->timeout_set, op, &plan, err);

	if (r < 0 || (r = core_lock(c, "container_stop", &plan.call, &l, err)) < 0)
		return r;
	r = verb_check(VERB_STOP, l.row->state, l.row->name, err);
	r = r < 0 ? refuse_stop(&l, r, &plan.call)
		  : step_stop(&l, plan.signal, plan.timeout_ns, "container_stop", &plan.call, err);
	if (r == 0)
		core_log(c->engine, CTR_LOG_INFO, DOMAIN_CORE, c->id, "container %s was stopped", c->name);
	r = core_unlock(&l, step_note_error(&l, r, err), err);
	return step_attribute(c, "container_stop", r, err);
}
