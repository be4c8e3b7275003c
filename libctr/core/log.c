/* SPDX-License-Identifier: Apache-2.0 */
/* Telling the host's log function; silence without one. It may call the library, so it is never called under a lock:
 * what is said there waits until the thread has released its locks. */
#include <pthread.h>
#include <stdarg.h>
#include <string.h>
#include "base/mem.h"
#include "core/core.h"
#include "lock/lock.h"
#include "os/proc.h"

struct log_entry {
	struct log_entry *next;
	pid_t tid;
	int32_t level;
	char *domain, *message, *fields;
};

struct log_queue {
	pthread_mutex_t mutex;
	struct log_entry *first, **last;
};

struct log_queue *log_queue_new(void)
{
	struct log_queue *q = NEW0(struct log_queue);

	if (!q)
		return NULL;
	pthread_mutex_init(&q->mutex, NULL);
	q->last = &q->first;
	return q;
}

static void entry_free(struct log_entry *entry)
{
	free(entry->domain);
	free(entry->message);
	free(entry->fields);
	free(entry);
}

struct log_queue *log_queue_free(struct log_queue *q)
{
	if (!q)
		return NULL;
	for (struct log_entry *entry = q->first, *next; entry; entry = next) {
		next = entry->next;
		entry_free(entry);
	}
	pthread_mutex_destroy(&q->mutex);
	free(q);
	return NULL;
}

static void say(ctr_engine_t *e, const struct log_entry *entry)
{
	e->config.log_fn(entry->level, entry->domain, entry->message, entry->fields, e->config.log_userdata);
}

static struct log_entry *take_mine(struct log_queue *q, pid_t tid)
{
	struct log_entry *found = NULL, **p;

	pthread_mutex_lock(&q->mutex);
	for (p = &q->first; *p && !found; p = found ? p : &(*p)->next) {
		if ((*p)->tid != tid)
			continue;
		found = *p;
		*p = found->next;
		if (q->last == &found->next)
			q->last = p;
	}
	pthread_mutex_unlock(&q->mutex);
	return found;
}

void core_log_flush(ctr_engine_t *e)
{
	struct log_entry *entry;
	pid_t tid = os_gettid();

	if (!e->config.log_fn || lock_held_by_me(store_locks(e->store)))
		return;
	while ((entry = take_mine(e->log_queue, tid))) {
		say(e, entry);
		entry_free(entry);
	}
}

static void push(struct log_queue *q, struct log_entry *entry)
{
	pthread_mutex_lock(&q->mutex);
	*q->last = entry;
	q->last = &entry->next;
	pthread_mutex_unlock(&q->mutex);
}

void core_log(ctr_engine_t *e, int32_t level, const char *domain, const char *id, const char *fmt, ...)
{
	struct log_entry *entry;
	va_list ap;

	if (!e->config.log_fn || level > e->config.log_level)
		return;
	entry = NEW0(struct log_entry);
	if (!entry)
		return;
	va_start(ap, fmt);
	entry->message = str_vprintf(fmt, ap);
	va_end(ap);
	entry->fields = id ? str_printf("{\"container\":\"%s\"}", id) : str_dup("{}");
	entry->level = level;
	entry->domain = str_dup(domain);
	entry->tid = os_gettid();
	if (!entry->domain || !entry->message || !entry->fields) {
		entry_free(entry);
		return;
	}
	if (e->store && lock_held_by_me(store_locks(e->store))) {
		push(e->log_queue, entry);
		return;
	}
	say(e, entry);
	entry_free(entry);
}

int core_check_fork(pid_t maker, ctr_error_t **err)
{
	if (maker == getpid())
		return 0;
	return error_set(err, CTR_ERR_FORKED, DOMAIN_CORE,
			 "this handle was made by process %d and cannot be used in process %d, a fork of it; open an engine here",
			 (int)maker, (int)getpid());
}
