/* SPDX-License-Identifier: Apache-2.0 */
/* The public snapshot: an observed row, its log's path, and how a listing shows it. */
#include <string.h>
#include "base/clock.h"
#include "base/mem.h"
#include "core/core.h"
#include "model/spec.h"

char *core_log_path(ctr_engine_t *e, const struct container_row *row)
{
	CLEANUP_JSON json_t *doc = NULL;
	const char *said = NULL;

	/* Parsing the whole document only when it says anything about logs keeps status cheap. */
	if (row->config && strstr(row->config, "\"log_configuration\"") && json_parse(row->config, SIZE_MAX, &doc, NULL, NULL) == 0)
		said = config_log_path(doc);
	return said ? str_dup(said) : str_printf("%s/containers/%s/ctr.log", e->config.root, row->id);
}

static char *find_pod_name(ctr_engine_t *e, const struct container_row *row)
{
	CLEANUP_POD struct pod_row *pod = NULL;

	if (*str_or_empty(row->pod_id) && store_pod_load(e->store, row->pod_id, &pod, NULL) == 0)
		return str_dup(pod->name);
	return str_dup("");
}

int core_status_new(ctr_engine_t *e, struct container_row *row, ctr_status_t **ret, ctr_error_t **err)
{
	ctr_status_t *s = NEW0(struct ctr_status);

	if (!s)
		return error_no_memory(err);
	atomic_init(&s->refs, 1);
	s->row = container_row_ref(row);
	s->log_path = core_log_path(e, row);
	s->pod_name = s->log_path ? find_pod_name(e, row) : NULL;
	if (!s->pod_name) {
		core_status_unref(s);
		return error_no_memory(err);
	}
	*ret = s;
	return 0;
}

ctr_status_t *core_status_unref(ctr_status_t *s)
{
	if (!s || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) > 1)
		return NULL;
	container_row_unref(s->row);
	json_object_put(atomic_load(&s->labels));
	free(s->log_path);
	free(s->pod_name);
	free(s);
	return NULL;
}

const char *core_status_label(const ctr_status_t *s, const char *key)
{
	/* A status is immutable to its users; the decoded labels are a cache inside it. */
	ctr_status_t *cache = (ctr_status_t *)(uintptr_t)s;
	json_t *labels = atomic_load(&cache->labels), *none = NULL, *value = NULL;

	if (!labels) {
		labels = core_stored_json(s->row->labels, 0);
		if (!labels)
			return NULL;
		if (!atomic_compare_exchange_strong(&cache->labels, &none, labels)) {
			json_object_put(labels);
			labels = none;
		}
	}
	return json_object_object_get_ex(labels, key, &value) && value ? json_object_get_string(value) : NULL;
}

int core_container_status(ctr_container_t *c, const struct op_call *call, ctr_status_t **ret, ctr_error_t **err)
{
	CLEANUP_ROW struct container_row *row = NULL;
	int r = core_container_snapshot(c, &row, err);

	(void)call;
	return r < 0 ? r : core_status_new(c->engine, row, ret, err);
}

int core_put_time(json_t *obj, const char *key, int64_t ns)
{
	char text[RFC3339_SIZE];

	return ns ? json_put_str(obj, key, clock_format_rfc3339(ns, text)) : json_put(obj, key, NULL);
}

/* The stored texts were printed by this library; a damaged one shows as what it should have been, empty. */
json_t *core_stored_json(const char *text, int array)
{
	json_t *j = NULL;

	if (text && *text && json_parse(text, SIZE_MAX, &j, NULL, NULL) == 0 && j)
		return j;
	return array ? json_object_new_array() : json_object_new_object();
}

static char *ago(int64_t then_ns)
{
	static const struct {
		int64_t seconds;
		const char *unit;
	} units[] = { { 86400 * 7, "weeks" }, { 86400, "days" }, { 3600, "hours" }, { 60, "minutes" }, { 1, "seconds" } };
	int64_t seconds = (clock_realtime_ns() - then_ns) / (int64_t)NSEC_PER_SEC;

	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (seconds >= 2 * units[i].seconds || i + 1 == ARRAY_SIZE(units))
			return str_printf("%lld %s", (long long)(seconds < 0 ? 0 : seconds / units[i].seconds), units[i].unit);
	return NULL;
}

/* The Status column of podman ps */
static char *status_text(const struct container_row *row)
{
	CLEANUP_FREE char *since = NULL;

	switch (row->state) {
	case CTR_STATE_RUNNING:
	case CTR_STATE_STOPPING:
		since = ago(row->started_ns);
		return since ? str_printf("Up %s", since) : NULL;
	case CTR_STATE_PAUSED:
		return str_dup("Paused");
	case CTR_STATE_STOPPED:
	case CTR_STATE_EXITED:
		since = row->finished_ns ? ago(row->finished_ns) : str_dup("unknown time");
		if (!since)
			return NULL;
		return row->exit_known ? str_printf("Exited (%d) %s ago", row->exit_code, since) : str_printf("Exited (unknown) %s ago", since);
	case CTR_STATE_CONFIGURED:
		return str_dup("Created");
	case CTR_STATE_CREATED:
		return str_dup("Initialized");
	default:
		return str_dup(state_name(row->state));
	}
}

static int put_all(json_t *o, const struct container_row *row, const char *pod_name, const char *status)
{
	const char *names[] = { row->name, NULL };
	int ended = row->state == CTR_STATE_EXITED || row->state == CTR_STATE_STOPPED;

	return json_put_str(o, "Id", row->id) | json_put_strv(o, "Names", names) | json_put_str(o, "Image", row->image) |
	       json_put_str(o, "ImageID", "") | json_put(o, "Command", core_stored_json(row->command, 1)) |
	       core_put_time(o, "Created", row->created_ns) | core_put_time(o, "StartedAt", row->started_ns) |
	       core_put_time(o, "ExitedAt", row->finished_ns) | json_put_bool(o, "Exited", ended) |
	       json_put_i64(o, "ExitCode", row->exit_code) | json_put_i64(o, "ExitSignal", row->exit_signal) |
	       json_put_i64(o, "Pid", row->pid) | json_put_str(o, "State", state_name(row->state)) | json_put_str(o, "Status", status) |
	       json_put(o, "Labels", core_stored_json(row->labels, 0)) | json_put(o, "Mounts", core_stored_json(row->mounts, 1)) |
	       json_put_str(o, "Pod", row->pod_id) | json_put_str(o, "PodName", pod_name) | json_put_bool(o, "IsInfra", row->is_infra) |
	       json_put_bool(o, "AutoRemove", row->auto_remove) | json_put_i64(o, "Restarts", row->restart_count) |
	       json_put(o, "Networks", json_object_new_array()) | json_put(o, "Ports", json_object_new_array());
}

int core_status_json(const ctr_status_t *s, json_t **ret, ctr_error_t **err)
{
	CLEANUP_FREE char *status = status_text(s->row);
	CLEANUP_JSON json_t *o = json_object_new_object();

	if (!status || !o || put_all(o, s->row, s->pod_name, status) != 0)
		return error_no_memory(err);
	*ret = TAKE_PTR(o);
	return 0;
}
