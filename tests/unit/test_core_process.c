/* SPDX-License-Identifier: Apache-2.0 */
/* The core and runs with a process, with a small runtime of the test's own and no monitor at all: what must hold when
 * keeper and monitor are gone, and that a command that cannot be started leaves no run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "core/steps.h"
#include "model/spec.h"
#include "os/fs.h"
#include "os/proc.h"

/* The first process waits for a byte and then is "the command": it lives until a signal, or exits with what the byte
 * says. */
struct toy {
	pid_t pid;
	int go;	  /* write end */
	int fail; /* start answers with this code */
	unsigned created, removed;
};

struct env {
	char dir[64], root[80], run[80], rootfs[80];
	ctr_engine_t *engine;
	struct toy toy;
	ctr_container_t *c;
};

static int toy_child(int fd)
{
	unsigned char byte = 0;
	ssize_t n = read(fd, &byte, 1);

	if (n == 1 && byte)
		_exit(byte - 1);
	for (;;)
		pause();
}

static int toy_create(void *self, const struct ctr_runtime_run *run, struct ctr_runtime_process *ret, ctr_op_t *op,
		      ctr_error_t **err)
{
	struct toy *toy = self;
	struct os_proc_stat stat;
	int ends[2];

	(void)run;
	(void)op;
	(void)err;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	toy->pid = fork();
	if (toy->pid == 0) {
		close(ends[1]);
		toy_child(ends[0]);
	}
	close(ends[0]);
	toy->go = ends[1];
	toy->created++;
	assert_int_equal(os_proc_stat(toy->pid, &stat), 0);
	ret->pid = toy->pid;
	ret->pid_start = stat.start_time;
	ret->pidfd = -1;
	return 0;
}

static int toy_start(void *self, const struct ctr_runtime_run *run, ctr_op_t *op, ctr_error_t **err)
{
	struct toy *toy = self;

	(void)run;
	(void)op;
	if (toy->fail)
		return error_set(err, toy->fail, DOMAIN_RUNTIME, "the toy was told to fail");
	assert_int_equal(write(toy->go, "\0", 1), 1);
	return 0;
}

static int toy_remove(void *self, const struct ctr_runtime_run *run, int32_t force, ctr_op_t *op, ctr_error_t **err)
{
	struct toy *toy = self;

	(void)run;
	(void)force;
	(void)op;
	(void)err;
	if (toy->pid > 0) {
		kill(toy->pid, SIGKILL);
		waitpid(toy->pid, NULL, 0);
		close(toy->go);
	}
	toy->pid = 0;
	toy->removed++;
	return 0;
}

static const struct ctr_runtime_ops toy_ops = {.size = sizeof(toy_ops),
					       .caps = CTR_RUNTIME_CAP_NO_ROOTFS,
					       .create = toy_create,
					       .start = toy_start,
					       .remove = toy_remove};

static const struct ctr_start_opts no_start = {.size = sizeof(no_start)};
static const struct ctr_remove_opts no_remove = {.size = sizeof(no_remove)};
static const struct ctr_wait_opts no_wait = {.size = sizeof(no_wait)};

static void ok(int r, ctr_error_t *err, const char *what, int line)
{
	if (r != 0) {
		CLEANUP_FREE char *text = error_format(err);

		fail_msg("line %d: %s gave %d: %s", line, what, r, text ? text : error_code_name(r));
	}
	error_unref(err);
}

#define OK(call)                                                                                                       \
	do {                                                                                                           \
		ctr_error_t *err = NULL;                                                                               \
		int got_ = (call);                                                                                     \
		ok(got_, err, #call, __LINE__);                                                                        \
	} while (0)
#define EXPECT(code, call)                                                                                             \
	do {                                                                                                           \
		ctr_error_t *err = NULL;                                                                               \
		assert_int_equal((call), (code));                                                                      \
		error_unref(err);                                                                                      \
	} while (0)

static struct op_call unlimited(void)
{
	struct op_call call;

	op_call_begin(&call, NULL, CTR_FOREVER);
	return call;
}

static int setup(void **state)
{
	struct env *env = calloc(1, sizeof(*env));
	struct ctr_engine_opts opts = {.size = sizeof(opts), .runtime = "null", .storage = "null"};
	ctr_spec_t *spec = NULL;

	strcpy(env->dir, "/tmp/ctr-core-XXXXXX");
	assert_non_null(mkdtemp(env->dir));
	(void)snprintf(env->root, sizeof(env->root), "%s/root", env->dir);
	(void)snprintf(env->run, sizeof(env->run), "%s/run", env->dir);
	(void)snprintf(env->rootfs, sizeof(env->rootfs), "%s/rootfs", env->dir);
	assert_int_equal(mkdir(env->rootfs, 0755), 0);
	opts.root = env->root;
	opts.run_root = env->run;
	OK(core_engine_open(&opts, NULL, &env->engine, &err));
	env->engine->place.keeper_path = "/nonexistent/ctr-keeper"; /* nobody comes to help */
	OK(registry_add_runtime(env->engine->registry, "toy", "", &toy_ops, &env->toy, &err));
	OK(spec_new(&spec, &err));
	OK(spec_set_json(spec, "name", "\"toy\"", SIZE_MAX, &err));
	OK(spec_set_json(spec, "oci_runtime", "\"toy\"", SIZE_MAX, &err));
	OK(spec_set_value(spec, "rootfs", json_object_new_string(env->rootfs), &err));
	OK(spec_set_json(spec, "command", "[\"true\"]", SIZE_MAX, &err));
	OK(core_container_create(env->engine, spec, NULL, &env->c, &err));
	spec_unref(spec);
	*state = env;
	return 0;
}

static void drop_segments(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];

	while (maps && fgets(line, sizeof(line), maps)) {
		char *path = strstr(line, "/dev/shm/libctr-");

		if (path) {
			path[strcspn(path, " \n")] = '\0';
			unlink(path);
		}
	}
	if (maps)
		fclose(maps);
}

static int teardown(void **state)
{
	struct env *env = *state;

	toy_remove(&env->toy, NULL, 1, NULL, NULL);
	drop_segments();
	core_container_unref(env->c);
	core_engine_unref(env->engine);
	os_remove_tree(AT_FDCWD, env->dir);
	free(env);
	return 0;
}

static int state_of(ctr_container_t *c)
{
	CLEANUP_ROW struct container_row *row = NULL;

	OK(core_container_snapshot(c, &row, &err));
	assert_int_equal(row->intent, INTENT_NONE);
	return row->state;
}

static int is_ready(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, 0) == 1 && (p.revents & POLLIN);
}

/* ---- starting fails ---- */

static void test_failed_start_leaves_no_run(void **state)
{
	struct env *env = *state;
	struct op_call call = unlimited();
	int32_t code = -7;
	int fd = -1;

	OK(core_container_exit_fd(env->c, &fd, &err));
	env->toy.fail = CTR_ERR_COMMAND_NOT_FOUND;
	EXPECT(CTR_ERR_COMMAND_NOT_FOUND, core_container_start(env->c, &no_start, &call, &err));
	assert_int_equal(state_of(env->c), CTR_STATE_CONFIGURED);
	assert_int_equal(env->toy.created, 1);
	assert_int_equal(env->toy.pid, 0);
	OK(core_container_wait(env->c, &no_wait, &call, &code, &err));
	assert_int_equal(code, 0);
	assert_false(is_ready(fd)); /* no run has ended: it stands for the next one */
	env->toy.fail = 0;
	OK(core_container_start(env->c, &no_start, &call, &err));
	assert_int_equal(state_of(env->c), CTR_STATE_RUNNING);
	assert_false(is_ready(fd));
	kill(env->toy.pid, SIGKILL);
	OK(core_container_wait(env->c, &no_wait, &call, &code, &err));
	assert_int_equal(code, 137);
	assert_true(is_ready(fd));
	close(fd);
}

static void test_failed_restart_keeps_the_last_end(void **state)
{
	struct env *env = *state;
	CLEANUP_ROW struct container_row *row = NULL;
	struct op_call call = unlimited();

	OK(core_container_start(env->c, &no_start, &call, &err));
	OK(core_container_kill(env->c, SIGKILL, &call, &err));
	OK(core_container_cleanup(env->c, 0, &call, &err));
	env->toy.fail = CTR_ERR_COMMAND_NOT_EXECUTABLE;
	EXPECT(CTR_ERR_COMMAND_NOT_EXECUTABLE, core_container_start(env->c, &no_start, &call, &err));
	assert_int_equal(state_of(env->c), CTR_STATE_EXITED);
	OK(core_container_snapshot(env->c, &row, &err));
	assert_int_equal(row->exit_known, 1);
	assert_int_equal(row->exit_code, 137);
	assert_string_equal(row->error, "cannot execute \"true\" in container toy: the toy was told to fail");
	assert_int_equal(row->pid, 0);
}

/* ---- nobody but us ---- */

static void *wait_thread(void *arg)
{
	struct op_call call = unlimited();
	int32_t code = -7;

	if (core_container_wait(arg, &no_wait, &call, &code, NULL) < 0)
		code = -9;
	return (void *)(intptr_t)code;
}

/* The status of a process that its parent has not collected yet is there for all to read. */
static void test_end_without_monitor(void **state)
{
	struct env *env = *state;
	struct op_call call = unlimited();
	pthread_t thread;
	void *code;

	OK(core_container_start(env->c, &no_start, &call, &err));
	assert_int_equal(pthread_create(&thread, NULL, wait_thread, env->c), 0);
	kill(env->toy.pid, SIGTERM);
	pthread_join(thread, &code);
	assert_int_equal((intptr_t)code, 143);
	OK(core_container_cleanup(env->c, 1, &call, &err));
	assert_int_equal(state_of(env->c), CTR_STATE_EXITED);
}

static void test_status_lost(void **state)
{
	struct env *env = *state;
	CLEANUP_ERROR ctr_error_t *why = NULL;
	CLEANUP_ROW struct container_row *row = NULL;
	struct op_call call = unlimited();
	int32_t code = -7;
	int fd = -1;

	OK(core_container_start(env->c, &no_start, &call, &err));
	OK(core_container_exit_fd(env->c, &fd, &err));
	kill(env->toy.pid, SIGKILL);
	waitpid(env->toy.pid, NULL, 0); /* collected by somebody who tells nobody */
	assert_int_equal(core_container_wait(env->c, &no_wait, &call, &code, &why), CTR_ERR_NO_SUCH_EXIT_CODE);
	assert_string_equal(error_get_detail(why, "reason"), "monitor_lost");
	assert_int_equal(code, -7);
	assert_true(is_ready(fd));
	OK(core_container_snapshot(env->c, &row, &err));
	assert_int_equal(row->exit_known, 0);
	assert_int_equal(row->exit_code, CTR_EXIT_UNKNOWN);
	assert_string_equal(row->error, "monitor lost");
	env->toy.pid = 0;
	close(fd);
}

static void test_stop_without_monitor(void **state)
{
	static const struct ctr_stop_opts stop = {.size = sizeof(stop)};
	struct env *env = *state;
	struct op_call call = unlimited();
	int32_t code = -7;

	OK(core_container_start(env->c, &no_start, &call, &err));
	OK(core_container_stop(env->c, &stop, NULL, &err));
	assert_int_equal(state_of(env->c), CTR_STATE_EXITED);
	OK(core_container_wait(env->c, &no_wait, &call, &code, &err));
	assert_int_equal(code, 143);
}

static void test_remove_by_force_without_monitor(void **state)
{
	static const struct ctr_remove_opts force = {.size = sizeof(force), .force = 1, .timeout_set = 1};
	struct env *env = *state;
	struct op_call call = unlimited();
	pid_t pid;
	int32_t code = -7;

	OK(core_container_start(env->c, &no_start, &call, &err));
	EXPECT(CTR_ERR_STATE_INVALID, core_container_remove(env->c, &no_remove, NULL, &err));
	pid = env->toy.pid;
	OK(core_container_remove(env->c, &force, NULL, &err));
	assert_int_equal(kill(pid, 0), -1);
	OK(core_container_wait(env->c, &no_wait, &call, &code, &err));
	assert_int_equal(code, 137);
}

/* Initialised and its process killed by a stranger: that is an end of the run, not a state to stay in. */
static void test_created_and_killed(void **state)
{
	struct env *env = *state;
	struct op_call call = unlimited();
	siginfo_t info;

	OK(core_container_init(env->c, &no_start, &call, &err));
	kill(env->toy.pid, SIGKILL);
	assert_int_equal(waitid(P_PID, (id_t)env->toy.pid, &info, WNOWAIT | WEXITED), 0);
	OK(core_container_sync(env->c, &call, &err));
	assert_int_equal(state_of(env->c), CTR_STATE_STOPPED);
	OK(core_container_start(env->c, &no_start, &call, &err));
	assert_int_equal(state_of(env->c), CTR_STATE_RUNNING);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_failed_start_leaves_no_run), T(test_failed_restart_keeps_the_last_end),
	    T(test_end_without_monitor),	T(test_status_lost),
	    T(test_stop_without_monitor),	T(test_remove_by_force_without_monitor),
	    T(test_created_and_killed),
	};

	return cmocka_run_group_tests_name("core_process", tests, NULL, NULL);
}
