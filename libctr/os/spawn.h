/* SPDX-License-Identifier: Apache-2.0 */
/* Starting another program with attributes that are said, never inherited by accident. (owner: found) */
#ifndef CTR_OS_SPAWN_H
#define CTR_OS_SPAWN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "error/error.h"

struct os_spawn_fd {
	int from, to;              /* fd `from` of ours becomes `to` in the child (not close-on-exec) */
};

/* A resource limit the child gets (RLIMIT_*); above what the process may set: lowered to the possible. */
#define OS_RLIMITS_MAX 16
struct os_spawn_rlimit {
	int resource;
	uint64_t soft, hard;       /* UINT64_MAX = none */
};

struct os_spawn {
	const char *path;          /* absolute; or exec_fd */
	const char *const *argv, *const *envp;
	const struct os_spawn_fd *fds; /* 0-2 not named become /dev/null; every other fd is closed in the child */
	size_t n_fds;
	const char *cwd;           /* NULL: "/" */
	int new_session;           /* setsid */
	int new_group;             /* setpgid(0,0) */
	int unmount_unified;       /* in a private mount namespace without the cgroup2 mount (crun create on a hybrid host): the path below */
	const char *unified_path;
	const char *mount_target;  /* set: mount_fd, a detached mount, is attached there, in the same kind of private mount namespace */
	int mount_fd;
	const struct os_spawn_rlimit *rlimits;
	size_t n_rlimits;
	int death_signal;          /* PR_SET_PDEATHSIG, 0 = none */
	int oom_score_adj;         /* written when oom_score_adj_set */
	int oom_score_adj_set;
	int want_pidfd;            /* *ret_pidfd is filled */
};

/* Default signal dispositions, empty mask, umask 0022. The child runs only async-signal-safe code before exec (vfork semantics with its own stack).
 * Returns 0 once execve succeeded, else the error of the failing step with its errno. The child is ours to reap (helpers) or nobody's (host: double fork by the helper itself). */
int os_spawn(const struct os_spawn *what, pid_t *ret_pid, int *ret_pidfd_or_null, ctr_error_t **err);

/* Every signal of the calling process back to its default disposition. Async-signal-safe; never for a host process. */
void os_signals_default(void);

#endif
