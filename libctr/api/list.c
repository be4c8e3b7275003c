/* SPDX-License-Identifier: Apache-2.0 */
/* Public functions of lists of containers. */
#include <libctr/container.h>
#include "api/api.h"
#include "base/opts.h"
#include "core/list.h"

#define LIST_OPTS_V1 24

void ctr_list_opts_init(struct ctr_list_opts *opts, size_t size)
{
	opts_init(opts, size);
}

int ctr_container_list(ctr_engine_t *engine, const struct ctr_list_opts *opts, ctr_op_t *op, ctr_container_list_t **ret, ctr_error_t **err)
{
	API_ENTER();
	struct ctr_list_opts copy;
	struct op_call call;
	ctr_error_t *e = NULL;
	int r;

	if (!engine || !ret)
		return api_null(err, "ctr_container_list", engine ? "ret" : "engine");
	r = api_opts(&copy, sizeof(copy), LIST_OPTS_V1, opts, "ctr_list_opts", &e);
	if (r == 0)
		r = api_begin_engine(&call, engine, op, &e);
	if (r == 0)
		r = core_container_list(engine, &copy, &call, ret, &e);
	return api_publish(NULL, "container_list", r, e, err);
}

size_t ctr_container_list_count(const ctr_container_list_t *l)
{
	return l ? l->n : 0;
}

ctr_container_t *ctr_container_list_get(const ctr_container_list_t *l, size_t i)
{
	return l && i < l->n ? l->entries[i].handle : NULL;
}

const ctr_status_t *ctr_container_list_status(const ctr_container_list_t *l, size_t i)
{
	return l && i < l->n ? l->entries[i].status : NULL;
}

ctr_container_list_t *ctr_container_list_ref(ctr_container_list_t *l)
{
	if (l)
		atomic_fetch_add_explicit(&l->refs, 1, memory_order_relaxed);
	return l;
}

ctr_container_list_t *ctr_container_list_unref(ctr_container_list_t *l)
{
	API_ENTER();

	return core_list_unref(l);
}
