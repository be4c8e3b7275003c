/* SPDX-License-Identifier: Apache-2.0 */
/* The `oci` runtime: crun, runc or any program with their verbs, run as jobs of the container's monitor; failures put into the contract's codes. */
#include "runtime/oci.h"

#include <fcntl.h>
#include <string.h>
#include "base/mem.h"
#include "os/cgroup.h"
#include "runtime/oci_errors.h"

static const char *const default_names[] = {"crun", "runc", NULL};

const char *const *runtime_oci_default_names(void)
{
	return default_names;
}

/* Not $PATH: what runs containers as root must not depend on the environment of whoever embeds the library. */
int runtime_oci_find(const char *name, char **ret_path)
{
	static const char *const dirs[] = {"/usr/local/bin", "/usr/local/sbin", "/usr/bin", "/usr/sbin", "/bin", "/sbin"};

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		char *path CLEANUP_FREE = str_printf("%s/%s", dirs[i], name);

		if (!path)
			return -ENOMEM;
		if (faccessat(AT_FDCWD, path, F_OK, AT_EACCESS) == 0) {
			*ret_path = TAKE_PTR(path);
			return 0;
		}
	}
	*ret_path = NULL;
	return 0;
}

static void destroy(void *self)
{
	struct oci_runtime *rt = self;

	if (!rt)
		return;
	pthread_mutex_destroy(&rt->mutex);
	free(rt->name);
	free(rt->path);
	free(rt->version);
	free(rt->version_why);
	free(rt);
}

int runtime_oci_new(const struct ctr_host_api *host, const char *name, const char *path, void **ret_self, ctr_error_t **err)
{
	struct oci_runtime *rt;

	if (!path || path[0] != '/' || str_has_suffix(path, "/"))
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_RUNTIME,
				 "\"%s\" is no absolute path of a runtime program; say for example /usr/bin/crun", str_or_empty(path));
	rt = NEW0(struct oci_runtime);
	if (!rt)
		return error_no_memory(err);
	pthread_mutex_init(&rt->mutex, NULL);
	rt->host = host;
	rt->name = str_dup(name && name[0] && name[0] != '/' ? name : strrchr(path, '/') + 1);
	rt->path = str_dup(path);
	if (!rt->name || !rt->path) {
		destroy(rt);
		return error_no_memory(err);
	}
	*ret_self = rt;
	return 0;
}

static const char *advice(int code)
{
	static const struct {
		int code;
		const char *text;
	} table[] = {
		{CTR_ERR_COMMAND_NOT_FOUND, "; check the command, the PATH in the container's environment and that the program's interpreter or loader is in its root file system"},
		{CTR_ERR_COMMAND_NOT_EXECUTABLE, "; check the command's mode, its owner against the container's user, its interpreter or loader, and that it is built for this machine"},
		{CTR_ERR_NO_SUCH_FILE, "; check the paths in the container's mounts and namespaces"},
		{CTR_ERR_NO_RESOURCES, "; raise the limit it names"},
		{CTR_ERR_NO_SPACE, "; free some"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].code == code)
			return table[i].text;
	return "";
}

/* The failed command's own words with their code, in front of the monitor's error, which keeps exit_status and stderr. */
static int tell(const struct oci_runtime *rt, const char *verb, const struct ctr_runtime_run *run, ctr_error_t *inner, ctr_error_t **err)
{
	char *said CLEANUP_FREE = oci_error_message(error_get_detail(inner, "stderr"));
	const char *exec_errno = error_get_detail(inner, "exec_errno");
	const char *words = said && said[0] ? said : error_message(inner);
	int exec_failed = words != said && STREQ(str_or_empty(error_get_detail(inner, "exec_failed")), "1");
	int64_t errnum = 0;
	int code;

	if (exec_errno && str_to_i64(exec_errno, &errnum) == 0 && errnum > 0)
		code = oci_error_from_exec_errno((int)errnum);
	else
		code = exec_failed ? CTR_ERR_COMMAND_NOT_EXECUTABLE : oci_error_classify(words);
	if (faccessat(AT_FDCWD, rt->path, X_OK, AT_EACCESS) < 0)
		code = error_wrap(&inner, CTR_ERR_RUNTIME_NOT_FOUND, DOMAIN_RUNTIME,
				  "runtime %s cannot be executed at %s (%s); install it or name another runtime", rt->name, rt->path,
				  strerrordesc_np(errno));
	else
		code = error_wrap(&inner, code, DOMAIN_RUNTIME, "%s: cannot %s container %s: %s%s", rt->name, verb,
				  run->name && run->name[0] ? run->name : run->id, words, advice(code));
	return error_publish(code, inner, err);
}

/* crun's create, and no other verb of it, refuses a host that has both hierarchies, and with version 1 alone leaves directories where the other one
 * would be; krun is crun under another name. */
static int refuses_hybrid(const struct oci_runtime *rt)
{
	const char *program = strrchr(rt->path, '/') + 1;

	return STREQ(rt->name, "crun") || STREQ(program, "crun") || STREQ(program, "krun");
}

static struct ctr_job make_job(const struct oci_runtime *rt, int32_t kind, const struct ctr_runtime_run *run)
{
	int mode = os_cgroup_mode();

	return (struct ctr_job){.size = sizeof(struct ctr_job), .kind = kind, .run = run, .runtime_name = rt->name, .runtime_path = rt->path,
				.hide_unified = kind == CTR_JOB_RUNTIME_CREATE && refuses_hybrid(rt) &&
						(mode == OS_CGROUP_HYBRID || mode == OS_CGROUP_V1)};
}

static int judge(const struct oci_runtime *rt, const char *verb, const struct ctr_runtime_run *run, int code, ctr_error_t *inner,
		 ctr_error_t **err)
{
	if (code == 0)
		return 0;
	return code == CTR_ERR_RUNTIME ? tell(rt, verb, run, inner, err) : error_publish(code, inner, err);
}

static int run_job(const struct oci_runtime *rt, int32_t kind, const char *verb, const struct ctr_runtime_run *run,
		   struct ctr_runtime_process *ret, ctr_op_t *op, ctr_error_t **err)
{
	struct ctr_job job = make_job(rt, kind, run);
	ctr_error_t *inner = NULL;
	int code = rt->host->job(rt->host->engine, &job, ret, op, &inner);

	return judge(rt, verb, run, code, inner, err);
}

static int begin_job(const struct oci_runtime *rt, int32_t kind, const char *verb, const struct ctr_runtime_run *run, void **ret_pending,
		     ctr_op_t *op, ctr_error_t **err)
{
	struct ctr_job job = make_job(rt, kind, run);
	ctr_error_t *inner = NULL;
	int code = rt->host->job_begin(rt->host->engine, &job, ret_pending, op, &inner);

	return judge(rt, verb, run, code, inner, err);
}

static int end_job(const struct oci_runtime *rt, int32_t kind, const char *verb, const struct ctr_runtime_run *run, void *pending,
		   struct ctr_runtime_process *ret, ctr_op_t *op, ctr_error_t **err)
{
	struct ctr_job job = make_job(rt, kind, run);
	ctr_error_t *inner = NULL;
	int code = rt->host->job_end(rt->host->engine, &job, pending, ret, op, &inner);

	return judge(rt, verb, run, code, inner, err);
}

static int create(void *self, const struct ctr_runtime_run *run, struct ctr_runtime_process *ret, ctr_op_t *op, ctr_error_t **err)
{
	return run_job(self, CTR_JOB_RUNTIME_CREATE, "create", run, ret, op, err);
}

static int start(void *self, const struct ctr_runtime_run *run, ctr_op_t *op, ctr_error_t **err)
{
	return run_job(self, CTR_JOB_RUNTIME_START, "start", run, NULL, op, err);
}

static int create_begin(void *self, const struct ctr_runtime_run *run, void **ret_pending, ctr_op_t *op, ctr_error_t **err)
{
	return begin_job(self, CTR_JOB_RUNTIME_CREATE, "create", run, ret_pending, op, err);
}

static int create_end(void *self, const struct ctr_runtime_run *run, void *pending, struct ctr_runtime_process *ret, ctr_op_t *op,
		      ctr_error_t **err)
{
	return end_job(self, CTR_JOB_RUNTIME_CREATE, "create", run, pending, ret, op, err);
}

static int start_begin(void *self, const struct ctr_runtime_run *run, void **ret_pending, ctr_op_t *op, ctr_error_t **err)
{
	return begin_job(self, CTR_JOB_RUNTIME_START, "start", run, ret_pending, op, err);
}

static int start_end(void *self, const struct ctr_runtime_run *run, void *pending, ctr_op_t *op, ctr_error_t **err)
{
	return end_job(self, CTR_JOB_RUNTIME_START, "start", run, pending, NULL, op, err);
}

/* The monitor's delete is always the forced one, followed by a look at cgroup and process (architecture.md 3): `force` changes nothing here. */
static int remove_run(void *self, const struct ctr_runtime_run *run, int32_t force, ctr_op_t *op, ctr_error_t **err)
{
	(void)force;
	return run_job(self, CTR_JOB_RUNTIME_DELETE, "delete", run, NULL, op, err);
}

static int pause_run(void *self, const struct ctr_runtime_run *run, ctr_op_t *op, ctr_error_t **err)
{
	return run_job(self, CTR_JOB_RUNTIME_PAUSE, "pause", run, NULL, op, err);
}

static int resume_run(void *self, const struct ctr_runtime_run *run, ctr_op_t *op, ctr_error_t **err)
{
	return run_job(self, CTR_JOB_RUNTIME_RESUME, "resume", run, NULL, op, err);
}

static int update_run(void *self, const struct ctr_runtime_run *run, ctr_op_t *op, ctr_error_t **err)
{
	return run_job(self, CTR_JOB_RUNTIME_UPDATE, "update", run, NULL, op, err);
}

static const struct ctr_runtime_ops ops = {
	.size = sizeof(ops),
	.create = create,
	.start = start,
	.remove = remove_run,
	.probe = oci_probe,
	.destroy = destroy,
	.create_begin = create_begin,
	.create_end = create_end,
	.start_begin = start_begin,
	.start_end = start_end,
	.pause = pause_run,
	.resume = resume_run,
	.update = update_run,
};

const struct ctr_runtime_ops *runtime_oci_ops(void)
{
	return &ops;
}
