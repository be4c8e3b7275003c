/* SPDX-License-Identifier: Apache-2.0 */
/* Clean start: a process with everything changed has nothing of it left afterwards. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/cleanup.h"
#include "helper/monitor/attrs.h"
#include "os/fs.h"

#define KEPT 40

static void spoil(void)
{
	struct rlimit core = {.rlim_cur = 12345};
	struct sched_param normal = {0};
	sigset_t all;
	cpu_set_t one;

	getrlimit(RLIMIT_CORE, &core);
	core.rlim_cur = core.rlim_max < 12345 ? core.rlim_max : 12345;
	setrlimit(RLIMIT_CORE, &core);
	signal(SIGUSR1, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	umask(0077);
	if (chdir("/tmp") < 0)
		_exit(90);
	setenv("LISTEN_FDS", "3", 1);
	setenv("PATH", "/nowhere", 1);
	sched_setscheduler(0, SCHED_BATCH, &normal);
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	sched_setaffinity(0, sizeof(one), &one);
	prctl(PR_SET_TIMERSLACK, 1000000UL, 0, 0, 0);
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
	if (dup2(0, 30) < 0 || dup2(0, 50) < 0)
		_exit(91);
}

/* The number of the first thing found wrong, 0 when all is right. */
static int find_leftover(int cpus)
{
	static const struct {
		const char *line;
	} status[] = {{"SigBlk:\t0000000000000000\n"}, {"SigIgn:\t0000000000000000\n"}, {"Umask:\t0022\n"}};
	char *text CLEANUP_FREE = NULL, cwd[64];
	struct rlimit limit;
	struct stat st;
	cpu_set_t set;
	int signal;

	if (os_read_file(AT_FDCWD, "/proc/self/status", 65536, &text, NULL) < 0)
		return 1;
	for (int i = 0; i < 3; i++)
		if (!strstr(text, status[i].line))
			return 2 + i;
	if (!getcwd(cwd, sizeof(cwd)) || strcmp(cwd, "/") != 0)
		return 10;
	if (getenv("LISTEN_FDS") || !environ[0] || environ[1] || strncmp(environ[0], "PATH=/usr", 9) != 0)
		return 11;
	if (sched_getscheduler(0) != SCHED_OTHER)
		return 12;
	if (sched_getaffinity(0, sizeof(set), &set) < 0 || CPU_COUNT(&set) < cpus)
		return 13;
	if (prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0) != 50000 || prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0) != 0)
		return 14;
	if (prctl(PR_GET_PDEATHSIG, &signal, 0, 0, 0) < 0 || signal != 0)
		return 15;
	if (fcntl(30, F_GETFD) >= 0 || fcntl(50, F_GETFD) >= 0 || fcntl(KEPT, F_GETFD) < 0)
		return 16;
	for (int fd = 0; fd < 3; fd++)
		if (fstat(fd, &st) < 0 || !S_ISCHR(st.st_mode) || (fcntl(fd, F_GETFD) & FD_CLOEXEC))
			return 17;
	if (getrlimit(RLIMIT_CORE, &limit) < 0 || limit.rlim_cur != 0)
		return 18;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur != limit.rlim_max)
		return 19;
	return getsid(0) == getpid() ? 0 : 20;
}

static void test_clean_start(void **state)
{
	int pipes[2], status, left = -1, keep = KEPT;
	cpu_set_t set;
	pid_t pid;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(set), &set), 0);
	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	if (pid == 0) {
		spoil();
		if (dup2(pipes[1], KEPT) < 0 || attrs_clean_start(&keep, 1, NULL) < 0)
			_exit(92);
		left = find_leftover(CPU_COUNT(&set));
		_exit(write(KEPT, &left, sizeof(left)) == sizeof(left) ? 0 : 93);
	}
	close(pipes[1]);
	assert_int_equal(read(pipes[0], &left, sizeof(left)), (ssize_t)sizeof(left));
	assert_int_equal(left, 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(pipes[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_clean_start)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
