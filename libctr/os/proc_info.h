/* SPDX-License-Identifier: Apache-2.0 */
/* One process as /proc shows it to a list of processes, and what its network namespace has sent and received. */
#ifndef CTR_OS_PROC_INFO_H
#define CTR_OS_PROC_INFO_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/cleanup.h"

#define OS_PID_LEVELS 33 /* of nested pid namespaces, as the kernel has them, and ours */

struct os_proc_info {
	pid_t pid, ppid;
	uint64_t start_ticks, cpu_ticks; /* since boot; user and system */
	unsigned tty;                    /* device number, 0 = none */
	uid_t euid;
	pid_t levels[OS_PID_LEVELS];     /* its number in each pid namespace from ours inwards */
	size_t n_levels;
	char *command;                   /* words with blanks between them; "[name]" when it has none */
};
/* 0 or -errno (-ESRCH: gone) */
int os_proc_info(pid_t pid, struct os_proc_info *ret);
void os_proc_info_reset(struct os_proc_info *info);

/* Every process of the pid namespace of this one: 0, *ret for free(), or -errno */
int os_proc_same_pidns(pid_t pid, pid_t **ret, size_t *ret_n);
/* Bytes that came and went through all interfaces but lo, of the network namespace of pid; 0 and 0 when that is ours. 0 or -errno */
int os_proc_net_bytes(pid_t pid, uint64_t *ret_in, uint64_t *ret_out);

#endif
