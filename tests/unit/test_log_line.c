/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of logs and their index taken apart: good ones, torn ones, hostile ones, and every seed of the corpus at every length. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cm.h"
#include <libctr/log.h>
#include "base/cleanup.h"
#include "base/mem.h"
#include "model/log_index.h"
#include "model/log_line.h"
#include "model/spec.h"
#include "os/fs.h"

#define AT "2026-01-02T03:04:05.000000006+00:00 "

static void test_good(void **state)
{
	static const struct {
		const char *line;
		int64_t time_ns;
		int stream, partial;
		const char *text;
	} lines[] = {
		{AT "stdout F hello", 1767323045000000006, CTR_STREAM_STDOUT, 0, "hello"},
		{AT "stderr P half", 1767323045000000006, CTR_STREAM_STDERR, 1, "half"},
		{AT "stdout F ", 1767323045000000006, CTR_STREAM_STDOUT, 0, ""},
		{AT "stdout F", 1767323045000000006, CTR_STREAM_STDOUT, 0, ""},
		{AT "stdout F  two blanks ", 1767323045000000006, CTR_STREAM_STDOUT, 0, " two blanks "},
		{"2026-01-02T04:04:05.5+01:00 stdout F x", 1767323045500000000, CTR_STREAM_STDOUT, 0, "x"},
		{"2026-01-01T20:34:05-06:30 stdout F x", 1767323045000000000, CTR_STREAM_STDOUT, 0, "x"},
		{"2026-01-02T03:04:05Z stdout F x", 1767323045000000000, CTR_STREAM_STDOUT, 0, "x"},
		{"1970-01-01T00:00:00.000000000+00:00 stdout F x", 0, CTR_STREAM_STDOUT, 0, "x"},
		{"1969-12-31T23:59:59.999999999+00:00 stdout F x", -1, CTR_STREAM_STDOUT, 0, "x"},
		{"2024-02-29T00:00:00Z stdout F x", 1709164800000000000, CTR_STREAM_STDOUT, 0, "x"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct log_line l;

		assert_int_equal(log_line_parse(lines[i].line, strlen(lines[i].line), &l), 0);
		assert_int_equal(l.time_ns, lines[i].time_ns);
		assert_int_equal(l.stream, lines[i].stream);
		assert_int_equal(l.partial, lines[i].partial);
		assert_int_equal(l.len, strlen(lines[i].text));
		assert_memory_equal(l.text, lines[i].text, l.len);
	}
}

static void test_bad(void **state)
{
	static const char *const lines[] = {
		"", " ", "hello", "2026-01-02", AT, AT "stdout", AT "stdout ", AT "stdin  F x", AT "stdoutF x", AT "stdout X x", AT "stdout FF x",
		AT "STDOUT F x", "2026-01-02 03:04:05.000000006+00:00 stdout F x", "2026-13-02T03:04:05Z stdout F x",
		"2026-00-02T03:04:05Z stdout F x", "2026-01-32T03:04:05Z stdout F x", "2026-01-02T24:04:05Z stdout F x",
		"2026-01-02T03:60:05Z stdout F x", "2026-01-02T03:04:61Z stdout F x", "2026-01-02T03:04:05. stdout F x",
		"2026-01-02T03:04:05.1234567890Z stdout F x", "2026-01-02T03:04:05+1:00 stdout F x", "2026-01-02T03:04:05+24:00 stdout F x",
		"0000-01-02T03:04:05Z stdout F x", "9999-01-02T03:04:05Z stdout F x", "-026-01-02T03:04:05Z stdout F x",
		"2026-01-02T03:04:05 stdout F x", "{\"log\":\"x\\n\",\"stream\":\"stdout\"}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct log_line l;

		if (log_line_parse(lines[i], strlen(lines[i]), &l) != -EINVAL)
			fail_msg("taken for a line: \"%s\"", lines[i]);
	}
}

/* In memory of exactly that size, so that a reader beyond its end is found by the sanitizers. */
static void parse_exactly(const char *data, size_t len)
{
	char *copy CLEANUP_FREE = malloc(len ? len : 1);
	struct log_index *index CLEANUP_FREE = NEW0(struct log_index);
	struct log_line l;

	assert_true(copy && index);
	memcpy(copy, data, len);
	if (log_line_parse(copy, len, &l) == 0) {
		assert_true(l.text >= copy && l.text + l.len == copy + len);
		assert_true(l.stream == CTR_STREAM_STDOUT || l.stream == CTR_STREAM_STDERR);
	}
	log_index_parse(copy, len, index);
	assert_true(index->n <= LOG_FILES_MAX && index->n_gaps <= LOG_INDEX_GAPS_MAX);
}

static void replay(const char *data, size_t len)
{
	char *changed CLEANUP_FREE = mem_dup(data, len + 1);

	assert_non_null(changed);
	for (size_t n = 0; n <= len; n++)
		parse_exactly(data, n);
	for (size_t i = 0; i < len; i++) {
		static const char others[] = {0, '\n', ' ', '9', ':', (char)0xff};

		for (size_t k = 0; k < ARRAY_SIZE(others); k++) {
			changed[i] = others[k];
			parse_exactly(changed, len);
		}
		changed[i] = data[i];
	}
}

static void test_corpus(void **state)
{
	char path[4096];
	DIR *d CLEANUP_CLOSEDIR = NULL;
	struct dirent *e;
	int n = 0;

	(void)state;
	snprintf(path, sizeof(path), "%s/tests/unit/corpus/log_line", getenv("srcdir") ? getenv("srcdir") : ".");
	d = opendir(path);
	assert_non_null(d);
	while ((e = readdir(d)) != NULL) {
		char *text CLEANUP_FREE = NULL;
		size_t len = 0;

		if (e->d_name[0] == '.')
			continue;
		assert_int_equal(os_read_file(dirfd(d), e->d_name, 1 << 20, &text, &len), 0);
		replay(text, len);
		n++;
	}
	assert_true(n >= 8);
}

static void test_index(void **state)
{
	struct log_index *a CLEANUP_FREE = NEW0(struct log_index), *b CLEANUP_FREE = NEW0(struct log_index);
	const uint64_t known[] = {30, 20, 99}, strange[] = {7, 8};
	struct log_index_file found[3];
	char *text CLEANUP_FREE = NULL;
	uint64_t bytes = 0;

	(void)state;
	a->files[0] = (struct log_index_file){.ino = 30, .generation = 5, .first = 100};
	a->files[1] = (struct log_index_file){.ino = 20, .generation = 4, .first = 60};
	a->n = 2;
	log_index_add_gap(a, 70, 8);
	log_index_add_gap(a, 70, 9);
	text = log_index_print(a);
	assert_non_null(text);
	log_index_parse(text, strlen(text), b);
	assert_int_equal(b->n, 2);
	assert_memory_equal(a->files, b->files, 2 * sizeof(a->files[0]));
	assert_int_equal(b->n_gaps, 1);
	assert_true(log_index_is_gap(b, 70, &bytes));
	assert_int_equal(bytes, 9);
	assert_false(log_index_is_gap(b, 71, &bytes));
	log_index_match(b, known, 3, found);
	assert_int_equal(found[0].first, 100);
	assert_int_equal(found[1].first, 60);
	assert_int_equal(found[2].generation, UINT64_MAX);
	/* Copied to another file system: their order is what counts. */
	log_index_match(b, strange, 2, found);
	assert_int_equal(found[0].ino, 7);
	assert_int_equal(found[0].first, 100);
	assert_int_equal(found[1].first, 60);
	/* Torn: none of it is believed. */
	log_index_parse(text, strlen(text) - 1, b);
	assert_int_equal(b->n, 0);
	log_index_match(b, strange, 2, found);
	assert_int_equal(found[1].first, 1);
	assert_int_equal(found[0].first, 0);
	for (uint64_t i = 0; i < 2 * LOG_INDEX_GAPS_MAX; i++)
		log_index_add_gap(a, 1000 + i, 1);
	assert_int_equal(a->n_gaps, LOG_INDEX_GAPS_MAX);
	assert_true(log_index_is_gap(a, 1000 + 2 * LOG_INDEX_GAPS_MAX - 1, &bytes));
}

static void test_sizes(void **state)
{
	static const struct {
		const char *text;
		int64_t size;
	} good[] = {{"0", 0}, {"10", 10}, {"64k", 65536}, {"64K", 65536}, {"10m", 10485760}, {"10MB", 10485760}, {"1GiB", 1073741824}, {"5b", 5},
		    {"-1", -1}, {"2t", INT64_C(2) << 40}};
	static const char *const bad[] = {"", "k", "10x", "10mbb", "10 m", "-2", "1.5m", "9999999999999999999", "9000000000g", "1ki", "1bi"};
	int64_t size;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(log_size_parse(good[i].text, &size), 0);
		assert_int_equal(size, good[i].size);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (log_size_parse(bad[i], &size) != -EINVAL)
			fail_msg("taken for a size: \"%s\"", bad[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),   cmocka_unit_test(test_bad),   cmocka_unit_test(test_corpus),
		cmocka_unit_test(test_index),  cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
