/* SPDX-License-Identifier: Apache-2.0 */
/* ctr-keeper: outlives the monitor, starts it again, keeps its descriptors and reaps what it leaves. Single-threaded; no memory is taken after start. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include "base/clock.h"
#include "keeper.h"

static void on_alarm(int sig)
{
	(void)sig;
}

/* wait: at most a second for a pair that is leaving. */
static int take_lock(struct keeper *k, const char *root, const char *key, int wait)
{
	struct sigaction interrupt = {.sa_handler = on_alarm};
	char path[PATH_MAX];
	int fd, linked;

	if ((size_t)snprintf(path, sizeof(path), "%s/" PROTOCOL_LOCK_DIR "/%s", root, key) >= sizeof(path))
		return -ENAMETOOLONG;
	if (wait) {
		/* Interrupted after a second, and when the starter closes its end of the pipe. */
		sigaction(SIGALRM, &interrupt, NULL);
		sigaction(SIGIO, &interrupt, NULL);
		fcntl(PROTOCOL_READY_FD, F_SETOWN, getpid());
		fcntl(PROTOCOL_READY_FD, F_SETFL, O_ASYNC);
		alarm(1);
	}
	do {
		fd = os_fd_above_std(open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
		if (fd < 0)
			return -errno;
		if (flock(fd, wait ? LOCK_EX : LOCK_EX | LOCK_NB) < 0) {
			close(fd);
			return errno == EWOULDBLOCK || errno == EINTR ? -EBUSY : -errno;
		}
		/* Who leaves removes the name: what was locked must still be what the name means. */
		linked = keeper_is_linked(fd, path);
		if (!linked)
			close(fd);
	} while (!linked);
	alarm(0);
	return keeper_put(k, STORE_LOCK, fd);
}

static void say(const char *word)
{
	/* The starter may be gone: then there is nobody to tell. */
	if (write(PROTOCOL_READY_FD, word, strlen(word)) < 0)
		return;
}

/* Everything before the keeper is on its own: errors are told through the ready pipe. */
static int begin(struct keeper *k, const char *root, const char *key)
{
	struct pollfd starter = {.fd = PROTOCOL_READY_FD}; /* POLLERR when the starter has what it wanted */
	int r = take_lock(k, root, key, 0);
	pid_t pid;

	if (r == -EBUSY) {
		/* The starter now waits for a socket: that of the pair that is here, or ours if that one was just leaving. Until then this is a
		 * child that the starter reaps: on its own it would become a zombie of a subreaper that never waits. */
		say(PROTOCOL_BUSY);
		r = take_lock(k, root, key, 1);
		if (r < 0 || poll(&starter, 1, 0) != 0)
			return -ECANCELED;
	} else if (r < 0) {
		say(strerror(-r));
		return r;
	}
	pid = fork();
	if (pid > 0)
		_exit(0);
	if (pid < 0) {
		say(strerror(errno));
		return -errno;
	}
	setsid();
	return 0;
}

static void start_monitor(struct keeper *k)
{
	int pair[2];
	sigset_t none;
	int r = os_socketpair_seqpacket(pair);

	k->started_ns = clock_monotonic_ns();
	k->ready = 0;
	if (r < 0)
		return;
	k->monitor = fork();
	if (k->monitor == 0) {
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		/* dup2 onto itself would leave close-on-exec set. */
		if (pair[1] == PROTOCOL_LINK_FD)
			fcntl(pair[1], F_SETFD, 0);
		else
			dup2(pair[1], PROTOCOL_LINK_FD);
		k->argv[0] = (char *)"ctr-monitor";
		execve(k->monitor_path, k->argv, k->envp);
		_exit(127);
	}
	close(pair[1]);
	if (k->monitor < 0) {
		close(pair[0]);
		k->monitor = 0;
		return;
	}
	/* The starter's pipe belongs to the first monitor alone: its end must be seen when that one dies. */
	if (!k->told)
		close(PROTOCOL_READY_FD);
	k->told = 1;
	k->link = pair[0];
}

/* The monitor has gone: everything it had sent is still in the socket. */
static void monitor_ended(struct keeper *k, int status)
{
	uint64_t lived = clock_monotonic_ns() - k->started_ns;

	while (k->link >= 0 && keeper_receive(k) == 0)
		;
	if (k->link >= 0)
		close(k->link);
	k->link = -1;
	k->monitor = k->listed = 0;
	k->next_listed = -1;
	if (k->replace[0])
		keeper_replace(k);
	else if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		_exit(0);
	else if (!k->ready && k->old_path[0])
		memcpy(k->monitor_path, k->old_path, sizeof(k->monitor_path));
	/* The first one could not even begin: its words have reached the starter. */
	if (!k->ready && !k->ever_ready)
		_exit(1);
	/* The store has been deleted: no monitor can come up, and nobody will ever ask for one. */
	if (!k->ready && access(k->root, F_OK) < 0 && errno == ENOENT)
		_exit(1);
	/* Hosts wait a second for a hello: the longest pause is shorter. */
	if (lived > NSEC_PER_SEC / 5)
		k->delay_ms = 0;
	k->restart_ns = clock_monotonic_ns() + (uint64_t)k->delay_ms * NSEC_PER_MSEC;
	k->delay_ms = k->delay_ms ? (k->delay_ms < 320 ? k->delay_ms * 2 : 320) : 10;
}

static void reap(struct keeper *k)
{
	siginfo_t si = {0};
	struct os_proc_stat st;
	int status;

	/* Seen first, reaped after: the start time of a reaped process cannot be read any more. */
	while (waitid(P_ALL, 0, &si, WEXITED | WNOHANG | WNOWAIT) == 0 && si.si_pid > 0) {
		pid_t pid = si.si_pid;
		uint64_t start = os_proc_stat(pid, &st) == 0 ? st.start_time : 0;

		if (waitpid(pid, &status, WNOHANG) == pid) {
			if (pid == k->monitor)
				monitor_ended(k, status);
			else
				keeper_add_status(k, pid, start, status);
		}
		si.si_pid = 0;
	}
}

static int wait_ms(const struct keeper *k)
{
	uint64_t now = clock_monotonic_ns();

	if (k->monitor)
		return -1;
	return k->restart_ns <= now ? 0 : (int)((k->restart_ns - now) / NSEC_PER_MSEC) + 1;
}

static void run(struct keeper *k, int sigfd)
{
	struct signalfd_siginfo info;

	for (;;) {
		struct pollfd fds[2] = {{.fd = sigfd, .events = POLLIN}, {.fd = k->link, .events = keeper_events(k)}};

		if (poll(fds, 2, wait_ms(k)) < 0 && errno != EINTR)
			_exit(1);
		if (fds[1].revents & POLLIN && keeper_receive(k) == -EPIPE) {
			/* It closed the link but lives: nobody to talk to until its end is reaped. */
			close(k->link);
			k->link = -1;
		}
		keeper_flush(k);
		if (fds[0].revents & POLLIN && read(sigfd, &info, sizeof(info)) > 0)
			reap(k);
		if (!k->monitor && wait_ms(k) == 0)
			start_monitor(k);
	}
}

int main(int argc, char **argv, char **envp)
{
	struct keeper *k = mmap(NULL, sizeof(*k), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const char *root = keeper_arg(argc, argv, "--root"), *key = keeper_arg(argc, argv, "--key");
	const char *monitor = keeper_arg(argc, argv, "--monitor"), *takeover = keeper_arg(argc, argv, "--takeover");
	const char *was = keeper_arg(argc, argv, "--was");
	struct rlimit files;
	sigset_t set;
	int sigfd;

	if (k == MAP_FAILED || !root || !key || !monitor || strlen(monitor) >= sizeof(k->monitor_path) || !protocol_key_is_good(key)) {
		fprintf(stderr, "ctr-keeper is started by libctr itself, with --root, --run-root, --key, --uuid, --monitor and --agent\n");
		return 2;
	}
	k->argv = argv;
	k->envp = envp;
	k->root = root;
	k->link = -1;
	memcpy(k->monitor_path, monitor, strlen(monitor) + 1);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	k->next_listed = -1;
	if (takeover)
		keeper_take_over(k, (int)strtol(takeover, NULL, 10));
	else if (begin(k, root, key) < 0)
		return 1;
	k->told = k->ever_ready = takeover != NULL;
	if (was && strlen(was) < sizeof(k->old_path))
		memcpy(k->old_path, was, strlen(was) + 1);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	/* All but SIGCHLD are ignored: the keeper ends with its monitor, by SIGKILL, or not at all. */
	for (int sig = 1; sig < 32; sig++)
		if (sig != SIGCHLD && sig != SIGKILL && sig != SIGSTOP)
			signal(sig, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_SETMASK, &set, NULL);
	sigfd = os_fd_above_std(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
	if (sigfd < 0)
		return 1;
	run(k, sigfd);
}
