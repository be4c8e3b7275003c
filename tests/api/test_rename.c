/* SPDX-License-Identifier: Apache-2.0 */
/* ctr_container_rename: who has which name, when, and who sees it. */
#include "api_test.h"

static void check_names(ctr_container_t *c, const char *first, const char *now)
{
	char *json = NULL, wanted[128];
	ctr_status_t *s = NULL;

	assert_string_equal(ctr_container_name(c), first);
	OK(ctr_container_status(c, NULL, &s, &err));
	assert_string_equal(ctr_status_name(s), now);
	ctr_status_unref(s);
	OK(ctr_container_inspect(c, NULL, &json, &err));
	snprintf(wanted, sizeof(wanted), "\"Name\":\"%s\"", now);
	assert_non_null(strstr(json, wanted));
	ctr_free(json);
}

static void reopen(struct env *env)
{
	ctr_engine_unref(env->engine);
	env->engine = env_engine(env);
}

static void test_names(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = env_create(env, "one", NULL), *other = env_create(env, "two", NULL), *found = NULL;
	char longest[256];

	OK(ctr_container_rename(c, "first", NULL, &err));
	check_names(c, "one", "first");
	EXPECT(CTR_ERR_NO_SUCH_CONTAINER, ctr_container_open(env->engine, "one", &found, &err));
	OK(ctr_container_open(env->engine, "first", &found, &err));
	check_names(found, "first", "first");
	OK(ctr_container_rename(c, "/slash", NULL, &err));
	check_names(found, "first", "slash");
	OK(ctr_container_rename(c, "slash", NULL, &err));
	OK(ctr_container_rename(other, "one", NULL, &err)); /* free again */
	EXPECT(CTR_ERR_NAME_IN_USE, ctr_container_rename(c, "one", NULL, &err));
	EXPECT(CTR_ERR_INVALID_ARG, ctr_container_rename(c, "", NULL, &err));
	EXPECT(CTR_ERR_INVALID_ARG, ctr_container_rename(c, "/", NULL, &err));
	EXPECT(CTR_ERR_INVALID_ARG, ctr_container_rename(c, "//x", NULL, &err));
	EXPECT(CTR_ERR_INVALID_ARG, ctr_container_rename(c, ".x", NULL, &err));
	EXPECT(CTR_ERR_INVALID_ARG, ctr_container_rename(c, "a b", NULL, &err));
	memset(longest, 'x', sizeof(longest));
	longest[254] = '\0';
	EXPECT(CTR_ERR_INVALID_ARG, ctr_container_rename(c, longest, NULL, &err));
	longest[253] = '\0';
	OK(ctr_container_rename(c, longest, NULL, &err));
	OK(ctr_container_rename(c, "slash", NULL, &err));
	check_names(c, "one", "slash");
	ctr_container_unref(found);
	ctr_container_unref(c);
	ctr_container_unref(other);
	reopen(env);
	OK(ctr_container_open(env->engine, "slash", &c, &err));
	check_names(c, "slash", "slash");
	remove_by_force(c);
	EXPECT(CTR_ERR_REMOVED, ctr_container_rename(c, "again", NULL, &err));
	ctr_container_unref(c);
}

/* A run goes on; the next one has the name too. */
static void test_while_running(void **state)
{
	const struct env *env = *state;
	ctr_container_t *c = env_create(env, "one", NULL);
	ctr_status_t *s = NULL;
	char *json = NULL;

	OK(ctr_container_start(c, NULL, NULL, &err));
	OK(ctr_container_rename(c, "two", NULL, &err));
	OK(ctr_container_status(c, NULL, &s, &err));
	assert_int_equal(ctr_status_state(s), CTR_STATE_RUNNING);
	assert_int_equal(ctr_status_run(s), 1);
	ctr_status_unref(s);
	OK(ctr_container_inspect(c, NULL, &json, &err));
	assert_null(strstr(json, "\"Hostname\":\"two\""));
	ctr_free(json);
	OK(ctr_container_kill(c, SIGKILL, NULL, &err));
	OK(ctr_container_start(c, NULL, NULL, &err));
	check_names(c, "one", "two");
	remove_by_force(c);
	ctr_container_unref(c);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, env_setup, env_teardown)
	const struct CMUnitTest tests[] = {T(test_names), T(test_while_running)};

	return cmocka_run_group_tests_name("rename", tests, NULL, NULL);
}
