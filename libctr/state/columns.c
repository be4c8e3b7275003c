/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the tables container and pod to their structs and back, driven by the lists of columns in schema.h. */
#include <stddef.h>
#include <string.h>
#include "base/mem.h"
#include "state/store.h"

enum kind { KIND_TEXT, KIND_I32, KIND_U32, KIND_I64, KIND_U64 };

struct column {
	enum kind kind;
	size_t offset;
};

#define COLUMN(member, type) {KIND_##type, offsetof(struct container_row, member)},
static const struct column fixed[] = {COLUMNS_FIXED(COLUMN)};
static const struct column saved[] = {COLUMNS_SAVED(COLUMN)};
#define POD_COLUMN(member, type) {KIND_##type, offsetof(struct pod_row, member)},
static const struct column pod_fixed[] = {POD_FIXED(POD_COLUMN)};
static const struct column pod_saved[] = {POD_SAVED(POD_COLUMN)};

static int bind_column(sqlite3_stmt *st, int at, const struct column *col, const void *row)
{
	const char *p = (const char *)row + col->offset;

	if (col->kind == KIND_TEXT)
		return stmt_text(st, at, *(char *const *)(const void *)p);
	if (col->kind == KIND_I32)
		return sqlite3_bind_int64(st, at, *(const int32_t *)(const void *)p);
	if (col->kind == KIND_U32)
		return sqlite3_bind_int64(st, at, *(const uint32_t *)(const void *)p);
	return sqlite3_bind_int64(st, at, *(const int64_t *)(const void *)p);
}

static int bind_columns(sqlite3_stmt *st, int *at, const struct column *cols, size_t n, const void *row)
{
	for (size_t i = 0; i < n; i++) {
		int rc = bind_column(st, (*at)++, &cols[i], row);

		if (rc != SQLITE_OK)
			return rc;
	}
	return SQLITE_OK;
}

int row_bind_insert(sqlite3_stmt *st, const struct container_row *row)
{
	int at = 1, rc = stmt_text(st, at++, row->id);

	if (rc == SQLITE_OK)
		rc = bind_columns(st, &at, fixed, ARRAY_SIZE(fixed), row);
	if (rc == SQLITE_OK)
		rc = bind_columns(st, &at, saved, ARRAY_SIZE(saved), row);
	return rc;
}

/* rev is the first of the saved columns */
int row_bind_save(sqlite3_stmt *st, const struct container_row *row, uint64_t new_rev)
{
	int at = 1, rc = bind_columns(st, &at, saved, ARRAY_SIZE(saved), row);

	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int64(st, 1, (int64_t)new_rev);
	if (rc == SQLITE_OK)
		rc = stmt_text(st, at++, row->id);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int64(st, at, (int64_t)row->rev);
	return rc;
}

static int read_text(sqlite3_stmt *st, int at, char **ret)
{
	*ret = str_dup(str_or_empty((const char *)sqlite3_column_text(st, at)));
	return *ret ? 0 : -ENOMEM;
}

static int read_columns(sqlite3_stmt *st, int *at, const struct column *cols, size_t n, void *row)
{
	for (size_t i = 0; i < n; i++, (*at)++) {
		char *p = (char *)row + cols[i].offset;
		sqlite3_int64 v = cols[i].kind == KIND_TEXT ? 0 : sqlite3_column_int64(st, *at);

		if (cols[i].kind == KIND_TEXT) {
			if (read_text(st, *at, (char **)(void *)p) < 0)
				return -ENOMEM;
		} else if (cols[i].kind == KIND_I32) {
			*(int32_t *)(void *)p = (int32_t)v;
		} else if (cols[i].kind == KIND_U32) {
			*(uint32_t *)(void *)p = (uint32_t)v;
		} else {
			*(int64_t *)(void *)p = v;
		}
	}
	return 0;
}

int row_read(struct conn *c, sqlite3_stmt *st, int with_config, struct container_row **ret, ctr_error_t **err)
{
	CLEANUP_ROW struct container_row *row = NEW0(struct container_row);
	int at = 0;

	if (!row)
		return error_no_memory(err);
	atomic_init(&row->refs, 1);
	if (str_copy(row->id, sizeof(row->id), str_or_empty((const char *)sqlite3_column_text(st, at++))) < 0)
		return store_error(c->store, NULL, SQLITE_CORRUPT, err);
	if (read_columns(st, &at, fixed, ARRAY_SIZE(fixed), row) < 0 ||
	    read_columns(st, &at, saved, ARRAY_SIZE(saved), row) < 0 ||
	    ((with_config == CONFIG_ALWAYS || (with_config && sqlite3_column_type(st, at) != SQLITE_NULL)) &&
	     read_text(st, at, &row->config) < 0))
		return error_no_memory(err);
	*ret = TAKE_PTR(row);
	return 0;
}

int pod_bind_insert(sqlite3_stmt *st, const struct pod_row *row)
{
	int at = 1, rc = stmt_text(st, at++, row->id);

	if (rc == SQLITE_OK)
		rc = bind_columns(st, &at, pod_fixed, ARRAY_SIZE(pod_fixed), row);
	if (rc == SQLITE_OK)
		rc = bind_columns(st, &at, pod_saved, ARRAY_SIZE(pod_saved), row);
	return rc;
}

/* rev is the second of the saved columns */
int pod_bind_save(sqlite3_stmt *st, const struct pod_row *row, uint64_t new_rev)
{
	int at = 1, rc = bind_columns(st, &at, pod_saved, ARRAY_SIZE(pod_saved), row);

	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int64(st, 2, (int64_t)new_rev);
	if (rc == SQLITE_OK)
		rc = stmt_text(st, at++, row->id);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int64(st, at, (int64_t)row->rev);
	return rc;
}

int pod_read(struct conn *c, sqlite3_stmt *st, struct pod_row **ret, ctr_error_t **err)
{
	CLEANUP_POD struct pod_row *row = NEW0(struct pod_row);
	int at = 0;

	if (!row)
		return error_no_memory(err);
	atomic_init(&row->refs, 1);
	if (str_copy(row->id, sizeof(row->id), str_or_empty((const char *)sqlite3_column_text(st, at++))) < 0)
		return store_error(c->store, NULL, SQLITE_CORRUPT, err);
	if (read_columns(st, &at, pod_fixed, ARRAY_SIZE(pod_fixed), row) < 0 ||
	    read_columns(st, &at, pod_saved, ARRAY_SIZE(pod_saved), row) < 0)
		return error_no_memory(err);
	*ret = TAKE_PTR(row);
	return 0;
}
