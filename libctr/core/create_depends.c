/* SPDX-License-Identifier: Apache-2.0 */
/* The containers that a new one needs: found, checked, and noted by id, since names change. */
#include <string.h>
#include "base/mem.h"
#include "core/graph.h"
#include "model/spec.h"

/* One that gets a generated name has none yet. */
static const char *name_of(const struct container_row *row)
{
	return *str_or_empty(row->name) ? row->name : "(new)";
}

static int refuse_itself(const struct container_row *row, ctr_error_t **err)
{
	return error_set(err, CTR_ERR_DEPENDENCY_CYCLE, DOMAIN_CORE, "container \"%s\" cannot depend on itself; name another container",
			 name_of(row));
}

static int check_pods(const struct container_row *row, const struct container_row *need, ctr_error_t **err)
{
	if (STREQ(str_or_empty(need->pod_id), str_or_empty(row->pod_id)))
		return 0;
	error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE,
		  "container \"%s\" cannot depend on container \"%s\": both must be in the same pod, or both in none", name_of(row),
		  need->name);
	error_detail(err, "dependency", need->id);
	return CTR_ERR_INVALID_ARG;
}

static int check_state(const struct container_row *row, const struct container_row *need, ctr_error_t **err)
{
	if (need->state != CTR_STATE_REMOVING)
		return 0;
	error_set(err, CTR_ERR_STATE_INVALID, DOMAIN_CORE, "container \"%s\" cannot depend on container \"%s\", which is being removed",
		  name_of(row), need->name);
	error_detail(err, "dependency", need->id);
	error_detail(err, "state", state_name(need->state));
	return CTR_ERR_STATE_INVALID;
}

/* Creation can close no circle, for nobody can need what does not exist yet: one that is found here was in the store before. */
static int check_circle(ctr_engine_t *e, struct container_row *need, ctr_error_t **err)
{
	CLEANUP_GRAPH struct graph g = {.n = 0};

	return core_graph_of(e, need, &g, err);
}

static int add_need(struct container_row *row, const char *id)
{
	CLEANUP_FREE char *all = NULL;

	if (graph_needs(row, id))
		return 0;
	all = *str_or_empty(row->depends) ? str_printf("%s %s", row->depends, id) : str_dup(id);
	return all ? container_row_set(&row->depends, all) : -ENOMEM;
}

static int resolve(ctr_engine_t *e, struct container_row *row, const char *said, char ret_id[ID_SIZE], ctr_error_t **err)
{
	CLEANUP_ROW struct container_row *need = NULL;
	CLEANUP_ERROR ctr_error_t *why = NULL;
	int r = store_container_find(e->store, said, &need, &why);

	if (r == CTR_ERR_NO_SUCH_CONTAINER && STREQ(said, str_or_empty(row->name)))
		return refuse_itself(row, err);
	if (r < 0)
		return error_publish(r, TAKE_PTR(why), err);
	if ((r = check_state(row, need, err)) < 0 || (r = check_pods(row, need, err)) < 0 || (r = check_circle(e, need, err)) < 0)
		return r;
	memcpy(ret_id, need->id, ID_SIZE);
	return add_need(row, need->id) < 0 ? error_no_memory(err) : 0;
}

static int resolve_list(ctr_engine_t *e, json_t *doc, struct container_row *row, ctr_error_t **err)
{
	json_t *said = json_get(doc, "dependencyContainers");
	size_t n = said ? json_object_array_length(said) : 0;
	CLEANUP_JSON json_t *ids = json_object_new_array();
	int r = ids ? 0 : error_no_memory(err);

	for (size_t i = 0; r == 0 && i < n; i++) {
		char id[ID_SIZE];

		r = resolve(e, row, json_object_get_string(json_object_array_get_idx(said, i)), id, err);
		if (r == 0 && json_push_str(ids, id) < 0)
			r = error_no_memory(err);
	}
	if (r < 0 || !n)
		return r;
	return json_put(doc, "dependencyContainers", TAKE_PTR(ids)) < 0 ? error_no_memory(err) : 0;
}

static int resolve_namespace(ctr_engine_t *e, json_t *doc, const char *field, struct container_row *row, ctr_error_t **err)
{
	const char *said = NULL;
	char id[ID_SIZE];
	int r;

	if (!STREQ(config_ns(doc, field, &said), "container"))
		return 0;
	r = resolve(e, row, said, id, err);
	if (r < 0)
		return r;
	return json_put_str(json_get(doc, field), "value", id) < 0 ? error_no_memory(err) : 0;
}

/* Whatever a member shares with the others, its pod's infra container is there first. */
static int need_infra(ctr_engine_t *e, struct container_row *row, ctr_error_t **err)
{
	CLEANUP_POD struct pod_row *pod = NULL;
	int r;

	if (row->is_infra || !*str_or_empty(row->pod_id))
		return 0;
	r = store_pod_load(e->store, row->pod_id, &pod, err);
	if (r < 0 || !*str_or_empty(pod->infra_id))
		return r;
	return add_need(row, pod->infra_id) < 0 ? error_no_memory(err) : 0;
}

int create_depends(ctr_engine_t *e, json_t *doc, struct container_row *row, ctr_error_t **err)
{
	static const char *const fields[] = {"pidns", "utsns", "ipcns", "cgroupns", "netns", "userns"};
	int r = need_infra(e, row, err);

	if (r == 0)
		r = resolve_list(e, doc, row, err);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(fields); i++)
		r = resolve_namespace(e, doc, fields[i], row, err);
	return r;
}
