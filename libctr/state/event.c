/* SPDX-License-Identifier: Apache-2.0 */
/* Events are rows of the same database, written in the transaction of the change they tell of: none is lost, none tells of a
 * change that never was, and their numbers are monotonic and without holes for the life of the store. */
#include "state/store.h"

/* How many events share the work of taking the oldest away. */
#define PRUNE_EVERY_MAX 1024

void store_events_keep(struct store *s, uint64_t n)
{
	s->events_kept = n;
}

static int put_one(struct conn *c, const struct event *event, ctr_error_t **err)
{
	sqlite3_stmt *st CLEANUP_STMT = NULL;
	int r = stmt_get(c, ST_EVENT_PUT, &st, err);

	if (r < 0)
		return r;
	sqlite3_bind_int64(st, 1, event->time_ns);
	if (stmt_text(st, 2, event->text) != SQLITE_OK)
		return error_no_memory(err);
	return stmt_step(c, st, err);
}

/* first, last: the numbers just given */
static int prune(struct conn *c, uint64_t first, uint64_t last, ctr_error_t **err)
{
	uint64_t kept = c->store->events_kept, every = kept / 8 + 1;
	sqlite3_stmt *st CLEANUP_STMT = NULL;
	int r;

	every = every > PRUNE_EVERY_MAX ? PRUNE_EVERY_MAX : every;
	if (last <= kept || (first - 1) / every == last / every)
		return 0;
	r = stmt_get(c, ST_EVENT_PRUNE, &st, err);
	if (r < 0)
		return r;
	sqlite3_bind_int64(st, 1, (int64_t)(last - kept));
	return stmt_step(c, st, err);
}

int event_put_all(struct conn *c, const struct event_list *events, ctr_error_t **err)
{
	uint64_t last;
	int r = 0;

	if (!events || !events->n)
		return 0;
	for (size_t i = 0; r == 0 && i < events->n; i++)
		r = put_one(c, &events->events[i], err);
	if (r < 0)
		return r;
	c->told = 1;
	last = (uint64_t)sqlite3_last_insert_rowid(c->db);
	return prune(c, last - events->n + 1, last, err);
}

int store_events_put(struct store *s, const struct event_list *events, const struct op_call *call, ctr_error_t **err)
{
	struct txn t CLEANUP_TXN = {0};
	int r;

	if (!events->n)
		return 0;
	r = txn_begin(s, "event", call, &t, err);
	if (r == 0)
		r = event_put_all(t.c, events, err);
	return r < 0 ? r : txn_commit(&t, err);
}
