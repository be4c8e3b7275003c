/* SPDX-License-Identifier: Apache-2.0 */
/* Runs one verb of an OCI runtime as a child of the monitor: argv from a table and fields, attributes that are said, output bounded. */
#include "job_run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "attrs.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strv.h"
#include "os/fd.h"
#include "os/fs.h"
#include "os/spawn.h"

/* The runtime's log is a memfd: nothing to remove, and what a failing execve adds to it later is still found. */
#define LOG_TARGET 3
#define WATCH_TARGET 4
#define LOG_PATH "/proc/self/fd/3"
#define SAID_MAX (16u * 1024)

struct job {
	struct loop *loop;
	struct loop_child *child;
	enum job_kind kind;
	pid_t pid;
	int cancelled;
	int log_fd, text_fd; /* text_fd: -1 for create, whose output is the container's */
	char *pid_file;
	job_done_fn fn;
	void *userdata;
};

static const struct verb {
	const char *name;
	const char *options[2];
	int with_bundle, with_resources;
} verbs[] = {
	[JOB_CREATE] = {.name = "create", .with_bundle = 1},
	[JOB_START] = {.name = "start"},
	[JOB_DELETE] = {.name = "delete", .options = {"--force"}},
	[JOB_STATE] = {.name = "state"},
	[JOB_PAUSE] = {.name = "pause"},
	[JOB_RESUME] = {.name = "resume"},
	[JOB_UPDATE] = {.name = "update", .with_resources = 1},
};

/* What a cgroup manager is called on which runtime's command line; any other pair: nothing is said. */
static const struct {
	const char *manager, *runtime; /* runtime NULL: all */
	const char *args[2];
} cgroup_args[] = {
	{"systemd", NULL, {"--systemd-cgroup", NULL}},
	{"disabled", "crun", {"--cgroup-manager", "disabled"}},
};

static int push_all(char ***argv, const char *const *items, size_t n)
{
	for (size_t i = 0; i < n && items[i]; i++)
		if (strv_push(argv, items[i]) < 0)
			return -ENOMEM;
	return 0;
}

static int push_cgroup_args(char ***argv, const struct job_spec *spec)
{
	for (size_t i = 0; spec->cgroup_manager && i < ARRAY_SIZE(cgroup_args); i++)
		if (STREQ(cgroup_args[i].manager, spec->cgroup_manager) &&
		    (!cgroup_args[i].runtime || STREQ(cgroup_args[i].runtime, str_or_empty(spec->runtime_name))))
			return push_all(argv, cgroup_args[i].args, ARRAY_SIZE(cgroup_args[i].args));
	return 0;
}

static int make_argv(const struct job_spec *spec, char ***ret)
{
	const struct verb *verb = &verbs[spec->kind];
	const char *const head[] = {"--root", spec->runtime_state, "--log", LOG_PATH, "--log-format", "json", verb->name};
	const char *const bundle[] = {"--bundle", spec->bundle, "--pid-file", spec->pid_file};
	char *file CLEANUP_FREE = verb->with_resources ? str_printf("%s/resources.json", spec->bundle) : NULL;
	const char *const resources[] = {"--resources", file};
	char **argv CLEANUP_STRV = NULL;

	if ((verb->with_resources && !file) || strv_push(&argv, spec->runtime_path) < 0 || push_cgroup_args(&argv, spec) < 0 ||
	    push_all(&argv, head, ARRAY_SIZE(head)) < 0 || push_all(&argv, verb->options, ARRAY_SIZE(verb->options)) < 0 ||
	    (verb->with_bundle && push_all(&argv, bundle, ARRAY_SIZE(bundle)) < 0) ||
	    (verb->with_resources && push_all(&argv, resources, ARRAY_SIZE(resources)) < 0) || strv_push(&argv, spec->id) < 0)
		return -ENOMEM;
	*ret = TAKE_PTR(argv);
	return 0;
}

static size_t fill_fds(const struct job *j, const struct job_spec *spec, struct os_spawn_fd *fds)
{
	const struct os_spawn_fd create[] = {{spec->stdin_fd, 0}, {spec->stdout_fd, 1}, {spec->stderr_fd, 2}, {spec->watch_fd, WATCH_TARGET}};
	size_t n = 0;

	fds[n++] = (struct os_spawn_fd){j->log_fd, LOG_TARGET};
	if (spec->kind != JOB_CREATE) {
		fds[n++] = (struct os_spawn_fd){j->text_fd, 1};
		fds[n++] = (struct os_spawn_fd){j->text_fd, 2};
		return n;
	}
	for (size_t i = 0; i < ARRAY_SIZE(create); i++)
		if (create[i].from >= 0)
			fds[n++] = create[i];
	return n;
}

static void job_free(struct job *j)
{
	if (j->log_fd >= 0)
		close(j->log_fd);
	if (j->text_fd >= 0)
		close(j->text_fd);
	free(j->pid_file);
	free(j);
}

/* The last part of what is in a memfd, as text. */
static char *read_said(int fd)
{
	off_t size = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0, from = size > (off_t)SAID_MAX ? size - (off_t)SAID_MAX : 0;
	char *text = mem_new0(1, SAID_MAX + 1);
	ssize_t n;

	if (!text || size <= 0)
		return text;
	n = pread(fd, text, SAID_MAX, from);
	while (n > 0 && text[n - 1] == '\n')
		n--;
	text[n > 0 ? n : 0] = 0;
	return text;
}

/* One JSON object a line; warnings and debug lines may stand around the one that counts. */
char *job_log_message(int log_fd)
{
	char *text CLEANUP_FREE = read_said(log_fd), *found CLEANUP_FREE = NULL, *rest = text, *line;

	if (!text)
		return NULL;
	while ((line = strsep(&rest, "\n"))) {
		json_t *o CLEANUP_JSON = NULL;
		const char *why, *level, *msg;
		size_t offset;

		if (json_parse(line, SIZE_MAX, &o, &why, &offset) < 0 || !json_object_is_type(o, json_type_object))
			continue;
		level = json_get_str(o, "level", "error");
		msg = json_get_str(o, "msg", "");
		if (!msg[0] || !(STREQ(level, "error") || STREQ(level, "fatal") || STREQ(level, "panic")))
			continue;
		free(found);
		found = str_dup(msg);
		if (!found)
			return NULL;
	}
	return found ? TAKE_PTR(found) : str_dup("");
}

/* runc writes it as .NAME first, exclusively: one that was killed in between leaves that name behind, and every later create would fail. */
static void drop_pid_file(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *hidden CLEANUP_FREE = slash ? str_printf("%.*s/.%s", (int)(slash - path), path, slash + 1) : NULL;

	unlink(path);
	if (hidden)
		unlink(hidden);
}

static pid_t read_pid(const char *path)
{
	char *text CLEANUP_FREE = NULL;
	int64_t pid = 0;
	size_t len;

	if (os_read_file(AT_FDCWD, path, 32, &text, &len) < 0)
		return 0;
	text[strcspn(text, "\n")] = 0;
	return str_to_i64(text, &pid) == 0 && pid > 0 && pid <= INT32_MAX ? (pid_t)pid : 0;
}

static void on_end(void *userdata, pid_t pid, int wait_status)
{
	struct job *j = userdata;
	char *text CLEANUP_FREE = j->text_fd >= 0 ? read_said(j->text_fd) : str_dup("");
	char *message CLEANUP_FREE = job_log_message(j->log_fd);
	struct job_result res = {.wait_status = wait_status, .cancelled = j->cancelled, .log_fd = j->log_fd};

	(void)pid;
	res.text = str_or_empty(text);
	res.message = message && message[0] ? message : res.text;
	if (j->pid_file) {
		if (wait_status == 0)
			res.pid = read_pid(j->pid_file);
		drop_pid_file(j->pid_file);
	}
	if (j->fn)
		j->fn(j->userdata, &res);
	job_free(j);
}

static int open_outputs(struct job *j)
{
	j->log_fd = os_fd_above_std(memfd_create("libctr-runtime-log", MFD_CLOEXEC));
	if (j->log_fd < 0)
		return -errno;
	if (j->kind == JOB_CREATE)
		return 0;
	j->text_fd = os_fd_above_std(memfd_create("libctr-job-output", MFD_CLOEXEC));
	return j->text_fd < 0 ? -errno : 0;
}

static int spawn(struct job *j, const struct job_spec *spec, ctr_error_t **err)
{
	struct os_spawn_rlimit limits[OS_RLIMITS_MAX];
	struct os_spawn_fd fds[8];
	char **argv CLEANUP_STRV = NULL;
	struct os_spawn what = {.path = spec->runtime_path, .envp = attrs_environment(), .fds = fds, .new_group = 1, .rlimits = limits};
	int r;

	if (make_argv(spec, &argv) < 0)
		return error_no_memory(err);
	what.argv = (const char *const *)argv;
	what.n_fds = fill_fds(j, spec, fds);
	what.n_rlimits = attrs_rlimits(limits);
	if (spec->kind == JOB_CREATE) {
		what.unmount_unified = spec->unified_path != NULL;
		what.unified_path = spec->unified_path;
		what.mount_target = spec->mount_fd >= 0 ? spec->rootfs_target : NULL;
		what.mount_fd = spec->mount_fd;
	}
	r = os_spawn(&what, &j->pid, NULL, err);
	if (r < 0 && faccessat(AT_FDCWD, spec->runtime_path, F_OK, 0) < 0)
		return error_wrap(err, CTR_ERR_RUNTIME_NOT_FOUND, DOMAIN_MONITOR, "the runtime %s is not there: install it, or choose another runtime",
				  spec->runtime_path);
	return r;
}

int job_start(struct loop *loop, const struct job_spec *spec, job_done_fn fn, void *userdata, struct job **ret, ctr_error_t **err)
{
	struct job *j = NEW0(struct job);
	int r;

	if (!j)
		return error_no_memory(err);
	*j = (struct job){.loop = loop, .kind = spec->kind, .log_fd = -1, .text_fd = -1, .fn = fn, .userdata = userdata};
	if (spec->kind == JOB_CREATE) {
		j->pid_file = str_dup(spec->pid_file);
		if (!j->pid_file) {
			job_free(j);
			return error_no_memory(err);
		}
		drop_pid_file(j->pid_file); /* of a create that was killed */
	}
	r = open_outputs(j);
	if (r < 0)
		r = error_set_errno(err, 0, DOMAIN_MONITOR, r, "cannot prepare %s of container %s", verbs[spec->kind].name, spec->id);
	else
		r = spawn(j, spec, err);
	if (r < 0) {
		job_free(j);
		return r;
	}
	j->child = loop_child_add(loop, j->pid, on_end, j);
	if (!j->child) {
		kill(-j->pid, SIGKILL); /* the loop reaps it all the same */
		job_free(j);
		return error_no_memory(err);
	}
	*ret = j;
	return 0;
}

void job_cancel(struct job *j)
{
	/* Not reaped before on_end, so the number is still its. */
	j->cancelled = 1;
	kill(-j->pid, SIGKILL);
}

struct job *job_abandon(struct job *j)
{
	if (j)
		j->fn = NULL;
	return NULL;
}

pid_t job_pid(const struct job *j)
{
	return j->pid;
}

enum job_kind job_kind(const struct job *j)
{
	return j->kind;
}

static int exit_status_of(int wait_status)
{
	return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

int job_error_text(const char *runtime_name, const char *verb, const char *id, int wait_status, const char *message, int exec_failed,
		   ctr_error_t **err)
{
	int status = exit_status_of(wait_status);
	int r;

	/* What the first process wrote about it went into the container's own streams, as that process is the container by then. */
	if (exec_failed && !(message && message[0]))
		r = error_set(err, CTR_ERR_RUNTIME, DOMAIN_MONITOR, "the program is there but could not be executed");
	else
		r = error_set(err, CTR_ERR_RUNTIME, DOMAIN_MONITOR, "%s %s of container %s failed with status %d%s%s", runtime_name, verb, id,
			      status, message && message[0] ? ": " : "", str_or_empty(message));
	error_detail(err, "runtime", runtime_name);
	error_detail_i64(err, "exit_status", status);
	error_detail(err, "stderr", str_or_empty(message));
	if (exec_failed)
		error_detail(err, "exec_failed", "1");
	return r;
}

int job_error(const struct job_spec *spec, const struct job_result *res, ctr_error_t **err)
{
	if (res->cancelled)
		return error_set(err, CTR_ERR_CANCELLED, DOMAIN_MONITOR, "%s of container %s was cancelled", verbs[spec->kind].name, spec->id);
	if (res->wait_status == 0)
		return job_error_text(spec->runtime_name, verbs[spec->kind].name, spec->id, 0, "it reported success, but left no process", 0, err);
	return job_error_text(spec->runtime_name, verbs[spec->kind].name, spec->id, res->wait_status, res->message, 0, err);
}
