/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs that are jobs: create, start, delete; and waiting for a job. */
#include "monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/mem.h"
#include "os/cgroup.h"
#include "os/fd.h"
#include "os/fs.h"
#include "os/pidfd.h"
#include "os/proc.h"

/* About what one container takes of the monitor's and the keeper's table. */
#define FDS_NEEDED 24

void job_ended(struct ctn *c)
{
	struct monitor *m = c->m;

	c->job = NULL;
	c->job_pid = 0;
	c->grace_over = 0;
	ctn_save(c);
	req_answer_list(&c->waiting);
	ctn_cleanup_check(c);
	handover_check(m);
}

void job_begun(struct ctn *c, enum job_kind kind, struct req *r)
{
	c->job_kind = kind;
	c->job_req = r;
	ctn_save_job(c);
}

void job_fill_spec(const struct ctn *c, enum job_kind kind, struct job_spec *spec)
{
	*spec = (struct job_spec){.kind = kind, .id = c->id, .runtime_name = c->runtime_name, .runtime_path = c->runtime_path,
				  .runtime_state = c->runtime_state, .cgroup_manager = c->cgroup_manager, .bundle = c->bundle,
				  .unified_path = c->unified_path[0] ? c->unified_path : NULL, .mount_fd = -1, .stdin_fd = -1, .stdout_fd = -1,
				  .stderr_fd = -1, .watch_fd = -1};
}

/* --- create */

struct create_fds {
	int in, out, err, mount, watch;
};

static void close_create_fds(struct create_fds *f)
{
	int *all[] = {&f->in, &f->out, &f->err, &f->mount, &f->watch};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (*all[i] >= 0)
			close(*all[i]);
}
#define CLEANUP_CREATE_FDS CLEANUP(close_create_fds)

static int next_fd(json_t *msg, const char *key, int *fds, size_t n_fds)
{
	int64_t i = json_get_i64(msg, key, -1);

	return i < 0 || (size_t)i >= n_fds ? -1 : TAKE_FD(fds[i]);
}

static uint64_t inode_of(int fd)
{
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 ? st.st_ino : 0;
}

static int make_pipes(struct ctn *c, json_t *msg, struct create_fds *f)
{
	int pair[2], r = 0;

	if (!json_get_bool(msg, "use_stdio", 0) && !STREQ(c->log_driver, "passthrough")) {
		r = log_pipe(pair);
		if (r < 0)
			return r;
		c->stdout_fd = pair[0];
		f->out = pair[1];
		r = log_pipe(pair);
		if (r < 0)
			return r;
		c->stderr_fd = pair[0];
		f->err = pair[1];
		c->stdout_inode = inode_of(f->out);
		c->stderr_inode = inode_of(f->err);
	}
	if (json_get_bool(msg, "open_stdin", 0) && f->in < 0) {
		r = os_pipe(pair, 0);
		if (r < 0)
			return r;
		f->in = pair[0];
		c->stdin_fd = pair[1];
	}
	r = exec_watch_pipe(pair);
	if (r < 0)
		return r;
	c->watch_fd = pair[0];
	f->watch = pair[1];
	return 0;
}

static void put_pipes(struct ctn *c)
{
	ctn_put_fd(c, "stdout", c->stdout_fd);
	ctn_put_fd(c, "stderr", c->stderr_fd);
	ctn_put_fd(c, "stdin", c->stdin_fd);
	ctn_put_fd(c, "watch", c->watch_fd);
}

static void drop_log(struct ctn *c)
{
	int none = -1;

	ctn_drop_fd(c, "stdout", &none);
	ctn_drop_fd(c, "stderr", &none);
	c->log = log_stream_close(c->log);
}

/* What a monitor that finds neither store nor predecessor needs to know which pipes are ours: beside config.json, written before the client hears of it. */
static void write_pipes(struct ctn *c)
{
	char text[80];
	int dir = os_open_dir(AT_FDCWD, c->bundle);
	int n = snprintf(text, sizeof(text), "%llu %llu\n", (unsigned long long)c->stdout_inode, (unsigned long long)c->stderr_inode);

	if (dir < 0)
		return;
	os_write_file_atomic(dir, "pipes", text, (size_t)n, 0600, 0);
	close(dir);
}

static void answer_created(struct ctn *c, struct req *r)
{
	json_t *body = json_object_new_object();

	if (body && json_put_i64(body, "pid", c->pid) == 0 && json_put_u64(body, "pid_start", c->pid_start) == 0 &&
	    json_put_u64(body, "pid_inode", c->pid_inode) == 0 && json_put_str(body, "cgroups", c->cgroups) == 0)
		req_answer(r, body, c->pidfd);
	else
		req_fail(r, (json_object_put(body), NULL));
}

/* The container's first process is there: from here on it belongs to this monitor. */
static int created(struct ctn *c, pid_t pid, ctr_error_t **err)
{
	CLEANUP_FREE char *cgroups = NULL;
	int r, status;

	c->pid = pid;
	c->pid_start = 0;
	r = ctn_watch(c, err);
	if (r < 0 && loop_child_missed(c->m->loop, pid, &status)) {
		if (err)
			*err = error_unref(*err);
		c->phase = PHASE_CREATED;
		ctn_ended(c, 1, status, "");
		return 0;
	}
	if (r < 0)
		return r;
	/* A process that has been killed already has none: the record of its end comes all the same. */
	if (os_cgroup_paths(pid, &cgroups, NULL) == 0 && (ctn_set(&c->cgroups, cgroups) < 0 || ctn_own_cgroups(c) < 0))
		return error_no_memory(err);
	c->phase = PHASE_CREATED;
	return 0;
}

static void on_created(void *userdata, const struct job_result *res)
{
	struct ctn *c = userdata;
	struct req *r = TAKE_PTR(c->job_req);
	ctr_error_t *err = NULL;
	struct job_spec spec;

	c->job = NULL;
	if (res->log_fd >= 0)
		c->runtime_log_fd = os_fd_dup(res->log_fd);
	ctn_put_fd(c, "rlog", c->runtime_log_fd);
	job_fill_spec(c, JOB_CREATE, &spec);
	if (res->pid > 0 && created(c, res->pid, &err) == 0) {
		write_pipes(c);
		answer_created(c, r);
		job_ended(c);
		return;
	}
	if (!err)
		job_error(&spec, res, &err);
	req_fail(r, err);
	job_ended(c);
	drop_log(c);
	ctn_free(c);
}

static int create_begin(struct ctn *c, json_t *msg, struct create_fds *f, ctr_error_t **err)
{
	struct job_spec spec;
	CLEANUP_FREE char *pid_file = NULL;
	int r = ctn_take_texts(c, msg) ? -ENOMEM : make_pipes(c, msg, f);

	if (r < 0)
		return error_set_errno(err, 0, DOMAIN_MONITOR, r, "cannot make the pipes of container %s", c->id);
	put_pipes(c);
	r = ctn_open_log(c, err);
	if (r < 0)
		return r;
	job_fill_spec(c, JOB_CREATE, &spec);
	pid_file = str_printf("%s/pid", c->bundle);
	if (!pid_file)
		return error_no_memory(err);
	spec.pid_file = pid_file;
	spec.rootfs_target = json_get_str(msg, "rootfs_target", NULL);
	spec.mount_fd = f->mount;
	spec.stdin_fd = f->in;
	spec.stdout_fd = f->out;
	spec.stderr_fd = f->err;
	spec.watch_fd = f->watch;
	return job_start(c->m->loop, &spec, on_created, c, &c->job, err);
}

static int create_refused(struct monitor *m, const char *id, uint64_t run, ctr_error_t **err)
{
	long left = os_fds_left();

	if (!ident_is_id(id) || !run)
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_MONITOR, "create needs a container's id and run");
	if (m->terminating)
		return error_set(err, CTR_ERR_MONITOR, DOMAIN_MONITOR, "the monitor was told to end: it takes no new containers");
	if (left >= 0 && left < FDS_NEEDED)
		return error_set(err, CTR_ERR_NO_RESOURCES, DOMAIN_MONITOR,
				 "the monitor cannot take container %s: it has %ld file descriptors left (RLIMIT_NOFILE); raise the limit of whoever starts the first container",
				 id, left);
	return 0;
}

void verb_create(struct monitor *m, struct req *r, json_t *msg, int *fds, size_t n_fds)
{
	const char *id = json_get_str(msg, "container", "");
	uint64_t run = json_get_u64(msg, "run", 0);
	CLEANUP_CREATE_FDS struct create_fds f = {-1, -1, -1, -1, -1};
	ctr_error_t *err = NULL;
	struct ctn *c = ctn_find(m, id, run);

	/* Asked again after this monitor took the place of another: the job goes on or is done. */
	if (c && c->phase == PHASE_CREATED && !ctn_busy(c)) {
		answer_created(c, r);
		return;
	}
	if (c && ctn_busy(c) && c->job_kind == JOB_CREATE && !c->job_req) {
		c->job_req = r;
		return;
	}
	if (c)
		error_set(&err, CTR_ERR_EXISTS, DOMAIN_MONITOR, "the monitor holds this run of container %s already", id);
	if (err || create_refused(m, id, run, &err) < 0) {
		req_fail(r, err);
		return;
	}
	c = ctn_new(m, id, run);
	f.in = next_fd(msg, "stdin", fds, n_fds);
	f.out = next_fd(msg, "stdout", fds, n_fds);
	f.err = next_fd(msg, "stderr", fds, n_fds);
	f.mount = next_fd(msg, "mount", fds, n_fds);
	if (!c)
		error_no_memory(&err);
	else if (create_begin(c, msg, &f, &err) == 0) {
		job_begun(c, JOB_CREATE, r);
		return;
	}
	req_fail(r, err);
	ctn_free(c);
}

/* --- start */

static void start_finish(struct ctn *c, ctr_error_t *err)
{
	struct req *r = TAKE_PTR(c->job_req);

	c->exec_io = loop_io_del(c->exec_io);
	c->exec_watch = exec_watch_free(c->exec_watch);
	c->start_done = 0;
	if (!err && c->phase == PHASE_CREATED) {
		c->phase = PHASE_RUNNING;
		ctn_limit(c, 0);
	}
	if (err)
		req_fail(r, err);
	else
		req_answer(r, NULL, -1);
	job_ended(c);
}

static void exec_failed(struct ctn *c)
{
	CLEANUP_FREE char *said = c->runtime_log_fd >= 0 ? job_log_message(c->runtime_log_fd) : NULL;
	ctr_error_t *err = NULL;

	c->never_ran = c->job_req != NULL;
	job_error_text(c->runtime_name, "start", c->id, c->wait_status, str_or_empty(said), 1, &err);
	start_finish(c, err);
}

void start_check(struct ctn *c)
{
	enum exec_result res;

	if (!c->start_done && !c->exec_watch)
		return;
	res = c->exec_watch ? exec_watch_check(c->exec_watch) : EXEC_UNKNOWN;
	if (!c->start_done || c->job)
		return;
	if (res == EXEC_FAILED)
		exec_failed(c);
	else if (res != EXEC_PENDING || c->phase >= PHASE_ENDED)
		start_finish(c, NULL);
}

static void on_exec(void *userdata, uint32_t events)
{
	struct ctn *c = userdata;

	(void)events;
	/* Level-triggered, and the end of file stays: once is enough, the rest is told by the job's end. */
	loop_io_set(c->exec_io, 0);
	start_check(c);
}

static void on_started(void *userdata, const struct job_result *res)
{
	struct ctn *c = userdata;
	ctr_error_t *err = NULL;
	struct job_spec spec;

	c->job = NULL;
	if (res->wait_status != 0) {
		job_fill_spec(c, JOB_START, &spec);
		job_error(&spec, res, &err);
		start_finish(c, err);
		return;
	}
	c->start_done = 1;
	start_check(c);
}

static int start_begin(struct ctn *c, ctr_error_t **err)
{
	struct job_spec spec;
	int fd;

	/* The watch takes its own copy: the store's number stays what it is. */
	fd = c->watch_fd >= 0 ? os_fd_dup(c->watch_fd) : -1;
	c->exec_watch = exec_watch_new(c->pid, fd);
	if (!c->exec_watch)
		return error_no_memory(err);
	fd = exec_watch_fd(c->exec_watch);
	if (fd >= 0)
		c->exec_io = loop_io_add(c->m->loop, fd, EPOLLIN, on_exec, c);
	job_fill_spec(c, JOB_START, &spec);
	return job_start(c->m->loop, &spec, on_started, c, &c->job, err);
}

void verb_start(struct monitor *m, struct req *r, json_t *msg, int *fds UNUSED, size_t n_fds UNUSED)
{
	const char *id = json_get_str(msg, "container", "");
	struct ctn *c = ctn_find(m, id, json_get_u64(msg, "run", 0));
	ctr_error_t *err = NULL;
	int fine = 0;

	if (!c)
		error_set(&err, CTR_ERR_NO_SUCH_CONTAINER, DOMAIN_MONITOR, "the monitor does not hold this run of container %s", id);
	else if (c->phase == PHASE_RUNNING)
		fine = 1;
	else if (ctn_busy(c))
		error_set(&err, CTR_ERR_IN_USE, DOMAIN_MONITOR, "a job of container %s still runs: wait for it first", id);
	else if (c->phase != PHASE_CREATED)
		error_set(&err, CTR_ERR_STATE_INVALID, DOMAIN_MONITOR, "container %s cannot be started: its process has ended already", id);
	else if (start_begin(c, &err) == 0) {
		job_begun(c, JOB_START, r);
		return;
	}
	if (fine) {
		req_answer(r, NULL, -1);
		return;
	}
	if (c && c->phase == PHASE_CREATED && !ctn_busy(c)) {
		c->exec_io = loop_io_del(c->exec_io);
		c->exec_watch = exec_watch_free(c->exec_watch);
	}
	req_fail(r, err);
}

/* --- jobs of the monitor before this one */

static void old_create_done(struct ctn *c)
{
	CLEANUP_FREE char *path = str_printf("%s/pid", c->bundle), *text = NULL;
	struct req *r = TAKE_PTR(c->job_req);
	ctr_error_t *err = NULL;
	int64_t pid = 0;

	if (path && os_read_file(AT_FDCWD, path, 32, &text, NULL) == 0)
		pid = strtol(text, NULL, 10);
	if (path)
		unlink(path);
	if (pid > 0 && created(c, (pid_t)pid, &err) == 0) {
		write_pipes(c);
		answer_created(c, r);
		job_ended(c);
		return;
	}
	error_unref(err);
	req_fail_text(r, CTR_ERR_RUNTIME, "the runtime's create failed while the monitor was being replaced: try again");
	job_ended(c);
	drop_log(c);
	ctn_free(c);
}

static void old_job_done(struct ctn *c)
{
	c->old_job_io = loop_io_del(c->old_job_io);
	if (c->old_job_fd >= 0)
		close(TAKE_FD(c->old_job_fd));
	if (c->phase == PHASE_CREATING) {
		old_create_done(c);
		return;
	}
	if (c->job_kind == JOB_START && c->phase == PHASE_CREATED && exec_never_happened(c->pid) == 0) {
		c->phase = PHASE_RUNNING;
		ctn_limit(c, 0);
	}
	req_answer(TAKE_PTR(c->job_req), NULL, -1);
	job_ended(c);
}

static void on_old_job(void *userdata, uint32_t events)
{
	(void)events;
	old_job_done(userdata);
}

void job_resume(struct ctn *c)
{
	if (!c->job_pid)
		return;
	c->old_job_fd = os_pidfd_open(c->job_pid, c->job_start);
	if (c->old_job_fd >= 0)
		c->old_job_io = loop_io_add(c->m->loop, c->old_job_fd, EPOLLIN, on_old_job, c);
	if (!c->old_job_io)
		old_job_done(c);
}

/* --- waiting for a job */

void verb_job_wait(struct monitor *m, struct req *r, json_t *msg, int *fds UNUSED, size_t n_fds UNUSED)
{
	struct ctn *c = ctn_find(m, json_get_str(msg, "container", ""), 0);

	if (!c || !ctn_busy(c)) {
		req_answer(r, NULL, -1);
		return;
	}
	r->next_waiting = c->waiting;
	c->waiting = r;
	if (!json_get_bool(msg, "cancel", 0))
		return;
	if (c->job)
		job_cancel(c->job);
	else if (c->old_job_fd >= 0)
		os_pidfd_signal(c->old_job_fd, SIGKILL);
}
