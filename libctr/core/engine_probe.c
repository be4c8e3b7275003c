/* SPDX-License-Identifier: Apache-2.0 */
/* Preflight: what would work on this machine, why not, and how to mend it. */
#include <linux/capability.h>
#include <string.h>
#include <unistd.h>
#include "base/mem.h"
#include "core/engine.h"
#include "os/cgroup.h"
#include "os/mount.h"
#include "os/proc.h"
#include "runtime/runtime.h"

struct finding {
	const char *feature;
	int ok;
	const char *why, *fix;
};

static int push(json_t *arr, const struct finding *f)
{
	json_t *o = json_object_new_object();

	if (!o || (json_put_str(o, "feature", f->feature) | json_put_bool(o, "ok", f->ok) | json_put_str(o, "why", f->ok ? "" : f->why) |
		   json_put_str(o, "fix", f->ok ? "" : f->fix)) != 0) {
		json_object_put(o);
		return -1;
	}
	return json_push(arr, o);
}

static int probe_machine(json_t *arr)
{
	static const char *const controllers[] = { "memory", "pids", "cpu", "cpuset", "freezer" };
	int mode = os_cgroup_mode(), bad = 0;
	const struct finding findings[] = {
		{ "root", geteuid() == 0, "this process is not root", "run as root, or use the runtime \"null\"" },
		{ "cap_sys_admin", os_has_cap(CAP_SYS_ADMIN) == 1, "the capability CAP_SYS_ADMIN is missing", "give it to this process" },
		{ "cap_sys_resource", os_has_cap(CAP_SYS_RESOURCE) == 1,
		  "the capability CAP_SYS_RESOURCE is missing: hard limits above our own are lowered to them", "give it to this process" },
		{ "mount_api", os_mount_api_works() == 1, "the kernel refuses fsopen and move_mount", "use Linux 5.2 or later, with CAP_SYS_ADMIN" },
		{ "shm", access("/dev/shm", W_OK) == 0, "/dev/shm cannot be written", "mount a tmpfs there" },
		{ "cgroups", mode != OS_CGROUP_NONE, "no cgroup hierarchy is mounted at /sys/fs/cgroup", "mount cgroup2 there" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(findings); i++)
		bad |= push(arr, &findings[i]);
	for (size_t i = 0; i < ARRAY_SIZE(controllers); i++) {
		CLEANUP_FREE char *name = str_printf("cgroup_%s", controllers[i]);
		/* The freezer is part of cgroup v2 itself. */
		int there = os_cgroup_has_controller(controllers[i]) == 1 || (mode == OS_CGROUP_V2 && STREQ(controllers[i], "freezer"));
		struct finding f = { name, there, "the cgroup controller is not there", "enable it in the kernel or in cgroup.subtree_control" };

		bad |= !name || push(arr, &f);
	}
	return bad ? -1 : 0;
}

static json_t *missing_runtime(const char *name)
{
	json_t *o = json_object_new_object();

	if (!o || (json_put_str(o, "name", name) | json_put_str(o, "path", NULL) | json_put_bool(o, "usable", 0) |
		   json_put_str(o, "why", "not installed") | json_put_str(o, "fix", "install the package of this name")) != 0) {
		json_object_put(o);
		return NULL;
	}
	return o;
}

int engine_runtimes_json(ctr_engine_t *e, const struct op_call *call, json_t **ret, ctr_error_t **err)
{
	CLEANUP_JSON json_t *arr = json_object_new_array();
	const char *const *name = runtime_oci_default_names();

	for (; arr && *name; name++) {
		struct runtime_backend *b = NULL;
		json_t *one = NULL;

		if (registry_runtime(e->registry, *name, &b, NULL) == 0) {
			int r = runtime_probe(b, &one, call, err);

			if (r < 0)
				return r;
		} else {
			one = missing_runtime(*name);
		}
		if (!one || json_push(arr, one) < 0)
			return error_no_memory(err);
	}
	if (!arr)
		return error_no_memory(err);
	*ret = TAKE_PTR(arr);
	return 0;
}

static int probe_runtimes_by_file(json_t *arr, ctr_error_t **err)
{
	for (const char *const *name = runtime_oci_default_names(); *name; name++) {
		CLEANUP_FREE char *path = NULL, *feature = str_printf("runtime_%s", *name);
		struct finding f = { feature, 0, "not installed", "install the package of this name" };

		if (!feature || runtime_oci_find(*name, &path) < 0)
			return error_no_memory(err);
		f.ok = path != NULL;
		if (push(arr, &f) != 0)
			return error_no_memory(err);
	}
	return 0;
}

static int push_probed(json_t *arr, const char *kind, json_t *one)
{
	CLEANUP_FREE char *feature = str_printf("%s_%s", kind, json_get_str(one, "name", "?"));
	struct finding f = { feature, json_get_bool(one, "usable", 0), json_get_str(one, "why", ""), json_get_str(one, "fix", "") };

	return feature ? push(arr, &f) : -1;
}

static int probe_backends(ctr_engine_t *e, json_t *arr, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_JSON json_t *runtimes = NULL, *storage = NULL;
	struct storage_backend *overlay = NULL;
	int r = engine_runtimes_json(e, call, &runtimes, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < json_object_array_length(runtimes); i++)
		if (push_probed(arr, "runtime", json_object_array_get_idx(runtimes, i)) != 0)
			return error_no_memory(err);
	if (registry_storage(e->registry, "overlay", &overlay, NULL) == 0) {
		r = storage_probe(overlay, &storage, call, err);
		if (r < 0)
			return r;
		if (push_probed(arr, "storage", storage) != 0)
			return error_no_memory(err);
	}
	return 0;
}

int core_engine_probe(ctr_engine_t *e, const struct op_call *call, char **ret_json, ctr_error_t **err)
{
	CLEANUP_JSON json_t *arr = json_object_new_array();
	char *text;
	int r;

	if (!arr || probe_machine(arr) != 0)
		return error_no_memory(err);
	r = e ? probe_backends(e, arr, call, err) : probe_runtimes_by_file(arr, err);
	if (r < 0)
		return r;
	text = json_print(arr);
	if (!text)
		return error_no_memory(err);
	*ret_json = text;
	return 0;
}
