/* SPDX-License-Identifier: Apache-2.0 */
/* Times as the user writes and reads them. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "ctrtool.h"

#define NS INT64_C(1000000000)

/* "1h30m", as Go's durations; -1 when it is none */
static double duration(const char *text)
{
	static const struct {
		const char *name;
		double seconds;
	} units[] = { { "ns", 1e-9 }, { "us", 1e-6 }, { "ms", 1e-3 }, { "s", 1 }, { "m", 60 }, { "h", 3600 } };
	double total = 0;

	if (!*text)
		return -1;
	while (*text) {
		char *end;
		double n = strtod(text, &end), unit = 0;
		size_t len = strcspn(end, ".0123456789");

		for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
			if (strlen(units[i].name) == len && strncmp(end, units[i].name, len) == 0)
				unit = units[i].seconds;
		if (end == text || n < 0 || unit == 0)
			return -1;
		total += n * unit;
		text = end + len;
	}
	return total;
}

/* "2026-01-02[T15:04:05[.5]][Z|+01:00]"; without a zone it is UTC, as podman takes it for events. */
static int64_t dated(const char *text)
{
	struct tm at = { 0 };
	const char *p = strptime(text, "%Y-%m-%d", &at);
	double fraction = 0;
	long offset = 0;
	char *end;

	if (p && *p == 'T')
		p = strptime(p, "T%H:%M:%S", &at);
	if (!p)
		return -1;
	if (*p == '.') {
		fraction = strtod(p, &end);
		p = end;
	}
	if (*p == '+' || *p == '-') {
		int hours, minutes, used = 0;

		if (sscanf(p + 1, "%2d:%2d%n", &hours, &minutes, &used) != 2 || used != 5)
			return -1;
		offset = (*p == '-' ? -1 : 1) * (hours * 3600L + minutes * 60L);
		p += 6;
	} else if (*p == 'Z') {
		p++;
	}
	return *p ? -1 : (int64_t)(timegm(&at) - offset) * NS + (int64_t)(fraction * 1e9);
}

int64_t time_from_text(const char *text, int ahead)
{
	struct timespec now;
	double length = duration(text), seconds;
	char *end;

	if (length >= 0 && length < 1e9) {
		clock_gettime(CLOCK_REALTIME, &now);
		return (int64_t)now.tv_sec * NS + now.tv_nsec + (ahead ? 1 : -1) * (int64_t)(length * 1e9);
	}
	if (strlen(text) > 4 && text[4] == '-')
		return dated(text);
	seconds = strtod(text, &end);
	return end == text || *end || seconds < 0 || seconds > 9e9 ? -1 : (int64_t)(seconds * 1e9);
}

void time_to_text(int64_t ns, char *buf, size_t size)
{
	time_t seconds = (time_t)(ns / NS);
	struct tm at;
	char date[32], zone[32], fraction[16];
	size_t n;

	localtime_r(&seconds, &at);
	strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", &at);
	strftime(zone, sizeof(zone), "%z %Z", &at);
	n = (size_t)snprintf(fraction, sizeof(fraction), ".%09d", (int)(ns % NS));
	while (n && (fraction[n - 1] == '0' || fraction[n - 1] == '.')) {
		int was_point = fraction[--n] == '.';

		fraction[n] = '\0';
		if (was_point)
			break;
	}
	snprintf(buf, size, "%s%s %s", date, fraction, zone);
}
