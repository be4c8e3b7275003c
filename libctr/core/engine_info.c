/* SPDX-License-Identifier: Apache-2.0 */
/* ctr_engine_info: what this engine is, and the audit of its locks. */
#include <string.h>
#include <libctr/version.h>
#include "base/mem.h"
#include "core/engine.h"
#include "core/features.h"
#include "os/cgroup.h"

static json_t *counts_json(const struct store_counts *n)
{
	json_t *o = json_object_new_object();

	if (!o || (json_put_u64(o, "containers", n->containers) | json_put_u64(o, "running", n->running) |
		   json_put_u64(o, "paused", n->paused) | json_put_u64(o, "stopped", n->stopped) | json_put_u64(o, "pods", n->pods) |
		   json_put_u64(o, "volumes", 0) | json_put_u64(o, "images", 0)) != 0) {
		json_object_put(o);
		return NULL;
	}
	return o;
}

static json_t *locks_json(ctr_engine_t *e, const struct store_counts *n)
{
	struct lock_table *t = store_locks(e->store);
	json_t *o = json_object_new_object();

	if (!o || (json_put_u64(o, "segments", lock_table_segments(t)) | json_put_u64(o, "slots", lock_table_slots(t)) |
		   json_put_u64(o, "used", n->slots_used)) != 0) {
		json_object_put(o);
		return NULL;
	}
	return o;
}

static json_t *runtime_json(ctr_engine_t *e, json_t *runtimes)
{
	json_t *o = json_object_new_object();
	const char *name = e->runtime ? runtime_backend_name(e->runtime) : NULL;
	const char *version = NULL;

	for (size_t i = 0; name && i < json_object_array_length(runtimes); i++) {
		json_t *one = json_object_array_get_idx(runtimes, i);

		if (STREQ(json_get_str(one, "name", ""), name))
			version = json_get_str(one, "version", NULL);
	}
	if (!o || (json_put_str(o, "name", name) | json_put_str(o, "path", e->runtime ? runtime_backend_path(e->runtime) : NULL) |
		   json_put_str(o, "version", version) | json_put_str(o, "chosen_because", e->runtime_why)) != 0) {
		json_object_put(o);
		return NULL;
	}
	return o;
}

/* Live instances with what each says of itself; one that does not answer in time is shown with what the disk says. */
static int monitors_json(ctr_engine_t *e, const struct op_call *call, json_t **ret, ctr_error_t **err)
{
	CLEANUP_JSON json_t *known = NULL, *o = json_object_new_object(), *list = json_object_new_array();
	int r = monitor_instances(&e->place, &known, err);

	if (r < 0)
		return r;
	for (size_t i = 0; o && list && i < json_object_array_length(known); i++) {
		json_t *one = json_object_array_get_idx(known, i);
		const char *key = json_get_str(one, "key", "");
		struct monitor_conn *conn = NULL;
		json_t *said = NULL;

		if (!json_get_bool(one, "alive", 0))
			continue;
		if (core_monitor_get(e, key, 0, call, &conn, NULL) == 0 && monitor_info(conn, &said, call, NULL) == 0)
			one = said;
		else
			json_object_get(one);
		core_monitor_put(e, conn);
		if (json_push(list, one) < 0)
			return error_no_memory(err);
	}
	if (!o || !list || json_put_str(o, "mode", e->config.monitor_mode) < 0 || json_put(o, "instances", TAKE_PTR(list)) < 0)
		return error_no_memory(err);
	*ret = TAKE_PTR(o);
	return 0;
}

static int put_features(json_t *o)
{
	json_t *arr = json_object_new_array();
	int bad = !arr;

	for (const char *const *f = core_features(); !bad && *f; f++)
		bad = json_push_str(arr, *f) < 0;
	if (bad) {
		json_object_put(arr);
		return -1;
	}
	return json_put(o, "features", arr);
}

static int put_identity(json_t *o, ctr_engine_t *e)
{
	json_t *cgroup = json_object_new_object();

	if (!cgroup)
		return -1;
	return json_put_str(cgroup, "version", os_cgroup_mode_name(e->cgroup_mode)) |
	       json_put_str(cgroup, "manager", e->config.cgroup_manager) | json_put_str(o, "version", CTR_VERSION_STRING) | put_features(o) |
	       json_put_str(o, "root", e->config.root) | json_put_str(o, "run_root", e->config.run_root) |
	       json_put_str(o, "boot_id", e->boot_id) | json_put_i64(o, "schema", store_schema_version(e->store)) |
	       json_put_str(o, "storage", storage_backend_name(e->storage)) | json_put_str(o, "network", e->config.network) |
	       json_put(o, "cgroup", cgroup);
}

int core_engine_info(ctr_engine_t *e, const struct op_call *call, char **ret_json, ctr_error_t **err)
{
	CLEANUP_JSON json_t *o = json_object_new_object(), *runtimes = NULL, *monitors = NULL;
	struct store_counts counts = { 0 };
	char *text;
	int r = store_count(e->store, &counts, err);

	if (r < 0 || (r = engine_runtimes_json(e, call, &runtimes, err)) < 0 || (r = monitors_json(e, call, &monitors, err)) < 0)
		return r;
	if (!o || put_identity(o, e) != 0 || json_put(o, "runtime", runtime_json(e, runtimes)) < 0 ||
	    json_put(o, "runtimes", TAKE_PTR(runtimes)) < 0 || json_put(o, "monitor", TAKE_PTR(monitors)) < 0 ||
	    json_put(o, "counts", counts_json(&counts)) < 0 || json_put(o, "locks", locks_json(e, &counts)) < 0)
		return error_no_memory(err);
	text = json_print(o);
	if (!text)
		return error_no_memory(err);
	*ret_json = text;
	return 0;
}
