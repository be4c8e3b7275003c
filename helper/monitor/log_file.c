/* SPDX-License-Identifier: Apache-2.0 */
/* Appending to a log so that a death in the middle can be repeated: the offset is noted first, what is beyond it is cut before the next try.
 * A block that does not fit into the file goes on in the next one; rotation happens only where nothing is begun. */
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
#include "log_rotate.h"
#include "os/fd.h"

#define NOTE_SIZE 256

/* What somebody else left unfinished (a machine that stopped) gets its line's end: the next line must be one of its own. */
static int end_torn_line(int fd, uint64_t size)
{
	char last;

	if (size == 0 || pread(fd, &last, 1, (off_t)size - 1) != 1 || last == '\n')
		return 0;
	return os_write_all(fd, "\n", 1);
}

int log_file_open(struct log_file *f)
{
	int fd;

	if (f->fd >= 0)
		return 0;
	fd = log_open_current(f->path, &f->ino);
	if (fd < 0)
		return fd;
	f->fd = fd;
	f->lines = -1;
	f->is_checked = 0;
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
static size_t note_prefix(const struct journal_head *head, uint64_t lost, char *to, uint64_t *ret_lines)
{
	char prefix[LOG_PREFIX_SIZE];
	size_t n = log_format_prefix(head->stamp_ns, head->stream, prefix);
	int is_cut = (atomic_load_explicit(&head->partial, memory_order_relaxed) & (1u << head->stream)) != 0;
	int len = is_cut ? snprintf(to, LOG_PREFIX_SIZE + 2, "%.*s\n", (int)n, prefix) : 0;

	len += snprintf(to + len, NOTE_SIZE - LOG_PREFIX_SIZE - 2,
			"%.*s[libctr: %" PRIu64 " bytes of output are lost: this log could not be written]\n", (int)n, prefix, lost);
	*ret_lines = is_cut ? 2 : 1;
	return (size_t)len;
}

/* What goes into the file in one step: the note, if there is one to write, and as many lines as there is room for. */
struct part {
	struct log_pieces pieces;
	size_t bytes; /* of the block */
	uint64_t lines, note_lines, lost;
	size_t note_len;
	char note[NOTE_SIZE];
};

static void part_begin(struct part *p, const struct journal_block *b)
{
	log_pieces_begin(&p->pieces, b->data, b->head.len, b->head.stamp_ns, b->head.stream);
	p->pieces.at = journal_done(b);
	p->lost = journal_untold(b);
	p->note_lines = 0;
	p->note_len = p->lost ? note_prefix(&b->head, p->lost, p->note, &p->note_lines) : 0;
}

/* 0: not even the first line fits */
static int part_fit(struct part *p, const struct log_file *f, int64_t size)
{
	int64_t room = f->max_size > 0 ? f->max_size - size - (int64_t)p->note_len : INT64_MAX;

	p->bytes = log_pieces_fitting(&p->pieces, room, size == 0, &p->lines);
	return p->bytes || (p->pieces.at == p->pieces.len && (room >= 0 || size == 0));
}

static int part_write(struct part *p, struct out *o, int *ret_partial)
{
	size_t end = p->pieces.at + p->bytes;
	int r = 0;

	memcpy(o->buffer, p->note, p->note_len);
	o->used = p->note_len;
	while (r == 0 && p->pieces.at < end) {
		r = need(o, LOG_PREFIX_SIZE + LOG_TEXT_MAX + 1);
		if (r == 0)
			o->used += log_pieces_next(&p->pieces, o->buffer + o->used, ret_partial);
	}
	return r == 0 ? flush(o) : r;
}

/* Where the block goes: the noted offset when it was begun in this file, else the end. */
static int position(struct log_file *f, const struct journal_block *b, int64_t *ret_size)
{
	int begun = journal_state(b) == JOURNAL_APPENDING && b->head.log_ino == f->ino;
	struct stat st;
	int r;

	if (fstat(f->fd, &st) < 0)
		return -errno;
	if (begun && st.st_size > b->head.log_offset) {
		if (ftruncate(f->fd, b->head.log_offset) < 0)
			return -errno;
		st.st_size = b->head.log_offset;
	}
	if (!f->is_checked) {
		r = end_torn_line(f->fd, (uint64_t)st.st_size);
		if (r < 0 || fstat(f->fd, &st) < 0)
			return r < 0 ? r : -errno;
		f->is_checked = 1;
	}
	*ret_size = st.st_size;
	return 0;
}

/* One step: as much of the block as one file takes. */
static int append_part(struct log_file *f, struct journal_block *b, struct part *p, char *buffer)
{
	int64_t size = 0;
	int partial = (atomic_load(&b->head.partial) >> b->head.stream) & 1, r = position(f, b, &size);

	part_begin(p, b);
	if (r == 0 && !part_fit(p, f, size)) {
		r = log_rotate(f);
		if (r == 0) {
			b->head.generation++;
			size = 0;
			(void)part_fit(p, f, 0);
		}
	}
	if (r == 0 && p->lost)
		r = log_note_gap(f, p->note_lines - 1, p->lost);
	if (r < 0)
		return r;
	journal_begin_append(b, f->ino, size, p->lost != 0);
	r = part_write(p, &(struct out){.fd = f->fd, .buffer = buffer}, &partial);
	if (r < 0) {
		/* The space half a block took belongs to others until the next try. */
		(void)!ftruncate(f->fd, size);
		return r;
	}
	if (f->lines >= 0)
		f->lines += (int64_t)(p->note_lines + p->lines);
	if (p->pieces.at < p->pieces.len)
		journal_part_done(b, (uint32_t)p->pieces.at, partial);
	else
		journal_end_append(b, partial);
	return 0;
}

int log_file_append(struct log_file *f, struct journal_block *b, char *buffer)
{
	struct part p;
	int r = log_file_open(f);

	while (r == 0 && journal_state(b) != JOURNAL_IDLE)
		r = append_part(f, b, &p, buffer);
	return r;
}
