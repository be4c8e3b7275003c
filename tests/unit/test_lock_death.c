/* SPDX-License-Identifier: Apache-2.0 */
/* Locks whose holder is another process that dies or is stopped. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/clock.h"
#include "lock/lock.h"

#define EPOCH "test-epoch"

struct fixture {
	char uuid[40], id[ID_SIZE];
	const char *uuids[1];
	struct lock_table *table;
	struct lock_ref ref;
};

static int set_up(void **state)
{
	static struct fixture f;
	struct lock_guard g = {0};

	memset(&f, 0, sizeof(f));
	snprintf(f.uuid, sizeof(f.uuid), "death-%d", getpid());
	snprintf(f.id, sizeof(f.id), "%064x", 42);
	f.uuids[0] = f.uuid;
	f.ref = (struct lock_ref){.slot = 9, .id = f.id};
	if (lock_segment_create(0, f.uuid, EPOCH, NULL) < 0 || lock_table_open(f.uuids, 1, EPOCH, &f.table, NULL) < 0 ||
	    lock_bind(f.table, 9, f.id, "create", &f.ref.generation, &g) < 0)
		return -1;
	lock_release(&g);
	lock_rev_set(f.table, 9, 5);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	lock_table_unref(f->table);
	lock_segment_remove(f->uuid, 0);
	return 0;
}

/* A process of its own mapping that holds the object's lock (or the writer's) until it is killed */
static pid_t holder(struct fixture *f, int writer)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		struct lock_table *t = NULL;
		struct lock_guard g = {0};

		if (lock_table_open(f->uuids, 1, EPOCH, &t, NULL) < 0)
			_exit(1);
		if (writer ? lock_writer_take(t, "container_save", NULL, &g, NULL) :
			     lock_take(t, &f->ref, LOCK_RANK_CONTAINER, "container_stop", NULL, &g, NULL))
			_exit(1);
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static void kill_and_reap(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void test_dead_holder_is_taken_over(void **state)
{
	struct fixture *f = *state;
	struct lock_guard g = {0};
	uint64_t rev = 1;

	kill_and_reap(holder(f, 0));
	assert_int_equal(lock_take(f->table, &f->ref, LOCK_RANK_CONTAINER, "x", NULL, &g, NULL), 0);
	assert_int_equal(g.recovered, 1);
	assert_int_equal(lock_rev_get(f->table, &f->ref, &rev), 0);
	assert_int_equal(rev, 0);
	lock_release(&g);
	/* once only */
	assert_int_equal(lock_take(f->table, &f->ref, LOCK_RANK_CONTAINER, "x", NULL, &g, NULL), 0);
	assert_int_equal(g.recovered, 0);
	lock_release(&g);
}

static void test_try_takes_over_too(void **state)
{
	struct fixture *f = *state;
	struct lock_guard g = {0};

	kill_and_reap(holder(f, 0));
	assert_int_equal(lock_try(f->table, &f->ref, LOCK_RANK_CONTAINER, "x", &g), 0);
	assert_int_equal(g.recovered, 1);
	lock_release(&g);
}

struct waiter {
	struct fixture *f;
	pthread_barrier_t barrier;
	int result, recovered;
};

static void *take(void *arg)
{
	struct waiter *w = arg;
	struct op_call call = {.deadline_ns = clock_monotonic_ns() + 60 * NSEC_PER_SEC};
	struct lock_guard g = {0};

	pthread_barrier_wait(&w->barrier);
	w->result = lock_take(w->f->table, &w->f->ref, LOCK_RANK_CONTAINER, "x", &call, &g, NULL);
	w->recovered = g.recovered;
	lock_release(&g);
	return NULL;
}

static void test_waiter_is_woken_by_death(void **state)
{
	struct waiter w = {.f = *state};
	pid_t pid = holder(*state, 0);
	pthread_t thread;

	pthread_barrier_init(&w.barrier, NULL, 2);
	assert_int_equal(pthread_create(&thread, NULL, take, &w), 0);
	pthread_barrier_wait(&w.barrier);
	kill_and_reap(pid);
	pthread_join(thread, NULL);
	assert_int_equal(w.result, 0);
	assert_int_equal(w.recovered, 1);
	pthread_barrier_destroy(&w.barrier);
}

static void check_stopped(struct fixture *f, pid_t pid, int writer, const char *operation)
{
	struct op_call call = {.deadline_ns = clock_monotonic_ns() + 100 * NSEC_PER_MSEC};
	CLEANUP_ERROR ctr_error_t *err = NULL;
	struct lock_slot_info info;
	struct lock_guard g = {0};
	char text[16];
	int status;
	uint64_t rev;

	kill(pid, SIGSTOP);
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_int_equal(writer ? lock_writer_take(f->table, "x", &call, &g, &err) :
				  lock_take(f->table, &f->ref, LOCK_RANK_CONTAINER, "x", &call, &g, &err),
			 CTR_ERR_TIMEOUT);
	snprintf(text, sizeof(text), "%d", pid);
	assert_string_equal(error_get_detail(err, "holder_pid"), text);
	assert_string_equal(error_get_detail(err, "holder_operation"), operation);
	assert_non_null(strstr(error_message(err), "stopped by a signal"));
	/* looking needs no lock */
	assert_int_equal(lock_rev_get(f->table, &f->ref, &rev), 0);
	assert_int_equal(rev, 5);
	assert_int_equal(lock_slot_info(f->table, writer ? LOCK_SLOT_WRITER : 9, &info), 0);
	assert_int_equal(info.pid, pid);
	kill_and_reap(pid);
}

static void test_stopped_holder_is_named(void **state)
{
	check_stopped(*state, holder(*state, 0), 0, "container_stop");
}

static void test_stopped_writer_is_named(void **state)
{
	struct fixture *f = *state;
	struct lock_guard g = {0};

	check_stopped(f, holder(f, 1), 1, "container_save");
	assert_int_equal(lock_writer_take(f->table, "x", NULL, &g, NULL), 0);
	assert_int_equal(g.recovered, 1);
	lock_release(&g);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_dead_holder_is_taken_over), TEST(test_try_takes_over_too),       TEST(test_waiter_is_woken_by_death),
	    TEST(test_stopped_holder_is_named),	  TEST(test_stopped_writer_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
