/* SPDX-License-Identifier: Apache-2.0 */
/* Strings, growing strings, arrays of strings, option structs. */
#include <errno.h>
#include <libctr/error.h>
#include <string.h>
#include "base/mem.h"
#include "base/opts.h"
#include "base/strbuf.h"
#include "base/strv.h"
#include "cm.h"
#include "oom.h"

static void numbers_are_exact_or_refused(void **state)
{
	uint64_t u;
	int64_t i;

	(void)state;
	assert_int_equal(str_to_u64("18446744073709551615", 10, &u), 0);
	assert_true(u == UINT64_MAX);
	assert_int_equal(str_to_u64("18446744073709551616", 10, &u), -ERANGE);
	assert_int_equal(str_to_u64("ff", 16, &u), 0);
	assert_int_equal(u, 255);
	assert_int_equal(str_to_u64("8", 8, &u), -EINVAL);
	assert_int_equal(str_to_u64(" 1", 10, &u), -EINVAL);
	assert_int_equal(str_to_u64("+1", 10, &u), -EINVAL);
	assert_int_equal(str_to_u64("", 10, &u), -EINVAL);
	assert_int_equal(str_to_u64("1x", 10, &u), -EINVAL);
	assert_int_equal(str_to_i64("-9223372036854775808", &i), 0);
	assert_true(i == INT64_MIN);
	assert_int_equal(str_to_i64("9223372036854775807", &i), 0);
	assert_true(i == INT64_MAX);
	assert_int_equal(str_to_i64("9223372036854775808", &i), -ERANGE);
	assert_int_equal(str_to_i64("-9223372036854775809", &i), -ERANGE);
	assert_int_equal(str_to_i64("--1", &i), -EINVAL);
}

static void copies_end_where_they_should(void **state)
{
	char *s, small[4];

	(void)state;
	assert_null(str_dup(NULL));
	s = str_ndup("abcdef", 3);
	assert_string_equal(s, "abc");
	free(s);
	s = str_ndup("ab", 10);
	assert_string_equal(s, "ab");
	free(s);
	s = str_printf("%s-%d", "x", 7);
	assert_string_equal(s, "x-7");
	free(s);
	assert_int_equal(str_copy(small, sizeof(small), "abc"), 0);
	assert_int_equal(str_copy(small, sizeof(small), "abcd"), -ENAMETOOLONG);
	assert_string_equal(small, "abc");
	assert_true(str_has_prefix("abc", "ab") && !str_has_prefix("a", "ab"));
	assert_true(str_has_suffix("abc", "bc") && !str_has_suffix("c", "bc"));
	assert_int_equal(str_casecmp_ascii("Title", "tITLE"), 0);
	assert_true(str_casecmp_ascii("a", "ab") < 0 && str_casecmp_ascii("b", "A") > 0);
	assert_true(str_casecmp_ascii("\xc3\x84", "\xc3\xa4") != 0); /* only ASCII letters */
}

static void a_string_grows(void **state)
{
	struct strbuf b CLEANUP_STRBUF = {0};
	char *taken;

	(void)state;
	assert_string_equal(strbuf_str(&b), "");
	for (int i = 0; i < 1000; i++)
		strbuf_printf(&b, "%03d", i);
	strbuf_append(&b, "end");
	strbuf_append_char(&b, '!');
	assert_int_equal(b.len, 3004);
	assert_true(str_has_suffix(strbuf_str(&b), "999end!"));
	taken = strbuf_take(&b);
	assert_int_equal(strlen(taken), 3004);
	assert_int_equal(b.len, 0);
	free(taken);
}

static void a_failed_append_is_told_once(void **state)
{
	struct strbuf b CLEANUP_STRBUF = {0};

	(void)state;
	strbuf_append(&b, "begin");
	oom_countdown = 1;
	for (int i = 0; i < 100; i++)
		strbuf_append(&b, "0123456789");
	assert_true(oom_end());
	assert_null(strbuf_str(&b));
	assert_null(strbuf_take(&b));
	strbuf_append(&b, "again"); /* taken: usable anew */
	assert_string_equal(strbuf_str(&b), "again");
}

static void arrays_of_strings(void **state)
{
	const char *const five[] = {"a", "b", "c", "d", "e", NULL};
	char **v CLEANUP_STRV = strv_copy(five);
	char **empty CLEANUP_STRV = NULL;

	(void)state;
	for (int i = 0; i < 20; i++)
		assert_int_equal(strv_push_printf(&v, "n%d", i), 0);
	assert_int_equal(strv_count((const char *const *)v), 25);
	assert_string_equal(v[4], "e");
	assert_string_equal(v[24], "n19");
	assert_null(v[25]);
	assert_true(strv_contains((const char *const *)v, "n7"));
	assert_false(strv_contains((const char *const *)v, "n"));
	assert_false(strv_contains(NULL, "n"));
	assert_int_equal(strv_push(&empty, "x"), 0);
	assert_string_equal(empty[0], "x");
	assert_null(empty[1]);
}

static void a_failed_push_changes_nothing(void **state)
{
	char **v CLEANUP_STRV = NULL;
	int rounds = 0;

	(void)state;
	assert_int_equal(strv_push(&v, "first"), 0);
	for (long n = 1;; n++) {
		int r;

		oom_countdown = n;
		r = strv_push(&v, "second");
		if (!oom_end())
			break;
		assert_int_equal(r, -ENOMEM);
		assert_int_equal(strv_count((const char *const *)v), 1);
		rounds++;
	}
	assert_true(rounds == 2);
	assert_int_equal(strv_count((const char *const *)v), 2);
}

struct opts_v1 {
	size_t size;
	uint64_t a;
};
struct opts_v2 {
	size_t size;
	uint64_t a, b;
};

static void options_follow_the_size_rule(void **state)
{
	struct opts_v1 v1 = {sizeof(v1), 7};
	struct opts_v2 v2 = {sizeof(v2), 8, 0}, out = {1, 1, 1};
	struct opts_v1 old_library;

	(void)state;
	assert_int_equal(opts_copy_in(&out, sizeof(out), sizeof(v1), &v1), 0); /* older caller */
	assert_true(out.a == 7 && out.b == 0 && out.size == sizeof(out));
	assert_int_equal(opts_copy_in(&old_library, sizeof(old_library), sizeof(v1), &v2), 0); /* newer caller, zero tail */
	assert_true(old_library.a == 8);
	v2.b = 1;
	assert_int_equal(opts_copy_in(&old_library, sizeof(old_library), sizeof(v1), &v2), CTR_ERR_UNSUPPORTED_OPTION);
	assert_int_equal(ops_copy_in(&old_library, sizeof(old_library), sizeof(v1), &v2), 0); /* a newer backend's slots are left out */
	v1.size = sizeof(v1) - 1;
	assert_int_equal(opts_copy_in(&out, sizeof(out), sizeof(v1), &v1), CTR_ERR_INVALID_ARG);
	assert_int_equal(ops_copy_in(&out, sizeof(out), sizeof(v1), &v1), CTR_ERR_INVALID_ARG);
	v1.size = 4097;
	assert_int_equal(opts_copy_in(&out, sizeof(out), sizeof(v1), &v1), CTR_ERR_INVALID_ARG);
	assert_int_equal(opts_copy_in(&out, sizeof(out), sizeof(v1), NULL), 0);
	assert_true(out.a == 0 && out.size == sizeof(out));
	assert_int_equal(ops_copy_in(&out, sizeof(out), sizeof(v1), NULL), CTR_ERR_INVALID_ARG);
}

static void options_are_initialised_beyond_the_librarys_size(void **state)
{
	unsigned char bytes[64];
	size_t size;

	(void)state;
	memset(bytes, 0xff, sizeof(bytes));
	opts_init(bytes, 40);
	memcpy(&size, bytes, sizeof(size));
	assert_int_equal(size, 40);
	for (size_t i = sizeof(size); i < sizeof(bytes); i++)
		assert_int_equal(bytes[i], i < 40 ? 0 : 0xff);
	opts_init(bytes + 40, 4); /* too small to carry a size: untouched */
	assert_int_equal(bytes[40], 0xff);
	opts_init(NULL, 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_exact_or_refused),
		cmocka_unit_test(copies_end_where_they_should),
		cmocka_unit_test(a_string_grows),
		cmocka_unit_test(a_failed_append_is_told_once),
		cmocka_unit_test(arrays_of_strings),
		cmocka_unit_test(a_failed_push_changes_nothing),
		cmocka_unit_test(options_follow_the_size_rule),
		cmocka_unit_test(options_are_initialised_beyond_the_librarys_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
