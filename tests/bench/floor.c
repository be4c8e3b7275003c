/* SPDX-License-Identifier: Apache-2.0 */
/* The floor: create, start and delete as bare commands of the runtime, run by a small process, with pipes as libctr gives them. */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct floor {
	int fd;
	pid_t pid;
};

struct answer {
	int32_t status; /* of the first command that failed, or 0 */
	uint64_t create_start_ns, pause_ns, resume_ns, delete_ns; /* pause, resume: 0 where one of them fails */
};

struct commands {
	const char *runtime;
	char bundle[4096], state[4096];
};

extern char **environ;

static int run(const struct commands *c, const char *verb, const char *option, const char *value, const char *id, const char *last, int out)
{
	char *argv[10];
	posix_spawn_file_actions_t actions;
	int n = 0, status = -1;
	pid_t pid;

	argv[n++] = (char *)c->runtime;
	argv[n++] = (char *)"--root";
	argv[n++] = (char *)c->state;
	argv[n++] = (char *)verb;
	if (option)
		argv[n++] = (char *)option;
	if (value)
		argv[n++] = (char *)value;
	argv[n++] = (char *)id;
	if (last)
		argv[n++] = (char *)last;
	argv[n] = NULL;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	if (out >= 0) {
		posix_spawn_file_actions_adddup2(&actions, out, 1);
		posix_spawn_file_actions_adddup2(&actions, out, 2);
	}
	if (posix_spawn(&pid, c->runtime, &actions, NULL, argv, environ) == 0)
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	posix_spawn_file_actions_destroy(&actions);
	return status;
}

static void freeze(const struct commands *c, struct answer *a, int out)
{
	uint64_t began = bench_now(), paused;

	if (run(c, "pause", NULL, NULL, "libctr-bench-floor", NULL, out) != 0)
		return;
	paused = bench_now();
	if (run(c, "resume", NULL, NULL, "libctr-bench-floor", NULL, out) != 0)
		return;
	a->resume_ns = bench_now() - paused;
	a->pause_ns = paused - began;
}

static void once(const struct commands *c, struct answer *a)
{
	int ends[2];
	uint64_t began;

	memset(a, 0, sizeof(*a));
	if (pipe2(ends, O_CLOEXEC) < 0)
		abort();
	began = bench_now();
	a->status = run(c, "create", "--bundle", c->bundle, "libctr-bench-floor", NULL, ends[1]);
	if (a->status == 0)
		a->status = run(c, "start", NULL, NULL, "libctr-bench-floor", NULL, ends[1]);
	a->create_start_ns = bench_now() - began;
	if (a->status == 0)
		freeze(c, a, ends[1]);
	began = bench_now();
	run(c, "delete", "--force", NULL, "libctr-bench-floor", NULL, a->status == 0 ? -1 : ends[1]);
	a->delete_ns = bench_now() - began;
	close(ends[0]);
	close(ends[1]);
}

/* crun 1.8 refuses hybrid cgroups unless it does not see the unified one: outside of what is measured. */
static void leave_hybrid(void)
{
	struct stat st;

	if (stat("/sys/fs/cgroup/unified", &st) < 0 || unshare(CLONE_NEWNS) < 0)
		return;
	mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	umount2("/sys/fs/cgroup/unified", MNT_DETACH);
}

static void serve(const struct commands *c, int fd)
{
	struct answer a;
	char byte;

	leave_hybrid();
	while (read(fd, &byte, 1) == 1) {
		once(c, &a);
		if (write(fd, &a, sizeof(a)) != sizeof(a))
			break;
	}
	_exit(0);
}

/* The floor's container is another one: its id replaces the one the text was made for. */
static int write_config(const char *path, const char *config, const char *id)
{
	FILE *out = fopen(path, "we");
	const char *found;

	if (!out)
		return -1;
	while ((found = strstr(config, id))) {
		fwrite(config, 1, (size_t)(found - config), out);
		fputs(BENCH_ID, out);
		config = found + strlen(id);
	}
	fputs(config, out);
	return fclose(out);
}

struct floor *floor_start(const char *runtime_path, const char *dir, const char *config, const char *id, const char **why)
{
	struct floor *f = calloc(1, sizeof(*f));
	struct commands c = { .runtime = runtime_path };
	char path[4200];
	int fds[2];

	snprintf(c.bundle, sizeof(c.bundle), "%s/floor-bundle", dir);
	snprintf(c.state, sizeof(c.state), "%s/floor-state", dir);
	snprintf(path, sizeof(path), "%s/config.json", c.bundle);
	*why = "the bundle cannot be written";
	if (!f || mkdir(c.bundle, 0700) < 0 || mkdir(c.state, 0700) < 0 || write_config(path, config, id) != 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0) {
		free(f);
		return NULL;
	}
	fflush(stdout);
	f->pid = fork();
	if (f->pid == 0) {
		close(fds[0]);
		serve(&c, fds[1]);
	}
	close(fds[1]);
	f->fd = fds[0];
	*why = NULL;
	return f;
}

int floor_once(struct floor *f, const char **why)
{
	struct answer a = { .status = -1 };

	*why = "the bare commands fail";
	if (write(f->fd, "x", 1) != 1 || read(f->fd, &a, sizeof(a)) != sizeof(a) || a.status != 0)
		return -1;
	printf("sample floor_create_start %llu\nsample floor_delete %llu\n", (unsigned long long)a.create_start_ns, (unsigned long long)a.delete_ns);
	if (a.pause_ns)
		printf("sample floor_pause %llu\nsample floor_resume %llu\n", (unsigned long long)a.pause_ns, (unsigned long long)a.resume_ns);
	return 0;
}

void floor_end(struct floor *f)
{
	if (!f)
		return;
	close(f->fd);
	waitpid(f->pid, NULL, 0);
	free(f);
}
