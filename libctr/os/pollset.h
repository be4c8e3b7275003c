/* SPDX-License-Identifier: Apache-2.0 */
/* Several things to wait for behind one descriptor: what fd-style calls hand out for an event loop. */
#ifndef CTR_OS_POLLSET_H
#define CTR_OS_POLLSET_H

#include <stdint.h>

/* All make fds close-on-exec and >= 3; fd or -errno. */
/* POLLIN while one of its members is */
int os_pollset_new(void);
int os_pollset_add(int set, int fd); /* 0 or -errno */
/* Before fd is closed: a copy of it in a forked child would keep it in the set. */
void os_pollset_drop(int set, int fd);
/* POLLIN while it is on */
int os_flag_new(int on);
void os_flag_set(int flag, int on);
/* POLLIN from that time of the wall clock on, wherever the clock is set to meanwhile */
int os_timer_new(int64_t realtime_ns);
/* The clock has been set back after it had rung. */
void os_timer_again(int timer, int64_t realtime_ns);

#endif
