/* SPDX-License-Identifier: Apache-2.0 */
/* Connections of hosts: hello, requests in, answers out. */
#include "monitor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "base/mem.h"
#include "os/fd.h"

static void req_free(struct req *r)
{
	if (r->conn)
		for (struct req **at = &r->conn->reqs; *at; at = &(*at)->next)
			if (*at == r) {
				*at = r->next;
				break;
			}
	free(r);
}

static void send_json(struct conn *c, json_t *body, int fd)
{
	CLEANUP_FREE char *text = json_print(body);
	int r = text ? os_send_msg(c->fd, text, strlen(text), fd >= 0 ? &fd : NULL, fd >= 0) : -ENOMEM;

	/* A client that does not read its answers, or an answer that cannot be made: its end of the connection tells it. */
	if (r < 0)
		shutdown(c->fd, SHUT_RDWR);
}

void req_answer(struct req *r, json_t *body, int fd)
{
	CLEANUP_JSON json_t *b = body ? body : json_object_new_object();

	if (!r)
		return;
	if (r->conn) {
		if (b && json_put_u64(b, "id", r->id) == 0)
			send_json(r->conn, b, fd);
		else
			shutdown(r->conn->fd, SHUT_RDWR);
	}
	req_free(r);
}

void req_fail(struct req *r, ctr_error_t *err)
{
	CLEANUP_ERROR ctr_error_t *e = err;
	CLEANUP_FREE char *text = error_to_json(e);
	json_t *body = json_object_new_object(), *parsed = NULL;
	const char *why;
	size_t at;

	if (body && text && json_parse(text, SIZE_MAX, &parsed, &why, &at) == 0)
		json_put(body, "error", parsed);
	else
		body = (json_object_put(body), json_object_new_object());
	req_answer(r, body, -1);
}

void req_fail_text(struct req *r, int code, const char *text)
{
	ctr_error_t *err = NULL;

	error_set(&err, code, DOMAIN_MONITOR, "%s", text);
	req_fail(r, err);
}

void req_answer_list(struct req **list)
{
	while (*list) {
		struct req *r = *list;

		*list = r->next_waiting;
		req_answer(r, NULL, -1);
	}
}

struct conn *conn_find(struct monitor *m, uint64_t number)
{
	for (struct conn *c = m->conns; c; c = c->next)
		if (c->number == number)
			return c;
	return NULL;
}

static void drop_claims(struct monitor *m, uint64_t number)
{
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct ctn *c = m->ctrs[i], *next; c; c = next) {
			next = c->next;
			ctn_unclaim(c, number);
		}
}

void conn_close(struct conn *c)
{
	struct monitor *m = c->m;
	char tag[STORE_TAG_SIZE];

	for (struct conn **at = &m->conns; *at; at = &(*at)->next)
		if (*at == c) {
			*at = c->next;
			break;
		}
	/* Jobs outlive who asked for them. */
	for (struct req *r = c->reqs; r; r = r->next)
		r->conn = NULL;
	loop_io_del(c->io);
	if (c->in_store) {
		/* A hand-over that did not take place */
		conn_tag(c, tag);
		store_drop(m->store, tag);
	}
	close(c->fd);
	drop_claims(m, c->number);
	free(c);
	idle_check(m);
}

static void hello(struct conn *c, struct req *r, json_t *msg)
{
	struct monitor *m = c->m;
	int64_t min = json_get_i64(msg, "min", 0), max = json_get_i64(msg, "max", 0);
	int64_t version = max < PROTOCOL_VERSION_MAX ? max : PROTOCOL_VERSION_MAX;
	json_t *body;

	if (!STREQ(json_get_str(msg, "uuid", ""), m->uuid)) {
		req_fail_text(r, CTR_ERR_STORE_MISMATCH, "the monitor of this run_root belongs to another root: give each root a run_root of its own");
		return;
	}
	if (version < PROTOCOL_VERSION_MIN || version < min) {
		req_fail_text(r, CTR_ERR_MONITOR, "library and monitor have no version of their protocol in common: end the older one");
		return;
	}
	c->greeted = 1;
	body = json_object_new_object();
	if (body && json_put_i64(body, "version", version) == 0 && json_put_i64(body, "pid", getpid()) == 0 && json_put_str(body, "key", m->key) == 0)
		req_answer(r, body, -1);
	else
		req_fail(r, (json_object_put(body), NULL));
}

static void dispatch(struct conn *c, json_t *msg, int *fds, size_t n_fds)
{
	const char *verb = json_get_str(msg, "verb", "");
	struct req *r = NEW0(struct req);
	verb_fn fn;

	if (!r) {
		shutdown(c->fd, SHUT_RDWR);
		return;
	}
	r->conn = c;
	r->id = json_get_u64(msg, "id", 0);
	r->next = c->reqs;
	c->reqs = r;
	fn = verb_find(verb);
	if (STREQ(verb, "hello"))
		hello(c, r, msg);
	else if (!c->greeted)
		req_fail_text(r, CTR_ERR_MONITOR, "the first request must be hello");
	else if (!fn)
		req_fail_text(r, CTR_ERR_NOT_SUPPORTED, "this monitor does not know the request: it is older than the library, upgrade it");
	else
		fn(c->m, r, msg, fds, n_fds);
}

static void on_conn(void *userdata, uint32_t events)
{
	struct conn *c = userdata;
	CLEANUP_FREE char *buf = mem_new0(1, PROTOCOL_MSG_MAX + 1);
	CLEANUP_JSON json_t *msg = NULL;
	int fds[OS_FDS_MAX];
	size_t len = 0, n_fds = 0, at;
	const char *why;
	int r;

	(void)events;
	if (!buf)
		return;
	r = os_recv_msg(c->fd, buf, PROTOCOL_MSG_MAX, &len, fds, OS_FDS_MAX, &n_fds);
	if (r == -EAGAIN)
		return;
	if (r < 0 || len == 0) {
		conn_close(c);
		return;
	}
	if (json_parse(buf, len, &msg, &why, &at) < 0 || !json_object_is_type(msg, json_type_object))
		shutdown(c->fd, SHUT_RDWR);
	else
		dispatch(c, msg, fds, n_fds);
	for (size_t i = 0; i < n_fds; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static int add(struct monitor *m, int fd, uint64_t number, int greeted)
{
	struct conn *c = NEW0(struct conn);

	if (!c)
		return -ENOMEM;
	*c = (struct conn){.m = m, .fd = fd, .number = number, .greeted = greeted, .next = m->conns};
	c->io = loop_io_add(m->loop, fd, EPOLLIN, on_conn, c);
	if (!c->io) {
		free(c);
		return -ENOMEM;
	}
	m->conns = c;
	m->idle_timer = loop_timer_del(m->idle_timer);
	return 0;
}

int conn_adopt(struct monitor *m, int fd, uint64_t number)
{
	if (number >= m->next_conn)
		m->next_conn = number + 1;
	return add(m, fd, number, 1);
}

void conn_accept(struct monitor *m)
{
	for (;;) {
		CLEANUP_CLOSE int fd = os_fd_above_std(accept4(m->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK));
		uid_t uid;
		pid_t pid;

		if (fd < 0)
			return;
		/* The directory's mode keeps others out; this holds when somebody has passed the socket on. */
		if (os_peer_cred(fd, &uid, &pid) < 0 || (uid != geteuid() && uid != 0))
			continue;
		if (add(m, fd, m->next_conn++, 0) == 0)
			fd = -1;
	}
}

void conn_pause_all(struct monitor *m, int paused)
{
	for (struct conn *c = m->conns; c; c = c->next)
		loop_io_set(c->io, paused ? 0 : EPOLLIN);
}
