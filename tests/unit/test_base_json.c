/* SPDX-License-Identifier: Apache-2.0 */
/* JSON: what is refused, what survives a round trip exactly, and that running out of memory is always told. */
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/strv.h"
#include "cm.h"
#include "oom.h"

/* Parses and prints again. */
static void check_round(const char *in, const char *out)
{
	json_t *j CLEANUP_JSON = NULL;
	char *text CLEANUP_FREE = NULL;
	json_t *copy CLEANUP_JSON = NULL;
	char *copy_text CLEANUP_FREE = NULL;

	assert_int_equal(json_parse(in, SIZE_MAX, &j, NULL, NULL), 0);
	text = json_print(j);
	assert_string_equal(text, out);
	copy = json_copy(j);
	copy_text = json_print(copy);
	assert_string_equal(copy_text, out);
}

static void good_text_comes_back(void **state)
{
	(void)state;
	check_round(" {\"a\" : [1, -2,true,false,null , {}] ,\"b\":[]} ", "{\"a\":[1,-2,true,false,null,{}],\"b\":[]}");
	check_round("9223372036854775807", "9223372036854775807");
	check_round("18446744073709551615", "18446744073709551615");
	check_round("-9223372036854775808", "-9223372036854775808");
	check_round("9223372036854775808", "9223372036854775808");
	check_round("[0.1,1e3,-2.50E-7]", "[0.1,1e3,-2.50E-7]");
	check_round("\"/a\\/b \\u00e4\\ud83d\\ude00\\n\\u0001\\\"\\\\\"", "\"/a/b \xc3\xa4\xf0\x9f\x98\x80\\n\\u0001\\\"\\\\\"");
	check_round("null", "null");
	check_round("{\"http_proxy\":1,\"HTTP_PROXY\":2,\"\":3}", "{\"http_proxy\":1,\"HTTP_PROXY\":2,\"\":3}");
}

static void bad_text_is_refused(void **state)
{
	static const struct {
		const char *text;
		size_t offset;
	} bad[] = {
		{"", 0}, {"{", 1}, {"[1,]", 3}, {"{\"a\":1,}", 7}, {"[1 2]", 3}, {"{a:1}", 1}, {"{\"a\" 1}", 5}, {"01", 0}, {"1.", 2},
		{"1e", 2}, {".5", 0}, {"+1", 0}, {"--1", 1}, {"nul", 0}, {"True", 0}, {"NaN", 0}, {"1 x", 2}, {"{} {}", 3}, {"/**/1", 0},
		{"'a'", 0}, {"\"a", 2}, {"\"\\x\"", 2}, {"\"\\u12\"", 3}, {"\"\\ud800\"", 7}, {"\"\\udc00\"", 7}, {"\"\\u0000\"", 7},
		{"\"\t\"", 1}, {"\"\xff\"", 1}, {"\"\xc0\xaf\"", 1}, {"\"\xed\xa0\x80\"", 1}, {"18446744073709551616", 20},
		{"-9223372036854775809", 20}, {"1e999", 5}, {"{\"a\":1,\"a\":2}", 10},
		{"{\"x\":{\"\":1,\"b\":2,\"\":2}}", 19},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		json_t *j = (json_t *)&bad;
		const char *why = NULL;
		size_t offset = 999;

		assert_int_equal(json_parse(bad[i].text, SIZE_MAX, &j, &why, &offset), -EINVAL);
		assert_non_null(why);
		if (offset != bad[i].offset)
			fail_msg("%s: offset %zu, expected %zu (%s)", bad[i].text, offset, bad[i].offset, why);
		assert_ptr_equal(j, &bad);
	}
}

static char *nested(int depth)
{
	struct strbuf b CLEANUP_STRBUF = {0};

	for (int i = 0; i < depth; i++)
		strbuf_append(&b, i % 2 ? "{\"k\":" : "[");
	strbuf_append(&b, "1");
	for (int i = depth; i > 0; i--)
		strbuf_append(&b, i % 2 ? "]" : "}");
	return strbuf_take(&b);
}

static void limits_hold(void **state)
{
	char *deep CLEANUP_FREE = nested(32), *deeper CLEANUP_FREE = nested(33);
	char *large CLEANUP_FREE = mem_new0(1, JSON_SIZE_MAX + 2);
	json_t *j = NULL;

	(void)state;
	assert_int_equal(json_parse(deep, SIZE_MAX, &j, NULL, NULL), 0);
	json_object_put(j);
	assert_int_equal(json_parse(deeper, SIZE_MAX, &j, NULL, NULL), -E2BIG);
	memset(large, ' ', JSON_SIZE_MAX + 1);
	large[0] = '7';
	assert_int_equal(json_parse(large, SIZE_MAX, &j, NULL, NULL), -E2BIG);
	assert_int_equal(json_parse(large, JSON_SIZE_MAX, &j, NULL, NULL), 0);
	assert_int_equal(json_object_get_int(j), 7);
	json_object_put(j);
	assert_int_equal(json_parse("12345", 2, &j, NULL, NULL), 0); /* the length counts, not the NUL */
	assert_int_equal(json_object_get_int(j), 12);
	json_object_put(j);
	assert_int_equal(json_parse("1\0", 2, &j, NULL, NULL), -EINVAL);
}

static void getters_match_any_case_and_type(void **state)
{
	json_t *j CLEANUP_JSON = NULL;
	char **v CLEANUP_STRV = NULL;

	(void)state;
	assert_int_equal(json_parse("{\"Name\":\"x\",\"n\":null,\"i\":-5,\"u\":18446744073709551615,\"b\":true,\"f\":1.5,"
				    "\"v\":[\"a\",\"b\"],\"w\":[\"a\",1],\"In\":{\"Ner\":{\"z\":3}}}",
				    SIZE_MAX, &j, NULL, NULL), 0);
	assert_string_equal(json_get_str(j, "nAME", "-"), "x");
	assert_int_equal(json_put_str(j, "nAME", "exact"), 0);
	assert_string_equal(json_get_str(j, "nAME", "-"), "exact");
	assert_string_equal(json_get_str(j, "i", "-"), "-");
	assert_string_equal(json_get_str(NULL, "i", "-"), "-");
	assert_null(json_get(j, "n"));
	assert_int_equal(json_get_i64(j, "I", 0), -5);
	assert_int_equal(json_get_i64(j, "u", 1), 1); /* does not fit */
	assert_int_equal(json_get_i64(j, "f", 1), 1);
	assert_true(json_get_u64(j, "u", 0) == UINT64_MAX);
	assert_int_equal(json_get_u64(j, "i", 9), 9);
	assert_int_equal(json_get_bool(j, "b", 0), 1);
	assert_int_equal(json_get_bool(j, "i", 7), 7);
	assert_int_equal(json_object_get_int(json_get_path(j, "in.ner.Z")), 3);
	assert_null(json_get_path(j, "in.no.Z"));
	assert_int_equal(json_get_strv(j, "w", &v), -EINVAL);
	assert_int_equal(json_get_strv(j, "name", &v), -EINVAL);
	assert_int_equal(json_get_strv(j, "absent", &v), 0);
	assert_null(v);
	assert_int_equal(json_get_strv(j, "v", &v), 0);
	assert_int_equal(strv_count((const char *const *)v), 2);
}

static void numbers_and_bytes_print_as_json(void **state)
{
	json_t *j CLEANUP_JSON = json_object_new_array();
	char *text CLEANUP_FREE = NULL;

	(void)state;
	setlocale(LC_ALL, "de_DE.UTF-8"); /* where it is installed the decimal point is a comma */
	json_push(j, json_object_new_double(0.1));
	json_push(j, json_object_new_double(1.0 / 3));
	json_push(j, json_object_new_double(__builtin_nan("")));
	json_push_str(j, "bad \xff path");
	text = json_print(j);
	assert_string_equal(text, "[0.1,0.3333333333333333,null,\"bad \xef\xbf\xbd path\"]");
	setlocale(LC_ALL, "C");
}

static int build_and_print(char **ret)
{
	const char *const v[] = {"one", "two", NULL};
	json_t *j CLEANUP_JSON = json_object_new_object();
	json_t *copy CLEANUP_JSON = NULL;
	char key[16];

	for (int i = 0; i < 40; i++) { /* beyond the first size of json-c's table */
		snprintf(key, sizeof(key), "key%d", i);
		if (json_put_i64(j, key, i) < 0)
			return -ENOMEM;
	}
	if (json_put_str(j, "s", "a longer string that json-c cannot keep inside its object") < 0 || json_put_str(j, "null", NULL) < 0 ||
	    json_put_strv(j, "v", v) < 0 || json_put_u64(j, "u", UINT64_MAX) < 0 || json_put_bool(j, "b", 1) < 0)
		return -ENOMEM;
	copy = json_copy(j);
	*ret = copy ? json_print(copy) : NULL;
	return *ret ? 0 : -ENOMEM;
}

static void no_allocation_fails_unnoticed(void **state)
{
	char *want CLEANUP_FREE = NULL;
	long builds, parses;

	(void)state;
	assert_int_equal(build_and_print(&want), 0);
	for (builds = 1;; builds++) {
		char *text CLEANUP_FREE = NULL;
		int r;

		oom_countdown = builds;
		r = build_and_print(&text);
		if (!oom_end())
			break;
		assert_int_equal(r, -ENOMEM);
	}
	for (parses = 1;; parses++) {
		json_t *j CLEANUP_JSON = NULL;
		char *text CLEANUP_FREE = NULL;
		int r;

		oom_countdown = parses;
		r = json_parse(want, SIZE_MAX, &j, NULL, NULL);
		if (!oom_end()) {
			text = json_print(j);
			assert_string_equal(text, want);
			break;
		}
		assert_int_equal(r, -ENOMEM);
		assert_null(j);
	}
	assert_true(builds > 100 && parses > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_text_comes_back),
		cmocka_unit_test(bad_text_is_refused),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(getters_match_any_case_and_type),
		cmocka_unit_test(numbers_and_bytes_print_as_json),
		cmocka_unit_test(no_allocation_fails_unnoticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
