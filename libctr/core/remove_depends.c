/* SPDX-License-Identifier: Apache-2.0 */
/* Removing what depends on a container before the container itself: all of it, those first that nobody needs. */
#include "base/mem.h"
#include "base/strv.h"
#include "core/graph.h"
#include "model/state.h"

/* ---- who they are ---- */

/* One that was never finished needs nobody any more, once it is undone. */
static int add_one(ctr_engine_t *e, const char *id, struct graph *g, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_ROW struct container_row *row = NULL;
	CLEANUP_ROW struct container_row *seen = NULL;
	CLEANUP_ERROR ctr_error_t *why = NULL;
	int r = store_container_load(e->store, id, &row, &why);

	if (r == CTR_ERR_NO_SUCH_CONTAINER)
		return 0;
	if (r < 0)
		return error_publish(r, TAKE_PTR(why), err);
	if (row->intent == INTENT_CREATE && (r = step_undo_half_made(e, id, call, err)) != 0)
		return r < 0 ? r : 0;
	r = core_observe(e, row, &seen, err);
	if (r == 0 && graph_add(g, seen) < 0)
		r = error_no_memory(err);
	return r;
}

static int add_dependents(ctr_engine_t *e, const char *of, struct graph *g, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_STRV char **ids = NULL;
	int r = store_dependents(e->store, of, &ids, err);

	for (size_t i = 0; r == 0 && ids && ids[i]; i++)
		r = add_one(e, ids[i], g, call, err);
	return r;
}

/* Directly and through others. */
static int find_all(ctr_container_t *c, struct graph *g, const struct op_call *call, ctr_error_t **err)
{
	int r = add_dependents(c->engine, c->id, g, call, err);

	for (size_t i = 0; r == 0 && i < g->n; i++)
		r = add_dependents(c->engine, g->nodes[i].row->id, g, call, err);
	return r;
}

/* ---- removing them ---- */

/* Before anything is removed: without force a single one that runs keeps all of them. */
static int check_states(const struct graph *g, const struct ctr_remove_opts *opts, ctr_error_t **err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < g->n; i++)
		r = verb_check(opts->force ? VERB_REMOVE_FORCE : VERB_REMOVE, g->nodes[i].row->state, g->nodes[i].row->name, err);
	return r;
}

static int is_needed(const struct graph *g, const char *id)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->nodes[i].row && graph_needs(g->nodes[i].row, id))
			return 1;
	return 0;
}

static int remove_one(ctr_engine_t *e, struct container_row *row, const struct ctr_remove_opts *opts, const struct op_call *call, ctr_error_t **err)
{
	ctr_container_t *c = NULL;
	int r = core_container_new_handle(e, row, &c, err);

	if (r == 0)
		r = core_container_remove_member(c, opts, call, err);
	core_container_unref(c);
	return r;
}

/* Rounds: in each those go that none of the others needs. A round in which nobody goes is one of a damaged store. */
static int remove_all(ctr_engine_t *e, struct graph *g, const struct ctr_remove_opts *opts, const struct op_call *call, ctr_error_t **err)
{
	size_t left = g->n, before = left + 1;
	int r = 0;

	while (r == 0 && left > 0 && left < before) {
		before = left;
		for (size_t i = 0; r == 0 && i < g->n; i++) {
			if (!g->nodes[i].row || is_needed(g, g->nodes[i].row->id))
				continue;
			r = remove_one(e, g->nodes[i].row, opts, call, err);
			if (r == 0) {
				g->nodes[i].row = container_row_unref(g->nodes[i].row);
				left--;
			}
		}
	}
	return r;
}

int remove_dependents(ctr_container_t *c, const struct ctr_remove_opts *opts, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_GRAPH struct graph g = {.n = 0};
	int r = find_all(c, &g, call, err);

	if (r < 0 || !opts->depend || g.n == 0)
		return r;
	r = check_states(&g, opts, err);
	if (r == 0)
		r = remove_all(c->engine, &g, opts, call, err);
	return r < 0 ? error_wrap(err, 0, DOMAIN_CORE, "container \"%s\" is not removed, since what depends on it is not", c->name) : 0;
}

uint64_t remove_dependents_time(ctr_container_t *c, const struct ctr_remove_opts *opts)
{
	CLEANUP_GRAPH struct graph g = {.n = 0};
	uint64_t all = 0;

	if (!opts->depend || !opts->force || find_all(c, &g, NULL, NULL) < 0)
		return 0;
	for (size_t i = 0; i < g.n; i++) {
		struct stop_plan plan = {.timeout_ns = 0};
		ctr_container_t *one = NULL;

		if (!state_is_live(g.nodes[i].row->state) || core_container_new_handle(c->engine, g.nodes[i].row, &one, NULL) < 0)
			continue;
		(void)step_stop_begin(one, opts->timeout_s, opts->timeout_set, NULL, &plan, NULL);
		core_container_unref(one);
		if (plan.timeout_ns == CTR_FOREVER)
			return CTR_FOREVER;
		all += plan.timeout_ns;
	}
	return all;
}
