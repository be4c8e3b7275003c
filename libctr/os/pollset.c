/* SPDX-License-Identifier: Apache-2.0 */
/* epoll as a descriptor that stands for others, with flags and timers to put into it. */
#include "os/pollset.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include "base/macros.h"
#include "os/fd.h"

static int checked(int fd)
{
	return fd < 0 ? -errno : os_fd_above_std(fd);
}

int os_pollset_new(void)
{
	return checked(epoll_create1(EPOLL_CLOEXEC));
}

int os_pollset_add(int set, int fd)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.fd = fd};

	return epoll_ctl(set, EPOLL_CTL_ADD, fd, &ev) < 0 ? -errno : 0;
}

void os_pollset_drop(int set, int fd)
{
	(void)epoll_ctl(set, EPOLL_CTL_DEL, fd, NULL);
}

int os_flag_new(int on)
{
	return checked(eventfd(on ? 1 : 0, EFD_CLOEXEC | EFD_NONBLOCK));
}

void os_flag_set(int flag, int on)
{
	uint64_t n = 1;

	if (on)
		(void)!write(flag, &n, sizeof(n));
	else
		(void)!read(flag, &n, sizeof(n));
}

void os_timer_again(int timer, int64_t realtime_ns)
{
	/* All zero would switch it off. */
	int64_t ns = realtime_ns > 0 ? realtime_ns : 1;
	struct itimerspec at = {.it_value = {.tv_sec = (time_t)(ns / (int64_t)NSEC_PER_SEC),
					     .tv_nsec = (long)(ns % (int64_t)NSEC_PER_SEC)}};

	(void)timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL);
}

int os_timer_new(int64_t realtime_ns)
{
	int fd = checked(timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK));

	if (fd >= 0)
		os_timer_again(fd, realtime_ns);
	return fd;
}
