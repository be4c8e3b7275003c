/* SPDX-License-Identifier: Apache-2.0 */
/* Lock slots are given out and taken back in the transaction that inserts or deletes the object's row: no crash can
 * leak one. */
#include <errno.h>
#include "state/store.h"

#define NO_SLOT UINT32_MAX

struct slot_want {
	const char *id, *operation;
	uint32_t *slot;
	uint64_t *generation;
};

/* The lowest free slot above `after`, or NO_SLOT */
static int next_free(struct conn *c, int64_t after, uint32_t *ret, ctr_error_t **err)
{
	sqlite3_stmt *st CLEANUP_STMT = NULL;
	int r = stmt_get(c, ST_SLOT_FREE_NEXT, &st, err);

	if (r < 0)
		return r;
	sqlite3_bind_int64(st, 1, after);
	r = stmt_step(c, st, err);
	if (r < 0)
		return r;
	*ret = r > 0 ? (uint32_t)sqlite3_column_int64(st, 0) : NO_SLOT;
	return 0;
}

static int slot_change(struct conn *c, enum statement which, uint32_t slot, ctr_error_t **err)
{
	sqlite3_stmt *st CLEANUP_STMT = NULL;
	int r = stmt_get(c, which, &st, err);

	if (r < 0)
		return r;
	sqlite3_bind_int64(st, 1, slot);
	return stmt_step(c, st, err);
}

static int bind_error(int r, uint32_t slot, ctr_error_t **err)
{
	if (r == -EMFILE)
		return error_set(err, CTR_ERR_NO_RESOURCES, DOMAIN_STATE,
				 "this thread holds too many locks to make another object: lock fewer objects at once");
	return error_set_errno(err, r == -ENOMEM ? CTR_ERR_NO_MEMORY : CTR_ERR_INTERNAL, DOMAIN_STATE, r,
			       "cannot bind lock slot %u", slot);
}

/* 1 = bound, 0 = all free ones are still held by threads that let go of them in a moment */
static int bind_free(struct conn *c, const struct slot_want *want, struct lock_guard *ret, ctr_error_t **err)
{
	uint32_t slot = 0;
	int64_t after = -1;
	int r;

	for (;;) {
		r = next_free(c, after, &slot, err);
		if (r < 0 || slot == NO_SLOT)
			return r;
		r = slot < lock_table_slots(c->store->locks)
			? lock_bind(c->store->locks, slot, want->id, want->operation, want->generation, ret)
			: -EBUSY;
		if (r == 0)
			break;
		if (r != -EBUSY)
			return bind_error(r, slot, err);
		after = slot;
	}
	*want->slot = slot;
	r = slot_change(c, ST_SLOT_FREE_TAKE, slot, err);
	return r < 0 ? r : 1;
}

/* 1 = bound, 0 = the open segments are full */
static int bind_new(struct conn *c, const struct slot_want *want, struct lock_guard *ret, ctr_error_t **err)
{
	uint64_t next = 0;
	int r = meta_get_u64(c, META_NEXT_SLOT, &next, err);

	if (r < 0 || next >= lock_table_slots(c->store->locks))
		return r;
	r = lock_bind(c->store->locks, (uint32_t)next, want->id, want->operation, want->generation, ret);
	if (r < 0)
		return bind_error(r, (uint32_t)next, err);
	*want->slot = (uint32_t)next;
	r = meta_set_u64(c, META_NEXT_SLOT, next + 1, err);
	return r < 0 ? r : 1;
}

int slot_bind(struct conn *c, const char *id, const char *operation, uint32_t *ret_slot, uint64_t *ret_generation,
	      struct lock_guard *ret, ctr_error_t **err)
{
	const struct slot_want want = {
	    .id = id, .operation = operation, .slot = ret_slot, .generation = ret_generation};
	int r = bind_free(c, &want, ret, err);

	return r == 0 ? bind_new(c, &want, ret, err) : r;
}

int slot_give(struct conn *c, uint32_t slot, ctr_error_t **err)
{
	return slot_change(c, ST_SLOT_FREE_GIVE, slot, err);
}

int store_no_locks(const struct store *s, ctr_error_t **err)
{
	return error_set(
	    err, CTR_ERR_STORE_LOCKED, DOMAIN_STATE,
	    "the store %s is in use from another boot or process id namespace: it can only be read from here", s->root);
}
