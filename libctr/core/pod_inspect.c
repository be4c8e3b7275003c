/* SPDX-License-Identifier: Apache-2.0 */
/* ctr_pod_inspect: everything about a pod, with the names of podman pod inspect. */
#include <string.h>
#include "base/mem.h"
#include "core/pods.h"
#include "core/steps.h"
#include "model/pod_spec.h"

static json_t *containers(const struct pod_members *m)
{
	json_t *list = json_object_new_array();

	for (size_t i = 0; list && i < m->n; i++) {
		json_t *one = json_object_new_object();

		if (!one || (json_put_str(one, "Id", m->rows[i]->id) | json_put_str(one, "Name", m->rows[i]->name) |
			     json_put_str(one, "State", state_name(m->rows[i]->state))) != 0) {
			json_object_put(one);
			json_object_put(list);
			return NULL;
		}
		if (json_push(list, one) < 0) {
			json_object_put(list);
			return NULL;
		}
	}
	return list;
}

static json_t *copy_or(json_t *value, json_t *empty)
{
	if (!value)
		return empty;
	json_object_put(empty);
	return json_copy(value);
}

static const char *hostname(json_t *doc, const struct pod_row *row)
{
	const char *said = json_get_str(doc, "hostname", "");

	return *said ? said : pod_spec_shares(doc, "uts") ? row->name : "";
}

/* The parent that was asked for, or that there is without a word. */
static char *cgroup_parent(const char *cgroup)
{
	const char *slash = strrchr(cgroup, '/');

	return slash ? str_ndup(cgroup, (size_t)(slash - cgroup)) : str_dup("");
}

static int put_cgroup(ctr_engine_t *e, json_t *doc, const struct pod_row *row, json_t *o)
{
	CLEANUP_FREE char *cgroup = core_pod_cgroup(e, doc, row->id);
	CLEANUP_FREE char *parent = cgroup ? cgroup_parent(cgroup) : NULL;

	if (!cgroup || !parent)
		return -1;
	return json_put_bool(o, "CreateCgroup", *cgroup != '\0') | json_put_str(o, "CgroupParent", parent) |
	       json_put_str(o, "CgroupPath", cgroup);
}

static int put_all(ctr_engine_t *e, json_t *doc, const struct pod_row *row, const struct pod_members *m, json_t *o)
{
	json_t *limits = json_get(doc, "resource_limits");

	return json_put_str(o, "Id", row->id) | json_put_str(o, "Name", row->name) |
	       core_put_time(o, "Created", row->created_ns) |
	       json_put(o, "CreateCommand", copy_or(json_get(doc, "pod_create_command"), json_object_new_array())) |
	       json_put_str(o, "ExitPolicy", pod_spec_exit_policy(doc)) |
	       json_put_str(o, "State", pod_state_name(m->state)) | json_put_str(o, "Hostname", hostname(doc, row)) |
	       json_put(o, "Labels", copy_or(json_get(doc, "labels"), json_object_new_object())) |
	       put_cgroup(e, doc, row, o) | json_put_bool(o, "CreateInfra", pod_spec_has_infra(doc)) |
	       json_put_str(o, "InfraContainerID", row->infra_id) |
	       json_put(o, "SharedNamespaces", pod_spec_shared(doc)) | json_put_u64(o, "NumContainers", m->n) |
	       json_put(o, "Containers", containers(m)) |
	       json_put_str(o, "RestartPolicy", json_get_str(doc, "restart_policy", "")) |
	       json_put(o, "ResourceLimits", copy_or(limits, json_object_new_object())) |
	       json_put_u64(o, "LockNumber", row->slot);
}

int core_pod_inspect(ctr_pod_t *pod, const struct op_call *call, char **ret_json, ctr_error_t **err)
{
	CLEANUP_POD struct pod_row *row = NULL;
	CLEANUP_MEMBERS struct pod_members m = {.n = 0};
	CLEANUP_JSON json_t *doc = NULL, *o = json_object_new_object();
	char *text;
	int r = core_pod_snapshot(pod, &row, err);

	(void)call;
	if (r < 0 || (r = core_pod_config(row, &doc, err)) < 0 ||
	    (r = core_pod_members(pod->engine, pod->id, &m, err)) < 0)
		return r;
	text = o && put_all(pod->engine, doc, row, &m, o) == 0 ? json_print(o) : NULL;
	if (!text)
		return error_no_memory(err);
	*ret_json = text;
	return 0;
}
