/* SPDX-License-Identifier: Apache-2.0 */
/* One function for each verb: fields in, fields out. */
#include <errno.h>
#include "base/mem.h"
#include "monitor/client_request.h"

static json_t *message(const char *id, uint64_t run)
{
	json_t *msg = json_object_new_object();

	if (msg && json_put_str(msg, "container", id) == 0 && json_put_u64(msg, "run", run) == 0)
		return msg;
	json_object_put(msg);
	return NULL;
}

/* bad: some member could not be added. */
static int ask(struct monitor_conn *c, struct request *q, int bad, const struct op_call *call, ctr_error_t **err)
{
	return !q->msg || bad ? error_no_memory(err) : client_request(c, q, call, err);
}

struct fd_list {
	int fds[OS_FDS_MAX];
	size_t n;
};

static int add_fd(json_t *msg, const char *key, int fd, struct fd_list *list)
{
	if (fd < 0)
		return 0;
	list->fds[list->n] = fd;
	return json_put_i64(msg, key, (int64_t)list->n++);
}

static int create_message(json_t *m, const struct monitor_create *w, struct fd_list *list)
{
	return json_put_str(m, "name", w->name) | json_put_str(m, "bundle", w->bundle) | json_put_str(m, "runtime_name", w->runtime_name) |
	       json_put_str(m, "runtime_path", w->runtime_path) | json_put_str(m, "runtime_state", w->runtime_state) |
	       json_put_str(m, "cgroup_manager", w->cgroup_manager) | json_put_str(m, "rootfs_target", w->rootfs_target) |
	       json_put_str(m, "unified_path", w->unified_path) | json_put_str(m, "log_driver", w->log_driver) | json_put_str(m, "log_path", w->log_path) |
	       json_put_i64(m, "log_max_size", w->log_max_size) | json_put_i64(m, "log_max_files", w->log_max_files) |
	       json_put_bool(m, "use_stdio", w->use_stdio) |
	       json_put_u64(m, "limit", w->limit_ns) | json_put_bool(m, "limit_all", w->limit_all) |
	       json_put_bool(m, "open_stdin", w->open_stdin) | add_fd(m, "mount", w->mount_fd, list) |
	       (w->use_stdio ? add_fd(m, "stdin", w->stdin_fd, list) | add_fd(m, "stdout", w->stdout_fd, list) | add_fd(m, "stderr", w->stderr_fd, list) :
			       0);
}

int monitor_create_begin(struct monitor_conn *c, const struct monitor_create *what, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_JSON json_t *msg = message(what->id, what->run);
	struct fd_list list = {.n = 0};
	struct request q = {.msg = msg, .verb = "create", .what = "asking the monitor to create the container", .fds = list.fds};

	if (!msg || create_message(msg, what, &list))
		return error_no_memory(err);
	q.n_fds = list.n;
	return client_begin(c, &q, call, err);
}

int monitor_create(struct monitor_conn *c, const struct monitor_create *what, const struct op_call *call, struct monitor_created *ret, ctr_error_t **err)
{
	CLEANUP_JSON json_t *msg = message(what->id, what->run), *answer = NULL;
	CLEANUP_CLOSE int pidfd = -1;
	struct fd_list list = {.n = 0};
	struct request q = {.msg = msg, .verb = "create", .what = "waiting for the runtime to create the container", .fds = list.fds, .again = 1,
			    .ret = &answer, .ret_fd = &pidfd};
	CLEANUP_FREE char *cgroups = NULL;
	int bad = msg ? create_message(msg, what, &list) : -ENOMEM, r;

	q.n_fds = list.n;
	r = ask(c, &q, bad, call, err);
	if (r < 0)
		return r;
	cgroups = str_dup(json_get_str(answer, "cgroups", ""));
	if (!cgroups)
		return error_no_memory(err);
	*ret = (struct monitor_created){.pid = (pid_t)json_get_i64(answer, "pid", 0), .pid_start = json_get_u64(answer, "pid_start", 0),
					.pid_inode = json_get_u64(answer, "pid_inode", 0), .pidfd = TAKE_FD(pidfd), .cgroups = TAKE_PTR(cgroups)};
	return 0;
}

/* The verbs that say no more than which run they mean. */
static int simple(struct monitor_conn *c, const char *verb, const char *what, const char *id, uint64_t run, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_JSON json_t *msg = message(id, run);
	struct request q = {.msg = msg, .verb = verb, .what = what, .again = 1};

	return ask(c, &q, 0, call, err);
}

int monitor_start_begin(struct monitor_conn *c, const char *id, uint64_t run, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_JSON json_t *msg = message(id, run);
	struct request q = {.msg = msg, .verb = "start", .what = "asking the monitor to start the container"};

	return msg ? client_begin(c, &q, call, err) : error_no_memory(err);
}

int monitor_start(struct monitor_conn *c, const char *id, uint64_t run, const struct op_call *call, ctr_error_t **err)
{
	return simple(c, "start", "waiting for the runtime to start the container", id, run, call, err);
}

int monitor_change(struct monitor_conn *c, const char *verb, const char *id, uint64_t run, const struct op_call *call, ctr_error_t **err)
{
	return simple(c, verb, "waiting for the runtime to change the container", id, run, call, err);
}

int monitor_forget(struct monitor_conn *c, const char *id, uint64_t run, const struct op_call *call, ctr_error_t **err)
{
	return simple(c, "forget", "telling the monitor to forget the container", id, run, call, err);
}

int monitor_claim(struct monitor_conn *c, const char *id, uint64_t run, const struct op_call *call, ctr_error_t **err)
{
	return simple(c, "claim", "claiming the container's cleanup", id, run, call, err);
}

int monitor_unclaim(struct monitor_conn *c, const char *id, uint64_t run, ctr_error_t **err)
{
	struct op_call call;

	/* Said by whoever has just given up waiting: a stopped monitor must not hold it. */
	op_call_begin(&call, NULL, NSEC_PER_SEC);
	return simple(c, "unclaim", "giving the container's cleanup back", id, run, &call, err);
}

int monitor_stop(struct monitor_conn *c, const char *id, uint64_t run, int signal, uint64_t timeout_ns, int kill_all, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_JSON json_t *msg = message(id, run);
	struct request q = {.msg = msg, .verb = "stop", .what = "asking the monitor to stop the container", .again = 1};
	int bad = msg ? json_put_i64(msg, "signal", signal) | json_put_u64(msg, "timeout", timeout_ns) | json_put_bool(msg, "all", kill_all) : 0;

	return ask(c, &q, bad, call, err);
}

int monitor_signal(struct monitor_conn *c, const char *id, uint64_t run, int signal, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_JSON json_t *msg = message(id, run);
	/* Not again: a signal sent twice is two signals. */
	struct request q = {.msg = msg, .verb = "signal", .what = "asking the monitor to signal the container"};

	return ask(c, &q, msg ? json_put_i64(msg, "signal", signal) : 0, call, err);
}

int monitor_pidfd(struct monitor_conn *c, const char *id, uint64_t run, int *ret_fd, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_JSON json_t *msg = message(id, run);
	int fd = -1;
	struct request q = {.msg = msg, .verb = "pidfd", .what = "asking the monitor for the container's process", .again = 1, .ret_fd = &fd};
	int r = ask(c, &q, 0, call, err);

	if (r < 0)
		return r;
	if (fd < 0)
		return error_set(err, CTR_ERR_MONITOR, DOMAIN_MONITOR, "the monitor sent no descriptor of container %s", id);
	*ret_fd = fd;
	return 0;
}

int monitor_delete(struct monitor_conn *c, const struct monitor_delete *w, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_JSON json_t *m = message(w->id, w->run);
	struct request q = {.msg = m, .verb = "delete", .what = "waiting for the runtime to delete the container", .again = 1};
	int bad = m ? json_put_str(m, "runtime_name", w->runtime_name) | json_put_str(m, "runtime_path", w->runtime_path) |
			      json_put_str(m, "runtime_state", w->runtime_state) | json_put_str(m, "cgroup_manager", w->cgroup_manager) |
			      json_put_str(m, "cgroups", w->cgroups) | json_put_str(m, "unified_path", w->unified_path) | json_put_i64(m, "pid", w->pid) |
			      json_put_u64(m, "pid_start", w->pid_start) :
		      0;

	return ask(c, &q, bad, call, err);
}

int monitor_job_wait(struct monitor_conn *c, const char *id, int cancel, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_JSON json_t *msg = message(id, 0);
	struct request q = {.msg = msg, .verb = "job_wait", .what = "waiting for a job of the container to end", .again = 1};

	return ask(c, &q, msg ? json_put_bool(msg, "cancel", cancel) : 0, call, err);
}

int monitor_null_exit(struct monitor_conn *c, const char *id, uint64_t run, int32_t code, int32_t signal, uint64_t delay_ns,
		      const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_JSON json_t *msg = message(id, run);
	struct request q = {.msg = msg, .verb = "null_exit", .what = "telling the monitor when the container ends", .again = 1};

	return ask(c, &q, msg ? json_put_i64(msg, "code", code) | json_put_i64(msg, "signal", signal) | json_put_u64(msg, "delay", delay_ns) : 0, call, err);
}

int monitor_restart_at(struct monitor_conn *c, const char *id, uint64_t run, uint64_t delay_ns, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_JSON json_t *msg = message(id, run);
	struct request q = {.msg = msg, .verb = "restart_at", .what = "telling the monitor when the container is restarted", .again = 1};

	return ask(c, &q, msg ? json_put_u64(msg, "delay", delay_ns) : 0, call, err);
}

int monitor_adopt(struct monitor_conn *c, const struct monitor_adopt *w, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_JSON json_t *m = message(w->id, w->run);
	struct request q = {.msg = m, .verb = "adopt", .what = "asking the monitor to adopt the container", .again = 1};
	int bad = m ? json_put_str(m, "name", w->name) | json_put_i64(m, "pid", w->pid) | json_put_u64(m, "pid_start", w->pid_start) |
			      json_put_u64(m, "pid_inode", w->pid_inode) | json_put_str(m, "cgroups", w->cgroups) |
			      json_put_str(m, "log_driver", w->log_driver) | json_put_str(m, "log_path", w->log_path) |
			      json_put_i64(m, "log_max_size", w->log_max_size) | json_put_i64(m, "log_max_files", w->log_max_files) |
			      json_put_str(m, "runtime_name", w->runtime_name) |
			      json_put_str(m, "runtime_path", w->runtime_path) | json_put_str(m, "runtime_state", w->runtime_state) |
			      json_put_str(m, "bundle", w->bundle) | json_put_str(m, "cgroup_manager", w->cgroup_manager) |
			      json_put_u64(m, "limit", w->limit_ns) | json_put_u64(m, "ran", w->ran_ns) | json_put_bool(m, "limit_all", w->limit_all) :
		      0;

	return ask(c, &q, bad, call, err);
}

int monitor_info(struct monitor_conn *c, json_t **ret, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_JSON json_t *msg = message("", 0);
	struct request q = {.msg = msg, .verb = "info", .what = "asking the monitor about itself", .again = 1, .ret = ret};

	return ask(c, &q, 0, call, err);
}

int monitor_upgrade(struct monitor_conn *c, const char *path, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_JSON json_t *msg = message("", 0);
	struct request q = {.msg = msg, .verb = "upgrade", .what = "waiting for the new monitor"};

	return ask(c, &q, msg && path ? json_put_str(msg, "path", path) : 0, call, err);
}
