/* SPDX-License-Identifier: Apache-2.0 */
/* The numbers of a log's records, as text and as a table. */
#include "model/log_index.h"

#include <inttypes.h>
#include <string.h>
#include "base/mem.h"
#include "base/strbuf.h"

#define HEAD "libctr-log 1\n"

char *log_index_file_name(const char *path, unsigned k)
{
	return k ? str_printf("%s.%u", path, k) : str_dup(path);
}

char *log_index_name(const char *path)
{
	return str_printf("%s.seq", path);
}

/* " 123", with exactly one blank before it */
static int take_number(const char **at, const char *end, uint64_t *ret)
{
	const char *p = *at;
	uint64_t n = 0;

	if (p >= end || *p++ != ' ' || p >= end || *p < '0' || *p > '9')
		return -1;
	for (; p < end && *p >= '0' && *p <= '9'; p++) {
		unsigned digit = (unsigned)(*p - '0');

		if (n > (UINT64_MAX - digit) / 10)
			return -1;
		n = n * 10 + digit;
	}
	*at = p;
	*ret = n;
	return 0;
}

static int take_file(const char *at, const char *end, struct log_index *index)
{
	struct log_index_file f;

	if (index->n == LOG_FILES_MAX || take_number(&at, end, &f.ino) < 0 || take_number(&at, end, &f.generation) < 0 ||
	    take_number(&at, end, &f.first) < 0 || at != end || f.first == 0 || f.generation == UINT64_MAX)
		return -1;
	/* Numbers only fall towards older files. */
	if (index->n && (f.generation >= index->files[index->n - 1].generation || f.first > index->files[index->n - 1].first))
		return -1;
	index->files[index->n++] = f;
	return 0;
}

static int take_gap(const char *at, const char *end, struct log_index *index)
{
	struct log_index_gap g;

	if (index->n_gaps == LOG_INDEX_GAPS_MAX || take_number(&at, end, &g.seq) < 0 || take_number(&at, end, &g.bytes) < 0 || at != end)
		return -1;
	index->gaps[index->n_gaps++] = g;
	return 0;
}

static int take_line(const char *at, const char *end, struct log_index *index)
{
	size_t len = (size_t)(end - at);

	if (len > 4 && memcmp(at, "file", 4) == 0)
		return take_file(at + 4, end, index);
	if (len > 3 && memcmp(at, "gap", 3) == 0)
		return take_gap(at + 3, end, index);
	return -1;
}

void log_index_parse(const char *text, size_t len, struct log_index *ret)
{
	const char *at = text, *end = text + len;

	ret->n = ret->n_gaps = 0;
	if (len < sizeof(HEAD) - 1 || memcmp(text, HEAD, sizeof(HEAD) - 1) != 0)
		return;
	for (at += sizeof(HEAD) - 1; at < end;) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));

		if (!stop || take_line(at, stop, ret) < 0) {
			ret->n = ret->n_gaps = 0;
			return;
		}
		at = stop + 1;
	}
}

char *log_index_print(const struct log_index *index)
{
	struct strbuf b CLEANUP_STRBUF = {0};

	strbuf_append(&b, HEAD);
	for (size_t i = 0; i < index->n; i++)
		strbuf_printf(&b, "file %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", index->files[i].ino, index->files[i].generation,
			      index->files[i].first);
	for (size_t i = 0; i < index->n_gaps; i++)
		strbuf_printf(&b, "gap %" PRIu64 " %" PRIu64 "\n", index->gaps[i].seq, index->gaps[i].bytes);
	return strbuf_take(&b);
}

static const struct log_index_file *find(const struct log_index *index, uint64_t ino)
{
	for (size_t i = 0; i < index->n; i++)
		if (index->files[i].ino == ino)
			return &index->files[i];
	return NULL;
}

/* Without any number that can be believed the oldest file is the first one. */
static void by_order(const struct log_index *index, size_t n, struct log_index_file *ret)
{
	for (size_t i = 0; i < n; i++) {
		int is_told = index->n >= n;

		ret[i].generation = is_told ? index->files[i].generation : n - 1 - i;
		ret[i].first = is_told ? index->files[i].first : i == n - 1;
	}
}

void log_index_match(const struct log_index *index, const uint64_t *inos, size_t n, struct log_index_file *ret)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++) {
		const struct log_index_file *f = find(index, inos[i]);

		ret[i] = f ? *f : (struct log_index_file){.ino = inos[i], .generation = UINT64_MAX};
		found += f != NULL;
	}
	if (!found)
		by_order(index, n, ret);
}

int log_index_is_gap(const struct log_index *index, uint64_t seq, uint64_t *ret_bytes)
{
	for (size_t i = 0; i < index->n_gaps; i++)
		if (index->gaps[i].seq == seq) {
			*ret_bytes = index->gaps[i].bytes;
			return 1;
		}
	return 0;
}

void log_index_add_gap(struct log_index *index, uint64_t seq, uint64_t bytes)
{
	for (size_t i = 0; i < index->n_gaps; i++)
		if (index->gaps[i].seq == seq) {
			index->gaps[i].bytes = bytes;
			return;
		}
	if (index->n_gaps == LOG_INDEX_GAPS_MAX)
		memmove(index->gaps, index->gaps + 1, --index->n_gaps * sizeof(index->gaps[0]));
	index->gaps[index->n_gaps++] = (struct log_index_gap){.seq = seq, .bytes = bytes};
}
