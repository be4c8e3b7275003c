/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps ten containers running from one event loop: starts again whatever ends, until SIGINT or SIGTERM, or for so many
 * restarts: supervisor ROOTFS [RESTARTS [COMMAND…]] */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <libctr/libctr.h>

#define COUNT 10

struct kept {
	ctr_container_t *container;
	int fd; /* readable when its run has ended; -1: not running */
};

static const char *const default_command[] = {"sh", "-c", "sleep 1; exit 1", NULL};

static int told(const char *what, ctr_error_t *err)
{
	char *text = ctr_error_format(err);

	fprintf(stderr, "supervisor: %s: %s\n", what, text ? text : "failed");
	ctr_free(text);
	ctr_error_unref(err);
	return -1;
}

static int create(ctr_engine_t *engine, const char *rootfs, const char *const *command, struct kept *k)
{
	ctr_error_t *err = NULL;
	ctr_spec_t *spec = NULL;
	int r = ctr_spec_new(&spec, &err);

	if (r == 0 && (r = ctr_spec_set_rootfs(spec, rootfs, &err)) == 0 && (r = ctr_spec_set_command(spec, command, &err)) == 0)
		r = ctr_container_create(engine, spec, NULL, &k->container, &err);
	ctr_spec_unref(spec);
	return r < 0 ? told("cannot create a container", err) : 0;
}

/* The descriptor stands for one run: a new run, a new descriptor. */
static int start(struct kept *k, int epoll_fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = k};
	ctr_error_t *err = NULL;

	if (k->fd >= 0)
		close(k->fd);
	k->fd = -1;
	if (ctr_container_start(k->container, NULL, NULL, &err) < 0 || ctr_container_exit_fd(k->container, &k->fd, &err) < 0)
		return told("cannot start a container", err);
	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, k->fd, &event);
}

static void report(struct kept *k)
{
	int32_t code = CTR_EXIT_UNKNOWN;

	if (ctr_container_wait(k->container, NULL, NULL, &code, NULL) == 0)
		printf("%s ended with %d: starting it again\n", ctr_container_name(k->container), (int)code);
}

/* 0: told to end, or as many restarts as asked for are done */
static int keep(int epoll_fd, long restarts)
{
	for (;;) {
		struct epoll_event event;

		if (restarts == 0)
			return 0;
		if (epoll_wait(epoll_fd, &event, 1, -1) < 1)
			continue;
		if (!event.data.ptr)
			return 0;
		report(event.data.ptr);
		if (start(event.data.ptr, epoll_fd) < 0)
			return -1;
		if (restarts > 0)
			restarts--;
	}
}

/* Removing with force stops first, with the container's own stop signal and timeout. */
static int end_all(struct kept *kept)
{
	struct ctr_remove_opts force;
	int r = 0;

	ctr_remove_opts_init(&force, sizeof(force));
	force.force = 1;
	force.timeout_set = 1;
	force.timeout_s = 1;
	for (int i = 0; i < COUNT; i++) {
		ctr_error_t *err = NULL;

		if (kept[i].container && ctr_container_remove(kept[i].container, &force, NULL, &err) < 0)
			r = told("cannot remove a container", err);
		ctr_container_unref(kept[i].container);
		if (kept[i].fd >= 0)
			close(kept[i].fd);
	}
	return r;
}

/* SIGINT and SIGTERM come through the loop like everything else. */
static int open_loop(void)
{
	struct epoll_event event = {.events = EPOLLIN};
	sigset_t set;
	int epoll_fd = epoll_create1(EPOLL_CLOEXEC), fd;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	return epoll_fd < 0 || fd < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -1 : epoll_fd;
}

int main(int argc, char **argv)
{
	const char *const *command = argc > 3 ? (const char *const *)argv + 3 : default_command;
	struct kept kept[COUNT];
	ctr_engine_t *engine = NULL;
	ctr_error_t *err = NULL;
	int loop = open_loop(), r;

	if (argc < 2 || loop < 0) {
		fprintf(stderr, "usage: supervisor ROOTFS [RESTARTS [COMMAND…]]\n");
		return 2;
	}
	for (int i = 0; i < COUNT; i++)
		kept[i] = (struct kept){.fd = -1};
	r = ctr_engine_open(NULL, NULL, &engine, &err);
	if (r < 0)
		return told("cannot open the engine", err) < 0;
	for (int i = 0; i < COUNT && r == 0; i++)
		if ((r = create(engine, argv[1], command, &kept[i])) == 0)
			r = start(&kept[i], loop);
	if (r == 0)
		r = keep(loop, argc > 2 ? strtol(argv[2], NULL, 10) : -1);
	if (end_all(kept) < 0)
		r = -1;
	ctr_engine_unref(engine);
	return r < 0;
}
