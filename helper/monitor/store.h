/* SPDX-License-Identifier: Apache-2.0 */
/* The keeper's fd store as the monitor sees it: what is put there survives the monitor. (owner: mon) */
#ifndef CTR_HELPER_MONITOR_STORE_H
#define CTR_HELPER_MONITOR_STORE_H

#include <stddef.h>

#include "monitor/protocol.h"

/* Names: monitor/protocol.h. */
struct store;

/* A copy of fd goes to the keeper under tag, in the place of an older one of that tag. Never waits longer than the keeper's queue needs; without a keeper: nothing. */
void store_put(struct store *s, const char *tag, int fd);
void store_drop(struct store *s, const char *tag);
/* At start: the fd the previous monitor had put under tag, now the caller's; -1 when there is none. */
int store_take(struct store *s, const char *tag);

#endif
