/* SPDX-License-Identifier: Apache-2.0 */
/* The table of runs, and what of each survives the monitor: one JSON text in a memfd and a few fds, all in the keeper's store. */
#include "monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/mem.h"
#include "os/fd.h"
#include "os/cgroup.h"
#include "os/pidfd.h"
#include "os/proc.h"

#define META_MAX (64u * 1024)

/* The texts of a run, in one place: read and written alike. */
#define TEXT(name) {#name, offsetof(struct ctn, name)}
static const struct {
	const char *key;
	size_t at;
} texts[] = {
	TEXT(name), TEXT(bundle), TEXT(runtime_name), TEXT(runtime_path), TEXT(runtime_state), TEXT(cgroup_manager),
	TEXT(unified_path), TEXT(cgroups), TEXT(log_driver), TEXT(log_path),
};

static char **text_at(struct ctn *c, size_t i)
{
	return (char **)((char *)c + texts[i].at);
}

static size_t bucket(const char *id)
{
	unsigned sum = 5381;

	while (*id)
		sum = sum * 33 + (unsigned char)*id++;
	return sum % BUCKETS;
}

struct ctn *ctn_find(struct monitor *m, const char *id, uint64_t run)
{
	struct ctn *best = NULL;

	for (struct ctn *c = m->ctrs[bucket(id)]; c; c = c->next)
		if (STREQ(c->id, id) && (run ? c->run == run : !best || c->run > best->run))
			best = c;
	return best;
}

int ctn_set(char **member, const char *value)
{
	char *copy = str_dup(str_or_empty(value));

	if (!copy)
		return -ENOMEM;
	free(*member);
	*member = copy;
	return 0;
}

struct ctn *ctn_new(struct monitor *m, const char *id, uint64_t run)
{
	struct ctn *c = NEW0(struct ctn);
	size_t b = bucket(id);

	if (!c)
		return NULL;
	c->m = m;
	str_copy(c->id, sizeof(c->id), id);
	c->run = run;
	c->pidfd = c->meta_fd = c->watch_fd = c->stdin_fd = c->runtime_log_fd = c->stdout_fd = c->stderr_fd = c->old_job_fd = -1;
	c->stop_at_ns = c->null_at_ns = c->limit_at_ns = c->restart_at_ns = UINT64_MAX;
	c->log_max_size = -1;
	c->next = m->ctrs[b];
	m->ctrs[b] = c;
	m->n_ctrs++;
	m->idle_timer = loop_timer_del(m->idle_timer);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (ctn_set(text_at(c, i), "") < 0)
			return ctn_free(c);
	return c;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void del_timers(struct ctn *c)
{
	c->stop_timer = loop_timer_del(c->stop_timer);
	c->null_timer = loop_timer_del(c->null_timer);
	c->limit_timer = loop_timer_del(c->limit_timer);
	c->restart_timer = loop_timer_del(c->restart_timer);
	c->retry_timer = loop_timer_del(c->retry_timer);
	c->lost_timer = loop_timer_del(c->lost_timer);
	c->grace = loop_timer_del(c->grace);
}

static void drop_claims(struct ctn *c)
{
	while (c->claims) {
		struct claim *claim = c->claims;

		c->claims = claim->next;
		free(claim);
	}
	c->grace = loop_timer_del(c->grace);
}

struct ctn *ctn_free(struct ctn *c)
{
	char tag[STORE_TAG_SIZE];

	if (!c)
		return NULL;
	for (struct ctn **at = &c->m->ctrs[bucket(c->id)]; *at; at = &(*at)->next)
		if (*at == c) {
			*at = c->next;
			break;
		}
	c->m->n_ctrs--;
	/* Dropped before anything is closed: the store remembers our numbers. */
	snprintf(tag, sizeof(tag), "%s.%llu.*", c->id, (unsigned long long)c->run);
	store_drop(c->m->store, tag);
	del_timers(c);
	c->job = job_abandon(c->job);
	loop_child_del(c->child);
	loop_io_del(c->pidfd_io);
	loop_io_del(c->old_job_io);
	loop_io_del(c->exec_io);
	exec_watch_free(c->exec_watch);
	log_stream_close(c->log);
	req_fail_text(TAKE_PTR(c->job_req), CTR_ERR_NO_SUCH_CONTAINER, "the monitor was told to forget the container while a job of it ran");
	req_answer_list(&c->waiting);
	drop_claims(c);
	close_fd(&c->pidfd);
	close_fd(&c->meta_fd);
	close_fd(&c->watch_fd);
	close_fd(&c->stdin_fd);
	close_fd(&c->runtime_log_fd);
	close_fd(&c->old_job_fd);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		free(*text_at(c, i));
	idle_check(c->m);
	free(c);
	return NULL;
}

static void tag_of(const struct ctn *c, const char *what, char ret[STORE_TAG_SIZE])
{
	snprintf(ret, STORE_TAG_SIZE, "%s.%llu.%s", c->id, (unsigned long long)c->run, what);
}

void ctn_put_fd(struct ctn *c, const char *what, int fd)
{
	char tag[STORE_TAG_SIZE];

	tag_of(c, what, tag);
	if (fd >= 0)
		store_put(c->m->store, tag, fd);
}

void ctn_drop_fd(struct ctn *c, const char *what, int *fd)
{
	char tag[STORE_TAG_SIZE];

	tag_of(c, what, tag);
	store_drop(c->m->store, tag);
	close_fd(fd);
}

void ctn_let_go(struct ctn *c)
{
	int none = -1;

	drop_claims(c);
	c->pidfd_io = loop_io_del(c->pidfd_io);
	/* The log closes them. */
	ctn_drop_fd(c, "stdout", c->log ? &none : &c->stdout_fd);
	ctn_drop_fd(c, "stderr", c->log ? &none : &c->stderr_fd);
	c->log = log_stream_close(c->log);
	c->stdout_fd = c->stderr_fd = -1;
	ctn_drop_fd(c, "pidfd", &c->pidfd);
	ctn_drop_fd(c, "watch", &c->watch_fd);
	ctn_drop_fd(c, "stdin", &c->stdin_fd);
	ctn_drop_fd(c, "rlog", &c->runtime_log_fd);
}

static json_t *claims_json(const struct ctn *c)
{
	json_t *list = json_object_new_array();

	for (struct claim *claim = c->claims; list && claim; claim = claim->next)
		json_push(list, json_object_new_uint64(claim->conn));
	return list;
}

static int meta_json(struct ctn *c, json_t *j)
{
	int r = json_put_str(j, "id", c->id) | json_put_u64(j, "run", c->run) | json_put_i64(j, "phase", c->phase) | json_put_bool(j, "null", c->null) |
		json_put_i64(j, "log_max_size", c->log_max_size) | json_put_i64(j, "log_max_files", c->log_max_files) | json_put_u64(j, "stdout_inode", c->stdout_inode) |
		json_put_u64(j, "stderr_inode", c->stderr_inode) | json_put_i64(j, "pid", c->pid) | json_put_u64(j, "pid_start", c->pid_start) |
		json_put_u64(j, "pid_inode", c->pid_inode) | json_put_i64(j, "job_kind", c->job_kind) | json_put_i64(j, "job_pid", c->job_pid) |
		json_put_u64(j, "job_start", c->job_start) | json_put_u64(j, "stop_at", c->stop_at_ns) | json_put_bool(j, "stop_all", c->stop_all) |
		json_put_u64(j, "null_at", c->null_at_ns) | json_put_i64(j, "null_code", c->null_code) | json_put_i64(j, "null_signal", c->null_signal) |
		json_put_u64(j, "limit", c->limit_ns) | json_put_u64(j, "limit_at", c->limit_at_ns) | json_put_bool(j, "limit_all", c->limit_all) | json_put_i64(j, "wait_status", c->wait_status) |
		json_put_u64(j, "restart_at", c->restart_at_ns) |
		json_put_bool(j, "known", c->known) | json_put_bool(j, "oom", c->oom_killed) | json_put_i64(j, "finished", c->finished_ns) |
		json_put(j, "claims", claims_json(c));

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		r |= json_put_str(j, texts[i].key, *text_at(c, i));
	return r;
}

void ctn_save(struct ctn *c)
{
	CLEANUP_JSON json_t *j = json_object_new_object();
	CLEANUP_FREE char *text = NULL;
	CLEANUP_CLOSE int fd = -1;

	if (!j || meta_json(c, j) != 0 || !(text = json_print(j)))
		return;
	/* A new memfd each time: whoever reads it finds all of the old or all of the new. */
	fd = os_fd_above_std(memfd_create("ctr-run", MFD_CLOEXEC));
	if (fd < 0 || os_write_all(fd, text, strlen(text)) < 0)
		return;
	ctn_put_fd(c, "meta", fd);
	close_fd(&c->meta_fd);
	c->meta_fd = TAKE_FD(fd);
}

int ctn_busy(const struct ctn *c)
{
	return c->job || c->old_job_io || c->work || c->start_done;
}

void ctn_save_job(struct ctn *c)
{
	struct os_proc_stat st = {0};

	c->job_pid = job_pid(c->job);
	c->job_start = os_proc_stat(c->job_pid, &st) == 0 ? st.start_time : 0;
	ctn_save(c);
}

int ctn_take_texts(struct ctn *c, json_t *msg)
{
	c->log_max_size = json_get_i64(msg, "log_max_size", -1);
	c->log_max_files = (int)json_get_i64(msg, "log_max_files", 1);
	c->limit_ns = json_get_u64(msg, "limit", 0);
	c->limit_all = json_get_bool(msg, "limit_all", 0);
	return ctn_set(&c->name, json_get_str(msg, "name", "")) | ctn_set(&c->bundle, json_get_str(msg, "bundle", "")) |
	       ctn_set(&c->runtime_name, json_get_str(msg, "runtime_name", "")) | ctn_set(&c->runtime_path, json_get_str(msg, "runtime_path", "")) |
	       ctn_set(&c->runtime_state, json_get_str(msg, "runtime_state", "")) | ctn_set(&c->cgroup_manager, json_get_str(msg, "cgroup_manager", "")) |
	       ctn_set(&c->unified_path, json_get_str(msg, "unified_path", "")) | ctn_set(&c->log_driver, json_get_str(msg, "log_driver", "none")) |
	       ctn_set(&c->log_path, json_get_str(msg, "log_path", ""));
}

int ctn_own_cgroups(struct ctn *c)
{
	CLEANUP_FREE char *own_text = NULL, *rest = NULL;
	CLEANUP_JSON json_t *own = NULL, *theirs = NULL, *kept = json_object_new_object();
	const char *why;
	size_t at;

	if (!c->cgroups[0])
		return 0;
	if (os_cgroup_paths(getpid(), &own_text, NULL) < 0 || json_parse(own_text, SIZE_MAX, &own, &why, &at) < 0 ||
	    json_parse(c->cgroups, SIZE_MAX, &theirs, &why, &at) < 0 || !kept)
		return ctn_set(&c->cgroups, "");
	json_object_object_foreach(theirs, key, value)
	{
		const char *path = json_object_get_string(value);

		if (!path || STREQ(path, "/") || STREQ(path, json_get_str(own, key, "")))
			continue;
		json_put(kept, key, json_object_get(value));
	}
	if (json_object_object_length(kept) == 0)
		return ctn_set(&c->cgroups, "");
	rest = json_print(kept);
	return rest ? ctn_set(&c->cgroups, rest) : -ENOMEM;
}

void ctn_each(struct monitor *m, void (*fn)(struct ctn *c))
{
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct ctn *c = m->ctrs[i], *next; c; c = next) {
			next = c->next;
			fn(c);
		}
}

size_t ctn_living(const struct monitor *m)
{
	size_t n = 0;

	for (size_t i = 0; i < BUCKETS; i++)
		for (const struct ctn *c = m->ctrs[i]; c; c = c->next)
			n += c->phase != PHASE_RECORDED || ctn_busy(c);
	return n;
}

int jobs_running(const struct monitor *m)
{
	int n = m->n_works > 0;

	for (size_t i = 0; i < BUCKETS; i++)
		for (const struct ctn *c = m->ctrs[i]; c; c = c->next)
			n |= ctn_busy(c) || c->phase == PHASE_ENDED;
	return n;
}

static void load_numbers(struct ctn *c, json_t *j)
{
	c->phase = (enum phase)json_get_i64(j, "phase", 0);
	c->null = json_get_bool(j, "null", 0);
	c->log_max_size = json_get_i64(j, "log_max_size", -1);
	c->log_max_files = (int)json_get_i64(j, "log_max_files", 1);
	c->stdout_inode = json_get_u64(j, "stdout_inode", 0);
	c->stderr_inode = json_get_u64(j, "stderr_inode", 0);
	c->pid = (pid_t)json_get_i64(j, "pid", 0);
	c->pid_start = json_get_u64(j, "pid_start", 0);
	c->pid_inode = json_get_u64(j, "pid_inode", 0);
	c->job_kind = (enum job_kind)json_get_i64(j, "job_kind", 0);
	c->job_pid = (pid_t)json_get_i64(j, "job_pid", 0);
	c->job_start = json_get_u64(j, "job_start", 0);
	c->stop_at_ns = json_get_u64(j, "stop_at", UINT64_MAX);
	c->stop_all = json_get_bool(j, "stop_all", 0);
	c->null_at_ns = json_get_u64(j, "null_at", UINT64_MAX);
	c->restart_at_ns = json_get_u64(j, "restart_at", UINT64_MAX);
	c->null_code = (int32_t)json_get_i64(j, "null_code", 0);
	c->null_signal = (int32_t)json_get_i64(j, "null_signal", 0);
	c->limit_ns = json_get_u64(j, "limit", 0);
	c->limit_at_ns = json_get_u64(j, "limit_at", UINT64_MAX);
	c->limit_all = json_get_bool(j, "limit_all", 0);
	c->wait_status = (int)json_get_i64(j, "wait_status", 0);
	c->known = json_get_bool(j, "known", 0);
	c->oom_killed = json_get_bool(j, "oom", 0);
	c->finished_ns = json_get_i64(j, "finished", 0);
}

static int read_meta(int fd, json_t **ret)
{
	CLEANUP_FREE char *text = mem_new0(1, META_MAX);
	ssize_t n = text ? pread(fd, text, META_MAX - 1, 0) : -1;
	const char *why;
	size_t at;

	return n > 0 ? json_parse(text, (size_t)n, ret, &why, &at) : -EIO;
}

static int take(struct ctn *c, const char *what)
{
	char tag[STORE_TAG_SIZE];

	tag_of(c, what, tag);
	return store_take(c->m->store, tag);
}

static void load(void *userdata, const char *tag)
{
	struct monitor *m = userdata;
	int fd = store_take(m->store, tag);
	CLEANUP_JSON json_t *j = NULL;
	struct ctn *c;

	if (read_meta(fd, &j) < 0 || !ident_is_id(json_get_str(j, "id", "")) || !(c = ctn_new(m, json_get_str(j, "id", ""), json_get_u64(j, "run", 0)))) {
		close(fd);
		return;
	}
	c->meta_fd = fd;
	load_numbers(c, j);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		ctn_set(text_at(c, i), json_get_str(j, texts[i].key, ""));
	c->pidfd = take(c, "pidfd");
	c->watch_fd = take(c, "watch");
	c->stdin_fd = take(c, "stdin");
	c->runtime_log_fd = take(c, "rlog");
	c->stdout_fd = take(c, "stdout");
	c->stderr_fd = take(c, "stderr");
	for (size_t i = 0; i < json_object_array_length(json_get(j, "claims")); i++)
		ctn_claim(c, json_object_get_uint64(json_object_array_get_idx(json_get(j, "claims"), i)));
}

void ctn_load_all(struct monitor *m)
{
	store_each(m->store, ".meta", load, m);
}

/* The number will soon be another file's: the keeper must not be told that it is this pipe. */
static void on_log_ended(void *userdata, unsigned pipe)
{
	struct ctn *c = userdata;
	int none = -1;

	ctn_drop_fd(c, pipe ? "stderr" : "stdout", &none);
	*(pipe ? &c->stderr_fd : &c->stdout_fd) = -1;
}

int ctn_open_log(struct ctn *c, ctr_error_t **err)
{
	struct log_open what = {.id = c->id, .run = c->run, .driver = c->log_driver, .path = c->log_path[0] ? c->log_path : NULL,
				.max_size = c->log_max_size, .max_files = c->log_max_files, .stdout_fd = c->stdout_fd, .stderr_fd = c->stderr_fd,
				.ended = on_log_ended, .userdata = c};

	if (c->stdout_fd < 0 && c->stderr_fd < 0)
		return 0;
	return log_stream_open(c->m->logs, &what, &c->log, err);
}
