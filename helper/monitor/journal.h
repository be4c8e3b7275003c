/* SPDX-License-Identifier: Apache-2.0 */
/* The log journal: blocks of shared memory that outlive the monitor, into which output is read before it is written to a log.
 * One block per (container, run), used by one worker at a time. The keeper holds the fd; the file in run_root also survives the death of both. (owner: log) */
#ifndef CTR_HELPER_MONITOR_JOURNAL_H
#define CTR_HELPER_MONITOR_JOURNAL_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>
#include "model/ident.h"

#define JOURNAL_DATA_SIZE 16384
#define JOURNAL_CANARY_SIZE 16

/* What a block is in the middle of. Each change is one atomic store after the fields it speaks of. */
enum journal_state {
	JOURNAL_IDLE = 0,      /* nothing in it */
	JOURNAL_READING = 1,   /* a read of exactly `want` bytes may have happened: the canary tells */
	JOURNAL_FULL = 2,      /* len bytes of stream `fd` wait to be appended, those after the first `done` are in no file */
	JOURNAL_APPENDING = 3, /* some of them may be in file log_ino behind log_offset */
};
#define JOURNAL_STATE_BITS 8
/* While APPENDING: what is appended begins with a note of lost bytes, up to note_total of them. Afterwards: that note is in the file. */
#define JOURNAL_NOTE (UINT32_C(1) << 31)

struct journal_head {
	_Atomic uint32_t state;              /* enum journal_state; in the bits above, how many of the bytes are in a file for good */
	uint32_t used;                       /* 1: belongs to (id, run) */
	char id[ID_SIZE];
	uint64_t run;
	uint64_t log_ino;
	int64_t log_offset;
	int64_t stamp_ns;                    /* realtime of the read: a replay writes the same line */
	uint64_t seq;                        /* blocks appended so far */
	uint64_t generation;                 /* times the log was rotated */
	uint64_t lost_total;                 /* bytes that were dropped */
	uint64_t told_total;                 /* as many of them the log tells of */
	uint64_t note_total;                 /* … and with JOURNAL_NOTE this many */
	uint32_t stream;                     /* 0 stdout, 1 stderr: of the bytes in data */
	uint32_t want, len;
	_Atomic uint32_t partial;            /* bit per stream: the last line in the file is a P line that still goes on */
	unsigned char canary[JOURNAL_CANARY_SIZE];
};

struct journal_block {
	struct journal_head head;
	unsigned char data[JOURNAL_DATA_SIZE];
};

struct journal;

/* The journal in fd (taken; a memfd or file with a journal of this boot and layout, or empty). NULL: errno says why; -EINVAL content is started anew. */
struct journal *journal_open_fd(int fd);
/* The file `name` beneath dirfd, made when missing (0600), a stale one (other boot) started anew; without dirfd (-1) a memfd. */
struct journal *journal_open(int dirfd, const char *name);
int journal_fd(const struct journal *j); /* borrowed: for the keeper's store */
void journal_free(struct journal *j);    /* unmaps, closes; the content stays */

/* The block of (id, run), a free one when there is none (*ret_fresh 1). NULL: out of memory or space (errno). */
struct journal_block *journal_get(struct journal *j, const char *id, uint64_t run, int *ret_fresh);
/* Nothing of it is needed any more: its memory goes back to the system. */
void journal_put(struct journal *j, struct journal_block *b);
/* Calls fn for each block in use (a new monitor may find runs it no longer has: their bytes still belong into the log, then journal_put). */
void journal_each(struct journal *j, void (*fn)(void *userdata, struct journal_block *b), void *userdata);

/* One read() of what is in the pipe now (at most a block). 1: block is FULL; 0: nothing there; -EPIPE: end of file; -errno */
int journal_read(struct journal_block *b, int fd, uint32_t stream);
/* After a death: settles READING into FULL (canary gone) or IDLE. 1 when there is something to append. */
int journal_recover(struct journal_block *b);
enum journal_state journal_state(const struct journal_block *b);
uint32_t journal_done(const struct journal_block *b);   /* bytes that are in a file: what is appended begins behind them */
uint64_t journal_untold(const struct journal_block *b); /* lost bytes that what is appended next has to tell of */
void journal_begin_append(struct journal_block *b, uint64_t log_ino, int64_t log_offset, int with_note);
/* The first `done` bytes are in files, and nothing of the rest: FULL. Partial flag of the stream as given. */
void journal_part_done(struct journal_block *b, uint32_t done, int partial);
/* All bytes are in the file: IDLE. */
void journal_end_append(struct journal_block *b, int partial);
/* What is in no file is lost and counted: IDLE. Only a death between the two would leave it uncounted. */
void journal_give_up(struct journal_block *b);
/* Makes an idle block one without bytes, so that what is to be told of lost ones comes into the log. */
void journal_tell_lost(struct journal_block *b);

#endif
