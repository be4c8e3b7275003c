/* SPDX-License-Identifier: Apache-2.0 */
/* A process's view of all segments of one store: which are open, what their slots say, who is attached. */
#include <errno.h>
#include <linux/futex.h>
#include <string.h>
#include "base/clock.h"
#include "base/mem.h"
#include "lock/layout.h"
#include "os/proc.h"

int lock_table_open(const char *const *uuids, size_t n, const char *epoch_id, struct lock_table **ret, ctr_error_t **err)
{
	struct lock_table *t = NEW0(struct lock_table);
	int r;

	if (!t)
		return error_no_memory(err);
	atomic_init(&t->refs, 1);
	t->pid = getpid();
	t->attached = -1;
	pthread_mutex_init(&t->mutex, NULL);
	t->epoch = str_dup(epoch_id);
	r = t->epoch ? lock_table_extend(t, uuids, n, err) : error_no_memory(err);
	if (r < 0) {
		lock_table_unref(t);
		return r;
	}
	*ret = t;
	return 0;
}

struct lock_table *lock_table_ref(struct lock_table *t)
{
	atomic_fetch_add(&t->refs, 1);
	return t;
}

struct lock_table *lock_table_unref(struct lock_table *t)
{
	if (!t || atomic_fetch_sub(&t->refs, 1) != 1)
		return NULL;
	for (size_t i = 0; i < LOCK_SEGMENTS_MAX; i++) {
		struct lock_segment *seg = atomic_load(&t->segments[i]);

		/* In a forked child nothing is mapped there, or something of the child's own. */
		if (getpid() == t->pid)
			lock_segment_close(seg);
		else
			free(seg);
	}
	free(t->held);
	free(t->epoch);
	free(t);
	return NULL;
}

static int extend(struct lock_table *t, const char *const *uuids, size_t n, ctr_error_t **err)
{
	for (size_t i = atomic_load(&t->n_segments); i < n; i++) {
		struct lock_segment *seg;
		int r = lock_segment_open((unsigned)i, uuids[i], t->epoch, &seg, err);

		if (r < 0)
			return r;
		atomic_store(&t->segments[i], seg);
		atomic_store(&t->n_segments, (uint32_t)i + 1);
	}
	return 0;
}

int lock_table_extend(struct lock_table *t, const char *const *uuids, size_t n, ctr_error_t **err)
{
	int r;

	if (n > LOCK_SEGMENTS_MAX)
		return error_set(err, CTR_ERR_STORE_VERSION, DOMAIN_LOCK,
				 "the store has %zu lock segments, this libctr knows %d: use a newer one", n, LOCK_SEGMENTS_MAX);
	pthread_mutex_lock(&t->mutex);
	r = extend(t, uuids, n, err);
	pthread_mutex_unlock(&t->mutex);
	return r;
}

size_t lock_table_segments(const struct lock_table *t)
{
	return atomic_load(&t->n_segments);
}

uint32_t lock_table_slots(const struct lock_table *t)
{
	uint32_t n = atomic_load(&t->n_segments), slots = 0;

	for (unsigned i = 0; i < n; i++)
		slots += lock_segment_slots(i);
	return slots;
}

struct lock_slot *lock_find_slot(struct lock_table *t, uint32_t slot, struct lock_segment **ret_segment)
{
	uint32_t n = atomic_load(&t->n_segments);

	for (unsigned i = 0; i < n; i++) {
		struct lock_segment *seg = atomic_load(&t->segments[i]);

		if (slot < lock_segment_slots(i)) {
			if (ret_segment)
				*ret_segment = seg;
			return &seg->slots[slot];
		}
		slot -= lock_segment_slots(i);
	}
	return NULL;
}

void lock_slot_set_id(struct lock_slot *s, const char *id)
{
	char text[ID_LEN] = {0};

	memcpy(text, id, strnlen(id, ID_LEN));
	for (size_t i = 0; i < LOCK_ID_WORDS; i++) {
		uint64_t word;

		memcpy(&word, text + 8 * i, 8);
		atomic_store_explicit(&s->id[i], word, memory_order_release);
	}
}

void lock_slot_get_id(const struct lock_slot *s, char ret[ID_SIZE])
{
	for (size_t i = 0; i < LOCK_ID_WORDS; i++) {
		uint64_t word = atomic_load_explicit(&s->id[i], memory_order_acquire);

		memcpy(ret + 8 * i, &word, 8);
	}
	ret[ID_LEN] = '\0';
}

int lock_slot_is(const struct lock_slot *s, const struct lock_ref *ref)
{
	char id[ID_SIZE];

	if (atomic_load(&s->generation) != ref->generation)
		return 0;
	lock_slot_get_id(s, id);
	return STREQ(id, ref->id);
}

/* The rev is read before the slot's owner is compared: a slot that still is ours afterwards had this rev for us. */
int lock_rev_get(struct lock_table *t, const struct lock_ref *ref, uint64_t *ret)
{
	const struct lock_slot *s = lock_find_slot(t, ref->slot, NULL);
	uint64_t rev;

	if (!s)
		return -ESTALE;
	rev = atomic_load(&s->rev);
	if (!lock_slot_is(s, ref))
		return -ESTALE;
	*ret = rev;
	return 0;
}

void lock_rev_set(struct lock_table *t, uint32_t slot, uint64_t rev)
{
	struct lock_slot *s = lock_find_slot(t, slot, NULL);

	if (s)
		atomic_store(&s->rev, rev);
}

/* The owner's thread id in a robust mutex is ABI of the kernel, which takes it away when that thread dies. What the holder has
 * written down himself says more, but is there a moment later: he may be stopped in between. */
static void get_holder(const struct lock_slot *s, struct lock_slot_info *ret)
{
	ret->tid = __atomic_load_n(&s->mutex.__data.__lock, __ATOMIC_ACQUIRE) & FUTEX_TID_MASK;
	ret->held = ret->tid != 0;
	if (!ret->held)
		return;
	if (ret->tid != atomic_load(&s->tid)) {
		if (os_thread_process(ret->tid, &ret->pid) < 0)
			ret->pid = ret->tid;
		ret->since_ns = clock_monotonic_ns();
		strcpy(ret->operation, "something it has just begun");
		return;
	}
	ret->pid = atomic_load(&s->pid);
	ret->since_ns = atomic_load(&s->since_ns);
	for (size_t i = 0; i < LOCK_OPERATION_WORDS; i++) {
		uint64_t word = atomic_load(&s->operation[i]);

		memcpy(ret->operation + 8 * i, &word, 8);
	}
	ret->operation[sizeof(ret->operation) - 1] = '\0';
}

int lock_slot_info(struct lock_table *t, uint32_t slot, struct lock_slot_info *ret)
{
	const struct lock_slot *s;

	if (slot == LOCK_SLOT_WRITER)
		s = &atomic_load(&t->segments[0])->header->writer;
	else
		s = lock_find_slot(t, slot, NULL);
	if (!s)
		return -ERANGE;
	memset(ret, 0, sizeof(*ret));
	ret->slot = slot;
	ret->generation = atomic_load(&s->generation);
	ret->rev = atomic_load(&s->rev);
	lock_slot_get_id(s, ret->id);
	get_holder(s, ret);
	return 0;
}

/* start 0: someone is just taking the entry, or was killed doing so */
static int entry_is_free(uint64_t pid_version, uint64_t start)
{
	pid_t pid = (pid_t)(pid_version >> 32);
	struct os_proc_stat st;

	if (pid_version == 0)
		return 1;
	return start ? os_proc_alive(pid, start) == 0 : os_proc_stat(pid, &st) == -ESRCH;
}

/* The start time is taken away before the pid is replaced, so that nobody joins the new pid with the old start time. */
static int take_entry(struct lock_attach_entry *e, uint64_t mine, uint64_t my_start)
{
	uint64_t seen = atomic_load(&e->pid_version), start = atomic_load(&e->start_time);

	if (!entry_is_free(seen, start) || !atomic_compare_exchange_strong(&e->start_time, &start, 0) ||
	    !atomic_compare_exchange_strong(&e->pid_version, &seen, mine))
		return 0;
	atomic_store(&e->start_time, my_start);
	return 1;
}

int lock_attach(struct lock_table *t, uint32_t version)
{
	struct lock_header *h = atomic_load(&t->segments[0])->header;
	uint64_t mine = (uint64_t)getpid() << 32 | version;
	struct os_proc_stat self;
	int r = os_proc_stat(getpid(), &self);

	if (r < 0)
		return r;
	for (int i = 0; i < LOCK_ATTACH_MAX; i++) {
		if (!take_entry(&h->attach[i], mine, self.start_time))
			continue;
		t->attached = i;
		return 0;
	}
	return -ENOSPC;
}

void lock_detach(struct lock_table *t)
{
	struct lock_attach_entry *e;

	if (t->attached < 0)
		return;
	e = &atomic_load(&t->segments[0])->header->attach[t->attached];
	atomic_store(&e->start_time, 0);
	atomic_store(&e->pid_version, 0);
	t->attached = -1;
}
