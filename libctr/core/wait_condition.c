/* SPDX-License-Identifier: Apache-2.0 */
/* ctr_container_wait for conditions: states, however short they last, removal, the next end of a run. Who waits hangs up a
 * bell, looks, and sleeps until it rings; what was passed through between two looks is in the row's counters. */
#include "core/waits.h"

#include <string.h>
#include <unistd.h>
#include "base/mem.h"
#include "model/state.h"
#include "os/bell.h"
#include "os/pidfd.h"
#include "os/proc.h"
#include "os/wait.h"

#define ALL_STATES ((UINT64_C(1) << (CTR_STATE_STOPPING + 1)) - 1)
#define BUILT (ALL_STATES | CTR_WAIT_REMOVED | CTR_WAIT_NEXT_EXIT)
#define TRANSIENT (ALL_STATES & ~(ENDS | CTR_WAIT_STATE(CTR_STATE_CONFIGURED) | CTR_WAIT_STATE(CTR_STATE_REMOVING)))
#define ENDS (CTR_WAIT_STATE(CTR_STATE_STOPPED) | CTR_WAIT_STATE(CTR_STATE_EXITED))
/* What nobody has done yet is looked after again and again, but ever less often: it may be impossible. */
#define OWED_MAX_NS (64 * WAIT_OWED_NS)

/* The way of a container, round and round: of several states passed through between two looks this tells the first. */
static const ctr_state_t way[] = {CTR_STATE_CONFIGURED, CTR_STATE_CREATED, CTR_STATE_RUNNING, CTR_STATE_PAUSED,
				  CTR_STATE_STOPPING,	CTR_STATE_STOPPED, CTR_STATE_EXITED,  CTR_STATE_REMOVING};

struct watch {
	ctr_container_t *c;
	uint64_t mask;
	struct container_row *first, *row; /* as at the call, and as seen last; row NULL: the container is gone */
	uint64_t told;			   /* the newest event at the call */
	uint64_t ended_run, next_run;	   /* the first runs whose end is an answer to STOPPED and EXITED, to NEXT_EXIT */
	int bell, fifo, pidfd;
	uint64_t fifo_run, process_run; /* of which run they are */
	int is_woken, is_gone;		/* FIFO and process have said all they have to say */
	uint64_t owed_ns;
};

static void close_fd(int *fd)
{
	cleanup_close_fn(fd);
	*fd = -1;
}

static uint64_t bit(ctr_state_t state)
{
	return CTR_WAIT_STATE((unsigned)state);
}

int wait_conditions_check(uint64_t mask, ctr_error_t **err)
{
	if (mask & (CTR_WAIT_HEALTHY | CTR_WAIT_UNHEALTHY))
		return error_set(err, CTR_ERR_NOT_SUPPORTED, DOMAIN_CORE,
				 "ctr_wait_opts.conditions: this version has no health checks, so HEALTHY and UNHEALTHY cannot "
				 "be waited for");
	if (mask & ~BUILT)
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE,
				 "ctr_wait_opts.conditions: the bits 0x%llx are no conditions; ctr_container_wait(3) names those "
				 "there are",
				 (unsigned long long)(mask & ~BUILT));
	return 0;
}

/* ---- what is answered ---- */

static int answer_none(int32_t *ret)
{
	if (ret)
		*ret = CTR_EXIT_UNKNOWN;
	return 1;
}

static int answer_record(struct watch *w, const struct exit_record *rec, int32_t *ret, ctr_error_t **err)
{
	int r = wait_answer(w->c, rec, ret, err);

	return r < 0 ? r : 1;
}

/* The first end of this run or a later one: 1, 0 = there is none yet. A row that says EXITED does not tell of which run: one
 * that was taken back leaves its number and the end before it. */
static int find_end(struct watch *w, uint64_t run, struct exit_record *ret, ctr_error_t **err)
{
	CLEANUP_ERROR ctr_error_t *why = NULL;
	int r;

	if (w->row && (w->row->run < run || (w->row->run == run && state_is_live(w->row->state))))
		return 0;
	r = store_exit_next(w->c->engine->store, w->c->id, run, ret, &why);
	if (r == 0)
		return 1;
	if (r != CTR_ERR_NO_SUCH_EXIT_CODE)
		return error_publish(r, TAKE_PTR(why), err);
	if (!w->row || w->row->state != CTR_STATE_STOPPED)
		return 0;
	wait_record_of(w->row, ret);
	return 1;
}

/* 1, or negative. No record: the state was entered by other means than the end of a run. */
static int answer_end(struct watch *w, uint64_t run, int32_t *ret, ctr_error_t **err)
{
	struct exit_record rec;
	int r = find_end(w, run, &rec, err);

	if (r < 0)
		return r;
	return r == 0 ? answer_none(ret) : answer_record(w, &rec, ret, err);
}

/* What it was at the call is what was waited for. */
static int answer_now(struct watch *w, int32_t *ret, ctr_error_t **err)
{
	struct exit_record rec;

	if (!(bit(w->row->state) & ENDS))
		return answer_none(ret);
	wait_record_of(w->row, &rec);
	if (!rec.known)
		(void)store_exit_get(w->c->engine->store, w->c->id, w->row->run, &rec, NULL);
	return answer_record(w, &rec, ret, err);
}

static int answer_removed(struct watch *w, int32_t *ret, ctr_error_t **err)
{
	CLEANUP_ERROR ctr_error_t *why = NULL;
	int r = wait_last_code(w->c, ret, &why);

	if (r == CTR_ERR_REMOVED)
		return answer_none(ret);
	return r < 0 ? error_publish(r, TAKE_PTR(why), err) : 1;
}

/* The counters have gone with the row; the events are still there. */
static int was_told(struct watch *w, int32_t *ret, ctr_error_t **err)
{
	static const struct {
		ctr_state_t state;
		const char *event;
	} told[] = {{CTR_STATE_CREATED, "init"},
		    {CTR_STATE_RUNNING, "start"},
		    {CTR_STATE_RUNNING, "unpause"},
		    {CTR_STATE_PAUSED, "pause"},
		    {CTR_STATE_STOPPING, "stop"}};

	for (size_t i = 0; i < ARRAY_SIZE(told); i++) {
		int r = w->mask & bit(told[i].state)
			    ? store_event_was_told(w->c->engine->store, w->told, w->c->id, told[i].event, err)
			    : 0;

		if (r != 0)
			return r < 0 ? r : answer_none(ret);
	}
	return 0;
}

static int judge_gone(struct watch *w, int32_t *ret, ctr_error_t **err)
{
	struct exit_record rec;
	int r = was_told(w, ret, err);

	if (r != 0)
		return r;
	if (w->mask & (ENDS | CTR_WAIT_NEXT_EXIT))
		r = find_end(w, w->mask & ENDS ? w->ended_run : w->next_run, &rec, err);
	if (r != 0)
		return r < 0 ? r : answer_record(w, &rec, ret, err);
	if (w->mask & bit(CTR_STATE_REMOVING))
		return answer_none(ret);
	if (w->mask & CTR_WAIT_REMOVED)
		return answer_removed(w, ret, err);
	return error_set(err, CTR_ERR_REMOVED, DOMAIN_CORE,
			 "container %s (%.12s) has been removed before it came to what was waited for", w->c->name, w->c->id);
}

static int has_entered(const struct watch *w, ctr_state_t state)
{
	return w->row->state == state ||
	       container_row_entered(w->row, state) != container_row_entered(w->first, state);
}

static size_t place_of(ctr_state_t state)
{
	for (size_t i = 0; i < ARRAY_SIZE(way); i++) {
		if (way[i] == state)
			return i;
	}
	return 0;
}

/* 1 = answered, 0 = not yet, or negative */
static int judge(struct watch *w, int32_t *ret, ctr_error_t **err)
{
	size_t from;

	if (!w->row)
		return judge_gone(w, ret, err);
	from = place_of(w->first->state);
	for (size_t i = 1; i <= ARRAY_SIZE(way); i++) {
		ctr_state_t state = way[(from + i) % ARRAY_SIZE(way)];
		struct exit_record rec;
		int r = 0;

		if ((w->mask & bit(state)) && has_entered(w, state))
			return bit(state) & ENDS ? answer_end(w, w->ended_run, ret, err) : answer_none(ret);
		if (state == CTR_STATE_STOPPED && (w->mask & CTR_WAIT_NEXT_EXIT))
			r = find_end(w, w->next_run, &rec, err);
		if (r != 0)
			return r < 0 ? r : answer_record(w, &rec, ret, err);
	}
	return 0;
}

/* ---- looking and sleeping ---- */

static int look(struct watch *w, ctr_error_t **err)
{
	CLEANUP_ERROR ctr_error_t *why = NULL;
	struct container_row *row = NULL;
	int r = core_container_snapshot(w->c, &row, &why);

	if (r < 0 && r != CTR_ERR_REMOVED)
		return error_publish(r, TAKE_PTR(why), err);
	container_row_unref(w->row);
	w->row = row;
	return 0;
}

/* Nobody else cleans up after a container without a process whose clock has run out. */
static int look_and_settle(struct watch *w, const struct op_call *call, ctr_error_t **err)
{
	int r = look(w, err);

	if (r < 0 || !w->row || w->row->state != CTR_STATE_STOPPED || (step_has_process(w->row) && !w->c->batch_tid))
		return r;
	wait_settle(w->c, call);
	return look(w, err);
}

static int hang_up_bell(struct watch *w, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_CLOSE int fresh = -1;
	int r;

	if (w->bell >= 0 && !os_bell_is_rung(w->bell))
		return 0;
	r = store_container_bell(w->c->engine->store, w->row, call, &fresh, err);
	if (r < 0)
		return r;
	close_fd(&w->bell);
	w->bell = TAKE_FD(fresh);
	return 0;
}

static int is_live(const struct watch *w)
{
	return w->row && state_is_live(w->row->state);
}

/* The run is over, or taken back: its FIFO is nobody's any more. */
static void drop_fifo(struct watch *w)
{
	if (w->fifo >= 0 && !(is_live(w) && w->row->run == w->fifo_run))
		exit_fd_drop(w->c, w->fifo_run);
	close_fd(&w->fifo);
	w->is_woken = 0;
}

/* The end of the run is known to its FIFO before anybody has saved it. 1: there is a new one, so look again */
static int watch_end(struct watch *w, ctr_error_t **err)
{
	int r;

	if (w->fifo >= 0 && is_live(w) && w->row->run == w->fifo_run)
		return 0;
	drop_fifo(w);
	if (!is_live(w) || !(w->mask & (bit(CTR_STATE_STOPPED) | CTR_WAIT_NEXT_EXIT)))
		return 0;
	r = exit_fd_open(w->c, w->row->run, err);
	if (r < 0)
		return r;
	w->fifo = r;
	w->fifo_run = w->row->run;
	return 1;
}

/* For the case that monitor and keeper are gone and so nobody tells. */
static void watch_process(struct watch *w)
{
	if (w->process_run != w->row->run) {
		close_fd(&w->pidfd);
		w->process_run = w->row->run;
		w->is_gone = 0;
		w->owed_ns = WAIT_OWED_NS;
	}
	if (w->row->pid <= 0 || w->pidfd >= 0 || w->is_gone)
		return;
	w->pidfd = os_pidfd_open(w->row->pid, w->row->pid_start);
	if (w->pidfd < 0)
		w->is_gone = w->pidfd == -ESRCH;
}

/* Nobody has said what became of the run, or cleaned up after it: as its agent would. */
static int do_what_is_owed(struct watch *w, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_ERROR ctr_error_t *why = NULL;

	w->owed_ns = w->owed_ns < OWED_MAX_NS ? w->owed_ns * 2 : OWED_MAX_NS;
	if (w->row->state == CTR_STATE_STOPPED && !w->c->batch_tid) {
		(void)core_agent_cleanup(w->c->engine, w->c->id, w->row->run, call, &why);
		return 0;
	}
	return wait_press(w->c, call, err);
}

static int sleep_until(struct watch *w, const struct op_call *call, ctr_error_t **err)
{
	struct pollfd fds[] = {{.fd = w->bell, .events = POLLIN},
			       {.fd = w->is_woken ? -1 : w->fifo, .events = POLLIN},
			       {.fd = w->pidfd, .events = POLLIN}};
	int is_owed = w->row->state == CTR_STATE_STOPPED || (is_live(w) && (w->is_gone || w->is_woken)), r;
	CLEANUP_ERROR ctr_error_t *why = NULL;
	struct op_call nearer = *call;
	struct exit_record due;
	uint64_t left = 0;
	int is_clocked = !is_owed && step_null_end(w->row, &due, &left);

	if (is_owed || is_clocked)
		nearer = op_call_nearer(call, is_owed ? w->owed_ns : left);
	r = os_wait_fds(fds, ARRAY_SIZE(fds), &nearer, "waiting for a container to change its state", &why);
	if (r == CTR_ERR_TIMEOUT && (is_owed || is_clocked) && op_call_left_ns(call) > 0)
		return is_owed ? do_what_is_owed(w, call, err) : 0;
	if (r < 0)
		return error_publish(r, TAKE_PTR(why), err);
	w->is_woken |= fds[1].revents != 0;
	if (fds[2].revents) {
		close_fd(&w->pidfd);
		w->is_gone = 1;
	}
	return 0;
}

/* Whoever has the lock, also through another handle, keeps all others from changing anything. */
static int is_mine(const struct watch *w)
{
	struct lock_table *locks = store_locks(w->c->engine->store);
	struct lock_slot_info info;

	if (w->c->batch_tid)
		return 1;
	return lock_held_by_me(locks) && lock_slot_info(locks, w->row->slot, &info) == 0 && info.held && info.pid == getpid() &&
	       info.tid == os_gettid();
}

/* Only an end comes by itself. */
static int refuse_mine(const struct watch *w, ctr_error_t **err)
{
	if (!is_mine(w) || (is_live(w) && w->mask & (ENDS | CTR_WAIT_NEXT_EXIT)))
		return 0;
	return error_set(err, CTR_ERR_DEADLOCK, DOMAIN_CORE,
			 "container %s is %s and locked by the batch that waits here, so nothing can change that; wait after the batch",
			 w->c->name, state_name(w->row->state));
}

static int wait_loop(struct watch *w, int32_t *ret, const struct op_call *call, ctr_error_t **err)
{
	for (;;) {
		int r = hang_up_bell(w, call, err);

		if (r < 0 || (r = look_and_settle(w, call, err)) < 0 || (r = judge(w, ret, err)) != 0 ||
		    (r = watch_end(w, err)) < 0)
			return r < 0 ? r : 0;
		if (r > 0)
			continue;
		r = refuse_mine(w, err);
		if (r < 0)
			return r;
		watch_process(w);
		r = sleep_until(w, call, err);
		if (r < 0)
			return r;
	}
}

static void watch_done(struct watch *w)
{
	drop_fifo(w);
	/* Nobody rings it any more. */
	if (!w->row)
		store_container_bell_drop(w->c->engine->store, w->c->id);
	close_fd(&w->bell);
	close_fd(&w->pidfd);
	container_row_unref(w->row);
	container_row_unref(w->first);
}

/* While it is being initialised the row carries the new run's number already. */
static void choose_runs(struct watch *w)
{
	uint64_t coming = w->first->run + (w->first->intent != INTENT_INIT);
	int live = state_is_live(w->first->state);

	w->next_run = live ? w->first->run : coming;
	w->ended_run = live || w->first->state == CTR_STATE_STOPPED ? w->first->run : coming;
}

int wait_conditions(ctr_container_t *c, uint64_t mask, const struct op_call *call, int32_t *ret, ctr_error_t **err)
{
	struct watch w CLEANUP(watch_done) = {
	    .c = c, .mask = mask, .bell = -1, .fifo = -1, .pidfd = -1, .owed_ns = WAIT_OWED_NS};
	int r = mask & TRANSIENT ? store_events_newest(c->engine->store, &w.told, err) : 0;

	if (r < 0 || (r = look_and_settle(&w, call, err)) < 0)
		return r;
	/* A handle whose container has gone long ago: as when nothing but the end was asked for. */
	if (!w.row && (mask & ENDS))
		return wait_last_code(c, ret, err);
	if (!w.row && (mask & CTR_WAIT_REMOVED))
		r = answer_removed(&w, ret, err);
	else if (!w.row)
		return step_removed(c, err);
	else if (mask & bit(w.row->state))
		r = answer_now(&w, ret, err);
	if (r != 0)
		return r < 0 ? r : 0;
	w.first = container_row_ref(w.row);
	choose_runs(&w);
	return wait_loop(&w, ret, call, err);
}
