/* SPDX-License-Identifier: Apache-2.0 */
/* Exit record files in <root>/exits and the FIFOs that tell who waits. (owner: found) */
#ifndef CTR_OS_EXIT_FILE_H
#define CTR_OS_EXIT_FILE_H

#include "model/exit_record.h"

/* One writer for everybody: used by the monitor's side, by the null runtime and by core ("monitor lost"), so that there is one writer.
 * exits_fd: directory <root>/exits. The file must exist (exit_file_prepare). -EEXIST when a record is already there. */
int exit_file_prepare(int exits_fd, const char *id, uint64_t run);
int exit_file_write(int exits_fd, const struct exit_record *rec);
int exit_file_read(int exits_fd, const char *id, uint64_t run, struct exit_record *ret); /* 1 ended, 0 blank, -ENOENT none, -errno */
int exit_file_wake(int exits_fd, const char *id, uint64_t run);                          /* one byte into the FIFO if somebody has it open */
int exit_file_open_fifo(int exits_fd, const char *id, uint64_t run);                     /* makes it when missing; O_RDWR|O_NONBLOCK|O_CLOEXEC >= 3; fd or -errno */
void exit_file_remove(int exits_fd, const char *id, uint64_t run);                       /* wakes, then unlinks record and FIFO */

#endif
