/* SPDX-License-Identifier: Apache-2.0 */
/* run and create: make a container; in the foreground its output is ours, our signals are its, and its exit code is ours. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include "ctrtool.h"

const struct flag run_flags[] = {
	{ "detach", 'd', FLAG_BOOL, NULL, "print the id and leave it running", NULL },
	{ "sig-proxy", 0, FLAG_BOOL, NULL, "pass our signals on to it (always so in the foreground)", NULL },
	FLAG_END,
};

static ctr_container_t *make(struct tool *t, const struct args *a)
{
	ctr_pod_t *pod = NULL;
	ctr_spec_t *spec = new_pod(t, a, &pod) == 0 ? spec_from_args(t, a, pod ? ctr_pod_id(pod) : NULL) : NULL;
	ctr_container_t *c = NULL;
	ctr_error_t *err = NULL;

	if (spec && tool_engine(t) == 0 && ctr_container_create(t->engine, spec, NULL, &c, &err) < 0)
		fail_error(NULL, err);
	ctr_spec_unref(spec);
	/* A pod that was made for it alone */
	if (pod && !c)
		(void)ctr_pod_remove(pod, NULL, NULL, NULL);
	ctr_pod_unref(pod);
	return c;
}

int verb_create(struct tool *t, const struct args *a)
{
	ctr_container_t *c = make(t, a);

	if (!c)
		return EXIT_ENGINE;
	puts(ctr_container_id(c));
	ctr_container_unref(c);
	return EXIT_SUCCESS;
}

/* Signals become readable instead of ending us, from before the container exists. */
static int catch_signals(void)
{
	static const int passed_on[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGCONT, SIGWINCH };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(passed_on) / sizeof(passed_on[0]); i++)
		sigaddset(&set, passed_on[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static int await(ctr_container_t *c, int signals)
{
	int exit_fd = -1;
	ctr_error_t *err = NULL;
	int32_t code = CTR_EXIT_UNKNOWN;
	struct pollfd fds[2];

	if (ctr_container_exit_fd(c, &exit_fd, &err) < 0)
		return fail_error(NULL, err);
	fds[0] = (struct pollfd){ exit_fd, POLLIN, 0 };
	fds[1] = (struct pollfd){ signals, POLLIN, 0 };
	while (poll(fds, 2, -1) >= 0 || errno == EINTR) {
		struct signalfd_siginfo info;

		if (fds[0].revents)
			break;
		if (fds[1].revents && read(signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
			(void)ctr_container_kill(c, (int)info.ssi_signo, NULL, NULL);
	}
	close(exit_fd);
	if (ctr_container_wait(c, NULL, NULL, &code, &err) < 0)
		return fail_error(NULL, err);
	return code;
}

static int start(ctr_container_t *c, int detach, ctr_error_t **err)
{
	struct ctr_start_opts opts;

	ctr_start_opts_init(&opts, sizeof(opts));
	opts.use_stdio = !detach;
	opts.recursive = 1;
	opts.stdin_fd = -1;
	opts.stdout_fd = STDOUT_FILENO;
	opts.stderr_fd = STDERR_FILENO;
	return ctr_container_start(c, &opts, NULL, err);
}

/* As podman: what the container asks for in its own root file system counts as a command that cannot be executed. Errors of ours,
 * and a runtime that does not work, stay 125. */
static int cannot_start(ctr_error_t *err)
{
	int code = ctr_error_code(err);
	int inside = code == CTR_ERR_INVALID_ARG || code == CTR_ERR_NO_SUCH_FILE;
	int rc = fail_error(NULL, err);

	return inside && rc == EXIT_ENGINE ? EXIT_NOT_EXECUTABLE : rc;
}

int verb_run(struct tool *t, const struct args *a)
{
	int detach = args_has(a, "detach"), rc;
	int signals = detach ? -1 : catch_signals();
	ctr_container_t *c = make(t, a);
	struct ctr_remove_opts force;
	ctr_error_t *err = NULL;

	if (!c)
		return EXIT_ENGINE;
	ctr_remove_opts_init(&force, sizeof(force));
	force.force = 1;
	if (start(c, detach, &err) < 0) {
		rc = cannot_start(err);
		if (args_has(a, "rm"))
			(void)ctr_container_remove(c, &force, NULL, NULL);
	} else if (detach) {
		puts(ctr_container_id(c));
		rc = EXIT_SUCCESS;
	} else {
		rc = await(c, signals);
		/* Whoever comes first removes it, we or the agent; either way it is gone when we return. */
		if (args_has(a, "rm"))
			(void)ctr_container_remove(c, &force, NULL, NULL);
	}
	ctr_container_unref(c);
	if (signals >= 0)
		close(signals);
	return rc;
}
