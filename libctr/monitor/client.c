/* SPDX-License-Identifier: Apache-2.0 */
/* Connections to an instance's monitor: found or started, greeted, asked. */
#include "monitor/client.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/mem.h"
#include "monitor/client_request.h"
#include "monitor/protocol.h"
#include "os/fs.h"
#include "os/wait.h"

int client_run_root(const struct monitor_place *place)
{
	struct stat mine, there;
	int fd = -1, r;

	if (fstat(place->run_root_fd, &mine) == 0 && lstat(place->run_root, &there) == 0 && mine.st_dev == there.st_dev && mine.st_ino == there.st_ino)
		return os_fd_dup(place->run_root_fd);
	r = os_mkdir_private(place->run_root, &fd);
	/* Its parents, too, are made again by the monitor, or by the next open of an engine. */
	return r < 0 ? os_fd_dup(place->run_root_fd) : fd;
}

static int try_connect(const struct monitor_place *place, const char *key)
{
	char name[PROTOCOL_NAME_SIZE];
	int r = protocol_socket_name(key, name);

	CLEANUP_CLOSE int dir = r < 0 ? r : client_run_root(place);

	return dir < 0 ? dir : os_unix_connect(dir, name);
}

static int dead_socket(int r)
{
	return r == -ENOENT || r == -ECONNREFUSED || r == -ENOTDIR;
}

static struct monitor_conn *conn_new(const struct monitor_place *place, const char *key)
{
	struct monitor_conn *c = NEW0(struct monitor_conn);

	if (!c || !(c->buf = mem_new0(1, PROTOCOL_MSG_MAX + 1))) {
		free(c);
		return NULL;
	}
	c->place = place;
	c->fd = -1;
	c->next_id = 1;
	str_copy(c->key, sizeof(c->key), key);
	return c;
}

struct monitor_conn *monitor_conn_close(struct monitor_conn *c)
{
	if (!c)
		return NULL;
	if (c->fd >= 0)
		close(c->fd);
	free(c->buf);
	free(c);
	return NULL;
}

static void cleanup_conn(struct monitor_conn **c)
{
	monitor_conn_close(*c);
}
#define CLEANUP_CONN CLEANUP(cleanup_conn)

int monitor_conn_is_good(const struct monitor_conn *c)
{
	return c && !c->broken && c->fd >= 0;
}

pid_t monitor_conn_pid(const struct monitor_conn *c)
{
	return c->pid;
}

const char *monitor_conn_key(const struct monitor_conn *c)
{
	return c->key;
}

static int send_request(struct monitor_conn *c, const struct request *q, uint64_t id, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_FREE char *text = NULL;
	int r;

	if (json_put_u64(q->msg, "id", id) < 0 || json_put_str(q->msg, "verb", q->verb) < 0 || !(text = json_print(q->msg)))
		return error_no_memory(err);
	if (strlen(text) > PROTOCOL_MSG_MAX)
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_MONITOR, "the request to the monitor is larger than %u bytes", PROTOCOL_MSG_MAX);
	while ((r = os_send_msg(c->fd, text, strlen(text), q->fds, q->n_fds)) == -EAGAIN) {
		r = os_wait_fd(c->fd, POLLOUT, call, q->what, err);
		if (r < 0)
			return r;
	}
	return r < 0 ? error_set_errno(err, CTR_ERR_MONITOR, DOMAIN_MONITOR, r, "cannot send a request to the monitor (pid %d)", (int)c->pid) : 0;
}

static int read_answer(struct monitor_conn *c, const struct request *q, uint64_t id, json_t **ret, int *ret_fd, const struct op_call *call, ctr_error_t **err)
{
	for (;;) {
		CLEANUP_JSON json_t *j = NULL;
		CLEANUP_CLOSE int fd = -1;
		size_t len, n_fds, at;
		const char *why;
		int r = os_recv_msg(c->fd, c->buf, PROTOCOL_MSG_MAX, &len, &fd, 1, &n_fds);

		if (r == -EAGAIN) {
			r = os_wait_fd(c->fd, POLLIN, call, q->what, err);
			if (r < 0)
				return r;
			continue;
		}
		if (r < 0 || len == 0)
			return error_set_errno(err, CTR_ERR_MONITOR, DOMAIN_MONITOR, r < 0 ? r : -ECONNRESET, "the monitor (pid %d) went away while %s",
					       (int)c->pid, q->what);
		if (json_parse(c->buf, len, &j, &why, &at) < 0)
			return error_set(err, CTR_ERR_MONITOR, DOMAIN_MONITOR, "the monitor (pid %d) sent what is no answer: %s", (int)c->pid, why);
		/* An answer to somebody who stopped waiting. */
		if (json_get_u64(j, "id", 0) != id)
			continue;
		*ret = TAKE_PTR(j);
		*ret_fd = TAKE_FD(fd);
		return 0;
	}
}

static int answer_error(json_t *answer, ctr_error_t **err)
{
	CLEANUP_FREE char *text = NULL;
	json_t *e = json_get(answer, "error");
	int r;

	if (!e)
		return json_object_object_get_ex(answer, "error", NULL) ? error_no_memory(err) : 0;
	text = json_print(e);
	r = text ? error_from_json(err, text) : error_no_memory(err);
	return r < 0 ? r : error_set(err, CTR_ERR_MONITOR, DOMAIN_MONITOR, "the monitor reported an error without a code");
}

static int ask_once(struct monitor_conn *c, const struct request *q, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_JSON json_t *answer = NULL;
	CLEANUP_CLOSE int fd = -1;
	uint64_t id = c->begun ? c->begun : c->next_id++;
	int r = c->begun ? 0 : send_request(c, q, id, call, err);

	c->begun = 0;
	if (r == 0)
		r = read_answer(c, q, id, &answer, &fd, call, err);
	if (r < 0) {
		/* Its answer may still come, and jobs go on: the connection is of no more use, the monitor is. */
		c->broken = 1;
		return r;
	}
	r = answer_error(answer, err);
	if (r < 0)
		return r;
	if (q->ret)
		*q->ret = TAKE_PTR(answer);
	if (q->ret_fd)
		*q->ret_fd = TAKE_FD(fd);
	return 0;
}

static int hello(struct monitor_conn *c, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_JSON json_t *msg = json_object_new_object(), *answer = NULL;
	struct op_call soon = op_call_nearer(call, PROTOCOL_HELLO_NS);
	struct request q = {.msg = msg, .verb = "hello", .what = "waiting for the monitor's hello", .ret = &answer};
	int r;

	c->pid = client_lock_pid(c->place, c->key);
	if (!msg || json_put_i64(msg, "min", PROTOCOL_VERSION_MIN) < 0 || json_put_i64(msg, "max", PROTOCOL_VERSION_MAX) < 0 ||
	    json_put_str(msg, "uuid", c->place->uuid) < 0)
		return error_no_memory(err);
	r = ask_once(c, &q, &soon, err);
	if (r == CTR_ERR_TIMEOUT && op_call_left_ns(call) > 0) {
		r = error_wrap(err, CTR_ERR_MONITOR, DOMAIN_MONITOR, "the monitor of instance %s (pid %d) does not answer: is it stopped?", c->key, (int)c->pid);
		error_detail_i64(err, "monitor_pid", c->pid);
	}
	if (r == 0)
		c->pid = (pid_t)json_get_i64(answer, "pid", c->pid);
	return r;
}

static int not_running(const char *key, ctr_error_t **err)
{
	int r = error_set(err, CTR_ERR_MONITOR, DOMAIN_MONITOR, "no monitor of instance %s is running", key);

	error_detail(err, "reason", "not_running");
	return r;
}

/* The name is not there, but the lock is held: it is being started, replaced, or its run_root has just been deleted. */
static int wait_for_socket(const struct monitor_place *place, const char *key, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_CLOSE int watch = client_watch_run_root(place);
	struct op_call soon = op_call_nearer(call, PROTOCOL_START_NS);
	int r = try_connect(place, key), w;

	while (watch >= 0 && dead_socket(r)) {
		char events[4096];

		w = os_wait_fd(watch, POLLIN, &soon, "waiting for the monitor's socket", err);
		if (w < 0)
			return w == CTR_ERR_TIMEOUT && op_call_left_ns(call) > 0 ?
				       error_wrap(err, CTR_ERR_MONITOR, DOMAIN_MONITOR, "the monitor of instance %s (pid %d) has no socket in run_root", key,
						  (int)client_lock_pid(place, key)) :
				       w;
		while (read(watch, events, sizeof(events)) > 0)
			;
		r = try_connect(place, key);
	}
	return r;
}

static int find_or_start(const struct monitor_place *place, const char *key, int start, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_STANDBY struct client_standby standby = {-1, -1};
	int r = try_connect(place, key);

	if (!dead_socket(r))
		return r;
	if (!start) {
		r = monitor_is_alive(place, key, err);
		if (r < 0)
			return r;
		return r ? wait_for_socket(place, key, call, err) : not_running(key, err);
	}
	r = client_start(place, key, call, &standby, err);
	if (r < 0)
		return r;
	return wait_for_socket(place, key, call, err);
}

static int connect_to(struct monitor_conn *c, int start, const struct op_call *call, ctr_error_t **err)
{
	for (int attempt = 0;; attempt++) {
		CLEANUP_ERROR ctr_error_t *local = NULL;
		int r = find_or_start(c->place, c->key, start, call, &local);

		if (r < 0 && !local)
			error_set_errno(&local, CTR_ERR_MONITOR, DOMAIN_MONITOR, r, "cannot connect to the monitor of instance %s", c->key);
		if (!local) {
			c->fd = r;
			c->broken = 0;
			c->begun = 0;
			if (hello(c, call, &local) == 0)
				return 0;
			close(TAKE_FD(c->fd));
		}
		/* It was leaving, or was killed between two words: the next one is asked. */
		r = error_errno(local);
		if (attempt >= 4 || error_code(local) != CTR_ERR_MONITOR || (r != ECONNRESET && r != EPIPE && !dead_socket(-r)))
			return error_publish(error_code(local), TAKE_PTR(local), err);
	}
}

int monitor_connect(const struct monitor_place *place, const char *key, int start, const struct op_call *call, struct monitor_conn **ret, ctr_error_t **err)
{
	CLEANUP_CONN struct monitor_conn *c = NULL;
	int r;

	if (!protocol_key_is_good(key))
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_MONITOR, "\"%s\" is no name of a monitor's instance", key);
	c = conn_new(place, key);
	if (!c)
		return error_no_memory(err);
	r = connect_to(c, start, call, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(c);
	return 0;
}

int client_begin(struct monitor_conn *c, const struct request *q, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_ERROR ctr_error_t *local = NULL;
	uint64_t id = c->next_id++;
	int r = c->broken ? 0 : send_request(c, q, id, call, &local);

	if (r == 0 && !c->broken) {
		c->begun = id;
		return 0;
	}
	c->broken = 1;
	/* Gone in the meantime: whoever waits for the answer asks again. */
	return r == CTR_ERR_MONITOR || r == 0 ? 0 : error_publish(r, TAKE_PTR(local), err);
}

int client_request(struct monitor_conn *c, const struct request *q, const struct op_call *call, ctr_error_t **err)
{
	for (int attempt = 0;; attempt++) {
		CLEANUP_ERROR ctr_error_t *local = NULL;
		int r = c->broken ? error_set_errno(&local, CTR_ERR_MONITOR, DOMAIN_MONITOR, ECONNRESET, "the connection to the monitor was lost") :
				    ask_once(c, q, call, &local);

		if (r == 0)
			return 0;
		/* A killed or replaced monitor knows what its predecessor was asked: asking the new one again is safe for these verbs. */
		if (!q->again || attempt >= 3 || r != CTR_ERR_MONITOR || (error_errno(local) != ECONNRESET && error_errno(local) != EPIPE))
			return error_publish(r, TAKE_PTR(local), err);
		if (c->fd >= 0)
			close(TAKE_FD(c->fd));
		r = connect_to(c, 1, call, err);
		if (r < 0)
			return r;
	}
}

int monitor_is_alive(const struct monitor_place *place, const char *key, ctr_error_t **err)
{
	CLEANUP_CLOSE int dir = os_open_dir(place->root_fd, PROTOCOL_LOCK_DIR);
	CLEANUP_CLOSE int fd = -1;

	if (dir == -ENOENT)
		return 0;
	if (dir < 0)
		return error_set_errno(err, 0, DOMAIN_MONITOR, dir, "cannot open %s/" PROTOCOL_LOCK_DIR, place->root);
	fd = os_fd_above_std(openat(dir, key, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
	if (fd < 0)
		return errno == ENOENT ? 0 : error_set_errno(err, 0, DOMAIN_MONITOR, errno, "cannot open the lock of monitor instance %s", key);
	if (flock(fd, LOCK_SH | LOCK_NB) == 0)
		return 0;
	return errno == EWOULDBLOCK ? 1 : error_set_errno(err, 0, DOMAIN_MONITOR, errno, "cannot look at the lock of monitor instance %s", key);
}

static int fresh_name(const char *key, char ret[PROTOCOL_NAME_SIZE])
{
	return snprintf(ret, PROTOCOL_NAME_SIZE, PROTOCOL_LOCK_DIR "/%s" PROTOCOL_FRESH_SUFFIX, key) < PROTOCOL_NAME_SIZE;
}

int monitor_is_fresh(const struct monitor_place *place, const char *key)
{
	char name[PROTOCOL_NAME_SIZE];

	return fresh_name(key, name) && faccessat(place->root_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

void monitor_settled(const struct monitor_place *place, const char *key)
{
	char name[PROTOCOL_NAME_SIZE];

	if (fresh_name(key, name))
		unlinkat(place->root_fd, name, 0);
}

pid_t client_lock_pid(const struct monitor_place *place, const char *key)
{
	CLEANUP_FREE char *path = str_printf(PROTOCOL_LOCK_DIR "/%s", key), *text = NULL;

	if (!path || os_read_file(place->root_fd, path, 64, &text, NULL) < 0)
		return 0;
	return (pid_t)strtol(text, NULL, 10);
}

pid_t monitor_pid(const struct monitor_place *place, const char *key)
{
	return monitor_is_alive(place, key, NULL) == 1 ? client_lock_pid(place, key) : 0;
}

static int push_instance(const struct monitor_place *place, const char *key, json_t *list, ctr_error_t **err)
{
	json_t *one;
	int alive = monitor_is_alive(place, key, err);

	if (alive < 0)
		return alive;
	one = json_object_new_object();
	if (!one || json_put_str(one, "key", key) < 0 || json_put_bool(one, "alive", alive) < 0 ||
	    json_put_i64(one, "pid", alive ? client_lock_pid(place, key) : 0) < 0) {
		json_object_put(one);
		return error_no_memory(err);
	}
	return json_push(list, one) < 0 ? error_no_memory(err) : 0;
}

int monitor_instances(const struct monitor_place *place, json_t **ret, ctr_error_t **err)
{
	CLEANUP_JSON json_t *list = json_object_new_array();
	CLEANUP_CLOSEDIR DIR *dir = NULL;
	struct dirent *e;
	int fd = os_open_dir(place->root_fd, PROTOCOL_LOCK_DIR), r;

	if (!list)
		return error_no_memory(err);
	if (fd < 0 && fd != -ENOENT)
		return error_set_errno(err, 0, DOMAIN_MONITOR, fd, "cannot open %s/" PROTOCOL_LOCK_DIR, place->root);
	dir = fd >= 0 ? fdopendir(fd) : NULL;
	while (dir && (e = readdir(dir))) {
		/* Beside each lock: the instance's journal and notes. */
		if (!protocol_key_is_good(e->d_name) || str_has_suffix(e->d_name, ".log") || str_has_suffix(e->d_name, ".journal") ||
		    str_has_suffix(e->d_name, PROTOCOL_FRESH_SUFFIX))
			continue;
		r = push_instance(place, e->d_name, list, err);
		if (r < 0)
			return r;
	}
	*ret = TAKE_PTR(list);
	return 0;
}
