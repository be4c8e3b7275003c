/* SPDX-License-Identifier: Apache-2.0 */
/* Cuts raw output into lines and puts time, stream and F (whole) or P (goes on) before each. */
#include "log_format.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include "base/macros.h"

size_t log_format_prefix(int64_t stamp_ns, uint32_t stream, char ret[LOG_PREFIX_SIZE])
{
	time_t sec = (time_t)(stamp_ns / (int64_t)NSEC_PER_SEC);
	long ns = (long)(stamp_ns % (int64_t)NSEC_PER_SEC), offset;
	struct tm tm = {0};
	int n;

	if (ns < 0) {
		ns += (long)NSEC_PER_SEC;
		sec--;
	}
	localtime_r(&sec, &tm);
	offset = tm.tm_gmtoff / 60;
	n = snprintf(ret, LOG_PREFIX_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%09ld%c%02ld:%02ld %s F ", tm.tm_year + 1900,
		     tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, ns, offset < 0 ? '-' : '+',
		     (offset < 0 ? -offset : offset) / 60, (offset < 0 ? -offset : offset) % 60,
		     stream ? "stderr" : "stdout");
	return n > 0 && n < LOG_PREFIX_SIZE ? (size_t)n : 0;
}

void log_pieces_begin(struct log_pieces *p, const void *data, size_t len, int64_t stamp_ns, uint32_t stream)
{
	*p = (struct log_pieces){.data = data, .len = len};
	p->prefix_len = log_format_prefix(stamp_ns, stream, p->prefix);
}

/* Text bytes of the piece at `at`, and whether a line end follows it. */
static size_t measure(const struct log_pieces *p, size_t at, int *ret_whole)
{
	size_t left = p->len - at, max = left < LOG_TEXT_MAX + 1 ? left : LOG_TEXT_MAX + 1;
	const unsigned char *end = memchr(p->data + at, '\n', max);

	*ret_whole = end != NULL;
	if (end)
		return (size_t)(end - (p->data + at));
	return left < LOG_TEXT_MAX ? left : LOG_TEXT_MAX;
}

size_t log_pieces_next(struct log_pieces *p, char *buf, int *ret_partial)
{
	size_t n;
	int whole;

	if (p->at >= p->len)
		return 0;
	n = measure(p, p->at, &whole);
	memcpy(buf, p->prefix, p->prefix_len);
	if (!whole)
		buf[p->prefix_len - 2] = 'P';
	memcpy(buf + p->prefix_len, p->data + p->at, n);
	buf[p->prefix_len + n] = '\n';
	p->at += n + (whole ? 1 : 0);
	*ret_partial = !whole;
	return p->prefix_len + n + 1;
}

size_t log_pieces_fitting(const struct log_pieces *p, int64_t room, int one_at_least, uint64_t *ret_lines)
{
	size_t at = p->at;
	uint64_t lines = 0;

	while (at < p->len) {
		int whole;
		size_t n = measure(p, at, &whole);
		int64_t takes = (int64_t)(p->prefix_len + n + 1);

		if (takes > room && (lines || !one_at_least))
			break;
		room -= takes;
		at += n + (whole ? 1 : 0);
		lines++;
	}
	*ret_lines = lines;
	return at - p->at;
}
