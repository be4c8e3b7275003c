/* SPDX-License-Identifier: Apache-2.0 */
/* Starting another program: a child that shares our memory until it executes, so that a host with many threads and much memory
 * pays nothing and no lock of the C library is copied half-held. */
#include "os/spawn.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "base/mem.h"
#include "os/fd.h"
#include "os/pidfd.h"

#define STACK_SIZE (64 * 1024)
#define STDIO_FDS 3

/* The child never returns from these: what a sanitizer notes about their frames would stay behind in the memory we share. */
#define CHILD_CODE __attribute__((no_sanitize("address", "thread", "undefined")))

/* Written by the child into our memory; we stand still until it has executed or exited. */
struct child {
	const struct os_spawn *what;
	char *const *argv, *const *envp;
	int *moved;       /* where fds[i].from was put out of the way */
	int above;        /* no target has this number or a higher one */
	char oom_text[16];
	size_t oom_len;
	const char *step; /* what failed, with errnum */
	int errnum;
};

CHILD_CODE static int failed(struct child *c, const char *step)
{
	c->step = step;
	c->errnum = errno;
	return -1;
}

CHILD_CODE void os_signals_default(void)
{
	/* The kernel's struct sigaction, all zero: SIG_DFL. sigaction() refuses the C library's own two signals, 32 and 33,
	 * but a host may have been started with those ignored, and ignoring survives execve. */
	static const unsigned char dfl[32];

	for (int signal = 1; signal < NSIG; signal++)
		if (signal != SIGKILL && signal != SIGSTOP)
			(void)syscall(SYS_rt_sigaction, signal, dfl, NULL, (size_t)(NSIG - 1) / 8);
}

CHILD_CODE static int child_signals(struct child *c)
{
	/* The host's handlers must not run here; the child has a table of its own. */
	os_signals_default();
	if (c->what->death_signal && prctl(PR_SET_PDEATHSIG, c->what->death_signal) < 0)
		return failed(c, "set the death signal");
	return 0;
}

/* Out of the way first, since one's target may be another's source. */
CHILD_CODE static int child_fds(struct child *c)
{
	const struct os_spawn *what = c->what;
	unsigned std_given = 0;
	int null;

	for (size_t i = 0; i < what->n_fds; i++) {
		c->moved[i] = fcntl(what->fds[i].from, F_DUPFD_CLOEXEC, c->above);
		if (c->moved[i] < 0)
			return failed(c, "duplicate a descriptor");
		if (what->fds[i].to < STDIO_FDS)
			std_given |= 1u << what->fds[i].to;
	}
	if (syscall(SYS_close_range, STDIO_FDS, UINT_MAX, CLOSE_RANGE_CLOEXEC) < 0)
		return failed(c, "close the other descriptors");
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0)
		return failed(c, "open /dev/null");
	for (int fd = 0; fd < STDIO_FDS; fd++) {
		if (std_given & (1u << fd))
			continue;
		if (null == fd ? fcntl(fd, F_SETFD, 0) < 0 : dup2(null, fd) < 0)
			return failed(c, "put /dev/null in place of a standard stream");
	}
	for (size_t i = 0; i < what->n_fds; i++)
		if (dup2(c->moved[i], what->fds[i].to) < 0)
			return failed(c, "place a descriptor");
	return 0;
}

/* crun 1.8's create refuses a hybrid host as long as it sees the cgroup2 mount; without it, it makes directories in its place that nobody
 * takes away: they go into a file system that ends with the namespace. */
CHILD_CODE static int child_hides_unified(struct child *c)
{
	const char *path = c->what->unified_path;

	if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) < 0 && errno != EINVAL && errno != ENOENT)
		return failed(c, "unmount the unified cgroup hierarchy");
	(void)mkdir(path, 0755);
	if (mount("libctr", path, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=755,size=1m") < 0 && errno != ENOENT)
		return failed(c, "cover the place of the unified cgroup hierarchy");
	return 0;
}

/* Slave first: nothing may reach the host's mounts. */
CHILD_CODE static int child_mounts(struct child *c)
{
	const struct os_spawn *what = c->what;

	if (!what->unmount_unified && !what->mount_target)
		return 0;
	if (unshare(CLONE_NEWNS) < 0)
		return failed(c, "make a mount namespace");
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
		return failed(c, "cut the mount namespace off from the host's");
	if (what->unmount_unified && child_hides_unified(c) < 0)
		return -1;
	if (what->mount_target &&
	    syscall(SYS_move_mount, what->mount_fd, "", AT_FDCWD, what->mount_target, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return failed(c, "attach the mount");
	return 0;
}

/* Without CAP_SYS_RESOURCE a limit cannot go above the present hard one: then as high as that. */
CHILD_CODE static int child_rlimits(struct child *c)
{
	for (size_t i = 0; i < c->what->n_rlimits; i++) {
		const struct os_spawn_rlimit *wanted = &c->what->rlimits[i];
		struct rlimit limit = {.rlim_cur = wanted->soft, .rlim_max = wanted->hard}, now;

		if (syscall(SYS_prlimit64, 0, wanted->resource, &limit, NULL) == 0)
			continue;
		if (errno != EPERM || syscall(SYS_prlimit64, 0, wanted->resource, NULL, &now) < 0)
			return failed(c, "set a resource limit");
		limit.rlim_max = limit.rlim_max < now.rlim_max ? limit.rlim_max : now.rlim_max;
		limit.rlim_cur = limit.rlim_cur < limit.rlim_max ? limit.rlim_cur : limit.rlim_max;
		if (syscall(SYS_prlimit64, 0, wanted->resource, &limit, NULL) < 0)
			return failed(c, "set a resource limit");
	}
	return 0;
}

CHILD_CODE static int child_oom_score(struct child *c)
{
	int fd;

	if (!c->oom_len)
		return 0;
	fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, c->oom_text, c->oom_len) < 0)
		return failed(c, "set the OOM score");
	close(fd);
	return 0;
}

CHILD_CODE static int child_attributes(struct child *c)
{
	const struct os_spawn *what = c->what;

	if (what->new_session && setsid() < 0)
		return failed(c, "start a session");
	if (what->new_group && !what->new_session && setpgid(0, 0) < 0)
		return failed(c, "start a process group");
	umask(0022);
	if (chdir(what->cwd ? what->cwd : "/") < 0)
		return failed(c, "change to the working directory");
	return 0;
}

CHILD_CODE static int child_main(void *arg)
{
	struct child *c = arg;
	sigset_t none;

	sigemptyset(&none);
	if (child_signals(c) == 0 && child_attributes(c) == 0 && child_mounts(c) == 0 && child_oom_score(c) == 0 &&
	    child_fds(c) == 0 && child_rlimits(c) == 0) {
		sigprocmask(SIG_SETMASK, &none, NULL);
		execve(c->what->path, c->argv, c->envp);
		failed(c, "execute it");
	}
	_exit(127);
}

struct started {
	pid_t pid;
	int pidfd;
};

/* Exit signal 0: a child that fails before its exec stays hidden from a host that waits for any child or handles SIGCHLD; exec makes
 * it SIGCHLD. Signals are blocked so that no handler of the host runs on the small stack, in a process it does not know. */
static int clone_child(struct child *c, void *stack, struct started *ret)
{
	const int flags = CLONE_VM | CLONE_VFORK | (c->what->want_pidfd ? CLONE_PIDFD : 0);
	int cancel_state, pidfd = -1, r = 0;
	sigset_t all, before;
	pid_t pid;

	sigfillset(&all);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	pid = clone(child_main, (char *)stack + STACK_SIZE, flags, c, &pidfd, NULL, NULL);
	if (pid < 0)
		r = -errno;
	else if (c->step)
		while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR) /* one it never saw as its child: ours to reap */
			;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_setcancelstate(cancel_state, NULL);
	*ret = (struct started){.pid = pid, .pidfd = pidfd};
	return r;
}

static int prepare(struct child *c, const struct os_spawn *what)
{
	static char *const no_environment[] = {NULL};

	*c = (struct child){.what = what, .above = STDIO_FDS};
	c->argv = (char *const *)what->argv;
	c->envp = what->envp ? (char *const *)what->envp : no_environment;
	c->moved = mem_new0(what->n_fds, sizeof(*c->moved));
	for (size_t i = 0; i < what->n_fds; i++)
		if (what->fds[i].to >= c->above)
			c->above = what->fds[i].to + 1;
	if (what->oom_score_adj_set)
		c->oom_len = (size_t)snprintf(c->oom_text, sizeof(c->oom_text), "%d", what->oom_score_adj);
	return c->moved ? 0 : -ENOMEM;
}

int os_spawn(const struct os_spawn *what, pid_t *ret_pid, int *ret_pidfd_or_null, ctr_error_t **err)
{
	struct started started = {.pidfd = -1};
	int pidfd CLEANUP_CLOSE = -1, r;
	struct child child;
	void *stack;

	if (prepare(&child, what) < 0)
		return error_no_memory(err);
	stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (stack == MAP_FAILED) {
		free(child.moved);
		return error_no_memory(err);
	}
	r = clone_child(&child, stack, &started);
	munmap(stack, STACK_SIZE);
	free(child.moved);
	if (r < 0)
		return error_set_errno(err, 0, DOMAIN_CORE, r, "cannot start a process for %s", what->path);
	pidfd = started.pidfd;
	if (child.step)
		return error_set_errno(err, 0, DOMAIN_CORE, child.errnum, "cannot start %s: could not %s", what->path,
				       child.step);
	if (pidfd >= 0 && pidfd < STDIO_FDS) {
		int low CLEANUP_CLOSE = pidfd;

		pidfd = os_fd_dup(low);
		if (pidfd < 0) {
			(void)os_pidfd_signal(low, SIGKILL); /* nobody could follow it */
			return error_set_errno(err, 0, DOMAIN_CORE, pidfd, "cannot keep a pidfd of %s", what->path);
		}
	}
	*ret_pid = started.pid;
	if (ret_pidfd_or_null)
		*ret_pidfd_or_null = TAKE_FD(pidfd);
	return 0;
}
