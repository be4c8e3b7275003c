/* SPDX-License-Identifier: Apache-2.0 */
/* Readers of logs: along the lines, from file to file, and asleep where there are no more. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/mem.h"
#include "core/logs.h"
#include "core/steps.h"
#include "model/spec.h"
#include "os/pollset.h"
#include "os/wait.h"

#define NOTE_BEGIN "[libctr: "

struct ctr_log_reader {
	_Atomic int refs;
	pid_t pid;
	char *path;
	unsigned max_files;
	uint64_t streams;
	int64_t since_ns, until_ns;
	int follow;
	struct log_source files[1 + LOG_AHEAD]; /* [0]: the one being read */
	size_t n;
	uint64_t newest_ino;       /* that had the log's name at the last look; 0 = none */
	uint64_t least_generation; /* of the file to begin with */
	struct log_index *index;
	struct log_walk walk;
	uint64_t next_seq;         /* of the line at the walk's place; 0 = to be learnt from the file */
	uint64_t skip_whole, skip_until; /* lines, bytes of the first file: not asked for (tail) */
	int has_gap;               /* next says that what is before next_seq is missing */
	int is_over, ended;
	int64_t last_time_ns;
	int set, more, timer, more_is_on;
	struct log_follow watch;
	ctr_log_record_t *ready;
};

ctr_log_reader_t *core_log_reader_ref(ctr_log_reader_t *r)
{
	if (r)
		atomic_fetch_add_explicit(&r->refs, 1, memory_order_relaxed);
	return r;
}

static void close_all(ctr_log_reader_t *r)
{
	for (size_t i = 0; i < r->n; i++)
		cleanup_close_fn(&r->files[i].fd);
	log_follow_reset(&r->watch);
	cleanup_close_fn(&r->set);
	cleanup_close_fn(&r->more);
	cleanup_close_fn(&r->timer);
}

ctr_log_reader_t *core_log_reader_unref(ctr_log_reader_t *r)
{
	if (!r || atomic_fetch_sub_explicit(&r->refs, 1, memory_order_acq_rel) > 1)
		return NULL;
	if (r->pid == getpid())
		close_all(r);
	log_walk_reset(&r->walk);
	free(r->ready);
	free(r->index);
	free(r->path);
	core_container_unref(r->watch.c);
	free(r);
	return NULL;
}

static void cleanup_reader_fn(ctr_log_reader_t **r)
{
	core_log_reader_unref(*r);
}

pid_t core_log_reader_maker(const ctr_log_reader_t *r)
{
	return r->pid;
}

int core_log_reader_fd(const ctr_log_reader_t *r)
{
	return r->set;
}

static int io_error(const ctr_log_reader_t *r, int errnum, ctr_error_t **err)
{
	return error_set_errno(err, 0, DOMAIN_CORE, errnum, "cannot read the log %s", r->path);
}

/* ---- files ---- */

static void enter_first(ctr_log_reader_t *r)
{
	uint64_t first = r->files[0].first;

	log_walk_enter(&r->walk, r->files[0].fd, 0);
	r->has_gap |= r->next_seq && first > r->next_seq;
	if (first > r->next_seq)
		r->next_seq = first;
}

/* What came after the last file that we hold is held, too; the first of all is where the reading begins. */
static int refresh(ctr_log_reader_t *r, ctr_error_t **err)
{
	CLEANUP_SOURCES struct log_sources *s = NULL;
	int rc = log_sources_open(r->path, r->max_files, &s, err);

	if (rc < 0)
		return rc;
	*r->index = s->index;
	if (s->n)
		r->newest_ino = s->files[s->n - 1].ino;
	for (size_t i = 0; i < s->n && r->n < ARRAY_SIZE(r->files); i++) {
		struct log_source *f = &s->files[i];

		if (r->n ? f->generation <= r->files[r->n - 1].generation : f->generation < r->least_generation)
			continue;
		r->files[r->n++] = *f;
		f->fd = -1;
		if (r->n == 1)
			enter_first(r);
	}
	return 0;
}

/* Cheap, and done before each piece that is read: who is slow holds what comes after, before it is rotated away. */
static int notice_rotation(ctr_log_reader_t *r, ctr_error_t **err)
{
	struct stat st;

	if (r->n == ARRAY_SIZE(r->files) || stat(r->path, &st) < 0)
		return 0;
	return st.st_ino == r->newest_ino && r->n && r->files[r->n - 1].ino == r->newest_ino ? 0 : refresh(r, err);
}

static void next_file(ctr_log_reader_t *r)
{
	cleanup_close_fn(&r->files[0].fd);
	memmove(r->files, r->files + 1, --r->n * sizeof(r->files[0]));
	r->skip_until = 0;
	enter_first(r);
}

/* 1: there is more to look at; 0: not for now; negative */
static int fill(ctr_log_reader_t *r, ctr_error_t **err)
{
	size_t known;
	int rc = notice_rotation(r, err);

	if (rc < 0 || !r->n)
		return rc;
	/* A file that has a follower already gets no more lines. */
	known = r->n;
	rc = log_walk_fill(&r->walk);
	if (rc < 0)
		return io_error(r, rc, err);
	if (rc > 0)
		return 1;
	if (known < 2)
		return 0;
	next_file(r);
	return 1;
}

/* ---- lines ---- */

static struct log_place place_of(const ctr_log_reader_t *r, uint64_t seq)
{
	return (struct log_place){.generation = r->n ? r->files[0].generation : 0, .offset = log_walk_at(&r->walk), .seq = seq};
}

static int is_wanted(const ctr_log_reader_t *r, const struct log_line *line)
{
	return (r->streams >> line->stream & 1) && (!r->since_ns || line->time_ns >= r->since_ns) &&
	       (!r->until_ns || line->time_ns < r->until_ns);
}

/* Only a line that looks like one is looked up; the index may have it since we read it. */
static int is_gap_note(ctr_log_reader_t *r, const struct log_line *line, uint64_t *ret_bytes, ctr_error_t **err)
{
	CLEANUP_SOURCES struct log_sources *s = NULL;
	int rc;

	if (line->partial || line->len < sizeof(NOTE_BEGIN) - 1 || memcmp(line->text, NOTE_BEGIN, sizeof(NOTE_BEGIN) - 1) != 0)
		return 0;
	if (log_index_is_gap(r->index, r->next_seq, ret_bytes))
		return 1;
	rc = log_sources_open(r->path, r->max_files, &s, err);
	if (rc < 0)
		return rc;
	if (s->n)
		*r->index = s->index;
	return log_index_is_gap(r->index, r->next_seq, ret_bytes);
}

static int give(ctr_log_reader_t *r, ctr_log_record_t *rec, ctr_error_t **err)
{
	r->ready = rec;
	return rec ? 0 : error_no_memory(err);
}

/* What is told of a line: nothing, when it was not asked for. One that is none is told as a gap. */
static int take_line(ctr_log_reader_t *r, const char *text, size_t len, ctr_error_t **err)
{
	struct log_place place = place_of(r, r->next_seq);
	struct log_line line = {.time_ns = r->last_time_ns};
	int is_line = text && log_line_parse(text, len, &line) == 0, rc;
	uint64_t bytes = 0;

	if (place.offset <= r->skip_until)
		return 0;
	if (r->skip_whole) {
		r->skip_whole -= is_line && !line.partial && is_wanted(r, &line);
		return 0;
	}
	rc = is_line ? is_gap_note(r, &line, &bytes, err) : 1;
	if (rc < 0)
		return rc;
	r->last_time_ns = line.time_ns;
	if (rc)
		return give(r, log_record_of_gap(bytes, line.time_ns, &place), err);
	return is_wanted(r, &line) ? give(r, log_record_of_line(&line, &place), err) : 0;
}

/* Of what was rotated away nobody knows how many bytes it was; the cursor goes on with what is there. */
static int take_gap(ctr_log_reader_t *r, ctr_error_t **err)
{
	struct log_place place = place_of(r, r->next_seq - 1);
	int rc = give(r, log_record_of_gap(0, r->last_time_ns, &place), err);

	r->has_gap = rc < 0;
	return rc;
}

/* 0: r->ready, or there is more to look at; WOULD_BLOCK: all lines there are have been taken; or negative */
static int step(ctr_log_reader_t *r, ctr_error_t **err)
{
	size_t start = r->walk.start, len = 0;
	int was_skipping = r->walk.skipping, rc;
	const char *text = NULL;

	if (r->has_gap)
		return take_gap(r, err);
	if (!log_walk_line(&r->walk, &text, &len)) {
		rc = fill(r, err);
		return rc < 0 ? rc : rc ? 0 : CTR_ERR_WOULD_BLOCK;
	}
	rc = take_line(r, text, len, err);
	if (rc < 0) {
		r->walk.start = start;
		r->walk.skipping = was_skipping;
		return rc;
	}
	r->next_seq++;
	return 0;
}

/* ---- next ---- */

static void say_more(ctr_log_reader_t *r, int on)
{
	if (r->more_is_on != on)
		os_flag_set(r->more, on);
	r->more_is_on = on;
}

static int is_past(const ctr_log_reader_t *r)
{
	return r->until_ns && clock_realtime_ns() >= r->until_ns;
}

/* All lines are taken: over is decided before the last look, so that nothing said before is missed. 0: look once more */
static int at_end(ctr_log_reader_t *r, int *armed, ctr_error_t **err)
{
	int rc;

	if (!r->follow || r->is_over) {
		r->ended = 1;
		return CTR_ERR_END;
	}
	if (*armed) {
		if (r->timer >= 0)
			os_timer_again(r->timer, r->until_ns);
		return CTR_ERR_WOULD_BLOCK;
	}
	rc = log_follow_arm(&r->watch, err);
	if (rc < 0)
		return rc;
	*armed = rc == 0;
	r->is_over = r->watch.is_over || is_past(r);
	return 0;
}

static int find(ctr_log_reader_t *r, ctr_error_t **err)
{
	int armed = 0;

	while (!r->ready) {
		int rc = r->ended ? CTR_ERR_END : step(r, err);

		if (rc == CTR_ERR_WOULD_BLOCK)
			rc = at_end(r, &armed, err);
		if (rc < 0) {
			say_more(r, rc != CTR_ERR_WOULD_BLOCK);
			return rc;
		}
	}
	say_more(r, 1);
	return 0;
}

int core_log_reader_next(ctr_log_reader_t *r, ctr_log_record_t **ret, ctr_error_t **err)
{
	int rc = find(r, err);

	if (rc == 0)
		*ret = TAKE_PTR(r->ready);
	return rc;
}

int core_log_reader_wait(ctr_log_reader_t *r, const struct op_call *call, ctr_error_t **err)
{
	for (;;) {
		int rc = find(r, err);

		if (rc == 0 || rc == CTR_ERR_END)
			return 0;
		if (rc == CTR_ERR_WOULD_BLOCK)
			rc = os_wait_fd(r->set, POLLIN, call, "waiting for a container's log", err);
		if (rc < 0)
			return rc;
	}
}

/* ---- where to begin ---- */

static int count_whole(const ctr_log_reader_t *r, int fd, const struct op_call *call, uint64_t *ret, ctr_error_t **err)
{
	struct log_walk w;
	uint64_t n = 0;
	int got, rc = log_walk_begin(&w);

	if (rc < 0)
		return error_no_memory(err);
	log_walk_enter(&w, fd, 0);
	while (rc == 0 && (got = log_walk_fill(&w)) != 0) {
		const char *text;
		size_t len;
		struct log_line line;

		while (log_walk_line(&w, &text, &len))
			n += text && log_line_parse(text, len, &line) == 0 && !line.partial && is_wanted(r, &line);
		rc = got < 0 ? io_error(r, got, err) : op_call_check(call, "counting the lines of a log", err);
	}
	log_walk_reset(&w);
	*ret = n;
	return rc;
}

/* From the newest file back until there are more lines than asked for: the line before the first one wanted ends what is passed over. */
static int begin_at_tail(ctr_log_reader_t *r, uint64_t tail, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_SOURCES struct log_sources *s = NULL;
	uint64_t total = 0;
	size_t i;
	int rc = log_sources_open(r->path, r->max_files, &s, err);

	if (rc < 0)
		return rc;
	for (i = s->n; i > 0 && total <= tail; i--) {
		uint64_t n = 0;

		rc = count_whole(r, s->files[i - 1].fd, call, &n, err);
		if (rc < 0)
			return rc;
		total += n;
	}
	if (s->n)
		r->least_generation = s->files[i].generation;
	r->skip_whole = total > tail ? total - tail : 0;
	return 0;
}

static int begin_at_end(ctr_log_reader_t *r, ctr_error_t **err)
{
	CLEANUP_SOURCES struct log_sources *s = NULL;
	struct stat st;
	int rc = log_sources_open(r->path, r->max_files, &s, err);

	if (rc < 0 || !s->n)
		return rc;
	if (fstat(s->files[s->n - 1].fd, &st) < 0)
		return io_error(r, -errno, err);
	r->least_generation = s->files[s->n - 1].generation;
	r->skip_until = (uint64_t)st.st_size;
	return 0;
}

static int not_ours(const ctr_log_reader_t *r, const char *cursor, ctr_error_t **err)
{
	return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE,
			 "\"%s\" is no cursor of the log %s; use one that ctr_log_record_cursor() gave for this container", cursor, r->path);
}

static int begin_at_cursor(ctr_log_reader_t *r, const char *text, ctr_error_t **err)
{
	struct log_place place;
	char before = '\n';
	int rc;

	if (log_cursor_parse(text, &place) < 0)
		return not_ours(r, text, err);
	r->least_generation = place.generation;
	r->next_seq = place.seq + 1;
	rc = refresh(r, err);
	if (rc < 0 || !r->n)
		return rc < 0 ? rc : r->newest_ino ? not_ours(r, text, err) : 0;
	if (r->files[0].generation != place.generation)
		return 0;
	if (r->has_gap || (place.offset && pread(r->files[0].fd, &before, 1, (off_t)place.offset - 1) == 1 && before != '\n'))
		return not_ours(r, text, err);
	log_walk_enter(&r->walk, r->files[0].fd, place.offset);
	return 0;
}

static int begin(ctr_log_reader_t *r, const struct ctr_log_opts *opts, const struct op_call *call, ctr_error_t **err)
{
	int rc = 0;

	if (opts->cursor)
		return begin_at_cursor(r, opts->cursor, err);
	if (opts->tail > 0)
		rc = begin_at_tail(r, (uint64_t)opts->tail, call, err);
	else if (opts->tail < 0)
		rc = begin_at_end(r, err);
	if (rc == 0)
		rc = refresh(r, err);
	/* Between the two it may have been rotated away, and what was to be passed over with it. */
	if (rc == 0 && r->n && r->files[0].generation != r->least_generation)
		r->skip_whole = r->skip_until = 0;
	return rc;
}

static int put_in(ctr_log_reader_t *r, int fd, int *ret, ctr_error_t **err)
{
	int rc = fd;

	if (fd >= 0) {
		*ret = fd;
		rc = os_pollset_add(r->set, fd);
	}
	return rc < 0 ? error_set_errno(err, 0, DOMAIN_CORE, rc, "cannot make the descriptor of a reader of a log") : 0;
}

static int make_fds(ctr_log_reader_t *r, ctr_error_t **err)
{
	int rc;

	r->set = os_pollset_new();
	if (r->set < 0)
		return error_set_errno(err, 0, DOMAIN_CORE, r->set, "cannot make the descriptor of a reader of a log");
	r->more_is_on = 1;
	r->watch.set = r->set;
	r->watch.path = r->path;
	rc = put_in(r, os_flag_new(1), &r->more, err);
	if (rc == 0 && r->follow && r->until_ns)
		rc = put_in(r, os_timer_new(r->until_ns), &r->timer, err);
	if (rc == 0 && r->follow)
		rc = log_follow_begin(&r->watch, err);
	return rc;
}

static int check_driver(const struct container_row *row, json_t *doc, ctr_error_t **err)
{
	const char *driver = config_log_driver(doc);

	if (STREQ(driver, "k8s-file"))
		return 0;
	error_set(err, CTR_ERR_NO_LOGS, DOMAIN_CORE,
		  "container %s has no log: its log driver is %s; create it with log_configuration.driver k8s-file", row->name, driver);
	error_detail(err, "container", row->id);
	return CTR_ERR_NO_LOGS;
}

static int make(ctr_container_t *c, const struct container_row *row, json_t *doc, ctr_log_reader_t **ret, ctr_error_t **err)
{
	CLEANUP(cleanup_reader_fn) ctr_log_reader_t *r = NEW0(ctr_log_reader_t);

	if (!r)
		return error_no_memory(err);
	atomic_init(&r->refs, 1);
	r->pid = c->engine->pid;
	r->set = r->more = r->timer = r->watch.files = r->watch.bell = r->watch.exit = r->watch.watch = -1;
	r->path = core_log_path(c->engine, row);
	r->max_files = config_log_files(doc);
	r->index = NEW0(struct log_index);
	if (!r->path || !r->index || log_walk_begin(&r->walk) < 0)
		return error_no_memory(err);
	*ret = TAKE_PTR(r);
	return 0;
}

int core_container_logs(ctr_container_t *c, const struct ctr_log_opts *opts, const struct op_call *call, ctr_log_reader_t **ret,
			ctr_error_t **err)
{
	CLEANUP_ROW struct container_row *row = NULL;
	CLEANUP_ERROR ctr_error_t *why = NULL;
	CLEANUP_JSON json_t *doc = NULL;
	CLEANUP(cleanup_reader_fn) ctr_log_reader_t *r = NULL;
	int rc = core_container_snapshot(c, &row, &why);

	if (rc < 0)
		return error_publish(rc, TAKE_PTR(why), err);
	rc = step_parse_config(row, &doc, err);
	if (rc == 0)
		rc = check_driver(row, doc, err);
	if (rc == 0)
		rc = make(c, row, doc, &r, err);
	if (rc < 0)
		return rc;
	r->streams = opts->streams ? opts->streams : CTR_STREAMS_STDOUT | CTR_STREAMS_STDERR;
	r->since_ns = opts->since_ns;
	r->until_ns = opts->until_ns;
	r->follow = opts->follow;
	/* A handle of our own: a batched one ends with its batch. */
	rc = core_container_new_handle(c->engine, row, &r->watch.c, err);
	if (rc == 0)
		rc = make_fds(r, err);
	if (rc == 0)
		rc = begin(r, opts, call, err);
	if (rc == 0)
		*ret = TAKE_PTR(r);
	return rc;
}
