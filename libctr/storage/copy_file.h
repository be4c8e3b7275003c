/* SPDX-License-Identifier: Apache-2.0 */
/* One entry of a directory, which is no directory, copied with all that belongs to it. */
#ifndef CTR_STORAGE_COPY_FILE_H
#define CTR_STORAGE_COPY_FILE_H

#include <sys/stat.h>

/* Called between pieces of a large file; negative stops the copy and comes back. */
typedef int (*copy_check_fn)(void *userdata);

/* st: of the entry, not followed. The new entry must not exist. 0, -errno, or what check said. */
int copy_entry(int from_dir, int to_dir, const char *name, const struct stat *st, copy_check_fn check, void *userdata);
/* Owner, mode, extended attributes, times from one open file or directory onto another. from_fd may be O_PATH. 0 or -errno */
int copy_attributes(int from_fd, int to_fd, const struct stat *st);

#endif
