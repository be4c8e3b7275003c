/* SPDX-License-Identifier: Apache-2.0 */
/* Taking, trying, binding and releasing locks, with a holder that can be named and a wait that can be ended. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include "base/clock.h"
#include "base/mem.h"
#include "lock/layout.h"
#include "os/proc.h"
#include "os/wait.h"

static void set_holder(struct lock_slot *s, const char *operation)
{
	char text[LOCK_OPERATION_WORDS * 8] = {0};

	str_copy(text, sizeof(text), operation);
	for (size_t i = 0; i < LOCK_OPERATION_WORDS; i++) {
		uint64_t word;

		memcpy(&word, text + 8 * i, 8);
		atomic_store(&s->operation[i], word);
	}
	atomic_store(&s->since_ns, clock_monotonic_ns());
	atomic_store(&s->pid, (int32_t)getpid());
	atomic_store(&s->tid, (int32_t)os_gettid());
}

/* What pthread_mutex_* said, after a dead holder's lock has been repaired: 0 or -errno. Nobody knows what the dead one had
 * done, so whatever is cached under this rev must be read anew. */
static int settle(struct lock_slot *s, int result, int *ret_recovered)
{
	if (result == EOWNERDEAD) {
		result = pthread_mutex_consistent(&s->mutex);
		atomic_store(&s->rev, 0);
		*ret_recovered = 1;
	}
	return -result;
}

/* Signals whose handlers must run at once, whatever we wait for. */
static void block_handlers(sigset_t *ret_old)
{
	static const int sync_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS};
	sigset_t set;

	sigfillset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(sync_signals); i++)
		sigdelset(&set, sync_signals[i]);
	pthread_sigmask(SIG_SETMASK, &set, ret_old);
}

/* glibc restarts a mutex wait after a signal handler, so one that ran would go unseen. In an interruptible call handlers are
 * held back for one slice and let in where their running shows: in ppoll. */
static int wait_slice(pthread_mutex_t *mutex, const struct op_call *call, const struct timespec *until, int *ret_interrupted)
{
	const struct timespec now = {0, 0};
	sigset_t old;
	int r;

	if (!op_call_interruptible(call))
		return pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, until);
	block_handlers(&old);
	r = pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, until);
	if (r == ETIMEDOUT && ppoll(NULL, 0, &now, &old) < 0 && errno == EINTR)
		*ret_interrupted = 1;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return r;
}

static struct timespec slice_end(const struct op_call *call)
{
	uint64_t left = call ? op_call_left_ns(call) : OP_NO_DEADLINE;
	uint64_t end = clock_monotonic_ns() + (left < LOCK_SLICE_NS ? left : LOCK_SLICE_NS);

	return (struct timespec){(time_t)(end / NSEC_PER_SEC), (long)(end % NSEC_PER_SEC)};
}

static void add_holder(ctr_error_t **err, const struct lock_slot_info *info)
{
	error_detail_i64(err, "holder_pid", info->pid);
	error_detail_i64(err, "holder_tid", info->tid);
	error_detail(err, "holder_operation", info->operation);
	error_detail_i64(err, "holder_since_ns", (int64_t)info->since_ns);
}

/* The op says whether it was a cancel or the time; the holder is what the user needs to know. */
static int give_up(struct lock_table *t, uint32_t slot, const char *what, const struct op_call *call, ctr_error_t **err)
{
	struct lock_slot_info info;
	const char *stopped = "";
	struct os_proc_stat st;
	int code;

	if (lock_slot_info(t, slot, &info) < 0)
		memset(&info, 0, sizeof(info));
	code = op_call_check(call, "waiting for a lock", NULL);
	if (code != CTR_ERR_TIMEOUT)
		return op_call_check(call, what, err);
	if (info.held && os_proc_stat(info.pid, &st) == 0 && (st.state == 'T' || st.state == 't'))
		stopped = " and is stopped by a signal: continue or kill it";
	if (info.held)
		error_set(err, code, DOMAIN_LOCK,
			  "timed out waiting for %s: process %d (thread %d) has held it for %s for %.3f s%s", what,
			  info.pid, info.tid, info.operation,
			  (double)(clock_monotonic_ns() - info.since_ns) / (double)NSEC_PER_SEC, stopped);
	else
		error_set(err, code, DOMAIN_LOCK, "timed out waiting for %s; it has just been released: try again", what);
	if (info.held)
		add_holder(err, &info);
	return code;
}

static int take_mutex(struct lock_table *t, struct lock_slot *s, uint32_t slot, const char *what,
		      const struct op_call *call, int *ret_recovered, ctr_error_t **err)
{
	int interrupted = 0;
	int r = settle(s, pthread_mutex_trylock(&s->mutex), ret_recovered);

	while (r == -EBUSY || r == -ETIMEDOUT) {
		struct timespec until;

		if (op_call_check(call, what, NULL) < 0)
			return give_up(t, slot, what, call, err);
		if (interrupted)
			return error_set(err, CTR_ERR_INTERRUPTED, DOMAIN_LOCK, "a signal handler ran while waiting for %s", what);
		until = slice_end(call);
		r = settle(s, wait_slice(&s->mutex, call, &until, &interrupted), ret_recovered);
	}
	if (r == -EDEADLK)
		return error_set(err, CTR_ERR_DEADLOCK, DOMAIN_LOCK,
				 "this thread already holds %s: a callback must not call into its own container", what);
	if (r < 0)
		return error_set_errno(err, 0, DOMAIN_LOCK, r, "cannot take %s", what);
	return 0;
}

static int held_error(int r, const char *what, ctr_error_t **err)
{
	if (r == -EDEADLK)
		return error_set(err, CTR_ERR_DEADLOCK, DOMAIN_LOCK,
				 "this thread already holds %s: a callback must not call into its own container", what);
	if (r == -EMFILE)
		return error_set(err, CTR_ERR_NO_RESOURCES, DOMAIN_LOCK,
				 "this thread holds %d locks already and cannot take %s: lock fewer objects at once",
				 LOCK_HELD_MAX, what);
	return error_no_memory(err);
}

static void grant(struct lock_table *t, struct lock_slot *s, uint32_t slot, int rank, const char *operation, int recovered,
		  struct lock_guard *ret)
{
	set_holder(s, operation);
	*ret = (struct lock_guard){.table = lock_table_ref(t), .slot = slot, .rank = rank, .recovered = recovered};
}

static int gone_error(const char *uuid, unsigned n, ctr_error_t **err)
{
	char path[LOCK_NAME_SIZE];

	lock_segment_path(path, uuid, n);
	error_set(err, CTR_ERR_STORE_MISMATCH, DOMAIN_LOCK,
		  "the lock segment %s was deleted while the store was open: close the engine and open it again", path);
	error_detail(err, "path", path);
	return CTR_ERR_STORE_MISMATCH;
}

int lock_take(struct lock_table *t, const struct lock_ref *ref, int rank, const char *operation, const struct op_call *call,
	      struct lock_guard *ret, ctr_error_t **err)
{
	struct lock_segment *seg = NULL;
	struct lock_slot *s = lock_find_slot(t, ref->slot, &seg);
	char what[ID_SIZE + 32];
	int recovered = 0, r;

	strcpy(what, "the lock of ");
	strncat(what, ref->id, ID_SIZE);
	if (!s)
		return error_set(err, CTR_ERR_STORE_MISMATCH, DOMAIN_LOCK, "%s has slot %u, which no open lock segment has",
				 what, ref->slot);
	r = lock_held_add(t, ref->slot, rank, s);
	if (r < 0)
		return held_error(r, what, err);
	r = take_mutex(t, s, ref->slot, what, call, &recovered, err);
	if (r < 0) {
		lock_held_drop(t, ref->slot);
		return r;
	}
	if (!lock_segment_is_linked(seg))
		r = gone_error(seg->header->uuid, seg->header->index, err);
	else if (!lock_slot_is(s, ref))
		r = error_set(err, CTR_ERR_REMOVED, DOMAIN_LOCK, "%.12s has been removed", ref->id);
	if (r < 0) {
		pthread_mutex_unlock(&s->mutex);
		lock_held_drop(t, ref->slot);
		return r;
	}
	grant(t, s, ref->slot, rank, operation, recovered, ret);
	return 0;
}

/* 0 with the mutex held and registered, or -errno; -EBUSY also for a lock this thread holds itself */
static int try_mutex(struct lock_table *t, struct lock_slot *s, uint32_t slot, int rank, int *ret_recovered)
{
	int r = settle(s, pthread_mutex_trylock(&s->mutex), ret_recovered);

	if (r < 0)
		return r == -EDEADLK ? -EBUSY : r;
	r = lock_held_add(t, slot, rank, NULL);
	if (r < 0)
		pthread_mutex_unlock(&s->mutex);
	return r;
}

int lock_try(struct lock_table *t, const struct lock_ref *ref, int rank, const char *operation, struct lock_guard *ret)
{
	struct lock_segment *seg = NULL;
	struct lock_slot *s = lock_find_slot(t, ref->slot, &seg);
	int recovered = 0, r;

	if (!s || !lock_slot_is(s, ref))
		return -ESTALE;
	r = try_mutex(t, s, ref->slot, rank, &recovered);
	if (r < 0)
		return r;
	if (!lock_segment_is_linked(seg) || !lock_slot_is(s, ref)) {
		pthread_mutex_unlock(&s->mutex);
		lock_held_drop(t, ref->slot);
		return -ESTALE;
	}
	grant(t, s, ref->slot, rank, operation, recovered, ret);
	return 0;
}

int lock_bind(struct lock_table *t, uint32_t slot, const char *id, const char *operation, uint64_t *ret_generation,
	      struct lock_guard *ret)
{
	struct lock_slot *s = lock_find_slot(t, slot, NULL);
	int recovered = 0, r;
	uint64_t generation;

	if (!s)
		return -ERANGE;
	r = try_mutex(t, s, slot, LOCK_RANK_CONTAINER, &recovered);
	if (r < 0)
		return r;
	generation = atomic_load(&s->generation) + 1;
	atomic_store(&s->rev, 0);
	atomic_store(&s->generation, generation);
	lock_slot_set_id(s, id);
	grant(t, s, slot, LOCK_RANK_CONTAINER, operation, 0, ret);
	*ret_generation = generation;
	return 0;
}

void lock_unbind(struct lock_table *t, uint32_t slot)
{
	struct lock_slot *s = lock_find_slot(t, slot, NULL);

	if (!s)
		return;
	atomic_store(&s->rev, 0);
	lock_slot_set_id(s, "");
}

void lock_release(struct lock_guard *guard)
{
	struct lock_table *t = TAKE_PTR(guard->table);
	int saved = errno;

	if (!t)
		return;
	/* A forked child has neither the mapping nor the lock. */
	if (getpid() == t->pid) {
		lock_held_drop(t, guard->slot);
		pthread_mutex_unlock(guard->slot == LOCK_SLOT_WRITER ? &atomic_load(&t->segments[0])->header->writer.mutex :
								       &lock_find_slot(t, guard->slot, NULL)->mutex);
	}
	lock_table_unref(t);
	errno = saved;
}

int lock_writer_take(struct lock_table *t, const char *operation, const struct op_call *call, struct lock_guard *ret,
		     ctr_error_t **err)
{
	struct lock_segment *seg = atomic_load(&t->segments[0]);
	struct lock_slot *s = &seg->header->writer;
	const char *what = "the store's writer lock";
	int recovered = 0, r;

	r = lock_held_add(t, LOCK_SLOT_WRITER, LOCK_RANK_WRITER, s);
	if (r < 0)
		return held_error(r, what, err);
	r = take_mutex(t, s, LOCK_SLOT_WRITER, what, call, &recovered, err);
	if (r == 0 && !lock_segment_is_linked(seg)) {
		pthread_mutex_unlock(&s->mutex);
		r = gone_error(seg->header->uuid, 0, err);
	}
	if (r < 0) {
		lock_held_drop(t, LOCK_SLOT_WRITER);
		return r;
	}
	grant(t, s, LOCK_SLOT_WRITER, LOCK_RANK_WRITER, operation, recovered, ret);
	return 0;
}
