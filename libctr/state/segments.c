/* SPDX-License-Identifier: Apache-2.0 */
/* Which lock segments the store has: written down in meta, made only inside write transactions. All segments of an epoch
 * carry one uuid that is saved before the first of them is made; so one whose transaction was lost is found by its name. */
#include "base/mem.h"
#include "state/store.h"

#define SEGMENTS_MAX 64

static int read_names(struct conn *c, char **ret_uuid, uint64_t *ret_n, ctr_error_t **err)
{
	int r = meta_get(c, META_LOCK_UUID, ret_uuid, err);

	if (r == 0)
		r = meta_get_u64(c, META_LOCK_SEGMENTS, ret_n, err);
	if (r == 0 && (*ret_n > SEGMENTS_MAX || *ret_n == 0 || !*str_or_empty(*ret_uuid)))
		r = error_set(err, CTR_ERR_STORE_DAMAGED, DOMAIN_STATE,
			      "the database %s/%s is damaged (names of lock segments): restore it from a backup", c->store->root,
			      STORE_DB);
	return r;
}

static void repeat(const char *uuid, const char *ret[SEGMENTS_MAX])
{
	for (size_t i = 0; i < SEGMENTS_MAX; i++)
		ret[i] = uuid;
}

int segments_open(struct store *s, struct conn *c, ctr_error_t **err)
{
	CLEANUP_FREE char *uuid = NULL;
	const char *uuids[SEGMENTS_MAX];
	uint64_t n = 0;
	int r = read_names(c, &uuid, &n, err);

	if (r < 0)
		return r;
	repeat(uuid, uuids);
	return lock_table_open(uuids, (size_t)n, s->epoch, &s->locks, err);
}

static int extend(struct store *s, struct conn *c, ctr_error_t **err)
{
	CLEANUP_FREE char *uuid = NULL;
	const char *uuids[SEGMENTS_MAX];
	uint64_t n = 0;
	int r = read_names(c, &uuid, &n, err);

	if (r < 0)
		return r;
	repeat(uuid, uuids);
	return lock_table_extend(s->locks, uuids, (size_t)n, err);
}

void segments_follow(struct store *s, struct conn *c, uint32_t slot)
{
	if (s->locks && slot >= lock_table_slots(s->locks))
		extend(s, c, NULL);
}

void segments_follow_all(struct store *s, struct conn *c)
{
	if (s->locks)
		extend(s, c, NULL);
}

static int grow_in(struct store *s, struct conn *c, char **ret_uuid, uint64_t *ret_n, ctr_error_t **err)
{
	int r = read_names(c, ret_uuid, ret_n, err);

	/* Someone else may have added one since the caller looked. */
	if (r < 0 || *ret_n > lock_table_segments(s->locks))
		return r;
	if (*ret_n == SEGMENTS_MAX)
		return error_set(err, CTR_ERR_NO_RESOURCES, DOMAIN_STATE, "the store %s has no lock slot left: remove containers",
				 s->root);
	r = lock_segment_create((unsigned)*ret_n, *ret_uuid, s->epoch, err);
	return r < 0 ? r : meta_set_u64(c, META_LOCK_SEGMENTS, *ret_n + 1, err);
}

/* In a transaction of its own, so that the table never has a segment open that a rollback took back. */
int segments_grow(struct store *s, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_FREE char *uuid = NULL;
	struct txn t CLEANUP_TXN = {0};
	CLEANUP_CONN struct conn *c = NULL;
	uint64_t n = 0;
	int r = txn_begin(s, "lock_segment_create", call, &t, err);

	if (r == 0)
		r = grow_in(s, t.c, &uuid, &n, err);
	if (r == 0)
		r = txn_commit(&t, err);
	if (r < 0)
		return r;
	r = conn_get(s, call, &c, err);
	return r < 0 ? r : extend(s, c, err);
}

/* Of the epoch before; they stay when the process that changed the epoch died right after. */
void segments_remove_old(struct store *s, const struct op_call *call)
{
	CLEANUP_FREE char *uuid = NULL;
	struct txn t CLEANUP_TXN = {0};

	if (txn_begin(s, "lock_segment_remove", call, &t, NULL) < 0 || meta_get(t.c, META_LOCK_OLD, &uuid, NULL) < 0 ||
	    !*str_or_empty(uuid))
		return;
	for (unsigned i = 0; i < SEGMENTS_MAX; i++)
		lock_segment_remove(uuid, i);
	if (meta_set(t.c, META_LOCK_OLD, "", NULL) == 0)
		txn_commit(&t, NULL);
}
