/* SPDX-License-Identifier: Apache-2.0 */
/* A container's output: the event thread learns that a pipe is readable, a worker moves what is in it through the journal into the file. */
#include "log_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/mem.h"
#include "log_file.h"
#include "log_pool.h"
#include "os/fd.h"

#define PIPES 2
/* One visit of a worker moves at most this much, then other logs have their turn; no less than the largest pipe holds, so that a visit drains it. */
#define BLOCKS_PER_VISIT 64
#define RETRY_NS (250 * NSEC_PER_MSEC)
#define GIVE_UP_NS (10 * NSEC_PER_SEC)

struct log_engine {
	struct loop *loop;
	struct journal *journal;
	struct log_pool *pool;
	int null_fd; /* -1 until a log that is thrown away needs it */
};

struct pipe_end {
	struct log_stream *stream;
	struct loop_io *io;
	int fd; /* -1: none, or ended */
	uint32_t index;
};

/* What a visit is asked and what it answers; the worker's while the task is in the pool. */
struct visit {
	unsigned pipes;  /* bits: to be read */
	unsigned empty;  /* bits: nothing more there now */
	unsigned ended;  /* bits: end of file */
	int draining;    /* everything that was there at its begin is wanted */
	int errnum;      /* the file could not be written: try again later */
};

struct log_stream {
	struct log_task task;
	struct log_engine *engine;
	struct pipe_end pipe[PIPES];
	struct journal_block *block; /* NULL: nothing is logged */
	struct log_file file;
	uint64_t failing_since; /* the worker's */
	struct visit visit;
	/* the event thread's */
	int in_pool, closed, is_open;
	unsigned readable;
	struct loop_timer *retry, *drain_timer;
	int drain_wanted, drain_result;
	log_drained_fn drained;
	void (*opened)(void *userdata, int errnum);
	void (*ended)(void *userdata, unsigned pipe);
	void *drained_data, *userdata;
};

int log_pipe(int ret[2])
{
	int pair[2], r = os_pipe(pair, O_NONBLOCK);
	char path[32];
	int both;

	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", pair[1]);
	both = os_fd_above_std(open(path, O_RDWR | O_CLOEXEC));
	r = both < 0 ? -errno : 0;
	close(pair[1]);
	if (r < 0) {
		close(pair[0]);
		return r;
	}
	ret[0] = pair[0];
	ret[1] = both;
	return 0;
}

/* --- in a worker */

/* 0 or -errno: nothing may be read before the block is free again. Output that found no space for too long is counted instead. */
static int append(struct log_stream *s, char *buffer)
{
	int r = log_file_append(&s->file, s->block, buffer);
	uint64_t now;

	if (r == 0) {
		s->failing_since = 0;
		return 0;
	}
	now = clock_monotonic_ns();
	if (!s->failing_since)
		s->failing_since = now;
	if (now - s->failing_since < GIVE_UP_NS)
		return r;
	journal_give_up(s->block);
	return 0;
}

static int move_pipe(struct log_stream *s, unsigned i, char *buffer)
{
	for (int n = 0; n < BLOCKS_PER_VISIT; n++) {
		int r = journal_read(s->block, s->pipe[i].fd, i);

		if (r == -EPIPE || (r < 0 && r != -EAGAIN)) {
			s->visit.ended |= 1u << i;
			return 0;
		}
		if (r <= 0) {
			s->visit.empty |= 1u << i;
			return 0;
		}
		r = append(s, buffer);
		if (r < 0)
			return r;
	}
	return 0;
}

static void work(struct log_task *t, char *buffer)
{
	struct log_stream *s = (struct log_stream *)t;
	int r = 0;

	if (journal_recover(s->block))
		r = append(s, buffer);
	else if (!s->visit.pipes)
		r = log_file_open(&s->file);
	for (unsigned i = 0; r == 0 && i < PIPES; i++)
		if (s->visit.pipes & (1u << i))
			r = move_pipe(s, i, buffer);
	/* There may be no more output to tell with. */
	if (r == 0 && s->visit.draining && journal_untold(s->block)) {
		journal_tell_lost(s->block);
		(void)log_file_append(&s->file, s->block, buffer);
	}
	s->visit.errnum = r < 0 ? -r : 0;
}

/* --- in the event thread */

static void free_stream(struct log_stream *s)
{
	for (unsigned i = 0; i < PIPES; i++)
		if (s->pipe[i].fd >= 0)
			close(s->pipe[i].fd);
	if (s->block)
		journal_put(s->engine->journal, s->block);
	log_file_close(&s->file);
	free(s);
}

static void answer_drain(struct log_stream *s, int complete)
{
	log_drained_fn fn = s->drained;

	s->drained = NULL;
	s->drain_wanted = 0;
	s->drain_timer = loop_timer_del(s->drain_timer);
	if (fn)
		fn(s->drained_data, complete);
}

static void on_drain_limit(void *userdata)
{
	struct log_stream *s = userdata;

	s->drain_timer = NULL;
	answer_drain(s, s->drain_result);
}

static void submit(struct log_stream *s)
{
	if (s->in_pool || s->retry)
		return;
	s->visit = (struct visit){.pipes = s->readable, .draining = s->drain_wanted && !s->opened};
	s->readable = 0;
	s->in_pool = 1;
	log_pool_submit(s->engine->pool, &s->task);
}

static void on_retry(void *userdata)
{
	struct log_stream *s = userdata;

	s->retry = NULL;
	submit(s);
}

static void end_pipe(struct pipe_end *p)
{
	p->io = loop_io_del(p->io);
	if (p->fd >= 0 && p->stream->ended)
		p->stream->ended(p->stream->userdata, p->index);
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
}

static void tell_opened(struct log_stream *s, int errnum)
{
	void (*fn)(void *userdata, int errnum) = s->opened;

	s->opened = NULL;
	if (fn)
		fn(s->userdata, errnum);
}

/* The visit is over: pipes that were emptied are watched again, the others stay in line. */
static void done(struct log_task *t)
{
	struct log_stream *s = (struct log_stream *)t;
	struct visit v = s->visit;

	s->in_pool = 0;
	if (s->closed) {
		free_stream(s);
		return;
	}
	for (unsigned i = 0; i < PIPES; i++) {
		if (v.ended & (1u << i)) {
			end_pipe(&s->pipe[i]);
			s->readable &= ~(1u << i);
		} else if ((v.empty & (1u << i)) && !(s->readable & (1u << i))) {
			loop_io_set(s->pipe[i].io, EPOLLIN);
		} else if (v.pipes & (1u << i)) {
			s->readable |= 1u << i;
		}
	}
	if (v.errnum)
		s->retry = loop_timer_add(s->engine->loop, RETRY_NS, on_retry, s);
	else if (s->readable || (s->drain_wanted && !v.draining))
		submit(s);
	if (s->opened)
		tell_opened(s, v.errnum);
	else if (v.draining && !v.errnum)
		answer_drain(s, 1);
}

static void discard(struct pipe_end *p)
{
	struct log_engine *e = p->stream->engine;

	for (int n = 0; n < BLOCKS_PER_VISIT; n++) {
		ssize_t got = splice(p->fd, NULL, e->null_fd, NULL, 1 << 20, SPLICE_F_NONBLOCK);

		if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
			end_pipe(p);
			return;
		}
		if (got < 0 && errno == EAGAIN)
			return;
	}
}

static void on_readable(void *userdata, uint32_t events)
{
	struct pipe_end *p = userdata;
	struct log_stream *s = p->stream;

	(void)events;
	if (!s->block) {
		discard(p);
		return;
	}
	loop_io_set(p->io, 0);
	s->readable |= 1u << p->index;
	submit(s);
}

static int watch_pipe(struct log_stream *s, uint32_t i, int fd)
{
	struct pipe_end *p = &s->pipe[i];

	p->stream = s;
	p->index = i;
	if (fd < 0)
		return 0;
	if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	p->io = loop_io_add(s->engine->loop, fd, EPOLLIN, on_readable, p);
	if (!p->io)
		return errno ? -errno : -ENOMEM;
	p->fd = fd;
	return 0;
}

static int prepare_log(struct log_stream *s, const struct log_open *what, ctr_error_t **err)
{
	struct log_engine *e = s->engine;
	int fresh;

	if (STREQ(what->driver, "none")) {
		if (e->null_fd < 0)
			e->null_fd = os_fd_above_std(open("/dev/null", O_WRONLY | O_CLOEXEC));
		return e->null_fd < 0 ? error_set_errno(err, 0, DOMAIN_MONITOR, errno, "cannot open /dev/null") : 0;
	}
	if (!STREQ(what->driver, "k8s-file") && !STREQ(what->driver, "json-file"))
		return error_set(err, CTR_ERR_NOT_SUPPORTED, DOMAIN_MONITOR, "container %s: the log driver \"%s\" is not one the monitor has; use k8s-file or none",
				 what->id, what->driver);
	if (!what->path || what->path[0] != '/')
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_MONITOR, "container %s: its log needs an absolute path", what->id);
	s->file.path = str_dup(what->path);
	s->file.max_size = what->max_size;
	s->file.max_files = what->max_files;
	if (!s->file.path)
		return error_no_memory(err);
	s->block = journal_get(e->journal, what->id, what->run, &fresh);
	if (!s->block)
		return error_set_errno(err, 0, DOMAIN_MONITOR, errno, "container %s: no room for its log's journal", what->id);
	return 0;
}

/* What failed before it was complete: the caller's fds stay open. */
static void drop_stream(struct log_stream *s)
{
	for (unsigned i = 0; i < PIPES; i++) {
		loop_io_del(s->pipe[i].io);
		s->pipe[i].fd = -1;
	}
	free_stream(s);
}

int log_stream_open(struct log_engine *e, const struct log_open *what, struct log_stream **ret, ctr_error_t **err)
{
	struct log_stream *s = NEW0(struct log_stream);
	int r;

	if (!s)
		return error_no_memory(err);
	*s = (struct log_stream){.engine = e, .task = {.work = work, .done = done}, .file = {.fd = -1}};
	s->pipe[0].fd = s->pipe[1].fd = -1;
	s->opened = what->opened;
	s->ended = what->ended;
	s->userdata = what->userdata;
	r = prepare_log(s, what, err);
	if (r == 0) {
		r = watch_pipe(s, 0, what->stdout_fd);
		if (r == 0)
			r = watch_pipe(s, 1, what->stderr_fd);
		if (r < 0)
			r = error_set_errno(err, 0, DOMAIN_MONITOR, r, "container %s: cannot watch its output", what->id);
	}
	if (r < 0) {
		drop_stream(s);
		return r;
	}
	if (s->block)
		submit(s);
	*ret = s;
	return 0;
}

void log_stream_drain(struct log_stream *s, uint64_t limit_ns, log_drained_fn fn, void *userdata)
{
	s->drained = fn;
	s->drained_data = userdata;
	s->drain_wanted = 1;
	s->drain_result = 0;
	if (!s->block) {
		for (unsigned i = 0; i < PIPES; i++)
			if (s->pipe[i].fd >= 0)
				discard(&s->pipe[i]);
		s->drain_result = 1;
		limit_ns = 0;
	}
	s->drain_timer = loop_timer_add(s->engine->loop, limit_ns, on_drain_limit, s);
	if (!s->drain_timer) {
		answer_drain(s, s->drain_result);
		return;
	}
	if (!s->block)
		return;
	for (unsigned i = 0; i < PIPES; i++)
		if (s->pipe[i].fd >= 0) {
			loop_io_set(s->pipe[i].io, 0);
			s->readable |= 1u << i;
		}
	submit(s);
}

struct log_stream *log_stream_close(struct log_stream *s)
{
	if (!s)
		return NULL;
	s->retry = loop_timer_del(s->retry);
	s->drain_timer = loop_timer_del(s->drain_timer);
	s->drained = NULL;
	for (unsigned i = 0; i < PIPES; i++)
		s->pipe[i].io = loop_io_del(s->pipe[i].io);
	if (s->in_pool)
		s->closed = 1;
	else
		free_stream(s);
	return NULL;
}

int log_stream_ended(const struct log_stream *s)
{
	return s->pipe[0].fd < 0 && s->pipe[1].fd < 0;
}

uint64_t log_stream_lost(const struct log_stream *s)
{
	return s->block ? s->block->head.lost_total : 0;
}

struct log_engine *log_engine_new(struct loop *loop, struct journal *journal)
{
	struct log_engine *e = NEW0(struct log_engine);

	if (!e)
		return NULL;
	*e = (struct log_engine){.loop = loop, .journal = journal, .null_fd = -1};
	e->pool = log_pool_new(loop);
	if (!e->pool) {
		free(e);
		return NULL;
	}
	return e;
}

void log_engine_free(struct log_engine *e)
{
	if (!e)
		return;
	log_pool_free(e->pool);
	if (e->null_fd >= 0)
		close(e->null_fd);
	free(e);
}

int log_engine_pause(struct log_engine *e, uint64_t wait_ns)
{
	return log_pool_pause(e->pool, wait_ns);
}

void log_engine_resume(struct log_engine *e)
{
	log_pool_resume(e->pool);
}
