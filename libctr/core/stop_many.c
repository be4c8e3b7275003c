/* SPDX-License-Identifier: Apache-2.0 */
/* Stopping many containers at once: all are asked before any is waited for, so the time is that of the slowest. ctr_containers_stop_many, and what
 * the pods' verbs use. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "core/graph.h"

static const char operation[] = "container_stop", operation_many[] = "containers_stop_many";

/* One that does not run needs no stopping. */
static int is_stopped(int code)
{
	return code == CTR_ERR_STOPPED || code == CTR_ERR_REMOVED;
}

static int ask_locked(struct stop_one *one, enum locked_purpose purpose, struct stop_conns *conns, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_ERROR ctr_error_t *why = NULL;
	struct locked l;
	int r = core_lock(one->c, operation, call, &l, &why);

	if (r < 0)
		return error_publish(r, TAKE_PTR(why), err);
	l.purpose = purpose;
	r = step_stop_check(&l, call, &why);
	if (r == 0)
		r = step_stop_ask(&l, one->plan.signal, one->plan.timeout_ns, &one->stop, conns, call, &why);
	r = core_unlock(&l, step_note_error(&l, r, &why), &why);
	return error_publish(r, TAKE_PTR(why), err);
}

/* The lock of its pod is held for the request, as by any stop; the waiting is done without. */
static int ask(struct stop_one *one, const struct stop_group *group, struct stop_conns *conns, const struct op_call *call, ctr_error_t **err)
{
	struct pod_locked pl;
	int r;

	if (group->pod_is_locked)
		return ask_locked(one, group->purpose, conns, call, err);
	r = core_pod_lock_member(one->c, operation, call, &pl, err);
	if (r < 0)
		return r;
	r = ask_locked(one, group->purpose, conns, call, err);
	return core_pod_unlock(&pl, r, err);
}

static int wait_for(struct stop_one *one, struct stop_conns *conns, const struct op_call *call, ctr_error_t **err)
{
	struct locked l = {.c = one->c};
	int r = step_stop_wait(one->c, operation, &one->stop, conns, &l, call, err);

	if (r == 0)
		core_log(one->c->engine, CTR_LOG_INFO, DOMAIN_CORE, one->c->id, "container %s was stopped", step_name(&l));
	return core_unlock(&l, step_note_error(&l, r, err), err);
}

static void note(struct stop_one *one, const struct stop_group *group, int r, ctr_error_t *why)
{
	if (is_stopped(r) || (group->tolerant && r == CTR_ERR_STATE_INVALID)) {
		error_unref(why);
		return;
	}
	one->code = r;
	one->why = why;
}

void stop_group_run(const struct stop_group *group, const struct op_call *call)
{
	struct stop_conns conns = {.n = 0};

	for (size_t i = 0; i < group->n; i++) {
		struct stop_one *one = &group->ones[i];
		ctr_error_t *why = NULL;
		int r;

		one->stop = (struct step_stop){.pidfd = -1};
		r = ask(one, group, &conns, call, &why);
		one->done = r == 0;
		note(one, group, r, why);
	}
	for (size_t i = 0; i < group->n; i++) {
		struct stop_one *one = &group->ones[i];
		ctr_error_t *why = NULL;

		if (one->stop.asked && one->code == 0) {
			int r = wait_for(one, &conns, call, &why);

			note(one, group, r, why);
		}
	}
	stop_conns_end(&conns);
}

/* ---- ctr_containers_stop_many ---- */

static int by_id(const void *a, const void *b)
{
	const struct stop_one *x = a, *y = b;

	return strcmp(x->c->id, y->c->id);
}

/* Sorted, so that each is there once, by whatever handle. */
static size_t drop_doubles(struct stop_one *ones, size_t n)
{
	size_t kept = 0;

	qsort(ones, n, sizeof(*ones), by_id);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || !STREQ(ones[kept - 1].c->id, ones[i].c->id))
			ones[kept++] = ones[i];
	return kept;
}

static int refuse_batched(ctr_container_t *c, ctr_error_t **err)
{
	return error_set(err, CTR_ERR_STATE_INVALID, DOMAIN_CORE,
			 "cannot stop container %s together with others inside its batch; stop it alone, or after the batch", c->name);
}

/* How long each may take; what is gone already, or cannot be read, is noted. The latest end of all is that of the call. */
static int plan_all(struct stop_one *ones, size_t n, const struct ctr_stop_opts *opts, ctr_op_t *op, struct op_call *ret, ctr_error_t **err)
{
	op_call_begin(ret, op, 0);
	for (size_t i = 0; i < n; i++) {
		ctr_error_t *why = NULL;
		int r;

		if (ones[i].c->batch_tid)
			return refuse_batched(ones[i].c, err);
		r = step_stop_begin(ones[i].c, opts->timeout_s, opts->timeout_set, op, &ones[i].plan, &why);
		if (r < 0 && r != CTR_ERR_REMOVED) {
			ones[i].code = r;
			ones[i].why = why;
			continue;
		}
		error_unref(why);
		if (r == 0 && ones[i].plan.call.deadline_ns > ret->deadline_ns)
			*ret = ones[i].plan.call;
	}
	return 0;
}

/* What ended the call says so, not each container. */
static int judge(struct stop_one *ones, size_t n, ctr_error_t **err)
{
	struct partial failed = {.n = 0};
	ctr_error_t *why = NULL;
	int over = 0;

	for (size_t i = 0; i < n; i++) {
		if (ones[i].code < 0 && !over && core_is_over(ones[i].code)) {
			over = ones[i].code;
			why = error_ref(ones[i].why);
		}
		if (ones[i].code < 0)
			partial_add(&failed, ones[i].c->id, ones[i].code, TAKE_PTR(ones[i].why));
	}
	if (!over)
		return partial_finish(&failed, "operation", operation_many, "not all containers were stopped", err);
	json_object_put(failed.results);
	return error_publish(over, why, err);
}

static void run_planned(struct stop_one *ones, size_t n, const struct op_call *call)
{
	struct stop_one *at = ones;

	/* Those that could not even be planned are passed over. */
	for (size_t i = 0; i < n; i++)
		if (ones[i].code == 0) {
			struct stop_one planned = ones[i];

			ones[i] = *at;
			*at++ = planned;
		}
	stop_group_run(&(struct stop_group){.ones = ones, .n = (size_t)(at - ones)}, call);
}

int core_containers_stop_many(ctr_container_t *const *cs, size_t n, const struct ctr_stop_opts *opts, ctr_op_t *op, ctr_error_t **err)
{
	CLEANUP_FREE struct stop_one *ones = mem_new0(n ? n : 1, sizeof(*ones));
	struct op_call call;
	int r;

	if (!ones)
		return error_no_memory(err);
	for (size_t i = 0; i < n; i++)
		ones[i].c = cs[i];
	n = drop_doubles(ones, n);
	r = plan_all(ones, n, opts, op, &call, err);
	if (r == 0) {
		run_planned(ones, n, &call);
		return judge(ones, n, err);
	}
	for (size_t i = 0; i < n; i++)
		error_unref(ones[i].why);
	return r;
}
