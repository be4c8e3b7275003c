/* SPDX-License-Identifier: Apache-2.0 */
/* One epoll loop, many containers: waits for all of them by exit_fd, in one thread, without polling: poll_loop ROOTFS [COUNT] */
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <libctr/libctr.h>

struct one {
	ctr_container_t *container;
	int fd;
};

static void die(const char *what, ctr_error_t *err)
{
	char *text = ctr_error_format(err);

	fprintf(stderr, "poll_loop: %s: %s\n", what, text ? text : "failed");
	exit(EXIT_FAILURE);
}

static void launch(ctr_engine_t *engine, const char *rootfs, int i, struct one *one)
{
	char script[64];
	const char *const argv[] = { "sh", "-c", script, NULL };
	ctr_spec_t *spec = NULL;
	ctr_error_t *err = NULL;

	snprintf(script, sizeof(script), "exit %d", i % 100);
	if (ctr_spec_new(&spec, &err) < 0 || ctr_spec_set_rootfs(spec, rootfs, &err) < 0 ||
	    ctr_spec_set_command(spec, argv, &err) < 0 ||
	    ctr_container_create(engine, spec, NULL, &one->container, &err) < 0 ||
	    ctr_container_exit_fd(one->container, &one->fd, &err) < 0 ||
	    ctr_container_start(one->container, NULL, NULL, &err) < 0)
		die("cannot launch", err);
	ctr_spec_unref(spec);
}

static int finish(struct one *one, int epoll_fd)
{
	ctr_status_t *status = NULL;
	ctr_error_t *err = NULL;
	int code;

	/* The status is there the moment the fd is ready. */
	if (ctr_container_status(one->container, NULL, &status, &err) < 0)
		die("cannot read a status", err);
	code = ctr_status_exit_code(status);
	ctr_status_unref(status);
	epoll_ctl(epoll_fd, EPOLL_CTL_DEL, one->fd, NULL);
	close(one->fd);
	if (ctr_container_remove(one->container, NULL, NULL, &err) < 0)
		die("cannot remove", err);
	ctr_container_unref(one->container);
	return code;
}

int main(int argc, char **argv)
{
	int count = argc > 2 ? atoi(argv[2]) : 100, left, sum = 0;
	int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	ctr_engine_t *engine = NULL;
	ctr_error_t *err = NULL;
	struct one *all;

	if (argc < 2 || count < 1 || epoll_fd < 0) {
		fprintf(stderr, "usage: poll_loop ROOTFS [COUNT]\n");
		return EXIT_FAILURE;
	}
	all = calloc((size_t)count, sizeof(*all));
	if (!all || ctr_engine_open(NULL, NULL, &engine, &err) < 0)
		die("cannot open an engine", err);
	for (int i = 0; i < count; i++) {
		struct epoll_event ev = { .events = EPOLLIN, .data.ptr = &all[i] };

		launch(engine, argv[1], i, &all[i]);
		epoll_ctl(epoll_fd, EPOLL_CTL_ADD, all[i].fd, &ev);
	}
	for (left = count; left > 0;) {
		struct epoll_event ready[16];
		int n = epoll_wait(epoll_fd, ready, 16, -1);

		for (int i = 0; i < n; i++, left--)
			sum += finish(ready[i].data.ptr, epoll_fd);
	}
	printf("%d containers ended, the sum of their exit codes is %d\n", count, sum);
	ctr_engine_unref(engine);
	free(all);
	close(epoll_fd);
	return EXIT_SUCCESS;
}
