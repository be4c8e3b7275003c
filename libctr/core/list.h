/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a list of containers. */
#ifndef CTR_CORE_LIST_H
#define CTR_CORE_LIST_H

#include "core/core.h"

struct list_entry {
	ctr_container_t *handle;
	ctr_status_t *status;
};

struct ctr_container_list {
	_Atomic int refs;
	size_t n;
	struct list_entry *entries;
};

ctr_container_list_t *core_list_unref(ctr_container_list_t *l);

#endif
