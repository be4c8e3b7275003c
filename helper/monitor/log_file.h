/* SPDX-License-Identifier: Apache-2.0 */
/* One log: appends journal blocks, rotates when the file would grow too large. Used by one worker at a time. (owner: log) */
#ifndef CTR_HELPER_MONITOR_LOG_FILE_H
#define CTR_HELPER_MONITOR_LOG_FILE_H

#include <stdint.h>
#include "journal.h"

#define LOG_FILE_BUFFER 65536

struct log_file {
	char *path;
	int64_t max_size; /* of each file; <= 0: none */
	int max_files;    /* the one that is written counts; < 2: only that */
	int fd;           /* -1: not open yet */
	uint64_t ino;
	int64_t lines;    /* in the file; -1: not counted yet */
	int is_checked;   /* its last line is whole */
};

/* Opens (makes, 0640) the file when it is not open. 0 or -errno; -EINVAL: not a regular file */
int log_file_open(struct log_file *f);
/* Appends a block that is FULL or APPENDING; 0 and the block IDLE, or -errno and what is not in the file yet waits for the next try.
 * buffer: LOG_FILE_BUFFER bytes */
int log_file_append(struct log_file *f, struct journal_block *b, char *buffer);
void log_file_close(struct log_file *f);

#endif
