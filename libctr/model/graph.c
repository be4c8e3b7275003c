/* SPDX-License-Identifier: Apache-2.0 */
/* Dependencies as a graph: depths, cycles, the order of starting. */
#include "model/graph.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "base/strbuf.h"

#define UNKNOWN_DEPTH UINT_MAX

int graph_next_id(const char **at, char ret[ID_SIZE])
{
	const char *from = *at ? *at + strspn(*at, " ") : "";
	size_t len = strcspn(from, " ");

	if (len == 0 || len >= ID_SIZE)
		return 0;
	memcpy(ret, from, len);
	ret[len] = '\0';
	*at = from + len;
	return 1;
}

int graph_needs(const struct container_row *row, const char *id)
{
	const char *at = row->depends;
	char one[ID_SIZE];

	while (graph_next_id(&at, one))
		if (STREQ(one, id))
			return 1;
	return 0;
}

struct graph_node *graph_find(const struct graph *g, const char *id)
{
	for (size_t i = 0; i < g->n; i++)
		if (STREQ(g->nodes[i].row->id, id))
			return &g->nodes[i];
	return NULL;
}

int graph_add(struct graph *g, struct container_row *row)
{
	if (graph_find(g, row->id))
		return 0;
	if (g->n == g->size) {
		size_t size = g->size ? g->size * 2 : 8;
		struct graph_node *nodes = realloc(g->nodes, size * sizeof(*nodes));

		if (!nodes)
			return -ENOMEM;
		g->nodes = nodes;
		g->size = size;
	}
	g->nodes[g->n++] = (struct graph_node){.row = container_row_ref(row), .depth = UNKNOWN_DEPTH};
	return 0;
}

void graph_reset(struct graph *g)
{
	for (size_t i = 0; i < g->n; i++)
		container_row_unref(g->nodes[i].row);
	free(g->nodes);
	*g = (struct graph){.n = 0};
}

/* Where a walk stands: the node, and how far its dependencies have been looked at. */
struct step {
	struct graph_node *node;
	const char *at;
};

static int refuse_cycle(const struct step *path, size_t n, const struct graph_node *again, ctr_error_t **err)
{
	CLEANUP_STRBUF struct strbuf names = {0};
	size_t from = 0;

	while (from < n && path[from].node != again)
		from++;
	for (size_t i = from; i < n; i++)
		strbuf_printf(&names, "\"%s\" needs ", path[i].node->row->name);
	strbuf_printf(&names, "\"%s\"", again->row->name);
	if (!strbuf_str(&names))
		return error_no_memory(err);
	error_set(err, CTR_ERR_DEPENDENCY_CYCLE, DOMAIN_CORE, "the dependencies of container \"%s\" lead back to it: %s; remove one of them",
		  again->row->name, strbuf_str(&names));
	error_detail(err, "container", again->row->id);
	return CTR_ERR_DEPENDENCY_CYCLE;
}

static int refuse_missing(const struct container_row *row, const char *id, ctr_error_t **err)
{
	error_set(err, CTR_ERR_NO_SUCH_CONTAINER, DOMAIN_CORE, "container \"%s\" depends on container %.12s, which is not there", row->name, id);
	error_detail(err, "dependency", id);
	return CTR_ERR_NO_SUCH_CONTAINER;
}

/* 1: a dependency whose depth is not known is now the top of the path; 0: the top's depth is known. */
static int advance(const struct graph *g, struct step *path, size_t *n, ctr_error_t **err)
{
	struct step *top = &path[*n - 1];
	char id[ID_SIZE];

	while (graph_next_id(&top->at, id)) {
		struct graph_node *need = graph_find(g, id);

		if (!need)
			return refuse_missing(top->node->row, id, err);
		if (need->on_path)
			return refuse_cycle(path, *n, need, err);
		if (need->depth != UNKNOWN_DEPTH)
			continue;
		need->on_path = 1;
		path[(*n)++] = (struct step){need, need->row->depends};
		return 1;
	}
	return 0;
}

static unsigned depth_of(const struct graph *g, const struct container_row *row)
{
	const char *at = row->depends;
	unsigned depth = 0;
	char id[ID_SIZE];

	while (graph_next_id(&at, id)) {
		const struct graph_node *need = graph_find(g, id);

		if (need && need->depth != UNKNOWN_DEPTH && need->depth + 1 > depth)
			depth = need->depth + 1;
	}
	return depth;
}

/* Depth first without recursion: a host thread may have a small stack. path has room for every node. */
static int find_depth(const struct graph *g, struct graph_node *node, struct step *path, ctr_error_t **err)
{
	size_t n = 0;
	int r;

	if (node->depth != UNKNOWN_DEPTH)
		return 0;
	node->on_path = 1;
	path[n++] = (struct step){node, node->row->depends};
	while (n > 0) {
		r = advance(g, path, &n, err);
		if (r < 0)
			return r;
		if (r == 0) {
			n--;
			path[n].node->on_path = 0;
			path[n].node->depth = depth_of(g, path[n].node->row);
		}
	}
	return 0;
}

static int by_depth(const void *a, const void *b)
{
	const struct graph_node *x = a, *y = b;

	if (x->depth != y->depth)
		return x->depth < y->depth ? -1 : 1;
	return strcmp(x->row->id, y->row->id);
}

int graph_sort(struct graph *g, ctr_error_t **err)
{
	CLEANUP_FREE struct step *path = mem_new0(g->n ? g->n : 1, sizeof(*path));
	int r = path ? 0 : error_no_memory(err);

	for (size_t i = 0; i < g->n; i++) {
		g->nodes[i].depth = UNKNOWN_DEPTH;
		g->nodes[i].on_path = 0;
	}
	for (size_t i = 0; r == 0 && i < g->n; i++)
		r = find_depth(g, &g->nodes[i], path, err);
	if (r == 0 && g->n > 1)
		qsort(g->nodes, g->n, sizeof(*g->nodes), by_depth);
	return r;
}

size_t graph_level(const struct graph *g, size_t from)
{
	size_t n = 0;

	while (from + n < g->n && g->nodes[from + n].depth == g->nodes[from].depth)
		n++;
	return n;
}
