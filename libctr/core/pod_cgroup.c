/* SPDX-License-Identifier: Apache-2.0 */
/* The cgroup that a pod's members are made in, with the limits for all of them together. */
#include <string.h>
#include "base/mem.h"
#include "core/pods.h"
#include "core/steps.h"
#include "model/pod_spec.h"
#include "os/cgroup.h"

#define DEFAULT_PARENT "/libctr"
#define DEFAULT_SLICE "machine"

/* systemd makes "a-b.slice" inside "a.slice" when the first scope is put there. */
static char *slice_of(const char *parent, const char *id)
{
	const char *name = strrchr(parent, '/');
	size_t len;

	name = name ? name + 1 : *parent ? parent : DEFAULT_SLICE;
	len = strlen(name);
	if (str_has_suffix(name, ".slice"))
		len -= strlen(".slice");
	return str_printf("%.*s-libctr_pod_%s.slice", (int)len, name, id);
}

char *core_pod_cgroup(ctr_engine_t *e, json_t *doc, const char *id)
{
	const char *parent = json_get_str(doc, "cgroup_parent", "");
	size_t len = strlen(parent);

	if (!pod_spec_share_parent(doc) || STREQ(e->config.cgroup_manager, "disabled") ||
	    (e->runtime && (runtime_backend_caps(e->runtime) & CTR_RUNTIME_CAP_NO_PROCESS)))
		return str_dup("");
	if (STREQ(e->config.cgroup_manager, "systemd"))
		return slice_of(parent, id);
	while (len > 0 && parent[len - 1] == '/')
		len--;
	if (len == 0)
		return str_printf("%s/%s", DEFAULT_PARENT, id);
	return str_printf("%s%.*s/%s", parent[0] == '/' ? "" : "/", (int)len, parent, id);
}

int core_pod_cgroup_check(ctr_engine_t *e, json_t *doc, ctr_error_t **err)
{
	const char *parent = json_get_str(doc, "cgroup_parent", "");
	json_t *limits = json_get(doc, "resource_limits");
	int is_slice = str_has_suffix(parent, ".slice"), is_systemd = STREQ(e->config.cgroup_manager, "systemd");

	if (*parent && is_systemd && !is_slice)
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE,
				 "cgroup_parent \"%s\" must end in \".slice\" because systemd manages the cgroups",
				 parent);
	if (is_slice && !is_systemd)
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE,
				 "cgroup_parent \"%s\" is a systemd slice, but cgroups are managed directly (cgroupfs)",
				 parent);
	if (limits && json_object_object_length(limits) > 0 && !STREQ(e->config.cgroup_manager, "cgroupfs"))
		return error_set(err, CTR_ERR_NOT_SUPPORTED, DOMAIN_CORE,
				 "resource_limits of a pod need cgroups that libctr manages itself (cgroupfs); leave "
				 "them out or set them on the "
				 "containers");
	return 0;
}

int core_pod_cgroup_make(json_t *doc, const char *cgroup, ctr_error_t **err)
{
	return *cgroup == '/' ? os_cgroup_make(cgroup, json_get(doc, "resource_limits"), err) : 0;
}

void core_pod_cgroup_remove(ctr_engine_t *e, const struct pod_row *row)
{
	CLEANUP_JSON json_t *doc = NULL;
	CLEANUP_FREE char *cgroup = NULL;
	int r;

	if (json_parse(str_or_empty(row->config), SIZE_MAX, &doc, NULL, NULL) < 0 || !doc)
		return;
	cgroup = core_pod_cgroup(e, doc, row->id);
	r = cgroup && *cgroup == '/' ? os_cgroup_unmake(cgroup) : 0;
	if (r < 0)
		core_log(e, CTR_LOG_WARNING, DOMAIN_CORE, NULL, "the cgroup %s of pod %s cannot be removed: %s", cgroup,
			 row->name, strerrordesc_np(-r));
}

/* A reboot takes cgroups away, and nothing says which container comes first afterwards. */
int step_pod_cgroup(ctr_engine_t *e, const struct container_row *row, ctr_error_t **err)
{
	CLEANUP_POD struct pod_row *pod = NULL;
	CLEANUP_JSON json_t *doc = NULL;
	CLEANUP_FREE char *cgroup = NULL;
	int r;

	if (!*str_or_empty(row->pod_id) || !step_has_process(row))
		return 0;
	r = store_pod_load(e->store, row->pod_id, &pod, err);
	if (r == 0)
		r = core_pod_config(pod, &doc, err);
	if (r < 0)
		return r;
	cgroup = core_pod_cgroup(e, doc, pod->id);
	return cgroup ? core_pod_cgroup_make(doc, cgroup, err) : error_no_memory(err);
}
