/* SPDX-License-Identifier: Apache-2.0 */
/* Facts from /proc: who a process is, the boot, this process. (owner: found) */
#ifndef CTR_OS_PROC_H
#define CTR_OS_PROC_H

#include <stdint.h>
#include <sys/types.h>

#define OS_BOOT_ID_SIZE 40
/* "xxxxxxxx-xxxx-…" of this boot; the environment is never read. 0 or -errno. `path` NULL = /proc/sys/kernel/random/boot_id */
int os_boot_id(const char *path, char ret[OS_BOOT_ID_SIZE]);

struct os_proc_stat {
	pid_t pid, ppid;
	char state;            /* 'R', 'S', 'Z', 'X' … */
	char comm[16];
	uint64_t flags;        /* PF_* */
	uint64_t start_time;   /* clock ticks since boot */
	int exit_status;       /* field 52, a wait status; only true for a zombie */
};
#define OS_PF_FORKNOEXEC UINT64_C(0x40)
/* dirfd: an open /proc/PID directory or -1 to open it; 0 or -errno (-ESRCH when gone) */
int os_proc_stat(pid_t pid, struct os_proc_stat *ret);
/* 1 when pid lives (not a zombie) with this start time, 0 when not, -errno */
int os_proc_alive(pid_t pid, uint64_t start_time);
/* "dev:inode" style identity of /proc/PID/ns/NAME (pid 0 = self): the inode number. 0 or -errno */
int os_ns_inode(pid_t pid, const char *name, uint64_t *ret);
/* Start time of the process whose number is 1 in our pid namespace (with the ns inode: identity of the namespace) */
int os_pidns_identity(uint64_t *ret_inode, uint64_t *ret_start);
pid_t os_gettid(void);
/* The process that a thread of anybody belongs to. 0 or -errno (-ESRCH when gone) */
int os_thread_process(pid_t tid, pid_t *ret);
/* 1 if the calling thread has the capability effective */
int os_has_cap(int cap);
/* Which of these capabilities (a mask by number) the calling thread has in its bounding set; asks the kernel, which is cheaper than
 * reading /proc. */
uint64_t os_cap_bounding(uint64_t among);
/* Total fds the process may still open (RLIMIT_NOFILE soft minus open), for clear errors; -errno */
long os_fds_left(void);

#endif
