/* SPDX-License-Identifier: Apache-2.0 */
/* Processes by fd: never signal a number that may have been reused. (owner: found) */
#ifndef CTR_OS_PIDFD_H
#define CTR_OS_PIDFD_H

#include <stdint.h>
#include <sys/types.h>

/* Opens pid and checks that it is the process with this start time (0 = do not check); fd or -errno (-ESRCH when it is another). */
int os_pidfd_open(pid_t pid, uint64_t start_time);
int os_pidfd_signal(int pidfd, int signal);   /* 0 or -errno */
/* 1 when the process has ended (also as zombie), 0 when it lives, -errno */
int os_pidfd_ended(int pidfd);
/* Identity: inode on pidfs (Linux 6.9+), 0 where pidfds are anonymous inodes. */
uint64_t os_pidfd_inode(int pidfd);
/* Wait status of an ended process that need not be our child: PIDFD_GET_INFO with PIDFD_INFO_EXIT (Linux >= 6.15). 0 or -errno (-ENODATA: not there, -EAGAIN: lives) */
int os_pidfd_exit_status(int pidfd, int *ret_wait_status);
/* A duplicate of fd number `fd` of that process (pidfd_getfd); fd or -errno */
int os_pidfd_getfd(int pidfd, int fd);

#endif
