/* SPDX-License-Identifier: Apache-2.0 */
/* Another boot or pid namespace, and the very first open: new lock segments, and rows as after a reboot. */
#include <stdlib.h>
#include "base/clock.h"
#include "base/mem.h"
#include "model/state.h"
#include "state/store.h"

struct epoch_row {
	int64_t num;
	uint32_t slot;
	int32_t state;
	char id[ID_SIZE];
};

struct epoch_rows {
	struct epoch_row *v;
	size_t n, size;
};

static void cleanup_rows(struct epoch_rows *rows)
{
	free(rows->v);
}

static int push_row(struct epoch_rows *rows, sqlite3_stmt *st, ctr_error_t **err)
{
	struct epoch_row *row;

	if (rows->n == rows->size) {
		size_t size = rows->size ? rows->size * 2 : 64;
		struct epoch_row *v = realloc(rows->v, size * sizeof(*v));

		if (!v)
			return error_no_memory(err);
		rows->v = v;
		rows->size = size;
	}
	row = &rows->v[rows->n++];
	row->num = sqlite3_column_int64(st, 0);
	row->slot = (uint32_t)sqlite3_column_int64(st, 1);
	row->state = sqlite3_column_int(st, 2);
	str_copy(row->id, sizeof(row->id), str_or_empty((const char *)sqlite3_column_text(st, 3)));
	return 0;
}

static int load_rows(struct conn *c, enum statement which, struct epoch_rows *rows, ctr_error_t **err)
{
	sqlite3_stmt *st CLEANUP_STMT = NULL;
	int r = stmt_get(c, which, &st, err);

	while (r >= 0 && (r = stmt_step(c, st, err)) > 0)
		r = push_row(rows, st, err);
	return r;
}

static int refresh_row(struct conn *c, struct lock_table *t, enum statement set, const struct epoch_row *row, ctr_error_t **err)
{
	sqlite3_stmt *st CLEANUP_STMT = NULL;
	CLEANUP_LOCK struct lock_guard guard = {0};
	uint64_t generation = 0;
	int r = lock_bind(t, row->slot, row->id, "new_epoch", &generation, &guard);

	if (r < 0)
		return error_set_errno(err, CTR_ERR_INTERNAL, DOMAIN_STATE, r, "cannot give object %.12s its lock slot %u again",
				       row->id, row->slot);
	r = stmt_get(c, set, &st, err);
	if (r < 0)
		return r;
	sqlite3_bind_int64(st, 1, row->num);
	sqlite3_bind_int64(st, 2, state_after_reboot(row->state));
	sqlite3_bind_int64(st, 3, (int64_t)generation);
	return stmt_step(c, st, err);
}

/* rows_of gives num, slot, state, id; set takes num, the state after a reboot (which a pod has none of), the generation. */
static int refresh_rows(struct conn *c, struct lock_table *t, enum statement rows_of, enum statement set, ctr_error_t **err)
{
	struct epoch_rows rows CLEANUP(cleanup_rows) = {0};
	int r = load_rows(c, rows_of, &rows, err);

	for (size_t i = 0; r >= 0 && i < rows.n; i++)
		r = refresh_row(c, t, set, &rows.v[i], err);
	return r;
}

static int make_segments(struct store *s, const char *uuid, uint64_t n, struct lock_table **ret, ctr_error_t **err)
{
	const char **uuids = mem_new0(n, sizeof(*uuids));
	int r = uuids ? 0 : error_no_memory(err);

	for (unsigned i = 0; r == 0 && i < n; i++) {
		uuids[i] = uuid;
		r = lock_segment_create(i, uuid, s->epoch, err);
	}
	if (r == 0)
		r = lock_table_open(uuids, (size_t)n, s->epoch, ret, err);
	if (r < 0) {
		for (unsigned i = 0; i < n; i++)
			lock_segment_remove(uuid, i);
	}
	free(uuids);
	return r;
}

/* The name of the segments to come, saved on its own before one of them exists. */
static int plan_uuid(struct store *s, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_FREE char *planned = NULL;
	struct txn t CLEANUP_TXN = {0};
	char uuid[37];
	int r = txn_begin(s, "new_epoch", call, &t, err);

	if (r < 0 || (r = meta_get(t.c, META_LOCK_NEXT, &planned, err)) < 0 || *str_or_empty(planned))
		return r;
	r = uuid_make(uuid, err);
	if (r == 0)
		r = meta_set(t.c, META_LOCK_NEXT, uuid, err);
	return r < 0 ? r : txn_commit(&t, err);
}

static int save_epoch(struct conn *c, const char *planned, uint64_t n, const struct store_facts *now, ctr_error_t **err)
{
	CLEANUP_FREE char *old = NULL;
	int r = meta_get(c, META_LOCK_UUID, &old, err);

	if (r < 0 || (r = meta_set(c, META_LOCK_OLD, str_or_empty(old), err)) < 0 ||
	    (r = meta_set(c, META_LOCK_UUID, planned, err)) < 0 || (r = meta_set(c, META_LOCK_NEXT, "", err)) < 0 ||
	    (r = meta_set_u64(c, META_LOCK_SEGMENTS, n, err)) < 0 ||
	    (r = meta_set(c, META_EPOCH, c->store->epoch, err)) < 0)
		return r;
	return facts_save_boot(c, now, err);
}

/* What was known of states before has to be read anew; the first open of all is no reboot. */
static int tell_refresh(struct conn *c, const char *old_epoch, ctr_error_t **err)
{
	struct event_list list = {.n = 0};
	int r = 0;

	if (!*str_or_empty(old_epoch))
		return 0;
	r = event_add_system(&list, "refresh", clock_realtime_ns()) < 0 ? error_no_memory(err) : event_put_all(c, &list, err);
	event_list_reset(&list);
	return r;
}

static int change(struct store *s, struct txn *t, const struct store_facts *now, ctr_error_t **err)
{
	CLEANUP_FREE char *epoch = NULL, *planned = NULL;
	struct lock_table *table = NULL;
	uint64_t n = 0;
	int r = meta_get(t->c, META_EPOCH, &epoch, err);

	/* Another process was first. */
	if (r < 0 || STREQ(str_or_empty(epoch), s->epoch))
		return r;
	r = meta_get(t->c, META_LOCK_NEXT, &planned, err);
	if (r == 0)
		r = meta_get_u64(t->c, META_LOCK_SEGMENTS, &n, err);
	if (r < 0)
		return r;
	n = n ? n : 1;
	r = make_segments(s, str_or_empty(planned), n, &table, err);
	if (r < 0)
		return r;
	r = refresh_rows(t->c, table, ST_CTR_EPOCH_ROWS, ST_CTR_EPOCH_SET, err);
	if (r >= 0)
		r = refresh_rows(t->c, table, ST_POD_EPOCH_ROWS, ST_POD_EPOCH_SET, err);
	if (r >= 0)
		r = save_epoch(t->c, planned, n, now, err);
	if (r >= 0)
		r = tell_refresh(t->c, epoch, err);
	if (r >= 0)
		r = txn_commit(t, err);
	lock_table_unref(table);
	/* Not after the transaction has ended: they could be those of the next process that tries. */
	for (unsigned i = 0; r < 0 && t->began && i < n; i++)
		lock_segment_remove(planned, i);
	return r;
}

/* lock_uuid_next is empty between another process's change and our plan: then the change finds the epoch done. */
int store_new_epoch(struct store *s, const char *epoch_id, const struct store_facts *now, const struct op_call *call,
		    ctr_error_t **err)
{
	struct lock_table *old = s->locks;
	struct txn t CLEANUP_TXN = {0};
	CLEANUP_CONN struct conn *c = NULL;
	char *epoch = str_dup(epoch_id);
	int r;

	if (!epoch)
		return error_no_memory(err);
	free(s->epoch);
	s->epoch = epoch;
	s->locks = NULL;
	r = plan_uuid(s, call, err);
	if (r == 0)
		r = txn_begin(s, "new_epoch", call, &t, err);
	if (r == 0)
		r = change(s, &t, now, err);
	txn_end(&t);
	if (r >= 0)
		r = conn_get(s, call, &c, err);
	if (r >= 0)
		r = segments_open(s, c, err);
	conn_put(TAKE_PTR(c));
	if (r >= 0)
		segments_remove_old(s, call);
	lock_table_unref(old);
	return r < 0 ? r : 0;
}
