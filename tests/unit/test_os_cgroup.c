/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts, namespaces and cgroups for real: needs root, skips itself without. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/json.h"
#include "base/macros.h"
#include "os/cgroup.h"
#include "os/mount.h"
#include "os/ns.h"

static struct op_call within(uint64_t seconds)
{
	return (struct op_call){.deadline_ns = clock_monotonic_ns() + seconds * NSEC_PER_SEC};
}

/* A child that forks one more and sleeps, joined to /libctr-test/PID in every hierarchy. */
static pid_t start_group(char **ret_paths)
{
	CLEANUP_ERROR ctr_error_t *err = NULL;
	char path[64];
	int ready[2];
	pid_t pid;
	char c;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		/* A failing test must not leave processes that hold its output open. */
		for (int fd = 0; fd < 3; fd++)
			close(fd);
		snprintf(path, sizeof(path), "/libctr-test/%d", (int)getpid());
		if (os_cgroup_join(path, getpid()) <= 0)
			_exit(1);
		if (fork() == 0)
			signal(SIGTERM, SIG_IGN);
		else if (write(ready[1], "x", 1) != 1)
			_exit(2);
		for (;;)
			pause();
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	close(ready[0]);
	close(ready[1]);
	assert_int_equal(os_cgroup_paths(pid, ret_paths, &err), 0);
	return pid;
}

static void test_group_life(void **state UNUSED)
{
	CLEANUP_ERROR ctr_error_t *err = NULL;
	CLEANUP_FREE char *paths = NULL;
	struct op_call call = within(20);
	pid_t pid = start_group(&paths);
	int status;

	assert_int_equal(os_cgroup_is_empty(paths), 0);
	assert_int_equal(os_cgroup_is_frozen(paths), 0);
	assert_int_equal(os_cgroup_freeze(paths, &call, &err), 0);
	assert_int_equal(os_cgroup_is_frozen(paths), 1);
	assert_int_equal(os_cgroup_remove(paths), -EBUSY);
	assert_int_equal(os_cgroup_thaw(paths, &call, &err), 0);
	assert_int_equal(os_cgroup_is_frozen(paths), 0);
	assert_int_equal(os_cgroup_freeze(paths, &call, &err), 0);
	assert_int_equal(os_cgroup_kill_all(paths, &call, &err), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_int_equal(os_cgroup_is_empty(paths), 1);
	assert_int_equal(os_cgroup_remove(paths), 0);
	assert_int_equal(os_cgroup_remove(paths), 0);
	assert_int_equal(os_cgroup_kill_all(paths, &call, &err), 0);
}

/* The root and the caller's own cgroup are never touched. */
static void test_never_the_root(void **state UNUSED)
{
	CLEANUP_ERROR ctr_error_t *err = NULL;
	CLEANUP_FREE char *own = NULL;
	struct op_call call = within(5);

	assert_int_equal(os_cgroup_freeze("{\"freezer\":\"/\",\"\":\"/\"}", &call, NULL), CTR_ERR_NOT_SUPPORTED);
	assert_int_equal(os_cgroup_kill_all("{\"freezer\":\"/\",\"pids\":\"/..\",\"\":\"/\"}", &call, &err), 0);
	assert_int_equal(os_cgroup_paths(getpid(), &own, &err), 0);
	assert_int_equal(os_cgroup_kill_all(own, &call, &err), 0);
	assert_int_equal(os_cgroup_remove(own), 0);
	assert_int_equal(os_cgroup_is_empty("damaged"), 1);
}

static void test_mode(void **state UNUSED)
{
	CLEANUP_FREE char *unified = os_cgroup_unified_path();
	int mode = os_cgroup_mode();

	assert_string_not_equal(os_cgroup_mode_name(mode), "none");
	assert_int_equal(unified != NULL, mode == OS_CGROUP_HYBRID || mode == OS_CGROUP_V1);
	assert_int_equal(os_cgroup_has_controller("memory"), 1);
	assert_int_equal(os_cgroup_has_controller("emory"), 0);
}

static void test_mounts(void **state UNUSED)
{
	CLEANUP_ERROR ctr_error_t *err = NULL;
	char dir[] = "/tmp/ctr-mount-XXXXXX", path[64], inside[64];
	const char *options[] = {"size=1m", "mode=0755", NULL}, *bad[] = {"sise=1m", NULL};
	const char *lowers[] = {dir, NULL};
	int fd CLEANUP_CLOSE = -1, overlay CLEANUP_CLOSE = -1;

	assert_non_null(mkdtemp(dir));
	assert_int_equal(os_mount_api_works(), 1);
	assert_int_equal(os_tmpfs_detached(bad, NULL), CTR_ERR_IO);
	fd = os_tmpfs_detached(options, &err);
	assert_true(fd >= 3);
	assert_int_equal(os_is_mountpoint(0, dir), 0);
	assert_int_equal(os_mount_attach(fd, AT_FDCWD, dir), 0);
	assert_int_equal(os_is_mountpoint(0, dir), 1);
	snprintf(path, sizeof(path), "%s/a b", dir);
	snprintf(inside, sizeof(inside), "%s/a b/file", dir);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(os_mount_bind("/usr", path, 0, 1), 0);
	assert_int_equal(os_is_mountpoint(0, path), 1);
	assert_int_equal(open(inside, O_CREAT | O_WRONLY, 0600), -1);
	assert_int_equal(os_mount_bind("/usr", path, 0, 0), 0);
	assert_int_equal(os_unmount(path), 0);
	assert_int_equal(os_is_mountpoint(0, path), 0);
	snprintf(path, sizeof(path), "%s/u", dir);
	snprintf(inside, sizeof(inside), "%s/w", dir);
	assert_int_equal(mkdir(path, 0755) | mkdir(inside, 0755), 0);
	lowers[0] = "/usr";
	overlay = os_overlay_detached(lowers, path, inside, 0, &err);
	assert_true(overlay >= 3);
	assert_int_equal(faccessat(overlay, "bin", F_OK, 0), 0);
	assert_int_equal(os_unmount(dir), 0);
	assert_int_equal(os_unmount(dir), 0);
	assert_int_equal(os_unmount("/nonexistent/x"), 0);
	rmdir(dir);
}

static void test_profile(void **state UNUSED)
{
	char one[17], two[17];
	CLEANUP_FREE char *path = os_ns_caller_path("net");
	pid_t pid;
	int status;

	assert_int_equal(os_caller_profile(one, NULL), 0);
	assert_int_equal(os_caller_profile(two, NULL), 0);
	assert_string_equal(one, two);
	assert_int_equal(access(path, F_OK), 0);
	pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWNET) < 0 || os_caller_profile(two, NULL) < 0)
			_exit(2);
		_exit(strcmp(one, two) == 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_mode),   cmocka_unit_test(test_group_life), cmocka_unit_test(test_never_the_root),
	    cmocka_unit_test(test_mounts), cmocka_unit_test(test_profile),
	};

	if (geteuid() != 0 || os_mount_api_works() != 1 || unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
