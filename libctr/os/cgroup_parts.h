/* SPDX-License-Identifier: Apache-2.0 */
/* What the cgroup files of the os room share. */
#ifndef CTR_OS_CGROUP_PARTS_H
#define CTR_OS_CGROUP_PARTS_H

#include "base/json.h"
#include "os/cgroup.h"

/* Absolute directory of a controller ("" = v2) for a cgroup path; NULL when not mounted or out of memory. */
char *cgroup_locate(const char *controller, const char *path);
/* The paths of a row as an object; NULL when damaged. */
json_t *cgroup_parse(const char *paths_json);
/* The same directory as os_cgroup_dir, but NULL for the root and for a cgroup that the calling process is in itself:
 * what freezes, kills or removes must never reach those. */
char *cgroup_own_dir(const char *paths_json, const char *controller);
/* Calls fn with each such directory of every hierarchy, each once, until it returns non-zero. */
int cgroup_each_dir(const char *paths_json, int (*fn)(const char *dir, void *userdata), void *userdata);
/* Writes text into dir/file; 0 or -errno. */
int cgroup_write(const char *dir, const char *file, const char *text);
/* Reads dir/file; 0 or -errno. */
int cgroup_read(const char *dir, const char *file, char **ret);
/* cgroup.procs of the directory name beneath parent_fd: 0, 1 = it is gone or holds only threads, -errno */
int cgroup_procs(int parent_fd, const char *name, char **ret);
/* The number behind "key " in a flat keyed file's text; 0 when it is not there. */
uint64_t cgroup_keyed(const char *text, const char *key);
/* Waits for a change of dir/cgroup.events until `key` is `wanted`. */
int cgroup_wait_event(const char *dir, const char *key, uint64_t wanted, const struct op_call *call, const char *what,
		      ctr_error_t **err);
/* Makes path beneath the mount point, level by level. *ret: the last directory. 0 or -errno */
int cgroup_make_dirs(const char *point, const char *path, char **ret);
/* Calls fn with dir and every directory below, children first (their parent's fd and name), until it returns non-zero. */
int cgroup_walk(const char *dir, int (*fn)(int parent_fd, const char *name, void *userdata), void *userdata);

#endif
