/* SPDX-License-Identifier: Apache-2.0 */
/* The socket in run_root. Whoever deletes it, or run_root with it, loses nothing: both are made again. */
#include "monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/mem.h"
#include "os/fd.h"
#include "os/fs.h"

#define BACKLOG 4096 /* a full queue refuses those who do not wait for it, and none of its clients can */
#define AGAIN_NS (200 * NSEC_PER_MSEC)

static void on_listen(void *userdata, uint32_t events)
{
	(void)events;
	conn_accept(userdata);
}

/* What engines write there too, so that the directory can be told from another root's. */
static void put_mark(struct monitor *m)
{
	CLEANUP_FREE char *mark = protocol_store_mark(m->uuid, m->root);
	struct stat st;

	if (mark && fstatat(m->run_root_fd, PROTOCOL_STORE_MARK, &st, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
		os_write_file_atomic(m->run_root_fd, PROTOCOL_STORE_MARK, mark, strlen(mark), 0600, 0);
}

static int make_directory(struct monitor *m)
{
	CLEANUP_FREE char *path = str_dup(m->run_root);
	int fd;

	if (!path)
		return -ENOMEM;
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	fd = -1;
	if (os_mkdir_private(m->run_root, &fd) < 0)
		return -EACCES;
	if (m->run_root_fd >= 0)
		close(m->run_root_fd);
	m->run_root_fd = fd;
	put_mark(m);
	return 0;
}

static int listen_anew(struct monitor *m)
{
	char name[PROTOCOL_NAME_SIZE];
	int fd, r = protocol_socket_name(m->key, name);

	if (r < 0)
		return r;
	/* The instance's lock is ours, so a socket of this name is a dead one's. */
	unlinkat(m->run_root_fd, name, 0);
	fd = os_unix_listen(m->run_root_fd, name, BACKLOG);
	if (fd < 0)
		return fd;
	m->listen_io = loop_io_del(m->listen_io);
	if (m->listen_fd >= 0) {
		/* Who connected to the old one still gets its answer. */
		conn_accept(m);
		close(m->listen_fd);
	}
	m->listen_fd = fd;
	m->listen_io = loop_io_add(m->loop, fd, EPOLLIN, on_listen, m);
	store_put(m->store, STORE_LISTEN, fd);
	return m->listen_io ? 0 : -ENOMEM;
}

static int socket_is_there(struct monitor *m)
{
	char name[PROTOCOL_NAME_SIZE];
	struct stat dir, path, st;

	return m->listen_fd >= 0 && m->run_root_fd >= 0 && fstat(m->run_root_fd, &dir) == 0 && stat(m->run_root, &path) == 0 &&
	       dir.st_dev == path.st_dev && dir.st_ino == path.st_ino && protocol_socket_name(m->key, name) == 0 &&
	       fstatat(m->run_root_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISSOCK(st.st_mode);
}

static void watch(struct monitor *m)
{
	char self[32];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", m->run_root_fd);
	inotify_add_watch(m->inotify_fd, self, IN_DELETE | IN_DELETE_SELF | IN_MOVED_FROM | IN_MOVE_SELF | IN_ONLYDIR);
}

static void on_again(void *userdata);

static int make_sure(struct monitor *m)
{
	int r = 0;

	if (!socket_is_there(m)) {
		r = make_directory(m);
		if (r == 0) {
			watch(m);
			r = listen_anew(m);
		}
	}
	/* Deleted again while it was being made, or not possible now. */
	if ((r < 0 || !socket_is_there(m)) && !m->listen_timer)
		m->listen_timer = loop_timer_add(m->loop, AGAIN_NS, on_again, m);
	return r;
}

static void on_again(void *userdata)
{
	struct monitor *m = userdata;

	m->listen_timer = NULL;
	make_sure(m);
}

static void on_inotify(void *userdata, uint32_t events)
{
	struct monitor *m = userdata;
	char buf[4096] __attribute__((aligned(8)));

	(void)events;
	while (read(m->inotify_fd, buf, sizeof(buf)) > 0)
		;
	make_sure(m);
}

int run_root_open(struct monitor *m)
{
	int r;

	m->inotify_fd = os_fd_above_std(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
	if (m->inotify_fd < 0)
		return m->inotify_fd;
	m->inotify_io = loop_io_add(m->loop, m->inotify_fd, EPOLLIN, on_inotify, m);
	m->run_root_fd = -1;
	m->listen_fd = store_take(m->store, STORE_LISTEN);
	if (m->listen_fd >= 0)
		m->listen_io = loop_io_add(m->loop, m->listen_fd, EPOLLIN, on_listen, m);
	r = make_directory(m);
	if (r < 0)
		return r;
	watch(m);
	return make_sure(m);
}

void run_root_close(struct monitor *m, int unlink_socket)
{
	char name[PROTOCOL_NAME_SIZE];

	m->inotify_io = loop_io_del(m->inotify_io);
	m->listen_timer = loop_timer_del(m->listen_timer);
	if (unlink_socket && protocol_socket_name(m->key, name) == 0)
		unlinkat(m->run_root_fd, name, 0);
}
