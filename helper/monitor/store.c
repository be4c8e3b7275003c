/* SPDX-License-Identifier: Apache-2.0 */
/* The monitor's half of the link to its keeper. */
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "base/cleanup.h"
#include "base/mem.h"
#include "os/fd.h"

struct entry {
	char *tag;
	int fd, taken;
	struct entry *next;
};

struct store {
	int link, stuck, patience_ms;
	struct loop *loop;
	struct loop_io *io;
	struct store_events events;
	struct entry *entries;
	struct link_msg in;
};

/* The event loop stands still meanwhile: not for long. At a hand-over nothing else goes on, and what is not kept is lost. */
#define PATIENCE_MS 200
#define PATIENCE_HANDOVER_MS 5000

void store_be_patient(struct store *s, int on)
{
	s->patience_ms = on ? PATIENCE_HANDOVER_MS : PATIENCE_MS;
	s->stuck = 0;
}

static void send_msg(struct store *s, struct link_msg *m, const int *fd)
{
	struct pollfd p = {.fd = s->link, .events = POLLOUT};
	int r;

	if (s->link < 0)
		return;
	do {
		r = os_send_msg(s->link, m, LINK_MSG_HEAD + strlen(m->text), fd, fd ? 1 : 0);
		/* A living keeper empties its queue at once; a stopped one costs one wait, not one for each message. */
	} while (r == -EAGAIN && !s->stuck && poll(&p, 1, s->patience_ms) > 0);
	s->stuck = r == -EAGAIN;
}

static int matches(const struct entry *e, const char *tag)
{
	size_t len = strlen(tag);

	return len && tag[len - 1] == '*' ? strncmp(e->tag, tag, len - 1) == 0 : STREQ(e->tag, tag);
}

static void remove_entries(struct store *s, const char *tag)
{
	for (struct entry **at = &s->entries; *at;) {
		struct entry *e = *at;

		if (!matches(e, tag)) {
			at = &e->next;
			continue;
		}
		*at = e->next;
		free(e->tag);
		free(e);
	}
}

static int remember(struct store *s, const char *tag, int fd, int taken)
{
	struct entry *e = NEW0(struct entry);

	remove_entries(s, tag);
	if (!e || !(e->tag = str_dup(tag))) {
		free(e);
		return -ENOMEM;
	}
	e->fd = fd;
	e->taken = taken;
	e->next = s->entries;
	s->entries = e;
	return 0;
}

void store_put(struct store *s, const char *tag, int fd)
{
	struct link_msg m = {.kind = LINK_PUT};

	str_copy(m.text, sizeof(m.text), tag);
	send_msg(s, &m, &fd);
	remember(s, tag, fd, 1);
}

void store_drop(struct store *s, const char *tag)
{
	struct link_msg m = {.kind = LINK_DROP};

	str_copy(m.text, sizeof(m.text), tag);
	send_msg(s, &m, NULL);
	remove_entries(s, tag);
}

int store_take(struct store *s, const char *tag)
{
	for (struct entry *e = s->entries; e; e = e->next)
		if (!e->taken && STREQ(e->tag, tag)) {
			e->taken = 1;
			return e->fd;
		}
	return -1;
}

void store_each(struct store *s, const char *suffix, void (*fn)(void *userdata, const char *tag), void *userdata)
{
	for (struct entry *e = s->entries, *next; e; e = next) {
		next = e->next;
		if (!e->taken && str_has_suffix(e->tag, suffix))
			fn(userdata, e->tag);
	}
}

void store_drop_rest(struct store *s)
{
	for (struct entry *e = s->entries, *next; e; e = next) {
		next = e->next;
		if (!e->taken) {
			CLEANUP_FREE char *tag = str_dup(e->tag);

			close(e->fd);
			if (tag)
				store_drop(s, tag);
			next = s->entries;
		}
	}
}

void store_forget(struct store *s, pid_t pid, uint64_t start)
{
	struct link_msg m = {.kind = LINK_FORGET, .pid = pid, .start = start};

	send_msg(s, &m, NULL);
}

int store_replace(struct store *s, const char *path)
{
	struct link_msg m = {.kind = LINK_REPLACE};

	if (s->link < 0)
		return -ENOTCONN;
	if (str_copy(m.text, sizeof(m.text), path) < 0)
		return -ENAMETOOLONG;
	send_msg(s, &m, NULL);
	return s->stuck ? -EAGAIN : 0;
}

/* One message into s->in, *ret_fd; 0, -EAGAIN, -EPIPE */
static int receive(struct store *s, int *ret_fd)
{
	size_t len, n_fds;
	int fd = -1, r = os_recv_msg(s->link, &s->in, sizeof(s->in) - 1, &len, &fd, 1, &n_fds);

	if (r == -EAGAIN)
		return r;
	if (r < 0 || len < LINK_MSG_HEAD)
		return -EPIPE;
	((char *)&s->in)[len] = '\0';
	*ret_fd = n_fds ? fd : -1;
	return 0;
}

static void lose_keeper(struct store *s)
{
	s->io = loop_io_del(s->io);
	close(s->link);
	s->link = -1;
	s->events.keeper_died(s->events.userdata);
}

static void on_link(void *userdata, uint32_t events)
{
	struct store *s = userdata;
	int fd = -1, r;

	(void)events;
	while ((r = receive(s, &fd)) == 0) {
		if (fd >= 0)
			close(fd);
		if (s->in.kind == LINK_STATUS)
			s->events.status(s->events.userdata, s->in.pid, s->in.start, s->in.status);
	}
	if (r == -EPIPE)
		lose_keeper(s);
}

static int read_list(struct store *s)
{
	struct link_msg m = {.kind = LINK_LIST};
	int fd = -1, r;

	send_msg(s, &m, NULL);
	for (;;) {
		struct pollfd p = {.fd = s->link, .events = POLLIN};

		r = receive(s, &fd);
		if (r == -EAGAIN && poll(&p, 1, 5000) > 0)
			continue;
		if (r < 0)
			return r;
		if (s->in.kind == LINK_END)
			return 0;
		if (s->in.kind == LINK_FD && fd >= 0 && remember(s, s->in.text, fd, 0) < 0)
			return -ENOMEM;
	}
}

int store_ask_statuses(struct store *s)
{
	struct link_msg m = {.kind = LINK_STATUSES};

	send_msg(s, &m, NULL);
	s->io = loop_io_add(s->loop, s->link, EPOLLIN, on_link, s);
	return s->io ? 0 : -ENOMEM;
}

struct store *store_new(struct loop *loop, int link, const struct store_events *events)
{
	struct store *s = NEW0(struct store);
	int r;

	if (!s)
		return NULL;
	s->loop = loop;
	s->patience_ms = PATIENCE_MS;
	s->link = link;
	s->events = *events;
	fcntl(link, F_SETFD, FD_CLOEXEC);
	r = read_list(s);
	if (r < 0) {
		store_free(s);
		errno = -r;
		return NULL;
	}
	return s;
}

struct store *store_free(struct store *s)
{
	if (!s)
		return NULL;
	loop_io_del(s->io);
	if (s->link >= 0)
		close(s->link);
	while (s->entries)
		remove_entries(s, s->entries->tag);
	free(s);
	return NULL;
}

int store_list_for_keeper(struct store *s)
{
	CLEANUP_CLOSE int list = os_fd_above_std(memfd_create("ctr-keeper", 0));
	struct link_msg *m = &s->in;

	if (list < 0)
		return list;
	for (struct entry *e = s->entries; e; e = e->next) {
		*m = (struct link_msg){.kind = LINK_FD, .fd = e->fd};
		str_copy(m->text, sizeof(m->text), e->tag);
		if (write(list, m, sizeof(*m)) != sizeof(*m))
			return -EIO;
	}
	if (lseek(list, 0, SEEK_SET) < 0)
		return -errno;
	for (struct entry *e = s->entries; e; e = e->next)
		fcntl(e->fd, F_SETFD, 0);
	fcntl(list, F_SETFD, 0);
	return TAKE_FD(list);
}
