/* SPDX-License-Identifier: Apache-2.0 */
/* logs: what containers have said, and with --follow what they say until they have ended. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "ctrtool.h"

const struct flag logs_flags[] = {
	{ "follow", 'f', FLAG_BOOL, NULL, "go on until they have ended", NULL },
	{ "since", 0, FLAG_VALUE, "TIME", "only what was said at this time or later", NULL },
	{ "until", 0, FLAG_VALUE, "TIME", "only what was said before this time", NULL },
	{ "tail", 0, FLAG_VALUE, "N", "only the last N lines (all)", NULL },
	{ "timestamps", 't', FLAG_BOOL, NULL, "the time before each line", NULL },
	{ "names", 'n', FLAG_BOOL, NULL, "of several containers: the name before each line instead of the id", NULL },
	FLAG_LATEST,
	FLAG_END,
};

struct source {
	ctr_log_reader_t *reader; /* NULL: at its end */
	char *name, id[13];
	int in_line[CTR_STREAM_GAP + 1]; /* by stream: what was printed last goes on */
};

struct show {
	struct source *sources;
	size_t n;
	int timestamps, names;
};

static void print_time(int64_t ns, FILE *to)
{
	time_t sec = (time_t)(ns / 1000000000);
	char text[64], zone[8] = "";
	struct tm tm;

	if (!localtime_r(&sec, &tm) || !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm) || !strftime(zone, sizeof(zone), "%z", &tm))
		return;
	fprintf(to, "%s.%09lld%.3s:%s ", text, (long long)(ns % 1000000000), zone, zone + 3);
}

static void print_head(const struct show *s, const struct source *src, const ctr_log_record_t *rec, FILE *to)
{
	if (s->n > 1)
		fprintf(to, "%s ", s->names ? src->name : src->id);
	if (s->timestamps)
		print_time(ctr_log_record_time_ns(rec), to);
}

/* A line of another container that has not ended yet ends where it is cut off. */
static void cut_others(const struct show *s, const struct source *src, int32_t stream, FILE *to)
{
	for (size_t i = 0; i < s->n; i++) {
		if (&s->sources[i] == src || !s->sources[i].in_line[stream])
			continue;
		fputc('\n', to);
		s->sources[i].in_line[stream] = 0;
	}
}

static void print_gap(const struct show *s, const struct source *src, const ctr_log_record_t *rec)
{
	uint64_t lost;

	memcpy(&lost, ctr_log_record_data(rec, NULL), sizeof(lost));
	print_head(s, src, rec, stderr);
	if (lost)
		fprintf(stderr, "ctrtool: %llu bytes of output are missing here\n", (unsigned long long)lost);
	else
		fprintf(stderr, "ctrtool: output is missing here\n");
}

/* stdout to stdout, stderr to stderr, as podman does. */
static void print_record(const struct show *s, struct source *src, const ctr_log_record_t *rec)
{
	int32_t stream = ctr_log_record_stream(rec);
	FILE *to = stream == CTR_STREAM_STDERR ? stderr : stdout;
	size_t len = 0;
	const void *data = ctr_log_record_data(rec, &len);

	if (stream == CTR_STREAM_GAP) {
		print_gap(s, src, rec);
		return;
	}
	cut_others(s, src, stream, to);
	if (!src->in_line[stream])
		print_head(s, src, rec, to);
	fwrite(data, 1, len, to);
	src->in_line[stream] = ctr_log_record_partial(rec);
}

static int show_source(const struct show *s, struct source *src)
{
	ctr_log_record_t *rec = NULL;
	ctr_error_t *err = NULL;
	int r;

	while ((r = ctr_log_reader_next(src->reader, &rec, &err)) == 0) {
		print_record(s, src, rec);
		ctr_log_record_unref(rec);
	}
	fflush(stdout);
	if (r == CTR_ERR_WOULD_BLOCK)
		return 0;
	src->reader = ctr_log_reader_unref(src->reader);
	return r == CTR_ERR_END ? 0 : fail_error(src->name, err);
}

static int show_all(const struct show *s)
{
	struct pollfd *fds = calloc(s->n + 1, sizeof(*fds));
	size_t left = s->n;
	int rc = 0;

	if (!fds)
		return fail("out of memory");
	for (size_t i = 0; i < s->n; i++)
		fds[i] = (struct pollfd){ ctr_log_reader_fd(s->sources[i].reader), POLLIN, POLLIN };
	while (left && !ferror(stdout)) {
		for (size_t i = 0; i < s->n; i++) {
			int now = fds[i].revents ? show_source(s, &s->sources[i]) : 0;

			rc = now ? now : rc;
			if (fds[i].fd >= 0 && !s->sources[i].reader) {
				fds[i].fd = -1;
				left--;
			}
			fds[i].revents = 0;
		}
		if (left)
			(void)poll(fds, (nfds_t)s->n, -1);
	}
	free(fds);
	return rc ? rc : ferror(stdout) ? EXIT_ENGINE : 0;
}

static int time_flag(const struct args *a, const char *name, int64_t *ret)
{
	const char *text = args_value(a, name, NULL);

	*ret = text ? time_from_text(text, 0) : 0;
	return *ret < 0 ? fail("--%s \"%s\" is no time; use a date, a date and time, seconds since 1970, or how long ago (\"10m\")", name, text) : 0;
}

static int options(const struct args *a, struct ctr_log_opts *opts)
{
	const char *tail = args_value(a, "tail", "all");
	char *end = NULL;
	int rc;

	ctr_log_opts_init(opts, sizeof(*opts));
	opts->follow = args_has(a, "follow");
	rc = time_flag(a, "since", &opts->since_ns);
	if (!rc)
		rc = time_flag(a, "until", &opts->until_ns);
	if (rc || strcmp(tail, "all") == 0 || strcmp(tail, "-1") == 0)
		return rc;
	opts->tail = strtoll(tail, &end, 10);
	if (end == tail || *end || opts->tail < 0)
		return fail("--tail \"%s\" is no number of lines; use a number, or all", tail);
	if (opts->tail == 0)
		opts->tail = -1;
	return 0;
}

/* As with podman, one that does not run is not waited for. */
static int open_source(ctr_container_t *c, const struct ctr_log_opts *opts, struct source *ret)
{
	struct ctr_log_opts own = *opts;
	ctr_status_t *status = NULL;
	ctr_error_t *err = NULL;

	if (ctr_container_status(c, NULL, &status, &err) < 0)
		return fail_error(NULL, err);
	if (ctr_status_state(status) == CTR_STATE_CONFIGURED || ctr_status_state(status) == CTR_STATE_CREATED)
		own.follow = 0;
	ret->name = strdup(ctr_status_name(status));
	snprintf(ret->id, sizeof(ret->id), "%.12s", ctr_status_id(status));
	ctr_status_unref(status);
	if (!ret->name)
		return fail("out of memory");
	return ctr_container_logs(c, &own, NULL, &ret->reader, &err) < 0 ? fail_error(NULL, err) : 0;
}

static int open_named(struct tool *t, const struct args *a, const struct ctr_log_opts *opts, struct show *s)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < a->n_rest; i++) {
		ctr_container_t *c = NULL;
		ctr_error_t *err = NULL;

		if (ctr_container_open(t->engine, a->rest[i], &c, &err) < 0)
			return fail_error(NULL, err);
		rc = open_source(c, opts, &s->sources[i]);
		ctr_container_unref(c);
		s->n++;
	}
	return rc;
}

static int open_latest(struct tool *t, const struct ctr_log_opts *opts, struct show *s)
{
	ctr_container_list_t *all = NULL;
	int rc = list_containers(t, NULL, &all);
	size_t n = ctr_container_list_count(all);

	if (!rc && !n)
		rc = fail("there is no container");
	if (!rc) {
		rc = open_source(ctr_container_list_get(all, n - 1), opts, &s->sources[0]);
		s->n = 1;
	}
	ctr_container_list_unref(all);
	return rc;
}

int verb_logs(struct tool *t, const struct args *a)
{
	struct show s = { .timestamps = args_has(a, "timestamps"), .names = args_has(a, "names") };
	int is_latest = args_has(a, "latest"), rc;
	struct ctr_log_opts opts;

	if (is_latest ? a->n_rest != 0 : a->n_rest == 0)
		return fail("name containers, or give --latest");
	rc = options(a, &opts);
	if (rc || tool_engine(t) < 0)
		return rc ? rc : EXIT_ENGINE;
	s.sources = calloc(a->n_rest + 1, sizeof(*s.sources));
	if (!s.sources)
		return fail("out of memory");
	rc = is_latest ? open_latest(t, &opts, &s) : open_named(t, a, &opts, &s);
	if (!rc)
		rc = show_all(&s);
	for (size_t i = 0; i < s.n; i++) {
		ctr_log_reader_unref(s.sources[i].reader);
		free(s.sources[i].name);
	}
	free(s.sources);
	return rc;
}
