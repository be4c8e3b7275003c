/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and printing time without the C library's calendar, which reads TZ from the environment. */
#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "base/macros.h"

#define SECONDS_PER_DAY 86400
#define NS_PER_S INT64_C(1000000000)

uint64_t clock_monotonic_ns(void)
{
	struct timespec ts = {0};

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

int64_t clock_realtime_ns(void)
{
	struct timespec ts = {0};

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * NS_PER_S + (int64_t)ts.tv_nsec;
}

/* Days since 1970-01-01 and back, in the proleptic Gregorian calendar; years begin in March so that the leap day comes last. */
static int64_t days_from_date(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static void date_from_days(int64_t days, int64_t *year, int64_t *month, int64_t *day)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t day_of_era = z - era * 146097;
	int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t shifted = (5 * day_of_year + 2) / 153;

	*day = day_of_year - (153 * shifted + 2) / 5 + 1;
	*month = shifted < 10 ? shifted + 3 : shifted - 9;
	*year = year_of_era + era * 400 + (*month <= 2);
}

char *clock_format_rfc3339(int64_t realtime_ns, char buf[RFC3339_SIZE])
{
	int64_t ns = realtime_ns % NS_PER_S, s = realtime_ns / NS_PER_S;
	int64_t days, rest, year, month, day;

	if (ns < 0) {
		ns += NS_PER_S;
		s--;
	}
	days = s / SECONDS_PER_DAY;
	rest = s % SECONDS_PER_DAY;
	if (rest < 0) {
		rest += SECONDS_PER_DAY;
		days--;
	}
	date_from_days(days, &year, &month, &day);
	snprintf(buf, RFC3339_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%09dZ", (int)year, (int)month, (int)day,
		 (int)(rest / 3600), (int)(rest / 60 % 60), (int)(rest % 60), (int)ns);
	return buf;
}

static int is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Exactly n digits. */
static int take_digits(const char **p, int n, int64_t *ret)
{
	int64_t value = 0;

	for (int i = 0; i < n; i++, (*p)++) {
		if (!is_digit(**p))
			return -EINVAL;
		value = value * 10 + (**p - '0');
	}
	*ret = value;
	return 0;
}

static int take_char(const char **p, char c)
{
	if (**p != c)
		return -EINVAL;
	(*p)++;
	return 0;
}

/* "[.d…]": 1 to 9 digits, as nanoseconds. */
static int take_fraction(const char **p, int64_t *ret_ns)
{
	int64_t scale = NS_PER_S / 10;

	*ret_ns = 0;
	if (**p != '.')
		return 0;
	(*p)++;
	if (!is_digit(**p))
		return -EINVAL;
	for (; is_digit(**p); (*p)++, scale /= 10) {
		if (!scale)
			return -EINVAL;
		*ret_ns += (**p - '0') * scale;
	}
	return 0;
}

static int take_date(const char **p, int64_t *ret_days)
{
	static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int64_t year, month, day;
	int leap;

	if (take_digits(p, 4, &year) || take_char(p, '-') || take_digits(p, 2, &month) || take_char(p, '-') ||
	    take_digits(p, 2, &day) || month < 1 || month > 12 || day < 1)
		return -EINVAL;
	leap = month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	if (day > month_days[month - 1] + leap)
		return -EINVAL;
	*ret_days = days_from_date(year, month, day);
	return 0;
}

/* Z or +hh:mm, as seconds east of UTC. */
static int take_offset(const char **p, int64_t *ret_s)
{
	int64_t hours, minutes, sign;

	*ret_s = 0;
	if (**p == 'Z' || **p == 'z') {
		(*p)++;
		return 0;
	}
	if (**p != '+' && **p != '-')
		return -EINVAL;
	sign = **p == '-' ? -1 : 1;
	(*p)++;
	if (take_digits(p, 2, &hours) || take_char(p, ':') || take_digits(p, 2, &minutes) || hours > 23 || minutes > 59)
		return -EINVAL;
	*ret_s = sign * (hours * 3600 + minutes * 60);
	return 0;
}

/* "hh[:mm[:ss[.d…]]]" */
static int take_time(const char **p, int64_t *ret_s, int64_t *ret_ns)
{
	int64_t hours, minutes = 0, seconds = 0;

	*ret_ns = 0;
	if (take_digits(p, 2, &hours))
		return -EINVAL;
	if (**p == ':' && (take_char(p, ':') || take_digits(p, 2, &minutes)))
		return -EINVAL;
	if (**p == ':' && (take_char(p, ':') || take_digits(p, 2, &seconds) || take_fraction(p, ret_ns)))
		return -EINVAL;
	if (hours > 23 || minutes > 59 || seconds > 60)
		return -EINVAL;
	*ret_s = hours * 3600 + minutes * 60 + seconds;
	return 0;
}

/* Podman's filters also take a date alone, a time without seconds, and no zone. */
static int parse_dated(const char *p, int64_t *ret_s, int64_t *ret_ns)
{
	int64_t days, time = 0, offset = 0;

	*ret_ns = 0;
	if (take_date(&p, &days))
		return -EINVAL;
	if (*p == 'T' || *p == 't' || *p == ' ') {
		p++;
		if (take_time(&p, &time, ret_ns))
			return -EINVAL;
	}
	if (*p && (take_offset(&p, &offset) || *p))
		return -EINVAL;
	*ret_s = days * SECONDS_PER_DAY + time - offset;
	return 0;
}

/* "1700000000[.5]", with an optional sign that also covers the fraction. */
static int parse_seconds(const char *p, int64_t *ret_s, int64_t *ret_ns)
{
	int64_t value = 0, sign = 1;

	if (*p == '-') {
		sign = -1;
		p++;
	}
	if (!is_digit(*p))
		return -EINVAL;
	for (; is_digit(*p); p++)
		if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, *p - '0', &value))
			return -EINVAL;
	if (take_fraction(&p, ret_ns) || *p)
		return -EINVAL;
	*ret_s = sign * value;
	*ret_ns *= sign;
	return 0;
}

int clock_parse(const char *text, int64_t *ret_realtime_ns)
{
	int64_t s, ns, value;
	int dated = strlen(text) > 4 && text[4] == '-';
	int r = dated ? parse_dated(text, &s, &ns) : parse_seconds(text, &s, &ns);

	if (r < 0)
		return r;
	if (__builtin_mul_overflow(s, NS_PER_S, &value) || __builtin_add_overflow(value, ns, &value))
		return -EINVAL;
	*ret_realtime_ns = value;
	return 0;
}

static const struct {
	const char *name;
	int64_t ns;
} units[] = {
	{"ns", 1},
	{"us", 1000},
	{"\xc2\xb5s", 1000}, /* U+00B5 and U+03BC: Go takes both */
	{"\xce\xbcs", 1000},
	{"ms", 1000000},
	{"s", NS_PER_S},
	{"m", 60 * NS_PER_S},
	{"h", 3600 * NS_PER_S},
};

static int64_t take_unit(const char **p)
{
	size_t n = strcspn(*p, ".0123456789");

	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (strlen(units[i].name) == n && strncmp(*p, units[i].name, n) == 0) {
			*p += n;
			return units[i].ns;
		}
	}
	return 0;
}

/* One "1.5h": digits before or after the point may be missing, not both. Digits of the fraction below a nanosecond are cut, as Go does. */
static int take_duration_part(const char **p, int64_t *total)
{
	const char *fraction;
	int64_t whole = 0, part = 0, unit;
	const char *start = *p;
	double scale = 1;

	for (; is_digit(**p); (*p)++)
		if (__builtin_mul_overflow(whole, 10, &whole) || __builtin_add_overflow(whole, **p - '0', &whole))
			return -EINVAL;
	fraction = *p;
	if (**p == '.') {
		for ((*p)++; is_digit(**p); (*p)++) {
			if (part > INT64_MAX / 100)
				continue;
			part = part * 10 + (**p - '0');
			scale *= 10;
		}
	}
	if ((fraction == start && *p - fraction < 2) || !(unit = take_unit(p)))
		return -EINVAL;
	part = (int64_t)((double)part * ((double)unit / scale));
	if (__builtin_mul_overflow(whole, unit, &whole) || __builtin_add_overflow(*total, whole, total) ||
	    __builtin_add_overflow(*total, part, total))
		return -EINVAL;
	return 0;
}

int clock_parse_duration(const char *text, int64_t *ret_ns)
{
	int negative = *text == '-';
	int64_t total = 0;

	if (*text == '-' || *text == '+')
		text++;
	if (STREQ(text, "0")) {
		*ret_ns = 0;
		return 0;
	}
	if (!*text)
		return -EINVAL;
	while (*text)
		if (take_duration_part(&text, &total) < 0)
			return -EINVAL;
	*ret_ns = negative ? -total : total;
	return 0;
}
