/* SPDX-License-Identifier: Apache-2.0 */
/* The table of verbs, and those that answer at once. */
#include "monitor.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/mem.h"
#include "os/cgroup.h"
#include "os/pidfd.h"

/* The run a request speaks of; answers and returns NULL when it is not here. */
static struct ctn *find(struct monitor *m, struct req *r, json_t *msg)
{
	struct ctn *c = ctn_find(m, json_get_str(msg, "container", ""), json_get_u64(msg, "run", 0));

	if (!c)
		req_fail_text(r, CTR_ERR_NO_SUCH_CONTAINER, "the monitor does not hold this run of the container");
	return c;
}

static int fail_errno(struct req *r, struct ctn *c, int errnum, const char *what)
{
	ctr_error_t *err = NULL;

	error_set_errno(&err, 0, DOMAIN_MONITOR, errnum, "cannot %s container %s", what, c->id);
	req_fail(r, err);
	return errnum;
}

static void thaw(struct ctn *c)
{
	if (c->cgroups[0] && os_cgroup_is_frozen(c->cgroups) > 0)
		os_cgroup_thaw(c->cgroups, NULL, NULL);
}

static void verb_stop(struct monitor *m, struct req *r, json_t *msg, int *fds UNUSED, size_t n_fds UNUSED)
{
	struct ctn *c = find(m, r, msg);
	uint64_t timeout = json_get_u64(msg, "timeout", UINT64_MAX);
	int sig = (int)json_get_i64(msg, "signal", SIGTERM), all = json_get_bool(msg, "all", 0);
	uint64_t now = clock_monotonic_ns();

	if (!c)
		return;
	/* A second request may bring SIGKILL nearer, never put it off. */
	if (timeout != UINT64_MAX && c->phase < PHASE_ENDED) {
		uint64_t at = timeout < UINT64_MAX - now - 1 ? now + timeout : UINT64_MAX - 1;

		c->stop_all = all;
		if (at < c->stop_at_ns)
			ctn_stop_at(c, at);
		ctn_save(c);
	}
	if (c->phase < PHASE_ENDED)
		ctn_signal(c, sig, all);
	/* After the signal: it is the first thing the thawed process sees. */
	thaw(c);
	req_answer(r, NULL, -1);
}

static void verb_signal(struct monitor *m, struct req *r, json_t *msg, int *fds UNUSED, size_t n_fds UNUSED)
{
	struct ctn *c = find(m, r, msg);
	int res;

	if (!c)
		return;
	res = c->phase < PHASE_ENDED ? ctn_signal(c, (int)json_get_i64(msg, "signal", 0), 0) : -ESRCH;
	if (res < 0 && fail_errno(r, c, res, "signal"))
		return;
	/* Version 1 lets nothing die that is frozen. */
	if (json_get_i64(msg, "signal", 0) == SIGKILL)
		thaw(c);
	req_answer(r, NULL, -1);
}

static void verb_pidfd(struct monitor *m, struct req *r, json_t *msg, int *fds UNUSED, size_t n_fds UNUSED)
{
	struct ctn *c = find(m, r, msg);

	if (!c)
		return;
	if (c->pidfd < 0)
		req_fail_text(r, CTR_ERR_NO_SUCH_CONTAINER, "the container has no process now");
	else
		req_answer(r, NULL, c->pidfd);
}

static void verb_forget(struct monitor *m, struct req *r, json_t *msg, int *fds UNUSED, size_t n_fds UNUSED)
{
	const char *id = json_get_str(msg, "container", "");
	struct ctn *c = ctn_find(m, id, json_get_u64(msg, "run", 0));

	/* A living process is never let go: whoever forgets it has been wrong about its end. */
	if (c && (c->phase == PHASE_CREATED || c->phase == PHASE_RUNNING) && c->pidfd >= 0 && os_pidfd_ended(c->pidfd) == 0) {
		req_fail_text(r, CTR_ERR_STATE_INVALID, "the container still has a process: delete it first");
		return;
	}
	if (c && ctn_busy(c)) {
		req_fail_text(r, CTR_ERR_IN_USE, "a job of the container still runs: wait for it first");
		return;
	}
	ctn_free(c);
	req_answer(r, NULL, -1);
	handover_check(m);
}

static void verb_claim(struct monitor *m, struct req *r, json_t *msg, int *fds UNUSED, size_t n_fds UNUSED)
{
	struct ctn *c = find(m, r, msg);

	if (!c)
		return;
	if (r->conn)
		ctn_claim(c, r->conn->number);
	if (c->agent == AGENT_QUEUED || c->agent == AGENT_PUT_BACK)
		c->agent = AGENT_NONE;
	ctn_cleanup_check(c);
	req_answer(r, NULL, -1);
}

static void verb_unclaim(struct monitor *m, struct req *r, json_t *msg, int *fds UNUSED, size_t n_fds UNUSED)
{
	struct ctn *c = ctn_find(m, json_get_str(msg, "container", ""), json_get_u64(msg, "run", 0));

	if (c && r->conn)
		ctn_unclaim(c, r->conn->number);
	req_answer(r, NULL, -1);
}

static void verb_null_exit(struct monitor *m, struct req *r, json_t *msg, int *fds UNUSED, size_t n_fds UNUSED)
{
	const char *id = json_get_str(msg, "container", "");
	uint64_t run = json_get_u64(msg, "run", 0), delay = json_get_u64(msg, "delay", 0), now = clock_monotonic_ns();
	struct ctn *c = ident_is_id(id) && run ? ctn_find(m, id, run) : NULL;

	if (!c && ident_is_id(id) && run)
		c = ctn_new(m, id, run);
	if (!c) {
		req_fail_text(r, CTR_ERR_INVALID_ARG, "null_exit needs a container's id and run");
		return;
	}
	if (c->phase < PHASE_ENDED && !c->pid) {
		c->null = 1;
		c->phase = PHASE_RUNNING;
		c->null_code = (int32_t)json_get_i64(msg, "code", 0);
		c->null_signal = (int32_t)json_get_i64(msg, "signal", 0);
		ctn_null_at(c, delay < UINT64_MAX / 2 ? now + delay : UINT64_MAX / 2);
		ctn_save(c);
	}
	req_answer(r, NULL, -1);
}

static void verb_restart_at(struct monitor *m, struct req *r, json_t *msg, int *fds UNUSED, size_t n_fds UNUSED)
{
	const char *id = json_get_str(msg, "container", "");
	uint64_t run = json_get_u64(msg, "run", 0), delay = json_get_u64(msg, "delay", 0), now = clock_monotonic_ns();
	struct ctn *c = ident_is_id(id) && run ? ctn_find(m, id, run) : NULL;

	if (!c && ident_is_id(id) && run && (c = ctn_new(m, id, run)))
		c->phase = PHASE_RECORDED;
	if (!c || c->phase != PHASE_RECORDED || ctn_busy(c)) {
		req_fail_text(r, c ? CTR_ERR_STATE_INVALID : CTR_ERR_INVALID_ARG,
			      c ? "the run has not ended: there is nothing to restart" : "restart_at needs a container's id and run");
		return;
	}
	ctn_let_go(c);
	c->restarts_told++;
	if (c->agent == AGENT_QUEUED || c->agent == AGENT_PUT_BACK)
		c->agent = AGENT_NONE;
	ctn_restart_at(c, delay < UINT64_MAX / 2 ? now + delay : UINT64_MAX / 2);
	ctn_save(c);
	req_answer(r, NULL, -1);
}

static void verb_info(struct monitor *m, struct req *r, json_t *msg UNUSED, int *fds UNUSED, size_t n_fds UNUSED)
{
	json_t *body = json_object_new_object();

	if (body)
		json_put_str(body, "key", m->key), json_put_i64(body, "pid", getpid()), json_put_i64(body, "keeper_pid", m->keeper_died ? 0 : getppid()),
			json_put_u64(body, "containers", m->n_ctrs), json_put_i64(body, "version", PROTOCOL_VERSION_MAX),
			json_put_bool(body, "own_cgroup", m->own_cgroup != NULL);
	req_answer(r, body, -1);
}

static void verb_upgrade(struct monitor *m, struct req *r, json_t *msg, int *fds UNUSED, size_t n_fds UNUSED)
{
	const char *path = json_get_str(msg, "path", m->monitor_path);
	ctr_error_t *err = NULL;

	if (m->upgrade_path) {
		req_fail_text(r, CTR_ERR_IN_USE, "the monitor is being replaced already");
		return;
	}
	if (path[0] != '/' || access(path, X_OK) < 0) {
		error_set_errno(&err, 0, DOMAIN_MONITOR, path[0] == '/' ? errno : EINVAL, "cannot replace the monitor by %s", path);
		req_fail(r, err);
		return;
	}
	m->upgrade_path = str_dup(path);
	m->upgrade_req = r;
	handover_check(m);
}

static const struct {
	const char *name;
	verb_fn fn;
} verbs[] = {
	{"create", verb_create},	 {"start", verb_start},	      {"stop", verb_stop},	     {"signal", verb_signal}, {"pidfd", verb_pidfd},
	{"delete", verb_delete},	 {"forget", verb_forget},     {"claim", verb_claim},     {"unclaim", verb_unclaim}, {"job_wait", verb_job_wait},
	{"null_exit", verb_null_exit}, {"restart_at", verb_restart_at}, {"adopt", verb_adopt}, {"pause", verb_pause}, {"resume", verb_resume}, {"update", verb_update}, {"info", verb_info}, {"upgrade", verb_upgrade},
};

verb_fn verb_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (STREQ(verbs[i].name, name))
			return verbs[i].fn;
	return NULL;
}
