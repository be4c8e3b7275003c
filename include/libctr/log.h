/* SPDX-License-Identifier: Apache-2.0 */
/* Logs: what a container has said and goes on saying, as records, each once and in order.
 *
 * A log is a file of lines in the k8s-file format (ctr_status_log_path()); once it has reached its max-size it becomes
 * PATH.1, and what was that PATH.2, up to max-file files. A reader reads them as one log, from the oldest on, and goes on
 * across rotations. Each line is a record and has a number, which grows by one and is never given twice in the life of
 * the container. What is missing is told: by a record of stream CTR_STREAM_GAP.
 *
 * Readers take no lock and wait for nobody: not for the container, not for the monitor, not for other readers. */
#ifndef LIBCTR_LOG_H
#define LIBCTR_LOG_H

#include <libctr/types.h>
#include <libctr/error.h>
#include <libctr/op.h>
#include <libctr/container.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ctr_log_reader ctr_log_reader_t;
typedef struct ctr_log_record ctr_log_record_t;

/* What a record came from. GAP: its data is one uint64_t, the bytes of output that are missing here, 0 = not known. */
enum { CTR_STREAM_STDIN = 0, CTR_STREAM_STDOUT = 1, CTR_STREAM_STDERR = 2, CTR_STREAM_GAP = 3 };

/* struct ctr_log_opts.streams: bits. The plain numbers, for languages without macros: STDIN 1, STDOUT 2, STDERR 4. */
#define CTR_STREAMS_STDIN UINT64_C(1)
#define CTR_STREAMS_STDOUT UINT64_C(2)
#define CTR_STREAMS_STDERR UINT64_C(4)

/* For ctr_container_logs. All zero but size = everything there is, then the end. Version 1: 56 bytes. */
struct ctr_log_opts {
	size_t size;	    /* sizeof(struct ctr_log_opts) */
	const char *cursor; /* go on after the record this is of (ctr_log_record_cursor()); borrowed; NULL = from the oldest */
	int64_t since_ns;   /* only records of this time or later; ns since 1970 UTC, 0 = unset */
	int64_t until_ns;   /* only records before this time; with follow the end comes then; ns since 1970 UTC, 0 = unset */
	int64_t tail;	    /* only the last lines, this many, of the chosen streams and times; 0 = all, -1 = none; not with cursor */
	uint64_t streams;   /* CTR_STREAMS_STDOUT, CTR_STREAMS_STDERR; 0 = both; gaps belong to both */
	int32_t follow;	    /* 1: wait for more until the container has ended; 0: after the last record is the end */
	int32_t reserved1;  /* 0 */
};

/**
 * ctr_log_opts_init - zeroes an option struct and sets its size
 * @opts: the struct; NULL does nothing
 * @size: sizeof(struct ctr_log_opts) as the caller knows it
 *
 * Returns: nothing
 * Errors: none; a size below sizeof(size_t) does nothing
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API void ctr_log_opts_init(struct ctr_log_opts *opts, size_t size);

/**
 * ctr_container_logs - begins to read a container's log
 * @c: the container
 * @opts: where to begin, what to leave out, whether to wait for more; borrowed for the call; NULL = all there is
 * @op: limits, may be NULL
 * @ret: the reader, for ctr_log_reader_unref()
 * @err: error, may be NULL
 *
 * A line is a run of partial records and the whole one that ends it; tail counts the whole ones, and what follows the last
 * of them comes too. A container that was given the caller's descriptors at its start has said nothing into its log.
 *
 * With follow the end comes once the container has ended and all it said has been handed out: nothing it says before its
 * end is missed. It does not come while a restart policy is going to start the container again, nor in the middle of
 * ctr_container_restart(); the records of the next run follow. A container that has not been started yet is waited for.
 * After removal what is in the files that were there is handed out, and then comes the end.
 *
 * A cursor whose record has been rotated away since begins with a gap.
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_NO_LOGS (the log driver of the container is none or passthrough), CTR_ERR_INVALID_ARG (a text that is no
 * cursor, tail below -1, tail with cursor, unknown streams), CTR_ERR_UNSUPPORTED_OPTION, CTR_ERR_PERMISSION, CTR_ERR_IO,
 * CTR_ERR_NO_RESOURCES, CTR_ERR_TIMEOUT, CTR_ERR_CANCELLED; nothing is made
 * Threads: any thread
 * Op class: control
 * Since: 0.1
 */
CTR_API int ctr_container_logs(ctr_container_t *c, const struct ctr_log_opts *opts, ctr_op_t *op, ctr_log_reader_t **ret,
			       ctr_error_t **err);

/**
 * ctr_log_reader_ref - takes a reference
 * @r: the reader, may be NULL
 *
 * Returns: r
 * Errors: none
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API ctr_log_reader_t *ctr_log_reader_ref(ctr_log_reader_t *r);

/**
 * ctr_log_reader_unref - gives a reference back; with the last one the reader and its descriptors go
 * @r: (taken) the reader, may be NULL
 *
 * Returns: NULL
 * Errors: none
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API ctr_log_reader_t *ctr_log_reader_unref(ctr_log_reader_t *r);

/**
 * ctr_log_reader_fd - the descriptor for an event loop
 * @r: the reader
 *
 * POLLIN whenever ctr_log_reader_next() would not answer CTR_ERR_WOULD_BLOCK. It may be readable once without a record;
 * call ctr_log_reader_next() until it answers CTR_ERR_WOULD_BLOCK, and it sleeps until there is something. Poll it only.
 *
 * Returns: (borrowed) the descriptor, close-on-exec, 3 or more, the same for the life of the reader; 0 for NULL, in a
 * forked child CTR_ERR_FORKED
 * Errors: none
 * Threads: one thread at a time
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_log_reader_fd(const ctr_log_reader_t *r);

/**
 * ctr_log_reader_next - takes the next record, if there is one
 * @r: the reader
 * @ret: the record, for ctr_log_record_unref()
 * @err: error, may be NULL
 *
 * Returns: 0; CTR_ERR_WOULD_BLOCK when there is none yet, and CTR_ERR_END after the last one, both without an error
 * object; or another negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG, CTR_ERR_NO_RESOURCES, CTR_ERR_STORE_DAMAGED, CTR_ERR_IO; no record is skipped, the call may
 * be repeated
 * Threads: one thread at a time
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_log_reader_next(ctr_log_reader_t *r, ctr_log_record_t **ret, ctr_error_t **err);

/**
 * ctr_log_reader_wait - waits until ctr_log_reader_next() has something to say: a record, or the end
 * @r: the reader
 * @op: limits, may be NULL
 * @err: error, may be NULL
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG, CTR_ERR_NO_RESOURCES, CTR_ERR_STORE_DAMAGED, CTR_ERR_IO, CTR_ERR_TIMEOUT,
 * CTR_ERR_CANCELLED, CTR_ERR_INTERRUPTED; no record is skipped
 * Threads: one thread at a time
 * Op class: waiting
 * Since: 0.1
 */
CTR_API int ctr_log_reader_wait(ctr_log_reader_t *r, ctr_op_t *op, ctr_error_t **err);

/**
 * ctr_log_record_ref - takes a reference
 * @rec: the record, may be NULL
 *
 * Returns: rec
 * Errors: none
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API ctr_log_record_t *ctr_log_record_ref(ctr_log_record_t *rec);

/**
 * ctr_log_record_unref - gives a reference back
 * @rec: (taken) the record, may be NULL
 *
 * Returns: NULL
 * Errors: none
 * Threads: any thread; also in a forked child
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API ctr_log_record_t *ctr_log_record_unref(ctr_log_record_t *rec);

/**
 * ctr_log_record_data - what was said
 * @rec: the record
 * @ret_len: how many bytes; may be NULL
 *
 * The container's bytes, with the newline that ended the line; a partial record has none. A NUL follows that is not
 * counted. Of a gap: one uint64_t in the machine's byte order, aligned.
 *
 * Returns: (borrowed) the bytes; NULL and 0 for NULL
 * Errors: none
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API const void *ctr_log_record_data(const ctr_log_record_t *rec, size_t *ret_len);

/**
 * ctr_log_record_stream - what it was said to
 * @rec: the record
 *
 * Returns: CTR_STREAM_STDOUT, CTR_STREAM_STDERR or CTR_STREAM_GAP; 0 for NULL
 * Errors: none
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int32_t ctr_log_record_stream(const ctr_log_record_t *rec);

/**
 * ctr_log_record_time_ns - when the monitor read it
 * @rec: the record
 *
 * Returns: ns since 1970 UTC; of a gap the time of the record before it, 0 when there is none; 0 for NULL
 * Errors: none
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int64_t ctr_log_record_time_ns(const ctr_log_record_t *rec);

/**
 * ctr_log_record_seq - the number of the record in its container's log
 * @rec: the record
 *
 * Consecutive, from 1 on, also across runs and rotations. A gap that stands for records that were rotated away has the
 * number of the last of them.
 *
 * Returns: the number; 0 for NULL
 * Errors: none
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API uint64_t ctr_log_record_seq(const ctr_log_record_t *rec);

/**
 * ctr_log_record_partial - whether the line goes on in the next record of the same stream
 * @rec: the record
 *
 * Returns: 1 or 0; 0 for NULL
 * Errors: none
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_log_record_partial(const ctr_log_record_t *rec);

/**
 * ctr_log_record_cursor - a text to go on after this record with: struct ctr_log_opts.cursor
 * @rec: the record
 *
 * Good for the life of the container, in any process. What is in it is libctr's own affair.
 *
 * Returns: (borrowed) the text; "" for NULL
 * Errors: none
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API const char *ctr_log_record_cursor(const ctr_log_record_t *rec);

#ifdef __cplusplus
}
#endif

#endif
