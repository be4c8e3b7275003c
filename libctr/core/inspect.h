/* SPDX-License-Identifier: Apache-2.0 */
/* What the two halves of inspect share. */
#ifndef CTR_CORE_INSPECT_H
#define CTR_CORE_INSPECT_H

#include "core/core.h"

struct inspect {
	ctr_engine_t *engine;
	const struct container_row *row;
	json_t *doc, *out;       /* the spec document; what is being built */
	const char *cgroup_path;
	pid_t monitor_pid;
};

/* A copy, or an empty array or object; NULL = out of memory */
json_t *inspect_copy_or(json_t *value, json_type type);
/* 0 or not */
int inspect_put_host_config(struct inspect *in);

#endif
