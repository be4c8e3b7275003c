/* SPDX-License-Identifier: Apache-2.0 */
/* Times and durations, in and out. */
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include "base/clock.h"
#include "base/macros.h"
#include "cm.h"

#define S INT64_C(1000000000)

static void times_are_printed_in_utc(void **state)
{
	char buf[RFC3339_SIZE];

	(void)state;
	setenv("TZ", "Asia/Tokyo", 1);
	assert_string_equal(clock_format_rfc3339(0, buf), "1970-01-01T00:00:00.000000000Z");
	assert_string_equal(clock_format_rfc3339(1767312245 * S + 6, buf), "2026-01-02T00:04:05.000000006Z");
	assert_string_equal(clock_format_rfc3339(-1, buf), "1969-12-31T23:59:59.999999999Z");
	assert_string_equal(clock_format_rfc3339(951782400 * S, buf), "2000-02-29T00:00:00.000000000Z");
	unsetenv("TZ");
}

/* Every day of 400 years against the C library's calendar. */
static void days_agree_with_the_c_library(void **state)
{
	(void)state;
	for (int64_t day = -80000; day < 66000; day++) {
		time_t t = (time_t)(day * 86400 + 3661);
		char want[64], got[RFC3339_SIZE];
		int64_t back;
		struct tm tm;

		gmtime_r(&t, &tm);
		strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%S.000000000Z", &tm);
		assert_string_equal(clock_format_rfc3339((int64_t)t * S, got), want);
		assert_int_equal(clock_parse(got, &back), 0);
		assert_true(back == (int64_t)t * S);
	}
}

static void times_are_read(void **state)
{
	static const struct {
		const char *text;
		int64_t ns;
	} good[] = {
		{"1700000000", 1700000000 * S},
		{"1700000000.5", 1700000000 * S + S / 2},
		{"-1.5", -S - S / 2},
		{"1970-01-01T01:00:00+01:00", 0},
		{"1970-01-01T00:00:00.000000001Z", 1},
		{"1969-12-31t16:00:00-08:00", 0},
		{"1970-01-02", 86400 * S},
		{"1970-01-01+01:00", -3600 * S},
		{"1970-01-01Z", 0},
		{"1970-01-01T01", 3600 * S},
		{"1970-01-01T01:01", 3660 * S},
		{"1970-01-01T01:01Z", 3660 * S},
		{"1970-01-01T00:00:01.5", S + S / 2},
	};
	static const char *const bad[] = {
		"", "x", "1.", "1.0000000001", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T",
		"2026-01-01T00:", "2026-01-01T00:00.5", "2026-1-1", "2026-01-01T00:00:00Zx", "2026-01-01T00:00:00+25:00", "9999-01-01T00:00:00Z",
		"99999999999999999999", "1 ",
	};
	int64_t ns;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(clock_parse(good[i].text, &ns), 0);
		assert_true(ns == good[i].ns);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(clock_parse(bad[i], &ns), -EINVAL);
}

static void durations_are_gos(void **state)
{
	static const struct {
		const char *text;
		int64_t ns;
	} good[] = {
		{"0", 0}, {"1h30m", 5400 * S}, {"10s", 10 * S}, {"1.5h", 5400 * S}, {"300ms", 300000000}, {".5s", S / 2},
		{"-1m", -60 * S}, {"+1us", 1000}, {"1\xc2\xb5s", 1000}, {"1h1ns", 3600 * S + 1}, {"1.s", S},
	};
	static const char *const bad[] = {"", "-", "1", "s", ".s", "1x", "1h2", "1 h", "3000000h", "1d"};
	int64_t ns;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(clock_parse_duration(good[i].text, &ns), 0);
		assert_true(ns == good[i].ns);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(clock_parse_duration(bad[i], &ns), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_printed_in_utc),
		cmocka_unit_test(days_agree_with_the_c_library),
		cmocka_unit_test(times_are_read),
		cmocka_unit_test(durations_are_gos),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
