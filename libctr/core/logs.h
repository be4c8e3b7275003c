/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of log readers and records. */
#ifndef CTR_CORE_LOGS_H
#define CTR_CORE_LOGS_H

#include <libctr/log.h>
#include <errno.h>
#include <stdlib.h>
#include "core/core.h"
#include "core/log_files.h"
#include "model/log_line.h"

/* Behind a record: in which file, where, and its number. As a text it is the record's cursor. */
struct log_place {
	uint64_t generation, offset, seq;
};
#define LOG_CURSOR_SIZE 64
int log_cursor_parse(const char *text, struct log_place *ret); /* 0 or -EINVAL */

struct ctr_log_record {
	_Atomic int refs;
	int32_t stream;
	int32_t partial;
	int64_t time_ns;
	uint64_t seq;
	size_t len;
	char cursor[LOG_CURSOR_SIZE];
	_Alignas(uint64_t) char data[]; /* len bytes, NUL */
};
/* NULL = out of memory */
ctr_log_record_t *log_record_of_line(const struct log_line *line, const struct log_place *place);
ctr_log_record_t *log_record_of_gap(uint64_t bytes, int64_t time_ns, const struct log_place *place);

/* ---- log_follow.c: what may wake a reader that has read all there is ---- */
struct log_follow {
	ctr_container_t *c;    /* an ordinary handle of our own */
	const char *path;      /* borrowed */
	int set;               /* what the fds below are members of, borrowed */
	int files, bell, exit; /* inotify, the container's bell, the end of its run; -1 = none */
	int watch;             /* of files, -1 = none */
	int is_over;           /* nothing more will be said */
	int looked;            /* is_over has been found out at all */
};
int log_follow_begin(struct log_follow *f, ctr_error_t **err);
void log_follow_reset(struct log_follow *f);
/* 0: from now on whatever changes makes `set` readable, and what has changed before is to be looked for now. 1: it changes too fast, once more */
int log_follow_arm(struct log_follow *f, ctr_error_t **err);

/* ---- log_reader.c ---- */
int core_container_logs(ctr_container_t *c, const struct ctr_log_opts *opts, const struct op_call *call, ctr_log_reader_t **ret,
			ctr_error_t **err);
ctr_log_reader_t *core_log_reader_ref(ctr_log_reader_t *r);
ctr_log_reader_t *core_log_reader_unref(ctr_log_reader_t *r);
pid_t core_log_reader_maker(const ctr_log_reader_t *r);
int core_log_reader_fd(const ctr_log_reader_t *r);
int core_log_reader_next(ctr_log_reader_t *r, ctr_log_record_t **ret, ctr_error_t **err);
int core_log_reader_wait(ctr_log_reader_t *r, const struct op_call *call, ctr_error_t **err);

#endif
