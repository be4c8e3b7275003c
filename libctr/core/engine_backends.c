/* SPDX-License-Identifier: Apache-2.0 */
/* Registers the built in backends with an engine and chooses what new containers get. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "base/mem.h"
#include "core/engine.h"
#include "network/network.h"
#include "os/fs.h"
#include "runtime/runtime.h"
#include "storage/storage.h"

static int add_oci(ctr_engine_t *e, const char *name, const char *path, ctr_error_t **err)
{
	void *self = NULL;
	int r = runtime_oci_new(&e->host, name, path, &self, err);

	if (r < 0)
		return r;
	r = registry_add_runtime(e->registry, name, path, runtime_oci_ops(), self, err);
	if (r < 0)
		runtime_oci_ops()->destroy(self);
	return r;
}

static int add_runtimes(ctr_engine_t *e, ctr_error_t **err)
{
	void *self = NULL;
	int r = runtime_null_new(&e->host, e->exits_fd, &self, err);

	if (r < 0)
		return r;
	r = registry_add_runtime(e->registry, "null", "", runtime_null_ops(), self, err);
	if (r < 0) {
		runtime_null_ops()->destroy(self);
		return r;
	}
	for (const char *const *name = runtime_oci_default_names(); *name; name++) {
		CLEANUP_FREE char *path = NULL;

		r = runtime_oci_find(*name, &path);
		if (r < 0)
			return error_no_memory(err);
		if (path && (r = add_oci(e, *name, path, err)) < 0)
			return r;
	}
	return 0;
}

/* A runtime that was named: known already, installed under that name, or a path. */
int core_engine_runtime(ctr_engine_t *e, const char *said, struct runtime_backend **ret, ctr_error_t **err)
{
	CLEANUP_FREE char *path = NULL;
	const char *name = said;
	int r;

	if (registry_runtime(e->registry, name, ret, NULL) == 0)
		return 0;
	if (said[0] == '/') {
		if (access(said, X_OK) < 0)
			return error_set_errno(err, CTR_ERR_RUNTIME_NOT_FOUND, DOMAIN_RUNTIME, errno,
					       "the runtime %s cannot be executed; install it or name another", said);
		path = str_dup(said);
	} else if (runtime_oci_find(said, &path) < 0) {
		return error_no_memory(err);
	} else if (!path) {
		return error_set(err, CTR_ERR_RUNTIME_NOT_FOUND, DOMAIN_RUNTIME,
				 "the runtime \"%s\" is not installed (sought in /usr/local, /usr and /bin, /sbin); install the package crun or runc, or give an absolute path",
				 said);
	}
	if (!path)
		return error_no_memory(err);
	r = add_oci(e, name, path, err);
	/* Another thread may have added it meanwhile. */
	if (r == CTR_ERR_EXISTS) {
		error_unref(TAKE_PTR(*err));
		r = 0;
	}
	return r < 0 ? r : registry_runtime(e->registry, name, ret, err);
}

/* *why gathers what keeps the runtimes passed over from running here. */
static int runs_here(ctr_engine_t *e, const char *name, char **why, ctr_error_t **err)
{
	CLEANUP_FREE char *reason = NULL, *fix = NULL, *before = TAKE_PTR(*why);
	struct runtime_backend *b = NULL;
	int known = registry_runtime(e->registry, name, &b, NULL) == 0;
	int r = runtime_oci_can_run(name, known ? runtime_backend_path(b) : NULL, &reason, &fix);

	if (r > 0) {
		e->runtime = b;
		return 0;
	}
	if (r == 0)
		*why = str_printf("%s%s%s cannot run here: %s", str_or_empty(before), before ? "; " : "", name, reason);
	return *why ? 0 : error_no_memory(err);
}

int engine_choose_runtime(ctr_engine_t *e, ctr_error_t **err)
{
	CLEANUP_FREE char *why = NULL;

	if (e->config.runtime) {
		int r = core_engine_runtime(e, e->config.runtime, &e->runtime, err);

		if (r < 0)
			return r;
	}
	for (const char *const *name = runtime_oci_default_names(); *name && !e->runtime; name++) {
		int r = runs_here(e, *name, &why, err);

		if (r < 0)
			return r;
	}
	e->runtime_why = !e->runtime	    ? TAKE_PTR(why)
			 : e->config.runtime ? str_dup("named by the caller")
					     : str_dup("the first of crun, runc that can run here");
	return e->runtime_why ? 0 : error_no_memory(err);
}

static int add_storage(ctr_engine_t *e, const char *name,
		       int (*make)(const struct ctr_host_api *, int, const char *, void **, ctr_error_t **),
		       const struct ctr_storage_ops *ops, ctr_error_t **err)
{
	CLEANUP_FREE char *path = str_printf("%s/storage/%s", e->config.root, name);
	CLEANUP_CLOSE int fd = -1;
	void *self = NULL;
	int r = path ? os_mkdirat_private(e->storage_fd, name, &fd) : -ENOMEM;

	if (r < 0)
		return error_set_errno(err, 0, DOMAIN_STORAGE, r, "cannot make %s/storage/%s", e->config.root, name);
	r = make(&e->host, fd, path, &self, err);
	if (r < 0)
		return r;
	/* Lent to the backend for the engine's life. */
	e->storage_fds[e->n_storage_fds++] = TAKE_FD(fd);
	r = registry_add_storage(e->registry, name, ops, self, err);
	if (r < 0)
		ops->destroy(self);
	return r;
}

static int add_null_storage(ctr_engine_t *e, ctr_error_t **err)
{
	void *self = NULL;
	int r = storage_null_new(&e->host, &self, err);

	if (r < 0)
		return r;
	r = registry_add_storage(e->registry, "null", storage_null_ops(), self, err);
	if (r < 0)
		storage_null_ops()->destroy(self);
	return r;
}

int engine_add_backends(ctr_engine_t *e, const struct op_call *call, ctr_error_t **err)
{
	int r = registry_new(&e->registry, err);

	(void)call;
	if (r < 0 || (r = add_runtimes(e, err)) < 0 ||
	    (r = add_storage(e, "overlay", storage_overlay_new, storage_overlay_ops(), err)) < 0 ||
	    (r = add_storage(e, "dir", storage_dir_new, storage_dir_ops(), err)) < 0 || (r = add_null_storage(e, err)) < 0)
		return r;
	return registry_add_network(e->registry, "none", network_none_ops(), NULL, err);
}

int engine_choose_storage(ctr_engine_t *e, const struct op_call *call, ctr_error_t **err)
{
	const char *name = e->config.storage;

	if (!name) {
		struct storage_backend *overlay = NULL;
		CLEANUP_JSON json_t *probe = NULL;

		name = "dir";
		if (registry_storage(e->registry, "overlay", &overlay, NULL) == 0 &&
		    storage_probe(overlay, &probe, call, NULL) == 0 && json_get_bool(probe, "usable", 0))
			name = "overlay";
		e->config.storage = str_dup(name);
		if (!e->config.storage)
			return error_no_memory(err);
	}
	return registry_storage(e->registry, name, &e->storage, err);
}
