/* SPDX-License-Identifier: Apache-2.0 */
/* Containers that need each other, on the null runtime: creation, recursive init and start, removal. */
#include "core_env.h"
#include "base/strv.h"
#include "core/graph.h"

static void test_create(void **state)
{
	struct env *env = *state;
	ctr_container_t *db = env_create(env, "db", ""), *cache = env_create(env, "cache", ""), *web;
	CLEANUP_ROW struct container_row *row = NULL;
	CLEANUP_FREE char *members = NULL;
	CLEANUP_STRV char **who = NULL;

	/* By name and by the beginning of an id, the same one twice: stored by id, once. */
	assert_true(asprintf(&members, "\"dependencyContainers\":[\"db\",\"%.10s\",\"%.12s\"]", cache->id, db->id) > 0);
	web = env_create(env, "web", members);
	OK(core_container_snapshot(web, &row, &err));
	assert_true(graph_needs(row, db->id));
	assert_true(graph_needs(row, cache->id));
	assert_int_equal(strlen(row->depends), 2 * 64 + 1);
	assert_non_null(strstr(row->config, db->id));
	OK(store_dependents(env->engine->store, db->id, &who, &err));
	assert_string_equal(who[0], web->id);
	assert_null(who[1]);
	core_container_unref(db);
	core_container_unref(cache);
	core_container_unref(web);
}

static void test_create_refused(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = NULL;

	FAILS(CTR_ERR_NO_SUCH_CONTAINER, "nobody", env_try_create(env, "web", "\"dependencyContainers\":[\"nobody\"]", &c, &err));
	FAILS(CTR_ERR_DEPENDENCY_CYCLE, "itself", env_try_create(env, "web", "\"dependencyContainers\":[\"web\"]", &c, &err));
	FAILS(CTR_ERR_INVALID_ARG, "dependencyContainers", env_try_create(env, "web", "\"dependencyContainers\":[5]", &c, &err));
	assert_null(c);
	/* Nothing of it is left: the name is free. */
	core_container_unref(env_create(env, "web", ""));
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

static void test_create_while_removed(void **state)
{
	struct env *env = *state;
	ctr_container_t *db = env_create(env, "db", ""), *c = NULL;

	set_state(db, CTR_STATE_REMOVING);
	FAILS(CTR_ERR_STATE_INVALID, "\"db\"", env_try_create(env, "web", "\"dependencyContainers\":[\"db\"]", &c, &err));
	assert_null(c);
	core_container_unref(db);
}

/* The dependency goes after it was found and before the row is written: the transaction sees that. */
static void test_insert_is_atomic(void **state)
{
	struct env *env = *state;
	ctr_container_t *db = env_create(env, "db", "");
	CLEANUP_ROW struct container_row *row = container_row_new();
	struct lock_guard guard = {0};

	memset(row->id, 'a', 64);
	assert_int_equal(container_row_set(&row->name, "web"), 0);
	assert_int_equal(container_row_set(&row->depends, db->id), 0);
	OK(core_container_remove(db, &no_remove, NULL, &err));
	FAILS(CTR_ERR_NO_SUCH_CONTAINER, "\"web\"", store_container_insert(env->engine->store, row, NULL, &guard, &err));
	assert_null(guard.table);
	core_container_unref(db);
}

static void test_remove_refused(void **state)
{
	struct env *env = *state;
	ctr_container_t *db = env_create(env, "db", ""), *web = env_create(env, "web", "\"dependencyContainers\":[\"db\"]");
	CLEANUP_ERROR ctr_error_t *why = NULL;

	assert_int_equal(core_container_remove(db, &no_remove, NULL, &why), CTR_ERR_HAS_DEPENDENTS);
	assert_non_null(strstr(error_message(why), "\"web\""));
	assert_non_null(strstr(error_get_detail(why, "dependents"), web->id));
	assert_int_equal(env_state(db), CTR_STATE_CONFIGURED);
	FAILS(CTR_ERR_HAS_DEPENDENTS, "\"web\"", core_container_remove(db, &by_force, NULL, &err));
	assert_int_equal(env_state(db), CTR_STATE_CONFIGURED);
	OK(core_container_remove(web, &no_remove, NULL, &err));
	OK(core_container_remove(db, &no_remove, NULL, &err));
	core_container_unref(db);
	core_container_unref(web);
}

static const struct ctr_remove_opts with_all = {.size = sizeof(with_all), .depend = 1};
static const struct ctr_remove_opts with_all_by_force = {.size = sizeof(with_all_by_force), .depend = 1, .force = 1};

static void expect_removed(ctr_container_t *c)
{
	CLEANUP_ROW struct container_row *row = NULL;

	FAILS(CTR_ERR_REMOVED, "removed", core_container_snapshot(c, &row, &err));
}

static void test_remove_with_dependents(void **state)
{
	struct env *env = *state;
	ctr_container_t *base = env_create(env, "base", ""), *left = env_create(env, "left", "\"dependencyContainers\":[\"base\"]");
	ctr_container_t *right = env_create(env, "right", "\"dependencyContainers\":[\"base\"]"), *other = env_create(env, "other", "");
	ctr_container_t *top = env_create(env, "top", "\"dependencyContainers\":[\"left\",\"right\",\"other\"]");

	/* One that runs keeps all of them, without force. */
	OK(core_container_start(right, &recursive, NULL, &err));
	OK(core_container_stop(base, &no_stop, NULL, &err));
	FAILS(CTR_ERR_STATE_INVALID, "\"right\"", core_container_remove(base, &with_all, NULL, &err));
	assert_int_equal(env_state(top), CTR_STATE_CONFIGURED);
	assert_int_equal(env_state(right), CTR_STATE_RUNNING);
	OK(core_container_remove(base, &with_all_by_force, NULL, &err));
	expect_removed(base);
	expect_removed(left);
	expect_removed(right);
	expect_removed(top);
	assert_int_equal(env_state(other), CTR_STATE_CONFIGURED);
	OK(core_container_remove(other, &no_remove, NULL, &err));
	core_container_unref(base);
	core_container_unref(left);
	core_container_unref(right);
	core_container_unref(other);
	core_container_unref(top);
}

/* By force nothing is stopped that stays. */
static void test_force_does_not_stop_what_stays(void **state)
{
	struct env *env = *state;
	ctr_container_t *db = env_create(env, "db", ""), *web = env_create(env, "web", "\"dependencyContainers\":[\"db\"]");

	OK(core_container_start(db, &no_start, NULL, &err));
	FAILS(CTR_ERR_HAS_DEPENDENTS, "\"web\"", core_container_remove(db, &by_force, NULL, &err));
	assert_int_equal(env_state(db), CTR_STATE_RUNNING);
	core_container_unref(db);
	core_container_unref(web);
}

static void test_autoremove_waits_for_dependents(void **state)
{
	struct env *env = *state;
	ctr_container_t *db = env_create(env, "db", "\"remove\":true"), *web = env_create(env, "web", "\"dependencyContainers\":[\"db\"]");

	OK(core_container_start(db, &no_start, NULL, &err));
	OK(core_container_stop(db, &no_stop, NULL, &err));
	assert_int_equal(env_state(db), CTR_STATE_EXITED);
	OK(core_container_remove(db, &with_all, NULL, &err));
	expect_removed(web);
	expect_removed(db);
	core_container_unref(db);
	core_container_unref(web);
}

/* ---- starting ---- */

static int64_t started(ctr_container_t *c)
{
	CLEANUP_ROW struct container_row *row = NULL;

	OK(core_container_snapshot(c, &row, &err));
	return row->started_ns;
}

static void test_start_names_what_is_missing(void **state)
{
	struct env *env = *state;
	ctr_container_t *db = env_create(env, "db", ""), *cache = env_create(env, "cache", "");
	ctr_container_t *web = env_create(env, "web", "\"dependencyContainers\":[\"db\",\"cache\"]");
	CLEANUP_ERROR ctr_error_t *why = NULL;

	OK(core_container_start(db, &no_start, NULL, &err));
	assert_int_equal(core_container_start(web, &no_start, NULL, &why), CTR_ERR_STATE_INVALID);
	assert_non_null(strstr(error_message(why), "\"cache\" (created)"));
	assert_null(strstr(error_message(why), "\"db\""));
	assert_string_equal(error_get_detail(why, "dependency"), cache->id);
	FAILS(CTR_ERR_STATE_INVALID, "\"cache\"", core_container_init(web, &no_start, NULL, &err));
	assert_int_equal(env_state(web), CTR_STATE_CONFIGURED);
	assert_int_equal(env_state(cache), CTR_STATE_CONFIGURED);
	OK(core_container_start(cache, &no_start, NULL, &err));
	OK(core_container_start(web, &no_start, NULL, &err));
	assert_int_equal(env_state(web), CTR_STATE_RUNNING);
	core_container_unref(db);
	core_container_unref(cache);
	core_container_unref(web);
}

static void test_recursive_start(void **state)
{
	struct env *env = *state;
	ctr_container_t *base = env_create(env, "base", ""), *left = env_create(env, "left", "\"dependencyContainers\":[\"base\"]");
	ctr_container_t *right = env_create(env, "right", "\"dependencyContainers\":[\"base\"]"), *other = env_create(env, "other", "");
	ctr_container_t *top = env_create(env, "top", "\"dependencyContainers\":[\"left\",\"right\"]");

	OK(core_container_start(right, &recursive, NULL, &err));
	assert_int_equal(env_state(base), CTR_STATE_RUNNING);
	assert_int_equal(env_state(right), CTR_STATE_RUNNING);
	assert_int_equal(env_state(left), CTR_STATE_CONFIGURED);
	OK(core_container_init(left, &no_start, NULL, &err)); /* one that is ready only has to run */
	OK(core_container_init(top, &recursive, NULL, &err));
	assert_int_equal(env_state(left), CTR_STATE_RUNNING);
	assert_int_equal(env_state(top), CTR_STATE_CREATED);
	OK(core_container_start(top, &recursive, NULL, &err));
	assert_int_equal(env_state(top), CTR_STATE_RUNNING);
	assert_int_equal(env_state(other), CTR_STATE_CONFIGURED);
	assert_true(started(base) <= started(left) && started(left) <= started(top));
	/* Refused as without dependencies. */
	FAILS(CTR_ERR_STATE_INVALID, "\"top\"", core_container_start(top, &recursive, NULL, &err));
	core_container_unref(base);
	core_container_unref(left);
	core_container_unref(right);
	core_container_unref(other);
	core_container_unref(top);
}

static void test_recursive_start_fails(void **state)
{
	struct env *env = *state;
	ctr_container_t *base = env_create(env, "base", ""), *good = env_create(env, "good", "");
	ctr_container_t *mid = env_create(env, "mid", "\"dependencyContainers\":[\"base\"]");
	ctr_container_t *top = env_create(env, "top", "\"dependencyContainers\":[\"mid\",\"good\"]");
	CLEANUP_ERROR ctr_error_t *why = NULL;

	OK(core_container_start(base, &no_start, NULL, &err));
	set_state(base, CTR_STATE_PAUSED);
	assert_int_equal(core_container_start(top, &recursive, NULL, &why), CTR_ERR_STATE_INVALID);
	assert_non_null(strstr(error_message(why), "dependency of container \"top\" failed to start: \"base\""));
	assert_string_equal(error_get_detail(why, "dependency"), base->id);
	assert_non_null(strstr(error_message(error_cause(why)), "it is paused"));
	assert_int_equal(env_state(mid), CTR_STATE_CONFIGURED);
	assert_int_equal(env_state(top), CTR_STATE_CONFIGURED);
	assert_int_equal(env_state(good), CTR_STATE_RUNNING); /* needs nobody */
	core_container_unref(base);
	core_container_unref(good);
	core_container_unref(mid);
	core_container_unref(top);
}

/* It was started, and has ended: that is not what the other needs. */
static void test_dependency_ends_at_once(void **state)
{
	struct env *env = *state;
	ctr_container_t *once = env_create(env, "once", "\"annotations\":{\"libctr.null.exit\":\"0\"}");
	ctr_container_t *web = env_create(env, "web", "\"dependencyContainers\":[\"once\"]");

	FAILS(CTR_ERR_STATE_INVALID, "\"once\"", core_container_start(web, &recursive, NULL, &err));
	assert_int_equal(env_state(once), CTR_STATE_EXITED);
	assert_int_equal(env_state(web), CTR_STATE_CONFIGURED);
	core_container_unref(once);
	core_container_unref(web);
}

/* More than one batch, and then some: no lock is left behind. */
static void test_many(void **state)
{
	enum { MANY = GRAPH_BATCH * 2 + 5 };
	struct env *env = *state;
	CLEANUP_FREE char *members = strdup("\"dependencyContainers\":[");
	ctr_container_t *c[MANY], *top;

	for (int i = 0; i < MANY; i++) {
		char name[16], *more = NULL;

		(void)snprintf(name, sizeof(name), "c%d", i);
		c[i] = env_create(env, name, "");
		assert_true(asprintf(&more, "%s%s\"%s\"", members, i ? "," : "", name) > 0);
		free(members);
		members = more;
	}
	members = realloc(members, strlen(members) + 2);
	strcat(members, "]");
	top = env_create(env, "top", members);
	OK(core_container_start(top, &recursive, NULL, &err));
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(env_state(c[i]), CTR_STATE_RUNNING);
		core_container_unref(c[i]);
	}
	assert_false(lock_held_by_me(store_locks(env->engine->store)));
	core_container_unref(top);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_create, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_create_refused, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_create_while_removed, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_insert_is_atomic, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_remove_refused, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_remove_with_dependents, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_force_does_not_stop_what_stays, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_autoremove_waits_for_dependents, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_start_names_what_is_missing, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_recursive_start, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_recursive_start_fails, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_dependency_ends_at_once, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_many, env_setup, env_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
