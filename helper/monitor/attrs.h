/* SPDX-License-Identifier: Apache-2.0 */
/* Clean start: what whoever starts the first monitor has (limits, priorities, signals, environment …) must not reach everybody's containers. (owner: log) */
#ifndef CTR_HELPER_MONITOR_ATTRS_H
#define CTR_HELPER_MONITOR_ATTRS_H

#include <stddef.h>
#include "error/error.h"
#include "os/spawn.h"

/* PATH only; for the monitor and for every job. */
const char *const *attrs_environment(void);

/* At the very start of keeper and monitor, before any thread: closes every fd but 0-2 and keep (0-2 become /dev/null), environment, cwd /, umask 0022,
 * setsid where possible, default signal dispositions and empty mask, nice, scheduler, affinity, timer slack, ioprio, THP flag, parent-death signal, a new session
 * keyring, rlimits (attrs_rlimits; but the process' own soft NOFILE = hard), no core dump, personality, NUMA policy, oom_score_adj 0 where allowed.
 * What the kernel refuses is left as it is. 0, or a negative CTR_ERR_* only when /dev/null or the close of fds fails. */
int attrs_clean_start(const int *keep, size_t n_keep, ctr_error_t **err);

/* The fixed limits a job (and so a container, for those its config.json does not name) starts with, to be lowered by
 * os_spawn to what is possible. ret has room for OS_RLIMITS_MAX; the number filled. */
size_t attrs_rlimits(struct os_spawn_rlimit *ret);

#endif
