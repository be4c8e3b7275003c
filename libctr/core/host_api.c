/* SPDX-License-Identifier: Apache-2.0 */
/* The host table that backends get: memory, errors, log, directories, and jobs done by the container's monitor. */
#include <string.h>
#include "base/mem.h"
#include "core/steps.h"

static void *host_alloc(size_t size)
{
	return mem_new0(1, size);
}

static void host_free(void *mem)
{
	free(mem);
}

static int host_error(ctr_error_t **err, int code, const char *domain, int errnum, const char *message)
{
	return errnum ? error_set_errno(err, code, domain, errnum, "%s", message) : error_set(err, code, domain, "%s", message);
}

static void host_detail(ctr_error_t **err, const char *key, const char *value)
{
	error_detail(err, key, value);
}

static void host_log(void *engine, int32_t level, const char *domain, const char *message)
{
	core_log(engine, level, domain, NULL, "%s", message);
}

static int host_op_check(ctr_op_t *op, ctr_error_t **err)
{
	struct op_call call;

	op_call_begin(&call, op, CTR_FOREVER);
	return op_call_check(&call, "working for a backend", err);
}

static const char *host_directory(void *engine, const char *kind)
{
	ctr_engine_t *e = engine;

	return STREQ(kind, "runtime") ? e->runtime_state : NULL;
}

/* The instance that holds the container's run; a new run goes to the instance of callers like us, and so does the tidying after one whose monitor is gone. */
static int instance_of(ctr_engine_t *e, const struct ctr_job *job, const struct op_call *call, struct monitor_conn **ret, ctr_error_t **err)
{
	CLEANUP_ROW struct container_row *row = NULL;
	const char *own = STREQ(e->config.monitor_mode, "container") ? job->run->id : e->instance;
	const char *key = own;
	int r;

	if (job->kind != CTR_JOB_RUNTIME_CREATE && job->kind != CTR_JOB_NULL_EXIT &&
	    store_container_load(e->store, job->run->id, &row, NULL) == 0 && *row->monitor &&
	    monitor_is_alive(&e->place, row->monitor, NULL) > 0)
		key = row->monitor;
	r = core_monitor_get(e, key, 1, call, ret, err);
	if (r == 0 && monitor_is_fresh(&e->place, key))
		step_adopt_all(e, *ret, key, call);
	return r;
}

static struct monitor_create create_fields(ctr_engine_t *e, const struct ctr_job *job)
{
	const struct ctr_runtime_run *run = job->run;

	return (struct monitor_create){
		.id = run->id, .name = run->name, .run = run->run, .bundle = run->bundle,
		.runtime_name = job->runtime_name, .runtime_path = job->runtime_path, .runtime_state = run->state_dir,
		.cgroup_manager = run->cgroup_manager, .rootfs_target = run->rootfs_target, .mount_fd = run->mount_fd,
		.unified_path = job->hide_unified ? e->unified_path : NULL,
		.log_driver = run->log_driver, .log_path = run->log_path, .log_max_size = run->log_max_size,
		.log_max_files = run->log_max_files,
		.use_stdio = run->use_stdio, .stdin_fd = run->stdin_fd, .stdout_fd = run->stdout_fd, .stderr_fd = run->stderr_fd,
		.open_stdin = run->open_stdin, .limit_ns = run->limit_ns, .limit_all = run->limit_all,
	};
}

static int job_create(ctr_engine_t *e, struct monitor_conn *conn, const struct ctr_job *job, struct ctr_runtime_process *ret,
		      const struct op_call *call, ctr_error_t **err)
{
	struct monitor_create what = create_fields(e, job);
	struct monitor_created made = { .pidfd = -1 };
	int r = monitor_create(conn, &what, call, &made, err);

	if (r < 0)
		return r;
	ret->pid = made.pid;
	ret->pidfd = made.pidfd;
	ret->pid_start = made.pid_start;
	ret->pid_inode = made.pid_inode;
	ret->cgroups = made.cgroups;
	return 0;
}

static int job_delete(ctr_engine_t *e, struct monitor_conn *conn, const struct ctr_job *job, const struct op_call *call, ctr_error_t **err)
{
	const struct ctr_runtime_run *run = job->run;
	struct monitor_delete what = {
		.id = run->id, .run = run->run, .runtime_name = job->runtime_name, .runtime_path = job->runtime_path,
		.runtime_state = run->state_dir, .cgroup_manager = run->cgroup_manager, .cgroups = str_or_empty(run->cgroups),
		.unified_path = job->hide_unified ? e->unified_path : NULL, .pid = run->pid, .pid_start = run->pid_start,
	};

	return monitor_delete(conn, &what, call, err);
}

static int do_job(ctr_engine_t *e, struct monitor_conn *conn, const struct ctr_job *job, struct ctr_runtime_process *ret,
		  const struct op_call *call, ctr_error_t **err)
{
	switch (job->kind) {
	case CTR_JOB_RUNTIME_CREATE:
		return job_create(e, conn, job, ret, call, err);
	case CTR_JOB_RUNTIME_START:
		return monitor_start(conn, job->run->id, job->run->run, call, err);
	case CTR_JOB_RUNTIME_DELETE:
		return job_delete(e, conn, job, call, err);
	case CTR_JOB_RUNTIME_PAUSE:
		return monitor_change(conn, "pause", job->run->id, job->run->run, call, err);
	case CTR_JOB_RUNTIME_RESUME:
		return monitor_change(conn, "resume", job->run->id, job->run->run, call, err);
	case CTR_JOB_RUNTIME_UPDATE:
		return monitor_change(conn, "update", job->run->id, job->run->run, call, err);
	case CTR_JOB_NULL_EXIT:
		return monitor_null_exit(conn, job->run->id, job->run->run, job->exit_code, job->exit_signal, job->delay_ns, call, err);
	default:
		return error_set(err, CTR_ERR_NOT_SUPPORTED, DOMAIN_CORE, "a backend asked for job kind %d, which this build does not know",
				 job->kind);
	}
}

/* A job outlives who asked for it: whoever has the lock now lets the one before come to its end first. */
static int finish_job(ctr_engine_t *e, struct monitor_conn *conn, const struct ctr_job *job, struct ctr_runtime_process *ret,
		      const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_ERROR ctr_error_t *busy = NULL;
	int r = do_job(e, conn, job, ret, call, &busy);

	if (r == CTR_ERR_IN_USE && monitor_job_wait(conn, job->run->id, 0, call, NULL) == 0)
		r = do_job(e, conn, job, ret, call, err);
	else
		error_publish(r, TAKE_PTR(busy), err);
	core_monitor_put(e, conn);
	return r;
}

static int host_job(void *engine, const struct ctr_job *job, struct ctr_runtime_process *ret, ctr_op_t *op, ctr_error_t **err)
{
	ctr_engine_t *e = engine;
	struct monitor_conn *conn = NULL;
	struct op_call call;
	int r;

	op_call_begin(&call, op, e->config.default_timeout_ns);
	r = instance_of(e, job, &call, &conn, err);
	return r < 0 ? r : finish_job(e, conn, job, ret, &call, err);
}

/* What is pending is a connection with a question on it. */
static int host_job_begin(void *engine, const struct ctr_job *job, void **ret_pending, ctr_op_t *op, ctr_error_t **err)
{
	ctr_engine_t *e = engine;
	struct monitor_conn *conn = NULL;
	struct op_call call;
	int r;

	op_call_begin(&call, op, e->config.default_timeout_ns);
	r = instance_of(e, job, &call, &conn, err);
	if (r < 0)
		return r;
	if (job->kind == CTR_JOB_RUNTIME_CREATE) {
		struct monitor_create what = create_fields(e, job);

		r = monitor_create_begin(conn, &what, &call, err);
	} else if (job->kind == CTR_JOB_RUNTIME_START) {
		r = monitor_start_begin(conn, job->run->id, job->run->run, &call, err);
	}
	if (r < 0) {
		core_monitor_put(e, conn);
		return r;
	}
	*ret_pending = conn;
	return 0;
}

static int host_job_end(void *engine, const struct ctr_job *job, void *pending, struct ctr_runtime_process *ret, ctr_op_t *op,
			ctr_error_t **err)
{
	ctr_engine_t *e = engine;
	struct op_call call;

	op_call_begin(&call, op, e->config.default_timeout_ns);
	return finish_job(e, pending, job, ret, &call, err);
}

void core_host_api(ctr_engine_t *e)
{
	e->host = (struct ctr_host_api){
		.size = sizeof(e->host), .engine = e, .alloc = host_alloc, .free = host_free, .error = host_error,
		.error_detail = host_detail, .log = host_log, .op_check = host_op_check, .job = host_job, .directory = host_directory,
		.job_begin = host_job_begin, .job_end = host_job_end,
	};
}
