/* SPDX-License-Identifier: Apache-2.0 */
/* Programs get what is said and nothing else; processes are followed by fd. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "base/mem.h"
#include "cm.h"
#include "os/fd.h"
#include "os/pidfd.h"
#include "os/proc.h"
#include "os/spawn.h"
#include "os/wait.h"

static void read_all(int fd, char *buf, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len < size - 1 && (n = read(fd, buf + len, size - 1 - len)) > 0)
		len += (size_t)n;
	buf[len] = '\0';
}

static void run_shell(const char *script, struct os_spawn what, char *buf, size_t size)
{
	const char *const argv[] = {"sh", "-c", script, NULL}, *const envp[] = {"PATH=/usr/bin:/bin", "A=b", NULL};
	struct os_spawn_fd fds[8];
	ctr_error_t *err = NULL;
	int out[2], status;
	pid_t pid;

	assert_int_equal(os_pipe(out, 0), 0);
	for (size_t i = 0; i < what.n_fds; i++)
		fds[i] = what.fds[i];
	fds[what.n_fds++] = (struct os_spawn_fd){out[1], 1};
	what.path = "/bin/sh";
	what.argv = argv;
	what.envp = envp;
	what.fds = fds;
	assert_int_equal(os_spawn(&what, &pid, NULL, &err), 0);
	close(out[1]);
	read_all(out[0], buf, size);
	close(out[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void a_child_inherits_nothing(void **state)
{
	struct os_spawn what = {0};
	int inheritable = open("/dev/zero", O_RDONLY); /* without close-on-exec, as hosts do */
	sigset_t blocked, before;
	mode_t mask = umask(077);
	char buf[4096];

	(void)state;
	setenv("SECRET", "x", 1);
	sigfillset(&blocked);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	signal(SIGUSR1, SIG_IGN);
	run_shell("ls /proc/self/fd | wc -l; pwd; umask; env | grep -c -e SECRET; grep -e SigBlk -e SigIgn /proc/self/status;"
		  " readlink /proc/self/fd/0 /proc/self/fd/2", what, buf, sizeof(buf));
	signal(SIGUSR1, SIG_DFL);
	sigprocmask(SIG_SETMASK, &before, NULL);
	umask(mask);
	close(inheritable);
	assert_string_equal(buf, "4\n/\n0022\n0\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n/dev/null\n/dev/null\n");
}

static void descriptors_can_change_places(void **state)
{
	struct os_spawn what = {0};
	struct os_spawn_fd fds[2];
	int a[2], b[2];
	char buf[64];

	(void)state;
	assert_int_equal(os_pipe(a, 0), 0);
	assert_int_equal(os_pipe(b, 0), 0);
	assert_int_equal(os_write_all(a[1], "from a\n", 7), 0);
	assert_int_equal(os_write_all(b[1], "from b\n", 7), 0);
	close(a[1]);
	close(b[1]);
	fds[0] = (struct os_spawn_fd){a[0], b[0]}; /* each other's number */
	fds[1] = (struct os_spawn_fd){b[0], a[0]};
	what.fds = fds;
	what.n_fds = 2;
	if (a[0] < 10 && b[0] < 10) { /* what sh can name */
		char script[64];

		snprintf(script, sizeof(script), "cat <&%d; cat <&%d", a[0], b[0]);
		run_shell(script, what, buf, sizeof(buf));
		assert_string_equal(buf, "from b\nfrom a\n");
	} else {
		fail_msg("descriptors %d and %d: something leaks", a[0], b[0]);
	}
	close(a[0]);
	close(b[0]);
}

static void attributes_are_set(void **state)
{
	struct rlimit now;
	struct os_spawn_rlimit limits[2] = {{RLIMIT_CORE, 0, 0}, {RLIMIT_NOFILE, UINT64_MAX, UINT64_MAX}};
	struct os_spawn what = {.cwd = "/usr", .new_session = 1, .oom_score_adj = 321, .oom_score_adj_set = 1, .rlimits = limits,
				.n_rlimits = 2};
	char buf[256], want[256];

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &now), 0);
	run_shell("pwd; cat /proc/self/oom_score_adj; ulimit -c; ulimit -Hn; ps=$(cat /proc/$$/stat); set -- $ps;"
		  " [ $1 = $6 ] && echo leader", what, buf, sizeof(buf));
	snprintf(want, sizeof(want), "/usr\n321\n0\n%llu\nleader\n", (unsigned long long)now.rlim_max);
	assert_string_equal(buf, want);
}

/* The failing child must be nobody's to see: no SIGCHLD, nothing to wait for. */
static void failures_name_the_step(void **state)
{
	const char *const argv[] = {"x", NULL};
	struct os_spawn_fd bad = {999, 1};
	struct os_spawn what = {.path = "/nonexistent/program", .argv = argv, .want_pidfd = 1};
	ctr_error_t *err = NULL;
	pid_t pid = -7;
	int pidfd = -7;

	(void)state;
	assert_int_equal(os_spawn(&what, &pid, &pidfd, &err), CTR_ERR_NO_SUCH_FILE);
	assert_int_equal(error_errno(err), ENOENT);
	assert_non_null(strstr(error_message(err), "/nonexistent/program"));
	err = error_unref(err);
	what.path = "/etc/passwd";
	assert_int_equal(os_spawn(&what, &pid, &pidfd, &err), CTR_ERR_PERMISSION);
	err = error_unref(err);
	what.path = "/bin/true";
	what.cwd = "/nonexistent";
	assert_int_equal(os_spawn(&what, &pid, &pidfd, &err), CTR_ERR_NO_SUCH_FILE);
	assert_non_null(strstr(error_message(err), "working directory"));
	err = error_unref(err);
	what.cwd = NULL;
	what.fds = &bad;
	what.n_fds = 1;
	assert_int_equal(os_spawn(&what, &pid, &pidfd, &err), CTR_ERR_IO);
	err = error_unref(err);
	assert_int_equal(pid, -7);
	assert_int_equal(pidfd, -7);
	assert_int_equal(waitpid(-1, NULL, WNOHANG | __WALL), -1);
	assert_int_equal(errno, ECHILD);
}

static void a_process_is_followed_by_fd(void **state)
{
	const char *const argv[] = {"cat", NULL};
	int in[2], pidfd, other, copy, status = 0;
	struct os_proc_stat st;
	struct os_spawn_fd fd;
	struct os_spawn what = {.path = "/bin/cat", .argv = argv, .fds = &fd, .n_fds = 1, .want_pidfd = 1};
	struct stat a, b;
	pid_t pid;

	(void)state;
	assert_int_equal(os_pipe(in, 0), 0);
	fd = (struct os_spawn_fd){in[0], 0};
	assert_int_equal(os_spawn(&what, &pid, &pidfd, NULL), 0);
	assert_true(pidfd > 2 && fcntl(pidfd, F_GETFD) == FD_CLOEXEC);
	assert_int_equal(os_proc_stat(pid, &st), 0);
	assert_string_equal(st.comm, "cat");
	assert_int_equal(st.ppid, getpid());
	assert_int_equal(os_proc_alive(pid, st.start_time), 1);
	assert_int_equal(os_proc_alive(pid, st.start_time + 1), 0);
	assert_int_equal(os_pidfd_open(pid, st.start_time + 1), -ESRCH);
	other = os_pidfd_open(pid, st.start_time);
	assert_true(other > 2);
	assert_true(os_pidfd_inode(other) == os_pidfd_inode(pidfd));
	assert_int_equal(os_pidfd_ended(pidfd), 0);
	assert_int_equal(os_pidfd_exit_status(pidfd, &status), -EAGAIN);
	copy = os_pidfd_getfd(pidfd, 0);
	assert_int_equal(fstat(copy, &a) | fstat(in[0], &b), 0);
	assert_true(a.st_ino == b.st_ino);
	assert_int_equal(os_pidfd_signal(pidfd, SIGTERM), 0);
	assert_int_equal(os_wait_fd(pidfd, POLLIN, NULL, "x", NULL), 0);
	assert_int_equal(os_pidfd_ended(pidfd), 1);
	assert_int_equal(os_proc_alive(pid, st.start_time), 0); /* a zombie does not live */
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WTERMSIG(status), SIGTERM);
	status = 0;
	if (os_pidfd_exit_status(pidfd, &status) == 0) /* Linux 6.15; else -ENODATA */
		assert_int_equal(WTERMSIG(status), SIGTERM);
	assert_int_equal(os_pidfd_signal(pidfd, 0), -ESRCH);
	assert_int_equal(os_proc_stat(pid, &st), -ESRCH);
	for (int *p[] = {&in[0], &in[1], &pidfd, &other, &copy, NULL}, i = 0; p[i]; i++)
		close(*p[i]);
}

static void facts_of_this_process(void **state)
{
	char id[OS_BOOT_ID_SIZE];
	uint64_t inode, again, start;
	long left = os_fds_left();
	int pair[2];

	(void)state;
	assert_int_equal(os_boot_id(NULL, id), 0);
	assert_int_equal(strlen(id), 36);
	assert_int_equal(os_boot_id("/nonexistent", id), -ENOENT);
	assert_int_equal(os_pidns_identity(&inode, &start), 0);
	assert_int_equal(os_ns_inode(getpid(), "pid", &again), 0);
	assert_true(inode && inode == again);
	assert_int_equal(os_gettid(), getpid());
	assert_int_equal(os_has_cap(-1), 0);
	assert_int_equal(os_pipe(pair, 0), 0);
	assert_int_equal(os_fds_left(), left - 2);
	close(pair[0]);
	close(pair[1]);
}

/* Names may hold what separates the fields. */
static void odd_names_are_read(void **state)
{
	const char *const argv[] = {"x", NULL};
	char path[] = "/tmp/ctr-test) R 1XXXXXX";
	struct os_spawn_fd fd;
	struct os_spawn what = {.path = path, .argv = argv, .fds = &fd, .n_fds = 1};
	int in[2], program = mkstemp(path), status;
	struct os_proc_stat st;
	pid_t pid;

	(void)state;
	assert_int_equal(os_pipe(in, 0), 0);
	close(program);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/bin/cat", path), 0);
	fd = (struct os_spawn_fd){in[0], 0};
	assert_int_equal(os_spawn(&what, &pid, NULL, NULL), 0);
	assert_int_equal(os_proc_stat(pid, &st), 0);
	assert_memory_equal(st.comm, "ctr-test) R 1", 13);
	assert_int_equal(st.ppid, getpid());
	close(in[0]);
	close(in[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_child_inherits_nothing),
		cmocka_unit_test(descriptors_can_change_places),
		cmocka_unit_test(attributes_are_set),
		cmocka_unit_test(failures_name_the_step),
		cmocka_unit_test(a_process_is_followed_by_fd),
		cmocka_unit_test(facts_of_this_process),
		cmocka_unit_test(odd_names_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
