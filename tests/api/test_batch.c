/* SPDX-License-Identifier: Apache-2.0 */
/* ctr_container_batch: one lock for several calls, what its handle may and may not, and the answers of its callback. */
#include <pthread.h>
#include "api_test.h"

struct work {
	const struct env *env;
	ctr_container_t *outer, *kept;
	int calls, give;
	void (*fn)(struct work *w, ctr_container_t *batched);
};

static int callback(ctr_container_t *batched, void *userdata, ctr_error_t **err)
{
	struct work *w = userdata;

	assert_null(*err);
	w->calls++;
	if (w->fn)
		w->fn(w, batched);
	if (w->give == CTR_ERR_NO_LOGS)
		*err = ctr_error_new(CTR_ERR_NO_SUCH_POD, "mine", NULL);
	return w->give;
}

static void batch(struct work *w, int wanted, void (*fn)(struct work *w, ctr_container_t *batched))
{
	w->fn = fn;
	w->calls = 0;
	EXPECT(wanted, ctr_container_batch(w->outer, callback, w, NULL, &err));
	assert_int_equal(w->calls, 1);
}

/* ---- what runs inside ---- */

static void whole_life(struct work *w, ctr_container_t *b)
{
	(void)w;
	assert_string_equal(ctr_container_id(b), ctr_container_id(w->outer));
	OK(ctr_container_init(b, NULL, NULL, &err));
	assert_int_equal(state_of(b), CTR_STATE_CREATED);
	OK(ctr_container_start(b, NULL, NULL, &err));
	assert_int_equal(state_of(b), CTR_STATE_RUNNING);
	EXPECT(CTR_ERR_STATE_INVALID, ctr_container_start(b, NULL, NULL, &err));
	OK(ctr_container_rename(b, "inside", NULL, &err));
	OK(ctr_container_stop(b, NULL, NULL, &err));
	assert_int_equal(state_of(b), CTR_STATE_EXITED);
	EXPECT(CTR_ERR_STOPPED, ctr_container_stop(b, NULL, NULL, &err));
}

static void kill_and_go_on(struct work *w, ctr_container_t *b)
{
	int32_t code = -2;

	(void)w;
	OK(ctr_container_start(b, NULL, NULL, &err));
	OK(ctr_container_kill(b, SIGKILL, NULL, &err));
	OK(ctr_container_wait(b, NULL, NULL, &code, &err));
	assert_int_equal(code, 128 + SIGKILL);
	OK(ctr_container_start(b, NULL, NULL, &err));
	OK(ctr_container_stop(b, NULL, NULL, &err));
}

static void no_removal(struct work *w, ctr_container_t *b)
{
	struct ctr_remove_opts force;

	ctr_remove_opts_init(&force, sizeof(force));
	force.force = 1;
	EXPECT(CTR_ERR_STATE_INVALID, ctr_container_remove(b, NULL, NULL, &err));
	EXPECT(CTR_ERR_STATE_INVALID, ctr_container_remove(b, &force, NULL, &err));
	EXPECT(CTR_ERR_DEADLOCK, ctr_container_remove(w->outer, &force, NULL, &err));
	assert_int_equal(env_count(w->env), 1);
}

static int never(ctr_container_t *b, void *userdata, ctr_error_t **err)
{
	(void)b;
	(void)userdata;
	(void)err;
	fail_msg("a batch within a batch was begun");
	return 0;
}

static void outer_handle(struct work *w, ctr_container_t *b)
{
	ctr_container_t *other = NULL;
	char *json = NULL;
	ctr_error_t *e = NULL;
	int32_t code;

	OK(ctr_container_open(w->env->engine, ctr_container_id(b), &other, &err));
	for (int i = 0; i < 2; i++) {
		ctr_container_t *c = i ? other : w->outer;

		EXPECT(CTR_ERR_DEADLOCK, ctr_container_init(c, NULL, NULL, &err));
		EXPECT(CTR_ERR_DEADLOCK, ctr_container_start(c, NULL, NULL, &err));
		EXPECT(CTR_ERR_DEADLOCK, ctr_container_stop(c, NULL, NULL, &err));
		EXPECT(CTR_ERR_DEADLOCK, ctr_container_kill(c, SIGKILL, NULL, &err));
		EXPECT(CTR_ERR_DEADLOCK, ctr_container_sync(c, NULL, &err));
		EXPECT(CTR_ERR_DEADLOCK, ctr_container_cleanup(c, 0, NULL, &err));
		EXPECT(CTR_ERR_DEADLOCK, ctr_container_rename(c, "no", NULL, &err));
		EXPECT(CTR_ERR_DEADLOCK, ctr_container_remove(c, NULL, NULL, &err));
		EXPECT(CTR_ERR_DEADLOCK, ctr_container_batch(c, never, NULL, NULL, &err));
		assert_int_equal(state_of(c), CTR_STATE_CONFIGURED);
		OK(ctr_container_inspect(c, NULL, &json, &err));
		ctr_free(json);
		OK(ctr_container_wait(c, NULL, NULL, &code, &err));
	}
	EXPECT(CTR_ERR_DEADLOCK, ctr_container_batch(b, never, NULL, NULL, &err));
	assert_int_equal(ctr_container_start(w->outer, NULL, NULL, &e), CTR_ERR_DEADLOCK);
	assert_string_equal(ctr_error_detail(e, "container"), ctr_container_id(b));
	assert_string_equal(ctr_error_detail(e, "operation"), "container_start");
	ctr_error_unref(e);
	ctr_container_unref(other);
}

static void everything_is_invalid(ctr_container_t *b)
{
	ctr_status_t *s = NULL;
	char *json = NULL;
	int fd;

	EXPECT(CTR_ERR_STATE_INVALID, ctr_container_init(b, NULL, NULL, &err));
	EXPECT(CTR_ERR_STATE_INVALID, ctr_container_start(b, NULL, NULL, &err));
	EXPECT(CTR_ERR_STATE_INVALID, ctr_container_stop(b, NULL, NULL, &err));
	EXPECT(CTR_ERR_STATE_INVALID, ctr_container_kill(b, SIGTERM, NULL, &err));
	EXPECT(CTR_ERR_STATE_INVALID, ctr_container_wait(b, NULL, NULL, NULL, &err));
	EXPECT(CTR_ERR_STATE_INVALID, ctr_container_sync(b, NULL, &err));
	EXPECT(CTR_ERR_STATE_INVALID, ctr_container_cleanup(b, 0, NULL, &err));
	EXPECT(CTR_ERR_STATE_INVALID, ctr_container_rename(b, "no", NULL, &err));
	EXPECT(CTR_ERR_STATE_INVALID, ctr_container_remove(b, NULL, NULL, &err));
	EXPECT(CTR_ERR_STATE_INVALID, ctr_container_batch(b, never, NULL, NULL, &err));
	EXPECT(CTR_ERR_STATE_INVALID, ctr_container_status(b, NULL, &s, &err));
	EXPECT(CTR_ERR_STATE_INVALID, ctr_container_inspect(b, NULL, &json, &err));
	EXPECT(CTR_ERR_STATE_INVALID, ctr_container_exit_fd(b, &fd, &err));
	EXPECT(CTR_ERR_STATE_INVALID, ctr_container_artifact_add(b, "a", "b", 1, &err));
	EXPECT(CTR_ERR_STATE_INVALID, ctr_container_artifact_list(b, &json, &err));
	assert_int_equal(strlen(ctr_container_id(b)), 64);
}

static void *stranger(void *userdata)
{
	everything_is_invalid(userdata);
	return NULL;
}

static void keep(struct work *w, ctr_container_t *b)
{
	pthread_t thread;

	w->kept = ctr_container_ref(b);
	assert_int_equal(pthread_create(&thread, NULL, stranger, b), 0);
	pthread_join(thread, NULL);
	assert_int_equal(state_of(b), CTR_STATE_CONFIGURED);
}

static void *other_thread_starts(void *userdata)
{
	ctr_op_t *op = NULL;
	ctr_error_t *e = NULL;
	ctr_container_t *c = userdata;

	OK(ctr_op_new(&op, &err));
	ctr_op_set_timeout_ns(op, 20000000);
	assert_int_equal(ctr_container_start(c, NULL, op, &e), CTR_ERR_TIMEOUT);
	assert_string_equal(ctr_error_detail(e, "holder_operation"), "container_batch");
	ctr_error_unref(e);
	ctr_op_unref(op);
	return NULL;
}

static void hold_others(struct work *w, ctr_container_t *b)
{
	pthread_t thread;

	for (int i = 0; i < 3; i++) {
		assert_int_equal(pthread_create(&thread, NULL, other_thread_starts, w->outer), 0);
		pthread_join(thread, NULL);
		OK(ctr_container_start(b, NULL, NULL, &err));
		OK(ctr_container_stop(b, NULL, NULL, &err));
	}
}

static void end_by_clock(struct work *w, ctr_container_t *b)
{
	int32_t code = -2;

	(void)w;
	OK(ctr_container_start(b, NULL, NULL, &err));
	OK(ctr_container_wait(b, NULL, NULL, &code, &err));
	assert_int_equal(code, 3);
	OK(ctr_container_sync(b, NULL, &err));
	assert_int_equal(state_of(b), CTR_STATE_EXITED);
	OK(ctr_container_start(b, NULL, NULL, &err));
	OK(ctr_container_kill(b, SIGTERM, NULL, &err));
}

/* ---- the tests ---- */

static void test_life_inside(void **state)
{
	const struct env *env = *state;
	struct work w = {.env = env, .outer = env_create(env, "one", NULL)};
	ctr_status_t *s = NULL;

	batch(&w, 0, whole_life);
	OK(ctr_container_status(w.outer, NULL, &s, &err));
	assert_int_equal(ctr_status_state(s), CTR_STATE_EXITED);
	assert_string_equal(ctr_status_name(s), "inside");
	assert_true(ctr_status_stopped_by_user(s));
	ctr_status_unref(s);
	batch(&w, 0, kill_and_go_on);
	OK(ctr_container_remove(w.outer, NULL, NULL, &err));
	w.calls = 0;
	EXPECT(CTR_ERR_REMOVED, ctr_container_batch(w.outer, callback, &w, NULL, &err));
	assert_int_equal(w.calls, 0);
	ctr_container_unref(w.outer);
}

static void test_answers(void **state)
{
	const struct env *env = *state;
	struct work w = {.env = env, .outer = env_create(env, NULL, NULL)};
	ctr_error_t *e = NULL, *mine = ctr_error_new(CTR_ERR_IO, "was there before", NULL);

	w.give = 7;
	assert_int_equal(ctr_container_batch(w.outer, callback, &w, NULL, &e), CTR_ERR_USER);
	assert_int_equal(ctr_error_code(e), CTR_ERR_USER);
	assert_string_equal(ctr_error_detail(e, "callback_result"), "7");
	ctr_error_clear(&e);
	w.give = CTR_ERR_STORAGE; /* says nothing */
	assert_int_equal(ctr_container_batch(w.outer, callback, &w, NULL, &e), CTR_ERR_STORAGE);
	assert_null(e);
	w.give = -1;
	assert_int_equal(ctr_container_batch(w.outer, callback, &w, NULL, &e), -1);
	w.give = CTR_ERR_NO_LOGS; /* says something else */
	assert_int_equal(ctr_container_batch(w.outer, callback, &w, NULL, &e), CTR_ERR_NO_LOGS);
	assert_int_equal(ctr_error_code(e), CTR_ERR_NO_SUCH_POD);
	assert_string_equal(ctr_error_message(e), "mine");
	assert_int_equal(ctr_error_detail_count(e), 0);
	ctr_error_clear(&e);
	assert_int_equal(ctr_container_batch(w.outer, callback, &w, NULL, &mine), CTR_ERR_NO_LOGS);
	assert_string_equal(ctr_error_message(mine), "was there before");
	assert_int_equal(ctr_container_batch(w.outer, callback, &w, NULL, NULL), CTR_ERR_NO_LOGS);
	ctr_error_clear(&mine);
	remove_by_force(w.outer);
	ctr_container_unref(w.outer);
}

static void test_who_may(void **state)
{
	const struct env *env = *state;
	struct work w = {.env = env, .outer = env_create(env, NULL, NULL)};

	batch(&w, 0, no_removal);
	batch(&w, 0, outer_handle);
	batch(&w, 0, keep);
	everything_is_invalid(w.kept);
	ctr_container_unref(w.kept);
	OK(ctr_container_start(w.outer, NULL, NULL, &err));
	OK(ctr_container_stop(w.outer, NULL, NULL, &err));
	batch(&w, 0, hold_others);
	remove_by_force(w.outer);
	ctr_container_unref(w.outer);
}

static void test_ends_inside(void **state)
{
	const struct env *env = *state;
	struct work w = {.env = env, .outer = env_create(env, NULL, "3,20")};

	batch(&w, 0, end_by_clock);
	assert_int_equal(state_of(w.outer), CTR_STATE_EXITED);
	remove_by_force(w.outer);
	ctr_container_unref(w.outer);
}

static void stop_it(struct work *w, ctr_container_t *b)
{
	OK(ctr_container_stop(b, NULL, NULL, &err));
	assert_int_equal(state_of(b), CTR_STATE_EXITED);
	assert_int_equal(env_count(w->env), 1);
}

static void test_auto_remove(void **state)
{
	const struct env *env = *state;
	ctr_spec_t *spec = env_spec(env, NULL, NULL);
	struct work w = {.env = env};

	OK(ctr_spec_set_json(spec, "remove", "true", CTR_STRLEN, &err));
	OK(ctr_container_create(env->engine, spec, NULL, &w.outer, &err));
	ctr_spec_unref(spec);
	OK(ctr_container_start(w.outer, NULL, NULL, &err));
	batch(&w, 0, stop_it);
	assert_int_equal(env_count(env), 0);
	ctr_container_unref(w.outer);
}

/* Nobody comes in between, whatever others do at the same time. */
static int alone(ctr_container_t *b, void *userdata, ctr_error_t **ret)
{
	int *rounds = userdata;

	OK(ctr_container_sync(b, NULL, &err));
	if (state_of(b) == CTR_STATE_RUNNING)
		OK(ctr_container_stop(b, NULL, NULL, &err));
	OK(ctr_container_start(b, NULL, NULL, &err));
	assert_int_equal(state_of(b), CTR_STATE_RUNNING);
	OK(ctr_container_stop(b, NULL, NULL, &err));
	OK(ctr_container_init(b, NULL, NULL, &err));
	OK(ctr_container_cleanup(b, 0, NULL, &err));
	assert_int_equal(state_of(b), CTR_STATE_CONFIGURED);
	++*rounds;
	return *ret ? -1 : 0;
}

static void *batches(void *userdata)
{
	int rounds = 0;

	while (rounds < 30)
		OK(ctr_container_batch(userdata, alone, &rounds, NULL, &err));
	return NULL;
}

static void *disturbances(void *userdata)
{
	for (int i = 0; i < 60; i++) {
		(void)ctr_container_start(userdata, NULL, NULL, NULL);
		(void)ctr_container_kill(userdata, SIGKILL, NULL, NULL);
		(void)ctr_container_cleanup(userdata, 0, NULL, NULL);
	}
	return NULL;
}

static void test_many_threads(void **state)
{
	const struct env *env = *state;
	ctr_container_t *c = env_create(env, NULL, NULL);
	pthread_t threads[6];

	for (size_t i = 0; i < 6; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, i % 2 ? disturbances : batches, c), 0);
	for (size_t i = 0; i < 6; i++)
		pthread_join(threads[i], NULL);
	remove_by_force(c);
	ctr_container_unref(c);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, env_setup, env_teardown)
	const struct CMUnitTest tests[] = {T(test_life_inside), T(test_answers), T(test_who_may), T(test_ends_inside),
					   T(test_auto_remove), T(test_many_threads)};

	return cmocka_run_group_tests_name("batch", tests, NULL, NULL);
}
