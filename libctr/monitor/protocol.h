/* SPDX-License-Identifier: Apache-2.0 */
/* The one definition of what library, ctr-monitor and ctr-keeper say to each other. (owner: mon) */
#ifndef CTR_MONITOR_PROTOCOL_H
#define CTR_MONITOR_PROTOCOL_H

#include <stdint.h>

/* --- Library and monitor: SOCK_SEQPACKET beneath run_root, one JSON object per message, fds beside it.
 *
 * Request {"id": N, "verb": "…", …}; answer {"id": N, …} or {"id": N, "error": {…}} (the text of error_to_json). The first request of a connection is
 * "hello" {"min", "max", "uuid"} -> {"version", "pid", "keeper_pid", "key"}: the highest version both speak. Answers come when they are ready, in any
 * order: the id tells. What a verb's members mean is written at the client function of the same name (monitor/client.h). */
#define PROTOCOL_VERSION_MIN 1
#define PROTOCOL_VERSION_MAX 1
#define PROTOCOL_MSG_MAX (96u * 1024)
#define PROTOCOL_HELLO_NS (1000 * UINT64_C(1000000))
/* A pair that is being started, on a machine that has much else to do */
#define PROTOCOL_START_NS (10000 * UINT64_C(1000000))

/* How long whoever claimed a run has after its end before the agent is asked. */
#define PROTOCOL_GRACE_NS (200 * UINT64_C(1000000))

#define PROTOCOL_NAME_SIZE 112
/* "<key>.sock" beneath run_root; "<key>" in <root>/monitors (the lock, its text is "<monitor pid> <keeper pid>\n"). 0 or -ENAMETOOLONG */
int protocol_socket_name(const char *key, char ret[PROTOCOL_NAME_SIZE]);
#define PROTOCOL_LOCK_DIR "monitors"
/* "<key>.fresh" beside the lock: this pair began with nothing, and nobody has told it yet of every container that its instance had. */
#define PROTOCOL_FRESH_SUFFIX ".fresh"
/* A key is a file's name of letters, digits, '-', '_' and '.', not beginning with '.', at most 96 bytes. */
int protocol_key_is_good(const char *key);

/* Which store a run_root belongs to: a file in it, "UUID\nROOT\n". Memory is the caller's, NULL = out of memory. */
#define PROTOCOL_STORE_MARK "store"
char *protocol_store_mark(const char *uuid, const char *root);

/* --- Starting a pair: the client runs ctr-keeper --root R --run-root RR --key K --uuid U --monitor PATH --agent PATH with this fd: the write end of a
 * pipe. The monitor writes "ready" once it listens; the keeper writes "busy" when another pair holds the lock; the end of file without a word is a
 * failure, and any other text says why. */
#define PROTOCOL_READY_FD 4
#define PROTOCOL_READY "ready"
#define PROTOCOL_BUSY "busy"

/* --- Keeper and monitor: SOCK_SEQPACKET on this fd of the monitor, messages of this struct (only as much text as is used), fds beside it. */
#define PROTOCOL_LINK_FD 3
#define LINK_TEXT_SIZE 512
enum link_kind {
	LINK_PUT = 1,     /* M->K: keep this fd under the name text, in the place of an older one */
	LINK_DROP = 2,    /* M->K: close what is kept under the name text; a name ending in '*': all that begin so */
	LINK_LIST = 3,    /* M->K: send everything kept (LINK_FD), then LINK_END */
	LINK_FORGET = 4,  /* M->K: the status of (pid, start) is on disk */
	LINK_REPLACE = 5, /* M->K: when I exit, go on with the monitor at path text, and with the ctr-keeper beside it */
	LINK_FD = 6,      /* K->M: kept under the name text */
	LINK_STATUS = 7,  /* K->M: I reaped pid (start time start) with this wait status */
	LINK_END = 8,     /* K->M: that was the list */
	LINK_STATUSES = 9, /* M->K: send every status not forgotten (LINK_STATUS), and each further one as it comes */
};
struct link_msg {
	uint32_t kind;
	int32_t pid;
	int32_t status;
	int32_t fd;       /* only in the list a keeper passes on to the keeper it becomes */
	uint64_t start;
	char text[LINK_TEXT_SIZE];
};
#define LINK_MSG_HEAD __builtin_offsetof(struct link_msg, text)

/* Names of fds in the store: the instance's own, and "<id>.<run>.<what>" for a container's. */
#define STORE_TAG_SIZE 128
#define STORE_LOCK "lock"
#define STORE_LISTEN "listen"
#define STORE_JOURNAL "journal"

/* A keeper that continues another one (execve, so its children stay) finds that one's list in the fd --takeover N: struct link_msg, LINK_FD with fd and
 * LINK_STATUS. A monitor that has lost its keeper becomes one in the same way. */

#endif
