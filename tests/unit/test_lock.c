/* SPDX-License-Identifier: Apache-2.0 */
/* Locks within one process: binding, taking, every way a wait can end, limits, and segments that cannot be used. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/clock.h"
#include "lock/lock.h"
#include "os/proc.h"

#define EPOCH "test-epoch"

struct fixture {
	char uuid[40];
	const char *uuids[16];
	struct lock_table *table;
};

static void make_id(char id[ID_SIZE], unsigned n)
{
	snprintf(id, ID_SIZE, "%064x", n);
}

static int set_up(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	snprintf(f.uuid, sizeof(f.uuid), "test-%d", getpid());
	for (size_t i = 0; i < ARRAY_SIZE(f.uuids); i++)
		f.uuids[i] = f.uuid;
	if (lock_segment_create(0, f.uuid, EPOCH, NULL) < 0 || lock_table_open(f.uuids, 1, EPOCH, &f.table, NULL) < 0)
		return -1;
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	lock_table_unref(f->table);
	for (unsigned i = 0; i < 16; i++)
		lock_segment_remove(f->uuid, i);
	return 0;
}

static struct lock_ref bind_slot(struct lock_table *t, uint32_t slot, char id[ID_SIZE])
{
	struct lock_guard g = {0};
	struct lock_ref ref = {.slot = slot, .id = id};

	make_id(id, slot + 1);
	assert_int_equal(lock_bind(t, slot, id, "create", &ref.generation, &g), 0);
	lock_release(&g);
	return ref;
}

/* Holds one lock on another thread until told to let go. */
struct holder {
	struct lock_table *table;
	struct lock_ref ref;
	pthread_t thread;
	pthread_barrier_t barrier;
	int result;
};

static void *hold(void *arg)
{
	struct holder *h = arg;
	struct lock_guard g = {0};

	h->result = lock_take(h->table, &h->ref, LOCK_RANK_CONTAINER, "container_stop", NULL, &g, NULL);
	pthread_barrier_wait(&h->barrier);
	pthread_barrier_wait(&h->barrier);
	lock_release(&g);
	return NULL;
}

static void hold_begin(struct holder *h, struct lock_table *t, struct lock_ref ref)
{
	*h = (struct holder){.table = t, .ref = ref};
	pthread_barrier_init(&h->barrier, NULL, 2);
	assert_int_equal(pthread_create(&h->thread, NULL, hold, h), 0);
	pthread_barrier_wait(&h->barrier);
	assert_int_equal(h->result, 0);
}

static void hold_end(struct holder *h)
{
	pthread_barrier_wait(&h->barrier);
	pthread_join(h->thread, NULL);
	pthread_barrier_destroy(&h->barrier);
}

static struct op_call in_ms(uint64_t ms)
{
	return (struct op_call){.deadline_ns = clock_monotonic_ns() + ms * NSEC_PER_MSEC};
}

static void test_bind_take_release(void **state)
{
	struct fixture *f = *state;
	struct lock_slot_info info;
	struct lock_guard g = {0};
	char id[ID_SIZE], other[ID_SIZE];
	struct lock_ref ref = bind_slot(f->table, 3, id);
	uint64_t generation;

	assert_int_equal(lock_take(f->table, &ref, LOCK_RANK_CONTAINER, "container_start", NULL, &g, NULL), 0);
	assert_int_equal(g.recovered, 0);
	assert_int_equal(lock_slot_info(f->table, 3, &info), 0);
	assert_true(info.held);
	assert_int_equal(info.pid, getpid());
	assert_int_equal(info.tid, os_gettid());
	assert_string_equal(info.operation, "container_start");
	assert_string_equal(info.id, id);
	lock_release(&g);
	assert_null(g.table);
	assert_int_equal(lock_slot_info(f->table, 3, &info), 0);
	assert_false(info.held);

	/* The slot goes to another object: the first one's users learn that theirs is gone. */
	make_id(other, 77);
	assert_int_equal(lock_bind(f->table, 3, other, "create", &generation, &g), 0);
	assert_true(generation > ref.generation);
	lock_release(&g);
	assert_int_equal(lock_take(f->table, &ref, LOCK_RANK_CONTAINER, "x", NULL, &g, NULL), CTR_ERR_REMOVED);
	assert_int_equal(lock_try(f->table, &ref, LOCK_RANK_CONTAINER, "x", &g), -ESTALE);
	assert_null(g.table);
	assert_int_equal(lock_slot_info(f->table, 3, &info), 0);
	assert_false(info.held);
	assert_int_equal(lock_slot_info(f->table, lock_table_slots(f->table), &info), -ERANGE);
}

static void test_same_id_again_is_another_generation(void **state)
{
	struct fixture *f = *state;
	struct lock_guard g = {0};
	char id[ID_SIZE];
	struct lock_ref ref = bind_slot(f->table, 5, id), again = ref;

	assert_int_equal(lock_bind(f->table, 5, id, "create", &again.generation, &g), 0);
	lock_release(&g);
	assert_int_equal(lock_take(f->table, &ref, LOCK_RANK_CONTAINER, "x", NULL, &g, NULL), CTR_ERR_REMOVED);
	assert_int_equal(lock_take(f->table, &again, LOCK_RANK_CONTAINER, "x", NULL, &g, NULL), 0);
	lock_release(&g);
}

static void test_revisions(void **state)
{
	struct fixture *f = *state;
	char id[ID_SIZE];
	struct lock_ref ref = bind_slot(f->table, 4, id);
	struct lock_guard g = {0};
	uint64_t rev = 99;

	assert_int_equal(lock_rev_get(f->table, &ref, &rev), 0);
	assert_int_equal(rev, 0);
	lock_rev_set(f->table, 4, 12);
	assert_int_equal(lock_rev_get(f->table, &ref, &rev), 0);
	assert_int_equal(rev, 12);
	lock_unbind(f->table, 4);
	assert_int_equal(lock_rev_get(f->table, &ref, &rev), -ESTALE);
	assert_int_equal(lock_take(f->table, &ref, LOCK_RANK_CONTAINER, "x", NULL, &g, NULL), CTR_ERR_REMOVED);
}

static void test_timeout_names_the_holder(void **state)
{
	struct fixture *f = *state;
	CLEANUP_ERROR ctr_error_t *err = NULL;
	struct op_call call = in_ms(120), now = {.deadline_ns = 0};
	struct lock_guard g = {0};
	struct holder h;
	char id[ID_SIZE], pid[16];
	struct lock_ref ref = bind_slot(f->table, 6, id);

	hold_begin(&h, f->table, ref);
	assert_int_equal(lock_try(f->table, &ref, LOCK_RANK_CONTAINER, "x", &g), -EBUSY);
	assert_int_equal(lock_take(f->table, &ref, LOCK_RANK_CONTAINER, "x", &now, &g, NULL), CTR_ERR_TIMEOUT);
	assert_int_equal(lock_take(f->table, &ref, LOCK_RANK_CONTAINER, "x", &call, &g, &err), CTR_ERR_TIMEOUT);
	assert_null(g.table);
	snprintf(pid, sizeof(pid), "%d", getpid());
	assert_string_equal(error_get_detail(err, "holder_pid"), pid);
	assert_string_equal(error_get_detail(err, "holder_operation"), "container_stop");
	assert_non_null(error_get_detail(err, "holder_tid"));
	assert_non_null(error_get_detail(err, "holder_since_ns"));
	assert_non_null(strstr(error_message(err), "container_stop"));
	assert_non_null(strstr(error_message(err), pid));
	/* a slot whose lock is held is not given to a new object */
	assert_int_equal(lock_bind(f->table, 6, id, "create", &ref.generation, &g), -EBUSY);
	hold_end(&h);
	assert_int_equal(lock_take(f->table, &ref, LOCK_RANK_CONTAINER, "x", &now, &g, NULL), 0);
	lock_release(&g);
}

static void test_deadlock_is_an_answer(void **state)
{
	struct fixture *f = *state;
	struct lock_table *second = NULL;
	struct lock_guard g = {0}, h = {0};
	char id[ID_SIZE];
	struct lock_ref ref = bind_slot(f->table, 7, id);

	assert_int_equal(lock_table_open(f->uuids, 1, EPOCH, &second, NULL), 0);
	assert_int_equal(lock_take(f->table, &ref, LOCK_RANK_CONTAINER, "x", NULL, &g, NULL), 0);
	assert_int_equal(lock_take(f->table, &ref, LOCK_RANK_CONTAINER, "x", NULL, &h, NULL), CTR_ERR_DEADLOCK);
	/* the same thread through another mapping of the same segment */
	assert_int_equal(lock_take(second, &ref, LOCK_RANK_CONTAINER, "x", NULL, &h, NULL), CTR_ERR_DEADLOCK);
	assert_int_equal(lock_try(second, &ref, LOCK_RANK_CONTAINER, "x", &h), -EBUSY);
	lock_release(&g);
	assert_int_equal(lock_take(second, &ref, LOCK_RANK_CONTAINER, "x", NULL, &h, NULL), 0);
	lock_release(&h);
	assert_int_equal(lock_writer_take(f->table, "x", NULL, &g, NULL), 0);
	assert_int_equal(lock_writer_take(second, "x", NULL, &h, NULL), CTR_ERR_DEADLOCK);
	lock_release(&g);
	lock_table_unref(second);
}

struct waiter {
	struct lock_table *table;
	struct lock_ref ref;
	ctr_op_t *op;
	pthread_barrier_t barrier;
	int result;
};

static void *wait_for_lock(void *arg)
{
	struct waiter *w = arg;
	struct op_call call = {.op = w->op, .deadline_ns = OP_NO_DEADLINE};
	struct lock_guard g = {0};

	pthread_barrier_wait(&w->barrier);
	w->result = lock_take(w->table, &w->ref, LOCK_RANK_CONTAINER, "x", &call, &g, NULL);
	lock_release(&g);
	return NULL;
}

static void on_signal(int sig)
{
	(void)sig;
}

static void end_wait(struct fixture *f, uint32_t slot, int interrupt, int expected)
{
	char id[ID_SIZE];
	struct lock_ref ref = bind_slot(f->table, slot, id);
	struct waiter w = {.table = f->table, .ref = ref};
	struct sigaction act = {.sa_handler = on_signal}, old;
	struct holder h;
	pthread_t thread;

	assert_int_equal(op_new(&w.op, NULL), 0);
	op_set_interruptible(w.op, interrupt);
	sigaction(SIGUSR1, &act, &old);
	hold_begin(&h, f->table, ref);
	pthread_barrier_init(&w.barrier, NULL, 2);
	assert_int_equal(pthread_create(&thread, NULL, wait_for_lock, &w), 0);
	pthread_barrier_wait(&w.barrier);
	if (interrupt) {
		/* One that came before the wait began would prove nothing: signal until the wait has ended. */
		while (pthread_tryjoin_np(thread, NULL) == EBUSY) {
			pthread_kill(thread, SIGUSR1);
			sched_yield();
		}
	} else {
		op_cancel(w.op);
		pthread_join(thread, NULL);
	}
	assert_int_equal(w.result, expected);
	hold_end(&h);
	sigaction(SIGUSR1, &old, NULL);
	op_unref(w.op);
	pthread_barrier_destroy(&w.barrier);
}

static void test_cancel_ends_a_wait(void **state)
{
	end_wait(*state, 8, 0, CTR_ERR_CANCELLED);
}

static void test_signal_handler_ends_an_interruptible_wait(void **state)
{
	end_wait(*state, 9, 1, CTR_ERR_INTERRUPTED);
}

static void test_256_locks_per_thread(void **state)
{
	struct fixture *f = *state;
	static struct lock_guard g[257];
	static char ids[257][ID_SIZE];
	static struct lock_ref refs[257];

	for (uint32_t i = 0; i < 257; i++)
		refs[i] = bind_slot(f->table, 100 + i, ids[i]);
	for (size_t i = 0; i < 256; i++)
		assert_int_equal(lock_take(f->table, &refs[i], LOCK_RANK_CONTAINER, "batch", NULL, &g[i], NULL), 0);
	assert_int_equal(lock_take(f->table, &refs[256], LOCK_RANK_CONTAINER, "batch", NULL, &g[256], NULL), CTR_ERR_NO_RESOURCES);
	for (size_t i = 0; i < 257; i++)
		lock_release(&g[i]);
	assert_int_equal(lock_take(f->table, &refs[256], LOCK_RANK_CONTAINER, "x", NULL, &g[256], NULL), 0);
	lock_release(&g[256]);
}

static void test_100000_slots(void **state)
{
	struct fixture *f = *state;
	unsigned n = 1;
	char id[ID_SIZE];

	while (lock_table_slots(f->table) < 100000) {
		assert_int_equal(lock_segment_create(n, f->uuid, EPOCH, NULL), 0);
		n++;
		assert_int_equal(lock_table_extend(f->table, f->uuids, n, NULL), 0);
	}
	assert_int_equal(lock_table_segments(f->table), n);
	for (uint32_t i = 0; i < 100000; i++)
		bind_slot(f->table, i, id);
	for (uint32_t i = 0; i < 100000; i += 777) {
		struct lock_slot_info info;

		make_id(id, i + 1);
		assert_int_equal(lock_slot_info(f->table, i, &info), 0);
		assert_string_equal(info.id, id);
	}
}

static void test_segments_that_are_not_ours(void **state)
{
	struct fixture *f = *state;
	CLEANUP_ERROR ctr_error_t *err = NULL;
	struct lock_table *t = NULL;
	char path[128];
	int fd;

	assert_int_equal(lock_table_open(f->uuids, 1, "another-epoch", &t, NULL), CTR_ERR_STORE_MISMATCH);
	assert_int_equal(lock_table_open(f->uuids, 2, EPOCH, &t, &err), CTR_ERR_STORE_MISMATCH);
	snprintf(path, sizeof(path), "/dev/shm/libctr-%s-1", f->uuid);
	assert_non_null(strstr(error_message(err), path));
	assert_string_equal(error_get_detail(err, "path"), path);
	fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(lock_table_open(f->uuids, 2, EPOCH, &t, NULL), CTR_ERR_STORE_MISMATCH);
	assert_int_equal(ftruncate(fd, 1 << 20), 0);
	assert_int_equal(lock_table_open(f->uuids, 2, EPOCH, &t, NULL), CTR_ERR_STORE_MISMATCH);
	close(fd);
	assert_null(t);
	/* one left by a lost transaction is replaced */
	assert_int_equal(lock_segment_create(1, f->uuid, EPOCH, NULL), 0);
	assert_int_equal(lock_table_extend(f->table, f->uuids, 2, NULL), 0);
}

static void test_deleted_segment_is_noticed(void **state)
{
	struct fixture *f = *state;
	struct lock_guard g = {0};
	char id[ID_SIZE];
	struct lock_ref ref = bind_slot(f->table, 1, id);

	lock_segment_remove(f->uuid, 0);
	assert_int_equal(lock_take(f->table, &ref, LOCK_RANK_CONTAINER, "x", NULL, &g, NULL), CTR_ERR_STORE_MISMATCH);
	assert_int_equal(lock_writer_take(f->table, "x", NULL, &g, NULL), CTR_ERR_STORE_MISMATCH);
	assert_null(g.table);
}

static void test_attach(void **state)
{
	struct fixture *f = *state;
	struct lock_table *second = NULL;

	assert_int_equal(lock_table_open(f->uuids, 1, EPOCH, &second, NULL), 0);
	for (int i = 0; i < 2000; i++) {
		assert_int_equal(lock_attach(f->table, 1), 0);
		assert_int_equal(lock_attach(second, 1), 0);
		lock_detach(f->table);
		lock_detach(second);
	}
	lock_table_unref(second);
}

/* Exit status of fn in a child: the child must not be killed by a signal. */
static int in_child(int (*fn)(struct fixture *f), struct fixture *f)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(fn(f));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int fill_small_shm(struct fixture *f)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", "/dev/shm", "tmpfs", 0, "size=64k") < 0)
		return 77;
	return lock_segment_create(0, f->uuid, EPOCH, NULL) != CTR_ERR_NO_SPACE || access("/dev/shm", F_OK) < 0;
}

static void test_full_shm(void **state)
{
	int r = in_child(fill_small_shm, *state);

	if (r == 77) {
		print_message("skipped: a /dev/shm of our own needs the right to mount\n");
		skip();
	}
	assert_int_equal(r, 0);
}

static int limit_file_size(struct fixture *f)
{
	struct rlimit limit = {4096, 4096};

	setrlimit(RLIMIT_FSIZE, &limit);
	return lock_segment_create(1, f->uuid, EPOCH, NULL) != CTR_ERR_NO_SPACE;
}

static void test_file_size_limit(void **state)
{
	assert_int_equal(in_child(limit_file_size, *state), 0);
}

static struct lock_guard held_over_fork;

static int use_after_fork(struct fixture *f)
{
	lock_release(&held_over_fork);
	f->table = lock_table_unref(f->table);
	return 0;
}

static void test_fork(void **state)
{
	struct fixture *f = *state;
	char id[ID_SIZE];
	struct lock_ref ref = bind_slot(f->table, 2, id);
	struct lock_guard g = {0};
	struct holder h;

	assert_int_equal(lock_take(f->table, &ref, LOCK_RANK_CONTAINER, "x", NULL, &held_over_fork, NULL), 0);
	assert_int_equal(in_child(use_after_fork, f), 0);
	/* what the child let go of is still held here */
	assert_int_equal(lock_take(f->table, &ref, LOCK_RANK_CONTAINER, "x", NULL, &g, NULL), CTR_ERR_DEADLOCK);
	lock_release(&held_over_fork);
	hold_begin(&h, f->table, ref);
	hold_end(&h);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_bind_take_release),
	    TEST(test_same_id_again_is_another_generation),
	    TEST(test_revisions),
	    TEST(test_timeout_names_the_holder),
	    TEST(test_deadlock_is_an_answer),
	    TEST(test_cancel_ends_a_wait),
	    TEST(test_signal_handler_ends_an_interruptible_wait),
	    TEST(test_256_locks_per_thread),
	    TEST(test_100000_slots),
	    TEST(test_segments_that_are_not_ours),
	    TEST(test_deleted_segment_is_noticed),
	    TEST(test_attach),
	    TEST(test_full_shm),
	    TEST(test_file_size_limit),
	    TEST(test_fork),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
