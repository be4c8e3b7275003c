/* SPDX-License-Identifier: Apache-2.0 */
/* delete: the runtime's own command, and then the proof that nothing lives any more. */
#include "monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/mem.h"
#include "os/cgroup.h"
#include "os/fd.h"
#include "os/fs.h"
#include "os/pidfd.h"
#include "os/wait.h"

#define GONE_NS (10 * NSEC_PER_SEC)

/* What the thread needs of the run, by itself: the run may be forgotten meanwhile. */
struct proof {
	struct ctn *c;
	char *cgroups, *state_dir, *id;
	int pidfd, runtime_failed, result;
	ctr_error_t *err;
};

static void proof_free(struct proof *p)
{
	free(p->cgroups);
	free(p->state_dir);
	free(p->id);
	if (p->pidfd >= 0)
		close(p->pidfd);
	error_unref(p->err);
	free(p);
}

/* A create that was killed in the middle has told nobody where it put the container: the place all containers have unless their spec names another. */
static char *usual_cgroups(const char *id)
{
	CLEANUP_FREE char *own = NULL, *path = str_printf("/libctr/%s", id);
	CLEANUP_JSON json_t *j = NULL, *guess = json_object_new_object();
	const char *why;
	size_t at;

	if (!path || !guess || os_cgroup_paths(getpid(), &own, NULL) < 0 || json_parse(own, SIZE_MAX, &j, &why, &at) < 0)
		return NULL;
	json_object_object_foreach(j, key, value)
	{
		(void)value;
		if (json_put_str(guess, key, path) < 0)
			return NULL;
	}
	return json_print(guess);
}

static int has_cgroups(const struct proof *p)
{
	return p->cgroups[0] != '\0';
}

static void prove(void *data)
{
	struct proof *p = data;
	struct op_call call;

	op_call_begin(&call, NULL, GONE_NS);
	if (p->pidfd >= 0 && os_pidfd_ended(p->pidfd) == 0) {
		os_pidfd_signal(p->pidfd, SIGKILL);
		if (has_cgroups(p) && os_cgroup_is_frozen(p->cgroups) > 0)
			os_cgroup_thaw(p->cgroups, &call, NULL);
		p->result = os_wait_fd(p->pidfd, POLLIN, &call, "waiting for a killed container's process to end", &p->err);
	}
	if (p->result == 0 && has_cgroups(p) && os_cgroup_is_empty(p->cgroups) != 1)
		p->result = os_cgroup_kill_all(p->cgroups, &call, &p->err);
	if (p->result == 0 && has_cgroups(p))
		os_cgroup_remove(p->cgroups);
	/* The command failed, but nothing of it lives: what it keeps is a directory, and must not stand in the way of the next run. */
	if (p->result == 0 && p->runtime_failed && p->state_dir[0]) {
		CLEANUP_CLOSE int dir = os_open_dir(AT_FDCWD, p->state_dir);

		if (dir >= 0)
			os_remove_tree(dir, p->id);
	}
}

static void proved(void *userdata)
{
	struct proof *p = userdata;
	struct ctn *c = p->c;
	struct req *r = TAKE_PTR(c->job_req);

	c->work = NULL;
	if (p->result < 0)
		req_fail(r, TAKE_PTR(p->err));
	else
		req_answer(r, NULL, -1);
	proof_free(p);
	job_ended(c);
	if (c->transient)
		ctn_free(c);
}

static void begin_proof(struct ctn *c, int runtime_failed)
{
	struct proof *p = NEW0(struct proof);

	c->job = NULL;
	if (p) {
		p->c = c;
		p->runtime_failed = runtime_failed;
		p->cgroups = c->cgroups[0] ? str_dup(c->cgroups) : usual_cgroups(c->id);
		p->state_dir = str_dup(c->runtime_state);
		p->id = str_dup(c->id);
		p->pidfd = c->pidfd >= 0 ? os_fd_dup(c->pidfd) : c->pid ? os_pidfd_open(c->pid, c->pid_start) : -1;
		if (p->cgroups && p->state_dir && p->id && (c->work = work_start(c->m, prove, p, proved, p)))
			return;
		proof_free(p);
	}
	req_fail(TAKE_PTR(c->job_req), NULL);
	job_ended(c);
	if (c->transient)
		ctn_free(c);
}

static void on_deleted(void *userdata, const struct job_result *res)
{
	begin_proof(userdata, res->wait_status != 0);
}

static int take_fields(struct ctn *c, json_t *msg)
{
	int r = ctn_set(&c->runtime_name, json_get_str(msg, "runtime_name", "")) | ctn_set(&c->runtime_path, json_get_str(msg, "runtime_path", "")) |
		ctn_set(&c->runtime_state, json_get_str(msg, "runtime_state", "")) | ctn_set(&c->cgroup_manager, json_get_str(msg, "cgroup_manager", ""));

	if (!c->cgroups[0])
		r |= ctn_set(&c->cgroups, json_get_str(msg, "cgroups", "")) | ctn_own_cgroups(c);
	if (!c->pid) {
		c->pid = (pid_t)json_get_i64(msg, "pid", 0);
		c->pid_start = json_get_u64(msg, "pid_start", 0);
	}
	return r;
}

void verb_delete(struct monitor *m, struct req *r, json_t *msg, int *fds UNUSED, size_t n_fds UNUSED)
{
	const char *id = json_get_str(msg, "container", "");
	uint64_t run = json_get_u64(msg, "run", 0);
	struct job_spec spec = {.kind = JOB_DELETE, .mount_fd = -1, .stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1, .watch_fd = -1};
	struct ctn *c = ident_is_id(id) ? ctn_find(m, id, run) : NULL;
	ctr_error_t *err = NULL;

	if (!c && ident_is_id(id) && (c = ctn_new(m, id, run))) {
		c->transient = 1;
		c->phase = PHASE_RECORDED;
	}
	if (!c) {
		req_fail_text(r, CTR_ERR_INVALID_ARG, "delete needs a container's id");
		return;
	}
	if (ctn_busy(c)) {
		req_fail_text(r, CTR_ERR_IN_USE, "a job of the container still runs: wait for it first");
		return;
	}
	if (take_fields(c, msg)) {
		req_fail(r, NULL);
		return;
	}
	spec.id = c->id;
	spec.runtime_name = c->runtime_name;
	spec.runtime_path = c->runtime_path;
	spec.runtime_state = c->runtime_state;
	spec.cgroup_manager = c->cgroup_manager;
	spec.unified_path = json_get_str(msg, "unified_path", NULL);
	c->job_req = r;
	c->job_kind = JOB_DELETE;
	if (job_start(m->loop, &spec, on_deleted, c, &c->job, &err) == 0) {
		ctn_save_job(c);
		return;
	}
	/* No runtime any more: the kernel can end a container without it. */
	error_unref(err);
	begin_proof(c, 1);
}
