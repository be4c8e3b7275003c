/* SPDX-License-Identifier: Apache-2.0 */
/* Table exit_record: how runs ended; survives the container. */
#include "base/mem.h"
#include "state/store.h"

int exit_put(struct conn *c, const struct exit_record *rec, ctr_error_t **err)
{
	sqlite3_stmt *st CLEANUP_STMT = NULL;
	int r = stmt_get(c, ST_EXIT_PUT, &st, err);

	if (r < 0)
		return r;
	stmt_text(st, 1, rec->id);
	sqlite3_bind_int64(st, 2, (int64_t)rec->run);
	sqlite3_bind_int64(st, 3, rec->known);
	sqlite3_bind_int64(st, 4, rec->exit_code);
	sqlite3_bind_int64(st, 5, rec->exit_signal);
	sqlite3_bind_int64(st, 6, rec->oom_killed);
	sqlite3_bind_int64(st, 7, rec->finished_ns);
	stmt_text(st, 8, rec->error);
	return stmt_step(c, st, err);
}

int store_exit_put(struct store *s, const struct exit_record *rec, const struct op_call *call, ctr_error_t **err)
{
	struct txn t CLEANUP_TXN = {0};
	int r = txn_begin(s, "exit_record_import", call, &t, err);

	if (r == 0)
		r = exit_put(t.c, rec, err);
	return r < 0 ? r : txn_commit(&t, err);
}

static void read_record(sqlite3_stmt *st, const char *id, struct exit_record *ret)
{
	struct exit_record rec = {0};

	str_copy(rec.id, sizeof(rec.id), id);
	rec.run = (uint64_t)sqlite3_column_int64(st, 0);
	rec.known = sqlite3_column_int(st, 1);
	rec.exit_code = sqlite3_column_int(st, 2);
	rec.exit_signal = sqlite3_column_int(st, 3);
	rec.oom_killed = sqlite3_column_int(st, 4);
	rec.finished_ns = sqlite3_column_int64(st, 5);
	str_copy(rec.error, sizeof(rec.error), str_or_empty((const char *)sqlite3_column_text(st, 6)));
	*ret = rec;
}

static int get(struct store *s, enum statement which, const char *id, uint64_t run, struct exit_record *ret, ctr_error_t **err)
{
	CLEANUP_CONN struct conn *c = NULL;
	sqlite3_stmt *st CLEANUP_STMT = NULL;
	int r = conn_get(s, NULL, &c, err);

	if (r < 0 || (r = stmt_get(c, which, &st, err)) < 0)
		return r;
	stmt_text(st, 1, id);
	if (which != ST_EXIT_LAST)
		sqlite3_bind_int64(st, 2, (int64_t)run);
	r = stmt_step(c, st, err);
	if (r == 0)
		return error_set(err, CTR_ERR_NO_SUCH_EXIT_CODE, DOMAIN_STATE,
				 "no exit code of container %.12s is recorded for that run", id);
	if (r < 0)
		return r;
	read_record(st, id, ret);
	return 0;
}

int store_exit_get(struct store *s, const char *id, uint64_t run, struct exit_record *ret, ctr_error_t **err)
{
	return get(s, ST_EXIT_GET, id, run, ret, err);
}

int store_exit_next(struct store *s, const char *id, uint64_t run, struct exit_record *ret, ctr_error_t **err)
{
	return get(s, ST_EXIT_NEXT, id, run, ret, err);
}

int store_exit_last(struct store *s, const char *id, struct exit_record *ret, ctr_error_t **err)
{
	return get(s, ST_EXIT_LAST, id, 0, ret, err);
}

int store_exit_prune(struct store *s, int64_t before_ns, const struct op_call *call, ctr_error_t **err)
{
	struct txn t CLEANUP_TXN = {0};
	int r = txn_begin(s, "exit_record_prune", call, &t, err);

	if (r == 0) {
		sqlite3_stmt *st CLEANUP_STMT = NULL;

		r = stmt_get(t.c, ST_EXIT_PRUNE, &st, err);
		if (r == 0) {
			sqlite3_bind_int64(st, 1, before_ns);
			r = stmt_step(t.c, st, err);
		}
	}
	return r < 0 ? r : txn_commit(&t, err);
}
