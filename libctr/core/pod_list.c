/* SPDX-License-Identifier: Apache-2.0 */
/* Pods seen without locks: their members as they are now, their state, lists of them. */
#include <string.h>
#include "base/mem.h"
#include "core/pod_filter.h"
#include "core/pods.h"
#include "core/steps.h"

/* ---- members ---- */

void pod_members_reset(struct pod_members *m)
{
	for (size_t i = 0; i < m->n; i++)
		container_row_unref(m->rows[i]);
	free(m->rows);
	memset(m, 0, sizeof(*m));
}

static int add_member(ctr_engine_t *e, struct container_row *row, struct pod_members *m, struct pod_tally *tally,
		      ctr_error_t **err)
{
	struct container_row **rows = realloc(m->rows, (m->n + 1) * sizeof(struct container_row *));
	int r;

	if (!rows)
		return error_no_memory(err);
	m->rows = rows;
	r = core_observe(e, row, &rows[m->n], err);
	if (r < 0)
		return r;
	if (!*str_or_empty(row->init_type))
		pod_tally_add(tally, rows[m->n]->state);
	m->n++;
	return 0;
}

int core_pod_members(ctr_engine_t *e, const char *pod_id, struct pod_members *ret, ctr_error_t **err)
{
	struct pod_tally tally = {.n = 0};
	struct pod_members m = {.n = 0};
	struct row_list rows = {.n = 0};
	int r = store_container_list_pod(e->store, pod_id, &rows, err);

	for (size_t i = 0; r == 0 && i < rows.n; i++)
		r = add_member(e, rows.rows[i], &m, &tally, err);
	row_list_reset(&rows);
	m.state = pod_tally_state(&tally);
	if (r < 0)
		pod_members_reset(&m);
	else
		*ret = m;
	return r;
}

/* ---- status ---- */

int core_pod_status(ctr_pod_t *pod, const struct op_call *call, ctr_pod_status_t **ret, ctr_error_t **err)
{
	CLEANUP_POD struct pod_row *row = NULL;
	CLEANUP_MEMBERS struct pod_members m = {.n = 0};
	ctr_pod_status_t *status;
	int r = core_pod_snapshot(pod, &row, err);

	(void)call;
	if (r < 0 || (r = core_pod_members(pod->engine, pod->id, &m, err)) < 0)
		return r;
	status = NEW0(struct ctr_pod_status);
	if (!status)
		return error_no_memory(err);
	atomic_init(&status->refs, 1);
	status->state = m.state;
	*ret = status;
	return 0;
}

/* ---- lists ---- */

ctr_pod_list_t *core_pod_list_unref(ctr_pod_list_t *l)
{
	if (!l || atomic_fetch_sub_explicit(&l->refs, 1, memory_order_acq_rel) > 1)
		return NULL;
	for (size_t i = 0; i < l->n; i++)
		core_pod_unref(l->pods[i]);
	free(l->pods);
	free(l);
	return NULL;
}

static ctr_pod_list_t *list_new(size_t n)
{
	ctr_pod_list_t *l = NEW0(struct ctr_pod_list);

	if (!l)
		return NULL;
	atomic_init(&l->refs, 1);
	l->pods = mem_new0(n ? n : 1, sizeof(*l->pods));
	if (!l->pods) {
		free(l);
		return NULL;
	}
	return l;
}

static int fill(ctr_engine_t *e, const struct pod_filter *f, const struct pod_row_list *rows,
		const struct op_call *call, ctr_pod_list_t *l, ctr_error_t **err)
{
	for (size_t i = 0; i < rows->n; i++) {
		CLEANUP_MEMBERS struct pod_members m = {.n = 0};
		int r = op_call_check(call, "listing pods", err);

		if (r == 0 && f->looks_at_members)
			r = core_pod_members(e, rows->rows[i]->id, &m, err);
		if (r == 0 && pod_filter_match(f, rows->rows[i], &m)) {
			r = core_pod_new_handle(e, rows->rows[i], &l->pods[l->n], err);
			l->n += r == 0;
		}
		if (r < 0)
			return r;
	}
	return 0;
}

int core_pod_list(ctr_engine_t *e, const struct ctr_list_opts *opts, const struct op_call *call, ctr_pod_list_t **ret,
		  ctr_error_t **err)
{
	struct pod_filter f = {.n_pod = 0};
	struct pod_row_list rows = {.n = 0};
	ctr_pod_list_t *l = NULL;
	int r = pod_filter_parse(opts->filters, opts->filters_len ? opts->filters_len : CTR_STRLEN, &f, err);

	if (r < 0)
		return r;
	r = store_pod_list(e->store, &rows, err);
	if (r == 0) {
		l = list_new(rows.n);
		r = l ? fill(e, &f, &rows, call, l, err) : error_no_memory(err);
	}
	pod_row_list_reset(&rows);
	pod_filter_reset(&f);
	if (r < 0)
		core_pod_list_unref(l);
	else
		*ret = l;
	return r;
}
