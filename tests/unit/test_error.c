/* SPDX-License-Identifier: Apache-2.0 */
/* Errors: chains, details, JSON and back, and what remains of them without memory. */
#include <pthread.h>
#include <string.h>
#include "base/json.h"
#include "base/mem.h"
#include "cm.h"
#include "error/error.h"
#include "oom.h"

static void an_error_tells_what_it_was_given(void **state)
{
	ctr_error_t *err CLEANUP_ERROR = NULL;

	(void)state;
	assert_int_equal(error_set(&err, CTR_ERR_IN_USE, DOMAIN_STATE, "volume %s is in use", "v"), CTR_ERR_IN_USE);
	assert_int_equal(error_code(err), CTR_ERR_IN_USE);
	assert_string_equal(error_domain(err), "state");
	assert_string_equal(error_message(err), "volume v is in use");
	assert_int_equal(error_errno(err), 0);
	assert_int_equal(error_retry(err), CTR_RETRY_LATER);
	assert_null(error_cause(err));
	assert_int_equal(error_set(NULL, CTR_ERR_IO, DOMAIN_CORE, "nobody listens"), CTR_ERR_IO);
	assert_int_equal(error_set(&err, CTR_ERR_IO, DOMAIN_CORE, "second"), CTR_ERR_IO);
	assert_string_equal(error_message(err), "volume v is in use"); /* the first one stays */
}

static void errno_chooses_the_code(void **state)
{
	static const struct {
		int errnum, code;
	} map[] = {{EPERM, CTR_ERR_PERMISSION}, {EACCES, CTR_ERR_PERMISSION}, {ENOENT, CTR_ERR_NO_SUCH_FILE},
		   {ENOSPC, CTR_ERR_NO_SPACE}, {ENOMEM, CTR_ERR_NO_MEMORY}, {EMFILE, CTR_ERR_NO_RESOURCES}, {EPIPE, CTR_ERR_IO}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(map); i++) {
		ctr_error_t *err CLEANUP_ERROR = NULL;

		assert_int_equal(error_set_errno(&err, 0, DOMAIN_CORE, -map[i].errnum, "x"), map[i].code);
		assert_int_equal(error_errno(err), map[i].errnum);
		assert_int_equal(error_set_errno(NULL, 0, DOMAIN_CORE, map[i].errnum, "x"), map[i].code);
	}
	for (int i = 0; i < 2; i++) {
		ctr_error_t *err CLEANUP_ERROR = NULL;

		assert_int_equal(error_set_errno(&err, CTR_ERR_STORAGE, DOMAIN_STORAGE, ENOENT, "layer %d", i), CTR_ERR_STORAGE);
		assert_true(strstr(error_message(err), ": No such file or directory") != NULL);
	}
}

static ctr_error_t *chain(void)
{
	ctr_error_t *err = NULL;

	error_set_errno(&err, 0, DOMAIN_STORAGE, ENOENT, "no directory /x");
	error_detail(&err, "path", "/x");
	error_detail(&err, "operation", "inner");
	error_wrap(&err, 0, DOMAIN_CORE, "mounting failed");
	error_wrap(&err, CTR_ERR_STORAGE, "backend:mine", "container c cannot start");
	error_detail(&err, "operation", "start");
	error_detail_i64(&err, "holder_pid", -7);
	error_detail(&err, "absent", NULL);
	error_detail(&err, "operation", "start again");
	return err;
}

static void check_chain(const ctr_error_t *err)
{
	char *text CLEANUP_FREE = error_format(err);

	assert_int_equal(error_code(err), CTR_ERR_STORAGE);
	assert_int_equal(error_code(error_cause(err)), CTR_ERR_NO_SUCH_FILE);
	assert_int_equal(error_errno(err), ENOENT);
	assert_string_equal(error_domain(err), "backend:mine");
	assert_string_equal(text, "container c cannot start: mounting failed: no directory /x: No such file or directory");
	assert_string_equal(error_get_detail(err, "path"), "/x");
	assert_string_equal(error_get_detail(err, "operation"), "start again");
	assert_string_equal(error_get_detail(error_cause(err), "operation"), "inner");
	assert_string_equal(error_get_detail(err, "holder_pid"), "-7");
	assert_null(error_get_detail(err, "absent"));
	assert_null(error_get_detail(err, NULL));
	assert_int_equal(error_detail_count(err), 2);
	assert_string_equal(error_detail_key(err, 1), "holder_pid");
	assert_null(error_detail_key(err, 2));
}

static void causes_are_kept(void **state)
{
	ctr_error_t *err CLEANUP_ERROR = chain();

	(void)state;
	check_chain(err);
}

static void json_brings_the_same_error_back(void **state)
{
	ctr_error_t *err CLEANUP_ERROR = chain(), *back CLEANUP_ERROR = NULL, *bad CLEANUP_ERROR = NULL;
	char *text CLEANUP_FREE = error_to_json(err);
	json_t *j CLEANUP_JSON = NULL;

	(void)state;
	assert_int_equal(json_parse(text, SIZE_MAX, &j, NULL, NULL), 0);
	assert_string_equal(json_get_str(j, "name", ""), "STORAGE");
	assert_string_equal(json_get_str(j, "retry", ""), "after_fix");
	assert_string_equal(json_object_get_string(json_get_path(j, "cause.name")), "NO_SUCH_FILE");
	assert_int_equal(error_from_json(&back, text), CTR_ERR_STORAGE);
	check_chain(back);
	assert_int_equal(error_from_json(NULL, text), CTR_ERR_STORAGE);
	assert_int_equal(error_from_json(&bad, "{\"code\":1}"), CTR_ERR_INTERNAL);
	assert_int_equal(error_from_json(NULL, NULL), CTR_ERR_INTERNAL);
}

static void a_long_chain_can_be_printed_and_read(void **state)
{
	ctr_error_t *err CLEANUP_ERROR = NULL, *back CLEANUP_ERROR = NULL;
	char *text CLEANUP_FREE = NULL;

	(void)state;
	error_set(&err, CTR_ERR_IO, DOMAIN_CORE, "first");
	for (int i = 0; i < 200; i++)
		error_wrap(&err, 0, DOMAIN_CORE, "step %d", i);
	error_detail(&err, "k", "v");
	text = error_to_json(err);
	assert_int_equal(error_from_json(&back, text), CTR_ERR_IO);
	assert_string_equal(error_message(back), "step 199");
	assert_string_equal(error_get_detail(back, "k"), "v");
}

static void references_are_counted(void **state)
{
	ctr_error_t *cause = error_new(CTR_ERR_IO, "cause", NULL);
	ctr_error_t *head = error_new(CTR_ERR_USER, NULL, cause);

	(void)state;
	assert_null(error_unref(cause));
	assert_string_equal(error_message(error_cause(head)), "cause");
	assert_string_equal(error_message(head), "");
	assert_ptr_equal(error_ref(head), head);
	assert_null(error_unref(head));
	assert_int_equal(error_code(head), CTR_ERR_USER);
	assert_null(error_unref(head));
	assert_null(error_unref(NULL));
	assert_null(error_ref(NULL));
}

static void null_is_no_error(void **state)
{
	(void)state;
	assert_int_equal(error_code(NULL), 0);
	assert_int_equal(error_errno(NULL), 0);
	assert_string_equal(error_message(NULL), "");
	assert_string_equal(error_domain(NULL), "");
	assert_null(error_cause(NULL));
	assert_null(error_get_detail(NULL, "x"));
	assert_int_equal(error_detail_count(NULL), 0);
	assert_null(error_detail_key(NULL, 0));
	assert_int_equal(error_retry(NULL), CTR_RETRY_NEVER);
	assert_null(error_format(NULL));
	assert_null(error_to_json(NULL));
	error_detail(NULL, "x", "y");
}

static void publishing_keeps_the_first_error(void **state)
{
	ctr_error_t *out CLEANUP_ERROR = NULL, *local = NULL;

	(void)state;
	error_set(&local, CTR_ERR_IO, DOMAIN_CORE, "one");
	assert_int_equal(error_publish(CTR_ERR_IO, local, &out), CTR_ERR_IO);
	local = NULL;
	error_set(&local, CTR_ERR_USER, DOMAIN_CORE, "two");
	assert_int_equal(error_publish(CTR_ERR_USER, local, &out), CTR_ERR_USER);
	assert_string_equal(error_message(out), "one");
	local = error_new(CTR_ERR_IO, "three", NULL);
	assert_int_equal(error_publish(CTR_ERR_IO, local, NULL), CTR_ERR_IO);
}

static void without_memory_there_is_still_an_error(void **state)
{
	long n;

	(void)state;
	for (n = 1;; n++) {
		ctr_error_t *err CLEANUP_ERROR = NULL;
		char *text CLEANUP_FREE = NULL;

		oom_countdown = n;
		err = chain();
		text = error_to_json(err);
		if (!oom_end())
			break;
		assert_non_null(err);
		assert_true(error_code(err) == CTR_ERR_STORAGE || error_code(err) == CTR_ERR_NO_MEMORY);
		assert_true(*error_message(err));
		if (text) { /* whole or not at all */
			json_t *j CLEANUP_JSON = NULL;

			assert_int_equal(json_parse(text, SIZE_MAX, &j, NULL, NULL), 0);
		}
	}
	assert_true(n > 40);
}

static void reading_json_without_memory(void **state)
{
	ctr_error_t *err CLEANUP_ERROR = chain();
	char *text CLEANUP_FREE = error_to_json(err);

	(void)state;
	for (long n = 1;; n++) {
		ctr_error_t *back CLEANUP_ERROR = NULL;
		int r;

		oom_countdown = n;
		r = error_from_json(&back, text);
		if (!oom_end())
			break;
		assert_int_equal(r, error_code(back));
		assert_true(r == CTR_ERR_NO_MEMORY || r == CTR_ERR_STORAGE);
	}
}

static void the_static_error_is_shared(void **state)
{
	ctr_error_t *err = NULL;

	(void)state;
	assert_int_equal(error_no_memory(&err), CTR_ERR_NO_MEMORY);
	assert_int_equal(error_retry(err), CTR_RETRY_LATER);
	error_detail(&err, "k", "v");
	assert_int_equal(error_detail_count(err), 0);
	for (int i = 0; i < 3; i++)
		error_unref(err);
	assert_true(strstr(error_message(err), "out of memory") != NULL);
}

static void every_code_has_its_name(void **state)
{
	(void)state;
	assert_string_equal(error_code_name(0), "OK");
	assert_string_equal(error_code_name(CTR_ERR_STATE_INVALID), "STATE_INVALID");
	assert_string_equal(error_code_name(CTR_ERR_CHECKPOINT), "CHECKPOINT");
	assert_string_equal(error_code_name(-1), "UNKNOWN");
	for (int code = CTR_ERR_END; code <= CTR_ERR_INVALID_ARG; code++)
		assert_string_not_equal(error_code_name(code), "UNKNOWN");
}

static void *share(void *err)
{
	for (int i = 0; i < 10000; i++)
		error_unref(error_ref(err));
	return NULL;
}

static void threads_share_an_error(void **state)
{
	ctr_error_t *err = chain();
	pthread_t threads[4];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, share, err), 0);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		pthread_join(threads[i], NULL);
	check_chain(err);
	error_unref(err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_error_tells_what_it_was_given),
		cmocka_unit_test(errno_chooses_the_code),
		cmocka_unit_test(causes_are_kept),
		cmocka_unit_test(json_brings_the_same_error_back),
		cmocka_unit_test(a_long_chain_can_be_printed_and_read),
		cmocka_unit_test(references_are_counted),
		cmocka_unit_test(null_is_no_error),
		cmocka_unit_test(publishing_keeps_the_first_error),
		cmocka_unit_test(without_memory_there_is_still_an_error),
		cmocka_unit_test(reading_json_without_memory),
		cmocka_unit_test(the_static_error_is_shared),
		cmocka_unit_test(every_code_has_its_name),
		cmocka_unit_test(threads_share_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
