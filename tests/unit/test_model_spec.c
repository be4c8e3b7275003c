/* SPDX-License-Identifier: Apache-2.0 */
/* The spec: which documents are accepted, what they become, what is refused and how the refusal reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/macros.h"
#include "base/strv.h"
#include "model/spec.h"

/* Every field of order 1 with a value; what comes out is canonical. */
static const char everything[] =
    "{\"Name\":\"web.1\",\"entrypoint\":[\"/bin/sh\"],\"command\":[\"-c\",\"true\"],"
    "\"env\":{\"http_proxy\":\"a\",\"HTTP_PROXY\":\"b\"},\"unsetenv\":[\"X\"],\"unsetenvall\":false,"
    "\"labels\":{\"a\":\"b\",\"A\":\"c\"},\"annotations\":{\"k\":\"v\"},\"stop_signal\":9,\"stop_timeout\":4294967295,"
    "\"hostname\":\"h\",\"sysctl\":{\"net.ipv4.ip_forward\":\"1\",\"kernel.sem\":\"250 32000 32 128\"},\"remove\":true,"
    "\"CONTAINERCREATECOMMAND\":[\"x\"],\"timezone\":\"local\",\"oci_runtime\":\"runc\","
    "\"log_configuration\":{\"driver\":\"k8s-file\",\"path\":\"/l\",\"size\":-1},"
    "\"pidns\":{\"nsmode\":\"host\"},\"utsns\":{\"nsmode\":\"private\"},\"ipcns\":{\"nsmode\":\"shareable\"},"
    "\"cgroupns\":{},\"netns\":{\"nsmode\":\"none\"},\"userns\":{\"nsmode\":\"path\",\"value\":\"/proc/1/ns/user\"},"
    "\"rootfs\":\"/srv/root\",\"rootfs_overlay\":true,"
    "\"mounts\":[{\"destination\":\"/a//b/\",\"source\":\"/x\",\"options\":[\"ro\",\"rbind\",\"nodev\"]},"
    "{\"destination\":\"/t\",\"type\":\"TMPFS\",\"options\":[\"size=10m\",\"mode=1777\",\"notmpcopyup\"]}],"
    "\"devices\":[{\"path\":\"/dev/null\"},{\"path\":\"/dev/zero:rw\"},{\"path\":\"/dev/a:/dev/b:m\"}],"
    "\"device_cgroup_rule\":[{\"allow\":true,\"type\":\"c\",\"major\":1,\"minor\":-1,\"access\":\"rw\"}],"
    "\"shm_size\":1000,\"work_dir\":\"/w\",\"create_working_dir\":true,\"rootfs_propagation\":\"rslave\","
    "\"privileged\":false,\"user\":\"1000:users\",\"groups\":[\"5\",\"audio\"],\"cap_add\":[\"net_admin\"],"
    "\"cap_drop\":[\"CAP_Kill\"],\"seccomp_profile_path\":\"unconfined\",\"seccomp_policy\":\"default\","
    "\"apparmor_profile\":\"unconfined\",\"selinux_opts\":[\"disable\"],\"no_new_privileges\":true,"
    "\"read_only_filesystem\":true,\"read_write_tmpfs\":true,\"umask\":\"0027\",\"procfs_opts\":[\"hidepid=2\"],"
    "\"mask\":[\"/proc/x\"],\"unmask\":[\"all\"],\"cgroups_mode\":\"no-conmon\",\"cgroup_parent\":\"/a/b\","
    "\"resource_limits\":{\"memory\":{\"limit\":100,\"reservation\":50,\"swap\":200,\"swappiness\":0,"
    "\"disableOOMKiller\":true},\"cpu\":{\"shares\":2,\"quota\":-1,\"burst\":0,\"period\":1000,\"realtimeRuntime\":1,"
    "\"realtimePeriod\":2,\"cpus\":\"0-1\",\"mems\":\"0\",\"idle\":1},\"pids\":{\"limit\":-1},\"blockIO\":{\"weight\":"
    "100,"
    "\"weightDevice\":[{\"major\":8,\"minor\":0,\"weight\":10}],\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,"
    "\"rate\":5}],\"throttleWriteBpsDevice\":[],\"throttleReadIOPSDevice\":[],\"throttleWriteIOPSDevice\":[]},"
    "\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":18446744073709551615}],\"rdma\":{\"mlx\":{\"hcaHandles\":1}},"
    "\"unified\":{\"memory.high\":\"1\"}},\"unified\":{\"pids.max\":\"2\"},\"weightDevice\":{\"/dev/"
    "sda\":{\"weight\":1}},"
    "\"throttleReadBpsDevice\":{\"/dev/sda\":{\"major\":0,\"minor\":0,\"rate\":1}},\"throttleWriteBpsDevice\":{},"
    "\"throttleReadIOPSDevice\":{},\"throttleWriteIOPSDevice\":{},"
    "\"r_limits\":[{\"type\":\"nofile\",\"soft\":10,\"hard\":-1}],\"oom_score_adj\":-1000}";

static const char minimal[] = "\"rootfs\":\"/r\",\"command\":[\"true\"]";

static void test_accepts_order_one(void **state UNUSED)
{
	CLEANUP_ERROR ctr_error_t *err = NULL;
	CLEANUP_JSON json_t *doc = NULL;
	CLEANUP_FREE char *text = NULL;
	ctr_spec_t *spec = NULL, *again = NULL;
	json_t *limits;

	assert_int_equal(spec_from_json(everything, SIZE_MAX, &spec, &err), 0);
	assert_int_equal(spec_finish(spec, &doc, &err), 0);
	assert_string_equal(config_name(doc), "web.1");
	assert_string_equal(json_object_get_string(json_get_path(doc, "env.http_proxy")), "a");
	assert_int_equal(json_object_object_length(json_get(doc, "env")), 2);
	assert_string_equal(json_get_str(json_object_array_get_idx(json_get(doc, "mounts"), 0), "destination", ""),
			    "/a/b");
	assert_string_equal(json_get_str(json_object_array_get_idx(json_get(doc, "mounts"), 0), "type", ""), "bind");
	assert_string_equal(json_get_str(json_object_array_get_idx(json_get(doc, "mounts"), 1), "type", ""), "tmpfs");
	assert_string_equal(json_get_str(json_object_array_get_idx(json_get(doc, "devices"), 1), "path", ""),
			    "/dev/zero:/dev/zero:rw");
	assert_string_equal(json_object_get_string(json_object_array_get_idx(json_get(doc, "cap_add"), 0)),
			    "CAP_NET_ADMIN");
	assert_string_equal(json_object_get_string(json_object_array_get_idx(json_get(doc, "unmask"), 0)), "ALL");
	limits = json_object_array_get_idx(json_get(doc, "r_limits"), 0);
	assert_string_equal(json_get_str(limits, "type", ""), "RLIMIT_NOFILE");
	assert_true(json_get_u64(limits, "hard", 0) == UINT64_MAX);
	assert_true(config_stop_timeout(doc, 7) == UINT32_MAX);
	assert_string_equal(config_ns(doc, "ipcns", NULL), "shareable");

	/* What comes out goes in again and stays the same. */
	assert_int_equal(spec_to_json(spec, &text, &err), 0);
	assert_int_equal(spec_from_json(text, SIZE_MAX, &again, &err), 0);
	spec_unref(again);
	spec_unref(spec);
}

static const struct {
	const char
	    *text; /* members of an object that is complete otherwise; or a whole document when it begins with "=" */
	int code;
	const char *message; /* part of it */
} refused[] = {
    {"\"resource_limits\":{\"memory\":{\"limt\":1}}", CTR_ERR_UNSUPPORTED_OPTION,
     "\"resource_limits.memory.limt\"; did you mean \"limit\"?"},
    {"\"comand\":[]", CTR_ERR_UNSUPPORTED_OPTION, "did you mean \"command\"?"},
    {"\"zzzzzzzzzzzz\":null", CTR_ERR_UNSUPPORTED_OPTION, "there is no spec field \"zzzzzzzzzzzz\""},
    {"\"name\":\"//x\"", CTR_ERR_INVALID_ARG, "is no name"},
    {"\"throttleReadBpsDevice\":{\"/dev/a\":{\"rate\":-1}}", CTR_ERR_INVALID_ARG, "18446744073709551615"},
    {"\"zzzzzzzzzzzz\":1", CTR_ERR_UNSUPPORTED_OPTION, "there is no spec field \"zzzzzzzzzzzz\""},
    {"\"image\":\"x\"", CTR_ERR_UNSUPPORTED_OPTION, "not built yet"},
    {"\"netns\":{\"nsmode\":\"pod\"}", CTR_ERR_INVALID_ARG, "needs the field \"pod\""},
    {"\"netns\":{\"nsmode\":\"container\"}", CTR_ERR_INVALID_ARG, "needs the name or id of a container"},
    {"\"ipcns\":{\"nsmode\":\"container\",\"value\":\"x\"},\"shm_size\":1", CTR_ERR_INVALID_ARG, "shm_size"},
    {"\"Image\":\"x\"", CTR_ERR_UNSUPPORTED_OPTION, "not built yet"},
    {"\"networks\":{}", CTR_ERR_UNSUPPORTED_OPTION, "not built yet"},
    {"\"env_host\":true", CTR_ERR_UNSUPPORTED_OPTION, "refused"},
    {"\"log_configuration\":{\"driver\":\"journald\"}", CTR_ERR_UNSUPPORTED_OPTION, "not built yet"},
    {"\"netns\":{\"nsmode\":\"bridge\"}", CTR_ERR_UNSUPPORTED_OPTION, "not built yet"},
    {"\"log_configuration\":{\"options\":{\"labels\":\"a\"}}", CTR_ERR_UNSUPPORTED_OPTION, "log_configuration.options.labels"},
    {"\"log_configuration\":{\"options\":{\"max-size\":\"10x\"}}", CTR_ERR_INVALID_ARG, "log_configuration.options.max-size"},
    {"\"log_configuration\":{\"options\":{\"max-size\":\"1m\",\"max-file\":\"0\"}}", CTR_ERR_INVALID_ARG, "max-file"},
    {"\"log_configuration\":{\"options\":{\"max-file\":\"3\"}}", CTR_ERR_INVALID_ARG, "needs max-size"},
    {"\"name\":\"a/b\"", CTR_ERR_INVALID_ARG, "[a-zA-Z0-9][a-zA-Z0-9_.-]*"},
    {"\"name\":\"\"", CTR_ERR_INVALID_ARG, "name"},
    {"\"name\":\"a\\u0000b\"", CTR_ERR_INVALID_ARG, NULL},
    {"\"name\":5", CTR_ERR_INVALID_ARG, "must be a string, not an integer"},
    {"\"remove\":\"yes\"", CTR_ERR_INVALID_ARG, "\"remove\" must be a boolean"},
    {"\"stop_signal\":65", CTR_ERR_INVALID_ARG, "between 1 and 64"},
    {"\"stop_signal\":1.5", CTR_ERR_INVALID_ARG, "an integer"},
    {"\"stop_timeout\":-1", CTR_ERR_INVALID_ARG, "stop_timeout"},
    {"\"stop_timeout\":4294967296", CTR_ERR_INVALID_ARG, "stop_timeout"},
    {"\"shm_size\":18446744073709551615", CTR_ERR_INVALID_ARG, "shm_size"},
    {"\"env\":{\"A=B\":\"c\"}", CTR_ERR_INVALID_ARG, "\"A=B\""},
    {"\"env\":{\"\":\"c\"}", CTR_ERR_INVALID_ARG, "empty key"},
    {"\"env\":{\"A\":1}", CTR_ERR_INVALID_ARG, "\"env.A\""},
    {"\"env\":[\"A=B\"]", CTR_ERR_INVALID_ARG, "an object, not a list"},
    {"\"Name\":\"a\",\"NAME\":\"b\"", CTR_ERR_INVALID_ARG, "twice"},
    {"\"work_dir\":\"w\"", CTR_ERR_INVALID_ARG, "absolute"},
    {"\"user\":\"-1\"", CTR_ERR_INVALID_ARG, "4294967294"},
    {"\"user\":\"4294967295\"", CTR_ERR_INVALID_ARG, NULL},
    {"\"user\":\"a:b:c\"", CTR_ERR_INVALID_ARG, NULL},
    {"\"user\":\"root:\"", CTR_ERR_INVALID_ARG, NULL},
    {"\"umask\":\"0999\"", CTR_ERR_INVALID_ARG, "octal"},
    {"\"umask\":\"1777\"", CTR_ERR_INVALID_ARG, "octal"},
    {"\"cap_add\":[\"FLY\"]", CTR_ERR_INVALID_ARG, "cap_add[0]"},
    {"\"cap_add\":[\"KILL\"],\"cap_drop\":[\"CAP_KILL\"]", CTR_ERR_INVALID_ARG, "CAP_KILL"},
    {"\"pidns\":{\"nsmode\":\"path\"}", CTR_ERR_INVALID_ARG, "absolute path"},
    {"\"pidns\":{\"nsmode\":\"host\",\"value\":\"/x\"}", CTR_ERR_INVALID_ARG, "only with nsmode"},
    {"\"pidns\":{\"nsmode\":\"none\"}", CTR_ERR_INVALID_ARG, "must be one of"},
    {"\"utsns\":{\"nsmode\":\"host\"},\"hostname\":\"h\"", CTR_ERR_INVALID_ARG, "private UTS"},
    {"\"ipcns\":{\"nsmode\":\"host\"},\"shm_size\":5", CTR_ERR_INVALID_ARG, "shm_size"},
    {"\"sysctl\":{\"kernel.core_pattern\":\"x\"}", CTR_ERR_INVALID_ARG, "kernel.core_pattern"},
    {"\"sysctl\":{\"net.\":\"1\"}", CTR_ERR_INVALID_ARG, NULL},
    {"\"sysctl\":{\"net./../kernel.core_pattern\":\"1\"}", CTR_ERR_INVALID_ARG, NULL},
    {"\"sysctl\":{\"kernel.sem\":\"1+kernel.core_pattern=|x\"}", CTR_ERR_INVALID_ARG, "letters"},
    {"\"netns\":{\"nsmode\":\"host\"},\"sysctl\":{\"net.ipv4.ip_forward\":\"1\"}", CTR_ERR_INVALID_ARG,
     "change the host"},
    {"\"mounts\":[{\"destination\":\"/a\",\"source\":\"x\"}]", CTR_ERR_INVALID_ARG, "absolute path as source"},
    {"\"mounts\":[{\"destination\":\"a\",\"source\":\"/x\"}]", CTR_ERR_INVALID_ARG, "destination"},
    {"\"mounts\":[{\"destination\":\"/a/../..\",\"source\":\"/x\"}]", CTR_ERR_INVALID_ARG, "destination"},
    {"\"mounts\":[{\"destination\":\"//\",\"source\":\"/x\"}]", CTR_ERR_INVALID_ARG, "destination"},
    {"\"mounts\":[{\"destination\":\"/a\",\"type\":\"nfs\"}]", CTR_ERR_INVALID_ARG, "nfs"},
    {"\"mounts\":[{\"destination\":\"/a\",\"source\":\"/x\",\"options\":[\"ro\",\"rw\"]}]", CTR_ERR_INVALID_ARG,
     "only one of this kind"},
    {"\"mounts\":[{\"destination\":\"/a\",\"source\":\"/x\",\"options\":[\"ro\",\"ro\"]}]", CTR_ERR_INVALID_ARG,
     "only one of this kind"},
    {"\"mounts\":[{\"destination\":\"/a\",\"source\":\"/x\",\"options\":[\"size=1\"]}]", CTR_ERR_INVALID_ARG, "size=1"},
    {"\"mounts\":[{\"destination\":\"/a\",\"source\":\"/x\",\"options\":[\"upperdir=/y\"]}]",
     CTR_ERR_UNSUPPORTED_OPTION, "not built yet"},
    {"\"mounts\":[{\"destination\":\"/a\",\"type\":\"tmpfs\",\"options\":[\"size=1,exec\"]}]", CTR_ERR_INVALID_ARG,
     "value"},
    {"\"mounts\":[{\"destination\":\"/a\",\"type\":\"tmpfs\"},{\"destination\":\"/a/\",\"type\":\"tmpfs\"}]",
     CTR_ERR_INVALID_ARG, "two entries"},
    {"\"mounts\":[{\"destination\":\"/a\",\"typ\":\"tmpfs\"}]", CTR_ERR_UNSUPPORTED_OPTION, "mounts[0].typ"},
    {"\"devices\":[{\"path\":\"null\"}]", CTR_ERR_INVALID_ARG, "/dev/X"},
    {"\"devices\":[{\"path\":\"/dev/null:/dev/null:rx\"}]", CTR_ERR_INVALID_ARG, NULL},
    {"\"r_limits\":[{\"type\":\"files\",\"soft\":1,\"hard\":1}]", CTR_ERR_INVALID_ARG, "files"},
    {"\"r_limits\":[{\"type\":\"core\",\"soft\":2,\"hard\":1}]", CTR_ERR_INVALID_ARG, "above its hard"},
    {"\"r_limits\":[{\"type\":\"core\",\"soft\":-2,\"hard\":1}]", CTR_ERR_INVALID_ARG, "-1"},
    {"\"r_limits\":[{\"type\":\"core\",\"soft\":1,\"hard\":1},{\"type\":\"RLIMIT_CORE\",\"soft\":1,\"hard\":1}]",
     CTR_ERR_INVALID_ARG, "two entries"},
    {"\"cgroups_mode\":\"split\",\"cgroup_parent\":\"/x\"", CTR_ERR_INVALID_ARG, "split"},
    {"\"cgroups_mode\":\"disabled\",\"cgroup_parent\":\"/x\"", CTR_ERR_INVALID_ARG, "disabled"},
    {"\"cgroups_mode\":\"disabled\",\"pidns\":{\"nsmode\":\"host\"}", CTR_ERR_INVALID_ARG, "pid namespace"},
    {"\"cgroup_parent\":\"/a/../b\"", CTR_ERR_INVALID_ARG, "cgroup_parent"},
    {"\"resource_limits\":{\"memory\":{\"swap\":5}}", CTR_ERR_INVALID_ARG, "limit"},
    {"\"resource_limits\":{\"memory\":{\"limit\":9,\"swap\":5}}", CTR_ERR_INVALID_ARG, "below"},
    {"\"oom_score_adj\":1001", CTR_ERR_INVALID_ARG, "1000"},
    {"=[]", CTR_ERR_INVALID_ARG, "object"},
    {"=null", CTR_ERR_INVALID_ARG, "object"},
    {"={", CTR_ERR_INVALID_ARG, "JSON"},
    {"={} x", CTR_ERR_INVALID_ARG, "JSON"},
    {"={\"command\":[\"a\"]}", CTR_ERR_INVALID_ARG, "rootfs"},
    {"={\"rootfs\":\"r\",\"command\":[\"a\"]}", CTR_ERR_INVALID_ARG, "absolute"},
    {"={\"rootfs\":\"/r\"}", CTR_ERR_INVALID_ARG, "command"},
    {"={\"rootfs\":\"/r\",\"command\":[]}", CTR_ERR_INVALID_ARG, "command"},
    {"={\"rootfs\":\"/r\",\"command\":[\"\"]}", CTR_ERR_INVALID_ARG, "empty word"},
};

static void test_refuses(void **state UNUSED)
{
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		CLEANUP_ERROR ctr_error_t *err = NULL;
		CLEANUP_JSON json_t *doc = NULL;
		ctr_spec_t *spec = NULL;
		char text[2048];
		int rc;

		if (refused[i].text[0] == '=')
			snprintf(text, sizeof(text), "%s", refused[i].text + 1);
		else
			snprintf(text, sizeof(text), "{%s,%s}", minimal, refused[i].text);
		rc = spec_from_json(text, SIZE_MAX, &spec, &err);
		if (rc == 0)
			rc = spec_finish(spec, &doc, &err);
		spec_unref(spec);
		if (rc != refused[i].code || !err ||
		    (refused[i].message && !strstr(error_message(err), refused[i].message)))
			fail_msg("%s: %d %s", text, rc, error_message(err));
	}
}

static void test_works_without_error_object(void **state UNUSED)
{
	ctr_spec_t *spec = NULL;

	assert_int_equal(spec_from_json("{\"name\":5}", SIZE_MAX, &spec, NULL), CTR_ERR_INVALID_ARG);
	assert_int_equal(spec_from_json("{\"comand\":5}", SIZE_MAX, &spec, NULL), CTR_ERR_UNSUPPORTED_OPTION);
	assert_int_equal(spec_from_json("{", SIZE_MAX, &spec, NULL), CTR_ERR_INVALID_ARG);
	assert_null(spec);
}

/* Null is absence, also of fields of later versions; numbers keep all 64 bits; one slash before a name goes. */
static void test_accepts_as_podman_does(void **state UNUSED)
{
	static const char given[] = "{\"Image\":null,\"secrets\":null,\"name\":\"/web\",\"resource_limits\":{\"cpu\":"
				    "{\"shares\":18446744073709551615,\"period\":9223372036854775808}}}";
	CLEANUP_ERROR ctr_error_t *err = NULL;
	CLEANUP_FREE char *text = NULL;
	ctr_spec_t *spec = NULL;

	assert_int_equal(spec_from_json(given, SIZE_MAX, &spec, &err), 0);
	assert_int_equal(spec_to_json(spec, &text, &err), 0);
	assert_string_equal(text, "{\"name\":\"web\",\"resource_limits\":{\"cpu\":{\"shares\":18446744073709551615,"
				  "\"period\":9223372036854775808}}}");
	spec_unref(spec);
}

/* JSON carries text: other bytes would become another path or value without anybody noticing. */
static void test_refuses_other_bytes(void **state UNUSED)
{
	ctr_spec_t *spec = NULL;

	assert_int_equal(spec_new(&spec, NULL), 0);
	assert_int_equal(spec_set_value(spec, "rootfs", json_object_new_string("/\xff"), NULL), CTR_ERR_INVALID_ARG);
	assert_int_equal(spec_set_map_entry(spec, "env", "A", "\xc3", NULL), CTR_ERR_INVALID_ARG);
	assert_int_equal(spec_set_map_entry(spec, "labels", "\xc3", "a", NULL), CTR_ERR_INVALID_ARG);
	assert_int_equal(spec_set_map_entry(spec, "env", "A", "\xc3\xa4", NULL), 0);
	spec_unref(spec);
}

static void test_setters(void **state UNUSED)
{
	CLEANUP_ERROR ctr_error_t *err = NULL;
	CLEANUP_FREE char *text = NULL;
	ctr_spec_t *spec = NULL;

	assert_int_equal(spec_new(&spec, &err), 0);
	assert_int_equal(spec_set_value(spec, "rootfs", json_object_new_string("/r"), &err), 0);
	assert_int_equal(spec_set_map_entry(spec, "env", "A", "1", &err), 0);
	assert_int_equal(spec_set_map_entry(spec, "env", "A", "2", &err), 0);
	assert_int_equal(spec_push_value(spec, "cap_add", json_object_new_string("kill"), &err), 0);
	assert_int_equal(spec_push_value(spec, "cap_add", json_object_new_string("all"), &err), 0);
	assert_int_equal(spec_set_mount(spec, "bind", "/s", "/d", "ro,,nosuid", &err), 0);
	assert_int_equal(spec_set_json(spec, "resource_limits", "{\"pids\":{\"limit\":5}}", SIZE_MAX, &err), 0);
	assert_int_equal(spec_set_json(spec, "hostname", "\"x\"", SIZE_MAX, &err), 0);
	assert_int_equal(spec_set_json(spec, "HostName", "null", SIZE_MAX, &err), 0);
	assert_int_equal(spec_set_map_entry(spec, "env", "B=", "2", NULL), CTR_ERR_INVALID_ARG);
	assert_int_equal(spec_push_value(spec, "cap_add", json_object_new_string("fly"), NULL), CTR_ERR_INVALID_ARG);
	assert_int_equal(spec_set_mount(spec, "bind", NULL, "/d", NULL, NULL), CTR_ERR_INVALID_ARG);
	assert_int_equal(spec_set_value(spec, "rootfs", json_object_new_string("r"), NULL), CTR_ERR_INVALID_ARG);
	assert_int_equal(spec_to_json(spec, &text, &err), 0);
	assert_string_equal(
	    text, "{\"rootfs\":\"/r\",\"env\":{\"A\":\"2\"},\"cap_add\":[\"CAP_KILL\",\"ALL\"],\"mounts\":"
		  "[{\"type\":\"bind\",\"destination\":\"/d\",\"source\":\"/s\",\"options\":[\"ro\",\"nosuid\"]}],"
		  "\"resource_limits\":{\"pids\":{\"limit\":5}}}");
	spec_unref(spec);
}

static void test_defaults(void **state UNUSED)
{
	CLEANUP_JSON json_t *doc = json_object_new_object();
	CLEANUP_STRV char **argv = NULL;
	char buf[ID_SIZE_HOSTNAME];

	assert_int_equal(config_stop_signal(doc), 15);
	assert_int_equal(config_stop_timeout(doc, 10), 10);
	assert_string_equal(config_ns(doc, "pidns", NULL), "private");
	assert_string_equal(config_ns(doc, "userns", NULL), "host");
	assert_string_equal(config_log_driver(doc), "k8s-file");
	assert_int_equal(config_log_size(doc), -1);
	assert_null(config_log_path(doc));
	assert_string_equal(config_hostname(doc, "0123456789abcdef", buf), "0123456789ab");
	assert_int_equal(config_argv(doc, &argv), 0);
	assert_int_equal(strv_count((const char *const *)argv), 0);
}

static void test_signals(void **state UNUSED)
{
	static const struct {
		const char *text;
		int number;
	} good[] = {{"TERM", 15},	{"sigkill", 9}, {"9", 9},     {"RTMIN+3", 37},
		    {"SIGRTMAX-1", 63}, {"64", 64},	{"RTMIN", 34}};
	static const char *const bad[] = {"", "0", "65", "TERMX", "RTMIN+31", "-9", "SIG", "RTMIN+"};
	char buf[16];
	int n;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(signal_from_text(good[i].text, &n), 0);
		assert_int_equal(n, good[i].number);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(signal_from_text(bad[i], &n), -EINVAL);
	for (int s = 1; s <= 64; s++) {
		n = 0;
		assert_int_equal(signal_from_text(signal_name(s, buf), &n), 0);
		assert_int_equal(n, s);
	}
	assert_string_equal(signal_name(15, buf), "SIGTERM");
	assert_string_equal(signal_name(37, buf), "SIGRTMIN+3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_accepts_order_one),
	    cmocka_unit_test(test_refuses),
	    cmocka_unit_test(test_works_without_error_object),
	    cmocka_unit_test(test_accepts_as_podman_does),
	    cmocka_unit_test(test_refuses_other_bytes), cmocka_unit_test(test_setters),
	    cmocka_unit_test(test_defaults),
	    cmocka_unit_test(test_signals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
