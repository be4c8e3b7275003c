/* SPDX-License-Identifier: Apache-2.0 */
/* The keeper's fd store as the monitor sees it: what is put there survives the monitor. (owner: mon) */
#ifndef CTR_HELPER_MONITOR_STORE_H
#define CTR_HELPER_MONITOR_STORE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "loop.h"
#include "monitor/protocol.h" /* names of the fds */

struct store;

/* A copy of fd goes to the keeper under tag, in the place of an older one of that tag. fd stays the caller's and must stay open until it is put anew or
 * dropped: a monitor whose keeper has died hands it on itself. */
void store_put(struct store *s, const char *tag, int fd);
/* On from the moment a hand-over begins until it is given up: a slow keeper is waited for. */
void store_be_patient(struct store *s, int on);
/* tag ending in '*': all that begin so */
void store_drop(struct store *s, const char *tag);
/* At start: the fd the previous monitor had put under tag, now the caller's; -1 when there is none. It still is in the store. */
int store_take(struct store *s, const char *tag);

struct store_events {
	/* The keeper reaped a process of this (start time 0: not known); store_forget once that needs no remembering. */
	void (*status)(void *userdata, pid_t pid, uint64_t start, int wait_status);
	void (*keeper_died)(void *userdata);
	void *userdata;
};
/* link: the socket to the keeper, taken. Reads the list of fds before it returns. NULL: errno */
struct store *store_new(struct loop *loop, int link, const struct store_events *events);
struct store *store_free(struct store *s);
/* The containers are known: from now on statuses are told, those that waited first. 0 or -errno */
int store_ask_statuses(struct store *s);
/* Calls fn for each tag not taken yet that ends in suffix. */
void store_each(struct store *s, const char *suffix, void (*fn)(void *userdata, const char *tag), void *userdata);
/* Closes what nobody took, there and here. */
void store_drop_rest(struct store *s);
void store_forget(struct store *s, pid_t pid, uint64_t start);
/* When this process exits, the keeper goes on with the monitor at path. 0 or -errno */
int store_replace(struct store *s, const char *path);
/* Everything in the store, inheritable, as the list a keeper takes over; fd or -errno */
int store_list_for_keeper(struct store *s);

#endif
