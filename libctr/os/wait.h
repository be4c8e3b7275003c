/* SPDX-License-Identifier: Apache-2.0 */
/* The one wait primitive: fds, a deadline, a cancel, an interruption. (owner: found) */
#ifndef CTR_OS_WAIT_H
#define CTR_OS_WAIT_H

#include <poll.h>
#include "op/op.h"

/* Waits until one of fds has an event. Returns the number of fds with revents (> 0), or a negative CTR_ERR_*: TIMEOUT, CANCELLED,
 * INTERRUPTED, IO. `what` completes "… while <what>". Not a cancellation point of pthreads. */
int os_wait_fds(struct pollfd *fds, size_t n, const struct op_call *call, const char *what, ctr_error_t **err);
/* The same for one fd: 0 or negative. */
int os_wait_fd(int fd, short events, const struct op_call *call, const char *what, ctr_error_t **err);

#endif
