/* SPDX-License-Identifier: Apache-2.0 */
/* Within this room: reading an open file whole. */
#ifndef CTR_OS_READ_H
#define CTR_OS_READ_H

#include <stddef.h>

/* -EINVAL when it is no regular file, -EFBIG when longer than max; NUL added after the end. */
int os_read_regular(int fd, size_t max, char **ret, size_t *ret_len_or_null);

#endif
