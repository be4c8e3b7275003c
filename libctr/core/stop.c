/* SPDX-License-Identifier: Apache-2.0 */
/* ctr_container_stop, and the end of a run as remove needs it: signal now, SIGKILL at the timeout, clean up. */
#include "core/pods.h"
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
			/* A signal that this run has outlived is no wish any more; one who stops it from now on sets it again. */
			row->stopped_by_user = 0;
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

/* One connection carries the claims of all that the same monitor is to stop. */
static struct monitor_conn *known(const struct stop_conns *conns, const ctr_engine_t *e, const char *key)
{
	for (size_t i = 0; i < conns->n; i++)
		if (conns->conns[i].e == e && monitor_conn_is_good(conns->conns[i].conn) && STREQ(monitor_conn_key(conns->conns[i].conn), key))
			return conns->conns[i].conn;
	return NULL;
}

static int connect(struct stop_conns *conns, ctr_engine_t *e, const char *key, struct monitor_conn **ret, const struct op_call *call,
		   ctr_error_t **err)
{
	int r;

	*ret = known(conns, e, key);
	if (*ret)
		return 0;
	r = core_monitor_get(e, key, 0, call, ret, err);
	if (r < 0)
		return r;
	if (conns->n == ARRAY_SIZE(conns->conns)) {
		conns->n--;
		core_monitor_put(conns->conns[conns->n].e, conns->conns[conns->n].conn);
	}
	conns->conns[conns->n++] = (struct stop_conn){e, *ret};
	return 0;
}

void stop_conns_end(struct stop_conns *conns)
{
	for (size_t i = 0; i < conns->n; i++)
		core_monitor_put(conns->conns[i].e, conns->conns[i].conn);
	conns->n = 0;
}

/* Asks the monitor, which goes on with it when we are gone. The connection carries the claim. */
static int ask_monitor(struct locked *l, int signal, uint64_t timeout_ns, struct stop_conns *conns, const struct op_call *call, ctr_error_t **err)
{
	struct monitor_conn *conn = NULL;
	int r = connect(conns, l->c->engine, l->row->monitor, &conn, call, err);

	if (r == 0)
		r = monitor_claim(conn, l->row->id, l->row->run, call, err);
	return r < 0 ? r : monitor_stop(conn, l->row->id, l->row->run, signal, timeout_ns, all_share_pids(l->row), call, err);
}

/* The request outlives the call: also when its op has ended already, the monitor hears of it. Asking twice is asking
 * once. */
static int ask_in_any_case(struct locked *l, int signal, uint64_t timeout_ns, struct stop_conns *conns, const struct op_call *call,
			   ctr_error_t **err)
{
	CLEANUP_ERROR ctr_error_t *why = NULL;
	struct op_call notice;
	int r = ask_monitor(l, signal, timeout_ns, conns, call, &why);

	if (r == 0 || (r != CTR_ERR_CANCELLED && r != CTR_ERR_INTERRUPTED && r != CTR_ERR_TIMEOUT))
		return r < 0 ? error_publish(r, TAKE_PTR(why), err) : 0;
	op_call_begin(&notice, NULL, NOTICE_NS);
	return ask_monitor(l, signal, timeout_ns, conns, &notice, err);
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

static int ask_real(struct locked *l, int signal, uint64_t timeout_ns, struct step_stop *s, struct stop_conns *conns,
		    const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_ERROR ctr_error_t *why = NULL;
	int r = save_request(l, 1, call, err);

	if (r < 0)
		return r;
	s->run = l->row->run;
	s->timeout_ns = timeout_ns;
	(void)str_copy(s->key, sizeof(s->key), l->row->monitor);
	r = ask_in_any_case(l, signal, timeout_ns, conns, call, &why);
	if (r < 0) {
		core_log(l->c->engine, CTR_LOG_WARNING, DOMAIN_MONITOR, l->c->id,
			 "container %s: its monitor cannot be asked to stop it: %s", l->row->name, error_message(why));
		r = signal_directly(l->row, signal, &s->pidfd, err);
	}
	s->asked = r == 0;
	return r;
}

int step_stop_ask(struct locked *l, int signal, uint64_t timeout_ns, struct step_stop *s, struct stop_conns *conns,
		  const struct op_call *call, ctr_error_t **err)
{
	*s = (struct step_stop){.pidfd = -1, .purpose = l->purpose};
	if (!step_has_process(l->row))
		return stop_null(l, timeout_ns == 0 ? SIGKILL : signal, call, err);
	/* What waits to be started is nothing that could end by itself. */
	if (timeout_ns == 0 || l->row->state == CTR_STATE_CREATED)
		return ask_real(l, SIGKILL, 0, s, conns, call, err);
	return ask_real(l, signal, timeout_ns, s, conns, call, err);
}

static int wait_end(ctr_container_t *c, struct step_stop *s, const struct op_call *call, ctr_error_t **err)
{
	struct exit_record rec;
	int r = s->pidfd >= 0 ? wait_directly(s->pidfd, s->timeout_ns, call, err) : 0;

	if (r == 0)
		r = step_wait_run(c, s->run, &rec, call, err);
	return r < 0 ? r : 0;
}

static int clean_up_after(ctr_container_t *c, const char *operation, const struct step_stop *s, struct locked *l, const struct op_call *call,
			  ctr_error_t **err)
{
	CLEANUP_ERROR ctr_error_t *why = NULL;
	int r = locked_take(c, operation, LOCK_SYNC, call, l, &why);

	l->purpose = s->purpose;
	if (r == CTR_ERR_REMOVED) /* by the agent, or anybody: ended it has */
		return 0;
	if (r == 0 && l->row->run == s->run && l->row->state == CTR_STATE_STOPPED)
		r = step_cleanup_and_autoremove(l, call, &why);
	return r < 0 ? error_publish(r, TAKE_PTR(why), err) : 0;
}

int step_stop_wait(ctr_container_t *c, const char *operation, struct step_stop *s, struct stop_conns *conns, struct locked *l,
		   const struct op_call *call, ctr_error_t **err)
{
	struct monitor_conn *conn;
	int r = wait_end(c, s, call, err);

	cleanup_close_fn(&s->pidfd);
	s->pidfd = -1;
	if (r == 0)
		return clean_up_after(c, operation, s, l, call, err);
	conn = known(conns, c->engine, s->key);
	if (conn)
		(void)monitor_unclaim(conn, c->id, s->run, NULL);
	return r;
}

int step_stop(struct locked *l, int signal, uint64_t timeout_ns, const char *operation, const struct op_call *call,
	      ctr_error_t **err)
{
	ctr_container_t *c = l->c;
	struct stop_conns conns = {.n = 0};
	struct step_stop s;
	int r = step_stop_ask(l, signal, timeout_ns, &s, &conns, call, err);

	if (!s.asked)
		return r;
	r = core_unlock(l, r, err);
	r = r < 0 ? r : step_stop_wait(c, operation, &s, &conns, l, call, err);
	stop_conns_end(&conns);
	return r;
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
int step_stop_check(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	int r = verb_check(VERB_STOP, l->row->state, l->row->name, err);

	if (r < 0 && l->purpose != LOCKED_FOR_RESTART &&
	    ((r == CTR_ERR_STOPPED && !l->row->stopped_by_user) || l->row->restart_at_ns))
		(void)save_request(l, 0, call, NULL);
	return r;
}

static int stop_member(ctr_container_t *c, const struct stop_plan *plan, ctr_error_t **err)
{
	struct locked l;
	int r = core_lock(c, "container_stop", &plan->call, &l, err);

	if (r < 0)
		return r;
	r = step_stop_check(&l, &plan->call, err);
	if (r == 0)
		r = step_stop(&l, plan->signal, plan->timeout_ns, "container_stop", &plan->call, err);
	if (r == 0)
		core_log(c->engine, CTR_LOG_INFO, DOMAIN_CORE, c->id, "container %s was stopped", step_name(&l));
	return core_unlock(&l, step_note_error(&l, r, err), err);
}

int core_container_stop(ctr_container_t *c, const struct ctr_stop_opts *opts, ctr_op_t *op, ctr_error_t **err)
{
	struct stop_plan plan;
	struct pod_locked pl;
	int r = step_stop_begin(c, opts->timeout_s, opts->timeout_set, op, &plan, err);

	if (r < 0 || (r = core_pod_lock_member(c, "container_stop", &plan.call, &pl, err)) < 0)
		return r;
	r = stop_member(c, &plan, err);
	return core_pod_unlock(&pl, r, err);
}
