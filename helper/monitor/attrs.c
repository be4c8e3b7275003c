/* SPDX-License-Identifier: Apache-2.0 */
/* Takes off whatever the process that happened to start the first monitor had on. */
#include "attrs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <linux/ioprio.h>
#include <linux/keyctl.h>
#include <linux/mempolicy.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "os/fd.h"
#include "os/spawn.h"

#define NONE UINT64_MAX
#define STDIO_FDS 3
#define TIMER_SLACK_NS 50000UL /* the kernel's own for init */
#define COREDUMP_FILTER "0x33"
#define CPU_BYTES 1024         /* 8192 CPUs; the kernel leaves out what is not there or not allowed */

static const char *const environment[] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", NULL};

const char *const *attrs_environment(void)
{
	return environment;
}

/* What the kernel gives init where that is fixed, else no limit. */
static const struct os_spawn_rlimit limits[] = {
	{RLIMIT_CPU, NONE, NONE},
	{RLIMIT_FSIZE, NONE, NONE},
	{RLIMIT_DATA, NONE, NONE},
	{RLIMIT_STACK, 8 * 1024 * 1024, NONE},
	{RLIMIT_CORE, 0, NONE},
	{RLIMIT_RSS, NONE, NONE},
	{RLIMIT_NPROC, NONE, NONE},
	{RLIMIT_NOFILE, 1024, 524288},
	{RLIMIT_MEMLOCK, 8 * 1024 * 1024, 8 * 1024 * 1024},
	{RLIMIT_AS, NONE, NONE},
	{RLIMIT_LOCKS, NONE, NONE},
	{RLIMIT_SIGPENDING, NONE, NONE},
	{RLIMIT_MSGQUEUE, 819200, 819200},
	{RLIMIT_NICE, 0, 0},
	{RLIMIT_RTPRIO, 0, 0},
	{RLIMIT_RTTIME, NONE, NONE},
};
_Static_assert(ARRAY_SIZE(limits) <= OS_RLIMITS_MAX, "the table fits what callers give");

size_t attrs_rlimits(struct os_spawn_rlimit *ret)
{
	memcpy(ret, limits, sizeof(limits));
	return ARRAY_SIZE(limits);
}

static void drop_limits(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		struct rlimit now, want = {.rlim_cur = limits[i].soft, .rlim_max = limits[i].hard};

		if (getrlimit((__rlimit_resource_t)limits[i].resource, &now) < 0)
			continue;
		/* Its own fds are many containers'; what is lowered here could not be given to a job any more. */
		if (want.rlim_max < now.rlim_max)
			want.rlim_max = now.rlim_max;
		if (limits[i].resource == RLIMIT_NOFILE)
			want.rlim_cur = want.rlim_max;
		if (setrlimit((__rlimit_resource_t)limits[i].resource, &want) == 0)
			continue;
		want.rlim_max = now.rlim_max;
		if (want.rlim_cur > want.rlim_max || limits[i].resource == RLIMIT_NOFILE)
			want.rlim_cur = want.rlim_max;
		(void)setrlimit((__rlimit_resource_t)limits[i].resource, &want);
	}
}

static void write_own(const char *path, const char *text)
{
	int fd CLEANUP_CLOSE = open(path, O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		(void)!write(fd, text, strlen(text));
}

static void drop_scheduling(void)
{
	struct sched_param normal = {.sched_priority = 0};
	unsigned char all[CPU_BYTES];

	memset(all, 0xFF, sizeof(all));
	(void)sched_setscheduler(0, SCHED_OTHER, &normal);
	(void)setpriority(PRIO_PROCESS, 0, 0);
	(void)syscall(SYS_sched_setaffinity, 0, sizeof(all), all);
	(void)syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_NONE, 0));
	(void)syscall(SYS_set_mempolicy, MPOL_DEFAULT, NULL, 0);
	(void)prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS, 0, 0, 0);
}

static void drop_flags(void)
{
	(void)prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
	(void)prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
	(void)prctl(PR_MCE_KILL, PR_MCE_KILL_CLEAR, 0, 0, 0);
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	(void)prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0);
	(void)personality(PER_LINUX);
	(void)syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL, 0, 0, 0);
	write_own("/proc/self/oom_score_adj", "0");
	write_own("/proc/self/coredump_filter", COREDUMP_FILTER);
}

static void drop_signals(void)
{
	sigset_t none;

	os_signals_default();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static int is_kept(int fd, const int *keep, size_t n_keep)
{
	for (size_t i = 0; i < n_keep; i++)
		if (keep[i] == fd)
			return 1;
	return 0;
}

static int close_others(const int *keep, size_t n_keep)
{
	int from = STDIO_FDS, top = STDIO_FDS - 1;

	for (size_t i = 0; i < n_keep; i++)
		top = keep[i] > top ? keep[i] : top;
	for (int fd = from; fd <= top; fd++)
		if (!is_kept(fd, keep, n_keep))
			close(fd);
	return close_range((unsigned)top + 1, UINT_MAX, 0) < 0 ? -errno : 0;
}

static int null_stdio(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), r = 0;

	if (null < 0)
		return -errno;
	for (int fd = 0; r == 0 && fd < STDIO_FDS; fd++)
		if (fd == null ? fcntl(fd, F_SETFD, 0) < 0 : dup2(null, fd) < 0)
			r = -errno;
	if (null >= STDIO_FDS)
		close(null);
	return r;
}

int attrs_clean_start(const int *keep, size_t n_keep, ctr_error_t **err)
{
	int r = close_others(keep, n_keep);

	if (r == 0)
		r = null_stdio();
	if (r < 0)
		return error_set_errno(err, CTR_ERR_MONITOR, DOMAIN_MONITOR, r, "the monitor cannot give up the descriptors it was started with");
	drop_signals();
	environ = (char **)environment;
	umask(0022);
	(void)!chdir("/");
	(void)setsid();
	drop_limits();
	drop_scheduling();
	drop_flags();
	return 0;
}
