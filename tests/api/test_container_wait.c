/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting: begun before, during and after a run, by threads and by other processes, with limits, and as a descriptor.
 */
#include "api_test.h"
#include <pthread.h>
#include <stdatomic.h>

struct waiting {
	ctr_container_t *c;
	ctr_op_t *op;
	pthread_t thread;
	int32_t code;
	int result;
};

static void *wait_thread(void *arg)
{
	struct waiting *w = arg;

	w->result = ctr_container_wait(w->c, NULL, w->op, &w->code, NULL);
	return NULL;
}

static void begin(struct waiting *w, ctr_container_t *c, ctr_op_t *op)
{
	*w = (struct waiting){.c = c, .op = op, .code = -7, .result = -7};
	assert_int_equal(pthread_create(&w->thread, NULL, wait_thread, w), 0);
}

static void end(struct waiting *w, int result, int32_t code)
{
	assert_int_equal(pthread_join(w->thread, NULL), 0);
	assert_int_equal(w->result, result);
	assert_int_equal(w->code, code);
}

/* A wait that has begun has its FIFO in the store: the only sign that can be seen from outside without sleeping. */
static void until_waiting(const struct env *env, size_t fifos)
{
	for (;;) {
		char path[128];
		const struct dirent *entry;
		size_t n = 0;
		DIR *d;

		snprintf(path, sizeof(path), "%s/exits", env->root);
		d = opendir(path);
		assert_non_null(d);
		while ((entry = readdir(d)))
			n += strstr(entry->d_name, ".fifo") != NULL;
		closedir(d);
		if (n >= fifos)
			return;
		sched_yield();
	}
}

static void test_begun_on_created(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = env_create(env, "w", NULL);
	struct waiting w[3];

	OK(ctr_container_init(c, NULL, NULL, &err));
	begin(&w[0], c, NULL);
	until_waiting(env, 1);
	OK(ctr_container_start(c, NULL, NULL, &err));
	begin(&w[1], c, NULL);
	OK(ctr_container_kill(c, SIGKILL, NULL, &err));
	begin(&w[2], c, NULL);
	for (int i = 0; i < 3; i++)
		end(&w[i], 0, 137);
	assert_int_equal(env_entries(env, "exits"), 0);
	ctr_container_unref(c);
}

static void test_removed_under_waiters(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = env_create(env, "w", NULL), *other = NULL;
	struct waiting w[8];

	OK(ctr_container_start(c, NULL, NULL, &err));
	for (int i = 0; i < 8; i++)
		begin(&w[i], c, NULL);
	until_waiting(env, 1);
	OK(ctr_container_open(env->engine, "w", &other, &err));
	remove_by_force(other);
	for (int i = 0; i < 8; i++)
		end(&w[i], 0, 143);
	assert_int_equal(env_entries(env, "exits"), 0);
	ctr_container_unref(other);
	ctr_container_unref(c);
}

static void test_limits(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = env_create(env, "w", NULL);
	struct waiting w;
	ctr_op_t *op = NULL;
	int32_t code = -7;

	OK(ctr_container_start(c, NULL, NULL, &err));
	OK(ctr_op_new(&op, &err));
	ctr_op_set_timeout_ns(op, 0);
	EXPECT(CTR_ERR_TIMEOUT, ctr_container_wait(c, NULL, op, &code, &err));
	ctr_op_set_timeout_ns(op, 20000000);
	EXPECT(CTR_ERR_TIMEOUT, ctr_container_wait(c, NULL, op, &code, &err));
	ctr_op_set_timeout_ns(op, CTR_FOREVER);
	begin(&w, c, op);
	until_waiting(env, 1);
	ctr_op_cancel(op);
	end(&w, CTR_ERR_CANCELLED, -7);
	assert_int_equal(code, -7);
	assert_int_equal(state_of(c), CTR_STATE_RUNNING);
	ctr_op_unref(op);
	remove_by_force(c);
	ctr_container_unref(c);
}

/* Nobody but the waiter itself is there to see that the time has come. */
static void test_ends_by_itself(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = env_create(env, "w", "9,40");
	struct waiting w[4];

	OK(ctr_container_start(c, NULL, NULL, &err));
	for (int i = 0; i < 4; i++)
		begin(&w[i], c, NULL);
	for (int i = 0; i < 4; i++)
		end(&w[i], 0, 9);
	assert_int_equal(state_of(c), CTR_STATE_EXITED);
	ctr_container_unref(c);
}

static void test_run_meant_is_the_current_one(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = env_create(env, "w", NULL);
	struct waiting w;

	OK(ctr_container_start(c, NULL, NULL, &err));
	begin(&w, c, NULL);
	until_waiting(env, 1);
	OK(ctr_container_kill(c, SIGKILL, NULL, &err));
	OK(ctr_container_start(c, NULL, NULL, &err));
	end(&w, 0, 137);
	assert_int_equal(state_of(c), CTR_STATE_RUNNING);
	remove_by_force(c);
	ctr_container_unref(c);
}

static void test_exit_fd_before_first_run(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = env_create(env, "w", NULL);
	ctr_status_t *s = NULL;
	int before = -1, during = -1, after = -1;

	OK(ctr_container_exit_fd(c, &before, &err));
	assert_true(before > 2);
	assert_true(fcntl(before, F_GETFD) & FD_CLOEXEC);
	OK(ctr_container_start(c, NULL, NULL, &err));
	OK(ctr_container_exit_fd(c, &during, &err));
	assert_false(is_ready(before));
	assert_false(is_ready(during));
	OK(ctr_container_kill(c, SIGKILL, NULL, &err));
	assert_true(is_ready(before));
	assert_true(is_ready(during));
	OK(ctr_container_status(c, NULL, &s, &err));
	assert_int_equal(ctr_status_exit_code(s), 137);
	ctr_status_unref(s);
	OK(ctr_container_exit_fd(c, &after, &err));
	assert_true(is_ready(after));
	OK(ctr_container_start(c, NULL, NULL, &err)); /* theirs is over for ever */
	assert_true(is_ready(before) && is_ready(during) && is_ready(after));
	remove_by_force(c);
	close(before);
	close(during);
	close(after);
	assert_int_equal(env_entries(env, "exits"), 0);
	ctr_container_unref(c);
}

struct taking {
	ctr_container_t *c;
	_Atomic int over;
	size_t n;
	int fds[64];
};

static void *take_thread(void *arg)
{
	struct taking *t = arg;

	do {
		if (ctr_container_exit_fd(t->c, &t->fds[t->n], NULL) == 0)
			t->n++;
	} while (!atomic_load(&t->over) && t->n < 64);
	return NULL;
}

/* Whenever it is taken, before, in the middle of or after an init, it stands for the run that this init makes. */
static void test_exit_fd_while_it_is_initialised(void **state)
{
	struct env *env = *state;

	for (int round = 0; round < 40; round++) {
		struct taking t = {.c = env_create(env, NULL, NULL)};
		pthread_t thread;

		assert_int_equal(pthread_create(&thread, NULL, take_thread, &t), 0);
		OK(ctr_container_init(t.c, NULL, NULL, &err));
		atomic_store(&t.over, 1);
		assert_int_equal(pthread_join(thread, NULL), 0);
		OK(ctr_container_start(t.c, NULL, NULL, &err));
		for (size_t i = 0; i < t.n; i++)
			assert_false(is_ready(t.fds[i]));
		OK(ctr_container_kill(t.c, SIGKILL, NULL, &err));
		for (size_t i = 0; i < t.n; i++) {
			assert_true(is_ready(t.fds[i]));
			close(t.fds[i]);
		}
		remove_by_force(t.c);
		ctr_container_unref(t.c);
	}
	assert_int_equal(env_entries(env, "exits"), 0);
}

/* ---- another process ---- */

static void child_kills(const struct env *env, int go)
{
	ctr_engine_t *engine = env_engine(env);
	ctr_container_t *c = NULL;
	char byte;
	int bad;

	bad = ctr_container_open(engine, "w", &c, NULL) != 0;
	bad |= read(go, &byte, 1) != 1;
	bad |= ctr_container_kill(c, SIGQUIT, NULL, NULL) != 0;
	ctr_container_unref(c);
	ctr_engine_unref(engine);
	_exit(bad);
}

static void test_killed_by_another_process(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = env_create(env, "w", NULL);
	struct waiting w;
	int go[2], status, fd = -1;
	pid_t pid;

	assert_int_equal(pipe(go), 0);
	pid = fork();
	if (pid == 0)
		child_kills(env, go[0]);
	OK(ctr_container_start(c, NULL, NULL, &err));
	OK(ctr_container_exit_fd(c, &fd, &err));
	begin(&w, c, NULL);
	assert_int_equal(write(go[1], "x", 1), 1);
	end(&w, 0, 128 + SIGQUIT);
	assert_true(is_ready(fd));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(state_of(c), CTR_STATE_EXITED);
	close(fd);
	close(go[0]);
	close(go[1]);
	ctr_container_unref(c);
}

#define T(name) cmocka_unit_test_setup_teardown(name, env_setup, env_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_begun_on_created),
	    T(test_removed_under_waiters),
	    T(test_limits),
	    T(test_ends_by_itself),
	    T(test_run_meant_is_the_current_one),
	    T(test_exit_fd_before_first_run),
	    T(test_exit_fd_while_it_is_initialised),
	    T(test_killed_by_another_process),
	};

	return cmocka_run_group_tests_name("container_wait", tests, NULL, NULL);
}
