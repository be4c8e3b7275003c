/* SPDX-License-Identifier: Apache-2.0 */
/* One request and its answer on a connection; for the files of this room. */
#ifndef CTR_MONITOR_CLIENT_REQUEST_H
#define CTR_MONITOR_CLIENT_REQUEST_H

#include "monitor/client.h"
#include "os/fd.h"

struct monitor_conn {
	const struct monitor_place *place;
	char key[MONITOR_KEY_SIZE];
	int fd, broken;
	uint64_t next_id, begun; /* begun: the id of what was sent by client_begin and not answered yet, 0 = nothing */
	pid_t pid;
	char *buf; /* PROTOCOL_MSG_MAX + 1 */
};

struct request {
	json_t *msg;                 /* borrowed; gets id and verb */
	const char *verb, *what;     /* "waiting for the monitor to <what>" */
	const int *fds;
	size_t n_fds;
	int again;                   /* asked anew, of a new connection, when this one breaks: the verb means the same twice */
	json_t **ret;                /* may be NULL */
	int *ret_fd;                 /* may be NULL */
};
/* Sends and does not wait. The next client_request on this connection, which must be the same, takes its answer; it also asks anew where this
 * could not be sent. */
int client_begin(struct monitor_conn *c, const struct request *q, const struct op_call *call, ctr_error_t **err);
int client_request(struct monitor_conn *c, const struct request *q, const struct op_call *call, ctr_error_t **err);

/* A ctr-keeper of ours that found the lock held and stands by to take over should that pair be leaving. */
struct client_standby {
	int hear, pidfd; /* -1 = none */
};
void client_standby_end(struct client_standby *standby);
#define CLEANUP_STANDBY CLEANUP(client_standby_end)

/* Starts keeper and monitor; 0 when it listens, or an error. Returns 1 when another pair is there or on its way: *ret_standby is to be kept while its
 * socket is awaited. */
int client_start(const struct monitor_place *place, const char *key, const struct op_call *call, struct client_standby *ret_standby, ctr_error_t **err);
/* The directory that the name run_root means now, a new fd, or -errno. The engine's own may have been deleted since: then it is another one, or made. */
int client_run_root(const struct monitor_place *place);
/* An inotify fd that becomes readable when something appears in run_root, or -errno. */
int client_watch_run_root(const struct monitor_place *place);
/* pid in the lock file, 0 unknown */
pid_t client_lock_pid(const struct monitor_place *place, const char *key);

#endif
