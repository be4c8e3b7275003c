/* SPDX-License-Identifier: Apache-2.0 */
/* Container handles: bound to an id, shared by threads, with a snapshot of the row that the slot's rev keeps honest. */
#include <string.h>
#include "base/mem.h"
#include "core/core.h"

int core_container_new_handle(ctr_engine_t *e, struct container_row *row, ctr_container_t **ret, ctr_error_t **err)
{
	ctr_container_t *c = NEW0(struct ctr_container);

	if (!c)
		return error_no_memory(err);
	c->name = str_dup(str_or_empty(row->name));
	if (!c->name) {
		free(c);
		return error_no_memory(err);
	}
	atomic_init(&c->refs, 1);
	atomic_init(&c->removed, 0);
	c->pid = e->pid;
	c->engine = core_engine_ref(e);
	memcpy(c->id, row->id, sizeof(c->id));
	pthread_mutex_init(&c->cache_lock, NULL);
	c->row = container_row_ref(row);
	c->last_run = row->run;
	*ret = c;
	return 0;
}

ctr_container_t *core_container_ref(ctr_container_t *c)
{
	if (c)
		atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
	return c;
}

ctr_container_t *core_container_unref(ctr_container_t *c)
{
	if (!c || atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) > 1)
		return NULL;
	container_row_unref(c->row);
	pthread_mutex_destroy(&c->cache_lock);
	core_engine_unref(c->engine);
	free(c->name);
	free(c);
	return NULL;
}
