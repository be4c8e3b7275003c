/* SPDX-License-Identifier: Apache-2.0 */
/* The pod's spec, what members get from it, and what the states of members add up to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "base/mem.h"
#include "model/pod.h"
#include "model/pod_spec.h"
#include "model/spec.h"

#define POD "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define INFRA "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static json_t *parse_pod(const char *text)
{
	CLEANUP_ERROR ctr_error_t *err = NULL;
	json_t *doc = NULL;

	if (pod_spec_parse(text, SIZE_MAX, &doc, &err) < 0)
		fail_msg("%s: %s", text, error_message(err));
	return doc;
}

static json_t *parse_json(const char *text)
{
	json_t *doc = NULL;

	assert_int_equal(json_parse(text, SIZE_MAX, &doc, NULL, NULL), 0);
	return doc;
}

static void test_accepts(void **state UNUSED)
{
	static const char *const texts[] = {
	    "{}",
	    "{\"name\":\"web\",\"labels\":{\"a\":\"b\"},\"exit_policy\":\"stop\",\"hostname\":\"h\"}",
	    "{\"no_infra\":true,\"share_parent\":false,\"restart_policy\":\"on-failure\",\"restart_tries\":3}",
	    "{\"infra_name\":\"i\",\"infra_command\":[\"/"
	    "ctr-init\",\"-P\"],\"sysctl\":{\"net.ipv4.ip_forward\":\"1\"},\"shm_size\":65536}",
	    "{\"shared_namespaces\":[\"ipc\",\"net\",\"uts\",\"pid\",\"cgroup\",\"user\"],\"userns\":{\"nsmode\":"
	    "\"private\"}}",
	    "{\"resource_limits\":{\"memory\":{\"limit\":1048576},\"pids\":{\"limit\":5}},\"cgroup_parent\":\"/"
	    "x\",\"labels\":null}",
	    "{\"Name\":\"x\",\"NO_INFRA\":false,\"pod_create_command\":[\"podman\"]}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		CLEANUP_JSON json_t *doc = parse_pod(texts[i]);

		assert_non_null(doc);
	}
}

static void test_refuses(void **state UNUSED)
{
	static const struct {
		const char *text;
		int code;
		const char *word;
	} refused[] = {
	    {"[]", CTR_ERR_INVALID_ARG, "must be a JSON object"},
	    {"{", CTR_ERR_INVALID_ARG, "not valid JSON"},
	    {"{\"nam\":\"x\"}", CTR_ERR_UNSUPPORTED_OPTION, "did you mean \"name\""},
	    {"{\"name\":\"a b\"}", CTR_ERR_INVALID_ARG, "pod"},
	    {"{\"infra_image\":\"x\"}", CTR_ERR_UNSUPPORTED_OPTION, "not built yet"},
	    {"{\"portmappings\":[]}", CTR_ERR_UNSUPPORTED_OPTION, "not built yet"},
	    {"{\"cni_networks\":[]}", CTR_ERR_UNSUPPORTED_OPTION, "refused"},
	    {"{\"exit_policy\":\"maybe\"}", CTR_ERR_INVALID_ARG, "\"continue\""},
	    {"{\"shared_namespaces\":[\"mnt\"]}", CTR_ERR_INVALID_ARG, "root file system"},
	    {"{\"shared_namespaces\":[\"time\"]}", CTR_ERR_INVALID_ARG, "must be one of"},
	    {"{\"no_infra\":true,\"shared_namespaces\":[\"net\"]}", CTR_ERR_INVALID_ARG, "needs an infra container"},
	    {"{\"no_infra\":true,\"infra_name\":\"x\"}", CTR_ERR_INVALID_ARG, "needs an infra container"},
	    {"{\"no_infra\":true,\"hostname\":\"x\"}", CTR_ERR_INVALID_ARG, "needs an infra container"},
	    {"{\"hostname\":\"x\",\"shared_namespaces\":[\"net\"]}", CTR_ERR_INVALID_ARG, "\"uts\""},
	    {"{\"shm_size\":4096,\"shared_namespaces\":[]}", CTR_ERR_INVALID_ARG, "\"ipc\""},
	    {"{\"netns\":{\"nsmode\":\"container\",\"value\":\"x\"}}", CTR_ERR_INVALID_ARG, "of a pod"},
	    {"{\"restart_tries\":3}", CTR_ERR_INVALID_ARG, "on-failure"},
	    {"{\"restart_policy\":\"sometimes\"}", CTR_ERR_INVALID_ARG, "must be one of"},
	    {"{\"resource_limits\":{\"memory\":{\"limit\":\"x\"}}}", CTR_ERR_INVALID_ARG,
	     "resource_limits.memory.limit"},
	    {"{\"share_parent\":false,\"resource_limits\":{\"pids\":{\"limit\":5}}}", CTR_ERR_INVALID_ARG,
	     "share_parent"},
	    {"{\"resource_limits\":{\"blockIO\":{\"weight\":10}}}", CTR_ERR_UNSUPPORTED_OPTION,
	     "resource_limits.blockIO"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		CLEANUP_ERROR ctr_error_t *err = NULL;
		json_t *doc = NULL;
		int r = pod_spec_parse(refused[i].text, SIZE_MAX, &doc, &err);

		if (r != refused[i].code || doc || !strstr(error_message(err), refused[i].word))
			fail_msg("%s: %d %s", refused[i].text, r, error_message(err));
	}
}

static void test_shares(void **state UNUSED)
{
	static const struct {
		const char *text, *shared;
	} pods[] = {
	    {"{}", "[\"ipc\",\"net\",\"uts\"]"},
	    {"{\"no_infra\":true}", "[]"},
	    {"{\"shared_namespaces\":[]}", "[]"},
	    {"{\"shared_namespaces\":[\"pid\",\"net\"]}", "[\"net\",\"pid\"]"},
	    {"{\"userns\":{\"nsmode\":\"private\"}}", "[\"ipc\",\"net\",\"uts\",\"user\"]"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(pods); i++) {
		CLEANUP_JSON json_t *doc = parse_pod(pods[i].text), *shared = pod_spec_shared(doc);
		CLEANUP_FREE char *text = json_print(shared);

		assert_string_equal(text, pods[i].shared);
	}
}

static void test_infra(void **state UNUSED)
{
	CLEANUP_JSON json_t *pod = parse_pod("{\"hostname\":\"h\",\"shm_size\":4096}"), *infra = NULL;
	CLEANUP_FREE char *text = NULL;
	CLEANUP_ERROR ctr_error_t *err = NULL;
	ctr_spec_t *spec = NULL;

	assert_int_equal(pod_spec_infra(pod, POD, "web", "/root/infra", "/libctr/x", &infra, &err), 0);
	assert_string_equal(json_get_str(infra, "name", ""), "aaaaaaaaaaaa-infra");
	assert_string_equal(json_get_str(infra, "hostname", ""), "h");
	assert_string_equal(json_get_str(infra, "cgroup_parent", ""), "/libctr/x");
	assert_true(json_get_bool(infra, "read_only_filesystem", 0));
	assert_int_equal(json_get_i64(infra, "stop_timeout", 0), 10);
	assert_int_equal(json_get_i64(infra, "shm_size", 0), 4096);
	/* It is a spec like any other. */
	text = json_print(infra);
	assert_int_equal(spec_from_json(text, SIZE_MAX, &spec, &err), 0);
	spec_unref(spec);
}

static void check_mode(json_t *doc, const char *field, const char *mode)
{
	const char *value = "";

	assert_string_equal(config_ns(doc, field, &value), mode);
	if (STREQ(mode, "container"))
		assert_string_equal(value, INFRA);
}

static void test_members_join(void **state UNUSED)
{
	CLEANUP_JSON json_t *pod =
	    parse_pod("{\"restart_policy\":\"always\",\"shared_namespaces\":[\"ipc\",\"net\",\"uts\"]}");
	CLEANUP_JSON json_t *doc = parse_json("{\"pidns\":{\"nsmode\":\"pod\"},\"ipcns\":{\"nsmode\":\"host\"}}");

	assert_int_equal(pod_spec_apply(pod, "web", INFRA, "/libctr/p", doc, NULL), 0);
	check_mode(doc, "netns", "container");
	check_mode(doc, "utsns", "container");
	check_mode(doc, "pidns", "container");
	check_mode(doc, "ipcns", "host");
	check_mode(doc, "cgroupns", "private");
	assert_string_equal(json_get_str(doc, "hostname", ""), "web");
	assert_string_equal(json_get_str(doc, "cgroup_parent", ""), "/libctr/p");
	assert_string_equal(json_get_str(doc, "restart_policy", ""), "always");
}

static void test_members_keep_their_own(void **state UNUSED)
{
	CLEANUP_JSON json_t *pod = parse_pod("{\"restart_policy\":\"always\"}"),
			    *apart = parse_pod("{\"share_parent\":false}");
	CLEANUP_JSON json_t *doc =
	    parse_json("{\"restart_policy\":\"no\",\"cgroup_parent\":\"/own\",\"utsns\":{\"nsmode\":\"private\"},"
		       "\"hostname\":\"me\"}");
	CLEANUP_JSON json_t *plain = parse_json("{}"), *init = parse_json("{\"init_container_type\":\"once\"}");

	assert_int_equal(pod_spec_apply(pod, "web", INFRA, "/libctr/p", doc, NULL), 0);
	assert_string_equal(json_get_str(doc, "restart_policy", ""), "no");
	assert_string_equal(json_get_str(doc, "cgroup_parent", ""), "/own");
	assert_string_equal(json_get_str(doc, "hostname", ""), "me");
	assert_int_equal(pod_spec_apply(apart, "web", INFRA, "/libctr/p", plain, NULL), 0);
	assert_null(json_get(plain, "cgroup_parent"));
	/* One that runs once and is done is not to be run again for ever. */
	assert_int_equal(pod_spec_apply(pod, "web", INFRA, "/libctr/p", init, NULL), 0);
	assert_null(json_get(init, "restart_policy"));
}

static void test_members_refused(void **state UNUSED)
{
	static const struct {
		const char *pod, *infra, *member, *word;
	} refused[] = {
	    {"{}", INFRA, "{\"netns\":{\"nsmode\":\"host\"}}", "network"},
	    {"{}", INFRA, "{\"hostname\":\"x\"}", "hostname"},
	    {"{}", INFRA, "{\"shm_size\":1}", "IPC"},
	    {"{\"shared_namespaces\":[\"pid\"]}", INFRA, "{\"init\":true}", "pid"},
	    {"{\"no_infra\":true}", "", "{\"netns\":{\"nsmode\":\"pod\"}}", "no infra"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		CLEANUP_JSON json_t *pod = parse_pod(refused[i].pod), *doc = parse_json(refused[i].member);
		CLEANUP_ERROR ctr_error_t *err = NULL;

		assert_int_equal(pod_spec_apply(pod, "web", refused[i].infra, "", doc, &err), CTR_ERR_INVALID_ARG);
		assert_non_null(strstr(error_message(err), refused[i].word));
	}
}

/* behaviour.md 9.2, line by line */
static void test_states(void **state UNUSED)
{
	static const struct {
		int32_t members[4]; /* ended by -1 */
		int32_t pod;
	} rows[] = {
	    {{-1}, CTR_POD_CREATED},
	    {{CTR_STATE_CONFIGURED, -1}, CTR_POD_CREATED},
	    {{CTR_STATE_CONFIGURED, CTR_STATE_CREATED, -1}, CTR_POD_CREATED},
	    {{CTR_STATE_RUNNING, CTR_STATE_RUNNING, -1}, CTR_POD_RUNNING},
	    {{CTR_STATE_RUNNING, CTR_STATE_EXITED, -1}, CTR_POD_DEGRADED},
	    {{CTR_STATE_RUNNING, CTR_STATE_STOPPING, -1}, CTR_POD_DEGRADED},
	    {{CTR_STATE_RUNNING, CTR_STATE_PAUSED, -1}, CTR_POD_DEGRADED},
	    {{CTR_STATE_PAUSED, CTR_STATE_PAUSED, -1}, CTR_POD_PAUSED},
	    {{CTR_STATE_EXITED, CTR_STATE_STOPPED, -1}, CTR_POD_EXITED},
	    {{CTR_STATE_EXITED, CTR_STATE_CONFIGURED, -1}, CTR_POD_STOPPED},
	    {{CTR_STATE_STOPPED, CTR_STATE_PAUSED, -1}, CTR_POD_STOPPED},
	    {{CTR_STATE_EXITED, CTR_STATE_REMOVING, -1}, CTR_POD_STOPPED},
	    {{CTR_STATE_REMOVING, -1}, CTR_POD_ERROR},
	    {{CTR_STATE_STOPPING, CTR_STATE_CONFIGURED, -1}, CTR_POD_ERROR},
	    {{CTR_STATE_UNKNOWN, CTR_STATE_PAUSED, -1}, CTR_POD_ERROR},
	    {{CTR_STATE_PAUSED, CTR_STATE_CONFIGURED, -1}, CTR_POD_CREATED},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct pod_tally t = {.n = 0};

		for (size_t k = 0; rows[i].members[k] >= 0; k++)
			pod_tally_add(&t, rows[i].members[k]);
		if (pod_tally_state(&t) != rows[i].pod)
			fail_msg("row %zu: %s instead of %s", i, pod_state_name(pod_tally_state(&t)),
				 pod_state_name(rows[i].pod));
	}
}

static void test_state_names(void **state UNUSED)
{
	int32_t found = -1;

	assert_string_equal(pod_state_name(CTR_POD_DEGRADED), "Degraded");
	assert_string_equal(pod_state_name(99), "Error");
	assert_int_equal(pod_state_from_name("running", &found), 0);
	assert_int_equal(found, CTR_POD_RUNNING);
	assert_int_equal(pod_state_from_name("dead", &found), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_accepts),	    cmocka_unit_test(test_refuses),
	    cmocka_unit_test(test_shares),	    cmocka_unit_test(test_infra),
	    cmocka_unit_test(test_members_join),    cmocka_unit_test(test_members_keep_their_own),
	    cmocka_unit_test(test_members_refused), cmocka_unit_test(test_states),
	    cmocka_unit_test(test_state_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
