/* SPDX-License-Identifier: Apache-2.0 */
/* Rotation by rename, in steps that a killed monitor's successor finds half done: an index that speaks of files to come, one hole in the row
 * of old files, a file with two names. No line is moved or copied, so none can be lost, repeated or torn. */
#include "log_rotate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/mem.h"
#include "model/log_index.h"
#include "os/fd.h"

#define LOG_MODE 0640
#define READ_SIZE 65536

struct names {
	char *files[LOG_FILES_MAX]; /* [0]: the log itself */
	size_t n;
	char *fresh, *index, *fresh_index;
};

static void names_reset(struct names *m)
{
	for (size_t i = 0; i < m->n; i++)
		free(m->files[i]);
	free(m->fresh);
	free(m->index);
	free(m->fresh_index);
}

static int names_make(struct names *m, const struct log_file *f)
{
	size_t want = f->max_files < 1 ? 1 : f->max_files > LOG_FILES_MAX ? LOG_FILES_MAX : (size_t)f->max_files;
	int bad = 0;

	memset(m, 0, sizeof(*m));
	for (m->n = 0; m->n < want; m->n++) {
		m->files[m->n] = log_index_file_name(f->path, (unsigned)m->n);
		bad |= !m->files[m->n];
	}
	m->fresh = str_printf("%s.tmp", f->path);
	m->index = log_index_name(f->path);
	m->fresh_index = str_printf("%s.seq.tmp", f->path);
	return bad || !m->fresh || !m->index || !m->fresh_index ? -ENOMEM : 0;
}

/* O_NONBLOCK: a FIFO or device put in the log's place is refused, not waited for. */
static int open_log(const char *path, int flags, uint64_t *ret_ino)
{
	int fd CLEANUP_CLOSE =
		os_fd_above_std(open(path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | flags, LOG_MODE));
	struct stat st;

	if (fd < 0)
		return fd == -1 ? -errno : fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	*ret_ino = st.st_ino;
	return TAKE_FD(fd);
}

int log_open_current(const char *path, uint64_t *ret_ino)
{
	char *fresh CLEANUP_FREE = NULL;
	int fd = open_log(path, 0, ret_ino);

	if (fd != -ENOENT)
		return fd;
	fresh = str_printf("%s.tmp", path);
	if (!fresh)
		return -ENOMEM;
	/* Where links cannot be made the log has no name for a moment; the index already speaks of this one. */
	(void)rename(fresh, path);
	return open_log(path, O_CREAT, ret_ino);
}

static int count_lines(int fd, uint64_t *ret)
{
	char *buffer CLEANUP_FREE = malloc(READ_SIZE);
	uint64_t n = 0;
	off_t at = 0;

	if (!buffer)
		return -ENOMEM;
	for (;;) {
		ssize_t got = pread(fd, buffer, READ_SIZE, at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		for (const char *p = buffer, *end = buffer + got; (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++)
			n++;
		at += got;
	}
	*ret = n;
	return 0;
}

static uint64_t ino_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISREG(st.st_mode) ? st.st_ino : 0;
}

static void read_index(const struct names *m, struct log_index *ret)
{
	char *text CLEANUP_FREE = malloc(LOG_INDEX_TEXT_MAX);
	int fd CLEANUP_CLOSE = os_fd_above_std(open(m->index, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
	ssize_t got = text && fd >= 0 ? read(fd, text, LOG_INDEX_TEXT_MAX) : -1;

	log_index_parse(text ? text : "", got > 0 ? (size_t)got : 0, ret);
}

static int write_index(const struct names *m, const struct log_index *index)
{
	char *text CLEANUP_FREE = log_index_print(index);
	int fd CLEANUP_CLOSE = -1;
	uint64_t ino;
	int r;

	if (!text)
		return -ENOMEM;
	fd = open_log(m->fresh_index, O_CREAT | O_TRUNC | O_NOFOLLOW, &ino);
	if (fd < 0)
		return fd;
	r = os_write_all(fd, text, strlen(text));
	return r < 0 ? r : rename(m->fresh_index, m->index) < 0 ? -errno : 0;
}

/* A file that the index does not know of (it was lost, or another hand renamed files) is counted. */
static int count_unknown(const struct names *m, const size_t *at, size_t n, struct log_index_file *files)
{
	for (size_t i = n; i-- > 0;) {
		uint64_t lines = 0;
		int fd CLEANUP_CLOSE = -1;

		if (files[i].first)
			continue;
		if (i + 1 == n) {
			files[i].first = 1;
			continue;
		}
		fd = os_fd_above_std(open(m->files[at[i + 1]], O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
		if (fd >= 0 && count_lines(fd, &lines) < 0)
			return -EIO;
		files[i].first = files[i + 1].first + lines;
	}
	return 0;
}

/* What is there now, newest first, with its numbers. */
static int survey(struct log_file *f, const struct names *m, struct log_index *ret)
{
	struct log_index *old CLEANUP_FREE = NEW0(struct log_index);
	uint64_t inos[LOG_FILES_MAX] = {f->ino};
	size_t at[LOG_FILES_MAX] = {0}, n = 1;
	struct log_index_file files[LOG_FILES_MAX];
	int r;

	if (!old)
		return -ENOMEM;
	read_index(m, old);
	for (size_t k = 1; k < m->n; k++) {
		uint64_t ino = ino_of(m->files[k]);

		if (!ino || ino == f->ino)
			continue;
		at[n] = k;
		inos[n++] = ino;
	}
	log_index_match(old, inos, n, files);
	/* One of no known number is older than all that have one. */
	for (ret->n = 0; ret->n < n && files[ret->n].generation != UINT64_MAX; ret->n++)
		ret->files[ret->n] = files[ret->n];
	if (ret->n == 0) {
		/* Somebody put another file in the log's place: its lines come after all others'. */
		ret->files[0] = (struct log_index_file){.ino = f->ino,
							.generation = old->n ? old->files[0].generation + 1 : 0,
							.first = old->n ? old->files[0].first : 1};
		ret->n = 1;
	}
	r = count_unknown(m, at, ret->n, ret->files);
	ret->n_gaps = 0;
	for (size_t i = 0; i < old->n_gaps; i++)
		if (old->gaps[i].seq >= ret->files[ret->n - 1].first)
			ret->gaps[ret->n_gaps++] = old->gaps[i];
	return r;
}

static int count_own(struct log_file *f)
{
	uint64_t n = 0;
	int r = f->lines >= 0 ? 0 : count_lines(f->fd, &n);

	if (r == 0 && f->lines < 0)
		f->lines = (int64_t)n;
	return r;
}

int log_note_gap(struct log_file *f, uint64_t before, uint64_t bytes)
{
	CLEANUP(names_reset) struct names m;
	struct log_index *index CLEANUP_FREE = NEW0(struct log_index);
	int r = names_make(&m, f);

	if (r == 0 && !index)
		r = -ENOMEM;
	if (r == 0)
		r = count_own(f);
	if (r == 0)
		r = survey(f, &m, index);
	if (r < 0)
		return r;
	log_index_add_gap(index, index->files[0].first + (uint64_t)f->lines + before, bytes);
	return write_index(&m, index);
}

/* Every file becomes one older, from the hole on; without a hole the oldest goes. */
static int shift(const struct names *m, uint64_t own)
{
	size_t hole = 1;
	int r = 0;

	while (hole < m->n && ino_of(m->files[hole]) != 0)
		hole++;
	if (m->n > 1 && ino_of(m->files[1]) == own)
		return 0;
	if (hole == m->n && m->n > 1)
		r = unlink(m->files[--hole]);
	for (size_t k = hole; r == 0 && k > 1 && k < m->n; k--)
		r = rename(m->files[k - 1], m->files[k]);
	if (r == 0 && m->n > 1) {
		r = link(m->files[0], m->files[1]);
		if (r < 0 && errno != EEXIST)
			r = rename(m->files[0], m->files[1]);
	}
	return r < 0 ? -errno : 0;
}

/* The list of what will be there: one more in front, and no more than may be. */
static void add_fresh(struct log_index *index, size_t max, uint64_t ino, uint64_t lines)
{
	struct log_index_file fresh = {
		.ino = ino, .generation = index->files[0].generation + 1, .first = index->files[0].first + lines};

	if (index->n >= max)
		index->n = max - 1;
	memmove(index->files + 1, index->files, index->n * sizeof(index->files[0]));
	index->files[0] = fresh;
	index->n++;
}

/* A disk that is full has room again once the oldest file is gone, which goes anyway. */
static int write_index_somehow(const struct names *m, const struct log_index *index)
{
	int r = write_index(m, index);

	if (r != -ENOSPC || m->n < 2 || unlink(m->files[m->n - 1]) < 0)
		return r;
	return write_index(m, index);
}

int log_rotate(struct log_file *f)
{
	CLEANUP(names_reset) struct names m;
	struct log_index *index CLEANUP_FREE = NEW0(struct log_index);
	int fd CLEANUP_CLOSE = -1;
	uint64_t ino = 0;
	int r = names_make(&m, f);

	if (r == 0 && !index)
		r = -ENOMEM;
	if (r == 0)
		r = count_own(f);
	if (r == 0)
		r = survey(f, &m, index);
	if (r < 0)
		return r;
	fd = open_log(m.fresh, O_CREAT | O_TRUNC | O_NOFOLLOW, &ino);
	if (fd < 0)
		return fd;
	add_fresh(index, m.n, ino, (uint64_t)f->lines);
	r = write_index_somehow(&m, index);
	if (r == 0)
		r = shift(&m, f->ino);
	if (r == 0 && rename(m.fresh, m.files[0]) < 0)
		r = -errno;
	if (r < 0)
		return r;
	close(f->fd);
	f->fd = TAKE_FD(fd);
	f->ino = ino;
	f->lines = 0;
	return 0;
}
