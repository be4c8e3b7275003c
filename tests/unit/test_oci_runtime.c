/* SPDX-License-Identifier: Apache-2.0 */
/* The oci runtime: which jobs it asks for, what becomes of their failures, and what its probe tells about programs of all sorts. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>
#include "backend/local_host.h"
#include "base/json.h"
#include "base/mem.h"
#include "error/error.h"
#include "os/cgroup.h"
#include "runtime/runtime.h"

struct fixture {
	struct local_host host;
	char scratch[256], path[300];
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	local_host_init(&f->host);
	local_scratch(f->scratch, sizeof(f->scratch));
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	local_scratch_remove(f->scratch);
	free(f);
	return 0;
}

static void write_program(struct fixture *f, const char *name, const char *text, mode_t mode)
{
	int fd;

	snprintf(f->path, sizeof(f->path), "%s/%s", f->scratch, name);
	unlink(f->path);
	fd = open(f->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void *new_runtime(struct fixture *f, const char *name)
{
	void *self = NULL;

	assert_int_equal(runtime_oci_new(&f->host.api, name, f->path, &self, NULL), 0);
	return self;
}

static void test_jobs(void **state)
{
	struct fixture *f = *state;
	struct ctr_runtime_run run = {.size = sizeof(run), .id = "abc", .name = "web"};
	struct ctr_runtime_process made = {.size = sizeof(made)};
	const struct ctr_runtime_ops *ops = runtime_oci_ops();
	void *self;

	write_program(f, "crun", "#!/bin/sh\n", 0755);
	self = new_runtime(f, f->path); /* as the engine does when a path was named */
	assert_int_equal(ops->create(self, &run, &made, NULL, NULL), 0);
	assert_int_equal(made.pid, 4711);
	assert_int_equal(f->host.kind, CTR_JOB_RUNTIME_CREATE);
	assert_string_equal(f->host.runtime_path, f->path);
	assert_int_equal(f->host.hide_unified, os_cgroup_mode() == OS_CGROUP_HYBRID || os_cgroup_mode() == OS_CGROUP_V1);
	assert_int_equal(ops->start(self, &run, NULL, NULL), 0);
	assert_int_equal(f->host.kind, CTR_JOB_RUNTIME_START);
	assert_int_equal(f->host.hide_unified, 0);
	assert_int_equal(ops->remove(self, &run, 1, NULL, NULL), 0);
	assert_int_equal(f->host.kind, CTR_JOB_RUNTIME_DELETE);
	ops->destroy(self);
	write_program(f, "runc", "#!/bin/sh\n", 0755);
	self = new_runtime(f, "runc");
	assert_int_equal(ops->create(self, &run, &made, NULL, NULL), 0);
	assert_int_equal(f->host.hide_unified, 0);
	ops->destroy(self);
}

/* Two on their way at once; a failure is told at the end in the words of the whole verb, and what was pending is given back. */
static void test_halves(void **state)
{
	struct fixture *f = *state;
	struct ctr_runtime_run one = {.size = sizeof(one), .id = "abc", .name = "web"}, two = {.size = sizeof(two), .id = "def", .name = "db"};
	struct ctr_runtime_process made = {.size = sizeof(made)};
	const struct ctr_runtime_ops *ops = runtime_oci_ops();
	ctr_error_t *err CLEANUP_ERROR = NULL;
	void *self, *first = NULL, *second = NULL;

	write_program(f, "runc", "#!/bin/sh\n", 0755);
	self = new_runtime(f, "runc");
	assert_int_equal(ops->create_begin(self, &one, &first, NULL, NULL), 0);
	assert_int_equal(ops->create_begin(self, &two, &second, NULL, NULL), 0);
	assert_int_equal(f->host.pending, 2);
	assert_int_equal(f->host.jobs, 0);
	assert_int_equal(ops->create_end(self, &one, first, &made, NULL, NULL), 0);
	assert_int_equal(made.pid, 4711);
	f->host.result = CTR_ERR_RUNTIME;
	f->host.stderr_text = "invalid rlimit `X`\n";
	assert_int_equal(ops->create_end(self, &two, second, &made, NULL, &err), CTR_ERR_RUNTIME);
	assert_non_null(strstr(error_message(err), "cannot create container db: invalid rlimit"));
	assert_int_equal(f->host.pending, 0);
	f->host.result = 0;
	assert_int_equal(ops->start_begin(self, &one, &first, NULL, NULL), 0);
	assert_int_equal(ops->start_end(self, &one, first, NULL, NULL), 0);
	assert_int_equal(f->host.pending, 0);
	ops->destroy(self);
}

static void expect_failure(struct fixture *f, void *self, int want, const char *word)
{
	struct ctr_runtime_run run = {.size = sizeof(run), .id = "abc", .name = "web"};
	ctr_error_t *err CLEANUP_ERROR = NULL;

	assert_int_equal(runtime_oci_ops()->start(self, &run, NULL, &err), want);
	assert_int_equal(error_code(err), want);
	assert_non_null(strstr(error_message(err), word));
	if (f->host.stderr_text)
		assert_string_equal(error_get_detail(err, "stderr"), f->host.stderr_text);
	if (f->host.exit_status)
		assert_string_equal(error_get_detail(err, "exit_status"), f->host.exit_status);
}

static void test_failures(void **state)
{
	struct fixture *f = *state;
	void *self;

	write_program(f, "crun", "#!/bin/sh\n", 0755);
	self = new_runtime(f, "crun");
	f->host.result = CTR_ERR_RUNTIME;
	f->host.exit_status = "1";
	f->host.stderr_text = "executable file `nothere` not found in $PATH: No such file or directory\n";
	expect_failure(f, self, CTR_ERR_COMMAND_NOT_FOUND, "web: executable file `nothere` not found");
	f->host.stderr_text = "invalid rlimit `X`\n";
	expect_failure(f, self, CTR_ERR_RUNTIME, "invalid rlimit");
	f->host.exit_status = f->host.stderr_text = NULL;
	expect_failure(f, self, CTR_ERR_RUNTIME, "the runtime's command failed");
	f->host.exec_errno = "8"; /* ENOEXEC: the monitor saw the execve fail */
	expect_failure(f, self, CTR_ERR_COMMAND_NOT_EXECUTABLE, "web");
	f->host.exec_errno = "2";
	expect_failure(f, self, CTR_ERR_COMMAND_NOT_FOUND, "web");
	unlink(f->path);
	expect_failure(f, self, CTR_ERR_RUNTIME_NOT_FOUND, f->path);
	f->host.result = CTR_ERR_TIMEOUT; /* what is not the runtime's failure stays as it is */
	f->host.exec_errno = NULL;
	expect_failure(f, self, CTR_ERR_TIMEOUT, "command failed");
	runtime_oci_ops()->destroy(self);
}

static json_t *probe(void *self)
{
	char *text = NULL;
	json_t *j = NULL;

	assert_int_equal(runtime_oci_ops()->probe(self, &text, NULL, NULL), 0);
	assert_int_equal(json_parse(text, SIZE_MAX, &j, NULL, NULL), 0);
	free(text);
	return j;
}

static void expect_version(void *self, const char *want)
{
	json_t *j CLEANUP_JSON = probe(self);
	const char *version = json_get_str(j, "version", NULL);

	if (want)
		assert_string_equal(version, want);
	else
		assert_null(version);
	assert_true(json_get_bool(j, "usable", 0) || json_get_str(j, "why", "")[0]);
	assert_true(json_get_bool(j, "usable", 0) || json_get_str(j, "fix", "")[0]);
}

static void test_probe(void **state)
{
	struct fixture *f = *state;
	void *self;

	write_program(f, "myrun", "#!/bin/sh\necho called >>\"$0.log\"\necho 'myrun version 1.2.3+x'\necho 'spec: 1'\n", 0755);
	self = new_runtime(f, NULL);
	expect_version(self, "1.2.3+x");
	write_program(f, "myrun", "#!/bin/sh\necho 'myrun version 2'\n", 0755); /* another file at the same path: asked anew */
	expect_version(self, "2");
	write_program(f, "myrun", "not a program", 0755);
	expect_version(self, NULL);
	chmod(f->path, 0644);
	expect_version(self, NULL);
	unlink(f->path);
	expect_version(self, NULL);
	runtime_oci_ops()->destroy(self);
}

/* Asked once per file, however often info is wanted. */
static void test_probe_is_cached(void **state)
{
	struct fixture *f = *state;
	char log[320], text[64] = "";
	void *self;
	int fd;

	write_program(f, "myrun", "#!/bin/sh\necho called >>\"$0.log\"\necho 'myrun version 1'\n", 0755);
	self = new_runtime(f, NULL);
	for (int i = 0; i < 3; i++)
		expect_version(self, "1");
	snprintf(log, sizeof(log), "%s.log", f->path);
	fd = open(log, O_RDONLY | O_CLOEXEC);
	assert_int_equal(read(fd, text, sizeof(text) - 1), 7);
	close(fd);
	runtime_oci_ops()->destroy(self);
}

static void test_missing(void **state)
{
	char *why CLEANUP_FREE = NULL;
	char *fix CLEANUP_FREE = NULL;
	char *path CLEANUP_FREE = NULL;
	void *self;

	(void)state;
	assert_int_equal(runtime_oci_find("no-such-runtime-anywhere", &path), 0);
	assert_null(path);
	assert_int_equal(runtime_oci_can_run("crun", NULL, &why, &fix), 0);
	assert_non_null(strstr(why, "not installed"));
	assert_non_null(strstr(fix, "crun"));
	assert_int_equal(runtime_oci_new(NULL, "x", "bin/x", &self, NULL), CTR_ERR_INVALID_ARG);
	assert_int_equal(runtime_oci_new(NULL, "x", NULL, &self, NULL), CTR_ERR_INVALID_ARG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_jobs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_halves, setup, teardown),
		cmocka_unit_test_setup_teardown(test_failures, setup, teardown),
		cmocka_unit_test_setup_teardown(test_probe, setup, teardown),
		cmocka_unit_test_setup_teardown(test_probe_is_cached, setup, teardown),
		cmocka_unit_test(test_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
