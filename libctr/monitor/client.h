/* SPDX-License-Identifier: Apache-2.0 */
/* The library's side of ctr-monitor: find or start the instance, ask, be told. Messages are defined in monitor/protocol.h. (owner: monitor) */
#ifndef CTR_MONITOR_CLIENT_H
#define CTR_MONITOR_CLIENT_H

#include <stdint.h>
#include "base/json.h"
#include "model/exit_record.h"
#include "op/op.h"

/* Where a store's monitors live. Strings and fds are borrowed and outlive every connection. */
struct monitor_place {
	const char *root, *run_root;  /* absolute paths, shown in the helpers' command lines */
	int root_fd, run_root_fd;
	const char *uuid;             /* the store's */
	const char *keeper_path, *monitor_path, *agent_path;
};

struct monitor_conn;

#define MONITOR_KEY_SIZE 96 /* "shared-<16 hex>" or a container's id */

/* Connects to the instance and says hello (within 1 s, else MONITOR naming its pid). start: starts keeper and monitor when none holds the instance's lock
 * (exactly one pair per instance, whoever races); without start and none there: -> MONITOR with detail reason=not_running. */
int monitor_connect(const struct monitor_place *place, const char *key, int start, const struct op_call *call, struct monitor_conn **ret, ctr_error_t **err);
struct monitor_conn *monitor_conn_close(struct monitor_conn *c);
int monitor_conn_is_good(const struct monitor_conn *c);   /* no error so far: may go back to a pool */
pid_t monitor_conn_pid(const struct monitor_conn *c);
const char *monitor_conn_key(const struct monitor_conn *c);
/* Is the instance's lock (<root>/monitors/<key>) held by anybody? 1 / 0 / negative CTR_ERR_* . Never waits. */
int monitor_is_alive(const struct monitor_place *place, const char *key, ctr_error_t **err);
/* Its pid, 0 when none lives; talks to nobody. */
pid_t monitor_pid(const struct monitor_place *place, const char *key);
/* Has the instance's pair begun with nothing and not been told of all that lives (adopt)? Whoever has told it says monitor_settled. */
int monitor_is_fresh(const struct monitor_place *place, const char *key);
void monitor_settled(const struct monitor_place *place, const char *key);
/* Every instance known on disk: array of {key, alive, pid}. */
int monitor_instances(const struct monitor_place *place, json_t **ret, ctr_error_t **err);

struct monitor_create {
	const char *id, *name;
	uint64_t run;
	const char *bundle;               /* directory with config.json */
	const char *runtime_name, *runtime_path, *runtime_state; /* "crun", "/usr/bin/crun", <root>/runtime/<boot id> */
	const char *cgroup_manager;
	const char *rootfs_target;        /* where mount_fd is attached, in a mount namespace of the create job alone; NULL with mount_fd -1 */
	int mount_fd;                     /* detached mount of the root file system, or -1: root.path is used as it is */
	const char *unified_path;         /* set: the create job must not see this cgroup2 mount (crun on a hybrid host) */
	const char *log_driver, *log_path; int64_t log_max_size; int log_max_files; /* "k8s-file" | "none" | "passthrough"; -1 = no limit; 0 = 1 */
	int use_stdio, stdin_fd, stdout_fd, stderr_fd;           /* the caller's fds instead of pipes and log; -1 = /dev/null */
	int open_stdin;                   /* keep a pipe open as stdin */
	uint64_t limit_ns;                /* SIGKILL when it has run that long, counted from start; 0 = no limit */
	int limit_all;                    /* to every process of its cgroup */
};
struct monitor_created {
	pid_t pid;
	uint64_t pid_start, pid_inode;
	int pidfd;                        /* the caller's, close it */
	char *cgroups;                    /* os_cgroup_paths text, read between create and start; free() */
};
/* Job runtime_create. RUNTIME, COMMAND_NOT_FOUND, COMMAND_NOT_EXECUTABLE …: classified by the runtime backend from details exit_status, stderr. */
/* The begin of these two sends and does not wait; the verb itself, with the same arguments on the same connection, then takes the answer. Until
 * then the connection is good for nothing else. */
int monitor_create_begin(struct monitor_conn *c, const struct monitor_create *what, const struct op_call *call, ctr_error_t **err);
int monitor_create(struct monitor_conn *c, const struct monitor_create *what, const struct op_call *call, struct monitor_created *ret, ctr_error_t **err);
/* Job runtime_start; answers once the command's execve succeeded (no polling), or with the error of the exec (details exec_errno or stderr). */
int monitor_start_begin(struct monitor_conn *c, const char *id, uint64_t run, const struct op_call *call, ctr_error_t **err);
int monitor_start(struct monitor_conn *c, const char *id, uint64_t run, const struct op_call *call, ctr_error_t **err);
/* Sends signal now and SIGKILL after timeout_ns (UINT64_MAX = never), also when this client goes away or the monitor is replaced. Thaws first when frozen. Returns at once. */
int monitor_stop(struct monitor_conn *c, const char *id, uint64_t run, int signal, uint64_t timeout_ns, int kill_all, const struct op_call *call, ctr_error_t **err);
int monitor_signal(struct monitor_conn *c, const char *id, uint64_t run, int signal, const struct op_call *call, ctr_error_t **err);
/* A pidfd of the container's first process; NO_SUCH_CONTAINER when the monitor does not hold this run. */
int monitor_pidfd(struct monitor_conn *c, const char *id, uint64_t run, int *ret_fd, const struct op_call *call, ctr_error_t **err);
/* Job runtime_delete --force; then the cgroup must be empty and the pidfd dead, else kill through the cgroup: only then 0. Idempotent. */
struct monitor_delete {
	const char *id; uint64_t run;
	const char *runtime_name, *runtime_path, *runtime_state, *cgroup_manager, *cgroups; /* cgroups: saved text, "" unknown */
	const char *unified_path;
	pid_t pid; uint64_t pid_start;
};
int monitor_delete(struct monitor_conn *c, const struct monitor_delete *what, const struct op_call *call, ctr_error_t **err);
/* After cleanup: the monitor forgets the run (closes its log, frees its memory). */
int monitor_forget(struct monitor_conn *c, const char *id, uint64_t run, const struct op_call *call, ctr_error_t **err);
/* "I will clean up after this run": the agent is not started while the claim is renewed by an open connection with a job or 200 ms after exit (architecture.md 1). */
int monitor_claim(struct monitor_conn *c, const char *id, uint64_t run, const struct op_call *call, ctr_error_t **err);
int monitor_unclaim(struct monitor_conn *c, const char *id, uint64_t run, ctr_error_t **err);
/* Is a job running for this container? Waits for it to end (or cancels it: kills its process group). */
int monitor_job_wait(struct monitor_conn *c, const char *id, int cancel, const struct op_call *call, ctr_error_t **err);
/* verb: "pause", "resume", or "update" (of <bundle>/resources.json): the runtime's command of that name, waited for. */
int monitor_change(struct monitor_conn *c, const char *verb, const char *id, uint64_t run, const struct op_call *call, ctr_error_t **err);
/* The null runtime's clock: writes the exit record of (id, run) after delay_ns with this code and signal (0 none), unless it is written already. */
int monitor_null_exit(struct monitor_conn *c, const char *id, uint64_t run, int32_t code, int32_t signal, uint64_t delay_ns, const struct op_call *call, ctr_error_t **err);
/* The restart of (id, run) is due after delay_ns: then the agent is asked, also by a monitor after this one. Told again, the last word
 * counts; monitor_forget takes it back. The run has ended and been cleaned up after: what the monitor held of it is let go. */
int monitor_restart_at(struct monitor_conn *c, const char *id, uint64_t run, uint64_t delay_ns, const struct op_call *call, ctr_error_t **err);
/* A container that lives without a monitor (both died): everything the monitor needs to re-adopt it. */
struct monitor_adopt {
	const char *id, *name; uint64_t run;
	pid_t pid; uint64_t pid_start, pid_inode;
	const char *cgroups, *log_driver, *log_path; int64_t log_max_size; int log_max_files;
	const char *runtime_name, *runtime_path, *runtime_state, *bundle, *cgroup_manager;
	uint64_t limit_ns, ran_ns; int limit_all; /* limit_ns as in create; ran_ns of it have passed */
	const char *restart_hint;    /* reserved for the order-2 policies; "" */
};
int monitor_adopt(struct monitor_conn *c, const struct monitor_adopt *what, const struct op_call *call, ctr_error_t **err);
/* {key, pid, keeper_pid, containers, version} */
int monitor_info(struct monitor_conn *c, json_t **ret, const struct op_call *call, ctr_error_t **err);
/* Ask the keeper to replace the monitor by the binary at `path` (NULL: the same path), fds handed over; answers after the new one's hello. */
int monitor_upgrade(struct monitor_conn *c, const char *path, const struct op_call *call, ctr_error_t **err);

#endif
