/* SPDX-License-Identifier: Apache-2.0 */
/* The first process of a container that wants one of its own, and what holds a pod's namespaces: passes signals on, reaps
 * what nobody else does. It stands alone and is linked statically: it runs in whatever root file system there is.
 *
 * ctr-init -- COMMAND ARG…   runs the command and ends as it does: its code, 128 + n for signal n, 127 and 126 when it is
 *                            not there or cannot be executed
 * ctr-init -P                does nothing until SIGTERM, SIGINT or SIGQUIT, then ends with 0 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define USAGE 125
#define NOT_EXECUTABLE 126
#define NOT_FOUND 127

static int code_of(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Reaps all that has ended; the code of child when it was among them, else -1. */
static int reap(pid_t child)
{
	int status, code = -1;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == child)
			code = code_of(status);
	return code;
}

/* What its own faults raise must end it, the rest is waited for. */
static void block_signals(sigset_t *before)
{
	static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS};
	sigset_t all;

	sigfillset(&all);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		sigdelset(&all, faults[i]);
	sigprocmask(SIG_SETMASK, &all, before);
}

static int next_signal(void)
{
	sigset_t all;
	int sig;

	sigfillset(&all);
	do
		sig = sigwaitinfo(&all, NULL);
	while (sig < 0 && errno == EINTR);
	return sig;
}

static int hold(void)
{
	for (;;) {
		int sig = next_signal();

		if (sig == SIGCHLD)
			reap(0);
		else if (sig == SIGTERM || sig == SIGINT || sig == SIGQUIT)
			return 0;
	}
}

/* In a group of its own, which has the terminal, so that what a terminal sends comes once and not by way of us too. */
static void run(char **argv, const sigset_t *mask)
{
	setpgid(0, 0);
	if (isatty(STDIN_FILENO))
		tcsetpgrp(STDIN_FILENO, getpgrp());
	sigprocmask(SIG_SETMASK, mask, NULL);
	execvp(argv[0], argv);
	dprintf(STDERR_FILENO, "ctr-init: cannot execute %s: %s\n", argv[0], strerror(errno));
	_exit(errno == ENOENT || errno == ENOTDIR ? NOT_FOUND : NOT_EXECUTABLE);
}

static int supervise(char **argv, const sigset_t *mask)
{
	pid_t child = fork();
	int code = -1;

	if (child == 0)
		run(argv, mask);
	if (child < 0) {
		dprintf(STDERR_FILENO, "ctr-init: cannot fork: %s\n", strerror(errno));
		return USAGE;
	}
	while (code < 0) {
		int sig = next_signal();

		if (sig == SIGCHLD)
			code = reap(child);
		else if (sig > 0 && sig != SIGTTIN && sig != SIGTTOU)
			kill(child, sig);
	}
	return code;
}

int main(int argc, char **argv)
{
	sigset_t before;

	block_signals(&before);
	/* Where it is not process 1, orphans come to it all the same. */
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	if (argc == 2 && strcmp(argv[1], "-P") == 0)
		return hold();
	if (argc > 2 && strcmp(argv[1], "--") == 0)
		return supervise(argv + 2, &before);
	dprintf(STDERR_FILENO, "usage: ctr-init -- COMMAND [ARG…] | ctr-init -P\n");
	return USAGE;
}
