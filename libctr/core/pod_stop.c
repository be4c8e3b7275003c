/* SPDX-License-Identifier: Apache-2.0 */
/* ctr_pod_stop and ctr_pod_restart: dependents before what they need, level by level, all of a level asked before any is waited
 * for. */
#include "base/mem.h"
#include "core/graph.h"

/* ---- how long it may take ---- */

static uint64_t add_ns(uint64_t a, uint64_t b)
{
	return a == CTR_FOREVER || b == CTR_FOREVER ? CTR_FOREVER : a + b;
}

static uint64_t time_of(ctr_engine_t *e, struct container_row *row, const struct ctr_stop_opts *opts)
{
	struct stop_plan plan = {.timeout_ns = 0};
	ctr_container_t *c = NULL;

	if (state_is_live(row->state) && core_container_new_handle(e, row, &c, NULL) == 0)
		(void)step_stop_begin(c, opts->timeout_s, opts->timeout_set, NULL, &plan, NULL);
	core_container_unref(c);
	return plan.timeout_ns;
}

int step_pod_stop_plan(ctr_pod_t *pod, const struct ctr_stop_opts *opts, ctr_op_t *op, struct op_call *ret, ctr_error_t **err)
{
	CLEANUP_GRAPH struct graph g = {.n = 0};
	uint64_t limit = pod->engine->config.default_timeout_ns;
	int r = core_graph_pod(pod->engine, pod->id, &g, err);

	for (size_t from = 0; r == 0 && from < g.n;) {
		size_t end = from + graph_level(&g, from);
		uint64_t longest = 0;

		for (; from < end; from++) {
			uint64_t ns = time_of(pod->engine, g.nodes[from].row, opts);

			longest = ns > longest ? ns : longest;
		}
		limit = add_ns(limit, longest);
	}
	if (r == 0)
		op_call_begin(ret, op, limit);
	return r;
}

/* ---- the members ---- */

static int is_settled(const struct container_row *row)
{
	return row->state == CTR_STATE_CONFIGURED && !row->restart_at_ns;
}

/* 0 when it is to be asked, 1 when there is nothing to do */
static int plan_one(ctr_engine_t *e, const struct graph_node *node, const struct ctr_stop_opts *opts, const struct op_call *call,
		    struct stop_one *one)
{
	int r;

	*one = (struct stop_one){.c = NULL};
	if (is_settled(node->row))
		return 1;
	r = core_container_new_handle(e, node->row, &one->c, &one->why);
	if (r == 0)
		r = step_stop_begin(one->c, opts->timeout_s, opts->timeout_set, NULL, &one->plan, &one->why);
	one->plan.call = *call;
	if (r == CTR_ERR_REMOVED) {
		core_container_unref(one->c);
		one->why = error_unref(one->why);
		return 1;
	}
	one->code = r;
	return 0;
}

static void note(struct stop_one *one, struct partial *failed, size_t *stopped, int *over, ctr_error_t **why)
{
	*stopped += one->done && one->code == 0;
	if (one->code < 0 && core_is_over(one->code) && !*over) {
		*over = one->code;
		*why = TAKE_PTR(one->why);
	} else if (one->code < 0 && one->c) {
		partial_add(failed, one->c->id, one->code, TAKE_PTR(one->why));
	}
	error_unref(one->why);
	core_container_unref(one->c);
}

struct pod_stop {
	struct pod_locked *pl;
	const struct ctr_stop_opts *opts;
	const struct op_call *call;
	enum locked_purpose purpose;
	struct partial failed;
	size_t stopped;
};

static int stop_level(struct pod_stop *s, const struct graph *g, size_t from, size_t n, ctr_error_t **err)
{
	CLEANUP_FREE struct stop_one *ones = mem_new0(n, sizeof(*ones));
	CLEANUP_ERROR ctr_error_t *why = NULL;
	size_t many = 0;
	int over = 0;

	if (!ones)
		return error_no_memory(err);
	for (size_t i = 0; i < n; i++)
		if (plan_one(s->pl->pod->engine, &g->nodes[from + i], s->opts, s->call, &ones[many]) == 0) {
			if (ones[many].code < 0)
				note(&ones[many], &s->failed, &s->stopped, &over, &why);
			else
				many++;
		}
	stop_group_run(&(struct stop_group){.ones = ones, .n = many, .pod_is_locked = 1, .tolerant = 1, .purpose = s->purpose}, s->call);
	for (size_t i = 0; i < many; i++)
		note(&ones[i], &s->failed, &s->stopped, &over, &why);
	return over ? error_publish(over, TAKE_PTR(why), err) : 0;
}

static int stop_levels(struct pod_stop *s, ctr_error_t **err)
{
	CLEANUP_GRAPH struct graph g = {.n = 0};
	int r = core_graph_pod(s->pl->pod->engine, s->pl->row->id, &g, err);
	size_t end = g.n;

	while (r == 0 && end > 0) {
		size_t from = end - 1;

		while (from > 0 && g.nodes[from - 1].depth == g.nodes[end - 1].depth)
			from--;
		r = stop_level(s, &g, from, end - from, err);
		end = from;
	}
	return r;
}

int step_pod_stop(struct pod_locked *pl, const struct ctr_stop_opts *opts, enum locked_purpose purpose, const struct op_call *call,
		  ctr_error_t **err)
{
	struct pod_stop s = {.pl = pl, .opts = opts, .purpose = purpose, .call = call};
	CLEANUP_FREE char *what = str_printf("pod %s cannot be stopped as a whole", pl->row->name);
	int r = what ? stop_levels(&s, err) : error_no_memory(err), all;

	if (r == 0 && s.failed.n == 0 && s.stopped)
		step_pod_emit(pl, "stop");
	all = partial_finish(&s.failed, "pod", pl->row->id, str_or_empty(what), r < 0 ? NULL : err);
	return r < 0 ? r : all;
}

/* ---- the verbs ---- */

int core_pod_stop(ctr_pod_t *pod, const struct ctr_stop_opts *opts, ctr_op_t *op, ctr_error_t **err)
{
	struct pod_locked pl;
	struct op_call call;
	int r = step_pod_stop_plan(pod, opts, op, &call, err);

	if (r < 0 || (r = core_pod_lock(pod, "pod_stop", &call, &pl, err)) < 0)
		return r;
	r = step_pod_stop(&pl, opts, LOCKED_FOR_ANY, &call, err);
	if (r == 0)
		core_log(pod->engine, CTR_LOG_INFO, DOMAIN_CORE, NULL, "pod %s was stopped", pod->name);
	return core_pod_unlock(&pl, r, err);
}

/* Those that were stopped for it and could not be started are not started behind the back of who has been told so. */
static void withdraw(ctr_engine_t *e, struct container_row *row)
{
	struct op_call late = step_late_call(e);
	ctr_container_t *c = NULL;
	struct locked l;

	if (!row->restart_at_ns || core_container_new_handle(e, row, &c, NULL) < 0)
		return;
	if (core_lock(c, "pod_restart", &late, &l, NULL) == 0) {
		if (l.row->restart_at_ns) {
			struct container_row *edited = container_row_copy(l.row);

			if (edited)
				policy_withdraw(e, edited);
			(void)step_save(&l, edited, &late, NULL);
		}
		(void)core_unlock(&l, 0, NULL);
	}
	core_container_unref(c);
}

static void withdraw_all(struct pod_locked *pl)
{
	struct row_list rows = {.n = 0};

	if (store_container_list_pod(pl->pod->engine->store, pl->row->id, &rows, NULL) < 0)
		return;
	for (size_t i = 0; i < rows.n; i++)
		if (!state_is_live(rows.rows[i]->state))
			withdraw(pl->pod->engine, rows.rows[i]);
	row_list_reset(&rows);
}

int core_pod_restart(ctr_pod_t *pod, const struct ctr_stop_opts *opts, ctr_op_t *op, ctr_error_t **err)
{
	struct pod_locked pl;
	struct op_call call;
	int r = step_pod_stop_plan(pod, opts, op, &call, err);

	if (r < 0 || (r = core_pod_lock(pod, "pod_restart", &call, &pl, err)) < 0)
		return r;
	r = step_pod_stop(&pl, opts, LOCKED_FOR_RESTART, &call, err);
	if (r == 0)
		r = step_pod_start(&pl, &call, err);
	if (r == CTR_ERR_PARTIAL)
		withdraw_all(&pl);
	if (r == 0)
		core_log(pod->engine, CTR_LOG_INFO, DOMAIN_CORE, NULL, "pod %s was restarted", pod->name);
	return core_pod_unlock(&pl, r, err);
}
