/* SPDX-License-Identifier: Apache-2.0 */
/* The monitor's one event thread: fds, timers, ended children. Nothing called from here may wait. (owner: mon) */
#ifndef CTR_HELPER_MONITOR_LOOP_H
#define CTR_HELPER_MONITOR_LOOP_H

#include <stdint.h>
#include <sys/epoll.h>
#include <sys/types.h>

struct loop;
struct loop_io;
struct loop_timer;
struct loop_child;

struct loop *loop_new(void);
void loop_free(struct loop *l);

/* Watches fd (the caller keeps owning it) until loop_io_del, which must come before the fd is closed. events: EPOLL*. NULL = -ENOMEM or errno of epoll_ctl. */
typedef void (*loop_io_fn)(void *userdata, uint32_t events);
struct loop_io *loop_io_add(struct loop *l, int fd, uint32_t events, loop_io_fn fn, void *userdata);
int loop_io_set(struct loop_io *io, uint32_t events); /* 0 events: paused, costs nothing; 0 or -errno */
struct loop_io *loop_io_del(struct loop_io *io);      /* safe from within any handler; NULL in, NULL out; returns NULL */

/* One-shot, relative, CLOCK_MONOTONIC. The handle is gone once fn was called. */
typedef void (*loop_timer_fn)(void *userdata);
struct loop_timer *loop_timer_add(struct loop *l, uint64_t after_ns, loop_timer_fn fn, void *userdata);
struct loop_timer *loop_timer_del(struct loop_timer *t); /* NULL in, NULL out; returns NULL */

/* fn is called once when pid, a child of the monitor or of the keeper, has ended. For a child of the monitor it is still a zombie during the call
 * (read /proc/PID/stat at will); it is reaped when fn returns. Nobody else calls wait*(). The handle is gone once fn was called. */
typedef void (*loop_child_fn)(void *userdata, pid_t pid, int wait_status);
struct loop_child *loop_child_add(struct loop *l, pid_t pid, loop_child_fn fn, void *userdata);
struct loop_child *loop_child_del(struct loop_child *c); /* no longer interested; NULL in, NULL out; returns NULL */

/* pid was a child that ended and was reaped before anybody asked for it, a moment ago: 1 and its status, else 0. Ask before loop_child_add. */
int loop_child_missed(struct loop *l, pid_t pid, int *ret_wait_status);
/* Ptrace stops of it (wait status for which WIFSTOPPED); the handle stays. */
void loop_child_on_stop(struct loop_child *c, loop_child_fn fn);
/* The keeper reaped it: calls its fn and removes it. 1 = somebody had asked for this pid */
int loop_child_ended(struct loop *l, pid_t pid, int wait_status);

/* SIGTERM, SIGHUP, SIGINT */
typedef void (*loop_signal_fn)(void *userdata, int signal);
void loop_on_signal(struct loop *l, loop_signal_fn fn, void *userdata);

/* Runs until loop_quit; may be run again. */
int loop_run(struct loop *l);
void loop_quit(struct loop *l);

#endif
