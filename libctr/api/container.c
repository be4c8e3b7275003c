/* SPDX-License-Identifier: Apache-2.0 */
/* Public functions of <libctr/container.h>; lists are in list.c. */
#include <libctr/container.h>
#include <fcntl.h>
#include <string.h>
#include "api/api.h"
#include "base/opts.h"

#define START_OPTS_V1 32
#define STOP_OPTS_V1 16
#define REMOVE_OPTS_V1 32
#define WAIT_OPTS_V1 16

void ctr_start_opts_init(struct ctr_start_opts *opts, size_t size)
{
	opts_init(opts, size);
}

void ctr_stop_opts_init(struct ctr_stop_opts *opts, size_t size)
{
	opts_init(opts, size);
}

void ctr_remove_opts_init(struct ctr_remove_opts *opts, size_t size)
{
	opts_init(opts, size);
}

void ctr_wait_opts_init(struct ctr_wait_opts *opts, size_t size)
{
	opts_init(opts, size);
}

static int not_yet(const char *field, ctr_error_t **err)
{
	return error_set(err, CTR_ERR_UNSUPPORTED_OPTION, DOMAIN_CORE,
			 "%s is not supported by this version of libctr; leave it 0", field);
}

static int check_flag(const char *field, int32_t value, ctr_error_t **err)
{
	if (value == 0 || value == 1)
		return 0;
	return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE, "%s is %d; it is 0 or 1", field, (int)value);
}

static int check_stdio(const struct ctr_start_opts *o, ctr_error_t **err)
{
	const struct {
		const char *name;
		int32_t fd;
	} fds[] = {{"stdin_fd", o->stdin_fd}, {"stdout_fd", o->stdout_fd}, {"stderr_fd", o->stderr_fd}};

	for (size_t i = 0; o->use_stdio && i < ARRAY_SIZE(fds); i++)
		if (fds[i].fd < -1 || (fds[i].fd >= 0 && fcntl(fds[i].fd, F_GETFD) < 0))
			return error_set(
			    err, CTR_ERR_INVALID_ARG, DOMAIN_CORE,
			    "ctr_start_opts.%s is %d, which is not an open descriptor; -1 stands for /dev/null",
			    fds[i].name, (int)fds[i].fd);
	return 0;
}

static int start_opts(struct ctr_start_opts *dst, const struct ctr_start_opts *src, ctr_error_t **err)
{
	int r = api_opts(dst, sizeof(*dst), START_OPTS_V1, src, "ctr_start_opts", err);

	if (r < 0 || (r = check_flag("ctr_start_opts.use_stdio", dst->use_stdio, err)) < 0)
		return r;
	r = check_flag("ctr_start_opts.recursive", dst->recursive, err);
	if (r < 0)
		return r;
	if (dst->reserved1)
		return not_yet("ctr_start_opts.reserved1", err);
	return check_stdio(dst, err);
}

static int stop_opts(struct ctr_stop_opts *dst, const struct ctr_stop_opts *src, ctr_error_t **err)
{
	int r = api_opts(dst, sizeof(*dst), STOP_OPTS_V1, src, "ctr_stop_opts", err);

	return r < 0 ? r : check_flag("ctr_stop_opts.timeout_set", dst->timeout_set, err);
}

static int remove_opts(struct ctr_remove_opts *dst, const struct ctr_remove_opts *src, ctr_error_t **err)
{
	int r = api_opts(dst, sizeof(*dst), REMOVE_OPTS_V1, src, "ctr_remove_opts", err);

	if (r < 0 || (r = check_flag("ctr_remove_opts.force", dst->force, err)) < 0 ||
	    (r = check_flag("ctr_remove_opts.timeout_set", dst->timeout_set, err)) < 0)
		return r;
	if ((r = check_flag("ctr_remove_opts.volumes", dst->volumes, err)) < 0 ||
	    (r = check_flag("ctr_remove_opts.depend", dst->depend, err)) < 0)
		return r;
	return dst->reserved1 ? not_yet("ctr_remove_opts.reserved1", err) : 0;
}

static int wait_opts(struct ctr_wait_opts *dst, const struct ctr_wait_opts *src, ctr_error_t **err)
{
	int r = api_opts(dst, sizeof(*dst), WAIT_OPTS_V1, src, "ctr_wait_opts", err);

	if (r < 0)
		return r;
	return 0;
}

/* The stopping class: its default limit is core's to know, so only the op itself is looked at here. */
static int begin_stopping(ctr_container_t *c, ctr_op_t *op, ctr_error_t **err)
{
	struct op_call call;

	return api_begin_container(&call, c, op, 1, err);
}

int ctr_container_create(ctr_engine_t *engine, const ctr_spec_t *spec, ctr_op_t *op, ctr_container_t **ret,
			 ctr_error_t **err)
{
	API_ENTER();
	struct op_call call;
	ctr_error_t *e = NULL;
	int r;

	if (!engine || !spec || !ret)
		return api_null(err, "ctr_container_create", !engine ? "engine" : !spec ? "spec" : "ret");
	r = api_begin_engine(&call, engine, op, &e);
	if (r == 0)
		r = core_container_create(engine, spec, &call, ret, &e);
	return api_publish(NULL, "container_create", r, e, err);
}

int ctr_container_open(ctr_engine_t *engine, const char *name_or_id, ctr_container_t **ret, ctr_error_t **err)
{
	API_ENTER();
	ctr_error_t *e = NULL;
	int r;

	if (!engine || !name_or_id || !ret)
		return api_null(err, "ctr_container_open", !engine ? "engine" : !name_or_id ? "name_or_id" : "ret");
	r = core_check_fork(engine->pid, &e);
	if (r == 0)
		r = core_container_open(engine, name_or_id, ret, &e);
	return api_publish(NULL, "container_open", r, e, err);
}

ctr_container_t *ctr_container_ref(ctr_container_t *c)
{
	return core_container_ref(c);
}

ctr_container_t *ctr_container_unref(ctr_container_t *c)
{
	API_ENTER();

	return core_container_unref(c);
}

const char *ctr_container_id(const ctr_container_t *c)
{
	return c ? c->id : "";
}

const char *ctr_container_name(const ctr_container_t *c)
{
	return c ? c->name : "";
}

int ctr_container_init(ctr_container_t *c, const struct ctr_start_opts *opts, ctr_op_t *op, ctr_error_t **err)
{
	API_ENTER();
	struct ctr_start_opts copy;
	struct op_call call;
	ctr_error_t *e = NULL;
	int r;

	if (!c)
		return api_null(err, "ctr_container_init", "c");
	r = start_opts(&copy, opts, &e);
	if (r == 0)
		r = api_begin_container(&call, c, op, 0, &e);
	if (r == 0)
		r = core_container_init(c, &copy, &call, &e);
	return api_publish(c, "container_init", r, e, err);
}

int ctr_container_start(ctr_container_t *c, const struct ctr_start_opts *opts, ctr_op_t *op, ctr_error_t **err)
{
	API_ENTER();
	struct ctr_start_opts copy;
	struct op_call call;
	ctr_error_t *e = NULL;
	int r;

	if (!c)
		return api_null(err, "ctr_container_start", "c");
	r = start_opts(&copy, opts, &e);
	if (r == 0)
		r = api_begin_container(&call, c, op, 0, &e);
	if (r == 0)
		r = core_container_start(c, &copy, &call, &e);
	return api_publish(c, "container_start", r, e, err);
}

int ctr_container_kill(ctr_container_t *c, int signal, ctr_op_t *op, ctr_error_t **err)
{
	API_ENTER();
	struct op_call call;
	ctr_error_t *e = NULL;
	int r;

	if (!c)
		return api_null(err, "ctr_container_kill", "c");
	r = api_begin_container(&call, c, op, 0, &e);
	if (r == 0)
		r = core_container_kill(c, signal, &call, &e);
	return api_publish(c, "container_kill", r, e, err);
}

int ctr_container_stop(ctr_container_t *c, const struct ctr_stop_opts *opts, ctr_op_t *op, ctr_error_t **err)
{
	API_ENTER();
	struct ctr_stop_opts copy;
	ctr_error_t *e = NULL;
	int r;

	if (!c)
		return api_null(err, "ctr_container_stop", "c");
	r = stop_opts(&copy, opts, &e);
	if (r == 0)
		r = begin_stopping(c, op, &e);
	if (r == 0)
		r = core_container_stop(c, &copy, op, &e);
	return api_publish(c, "container_stop", r, e, err);
}

static int check_handles(ctr_container_t *const *cs, size_t n, ctr_error_t **err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		if (!cs[i])
			return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE, "ctr_containers_stop_many: cs[%zu] is NULL", i);
		r = core_check_fork(cs[i]->pid, err);
	}
	return r;
}

int ctr_containers_stop_many(ctr_container_t *const *cs, size_t n, const struct ctr_stop_opts *opts, ctr_op_t *op, ctr_error_t **err)
{
	API_ENTER();
	struct ctr_stop_opts copy;
	ctr_error_t *e = NULL;
	int r;

	if (!cs)
		return api_null(err, "ctr_containers_stop_many", "cs");
	r = stop_opts(&copy, opts, &e);
	if (r == 0)
		r = check_handles(cs, n, &e);
	if (r == 0 && n)
		r = begin_stopping(cs[0], op, &e);
	if (r == 0)
		r = core_containers_stop_many(cs, n, &copy, op, &e);
	return error_publish(r, e, err);
}

int ctr_container_restart(ctr_container_t *c, const struct ctr_stop_opts *opts, ctr_op_t *op, ctr_error_t **err)
{
	API_ENTER();
	struct ctr_stop_opts copy;
	ctr_error_t *e = NULL;
	int r;

	if (!c)
		return api_null(err, "ctr_container_restart", "c");
	r = stop_opts(&copy, opts, &e);
	if (r == 0)
		r = begin_stopping(c, op, &e);
	if (r == 0)
		r = core_container_restart(c, &copy, op, &e);
	return api_publish(c, "container_restart", r, e, err);
}

static int ask(ctr_container_t *c, ctr_op_t *op, int *ret, const char *function,
	       int (*fn)(ctr_container_t *, const struct op_call *, int *, ctr_error_t **), ctr_error_t **err)
{
	struct op_call call;
	ctr_error_t *e = NULL;
	int r;

	if (!c || !ret)
		return api_null(err, function, c ? "ret" : "c");
	r = api_begin_container(&call, c, op, 0, &e);
	if (r == 0)
		r = fn(c, &call, ret, &e);
	return api_publish(c, function + strlen("ctr_"), r, e, err);
}

int ctr_container_should_restart(ctr_container_t *c, ctr_op_t *op, int *ret, ctr_error_t **err)
{
	API_ENTER();

	return ask(c, op, ret, "ctr_container_should_restart", core_container_should_restart, err);
}

int ctr_container_should_start_on_boot(ctr_container_t *c, ctr_op_t *op, int *ret, ctr_error_t **err)
{
	API_ENTER();

	return ask(c, op, ret, "ctr_container_should_start_on_boot", core_container_should_start_on_boot, err);
}

int ctr_container_wait(ctr_container_t *c, const struct ctr_wait_opts *opts, ctr_op_t *op, int32_t *ret_code_or_null,
		       ctr_error_t **err)
{
	API_ENTER();
	struct ctr_wait_opts copy;
	struct op_call call;
	ctr_error_t *e = NULL;
	int r;

	if (!c)
		return api_null(err, "ctr_container_wait", "c");
	r = wait_opts(&copy, opts, &e);
	if (r == 0)
		r = api_begin_container(&call, c, op, 1, &e);
	if (r == 0)
		r = core_container_wait(c, &copy, &call, ret_code_or_null, &e);
	return api_publish(c, "container_wait", r, e, err);
}

int ctr_container_exit_fd(ctr_container_t *c, int *ret_fd, ctr_error_t **err)
{
	API_ENTER();
	ctr_error_t *e = NULL;
	int r;

	if (!c || !ret_fd)
		return api_null(err, "ctr_container_exit_fd", c ? "ret_fd" : "c");
	r = core_check_fork(c->pid, &e);
	if (r == 0)
		r = core_container_exit_fd(c, ret_fd, &e);
	return api_publish(c, "container_exit_fd", r, e, err);
}

int ctr_container_status(ctr_container_t *c, ctr_op_t *op, ctr_status_t **ret, ctr_error_t **err)
{
	API_ENTER();
	struct op_call call;
	ctr_error_t *e = NULL;
	int r;

	if (!c || !ret)
		return api_null(err, "ctr_container_status", c ? "ret" : "c");
	r = api_begin_container(&call, c, op, 0, &e);
	if (r == 0)
		r = core_container_status(c, &call, ret, &e);
	return api_publish(c, "container_status", r, e, err);
}

int ctr_container_inspect(ctr_container_t *c, ctr_op_t *op, char **ret_json, ctr_error_t **err)
{
	API_ENTER();
	struct op_call call;
	ctr_error_t *e = NULL;
	int r;

	if (!c || !ret_json)
		return api_null(err, "ctr_container_inspect", c ? "ret_json" : "c");
	r = api_begin_container(&call, c, op, 0, &e);
	if (r == 0)
		r = core_container_inspect(c, &call, ret_json, &e);
	return api_publish(c, "container_inspect", r, e, err);
}

int ctr_container_pause(ctr_container_t *c, ctr_op_t *op, ctr_error_t **err)
{
	API_ENTER();
	struct op_call call;
	ctr_error_t *e = NULL;
	int r;

	if (!c)
		return api_null(err, "ctr_container_pause", "c");
	r = api_begin_container(&call, c, op, 0, &e);
	if (r == 0)
		r = core_container_pause(c, &call, &e);
	return api_publish(c, "container_pause", r, e, err);
}

int ctr_container_unpause(ctr_container_t *c, ctr_op_t *op, ctr_error_t **err)
{
	API_ENTER();
	struct op_call call;
	ctr_error_t *e = NULL;
	int r;

	if (!c)
		return api_null(err, "ctr_container_unpause", "c");
	r = api_begin_container(&call, c, op, 0, &e);
	if (r == 0)
		r = core_container_unpause(c, &call, &e);
	return api_publish(c, "container_unpause", r, e, err);
}

int ctr_container_sync(ctr_container_t *c, ctr_op_t *op, ctr_error_t **err)
{
	API_ENTER();
	struct op_call call;
	ctr_error_t *e = NULL;
	int r;

	if (!c)
		return api_null(err, "ctr_container_sync", "c");
	r = api_begin_container(&call, c, op, 0, &e);
	if (r == 0)
		r = core_container_sync(c, &call, &e);
	return api_publish(c, "container_sync", r, e, err);
}

int ctr_container_cleanup(ctr_container_t *c, int only_stopped, ctr_op_t *op, ctr_error_t **err)
{
	API_ENTER();
	struct op_call call;
	ctr_error_t *e = NULL;
	int r;

	if (!c)
		return api_null(err, "ctr_container_cleanup", "c");
	r = api_begin_container(&call, c, op, 0, &e);
	if (r == 0)
		r = core_container_cleanup(c, only_stopped, &call, &e);
	return api_publish(c, "container_cleanup", r, e, err);
}

int ctr_container_remove(ctr_container_t *c, const struct ctr_remove_opts *opts, ctr_op_t *op, ctr_error_t **err)
{
	API_ENTER();
	struct ctr_remove_opts copy;
	ctr_error_t *e = NULL;
	int r;

	if (!c)
		return api_null(err, "ctr_container_remove", "c");
	r = remove_opts(&copy, opts, &e);
	if (r == 0)
		r = begin_stopping(c, op, &e);
	if (r == 0)
		r = core_container_remove(c, &copy, op, &e);
	return api_publish(c, "container_remove", r, e, err);
}

int ctr_container_rename(ctr_container_t *c, const char *name, ctr_op_t *op, ctr_error_t **err)
{
	API_ENTER();
	struct op_call call;
	ctr_error_t *e = NULL;
	int r;

	if (!c || !name)
		return api_null(err, "ctr_container_rename", c ? "name" : "c");
	r = api_begin_container(&call, c, op, 0, &e);
	if (r == 0)
		r = core_container_rename(c, name, &call, &e);
	return api_publish(c, "container_rename", r, e, err);
}

int ctr_container_batch(ctr_container_t *c, ctr_batch_fn fn, void *userdata, ctr_op_t *op, ctr_error_t **err)
{
	API_ENTER();
	struct op_call call;
	ctr_error_t *e = NULL;
	int r;

	if (!c || !fn)
		return api_null(err, "ctr_container_batch", c ? "fn" : "c");
	r = api_begin_container(&call, c, op, 0, &e);
	if (r == 0)
		r = core_container_batch(c, fn, userdata, &call, &e);
	return error_publish(r, e, err);
}
