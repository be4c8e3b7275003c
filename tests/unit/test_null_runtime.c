/* SPDX-License-Identifier: Apache-2.0 */
/* The null runtime: what its annotation says, and the exit records it leaves. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>
#include "backend/local_host.h"
#include "base/macros.h"
#include "error/error.h"
#include "os/exit_file.h"
#include "runtime/runtime.h"

#define ID "a0a0000000000000000000000000000000000000000000000000000000000001"

struct fixture {
	struct local_host host;
	char scratch[256];
	int exits_fd;
	void *self;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	local_host_init(&f->host);
	local_scratch(f->scratch, sizeof(f->scratch));
	f->exits_fd = open(f->scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = f;
	return runtime_null_new(&f->host.api, f->exits_fd, &f->self, NULL);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	runtime_null_ops()->destroy(f->self);
	close(f->exits_fd);
	local_scratch_remove(f->scratch);
	free(f);
	return 0;
}

static struct ctr_runtime_run a_run(const char *annotations)
{
	return (struct ctr_runtime_run){.size = sizeof(struct ctr_runtime_run), .id = ID, .run = 3, .annotations = annotations};
}

static int create(struct fixture *f, const struct ctr_runtime_run *run)
{
	struct ctr_runtime_process made = {.size = sizeof(made)};

	return runtime_null_ops()->create(f->self, run, &made, NULL, NULL);
}

static void expect_record(struct fixture *f, int32_t code, int32_t signal)
{
	struct exit_record rec;

	assert_int_equal(exit_file_read(f->exits_fd, ID, 3, &rec), 1);
	assert_true(rec.known);
	assert_int_equal(rec.exit_code, code);
	assert_int_equal(rec.exit_signal, signal);
	assert_true(rec.finished_ns > 0);
}

static void test_runs_until_killed(void **state)
{
	struct fixture *f = *state;
	struct ctr_runtime_run run = a_run("{\"other\":\"1\"}");
	struct exit_record rec;

	assert_int_equal(create(f, &run), 0);
	assert_int_equal(runtime_null_ops()->start(f->self, &run, NULL, NULL), 0);
	assert_int_equal(exit_file_read(f->exits_fd, ID, 3, &rec), 0);
	assert_int_equal(f->host.jobs, 0);
	assert_int_equal(runtime_null_ops()->end(f->self, &run, SIGKILL, NULL, NULL), 0);
	expect_record(f, 137, SIGKILL);
	assert_int_equal(runtime_null_ops()->end(f->self, &run, SIGTERM, NULL, NULL), 0);
	expect_record(f, 137, SIGKILL); /* the first one stays */
}

static void test_ends_at_once(void **state)
{
	struct fixture *f = *state;
	struct ctr_runtime_run run = a_run("{\"libctr.null.exit\":\"42\"}");
	char byte;
	int fifo;

	assert_int_equal(create(f, &run), 0);
	fifo = exit_file_open_fifo(f->exits_fd, ID, 3);
	assert_true(fifo >= 0);
	assert_int_equal(runtime_null_ops()->start(f->self, &run, NULL, NULL), 0);
	expect_record(f, 42, 0);
	assert_int_equal(read(fifo, &byte, 1), 1);
	close(fifo);
	assert_int_equal(f->host.jobs, 0);
}

static void test_ends_later_without_a_job(void **state)
{
	static const char annotations[] = "{\"libctr.null.exit\":\"7,250\"}";
	struct fixture *f = *state;
	struct ctr_runtime_run run = a_run(annotations);
	struct exit_record rec;
	int64_t end = 0;
	int32_t code = 0;

	assert_int_equal(create(f, &run), 0);
	assert_int_equal(runtime_null_ops()->start(f->self, &run, NULL, NULL), 0);
	assert_int_equal(exit_file_read(f->exits_fd, ID, 3, &rec), 0);
	assert_int_equal(f->host.jobs, 0);
	assert_int_equal(runtime_null_due(annotations, 1000, 1000 + 250 * 1000 * 1000 - 1, &code, &end), 0);
	assert_int_equal(runtime_null_due(annotations, 1000, 1000 + 250 * 1000 * 1000, &code, &end), 1);
	assert_int_equal(code, 7);
	assert_int_equal(end, 1000 + 250 * 1000 * 1000);
}

static void test_bad_annotations(void **state)
{
	static const char *const bad[] = {"", "x", "256", "-1", "1,", "1,x", "1,-5", "1,2,3", "99999999999", "1,99999999999999999999", " 1"};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		char text[128];
		struct ctr_runtime_run run = a_run(text);

		snprintf(text, sizeof(text), "{\"libctr.null.exit\":\"%s\"}", bad[i]);
		if (create(f, &run) != CTR_ERR_INVALID_ARG)
			fail_msg("\"%s\" was taken", bad[i]);
	}
}

static void test_due(void **state)
{
	const char *text = "{\"libctr.null.exit\":\"5,1000\"}";
	int64_t end = -1;
	int32_t code = -1;

	(void)state;
	assert_false(runtime_null_due(text, 1000, 1000 + 999999999, &code, &end));
	assert_int_equal(code, -1);
	assert_true(runtime_null_due(text, 1000, 1000 + 1000000000, &code, &end));
	assert_int_equal(code, 5);
	assert_int_equal(end, 1000 + 1000000000);
	assert_false(runtime_null_due("{}", 1, INT64_MAX, &code, &end));
	assert_false(runtime_null_due(NULL, 1, INT64_MAX, &code, &end));
	assert_false(runtime_null_due("[1]", 1, INT64_MAX, &code, &end));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_runs_until_killed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ends_at_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ends_later_without_a_job, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_annotations, setup, teardown),
		cmocka_unit_test(test_due),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
