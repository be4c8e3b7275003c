/* SPDX-License-Identifier: Apache-2.0 */
/* One line of a k8s-file log taken apart. The clock's general parser would take most of the time of reading a log: this one knows the form. */
#include "model/log_line.h"

#include <errno.h>
#include <string.h>
#include <libctr/log.h>
#include "base/macros.h"

#define DATE_LEN 19 /* "2006-01-02T15:04:05" */
#define DIGITS_MAX 9

/* n digits, or -1 */
static int digits(const char *at, unsigned n)
{
	int value = 0;

	for (unsigned i = 0; i < n; i++) {
		if (at[i] < '0' || at[i] > '9')
			return -1;
		value = value * 10 + (at[i] - '0');
	}
	return value;
}

/* Days from 1970-01-01 in the Gregorian calendar: years begin in March, so that the leap day is the last one. */
static int64_t days_of(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year, era = y / 400, of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int take_date(const char *at, int64_t *ret_sec)
{
	int year = digits(at, 4), month = digits(at + 5, 2), day = digits(at + 8, 2);
	int hour = digits(at + 11, 2), minute = digits(at + 14, 2), second = digits(at + 17, 2);

	if (at[4] != '-' || at[7] != '-' || at[10] != 'T' || at[13] != ':' || at[16] != ':')
		return -EINVAL;
	/* Outside of these years nanoseconds do not fit. */
	if (year < 1700 || year > 2200 || month < 1 || month > 12 || day < 1 || day > 31 || hour < 0 || hour > 23 || minute < 0 ||
	    minute > 59 || second < 0 || second > 60)
		return -EINVAL;
	*ret_sec = days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
	return 0;
}

/* ".123", up to nine digits; none is fine */
static int take_fraction(const char **at, const char *end, int64_t *ret_ns)
{
	int64_t ns = 0;
	int n = 0;

	*ret_ns = 0;
	if (*at == end || **at != '.')
		return 0;
	for (++*at; *at < end && n < DIGITS_MAX && **at >= '0' && **at <= '9'; ++*at, n++)
		ns = ns * 10 + (**at - '0');
	if (n == 0)
		return -EINVAL;
	for (; n < DIGITS_MAX; n++)
		ns *= 10;
	*ret_ns = ns;
	return 0;
}

/* "Z" or "+01:00" */
static int take_zone(const char **at, const char *end, int64_t *ret_sec)
{
	const char *p = *at;
	int hour, minute;

	*ret_sec = 0;
	if (p < end && *p == 'Z') {
		*at = p + 1;
		return 0;
	}
	if (end - p < 6 || (*p != '+' && *p != '-') || p[3] != ':')
		return -EINVAL;
	hour = digits(p + 1, 2);
	minute = digits(p + 4, 2);
	if (hour < 0 || hour > 23 || minute < 0 || minute > 59)
		return -EINVAL;
	*ret_sec = (*p == '-' ? -1 : 1) * (hour * 3600 + minute * 60);
	*at = p + 6;
	return 0;
}

static int take_time(const char **at, const char *end, int64_t *ret_ns)
{
	int64_t sec, ns, zone;

	if (end - *at < DATE_LEN || take_date(*at, &sec) < 0)
		return -EINVAL;
	*at += DATE_LEN;
	if (take_fraction(at, end, &ns) < 0 || take_zone(at, end, &zone) < 0)
		return -EINVAL;
	*ret_ns = (sec - zone) * (int64_t)NSEC_PER_SEC + ns;
	return 0;
}

int log_line_parse(const char *line, size_t len, struct log_line *ret)
{
	const char *at = line, *end = line + len;
	struct log_line l = {.time_ns = 0};

	if (take_time(&at, end, &l.time_ns) < 0)
		return -EINVAL;
	/* " stdout F", and then a blank unless nothing follows */
	if (end - at < 9 || at[0] != ' ' || at[7] != ' ' || (end - at > 9 && at[9] != ' '))
		return -EINVAL;
	if (memcmp(at + 1, "stdout", 6) == 0)
		l.stream = CTR_STREAM_STDOUT;
	else if (memcmp(at + 1, "stderr", 6) == 0)
		l.stream = CTR_STREAM_STDERR;
	else
		return -EINVAL;
	if (at[8] != 'F' && at[8] != 'P')
		return -EINVAL;
	l.partial = at[8] == 'P';
	l.text = end - at > 9 ? at + 10 : end;
	l.len = (size_t)(end - l.text);
	*ret = l;
	return 0;
}
