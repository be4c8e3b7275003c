/* SPDX-License-Identifier: Apache-2.0 */
/* ctr_container_create: a row, a directory and storage, or nothing at all. */
#include "core/steps.h"

#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/mem.h"
#include "base/strv.h"
#include "core/graph.h"
#include "core/pods.h"
#include "model/restart.h"
#include "model/spec.h"
#include "oci/config.h"
#include "os/fs.h"

#define NAME_TRIES 16	  /* generated names */
#define HALF_MADE_TRIES 4 /* creators of the same name that die one after the other */

int step_draw(void *buf, size_t len, ctr_error_t **err)
{
	ssize_t n = getrandom(buf, len, 0);

	return n == (ssize_t)len
		   ? 0
		   : error_set_errno(err, CTR_ERR_IO, DOMAIN_CORE, n < 0 ? errno : EIO, "cannot draw a random id");
}

/* ---- what is checked before anything is made ---- */

static int no_use_of(const char *path, int errnum, const char *why, ctr_error_t **err)
{
	int r = error_set_errno(err, 0, DOMAIN_CORE, errnum, "cannot use \"%s\" %s", path, why);

	error_detail(err, "path", path);
	return r;
}

static int check_directory(const char *path, ctr_error_t **err)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return no_use_of(path, errno, "as root file system; give a directory that exists", err);
	if (!S_ISDIR(st.st_mode))
		return error_set(
		    err, CTR_ERR_INVALID_ARG, DOMAIN_CORE,
		    "\"%s\" is not a directory and cannot be a root file system; give the directory that holds it",
		    path);
	return 0;
}

static int check_mounts(json_t *doc, ctr_error_t **err)
{
	json_t *mounts = json_get(doc, "mounts");
	size_t n = mounts ? json_object_array_length(mounts) : 0;

	for (size_t i = 0; i < n; i++) {
		json_t *m = json_object_array_get_idx(mounts, i);
		const char *source = json_get_str(m, "source", "");

		if (STREQ(json_get_str(m, "type", "bind"), "bind") && *source == '/' && access(source, F_OK) < 0)
			return no_use_of(source, errno, "as source of a mount; give a file or directory that exists", err);
	}
	return 0;
}

/* The monitor, which opens the log, has nobody to tell any more. */
static int check_log(json_t *doc, ctr_error_t **err)
{
	const char *path = config_log_path(doc);
	CLEANUP_FREE char *parent = path ? str_ndup(path, (size_t)(strrchr(path, '/') - path) + 1) : NULL;

	if (!path)
		return 0;
	if (!parent)
		return error_no_memory(err);
	return access(parent, F_OK) < 0 ? no_use_of(path, errno, "as log; give a file in a directory that exists", err) : 0;
}

static int check_machine(ctr_engine_t *e, json_t *doc, struct runtime_backend *runtime, ctr_error_t **err)
{
	const char *rootfs = config_rootfs(doc);
	CLEANUP_FREE char *init = NULL;
	int r = rootfs ? check_directory(rootfs, err) : 0;

	if (r < 0 || (runtime_backend_caps(runtime) & CTR_RUNTIME_CAP_NO_PROCESS))
		return r;
	r = check_mounts(doc, err);
	if (r == 0)
		r = check_log(doc, err);
	if (r == 0)
		r = step_init_program(e, doc, &init, err);
	return r < 0 ? r : oci_config_preflight(doc, e->config.cgroup_manager, err);
}

static int choose_runtime(ctr_engine_t *e, json_t *doc, struct runtime_backend **ret, ctr_error_t **err)
{
	const char *said = json_get_str(doc, "oci_runtime", NULL);

	if (said && *said)
		return core_engine_runtime(e, said, ret, err);
	if (!e->runtime)
		return error_set(err, CTR_ERR_RUNTIME_NOT_FOUND, DOMAIN_RUNTIME,
				 "no OCI runtime can run containers here (%s); install the package crun or the package "
				 "runc, see info and probe",
				 e->runtime_why);
	*ret = e->runtime;
	return 0;
}

/* ---- the row ---- */

static int set_json(char **member, json_t *value, const char *empty)
{
	free(*member);
	*member = value ? json_print(value) : str_dup(empty);
	return *member ? 0 : -ENOMEM;
}

static json_t *destinations(json_t *doc)
{
	json_t *mounts = json_get(doc, "mounts"), *out = json_object_new_array();
	size_t n = mounts ? json_object_array_length(mounts) : 0;

	for (size_t i = 0; out && i < n; i++)
		if (json_push_str(out, json_get_str(json_object_array_get_idx(mounts, i), "destination", "")) < 0) {
			json_object_put(out);
			out = NULL;
		}
	return out;
}

static json_t *command(json_t *doc)
{
	CLEANUP_STRV char **argv = NULL;
	json_t *holder, *out;

	if (config_argv(doc, &argv) < 0 || !(holder = json_object_new_object()))
		return NULL;
	out = json_put_strv(holder, "argv", (const char *const *)argv) == 0 ? json_object_get(json_get(holder, "argv"))
									    : NULL;
	json_object_put(holder);
	return out;
}

static int fill_documents(struct container_row *row, json_t *doc)
{
	CLEANUP_JSON json_t *argv = command(doc);
	CLEANUP_JSON json_t *mounts = destinations(doc);

	if (!argv || !mounts)
		return -ENOMEM;
	return set_json(&row->config, doc, "") < 0 || set_json(&row->labels, json_get(doc, "labels"), "{}") < 0 ||
		       set_json(&row->command, argv, "[]") < 0 || set_json(&row->mounts, mounts, "[]") < 0
		   ? -ENOMEM
		   : 0;
}

/* As the engine's config file has it, where the container does not say itself: the agent, which restarts it, reads no such
 * file. */
static int fill_backoff(ctr_engine_t *e, json_t *doc)
{
	json_t *annotations = json_get(doc, "annotations");

	if (!e->config.restart_backoff || (annotations && json_get(annotations, RESTART_ANNOTATION)))
		return 0;
	if (!annotations) {
		annotations = json_object_new_object();
		if (!annotations || json_put(doc, "annotations", annotations) < 0)
			return -ENOMEM;
	}
	return json_put_str(annotations, RESTART_ANNOTATION, e->config.restart_backoff);
}

/* The same of the engine's seccomp profile: the agent's engine has none of its own, and a restart must not bring another one. */
static int fill_seccomp(ctr_engine_t *e, json_t *doc)
{
	if (!e->config.seccomp_profile || config_bool(doc, "privileged") || *json_get_str(doc, "seccomp_profile_path", "") ||
	    *json_get_str(doc, "seccomp_policy", ""))
		return 0;
	return json_put_str(doc, "seccomp_profile_path", e->config.seccomp_profile);
}

static int fill_policy(ctr_engine_t *e, json_t *doc, struct container_row *row)
{
	row->restart_tries = (uint32_t)json_get_i64(doc, "restart_tries", 0);
	if (container_row_set(&row->restart_policy, restart_policy_word(json_get_str(doc, "restart_policy", ""))) < 0)
		return -ENOMEM;
	if (!*row->restart_policy)
		return 0;
	return fill_backoff(e, doc) < 0 || fill_seccomp(e, doc) < 0 ? -ENOMEM : 0;
}

static int fill_row(ctr_engine_t *e, json_t *doc, struct runtime_backend *runtime, struct container_row *row)
{
	row->state = CTR_STATE_CONFIGURED;
	row->intent = INTENT_CREATE;
	row->created_ns = clock_realtime_ns();
	row->exit_code = CTR_EXIT_UNKNOWN;
	row->auto_remove = config_bool(doc, "remove");
	if (fill_policy(e, doc, row) < 0 || fill_documents(row, doc) < 0 || container_row_set(&row->runtime, runtime_backend_name(runtime)) < 0 ||
	    container_row_set(&row->runtime_path, runtime_backend_path(runtime)) < 0 ||
	    container_row_set(&row->storage, storage_backend_name(e->storage)) < 0)
		return -ENOMEM;
	return 0;
}

/* ---- names ---- */

int step_undo_half_made(ctr_engine_t *e, const char *id, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_ROW struct container_row *row = NULL;
	CLEANUP_ERROR ctr_error_t *why = NULL;
	ctr_container_t *c = NULL;
	struct locked l;
	int r = store_container_load(e->store, id, &row, &why);

	if (r == CTR_ERR_NO_SUCH_CONTAINER)
		return 1;
	if (r < 0)
		return error_publish(r, TAKE_PTR(why), err);
	r = core_container_new_handle(e, row, &c, err);
	if (r < 0)
		return r;
	r = core_try_lock(c, "container_create", call, &l, &why);
	if (r == 0) /* finished meanwhile */
		r = core_unlock(&l, 0, &why);
	core_container_unref(c);
	if (r == CTR_ERR_REMOVED)
		return 1;
	if (r == -EBUSY || r == 0)
		return 0;
	return error_publish(r, TAKE_PTR(why), err);
}

static int insert_once_free(ctr_engine_t *e, struct container_row *row, const struct op_call *call,
			    struct lock_guard *guard, ctr_error_t **err)
{
	for (int i = 0;; i++) {
		CLEANUP_ERROR ctr_error_t *why = NULL;
		int undone, r = store_container_insert(e->store, row, call, guard, &why);
		const char *half = r == CTR_ERR_NAME_IN_USE ? error_get_detail(why, "intent_id") : NULL;

		if (r == 0)
			return 0;
		if (!half || i == HALF_MADE_TRIES)
			return error_publish(r, TAKE_PTR(why), err);
		undone = step_undo_half_made(e, half, call, err);
		if (undone <= 0)
			return undone < 0 ? undone : error_publish(r, TAKE_PTR(why), err);
	}
}

/* The handle comes first: once there is a row, it is needed to finish or undo it. */
static int insert_named(ctr_engine_t *e, struct container_row *row, const struct op_call *call, struct locked *ret,
			ctr_error_t **err)
{
	struct locked l = {.row = NULL};
	int r = core_container_new_handle(e, row, &l.c, err);

	if (r == 0)
		r = insert_once_free(e, row, call, &l.guard, err);
	if (r < 0) {
		core_container_unref(l.c);
		return r;
	}
	l.row = container_row_ref(row);
	*ret = l;
	return 0;
}

static int insert(ctr_engine_t *e, json_t *doc, struct container_row *row, const struct op_call *call,
		  struct locked *ret, ctr_error_t **err)
{
	const char *said = config_name(doc);
	char name[ID_SIZE];
	uint64_t random;

	if (said && *said)
		return container_row_set(&row->name, said) < 0 ? error_no_memory(err)
							       : insert_named(e, row, call, ret, err);
	for (unsigned attempt = 0;; attempt++) {
		CLEANUP_ERROR ctr_error_t *why = NULL;
		int r = step_draw(&random, sizeof(random), err);

		if (r < 0)
			return r;
		ident_make_name(random, attempt, name, sizeof(name));
		if (container_row_set(&row->name, name) < 0)
			return error_no_memory(err);
		r = insert_named(e, row, call, ret, &why);
		if (r != CTR_ERR_NAME_IN_USE || attempt == NAME_TRIES)
			return r < 0 ? error_publish(r, TAKE_PTR(why), err) : 0;
	}
}

/* ---- making it ---- */

static int make_parts(struct locked *l, json_t *doc, const struct op_call *call, ctr_error_t **err)
{
	ctr_engine_t *e = l->c->engine;
	struct ctr_storage_root root = {.size = sizeof(root),
					.id = l->row->id,
					.rootfs = config_rootfs(doc),
					.writable_layer = config_bool(doc, "rootfs_overlay"),
					.read_only = config_bool(doc, "read_only_filesystem")};
	struct container_row *row;
	int r = os_mkdirat_private(e->containers_fd, l->row->id, NULL);

	if (r < 0)
		return error_set_errno(err, 0, DOMAIN_CORE, r, "cannot make %s/containers/%s", e->config.root,
				       l->row->id);
	r = storage_create(e->storage, &root, call, err);
	if (r == 0)
		r = op_call_check(call, "creating a container", err);
	if (r < 0)
		return r;
	row = container_row_copy(l->row);
	if (row)
		row->intent = INTENT_NONE;
	l->durable = 1;
	step_emit(l, "create", NULL);
	return step_save(l, row, call, err);
}

/* All was made, but it could not be made durable: who is told that there is no container must not find one. */
static void take_back(ctr_container_t *c)
{
	const struct ctr_remove_opts opts = {.size = sizeof(opts), .force = 1};

	(void)core_container_remove(c, &opts, NULL, NULL);
}

/* The container is finished or undone as a whole. */
static int make(struct locked *l, json_t *doc, struct pod_locked *pl, const struct op_call *call, ctr_container_t **ret,
		ctr_error_t **err)
{
	ctr_container_t *c = l->c;
	int made, r = make_parts(l, doc, call, err);

	if (r < 0) {
		CLEANUP_ERROR ctr_error_t *undo = NULL;
		struct op_call late = step_late_call(c->engine);

		if (step_delete(l, &late, &undo) < 0)
			core_log(c->engine, CTR_LOG_WARNING, DOMAIN_CORE, c->id,
				 "half-made container %s could not be undone yet: %s", c->name, error_message(undo));
	}
	made = r == 0;
	if (made)
		core_log(c->engine, CTR_LOG_INFO, DOMAIN_CORE, c->id, "container %s was made", c->name);
	/* Nothing is made durable while a lock is held, also not the pod's. */
	if (pl->pod) {
		pl->durable |= l->durable;
		l->durable = 0;
	}
	r = core_unlock(l, r, err);
	if (r < 0 && made)
		take_back(c);
	if (r < 0)
		core_container_unref(c);
	else
		*ret = c;
	return r;
}

/* ---- the verb ---- */

static int prepare_row(ctr_engine_t *e, json_t *doc, struct runtime_backend *runtime, int is_infra, struct container_row *row,
		       ctr_error_t **err)
{
	unsigned char bytes[32];
	int r = step_draw(bytes, sizeof(bytes), err);

	if (r < 0)
		return r;
	ident_format(bytes, row->id);
	row->is_infra = is_infra;
	if (container_row_set(&row->name, config_name(doc)) < 0 || container_row_set(&row->pod_id, json_get_str(doc, "pod", "")) < 0 ||
	    container_row_set(&row->init_type, json_get_str(doc, "init_container_type", "")) < 0)
		return error_no_memory(err);
	r = create_depends(e, doc, row, err);
	if (r < 0)
		return r;
	return fill_row(e, doc, runtime, row) < 0 ? error_no_memory(err) : 0;
}

/* The document is complete, and the pod, if any, locked. */
static int create(ctr_engine_t *e, json_t *doc, int is_infra, struct pod_locked *pl, const struct op_call *call, ctr_container_t **ret,
		  ctr_error_t **err)
{
	CLEANUP_ROW struct container_row *row = NULL;
	struct runtime_backend *runtime = NULL;
	struct locked l;
	int r;

	if ((r = choose_runtime(e, doc, &runtime, err)) < 0 || (r = check_machine(e, doc, runtime, err)) < 0)
		return r;
	row = container_row_new();
	if (!row)
		return error_no_memory(err);
	r = prepare_row(e, doc, runtime, is_infra, row, err);
	if (r == 0)
		r = insert(e, doc, row, call, &l, err);
	return r < 0 ? r : make(&l, doc, pl, call, ret, err);
}

int core_container_create_in(ctr_engine_t *e, const ctr_spec_t *spec, const struct create_in *in, const struct op_call *call,
			     ctr_container_t **ret, ctr_error_t **err)
{
	CLEANUP_JSON json_t *doc = NULL;
	int r = spec_finish(spec, &doc, err);

	if (r == 0 && json_put_str(doc, "pod", in->pl->row->id) < 0)
		r = error_no_memory(err);
	return r < 0 ? r : create(e, doc, in->is_infra, in->pl, call, ret, err);
}

int core_container_create(ctr_engine_t *e, const ctr_spec_t *spec, const struct op_call *call, ctr_container_t **ret,
			  ctr_error_t **err)
{
	struct pod_locked pl = {.pod = NULL};
	CLEANUP_JSON json_t *doc = NULL;
	ctr_container_t *made = NULL;
	int r = spec_finish(spec, &doc, err);

	if (r == 0 && *json_get_str(doc, "pod", ""))
		r = core_pod_join(e, doc, call, &pl, err);
	if (r < 0)
		return r;
	r = create(e, doc, 0, &pl, call, &made, err);
	r = core_pod_unlock(&pl, r, err);
	if (r < 0 && made) {
		take_back(made);
		core_container_unref(made);
	}
	if (r == 0)
		*ret = made;
	return r;
}
