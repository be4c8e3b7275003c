/* SPDX-License-Identifier: Apache-2.0 */
/* Inspect's HostConfig: what the container was promised of the machine. */
#include <string.h>
#include "base/mem.h"
#include "core/inspect.h"
#include "model/spec.h"

/* {HostConfig's name, path in the spec document} of plain numbers, 0 when absent */
static const struct {
	const char *name, *path;
} numbers[] = {
	{ "Memory", "resource_limits.memory.limit" },
	{ "MemorySwap", "resource_limits.memory.swap" },
	{ "MemoryReservation", "resource_limits.memory.reservation" },
	{ "CpuShares", "resource_limits.cpu.shares" },
	{ "CpuQuota", "resource_limits.cpu.quota" },
	{ "CpuPeriod", "resource_limits.cpu.period" },
};

static int put_numbers(json_t *o, json_t *doc)
{
	int bad = 0;

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		json_t *value = json_get_path(doc, numbers[i].path);

		bad |= json_put(o, numbers[i].name, value ? json_copy(value) : json_object_new_int64(0));
	}
	return bad;
}

static int64_t number_at(json_t *doc, const char *path, int64_t fallback)
{
	json_t *value = json_get_path(doc, path);

	return value ? json_object_get_int64(value) : fallback;
}

static const char *text_at(json_t *doc, const char *path)
{
	json_t *value = json_get_path(doc, path);

	return value ? json_object_get_string(value) : "";
}

static char *ns_mode(json_t *doc, const char *field)
{
	const char *value = NULL, *mode = config_ns(doc, field, &value);

	if (STREQ(mode, "container"))
		return str_printf("container:%s", str_or_empty(value));
	return STREQ(mode, "path") ? str_printf("ns:%s", str_or_empty(value)) : str_dup(mode);
}

static int put_modes(json_t *o, json_t *doc)
{
	static const struct {
		const char *name, *field;
	} modes[] = { { "NetworkMode", "netns" }, { "PidMode", "pidns" }, { "IpcMode", "ipcns" }, { "UTSMode", "utsns" }, { "UsernsMode", "userns" } };
	int bad = 0;

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		CLEANUP_FREE char *text = ns_mode(doc, modes[i].field);

		bad |= !text || json_put_str(o, modes[i].name, text) != 0;
	}
	return bad;
}

static int put_log_config(json_t *o, struct inspect *in)
{
	CLEANUP_FREE char *path = core_log_path(in->engine, in->row);
	json_t *log = json_object_new_object(), *said = json_get(in->doc, "log_configuration");
	json_t *options = said ? json_get(said, "options") : NULL;
	int64_t size = config_log_size(in->doc);

	options = options ? json_object_get(options) : json_object_new_object();
	if (!log || !path || !options) {
		json_object_put(options);
		json_object_put(log);
		return -1;
	}
	return json_put_str(log, "Type", config_log_driver(in->doc)) |
	       json_put_str(log, "Path", STREQ(config_log_driver(in->doc), "k8s-file") ? path : "") |
	       json_put_i64(log, "Size", size > 0 ? size : 0) | json_put(log, "Config", options) | json_put(o, "LogConfig", log);
}

static int put_restart_policy(json_t *o, const struct container_row *row)
{
	json_t *policy = json_object_new_object();

	if (!policy)
		return -1;
	return json_put_str(policy, "Name", *str_or_empty(row->restart_policy) ? row->restart_policy : "no") |
	       json_put_i64(policy, "MaximumRetryCount", row->restart_tries) | json_put(o, "RestartPolicy", policy);
}

static json_t *ulimits(json_t *doc)
{
	json_t *limits = json_get(doc, "r_limits"), *arr = json_object_new_array();

	for (size_t i = 0; arr && limits && i < json_object_array_length(limits); i++) {
		json_t *one = json_object_array_get_idx(limits, i), *o = json_object_new_object();

		if (!o || (json_put_str(o, "Name", json_get_str(one, "type", "")) |
			   json_put(o, "Soft", json_object_get(json_get(one, "soft"))) | json_put(o, "Hard", json_object_get(json_get(one, "hard")))) != 0 ||
		    json_push(arr, o) < 0) {
			json_object_put(arr);
			return NULL;
		}
	}
	return arr;
}

static json_t *tmpfs_of(json_t *doc)
{
	json_t *mounts = json_get(doc, "mounts"), *o = json_object_new_object();

	for (size_t i = 0; o && mounts && i < json_object_array_length(mounts); i++) {
		json_t *m = json_object_array_get_idx(mounts, i);

		if (!STREQ(json_get_str(m, "type", ""), "tmpfs"))
			continue;
		if (json_put_str(o, json_get_str(m, "destination", ""), "") < 0) {
			json_object_put(o);
			return NULL;
		}
	}
	return o;
}

static int put_lists(json_t *o, json_t *doc)
{
	return json_put(o, "CapAdd", inspect_copy_or(json_get(doc, "cap_add"), json_type_array)) |
	       json_put(o, "CapDrop", inspect_copy_or(json_get(doc, "cap_drop"), json_type_array)) |
	       json_put(o, "GroupAdd", inspect_copy_or(json_get(doc, "groups"), json_type_array)) |
	       json_put(o, "SecurityOpt", inspect_copy_or(json_get(doc, "selinux_opts"), json_type_array)) |
	       json_put(o, "Devices", inspect_copy_or(json_get(doc, "devices"), json_type_array)) | json_put(o, "Ulimits", ulimits(doc)) |
	       json_put(o, "Tmpfs", tmpfs_of(doc));
}

int inspect_put_host_config(struct inspect *in)
{
	json_t *doc = in->doc, *o = json_object_new_object();

	if (!o)
		return -1;
	return json_put_str(o, "CgroupManager", in->engine->config.cgroup_manager) |
	       json_put_str(o, "CgroupMode", str_or_empty(config_ns(doc, "cgroupns", NULL))) |
	       json_put_str(o, "CgroupParent", json_get_str(doc, "cgroup_parent", "")) | put_log_config(o, in) | put_modes(o, doc) |
	       put_restart_policy(o, in->row) | json_put_bool(o, "AutoRemove", in->row->auto_remove) |
	       json_put_bool(o, "Privileged", config_bool(doc, "privileged")) |
	       json_put_bool(o, "ReadonlyRootfs", config_bool(doc, "read_only_filesystem")) |
	       json_put_i64(o, "ShmSize", json_get_i64(doc, "shm_size", 65536000)) | json_put_str(o, "Runtime", in->row->runtime) |
	       put_numbers(o, doc) | json_put_str(o, "CpusetCpus", text_at(doc, "resource_limits.cpu.cpus")) |
	       json_put_str(o, "CpusetMems", text_at(doc, "resource_limits.cpu.mems")) |
	       json_put_i64(o, "PidsLimit", number_at(doc, "resource_limits.pids.limit", 2048)) |
	       json_put_i64(o, "OomScoreAdj", json_get_i64(doc, "oom_score_adj", 0)) | put_lists(o, doc) | json_put_bool(o, "Init", config_bool(doc, "init")) |
	       json_put(in->out, "HostConfig", o);
}
