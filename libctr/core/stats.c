/* SPDX-License-Identifier: Apache-2.0 */
/* ctr_container_stats: what a running container uses, read without any lock. */
#include "core/steps.h"

#include "base/clock.h"
#include "base/mem.h"
#include "os/cgroup.h"
#include "os/proc.h"
#include "os/proc_info.h"

static int without_cgroup(const struct container_row *row, ctr_error_t **err)
{
	return error_set(err, CTR_ERR_NOT_SUPPORTED, DOMAIN_CORE,
			 "container \"%s\" has no cgroup of its own, so nobody counts what it uses", row->name);
}

/* The number may be another process's by now: then what was read is not the container's. */
static void network(const struct container_row *row, uint64_t *in, uint64_t *out)
{
	if (os_proc_net_bytes(row->pid, in, out) < 0 || os_proc_alive(row->pid, row->pid_start) != 1)
		*in = *out = 0;
}

static int print(const struct os_cgroup_stats *s, uint64_t net_in, uint64_t net_out, char **ret, ctr_error_t **err)
{
	CLEANUP_JSON json_t *o = json_object_new_object();
	char *text;

	if (!o || core_put_time(o, "Time", clock_realtime_ns()) < 0 || json_put_u64(o, "CPUNano", s->cpu_ns) < 0 ||
	    json_put_u64(o, "MemUsage", s->memory) < 0 || json_put_u64(o, "MemLimit", s->memory_limit) < 0 ||
	    json_put_u64(o, "PIDs", s->pids) < 0 || json_put_u64(o, "BlockInput", s->block_in) < 0 ||
	    json_put_u64(o, "BlockOutput", s->block_out) < 0 || json_put_u64(o, "NetInput", net_in) < 0 ||
	    json_put_u64(o, "NetOutput", net_out) < 0 || !(text = json_print(o)))
		return error_no_memory(err);
	*ret = text;
	return 0;
}

int core_container_stats(ctr_container_t *c, const struct op_call *call, char **ret_json, ctr_error_t **err)
{
	CLEANUP_ROW struct container_row *row = NULL;
	struct os_cgroup_stats s = {.cpu_ns = 0};
	uint64_t in = 0, out = 0;
	int r = op_call_check(call, "reading what a container uses", err);

	if (r == 0)
		r = core_container_snapshot(c, &row, err);
	if (r == 0)
		r = verb_check(VERB_STATS, row->state, row->name, err);
	if (r < 0)
		return r;
	if (step_has_process(row)) {
		if (!*str_or_empty(row->cgroups))
			return without_cgroup(row, err);
		os_cgroup_stats(row->cgroups, &s);
		network(row, &in, &out);
	}
	return print(&s, in, out, ret_json, err);
}
