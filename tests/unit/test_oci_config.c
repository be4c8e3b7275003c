/* SPDX-License-Identifier: Apache-2.0 */
/* config.json: what each field of a spec becomes, and what is refused. Works for any user. */
#include "cm.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/macros.h"
#include "base/mem.h"
#include "model/spec.h"
#include "oci/config.h"
#include "os/cgroup.h"
#include "os/fs.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static char root[] = "/tmp/ctr-oci-XXXXXX";
static int root_fd = -1;

static void put_file(const char *name, const char *text)
{
	assert_int_equal(os_write_file_atomic(root_fd, name, text, strlen(text), 0644, 0), 0);
}

static int make_root(void **state UNUSED)
{
	if (!mkdtemp(root))
		return -1;
	root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (mkdirat(root_fd, "etc", 0755) < 0 || mkdirat(root_fd, "work", 0755) < 0 ||
	    symlinkat("/nowhere", root_fd, "dangling") < 0)
		return -1;
	put_file("file", "");
	return 0;
}

static int drop_root(void **state UNUSED)
{
	close(root_fd);
	return os_remove_tree(AT_FDCWD, root);
}

static void reset_users(void)
{
	int etc = openat(root_fd, "etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	static const char passwd[] =
	    "# "
	    "comment\nbroken\nroot:x:0:0::/root:/bin/sh\njoe:x:1000:100::/home/joe:/bin/sh\r\n123:x:7:8::relative:/x\n";
	static const char group[] = "root:x:0:root\nusers:x:100:\nwheel:x:10:root,joe\naudio:x:29:joey,joe\n";

	assert_int_equal(os_write_file_atomic(etc, "passwd", passwd, strlen(passwd), 0644, 0), 0);
	assert_int_equal(os_write_file_atomic(etc, "group", group, strlen(group), 0644, 0), 0);
	close(etc);
}

static char warned[4096];
static void note(const char *message, void *unused UNUSED)
{
	snprintf(warned + strlen(warned), sizeof(warned) - strlen(warned), "%s\n", message);
}

/* The whole way from the members of a spec to the document. */
static int generate(const char *members, json_t **ret, ctr_error_t **err)
{
	CLEANUP_JSON json_t *doc = NULL;
	CLEANUP_FREE char *text =
	    str_printf("{\"rootfs\":\"/r\",\"command\":[\"a\",\"b\"]%s%s}", members[0] ? "," : "", members);
	struct oci_input in = {.id = ID,
			       .name = "n",
			       .rootfs_path = "/merged",
			       .rootfs_fd = root_fd,
			       .cgroup_manager = "cgroupfs",
			       .cgroup_mode = OS_CGROUP_V2,
			       .runtime_name = "crun",
			       .warn = note};
	ctr_spec_t *spec = NULL;
	int rc = spec_from_json(text, SIZE_MAX, &spec, err);

	if (rc == 0)
		rc = spec_finish(spec, &doc, err);
	spec_unref(spec);
	in.doc = doc;
	return rc < 0 ? rc : oci_config_generate(&in, ret, err);
}

/* Value at a path of names and, for lists, numbers; as text. */
static char *at(json_t *value, const char *path)
{
	CLEANUP_FREE char *copy = str_dup(path);
	char *save = NULL;

	for (char *word = strtok_r(copy, ".", &save); word && value; word = strtok_r(NULL, ".", &save)) {
		if (json_object_get_type(value) == json_type_array)
			value = json_object_array_get_idx(value, strtoul(word, NULL, 10));
		else
			value = json_get(value, word);
	}
	return value ? json_print(value) : str_dup("absent");
}

static const struct {
	const char *members, *path, *want;
} good[] = {
    {"", "root", "{\"path\":\"/merged\",\"readonly\":false}"},
    {"\"read_only_filesystem\":true", "root.readonly", "true"},
    {"", "process.args", "[\"a\",\"b\"]"},
    {"\"entrypoint\":[\"e\"]", "process.args", "[\"e\",\"a\",\"b\"]"},
    {"", "process.cwd", "\"/\""},
    {"", "process.noNewPrivileges", "false"},
    {"", "process.oomScoreAdj", "0"},
    {"\"oom_score_adj\":5", "process.oomScoreAdj", "5"},
    {"", "process.user", "{\"uid\":0,\"gid\":0,\"umask\":18,\"additionalGids\":[0,10]}"},
    {"\"user\":\"joe\"", "process.user", "{\"uid\":1000,\"gid\":100,\"umask\":18,\"additionalGids\":[10,29]}"},
    {"\"user\":\"1000\"", "process.user", "{\"uid\":1000,\"gid\":100,\"umask\":18,\"additionalGids\":[10,29]}"},
    {"\"user\":\"joe:audio\",\"umask\":\"0\"", "process.user", "{\"uid\":1000,\"gid\":29,\"umask\":0}"},
    {"\"user\":\"55:66\",\"groups\":[\"77\",\"users\",\"77\"]", "process.user",
     "{\"uid\":55,\"gid\":66,\"umask\":18,\"additionalGids\":[77,100]}"},
    {"\"user\":\"55\"", "process.user", "{\"uid\":55,\"gid\":0,\"umask\":18}"},
    {"\"user\":\"123\"", "process.user", "{\"uid\":7,\"gid\":8,\"umask\":18}"},
    {"\"user\":\"joe\"", "process.env.2", "\"HOME=/home/joe\""},
    {"\"user\":\"123\"", "process.env.2", "\"HOME=/\""},
    {"", "process.env",
     "[\"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\",\"container=libctr\",\"HOME=/"
     "root\",\"HOSTNAME=0123456789ab\"]"},
    {"\"env\":{\"PATH\":\"/x\"},\"unsetenv\":[\"container\"],\"hostname\":\"h\"", "process.env",
     "[\"HOME=/root\",\"HOSTNAME=h\",\"PATH=/x\"]"},
    {"\"env\":{\"A\":\"\"},\"unsetenvall\":true", "process.env", "[\"A=\"]"},
    {"\"hostname\":\"h\"", "hostname", "\"h\""},
    {"\"utsns\":{\"nsmode\":\"host\"}", "hostname", "absent"},
    {"\"user\":\"joe\",\"cap_drop\":[\"all\"]", "process.capabilities.bounding", "[]"},
    {"\"cap_drop\":[\"all\"]", "process.capabilities.effective", "[]"},
    {"\"user\":\"joe\"", "process.capabilities.effective", "[]"},
    {"", "process.capabilities.inheritable", "[]"},
    {"", "process.capabilities.ambient", "[]"},
    {"\"no_new_privileges\":true", "process.noNewPrivileges", "true"},
    {"\"r_limits\":[{\"type\":\"core\",\"soft\":0,\"hard\":0}]", "process.rlimits.1",
     "{\"type\":\"RLIMIT_CORE\",\"soft\":0,\"hard\":0}"},
    {"", "linux.cgroupsPath", "\"/libctr/" ID "\""},
    {"\"cgroup_parent\":\"/p/\"", "linux.cgroupsPath", "\"/p/" ID "\""},
    {"\"cgroups_mode\":\"disabled\"", "linux.cgroupsPath", "absent"},
    {"\"cgroups_mode\":\"disabled\"", "linux.resources", "absent"},
    {"", "linux.resources.devices.0", "{\"allow\":false,\"access\":\"rwm\"}"},
    {"\"device_cgroup_rule\":[{\"type\":\"b\",\"major\":8,\"access\":\"r\"}]", "linux.resources.devices.1",
     "{\"allow\":true,\"type\":\"b\",\"major\":8,\"access\":\"r\"}"},
    {"\"devices\":[{\"path\":\"/dev/null:/dev/n:rw\"}]", "linux.resources.devices.1",
     "{\"allow\":true,\"type\":\"c\",\"major\":1,\"minor\":3,\"access\":\"rw\"}"},
    {"\"devices\":[{\"path\":\"/dev/null:/dev/n:rw\"}]", "linux.devices.0.path", "\"/dev/n\""},
    {"", "linux.namespaces",
     "[{\"type\":\"mount\"},{\"type\":\"pid\"},{\"type\":\"network\"},{\"type\":\"ipc\"},{\"type\":\"uts\"},{\"type\":"
     "\"cgroup\"}]"},
    {"\"netns\":{\"nsmode\":\"path\",\"value\":\"/x\"}", "linux.namespaces.2",
     "{\"type\":\"network\",\"path\":\"/x\"}"},
    {"\"userns\":{\"nsmode\":\"private\"}", "linux.uidMappings",
     "[{\"containerID\":0,\"hostID\":0,\"size\":4294967295}]"},
    {"", "linux.readonlyPaths",
     "[\"/proc/asound\",\"/proc/bus\",\"/proc/fs\",\"/proc/irq\",\"/proc/sys\",\"/proc/sysrq-trigger\"]"},
    {"\"unmask\":[\"/proc/s*:/proc/bus\"]", "linux.readonlyPaths", "[\"/proc/asound\",\"/proc/fs\",\"/proc/irq\"]"},
    {"\"unmask\":[\"all\"],\"mask\":[\"/a:/b\"]", "linux.maskedPaths", "[\"/a\",\"/b\"]"},
    {"\"unmask\":[\"ALL\"]", "linux.readonlyPaths", "[]"},
    {"\"sysctl\":{\"net.x\":\"1\"}", "linux.sysctl", "{\"net.x\":\"1\"}"},
    {"", "linux.rootfsPropagation", "\"rprivate\""},
    {"\"mounts\":[{\"destination\":\"/m\",\"source\":\"/\",\"options\":[\"rslave\"]}]", "linux.rootfsPropagation",
     "\"rslave\""},
    {"\"rootfs_propagation\":\"shared\"", "linux.rootfsPropagation", "\"shared\""},
    {"", "mounts.0",
     "{\"options\":[\"nosuid\",\"noexec\",\"nodev\"],\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\"}"},
    {"\"procfs_opts\":[\"hidepid=2\"]", "mounts.0.options", "[\"nosuid\",\"noexec\",\"nodev\",\"hidepid=2\"]"},
    {"\"mounts\":[{\"destination\":\"/a/b/c/d\",\"type\":\"tmpfs\",\"options\":[\"exec\",\"suid\"]}]",
     "mounts.7.options", "[\"exec\",\"suid\",\"rprivate\",\"nodev\",\"tmpcopyup\"]"},
    {"\"mounts\":[{\"destination\":\"/proc\",\"type\":\"tmpfs\",\"options\":[\"notmpcopyup\",\"size=1\"]}]", "mounts.2",
     "{\"options\":[\"size=1\",\"rprivate\",\"nosuid\",\"nodev\"],\"destination\":\"/"
     "proc\",\"type\":\"tmpfs\",\"source\":\"tmpfs\"}"},
    {"\"mounts\":[{\"destination\":\"/z/z/z/z\",\"source\":\"/"
     "\",\"options\":[\"Z\",\"bind\",\"exec\",\"suid\",\"dev\"]}]",
     "mounts.7.options", "[\"bind\",\"exec\",\"suid\",\"dev\",\"private\"]"},
    {"\"shm_size\":4096", "mounts.5",
     "{\"options\":[\"private\",\"nosuid\",\"noexec\",\"nodev\",\"mode=1777\",\"size=4096\"],\"destination\":\"/dev/"
     "shm\",\"type\":\"tmpfs\",\"source\":\"shm\"}"},
    {"\"ipcns\":{\"nsmode\":\"host\"}", "mounts.5.source", "\"/dev/shm\""},
    {"\"annotations\":{\"a\":\"b\",\"io.container.manager\":\"me\"}", "annotations.a", "\"b\""},
    {"\"stop_signal\":9,\"stop_timeout\":3", "annotations",
     "{\"io.container.manager\":\"libctr\",\"org.opencontainers.image.stopSignal\":\"9\",\"org.systemd.property."
     "KillSignal\":\"9\",\"org.systemd.property.TimeoutStopUSec\":\"uint64 3000000\"}"},
    {"\"work_dir\":\"/work\"", "process.cwd", "\"/work\""},
    {"\"work_dir\":\"/dangling\"", "process.cwd", "\"/dangling\""},
    {"\"work_dir\":\"/m/x\",\"mounts\":[{\"destination\":\"/m\",\"type\":\"tmpfs\"}]", "process.cwd", "\"/m/x\""},
    {"\"work_dir\":\"/new\",\"create_working_dir\":true", "process.cwd", "\"/new\""},
    {"\"seccomp_profile_path\":\"unconfined\"", "linux.seccomp", "absent"},
    {"\"privileged\":true", "linux.seccomp", "absent"},
    {"\"privileged\":true", "linux.maskedPaths", "[]"},
    {"\"privileged\":true", "linux.resources.devices.0", "{\"allow\":true,\"access\":\"rwm\"}"},
    {"", "linux.seccomp.defaultAction", "\"SCMP_ACT_ERRNO\""},
    {"", "linux.seccomp.defaultErrnoRet", "38"},
};

static void test_generates(void **state UNUSED)
{
	reset_users();
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		CLEANUP_ERROR ctr_error_t *err = NULL;
		CLEANUP_JSON json_t *config = NULL;
		CLEANUP_FREE char *got = NULL;

		if (generate(good[i].members, &config, &err) < 0)
			fail_msg("%s: %s", good[i].members, error_message(err));
		got = at(config, good[i].path);
		if (strcmp(got, good[i].want) != 0)
			fail_msg("{%s} %s:\n %s\n wanted %s", good[i].members, good[i].path, got, good[i].want);
	}
}

static const struct {
	const char *members;
	int code;
	const char *message;
} bad[] = {
    {"\"user\":\"nobody\"", CTR_ERR_NO_SUCH_FILE, "nobody"},
    {"\"user\":\"joe:nogroup\"", CTR_ERR_NO_SUCH_FILE, "nogroup"},
    {"\"groups\":[\"nogroup\"]", CTR_ERR_NO_SUCH_FILE, "nogroup"},
    {"\"work_dir\":\"/none\"", CTR_ERR_NO_SUCH_FILE, "create_working_dir"},
    {"\"work_dir\":\"/file\"", CTR_ERR_INVALID_ARG, "no directory"},
    {"\"mounts\":[{\"destination\":\"/m\",\"source\":\"/nonexistent/x\"}]", CTR_ERR_NO_SUCH_FILE, "/nonexistent/x"},
    {"\"devices\":[{\"path\":\"/dev/nonexistent\"}]", CTR_ERR_NO_SUCH_FILE, "/dev/nonexistent"},
    {"\"devices\":[{\"path\":\"/etc/passwd:/dev/x:r\"}]", CTR_ERR_INVALID_ARG, "/etc/passwd"},
    {"\"seccomp_profile_path\":\"/nonexistent/x\"", CTR_ERR_NO_SUCH_FILE, "/nonexistent/x"},
    {"\"seccomp_profile_path\":\"/etc/passwd\"", CTR_ERR_INVALID_ARG, "JSON"},
    {"\"timezone\":\"No/Where\"", CTR_ERR_NO_SUCH_FILE, "No/Where"},
    {"\"weightDevice\":{\"/dev/null\":{\"weight\":10}}", CTR_ERR_INVALID_ARG, "no block device"},
};

static void test_refuses(void **state UNUSED)
{
	reset_users();
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CLEANUP_ERROR ctr_error_t *err = NULL;
		CLEANUP_JSON json_t *config = NULL;
		int rc = generate(bad[i].members, &config, &err);

		if (rc != bad[i].code || !strstr(error_message(err), bad[i].message))
			fail_msg("%s: %d %s", bad[i].members, rc, error_message(err));
	}
}

/* passwd from an image: a FIFO must not hang, a link must not lead out, an absent one has no users. */
static void test_hostile_passwd(void **state UNUSED)
{
	CLEANUP_JSON json_t *config = NULL;
	int etc = openat(root_fd, "etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	reset_users();
	unlinkat(etc, "passwd", 0);
	assert_int_equal(mkfifoat(etc, "passwd", 0644), 0);
	assert_int_equal(generate("\"user\":\"joe\"", &config, NULL), CTR_ERR_INVALID_ARG);
	unlinkat(etc, "passwd", 0);
	assert_int_equal(symlinkat("/../../../../../../etc/passwd", etc, "passwd"), 0);
	assert_int_equal(generate("\"user\":\"daemon\"", &config, NULL), CTR_ERR_IO);
	unlinkat(etc, "passwd", 0);
	assert_int_equal(generate("\"user\":\"daemon\"", &config, NULL), CTR_ERR_NO_SUCH_FILE);
	assert_int_equal(generate("\"user\":\"5\"", &config, NULL), 0);
	close(etc);
}

static void test_warns(void **state UNUSED)
{
	CLEANUP_JSON json_t *config = NULL;

	reset_users();
	warned[0] = '\0';
	assert_int_equal(generate("\"resource_limits\":{\"rdma\":{\"nothere\":{\"hcaHandles\":1}}}", &config, NULL), 0);
	assert_true(os_cgroup_has_controller("rdma") == 1 || strstr(warned, "rdma"));
}

static const struct {
	const char *members, *manager, *want;
	int code;
} checks[] = {
    {"", "cgroupfs", "", 0},
    {"\"apparmor_profile\":\"unconfined\",\"selinux_opts\":[\"disable\"]", "cgroupfs", "", 0},
    {"\"selinux_opts\":[\"type:x\"]", "cgroupfs", "SELinux", CTR_ERR_NOT_SUPPORTED},
    {"\"cgroup_parent\":\"/x\"", "systemd", ".slice", CTR_ERR_INVALID_ARG},
    {"\"cgroup_parent\":\"x.slice\"", "systemd", "", 0},
    {"\"cgroup_parent\":\"x.slice\"", "cgroupfs", "slice", CTR_ERR_INVALID_ARG},
    {"\"netns\":{\"nsmode\":\"path\",\"value\":\"/nonexistent/ns\"}", "cgroupfs", "/nonexistent/ns",
     CTR_ERR_NO_SUCH_FILE},
    {"\"mounts\":[{\"destination\":\"/m\",\"source\":\"/nonexistent/x\"}]", "cgroupfs", "/nonexistent/x",
     CTR_ERR_NO_SUCH_FILE},
    {"\"devices\":[{\"path\":\"/nonexistent/x\"}]", "cgroupfs", "/nonexistent/x", CTR_ERR_NO_SUCH_FILE},
    {"\"seccomp_profile_path\":\"/nonexistent/x\"", "cgroupfs", "/nonexistent/x", CTR_ERR_NO_SUCH_FILE},
};

static void test_preflight(void **state UNUSED)
{
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		CLEANUP_ERROR ctr_error_t *err = NULL;
		CLEANUP_JSON json_t *doc = NULL;
		CLEANUP_FREE char *text = str_printf("{\"rootfs\":\"/r\",\"command\":[\"a\"]%s%s}",
						     checks[i].members[0] ? "," : "", checks[i].members);
		ctr_spec_t *spec = NULL;

		assert_int_equal(spec_from_json(text, SIZE_MAX, &spec, &err), 0);
		assert_int_equal(spec_finish(spec, &doc, &err), 0);
		spec_unref(spec);
		if (oci_config_preflight(doc, checks[i].manager, &err) != checks[i].code ||
		    !strstr(error_message(err), checks[i].want))
			fail_msg("%s: %s", text, error_message(err));
	}
}

static void test_cgroup_names(void **state UNUSED)
{
	CLEANUP_JSON json_t *doc = json_object_new_object();
	CLEANUP_FREE char *plain = oci_cgroups_path(doc, "i", "cgroupfs"),
			  *slice = oci_cgroups_path(doc, "i", "systemd"),
			  *none = oci_cgroups_path(doc, "i", "disabled"), *split = NULL;

	assert_string_equal(plain, "/libctr/i");
	assert_string_equal(slice, "machine.slice:libctr:i");
	assert_string_equal(none, "");
	json_put_str(doc, "cgroups_mode", "split");
	split = oci_cgroups_path(doc, "i", "cgroupfs");
	assert_true(split[0] == '/' && str_has_suffix(split, "/libctr-payload-i"));
}

static int has_rule(json_t *rules, const char *name, const char *action, int with_args)
{
	for (size_t i = 0; i < json_object_array_length(rules); i++) {
		json_t *rule = json_object_array_get_idx(rules, i), *names = json_get(rule, "names");

		for (size_t j = 0; j < json_object_array_length(names); j++) {
			if (STREQ(json_object_get_string(json_object_array_get_idx(names, j)), name) &&
			    STREQ(json_get_str(rule, "action", ""), action) && !json_get(rule, "args") == !with_args)
				return 1;
		}
	}
	return 0;
}

/* Conditions on capabilities become plain rules: without SYS_ADMIN no mount, and clone only with its argument looked
 * at. */
static void test_seccomp(void **state UNUSED)
{
	CLEANUP_JSON json_t *config = NULL;
	json_t *rules;

	reset_users();
	assert_int_equal(generate("\"cap_drop\":[\"all\"]", &config, NULL), 0);
	rules = json_get_path(config, "linux.seccomp.syscalls");
	assert_true(has_rule(rules, "read", "SCMP_ACT_ALLOW", 0));
	assert_true(has_rule(rules, "mount", "SCMP_ACT_ERRNO", 0));
	assert_false(has_rule(rules, "mount", "SCMP_ACT_ALLOW", 0));
	assert_true(has_rule(rules, "clone", "SCMP_ACT_ALLOW", 1));
	assert_false(has_rule(rules, "clone", "SCMP_ACT_ALLOW", 0));
	assert_true(has_rule(rules, "clone3", "SCMP_ACT_ERRNO", 0));
	assert_true(has_rule(rules, "keyctl", "SCMP_ACT_ERRNO", 0));
	assert_null(json_get(json_object_array_get_idx(rules, 0), "includes"));
	assert_null(json_get(json_object_array_get_idx(rules, 0), "comment"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_generates), cmocka_unit_test(test_refuses),	cmocka_unit_test(test_hostile_passwd),
	    cmocka_unit_test(test_warns),     cmocka_unit_test(test_preflight), cmocka_unit_test(test_cgroup_names),
	    cmocka_unit_test(test_seccomp),
	};

	return cmocka_run_group_tests(tests, make_root, drop_root);
}
