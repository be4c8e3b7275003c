/* SPDX-License-Identifier: Apache-2.0 */
/* Which thread of this process holds what through one table: for the limit per thread and, in debug builds, the order. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "lock/layout.h"
#include "os/proc.h"

#ifdef CTR_DEBUG
static void check_order(struct lock_table *t, const struct lock_held *held, int rank, const struct lock_slot *s)
{
	const struct lock_slot *other = lock_find_slot(t, held->slot, NULL);
	char mine[ID_SIZE], theirs[ID_SIZE];

	if (held->rank > rank)
		abort();
	if (held->rank < rank || rank < LOCK_RANK_CONTAINER || rank >= LOCK_RANK_VOLUME || !other)
		return;
	lock_slot_get_id(s, mine);
	lock_slot_get_id(other, theirs);
	if (strcmp(theirs, mine) >= 0)
		abort();
}
#endif

static int grow(struct lock_table *t)
{
	size_t size = t->held_size ? t->held_size * 2 : 16;
	struct lock_held *held = realloc(t->held, size * sizeof(*held));

	if (!held)
		return -ENOMEM;
	t->held = held;
	t->held_size = size;
	return 0;
}

static int add(struct lock_table *t, uint32_t slot, int rank, const struct lock_slot *s)
{
	int32_t tid = (int32_t)os_gettid();
	size_t mine = 0;

	for (size_t i = 0; i < t->n_held; i++) {
		if (t->held[i].tid != tid)
			continue;
		if (t->held[i].slot == slot)
			return -EDEADLK;
		if (++mine >= LOCK_HELD_MAX)
			return -EMFILE;
#ifdef CTR_DEBUG
		if (s)
			check_order(t, &t->held[i], rank, s);
#endif
	}
	if (t->n_held == t->held_size && grow(t) < 0)
		return -ENOMEM;
	t->held[t->n_held++] = (struct lock_held){.tid = tid, .rank = rank, .slot = slot};
	(void)s;
	return 0;
}

int lock_held_add(struct lock_table *t, uint32_t slot, int rank, const struct lock_slot *s)
{
	int r;

	pthread_mutex_lock(&t->mutex);
	r = add(t, slot, rank, s);
	pthread_mutex_unlock(&t->mutex);
	return r;
}

void lock_held_drop(struct lock_table *t, uint32_t slot)
{
	int32_t tid = (int32_t)os_gettid();

	pthread_mutex_lock(&t->mutex);
	for (size_t i = 0; i < t->n_held; i++) {
		if (t->held[i].tid != tid || t->held[i].slot != slot)
			continue;
		t->held[i] = t->held[--t->n_held];
		break;
	}
	pthread_mutex_unlock(&t->mutex);
}

/* A bound slot was taken without anybody knowing what it is for. */
void lock_set_rank(struct lock_guard *guard, int rank)
{
	int32_t tid = (int32_t)os_gettid();
	struct lock_table *t = guard->table;

	guard->rank = rank;
	pthread_mutex_lock(&t->mutex);
	for (size_t i = 0; i < t->n_held; i++)
		if (t->held[i].tid == tid && t->held[i].slot == guard->slot)
			t->held[i].rank = rank;
	pthread_mutex_unlock(&t->mutex);
}

int lock_held_by_me(struct lock_table *t)
{
	int32_t tid = (int32_t)os_gettid();
	int found = 0;

	pthread_mutex_lock(&t->mutex);
	for (size_t i = 0; i < t->n_held && !found; i++)
		found = t->held[i].tid == tid;
	pthread_mutex_unlock(&t->mutex);
	return found;
}
