/* SPDX-License-Identifier: Apache-2.0 */
/* At most four threads that do the file I/O the event thread must not do. (owner: log) */
#ifndef CTR_HELPER_MONITOR_LOG_POOL_H
#define CTR_HELPER_MONITOR_LOG_POOL_H

#include <stdint.h>
#include "loop.h"

#define LOG_WORKERS_MAX 4

struct log_pool;

/* Part of what is worked on; belongs to the event thread, and between submit and done to the pool. */
struct log_task {
	void (*work)(struct log_task *t, char *buffer); /* in a worker; buffer: LOG_FILE_BUFFER bytes */
	void (*done)(struct log_task *t);               /* in the event thread; may submit again, may free it */
	struct log_task *next;
};

struct log_pool *log_pool_new(struct loop *loop);
/* Idle threads end; one that is stuck ends by itself when it comes back, its done is not called. */
void log_pool_free(struct log_pool *p);
/* Event thread only. Never fails: without any thread (no resources) it waits for the next try. */
void log_pool_submit(struct log_pool *p, struct log_task *t);
/* No new task is begun; 0 when none is under way, -EAGAIN when one still is after wait_ns */
int log_pool_pause(struct log_pool *p, uint64_t wait_ns);
void log_pool_resume(struct log_pool *p);

#endif
