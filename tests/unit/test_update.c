/* SPDX-License-Identifier: Apache-2.0 */
/* Update on the null runtime: what is merged, replaced and refused, what it does to a restart that is planned, and no memory. */
#include "core_env.h"
#include <signal.h>
#include "base/clock.h"
#include "oom.h"

#define LIMIT 4000 /* a verb with more allocations than this has another problem */

static char *inspected(ctr_container_t *c)
{
	char *text = NULL;

	OK(core_container_inspect(c, NULL, &text, &err));
	return text;
}

/* A member of what inspect tells; put by the caller. */
static json_t *part(ctr_container_t *c, const char *name)
{
	CLEANUP_FREE char *text = inspected(c);
	json_t *all = NULL, *ret;

	assert_int_equal(json_parse(text, SIZE_MAX, &all, NULL, NULL), 0);
	ret = json_object_get(json_get(all, name));
	assert_non_null(ret);
	json_object_put(all);
	return ret;
}

static int update(ctr_container_t *c, const char *json, ctr_error_t **err)
{
	return core_container_update(c, json, SIZE_MAX, NULL, err);
}

static void expect_limits(ctr_container_t *c, uint64_t memory, uint64_t reservation, uint64_t shares, uint64_t pids)
{
	CLEANUP_JSON json_t *host = part(c, "HostConfig");

	assert_int_equal(json_get_u64(host, "Memory", 0), memory);
	assert_int_equal(json_get_u64(host, "MemoryReservation", 0), reservation);
	assert_int_equal(json_get_u64(host, "CpuShares", 0), shares);
	assert_int_equal(json_get_u64(host, "PidsLimit", 0), pids);
}

static void test_limits_are_merged(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = env_create(env, "c",
					"\"resource_limits\":{\"memory\":{\"limit\":67108864,\"reservation\":33554432},\"cpu\":{\"shares\":100}}");

	OK(update(c, "{\"resource_limits\":{\"memory\":{\"limit\":50331648},\"pids\":{\"limit\":9}}}", &err));
	expect_limits(c, 50331648, 33554432, 100, 9);
	OK(core_container_start(c, &no_start, NULL, &err));
	OK(update(c, "{\"resource_limits\":{\"cpu\":{\"shares\":200}}}", &err));
	expect_limits(c, 50331648, 33554432, 200, 9);
	OK(core_container_pause(c, NULL, &err));
	OK(update(c, "{\"resource_limits\":{\"memory\":{\"reservation\":16777216}}}", &err));
	assert_int_equal(env_state(c), CTR_STATE_PAUSED);
	OK(core_container_kill(c, SIGKILL, NULL, &err));
	OK(core_container_sync(c, NULL, &err));
	OK(update(c, "{\"resource_limits\":{\"pids\":{\"limit\":8}}}", &err));
	assert_int_equal(env_state(c), CTR_STATE_EXITED);
	expect_limits(c, 50331648, 16777216, 200, 8);
	core_container_unref(c);
}

/* Nothing of an update that is refused holds, also of what would have been right by itself. */
static void test_refused(void **state)
{
	static const struct {
		int code;
		const char *word, *json;
	} cases[] = {
		{ CTR_ERR_INVALID_ARG, "nothing", "{}" },
		{ CTR_ERR_INVALID_ARG, "object", "[]" },
		{ CTR_ERR_INVALID_ARG, "", "{\"env\":" },
		{ CTR_ERR_INVALID_ARG, "restart_policy", "{\"restart_policy\":\"sometimes\"}" },
		{ CTR_ERR_INVALID_ARG, "restart_tries", "{\"restart_tries\":3}" },
		{ CTR_ERR_INVALID_ARG, "restart_tries", "{\"restart_policy\":\"always\",\"restart_tries\":3}" },
		{ CTR_ERR_INVALID_ARG, "limit", "{\"resource_limits\":{\"memory\":{\"limit\":\"lots\"}}}" },
		{ CTR_ERR_INVALID_ARG, "limit", "{\"env\":{\"A\":\"2\"},\"resource_limits\":{\"memory\":{\"limit\":\"lots\"}}}" },
		{ CTR_ERR_INVALID_ARG, "env", "{\"env\":{\"A\":2}}" },
		{ CTR_ERR_INVALID_ARG, "r_limits", "{\"r_limits\":[{\"type\":\"nonsense\",\"soft\":1,\"hard\":1}]}" },
		{ CTR_ERR_UNSUPPORTED_OPTION, "restart_policy", "{\"restart_polcy\":\"always\"}" },
		{ CTR_ERR_UNSUPPORTED_OPTION, "nonsense_at_all", "{\"nonsense_at_all\":1}" },
		{ CTR_ERR_UNSUPPORTED_OPTION, "hostname", "{\"hostname\":\"x\"}" },
		{ CTR_ERR_UNSUPPORTED_OPTION, "health", "{\"healthconfig\":{}}" },
		{ CTR_ERR_UNSUPPORTED_OPTION, "rootfs", "{\"env\":{\"A\":\"2\"},\"rootfs\":\"/\"}" },
	};
	struct env *env = *state;
	ctr_container_t *c = env_create(env, "c", "\"env\":{\"A\":\"1\"}");

	for (int running = 0; running <= 1; running++) {
		CLEANUP_FREE char *before = NULL;

		if (running)
			OK(core_container_start(c, &no_start, NULL, &err));
		before = inspected(c);
		for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
			CLEANUP_FREE char *after = NULL;

			FAILS(cases[i].code, cases[i].word, update(c, cases[i].json, &err));
			after = inspected(c);
			assert_string_equal(before, after);
		}
	}
	core_container_unref(c);
}

static int has_env(ctr_container_t *c, const char *text)
{
	CLEANUP_JSON json_t *config = part(c, "Config");
	json_t *list = json_get(config, "Env");

	for (size_t i = 0; i < json_object_array_length(list); i++)
		if (STREQ(json_object_get_string(json_object_array_get_idx(list, i)), text))
			return 1;
	return 0;
}

static void test_process(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = env_create(env, "c", "\"env\":{\"A\":\"1\",\"B\":\"1\",\"C\":\"1\"},\"r_limits\":[{\"type\":\"nofile\",\"soft\":10,\"hard\":20}]");
	json_t *host, *limits;

	OK(update(c, "{\"env\":{\"B\":\"2\",\"D\":\"4\",\"E\":\"5\"},\"unsetenv\":[\"C\",\"E\",\"nobody\"]}", &err));
	assert_true(has_env(c, "A=1") && has_env(c, "B=2") && has_env(c, "D=4"));
	assert_false(has_env(c, "B=1") || has_env(c, "C=1") || has_env(c, "E=5"));
	/* Limits are replaced, not merged. */
	OK(update(c, "{\"r_limits\":[{\"type\":\"nproc\",\"soft\":5,\"hard\":6}]}", &err));
	host = part(c, "HostConfig");
	limits = json_get(host, "Ulimits");
	assert_int_equal(json_object_array_length(limits), 1);
	assert_non_null(strcasestr(json_get_str(json_object_array_get_idx(limits, 0), "Name", ""), "nproc"));
	assert_int_equal(json_get_u64(json_object_array_get_idx(limits, 0), "Soft", 0), 5);
	json_object_put(host);
	core_container_unref(c);
}

static void expect_policy(ctr_container_t *c, const char *name, uint64_t tries)
{
	CLEANUP_JSON json_t *host = part(c, "HostConfig");
	json_t *policy = json_get(host, "RestartPolicy");

	assert_string_equal(json_get_str(policy, "Name", "?"), name);
	assert_int_equal(json_get_u64(policy, "MaximumRetryCount", 99), tries);
}

static void test_policy(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = env_create(env, "c", "");

	OK(update(c, "{\"restart_policy\":\"on-failure\",\"restart_tries\":3}", &err));
	expect_policy(c, "on-failure", 3);
	OK(update(c, "{\"restart_tries\":5}", &err));
	expect_policy(c, "on-failure", 5);
	OK(update(c, "{\"restart_policy\":\"on-failure\"}", &err)); /* without tries there is no limit */
	expect_policy(c, "on-failure", 0);
	OK(update(c, "{\"restart_policy\":\"always\"}", &err));
	expect_policy(c, "always", 0);
	core_container_unref(c);
}

/* A restart that is due in an hour */
static void plan_restart(ctr_container_t *c)
{
	struct container_row *row;
	struct locked l;

	OK(core_lock(c, "test", NULL, &l, &err));
	row = container_row_copy(l.row);
	assert_non_null(row);
	row->restart_at_ns = (int64_t)clock_monotonic_ns() + INT64_C(3600000000000);
	row->restart_streak = 4;
	OK(step_save(&l, row, NULL, &err));
	OK(core_unlock(&l, 0, &err));
}

static struct container_row *row_of(ctr_container_t *c)
{
	struct container_row *row = NULL;

	OK(core_container_snapshot(c, &row, &err));
	return row;
}

static void test_planned_restart(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = env_create(env, "c", "");
	struct container_row *row;

	OK(core_container_start(c, &no_start, NULL, &err));
	OK(core_container_kill(c, SIGKILL, NULL, &err));
	OK(core_container_sync(c, NULL, &err));
	OK(update(c, "{\"restart_policy\":\"always\"}", &err));
	plan_restart(c);
	OK(update(c, "{\"restart_policy\":\"unless-stopped\"}", &err));
	OK(update(c, "{\"env\":{\"A\":\"1\"}}", &err));
	row = row_of(c);
	assert_true(row->restart_at_ns != 0); /* still wanted */
	container_row_unref(row);
	OK(update(c, "{\"restart_policy\":\"no\"}", &err));
	row = row_of(c);
	assert_int_equal(row->restart_at_ns, 0);
	assert_int_equal(row->restart_streak, 0);
	assert_int_equal(row->state, CTR_STATE_EXITED);
	container_row_unref(row);
	core_container_unref(c);
}

/* Without memory it is refused and nothing has changed, or, when only what comes after the change had none, done. */
static void test_no_memory(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = env_create(env, "c", "\"env\":{\"A\":\"1\"}");
	CLEANUP_FREE char *before = inspected(c);

	for (long n = 1; n < LIMIT; n++) {
		ctr_error_t *err = NULL;
		int r;

		oom_countdown = n;
		r = update(c, "{\"env\":{\"A\":\"2\"},\"resource_limits\":{\"pids\":{\"limit\":7}},\"restart_policy\":\"always\"}", &err);
		(void)oom_end();
		error_unref(err);
		if (r == 0) {
			assert_true(has_env(c, "A=2"));
			expect_policy(c, "always", 0);
			core_container_unref(c);
			return;
		}
		assert_int_equal(r, CTR_ERR_NO_MEMORY);
		if (!has_env(c, "A=2")) {
			CLEANUP_FREE char *after = inspected(c);

			assert_string_equal(before, after);
		}
	}
	fail_msg("update has too many allocations");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_limits_are_merged, env_setup, env_teardown),
		cmocka_unit_test_setup_teardown(test_refused, env_setup, env_teardown),
		cmocka_unit_test_setup_teardown(test_process, env_setup, env_teardown),
		cmocka_unit_test_setup_teardown(test_policy, env_setup, env_teardown),
		cmocka_unit_test_setup_teardown(test_planned_restart, env_setup, env_teardown),
		cmocka_unit_test_setup_teardown(test_no_memory, env_setup, env_teardown),
	};

	return cmocka_run_group_tests_name("update", tests, NULL, NULL);
}
