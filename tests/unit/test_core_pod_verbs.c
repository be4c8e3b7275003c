/* SPDX-License-Identifier: Apache-2.0 */
/* Verbs over all members of a pod on the null runtime: start, stop, restart, kill, pause, init containers, exit policy; and stopping many. */
#include "core_env.h"
#include "core/graph.h"
#include "core/pods.h"

static const char forever[] = "\"pod\":\"p\"";
static const char ends_with_0[] = "\"pod\":\"p\",\"annotations\":{\"libctr.null.exit\":\"0\"}";

static ctr_pod_t *make_pod(const struct env *env, const char *json)
{
	ctr_pod_t *pod = NULL;

	OK(core_pod_create(env->engine, json, SIZE_MAX, NULL, &pod, &err));
	return pod;
}

static ctr_container_t *infra_of(const struct env *env, ctr_pod_t *pod)
{
	CLEANUP_POD struct pod_row *row = NULL;
	ctr_container_t *c = NULL;

	OK(core_pod_snapshot(pod, &row, &err));
	OK(core_container_open(env->engine, row->infra_id, &c, &err));
	return c;
}

static uint64_t run_of(ctr_container_t *c)
{
	CLEANUP_ROW struct container_row *row = NULL;

	OK(core_container_snapshot(c, &row, &err));
	return row->run;
}

struct pod_env {
	ctr_pod_t *pod;
	ctr_container_t *infra, *a, *b; /* b needs a */
};

static struct pod_env make_env(const struct env *env, const char *json)
{
	struct pod_env p = {.pod = make_pod(env, json)};

	p.infra = infra_of(env, p.pod);
	p.a = env_create(env, "a", forever);
	p.b = env_create(env, "b", "\"pod\":\"p\",\"dependencyContainers\":[\"a\"]");
	return p;
}

static void drop_env(struct pod_env *p)
{
	core_container_unref(p->infra);
	core_container_unref(p->a);
	core_container_unref(p->b);
	core_pod_unref(p->pod);
}

static void expect_all(const struct pod_env *p, int state)
{
	assert_int_equal(env_state(p->infra), state);
	assert_int_equal(env_state(p->a), state);
	assert_int_equal(env_state(p->b), state);
}

static void test_start_stop(void **state)
{
	struct env *env = *state;
	struct pod_env p = make_env(env, "{\"name\":\"p\"}");

	OK(core_pod_stop(p.pod, &no_stop, NULL, &err)); /* nothing runs yet: nothing to do */
	expect_all(&p, CTR_STATE_CONFIGURED);
	OK(core_pod_start(p.pod, NULL, &err));
	expect_all(&p, CTR_STATE_RUNNING);
	OK(core_container_stop(p.b, &no_stop, NULL, &err));
	OK(core_pod_start(p.pod, NULL, &err)); /* only what does not run */
	expect_all(&p, CTR_STATE_RUNNING);
	assert_int_equal(run_of(p.a), 1);
	assert_int_equal(run_of(p.b), 2);
	OK(core_pod_stop(p.pod, &no_stop, NULL, &err));
	expect_all(&p, CTR_STATE_EXITED);
	OK(core_pod_stop(p.pod, &no_stop, NULL, &err));
	assert_false(lock_held_by_me(store_locks(env->engine->store)));
	drop_env(&p);
}

static void test_infra_comes_with_the_first(void **state)
{
	struct env *env = *state;
	struct pod_env p = make_env(env, "{\"name\":\"p\"}");

	FAILS(CTR_ERR_STATE_INVALID, "\"a\"", core_container_start(p.b, &no_start, NULL, &err));
	assert_int_equal(env_state(p.infra), CTR_STATE_CONFIGURED);
	OK(core_container_start(p.a, &no_start, NULL, &err));
	assert_int_equal(env_state(p.infra), CTR_STATE_RUNNING);
	assert_int_equal(env_state(p.b), CTR_STATE_CONFIGURED);
	OK(core_pod_stop(p.pod, &no_stop, NULL, &err));
	OK(core_container_restart(p.a, &no_stop, NULL, &err));
	assert_int_equal(env_state(p.infra), CTR_STATE_RUNNING);
	assert_int_equal(env_state(p.a), CTR_STATE_RUNNING);
	drop_env(&p);
}

static void test_restart(void **state)
{
	struct env *env = *state;
	struct pod_env p = make_env(env, "{\"name\":\"p\"}");

	OK(core_container_start(p.a, &no_start, NULL, &err));
	OK(core_pod_restart(p.pod, &no_stop, NULL, &err));
	expect_all(&p, CTR_STATE_RUNNING);
	assert_int_equal(run_of(p.infra), 2);
	assert_int_equal(run_of(p.a), 2);
	assert_int_equal(run_of(p.b), 1);
	drop_env(&p);
}

static void test_signals(void **state)
{
	struct env *env = *state;
	struct pod_env p = make_env(env, "{\"name\":\"p\"}");
	ctr_container_t *idle;

	OK(core_pod_start(p.pod, NULL, &err));
	idle = env_create(env, "idle", forever); /* in no state for any of them: passed over */
	OK(core_pod_pause(p.pod, NULL, &err));
	expect_all(&p, CTR_STATE_PAUSED);
	OK(core_pod_unpause(p.pod, NULL, &err));
	expect_all(&p, CTR_STATE_RUNNING);
	FAILS(CTR_ERR_INVALID_ARG, "99", core_pod_kill(p.pod, 99, NULL, &err));
	OK(core_pod_kill(p.pod, 9, NULL, &err));
	expect_all(&p, CTR_STATE_EXITED);
	assert_int_equal(env_state(idle), CTR_STATE_CONFIGURED);
	core_container_unref(idle);
	drop_env(&p);
}

static void set_state(ctr_container_t *c, int wanted)
{
	struct container_row *row;
	struct locked l;

	OK(core_lock(c, "test", NULL, &l, &err));
	row = container_row_copy(l.row);
	row->state = wanted;
	OK(step_save(&l, row, NULL, &err));
	OK(core_unlock(&l, 0, &err));
}

static void test_partial(void **state)
{
	struct env *env = *state;
	struct pod_env p = make_env(env, "{\"name\":\"p\"}");
	ctr_container_t *other = env_create(env, "other", forever);
	CLEANUP_ERROR ctr_error_t *why = NULL;
	CLEANUP_JSON json_t *results = NULL;
	const char *no;
	size_t at;

	OK(core_container_start(p.a, &no_start, NULL, &err));
	OK(core_container_pause(p.a, NULL, &err));
	assert_int_equal(core_pod_start(p.pod, NULL, &why), CTR_ERR_PARTIAL);
	assert_int_equal(json_parse(error_get_detail(why, "results"), SIZE_MAX, &results, &no, &at), 0);
	assert_int_equal(json_object_object_length(results), 2);
	assert_non_null(strstr(json_get_str(json_get(results, p.a->id), "message", ""), "paused"));
	assert_non_null(strstr(json_get_str(json_get(results, p.b->id), "message", ""), "dependency"));
	assert_string_equal(json_get_str(json_get(results, p.b->id), "code", ""), "STATE_INVALID");
	assert_int_equal(env_state(other), CTR_STATE_RUNNING);
	assert_int_equal(env_state(p.b), CTR_STATE_CONFIGURED);
	core_container_unref(other);
	drop_env(&p);
}

static const char always[] = "\"init_container_type\":\"always\"", once[] = "\"init_container_type\":\"once\"";

static ctr_container_t *make_init(const struct env *env, const char *name, const char *type, const char *code)
{
	CLEANUP_FREE char *members = NULL;

	assert_true(asprintf(&members, "\"pod\":\"p\",%s,\"annotations\":{\"libctr.null.exit\":\"%s\"}", type, code) > 0);
	return env_create(env, name, members);
}

static void test_init_containers(void **state)
{
	struct env *env = *state;
	struct pod_env p = make_env(env, "{\"name\":\"p\"}");
	ctr_container_t *first = make_init(env, "first", always, "0"), *second = make_init(env, "second", once, "0");
	ctr_container_t *c = NULL;

	OK(core_pod_start(p.pod, NULL, &err));
	expect_all(&p, CTR_STATE_RUNNING);
	assert_int_equal(env_state(first), CTR_STATE_EXITED);
	FAILS(CTR_ERR_NO_SUCH_CONTAINER, "second", core_container_open(env->engine, "second", &c, &err));
	OK(core_pod_restart(p.pod, &no_stop, NULL, &err));
	assert_int_equal(run_of(first), 2);
	expect_all(&p, CTR_STATE_RUNNING);
	core_container_unref(first);
	core_container_unref(second);
	drop_env(&p);
}

static void test_init_container_fails(void **state)
{
	struct env *env = *state;
	struct pod_env p = make_env(env, "{\"name\":\"p\"}");
	ctr_container_t *bad = make_init(env, "bad", once, "3"), *never = make_init(env, "never", always, "0");
	CLEANUP_ERROR ctr_error_t *why = NULL;

	assert_int_equal(core_pod_start(p.pod, NULL, &why), CTR_ERR_PARTIAL);
	assert_non_null(strstr(error_message(why), "ended with code 3"));
	assert_non_null(strstr(error_get_detail(why, "results"), bad->id));
	assert_int_equal(env_state(p.infra), CTR_STATE_RUNNING);
	assert_int_equal(env_state(p.a), CTR_STATE_CONFIGURED);
	assert_int_equal(env_state(never), CTR_STATE_CONFIGURED);
	assert_int_equal(env_state(bad), CTR_STATE_EXITED); /* to be looked at */
	core_container_unref(bad);
	core_container_unref(never);
	drop_env(&p);
}

static void test_init_type_needs_pod(void **state)
{
	ctr_container_t *c = NULL;

	FAILS(CTR_ERR_INVALID_ARG, "pod", env_try_create(*state, "x", always, &c, &err));
	FAILS(CTR_ERR_INVALID_ARG, "init_container_type", env_try_create(*state, "x", "\"init_container_type\":\"never\"", &c, &err));
	assert_null(c);
}

static void test_exit_policy(void **state)
{
	struct env *env = *state;
	struct pod_env p = make_env(env, "{\"name\":\"p\",\"exit_policy\":\"stop\"}");

	OK(core_pod_start(p.pod, NULL, &err));
	OK(core_container_stop(p.b, &no_stop, NULL, &err));
	assert_int_equal(env_state(p.infra), CTR_STATE_RUNNING); /* a runs */
	OK(core_container_kill(p.a, 9, NULL, &err));
	assert_int_equal(env_state(p.infra), CTR_STATE_EXITED);
	OK(core_pod_start(p.pod, NULL, &err));
	expect_all(&p, CTR_STATE_RUNNING);
	drop_env(&p);
}

/* While the pod is being started its last container may end: whoever lets go of the pod looks. */
static void test_exit_policy_at_once(void **state)
{
	struct env *env = *state;
	ctr_pod_t *pod = make_pod(env, "{\"name\":\"p\",\"exit_policy\":\"stop\"}");
	ctr_container_t *infra = infra_of(env, pod), *only = env_create(env, "only", ends_with_0);

	OK(core_pod_start(pod, NULL, &err));
	assert_int_equal(env_state(only), CTR_STATE_EXITED);
	assert_int_equal(env_state(infra), CTR_STATE_EXITED);
	core_container_unref(infra);
	core_container_unref(only);
	core_pod_unref(pod);
}

static void test_exit_policy_continue(void **state)
{
	struct env *env = *state;
	struct pod_env p = make_env(env, "{\"name\":\"p\"}");

	OK(core_pod_start(p.pod, NULL, &err));
	OK(core_container_stop(p.b, &no_stop, NULL, &err));
	OK(core_container_stop(p.a, &no_stop, NULL, &err));
	assert_int_equal(env_state(p.infra), CTR_STATE_RUNNING);
	drop_env(&p);
}

static void test_remove_infra(void **state)
{
	static const struct ctr_remove_opts with_all = {.size = sizeof(with_all), .depend = 1};
	struct env *env = *state;
	struct pod_env p = make_env(env, "{\"name\":\"p\"}");
	ctr_pod_t *gone = NULL;

	OK(core_container_start(p.a, &no_start, NULL, &err));
	FAILS(CTR_ERR_HAS_DEPENDENTS, "infra", core_container_remove(p.infra, &by_force, NULL, &err));
	FAILS(CTR_ERR_STATE_INVALID, "cannot remove", core_container_remove(p.infra, &with_all, NULL, &err));
	assert_int_equal(env_state(p.a), CTR_STATE_RUNNING);
	OK(core_pod_stop(p.pod, &no_stop, NULL, &err));
	OK(core_container_remove(p.infra, &with_all, NULL, &err));
	FAILS(CTR_ERR_NO_SUCH_POD, "p", core_pod_open(env->engine, "p", &gone, &err));
	assert_null(gone);
	drop_env(&p);
}

static void test_stop_many(void **state)
{
	enum { MANY = 300 };
	struct env *env = *state;
	ctr_container_t *c[MANY + 2];
	CLEANUP_ERROR ctr_error_t *why = NULL;

	for (int i = 0; i < MANY; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "c%d", i);
		c[i] = env_create(env, name, "");
		OK(core_container_start(c[i], &no_start, NULL, &err));
	}
	c[MANY] = core_container_ref(c[0]);
	OK(core_container_open(env->engine, "c1", &c[MANY + 1], &err));
	OK(core_containers_stop_many(c, MANY + 2, &no_stop, NULL, &err));
	for (int i = 0; i < MANY; i++)
		assert_int_equal(env_state(c[i]), CTR_STATE_EXITED);
	OK(core_containers_stop_many(c, MANY, &no_stop, NULL, &err)); /* stopped already */
	OK(core_container_start(c[5], &no_start, NULL, &err));
	set_state(c[6], CTR_STATE_REMOVING);
	assert_int_equal(core_containers_stop_many(c, 10, &no_stop, NULL, &why), CTR_ERR_PARTIAL);
	assert_non_null(strstr(error_get_detail(why, "results"), c[6]->id));
	assert_int_equal(env_state(c[5]), CTR_STATE_EXITED);
	OK(core_containers_stop_many(NULL, 0, &no_stop, NULL, &err));
	for (int i = 0; i < MANY + 2; i++)
		core_container_unref(c[i]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, env_setup, env_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_start_stop),	     TEST(test_infra_comes_with_the_first), TEST(test_restart),
	    TEST(test_signals),		     TEST(test_partial),		    TEST(test_init_containers),
	    TEST(test_init_container_fails), TEST(test_init_type_needs_pod),	    TEST(test_exit_policy),
	    TEST(test_exit_policy_at_once),  TEST(test_exit_policy_continue),	    TEST(test_stop_many),
	    TEST(test_remove_infra),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
