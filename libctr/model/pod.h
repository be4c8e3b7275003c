/* SPDX-License-Identifier: Apache-2.0 */
/* One pod as the store knows it. Its states follow from those of its members and stand nowhere. */
#ifndef CTR_MODEL_POD_H
#define CTR_MODEL_POD_H

#include <libctr/pod.h>
#include <stdatomic.h>
#include "model/container.h"

/* Immutable once shared, like a container's row. */
struct pod_row {
	_Atomic int refs;
	char id[ID_SIZE];
	char *name;
	uint32_t slot;
	uint64_t generation, rev;
	int32_t intent;            /* enum intent: CREATE or REMOVE while that is going on */
	int64_t created_ns;
	char *infra_id;            /* "" = a pod without infra container */
	char *config;              /* JSON text: the checked pod document, complete */
	char *labels;              /* JSON text of an object, from config, for list */
	char *cgroup;              /* the cgroup its members are made in ("/libctr/pod-<id>" or beneath cgroup_parent), "" none */
	char *monitor;             /* instance key that made its cgroup last, "" */
};

struct pod_row *pod_row_new(void);
struct pod_row *pod_row_ref(struct pod_row *row);
struct pod_row *pod_row_unref(struct pod_row *row);
struct pod_row *pod_row_copy(const struct pod_row *row); /* deep, refs 1; NULL = out of memory */
static inline void cleanup_pod_row_fn(struct pod_row **row)
{
	pod_row_unref(*row);
}
/* What the states of the members add up to (CTR_POD_*, behaviour.md 9.2). Feed every member but init containers, then ask. */
struct pod_tally {
	size_t n, running, paused, ended, bad;
};
void pod_tally_add(struct pod_tally *t, int32_t state);
int32_t pod_tally_state(const struct pod_tally *t);
const char *pod_state_name(int32_t state);
int pod_state_from_name(const char *name, int32_t *ret); /* regardless of case; -EINVAL */

#define CLEANUP_POD CLEANUP(cleanup_pod_row_fn)

#endif
