/* SPDX-License-Identifier: Apache-2.0 */
/* Events are rows of the same database, written in the transaction of the change they tell of: none is lost, none tells of a
 * change that never was, and their numbers are monotonic for the life of the store. */
#include "state/store.h"

int event_put_all(struct conn *c, const struct event_list *events, ctr_error_t **err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && events && i < events->n; i++) {
		sqlite3_stmt *st CLEANUP_STMT = NULL;

		r = stmt_get(c, ST_EVENT_PUT, &st, err);
		if (r < 0)
			return r;
		sqlite3_bind_int64(st, 1, events->events[i].time_ns);
		stmt_text(st, 2, events->events[i].text);
		r = stmt_step(c, st, err);
	}
	return r;
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
