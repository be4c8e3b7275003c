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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_create, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_create_refused, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_create_while_removed, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_insert_is_atomic, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_remove_refused, env_setup, env_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
