/* SPDX-License-Identifier: Apache-2.0 */
/* What a cgroup has used, and which processes are in it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include "base/mem.h"
#include "os/cgroup_parts.h"

/* A number in a file, 0 when it is not there or "max". */
static uint64_t number(const char *paths_json, const char *controller, const char *file)
{
	CLEANUP_FREE char *dir = os_cgroup_dir(paths_json, controller);
	CLEANUP_FREE char *text = NULL;
	uint64_t n = 0;

	if (!dir || cgroup_read(dir, file, &text) < 0)
		return 0;
	text[strcspn(text, "\n")] = '\0';
	return str_to_u64(text, 10, &n) == 0 ? n : 0;
}

/* The first of two that has anything to say. */
static uint64_t either(const char *paths_json, const char *v1, const char *v1_file, const char *v2_file)
{
	uint64_t n = number(paths_json, v1, v1_file);

	return n ? n : number(paths_json, "", v2_file);
}

static uint64_t cpu_ns(const char *paths_json)
{
	CLEANUP_FREE char *dir = NULL;
	CLEANUP_FREE char *text = NULL;
	uint64_t ns = number(paths_json, "cpuacct", "cpuacct.usage");

	if (ns)
		return ns;
	dir = os_cgroup_dir(paths_json, "");
	return dir && cgroup_read(dir, "cpu.stat", &text) == 0 ? cgroup_keyed(text, "usage_usec") * 1000 : 0;
}

static uint64_t machine_memory(void)
{
	struct sysinfo info;

	return sysinfo(&info) == 0 ? (uint64_t)info.totalram * info.mem_unit : 0;
}

/* "8:0 Read 4096" of v1 */
static void sum_v1(const char *text, struct os_cgroup_stats *ret)
{
	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		unsigned long long n;
		char what[16];

		if (sscanf(line, "%*u:%*u %15s %llu", what, &n) != 2)
			continue;
		if (STREQ(what, "Read"))
			ret->block_in += n;
		else if (STREQ(what, "Write"))
			ret->block_out += n;
	}
}

/* "8:0 rbytes=1 wbytes=2 …" of v2 */
static void sum_v2(const char *text, struct os_cgroup_stats *ret)
{
	for (const char *at = text; (at = strpbrk(at, " \n"));) {
		unsigned long long n;

		at++;
		if (sscanf(at, "rbytes=%llu", &n) == 1)
			ret->block_in += n;
		else if (sscanf(at, "wbytes=%llu", &n) == 1)
			ret->block_out += n;
	}
}

static void block_bytes(const char *paths_json, struct os_cgroup_stats *ret)
{
	static const struct {
		const char *controller, *file;
		void (*sum)(const char *text, struct os_cgroup_stats *ret);
	} files[] = {
		{"blkio", "blkio.throttle.io_service_bytes_recursive", sum_v1},
		{"blkio", "blkio.throttle.io_service_bytes", sum_v1},
		{"", "io.stat", sum_v2},
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		CLEANUP_FREE char *dir = os_cgroup_dir(paths_json, files[i].controller);
		CLEANUP_FREE char *text = NULL;

		if (!dir || cgroup_read(dir, files[i].file, &text) < 0)
			continue;
		files[i].sum(text, ret);
		return;
	}
}

void os_cgroup_stats(const char *paths_json, struct os_cgroup_stats *ret)
{
	struct os_cgroup_stats s = {
		.cpu_ns = cpu_ns(paths_json),
		.memory = either(paths_json, "memory", "memory.usage_in_bytes", "memory.current"),
		.memory_limit = either(paths_json, "memory", "memory.limit_in_bytes", "memory.max"),
		.pids = either(paths_json, "pids", "pids.current", "pids.current"),
	};
	uint64_t all = machine_memory();

	if (!s.memory_limit || s.memory_limit > all)
		s.memory_limit = all;
	block_bytes(paths_json, &s);
	*ret = s;
}

/* ---- its processes ---- */

struct pid_list {
	pid_t *pids;
	size_t n;
};

static int push_pid(struct pid_list *list, pid_t pid)
{
	/* Powers of two, so that the length alone tells when there is no room. */
	if ((list->n & (list->n - 1)) == 0) {
		pid_t *more = reallocarray(list->pids, list->n ? list->n * 2 : 1, sizeof(*more));

		if (!more)
			return -ENOMEM;
		list->pids = more;
	}
	list->pids[list->n++] = pid;
	return 0;
}

static int push_procs(int parent_fd, const char *name, void *userdata)
{
	struct pid_list *list = userdata;
	CLEANUP_FREE char *text = NULL;
	char *save = NULL;
	int rc = cgroup_procs(parent_fd, name, &text);

	if (rc != 0)
		return rc < 0 ? rc : 0;
	for (char *line = strtok_r(text, "\n", &save); line && rc == 0; line = strtok_r(NULL, "\n", &save)) {
		int64_t pid;

		/* 0 stands for a process outside of our pid namespace. */
		if (str_to_i64(line, &pid) == 0 && pid > 0)
			rc = push_pid(list, (pid_t)pid);
	}
	return rc;
}

int os_cgroup_pids(const char *paths_json, pid_t **ret, size_t *ret_n)
{
	static const char *const hierarchies[] = {"pids", "memory", "freezer", "cpu", "devices", "name=systemd", ""};
	struct pid_list list = {.n = 0};
	int found = 0;

	for (size_t i = 0; i < ARRAY_SIZE(hierarchies) && !found; i++) {
		CLEANUP_FREE char *dir = cgroup_own_dir(paths_json, hierarchies[i]);
		int rc = dir ? cgroup_walk(dir, push_procs, &list) : 0;

		found = dir != NULL;
		if (rc < 0) {
			free(list.pids);
			return rc;
		}
	}
	if (!found)
		return -ENOENT;
	*ret = list.pids;
	*ret_n = list.n;
	return 0;
}
