/* SPDX-License-Identifier: Apache-2.0 */
/* Appending to a log so that a death in the middle can be repeated: the offset is noted first, what is beyond it is cut before the next try. */
#include "log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/mem.h"
#include "log_format.h"
#include "os/fd.h"

#define LOG_MODE 0640

/* O_NONBLOCK: a FIFO or device put in the log's place is refused, not waited for. */
static int open_log(const char *path, int flags, struct stat *ret_st)
{
	int fd CLEANUP_CLOSE = os_fd_above_std(
		open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | flags, LOG_MODE));

	if (fd < 0)
		return fd == -1 ? -errno : fd;
	if (fstat(fd, ret_st) < 0)
		return -errno;
	if (!S_ISREG(ret_st->st_mode))
		return -EINVAL;
	return TAKE_FD(fd);
}

int log_file_open(struct log_file *f)
{
	struct stat st;
	int fd;

	if (f->fd >= 0)
		return 0;
	fd = open_log(f->path, 0, &st);
	if (fd < 0)
		return fd;
	f->fd = fd;
	f->ino = st.st_ino;
	return 0;
}

void log_file_close(struct log_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
	free(f->path);
	f->path = NULL;
}

/* Only between blocks: a block that is begun finds the file it was begun in. */
static int replace(struct log_file *f)
{
	char *temporary CLEANUP_FREE = str_printf("%s.tmp", f->path);
	struct stat st;
	int fd;

	if (!temporary)
		return -ENOMEM;
	fd = open_log(temporary, O_TRUNC | O_NOFOLLOW, &st);
	if (fd < 0)
		return fd;
	if (rename(temporary, f->path) < 0) {
		int r = -errno;

		close(fd);
		return r;
	}
	close(f->fd);
	f->fd = fd;
	f->ino = st.st_ino;
	return 0;
}

struct out {
	int fd;
	char *buffer;
	size_t used;
};

static int flush(struct out *o)
{
	size_t n = o->used;

	o->used = 0;
	return n ? os_write_all(o->fd, o->buffer, n) : 0;
}

static int need(struct out *o, size_t n)
{
	return o->used + n > LOG_FILE_BUFFER ? flush(o) : 0;
}

/* Told once there is space again. A line that was cut ends first, so that the note is a line of its own. */
static void write_gap(struct out *o, const struct journal_head *head)
{
	char prefix[LOG_PREFIX_SIZE], *to = o->buffer + o->used;
	size_t n = log_format_prefix(head->stamp_ns, head->stream, prefix);
	int len = 0;

	if (atomic_load_explicit(&head->partial, memory_order_relaxed) & (1u << head->stream))
		len = snprintf(to, LOG_PREFIX_SIZE + 2, "%.*s\n", (int)n, prefix);
	len += snprintf(to + len, 256, "%.*s[libctr: %" PRIu64 " bytes of output are lost: this log could not be written]\n", (int)n,
			prefix, head->lost_bytes);
	o->used += (size_t)len;
}

/* A block that alone is beyond the limit loses its oldest lines, as those before it were lost. */
static int write_block(struct out *o, const struct journal_block *b, int64_t max_size, int *ret_partial)
{
	struct log_pieces pieces;
	int r = 0;

	log_pieces_begin(&pieces, b->data, b->head.len, b->head.stamp_ns, b->head.stream);
	if (max_size > 0)
		log_pieces_fit(&pieces, (size_t)max_size);
	if (b->head.lost_bytes)
		write_gap(o, &b->head);
	while (r == 0 && pieces.at < pieces.len) {
		r = need(o, LOG_PREFIX_SIZE + LOG_TEXT_MAX + 1);
		if (r == 0)
			o->used += log_pieces_next(&pieces, o->buffer + o->used, ret_partial);
	}
	return r == 0 ? flush(o) : r;
}

static int is_too_large(const struct log_file *f, const struct journal_block *b, int64_t size)
{
	struct log_pieces pieces;

	if (f->max_size <= 0 || size == 0)
		return 0;
	log_pieces_begin(&pieces, b->data, b->head.len, b->head.stamp_ns, b->head.stream);
	return size + (int64_t)log_pieces_total(&pieces) > f->max_size;
}

/* Where the block goes: the noted offset when it was begun in this file, else the end. */
static int position(struct log_file *f, struct journal_block *b, int64_t *ret_size)
{
	int begun = atomic_load_explicit(&b->head.state, memory_order_acquire) == JOURNAL_APPENDING;
	struct stat st;
	int r;

	if (fstat(f->fd, &st) < 0)
		return -errno;
	if (begun && b->head.log_ino == f->ino && st.st_size > b->head.log_offset) {
		if (ftruncate(f->fd, b->head.log_offset) < 0)
			return -errno;
		st.st_size = b->head.log_offset;
	} else if (!begun && is_too_large(f, b, st.st_size)) {
		r = replace(f);
		if (r < 0)
			return r;
		b->head.generation++;
		st.st_size = 0;
	}
	*ret_size = st.st_size;
	return 0;
}

int log_file_append(struct log_file *f, struct journal_block *b, char *buffer)
{
	int64_t size = 0;
	int partial = 0, r = log_file_open(f);

	if (r == 0)
		r = position(f, b, &size);
	if (r < 0)
		return r;
	journal_begin_append(b, f->ino, size);
	r = write_block(&(struct out){.fd = f->fd, .buffer = buffer}, b, f->max_size, &partial);
	if (r < 0) {
		/* The space half a block took belongs to others until the next try. */
		(void)!ftruncate(f->fd, size);
		return r;
	}
	journal_end_append(b, partial);
	b->head.lost_bytes = 0;
	return 0;
}
