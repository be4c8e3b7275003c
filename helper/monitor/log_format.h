/* SPDX-License-Identifier: Apache-2.0 */
/* Raw output to lines of the k8s-file format (behaviour.md 3.9). (owner: log) */
#ifndef CTR_HELPER_MONITOR_LOG_FORMAT_H
#define CTR_HELPER_MONITOR_LOG_FORMAT_H

#include <stddef.h>
#include <stdint.h>

/* A line's text is at most this long; the rest follows in the next line (P). */
#define LOG_TEXT_MAX 8192
#define LOG_PREFIX_SIZE 64

/* "2006-01-02T15:04:05.000000000+00:00 stdout F ": its length */
size_t log_format_prefix(int64_t stamp_ns, uint32_t stream, char ret[LOG_PREFIX_SIZE]);

struct log_pieces {
	const unsigned char *data;
	size_t len, at;
	size_t prefix_len;
	char prefix[LOG_PREFIX_SIZE];
};
void log_pieces_begin(struct log_pieces *p, const void *data, size_t len, int64_t stamp_ns, uint32_t stream);
/* The next line: bytes put into buf (with its end), 0 when there is none; size must be at least LOG_PREFIX_SIZE + LOG_TEXT_MAX + 1. */
size_t log_pieces_next(struct log_pieces *p, char *buf, int *ret_partial);
/* How many of the data's bytes have lines that together take at most room bytes in a file, from where it stands; at least one line when
 * one_at_least. *ret_lines: how many lines */
size_t log_pieces_fitting(const struct log_pieces *p, int64_t room, int one_at_least, uint64_t *ret_lines);

#endif
