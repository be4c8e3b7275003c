/* SPDX-License-Identifier: Apache-2.0 */
/* Snapshots of what a container is at one moment. They are immutable: to see changes, ask for a new one. */
#ifndef LIBCTR_STATUS_H
#define LIBCTR_STATUS_H

#include <libctr/types.h>
#include <libctr/error.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ctr_status ctr_status_t;

/* Exit code of a run that has none: it goes on, or its record was lost. */
#define CTR_EXIT_UNKNOWN (-1)

/* The states, with the words of ctr_state_name(), which are Podman's. */
typedef int32_t ctr_state_t;
enum {
	CTR_STATE_UNKNOWN = 0,	  /* unknown */
	CTR_STATE_CONFIGURED = 1, /* created: in the store only */
	CTR_STATE_CREATED = 2,	  /* initialized: all is ready, the command has not been started */
	CTR_STATE_RUNNING = 3,	  /* running */
	CTR_STATE_STOPPED = 4,	  /* stopped: the run has ended and is not cleaned up yet */
	CTR_STATE_PAUSED = 5,	  /* paused */
	CTR_STATE_EXITED = 6,	  /* exited: ended and cleaned up */
	CTR_STATE_REMOVING = 7,	  /* removing */
	CTR_STATE_STOPPING = 8	  /* stopping: a stop is under way */
};

/* Health: "", starting, healthy, unhealthy, reset, stopped. */
typedef int32_t ctr_health_t;
enum {
	CTR_HEALTH_NONE = 0, /* no health check */
	CTR_HEALTH_STARTING = 1,
	CTR_HEALTH_HEALTHY = 2,
	CTR_HEALTH_UNHEALTHY = 3,
	CTR_HEALTH_RESET = 4,
	CTR_HEALTH_STOPPED = 5
};

/**
 * ctr_state_name - a state's word
 * @state: one of CTR_STATE_*
 *
 * Returns: constant text, never NULL; "unknown" for other numbers
 * Errors: none
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API const char *ctr_state_name(ctr_state_t state);

/**
 * ctr_state_from_name - the state of a word
 * @name: one of the words of ctr_state_name()
 * @ret: the state
 * @err: error, may be NULL
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (NULL, no such word)
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_state_from_name(const char *name, ctr_state_t *ret, ctr_error_t **err);

/**
 * ctr_status_ref - takes a reference
 * @s: the snapshot, may be NULL
 *
 * Returns: s
 * Errors: none
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API ctr_status_t *ctr_status_ref(ctr_status_t *s);

/**
 * ctr_status_unref - gives a reference back; with the last one the snapshot and its texts go
 * @s: (taken) the snapshot, may be NULL
 *
 * Returns: NULL
 * Errors: none
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API ctr_status_t *ctr_status_unref(ctr_status_t *s);

/**
 * ctr_status_id - the id: 64 lower-case hexadecimal digits
 * @s: the snapshot, may be NULL
 *
 * Returns: text borrowed from s; "" for NULL
 * Errors: none
 * Threads: any thread, snapshots are immutable
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API const char *ctr_status_id(const ctr_status_t *s);

/**
 * ctr_status_name - the name at that moment
 * @s: the snapshot, may be NULL
 *
 * Returns: text borrowed from s; "" for NULL
 * Errors: none
 * Threads: any thread, snapshots are immutable
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API const char *ctr_status_name(const ctr_status_t *s);

/**
 * ctr_status_image - the image it was made from
 * @s: the snapshot, may be NULL
 *
 * Returns: text borrowed from s; "" for a root file system, and for NULL
 * Errors: none
 * Threads: any thread, snapshots are immutable
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API const char *ctr_status_image(const ctr_status_t *s);

/**
 * ctr_status_pod_id - the pod it belongs to
 * @s: the snapshot, may be NULL
 *
 * Returns: text borrowed from s; "" without one, and for NULL
 * Errors: none
 * Threads: any thread, snapshots are immutable
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API const char *ctr_status_pod_id(const ctr_status_t *s);

/**
 * ctr_status_error - why the last start or stop failed, or "monitor lost"
 * @s: the snapshot, may be NULL
 *
 * Returns: text borrowed from s; "" when nothing failed, and for NULL
 * Errors: none
 * Threads: any thread, snapshots are immutable
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API const char *ctr_status_error(const ctr_status_t *s);

/**
 * ctr_status_runtime - the name of its runtime
 * @s: the snapshot, may be NULL
 *
 * Returns: text borrowed from s; "" for NULL
 * Errors: none
 * Threads: any thread, snapshots are immutable
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API const char *ctr_status_runtime(const ctr_status_t *s);

/**
 * ctr_status_log_path - the path of its log
 * @s: the snapshot, may be NULL
 *
 * Returns: text borrowed from s; "" when it has none, and for NULL
 * Errors: none
 * Threads: any thread, snapshots are immutable
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API const char *ctr_status_log_path(const ctr_status_t *s);

/**
 * ctr_status_label - the value of one label
 * @s: the snapshot, may be NULL
 * @key: the label; NULL is none
 *
 * Returns: text borrowed from s; NULL when there is no such label, or for NULL
 * Errors: none
 * Threads: any thread, snapshots are immutable
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API const char *ctr_status_label(const ctr_status_t *s, const char *key);

/**
 * ctr_status_state - the state
 * @s: the snapshot, may be NULL
 *
 * Returns: one of CTR_STATE_*; CTR_STATE_UNKNOWN for NULL
 * Errors: none
 * Threads: any thread, snapshots are immutable
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API ctr_state_t ctr_status_state(const ctr_status_t *s);

/**
 * ctr_status_health - the health
 * @s: the snapshot, may be NULL
 *
 * Returns: one of CTR_HEALTH_*; CTR_HEALTH_NONE for NULL
 * Errors: none
 * Threads: any thread, snapshots are immutable
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API ctr_health_t ctr_status_health(const ctr_status_t *s);

/**
 * ctr_status_pid - its first process, as seen from the process that asked
 * @s: the snapshot, may be NULL
 *
 * Returns: the pid; 0 when there is none, and for NULL
 * Errors: none
 * Threads: any thread, snapshots are immutable
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int32_t ctr_status_pid(const ctr_status_t *s);

/**
 * ctr_status_exit_code - how the last ended run ended
 * @s: the snapshot, may be NULL
 *
 * Returns: 0 to 255, 128 + signal for a run ended by a signal; CTR_EXIT_UNKNOWN until ctr_status_exit_known(); 0 for
 * NULL
 * Errors: none
 * Threads: any thread, snapshots are immutable
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int32_t ctr_status_exit_code(const ctr_status_t *s);

/**
 * ctr_status_exit_signal - the signal that ended the last ended run
 * @s: the snapshot, may be NULL
 *
 * Returns: the number; 0 when it was none, and for NULL
 * Errors: none
 * Threads: any thread, snapshots are immutable
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int32_t ctr_status_exit_signal(const ctr_status_t *s);

/**
 * ctr_status_exit_known - whether the exit code is known
 * @s: the snapshot, may be NULL
 *
 * Returns: 1 or 0; 0 for NULL
 * Errors: none
 * Threads: any thread, snapshots are immutable
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_status_exit_known(const ctr_status_t *s);

/**
 * ctr_status_oom_killed - whether the last ended run met its memory limit
 * @s: the snapshot, may be NULL
 *
 * Returns: 1 or 0; 0 for NULL
 * Errors: none
 * Threads: any thread, snapshots are immutable
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_status_oom_killed(const ctr_status_t *s);

/**
 * ctr_status_stopped_by_user - whether a stop or kill asked for the end
 * @s: the snapshot, may be NULL
 *
 * Returns: 1 or 0; 0 for NULL
 * Errors: none
 * Threads: any thread, snapshots are immutable
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_status_stopped_by_user(const ctr_status_t *s);

/**
 * ctr_status_mounted - whether its root file system is mounted
 * @s: the snapshot, may be NULL
 *
 * Returns: 1 or 0; 0 for NULL
 * Errors: none
 * Threads: any thread, snapshots are immutable
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_status_mounted(const ctr_status_t *s);

/**
 * ctr_status_terminal - whether it has a terminal
 * @s: the snapshot, may be NULL
 *
 * Returns: 1 or 0; 0 for NULL
 * Errors: none
 * Threads: any thread, snapshots are immutable
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_status_terminal(const ctr_status_t *s);

/**
 * ctr_status_auto_remove - whether it is removed once it has ended
 * @s: the snapshot, may be NULL
 *
 * Returns: 1 or 0; 0 for NULL
 * Errors: none
 * Threads: any thread, snapshots are immutable
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_status_auto_remove(const ctr_status_t *s);

/**
 * ctr_status_created_ns - when it was created
 * @s: the snapshot, may be NULL
 *
 * Returns: nanoseconds since 1970 UTC; 0 for NULL
 * Errors: none
 * Threads: any thread, snapshots are immutable
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int64_t ctr_status_created_ns(const ctr_status_t *s);

/**
 * ctr_status_started_ns - when its current or last run began
 * @s: the snapshot, may be NULL
 *
 * Returns: nanoseconds since 1970 UTC; 0 = never, and for NULL
 * Errors: none
 * Threads: any thread, snapshots are immutable
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int64_t ctr_status_started_ns(const ctr_status_t *s);

/**
 * ctr_status_finished_ns - when its last ended run ended
 * @s: the snapshot, may be NULL
 *
 * Returns: nanoseconds since 1970 UTC; 0 = never, and for NULL
 * Errors: none
 * Threads: any thread, snapshots are immutable
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int64_t ctr_status_finished_ns(const ctr_status_t *s);

/**
 * ctr_status_restart_count - how often its restart policy has started it again
 * @s: the snapshot, may be NULL
 *
 * Returns: the number; 0 for NULL
 * Errors: none
 * Threads: any thread, snapshots are immutable
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API uint32_t ctr_status_restart_count(const ctr_status_t *s);

/**
 * ctr_status_run - the number of its current or last run; every init draws a new one
 * @s: the snapshot, may be NULL
 *
 * Returns: the number; 0 = none, and for NULL
 * Errors: none
 * Threads: any thread, snapshots are immutable
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API uint64_t ctr_status_run(const ctr_status_t *s);

/**
 * ctr_status_to_json - the snapshot as JSON: the list entry of podman ps
 * @s: the snapshot
 * @ret_json: one JSON object for ctr_free()
 * @err: error, may be NULL
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG, CTR_ERR_NO_MEMORY
 * Threads: any thread, snapshots are immutable
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_status_to_json(const ctr_status_t *s, char **ret_json, ctr_error_t **err);

#ifdef __cplusplus
}
#endif

#endif
