/* SPDX-License-Identifier: Apache-2.0 */
/* Pods: read as snapshots, changed in one transaction each, with the rev discipline of containers. */
#include <stdlib.h>
#include "base/mem.h"
#include "state/store.h"

/* ---- reading ---- */

static int no_such(const char *what, ctr_error_t **err)
{
	error_set(err, CTR_ERR_NO_SUCH_POD, DOMAIN_STATE, "there is no pod \"%s\"; see the list of them", what);
	error_detail(err, "pod", what);
	return CTR_ERR_NO_SUCH_POD;
}

/* 1 = one row, 0 = none, 2 = more than one */
static int load_by(struct conn *c, enum statement which, const char *key, struct pod_row **ret, ctr_error_t **err)
{
	CLEANUP_POD struct pod_row *row = NULL;
	sqlite3_stmt *st CLEANUP_STMT = NULL;
	int r = stmt_get(c, which, &st, err);

	if (r < 0)
		return r;
	stmt_text(st, 1, key);
	r = stmt_step(c, st, err);
	if (r <= 0 || (r = pod_read(c, st, &row, err)) < 0)
		return r;
	r = stmt_step(c, st, err);
	if (r != 0)
		return r < 0 ? r : 2;
	*ret = TAKE_PTR(row);
	return 1;
}

int store_pod_load(struct store *s, const char *id, struct pod_row **ret, ctr_error_t **err)
{
	CLEANUP_CONN struct conn *c = NULL;
	int r = conn_get(s, NULL, &c, err);

	if (r == 0)
		r = load_by(c, ST_POD_BY_ID, id, ret, err);
	if (r <= 0)
		return r < 0 ? r : no_such(id, err);
	segments_follow(s, c, (*ret)->slot);
	return 0;
}

static int find(struct conn *c, const char *key, struct pod_row **ret, ctr_error_t **err)
{
	int r = load_by(c, ST_POD_BY_NAME, key, ret, err);

	if (r == 0 && ident_is_id_prefix(key))
		r = load_by(c, ST_POD_BY_PREFIX, key, ret, err);
	if (r == 1)
		return 0;
	if (r <= 0)
		return r < 0 ? r : no_such(key, err);
	error_set(err, CTR_ERR_AMBIGUOUS, DOMAIN_STATE, "more than one pod id begins with \"%s\": give more digits",
		  key);
	error_detail(err, "pod", key);
	return CTR_ERR_AMBIGUOUS;
}

int store_pod_find(struct store *s, const char *name_or_id, struct pod_row **ret, ctr_error_t **err)
{
	CLEANUP_CONN struct conn *c = NULL;
	int r = conn_get(s, NULL, &c, err);

	if (r == 0)
		r = find(c, name_or_id, ret, err);
	if (r == 0)
		segments_follow(s, c, (*ret)->slot);
	return r;
}

void pod_row_list_reset(struct pod_row_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		pod_row_unref(l->rows[i]);
	free(l->rows);
	*l = (struct pod_row_list){0};
}

static int push(struct pod_row_list *l, size_t *size, struct pod_row *row, ctr_error_t **err)
{
	if (l->n == *size) {
		size_t more = *size ? *size * 2 : 16;
		struct pod_row **rows = realloc(l->rows, more * sizeof(struct pod_row *));

		if (!rows) {
			pod_row_unref(row);
			return error_no_memory(err);
		}
		l->rows = rows;
		*size = more;
	}
	l->rows[l->n++] = row;
	return 0;
}

static int read_all(struct conn *c, enum statement which, struct pod_row_list *l, ctr_error_t **err)
{
	sqlite3_stmt *st CLEANUP_STMT = NULL;
	size_t size = 0;
	int r = stmt_get(c, which, &st, err);

	while (r >= 0 && (r = stmt_step(c, st, err)) > 0) {
		struct pod_row *row = NULL;

		r = pod_read(c, st, &row, err);
		if (r == 0)
			r = push(l, &size, row, err);
	}
	return r;
}

static int list(struct store *s, enum statement which, struct pod_row_list *ret, ctr_error_t **err)
{
	CLEANUP_CONN struct conn *c = NULL;
	struct pod_row_list l = {0};
	int r = conn_get(s, NULL, &c, err);

	if (r == 0)
		r = read_all(c, which, &l, err);
	if (r < 0) {
		pod_row_list_reset(&l);
		return r;
	}
	for (size_t i = 0; i < l.n; i++)
		segments_follow(s, c, l.rows[i]->slot);
	*ret = l;
	return 0;
}

int store_pod_list(struct store *s, struct pod_row_list *ret, ctr_error_t **err)
{
	return list(s, ST_POD_LIST, ret, err);
}

int store_pod_list_intents(struct store *s, struct pod_row_list *ret, ctr_error_t **err)
{
	return list(s, ST_POD_INTENTS, ret, err);
}

/* ---- changing ---- */

static int name_in_use(struct conn *c, const struct pod_row *row, ctr_error_t **err)
{
	sqlite3_stmt *st CLEANUP_STMT = NULL;
	const char *id;
	int r = stmt_get(c, ST_POD_NAME_OWNER, &st, err);

	if (r < 0)
		return r;
	stmt_text(st, 1, row->name);
	r = stmt_step(c, st, err);
	if (r <= 0)
		return r;
	id = str_or_empty((const char *)sqlite3_column_text(st, 0));
	error_set(err, CTR_ERR_NAME_IN_USE, DOMAIN_STATE,
		  "the name \"%s\" is in use by pod %.12s: remove it or choose another name", row->name, id);
	error_detail(err, "pod", id);
	if (sqlite3_column_int(st, 1) == INTENT_CREATE)
		error_detail(err, "intent_id", id);
	return CTR_ERR_NAME_IN_USE;
}

static int put_row(struct conn *c, const struct pod_row *row, ctr_error_t **err)
{
	sqlite3_stmt *st CLEANUP_STMT = NULL;
	int r = stmt_get(c, ST_POD_INSERT, &st, err);

	if (r < 0)
		return r;
	return pod_bind_insert(st, row) == SQLITE_OK ? stmt_step(c, st, err) : error_no_memory(err);
}

/* 1 = made, 0 = no slot left in the open segments */
static int insert_once(struct store *s, struct pod_row *row, const struct op_call *call, struct lock_guard *ret,
		       ctr_error_t **err)
{
	/* Below the transaction, so that a failed one is rolled back before the slot is let go. */
	CLEANUP_LOCK struct lock_guard guard = {0};
	struct txn t CLEANUP_TXN = {0};
	int r = txn_begin(s, "pod_create", call, &t, err);

	if (r < 0 || (r = name_in_use(t.c, row, err)) < 0)
		return r;
	r = slot_bind(t.c, row->id, "pod_create", &row->slot, &row->generation, &guard, err);
	if (r <= 0)
		return r;
	row->rev = 1;
	row->intent = INTENT_CREATE;
	r = put_row(t.c, row, err);
	if (r < 0 || (r = txn_commit(&t, err)) < 0)
		return r;
	lock_rev_set(s->locks, row->slot, row->rev);
	lock_set_rank(&guard, LOCK_RANK_POD);
	*ret = guard;
	guard.table = NULL;
	return 1;
}

int store_pod_insert(struct store *s, struct pod_row *row, const struct op_call *call, struct lock_guard *ret_guard,
		     ctr_error_t **err)
{
	int r;

	if (!s->locks)
		return store_no_locks(s, err);
	while ((r = insert_once(s, row, call, ret_guard, err)) == 0) {
		r = segments_grow(s, call, err);
		if (r < 0)
			return r;
	}
	return r < 0 ? r : 0;
}

static int nothing_changed(const struct pod_row *row, ctr_error_t **err)
{
	error_set(err, CTR_ERR_REMOVED, DOMAIN_STATE,
		  "pod %s (%.12s) has been removed, or changed by someone else while it was locked", row->name,
		  row->id);
	error_detail(err, "pod", row->id);
	return CTR_ERR_REMOVED;
}

static int save_in(struct conn *c, const struct pod_row *row, ctr_error_t **err)
{
	sqlite3_stmt *st CLEANUP_STMT = NULL;
	int r = stmt_get(c, ST_POD_SAVE, &st, err);

	if (r < 0)
		return r;
	if (pod_bind_save(st, row, row->rev + 1) != SQLITE_OK)
		return error_no_memory(err);
	r = stmt_step(c, st, err);
	return r == 0 && sqlite3_changes(c->db) == 0 ? nothing_changed(row, err) : r;
}

int store_pod_save(struct store *s, struct pod_row **row, const struct event_list *events, const struct op_call *call,
		   ctr_error_t **err)
{
	CLEANUP_POD struct pod_row *saved = NULL;
	struct txn t CLEANUP_TXN = {0};
	int r;

	if (!s->locks)
		return store_no_locks(s, err);
	saved = pod_row_copy(*row);
	if (!saved)
		return error_no_memory(err);
	lock_rev_set(s->locks, saved->slot, 0);
	r = txn_begin(s, "pod_save", call, &t, err);
	if (r == 0)
		r = save_in(t.c, saved, err);
	if (r == 0)
		r = event_put_all(t.c, events, err);
	if (r == 0)
		r = txn_commit(&t, err);
	if (r < 0)
		return r;
	saved->rev++;
	lock_rev_set(s->locks, saved->slot, saved->rev);
	pod_row_unref(*row);
	*row = TAKE_PTR(saved);
	return 0;
}

static int delete_in(struct conn *c, const struct pod_row *row, ctr_error_t **err)
{
	sqlite3_stmt *st CLEANUP_STMT = NULL;
	int r = stmt_get(c, ST_POD_DELETE, &st, err);

	if (r < 0)
		return r;
	stmt_text(st, 1, row->id);
	r = stmt_step(c, st, err);
	if (r == 0 && sqlite3_changes(c->db) == 0)
		r = nothing_changed(row, err);
	return r < 0 ? r : slot_give(c, row->slot, err);
}

int store_pod_delete(struct store *s, struct pod_row *row, const struct event_list *events, const struct op_call *call,
		     ctr_error_t **err)
{
	struct txn t CLEANUP_TXN = {0};
	int r;

	if (!s->locks)
		return store_no_locks(s, err);
	lock_rev_set(s->locks, row->slot, 0);
	r = txn_begin(s, "pod_remove", call, &t, err);
	if (r == 0)
		r = delete_in(t.c, row, err);
	if (r == 0)
		r = event_put_all(t.c, events, err);
	if (r == 0)
		r = txn_commit(&t, err);
	if (r < 0)
		return r;
	lock_unbind(s->locks, row->slot);
	return 0;
}
