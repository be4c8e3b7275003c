/* SPDX-License-Identifier: Apache-2.0 */
/* What a container needs, read from the store: the graph, and whether all of it runs. */
#include "core/graph.h"

#include <string.h>
#include "base/mem.h"
#include "base/strbuf.h"

int core_is_over(int code)
{
	return code == CTR_ERR_TIMEOUT || code == CTR_ERR_CANCELLED || code == CTR_ERR_INTERRUPTED || code == CTR_ERR_NO_MEMORY;
}

static int load(ctr_engine_t *e, const char *id, struct container_row **ret, ctr_error_t **err)
{
	CLEANUP_ROW struct container_row *row = NULL;
	int r = store_container_load(e->store, id, &row, err);

	return r < 0 ? r : core_observe(e, row, ret, err);
}

static int add_needs(ctr_engine_t *e, struct graph *g, const struct container_row *row, ctr_error_t **err)
{
	const char *at = row->depends;
	char id[ID_SIZE];
	int r = 0;

	while (r == 0 && graph_next_id(&at, id)) {
		CLEANUP_ROW struct container_row *need = NULL;

		if (graph_find(g, id))
			continue;
		r = load(e, id, &need, err);
		if (r == 0 && graph_add(g, need) < 0)
			r = error_no_memory(err);
	}
	return r;
}

int core_graph_of(ctr_engine_t *e, struct container_row *row, struct graph *ret, ctr_error_t **err)
{
	CLEANUP_GRAPH struct graph g = {.n = 0};
	int r = graph_add(&g, row) < 0 ? error_no_memory(err) : 0;

	for (size_t i = 0; r == 0 && i < g.n; i++)
		r = add_needs(e, &g, g.nodes[i].row, err);
	if (r == 0)
		r = graph_sort(&g, err);
	if (r < 0)
		return r;
	*ret = g;
	g = (struct graph){.n = 0};
	return 0;
}

int core_graph_pod(ctr_engine_t *e, const char *pod_id, struct graph *ret, ctr_error_t **err)
{
	CLEANUP_GRAPH struct graph g = {.n = 0};
	struct row_list rows = {.n = 0};
	int r = store_container_list_pod(e->store, pod_id, &rows, err);

	for (size_t i = 0; r == 0 && i < rows.n; i++) {
		CLEANUP_ROW struct container_row *seen = NULL;

		r = core_observe(e, rows.rows[i], &seen, err);
		if (r == 0 && graph_add(&g, seen) < 0)
			r = error_no_memory(err);
	}
	row_list_reset(&rows);
	if (r == 0)
		r = graph_sort(&g, err);
	if (r < 0)
		return r;
	*ret = g;
	g = (struct graph){.n = 0};
	return 0;
}

static int refuse(const struct container_row *row, const char *first, struct strbuf *names, ctr_error_t **err)
{
	if (!strbuf_str(names))
		return error_no_memory(err);
	error_set(err, CTR_ERR_STATE_INVALID, DOMAIN_CORE,
		  "cannot start container \"%s\": it needs these to be running: %s; start them first, or start recursively", row->name,
		  strbuf_str(names));
	error_detail(err, "state", state_name(row->state));
	error_detail(err, "dependency", first);
	return CTR_ERR_STATE_INVALID;
}

int core_depends_running(ctr_engine_t *e, const struct container_row *row, int infra, ctr_error_t **err)
{
	CLEANUP_STRBUF struct strbuf names = {0};
	char id[ID_SIZE], first[ID_SIZE] = "";
	const char *at = row->depends;

	while (graph_next_id(&at, id)) {
		CLEANUP_ROW struct container_row *need = NULL;
		int r = load(e, id, &need, err);

		if (r < 0)
			return r;
		if (need->state == CTR_STATE_RUNNING || (need->is_infra && !infra))
			continue;
		if (!*first)
			memcpy(first, id, sizeof(first));
		strbuf_printf(&names, "%s\"%s\" (%s)", names.len ? ", " : "", need->name, state_name(need->state));
	}
	return *first ? refuse(row, first, &names, err) : 0;
}
