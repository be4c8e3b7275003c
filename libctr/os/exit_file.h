/* SPDX-License-Identifier: Apache-2.0 */
/* Exit record files in <root>/exits and the FIFOs that tell who waits. (owner: monitor) */
#ifndef CTR_OS_EXIT_FILE_H
#define CTR_OS_EXIT_FILE_H

#include "model/exit_record.h"

/* One writer for everybody: used by the monitor's side, by the null runtime and by core ("monitor lost"), so that there is one writer.
 * exits_fd: directory <root>/exits. All return 0 or -errno where nothing else is said. */

/* Makes the blank record at its full size; one that is there and sound (blank or ended) is left as it is. */
int exit_file_prepare(int exits_fd, const char *id, uint64_t run);
/* The file must exist (exit_file_prepare), else -ENOENT. -EEXIST when a record is already there: the first writer's word stands.
 * -EAGAIN: another writer is in the middle of it, so a record will be there in a moment. Wakes nobody. */
int exit_file_write(int exits_fd, const struct exit_record *rec);
/* The same for those who may wait a moment: lets the other writer run first, so -EAGAIN means one that is stopped. */
int exit_file_write_after_others(int exits_fd, const struct exit_record *rec);
int exit_file_read(int exits_fd, const char *id, uint64_t run, struct exit_record *ret); /* 1 ended, 0 blank, -ENOENT none, -errno */
int exit_file_wake(int exits_fd, const char *id, uint64_t run);                          /* one byte into the FIFO if somebody has it open */
/* Makes it when missing; O_RDWR|O_NONBLOCK|O_CLOEXEC >= 3; fd or -errno. Ready at once when the record is there already: the record is
 * looked at after the FIFO is open, so no end is missed whoever is first. */
int exit_file_open_fifo(int exits_fd, const char *id, uint64_t run);
void exit_file_remove(int exits_fd, const char *id, uint64_t run);                       /* wakes, then unlinks record and FIFO */

#endif
