/* SPDX-License-Identifier: Apache-2.0 */
/* A log that is full becomes PATH.1, and what was that PATH.2 …; the index of numbers beside it is written first. (owner: log) */
#ifndef CTR_HELPER_MONITOR_LOG_ROTATE_H
#define CTR_HELPER_MONITOR_LOG_ROTATE_H

#include "log_file.h"

/* f's file makes room for a fresh one, which is open afterwards. 0, or -errno and all lines are where they were; it can be called again, also
 * by another process after a death in the middle: each step is done, or is seen to be missing. */
int log_rotate(struct log_file *f);
/* The next line will tell of this many lost bytes, the one after `before` more lines. 0 or -errno */
int log_note_gap(struct log_file *f, uint64_t before, uint64_t bytes);
/* Opens the log itself, an empty one when there is none; also where a rotation was cut off before its last step. fd or -errno; *ret_ino */
int log_open_current(const char *path, uint64_t *ret_ino);

#endif
