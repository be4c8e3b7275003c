/* SPDX-License-Identifier: Apache-2.0 */
/* What lies in a lock segment, and the private shape of a table. Shared between processes: the layout number below changes
 * with every change here. Everything read without the mutex is an atomic word. */
#ifndef CTR_LOCK_LAYOUT_H
#define CTR_LOCK_LAYOUT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include "lock/lock.h"

#define LOCK_MAGIC UINT64_C(0x31736b636c727463) /* "ctrlcks1" */
#define LOCK_LAYOUT 1u
#define LOCK_LIBC "glibc-nptl"
#define LOCK_OPERATION_WORDS 4
#define LOCK_ID_WORDS (ID_LEN / 8)
#define LOCK_ATTACH_MAX 1024
#define LOCK_SEGMENTS_MAX 64
#define LOCK_HELD_MAX 256 /* robust mutexes per thread: beyond 2 048 the kernel leaves them locked for ever */
#define LOCK_SLICE_NS (50 * NSEC_PER_MSEC)
#define LOCK_NAME_SIZE 128

struct lock_slot {
	pthread_mutex_t mutex;
	_Atomic int32_t pid, tid; /* of the last holder who has come to write it down */
	_Atomic uint64_t since_ns;
	_Atomic uint64_t operation[LOCK_OPERATION_WORDS];
	_Atomic uint64_t generation, rev;
	_Atomic uint64_t id[LOCK_ID_WORDS]; /* 64 hex digits; all zero = never bound */
};

struct lock_attach_entry {
	_Atomic uint64_t pid_version; /* pid << 32 | version; 0 = free */
	_Atomic uint64_t start_time;
};

struct lock_header {
	uint64_t magic;
	uint32_t layout, mutex_size, slot_size, slots, index, reserved;
	char libc[16];
	char uuid[40];
	char epoch[168];
	struct lock_slot writer;                           /* used in segment 0 */
	struct lock_attach_entry attach[LOCK_ATTACH_MAX]; /* used in segment 0 */
};

struct lock_segment {
	int fd; /* tells whether the segment is still linked */
	size_t size;
	struct lock_header *header;
	struct lock_slot *slots;
};

/* One lock held by a thread of this process through this table */
struct lock_held {
	int32_t tid;
	int rank;
	uint32_t slot;
};

struct lock_table {
	_Atomic int refs;
	pid_t pid; /* the mapping does not exist in a forked child */
	char *epoch;
	_Atomic(struct lock_segment *) segments[LOCK_SEGMENTS_MAX];
	_Atomic uint32_t n_segments;
	pthread_mutex_t mutex; /* process-private: extend, held, attach */
	struct lock_held *held;
	size_t n_held, held_size;
	int attached; /* index in the attach table, -1 = none */
};

void lock_segment_path(char buf[LOCK_NAME_SIZE], const char *uuid, unsigned n);
int lock_segment_open(unsigned n, const char *uuid, const char *epoch_id, struct lock_segment **ret, ctr_error_t **err);
void lock_segment_close(struct lock_segment *seg);
int lock_segment_is_linked(const struct lock_segment *seg);

struct lock_table *lock_table_ref(struct lock_table *t);
/* NULL when the slot lies in no open segment */
struct lock_slot *lock_find_slot(struct lock_table *t, uint32_t slot, struct lock_segment **ret_segment);

/* 0, -EDEADLK (this thread holds this slot through this table), -EMFILE (256 held), -ENOMEM */
int lock_held_add(struct lock_table *t, uint32_t slot, int rank, const struct lock_slot *s);
void lock_held_drop(struct lock_table *t, uint32_t slot);

void lock_slot_set_id(struct lock_slot *s, const char *id);
void lock_slot_get_id(const struct lock_slot *s, char ret[ID_SIZE]);
int lock_slot_is(const struct lock_slot *s, const struct lock_ref *ref);

#endif
