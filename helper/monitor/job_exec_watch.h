/* SPDX-License-Identifier: Apache-2.0 */
/* Did the execve of the container's command succeed? Told by the kernel, without polling. (owner: log)
 *
 * Two ways. (1) A pipe whose write end only the container's first process holds: runtimes set close-on-exec on what they do not pass on, so its end of file
 * comes at execve or death (crun). (2) Where a runtime has closed it already (runc with the fix of CVE-2024-21626): ptrace reports the execve and is
 * detached at once; the process is seized only between the begin of `start` and its execve. In both cases PF_FORKNOEXEC of /proc/PID/stat tells success
 * (cleared) from failure (still set), also of a zombie: so ask before reaping. */
#ifndef CTR_HELPER_MONITOR_JOB_EXEC_WATCH_H
#define CTR_HELPER_MONITOR_JOB_EXEC_WATCH_H

#include <sys/types.h>

enum exec_result {
	EXEC_PENDING = 0,
	EXEC_DONE = 1,     /* the command runs, or ran */
	EXEC_FAILED = 2,   /* it never did; the process has ended or is about to */
	EXEC_UNKNOWN = 3,  /* this kernel lets us see neither: take the start job's success for it */
};

/* ret[0]: kept by the monitor (and in the keeper's store) from create to start; ret[1]: job_spec.watch_fd, closed right after job_start. 0 or -errno */
int exec_watch_pipe(int ret[2]);

struct exec_watch;
/* Just before the start job is begun. pid: the container's first process, a child of the monitor or of the keeper. pipe_fd: taken; -1 when lost. NULL = out of memory */
struct exec_watch *exec_watch_new(pid_t pid, int pipe_fd);
/* To be watched for EPOLLIN (EPOLLHUP comes with it), then exec_watch_check; -1: nothing to poll, the loop's trap handler tells (exec_watch_trap) */
int exec_watch_fd(const struct exec_watch *w);
/* After exec_watch_fd had an event, after the start job ended, and when the process has ended (before it is reaped). Never waits. */
enum exec_result exec_watch_check(struct exec_watch *w);
/* waitpid reported a stop (WIFSTOPPED) of a traced child: call it with every such status of this pid; it lets the process go on. Then exec_watch_check. */
void exec_watch_trap(struct exec_watch *w, int wait_status);
struct exec_watch *exec_watch_free(struct exec_watch *w); /* detaches; NULL in, NULL out */

/* PF_FORKNOEXEC of a process that has not been reaped: 1 it never had an execve of its own, 0 it had, -errno */
int exec_never_happened(pid_t pid);

#endif
