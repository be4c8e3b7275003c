/* SPDX-License-Identifier: Apache-2.0 */
/* A directory tree copied into an empty directory: types, owners, modes, times, attributes, hard links, devices, holes. */
#ifndef CTR_STORAGE_COPY_TREE_H
#define CTR_STORAGE_COPY_TREE_H

#include "storage/copy_file.h"

/* from_fd: O_PATH is enough; to_fd: an empty directory. Links are never followed; what is mounted in the tree is not entered (its mount point comes as an
 * empty directory), nor is `to` itself when it lies within. Depth and length of paths have no limit, and the stack stays small.
 * On failure *ret_where is the path within the tree (allocated, may be NULL). 0, -errno, or what check said. */
int copy_tree(int from_fd, int to_fd, copy_check_fn check, void *userdata, char **ret_where);

#endif
