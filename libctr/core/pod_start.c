/* SPDX-License-Identifier: Apache-2.0 */
/* ctr_pod_start: the infra container, the init containers one by one, each to its end, then all others in the order of what they need. */
#include "base/mem.h"
#include "core/graph.h"

static int is_init(const struct container_row *row)
{
	return *str_or_empty(row->init_type) != '\0';
}

/* ---- init containers ---- */

static int current_run(ctr_container_t *c, uint64_t *ret, ctr_error_t **err)
{
	CLEANUP_ROW struct container_row *row = NULL;
	int r = core_container_snapshot(c, &row, err);

	if (r == 0)
		*ret = row->run;
	return r;
}

static int bad_end(ctr_container_t *c, const struct exit_record *rec, ctr_error_t **err)
{
	error_set(err, CTR_ERR_STATE_INVALID, DOMAIN_CORE,
		  "init container \"%s\" ended with code %d, so the others are not started; see its log", c->name, rec->exit_code);
	error_detail(err, "container", c->id);
	error_detail_i64(err, "exit_code", rec->exit_code);
	return CTR_ERR_STATE_INVALID;
}

/* One that removes itself has ended all the same. */
static int wait_init(ctr_container_t *c, uint64_t run, const struct op_call *call, ctr_error_t **err)
{
	struct exit_record rec = {.known = 0};
	CLEANUP_ERROR ctr_error_t *why = NULL;
	int r = step_wait_run(c, run, &rec, call, err);

	if (r < 0)
		return r;
	if (r != RUN_ENDED || !rec.known || rec.exit_code != 0)
		return bad_end(c, &rec, err);
	r = core_container_cleanup(c, 0, call, &why);
	return r < 0 && r != CTR_ERR_REMOVED ? error_publish(r, TAKE_PTR(why), err) : 0;
}

static int run_init(ctr_container_t *c, const struct container_row *row, const struct op_call *call, ctr_error_t **err)
{
	static const struct ctr_start_opts plain = {.size = sizeof(plain)};
	static const struct ctr_remove_opts by_force = {.size = sizeof(by_force), .force = 1};
	uint64_t run = 0;
	int r = row->state == CTR_STATE_RUNNING ? 0 : core_container_start_member(c, &plain, call, err);

	if (r == 0)
		r = current_run(c, &run, err);
	if (r == 0)
		r = wait_init(c, run, call, err);
	if (r == 0 && STREQ(row->init_type, "once"))
		r = core_container_remove_member(c, &by_force, call, err);
	return r;
}

static int run_one_init(ctr_engine_t *e, struct container_row *row, const struct op_call *call, struct partial *failed, ctr_error_t **err)
{
	CLEANUP_ERROR ctr_error_t *why = NULL;
	ctr_container_t *c = NULL;
	int r = core_container_new_handle(e, row, &c, &why);

	if (r == 0)
		r = run_init(c, row, call, &why);
	core_container_unref(c);
	if (r < 0 && core_is_over(r))
		return error_publish(r, TAKE_PTR(why), err);
	if (r < 0)
		partial_add(failed, row->id, r, TAKE_PTR(why));
	return 0;
}

/* In the order of their creation, until one fails. */
static int run_inits(struct pod_locked *pl, const struct op_call *call, struct partial *failed, ctr_error_t **err)
{
	ctr_engine_t *e = pl->pod->engine;
	struct row_list rows = {.n = 0};
	int r = store_container_list_pod(e->store, pl->row->id, &rows, err);

	for (size_t i = 0; r == 0 && failed->n == 0 && i < rows.n; i++)
		if (is_init(rows.rows[i]))
			r = run_one_init(e, rows.rows[i], call, failed, err);
	row_list_reset(&rows);
	return r;
}

/* ---- the others ---- */

/* An infra container needs nobody, and everybody else may need it. */
static int start_some(struct pod_locked *pl, int infra_only, const struct op_call *call, struct partial *failed, ctr_error_t **err)
{
	ctr_engine_t *e = pl->pod->engine;
	CLEANUP_GRAPH struct graph g = {.n = 0};
	struct graph_result *results = NULL;
	int r = core_graph_pod(e, pl->row->id, &g, err);

	if (r == 0)
		results = graph_results_new(&g);
	if (r == 0 && !results)
		r = error_no_memory(err);
	for (size_t i = 0; r == 0 && i < g.n; i++)
		results[i].skip = is_init(g.nodes[i].row) || (infra_only && !g.nodes[i].row->is_infra);
	if (r == 0)
		r = graph_start(e, &g, g.n, results, call, err);
	for (size_t i = 0; r == 0 && i < g.n; i++) {
		if (core_is_over(results[i].code))
			r = error_publish(results[i].code, TAKE_PTR(results[i].why), err);
		else if (results[i].code < 0)
			partial_add(failed, g.nodes[i].row->id, results[i].code, TAKE_PTR(results[i].why));
	}
	graph_results_free(results, g.n);
	return r;
}

int step_pod_start(struct pod_locked *pl, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_FREE char *what = str_printf("pod %s cannot be started as a whole", pl->row->name);
	struct partial failed = {.n = 0};
	int r = what ? start_some(pl, 1, call, &failed, err) : error_no_memory(err), all;

	if (r == 0 && failed.n == 0)
		r = run_inits(pl, call, &failed, err);
	if (r == 0 && failed.n == 0)
		r = start_some(pl, 0, call, &failed, err);
	if (r == 0 && failed.n == 0)
		step_pod_emit(pl, "start");
	all = partial_finish(&failed, "pod", pl->row->id, str_or_empty(what), r < 0 ? NULL : err);
	return r < 0 ? r : all;
}

int core_pod_start(ctr_pod_t *pod, const struct op_call *call, ctr_error_t **err)
{
	struct pod_locked pl;
	int r = core_pod_lock(pod, "pod_start", call, &pl, err);

	if (r < 0)
		return r;
	r = step_pod_start(&pl, call, err);
	if (r == 0)
		core_log(pod->engine, CTR_LOG_INFO, DOMAIN_CORE, NULL, "pod %s was started", pod->name);
	return core_pod_unlock(&pl, r, err);
}
