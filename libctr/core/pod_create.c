/* SPDX-License-Identifier: Apache-2.0 */
/* ctr_pod_create: a row, a cgroup and an infra container, or nothing at all. And joining a pod. */
#include <string.h>
#include "base/clock.h"
#include "base/mem.h"
#include "core/pods.h"
#include "core/steps.h"
#include "model/pod_spec.h"
#include "model/spec.h"

#define NAME_TRIES 16	  /* generated names */
#define HALF_MADE_TRIES 4 /* creators of the same name that die one after the other */

int core_pod_config(const struct pod_row *row, json_t **ret, ctr_error_t **err)
{
	const char *why = "it is empty";
	int r = json_parse(str_or_empty(row->config), SIZE_MAX, ret, &why, NULL);

	if (r == -ENOMEM)
		return error_no_memory(err);
	if (r < 0 || !*ret)
		return error_set(err, CTR_ERR_STORE_DAMAGED, DOMAIN_CORE,
				 "the stored configuration of pod %s cannot be read: %s; remove the pod with force",
				 row->name, why);
	return 0;
}

/* ---- the row ---- */

static int fill_row(ctr_engine_t *e, json_t *doc, struct pod_row *row, ctr_error_t **err)
{
	CLEANUP_FREE char *config = json_print(doc), *labels = NULL, *cgroup = NULL;
	json_t *said = json_get(doc, "labels");
	unsigned char bytes[32];
	int r = step_draw(bytes, sizeof(bytes), err);

	if (r < 0)
		return r;
	ident_format(bytes, row->id);
	row->created_ns = clock_realtime_ns();
	labels = said ? json_print(said) : str_dup("{}");
	cgroup = core_pod_cgroup(e, doc, row->id);
	if (!config || !labels || !cgroup || container_row_set(&row->config, config) < 0 ||
	    container_row_set(&row->labels, labels) < 0 || container_row_set(&row->cgroup, cgroup) < 0)
		return error_no_memory(err);
	return 0;
}

/* The holder of the name was never finished. 1: it has been undone, 0: its creator lives, negative */
static int undo_half_made(ctr_engine_t *e, const char *id, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_POD struct pod_row *row = NULL;
	CLEANUP_ERROR ctr_error_t *why = NULL;
	struct pod_locked pl;
	ctr_pod_t *pod = NULL;
	int r = store_pod_load(e->store, id, &row, &why);

	if (r == CTR_ERR_NO_SUCH_POD)
		return 1;
	if (r < 0)
		return error_publish(r, TAKE_PTR(why), err);
	r = core_pod_new_handle(e, row, &pod, err);
	if (r < 0)
		return r;
	r = core_pod_try_lock(pod, "pod_create", call, &pl, &why);
	if (r == 0) /* finished meanwhile */
		r = core_pod_unlock(&pl, 0, &why);
	core_pod_unref(pod);
	if (r == CTR_ERR_REMOVED)
		return 1;
	return r == -EBUSY || r == 0 ? 0 : error_publish(r, TAKE_PTR(why), err);
}

static int insert_once_free(ctr_engine_t *e, struct pod_row *row, const struct op_call *call, struct lock_guard *guard,
			    ctr_error_t **err)
{
	for (int i = 0;; i++) {
		CLEANUP_ERROR ctr_error_t *why = NULL;
		int undone, r = store_pod_insert(e->store, row, call, guard, &why);
		const char *half = r == CTR_ERR_NAME_IN_USE ? error_get_detail(why, "intent_id") : NULL;

		if (r == 0)
			return 0;
		if (!half || i == HALF_MADE_TRIES)
			return error_publish(r, TAKE_PTR(why), err);
		undone = undo_half_made(e, half, call, err);
		if (undone <= 0)
			return undone < 0 ? undone : error_publish(r, TAKE_PTR(why), err);
	}
}

static int insert_named(ctr_engine_t *e, struct pod_row *row, const struct op_call *call, struct pod_locked *ret,
			ctr_error_t **err)
{
	struct pod_locked pl = {.pod = NULL};
	int r = core_pod_new_handle(e, row, &pl.pod, err);

	if (r == 0)
		r = insert_once_free(e, row, call, &pl.guard, err);
	if (r < 0) {
		core_pod_unref(pl.pod);
		return r;
	}
	pl.row = pod_row_ref(row);
	*ret = pl;
	return 0;
}

static int insert(ctr_engine_t *e, json_t *doc, struct pod_row *row, const struct op_call *call, struct pod_locked *ret,
		  ctr_error_t **err)
{
	const char *said = json_get_str(doc, "name", "");
	char name[ID_SIZE];
	uint64_t random;

	if (*said)
		return container_row_set(&row->name, said) < 0 ? error_no_memory(err)
							       : insert_named(e, row, call, ret, err);
	for (unsigned attempt = 0;; attempt++) {
		CLEANUP_ERROR ctr_error_t *why = NULL;
		int r = step_draw(&random, sizeof(random), err);

		if (r < 0)
			return r;
		ident_make_name(random, attempt, name, sizeof(name));
		if (container_row_set(&row->name, name) < 0)
			return error_no_memory(err);
		r = insert_named(e, row, call, ret, &why);
		if (r != CTR_ERR_NAME_IN_USE || attempt == NAME_TRIES)
			return r < 0 ? error_publish(r, TAKE_PTR(why), err) : 0;
	}
}

/* ---- making it ---- */

static int make_infra(struct pod_locked *pl, json_t *doc, const struct op_call *call, char ret_id[ID_SIZE],
		      ctr_error_t **err)
{
	ctr_engine_t *e = pl->pod->engine;
	const struct create_in in = {.pl = pl, .is_infra = 1};
	CLEANUP_FREE char *rootfs = NULL, *text = NULL;
	CLEANUP_JSON json_t *infra = NULL;
	ctr_container_t *c = NULL;
	ctr_spec_t *spec = NULL;
	int has_process = !e->runtime || !(runtime_backend_caps(e->runtime) & CTR_RUNTIME_CAP_NO_PROCESS);
	int r = core_infra_rootfs(e, has_process && !json_get(doc, "infra_command"), &rootfs, err);

	if (r == 0)
		r = pod_spec_infra(doc, pl->row->id, pl->row->name, rootfs, pl->row->cgroup, &infra, err);
	if (r < 0)
		return r;
	text = json_print(infra);
	r = text ? spec_from_json(text, CTR_STRLEN, &spec, err) : error_no_memory(err);
	if (r == 0)
		r = core_container_create_in(e, spec, &in, call, &c, err);
	spec_unref(spec);
	if (r < 0)
		return r;
	memcpy(ret_id, c->id, ID_SIZE);
	core_container_unref(c);
	return 0;
}

static int make_parts(struct pod_locked *pl, json_t *doc, const struct op_call *call, ctr_error_t **err)
{
	char infra_id[ID_SIZE] = "";
	struct pod_row *row;
	int r = core_pod_cgroup_make(doc, pl->row->cgroup, err);

	if (r == 0 && pod_spec_has_infra(doc))
		r = make_infra(pl, doc, call, infra_id, err);
	if (r == 0)
		r = op_call_check(call, "creating a pod", err);
	if (r < 0)
		return r;
	row = pod_row_copy(pl->row);
	if (!row || container_row_set(&row->infra_id, infra_id) < 0) {
		pod_row_unref(row);
		return error_no_memory(err);
	}
	row->intent = INTENT_NONE;
	pl->durable = 1;
	step_pod_emit(pl, "create");
	return step_pod_save(pl, row, call, err);
}

/* The pod is finished or undone as a whole. */
static int make(struct pod_locked *pl, json_t *doc, const struct op_call *call, ctr_pod_t **ret, ctr_error_t **err)
{
	const struct ctr_remove_opts opts = {.size = sizeof(opts), .force = 1};
	ctr_pod_t *pod = pl->pod;
	int made, r = make_parts(pl, doc, call, err);

	if (r < 0) {
		CLEANUP_ERROR ctr_error_t *undo = NULL;
		struct op_call late = step_late_call(pod->engine);

		event_list_reset(&pl->events);
		if (step_pod_delete(pl, &late, &undo) < 0)
			core_log(pod->engine, CTR_LOG_WARNING, DOMAIN_CORE, NULL,
				 "half-made pod %s could not be undone yet: %s", pod->name, error_message(undo));
	}
	made = r == 0;
	if (made)
		core_log(pod->engine, CTR_LOG_INFO, DOMAIN_CORE, NULL, "pod %s was made", pod->name);
	r = core_pod_unlock(pl, r, err);
	/* It could not be made durable: who is told that there is no pod must not find one. */
	if (r < 0 && made)
		(void)core_pod_remove(pod, &opts, NULL, NULL);
	if (r < 0)
		core_pod_unref(pod);
	else
		*ret = pod;
	return r;
}

int core_pod_create(ctr_engine_t *e, const char *json, size_t len, const struct op_call *call, ctr_pod_t **ret,
		    ctr_error_t **err)
{
	CLEANUP_JSON json_t *doc = NULL;
	CLEANUP_POD struct pod_row *row = NULL;
	struct pod_locked pl;
	int r = pod_spec_parse(json, len, &doc, err);

	if (r < 0 || (r = core_pod_cgroup_check(e, doc, err)) < 0)
		return r;
	row = pod_row_new();
	if (!row)
		return error_no_memory(err);
	if ((r = fill_row(e, doc, row, err)) < 0 || (r = insert(e, doc, row, call, &pl, err)) < 0)
		return r;
	return make(&pl, doc, call, ret, err);
}

/* ---- joining ---- */

int core_pod_join(ctr_engine_t *e, json_t *doc, const struct op_call *call, struct pod_locked *ret, ctr_error_t **err)
{
	CLEANUP_JSON json_t *pod_doc = NULL;
	CLEANUP_FREE char *cgroup = NULL;
	struct pod_locked pl;
	ctr_pod_t *pod = NULL;
	int r = core_pod_open(e, json_get_str(doc, "pod", ""), &pod, err);

	if (r < 0)
		return r;
	r = core_pod_lock(pod, "container_create", call, &pl, err);
	if (r < 0) {
		core_pod_unref(pod);
		return r;
	}
	pl.owned = 1;
	r = core_pod_config(pl.row, &pod_doc, err);
	if (r == 0 && !(cgroup = core_pod_cgroup(e, pod_doc, pl.row->id)))
		r = error_no_memory(err);
	if (r == 0)
		r = pod_spec_apply(pod_doc, pl.row->name, pl.row->infra_id, cgroup, doc, err);
	if (r == 0 && json_put_str(doc, "pod", pl.row->id) < 0)
		r = error_no_memory(err);
	if (r < 0)
		return core_pod_unlock(&pl, r, err);
	*ret = pl;
	return 0;
}
