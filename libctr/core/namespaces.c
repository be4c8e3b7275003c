/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces of another container: at init they become those of its first process, which must be the very one that the
 * store knows. */
#include "core/pods.h"
#include "core/steps.h"
#include "model/spec.h"
#include "os/proc.h"

static const struct {
	const char *field, *file;
} spaces[] = {
    {"pidns", "pid"}, {"netns", "net"}, {"ipcns", "ipc"}, {"utsns", "uts"}, {"cgroupns", "cgroup"}, {"userns", "user"},
};

static int not_running(const struct container_row *row, const char *field, const struct container_row *owner,
		       ctr_error_t **err)
{
	error_set(err, CTR_ERR_STATE_INVALID, DOMAIN_CORE,
		  "container \"%s\" cannot be made ready: the %s it joins is of container \"%s\", which has no process "
		  "(it is %s); start that first",
		  row->name, field, owner->name, state_name(owner->state));
	error_detail(err, "container", row->id);
	error_detail(err, "dependency", owner->id);
	error_detail(err, "state", state_name(owner->state));
	return CTR_ERR_STATE_INVALID;
}

static int no_process(const struct container_row *row, const char *field, const struct container_row *owner,
		      ctr_error_t **err)
{
	return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE,
			 "container \"%s\" cannot join the %s of container \"%s\", whose runtime %s makes no processes",
			 row->name, field, owner->name, owner->runtime);
}

static int join_one(ctr_engine_t *e, const struct container_row *row, json_t *ns, size_t i, const char *id,
		    ctr_error_t **err)
{
	CLEANUP_ROW struct container_row *owner = NULL, *seen = NULL;
	CLEANUP_FREE char *path = NULL;
	int r = store_container_load(e->store, id, &owner, err);

	if (r == 0)
		r = core_observe(e, owner, &seen, err);
	if (r < 0)
		return r;
	if (!step_has_process(seen))
		return no_process(row, spaces[i].field, seen, err);
	if (!state_is_live(seen->state) || seen->pid <= 0 || os_proc_alive(seen->pid, seen->pid_start) <= 0)
		return not_running(row, spaces[i].field, seen, err);
	path = str_printf("/proc/%d/ns/%s", (int)seen->pid, spaces[i].file);
	if (!path || json_put_str(ns, "nsmode", "path") < 0 || json_put_str(ns, "value", path) < 0)
		return error_no_memory(err);
	return 0;
}

int step_join_namespaces(ctr_engine_t *e, const struct container_row *row, json_t *doc, ctr_error_t **err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(spaces); i++) {
		const char *id = "";

		if (STREQ(config_ns(doc, spaces[i].field, &id), "container"))
			r = join_one(e, row, json_get(doc, spaces[i].field), i, id, err);
	}
	return r;
}
