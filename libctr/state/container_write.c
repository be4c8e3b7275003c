/* SPDX-License-Identifier: Apache-2.0 */
/* Changing containers: one transaction per change, the slot's rev 0 before it and the new rev after it. */
#include <string.h>
#include "base/mem.h"
#include "model/state.h"
#include "state/store.h"

static int name_in_use(struct conn *c, const struct container_row *row, const char *name, ctr_error_t **err)
{
	sqlite3_stmt *st CLEANUP_STMT = NULL;
	const char *id;
	int r = stmt_get(c, ST_CTR_NAME_OWNER, &st, err);

	if (r < 0)
		return r;
	stmt_text(st, 1, name);
	r = stmt_step(c, st, err);
	if (r <= 0)
		return r;
	id = str_or_empty((const char *)sqlite3_column_text(st, 0));
	if (STREQ(id, row->id))
		return 0;
	error_set(err, CTR_ERR_NAME_IN_USE, DOMAIN_STATE,
		  "the name \"%s\" is in use by container %.12s: remove it or choose another name", name, id);
	error_detail(err, "container", id);
	if (sqlite3_column_int(st, 1) == INTENT_CREATE)
		error_detail(err, "intent_id", id);
	return CTR_ERR_NAME_IN_USE;
}

static int put_config(struct conn *c, const struct container_row *row, ctr_error_t **err)
{
	sqlite3_stmt *st CLEANUP_STMT = NULL;
	int r = stmt_get(c, ST_CTR_CONFIG_PUT, &st, err);

	if (r < 0)
		return r;
	stmt_text(st, 1, row->id);
	stmt_text(st, 2, row->config);
	return stmt_step(c, st, err);
}

static int put_row(struct conn *c, const struct container_row *row, ctr_error_t **err)
{
	sqlite3_stmt *st CLEANUP_STMT = NULL;
	int r = stmt_get(c, ST_CTR_INSERT, &st, err);

	if (r < 0)
		return r;
	if (row_bind_insert(st, row) != SQLITE_OK)
		return error_no_memory(err);
	r = stmt_step(c, st, err);
	return r < 0 ? r : put_config(c, row, err);
}

/* 1 = made, 0 = no slot left in the open segments */
static int insert_once(struct store *s, struct container_row *row, const struct op_call *call, struct lock_guard *ret,
		       ctr_error_t **err)
{
	/* Below the transaction, so that a failed one is rolled back before the slot is let go. */
	CLEANUP_LOCK struct lock_guard guard = {0};
	struct txn t CLEANUP_TXN = {0};
	int r = txn_begin(s, "container_create", call, &t, err);

	if (r < 0 || (r = name_in_use(t.c, row, row->name, err)) < 0)
		return r;
	r = slot_bind(t.c, row->id, "container_create", &row->slot, &row->generation, &guard, err);
	if (r <= 0)
		return r;
	row->rev = 1;
	row->state = CTR_STATE_CONFIGURED;
	row->intent = INTENT_CREATE;
	r = put_row(t.c, row, err);
	if (r == 0)
		r = depend_put_all(t.c, row, err);
	if (r < 0 || (r = txn_commit(&t, err)) < 0)
		return r;
	lock_rev_set(s->locks, row->slot, row->rev);
	*ret = guard;
	guard.table = NULL;
	return 1;
}

int store_container_insert(struct store *s, struct container_row *row, const struct op_call *call, struct lock_guard *ret_guard,
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

static int removed(const struct container_row *row, ctr_error_t **err)
{
	error_set(err, CTR_ERR_REMOVED, DOMAIN_STATE, "container %s (%.12s) has been removed", row->name, row->id);
	error_detail(err, "container", row->id);
	return CTR_ERR_REMOVED;
}

static int stale(const struct container_row *row, ctr_error_t **err)
{
	return error_set(err, CTR_ERR_INTERNAL, DOMAIN_STATE,
			 "container %s (%.12s) was changed by someone else while it was locked; nothing was saved", row->name,
			 row->id);
}

/* The row as it is must be the one that row was made from, and its state one that may become row's. row->entered is
 * brought up to date. 1: the state changes */
static int check_change(struct conn *c, struct container_row *row, ctr_error_t **err)
{
	sqlite3_stmt *st CLEANUP_STMT = NULL;
	int r = stmt_get(c, ST_CTR_STATE, &st, err), state;

	if (r < 0)
		return r;
	stmt_text(st, 1, row->id);
	r = stmt_step(c, st, err);
	if (r <= 0)
		return r < 0 ? r : removed(row, err);
	if ((uint64_t)sqlite3_column_int64(st, 1) != row->rev)
		return stale(row, err);
	state = sqlite3_column_int(st, 0);
	row->entered = (uint64_t)sqlite3_column_int64(st, 2);
	if (state == row->state)
		return 0;
	row->entered = container_row_enter(row->entered, row->state);
	if (row->state == CTR_STATE_REMOVING && (r = depend_check_none(c, row, err)) < 0)
		return r;
	if (state_may_follow(state, row->state))
		return 1;
	return error_set(err, CTR_ERR_INTERNAL, DOMAIN_STATE, "container %s (%.12s) cannot go from %s to %s", row->name, row->id,
			 state_name(state), state_name(row->state));
}

/* The caller's own copy is changed in place; a shared one is left alone. */
static int own_row(struct container_row **row, ctr_error_t **err)
{
	struct container_row *copy;

	if (atomic_load(&(*row)->refs) == 1)
		return 0;
	copy = container_row_copy(*row);
	if (!copy)
		return error_no_memory(err);
	container_row_unref(*row);
	*row = copy;
	return 0;
}

static int save_in(struct conn *c, struct container_row *row, ctr_error_t **err)
{
	sqlite3_stmt *st CLEANUP_STMT = NULL;
	int changes = check_change(c, row, err), r;

	if (changes < 0 || (r = stmt_get(c, ST_CTR_SAVE, &st, err)) < 0)
		return changes < 0 ? changes : r;
	if (row_bind_save(st, row, row->rev + 1) != SQLITE_OK)
		return error_no_memory(err);
	r = stmt_step(c, st, err);
	/* A row from a list carries no config. */
	if (r == 0 && *str_or_empty(row->config))
		r = put_config(c, row, err);
	if (r == 0 && changes)
		bell_ring_container(c->store, row->id);
	return r;
}

/* From here on nobody believes a cached row; after the commit again those of the new rev. */
static int commit_rev(struct store *s, struct txn *t, struct container_row **row, ctr_error_t **err)
{
	int r = txn_commit(t, err);

	if (r < 0)
		return r;
	(*row)->rev++;
	lock_rev_set(s->locks, (*row)->slot, (*row)->rev);
	return 0;
}

int store_container_save(struct store *s, struct container_row **row, const struct event_list *events, const struct op_call *call,
			 ctr_error_t **err)
{
	struct txn t CLEANUP_TXN = {0};
	int r;

	if (!s->locks)
		return store_no_locks(s, err);
	r = own_row(row, err);
	if (r < 0)
		return r;
	lock_rev_set(s->locks, (*row)->slot, 0);
	r = txn_begin(s, "container_save", call, &t, err);
	if (r == 0)
		r = save_in(t.c, *row, err);
	if (r == 0)
		r = event_put_all(t.c, events, err);
	return r < 0 ? r : commit_rev(s, &t, row, err);
}

static int rename_in(struct conn *c, struct container_row *row, const char *name, ctr_error_t **err)
{
	sqlite3_stmt *st CLEANUP_STMT = NULL;
	int r = check_change(c, row, err);

	if (r < 0 || (r = name_in_use(c, row, name, err)) < 0 || (r = stmt_get(c, ST_CTR_RENAME, &st, err)) < 0)
		return r;
	stmt_text(st, 1, row->id);
	sqlite3_bind_int64(st, 2, (int64_t)row->rev);
	stmt_text(st, 3, name);
	r = stmt_step(c, st, err);
	if (r == 0 && *str_or_empty(row->config))
		r = put_config(c, row, err);
	return r;
}

int store_container_rename(struct store *s, struct container_row **row, const char *name, const struct event_list *events,
			   const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_ROW struct container_row *renamed = NULL;
	struct txn t CLEANUP_TXN = {0};
	int r;

	if (!s->locks)
		return store_no_locks(s, err);
	renamed = container_row_copy(*row);
	if (!renamed || container_row_set(&renamed->name, name) < 0)
		return error_no_memory(err);
	lock_rev_set(s->locks, (*row)->slot, 0);
	r = txn_begin(s, "container_rename", call, &t, err);
	if (r == 0)
		r = rename_in(t.c, renamed, name, err);
	if (r == 0)
		r = event_put_all(t.c, events, err);
	if (r == 0)
		r = commit_rev(s, &t, &renamed, err);
	if (r < 0)
		return r;
	container_row_unref(*row);
	*row = TAKE_PTR(renamed);
	return 0;
}

static int delete_in(struct conn *c, const struct container_row *row, const struct exit_record *rec, ctr_error_t **err)
{
	static const enum statement by_id[] = {ST_CTR_CONFIG_DELETE, ST_DEPEND_DELETE, ST_CTR_DELETE};
	int r = rec ? exit_put(c, rec, err) : 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(by_id); i++) {
		sqlite3_stmt *st CLEANUP_STMT = NULL;

		r = stmt_get(c, by_id[i], &st, err);
		if (r == 0) {
			stmt_text(st, 1, row->id);
			r = stmt_step(c, st, err);
		}
	}
	if (r == 0 && sqlite3_changes(c->db) == 0)
		r = removed(row, err);
	return r < 0 ? r : slot_give(c, row->slot, err);
}

int store_container_delete(struct store *s, struct container_row *row, const struct exit_record *rec, const struct event_list *events,
			   const struct op_call *call, ctr_error_t **err)
{
	struct txn t CLEANUP_TXN = {0};
	int r;

	if (!s->locks)
		return store_no_locks(s, err);
	lock_rev_set(s->locks, row->slot, 0);
	r = txn_begin(s, "container_remove", call, &t, err);
	if (r == 0)
		r = delete_in(t.c, row, rec, err);
	if (r == 0)
		r = event_put_all(t.c, events, err);
	if (r == 0)
		bell_ring_container(s, row->id);
	if (r == 0)
		r = txn_commit(&t, err);
	if (r < 0)
		return r;
	lock_unbind(s->locks, row->slot);
	return 0;
}
