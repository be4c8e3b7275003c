/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a container's log as a reader sees them while they are being rotated. */
#ifndef CTR_CORE_LOG_FILES_H
#define CTR_CORE_LOG_FILES_H

#include "error/error.h"
#include "model/log_index.h"

/* Files after the one being read that are held open, so that a reader who is behind does not lose them to rotation. Bounded: what is held
 * takes its space on disk until then. */
#define LOG_AHEAD 8
#define LOG_LINE_MAX 65536 /* the monitor's are shorter; a longer one is no line of a log */

struct log_source {
	int fd;
	uint64_t ino, generation, first;
};

/* What is there, opened, oldest first, with the numbers of the first lines. Files whose number nobody knows are about to go and are left out. */
struct log_sources {
	size_t n;
	struct log_source files[LOG_FILES_MAX];
	struct log_index index;
};
int log_sources_open(const char *path, unsigned max_files, struct log_sources **ret, ctr_error_t **err);
void log_sources_free(struct log_sources *s);
static inline void cleanup_log_sources_fn(struct log_sources **s)
{
	log_sources_free(*s);
}
#define CLEANUP_SOURCES CLEANUP(cleanup_log_sources_fn)

/* Walks along the lines of one file. */
#define LOG_WALK_BUFFER (256 * 1024)
struct log_walk {
	int fd;
	char *buffer;       /* LOG_WALK_BUFFER bytes, owned */
	size_t start, end;  /* what is in it and has not been handed out */
	size_t searched;    /* of that: has no line end */
	uint64_t offset;    /* in the file, of `end` */
	int skipping;       /* in the middle of a line that is too long */
};
int log_walk_begin(struct log_walk *w); /* 0 or -ENOMEM */
void log_walk_reset(struct log_walk *w);
void log_walk_enter(struct log_walk *w, int fd, uint64_t offset);
/* Where the next line begins. */
uint64_t log_walk_at(const struct log_walk *w);
/* 1: *ret and *ret_len are the next line without its end, valid until the next call; NULL: one that was too long. 0: there is none in the buffer */
int log_walk_line(struct log_walk *w, const char **ret, size_t *ret_len);
/* More of the file into the buffer: bytes, 0 at its end (for now), or -errno */
int log_walk_fill(struct log_walk *w);

#endif
