/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a container's log: opened so that no rotation in between hides one, and walked line by line. */
#include "core/log_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/mem.h"
#include "os/fd.h"
#include "os/fs.h"

#define LOOKS 16 /* a log that is rotated away more often than that between two system calls is not read, it is chased */

void log_sources_free(struct log_sources *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++)
		cleanup_close_fn(&s->files[i].fd);
	free(s);
}

/* Only the log itself may be a link: the names beside it are ours. */
static int open_file(const char *path, unsigned k, uint64_t *ret_ino)
{
	CLEANUP_FREE char *name = log_index_file_name(path, k);
	CLEANUP_CLOSE int fd = -1;
	struct stat st;

	if (!name)
		return -ENOMEM;
	fd = os_fd_above_std(open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (k ? O_NOFOLLOW : 0)));
	if (fd < 0)
		return fd == -1 ? -errno : fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -ENOENT;
	*ret_ino = st.st_ino;
	return TAKE_FD(fd);
}

/* From the newest to the oldest: files only move towards older names, so none slips through; one may be met twice. */
static int open_all(const char *path, unsigned max_files, struct log_sources *s)
{
	for (unsigned k = 0; k < max_files && k < LOG_FILES_MAX; k++) {
		uint64_t ino = 0;
		CLEANUP_CLOSE int fd = open_file(path, k, &ino);
		size_t i = 0;

		if (fd == -ENOENT || fd == -ELOOP)
			continue;
		if (fd < 0)
			return fd;
		while (i < s->n && s->files[i].ino != ino)
			i++;
		if (i == s->n)
			s->files[s->n++] = (struct log_source){.fd = TAKE_FD(fd), .ino = ino};
	}
	return 0;
}

static int read_index(const char *path, struct log_index *ret)
{
	CLEANUP_FREE char *name = log_index_name(path);
	CLEANUP_FREE char *text = NULL;
	size_t len = 0;

	if (!name || os_read_file(AT_FDCWD, name, LOG_INDEX_TEXT_MAX, &text, &len) == -ENOMEM)
		return -ENOMEM;
	log_index_parse(text ? text : "", len, ret);
	return 0;
}

static int count_lines(int fd, uint64_t *ret)
{
	struct log_walk w;
	uint64_t n = 0;
	int r = log_walk_begin(&w);

	if (r < 0)
		return r;
	log_walk_enter(&w, fd, 0);
	while ((r = log_walk_fill(&w)) > 0) {
		for (const char *p = w.buffer, *end = p + w.end; (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++)
			n++;
		w.end = 0;
	}
	log_walk_reset(&w);
	*ret = n;
	return r;
}

/* Puts the numbers to the files, which are in the order they were opened in, and leaves out those without. 1: the log itself has none */
static int number(struct log_sources *s)
{
	struct log_index_file found[LOG_FILES_MAX];
	uint64_t inos[LOG_FILES_MAX];
	size_t n = 0;
	int is_chased = 0;

	for (size_t i = 0; i < s->n; i++)
		inos[i] = s->files[i].ino;
	log_index_match(&s->index, inos, s->n, found);
	for (size_t i = 0; i < s->n; i++) {
		struct log_source f = s->files[i];

		if (found[i].generation == UINT64_MAX) {
			is_chased |= i == 0;
			close(f.fd);
			continue;
		}
		f.generation = found[i].generation;
		f.first = found[i].first;
		s->files[n++] = f;
	}
	s->n = n;
	return is_chased;
}

static void turn_round(struct log_sources *s)
{
	for (size_t i = 0; i < s->n / 2; i++) {
		struct log_source f = s->files[i];

		s->files[i] = s->files[s->n - 1 - i];
		s->files[s->n - 1 - i] = f;
	}
}

/* Where the index says nothing the lines before are counted. */
static int count_unknown(struct log_sources *s)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < s->n; i++) {
		uint64_t lines = 0;

		if (s->files[i].first)
			continue;
		if (i)
			r = count_lines(s->files[i - 1].fd, &lines);
		s->files[i].first = i ? s->files[i - 1].first + lines : 1;
	}
	return r;
}

static int look(const char *path, unsigned max_files, struct log_sources **ret)
{
	CLEANUP_SOURCES struct log_sources *s = NEW0(struct log_sources);
	int r, is_chased;

	if (!s)
		return -ENOMEM;
	r = open_all(path, max_files, s);
	/* Afterwards: of a file that has a name the index has been told before. */
	if (r == 0)
		r = read_index(path, &s->index);
	if (r < 0)
		return r;
	is_chased = number(s);
	turn_round(s);
	r = count_unknown(s);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(s);
	return is_chased;
}

int log_sources_open(const char *path, unsigned max_files, struct log_sources **ret, ctr_error_t **err)
{
	struct log_sources *s = NULL;
	int r = 1;

	for (int i = 0; r > 0 && i < LOOKS; i++) {
		log_sources_free(TAKE_PTR(s));
		r = look(path, max_files, &s);
	}
	if (r < 0)
		return error_set_errno(err, 0, DOMAIN_CORE, r, "cannot read the log %s", path);
	*ret = s;
	return 0;
}

int log_walk_begin(struct log_walk *w)
{
	*w = (struct log_walk){.fd = -1, .buffer = malloc(LOG_WALK_BUFFER)};
	return w->buffer ? 0 : -ENOMEM;
}

void log_walk_reset(struct log_walk *w)
{
	free(w->buffer);
	w->buffer = NULL;
}

void log_walk_enter(struct log_walk *w, int fd, uint64_t offset)
{
	w->fd = fd;
	w->offset = offset;
	w->start = w->end = w->searched = 0;
	w->skipping = 0;
}

uint64_t log_walk_at(const struct log_walk *w)
{
	return w->offset - (w->end - w->start);
}

int log_walk_line(struct log_walk *w, const char **ret, size_t *ret_len)
{
	const char *from = w->buffer + w->start, *stop = memchr(from + w->searched, '\n', w->end - w->start - w->searched);

	if (!stop) {
		w->searched = w->end - w->start;
		if (w->searched > LOG_LINE_MAX) {
			w->start = w->end = w->searched = 0;
			w->skipping = 1;
		}
		return 0;
	}
	w->start = (size_t)(stop + 1 - w->buffer);
	w->searched = 0;
	*ret = w->skipping ? NULL : from;
	*ret_len = (size_t)(stop - from);
	w->skipping = 0;
	return 1;
}

int log_walk_fill(struct log_walk *w)
{
	ssize_t got;

	if (w->start) {
		memmove(w->buffer, w->buffer + w->start, w->end - w->start);
		w->end -= w->start;
		w->start = 0;
	}
	do {
		got = pread(w->fd, w->buffer + w->end, LOG_WALK_BUFFER - w->end, (off_t)w->offset);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	w->end += (size_t)got;
	w->offset += (size_t)got;
	return (int)got;
}
