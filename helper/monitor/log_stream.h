/* SPDX-License-Identifier: Apache-2.0 */
/* Output of containers on its way from pipes to log files: read by at most four worker threads, one per file at a time,
 * through the journal, so that a SIGKILL loses, repeats or tears no line. The event thread only learns what became readable. (owner: log) */
#ifndef CTR_HELPER_MONITOR_LOG_STREAM_H
#define CTR_HELPER_MONITOR_LOG_STREAM_H

#include <stdint.h>
#include "error/error.h"
#include "journal.h"
#include "loop.h"

struct log_engine;
struct log_stream;

/* A pipe for a container's output: ret[0] our read end (nonblocking), ret[1] the container's side, re-opened O_RDWR so that a missing reader is never
 * SIGPIPE. Both CLOEXEC and >= 3. 0 or -errno */
int log_pipe(int ret[2]);

/* journal is borrowed and outlives the engine; NULL only when no container is logged. Threads are started with the first output. */
struct log_engine *log_engine_new(struct loop *loop, struct journal *journal);
/* Every stream must be closed. Waits for no stuck worker: those are left behind. */
void log_engine_free(struct log_engine *e);

struct log_open {
	const char *id;
	uint64_t run;
	const char *driver;         /* "k8s-file", "json-file": the same; "none": read and thrown away */
	const char *path;           /* absolute; made (0640) when missing; NULL with "none" */
	int64_t max_size;           /* the file is rotated before it grows beyond; <= 0: no limit */
	int max_files;              /* this many are kept, the one that is written counts; 0 is 1 */
	int stdout_fd, stderr_fd;   /* read ends, the stream's from now on (on failure they stay the caller's); -1 = none */
	/* Called from the loop when a worker has opened the file (errnum 0), finished what an earlier monitor had read and not written for (id, run), or failed
	 * at it (it is tried again with the first output); may be NULL. */
	void (*opened)(void *userdata, int errnum);
	/* Called from the loop right before a pipe (0 stdout, 1 stderr) is closed because every writer has closed its side; may be NULL. */
	void (*ended)(void *userdata, unsigned pipe);
	void *userdata;
};
/* Does no file I/O: workers do. */
int log_stream_open(struct log_engine *e, const struct log_open *what, struct log_stream **ret, ctr_error_t **err);

/* After the container's end: fn is called from the loop once everything that was in the pipes at the time of this call is in the file, or after
 * limit_ns when the log is stalled (complete 0). The stream goes on reading afterwards (orphans of the container may still write). */
typedef void (*log_drained_fn)(void *userdata, int complete);
void log_stream_drain(struct log_stream *s, uint64_t limit_ns, log_drained_fn fn, void *userdata);

/* Nothing more is read; a drain that was asked for is not answered any more. A worker busy with it finishes its block by itself. NULL in, NULL out. */
struct log_stream *log_stream_close(struct log_stream *s);
/* 1 when every writer has closed its side */
int log_stream_ended(const struct log_stream *s);
/* Bytes dropped because the log had no space for 10 s (the file tells it in a record when there is space again) */
uint64_t log_stream_lost(const struct log_stream *s);

/* For a hand-over to a new monitor: no worker touches a pipe or a file after this returns 0; -EAGAIN when one is stuck (try again or leave it to the kill).
 * Waits at most wait_ns. log_engine_resume takes it back. */
int log_engine_pause(struct log_engine *e, uint64_t wait_ns);
void log_engine_resume(struct log_engine *e);

#endif
