/* SPDX-License-Identifier: Apache-2.0 */
/* Listing: one snapshot of all rows, filtered, observed, with handles and statuses that ask nobody. */
#include <string.h>
#include "base/clock.h"
#include "base/mem.h"
#include "core/core.h"
#include "core/list.h"
#include "model/filter.h"

static int resolve_references(ctr_engine_t *e, struct filter *f, ctr_error_t **err)
{
	for (size_t i = 0; i < filter_reference_count(f); i++) {
		CLEANUP_ROW struct container_row *row = NULL;
		int is_pod, r;
		const char *name = ident_plain_name(filter_reference(f, i, &is_pod));

		if (is_pod) {
			CLEANUP_POD struct pod_row *pod = NULL;

			/* As in Podman, a pod that is not there has no containers. */
			r = store_pod_find(e->store, name, &pod, NULL);
			if (r == 0)
				filter_resolve_pod(f, i, pod->id);
			continue;
		}
		r = store_container_find(e->store, name, &row, err);
		if (r < 0)
			return r;
		filter_resolve(f, i, row->created_ns);
	}
	return 0;
}

/* The handle gets the row as it is stored: whoever changes the container must not take an end that was only seen for one
 * that has been saved. */
static int add(ctr_engine_t *e, ctr_container_list_t *l, struct container_row *row, struct container_row *seen, ctr_error_t **err)
{
	struct list_entry *entry = &l->entries[l->n];
	int r = core_status_new(e, seen, &entry->status, err);

	if (r < 0)
		return r;
	r = core_container_new_handle(e, row, &entry->handle, err);
	if (r < 0) {
		entry->status = core_status_unref(entry->status);
		return r;
	}
	l->n++;
	return 0;
}

static int fill(ctr_engine_t *e, const struct filter *f, const struct row_list *rows, const struct op_call *call, ctr_container_list_t *l,
		ctr_error_t **err)
{
	for (size_t i = 0; i < rows->n; i++) {
		CLEANUP_ROW struct container_row *seen = NULL;
		int r = core_observe(e, rows->rows[i], &seen, err);

		if (r < 0)
			return r;
		if (i % 1024 == 1023 && (r = op_call_check(call, "listing containers", err)) < 0)
			return r;
		if (filter_match(f, seen) && (r = add(e, l, rows->rows[i], seen, err)) < 0)
			return r;
	}
	return 0;
}

static ctr_container_list_t *list_new(size_t n)
{
	ctr_container_list_t *l = NEW0(struct ctr_container_list);

	if (!l)
		return NULL;
	atomic_init(&l->refs, 1);
	l->entries = mem_new0(n ? n : 1, sizeof(*l->entries));
	if (!l->entries) {
		free(l);
		return NULL;
	}
	return l;
}

int core_container_list(ctr_engine_t *e, const struct ctr_list_opts *opts, const struct op_call *call, ctr_container_list_t **ret,
			ctr_error_t **err)
{
	struct row_list rows = { 0 };
	struct filter *f = NULL;
	ctr_container_list_t *l = NULL;
	int r = filter_parse(opts->filters, opts->filters_len ? opts->filters_len : CTR_STRLEN, clock_realtime_ns(), &f, err);

	if (r < 0)
		return r;
	r = resolve_references(e, f, err);
	if (r == 0)
		r = store_container_list(e->store, &rows, err);
	if (r == 0) {
		l = list_new(rows.n);
		r = l ? fill(e, f, &rows, call, l, err) : error_no_memory(err);
	}
	row_list_reset(&rows);
	filter_free(f);
	if (r < 0)
		core_list_unref(l);
	else
		*ret = l;
	return r;
}

ctr_container_list_t *core_list_unref(ctr_container_list_t *l)
{
	if (!l || atomic_fetch_sub_explicit(&l->refs, 1, memory_order_acq_rel) > 1)
		return NULL;
	for (size_t i = 0; i < l->n; i++) {
		core_status_unref(l->entries[i].status);
		core_container_unref(l->entries[i].handle);
	}
	free(l->entries);
	free(l);
	return NULL;
}
