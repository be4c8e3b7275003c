/* SPDX-License-Identifier: Apache-2.0 */
/* ctr_container_open: a handle by name, id or unique prefix. */
#include "core/core.h"

int core_container_open(ctr_engine_t *e, const char *name_or_id, ctr_container_t **ret, ctr_error_t **err)
{
	CLEANUP_ROW struct container_row *row = NULL;
	int r = store_container_find(e->store, name_or_id, &row, err);

	return r < 0 ? r : core_container_new_handle(e, row, ret, err);
}
