/* SPDX-License-Identifier: Apache-2.0 */
/* Locks in shared memory: one robust process-shared mutex per object, a writer mutex for the database, holders by name.
 * Which slot belongs to which object is decided by the database (state room); this room knows segments, slots and time. */
#ifndef CTR_LOCK_LOCK_H
#define CTR_LOCK_LOCK_H

#include <stdint.h>
#include "model/ident.h"
#include "op/op.h"

struct lock_table;

/* Segment n holds lock_segment_slots(n) slots; slot numbers count through all segments. */
uint32_t lock_segment_slots(unsigned n);

/* uuids: names of the segments in order, from the database. epoch_id: text that names boot and pid namespace.
 * Opens and checks every segment; STORE_MISMATCH when one is missing or not ours (another /dev/shm, another libc), naming the file. */
int lock_table_open(const char *const *uuids, size_t n, const char *epoch_id, struct lock_table **ret, ctr_error_t **err);
struct lock_table *lock_table_unref(struct lock_table *t);
/* Makes segment n under this uuid: allocated (posix_fallocate), initialised, then linked in. NO_SPACE when /dev/shm is full. Only inside a write transaction,
 * before the uuid is saved; a second segment of a lost transaction is unlinked by lock_segment_remove. */
int lock_segment_create(unsigned n, const char *uuid, const char *epoch_id, ctr_error_t **err);
void lock_segment_remove(const char *uuid, unsigned n);
/* After the database named more segments than the table has open. */
int lock_table_extend(struct lock_table *t, const char *const *uuids, size_t n, ctr_error_t **err);
size_t lock_table_segments(const struct lock_table *t);

/* Binds a free slot to an object inside the creating write transaction: generation + 1, id stored, rev 0, and the mutex TRIED:
 * 0 = bound and held in *ret_guard; -EBUSY = some thread still holds it (take another slot). */
struct lock_guard {
	struct lock_table *table; /* NULL = nothing held */
	uint32_t slot;
	int rank;                 /* LOCK_RANK_* plus depth */
	int recovered;            /* the last holder died holding it: re-sync fully */
};
int lock_bind(struct lock_table *t, uint32_t slot, const char *id, const char *operation, uint64_t *ret_generation, struct lock_guard *ret);

/* lock_bind takes it with LOCK_RANK_CONTAINER. */
void lock_set_rank(struct lock_guard *guard, int rank);

enum { LOCK_RANK_POD = 100, LOCK_RANK_CONTAINER = 200, LOCK_RANK_VOLUME = 1000000, LOCK_RANK_STORAGE = 1000001, LOCK_RANK_NETWORK = 1000002, LOCK_RANK_WRITER = 1000003 };

struct lock_ref {
	uint32_t slot;
	uint64_t generation;
	const char *id;          /* the object's id; a slot that carries another id is REMOVED for the caller */
};
/* Takes the object's lock within call's limits (slices of at most 50 ms to see a cancel). TIMEOUT carries details holder_pid, holder_tid,
 * holder_operation, holder_since_ns and names them in its sentence. DEADLOCK when this thread holds it already. REMOVED when the slot is another object's now.
 * operation: static text like "container_stop". A dead holder is taken over: guard.recovered = 1, rev = 0. */
int lock_take(struct lock_table *t, const struct lock_ref *ref, int rank, const char *operation, const struct op_call *call, struct lock_guard *ret, ctr_error_t **err);
/* 0, -EBUSY, or -ESTALE (another object's slot) */
int lock_try(struct lock_table *t, const struct lock_ref *ref, int rank, const char *operation, struct lock_guard *ret);
/* After the object's deletion was committed, still under its lock: whoever waits for it gets REMOVED. */
void lock_unbind(struct lock_table *t, uint32_t slot);
void lock_release(struct lock_guard *guard);
static inline void cleanup_lock_fn(struct lock_guard *g)
{
	lock_release(g);
}
#define CLEANUP_LOCK CLEANUP(cleanup_lock_fn)

/* 1 when the calling thread holds anything of this table */
int lock_held_by_me(struct lock_table *t);
/* The slot's revision: valid cache = (id matches, rev != 0, rev == cached). -ESTALE when the slot is another object's. */
int lock_rev_get(struct lock_table *t, const struct lock_ref *ref, uint64_t *ret);
void lock_rev_set(struct lock_table *t, uint32_t slot, uint64_t rev);

/* The writer mutex in segment 0, taken before BEGIN IMMEDIATE. */
int lock_writer_take(struct lock_table *t, const char *operation, const struct op_call *call, struct lock_guard *ret, ctr_error_t **err);

struct lock_slot_info {
	uint32_t slot;
	uint64_t generation, rev;
	char id[ID_SIZE];        /* "" = never bound */
	int held;
	int32_t pid, tid;
	char operation[32];
	uint64_t since_ns;
};
#define LOCK_SLOT_WRITER UINT32_MAX /* the writer mutex, for lock_slot_info */
/* Looks without waiting. 0 or -ERANGE */
int lock_slot_info(struct lock_table *t, uint32_t slot, struct lock_slot_info *ret);
uint32_t lock_table_slots(const struct lock_table *t);
/* Attach table of segment 0: which processes have this store open with which version (for raising minimum versions). */
/* 0, -ENOSPC when 1 024 living processes are attached, or -errno */
int lock_attach(struct lock_table *t, uint32_t version);
void lock_detach(struct lock_table *t);

#endif
