/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for states, removal and the next end: met at once, met later, met although it was short, or never. */
#include "api_test.h"

#include <pthread.h>
#include <sched.h>

#define S(state) CTR_WAIT_STATE(CTR_STATE_##state)

struct waiter {
	ctr_container_t *c;
	uint64_t conditions;
	pthread_t thread;
	int r;
	int32_t code;
};

static int wait_for(ctr_container_t *c, uint64_t conditions, uint64_t timeout_ns, int32_t *code, ctr_error_t **err)
{
	struct ctr_wait_opts opts;
	ctr_op_t *op = NULL;
	int r = ctr_op_new(&op, err);

	if (r < 0)
		return r;
	ctr_wait_opts_init(&opts, sizeof(opts));
	opts.conditions = conditions;
	ctr_op_set_timeout_ns(op, timeout_ns);
	r = ctr_container_wait(c, &opts, op, code, err);
	ctr_op_unref(op);
	return r;
}

static void *wait_thread(void *arg)
{
	struct waiter *w = arg;

	w->r = wait_for(w->c, w->conditions, UINT64_C(60000000000), &w->code, NULL);
	return NULL;
}

static void begin(struct waiter *w, ctr_container_t *c, uint64_t conditions)
{
	*w = (struct waiter){.c = c, .conditions = conditions, .code = 999};
	assert_int_equal(pthread_create(&w->thread, NULL, wait_thread, w), 0);
}

/* The bell is hung up before the first look that counts. */
static void until_it_waits(const struct env *env, ctr_container_t *c)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/exits/%s.bell", env->root, ctr_container_id(c));
	while (access(path, F_OK) != 0)
		sched_yield();
}

static void end(struct waiter *w, int r, int32_t code)
{
	pthread_join(w->thread, NULL);
	assert_int_equal(w->r, r);
	if (r == 0)
		assert_int_equal(w->code, code);
}

static void test_bad_conditions(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = env_create(env, "c", NULL);
	int32_t code = 5;

	EXPECT(CTR_ERR_NOT_SUPPORTED, wait_for(c, CTR_WAIT_HEALTHY, 0, &code, &err));
	EXPECT(CTR_ERR_NOT_SUPPORTED, wait_for(c, CTR_WAIT_UNHEALTHY | S(RUNNING), 0, &code, &err));
	EXPECT(CTR_ERR_INVALID_ARG, wait_for(c, UINT64_C(1) << 9, 0, &code, &err));
	EXPECT(CTR_ERR_INVALID_ARG, wait_for(c, UINT64_C(1) << 63, 0, &code, &err));
	EXPECT(CTR_ERR_TIMEOUT, wait_for(c, S(RUNNING), 0, &code, &err));
	EXPECT(CTR_ERR_TIMEOUT, wait_for(c, CTR_WAIT_REMOVED, 1000000, &code, &err));
	assert_int_equal(code, 5);
	ctr_container_unref(c);
}

static void test_met_at_once(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = env_create(env, "c", NULL);
	int32_t code = 5;

	OK(wait_for(c, S(CONFIGURED) | S(RUNNING), 0, &code, &err));
	assert_int_equal(code, CTR_EXIT_UNKNOWN);
	OK(wait_for(c, S(EXITED) | S(STOPPED), 0, &code, &err));
	assert_int_equal(code, 0); /* as without conditions */
	OK(ctr_container_init(c, NULL, NULL, &err));
	OK(wait_for(c, S(CREATED), 0, NULL, &err));
	OK(ctr_container_start(c, NULL, NULL, &err));
	OK(wait_for(c, S(RUNNING), 0, &code, &err));
	assert_int_equal(code, CTR_EXIT_UNKNOWN);
	OK(ctr_container_pause(c, NULL, &err));
	OK(wait_for(c, S(PAUSED), 0, &code, &err));
	OK(ctr_container_unpause(c, NULL, &err));
	OK(ctr_container_kill(c, SIGKILL, NULL, &err));
	OK(wait_for(c, S(EXITED), 0, &code, &err));
	assert_int_equal(code, 137);
	OK(ctr_container_remove(c, NULL, NULL, &err));
	OK(wait_for(c, CTR_WAIT_REMOVED, 0, &code, &err));
	assert_int_equal(code, 137);
	OK(wait_for(c, S(EXITED), 0, &code, &err));
	assert_int_equal(code, 137);
	EXPECT(CTR_ERR_REMOVED, wait_for(c, S(RUNNING), 0, &code, &err));
	ctr_container_unref(c);
}

static void test_removed_and_never_run(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = env_create(env, "c", NULL);
	struct waiter removed, running, removing;

	begin(&removed, c, CTR_WAIT_REMOVED);
	begin(&running, c, S(RUNNING));
	begin(&removing, c, S(REMOVING));
	until_it_waits(env, c);
	OK(ctr_container_remove(c, NULL, NULL, &err));
	end(&removed, 0, CTR_EXIT_UNKNOWN);
	end(&running, CTR_ERR_REMOVED, 0);
	pthread_join(removing.thread, NULL);
	/* Whether it had begun to wait by then is not known: REMOVED is for one that came later. */
	assert_true(removing.r == 0 || removing.r == CTR_ERR_REMOVED);
	assert_int_equal(env_entries(env, "exits"), 0);
	ctr_container_unref(c);
}

struct life {
	uint64_t conditions;
	int r;
	int32_t code;
};

/* A process of its own waits, and is stopped as soon as it sleeps: all of the container's life passes between two of its
 * looks. */
static pid_t sleeper(const struct env *env, const struct life *life)
{
	pid_t pid = fork();

	if (pid == 0) {
		ctr_engine_t *engine = env_engine(env);
		ctr_container_t *c = NULL;
		int32_t code = 999;
		int r = ctr_container_open(engine, "c", &c, NULL);

		if (r == 0)
			r = wait_for(c, life->conditions, UINT64_C(60000000000), &code, NULL);
		_exit(r == life->r && (r < 0 || code == life->code) ? 0 : 1);
	}
	return pid;
}

static int sleeps_in_poll(pid_t pid)
{
	char path[64], text[128] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/syscall", (int)pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	if (!fgets(text, sizeof(text), f))
		text[0] = '\0';
	fclose(f);
	return strncmp(text, "271 ", 4) == 0; /* ppoll */
}

static void live_short(const struct env *env, ctr_container_t *c, int paused, const struct life *lives, size_t n)
{
	pid_t pids[16];
	int status;

	for (size_t i = 0; i < n; i++)
		pids[i] = sleeper(env, &lives[i]);
	for (size_t i = 0; i < n; i++) {
		while (!sleeps_in_poll(pids[i]))
			sched_yield();
		assert_int_equal(kill(pids[i], SIGSTOP), 0);
	}
	OK(ctr_container_start(c, NULL, NULL, &err));
	if (paused) {
		OK(ctr_container_pause(c, NULL, &err));
		OK(ctr_container_unpause(c, NULL, &err));
	}
	OK(ctr_container_kill(c, SIGTERM, NULL, &err));
	OK(ctr_container_start(c, NULL, NULL, &err));
	OK(ctr_container_kill(c, SIGKILL, NULL, &err));
	remove_by_force(c);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(kill(pids[i], SIGCONT), 0);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		if (status != 0)
			fail_msg("waiter %zu was answered otherwise", i);
	}
}

static void test_short_states(void **state)
{
#ifdef __x86_64__
	struct env *env = *state;
	static const struct life paused[] = {
	    {S(CREATED), 0, CTR_EXIT_UNKNOWN},	{S(RUNNING), 0, CTR_EXIT_UNKNOWN}, {S(PAUSED), 0, CTR_EXIT_UNKNOWN},
	    {S(STOPPED), 0, 143},		{S(EXITED), 0, 143},		   {CTR_WAIT_NEXT_EXIT, 0, 143},
	    {CTR_WAIT_REMOVED, 0, 137},		{S(REMOVING), 0, CTR_EXIT_UNKNOWN},
	};
	static const struct life not_paused[] = {
	    {S(PAUSED), CTR_ERR_REMOVED, 0},
	    {S(PAUSED) | S(EXITED), 0, 143},
	};

	ctr_container_t *c = env_create(env, "c", NULL);

	live_short(env, c, 1, paused, sizeof(paused) / sizeof(paused[0]));
	ctr_container_unref(c);
	c = env_create(env, "c", NULL);
	live_short(env, c, 0, not_paused, sizeof(not_paused) / sizeof(not_paused[0]));
	ctr_container_unref(c);
	assert_int_equal(env_entries(env, "exits"), 0);
#else
	(void)state;
	skip();
#endif
}

static void test_next_exit(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = env_create(env, "c", NULL);
	struct waiter next;

	OK(ctr_container_start(c, NULL, NULL, &err));
	OK(ctr_container_kill(c, SIGTERM, NULL, &err));
	begin(&next, c, CTR_WAIT_NEXT_EXIT);
	until_it_waits(env, c);
	OK(ctr_container_start(c, NULL, NULL, &err));
	OK(ctr_container_kill(c, SIGKILL, NULL, &err));
	end(&next, 0, 137);
	ctr_container_unref(c);
}

/* The null runtime's clock ends it, and nobody but the waiter is there. */
static void test_clock(void **state)
{
	struct env *env = *state;
	static const struct life lives[] = {
	    {S(STOPPED), 0, 7}, {S(EXITED), 0, 7}, {CTR_WAIT_NEXT_EXIT, 0, 7}, {S(RUNNING), 0, CTR_EXIT_UNKNOWN}};

	for (size_t i = 0; i < sizeof(lives) / sizeof(lives[0]); i++) {
		ctr_container_t *c = env_create(env, NULL, "7,30");
		struct waiter w;

		OK(ctr_container_init(c, NULL, NULL, &err));
		begin(&w, c, lives[i].conditions);
		until_it_waits(env, c);
		OK(ctr_container_start(c, NULL, NULL, &err));
		end(&w, lives[i].r, lives[i].code);
		ctr_container_unref(c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_bad_conditions, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_met_at_once, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_removed_and_never_run, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_short_states, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_next_exit, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_clock, env_setup, env_teardown),
	};

	return cmocka_run_group_tests_name("wait conditions", tests, NULL, NULL);
}
