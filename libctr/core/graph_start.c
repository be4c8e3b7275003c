/* SPDX-License-Identifier: Apache-2.0 */
/* Starting a graph of containers, level by level from those that need nothing: those of one level are on their way at the same time. */
#include "base/mem.h"
#include "core/graph.h"

/* A container of the level that is being started. Its lock is held while it is. */
struct member {
	size_t node;
	ctr_container_t *c;
	struct locked l;
	struct step_run w;
	int under_way;
};

struct start {
	ctr_engine_t *e;
	const struct graph *g;
	struct graph_result *results;
	const struct op_call *call;
};

void graph_results_free(struct graph_result *results, size_t n)
{
	for (size_t i = 0; results && i < n; i++)
		error_unref(results[i].why);
	free(results);
}

struct graph_result *graph_results_new(const struct graph *g)
{
	return mem_new0(g->n ? g->n : 1, sizeof(struct graph_result));
}

/* The first of those it needs that could not be started. */
static const struct graph_node *failed_need(const struct start *s, const struct container_row *row)
{
	const char *at = row->depends;
	char id[ID_SIZE];

	while (graph_next_id(&at, id)) {
		const struct graph_node *need = graph_find(s->g, id);

		if (need && s->results[need - s->g->nodes].code < 0)
			return need;
	}
	return NULL;
}

static int refuse_for(const struct container_row *row, const struct graph_node *need, const struct graph_result *why, ctr_error_t **err)
{
	ctr_error_t *cause = error_ref(why->why);
	int r = error_wrap(&cause, CTR_ERR_STATE_INVALID, DOMAIN_CORE, "a dependency of container \"%s\" failed to start: \"%s\"", row->name,
			   need->row->name);

	error_detail(&cause, "dependency", need->row->id);
	return error_publish(r, cause, err);
}

static int begin(const struct start *s, struct member *m, ctr_error_t **err)
{
	static const struct ctr_start_opts plain = {.size = sizeof(plain)};
	const struct graph_node *node = &s->g->nodes[m->node], *need = failed_need(s, node->row);
	int r;

	if (need)
		return refuse_for(node->row, need, &s->results[need - s->g->nodes], err);
	r = core_depends_running(s->e, node->row, 1, err);
	if (r < 0 || (r = core_container_new_handle(s->e, node->row, &m->c, err)) < 0)
		return r;
	r = locked_take_deep(m->c, "container_start", 0, (int)node->depth, s->call, &m->l, err);
	if (r < 0 || m->l.row->state == CTR_STATE_RUNNING)
		return r;
	m->l.purpose = LOCKED_FOR_CALLER;
	r = verb_check(VERB_START, m->l.row->state, m->l.row->name, err);
	if (r == 0)
		r = step_start_begin(&m->l, &plain, &m->w, s->call, err);
	m->under_way = r == 0;
	return r;
}

static void note(struct start *s, struct member *m, int r, ctr_error_t *why)
{
	struct graph_result *result = &s->results[m->node];

	if (r == 0)
		return;
	m->under_way = 0;
	if (result->code < 0) {
		error_unref(why);
		return;
	}
	if (m->l.row)
		r = step_note_error(&m->l, step_command_error(m->l.row, r, &why), &why);
	result->code = r;
	result->why = why;
}

/* One after the other they are asked for, then waited for: by then all of them have been at work. */
static void run_batch(struct start *s, struct member *members, size_t n)
{
	static int (*const parts[])(struct locked *, struct step_run *, const struct op_call *, ctr_error_t **) = {step_start_go, step_start_end};

	for (size_t i = 0; i < n; i++) {
		ctr_error_t *why = NULL;
		int r = begin(s, &members[i], &why);

		note(s, &members[i], r, why);
	}
	for (size_t p = 0; p < ARRAY_SIZE(parts); p++)
		for (size_t i = 0; i < n; i++) {
			ctr_error_t *why = NULL;

			if (members[i].under_way)
				note(s, &members[i], parts[p](&members[i].l, &members[i].w, s->call, &why), why);
		}
}

static void end_batch(struct start *s, struct member *members, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (members[i].l.c)
			locked_let_go(&members[i].l, s->results[members[i].node].code);
	for (size_t i = 0; i < n; i++) {
		ctr_error_t *why = NULL;

		if (members[i].l.c)
			note(s, &members[i], core_unlock(&members[i].l, 0, &why), why);
		core_container_unref(members[i].c);
	}
}

int graph_start(ctr_engine_t *e, const struct graph *g, size_t n, struct graph_result *results, const struct op_call *call, ctr_error_t **err)
{
	struct start s = {.e = e, .g = g, .results = results, .call = call};
	CLEANUP_FREE struct member *members = mem_new0(GRAPH_BATCH, sizeof(*members));
	size_t from = 0;

	if (!members)
		return error_no_memory(err);
	while (from < n) {
		size_t level = graph_level(g, from), many = 0;

		for (size_t end = from + level; from < end && many < GRAPH_BATCH; from++) {
			if (from >= n || results[from].skip)
				continue;
			members[many++] = (struct member){.node = from};
		}
		run_batch(&s, members, many);
		end_batch(&s, members, many);
	}
	return 0;
}

/* ---- what a container needs, before its own init or start ---- */

/* In the order of depths the first one that failed is the one that made the others fail. */
static int judge(const struct graph *g, size_t n, struct graph_result *results, const struct container_row *row, ctr_error_t **err)
{
	size_t i = 0;
	int code;

	while (i < n && results[i].code == 0)
		i++;
	if (i == n)
		return 0;
	code = core_is_over(results[i].code) ? results[i].code : CTR_ERR_STATE_INVALID;
	error_wrap(&results[i].why, code, DOMAIN_CORE, "a dependency of container \"%s\" failed to start: \"%s\"", row->name,
		   g->nodes[i].row->name);
	error_detail(&results[i].why, "dependency", g->nodes[i].row->id);
	return error_publish(code, TAKE_PTR(results[i].why), err);
}

static int start_first(ctr_engine_t *e, const struct graph *g, size_t n, const struct container_row *row, const struct op_call *call,
		       ctr_error_t **err)
{
	struct graph_result *results = graph_results_new(g);
	int r = results ? graph_start(e, g, n, results, call, err) : error_no_memory(err);

	if (r == 0)
		r = judge(g, n, results, row, err);
	graph_results_free(results, g->n);
	return r;
}

/* Only what a pod is made of is started unasked. */
static int keep_infra(struct graph *g)
{
	struct graph infra = {.n = 0};
	int r = 0;

	for (size_t i = 0; r == 0 && i < g->n; i++)
		if (g->nodes[i].row->is_infra)
			r = graph_add(&infra, g->nodes[i].row);
	graph_reset(g);
	*g = infra;
	return r;
}

static int all_run(const struct graph *g, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (g->nodes[i].row->state != CTR_STATE_RUNNING)
			return 0;
	return 1;
}

int core_start_needs(ctr_container_t *c, enum verb verb, int recursive, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_GRAPH struct graph g = {.n = 0};
	CLEANUP_ROW struct container_row *row = NULL;
	size_t n;
	int r = core_container_snapshot(c, &row, err);

	if (r < 0 || !*str_or_empty(row->depends))
		return r;
	/* A verb that is refused anyway starts nothing. */
	r = verb_check(verb, row->state, row->name, err);
	/* Locks of dependencies come before its own, which a batch holds already. */
	if (r == 0 && c->batch_tid)
		return core_depends_running(c->engine, row, 1, err);
	if (r == 0 && !recursive)
		r = core_depends_running(c->engine, row, 0, err);
	if (r < 0 || (r = core_graph_of(c->engine, row, &g, err)) < 0)
		return r;
	n = g.n - 1; /* the container itself is deeper than all it needs, so it is the last one */
	if (!recursive) {
		if (keep_infra(&g) < 0 || (g.n && graph_sort(&g, NULL) < 0))
			return error_no_memory(err);
		n = g.n;
	}
	if (all_run(&g, n))
		return 0;
	r = start_first(c->engine, &g, n, row, call, err);
	/* What was started may have ended again at once. */
	return r < 0 ? r : core_depends_running(c->engine, row, 1, err);
}
