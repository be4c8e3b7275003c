/* SPDX-License-Identifier: Apache-2.0 */
/* A queue of tasks, the threads that work them off, and the way back to the event thread by an eventfd. */
#include "log_pool.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/mem.h"
#include "log_file.h"
#include "os/fd.h"

#define WORKER_STACK (128 * 1024)
#define RETRY_NS (100 * NSEC_PER_MSEC)

struct task_list {
	struct log_task *first, **end;
};

struct log_pool {
	struct loop *loop;
	struct loop_io *io;
	struct loop_timer *retry; /* no thread could be started */
	int event_fd;
	pthread_mutex_t mutex;
	pthread_cond_t todo, quiet;
	/* under mutex */
	struct task_list queue, finished;
	unsigned threads, idle, refs;
	int paused, stopped;
};

static void list_init(struct task_list *l)
{
	*l = (struct task_list){.first = NULL};
	l->end = &l->first;
}

static void list_push(struct task_list *l, struct log_task *t)
{
	t->next = NULL;
	*l->end = t;
	l->end = &t->next;
}

static struct log_task *list_pop(struct task_list *l)
{
	struct log_task *t = l->first;

	if (!t)
		return NULL;
	l->first = t->next;
	if (!l->first)
		l->end = &l->first;
	return t;
}

/* With the mutex held; returns with it released. The last one, often a worker that came back late, frees. */
static void unref_unlock(struct log_pool *p)
{
	unsigned left = --p->refs;

	pthread_mutex_unlock(&p->mutex);
	if (left)
		return;
	pthread_mutex_destroy(&p->mutex);
	pthread_cond_destroy(&p->todo);
	pthread_cond_destroy(&p->quiet);
	close(p->event_fd);
	free(p);
}

static struct log_task *next_task(struct log_pool *p)
{
	while (!p->stopped && (p->paused || !p->queue.first)) {
		p->idle++;
		pthread_cond_broadcast(&p->quiet);
		pthread_cond_wait(&p->todo, &p->mutex);
		p->idle--;
	}
	return p->stopped ? NULL : list_pop(&p->queue);
}

static void *worker(void *arg)
{
	struct log_pool *p = arg;
	char *buffer CLEANUP_FREE = malloc(LOG_FILE_BUFFER);
	struct log_task *t;

	pthread_mutex_lock(&p->mutex);
	while (buffer && (t = next_task(p))) {
		pthread_mutex_unlock(&p->mutex);
		t->work(t, buffer);
		pthread_mutex_lock(&p->mutex);
		list_push(&p->finished, t);
		(void)!write(p->event_fd, &(uint64_t){1}, sizeof(uint64_t));
	}
	p->threads--;
	pthread_cond_broadcast(&p->quiet);
	unref_unlock(p);
	return NULL;
}

/* With the mutex held. Signals are the event thread's; SIGXFSZ stays blocked, so that a size limit is an error of write. */
static void start_worker(struct log_pool *p)
{
	sigset_t all, before;
	pthread_attr_t attr;
	pthread_t thread;

	sigfillset(&all);
	if (pthread_attr_init(&attr) != 0)
		return;
	pthread_attr_setstacksize(&attr, WORKER_STACK);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	if (pthread_create(&thread, &attr, worker, p) == 0) {
		p->threads++;
		p->refs++;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
}

static void on_retry(void *userdata)
{
	struct log_pool *p = userdata;

	pthread_mutex_lock(&p->mutex);
	p->retry = NULL;
	if (!p->threads)
		start_worker(p);
	if (!p->threads)
		p->retry = loop_timer_add(p->loop, RETRY_NS, on_retry, p);
	pthread_mutex_unlock(&p->mutex);
}

void log_pool_submit(struct log_pool *p, struct log_task *t)
{
	pthread_mutex_lock(&p->mutex);
	list_push(&p->queue, t);
	if (!p->idle && p->threads < LOG_WORKERS_MAX)
		start_worker(p);
	if (!p->threads && !p->retry)
		p->retry = loop_timer_add(p->loop, RETRY_NS, on_retry, p);
	pthread_cond_signal(&p->todo);
	pthread_mutex_unlock(&p->mutex);
}

static void on_finished(void *userdata, uint32_t events)
{
	struct log_pool *p = userdata;
	struct task_list mine;
	struct log_task *t;
	uint64_t count;

	(void)events;
	(void)!read(p->event_fd, &count, sizeof(count));
	list_init(&mine);
	pthread_mutex_lock(&p->mutex);
	while ((t = list_pop(&p->finished)))
		list_push(&mine, t);
	pthread_mutex_unlock(&p->mutex);
	while ((t = list_pop(&mine)))
		t->done(t);
}

struct log_pool *log_pool_new(struct loop *loop)
{
	struct log_pool *p = NEW0(struct log_pool);
	pthread_condattr_t clock;

	if (!p)
		return NULL;
	p->loop = loop;
	p->refs = 1;
	list_init(&p->queue);
	list_init(&p->finished);
	pthread_mutex_init(&p->mutex, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&p->todo, &clock);
	pthread_cond_init(&p->quiet, &clock);
	pthread_condattr_destroy(&clock);
	p->event_fd = os_fd_above_std(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
	p->io = p->event_fd >= 0 ? loop_io_add(loop, p->event_fd, EPOLLIN, on_finished, p) : NULL;
	if (!p->io) {
		log_pool_free(p);
		return NULL;
	}
	return p;
}

void log_pool_free(struct log_pool *p)
{
	if (!p)
		return;
	loop_io_del(p->io);
	pthread_mutex_lock(&p->mutex);
	loop_timer_del(p->retry);
	p->stopped = 1;
	pthread_cond_broadcast(&p->todo);
	unref_unlock(p);
}

int log_pool_pause(struct log_pool *p, uint64_t wait_ns)
{
	uint64_t until = clock_monotonic_ns() + wait_ns;
	struct timespec at = {.tv_sec = (time_t)(until / NSEC_PER_SEC), .tv_nsec = (long)(until % NSEC_PER_SEC)};
	int r = 0;

	pthread_mutex_lock(&p->mutex);
	p->paused = 1;
	while (r == 0 && p->idle < p->threads)
		r = pthread_cond_timedwait(&p->quiet, &p->mutex, &at);
	r = p->idle < p->threads ? -EAGAIN : 0;
	pthread_mutex_unlock(&p->mutex);
	return r;
}

void log_pool_resume(struct log_pool *p)
{
	pthread_mutex_lock(&p->mutex);
	p->paused = 0;
	pthread_cond_broadcast(&p->todo);
	pthread_mutex_unlock(&p->mutex);
}
