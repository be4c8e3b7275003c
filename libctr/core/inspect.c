/* SPDX-License-Identifier: Apache-2.0 */
/* ctr_container_inspect: everything about a container, with the names of podman inspect. */
#include <string.h>
#include "base/mem.h"
#include "base/strv.h"
#include "core/core.h"
#include "core/inspect.h"
#include "model/spec.h"
#include "oci/config.h"

#define OCI_VERSION "1.0.2"

static int put_state(struct inspect *in)
{
	const struct container_row *row = in->row;
	json_t *o = json_object_new_object(), *health = json_object_new_object();
	int32_t state = row->state;

	if (!o || !health) {
		json_object_put(o);
		json_object_put(health);
		return -1;
	}
	return json_put_str(health, "Status", "") | json_put_i64(health, "FailingStreak", 0) | json_put(health, "Log", json_object_new_array()) |
	       json_put_str(o, "OciVersion", OCI_VERSION) | json_put_str(o, "Status", state_name(state)) |
	       json_put_bool(o, "Running", state == CTR_STATE_RUNNING || state == CTR_STATE_STOPPING) |
	       json_put_bool(o, "Paused", state == CTR_STATE_PAUSED) | json_put_bool(o, "Restarting", row->restart_at_ns != 0) |
	       json_put_bool(o, "OOMKilled", row->oom_killed) | json_put_bool(o, "Dead", 0) | json_put_i64(o, "Pid", row->pid) |
	       json_put_i64(o, "ConmonPid", in->monitor_pid) | json_put_i64(o, "ExitCode", row->exit_code) |
	       json_put_i64(o, "ExitSignal", row->exit_signal) | json_put_bool(o, "ExitKnown", row->exit_known) |
	       json_put_str(o, "Error", row->error) | core_put_time(o, "StartedAt", row->started_ns) |
	       core_put_time(o, "FinishedAt", row->finished_ns) | json_put(o, "Health", health) |
	       json_put_str(o, "CgroupPath", in->cgroup_path) | json_put_bool(o, "StoppedByUser", row->stopped_by_user) |
	       json_put_bool(o, "Checkpointed", 0) | json_put_bool(o, "Restored", 0) | json_put_u64(o, "Run", row->run) |
	       json_put(in->out, "State", o);
}

static json_t *env_list(json_t *doc)
{
	json_t *env = json_get(doc, "env"), *arr = json_object_new_array();

	if (!arr || !env)
		return arr;
	json_object_object_foreach(env, key, value) {
		CLEANUP_FREE char *pair = str_printf("%s=%s", key, str_or_empty(json_object_get_string(value)));

		if (!pair || json_push_str(arr, pair) < 0) {
			json_object_put(arr);
			return NULL;
		}
	}
	return arr;
}

json_t *inspect_copy_or(json_t *value, json_type type)
{
	if (value)
		return json_copy(value);
	return type == json_type_array ? json_object_new_array() : json_object_new_object();
}

static int put_config(struct inspect *in)
{
	json_t *doc = in->doc, *o = json_object_new_object();
	char signal[16], hostname[ID_SIZE_HOSTNAME];
	uint32_t timeout = config_stop_timeout(doc, in->engine->config.default_stop_timeout_s);

	if (!o)
		return -1;
	return json_put_str(o, "Hostname", config_hostname(doc, in->row->id, hostname)) | json_put_str(o, "User", json_get_str(doc, "user", "")) |
	       json_put_bool(o, "Tty", 0) | json_put_bool(o, "OpenStdin", 0) | json_put(o, "Env", env_list(doc)) |
	       json_put(o, "Cmd", inspect_copy_or(json_get(doc, "command"), json_type_array)) |
	       json_put(o, "Entrypoint", inspect_copy_or(json_get(doc, "entrypoint"), json_type_array)) | json_put_str(o, "Image", in->row->image) |
	       json_put_str(o, "WorkingDir", json_get_str(doc, "work_dir", "/")) |
	       json_put(o, "Labels", inspect_copy_or(json_get(doc, "labels"), json_type_object)) |
	       json_put(o, "Annotations", inspect_copy_or(json_get(doc, "annotations"), json_type_object)) |
	       json_put_str(o, "StopSignal", signal_name(config_stop_signal(doc), signal)) | json_put_u64(o, "StopTimeout", timeout) |
	       json_put_i64(o, "Timeout", json_get_i64(doc, "timeout", 0)) | json_put_str(o, "Umask", json_get_str(doc, "umask", "0022")) |
	       json_put_str(o, "Timezone", json_get_str(doc, "timezone", "")) |
	       json_put(o, "CreateCommand", inspect_copy_or(json_get(doc, "containerCreateCommand"), json_type_array)) |
	       json_put(o, "Healthcheck", NULL) | json_put(in->out, "Config", o);
}

static int has_option(json_t *options, const char *wanted)
{
	for (size_t i = 0; options && i < json_object_array_length(options); i++)
		if (STREQ(json_object_get_string(json_object_array_get_idx(options, i)), wanted))
			return 1;
	return 0;
}

static const char *propagation_of(json_t *options)
{
	static const char *const known[] = { "rprivate", "private", "rshared", "shared", "rslave", "slave" };

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (has_option(options, known[i]))
			return known[i];
	return "rprivate";
}

static int push_mount(json_t *arr, json_t *m)
{
	json_t *options = json_get(m, "options"), *o = json_object_new_object();

	if (!o || (json_put_str(o, "Type", json_get_str(m, "type", "bind")) | json_put_str(o, "Name", "") |
		   json_put_str(o, "Source", json_get_str(m, "source", "")) | json_put_str(o, "Destination", json_get_str(m, "destination", "")) |
		   json_put_str(o, "Driver", "") | json_put_str(o, "Mode", "") |
		   json_put(o, "Options", inspect_copy_or(options, json_type_array)) | json_put_bool(o, "RW", !has_option(options, "ro")) |
		   json_put_str(o, "Propagation", propagation_of(options)) | json_put_str(o, "SubPath", "")) != 0) {
		json_object_put(o);
		return -1;
	}
	return json_push(arr, o);
}

static int put_mounts(struct inspect *in)
{
	json_t *mounts = json_get(in->doc, "mounts"), *arr = json_object_new_array();
	int bad = !arr;

	for (size_t i = 0; mounts && !bad && i < json_object_array_length(mounts); i++)
		bad = push_mount(arr, json_object_array_get_idx(mounts, i)) < 0;
	if (bad) {
		json_object_put(arr);
		return -1;
	}
	return json_put(in->out, "Mounts", arr);
}

static int put_graph_driver(struct inspect *in)
{
	CLEANUP_JSON json_t *data = NULL;
	struct storage_backend *b = NULL;
	json_t *o = json_object_new_object();

	if (registry_storage(in->engine->registry, in->row->storage, &b, NULL) == 0)
		(void)storage_status(b, in->row->id, &data, NULL, NULL);
	if (!o)
		return -1;
	return json_put_str(o, "Name", in->row->storage) |
	       json_put(o, "Data", data ? TAKE_PTR(data) : json_object_new_object()) | json_put(in->out, "GraphDriver", o);
}

static int put_paths(struct inspect *in)
{
	CLEANUP_FREE char *dir = str_printf("%s/containers/%s", in->engine->config.root, in->row->id);
	CLEANUP_FREE char *config = dir ? str_printf("%s/config.json", dir) : NULL;
	CLEANUP_STRV char **argv = NULL;
	json_t *args = json_object_new_array();

	if (!config || !args || config_argv(in->doc, &argv) < 0) {
		json_object_put(args);
		return -1;
	}
	for (size_t i = 1; argv && argv[0] && argv[i]; i++)
		if (json_push_str(args, argv[i]) < 0) {
			json_object_put(args);
			return -1;
		}
	return json_put_str(in->out, "Path", argv && argv[0] ? argv[0] : "") | json_put(in->out, "Args", args) |
	       json_put_str(in->out, "StaticDir", dir) | json_put_str(in->out, "OCIConfigPath", config) |
	       json_put_str(in->out, "OCIRuntime", in->row->runtime) | json_put_str(in->out, "PidFile", "") |
	       json_put_str(in->out, "ResolvConfPath", "") | json_put_str(in->out, "HostnamePath", "") | json_put_str(in->out, "HostsPath", "");
}

/* Ids with blanks between them */
static json_t *dependencies(const char *ids)
{
	json_t *list = json_object_new_array();

	for (const char *p = str_or_empty(ids); list && *p; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");
		CLEANUP_FREE char *id = str_ndup(p, len);

		if (!id || json_push_str(list, id) < 0) {
			json_object_put(list);
			return NULL;
		}
		p += len;
	}
	return list;
}

static int put_head(struct inspect *in)
{
	const struct container_row *row = in->row;
	json_t *effective = NULL, *bounding = NULL, *network = json_object_new_object();

	if (oci_capabilities(in->doc, &effective, &bounding, NULL) < 0)
		effective = bounding = NULL;
	return json_put_str(in->out, "Id", row->id) | json_put_str(in->out, "Name", row->name) |
	       core_put_time(in->out, "Created", row->created_ns) | put_paths(in) | json_put_str(in->out, "Image", "") |
	       json_put_str(in->out, "ImageName", row->image) | json_put_str(in->out, "Rootfs", str_or_empty(config_rootfs(in->doc))) |
	       json_put_str(in->out, "Pod", row->pod_id) | json_put_u64(in->out, "RestartCount", row->restart_count) |
	       json_put_str(in->out, "Driver", row->storage) | json_put_str(in->out, "MountLabel", "") |
	       json_put_str(in->out, "ProcessLabel", "") | json_put_str(in->out, "AppArmorProfile", "") |
	       json_put(in->out, "EffectiveCaps", effective ? effective : json_object_new_array()) |
	       json_put(in->out, "BoundingCaps", bounding ? bounding : json_object_new_array()) |
	       json_put(in->out, "ExecIDs", json_object_new_array()) | put_graph_driver(in) | put_mounts(in) |
	       json_put(in->out, "Dependencies", dependencies(row->depends)) | json_put_bool(in->out, "IsInfra", row->is_infra) |
	       json_put(in->out, "NetworkSettings", network) | json_put_u64(in->out, "lockNumber", row->slot) | put_state(in) |
	       put_config(in) | inspect_put_host_config(in);
}

/* The path in the hierarchy that limits memory, or the one of cgroup v2. */
static const char *cgroup_path_of(json_t *cgroups)
{
	return json_get_str(cgroups, "memory", json_get_str(cgroups, "", ""));
}

int core_container_inspect(ctr_container_t *c, const struct op_call *call, char **ret_json, ctr_error_t **err)
{
	CLEANUP_ROW struct container_row *row = NULL;
	CLEANUP_JSON json_t *doc = NULL, *out = json_object_new_object(), *cgroups = NULL;
	struct inspect in = { .engine = c->engine, .out = out };
	char *text;
	int r = core_container_snapshot(c, &row, err);

	(void)call;
	if (r < 0)
		return r;
	if (json_parse(row->config, SIZE_MAX, &doc, NULL, NULL) < 0 || !doc)
		return error_set(err, CTR_ERR_STORE_DAMAGED, DOMAIN_CORE, "the stored configuration of container %s (%.12s) cannot be read; remove it by force",
				 row->name, row->id);
	cgroups = core_stored_json(row->cgroups, 0);
	in.row = row;
	in.doc = doc;
	in.cgroup_path = cgroup_path_of(cgroups);
	in.monitor_pid = state_is_live(row->state) && *row->monitor ? monitor_pid(&c->engine->place, row->monitor) : 0;
	if (!out || put_head(&in) != 0)
		return error_no_memory(err);
	text = json_print(out);
	if (!text)
		return error_no_memory(err);
	*ret_json = text;
	return 0;
}
