/* SPDX-License-Identifier: Apache-2.0 */
/* Host processes that are killed at any moment, and many at once: the store opens, names are free or listed, nothing is
 * left over. */
#include "api_test.h"
#include <pthread.h>
#include <time.h>

#define NAMES 4
#define KILLS 40
#define WORKERS 4
#define ROUNDS 60

static const char *name_of(unsigned i)
{
	static const char *const names[NAMES] = {"alpha", "beta", "gamma", "delta"};

	return names[i % NAMES];
}

/* Anything may be refused, as others do the same; nothing may be broken. */
static int is_sound(int code)
{
	switch (code) {
	case 0:
	case CTR_ERR_NAME_IN_USE:
	case CTR_ERR_STATE_INVALID:
	case CTR_ERR_STOPPED:
	case CTR_ERR_REMOVED:
	case CTR_ERR_NO_SUCH_CONTAINER:
		return 1;
	default:
		return 0;
	}
}

static void check(int code, ctr_error_t *err, const char *what)
{
	if (!is_sound(code)) {
		char *text = ctr_error_format(err);

		fprintf(stderr, "%s: %d %s: %s\n", what, code, ctr_error_code_name(code), text ? text : "-");
		_exit(1);
	}
	ctr_error_unref(err);
}

#define SOUND(call)                                                                                                    \
	do {                                                                                                           \
		ctr_error_t *err = NULL;                                                                               \
		int got_ = (call);                                                                                     \
		check(got_, err, #call);                                                                               \
	} while (0)

static void use_one(ctr_container_t *c, unsigned choice)
{
	struct ctr_remove_opts rm;
	ctr_status_t *s = NULL;
	int fd = -1;

	switch (choice % 8) {
	case 0:
		SOUND(ctr_container_init(c, NULL, NULL, &err));
		return;
	case 1:
	case 2:
		SOUND(ctr_container_start(c, NULL, NULL, &err));
		return;
	case 3:
		SOUND(ctr_container_kill(c, SIGKILL, NULL, &err));
		return;
	case 4:
		SOUND(ctr_container_stop(c, NULL, NULL, &err));
		return;
	case 5:
		SOUND(ctr_container_exit_fd(c, &fd, &err));
		if (fd >= 0)
			close(fd);
		return;
	case 6:
		SOUND(ctr_container_status(c, NULL, &s, &err));
		ctr_status_unref(s);
		return;
	default:
		ctr_remove_opts_init(&rm, sizeof(rm));
		rm.force = (choice >> 8) & 1;
		SOUND(ctr_container_remove(c, &rm, NULL, &err));
	}
}

static void work(const struct env *env, ctr_engine_t *engine, unsigned seed)
{
	unsigned choice = (unsigned)rand_r(&seed);
	ctr_container_t *c = NULL;

	SOUND(ctr_container_open(engine, name_of(choice >> 4), &c, &err));
	if (!c) {
		ctr_spec_t *spec = env_spec(env, name_of(choice >> 4), choice & 16 ? "3" : NULL);

		SOUND(ctr_container_create(engine, spec, NULL, &c, &err));
		ctr_spec_unref(spec);
	}
	for (int i = 0; c && i < 4; i++)
		use_one(c, (unsigned)rand_r(&seed));
	ctr_container_unref(c);
}

static pid_t spawn_worker(const struct env *env, unsigned seed, unsigned rounds, int ready)
{
	pid_t pid = fork();

	if (pid == 0) {
		ctr_engine_t *engine = env_engine(env);

		if (ready >= 0 && write(ready, "x", 1) != 1)
			_exit(1);
		for (unsigned i = 0; rounds == 0 || i < rounds; i++)
			work(env, engine, seed * 7919 + i);
		ctr_engine_unref(engine);
		_exit(0);
	}
	return pid;
}

static uint64_t locks_used(ctr_engine_t *engine)
{
	char *json = NULL;
	const char *at;
	uint64_t used;

	OK(ctr_engine_info(engine, NULL, &json, &err));
	at = strstr(json, "\"used\"");
	assert_non_null(at);
	used = strtoull(at + strcspn(at, "0123456789"), NULL, 10);
	ctr_free(json);
	return used;
}

/* All that is listed can be removed, every name is free, and then there is nothing. */
static void check_clean(struct env *env)
{
	ctr_container_list_t *l = NULL;

	ctr_engine_unref(env->engine);
	env->engine = env_engine(env);
	OK(ctr_container_list(env->engine, NULL, NULL, &l, &err));
	assert_int_equal(locks_used(env->engine), ctr_container_list_count(l));
	for (size_t i = 0; i < ctr_container_list_count(l); i++)
		remove_by_force(ctr_container_list_get(l, i));
	ctr_container_list_unref(l);
	for (unsigned i = 0; i < NAMES; i++) {
		ctr_container_t *c = env_create(env, name_of(i), NULL);

		OK(ctr_container_remove(c, NULL, NULL, &err));
		ctr_container_unref(c);
	}
	assert_int_equal(env_count(env), 0);
	assert_int_equal(env_entries(env, "containers"), 0);
	assert_int_equal(env_entries(env, "exits"), 0);
	assert_int_equal(locks_used(env->engine), 0);
}

static void test_killed_at_any_moment(void **state)
{
	struct env *env = *state;

	for (unsigned i = 0; i < KILLS; i++) {
		struct timespec nap = {.tv_nsec = (long)(i * 370000 % 9000000)};
		int ready[2], status;
		char byte;
		pid_t pid;

		assert_int_equal(pipe(ready), 0);
		pid = spawn_worker(env, i, 0, ready[1]);
		assert_int_equal(read(ready[0], &byte, 1), 1);
		nanosleep(&nap, NULL); /* the moment of the kill, not a synchronisation */
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		close(ready[0]);
		close(ready[1]);
	}
	check_clean(env);
}

static void test_many_processes(void **state)
{
	struct env *env = *state;
	pid_t pids[WORKERS];

	for (unsigned i = 0; i < WORKERS; i++)
		pids[i] = spawn_worker(env, i + 1000, ROUNDS, -1);
	for (unsigned i = 0; i < WORKERS; i++) {
		int status;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	check_clean(env);
}

struct thread {
	const struct env *env;
	pthread_t thread;
	unsigned seed;
};

static void *thread_main(void *arg)
{
	const struct thread *t = arg;

	for (unsigned i = 0; i < ROUNDS; i++)
		work(t->env, t->env->engine, t->seed * 7919 + i);
	return NULL;
}

static void test_many_threads(void **state)
{
	struct env *env = *state;
	struct thread threads[WORKERS];

	for (unsigned i = 0; i < WORKERS; i++) {
		threads[i] = (struct thread){.env = env, .seed = 2000 + i};
		assert_int_equal(pthread_create(&threads[i].thread, NULL, thread_main, &threads[i]), 0);
	}
	for (unsigned i = 0; i < WORKERS; i++)
		assert_int_equal(pthread_join(threads[i].thread, NULL), 0);
	check_clean(env);
}

#define T(name) cmocka_unit_test_setup_teardown(name, env_setup, env_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {T(test_killed_at_any_moment), T(test_many_processes), T(test_many_threads)};

	return cmocka_run_group_tests_name("container_crash", tests, NULL, NULL);
}
