/* SPDX-License-Identifier: Apache-2.0 */
/* Reading containers: snapshots of the database that never wait for a writer. */
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "base/strv.h"
#include "state/store.h"

static int no_such(const char *what, ctr_error_t **err)
{
	error_set(err, CTR_ERR_NO_SUCH_CONTAINER, DOMAIN_STATE, "there is no container \"%s\"; see the list of them", what);
	error_detail(err, "container", what);
	return CTR_ERR_NO_SUCH_CONTAINER;
}

/* 1 = one row, 0 = none, 2 = more than one */
static int load_by(struct conn *c, enum statement which, const char *key, struct container_row **ret, ctr_error_t **err)
{
	CLEANUP_ROW struct container_row *row = NULL;
	sqlite3_stmt *st CLEANUP_STMT = NULL;
	int r = stmt_get(c, which, &st, err);

	if (r < 0)
		return r;
	stmt_text(st, 1, key);
	r = stmt_step(c, st, err);
	if (r <= 0)
		return r;
	r = row_read(c, st, CONFIG_ALWAYS, &row, err);
	if (r < 0)
		return r;
	r = stmt_step(c, st, err);
	if (r < 0)
		return r;
	if (r > 0)
		return 2;
	*ret = TAKE_PTR(row);
	return 1;
}

static void hand_out(struct conn *c, struct container_row *row, struct container_row **ret)
{
	segments_follow(c->store, c, row->slot);
	*ret = row;
}

int store_container_load(struct store *s, const char *id, struct container_row **ret, ctr_error_t **err)
{
	CLEANUP_CONN struct conn *c = NULL;
	struct container_row *row;
	int r = conn_get(s, NULL, &c, err);

	if (r < 0)
		return r;
	r = load_by(c, ST_CTR_BY_ID, id, &row, err);
	if (r < 0)
		return r;
	if (r == 0)
		return no_such(id, err);
	hand_out(c, row, ret);
	return 0;
}

static int find(struct conn *c, const char *key, struct container_row **ret, ctr_error_t **err)
{
	CLEANUP_ROW struct container_row *row = NULL;
	int r = load_by(c, ST_CTR_BY_NAME, key, ret, err);

	if (r != 0)
		return r < 0 ? r : 0;
	if (!ident_is_id_prefix(key))
		return no_such(key, err);
	r = load_by(c, ST_CTR_BY_PREFIX, key, &row, err);
	if (r < 0)
		return r;
	if (r == 0)
		return no_such(key, err);
	if (r == 2) {
		error_set(err, CTR_ERR_AMBIGUOUS, DOMAIN_STATE, "more than one container id begins with \"%s\": give more digits", key);
		error_detail(err, "container", key);
		return CTR_ERR_AMBIGUOUS;
	}
	*ret = TAKE_PTR(row);
	return 0;
}

int store_container_find(struct store *s, const char *name_or_id, struct container_row **ret, ctr_error_t **err)
{
	CLEANUP_CONN struct conn *c = NULL;
	struct container_row *row;
	int r = conn_get(s, NULL, &c, err);

	if (r == 0)
		r = find(c, name_or_id, &row, err);
	if (r < 0)
		return r;
	hand_out(c, row, ret);
	return 0;
}

void row_list_reset(struct row_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		container_row_unref(l->rows[i]);
	free(l->rows);
	*l = (struct row_list){0};
}

static int push(struct row_list *l, size_t *size, struct container_row *row)
{
	if (l->n == *size) {
		size_t more = *size ? *size * 2 : 64;
		struct container_row **rows = realloc(l->rows, more * sizeof(struct container_row *));

		if (!rows)
			return -1;
		l->rows = rows;
		*size = more;
	}
	l->rows[l->n++] = row;
	return 0;
}

static int by_time(const void *a, const void *b)
{
	const struct container_row *x = *(struct container_row *const *)a, *y = *(struct container_row *const *)b;

	if (x->created_ns != y->created_ns)
		return x->created_ns < y->created_ns ? -1 : 1;
	return strcmp(x->id, y->id);
}

/* Rows mostly come in the order in which they were made. */
static void sort(struct row_list *l)
{
	for (size_t i = 1; i < l->n; i++) {
		if (by_time(&l->rows[i - 1], &l->rows[i]) > 0) {
			qsort(l->rows, l->n, sizeof(struct container_row *), by_time);
			return;
		}
	}
}

static int read_all(struct conn *c, sqlite3_stmt *st, int with_config, struct row_list *l, uint32_t *ret_top, ctr_error_t **err)
{
	size_t size = 0;
	int r;

	while ((r = stmt_step(c, st, err)) > 0) {
		struct container_row *row = NULL;

		r = row_read(c, st, with_config, &row, err);
		if (r < 0)
			return r;
		if (push(l, &size, row) < 0) {
			container_row_unref(row);
			return error_no_memory(err);
		}
		if (row->slot > *ret_top)
			*ret_top = row->slot;
	}
	return r;
}

static int list(struct store *s, enum statement which, const char *key, int with_config, struct row_list *ret, ctr_error_t **err)
{
	CLEANUP_CONN struct conn *c = NULL;
	sqlite3_stmt *st CLEANUP_STMT = NULL;
	struct row_list l = {0};
	uint32_t top = 0;
	int r = conn_get(s, NULL, &c, err);

	if (r == 0)
		r = stmt_get(c, which, &st, err);
	if (r == 0 && key)
		stmt_text(st, 1, key);
	if (r == 0)
		r = read_all(c, st, with_config, &l, &top, err);
	if (r < 0) {
		row_list_reset(&l);
		return r;
	}
	segments_follow(s, c, top);
	sort(&l);
	*ret = l;
	return 0;
}

int store_container_list(struct store *s, struct row_list *ret, ctr_error_t **err)
{
	return list(s, ST_CTR_LIST, NULL, CONFIG_IF_THERE, ret, err);
}

int store_container_list_intents(struct store *s, struct row_list *ret, ctr_error_t **err)
{
	return list(s, ST_CTR_INTENTS, NULL, CONFIG_ALWAYS, ret, err);
}

int store_container_list_pod(struct store *s, const char *pod_id, struct row_list *ret, ctr_error_t **err)
{
	return list(s, ST_CTR_LIST_POD, pod_id, CONFIG_IF_THERE, ret, err);
}

int store_live_monitors(struct store *s, char ***ret, ctr_error_t **err)
{
	CLEANUP_CONN struct conn *c = NULL;
	CLEANUP_STRV char **keys = NULL;
	sqlite3_stmt *st CLEANUP_STMT = NULL;
	int r = conn_get(s, NULL, &c, err);

	if (r == 0)
		r = stmt_get(c, ST_CTR_LIVE_MONITORS, &st, err);
	while (r >= 0 && (r = stmt_step(c, st, err)) > 0)
		if (strv_push(&keys, str_or_empty((const char *)sqlite3_column_text(st, 0))) < 0)
			return error_no_memory(err);
	if (r == 0)
		*ret = TAKE_PTR(keys);
	return r;
}

static void count_row(struct store_counts *n, int state, int intent, uint64_t rows)
{
	n->slots_used += rows;
	if (intent == INTENT_CREATE)
		return;
	n->containers += rows;
	if (state == CTR_STATE_RUNNING || state == CTR_STATE_STOPPING)
		n->running += rows;
	else if (state == CTR_STATE_PAUSED)
		n->paused += rows;
	else
		n->stopped += rows;
}

static int count_pods(struct conn *c, struct store_counts *n, ctr_error_t **err)
{
	sqlite3_stmt *st CLEANUP_STMT = NULL;
	int r = stmt_get(c, ST_POD_COUNT, &st, err);

	while (r >= 0 && (r = stmt_step(c, st, err)) > 0) {
		n->slots_used += (uint64_t)sqlite3_column_int64(st, 1);
		if (sqlite3_column_int(st, 0) != INTENT_CREATE)
			n->pods += (uint64_t)sqlite3_column_int64(st, 1);
	}
	return r;
}

int store_count(struct store *s, struct store_counts *ret, ctr_error_t **err)
{
	CLEANUP_CONN struct conn *c = NULL;
	sqlite3_stmt *st CLEANUP_STMT = NULL;
	struct store_counts n = {0};
	int r = conn_get(s, NULL, &c, err);

	if (r == 0)
		r = stmt_get(c, ST_CTR_COUNT, &st, err);
	while (r >= 0 && (r = stmt_step(c, st, err)) > 0)
		count_row(&n, sqlite3_column_int(st, 0), sqlite3_column_int(st, 1), (uint64_t)sqlite3_column_int64(st, 2));
	if (r >= 0)
		r = count_pods(c, &n, err);
	if (r < 0)
		return r;
	segments_follow_all(s, c);
	*ret = n;
	return 0;
}

typedef int (*slot_fn)(uint32_t slot, uint64_t generation, const char *kind, const char *id, void *userdata);

static int each_slot(struct conn *c, enum statement which, const char *kind, slot_fn fn, void *userdata, ctr_error_t **err)
{
	sqlite3_stmt *st CLEANUP_STMT = NULL;
	int r = stmt_get(c, which, &st, err);

	while (r >= 0 && (r = stmt_step(c, st, err)) > 0) {
		r = fn((uint32_t)sqlite3_column_int64(st, 0), (uint64_t)sqlite3_column_int64(st, 1), kind,
		       str_or_empty((const char *)sqlite3_column_text(st, 2)), userdata);
	}
	return r < 0 ? r : 0;
}

int store_each_slot(struct store *s, int (*fn)(uint32_t slot, uint64_t generation, const char *kind, const char *id, void *userdata),
		    void *userdata, ctr_error_t **err)
{
	CLEANUP_CONN struct conn *c = NULL;
	int r = conn_get(s, NULL, &c, err);

	if (r < 0)
		return r;
	segments_follow_all(s, c);
	r = each_slot(c, ST_CTR_SLOTS, "container", fn, userdata, err);
	return r < 0 ? r : each_slot(c, ST_POD_SLOTS, "pod", fn, userdata, err);
}
