/* SPDX-License-Identifier: Apache-2.0 */
/* Learns from a pipe's end or from ptrace that an execve happened, and from PF_FORKNOEXEC whether it succeeded. */
#include "job_exec_watch.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/mem.h"
#include "os/fd.h"
#include "os/proc.h"

struct exec_watch {
	pid_t pid;
	int pipe_fd;     /* -1: closed, or of no use */
	int traced;
	enum exec_result result;
};

int exec_watch_pipe(int ret[2])
{
	return os_pipe(ret, 0);
}

int exec_never_happened(pid_t pid)
{
	struct os_proc_stat st;
	int r = os_proc_stat(pid, &st);

	return r < 0 ? r : (st.flags & OS_PF_FORKNOEXEC) != 0;
}

static int pipe_has_ended(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return fd >= 0 && poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLIN)) != 0;
}

static void close_pipe(struct exec_watch *w)
{
	if (w->pipe_fd >= 0)
		close(w->pipe_fd);
	w->pipe_fd = -1;
}

/* Seized, not attached: it is not stopped, and it goes on by itself when this process dies. */
static void seize(struct exec_watch *w)
{
	close_pipe(w);
	w->traced = ptrace(PTRACE_SEIZE, w->pid, NULL, PTRACE_O_TRACEEXEC) == 0;
}

struct exec_watch *exec_watch_new(pid_t pid, int pipe_fd)
{
	struct exec_watch *w = NEW0(struct exec_watch);

	if (!w) {
		if (pipe_fd >= 0)
			close(pipe_fd);
		return NULL;
	}
	*w = (struct exec_watch){.pid = pid, .pipe_fd = pipe_fd};
	/* Ended before anything was started: the runtime had closed it, it tells nothing. */
	if (pipe_fd < 0 || pipe_has_ended(pipe_fd))
		seize(w);
	return w;
}

int exec_watch_fd(const struct exec_watch *w)
{
	return w->pipe_fd;
}

static enum exec_result look(struct exec_watch *w)
{
	struct os_proc_stat st;

	if (os_proc_stat(w->pid, &st) < 0)
		return EXEC_UNKNOWN;
	if (!(st.flags & OS_PF_FORKNOEXEC))
		return EXEC_DONE;
	if (st.state == 'Z' || st.state == 'X')
		return EXEC_FAILED;
	return w->traced || w->pipe_fd >= 0 ? EXEC_PENDING : EXEC_UNKNOWN;
}

enum exec_result exec_watch_check(struct exec_watch *w)
{
	if (w->result == EXEC_DONE || w->result == EXEC_FAILED)
		return w->result;
	w->result = look(w);
	if (w->result != EXEC_PENDING || w->traced || !pipe_has_ended(w->pipe_fd))
		return w->result;
	/* Closed by hand and still before its execve (the kernel clears the flag before it closes), or on its way out. */
	seize(w);
	w->result = look(w);
	return w->result;
}

void exec_watch_trap(struct exec_watch *w, int wait_status)
{
	int signal = WSTOPSIG(wait_status), event = wait_status >> 16;

	if (!w->traced || !WIFSTOPPED(wait_status))
		return;
	if (event == PTRACE_EVENT_EXEC) {
		w->result = EXEC_DONE;
		w->traced = 0;
		ptrace(PTRACE_DETACH, w->pid, NULL, 0);
		return;
	}
	if (event == PTRACE_EVENT_STOP && signal != SIGTRAP)
		ptrace(PTRACE_LISTEN, w->pid, NULL, 0); /* a group stop is the container's own affair */
	else
		ptrace(PTRACE_CONT, w->pid, NULL, event ? 0 : (long)signal);
}

/* Only a stopped tracee can be let go. It sits in an interruptible wait of the runtime's, so it stops at once; an ended one is left to be reaped. */
static void detach(struct exec_watch *w)
{
	siginfo_t si = {.si_pid = 0};
	int status;

	if (ptrace(PTRACE_INTERRUPT, w->pid, NULL, 0) < 0)
		return;
	while (waitid(P_PID, (id_t)w->pid, &si, WEXITED | WSTOPPED | WNOWAIT) < 0)
		if (errno != EINTR)
			return;
	if (si.si_code != CLD_TRAPPED && si.si_code != CLD_STOPPED)
		return;
	waitpid(w->pid, &status, WNOHANG | WUNTRACED);
	ptrace(PTRACE_DETACH, w->pid, NULL, 0);
}

struct exec_watch *exec_watch_free(struct exec_watch *w)
{
	if (!w)
		return NULL;
	if (w->traced)
		detach(w);
	close_pipe(w);
	free(w);
	return NULL;
}
