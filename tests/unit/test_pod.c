/* SPDX-License-Identifier: Apache-2.0 */
/* Pods as objects, on the null runtime: made, found, listed, joined, seen, removed, left half done. */
#include "core_env.h"
#include <sqlite3.h>
#include "core/list.h"
#include "core/pods.h"

static ctr_pod_t *make_pod(const struct env *env, const char *text)
{
	ctr_pod_t *pod = NULL;

	OK(core_pod_create(env->engine, text, CTR_STRLEN, NULL, &pod, &err));
	return pod;
}

static json_t *inspect_pod(ctr_pod_t *pod)
{
	CLEANUP_FREE char *text = NULL;
	json_t *j = NULL;

	OK(core_pod_inspect(pod, NULL, &text, &err));
	assert_int_equal(json_parse(text, CTR_STRLEN, &j, NULL, NULL), 0);
	return j;
}

static json_t *inspect_container(ctr_container_t *c)
{
	CLEANUP_FREE char *text = NULL;
	json_t *j = NULL;

	OK(core_container_inspect(c, NULL, &text, &err));
	assert_int_equal(json_parse(text, CTR_STRLEN, &j, NULL, NULL), 0);
	return j;
}

static int32_t pod_state(ctr_pod_t *pod)
{
	ctr_pod_status_t *s = NULL;
	int32_t state;

	OK(core_pod_status(pod, NULL, &s, &err));
	state = s->state;
	free(s);
	return state;
}

static size_t count_pods(const struct env *env, const char *filters)
{
	const struct ctr_list_opts opts = {.size = sizeof(opts), .filters = filters};
	ctr_pod_list_t *l = NULL;
	size_t n;

	OK(core_pod_list(env->engine, &opts, NULL, &l, &err));
	n = l->n;
	core_pod_list_unref(l);
	return n;
}

static int64_t count_in_info(const struct env *env, const char *what)
{
	CLEANUP_FREE char *text = NULL;
	CLEANUP_JSON json_t *j = NULL;

	OK(core_engine_info(env->engine, NULL, &text, &err));
	assert_int_equal(json_parse(text, CTR_STRLEN, &j, NULL, NULL), 0);
	return json_get_i64(json_get(j, "counts"), what, -1);
}

static void check_audit(const struct env *env, int used)
{
	CLEANUP_FREE char *text = NULL;
	CLEANUP_JSON json_t *j = NULL;

	OK(core_engine_lock_audit(env->engine, &text, &err));
	assert_int_equal(json_parse(text, CTR_STRLEN, &j, NULL, NULL), 0);
	assert_int_equal(json_get_i64(j, "used", -1), used);
	assert_int_equal(json_object_array_length(json_get(j, "leaked")), 0);
	assert_int_equal(json_object_array_length(json_get(j, "held")), 0);
}

static ctr_container_t *infra_of(const struct env *env, ctr_pod_t *pod)
{
	CLEANUP_JSON json_t *j = inspect_pod(pod);
	ctr_container_t *c = NULL;

	OK(core_container_open(env->engine, json_get_str(j, "InfraContainerID", ""), &c, &err));
	return c;
}

/* How many events of this kind there are. */
static int count_events(const struct env *env, const char *type, const char *status)
{
	CLEANUP_FREE char *path = NULL, *like = NULL;
	sqlite3_stmt *st = NULL;
	sqlite3 *db = NULL;
	int n;

	assert_true(asprintf(&path, "%s/ctr.db", env->root) > 0);
	assert_true(asprintf(&like, "%%\"Type\":\"%s\",\"Status\":\"%s\"%%", type, status) > 0);
	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT count(*) FROM event WHERE text LIKE ?1", -1, &st, NULL),
			 SQLITE_OK);
	sqlite3_bind_text(st, 1, like, -1, SQLITE_STATIC);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	n = sqlite3_column_int(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return n;
}

static void test_create(void **state)
{
	struct env *env = *state;
	ctr_pod_t *pod = make_pod(env, "{\"name\":\"web\",\"labels\":{\"tier\":\"front\"}}");
	ctr_container_t *infra = infra_of(env, pod);
	CLEANUP_JSON json_t *j = inspect_pod(pod), *ij = inspect_container(infra);
	char name[32];

	assert_string_equal(json_get_str(j, "Id", ""), pod->id);
	assert_string_equal(json_get_str(j, "Name", ""), "web");
	assert_string_equal(json_get_str(j, "State", ""), "Created");
	assert_string_equal(json_get_str(j, "ExitPolicy", ""), "continue");
	assert_string_equal(json_get_str(j, "Hostname", ""), "web");
	assert_string_equal(json_get_str(json_get(j, "Labels"), "tier", ""), "front");
	assert_int_equal(json_get_i64(j, "NumContainers", -1), 1);
	assert_true(json_get_bool(j, "CreateInfra", 0));
	assert_int_equal(json_object_array_length(json_get(j, "SharedNamespaces")), 3);
	(void)snprintf(name, sizeof(name), "%.12s-infra", pod->id);
	assert_string_equal(infra->name, name);
	assert_true(json_get_bool(ij, "IsInfra", 0));
	assert_string_equal(json_get_str(ij, "Pod", ""), pod->id);
	assert_int_equal(json_get_i64(json_get(ij, "Config"), "StopTimeout", 0), 10);
	assert_true(json_get_bool(json_get(ij, "HostConfig"), "ReadonlyRootfs", 0));
	assert_int_equal(pod_state(pod), CTR_POD_CREATED);
	assert_int_equal(count_in_info(env, "pods"), 1);
	check_audit(env, 2);
	core_container_unref(infra);
	core_pod_unref(pod);
}

static void test_without_infra(void **state)
{
	struct env *env = *state;
	ctr_pod_t *pod = make_pod(env, "{\"no_infra\":true}");
	CLEANUP_JSON json_t *j = inspect_pod(pod);

	assert_int_equal(json_get_i64(j, "NumContainers", -1), 0);
	assert_string_equal(json_get_str(j, "InfraContainerID", "?"), "");
	assert_false(json_get_bool(j, "CreateInfra", 1));
	assert_int_equal(json_object_array_length(json_get(j, "SharedNamespaces")), 0);
	assert_true(strlen(pod->name) > 2);
	core_pod_unref(pod);
}

static void test_names(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = env_create(env, "same", "");
	ctr_pod_t *pod = make_pod(env, "{\"name\":\"same\"}"), *other = NULL;
	char prefix[16];

	FAILS(CTR_ERR_NAME_IN_USE, "\"same\"",
	      core_pod_create(env->engine, "{\"name\":\"same\"}", CTR_STRLEN, NULL, &other, &err));
	OK(core_pod_open(env->engine, "/same", &other, &err));
	assert_string_equal(other->id, pod->id);
	core_pod_unref(other);
	(void)snprintf(prefix, sizeof(prefix), "%.12s", pod->id);
	OK(core_pod_open(env->engine, prefix, &other, &err));
	assert_string_equal(other->id, pod->id);
	core_pod_unref(other);
	FAILS(CTR_ERR_NO_SUCH_POD, "nobody", core_pod_open(env->engine, "nobody", &other, &err));
	FAILS(CTR_ERR_INVALID_ARG, ".slice",
	      core_pod_create(env->engine, "{\"cgroup_parent\":\"a.slice\"}", CTR_STRLEN, NULL, &other, &err));
	FAILS(CTR_ERR_INVALID_ARG, "empty", core_pod_open(env->engine, "", &other, &err));
	/* More pods than the first hexadecimal digit has values: two begin alike. */
	for (int i = 0; i < 16; i++)
		core_pod_unref(make_pod(env, "{\"no_infra\":true}"));
	for (int digit = 0, ambiguous = 0; digit <= 16; digit++) {
		CLEANUP_ERROR ctr_error_t *err = NULL;
		const char text[2] = {"0123456789abcdef"[digit % 16], '\0'};

		assert_true(digit < 16 || ambiguous);
		if (digit == 16)
			break;
		other = NULL;
		ambiguous |= core_pod_open(env->engine, text, &other, &err) == CTR_ERR_AMBIGUOUS;
		core_pod_unref(other);
	}
	core_pod_unref(pod);
	core_container_unref(c);
}

static void check_ns(ctr_container_t *c, const char *mode, const char *infra)
{
	CLEANUP_JSON json_t *j = inspect_container(c);
	CLEANUP_FREE char *want = NULL;

	assert_true(asprintf(&want, "container:%s", infra) > 0);
	assert_string_equal(json_get_str(json_get(j, "HostConfig"), mode, ""), want);
}

static void test_join(void **state)
{
	struct env *env = *state;
	ctr_pod_t *pod = make_pod(env, "{\"name\":\"web\"}");
	ctr_container_t *infra = infra_of(env, pod), *c = env_create(env, "one", "\"pod\":\"web\""), *bad = NULL;
	CLEANUP_JSON json_t *j = inspect_container(c), *pj = inspect_pod(pod);
	CLEANUP_ROW struct container_row *row = NULL;

	check_ns(c, "NetworkMode", infra->id);
	check_ns(c, "IpcMode", infra->id);
	check_ns(c, "UTSMode", infra->id);
	assert_string_equal(json_get_str(json_get(j, "HostConfig"), "PidMode", ""), "private");
	assert_string_equal(json_get_str(j, "Pod", ""), pod->id);
	assert_string_equal(json_get_str(json_get(j, "Config"), "Hostname", ""), "web");
	assert_int_equal(json_object_array_length(json_get(j, "Dependencies")), 1);
	OK(core_container_snapshot(c, &row, &err));
	assert_string_equal(row->pod_id, pod->id);
	assert_string_equal(row->depends, infra->id);
	assert_int_equal(json_get_i64(pj, "NumContainers", 0), 2);
	FAILS(CTR_ERR_NO_SUCH_POD, "nobody", env_try_create(env, "two", "\"pod\":\"nobody\"", &bad, &err));
	FAILS(CTR_ERR_INVALID_ARG, "network",
	      env_try_create(env, "two", "\"pod\":\"web\",\"netns\":{\"nsmode\":\"host\"}", &bad, &err));
	/* The lock of the pod is free again after a refusal. */
	core_container_unref(env_create(env, "two", "\"pod\":\"web\""));
	check_audit(env, 4);
	core_container_unref(c);
	core_container_unref(infra);
	core_pod_unref(pod);
}

/* The entry that a listing shows */
static void test_list_entry(void **state)
{
	struct env *env = *state;
	const struct ctr_list_opts opts = {.size = sizeof(opts), .filters = "{\"pod\":[\"web\"],\"name\":[\"one\"]}"};
	ctr_pod_t *pod = make_pod(env, "{\"name\":\"web\"}");
	ctr_container_t *c = env_create(env, "one", "\"pod\":\"web\""), *loner = env_create(env, "one-alone", "");
	ctr_container_list_t *l = NULL;
	CLEANUP_JSON json_t *j = NULL;

	OK(core_container_list(env->engine, &opts, NULL, &l, &err));
	assert_int_equal(l->n, 1);
	OK(core_status_json(l->entries[0].status, &j, &err));
	assert_string_equal(json_get_str(j, "Pod", ""), pod->id);
	assert_string_equal(json_get_str(j, "PodName", ""), "web");
	assert_false(json_get_bool(j, "IsInfra", 1));
	core_list_unref(l);
	core_container_unref(c);
	core_container_unref(loner);
	core_pod_unref(pod);
}

static void test_filters(void **state)
{
	struct env *env = *state;
	ctr_pod_t *a = make_pod(env, "{\"name\":\"alpha\",\"labels\":{\"k\":\"v\"}}"),
		  *b = make_pod(env, "{\"name\":\"beta\",\"no_infra\":true}");
	ctr_container_t *c = env_create(env, "one", "\"pod\":\"alpha\"");
	const struct ctr_list_opts bad = {.size = sizeof(bad), .filters = "{\"nmae\":[\"x\"]}"},
				   worse = {.size = sizeof(worse), .filters = "{\"status\":[\"dead\"]}"};
	ctr_pod_list_t *l = NULL;

	assert_int_equal(count_pods(env, NULL), 2);
	assert_int_equal(count_pods(env, "{\"name\":[\"^al\"]}"), 1);
	assert_int_equal(count_pods(env, "{\"name\":[\"alpha\",\"beta\"]}"), 2);
	assert_int_equal(count_pods(env, "{\"label\":[\"k=v\"]}"), 1);
	assert_int_equal(count_pods(env, "{\"label!\":[\"k\"]}"), 1);
	assert_int_equal(count_pods(env, "{\"status\":[\"created\"]}"), 2);
	assert_int_equal(count_pods(env, "{\"status\":[\"running\"]}"), 0);
	assert_int_equal(count_pods(env, "{\"ctr-number\":[\"2\"]}"), 1);
	assert_int_equal(count_pods(env, "{\"ctr-names\":[\"one\"]}"), 1);
	assert_int_equal(count_pods(env, "{\"ctr-status\":[\"created\"]}"), 1);
	assert_int_equal(count_pods(env, "{\"until\":[\"1h\"]}"), 0);
	FAILS(CTR_ERR_INVALID_ARG, "\"name\"", core_pod_list(env->engine, &bad, NULL, &l, &err));
	FAILS(CTR_ERR_INVALID_ARG, "running", core_pod_list(env->engine, &worse, NULL, &l, &err));
	core_container_unref(c);
	core_pod_unref(a);
	core_pod_unref(b);
}

static void test_remove(void **state)
{
	struct env *env = *state;
	ctr_pod_t *pod = make_pod(env, "{\"name\":\"web\"}"), *twin = NULL;
	ctr_container_t *infra = infra_of(env, pod), *c = env_create(env, "one", "\"pod\":\"web\"");
	ctr_pod_status_t *s = NULL;

	OK(core_pod_open(env->engine, "web", &twin, &err));
	FAILS(CTR_ERR_HAS_DEPENDENTS, "force", core_pod_remove(pod, &no_remove, NULL, &err));
	FAILS(CTR_ERR_HAS_DEPENDENTS, "infra container", core_container_remove(infra, &by_force, NULL, &err));
	assert_int_equal(env_state(c), CTR_STATE_CONFIGURED);
	OK(core_pod_remove(pod, &by_force, NULL, &err));
	FAILS(CTR_ERR_REMOVED, "removed", core_pod_status(pod, NULL, &s, &err));
	FAILS(CTR_ERR_REMOVED, "removed", core_pod_status(twin, NULL, &s, &err));
	OK(core_pod_remove(twin, &no_remove, NULL, &err));
	assert_int_equal(count_in_info(env, "pods"), 0);
	assert_int_equal(count_in_info(env, "containers"), 0);
	check_audit(env, 0);
	assert_int_equal(count_events(env, "pod", "create"), 1);
	assert_int_equal(count_events(env, "pod", "remove"), 1);
	assert_int_equal(count_events(env, "container", "remove"), 2);
	core_container_unref(c);
	core_container_unref(infra);
	core_pod_unref(twin);
	core_pod_unref(pod);
}

/* Nothing but the infra container: no force is needed, also when it runs. */
static void test_remove_alone(void **state)
{
	struct env *env = *state;
	ctr_pod_t *pod = make_pod(env, "{}");
	ctr_container_t *infra = infra_of(env, pod);

	OK(core_container_start(infra, &no_start, NULL, &err));
	assert_int_equal(pod_state(pod), CTR_POD_RUNNING);
	OK(core_pod_remove(pod, &no_remove, NULL, &err));
	check_audit(env, 0);
	core_container_unref(infra);
	core_pod_unref(pod);
}

static void test_remove_running(void **state)
{
	struct env *env = *state;
	ctr_pod_t *pod = make_pod(env, "{\"name\":\"web\"}");
	ctr_container_t *c = env_create(env, "one", "\"pod\":\"web\""), *d;
	CLEANUP_FREE char *members = NULL;

	assert_true(asprintf(&members, "\"pod\":\"web\",\"dependencyContainers\":[\"%s\"]", c->id) > 0);
	d = env_create(env, "two", members);
	OK(core_container_start(d, &recursive, NULL, &err));
	assert_int_equal(pod_state(pod), CTR_POD_RUNNING);
	OK(core_pod_remove(pod, &by_force, NULL, &err));
	check_audit(env, 0);
	core_container_unref(c);
	core_container_unref(d);
	core_pod_unref(pod);
}

static void check_recovered(const struct env *env, const char *name, const char *before, const char *after)
{
	static const struct ctr_recover_opts opts = {.size = sizeof(opts)};
	CLEANUP_FREE char *text = NULL;
	CLEANUP_JSON json_t *j = NULL;
	json_t *one;

	OK(core_engine_recover(env->engine, &opts, NULL, &text, &err));
	assert_int_equal(json_parse(text, CTR_STRLEN, &j, NULL, NULL), 0);
	assert_int_equal(json_object_array_length(json_get(j, "pods")), 1);
	one = json_object_array_get_idx(json_get(j, "pods"), 0);
	assert_string_equal(json_get_str(one, "name", ""), name);
	assert_string_equal(json_get_str(one, "before", ""), before);
	assert_string_equal(json_get_str(one, "after", ""), after);
}

/* Another boot: nothing runs, every lock is there again, and the pod goes on. */
static void test_another_boot(void **state)
{
	struct env *env = *state;
	ctr_pod_t *pod = make_pod(env, "{\"name\":\"web\"}");
	ctr_container_t *c = env_create(env, "one", "\"pod\":\"web\"");

	OK(core_pod_start(pod, NULL, &err));
	assert_int_equal(pod_state(pod), CTR_POD_RUNNING);
	core_container_unref(c);
	core_pod_unref(pod);
	OK(store_meta_set(env->engine->store, "boot_id", "11111111-2222-3333-4444-555555555555", NULL, &err));
	OK(store_meta_set(env->engine->store, "epoch", "another", NULL, &err));
	core_engine_unref(env->engine);
	env->engine = env_open_engine(env);
	OK(core_pod_open(env->engine, "web", &pod, &err));
	check_audit(env, 3);
	assert_int_equal(pod_state(pod), CTR_POD_EXITED);
	check_recovered(env, "web", "Running", "Exited");
	core_container_unref(env_create(env, "two", "\"pod\":\"web\""));
	OK(core_pod_start(pod, NULL, &err));
	assert_int_equal(pod_state(pod), CTR_POD_RUNNING);
	OK(core_pod_remove(pod, &by_force, NULL, &err));
	check_audit(env, 0);
	core_pod_unref(pod);
}

/* A member is removed while others hold nothing of the pod; the pod stays. */
static void test_remove_member(void **state)
{
	struct env *env = *state;
	ctr_pod_t *pod = make_pod(env, "{\"name\":\"web\"}");
	ctr_container_t *c = env_create(env, "one", "\"pod\":\"web\"");

	OK(core_container_remove(c, &no_remove, NULL, &err));
	assert_int_equal(count_pods(env, "{\"ctr-number\":[\"1\"]}"), 1);
	OK(core_pod_remove(pod, &no_remove, NULL, &err));
	check_audit(env, 0);
	core_container_unref(c);
	core_pod_unref(pod);
}

/* As if the process that made or removed it had died: the intent is there, and nobody holds the lock. */
static void leave_half(ctr_pod_t *pod, int intent)
{
	struct pod_locked pl;
	struct pod_row *row;

	OK(core_pod_lock(pod, "test", NULL, &pl, &err));
	row = pod_row_copy(pl.row);
	row->intent = intent;
	OK(step_pod_save(&pl, row, NULL, &err));
	OK(core_pod_unlock(&pl, 0, &err));
}

static void test_half_done(void **state)
{
	static const int intents[] = {INTENT_CREATE, INTENT_REMOVE};
	struct env *env = *state;

	for (size_t i = 0; i < ARRAY_SIZE(intents); i++) {
		ctr_pod_t *pod = make_pod(env, "{\"name\":\"web\"}"), *other = NULL;
		ctr_container_t *infra = infra_of(env, pod);
		struct pod_locked pl;

		OK(core_container_start(infra, &no_start, NULL, &err));
		leave_half(pod, intents[i]);
		if (intents[i] == INTENT_CREATE) {
			assert_int_equal(count_pods(env, NULL), 0);
			/* Its name is free at once. */
			OK(core_pod_create(env->engine, "{\"name\":\"web\"}", CTR_STRLEN, NULL, &other, &err));
			OK(core_pod_remove(other, &no_remove, NULL, &err));
			core_pod_unref(other);
		}
		FAILS(CTR_ERR_REMOVED, "removed", core_pod_lock(pod, "test", NULL, &pl, &err));
		check_audit(env, 0);
		core_container_unref(infra);
		core_pod_unref(pod);
	}
}

static void test_half_done_at_open(void **state)
{
	struct env *env = *state;
	ctr_pod_t *pod = make_pod(env, "{\"name\":\"web\"}");

	core_container_unref(env_create(env, "one", "\"pod\":\"web\""));
	leave_half(pod, INTENT_REMOVE);
	core_engine_unref(env_open_engine(env));
	check_audit(env, 0);
	assert_int_equal(count_in_info(env, "containers"), 0);
	core_pod_unref(pod);
}

/* What goes wrong in the middle of making one leaves nothing. */
static void test_create_undone(void **state)
{
	struct env *env = *state;
	ctr_container_t *c = env_create(env, "taken", "");
	ctr_pod_t *pod = NULL;

	FAILS(
	    CTR_ERR_NAME_IN_USE, "taken",
	    core_pod_create(env->engine, "{\"name\":\"web\",\"infra_name\":\"taken\"}", CTR_STRLEN, NULL, &pod, &err));
	assert_null(pod);
	assert_int_equal(count_in_info(env, "pods"), 0);
	check_audit(env, 1);
	assert_int_equal(count_events(env, "pod", "create"), 0);
	core_pod_unref(make_pod(env, "{\"name\":\"web\"}"));
	core_container_unref(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_create, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_without_infra, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_names, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_join, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_list_entry, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_filters, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_remove, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_remove_alone, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_remove_running, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_another_boot, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_remove_member, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_half_done, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_half_done_at_open, env_setup, env_teardown),
	    cmocka_unit_test_setup_teardown(test_create_undone, env_setup, env_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
