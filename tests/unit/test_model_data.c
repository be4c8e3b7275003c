/* SPDX-License-Identifier: Apache-2.0 */
/* Ids, names, the state machine, rows, exit records and list filters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/json.h"
#include "base/macros.h"
#include "base/mem.h"
#include "model/container.h"
#include "model/exit_record.h"
#include "model/filter.h"
#include "model/names.h"
#include "model/state.h"

static const char id[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static void test_ident(void **state UNUSED)
{
	static const char *const good[] = {"a", "A.b-c_d", "0"}, *const bad[] = {"",   "-a",  ".a", "a/b",
										 "/a", "a b", "ä"};
	unsigned char bytes[32];
	char text[ID_SIZE], longest[256];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 8 + 1);
	ident_format(bytes, text);
	assert_true(ident_is_id(text));
	assert_true(str_has_prefix(text, "010911"));
	assert_false(ident_is_id("0123"));
	assert_true(ident_is_id_prefix("0123"));
	assert_false(ident_is_id_prefix("012G"));
	assert_false(ident_is_id_prefix("ABC"));
	assert_false(ident_is_id_prefix(""));
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_int_equal(ident_check_name("container", good[i], NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(ident_check_name("container", bad[i], NULL), CTR_ERR_INVALID_ARG);
	memset(longest, 'a', sizeof(longest));
	longest[253] = '\0';
	assert_int_equal(ident_check_name("container", longest, NULL), 0);
	longest[253] = 'a';
	longest[254] = '\0';
	assert_int_equal(ident_check_name("container", longest, NULL), CTR_ERR_INVALID_ARG);
	for (unsigned i = 0; i < 5000; i++) {
		ident_make_name(i, i % 3, longest, sizeof(longest));
		assert_int_equal(ident_check_name("container", longest, NULL), 0);
	}
}

/* Rows: states 0 to 8; columns: init start stop kill cleanup remove remove_force sync restart pause unpause update rename stats
 * top batch. y legal, S answers STOPPED. */
static const char *const legal[] = {
    "......yy...yy..y", "yy..yyyyy..yy..y", ".yy.yyyyy..yy..y", "..yy..yyyy.yyyyy", "yyS.yyyyy..yySSy",
    "..yy..yy..yyyyyy", "yyS.yyyyy..yySSy", ".....yyy.......y", "..yyy.yy...yyyyy",
};

static void test_verbs(void **unused UNUSED)
{
	for (ctr_state_t s = 0; s < 9; s++) {
		for (unsigned v = 0; v < VERB_COUNT; v++) {
			CLEANUP_ERROR ctr_error_t *err = NULL;
			char want = legal[s][v];
			int code = want == 'y' ? 0 : want == 'S' ? CTR_ERR_STOPPED : CTR_ERR_STATE_INVALID;

			assert_int_equal(verb_check((enum verb)v, s, "web", &err), code);
			assert_int_equal(verb_is_legal((enum verb)v, s), want == 'y');
			if (code != 0) {
				assert_non_null(strstr(error_message(err), "web"));
				assert_string_equal(error_get_detail(err, "state"), state_name(s));
			}
		}
	}
	assert_false(verb_is_legal(VERB_SYNC, 9));
}

static void test_states(void **unused UNUSED)
{
	static const ctr_state_t reboot[] = {1, 1, 1, 6, 6, 6, 6, 7, 6};
	ctr_state_t back;

	for (ctr_state_t s = 0; s < 9; s++) {
		assert_int_equal(state_from_name(state_name(s), &back), 0);
		assert_int_equal(back, s);
		assert_true(state_may_follow(s, s));
		assert_true(state_may_follow(s, CTR_STATE_REMOVING));
		assert_int_equal(state_after_reboot(s), reboot[s]);
		/* Whatever can happen before a reboot, the way to the state after it is open too. */
		if (s != CTR_STATE_REMOVING)
			assert_true(state_may_follow(s, state_after_reboot(s)) || s == CTR_STATE_CONFIGURED);
		assert_false(s != CTR_STATE_REMOVING && state_may_follow(CTR_STATE_REMOVING, s));
	}
	assert_false(state_may_follow(CTR_STATE_CONFIGURED, CTR_STATE_PAUSED));
	assert_false(state_may_follow(CTR_STATE_STOPPING, CTR_STATE_RUNNING));
	assert_false(state_may_follow(CTR_STATE_EXITED, CTR_STATE_STOPPED));
	assert_string_equal(state_name(99), "unknown");
	assert_int_equal(state_from_name("dead", &back), -EINVAL);
}

static void test_rows(void **unused UNUSED)
{
	CLEANUP_ROW struct container_row *row = container_row_new();
	CLEANUP_ROW struct container_row *copy = NULL;

	assert_int_equal(row->exit_code, CTR_EXIT_UNKNOWN);
	assert_string_equal(row->cgroups, "");
	assert_int_equal(container_row_set(&row->name, "a"), 0);
	row->run = 7;
	copy = container_row_copy(row);
	assert_int_equal(container_row_set(&row->name, NULL), 0);
	assert_string_equal(row->name, "");
	assert_string_equal(copy->name, "a");
	assert_true(copy->run == 7 && copy->refs == 1);
	assert_ptr_equal(container_row_ref(row), row);
	container_row_unref(row);
}

static void test_start_on_boot(void **unused UNUSED)
{
	static const struct {
		int32_t state;
		const char *policy;
		int stopped, wanted;
	} cases[] = {
	    {CTR_STATE_EXITED, "always", 1, 1},	 {CTR_STATE_EXITED, "unless-stopped", 0, 1}, {CTR_STATE_EXITED, "unless-stopped", 1, 0},
	    {CTR_STATE_EXITED, "on-failure", 0, 0}, {CTR_STATE_EXITED, "", 0, 0},	     {CTR_STATE_CONFIGURED, "always", 0, 0},
	    {CTR_STATE_CREATED, "always", 0, 0}, {CTR_STATE_RUNNING, "always", 0, 1},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP_ROW struct container_row *row = container_row_new();

		row->state = cases[i].state;
		row->stopped_by_user = cases[i].stopped;
		assert_int_equal(container_row_set(&row->restart_policy, cases[i].policy), 0);
		assert_int_equal(container_row_starts_on_boot(row), cases[i].wanted);
	}
}

static void test_exit_records(void **unused UNUSED)
{
	struct exit_record rec = {.run = 3, .oom_killed = 1, .finished_ns = -5}, got = {0};
	unsigned char data[EXIT_RECORD_SIZE];
	char name[EXIT_FILE_NAME_SIZE], back[ID_SIZE];
	uint64_t run;

	memcpy(rec.id, id, sizeof(id));
	snprintf(rec.error, sizeof(rec.error), "monitor lost");
	exit_record_from_wait_status(&rec, 9);
	assert_int_equal(rec.exit_code, 137);
	exit_record_blank(id, 3, data);
	assert_int_equal(exit_record_decode(data, sizeof(data), id, 3, &got), 0);
	exit_record_encode(&rec, data);
	assert_int_equal(exit_record_decode(data, sizeof(data), id, 3, &got), 1);
	assert_memory_equal(got.id, rec.id, sizeof(rec.id));
	assert_true(got.known && got.oom_killed && got.exit_code == 137 && got.exit_signal == 9 &&
		    got.finished_ns == -5);
	assert_string_equal(got.error, "monitor lost");
	assert_int_equal(exit_record_decode(data, sizeof(data), id, 4, &got), -EINVAL);
	assert_int_equal(exit_record_decode(data, sizeof(data) - 1, id, 3, &got), -EINVAL);
	for (size_t i = 0; i < sizeof(data); i++) {
		data[i] ^= 1;
		assert_int_equal(exit_record_decode(data, sizeof(data), id, 3, &got), -EINVAL);
		data[i] ^= 1;
	}
	exit_record_from_wait_status(&rec, 42 << 8);
	assert_true(rec.exit_code == 42 && rec.exit_signal == 0);
	exit_record_file_name(id, UINT64_MAX, name);
	assert_int_equal(exit_record_parse_name(name, back, &run), 0);
	assert_true(run == UINT64_MAX && STREQ(back, id));
	exit_record_fifo_name(id, UINT64_MAX, name);
	assert_int_equal(exit_record_parse_name(name, back, &run), -EINVAL);
	assert_int_equal(exit_record_parse_name("x", back, &run), -EINVAL);
}

static const struct {
	const char *text;
	int code, match;
} filters[] = {
    {NULL, 0, 1},
    {"{}", 0, 1},
    {"null", 0, 1},
    {"{\"id\":[\"0123\"]}", 0, 1},
    {"{\"id\":[\"123\",\"0\"]}", 0, 1},
    {"{\"id\":[\"123\"]}", 0, 0},
    {"{\"id\":[\"%\"]}", 0, 0},
    {"{\"name\":[\"^w.b$\"]}", 0, 1},
    {"{\"name\":[\"e\"]}", 0, 1},
    {"{\"name\":[\"^e\"]}", 0, 0},
    {"{\"name\":[\"(\"]}", CTR_ERR_INVALID_ARG, 0},
    {"{\"label\":[\"a\"]}", 0, 1},
    {"{\"label\":[\"a=1\",\"b=\"]}", 0, 1},
    {"{\"label\":[\"a=1\",\"b=x\"]}", 0, 0},
    {"{\"label\":[\"A\"]}", 0, 0},
    {"{\"label!\":[\"a\"]}", 0, 0},
    {"{\"label!\":[\"c\",\"a=2\"]}", 0, 1},
    {"{\"label\":[\"=x\"]}", CTR_ERR_INVALID_ARG, 0},
    {"{\"status\":[\"exited\",\"running\"]}", 0, 1},
    {"{\"status\":[\"running\"]}", 0, 0},
    {"{\"status\":[\"dead\"]}", CTR_ERR_INVALID_ARG, 0},
    {"{\"exited\":[\"3\"]}", 0, 1},
    {"{\"exited\":[\"4\"]}", 0, 0},
    {"{\"exited\":[\"x\"]}", CTR_ERR_INVALID_ARG, 0},
    {"{\"before\":[\"other\"]}", 0, 1},
    {"{\"since\":[\"other\"]}", 0, 0},
    {"{\"until\":[\"1h\"]}", 0, 1},
    {"{\"until\":[\"2h\"]}", 0, 0},
    {"{\"until\":[\"1970-01-01T00:30:00Z\"]}", 0, 1},
    {"{\"until\":[\"soon\"]}", CTR_ERR_INVALID_ARG, 0},
    {"{\"volume\":[\"/data\"]}", 0, 1},
    {"{\"volume\":[\"/d\"]}", 0, 0},
    {"{\"command\":[\"^sl\"]}", 0, 1},
    {"{\"command\":[\"^p 5\"]}", 0, 0},
    {"{\"id\":[\"0\"],\"status\":[\"running\"]}", 0, 0},
    {"{\"id\":[]}", 0, 1},
    {"{\"ancestor\":[\"x\"]}", CTR_ERR_UNSUPPORTED_OPTION, 0},
    {"{\"network\":[\"x\"]}", CTR_ERR_UNSUPPORTED_OPTION, 0},
    {"{\"Health\":[\"x\"]}", CTR_ERR_UNSUPPORTED_OPTION, 0},
    {"{\"pod\":[\"mine\"]}", 0, 1},
    {"{\"pod\":[\"nobody\",\"mine\"]}", 0, 1},
    {"{\"pod\":[\"nobody\"]}", 0, 0},
    {"{\"pod\":[\"another\"]}", 0, 0},
    {"{\"restart-policy\":[\"unless-stopped\"]}", 0, 1},
    {"{\"restart-policy\":[\"none\",\"always\"]}", 0, 0},
    {"{\"restart-policy\":[\"never\"]}", CTR_ERR_INVALID_ARG, 0},
    {"{\"should-start-on-boot\":[\"true\"]}", 0, 1},
    {"{\"should-start-on-boot\":[\"0\"]}", 0, 0},
    {"{\"should-start-on-boot\":[\"yes\"]}", CTR_ERR_INVALID_ARG, 0},
    {"{\"until\":[\"1970-01-01\"]}", 0, 0},
    {"{\"until\":[\"1970-01-02\"]}", 0, 1},
    {"{\"until\":[\"1970-01-01T00:20:00\"]}", 0, 1},
    {"{\"STATUS\":[\"running\"]}", 0, 0},
    {"{\"status\":null}", 0, 1},
    {"{\"nam\":[\"x\"]}", CTR_ERR_INVALID_ARG, 0},
    {"{\"name\":\"x\"}", CTR_ERR_INVALID_ARG, 0},
    {"{\"name\":[1]}", CTR_ERR_INVALID_ARG, 0},
    {"[]", CTR_ERR_INVALID_ARG, 0},
    {"{", CTR_ERR_INVALID_ARG, 0},
};

static void test_filters(void **unused UNUSED)
{
	const int64_t hour = INT64_C(3600) * 1000000000;
	CLEANUP_ROW struct container_row *row = container_row_new();

	memcpy(row->id, id, sizeof(id));
	container_row_set(&row->name, "web");
	container_row_set(&row->labels, "{\"a\":\"1\",\"b\":\"\"}");
	container_row_set(&row->command, "[\"sleep\",\"5\"]");
	container_row_set(&row->mounts, "[\"/data\"]");
	row->state = CTR_STATE_EXITED;
	row->exit_known = 1;
	row->exit_code = 3;
	row->created_ns = hour / 4;
	container_row_set(&row->pod_id, "pod1");
	container_row_set(&row->restart_policy, "unless-stopped");
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		CLEANUP_ERROR ctr_error_t *err = NULL;
		struct filter *f = NULL;
		int rc = filter_parse(filters[i].text, SIZE_MAX, hour + hour / 2, &f, &err);

		if (rc != filters[i].code)
			fail_msg("%s: %d %s", filters[i].text, rc, error_message(err));
		if (rc < 0)
			continue;
		for (size_t r = 0; r < filter_reference_count(f); r++) {
			int is_pod = -1;
			const char *name = filter_reference(f, r, &is_pod);

			assert_int_equal(is_pod, !STREQ(name, "other"));
			if (!is_pod)
				filter_resolve(f, r, hour / 2);
			else if (!STREQ(name, "nobody"))
				filter_resolve_pod(f, r, STREQ(name, "mine") ? "pod1" : "pod2");
		}
		if (filter_match(f, row) != filters[i].match)
			fail_msg("%s", filters[i].text);
		filter_free(f);
	}
}

static void test_names(void **unused UNUSED)
{
	struct user_part user, group;

	assert_int_equal(cap_number("sys_admin"), 21);
	assert_int_equal(cap_number("CAP_CHECKPOINT_RESTORE"), 40);
	assert_int_equal(cap_number("CAP_"), -EINVAL);
	assert_string_equal(rlimit_canonical("NoFile"), "RLIMIT_NOFILE");
	assert_null(rlimit_canonical("x"));
	assert_int_equal(user_parse("12:audio", &user, &group), 0);
	assert_true(user.is_number && user.number == 12 && group.given && !group.is_number && group.len == 5);
	assert_int_equal(user_parse("0x1", &user, &group), 0);
	assert_false(user.is_number);
	assert_int_equal(user_parse("", &user, &group), -EINVAL);
	assert_int_equal(user_parse("99999999999999999999", &user, &group), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ident), cmocka_unit_test(test_verbs),	       cmocka_unit_test(test_states),
	    cmocka_unit_test(test_rows), cmocka_unit_test(test_start_on_boot),  cmocka_unit_test(test_exit_records), cmocka_unit_test(test_filters),
	    cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
