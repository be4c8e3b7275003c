/* SPDX-License-Identifier: Apache-2.0 */
/* Extended attributes from one file to another, by /proc/self/fd paths so that links and devices are never opened. */
#ifndef CTR_STORAGE_XATTR_H
#define CTR_STORAGE_XATTR_H

/* name NULL: the files of the fds themselves (O_PATH is enough); else entry `name` of the directories, links not followed.
 * What the target's file system cannot hold is left out. 0 or -errno */
int xattr_copy(int from_fd, int to_fd, const char *name);

#endif
