/* SPDX-License-Identifier: Apache-2.0 */
/* The numbers of a log's records. A log is PATH and, once it has been rotated, PATH.1 (the one before), PATH.2 …; beside them PATH.seq says
 * of each file which number its first line has and which lines tell of lost output. The monitor writes it before a file gets its name,
 * readers look into it; without it the lines of all files are counted from 1. Pure data. */
#ifndef CTR_MODEL_LOG_INDEX_H
#define CTR_MODEL_LOG_INDEX_H

#include <stddef.h>
#include <stdint.h>

#define LOG_FILES_MAX 100
#define LOG_INDEX_GAPS_MAX 64
#define LOG_INDEX_TEXT_MAX 16384

struct log_index_file {
	uint64_t ino;
	uint64_t generation; /* 0 = the first file this log ever had */
	uint64_t first;      /* number of its first line, from 1 on; 0 = not known, to be counted */
};

struct log_index_gap {
	uint64_t seq, bytes; /* that line tells of this many bytes of output that never came into the log */
};

struct log_index {
	size_t n, n_gaps;
	struct log_index_file files[LOG_FILES_MAX]; /* newest first */
	struct log_index_gap gaps[LOG_INDEX_GAPS_MAX];
};

/* PATH or PATH.k; NULL = out of memory */
char *log_index_file_name(const char *path, unsigned k);
char *log_index_name(const char *path);

/* Anything that is no index, or only part of one, is an empty one. */
void log_index_parse(const char *text, size_t len, struct log_index *ret);
/* At most LOG_INDEX_TEXT_MAX bytes; NULL = out of memory */
char *log_index_print(const struct log_index *index);
/* What the index says of the files that are there, newest first. ret[i].ino is inos[i]; one that has no entry (ret[i].first 0 and
 * ret[i].generation UINT64_MAX) is about to go. Where none has one (no index, or another file system's numbers after a restore) their order
 * counts. */
void log_index_match(const struct log_index *index, const uint64_t *inos, size_t n, struct log_index_file *ret);
/* Bytes lost that the line tells of: 1, else 0 */
int log_index_is_gap(const struct log_index *index, uint64_t seq, uint64_t *ret_bytes);
/* Adds or changes what a line tells; the oldest gap is forgotten when there are too many. */
void log_index_add_gap(struct log_index *index, uint64_t seq, uint64_t bytes);

#endif
