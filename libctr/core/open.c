/* SPDX-License-Identifier: Apache-2.0 */
/* ctr_container_open: a handle by name, id or unique prefix. */
#include "core/core.h"

int core_container_open(ctr_engine_t *e, const char *name_or_id, ctr_container_t **ret, ctr_error_t **err)
{
	CLEANUP_ROW struct container_row *row = NULL;
	const char *wanted = ident_plain_name(name_or_id);
	int r = *wanted ? store_container_find(e->store, wanted, &row, err)
			: error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE, "the name or id is empty; give one");

	return r < 0 ? r : core_container_new_handle(e, row, ret, err);
}
