/* SPDX-License-Identifier: Apache-2.0 */
/* ctr_container_init: a new run, ready to be started: root file system, config.json, the runtime's create. And taking a
 * run back. */
#include "core/graph.h"
#include "core/pods.h"

#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include "base/mem.h"
#include "model/spec.h"
#include "oci/config.h"
#include "os/cgroup.h"
#include "os/fs.h"

static void drop_made(struct step_run *w)
{
	free(TAKE_PTR(w->mount.path));
	cleanup_close_fn(&w->mount.mount_fd);
	cleanup_close_fn(&w->mount.root_fd);
	cleanup_close_fn(&w->process.pidfd);
	free(TAKE_PTR(w->process.cgroups));
	w->mount.mount_fd = w->mount.root_fd = w->process.pidfd = -1;
}

void step_run_reset(struct step_run *w)
{
	drop_made(w);
	run_view_reset(&w->view);
	container_row_unref(w->row);
	container_row_unref(w->before);
	*w = STEP_RUN_INIT;
}

static int save_begin(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	ctr_engine_t *e = l->c->engine;
	struct container_row *row = container_row_copy(l->row);
	const char *key = step_has_process(l->row) || policy_needs_clock(l->row) ? policy_instance(e, l->row) : "";

	if (row && l->purpose <= LOCKED_FOR_CALLER)
		policy_withdraw(e, row);
	else if (row && l->purpose == LOCKED_FOR_RESTART)
		row->restart_streak = 0;
	if (!row || (l->purpose != LOCKED_FOR_POLICY && container_row_set(&row->monitor, key) < 0)) {
		container_row_unref(row);
		return error_no_memory(err);
	}
	row->run++;
	row->intent = INTENT_INIT;
	return step_save(l, row, call, err);
}

static void warn_limit(const char *message, void *userdata)
{
	ctr_container_t *c = userdata;

	core_log(c->engine, CTR_LOG_WARNING, DOMAIN_CORE, c->id, "container %s: %s", c->name, message);
}

static int mount_root(struct locked *l, json_t *doc, struct step_run *w, const struct op_call *call, ctr_error_t **err)
{
	struct storage_backend *storage = NULL;
	struct ctr_storage_root root = {.size = sizeof(root),
					.id = l->row->id,
					.rootfs = config_rootfs(doc),
					.writable_layer = config_bool(doc, "rootfs_overlay"),
					.read_only = config_bool(doc, "read_only_filesystem")};
	int r = step_storage(l->c->engine, l->row, &storage, err);

	if (r == 0)
		r = storage_mount(storage, &root, &w->mount, call, err);
	if (r == 0)
		w->mounted = 1;
	return r;
}

/* crun mounts the root file system anew, writable unless its configuration says otherwise, even where the directory's own mount is not. */
static int is_read_only(int root_fd)
{
	struct statvfs st;

	return root_fd >= 0 && fstatvfs(root_fd, &st) == 0 && (st.f_flag & ST_RDONLY) != 0;
}

int step_init_program(ctr_engine_t *e, json_t *doc, char **ret, ctr_error_t **err)
{
	const char *said = json_get_str(doc, "init_path", "");

	if (!config_bool(doc, "init"))
		return 0;
	if (!*said)
		return core_engine_init_program(e, ret, err);
	if (access(said, X_OK) < 0)
		return error_set_errno(err, 0, DOMAIN_CORE, errno, "cannot use \"%s\" as the container's init (init_path)", said);
	*ret = str_dup(said);
	return *ret ? 0 : error_no_memory(err);
}

static int write_config(struct locked *l, json_t *doc, const struct step_run *w, const struct op_call *call,
			ctr_error_t **err)
{
	ctr_engine_t *e = l->c->engine;
	CLEANUP_JSON json_t *config = NULL;
	CLEANUP_FREE char *text = NULL;
	CLEANUP_FREE char *init = NULL;
	CLEANUP_CLOSE int dir = -1;
	struct oci_input in = {.doc = doc,
			       .id = l->row->id,
			       .name = l->row->name,
			       .rootfs_path = w->mount.path,
			       .rootfs_fd = w->mount.root_fd,
			       .rootfs_read_only = is_read_only(w->mount.root_fd),
			       .cgroup_manager = e->config.cgroup_manager,
			       .cgroup_mode = e->cgroup_mode,
			       .seccomp_profile = e->config.seccomp_profile,
			       .runtime_name = l->row->runtime,
			       .warn = warn_limit,
			       .warn_userdata = l->c};
	int r = op_call_check(call, "writing the configuration of a container", err);

	if (r == 0)
		r = step_init_program(e, doc, &init, err);
	in.init_program = init;
	if (r < 0 || (r = oci_config_generate(&in, &config, err)) < 0)
		return r;
	text = json_print(config);
	if (!text)
		return error_no_memory(err);
	dir = os_open_dir(e->containers_fd, l->row->id);
	r = dir < 0 ? dir : os_write_file_atomic(dir, "config.json", text, strlen(text), 0644, 0);
	return r < 0 ? error_set_errno(err, 0, DOMAIN_CORE, r, "cannot write %s/containers/%s/config.json",
				       e->config.root, l->row->id)
		     : 0;
}

/* The directory where the runtime keeps its own state is made anew after each boot. */
static int make_runtime_state(ctr_engine_t *e, ctr_error_t **err)
{
	CLEANUP_CLOSE int runtime_fd = os_open_dir(e->root_fd, "runtime");
	int r = runtime_fd < 0 ? runtime_fd : os_mkdirat_private(runtime_fd, e->boot_id, NULL);

	return r < 0 ? error_set_errno(err, 0, DOMAIN_CORE, r, "cannot make %s", e->runtime_state) : 0;
}

static int prepare_root(struct locked *l, json_t *doc, struct step_run *w, const struct op_call *call, ctr_error_t **err)
{
	int r = make_runtime_state(l->c->engine, err);

	if (r < 0 || (r = step_join_namespaces(l->c->engine, l->row, doc, err)) < 0 ||
	    (r = step_pod_cgroup(l->c->engine, l->row, err)) < 0 || (r = mount_root(l, doc, w, call, err)) < 0 ||
	    (r = oci_make_workdir(doc, w->mount.root_fd, err)) < 0)
		return r;
	return write_config(l, doc, w, call, err);
}

static void lend_stdio(struct ctr_runtime_run *run, const struct ctr_start_opts *opts)
{
	run->use_stdio = opts->use_stdio;
	run->stdin_fd = opts->use_stdio ? opts->stdin_fd : -1;
	run->stdout_fd = opts->use_stdio ? opts->stdout_fd : -1;
	run->stderr_fd = opts->use_stdio ? opts->stderr_fd : -1;
}

/* All that comes before the runtime's create, and the request for it. */
static int ask_create(struct locked *l, const struct ctr_start_opts *opts, struct step_run *w, const struct op_call *call,
		      ctr_error_t **err)
{
	ctr_engine_t *e = l->c->engine;
	int r = step_runtime(e, l->row, &w->runtime, err);

	w->row = container_row_ref(l->row);
	if (r < 0 || (r = run_view_make(e, w->row, &w->view, err)) < 0)
		return r;
	r = exit_file_prepare(e->exits_fd, l->row->id, l->row->run);
	if (r < 0)
		return error_set_errno(err, 0, DOMAIN_CORE, r,
				       "cannot make the exit record of container %s in %s/exits", l->row->name,
				       e->config.root);
	if (!(runtime_backend_caps(w->runtime) & CTR_RUNTIME_CAP_NO_ROOTFS) &&
	    (r = prepare_root(l, w->view.doc, w, call, err)) < 0)
		return r;
	w->view.run.rootfs_target = w->mount.mount_fd >= 0 ? w->mount.path : NULL;
	w->view.run.mount_fd = w->mount.mount_fd;
	lend_stdio(&w->view.run, opts);
	return runtime_create_begin(w->runtime, &w->view.run, &w->pending, call, err);
}

static int save_created(struct locked *l, const struct step_run *w, int next_intent, const struct op_call *call,
			ctr_error_t **err)
{
	struct container_row *row = container_row_copy(l->row);

	if (!row || container_row_set(&row->cgroups, w->process.cgroups) < 0 ||
	    container_row_set(&row->rootfs_mount, w->mount.path) < 0 || container_row_set(&row->error, "") < 0) {
		container_row_unref(row);
		return error_no_memory(err);
	}
	row->state = CTR_STATE_CREATED;
	row->intent = next_intent;
	row->pid = w->process.pid;
	row->pid_start = w->process.pid_start;
	row->pid_inode = w->process.pid_inode;
	row->mounted = w->mounted;
	row->exit_known = row->exit_signal = row->oom_killed = row->stopped_by_user = 0;
	row->exit_code = CTR_EXIT_UNKNOWN;
	row->started_ns = row->finished_ns = 0;
	/* A caller's restart that the policy's means complete is none of the policy's. */
	row->restart_count = l->purpose == LOCKED_FOR_POLICY && row->restart_match ? row->restart_count + 1 : 0;
	if (l->purpose != LOCKED_FOR_POLICY)
		row->restart_match = 0;
	step_emit(l, "init", NULL);
	return step_save(l, row, call, err);
}

static void take_back(struct locked *l, struct step_run *w, int r, ctr_error_t **err)
{
	CLEANUP_ERROR ctr_error_t *undo = NULL;

	(void)step_undo_run(l, w->before, err && *err ? error_message(*err) : error_code_name(r), &undo);
	step_run_reset(w);
}

int step_init_begin(struct locked *l, const struct ctr_start_opts *opts, struct step_run *w, const struct op_call *call,
		    ctr_error_t **err)
{
	int r;

	*w = STEP_RUN_INIT;
	w->before = container_row_ref(l->row);
	r = save_begin(l, call, err);
	if (r < 0) {
		step_run_reset(w);
		return r;
	}
	r = ask_create(l, opts, w, call, err);
	if (r < 0)
		take_back(l, w, r, err);
	return r;
}

int step_init_end(struct locked *l, struct step_run *w, int next_intent, const struct op_call *call, ctr_error_t **err)
{
	struct op_call late;
	int r = runtime_create_end(w->runtime, &w->view.run, TAKE_PTR(w->pending), &w->process, call, err);

	late = step_late_call(l->c->engine);
	if (r == 0)
		r = save_created(l, w, next_intent, &late, err);
	if (r < 0)
		take_back(l, w, r, err);
	else
		drop_made(w);
	return r;
}

int step_init(struct locked *l, const struct ctr_start_opts *opts, int next_intent, const struct op_call *call,
	      ctr_error_t **err)
{
	struct step_run w;
	int r = step_init_begin(l, opts, &w, call, err);

	if (r == 0)
		r = step_init_end(l, &w, next_intent, call, err);
	if (r == 0)
		step_run_reset(&w);
	return r;
}

/* The runtime's create may still be at work for a caller that did not wait for it. */
static void cancel_job(struct locked *l, const struct op_call *call)
{
	ctr_engine_t *e = l->c->engine;
	struct monitor_conn *conn = NULL;

	if (!step_has_process(l->row) || !*str_or_empty(l->row->monitor) ||
	    monitor_is_alive(&e->place, l->row->monitor, NULL) <= 0)
		return;
	if (core_monitor_get(e, l->row->monitor, 0, call, &conn, NULL) == 0) {
		(void)monitor_job_wait(conn, l->row->id, 1, call, NULL);
		core_monitor_put(e, conn);
	}
}

static int save_undone(struct locked *l, const struct container_row *before, const char *error,
		       const struct op_call *call, ctr_error_t **err)
{
	struct container_row *row = container_row_copy(before ? before : l->row);

	if (!row || container_row_set(&row->error, error) < 0 || container_row_set(&row->cgroups, "") < 0 ||
	    container_row_set(&row->rootfs_mount, "") < 0) {
		container_row_unref(row);
		return error_no_memory(err);
	}
	row->rev = l->row->rev;
	row->run = l->row->run;
	row->restart_at_ns = l->row->restart_at_ns;
	row->restart_streak = l->row->restart_streak;
	if (!before && row->state == CTR_STATE_CREATED) {
		row->state = CTR_STATE_CONFIGURED;
		/* A policy's restart that was cut off comes again, and counts then. */
		row->restart_count -= row->restart_at_ns && row->restart_match && row->restart_count;
	}
	row->intent = INTENT_NONE;
	row->pid = 0;
	row->pid_start = row->pid_inode = 0;
	row->mounted = 0;
	return step_save(l, row, call, err);
}

static int undo_storage(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	struct storage_backend *storage = NULL;
	CLEANUP_ERROR ctr_error_t *why = NULL;
	int r;

	if (!step_has_process(l->row))
		return 0;
	r = step_storage(l->c->engine, l->row, &storage, err);
	if (r < 0)
		return r;
	/* Whether it was mounted is not known when the step itself failed; unmounting what is not mounted is nothing.
	 */
	r = storage_unmount(storage, l->row->id, call, &why);
	return r < 0 && r != CTR_ERR_NOT_SUPPORTED ? error_publish(r, TAKE_PTR(why), err) : 0;
}

/* A create that was cut off may have made its cgroups before anybody read where they are: they stand where config.json
 * said. With the systemd manager they are a scope, which systemd takes away itself. */
static void drop_unrecorded_cgroups(struct locked *l, const struct op_call *call)
{
	CLEANUP_JSON json_t *doc = NULL;
	CLEANUP_JSON json_t *own = NULL;
	CLEANUP_JSON json_t *there = json_object_new_object();
	CLEANUP_FREE char *path = NULL, *own_text = NULL, *text = NULL;

	if (!there || !step_has_process(l->row) || *str_or_empty(l->row->cgroups) ||
	    step_parse_config(l->row, &doc, NULL) < 0)
		return;
	path = oci_cgroups_path(doc, l->row->id, l->c->engine->config.cgroup_manager);
	if (!path || path[0] != '/' || os_cgroup_paths(getpid(), &own_text, NULL) < 0 ||
	    json_parse(own_text, SIZE_MAX, &own, NULL, NULL) < 0 || !own)
		return;
	json_object_object_foreach(own, controller, value)
	{
		(void)value;
		if (json_put_str(there, controller, path) < 0)
			return;
	}
	text = json_print(there);
	if (text && os_cgroup_kill_all(text, call, NULL) == 0)
		(void)os_cgroup_remove(text);
}

int step_undo_run(struct locked *l, const struct container_row *before, const char *error, ctr_error_t **err)
{
	ctr_engine_t *e = l->c->engine;
	struct op_call late = step_late_call(e);
	int r;

	/* First, so that the death of what the run has made ready wakes nobody who waits for an end. */
	exit_fd_carry(e, l->row->id, l->row->run, l->row->run + 1);
	cancel_job(l, &late);
	r = step_runtime_remove(l, &late, err);
	if (r == 0)
		r = undo_storage(l, &late, err);
	if (r < 0) {
		/* The intent stays in the row: the next operation goes on here. */
		core_log(e, CTR_LOG_WARNING, DOMAIN_CORE, l->c->id,
			 "container %s: taking back run %llu did not succeed: %s", l->row->name,
			 (unsigned long long)l->row->run, err && *err ? error_message(*err) : error_code_name(r));
		return r;
	}
	drop_unrecorded_cgroups(l, &late);
	step_monitor_forget(e, l->row);
	exit_file_remove(e->exits_fd, l->row->id, l->row->run);
	r = save_undone(l, before, error, &late, err);
	/* A restart that was cut off is still wanted, and the monitor has just been told to forget it. */
	if (r == 0 && l->purpose == LOCKED_FOR_ANY)
		policy_tell(l, &late);
	return r;
}

static int init_member(ctr_container_t *c, const struct ctr_start_opts *opts, const struct op_call *call, ctr_error_t **err)
{
	struct locked l;
	int r = core_start_needs(c, VERB_INIT, opts->recursive, call, err);

	if (r < 0 || (r = core_lock(c, "container_init", call, &l, err)) < 0)
		return r;
	l.purpose = LOCKED_FOR_CALLER;
	r = verb_check(VERB_INIT, l.row->state, l.row->name, err);
	if (r == 0)
		r = step_cleanup(&l, call, err);
	if (r == 0)
		r = step_init(&l, opts, INTENT_NONE, call, err);
	r = step_command_error(l.row, r, err);
	return core_unlock(&l, r, err);
}

/* What it needs may be started with it, hence the pod's lock. */
int core_container_init(ctr_container_t *c, const struct ctr_start_opts *opts, const struct op_call *call,
			ctr_error_t **err)
{
	struct pod_locked pl;
	int r = core_pod_lock_member(c, "container_init", call, &pl, err);

	if (r < 0)
		return r;
	r = init_member(c, opts, call, err);
	return core_pod_unlock(&pl, r, err);
}
