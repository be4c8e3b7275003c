/* SPDX-License-Identifier: Apache-2.0 */
/* ctr_pod_kill, _pause, _unpause: one call for every member that is in a state for it. */
#include <signal.h>
#include "base/mem.h"
#include "core/graph.h"

struct each {
	const char *operation, *event, *what;
	int (*fn)(ctr_container_t *c, int signal, const struct op_call *call, ctr_error_t **err);
	int signal;
};

static int kill_one(ctr_container_t *c, int signal, const struct op_call *call, ctr_error_t **err)
{
	return core_container_kill(c, signal, call, err);
}

static int pause_one(ctr_container_t *c, int signal, const struct op_call *call, ctr_error_t **err)
{
	(void)signal;
	return core_container_pause(c, call, err);
}

static int unpause_one(ctr_container_t *c, int signal, const struct op_call *call, ctr_error_t **err)
{
	(void)signal;
	return core_container_unpause(c, call, err);
}

/* One in a state that the verb is not for, or that has gone, is no failure. */
static int is_passed_over(int code)
{
	return code == CTR_ERR_STATE_INVALID || code == CTR_ERR_STOPPED || code == CTR_ERR_REMOVED;
}

static int do_one(ctr_engine_t *e, struct container_row *row, const struct each *each, const struct op_call *call, struct partial *failed,
		  size_t *done, ctr_error_t **err)
{
	CLEANUP_ERROR ctr_error_t *why = NULL;
	ctr_container_t *c = NULL;
	int r = core_container_new_handle(e, row, &c, &why);

	if (r == 0)
		r = each->fn(c, each->signal, call, &why);
	core_container_unref(c);
	*done += r == 0;
	if (r == 0 || is_passed_over(r))
		return 0;
	if (core_is_over(r))
		return error_publish(r, TAKE_PTR(why), err);
	partial_add(failed, row->id, r, TAKE_PTR(why));
	return 0;
}

static int do_each(struct pod_locked *pl, const struct each *each, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_FREE char *what = str_printf("pod %s cannot be %s as a whole", pl->row->name, each->what);
	ctr_engine_t *e = pl->pod->engine;
	struct partial failed = {.n = 0};
	struct row_list rows = {.n = 0};
	int r = what ? store_container_list_pod(e->store, pl->row->id, &rows, err) : error_no_memory(err), all;
	size_t done = 0;

	for (size_t i = 0; r == 0 && i < rows.n; i++)
		r = do_one(e, rows.rows[i], each, call, &failed, &done, err);
	row_list_reset(&rows);
	if (done)
		step_pod_emit(pl, each->event);
	all = partial_finish(&failed, "pod", pl->row->id, str_or_empty(what), r < 0 ? NULL : err);
	return r < 0 ? r : all;
}

static int run(ctr_pod_t *pod, const struct each *each, const struct op_call *call, ctr_error_t **err)
{
	struct pod_locked pl;
	int r = core_pod_lock(pod, each->operation, call, &pl, err);

	if (r < 0)
		return r;
	r = do_each(&pl, each, call, err);
	if (r == 0)
		core_log(pod->engine, CTR_LOG_INFO, DOMAIN_CORE, NULL, "pod %s was %s", pod->name, each->what);
	/* What has happened is told although the whole has failed. */
	(void)core_pod_unlock(&pl, 0, NULL);
	return r;
}

int core_pod_kill(ctr_pod_t *pod, int signal, const struct op_call *call, ctr_error_t **err)
{
	struct each each = {.operation = "pod_kill", .event = "kill", .what = "signalled", .fn = kill_one, .signal = signal};

	if (signal < 1 || signal > SIGRTMAX)
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE, "cannot send signal %d to pod \"%s\": signals are 1 to %d", signal,
				 pod->name, SIGRTMAX);
	return run(pod, &each, call, err);
}

int core_pod_pause(ctr_pod_t *pod, const struct op_call *call, ctr_error_t **err)
{
	return run(pod, &(struct each){.operation = "pod_pause", .event = "pause", .what = "paused", .fn = pause_one}, call, err);
}

int core_pod_unpause(ctr_pod_t *pod, const struct op_call *call, ctr_error_t **err)
{
	return run(pod, &(struct each){.operation = "pod_unpause", .event = "unpause", .what = "unpaused", .fn = unpause_one}, call, err);
}
