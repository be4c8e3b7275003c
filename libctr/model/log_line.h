/* SPDX-License-Identifier: Apache-2.0 */
/* One line of a k8s-file log taken apart. Pure; whatever stands in the file, also what somebody else wrote there. */
#ifndef CTR_MODEL_LOG_LINE_H
#define CTR_MODEL_LOG_LINE_H

#include <stddef.h>
#include <stdint.h>

struct log_line {
	int64_t time_ns;  /* since 1970 UTC */
	int32_t stream;   /* CTR_STREAM_STDOUT, CTR_STREAM_STDERR */
	int partial;      /* P: the line goes on in the next record of this stream */
	const char *text; /* borrowed, without the line's end; any bytes */
	size_t len;
};

/* "2006-01-02T15:04:05.000000000+00:00 stdout F text", len without the '\n'. 0 or -EINVAL */
int log_line_parse(const char *line, size_t len, struct log_line *ret);

#endif
