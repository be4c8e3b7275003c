/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts with threads: many, small, cancelled ones, one that reaps every child; and several engines in one process. */
#include "host.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SMALL_STACK (128 * 1024)
#define MANY 64
#define MANY_REAL 6

struct worker {
	const struct host *h;
	ctr_engine_t *engine;
	int number, done;
	pthread_t thread;
};

static void *lives(void *arg)
{
	struct worker *w = arg;
	char tag[32];

	snprintf(tag, sizeof(tag), "thread%d", w->number);
	life_whole(w->h, w->engine, tag);
	w->done = 1;
	return NULL;
}

static void with_threads(const struct host *h, int n, size_t stack, ctr_engine_t *const engines[2])
{
	struct worker *all = calloc((size_t)n, sizeof(*all));
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	if (stack && pthread_attr_setstacksize(&attr, stack) != 0)
		report("a stack of %zu bytes is refused", stack);
	for (int i = 0; all && i < n; i++) {
		all[i] = (struct worker){ .h = h, .engine = engines[i % 2], .number = i };
		if (pthread_create(&all[i].thread, &attr, lives, &all[i]) != 0) {
			report("cannot start thread %d", i);
			n = i;
		}
	}
	for (int i = 0; all && i < n; i++) {
		pthread_join(all[i].thread, NULL);
		EQUAL(all[i].done, 1);
	}
	pthread_attr_destroy(&attr);
	free(all);
}

static void on_one_engine(const struct host *h, size_t stack)
{
	ctr_engine_t *engine = life_engine(h, h->root, h->run_root);
	ctr_engine_t *const engines[2] = { engine, engine };

	with_threads(h, h->real ? MANY_REAL : MANY, stack, engines);
	ctr_engine_unref(engine);
}

static void threads(const struct host *h)
{
	on_one_engine(h, 0);
}

static void small_stacks(const struct host *h)
{
	on_one_engine(h, SMALL_STACK);
}

static void two_engines(const struct host *h)
{
	ctr_engine_t *const engines[2] = { life_engine(h, h->root, h->run_root), life_engine(h, h->root2, h->run_root2) };
	ctr_container_t *c = NULL, *here = life_create(h, engines[0], "only-here", NULL);

	WANT(CTR_ERR_NO_SUCH_CONTAINER, ctr_container_open(engines[1], "only-here", &c, &err));
	with_threads(h, 4, 0, engines);
	life_remove(here);
	ctr_engine_unref(engines[0]);
	/* What the first one gave back was its own. */
	life_whole(h, engines[1], "second");
	ctr_engine_unref(engines[1]);
}

/* Its locks (POSIX ones among them, which belong to the process) must not go with the first engine that is closed. */
static void same_root_twice(const struct host *h)
{
	ctr_engine_t *const engines[2] = { life_engine(h, h->root, h->run_root), life_engine(h, h->root, h->run_root) };
	ctr_container_t *other = NULL, *c = life_create(h, engines[0], "shared", NULL);

	OK(ctr_container_open(engines[1], "shared", &other, &err));
	OK(ctr_container_start(c, NULL, NULL, &err));
	EQUAL(life_state(other), CTR_STATE_RUNNING);
	OK(ctr_container_kill(other, SIGKILL, NULL, &err));
	OK(ctr_container_wait(c, NULL, NULL, NULL, &err));
	with_threads(h, 8, 0, engines);
	ctr_engine_unref(engines[0]);
	OK(ctr_container_start(other, NULL, NULL, &err));
	EQUAL(life_state(c), CTR_STATE_RUNNING);
	life_whole(h, engines[1], "left");
	ctr_engine_unref(engines[1]);
	ctr_container_unref(other);
	life_remove(c);
}

static atomic_int reaping;

static void *reaps(void *arg)
{
	const struct timespec pause = { .tv_nsec = 200000 };

	(void)arg;
	while (atomic_load(&reaping)) {
		if (waitpid(-1, NULL, 0) < 0 && errno == ECHILD)
			nanosleep(&pause, NULL); /* no child to wait for: nothing tells when there is one */
	}
	return NULL;
}

static void reaper(const struct host *h)
{
	pthread_t thread;

	atomic_store(&reaping, 1);
	if (pthread_create(&thread, NULL, reaps, NULL) != 0)
		abort();
	life_alone(h, "reaped");
	atomic_store(&reaping, 0);
	pthread_join(thread, NULL);
}

/* Every call of it finds a cancellation pending and must neither be ended by it nor take it away. */
static void *lives_cancelled(void *arg)
{
	struct worker *w = arg;

	pthread_cancel(pthread_self());
	life_whole(w->h, w->engine, "cancelled");
	ctr_engine_unref(w->engine);
	w->done = 1;
	pthread_testcancel();
	w->done = 2;
	return NULL;
}

static void cancellation(const struct host *h)
{
	struct host silent = *h;
	struct worker w = { .h = &silent, .engine = life_engine(h, h->root, h->run_root) };
	void *result = NULL;

	silent.silent = 1;
	if (pthread_create(&w.thread, NULL, lives_cancelled, &w) != 0)
		abort();
	pthread_join(w.thread, &result);
	EQUAL(w.done, 1);
	CHECK(result == PTHREAD_CANCELED);
	life_alone(h, "after");
}

static void *ends(void *arg)
{
	pthread_cancel(pthread_self());
	return arg;
}

/* libc's own handlers for threads come with the first one and with the first cancellation. */
static void have_threads(const struct host *h)
{
	pthread_t thread;

	(void)h;
	if (pthread_create(&thread, NULL, ends, NULL) != 0)
		abort();
	pthread_join(thread, NULL);
}

const struct variant variants_threads[] = {
	{ "threads", threads, have_threads },
	{ "small_stacks", small_stacks, have_threads },
	{ "two_engines", two_engines, have_threads },
	{ "same_root_twice", same_root_twice, have_threads },
	{ "reaper", reaper, have_threads },
	{ "cancellation", cancellation, have_threads },
	{ NULL, NULL, NULL },
};
