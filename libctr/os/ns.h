/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces: their identity, and paths that survive the process that owns them. (owner: oci) */
#ifndef CTR_OS_NS_H
#define CTR_OS_NS_H

#include "error/error.h"

/* "/proc/PID/ns/NAME" of the calling process (its tgid): what "host" means in a config.json the monitor's runtime reads. Memory is the caller's. */
char *os_ns_caller_path(const char *name);
/* An open fd on the calling process' namespace, CLOEXEC >= 3, or -errno */
int os_ns_open_self(const char *name);
/* A hash over what cannot be shed of the caller's attributes (architecture.md 1: uid, namespace inodes mnt/pid/user/cgroup/net, bounding set, no_new_privs,
 * seccomp mode, LSM label, and without CAP_SYS_RESOURCE the hard resource limits), as 16 hex digits: the instance key is "shared-" plus this. */
int os_caller_profile(char ret[17], ctr_error_t **err);

#endif
