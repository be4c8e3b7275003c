/* SPDX-License-Identifier: Apache-2.0 */
/* cgroups v1, v2 and hybrid: where a process is, freeze, kill, remove, read. (owner: oci) */
#ifndef CTR_OS_CGROUP_H
#define CTR_OS_CGROUP_H

#include <stdint.h>
#include <sys/types.h>
#include "base/json.h"
#include "op/op.h"

enum { OS_CGROUP_NONE = 0, OS_CGROUP_V1 = 1, OS_CGROUP_V2 = 2, OS_CGROUP_HYBRID = 3 };
/* What the calling process sees mounted at /sys/fs/cgroup. */
int os_cgroup_mode(void);
const char *os_cgroup_mode_name(int mode); /* "v1" "v2" "hybrid" "none" */
/* Where the cgroup2 hierarchy of a hybrid host is mounted, or would be with version 1 alone ("/sys/fs/cgroup/unified"); else NULL. Memory is the caller's. */
char *os_cgroup_unified_path(void);
int os_cgroup_has_controller(const char *controller);

/* /proc/PID/cgroup as JSON text {"memory":"/libctr/ID", …, "":"/…" (v2)}: saved in the row between create and start. */
int os_cgroup_paths(pid_t pid, char **ret_json, ctr_error_t **err);
/* Absolute directory of one controller ("" = v2) from such a text, NULL when absent or not mounted. */
char *os_cgroup_dir(const char *paths_json, const char *controller);

/* Freezer (architecture.md 5). 0 or negative CTR_ERR_* */
int os_cgroup_freeze(const char *paths_json, const struct op_call *call, ctr_error_t **err);
int os_cgroup_thaw(const char *paths_json, const struct op_call *call, ctr_error_t **err);
int os_cgroup_is_frozen(const char *paths_json);
/* What it has used so far: nanoseconds, bytes, processes. What no controller counts is 0; the limit is at most the machine's memory. */
struct os_cgroup_stats {
	uint64_t cpu_ns, memory, memory_limit, pids, block_in, block_out;
};
void os_cgroup_stats(const char *paths_json, struct os_cgroup_stats *ret);
/* Its processes and those of its children as we number them, for free(). 0 or -errno (-ENOENT: it has no cgroup of its own) */
int os_cgroup_pids(const char *paths_json, pid_t **ret, size_t *ret_n);
/* Its limits as text, and back to them; what differs is written. 0 or -errno */
int os_cgroup_limits_read(const char *paths_json, char **ret);
int os_cgroup_limits_write(const char *paths_json, const char *limits);
/* Kills every process in it: cgroup.kill, else freeze, kill through pidfds, thaw, until empty or the deadline. */
int os_cgroup_kill_all(const char *paths_json, const struct op_call *call, ctr_error_t **err);
/* 1 when no process is in any of the directories (or they are gone), 0, -errno */
int os_cgroup_is_empty(const char *paths_json);
/* Removes the (empty) directories of every hierarchy, with child directories. 0 or -errno (-EBUSY) */
int os_cgroup_remove(const char *paths_json);
/* Makes `/path` in every hierarchy (v1: all, v2: the one) and moves pid there; hierarchies that refuse are left out. Number joined, or -errno */
int os_cgroup_join(const char *path, pid_t pid);
/* Makes `/path` in every hierarchy that runtimes use and sets what an OCI resources object (NULL = nothing) says of memory, cpu and pids.
 * NOT_SUPPORTED: no such controller here. Making it again sets the limits again. */
int os_cgroup_make(const char *path, json_t *resources_or_null, ctr_error_t **err);
/* Removes it from every hierarchy; nothing there is fine. 0 or -errno (-EBUSY) */
int os_cgroup_unmake(const char *path);
/* OOM: counter of oom kills (v2 memory.events oom_kill; v1 memory.oom_control oom_kill), 0 when unknown */
uint64_t os_cgroup_oom_kills(const char *paths_json);

#endif
