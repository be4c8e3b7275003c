/* SPDX-License-Identifier: Apache-2.0 */
/* The closed list of external commands the monitor runs, each built from fields, never from a client's argv. (owner: log) */
#ifndef CTR_HELPER_MONITOR_JOB_RUN_H
#define CTR_HELPER_MONITOR_JOB_RUN_H

#include <stdint.h>
#include <sys/types.h>
#include "error/error.h"
#include "loop.h"

enum job_kind {
	JOB_CREATE = 0, /* RUNTIME … create --bundle B --pid-file P ID */
	JOB_START = 1,  /* RUNTIME … start ID */
	JOB_DELETE = 2, /* RUNTIME … delete --force ID */
	JOB_STATE = 3,  /* RUNTIME … state ID: output in result.text */
	JOB_PAUSE = 4,  /* RUNTIME … pause ID */
	JOB_RESUME = 5, /* RUNTIME … resume ID */
	JOB_UPDATE = 6, /* RUNTIME … update --resources B/resources.json ID */
};

struct job_spec {
	enum job_kind kind;
	const char *id;
	const char *runtime_name, *runtime_path, *runtime_state; /* runtime_state: --root */
	const char *cgroup_manager;     /* "cgroupfs" | "systemd" | "disabled" | "" */
	const char *bundle;             /* create, update */
	/* create only */
	const char *pid_file;           /* absolute path in a directory of ours; read and unlinked when the job ends */
	const char *rootfs_target;      /* with mount_fd: attached there in a mount namespace of the job alone, so no host mount ever needs cleaning */
	int mount_fd;                   /* -1 = none */
	const char *unified_path;       /* set: the job does not see this cgroup2 mount */
	int stdin_fd, stdout_fd, stderr_fd; /* become the container's; -1 = /dev/null; borrowed */
	int watch_fd;                   /* write end of exec_watch_pipe, inherited by the container's first process until its execve; -1 = none; borrowed */
};

struct job_result {
	int wait_status;                /* of the runtime command */
	int cancelled;
	pid_t pid;                      /* create that succeeded: the container's first process (now the monitor's child); else 0 */
	const char *message;            /* the runtime's own words: last error of its JSON log, else what it wrote (bounded, one line end cut); "" */
	const char *text;               /* start, delete, state: all it wrote on stdout and stderr (bounded); create: "" (that is the container's) */
	int log_fd;                     /* create: the runtime's log (a memfd); keep a dup for job_log_message after a failed exec. Borrowed. */
};

struct job;
/* Called once from the loop when the command has ended; the job is gone afterwards. Strings live for the call. */
typedef void (*job_done_fn)(void *userdata, const struct job_result *res);
/* Errors: RUNTIME_NOT_FOUND (no such program), NO_RESOURCES, IO … : fn is then not called. */
int job_start(struct loop *loop, const struct job_spec *spec, job_done_fn fn, void *userdata, struct job **ret, ctr_error_t **err);
/* Kills the command's process group; fn still is called when it has ended. */
void job_cancel(struct job *j);
/* fn is not called any more (the command goes on, its end is still reaped). NULL in, NULL out. */
struct job *job_abandon(struct job *j);
pid_t job_pid(const struct job *j);
enum job_kind job_kind(const struct job *j);

/* The runtime's last error in a create job's log ("" when none), allocated; NULL out of memory. */
char *job_log_message(int log_fd);
/* RUNTIME error with details exit_status, stderr and, when exec_failed, exec_failed=1; the backend classifies from them (behaviour.md 4.3). Returns its code. */
int job_error(const struct job_spec *spec, const struct job_result *res, ctr_error_t **err);
/* The same from loose parts: verb "create" … */
int job_error_text(const char *runtime_name, const char *verb, const char *id, int wait_status, const char *message, int exec_failed, ctr_error_t **err);

#endif
