/* SPDX-License-Identifier: Apache-2.0 */
/* Containers and what they need, in the order in which they can be started: levels by depth. Pure data. */
#ifndef CTR_MODEL_GRAPH_H
#define CTR_MODEL_GRAPH_H

#include "error/error.h"
#include "model/container.h"

/* The next id of a row's `depends`: 1 and *at behind it, or 0 at the end. */
int graph_next_id(const char **at, char ret[ID_SIZE]);
/* Is id one of them? */
int graph_needs(const struct container_row *row, const char *id);

struct graph_node {
	struct container_row *row; /* a reference */
	unsigned depth;            /* 0: needs nothing; else one more than the deepest of what it needs */
	int on_path;               /* while depths are being found */
};
struct graph {
	struct graph_node *nodes;
	size_t n, size;
};
/* Takes a reference of its own; one that is there already is left as it is. 0 or -ENOMEM */
int graph_add(struct graph *g, struct container_row *row);
struct graph_node *graph_find(const struct graph *g, const char *id); /* NULL: not there */
/* Finds the depths and sorts the nodes by (depth, id), which is also the order of their locks. DEPENDENCY_CYCLE naming the containers in it,
 * NO_SUCH_CONTAINER when one needs what is not in the graph. */
int graph_sort(struct graph *g, ctr_error_t **err);
/* How many nodes from `from` on have its depth. */
size_t graph_level(const struct graph *g, size_t from);
void graph_reset(struct graph *g);
#define CLEANUP_GRAPH CLEANUP(graph_reset)

#endif
