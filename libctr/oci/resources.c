/* SPDX-License-Identifier: Apache-2.0 */
/* The container's cgroup: where it is and what it limits. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "base/mem.h"
#include "oci/parts.h"
#include "os/cgroup.h"

#define DEFAULT_PARENT "/libctr"
#define DEFAULT_SLICE "machine.slice"

int oci_cgroups_disabled(json_t *doc, const char *cgroup_manager)
{
	return STREQ(json_get_str(doc, "cgroups_mode", ""), "disabled") ||
	       STREQ(str_or_empty(cgroup_manager), "disabled");
}

/* A member of "resources" and the controllers that carry it: v1's name, v2's name. */
static const struct {
	const char *member, *key; /* key NULL: the whole member; else one key of it */
	const char *v1, *v2;
} carriers[] = {
    {"memory", NULL, "memory", "memory"},
    {"cpu", "cpus", "cpuset", "cpuset"},
    {"cpu", "mems", "cpuset", "cpuset"},
    {"cpu", NULL, "cpu", "cpu"},
    {"pids", NULL, "pids", "pids"},
    {"blockIO", NULL, "blkio", "io"},
    {"hugepageLimits", NULL, "hugetlb", "hugetlb"},
    {"rdma", NULL, "rdma", "rdma"},
};

/* What no controller here can enforce is left out with a word, as the runtimes would fail on it. */
static void drop_uncarried(const struct oci_input *in, json_t *resources)
{
	for (size_t i = 0; i < ARRAY_SIZE(carriers); i++) {
		const char *controller = in->cgroup_mode == OS_CGROUP_V2 ? carriers[i].v2 : carriers[i].v1;
		json_t *member = json_get(resources, carriers[i].member);

		if (!member || os_cgroup_has_controller(controller) == 1)
			continue;
		if (carriers[i].key && !json_get(member, carriers[i].key))
			continue;
		if (!STREQ(carriers[i].member, "pids") || json_get_path(in->doc, "resource_limits.pids"))
			oci_warn(in, "the limits on %s are left out: this machine has no cgroup controller \"%s\"",
				 carriers[i].key ? carriers[i].key : carriers[i].member, controller);
		if (carriers[i].key)
			json_object_object_del(member, carriers[i].key);
		else
			json_object_object_del(resources, carriers[i].member);
	}
}

static int put_pids(json_t *doc, json_t *resources)
{
	json_t *asked = json_get_path(doc, "resource_limits.pids");
	int64_t limit = asked ? json_get_i64(asked, "limit", OCI_DEFAULT_PIDS) : OCI_DEFAULT_PIDS;
	CLEANUP_JSON json_t *pids = NULL;

	if (limit <= 0) {
		json_object_object_del(resources, "pids");
		return 0;
	}
	pids = json_object_new_object();
	if (!pids || json_put_i64(pids, "limit", limit) < 0)
		return -ENOMEM;
	return json_put(resources, "pids", TAKE_PTR(pids));
}

static int put_unified(const struct oci_input *in, json_t *resources, ctr_error_t **err)
{
	json_t *more = json_get(in->doc, "unified"), *all = json_get(resources, "unified");

	if (more && !all) {
		all = json_copy(more);
		if (!all || json_put(resources, "unified", all) < 0)
			return error_no_memory(err);
	} else if (more) {
		json_object_object_foreach(more, key, value)
		{
			if (json_put(all, key, json_object_get(value)) < 0)
				return error_no_memory(err);
		}
	}
	if (all && json_object_object_length(all) == 0)
		json_object_object_del(resources, "unified");
	else if (all && in->cgroup_mode != OS_CGROUP_V2)
		return error_set(err, CTR_ERR_NOT_SUPPORTED, DOMAIN_CORE,
				 "unified limits need a host with cgroup v2 only; this one is %s",
				 os_cgroup_mode_name(in->cgroup_mode));
	return 0;
}

/* runc learned these with 1.2 and ignores them silently before. */
static void warn_of_ignored(const struct oci_input *in, json_t *resources)
{
	json_t *cpu = json_get(resources, "cpu");

	if (cpu && STREQ(str_or_empty(in->runtime_name), "runc") && (json_get(cpu, "idle") || json_get(cpu, "burst")))
		oci_warn(in, "cpu.idle and cpu.burst have an effect with runc 1.2 or later only");
}

int oci_put_resources(const struct oci_input *in, json_t *resources, ctr_error_t **err)
{
	json_t *asked = json_get(in->doc, "resource_limits");
	int rc;

	if (asked) {
		json_object_object_foreach(asked, key, value)
		{
			json_t *copy = json_copy(value);

			if (!copy || json_put(resources, key, copy) < 0)
				return error_no_memory(err);
		}
	}
	if (put_pids(in->doc, resources) < 0)
		return error_no_memory(err);
	rc = oci_put_block_devices(in->doc, resources, err);
	if (rc == 0)
		rc = put_unified(in, resources, err);
	if (rc < 0)
		return rc;
	drop_uncarried(in, resources);
	warn_of_ignored(in, resources);
	return 0;
}

/* The caller's own cgroup: v2's, else that of a controller every v1 host has. */
static char *own_cgroup(void)
{
	static const char *const controllers[] = {"pids", "memory", "cpu", "freezer"};
	CLEANUP_FREE char *text = NULL;
	CLEANUP_JSON json_t *paths = NULL;
	json_t *path = NULL;
	const char *why;
	size_t offset;

	if (os_cgroup_paths(getpid(), &text, NULL) < 0 || json_parse(text, SIZE_MAX, &paths, &why, &offset) < 0)
		return str_dup("/");
	if (os_cgroup_mode() == OS_CGROUP_V2)
		json_object_object_get_ex(paths, "", &path);
	for (size_t i = 0; i < ARRAY_SIZE(controllers) && !path; i++)
		json_object_object_get_ex(paths, controllers[i], &path);
	return str_dup(path ? json_object_get_string(path) : "/");
}

char *oci_cgroups_path(json_t *doc, const char *id, const char *cgroup_manager)
{
	const char *parent = json_get_str(doc, "cgroup_parent", "");
	size_t len = strlen(parent);

	if (oci_cgroups_disabled(doc, cgroup_manager))
		return str_dup("");
	if (STREQ(json_get_str(doc, "cgroups_mode", ""), "split")) {
		CLEANUP_FREE char *own = own_cgroup();

		return own ? str_printf("%s/libctr-payload-%s", STREQ(own, "/") ? "" : own, id) : NULL;
	}
	if (STREQ(str_or_empty(cgroup_manager), "systemd")) {
		const char *slice = strrchr(parent, '/');

		slice = slice ? slice + 1 : parent;
		return str_printf("%s:libctr:%s", slice[0] ? slice : DEFAULT_SLICE, id);
	}
	while (len > 0 && parent[len - 1] == '/')
		len--;
	if (len == 0)
		return str_printf("%s/%s", parent[0] ? "" : DEFAULT_PARENT, id);
	return str_printf("%s%.*s/%s", parent[0] == '/' ? "" : "/", (int)len, parent, id);
}
