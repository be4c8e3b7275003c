/* SPDX-License-Identifier: Apache-2.0 */
/* Containers: make, find and list them, run them, wait for their end, stop and remove them.
 *
 * A handle is bound to the container's id and may be used by any number of threads at once; so may several handles,
 * in several processes. Operations that change one container take its turn one after the other; reading never waits
 * for them. Once a container is removed, by anyone, its handles answer id, name, wait, exit_fd, ref, unref, and 0 for
 * remove; everything else is CTR_ERR_REMOVED, which therefore every function below with a container may answer.
 *
 * The host process: containers are never its children. It gets exit codes whatever it does with SIGCHLD, its own end
 * does not end them, and descriptors it passes in are borrowed, duplicated and never closed. */
#ifndef LIBCTR_CONTAINER_H
#define LIBCTR_CONTAINER_H

#include <libctr/types.h>
#include <libctr/error.h>
#include <libctr/op.h>
#include <libctr/engine.h>
#include <libctr/spec.h>
#include <libctr/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ctr_container ctr_container_t;
typedef struct ctr_container_list ctr_container_list_t;

/* The callback of ctr_container_batch(). */
typedef int (*ctr_batch_fn)(ctr_container_t *batched, void *userdata, ctr_error_t **err);

/* struct ctr_stop_opts.timeout_s: never SIGKILL. */
#define CTR_STOP_FOREVER UINT32_MAX

/* struct ctr_wait_opts.conditions: bits, any of which ends the wait. The plain numbers, for languages without macros:
 * UNKNOWN 1, CONFIGURED 2, CREATED 4, RUNNING 8, STOPPED 16, PAUSED 32, EXITED 64, REMOVING 128, STOPPING 256,
 * REMOVED 4294967296, HEALTHY 8589934592, UNHEALTHY 17179869184, NEXT_EXIT 34359738368. */
#define CTR_WAIT_STATE(s) (UINT64_C(1) << (s))
#define CTR_WAIT_REMOVED (UINT64_C(1) << 32)
#define CTR_WAIT_HEALTHY (UINT64_C(1) << 33)
#define CTR_WAIT_UNHEALTHY (UINT64_C(1) << 34)
#define CTR_WAIT_NEXT_EXIT (UINT64_C(1) << 35)

/* For init and start. All zero but size = defaults. Version 1: 32 bytes. */
struct ctr_start_opts {
	size_t size;	   /* sizeof(struct ctr_start_opts) */
	int32_t recursive; /* 1: start what it depends on first; 0: all of that must be running */
	int32_t use_stdio; /* 1: the three descriptors below become the command's; what goes to them is not logged */
	int32_t stdin_fd;  /* read only with use_stdio; -1 = /dev/null; duplicated, stays the caller's */
	int32_t stdout_fd; /* likewise */
	int32_t stderr_fd; /* likewise */
	int32_t reserved1; /* 0 */
};

/* For stop. All zero but size = defaults. Version 1: 16 bytes. */
struct ctr_stop_opts {
	size_t size;	    /* sizeof(struct ctr_stop_opts) */
	uint32_t timeout_s; /* seconds from the stop signal to SIGKILL; CTR_STOP_FOREVER = never SIGKILL */
	int32_t timeout_set; /* with timeout_s 0: 0 = the container's own stop timeout, 1 = SIGKILL at once */
};

/* For remove. All zero but size = defaults. Version 1: 32 bytes. */
struct ctr_remove_opts {
	size_t size;	     /* sizeof(struct ctr_remove_opts) */
	int32_t force;	     /* 1: from every state; a running container is stopped first */
	int32_t volumes;     /* 1: its anonymous volumes too */
	int32_t depend;	     /* 1: what depends on it too, first; with an infra container its whole pod */
	int32_t timeout_set; /* with force, as in struct ctr_stop_opts */
	uint32_t timeout_s;  /* with force, as in struct ctr_stop_opts */
	uint32_t reserved1;  /* 0 */
};

/* For wait. All zero but size = defaults. Version 1: 16 bytes. */
struct ctr_wait_opts {
	size_t size;	     /* sizeof(struct ctr_wait_opts) */
	uint64_t conditions; /* CTR_WAIT_* bits, any of which ends the wait; 0: STOPPED or EXITED, the end of the run */
};

/* For lists. All zero but size = everything. Version 1: 24 bytes. */
struct ctr_list_opts {
	size_t size;	     /* sizeof(struct ctr_list_opts) */
	const char *filters; /* a JSON object {key: [value, …]}, borrowed; NULL: all, also stopped ones */
	size_t filters_len;  /* bytes of filters, or CTR_STRLEN */
};

/**
 * ctr_start_opts_init - zeroes an option struct and sets its size
 * @opts: the struct; NULL does nothing
 * @size: sizeof(struct ctr_start_opts) as the caller knows it
 *
 * Returns: nothing
 * Errors: none; a size below sizeof(size_t) does nothing
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API void ctr_start_opts_init(struct ctr_start_opts *opts, size_t size);

/**
 * ctr_stop_opts_init - zeroes an option struct and sets its size
 * @opts: the struct; NULL does nothing
 * @size: sizeof(struct ctr_stop_opts) as the caller knows it
 *
 * Returns: nothing
 * Errors: none; a size below sizeof(size_t) does nothing
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API void ctr_stop_opts_init(struct ctr_stop_opts *opts, size_t size);

/**
 * ctr_remove_opts_init - zeroes an option struct and sets its size
 * @opts: the struct; NULL does nothing
 * @size: sizeof(struct ctr_remove_opts) as the caller knows it
 *
 * Returns: nothing
 * Errors: none; a size below sizeof(size_t) does nothing
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API void ctr_remove_opts_init(struct ctr_remove_opts *opts, size_t size);

/**
 * ctr_wait_opts_init - zeroes an option struct and sets its size
 * @opts: the struct; NULL does nothing
 * @size: sizeof(struct ctr_wait_opts) as the caller knows it
 *
 * Returns: nothing
 * Errors: none; a size below sizeof(size_t) does nothing
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API void ctr_wait_opts_init(struct ctr_wait_opts *opts, size_t size);

/**
 * ctr_list_opts_init - zeroes an option struct and sets its size
 * @opts: the struct; NULL does nothing
 * @size: sizeof(struct ctr_list_opts) as the caller knows it
 *
 * Returns: nothing
 * Errors: none; a size below sizeof(size_t) does nothing
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API void ctr_list_opts_init(struct ctr_list_opts *opts, size_t size);

/**
 * ctr_container_create - makes a container from a spec; nothing runs yet
 * @engine: the engine
 * @spec: what it shall be; copied
 * @op: limits, may be NULL
 * @ret: the container, for ctr_container_unref()
 * @err: error, may be NULL
 *
 * The new container is in state CTR_STATE_CONFIGURED and survives the process and a reboot.
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (a value or a combination is wrong, no command, relative path),
 * CTR_ERR_UNSUPPORTED_OPTION, CTR_ERR_NOT_SUPPORTED, CTR_ERR_NAME_IN_USE, CTR_ERR_NO_SUCH_FILE (rootfs, a mount
 * source), CTR_ERR_NO_SUCH_POD, CTR_ERR_NO_SUCH_CONTAINER (one that it depends on), CTR_ERR_AMBIGUOUS (either),
 * CTR_ERR_DEPENDENCY_CYCLE, CTR_ERR_STATE_INVALID (a dependency is being removed), CTR_ERR_PERMISSION,
 * CTR_ERR_RUNTIME_NOT_FOUND, CTR_ERR_NO_SPACE, CTR_ERR_NO_RESOURCES, CTR_ERR_STORAGE, CTR_ERR_IO,
 * CTR_ERR_STORE_DAMAGED, CTR_ERR_TIMEOUT, CTR_ERR_CANCELLED, CTR_ERR_INTERRUPTED.
 * Nothing is made and the name stays free, also when the call is cancelled or the process is killed in it
 * Threads: any thread
 * Op class: control
 * Since: 0.1
 */
CTR_API int ctr_container_create(ctr_engine_t *engine, const ctr_spec_t *spec, ctr_op_t *op, ctr_container_t **ret,
				 ctr_error_t **err);

/**
 * ctr_container_open - finds a container
 * @engine: the engine
 * @name_or_id: the exact name, which wins over everything; else the id or a prefix that fits one id only. One leading
 * "/" is dropped first
 * @ret: the container, for ctr_container_unref()
 * @err: error, may be NULL
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (NULL, empty), CTR_ERR_NO_SUCH_CONTAINER, CTR_ERR_AMBIGUOUS, CTR_ERR_STORE_DAMAGED,
 * CTR_ERR_IO; nothing changes
 * Threads: any thread
 * Op class: none, never waits for another process
 * Since: 0.1
 */
CTR_API int ctr_container_open(ctr_engine_t *engine, const char *name_or_id, ctr_container_t **ret, ctr_error_t **err);

/**
 * ctr_container_ref - takes a reference
 * @c: the container, may be NULL
 *
 * Returns: c
 * Errors: none
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API ctr_container_t *ctr_container_ref(ctr_container_t *c);

/**
 * ctr_container_unref - gives a reference back; the container itself is not touched
 * @c: (taken) the container, may be NULL
 *
 * In a forked child only memory is freed.
 *
 * Returns: NULL
 * Errors: none
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API ctr_container_t *ctr_container_unref(ctr_container_t *c);

/**
 * ctr_container_id - the id: 64 lower-case hexadecimal digits
 * @c: the container, may be NULL
 *
 * Returns: text borrowed from c; "" for NULL
 * Errors: none; works after removal too
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API const char *ctr_container_id(const ctr_container_t *c);

/**
 * ctr_container_name - the name the container had when this handle was made; ctr_status_name() is the present one
 * @c: the container, may be NULL
 *
 * Returns: text borrowed from c; "" for NULL
 * Errors: none; works after removal too
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API const char *ctr_container_name(const ctr_container_t *c);

/**
 * ctr_container_init - prepares everything up to the moment before the command runs: namespaces, mounts, cgroup,
 * first process
 * @c: the container
 * @opts: stdio; borrowed for the call; NULL = defaults
 * @op: limits, may be NULL
 * @err: error, may be NULL
 *
 * From configured, stopped or exited to CTR_STATE_CREATED. Begins a new run: exit code and times of the last one are
 * cleared. Descriptors given here are those of the run; ctr_container_start() then needs none. What it depends on runs
 * first, as for ctr_container_start().
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG, CTR_ERR_UNSUPPORTED_OPTION (unknown bytes), CTR_ERR_STATE_INVALID (not configured,
 * stopped or exited; a dependency does not run), CTR_ERR_COMMAND_NOT_FOUND, CTR_ERR_COMMAND_NOT_EXECUTABLE, CTR_ERR_RUNTIME,
 * CTR_ERR_RUNTIME_NOT_FOUND, CTR_ERR_MONITOR, CTR_ERR_STORAGE, CTR_ERR_PERMISSION, CTR_ERR_NO_SUCH_FILE,
 * CTR_ERR_NO_SPACE, CTR_ERR_NO_RESOURCES, CTR_ERR_IO, CTR_ERR_REMOVED, CTR_ERR_TIMEOUT, CTR_ERR_CANCELLED,
 * CTR_ERR_INTERRUPTED. The container is configured or exited again, with nothing mounted; only after STATE_INVALID
 * its state is what it was
 * Threads: any thread
 * Op class: control
 * Since: 0.1
 */
CTR_API int ctr_container_init(ctr_container_t *c, const struct ctr_start_opts *opts, ctr_op_t *op, ctr_error_t **err);

/**
 * ctr_container_start - runs the command, after ctr_container_init() when that has not been done
 * @c: the container
 * @opts: stdio; borrowed for the call; NULL = defaults
 * @op: limits, may be NULL
 * @err: error, may be NULL
 *
 * From configured, created, stopped or exited to CTR_STATE_RUNNING. Without use_stdio the output goes to the log of the
 * container. A command that does not exist is an error here, not a run with an exit code.
 *
 * What it depends on (dependencyContainers and shared namespaces of its spec) must be running; the infra container of
 * its pod is started when it does not run. With recursive everything that it depends on, directly or not, is started
 * first, each after what it needs itself and those that do not need each other at the same time. What was started for
 * it keeps running when this call fails.
 *
 * Returns: 0 once the execve of the command has succeeded, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG, CTR_ERR_UNSUPPORTED_OPTION (unknown bytes), CTR_ERR_STATE_INVALID (running, paused,
 * stopping, removing; a dependency does not run or could not be started: detail dependency is its id),
 * CTR_ERR_DEPENDENCY_CYCLE, CTR_ERR_COMMAND_NOT_FOUND, CTR_ERR_COMMAND_NOT_EXECUTABLE, CTR_ERR_RUNTIME,
 * CTR_ERR_RUNTIME_NOT_FOUND, CTR_ERR_MONITOR, CTR_ERR_STORAGE, CTR_ERR_PERMISSION, CTR_ERR_NO_SUCH_FILE,
 * CTR_ERR_NO_SPACE, CTR_ERR_NO_RESOURCES, CTR_ERR_IO, CTR_ERR_REMOVED, CTR_ERR_TIMEOUT, CTR_ERR_CANCELLED,
 * CTR_ERR_INTERRUPTED. There is no run, no exit code: the container is configured or exited again, with nothing
 * mounted; only after STATE_INVALID its state is what it was
 * Threads: any thread
 * Op class: control
 * Since: 0.1
 */
CTR_API int ctr_container_start(ctr_container_t *c, const struct ctr_start_opts *opts, ctr_op_t *op, ctr_error_t **err);

/**
 * ctr_container_kill - sends a signal to the first process of the container
 * @c: the container
 * @signal: number of a signal, 1 to 64
 * @op: limits, may be NULL
 * @err: error, may be NULL
 *
 * SIGKILL returns when the exit record is there, and ends a paused container too; other signals return when sent.
 * Whatever the signal, an end that follows counts as asked for by the user (ctr_status_stopped_by_user()).
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (no such signal), CTR_ERR_STATE_INVALID (not running, paused or stopping),
 * CTR_ERR_REMOVED, CTR_ERR_RUNTIME, CTR_ERR_MONITOR, CTR_ERR_IO; the state is unchanged. CTR_ERR_TIMEOUT,
 * CTR_ERR_CANCELLED, CTR_ERR_INTERRUPTED with SIGKILL: the signal stays sent
 * Threads: any thread
 * Op class: control
 * Since: 0.1
 */
CTR_API int ctr_container_kill(ctr_container_t *c, int signal, ctr_op_t *op, ctr_error_t **err);

/**
 * ctr_container_pause - makes every process of a running container stand still
 * @c: the container
 * @op: limits of the call; NULL = the engine's default timeout
 * @err: error object on failure; may be NULL
 *
 * The cgroup is frozen; where it has no freezer the runtime's own command is used. Nothing in the container runs until
 * unpause: signals are kept until then, except that SIGKILL, stop and remove with force end it all the same. The time
 * of a container of runtime "null" stands still too.
 *
 * Returns: 0, the container is PAUSED, or a negative CTR_ERR_*
 * Errors: CTR_ERR_STATE_INVALID when it is not RUNNING (also when its process has just ended), CTR_ERR_NOT_SUPPORTED
 * when it has no cgroup, CTR_ERR_INVALID_ARG, CTR_ERR_TIMEOUT, CTR_ERR_CANCELLED, CTR_ERR_RUNTIME, CTR_ERR_IO: the
 * container is as it was
 * Threads: any thread
 * Op class: control
 * Since: 0.1
 */
CTR_API int ctr_container_pause(ctr_container_t *c, ctr_op_t *op, ctr_error_t **err);

/**
 * ctr_container_unpause - lets a paused container go on
 * @c: the container
 * @op: limits of the call; NULL = the engine's default timeout
 * @err: error object on failure; may be NULL
 *
 * Signals that came meanwhile are delivered now.
 *
 * Returns: 0, the container is RUNNING (or has ended by such a signal), or a negative CTR_ERR_*
 * Errors: CTR_ERR_STATE_INVALID when it is not PAUSED, CTR_ERR_INVALID_ARG: it is as it was. CTR_ERR_TIMEOUT,
 * CTR_ERR_CANCELLED, CTR_ERR_RUNTIME, CTR_ERR_IO: the next operation finds out whether it is PAUSED or RUNNING
 * Threads: any thread
 * Op class: control
 * Since: 0.1
 */
CTR_API int ctr_container_unpause(ctr_container_t *c, ctr_op_t *op, ctr_error_t **err);

/**
 * ctr_container_stop - asks the container to end with its stop signal and sends SIGKILL when it does not
 * @c: the container
 * @opts: the timeout; borrowed for the call; NULL = that of the container
 * @op: limits, may be NULL
 * @err: error, may be NULL
 *
 * What has ended already counts as stopped by the user from then on (ctr_status_stopped_by_user()).
 *
 * Returns: 0 when it is stopped or exited, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG, CTR_ERR_UNSUPPORTED_OPTION, CTR_ERR_STOPPED (stopped or exited already: often as good
 * as 0), CTR_ERR_STATE_INVALID (configured, removing), CTR_ERR_REMOVED, CTR_ERR_RUNTIME, CTR_ERR_MONITOR, CTR_ERR_IO;
 * the state is unchanged. CTR_ERR_TIMEOUT, CTR_ERR_CANCELLED, CTR_ERR_INTERRUPTED: the container is stopping, SIGKILL
 * comes at the stop timeout all the same; wait, or call again
 * Threads: any thread
 * Op class: stopping
 * Since: 0.1
 */
CTR_API int ctr_container_stop(ctr_container_t *c, const struct ctr_stop_opts *opts, ctr_op_t *op, ctr_error_t **err);

/**
 * ctr_containers_stop_many - stops many containers at once: all are asked before any is waited for
 * @cs: n containers in any order, of any engines; the same one may be there more than once
 * @n: how many, may be 0; there is no limit
 * @opts: the timeout; borrowed for the call; NULL = each container's own
 * @op: limits of the whole call, may be NULL
 * @err: error, may be NULL
 *
 * Takes as long as the slowest of them, and returns when each has ended and has been cleaned up after. One that is stopped,
 * exited or removed already is as good as one that was stopped. Where it fails for some the others are stopped all the
 * same, and the detail "results" of the error is a JSON object {container id: {"code": name, "message": text}}. Not with
 * handles of a batch.
 *
 * Returns: 0 when none of them runs any more, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (cs or one of them is NULL), CTR_ERR_UNSUPPORTED_OPTION, CTR_ERR_STATE_INVALID (a handle of a
 * batch), CTR_ERR_NO_MEMORY, CTR_ERR_FORKED: nothing has changed. CTR_ERR_PARTIAL: those named in the results are as
 * ctr_container_stop() leaves one after the error that is told of it (STATE_INVALID for one that never ran).
 * CTR_ERR_TIMEOUT, CTR_ERR_CANCELLED, CTR_ERR_INTERRUPTED: those that were asked are stopping or stopped, SIGKILL comes at
 * their timeouts all the same; call again
 * Threads: any thread
 * Op class: stopping
 * Since: 0.1
 */
CTR_API int ctr_containers_stop_many(ctr_container_t *const *cs, size_t n, const struct ctr_stop_opts *opts, ctr_op_t *op,
				     ctr_error_t **err);

/**
 * ctr_container_restart - stops the container when it runs, and starts it
 * @c: the container
 * @opts: the timeout of the stop; borrowed for the call; NULL = that of the container
 * @op: limits, may be NULL
 * @err: error, may be NULL
 *
 * One call under the container's lock but for the wait for its end. The restart count begins anew, what a restart policy
 * had planned is withdrawn, and an auto-remove container is not removed between the two runs. One that is initialised
 * is initialised anew. Should the caller die in the middle, the restart is finished all the same.
 *
 * Returns: 0 when it runs (or has run: a short command may have ended), or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG, CTR_ERR_UNSUPPORTED_OPTION, CTR_ERR_STATE_INVALID (paused, stopping, removing; what it
 * needs does not run), CTR_ERR_REMOVED: nothing has changed. Errors of ctr_container_stop(): as after that. CTR_ERR_STOPPED:
 * another call has stopped it meanwhile, and it stays so. Errors of ctr_container_start(): it is exited or configured.
 * CTR_ERR_TIMEOUT, CTR_ERR_CANCELLED, CTR_ERR_INTERRUPTED during the stop: it is stopping, and is started once it has ended
 * Threads: any thread
 * Op class: stopping
 * Since: 0.1
 */
CTR_API int ctr_container_restart(ctr_container_t *c, const struct ctr_stop_opts *opts, ctr_op_t *op, ctr_error_t **err);

/**
 * ctr_container_should_restart - whether the restart policy wants another run after the last one
 * @c: the container
 * @op: limits, may be NULL
 * @ret: 1 or 0
 * @err: error, may be NULL
 *
 * 0 while it runs, after a stop or kill by anyone, without a policy, and with on-failure after code 0 or once
 * restart_tries is used up.
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG, CTR_ERR_REMOVED, CTR_ERR_STORE_DAMAGED, CTR_ERR_IO, CTR_ERR_TIMEOUT, CTR_ERR_CANCELLED,
 * CTR_ERR_INTERRUPTED; nothing changes
 * Threads: any thread
 * Op class: control
 * Since: 0.1
 */
CTR_API int ctr_container_should_restart(ctr_container_t *c, ctr_op_t *op, int *ret, ctr_error_t **err);

/**
 * ctr_container_should_start_on_boot - whether ctr_engine_recover() starts it
 * @c: the container
 * @op: limits, may be NULL
 * @ret: 1 or 0
 * @err: error, may be NULL
 *
 * 1 for one that has been started at some time, with the restart policy always, or unless-stopped and nobody has stopped it.
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG, CTR_ERR_REMOVED, CTR_ERR_STORE_DAMAGED, CTR_ERR_IO; nothing changes
 * Threads: any thread
 * Op class: control
 * Since: 0.1
 */
CTR_API int ctr_container_should_start_on_boot(ctr_container_t *c, ctr_op_t *op, int *ret, ctr_error_t **err);

/**
 * ctr_container_wait - waits for the end of the run, or for other conditions
 * @c: the container
 * @opts: conditions; borrowed for the call; NULL or 0 = stopped or exited
 * @op: limits, may be NULL
 * @ret_code_or_null: exit code of the run, or 128 + signal; CTR_EXIT_UNKNOWN where there is none; NULL when not wanted
 * @err: error, may be NULL
 *
 * Without conditions, or for STOPPED and EXITED together: the run meant is the one current at the call. A configured
 * container, which has no run, gives 0 at once; a created one is waited for. Still answers after removal.
 *
 * With others: met at once when the container is in one of the states; else by the first one it enters after the call
 * began, however short it lasts and whoever brings it about. STOPPED is met once the exit record is there, EXITED once it is
 * cleaned up after. REMOVED is met when the container is gone, NEXT_EXIT by the end of the current run, or of the next one
 * when none is live. The code is that of the run that ended for STOPPED, EXITED and NEXT_EXIT, of the last one for REMOVED, and
 * CTR_EXIT_UNKNOWN for every other state and where no run ever ended.
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (bits that are no conditions), CTR_ERR_NOT_SUPPORTED (HEALTHY, UNHEALTHY),
 * CTR_ERR_NO_SUCH_EXIT_CODE (the record was lost with the monitor; detail "reason" is monitor_lost), CTR_ERR_REMOVED
 * (removed and never run; or removed before it came to a state that was waited for), CTR_ERR_NO_RESOURCES,
 * CTR_ERR_DEADLOCK (from within a batch, for what only others could bring about), CTR_ERR_MONITOR, CTR_ERR_IO,
 * CTR_ERR_TIMEOUT, CTR_ERR_CANCELLED, CTR_ERR_INTERRUPTED; the container is not touched
 * Threads: any thread
 * Op class: waiting
 * Since: 0.1
 */
CTR_API int ctr_container_wait(ctr_container_t *c, const struct ctr_wait_opts *opts, ctr_op_t *op,
			       int32_t *ret_code_or_null, ctr_error_t **err);

/**
 * ctr_container_exit_fd - a descriptor that turns readable when the run has ended
 * @c: the container
 * @ret_fd: (owned by the caller) close-on-exec, 3 or more; for poll only, never read it; close it
 * @err: error, may be NULL
 *
 * POLLIN once the exit record of that run is durable, at once if it is already, and for ever from then on; never
 * because a monitor died. It stands for one run: the next one of a configured or created container, else the current
 * or last one. The removal of a container that never ran makes it readable too.
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG, CTR_ERR_NO_RESOURCES, CTR_ERR_NO_SPACE, CTR_ERR_IO; nothing changes
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_container_exit_fd(ctr_container_t *c, int *ret_fd, ctr_error_t **err);

/**
 * ctr_container_status - what the container is right now
 * @c: the container
 * @op: limits, may be NULL
 * @ret: the snapshot, for ctr_status_unref()
 * @err: error, may be NULL
 *
 * Takes no lock: it answers while others change the container.
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG, CTR_ERR_REMOVED, CTR_ERR_STORE_DAMAGED, CTR_ERR_IO, CTR_ERR_TIMEOUT,
 * CTR_ERR_CANCELLED, CTR_ERR_INTERRUPTED; nothing changes
 * Threads: any thread
 * Op class: control
 * Since: 0.1
 */
CTR_API int ctr_container_status(ctr_container_t *c, ctr_op_t *op, ctr_status_t **ret, ctr_error_t **err);

/**
 * ctr_container_inspect - everything about the container, with the names of podman inspect
 * @c: the container
 * @op: limits, may be NULL
 * @ret_json: one JSON object for ctr_free()
 * @err: error, may be NULL
 *
 * Takes no lock: it answers while others change the container.
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG, CTR_ERR_REMOVED, CTR_ERR_STORE_DAMAGED, CTR_ERR_IO, CTR_ERR_TIMEOUT,
 * CTR_ERR_CANCELLED, CTR_ERR_INTERRUPTED; nothing changes
 * Threads: any thread
 * Op class: control
 * Since: 0.1
 */
CTR_API int ctr_container_inspect(ctr_container_t *c, ctr_op_t *op, char **ret_json, ctr_error_t **err);

/**
 * ctr_container_sync - brings the stored state in line with what the kernel and the runtime say
 * @c: the container
 * @op: limits, may be NULL
 * @err: error, may be NULL
 *
 * Hardly ever needed: every operation does it for itself.
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG, CTR_ERR_REMOVED, CTR_ERR_RUNTIME, CTR_ERR_MONITOR, CTR_ERR_IO, CTR_ERR_TIMEOUT,
 * CTR_ERR_CANCELLED, CTR_ERR_INTERRUPTED; the state is what it was or what it is found to be
 * Threads: any thread
 * Op class: control
 * Since: 0.1
 */
CTR_API int ctr_container_sync(ctr_container_t *c, ctr_op_t *op, ctr_error_t **err);

/**
 * ctr_container_cleanup - gives back what a run leaves: mounts, cgroup, the state of the runtime
 * @c: the container
 * @only_stopped: 0: from every state that has no process; otherwise: only from stopped
 * @op: limits, may be NULL
 * @err: error, may be NULL
 *
 * Happens by itself soon after the end of a run. Stopped becomes exited, created becomes configured. Nothing to do is
 * 0. The end of one that is stopping is waited for.
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG, CTR_ERR_STATE_INVALID (running or paused; with only_stopped anything but stopped),
 * CTR_ERR_REMOVED, CTR_ERR_RUNTIME, CTR_ERR_STORAGE, CTR_ERR_MONITOR, CTR_ERR_IO, CTR_ERR_TIMEOUT, CTR_ERR_CANCELLED,
 * CTR_ERR_INTERRUPTED; what is left can be cleaned up by calling again
 * Threads: any thread
 * Op class: control
 * Since: 0.1
 */
CTR_API int ctr_container_cleanup(ctr_container_t *c, int only_stopped, ctr_op_t *op, ctr_error_t **err);

/**
 * ctr_container_remove - removes the container
 * @c: the container
 * @opts: how; borrowed for the call; NULL = defaults
 * @op: limits, may be NULL
 * @err: error, may be NULL
 *
 * Its log, its writable layer and its place in the store go; a root file system given as a directory stays. The exit
 * code of its last run stays known to handles that exist. A container that others depend on is removed together with them
 * or not at all; one that removes itself stays until they are gone, and is then to be removed.
 *
 * Returns: 0, also when it is removed already, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG, CTR_ERR_UNSUPPORTED_OPTION (unknown bytes), CTR_ERR_STATE_INVALID (running, paused or
 * stopping without force, with depend also of one of the others; unchanged), CTR_ERR_HAS_DEPENDENTS (without depend: detail
 * dependents is a JSON array of their ids, pod for an infra container; unchanged), CTR_ERR_RUNTIME, CTR_ERR_STORAGE, CTR_ERR_MONITOR,
 * CTR_ERR_IO, CTR_ERR_TIMEOUT, CTR_ERR_CANCELLED, CTR_ERR_INTERRUPTED: the container is what it was, or removing:
 * then it goes on being listed, and can be removed by calling again
 * Threads: any thread
 * Op class: stopping
 * Since: 0.1
 */
CTR_API int ctr_container_remove(ctr_container_t *c, const struct ctr_remove_opts *opts, ctr_op_t *op,
				 ctr_error_t **err);

/**
 * ctr_container_rename - gives the container another name
 * @c: the container
 * @name: [a-zA-Z0-9][a-zA-Z0-9_.-]*, at most 253 bytes; one leading "/" is left out
 * @op: limits, may be NULL
 * @err: error, may be NULL
 *
 * In every state but removing; a run goes on untouched, and the host name inside stays. ctr_status_name() is the new name from
 * now on, ctr_container_name() of handles that exist stays what it was. The name it has already is fine.
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (bad name), CTR_ERR_NAME_IN_USE, CTR_ERR_STATE_INVALID (removing), CTR_ERR_DEADLOCK,
 * CTR_ERR_REMOVED, CTR_ERR_NO_SPACE, CTR_ERR_IO, CTR_ERR_TIMEOUT, CTR_ERR_CANCELLED, CTR_ERR_INTERRUPTED; the name is what it
 * was
 * Threads: any thread
 * Op class: control
 * Since: 0.1
 */
CTR_API int ctr_container_rename(ctr_container_t *c, const char *name, ctr_op_t *op, ctr_error_t **err);

/**
 * ctr_container_batch - several calls on one container with nobody in between
 * @c: the container
 * @fn: called once, by this thread, while nobody else can change the container; returns 0, or a negative CTR_ERR_* with *err
 * set where it has something to say; it must return: longjmp and C++ exceptions must not leave it
 * @userdata: for fn, may be NULL
 * @op: limits of getting the container's turn, not of fn; may be NULL
 * @err: error, may be NULL
 *
 * fn gets a batched handle. Calls with it work on the container as the batch found it and as they leave it; what happens to the
 * container by itself meanwhile, such as the end of its process, is seen after ctr_container_sync() with that handle and by
 * status, inspect and wait. The batched handle is valid inside fn and in its thread only, elsewhere it is CTR_ERR_STATE_INVALID;
 * a reference kept beyond fn is memory to be given back, and no more.
 *
 * Inside, the container cannot be removed; one that removes itself at its end does so when the batch is over. Changing it there
 * through another handle of the same thread, or beginning a batch of it once more, is CTR_ERR_DEADLOCK; reading it is fine.
 * stop and kill wait for the end of the run without letting go of the container. Whatever fn does should be quick: others wait
 * for it. What it has changed is durable when the batch returns.
 *
 * Returns: 0; what fn returned when that is negative, with fn's error; CTR_ERR_USER with the detail callback_result when fn
 * returned a positive number; or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG, CTR_ERR_DEADLOCK, CTR_ERR_STATE_INVALID (a batched handle outside of its callback),
 * CTR_ERR_REMOVED, CTR_ERR_RUNTIME, CTR_ERR_MONITOR, CTR_ERR_IO, CTR_ERR_TIMEOUT, CTR_ERR_CANCELLED, CTR_ERR_INTERRUPTED; fn was
 * not called. CTR_ERR_NO_SPACE, CTR_ERR_IO: also when what fn did could not be made durable. What the calls inside fn have done
 * stays done, whatever fn returns
 * Threads: any thread
 * Op class: control
 * Since: 0.1
 */
CTR_API int ctr_container_batch(ctr_container_t *c, ctr_batch_fn fn, void *userdata, ctr_op_t *op, ctr_error_t **err);

/**
 * ctr_container_list - a snapshot of the containers that pass the filters, by creation time, then id
 * @engine: the engine
 * @opts: filters; borrowed for the call; NULL = all, also stopped ones
 * @op: limits, may be NULL
 * @ret: the list, for ctr_container_list_unref()
 * @err: error, may be NULL
 *
 * Filters: {key: [value, …]}; values of one key are alternatives (all labels must hold), keys must all hold. Keys: id
 * (prefix), name (POSIX extended regular expression), label, label!, status, exited, ancestor, before, since, until,
 * volume, pod, network, health, restart-policy, command (regular expression), should-start-on-boot. Takes no lock.
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (malformed filters, unknown key or value), CTR_ERR_UNSUPPORTED_OPTION (ancestor, network,
 * health: not yet), CTR_ERR_NO_SUCH_CONTAINER (before, since), CTR_ERR_STORE_DAMAGED, CTR_ERR_IO, CTR_ERR_TIMEOUT, CTR_ERR_CANCELLED, CTR_ERR_INTERRUPTED; nothing changes
 * Threads: any thread
 * Op class: control
 * Since: 0.1
 */
CTR_API int ctr_container_list(ctr_engine_t *engine, const struct ctr_list_opts *opts, ctr_op_t *op,
			       ctr_container_list_t **ret, ctr_error_t **err);

/**
 * ctr_container_list_count - the number of containers in the list
 * @l: the list, may be NULL
 *
 * Returns: the number; 0 for NULL
 * Errors: none
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API size_t ctr_container_list_count(const ctr_container_list_t *l);

/**
 * ctr_container_list_get - a handle of one container of the list
 * @l: the list, may be NULL
 * @i: 0 up to ctr_container_list_count() - 1
 *
 * Returns: the container, borrowed from the list: ctr_container_ref() keeps it longer; NULL when i is too large, or
 * for NULL
 * Errors: none
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API ctr_container_t *ctr_container_list_get(const ctr_container_list_t *l, size_t i);

/**
 * ctr_container_list_status - what one container was when the list was made; asks nobody
 * @l: the list, may be NULL
 * @i: 0 up to ctr_container_list_count() - 1
 *
 * Returns: the snapshot, borrowed from the list; NULL when i is too large, or for NULL
 * Errors: none
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API const ctr_status_t *ctr_container_list_status(const ctr_container_list_t *l, size_t i);

/**
 * ctr_container_list_ref - takes a reference
 * @l: the list, may be NULL
 *
 * Returns: l
 * Errors: none
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API ctr_container_list_t *ctr_container_list_ref(ctr_container_list_t *l);

/**
 * ctr_container_list_unref - gives a reference back; with the last one the list and what was borrowed from it go
 * @l: (taken) the list, may be NULL
 *
 * Returns: NULL
 * Errors: none
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API ctr_container_list_t *ctr_container_list_unref(ctr_container_list_t *l);

#ifdef __cplusplus
}
#endif

#endif
