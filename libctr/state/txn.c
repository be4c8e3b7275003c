/* SPDX-License-Identifier: Apache-2.0 */
/* Write transactions: the writer mutex first, so that our writers queue in order and by name, then BEGIN IMMEDIATE. */
#include "state/store.h"

static int check_writable(const struct store *s, ctr_error_t **err)
{
	if (!s->read_only)
		return 0;
	return error_set(err, CTR_ERR_STORE_VERSION, DOMAIN_STATE,
			 "the store %s has been written by a newer libctr, this one may only read it: use the newer one", s->root);
}

int txn_begin(struct store *s, const char *operation, const struct op_call *call, struct txn *ret, ctr_error_t **err)
{
	struct txn t CLEANUP_TXN = {0};
	int r = check_writable(s, err);

	/* No table: the store is of another epoch, and whoever brings it into ours has SQLite's own lock only. */
	if (r == 0 && s->locks)
		r = lock_writer_take(s->locks, operation, call, &t.writer, err);
	if (r == 0)
		r = conn_get(s, call, &t.c, err);
	if (r == 0)
		r = stmt_run(t.c, ST_BEGIN, err);
	if (r < 0)
		return r;
	t.c->told = 0;
	/* Its last holder died, maybe after his commit. */
	if (t.writer.recovered)
		bell_ring_events(s);
	*ret = (struct txn){.c = TAKE_PTR(t.c), .writer = t.writer, .began = 1};
	t.writer.table = NULL;
	return 0;
}

int txn_commit(struct txn *t, ctr_error_t **err)
{
	int r = stmt_run(t->c, ST_COMMIT, err);

	if (r == 0)
		t->began = 0;
	if (r == 0 && t->c->told && t->writer.table)
		bell_ring_events(t->c->store);
	txn_end(t);
	return r;
}

void txn_end(struct txn *t)
{
	/* A failed COMMIT may have rolled back by itself. */
	if (t->began && !sqlite3_get_autocommit(t->c->db))
		stmt_run(t->c, ST_ROLLBACK, NULL);
	t->began = 0;
	lock_release(&t->writer);
	conn_put(TAKE_PTR(t->c));
}
