/* SPDX-License-Identifier: Apache-2.0 */
/* What recovery tells of pods, from what it has done to containers. */
#ifndef CTR_CORE_RECOVER_PODS_H
#define CTR_CORE_RECOVER_PODS_H

#include "core/core.h"

/* Appends {id, name, before, after} of every pod. rows and fates (what became of each, with before and after) are in the same
 * order. */
int recover_pods(ctr_engine_t *engine, const struct row_list *rows, json_t *fates, int dry_run, json_t *ret_list,
		 ctr_error_t **err);

#endif
