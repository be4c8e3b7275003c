/* SPDX-License-Identifier: Apache-2.0 */
/* The limits of a cgroup, taken down and put back: runtimes leave half of an update behind when the kernel refuses the rest. */
#include <string.h>
#include "base/mem.h"
#include "os/cgroup_parts.h"

#define PASSES 2 /* a limit may have to wait for another one: memory and memory with swap bound each other */

/* Where a value is one line for each device, the line of a device without limits says `none` behind its number. */
static const struct limit_file {
	const char *controller, *name, *none;
} files[] = {
	{"memory", "memory.limit_in_bytes", NULL},
	{"memory", "memory.memsw.limit_in_bytes", NULL},
	{"memory", "memory.soft_limit_in_bytes", NULL},
	{"memory", "memory.swappiness", NULL},
	{"cpu", "cpu.shares", NULL},
	{"cpu", "cpu.cfs_period_us", NULL},
	{"cpu", "cpu.cfs_quota_us", NULL},
	{"cpu", "cpu.cfs_burst_us", NULL},
	{"cpu", "cpu.rt_period_us", NULL},
	{"cpu", "cpu.rt_runtime_us", NULL},
	{"cpu", "cpu.idle", NULL},
	{"cpuset", "cpuset.cpus", NULL},
	{"cpuset", "cpuset.mems", NULL},
	{"pids", "pids.max", NULL},
	{"blkio", "blkio.weight", NULL},
	{"blkio", "blkio.bfq.weight", NULL},
	{"blkio", "blkio.throttle.read_bps_device", "0"},
	{"blkio", "blkio.throttle.write_bps_device", "0"},
	{"blkio", "blkio.throttle.read_iops_device", "0"},
	{"blkio", "blkio.throttle.write_iops_device", "0"},
	{"", "memory.max", NULL},
	{"", "memory.low", NULL},
	{"", "memory.swap.max", NULL},
	{"", "cpu.weight", NULL},
	{"", "cpu.max", NULL},
	{"", "cpu.max.burst", NULL},
	{"", "cpu.idle", NULL},
	{"", "cpuset.cpus", NULL},
	{"", "cpuset.mems", NULL},
	{"", "pids.max", NULL},
	{"", "io.weight", NULL},
	{"", "io.bfq.weight", NULL},
	{"", "io.max", "rbps=max wbps=max riops=max wiops=max"},
};

static char *read_limit(const char *paths_json, const struct limit_file *file)
{
	CLEANUP_FREE char *dir = cgroup_own_dir(paths_json, file->controller);
	char *text = NULL;

	return dir && cgroup_read(dir, file->name, &text) == 0 ? text : NULL;
}

static char *key_of(const struct limit_file *file)
{
	return str_printf("%s/%s", file->controller, file->name);
}

int os_cgroup_limits_read(const char *paths_json, char **ret)
{
	CLEANUP_JSON json_t *all = json_object_new_object();

	for (size_t i = 0; all && i < ARRAY_SIZE(files); i++) {
		CLEANUP_FREE char *text = read_limit(paths_json, &files[i]);
		CLEANUP_FREE char *key = key_of(&files[i]);

		if (!key || (text && json_put_str(all, key, text) < 0))
			return -ENOMEM;
	}
	*ret = all ? json_print(all) : NULL;
	return *ret ? 0 : -ENOMEM;
}

/* Is there a line in text for the device that line begins with? */
static int has_device(const char *text, const char *line)
{
	size_t len = strcspn(line, " \n") + 1;

	for (const char *at = text; *at; at += strcspn(at, "\n"), at += *at == '\n')
		if (strncmp(at, line, len) == 0)
			return 1;
	return 0;
}

static int write_lines(const char *dir, const struct limit_file *file, const char *now, const char *then)
{
	int rc = 0;

	for (const char *at = now; *at; at += strcspn(at, "\n"), at += *at == '\n') {
		CLEANUP_FREE char *line = str_printf("%.*s %s", (int)strcspn(at, " \n"), at, file->none);
		int r = has_device(then, at) ? 0 : line ? cgroup_write(dir, file->name, line) : -ENOMEM;

		rc = rc < 0 ? rc : r;
	}
	for (const char *at = then; *at; at += strcspn(at, "\n"), at += *at == '\n') {
		CLEANUP_FREE char *line = str_ndup(at, strcspn(at, "\n"));
		int r = line ? cgroup_write(dir, file->name, line) : -ENOMEM;

		rc = rc < 0 ? rc : r;
	}
	return rc;
}

static int put_back(const char *paths_json, const struct limit_file *file, const char *then)
{
	CLEANUP_FREE char *dir = cgroup_own_dir(paths_json, file->controller);
	CLEANUP_FREE char *now = NULL;
	int rc = dir ? cgroup_read(dir, file->name, &now) : 0;

	if (!dir || rc < 0 || STREQ(now, then))
		return rc;
	return file->none ? write_lines(dir, file, now, then) : cgroup_write(dir, file->name, then);
}

int os_cgroup_limits_write(const char *paths_json, const char *limits)
{
	CLEANUP_JSON json_t *all = cgroup_parse(limits);
	int first = 0;

	for (int pass = 0; all && pass < PASSES; pass++) {
		first = 0;
		for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
			CLEANUP_FREE char *key = key_of(&files[i]);
			const char *then = key ? json_get_str(all, key, NULL) : NULL;
			int rc = then ? put_back(paths_json, &files[i], then) : 0;

			first = first < 0 ? first : rc;
		}
	}
	return all ? first : -EINVAL;
}
