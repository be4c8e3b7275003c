/* SPDX-License-Identifier: Apache-2.0 */
/* Restart policies as rules: which end is followed by another run, and after how long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "base/macros.h"
#include "model/restart.h"

static struct container_row *row_of(const char *policy, int code)
{
	struct container_row *row = container_row_new();

	assert_non_null(row);
	assert_int_equal(container_row_set(&row->restart_policy, policy), 0);
	row->restart_match = 1;
	row->exit_known = 1;
	row->exit_code = code;
	return row;
}

static void test_wanted(void **state)
{
	static const struct {
		const char *policy;
		int code, wanted;
	} cases[] = {{"", 1, 0},	       {"always", 0, 1},     {"always", 1, 1},    {"unless-stopped", 0, 1},
		     {"unless-stopped", 9, 1}, {"on-failure", 0, 0}, {"on-failure", 1, 1}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP_ROW struct container_row *row = row_of(cases[i].policy, cases[i].code);

		assert_int_equal(restart_is_wanted(row), cases[i].wanted);
		row->stopped_by_user = 1;
		assert_int_equal(restart_is_wanted(row), 0);
		row->stopped_by_user = 0;
		row->restart_match = 0;
		assert_int_equal(restart_is_wanted(row), 0);
	}
}

static void test_tries(void **state)
{
	CLEANUP_ROW struct container_row *row = row_of("on-failure", 3);

	(void)state;
	row->restart_count = 1000;
	assert_int_equal(restart_is_wanted(row), 1);
	row->restart_tries = 3;
	for (uint32_t i = 0; i < 6; i++) {
		row->restart_count = i;
		assert_int_equal(restart_is_wanted(row), i < 3);
	}
	/* Nobody knows how it ended: that is no success. */
	row->restart_count = 0;
	row->exit_known = 0;
	row->exit_code = CTR_EXIT_UNKNOWN;
	assert_int_equal(restart_is_wanted(row), 1);
}

static void test_words(void **state)
{
	(void)state;
	assert_string_equal(restart_policy_word("no"), "");
	assert_string_equal(restart_policy_word("none"), "");
	assert_string_equal(restart_policy_word(""), "");
	assert_string_equal(restart_policy_word("always"), "always");
}

static void test_backoff_text(void **state)
{
	static const char *const bad[] = {"",	    "1",      "1,2",	"1,2,3,", "1,2,3,4",	  "0,2,3",
					  "3,2,1",  "a,2,3",  "1, 2,3", "-1,2,3", "1,2,86400001", "99999999999999999999,1,1"};
	struct restart_backoff b = {.min_ns = 7};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_true(restart_backoff_parse(bad[i], &b) < 0);
		assert_int_equal(b.min_ns, 7);
	}
	assert_int_equal(restart_backoff_parse("1,20,0", &b), 0);
	assert_int_equal(b.min_ns, NSEC_PER_MSEC);
	assert_int_equal(b.max_ns, 20 * NSEC_PER_MSEC);
	assert_int_equal(b.reset_ns, 0);
}

static void test_doubling(void **state)
{
	static const uint64_t ms[] = {100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200, 60000, 60000};
	CLEANUP_ROW struct container_row *row = row_of("always", 1);
	uint32_t streak = 99;

	(void)state;
	row->started_ns = 1000;
	row->finished_ns = 2000;
	for (size_t i = 0; i < ARRAY_SIZE(ms); i++) {
		assert_int_equal(restart_delay(row, &restart_backoff_default, &streak), ms[i] * NSEC_PER_MSEC);
		row->restart_streak = streak;
	}
	/* No overflow, however long it has been so. */
	row->restart_streak = UINT32_MAX;
	assert_int_equal(restart_delay(row, &restart_backoff_default, &streak), 60 * NSEC_PER_SEC);
	assert_int_equal(streak, UINT32_MAX);
	/* A run that lasted begins anew. */
	row->finished_ns = row->started_ns + (int64_t)(10 * NSEC_PER_SEC);
	assert_int_equal(restart_delay(row, &restart_backoff_default, &streak), 100 * NSEC_PER_MSEC);
	assert_int_equal(streak, 0);
	/* A wall clock that was set back makes no length. */
	row->finished_ns = 1;
	row->restart_streak = 2;
	assert_int_equal(restart_delay(row, &restart_backoff_default, &streak), 400 * NSEC_PER_MSEC);
}

static void test_backoff_of(void **state)
{
	CLEANUP_JSON json_t *doc = NULL;
	struct restart_backoff b;

	(void)state;
	b = restart_backoff_of(NULL);
	assert_int_equal(b.max_ns, 60 * NSEC_PER_SEC);
	assert_int_equal(json_parse("{\"annotations\":{\"libctr.restart.backoff\":\"5,10,15\"}}", SIZE_MAX, &doc, NULL, NULL), 0);
	b = restart_backoff_of(doc);
	assert_int_equal(b.min_ns, 5 * NSEC_PER_MSEC);
	assert_int_equal(b.max_ns, 10 * NSEC_PER_MSEC);
	assert_int_equal(b.reset_ns, 15 * NSEC_PER_MSEC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_wanted),	 cmocka_unit_test(test_tries),	  cmocka_unit_test(test_words),
	    cmocka_unit_test(test_backoff_text), cmocka_unit_test(test_doubling), cmocka_unit_test(test_backoff_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
