/* SPDX-License-Identifier: Apache-2.0 */
/* What the keeper keeps, and its link to the monitor. */
#ifndef CTR_HELPER_KEEPER_KEEPER_H
#define CTR_HELPER_KEEPER_KEEPER_H

#include <limits.h>
#include <poll.h>
#include "monitor/protocol.h"
#include "os/fd.h"
#include "os/proc.h"

/* Zero pages cost nothing until they are used. */
#define KEEPER_FDS 32768
#define KEEPER_STATUSES 65536

struct kept_fd {
	char tag[STORE_TAG_SIZE];
	int fd;
};
struct kept_status {
	pid_t pid; /* 0: free */
	int status;
	uint64_t start;
	int sent;
};
struct keeper {
	char **argv, **envp;
	const char *root;
	char monitor_path[PATH_MAX], old_path[PATH_MAX], replace[LINK_TEXT_SIZE];
	pid_t monitor;      /* 0: not running */
	int link;           /* to the monitor, -1 none */
	int listed;         /* it has asked for the list: statuses are sent as they come */
	int next_listed;    /* next fd of the list to be sent, -1: no list under way */
	int ready, ever_ready, told;
	int delay_ms;
	uint64_t started_ns, restart_ns;
	size_t n_fds, n_statuses;
	struct kept_fd fds[KEEPER_FDS];
	struct kept_status statuses[KEEPER_STATUSES];
	struct link_msg in, out;
};

const char *keeper_arg(int argc, char **argv, const char *name);
int keeper_is_linked(int fd, const char *path);
int keeper_put(struct keeper *k, const char *tag, int fd); /* takes fd; 0 or -ENOSPC */
void keeper_add_status(struct keeper *k, pid_t pid, uint64_t start, int status);
int keeper_receive(struct keeper *k);                      /* one message: 0, -EAGAIN, -EPIPE */
void keeper_flush(struct keeper *k);                       /* sends what the monitor has asked for as far as it takes it */
short keeper_events(const struct keeper *k);
/* Becomes the ctr-keeper beside the monitor to go on with; returns when that cannot be, with monitor_path changed. */
void keeper_replace(struct keeper *k);
void keeper_take_over(struct keeper *k, int list); /* the predecessor's list of struct link_msg; closes it */

#endif
