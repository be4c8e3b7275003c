/* SPDX-License-Identifier: Apache-2.0 */
/* ctr_container_wait and the wait inside stop and kill: for the exit record of one run, with no lock held. */
#include "core/waits.h"

#include <string.h>
#include <unistd.h>
#include "os/pidfd.h"
#include "os/wait.h"

#define ENDS (CTR_WAIT_STATE(CTR_STATE_STOPPED) | CTR_WAIT_STATE(CTR_STATE_EXITED)) /* what 0 means */

struct waiter {
	ctr_container_t *c;
	uint64_t run;
	int fifo, pidfd;
	int process_gone;
	int woken; /* the FIFO had its byte: it has nothing more to say */
};

void wait_record_of(const struct container_row *row, struct exit_record *ret)
{
	struct exit_record rec = {.run = row->run,
				  .known = row->exit_known,
				  .exit_code = row->exit_code,
				  .exit_signal = row->exit_signal,
				  .oom_killed = row->oom_killed,
				  .finished_ns = row->finished_ns};

	memcpy(rec.id, row->id, sizeof(rec.id));
	*ret = rec;
}

/* RUN_ENDED, 0 = no such record, or negative */
static int from_table(ctr_container_t *c, uint64_t run, struct exit_record *ret, ctr_error_t **err)
{
	CLEANUP_ERROR ctr_error_t *why = NULL;
	int r = store_exit_get(c->engine->store, c->id, run, ret, &why);

	if (r == CTR_ERR_NO_SUCH_EXIT_CODE)
		return 0;
	return r < 0 ? error_publish(r, TAKE_PTR(why), err) : RUN_ENDED;
}

static int is_over(const struct container_row *row)
{
	return row->state == CTR_STATE_STOPPED || row->state == CTR_STATE_EXITED || row->state == CTR_STATE_REMOVING;
}

void wait_settle(ctr_container_t *c, const struct op_call *call)
{
	struct locked l;

	if (locked_take(c, "container_wait", LOCK_SYNC, call, &l, NULL) == 0)
		(void)core_unlock(&l, 0, NULL);
}

/* RUN_ENDED, RUN_NONE, 0 = goes on, or negative. *ret_row: NULL after removal */
static int look(ctr_container_t *c, uint64_t run, struct exit_record *ret, struct container_row **ret_row,
		const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_ERROR ctr_error_t *why = NULL;
	struct container_row *row = NULL;
	int r = core_container_snapshot(c, &row, &why);

	container_row_unref(*ret_row);
	*ret_row = row;
	if (r < 0 && r != CTR_ERR_REMOVED)
		return error_publish(r, TAKE_PTR(why), err);
	if (row && row->run == run && is_over(row) && row->exit_known) {
		if (!step_has_process(row) && row->state == CTR_STATE_STOPPED)
			wait_settle(c, call);
		wait_record_of(row, ret);
		return RUN_ENDED;
	}
	if (row && row->run == run && state_is_live(row->state))
		return 0;
	r = from_table(c, run, ret, err);
	if (r != 0 || !row)
		return r ? r : RUN_NONE;
	if (row->run == run && (row->state == CTR_STATE_STOPPED || row->state == CTR_STATE_EXITED)) {
		wait_record_of(row, ret);
		return RUN_ENDED;
	}
	return RUN_NONE;
}

int wait_press(ctr_container_t *c, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_ERROR ctr_error_t *why = NULL;
	struct op_call now;
	struct locked l;
	int r = locked_take(c, "container_wait", LOCK_TRY | LOCK_SYNC, call, &l, NULL);

	if (r == -EBUSY && lock_held_by_me(store_locks(c->engine->store))) {
		op_call_begin(&now, NULL, 0);
		r = locked_take(c, "container_wait", LOCK_SYNC, &now, &l, &why);
	}
	if (r == 0)
		(void)core_unlock(&l, 0, NULL);
	return r == CTR_ERR_DEADLOCK ? error_publish(r, TAKE_PTR(why), err) : 0;
}

static int sleep_until(struct waiter *w, const struct container_row *row, const struct op_call *call, ctr_error_t **err)
{
	struct pollfd fds[2] = {{.fd = w->woken ? -1 : w->fifo, .events = POLLIN}, {.fd = w->pidfd, .events = POLLIN}};
	struct op_call nearer = *call;
	struct exit_record due;
	uint64_t left = 0;
	CLEANUP_ERROR ctr_error_t *why = NULL;
	int limited = 0, r;

	if (w->process_gone || w->woken) {
		nearer = op_call_nearer(call, WAIT_OWED_NS);
		limited = 1;
	} else if (step_null_end(row, &due, &left)) {
		nearer = op_call_nearer(call, left);
		limited = 1;
	}
	r = os_wait_fds(fds, w->pidfd >= 0 ? 2 : 1, &nearer, "waiting for the end of a container", &why);
	if (r == CTR_ERR_TIMEOUT && limited && op_call_left_ns(call) > 0)
		return 0;
	if (r < 0)
		return error_publish(r, TAKE_PTR(why), err);
	w->woken |= fds[0].revents != 0;
	if (w->pidfd >= 0 && fds[1].revents) {
		close(w->pidfd);
		w->pidfd = -1;
		w->process_gone = 1;
	}
	return 0;
}

/* The pidfd beside the FIFO wakes us when monitor and keeper are gone and so nobody writes. */
static void watch_process(struct waiter *w, const struct container_row *row)
{
	if (row->pid <= 0 || w->pidfd >= 0 || w->process_gone)
		return;
	w->pidfd = os_pidfd_open(row->pid, row->pid_start);
	if (w->pidfd < 0)
		w->process_gone = w->pidfd == -ESRCH;
}

static int wait_loop(struct waiter *w, struct exit_record *ret, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_ROW struct container_row *row = NULL;

	for (;;) {
		int was_gone = w->process_gone;
		int r = look(w->c, w->run, ret, &row, call, err);

		if (r != 0)
			return r;
		watch_process(w, row);
		r = was_gone ? wait_press(w->c, call, err) : 0;
		if (r == 0)
			r = sleep_until(w, row, call, err);
		if (r < 0)
			return r;
	}
}

/* Nothing else would tell the rest of a batch that the run has ended. */
static int in_batch(ctr_container_t *c, int r, const struct op_call *call)
{
	if (r == RUN_ENDED && c->batch_tid)
		wait_settle(c, call);
	return r;
}

int step_wait_run(ctr_container_t *c, uint64_t run, struct exit_record *ret, const struct op_call *call,
		  ctr_error_t **err)
{
	CLEANUP_ROW struct container_row *row = NULL;
	struct waiter w = {.c = c, .run = run, .fifo = -1, .pidfd = -1};
	int r = look(c, run, ret, &row, call, err);

	if (r != 0)
		return in_batch(c, r, call);
	w.fifo = exit_fd_open(c, run, err);
	if (w.fifo < 0)
		return w.fifo;
	r = wait_loop(&w, ret, call, err);
	/* The one who made the FIFO after the end removed its files takes it away again. */
	if (r == RUN_ENDED || r == RUN_NONE)
		exit_fd_drop(c, run);
	close(w.fifo);
	cleanup_close_fn(&w.pidfd);
	return in_batch(c, r, call);
}

static int lost(ctr_container_t *c, ctr_error_t **err)
{
	error_set(err, CTR_ERR_NO_SUCH_EXIT_CODE, DOMAIN_CORE,
		  "container %s has ended, but its exit code was lost with the monitor; start it again if its work "
		  "must be done",
		  c->name);
	error_detail(err, "reason", "monitor_lost");
	return CTR_ERR_NO_SUCH_EXIT_CODE;
}

int wait_answer(ctr_container_t *c, const struct exit_record *rec, int32_t *ret, ctr_error_t **err)
{
	if (!rec->known)
		return lost(c, err);
	if (ret)
		*ret = rec->exit_code;
	return 0;
}

/* After removal, when there was a run: its code is in the table. */
int wait_last_code(ctr_container_t *c, int32_t *ret, ctr_error_t **err)
{
	struct exit_record rec;
	CLEANUP_ERROR ctr_error_t *why = NULL;
	int r = store_exit_last(c->engine->store, c->id, &rec, &why);

	if (r == CTR_ERR_NO_SUCH_EXIT_CODE)
		return error_set(err, CTR_ERR_REMOVED, DOMAIN_CORE,
				 "container %s (%.12s) has been removed and has never ended a run", c->name, c->id);
	return r < 0 ? error_publish(r, TAKE_PTR(why), err) : wait_answer(c, &rec, ret, err);
}

static int wait_end(ctr_container_t *c, const struct op_call *call, int32_t *ret, ctr_error_t **err)
{
	CLEANUP_ROW struct container_row *row = NULL;
	CLEANUP_ERROR ctr_error_t *why = NULL;
	struct exit_record rec;
	int r = core_container_snapshot(c, &row, &why);

	if (r == CTR_ERR_REMOVED)
		return wait_last_code(c, ret, err);
	if (r < 0)
		return error_publish(r, TAKE_PTR(why), err);
	if (row->state == CTR_STATE_CONFIGURED || row->run == 0) {
		if (ret)
			*ret = 0;
		return 0;
	}
	r = step_wait_run(c, row->run, &rec, call, err);
	if (r < 0)
		return r;
	if (r == RUN_ENDED)
		return wait_answer(c, &rec, ret, err);
	/* The run was taken back: the container is as if it had never been initialised. */
	if (atomic_load(&c->removed))
		return wait_last_code(c, ret, err);
	if (ret)
		*ret = 0;
	return 0;
}

int core_container_wait(ctr_container_t *c, const struct ctr_wait_opts *opts, const struct op_call *call, int32_t *ret,
			ctr_error_t **err)
{
	int r = wait_conditions_check(opts->conditions, err);

	if (r < 0)
		return r;
	if (opts->conditions == 0 || opts->conditions == ENDS)
		return wait_end(c, call, ret, err);
	return wait_conditions(c, opts->conditions, call, ret, err);
}
