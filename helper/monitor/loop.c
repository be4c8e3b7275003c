/* SPDX-License-Identifier: Apache-2.0 */
/* epoll, one timerfd for all timers, a signalfd: the monitor's one thread sleeps here and nowhere else. */
#include "loop.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include "base/clock.h"
#include "base/mem.h"
#include "os/fd.h"

struct loop_io {
	struct loop *loop;
	int fd, dead;
	uint32_t events;
	loop_io_fn fn;
	void *userdata;
	struct loop_io *next_dead;
};

struct loop_timer {
	struct loop *loop;
	uint64_t at_ns;
	loop_timer_fn fn;
	void *userdata;
	struct loop_timer *next;
};

struct loop_child {
	struct loop *loop;
	pid_t pid;
	loop_child_fn fn, on_stop;
	void *userdata;
	struct loop_child *next;
};

/* A container may end between the end of its create job and our learning of its number. */
#define MISSED_MAX 64
struct missed {
	pid_t pid;
	int wait_status;
};

struct loop {
	struct missed missed[MISSED_MAX];
	unsigned next_missed;
	int epoll_fd, timer_fd, signal_fd, quit;
	uint64_t armed_ns;
	struct loop_timer *timers; /* nearest first */
	struct loop_child *children;
	struct loop_io *dead, *timer_io, *signal_io;
	loop_signal_fn signal_fn;
	void *signal_userdata;
};

struct loop_io *loop_io_add(struct loop *l, int fd, uint32_t events, loop_io_fn fn, void *userdata)
{
	struct loop_io *io = NEW0(struct loop_io);
	struct epoll_event ev = {.events = events, .data.ptr = io};

	if (!io)
		return NULL;
	*io = (struct loop_io){.loop = l, .fd = fd, .events = events, .fn = fn, .userdata = userdata};
	/* Nothing asked for: not even in the set, since EPOLLHUP cannot be masked. */
	if (events && epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, fd, &ev) < 0) {
		free(io);
		return NULL;
	}
	return io;
}

int loop_io_set(struct loop_io *io, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.ptr = io};
	int op = !io->events ? EPOLL_CTL_ADD : !events ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;

	if (events == io->events)
		return 0;
	if (epoll_ctl(io->loop->epoll_fd, op, io->fd, &ev) < 0)
		return -errno;
	io->events = events;
	return 0;
}

struct loop_io *loop_io_del(struct loop_io *io)
{
	if (!io)
		return NULL;
	if (io->events)
		epoll_ctl(io->loop->epoll_fd, EPOLL_CTL_DEL, io->fd, NULL);
	io->events = 0;
	/* An event for it may wait in the batch being handled: freed after the batch. */
	io->dead = 1;
	io->next_dead = io->loop->dead;
	io->loop->dead = io;
	return NULL;
}

static void arm(struct loop *l)
{
	uint64_t at = l->timers ? l->timers->at_ns : 0;
	struct itimerspec spec = {.it_value = {.tv_sec = (time_t)(at / NSEC_PER_SEC), .tv_nsec = (long)(at % NSEC_PER_SEC)}};

	if (at == l->armed_ns)
		return;
	timerfd_settime(l->timer_fd, TFD_TIMER_ABSTIME, &spec, NULL);
	l->armed_ns = at;
}

struct loop_timer *loop_timer_add(struct loop *l, uint64_t after_ns, loop_timer_fn fn, void *userdata)
{
	struct loop_timer *t = NEW0(struct loop_timer), **at;
	uint64_t now = clock_monotonic_ns();

	if (!t)
		return NULL;
	/* Beyond 292 years is never; the kernel takes no more. */
	if (after_ns > INT64_MAX - now)
		after_ns = INT64_MAX - now;
	*t = (struct loop_timer){.loop = l, .at_ns = now + after_ns, .fn = fn, .userdata = userdata};
	for (at = &l->timers; *at && (*at)->at_ns <= t->at_ns; at = &(*at)->next)
		;
	t->next = *at;
	*at = t;
	arm(l);
	return t;
}

struct loop_timer *loop_timer_del(struct loop_timer *t)
{
	if (!t)
		return NULL;
	for (struct loop_timer **at = &t->loop->timers; *at; at = &(*at)->next)
		if (*at == t) {
			*at = t->next;
			break;
		}
	arm(t->loop);
	free(t);
	return NULL;
}

static void on_timer(void *userdata, uint32_t events)
{
	struct loop *l = userdata;
	uint64_t count, now = clock_monotonic_ns();

	(void)events;
	if (read(l->timer_fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		return;
	l->armed_ns = 0;
	while (l->timers && l->timers->at_ns <= now) {
		struct loop_timer *t = l->timers;
		loop_timer_fn fn = t->fn;
		void *data = t->userdata;

		l->timers = t->next;
		free(t);
		fn(data);
	}
	arm(l);
}

struct loop_child *loop_child_add(struct loop *l, pid_t pid, loop_child_fn fn, void *userdata)
{
	struct loop_child *c = NEW0(struct loop_child);

	if (!c)
		return NULL;
	*c = (struct loop_child){.loop = l, .pid = pid, .fn = fn, .userdata = userdata, .next = l->children};
	l->children = c;
	return c;
}

static int unlink_child(struct loop_child *c)
{
	for (struct loop_child **at = &c->loop->children; *at; at = &(*at)->next)
		if (*at == c) {
			*at = c->next;
			return 1;
		}
	return 0;
}

struct loop_child *loop_child_del(struct loop_child *c)
{
	if (c && unlink_child(c))
		free(c);
	return NULL;
}

int loop_child_ended(struct loop *l, pid_t pid, int wait_status)
{
	for (struct loop_child *c = l->children; c; c = c->next)
		if (c->pid == pid) {
			loop_child_fn fn = c->fn;
			void *data = c->userdata;

			unlink_child(c);
			free(c);
			fn(data, pid, wait_status);
			return 1;
		}
	return 0;
}

void loop_child_on_stop(struct loop_child *c, loop_child_fn fn)
{
	c->on_stop = fn;
}

static void stopped(struct loop *l, pid_t pid)
{
	int status;

	/* Taken off the queue whether or not anybody cares: seen again and again otherwise. */
	if (waitpid(pid, &status, WUNTRACED | WNOHANG) != pid || !WIFSTOPPED(status))
		return;
	for (struct loop_child *c = l->children; c; c = c->next)
		if (c->pid == pid && c->on_stop) {
			c->on_stop(c->userdata, pid, status);
			return;
		}
}

int loop_child_missed(struct loop *l, pid_t pid, int *ret_wait_status)
{
	for (size_t i = 0; i < MISSED_MAX; i++)
		if (l->missed[i].pid == pid) {
			l->missed[i].pid = 0;
			*ret_wait_status = l->missed[i].wait_status;
			return 1;
		}
	return 0;
}

static void child_ended(struct loop *l, pid_t pid, int wait_status)
{
	if (!loop_child_ended(l, pid, wait_status))
		l->missed[l->next_missed++ % MISSED_MAX] = (struct missed){pid, wait_status};
	waitpid(pid, NULL, WNOHANG);
}

static int wait_status_of(const siginfo_t *si)
{
	if (si->si_code == CLD_EXITED)
		return si->si_status << 8;
	return si->si_status | (si->si_code == CLD_DUMPED ? 0x80 : 0);
}

/* Told first, reaped after: a monitor killed in between leaves the zombie, and so the status, to the keeper. */
static void reap(struct loop *l)
{
	siginfo_t si = {0};

	while (waitid(P_ALL, 0, &si, WEXITED | WSTOPPED | WNOHANG | WNOWAIT) == 0 && si.si_pid > 0) {
		if (si.si_code == CLD_EXITED || si.si_code == CLD_KILLED || si.si_code == CLD_DUMPED) {
			child_ended(l, si.si_pid, wait_status_of(&si));
		} else {
			stopped(l, si.si_pid);
		}
		si.si_pid = 0;
	}
}

static void on_signal(void *userdata, uint32_t events)
{
	struct loop *l = userdata;
	struct signalfd_siginfo info;
	int child = 0;

	(void)events;
	while (read(l->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			child = 1;
		else if (l->signal_fn)
			l->signal_fn(l->signal_userdata, (int)info.ssi_signo);
	}
	if (child)
		reap(l);
}

void loop_on_signal(struct loop *l, loop_signal_fn fn, void *userdata)
{
	l->signal_fn = fn;
	l->signal_userdata = userdata;
}

static int watch_signals(struct loop *l)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	l->signal_fd = os_fd_above_std(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
	return l->signal_fd < 0 ? -errno : 0;
}

struct loop *loop_new(void)
{
	struct loop *l = NEW0(struct loop);

	if (!l)
		return NULL;
	l->epoll_fd = os_fd_above_std(epoll_create1(EPOLL_CLOEXEC));
	l->timer_fd = os_fd_above_std(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
	l->signal_fd = -1;
	if (l->epoll_fd < 0 || l->timer_fd < 0 || watch_signals(l) < 0) {
		loop_free(l);
		return NULL;
	}
	l->timer_io = loop_io_add(l, l->timer_fd, EPOLLIN, on_timer, l);
	l->signal_io = loop_io_add(l, l->signal_fd, EPOLLIN, on_signal, l);
	if (!l->timer_io || !l->signal_io) {
		loop_free(l);
		return NULL;
	}
	return l;
}

static void free_dead(struct loop *l)
{
	while (l->dead) {
		struct loop_io *io = l->dead;

		l->dead = io->next_dead;
		free(io);
	}
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	loop_io_del(l->timer_io);
	loop_io_del(l->signal_io);
	free_dead(l);
	while (l->timers) {
		struct loop_timer *t = l->timers;

		l->timers = t->next;
		free(t);
	}
	while (l->children)
		loop_child_del(l->children);
	if (l->epoll_fd >= 0)
		close(l->epoll_fd);
	if (l->timer_fd >= 0)
		close(l->timer_fd);
	if (l->signal_fd >= 0)
		close(l->signal_fd);
	free(l);
}

int loop_run(struct loop *l)
{
	struct epoll_event events[64];

	/* What ended before the signal was watched raised none. */
	reap(l);
	while (!l->quit) {
		int n = epoll_wait(l->epoll_fd, events, ARRAY_SIZE(events), -1);

		if (n < 0 && errno != EINTR)
			return -errno;
		for (int i = 0; i < n; i++) {
			struct loop_io *io = events[i].data.ptr;

			if (!io->dead)
				io->fn(io->userdata, events[i].events);
		}
		free_dead(l);
	}
	l->quit = 0;
	return 0;
}

void loop_quit(struct loop *l)
{
	l->quit = 1;
}
