/* SPDX-License-Identifier: Apache-2.0 */
/* What crun 1.8.1 and runc 1.1.5 really said to each mistake (recorded, one case a row), and the code it must become. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <libctr/error.h>
#include "base/macros.h"
#include "runtime/oci_errors.h"

static const struct recorded {
	const char *runtime, *mistake, *output;
	int code;
} recorded[] = {
	{"crun", "bad_apparmor",
	 "AppArmor is not initialized correctly",
	 CTR_ERR_RUNTIME},
	{"crun", "bad_cgroup_path",
	 "writing file `cpuset.cpus`: Numerical result out of range",
	 CTR_ERR_RUNTIME},
	{"crun", "bad_hook",
	 "error executing hook `/no/such/hook` (exit code: 1)",
	 CTR_ERR_RUNTIME},
	{"crun", "bad_memory",
	 "OOM: the memory limit could be too low: read from sync socket: Connection reset by peer",
	 CTR_ERR_NO_RESOURCES},
	{"crun", "bad_mount_type",
	 "mount `x` to `mnt`: No such device",
	 CTR_ERR_RUNTIME},
	{"crun", "bad_ns_path",
	 "open `/no/such/ns`: No such file or directory",
	 CTR_ERR_NO_SUCH_FILE},
	{"crun", "bad_rlimit",
	 "setrlimit `RLIMIT_NOFILE`: Invalid argument",
	 CTR_ERR_RUNTIME},
	{"crun", "bad_rlimit_name",
	 "invalid rlimit `RLIMIT_FOO`",
	 CTR_ERR_RUNTIME},
	{"crun", "bad_seccomp",
	 "invalid seccomp action `SCMP_ACT_NOPE`",
	 CTR_ERR_RUNTIME},
	{"crun", "bad_selinux",
	 "write to `/proc/self/attr/keycreate`: Invalid argument",
	 CTR_ERR_RUNTIME},
	{"crun", "bad_sysctl",
	 "open /proc/sys/net/no/such: No such file or directory",
	 CTR_ERR_RUNTIME},
	{"crun", "badinterp",
	 "{\"msg\":\"exec container process (missing dynamic library?) `/bin/badinterp`: No such file or directory\",\"level\":\"error\",\"time\":\"2026-11-23T19:30:54.583255Z\"}",
	 CTR_ERR_COMMAND_NOT_FOUND},
	{"crun", "badjson",
	 "error loading config.json",
	 CTR_ERR_RUNTIME},
	{"crun", "bind_dir_on_file",
	 "mount `/tmp` to `etc/passwd`: Not a directory",
	 CTR_ERR_RUNTIME},
	{"crun", "bind_missing",
	 "error stat'ing file `/no/such/source`: No such file or directory",
	 CTR_ERR_NO_SUCH_FILE},
	{"crun", "cwd_file",
	 "chdir `/etc/passwd`: Not a directory",
	 CTR_ERR_RUNTIME},
	{"crun", "dir_abs",
	 "open executable: Operation not permitted",
	 CTR_ERR_COMMAND_NOT_EXECUTABLE},
	{"crun", "dot_missing",
	 "executable file `./nothere` not found in $PATH: No such file or directory",
	 CTR_ERR_COMMAND_NOT_FOUND},
	{"crun", "enoexec_abs",
	 "{\"msg\":\"exec container process `/bin/enoexec`: Exec format error\",\"level\":\"error\",\"time\":\"2026-11-23T19:30:54.937511Z\"}",
	 CTR_ERR_COMMAND_NOT_EXECUTABLE},
	{"crun", "hook_fails",
	 "error executing hook `/bin/false` (exit code: 1)",
	 CTR_ERR_RUNTIME},
	{"crun", "missing_abs",
	 "executable file `/bin/nothere` not found in $PATH: No such file or directory",
	 CTR_ERR_COMMAND_NOT_FOUND},
	{"crun", "missing_path",
	 "executable file `nothere` not found in $PATH: No such file or directory",
	 CTR_ERR_COMMAND_NOT_FOUND},
	{"crun", "no_args",
	 "open executable: Invalid argument",
	 CTR_ERR_INVALID_ARG},
	{"crun", "noconfig",
	 "error loading config.json",
	 CTR_ERR_RUNTIME},
	{"crun", "nonexec_abs",
	 "open executable: Permission denied",
	 CTR_ERR_COMMAND_NOT_EXECUTABLE},
	{"crun", "nonexec_path",
	 "open executable: Permission denied",
	 CTR_ERR_COMMAND_NOT_EXECUTABLE},
	{"crun", "noperm_user",
	 "{\"msg\":\"exec container process `/bin/rootonly`: Permission denied\",\"level\":\"error\",\"time\":\"2026-11-23T19:30:55.266289Z\"}",
	 CTR_ERR_COMMAND_NOT_EXECUTABLE},
	{"crun", "notdir",
	 "open executable: Not a directory",
	 CTR_ERR_COMMAND_NOT_FOUND},
	{"crun", "rootfs_missing",
	 "make `/no/such/rootfs` private: No such file or directory",
	 CTR_ERR_NO_SUCH_FILE},
	{"runc", "bad_apparmor",
	 "runc create failed: unable to start container process: error during container init: unable to apply apparmor profile: apparmor failed to apply profile: write /proc/self/attr/exec: invalid argument",
	 CTR_ERR_RUNTIME},
	{"runc", "bad_cgroup_path",
	 "runc create failed: unable to start container process: unable to apply cgroup configuration: failed to write \"999\": write /sys/fs/cgroup/cpuset/bktest/x/cpuset.cpus: numerical result out of range",
	 CTR_ERR_RUNTIME},
	{"runc", "bad_hook",
	 "runc create failed: unable to start container process: error during container init: error running hook #0: fork/exec /no/such/hook: no such file or directory",
	 CTR_ERR_RUNTIME},
	{"runc", "bad_memory",
	 "runc create failed: unable to start container process: error during container init: error setting cgroup config for procHooks process: unable to set memory limit to 1 (current usage: 2093056, peak usage: 2510848)",
	 CTR_ERR_NO_RESOURCES},
	{"runc", "bad_mount_type",
	 "runc create failed: unable to start container process: error during container init: error mounting \"x\" to rootfs at \"/mnt\": mount x:/mnt (via /proc/self/fd/6): no such device",
	 CTR_ERR_RUNTIME},
	{"runc", "bad_ns_path",
	 "runc create failed: unable to create new parent process: namespace path: lstat /no/such/ns: no such file or directory",
	 CTR_ERR_NO_SUCH_FILE},
	{"runc", "bad_rlimit",
	 "runc create failed: unable to start container process: error during container init: error setting rlimits for ready process: error setting rlimit type 7: invalid argument",
	 CTR_ERR_RUNTIME},
	{"runc", "bad_rlimit_name",
	 "runc create failed: wrong rlimit value: RLIMIT_FOO",
	 CTR_ERR_RUNTIME},
	{"runc", "bad_seccomp",
	 "runc create failed: string SCMP_ACT_NOPE is not a valid action for seccomp",
	 CTR_ERR_RUNTIME},
	{"runc", "bad_selinux",
	 "runc create failed: selinux label is specified in config, but selinux is disabled or not supported",
	 CTR_ERR_RUNTIME},
	{"runc", "bad_sysctl",
	 "runc create failed: unable to start container process: error during container init: open /proc/sys/net/no/such: no such file or directory",
	 CTR_ERR_RUNTIME},
	{"runc", "bad_user",
	 "runc create failed: unable to start container process: unable to setup user: uids and gids must be in range 0-2147483647",
	 CTR_ERR_RUNTIME},
	{"runc", "badinterp",
	 "exec /bin/badinterp: no such file or directory",
	 CTR_ERR_COMMAND_NOT_FOUND},
	{"runc", "badjson",
	 "runc create failed: invalid character 'n' looking for beginning of object key string",
	 CTR_ERR_RUNTIME},
	{"runc", "bind_dir_on_file",
	 "runc create failed: unable to start container process: error during container init: error mounting \"/tmp\" to rootfs at \"/etc/passwd\": mount /tmp:/etc/passwd (via /proc/self/fd/6), flags: 0x5000: not a directory",
	 CTR_ERR_RUNTIME},
	{"runc", "bind_missing",
	 "runc create failed: unable to start container process: error during container init: error mounting \"/no/such/source\" to rootfs at \"/mnt\": stat /no/such/source: no such file or directory",
	 CTR_ERR_NO_SUCH_FILE},
	{"runc", "cwd_file",
	 "runc create failed: unable to start container process: error during container init: mkdir /etc/passwd: not a directory",
	 CTR_ERR_RUNTIME},
	{"runc", "dir_abs",
	 "runc create failed: unable to start container process: exec: \"/etc\": permission denied",
	 CTR_ERR_COMMAND_NOT_EXECUTABLE},
	{"runc", "dot_missing",
	 "runc create failed: unable to start container process: exec: \"./nothere\": stat ./nothere: no such file or directory",
	 CTR_ERR_COMMAND_NOT_FOUND},
	{"runc", "enoexec_abs",
	 "exec /bin/enoexec: exec format error",
	 CTR_ERR_COMMAND_NOT_EXECUTABLE},
	{"runc", "hook_fails",
	 "runc create failed: unable to start container process: error during container init: error running hook #0: error running hook: exit status 1, stdout: , stderr: ",
	 CTR_ERR_RUNTIME},
	{"runc", "missing_abs",
	 "runc create failed: unable to start container process: exec: \"/bin/nothere\": stat /bin/nothere: no such file or directory",
	 CTR_ERR_COMMAND_NOT_FOUND},
	{"runc", "missing_path",
	 "runc create failed: unable to start container process: exec: \"nothere\": executable file not found in $PATH",
	 CTR_ERR_COMMAND_NOT_FOUND},
	{"runc", "no_args",
	 "runc create failed: args must not be empty",
	 CTR_ERR_INVALID_ARG},
	{"runc", "noconfig",
	 "runc create failed: JSON specification file config.json not found",
	 CTR_ERR_RUNTIME},
	{"runc", "nonexec_abs",
	 "runc create failed: unable to start container process: exec: \"/bin/nonexec\": permission denied",
	 CTR_ERR_COMMAND_NOT_EXECUTABLE},
	{"runc", "nonexec_path",
	 "runc create failed: unable to start container process: exec: \"nonexec\": executable file not found in $PATH",
	 CTR_ERR_COMMAND_NOT_FOUND},
	{"runc", "noperm_user",
	 "runc create failed: unable to start container process: exec /bin/rootonly: permission denied",
	 CTR_ERR_COMMAND_NOT_EXECUTABLE},
	{"runc", "notdir",
	 "runc create failed: unable to start container process: exec: \"/etc/passwd/x\": stat /etc/passwd/x: not a directory",
	 CTR_ERR_COMMAND_NOT_FOUND},
	{"runc", "rootfs_missing",
	 "runc create failed: invalid rootfs: stat /no/such/rootfs: no such file or directory",
	 CTR_ERR_NO_SUCH_FILE},
	{"crun", "start of the unknown", "error opening file `/state/nothere/status`: No such file or directory", CTR_ERR_RUNTIME},
	{"runc", "start of the unknown", "time=\"2026-11-23T20:03:33Z\" level=error msg=\"container does not exist\"", CTR_ERR_RUNTIME},
	{"crun", "id taken", "container `dup` already exists", CTR_ERR_RUNTIME},
	{"runc", "id taken", "time=\"2026-11-23T20:03:33Z\" level=error msg=\"runc create failed: container with given ID already exists\"", CTR_ERR_RUNTIME},
	{"runc", "no right to the state directory",
	 "time=\"2026-11-23T20:03:34Z\" level=error msg=\"runc create failed: mkdir /state: permission denied\"", CTR_ERR_PERMISSION},
};

static void test_recorded(void **state)
{
	int wrong = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(recorded); i++) {
		char *message = oci_error_message(recorded[i].output);
		int code;

		assert_non_null(message);
		code = oci_error_classify(message);
		if (code != recorded[i].code) {
			print_error("%s, %s: %d instead of %d for: %s\n", recorded[i].runtime, recorded[i].mistake, code,
				    recorded[i].code, message);
			wrong++;
		}
		free(message);
	}
	assert_int_equal(wrong, 0);
}

static void expect_message(const char *output, const char *want)
{
	char *message = oci_error_message(output);

	assert_string_equal(message, want);
	free(message);
}

static void test_messages(void **state)
{
	(void)state;
	expect_message(NULL, "");
	expect_message("\n \n", "");
	expect_message("open executable: Permission denied\n", "open executable: Permission denied");
	expect_message("{\"msg\":\"invalid rlimit `X`\",\"level\":\"error\"}\n", "invalid rlimit `X`");
	expect_message("{\"level\":\"error\",\"msg\":\"the reason\"}\n{\"level\":\"warning\",\"msg\":\"something else\"}\n", "the reason");
	expect_message("time=\"2026-01-01T00:00:00Z\" level=error msg=\"runc create failed: exec: \\\"x\\\": no\"\n", "exec: \"x\": no");
	expect_message("time=\"2026-01-01T00:00:00Z\" level=warning msg=\"unable to get oom kill count\"\n", "");
	expect_message("{ not json at all\n", "{ not json at all");
}

static void test_exec_errno(void **state)
{
	(void)state;
	assert_int_equal(oci_error_from_exec_errno(ENOENT), CTR_ERR_COMMAND_NOT_FOUND);
	assert_int_equal(oci_error_from_exec_errno(EACCES), CTR_ERR_COMMAND_NOT_EXECUTABLE);
	assert_int_equal(oci_error_from_exec_errno(ENOEXEC), CTR_ERR_COMMAND_NOT_EXECUTABLE);
	assert_int_equal(oci_error_from_exec_errno(0), CTR_ERR_RUNTIME);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recorded),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_exec_errno),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
