/* SPDX-License-Identifier: Apache-2.0 */
/* Processes that are killed at any point of a change, many processes at once, writers that are stopped. The writes of SQLite
 * and the setting of a slot's rev are counted by wrappers of this program, which kill it at the n-th. */
#include <signal.h>
#include <sys/syscall.h>
#include "state_fixture.h"

static int kill_at_write; /* 0 = never */
static int stop_at_write; /* at the next one */
static int kill_at_rev;   /* 1, 2 … before, -1, -2 … after the n-th lock_rev_set */
static int revs_seen;

static void die(void)
{
	kill(getpid(), SIGKILL);
	for (;;)
		pause();
}

/* In place of libc's for libsqlite3 too: a program's own symbols come first. */
__attribute__((visibility("default"))) ssize_t pwrite64(int fd, const void *data, size_t len, off64_t at);
ssize_t pwrite64(int fd, const void *data, size_t len, off64_t at)
{
	/* Half a page, then death: also a torn write. */
	if (stop_at_write) {
		stop_at_write = 0;
		raise(SIGSTOP);
	}
	if (kill_at_write > 0 && --kill_at_write == 0) {
		syscall(SYS_pwrite64, fd, data, len / 2, at);
		die();
	}
	return syscall(SYS_pwrite64, fd, data, len, at);
}

void __real_lock_rev_set(struct lock_table *t, uint32_t slot, uint64_t rev);
void __wrap_lock_rev_set(struct lock_table *t, uint32_t slot, uint64_t rev);
void __wrap_lock_rev_set(struct lock_table *t, uint32_t slot, uint64_t rev)
{
	revs_seen++;
	if (kill_at_rev == revs_seen)
		die();
	__real_lock_rev_set(t, slot, rev);
	if (kill_at_rev == -revs_seen)
		die();
}

/* Runs fn in a process with a store of its own; 1 when it was killed, 0 when it came to the end */
static int run_child(struct fixture *f, int at_write, int at_rev, int (*fn)(struct store *s))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		struct store *s = NULL;

		if (fixture_open(f, EPOCH, &s, NULL) < 0)
			_exit(2);
		revs_seen = 0;
		kill_at_write = at_write;
		kill_at_rev = at_rev;
		_exit(fn(s) < 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status)) {
		assert_int_equal(WTERMSIG(status), SIGKILL);
		return 1;
	}
	assert_int_equal(status, 0);
	return 0;
}

/* rev and pid go up together: whoever sees them apart believes something that was never saved. */
static int save_next(struct store *s)
{
	struct container_row *row = NULL;
	struct lock_guard guard = {0};
	struct lock_ref ref;
	char id[ID_SIZE];
	int r;

	make_id(id, 1);
	if (store_container_load(s, id, &row, NULL) < 0)
		return -1;
	ref = ref_of(row);
	if (lock_take(store_locks(s), &ref, LOCK_RANK_CONTAINER, "test", NULL, &guard, NULL) < 0)
		return -1;
	row = container_row_unref(row);
	if (store_container_load(s, id, &row, NULL) < 0)
		return -1;
	row->pid = (int32_t)row->rev + 1;
	r = store_container_save(s, &row, NULL, NULL, NULL);
	lock_release(&guard);
	container_row_unref(row);
	return r;
}

/* The witness has had the store open and the row cached all the time. */
static void check_witness(struct store *s, struct container_row **cached)
{
	struct container_row *row = NULL;
	struct lock_ref ref = ref_of(*cached);
	uint64_t rev = 0;

	assert_int_equal(lock_rev_get(store_locks(s), &ref, &rev), 0);
	assert_int_equal(store_container_load(s, (*cached)->id, &row, NULL), 0);
	assert_int_equal(row->pid, row->rev);
	/* a cached row that the slot calls valid is the row of the database */
	if (rev != 0 && rev == (*cached)->rev)
		assert_int_equal(row->rev, (*cached)->rev);
	container_row_unref(*cached);
	*cached = row;
}

static struct container_row *first_row(struct fixture *f)
{
	struct container_row *row = NULL;
	char id[ID_SIZE];

	assert_int_equal(make_container(f->s, 1, NULL), 0);
	assert_int_equal(save_next(f->s), 0);
	make_id(id, 1);
	assert_int_equal(store_container_load(f->s, id, &row, NULL), 0);
	return row;
}

static void test_killed_at_each_write_of_a_save(void **state)
{
	struct fixture *f = *state;
	struct container_row *cached = first_row(f);
	int n = 1, deaths = 0;

	for (; run_child(f, n, 0, save_next); n++, deaths++) {
		check_witness(f->s, &cached);
		assert_int_equal(save_next(f->s), 0);
		check_witness(f->s, &cached);
	}
	assert_true(deaths > 0);
	check_witness(f->s, &cached);
	container_row_unref(cached);
}

static void test_killed_around_the_commit(void **state)
{
	/* before anything, after the slot was invalidated, between commit and the slot's rev, after the slot's rev */
	static const int points[] = {1, -1, 2, -2};
	static const int committed[] = {0, 0, 1, 1};
	struct fixture *f = *state;
	struct container_row *cached = first_row(f);

	for (int round = 0; round < 5; round++) {
		for (size_t i = 0; i < ARRAY_SIZE(points); i++) {
			uint64_t before = cached->rev;

			assert_int_equal(run_child(f, 0, points[i], save_next), 1);
			check_witness(f->s, &cached);
			assert_int_equal(cached->rev, before + (uint64_t)committed[i]);
			assert_int_equal(save_next(f->s), 0);
			check_witness(f->s, &cached);
		}
	}
	container_row_unref(cached);
}

static int make_and_delete(struct store *s)
{
	struct container_row *row = NULL;
	struct lock_guard guard = {0};
	struct lock_ref ref;
	char id[ID_SIZE];
	int r;

	make_id(id, 500);
	if (make_container(s, 500, NULL) < 0 || store_container_load(s, id, &row, NULL) < 0)
		return -1;
	ref = ref_of(row);
	r = lock_take(store_locks(s), &ref, LOCK_RANK_CONTAINER, "test", NULL, &guard, NULL);
	if (r == 0)
		r = store_container_delete(s, row, NULL, NULL, NULL, NULL);
	lock_release(&guard);
	container_row_unref(row);
	return r;
}

/* What the next user does with what a dead one left: force remove */
static void remove_left(struct store *s)
{
	struct container_row *row = NULL;
	struct lock_guard guard = {0};
	struct lock_ref ref;
	char id[ID_SIZE];

	make_id(id, 500);
	if (store_container_load(s, id, &row, NULL) == CTR_ERR_NO_SUCH_CONTAINER)
		return;
	assert_non_null(row);
	ref = ref_of(row);
	assert_int_equal(lock_take(store_locks(s), &ref, LOCK_RANK_CONTAINER, "test", NULL, &guard, NULL), 0);
	assert_int_equal(guard.recovered, 1);
	assert_int_equal(store_container_delete(s, row, NULL, NULL, NULL, NULL), 0);
	lock_release(&guard);
	container_row_unref(row);
}

static int no_row(uint32_t slot, uint64_t generation, const char *kind, const char *id, void *userdata)
{
	(void)slot, (void)generation, (void)kind, (void)id;
	++*(int *)userdata;
	return 0;
}

static void test_killed_at_each_write_of_create_and_remove(void **state)
{
	struct fixture *f = *state;
	struct container_row *row;
	int rows = 0, n = 1;
	char id[ID_SIZE];

	for (; run_child(f, n, 0, make_and_delete); n++) {
		remove_left(f->s);
		if (n % 4 == 0)
			fixture_reopen(f);
	}
	assert_true(n > 4);
	assert_int_equal(store_each_slot(f->s, no_row, &rows, NULL), 0);
	assert_int_equal(rows, 0);
	/* no slot was lost on the way */
	assert_int_equal(make_container(f->s, 1, NULL), 0);
	make_id(id, 1);
	assert_int_equal(store_container_load(f->s, id, &row, NULL), 0);
	assert_true(row->slot <= 1);
	container_row_unref(row);
}

static pid_t spawn_worker(struct fixture *f, unsigned first, const int go[2])
{
	pid_t pid = fork();
	struct store *s = NULL;
	char byte;

	if (pid != 0)
		return pid;
	/* when the last writing end is closed, everybody starts at once */
	close(go[1]);
	if (read(go[0], &byte, 1) != 0 || fixture_open(f, EPOCH, &s, NULL) < 0)
		_exit(2);
	for (unsigned i = 0; i < 30; i++) {
		if (make_container(s, first + i, NULL) < 0)
			_exit(3);
	}
	store_close(s);
	_exit(0);
}

static void race_workers(struct fixture *f)
{
	pid_t pids[8];
	int go[2], status;

	assert_int_equal(pipe2(go, O_CLOEXEC), 0);
	for (unsigned i = 0; i < 8; i++) {
		pids[i] = spawn_worker(f, 1000 * (i + 1), go);
		assert_true(pids[i] > 0);
	}
	close(go[0]);
	close(go[1]);
	for (size_t i = 0; i < 8; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
}

static void test_eight_first_opens_at_once(void **state)
{
	struct fixture *f = *state;
	struct row_list l = {0};
	unsigned char used[2048] = {0};

	race_workers(f);
	assert_int_equal(fixture_open(f, EPOCH, &f->s, NULL), 0);
	assert_int_equal(store_container_list(f->s, &l, NULL), 0);
	assert_int_equal(l.n, 240);
	for (size_t i = 0; i < l.n; i++) {
		assert_true(l.rows[i]->slot < 2048);
		assert_int_equal(used[l.rows[i]->slot]++, 0);
	}
	row_list_reset(&l);
}

static int save_200(struct store *s)
{
	for (int i = 0; i < 200; i++) {
		if (save_next(s) < 0)
			return -1;
		store_maintain(s, i % 50 == 0);
	}
	return 0;
}

static void test_eight_writers_lose_nothing(void **state)
{
	struct fixture *f = *state;
	struct container_row *row = first_row(f);
	uint64_t before = row->rev;
	pid_t pids[8];
	int status;

	for (size_t i = 0; i < 8; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			struct store *s = NULL;

			_exit(fixture_open(f, EPOCH, &s, NULL) < 0 || save_200(s) < 0);
		}
	}
	for (size_t i = 0; i < 8; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	check_witness(f->s, &row);
	assert_int_equal(row->rev, before + 8 * 200);
	container_row_unref(row);
}

static void test_stopped_writer(void **state)
{
	struct fixture *f = *state;
	struct op_call call;
	CLEANUP_ERROR ctr_error_t *err = NULL;
	struct container_row *row = first_row(f);
	struct row_list l = {0};
	char text[16];
	int status;
	pid_t pid;

	pid = fork();
	if (pid == 0) {
		struct store *s = NULL;

		if (fixture_open(f, EPOCH, &s, NULL) < 0)
			_exit(1);
		stop_at_write = 1;
		_exit(save_next(s) < 0);
	}
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
	call = (struct op_call){.deadline_ns = clock_monotonic_ns() + 100 * NSEC_PER_MSEC};
	assert_int_equal(store_meta_set(f->s, "k", "v", &call, &err), CTR_ERR_TIMEOUT);
	snprintf(text, sizeof(text), "%d", pid);
	assert_string_equal(error_get_detail(err, "holder_pid"), text);
	assert_string_equal(error_get_detail(err, "holder_operation"), "container_save");
	assert_int_equal(store_container_list(f->s, &l, NULL), 0);
	assert_int_equal(l.n, 1);
	row_list_reset(&l);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(store_meta_set(f->s, "k", "v", NULL, NULL), 0);
	check_witness(f->s, &row);
	container_row_unref(row);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_killed_at_each_write_of_a_save),
	    TEST(test_killed_around_the_commit),
	    TEST(test_killed_at_each_write_of_create_and_remove),
	    cmocka_unit_test_setup_teardown(test_eight_first_opens_at_once, fixture_bare, fixture_tear_down),
	    TEST(test_eight_writers_lose_nothing),
	    TEST(test_stopped_writer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
