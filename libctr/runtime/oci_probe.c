/* SPDX-License-Identifier: Apache-2.0 */
/* Can this runtime run here, and if not, why and what to do; its version, asked once per program file. */
#include "runtime/oci.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include "base/json.h"
#include "base/mem.h"
#include "os/cgroup.h"
#include "os/fd.h"
#include "os/pidfd.h"
#include "os/proc.h"
#include "os/spawn.h"
#include "os/wait.h"

#define ANSWER_MAX 4096
#define ANSWER_LIMIT_NS (5 * NSEC_PER_SEC)

struct verdict {
	char *why, *fix;
};

static int no(struct verdict *v, char *why, char *fix)
{
	v->why = why;
	v->fix = fix;
	return why && fix ? 0 : -ENOMEM;
}

/* 1, 0 (v filled) or -ENOMEM (v half filled) */
static int can_run(const char *name, const char *path, struct verdict *v)
{
	if (!path || (faccessat(AT_FDCWD, path, F_OK, AT_EACCESS) < 0 && errno == ENOENT))
		return no(v, str_printf("it is not installed%s%s", path ? " at " : "", str_or_empty(path)),
			  str_printf("install the package %s", name));
	if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0)
		return no(v, str_printf("%s cannot be executed: %s", path, strerrordesc_np(errno)),
			  str_printf("make it executable for this user: chmod a+x %s", path));
	if (!os_has_cap(CAP_SYS_ADMIN))
		return no(v, str_dup("this process lacks CAP_SYS_ADMIN"), str_dup("run as root"));
	if (os_cgroup_mode() == OS_CGROUP_NONE)
		return no(v, str_dup("no cgroup hierarchy is mounted at /sys/fs/cgroup"),
			  str_dup("mount one: mount -t cgroup2 cgroup2 /sys/fs/cgroup"));
	return 1;
}

int runtime_oci_can_run(const char *name, const char *path, char **ret_why, char **ret_fix)
{
	struct verdict v = {0};
	int usable = can_run(name, path, &v);

	if (usable < 0) {
		free(v.why);
		free(v.fix);
		return usable;
	}
	*ret_why = v.why;
	*ret_fix = v.fix;
	return usable;
}

/* Its status is not looked at: a host that reaps everything may have it by now. */
static void reap(int pidfd, const struct op_call *call)
{
	siginfo_t info;

	if (os_wait_fd(pidfd, POLLIN, call, "waiting for a runtime to end", NULL) < 0) {
		os_pidfd_signal(pidfd, SIGKILL);
		os_wait_fd(pidfd, POLLIN, NULL, "waiting for a killed runtime", NULL);
	}
	waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG);
}

static int read_answer(int fd, char buf[ANSWER_MAX], const struct op_call *call, ctr_error_t **err)
{
	size_t len = 0;

	while (len < ANSWER_MAX - 1) {
		int code = os_wait_fd(fd, POLLIN, call, "waiting for a runtime to tell its version", err);
		ssize_t n;

		if (code < 0)
			return code;
		n = read(fd, buf + len, ANSWER_MAX - 1 - len);
		if (n == 0)
			break;
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return error_set_errno(err, 0, DOMAIN_RUNTIME, errno, "cannot read a runtime's answer");
		len += n > 0 ? (size_t)n : 0;
	}
	buf[len] = '\0';
	return 0;
}

static int ask(const char *path, char buf[ANSWER_MAX], const struct op_call *call, ctr_error_t **err)
{
	const char *const argv[] = {path, "--version", NULL};
	const char *const envp[] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", NULL};
	int in CLEANUP_CLOSE = -1;
	int out CLEANUP_CLOSE = -1;
	int pidfd CLEANUP_CLOSE = -1;
	struct os_spawn_fd map = {.to = STDOUT_FILENO};
	struct os_spawn what = {.path = path, .argv = argv, .envp = envp, .fds = &map, .n_fds = 1, .new_session = 1, .want_pidfd = 1};
	int ends[2], code;
	pid_t pid;

	code = os_pipe(ends, O_NONBLOCK);
	if (code < 0)
		return error_set_errno(err, 0, DOMAIN_RUNTIME, code, "cannot make a pipe to ask %s for its version", path);
	in = ends[0];
	out = ends[1];
	map.from = out;
	code = os_spawn(&what, &pid, &pidfd, err);
	if (code < 0)
		return code;
	close(TAKE_FD(out));
	code = read_answer(in, buf, call, err);
	reap(pidfd, call);
	return code;
}

/* "crun version 1.8.1\n…" -> "1.8.1"; other words: the first line. */
static char *version_of(char *answer)
{
	char *at;

	answer[strcspn(answer, "\n")] = '\0';
	at = strstr(answer, "version ");
	if (!at)
		return str_dup(answer);
	at += strlen("version ");
	return str_ndup(at, strcspn(at, " \t"));
}

static int same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino && a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Fills rt->version or rt->version_why; the mutex is held. Only running out of memory or of the caller's own time is an error. */
static int learn_version(struct oci_runtime *rt, const struct op_call *call, ctr_error_t **err)
{
	struct op_call limited = op_call_nearer(call, ANSWER_LIMIT_NS);
	ctr_error_t *inner CLEANUP_ERROR = NULL;
	char *version CLEANUP_FREE = NULL;
	char *why CLEANUP_FREE = NULL;
	char answer[ANSWER_MAX];
	struct stat now = {0};
	int code;

	if (stat(rt->path, &now) == 0 && same_file(&now, &rt->asked))
		return 0;
	code = ask(rt->path, answer, &limited, &inner);
	if (code < 0) {
		code = op_call_check(call, "asking a runtime for its version", err);
		if (code < 0)
			return code;
		why = error_format(inner);
	} else if (answer[0]) {
		version = version_of(answer);
	} else {
		why = str_printf("%s --version printed nothing", rt->path);
	}
	if (!version && !why)
		return error_no_memory(err);
	free(rt->version);
	free(rt->version_why);
	rt->version = TAKE_PTR(version);
	rt->version_why = TAKE_PTR(why);
	rt->asked = now;
	return 0;
}

static int describe(const struct oci_runtime *rt, int usable, const char *version, const char *why, const char *fix, char **ret_json)
{
	json_t *j CLEANUP_JSON = json_object_new_object();

	if (!j || json_put_str(j, "name", rt->name) < 0 || json_put_str(j, "path", rt->path) < 0 ||
	    json_put_str(j, "version", version) < 0 || json_put_bool(j, "usable", usable) < 0 || json_put_str(j, "why", why) < 0 ||
	    json_put_str(j, "fix", fix) < 0)
		return -ENOMEM;
	*ret_json = json_print(j);
	return *ret_json ? 0 : -ENOMEM;
}

int oci_probe(void *self, char **ret_json, ctr_op_t *op, ctr_error_t **err)
{
	struct oci_runtime *rt = self;
	char *why CLEANUP_FREE = NULL;
	char *fix CLEANUP_FREE = NULL;
	struct op_call call;
	int usable, code;

	op_call_begin(&call, op, OP_NO_DEADLINE);
	usable = runtime_oci_can_run(rt->name, rt->path, &why, &fix);
	if (usable < 0)
		return error_no_memory(err);
	if (faccessat(AT_FDCWD, rt->path, X_OK, AT_EACCESS) < 0)
		return describe(rt, usable, NULL, why, fix, ret_json) < 0 ? error_no_memory(err) : 0;
	pthread_mutex_lock(&rt->mutex);
	code = learn_version(rt, &call, err);
	if (code == 0 && usable && rt->version_why)
		code = describe(rt, 0, NULL, rt->version_why, "replace it with a build for this machine", ret_json) < 0 ? error_no_memory(err) : 0;
	else if (code == 0)
		code = describe(rt, usable, rt->version, why, fix, ret_json) < 0 ? error_no_memory(err) : 0;
	pthread_mutex_unlock(&rt->mutex);
	return code;
}
