/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs with the real runtimes: create and start, and whether the command's execve is told rightly. Root; skips what is not installed. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/cleanup.h"
#include "base/mem.h"
#include "helper/monitor/attrs.h"
#include "helper/monitor/job_exec_watch.h"
#include "helper/monitor/job_run.h"
#include "helper/monitor/loop.h"
#include "os/cgroup.h"
#include "os/fd.h"
#include "os/fs.h"
#include "os/mount.h"

static const char config_form[] =
	"{\"ociVersion\":\"1.0.2\",\"process\":{\"user\":{\"uid\":0,\"gid\":0},\"args\":[\"%s\",\"%s\"],\"cwd\":\"/\",\"env\":[\"PATH=/bin\"],"
	"\"capabilities\":{\"bounding\":[],\"effective\":[],\"permitted\":[]}},"
	"\"root\":{\"path\":\"%s\",\"readonly\":false},\"hostname\":\"t\","
	"\"mounts\":[{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\"},"
	"{\"destination\":\"/dev\",\"type\":\"tmpfs\",\"source\":\"tmpfs\"}],"
	"\"linux\":{\"cgroupsPath\":\"/libctr-test-%s\",\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"mount\"},{\"type\":\"uts\"},{\"type\":\"ipc\"},{\"type\":\"network\"}]}}";

struct world {
	const char *runtime;
	char path[64], dir[64], bundle[96], state[96], pid_file[96], rootfs[96], target[96], id[32];
	char *unified;
	struct loop *loop;
	struct loop_child *child;
	struct loop_io *io;
	struct exec_watch *watch;
	int mount_fd, out_fd;
	/* answers */
	int job_done, wait_status, ended, end_status;
	pid_t pid;
	char message[512];
	enum exec_result exec;
};

static const char *const runtimes[] = {"crun", "runc"};

static void write_file(const char *dir, const char *name, const char *text, mode_t mode)
{
	char path[200];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void make_dir(char *ret, size_t size, const char *parent, const char *name)
{
	snprintf(ret, size, "%s/%s", parent, name);
	assert_int_equal(mkdir(ret, 0755), 0);
}

static void copy_busybox(const struct world *w)
{
	char *data CLEANUP_FREE = NULL, path[200];
	size_t len;
	int fd;

	assert_int_equal(os_read_file(AT_FDCWD, "/bin/busybox", 16u << 20, &data, &len), 0);
	snprintf(path, sizeof(path), "%s/bin", w->rootfs);
	assert_int_equal(mkdir(path, 0755), 0);
	snprintf(path, sizeof(path), "%s/proc", w->rootfs);
	assert_int_equal(mkdir(path, 0755), 0);
	snprintf(path, sizeof(path), "%s/dev", w->rootfs);
	assert_int_equal(mkdir(path, 0755), 0);
	snprintf(path, sizeof(path), "%s/bin/busybox", w->rootfs);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	assert_int_equal(os_write_all(fd, data, len), 0);
	close(fd);
	snprintf(path, sizeof(path), "%s/bin", w->rootfs);
	write_file(path, "garbage", "\1\2\3 no program\n", 0755);
	write_file(path, "orphan", "#!/no/such/interpreter\n", 0755);
	write_file(path, "plain", "#!/bin/busybox sh\n", 0644);
}

static int find_runtime(struct world *w)
{
	static const char *const dirs[] = {"/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"};

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		snprintf(w->path, sizeof(w->path), "%s/%s", dirs[i], w->runtime);
		if (access(w->path, X_OK) == 0)
			return 1;
	}
	return 0;
}

static int world_begin(struct world *w, const char *runtime)
{
	*w = (struct world){.runtime = runtime, .mount_fd = -1, .out_fd = -1};
	if (!find_runtime(w))
		return 0;
	strcpy(w->dir, "/tmp/libctr-jobs-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	snprintf(w->id, sizeof(w->id), "t%d", (int)getpid());
	make_dir(w->bundle, sizeof(w->bundle), w->dir, "bundle");
	make_dir(w->rootfs, sizeof(w->rootfs), w->dir, "rootfs");
	make_dir(w->target, sizeof(w->target), w->dir, "target");
	snprintf(w->state, sizeof(w->state), "%s/state", w->dir);
	snprintf(w->pid_file, sizeof(w->pid_file), "%s/pid", w->dir);
	copy_busybox(w);
	w->unified = STREQ(runtime, "crun") && os_cgroup_mode() == OS_CGROUP_HYBRID ? os_cgroup_unified_path() : NULL;
	w->loop = loop_new();
	assert_non_null(w->loop);
	return 1;
}

static void check(struct world *w)
{
	if (w->watch && w->exec != EXEC_DONE && w->exec != EXEC_FAILED)
		w->exec = exec_watch_check(w->watch);
	if (w->job_done && w->exec != EXEC_PENDING)
		loop_quit(w->loop);
}

static void on_job(void *userdata, const struct job_result *res)
{
	struct world *w = userdata;

	w->job_done = 1;
	w->wait_status = res->wait_status;
	w->pid = res->pid;
	snprintf(w->message, sizeof(w->message), "%s", res->message);
	if (w->watch)
		check(w);
	else
		loop_quit(w->loop);
}

static void on_child(void *userdata, pid_t pid UNUSED, int wait_status)
{
	struct world *w = userdata;

	w->child = NULL;
	w->ended = 1;
	w->end_status = wait_status;
	if (w->watch)
		check(w);
	else
		loop_quit(w->loop);
}

static void on_stop(void *userdata, pid_t pid UNUSED, int wait_status)
{
	struct world *w = userdata;

	if (w->watch)
		exec_watch_trap(w->watch, wait_status);
	check(w);
}

static void on_pipe(void *userdata, uint32_t events UNUSED)
{
	struct world *w = userdata;

	loop_io_set(w->io, 0);
	check(w);
}

static struct job_spec spec_of(struct world *w, enum job_kind kind)
{
	return (struct job_spec){.kind = kind, .id = w->id, .runtime_name = w->runtime, .runtime_path = w->path, .runtime_state = w->state,
				 .cgroup_manager = "cgroupfs", .bundle = w->bundle, .pid_file = w->pid_file, .rootfs_target = w->target,
				 .mount_fd = w->mount_fd, .unified_path = w->unified, .stdin_fd = -1, .stdout_fd = w->out_fd, .stderr_fd = -1,
				 .watch_fd = -1};
}

static void run_job(struct world *w, const struct job_spec *spec)
{
	struct job *job;
	ctr_error_t *err = NULL;

	w->job_done = 0;
	if (job_start(w->loop, spec, on_job, w, &job, &err) < 0)
		fail_msg("%s", error_message(err));
	loop_run(w->loop);
}

static void create(struct world *w, const char *command, const char *arg, int *ret_watch)
{
	struct job_spec spec = spec_of(w, JOB_CREATE);
	char config[2048];
	int pair[2];

	snprintf(config, sizeof(config), config_form, command, arg, w->mount_fd >= 0 ? w->target : w->rootfs, w->id);
	write_file(w->bundle, "config.json", config, 0644);
	assert_int_equal(exec_watch_pipe(pair), 0);
	spec.watch_fd = pair[1];
	w->job_done = 0;
	{
		struct job *job;
		ctr_error_t *err = NULL;

		if (job_start(w->loop, &spec, on_job, w, &job, &err) < 0)
			fail_msg("%s", error_message(err));
	}
	close(pair[1]);
	loop_run(w->loop);
	*ret_watch = pair[0];
}

static void start(struct world *w, int watch_fd)
{
	struct job_spec spec = spec_of(w, JOB_START);

	w->exec = EXEC_PENDING;
	w->child = loop_child_add(w->loop, w->pid, on_child, w);
	loop_child_on_stop(w->child, on_stop);
	w->watch = exec_watch_new(w->pid, watch_fd);
	assert_non_null(w->watch);
	w->io = exec_watch_fd(w->watch) >= 0 ? loop_io_add(w->loop, exec_watch_fd(w->watch), EPOLLIN, on_pipe, w) : NULL;
	run_job(w, &spec);
	w->io = loop_io_del(w->io);
	w->watch = exec_watch_free(w->watch);
}

static void wait_end(struct world *w)
{
	if (!w->ended)
		loop_run(w->loop);
	assert_true(w->ended);
}

static void world_end(struct world *w)
{
	struct job_spec spec = spec_of(w, JOB_DELETE);

	run_job(w, &spec);
	loop_child_del(w->child);
	loop_free(w->loop);
	free(w->unified);
	if (w->mount_fd >= 0)
		close(w->mount_fd);
	assert_int_equal(os_remove_tree(AT_FDCWD, w->dir), 0);
}

static void expect(const char *command, const char *arg, enum exec_result result, int code)
{
	for (size_t i = 0; i < ARRAY_SIZE(runtimes); i++) {
		struct world w;
		int watch;

		if (!world_begin(&w, runtimes[i]))
			continue;
		create(&w, command, arg, &watch);
		if (w.wait_status != 0)
			fail_msg("%s create: %s", w.runtime, w.message);
		assert_true(w.pid > 0);
		start(&w, watch);
		if (w.exec != result)
			fail_msg("%s %s: %d instead of %d", w.runtime, command, (int)w.exec, (int)result);
		wait_end(&w);
		if (code >= 0)
			assert_int_equal(WEXITSTATUS(w.end_status), code);
		world_end(&w);
	}
}

static void test_runs(void **state UNUSED)
{
	expect("/bin/busybox", "true", EXEC_DONE, 0);
	expect("/bin/busybox", "false", EXEC_DONE, 1);
	for (int i = 0; i < 10; i++)
		expect("/bin/busybox", "true", EXEC_DONE, 0);
}

static void test_not_a_program(void **state UNUSED)
{
	for (int i = 0; i < 5; i++)
		expect("/bin/garbage", "", EXEC_FAILED, -1);
}

static void test_missing_interpreter(void **state UNUSED)
{
	for (int i = 0; i < 5; i++)
		expect("/bin/orphan", "", EXEC_FAILED, -1);
}

static void refused(const char *command)
{
	for (size_t i = 0; i < ARRAY_SIZE(runtimes); i++) {
		struct world w;
		int watch;

		if (!world_begin(&w, runtimes[i]))
			continue;
		create(&w, command, "", &watch);
		close(watch);
		assert_true(w.wait_status != 0 || w.pid > 0);
		if (w.wait_status == 0) { /* told at start by this runtime */
			start(&w, -1);
			assert_int_equal(w.exec, EXEC_FAILED);
			wait_end(&w);
		} else {
			assert_int_equal(w.pid, 0);
			assert_true(strlen(w.message) > 0);
			print_message("%s: %s\n", w.runtime, w.message);
		}
		assert_int_equal(access(w.pid_file, F_OK), -1);
		world_end(&w);
	}
}

static void test_refused(void **state UNUSED)
{
	refused("/bin/nothing");
	refused("/bin/plain");
}

static void test_detached_rootfs(void **state UNUSED)
{
	for (size_t i = 0; i < ARRAY_SIZE(runtimes); i++) {
		struct world w;
		int watch, pair[2];
		char text[64] = "";

		if (!world_begin(&w, runtimes[i]))
			continue;
		w.mount_fd = os_open_tree(AT_FDCWD, w.rootfs, 1);
		assert_true(w.mount_fd >= 0);
		assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
		w.out_fd = pair[1];
		create(&w, "/bin/busybox", "pwd", &watch);
		if (w.wait_status != 0)
			fail_msg("%s create: %s", w.runtime, w.message);
		assert_int_equal(os_is_mountpoint(0, w.target), 0);
		start(&w, watch);
		assert_int_equal(w.exec, EXEC_DONE);
		wait_end(&w);
		close(pair[1]);
		assert_int_equal(read(pair[0], text, sizeof(text) - 1), 2);
		assert_string_equal(text, "/\n");
		close(pair[0]);
		w.out_fd = -1;
		world_end(&w);
	}
}

static void on_limit(void *userdata)
{
	struct world *w = userdata;

	loop_quit(w->loop);
}

/* The process goes on untraced after its execve, and a watch given up leaves it able to run. */
static void test_not_traced_afterwards(void **state UNUSED)
{
	for (size_t i = 0; i < ARRAY_SIZE(runtimes); i++) {
		struct world w;
		struct exec_watch *given_up;
		char *status CLEANUP_FREE = NULL, path[64];
		int watch;

		if (!world_begin(&w, runtimes[i]))
			continue;
		create(&w, "/bin/busybox", "cat", &watch);
		if (w.wait_status != 0)
			fail_msg("%s create: %s", w.runtime, w.message);
		close(watch);
		given_up = exec_watch_new(w.pid, -1);
		assert_non_null(given_up);
		exec_watch_free(given_up);
		w.exec = EXEC_PENDING;
		start(&w, -1);
		assert_int_equal(w.exec, EXEC_DONE);
		snprintf(path, sizeof(path), "/proc/%d/status", (int)w.pid);
		if (!w.ended && os_read_file(AT_FDCWD, path, 65536, &status, NULL) == 0)
			assert_non_null(strstr(status, "TracerPid:\t0\n"));
		loop_timer_add(w.loop, NSEC_PER_SEC * 10, on_limit, &w);
		wait_end(&w);
		world_end(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_runs),
		cmocka_unit_test(test_not_a_program),
		cmocka_unit_test(test_missing_interpreter),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_detached_rootfs),
		cmocka_unit_test(test_not_traced_afterwards),
	};

	if (geteuid() != 0) {
		puts("skipped: containers with the real runtimes need root");
		return 77;
	}
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
