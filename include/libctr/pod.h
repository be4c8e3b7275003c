/* SPDX-License-Identifier: Apache-2.0 */
/* Pods: groups of containers that share namespaces and a cgroup, and are started, stopped and removed together.
 *
 * A pod normally has an infra container, which is made with it, holds the shared namespaces and is started before the
 * first member. Containers join a pod at their creation (field "pod" of their spec) and leave it when they are
 * removed. Operations that change a pod take its lock first and then those of its members; so do start, stop and
 * remove of a member. Reading never waits for them.
 *
 * A handle is bound to the pod's id and may be used by any number of threads at once. Once the pod is removed, by
 * anyone, its handles answer id, name, ref, unref, and 0 for remove; everything else is CTR_ERR_REMOVED, which
 * therefore every function below with a pod may answer.
 *
 * A verb over all members goes on past the failure of one. It then answers CTR_ERR_PARTIAL with the detail "results":
 * a JSON object {container id: {"code": name, "message": text}} of those that failed. */
#ifndef LIBCTR_POD_H
#define LIBCTR_POD_H

#include <libctr/types.h>
#include <libctr/error.h>
#include <libctr/op.h>
#include <libctr/engine.h>
#include <libctr/container.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ctr_pod ctr_pod_t;
typedef struct ctr_pod_list ctr_pod_list_t;
typedef struct ctr_pod_status ctr_pod_status_t;

/* What the states of a pod's members add up to, with the words of ctr_pod_state_name(), which are Podman's. Init
 * containers do not count. */
enum {
	CTR_POD_ERROR = 0,    /* Error: a member is being removed, being stopped or in an unknown state */
	CTR_POD_CREATED = 1,  /* Created: no member, or none has been started */
	CTR_POD_RUNNING = 2,  /* Running: all of them */
	CTR_POD_DEGRADED = 3, /* Degraded: some of them run */
	CTR_POD_PAUSED = 4,   /* Paused: all of them */
	CTR_POD_STOPPED = 5,  /* Stopped: some have ended, none runs */
	CTR_POD_EXITED = 6    /* Exited: all have ended */
};

/**
 * ctr_pod_state_name - a pod state's word
 * @state: one of CTR_POD_*
 *
 * Returns: constant text, never NULL; "Error" for other numbers
 * Errors: none
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API const char *ctr_pod_state_name(int32_t state);

/**
 * ctr_pod_create - makes a pod, with its infra container unless the text says no_infra
 * @engine: the engine
 * @json: a JSON object with the fields of Podman's PodSpecGenerator (libctr-pod(7) lists them); "{}" is a pod of
 * defaults
 * @len: bytes of json, or CTR_STRLEN
 * @op: limits, may be NULL
 * @ret: the pod, for ctr_pod_unref()
 * @err: error, may be NULL
 *
 * Nothing runs yet. By default ipc, net and uts are shared, which takes an infra container. The name is generated when
 * none is given; a pod and a container may have the same one.
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (malformed, a value or a combination is wrong), CTR_ERR_UNSUPPORTED_OPTION (a field that
 * is not known or not built yet, with its name), CTR_ERR_NAME_IN_USE, CTR_ERR_NO_SUCH_FILE, CTR_ERR_PERMISSION,
 * CTR_ERR_RUNTIME_NOT_FOUND, CTR_ERR_NO_SPACE, CTR_ERR_NO_RESOURCES, CTR_ERR_STORAGE, CTR_ERR_IO,
 * CTR_ERR_STORE_DAMAGED, CTR_ERR_TIMEOUT, CTR_ERR_CANCELLED, CTR_ERR_INTERRUPTED. Nothing is made and the name stays
 * free, also when the call is cancelled or the process is killed in it
 * Threads: any thread
 * Op class: control
 * Since: 0.1
 */
CTR_API int ctr_pod_create(ctr_engine_t *engine, const char *json, size_t len, ctr_op_t *op, ctr_pod_t **ret,
			   ctr_error_t **err);

/**
 * ctr_pod_open - finds a pod
 * @engine: the engine
 * @name_or_id: the exact name, which wins over everything; else the id or a prefix that fits one id only. One leading
 * "/" is dropped first
 * @ret: the pod, for ctr_pod_unref()
 * @err: error, may be NULL
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (NULL, empty), CTR_ERR_NO_SUCH_POD, CTR_ERR_AMBIGUOUS, CTR_ERR_STORE_DAMAGED,
 * CTR_ERR_IO; nothing changes
 * Threads: any thread
 * Op class: none, never waits for another process
 * Since: 0.1
 */
CTR_API int ctr_pod_open(ctr_engine_t *engine, const char *name_or_id, ctr_pod_t **ret, ctr_error_t **err);

/**
 * ctr_pod_ref - takes a reference
 * @pod: the pod, may be NULL
 *
 * Returns: pod
 * Errors: none
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API ctr_pod_t *ctr_pod_ref(ctr_pod_t *pod);

/**
 * ctr_pod_unref - gives a reference back; the pod itself is not touched
 * @pod: (taken) the pod, may be NULL
 *
 * In a forked child only memory is freed.
 *
 * Returns: NULL
 * Errors: none
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API ctr_pod_t *ctr_pod_unref(ctr_pod_t *pod);

/**
 * ctr_pod_id - the id: 64 lower-case hexadecimal digits
 * @pod: the pod, may be NULL
 *
 * Returns: text borrowed from pod; "" for NULL
 * Errors: none; works after removal too
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API const char *ctr_pod_id(const ctr_pod_t *pod);

/**
 * ctr_pod_name - the name
 * @pod: the pod, may be NULL
 *
 * Returns: text borrowed from pod; "" for NULL
 * Errors: none; works after removal too
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API const char *ctr_pod_name(const ctr_pod_t *pod);

/**
 * ctr_pod_start - starts all members, the infra container first, each after what it depends on
 * @pod: the pod
 * @op: limits, may be NULL
 * @err: error, may be NULL
 *
 * Init containers run before all others, one after the other, each to its end. Members that run already are left
 * alone.
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (NULL), CTR_ERR_PARTIAL (some were not started; the others run), CTR_ERR_REMOVED,
 * CTR_ERR_IO, CTR_ERR_STORE_DAMAGED, CTR_ERR_TIMEOUT, CTR_ERR_CANCELLED, CTR_ERR_INTERRUPTED (what was started runs)
 * Threads: any thread
 * Op class: control
 * Since: 0.1
 */
CTR_API int ctr_pod_start(ctr_pod_t *pod, ctr_op_t *op, ctr_error_t **err);

/**
 * ctr_pod_stop - stops all members, dependents before what they depend on
 * @pod: the pod
 * @opts: the time from stop signal to SIGKILL; NULL = each container's own
 * @op: limits, may be NULL
 * @err: error, may be NULL
 *
 * Members that do not run are left alone. Stops that were requested go on when the call ends early.
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG, CTR_ERR_UNSUPPORTED_OPTION (unknown bytes in opts), CTR_ERR_PARTIAL (some could not be
 * stopped), CTR_ERR_REMOVED, CTR_ERR_IO, CTR_ERR_STORE_DAMAGED, CTR_ERR_TIMEOUT, CTR_ERR_CANCELLED,
 * CTR_ERR_INTERRUPTED (some members may be stopping)
 * Threads: any thread
 * Op class: stopping
 * Since: 0.1
 */
CTR_API int ctr_pod_stop(ctr_pod_t *pod, const struct ctr_stop_opts *opts, ctr_op_t *op, ctr_error_t **err);

/**
 * ctr_pod_kill - sends a signal to the first process of every running member
 * @pod: the pod
 * @signal: the signal's number
 * @op: limits, may be NULL
 * @err: error, may be NULL
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (no such signal), CTR_ERR_PARTIAL, CTR_ERR_REMOVED, CTR_ERR_IO, CTR_ERR_STORE_DAMAGED,
 * CTR_ERR_TIMEOUT, CTR_ERR_CANCELLED, CTR_ERR_INTERRUPTED (some members may have got the signal)
 * Threads: any thread
 * Op class: control
 * Since: 0.1
 */
CTR_API int ctr_pod_kill(ctr_pod_t *pod, int signal, ctr_op_t *op, ctr_error_t **err);

/**
 * ctr_pod_restart - stops all members and starts them again, also those that did not run
 * @pod: the pod
 * @opts: the time from stop signal to SIGKILL; NULL = each container's own
 * @op: limits, may be NULL
 * @err: error, may be NULL
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG, CTR_ERR_UNSUPPORTED_OPTION (unknown bytes in opts), CTR_ERR_PARTIAL, CTR_ERR_REMOVED,
 * CTR_ERR_IO, CTR_ERR_STORE_DAMAGED, CTR_ERR_TIMEOUT, CTR_ERR_CANCELLED, CTR_ERR_INTERRUPTED (members may be stopped
 * or running)
 * Threads: any thread
 * Op class: stopping
 * Since: 0.1
 */
CTR_API int ctr_pod_restart(ctr_pod_t *pod, const struct ctr_stop_opts *opts, ctr_op_t *op, ctr_error_t **err);

/**
 * ctr_pod_pause - freezes every running member
 * @pod: the pod
 * @op: limits, may be NULL
 * @err: error, may be NULL
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (NULL), CTR_ERR_PARTIAL, CTR_ERR_REMOVED, CTR_ERR_IO, CTR_ERR_STORE_DAMAGED,
 * CTR_ERR_TIMEOUT, CTR_ERR_CANCELLED, CTR_ERR_INTERRUPTED (some members may be paused)
 * Threads: any thread
 * Op class: control
 * Since: 0.1
 */
CTR_API int ctr_pod_pause(ctr_pod_t *pod, ctr_op_t *op, ctr_error_t **err);

/**
 * ctr_pod_unpause - lets every paused member run again
 * @pod: the pod
 * @op: limits, may be NULL
 * @err: error, may be NULL
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (NULL), CTR_ERR_PARTIAL, CTR_ERR_REMOVED, CTR_ERR_IO, CTR_ERR_STORE_DAMAGED,
 * CTR_ERR_TIMEOUT, CTR_ERR_CANCELLED, CTR_ERR_INTERRUPTED (some members may be running)
 * Threads: any thread
 * Op class: control
 * Since: 0.1
 */
CTR_API int ctr_pod_unpause(ctr_pod_t *pod, ctr_op_t *op, ctr_error_t **err);

/**
 * ctr_pod_remove - removes a pod with its members
 * @pod: the pod
 * @opts: force and how long to wait for running members; NULL = defaults
 * @op: limits, may be NULL
 * @err: error, may be NULL
 *
 * Without force a pod with members other than its infra container is refused. With force every member is stopped and
 * removed, dependents first, the infra container last; force is implied when nothing but the infra container is left.
 *
 * Returns: 0 (also when it was gone already), or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG, CTR_ERR_UNSUPPORTED_OPTION (volumes, unknown bytes in opts), CTR_ERR_HAS_DEPENDENTS
 * (members and no force; nothing changes), CTR_ERR_PARTIAL (some members could not be removed; the pod stays, with
 * those), CTR_ERR_IO, CTR_ERR_STORE_DAMAGED, CTR_ERR_TIMEOUT, CTR_ERR_CANCELLED, CTR_ERR_INTERRUPTED (the pod stays,
 * some members may be gone; remove goes on where it ended)
 * Threads: any thread
 * Op class: stopping
 * Since: 0.1
 */
CTR_API int ctr_pod_remove(ctr_pod_t *pod, const struct ctr_remove_opts *opts, ctr_op_t *op, ctr_error_t **err);

/**
 * ctr_pod_status - a snapshot of what the pod's members add up to
 * @pod: the pod
 * @op: limits, may be NULL
 * @ret: the snapshot, for ctr_pod_status_unref()
 * @err: error, may be NULL
 *
 * Takes no lock.
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (NULL), CTR_ERR_REMOVED, CTR_ERR_STORE_DAMAGED, CTR_ERR_IO, CTR_ERR_TIMEOUT,
 * CTR_ERR_CANCELLED, CTR_ERR_INTERRUPTED; nothing changes
 * Threads: any thread
 * Op class: control
 * Since: 0.1
 */
CTR_API int ctr_pod_status(ctr_pod_t *pod, ctr_op_t *op, ctr_pod_status_t **ret, ctr_error_t **err);

/**
 * ctr_pod_status_ref - takes a reference
 * @status: the snapshot, may be NULL
 *
 * Returns: status
 * Errors: none
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API ctr_pod_status_t *ctr_pod_status_ref(ctr_pod_status_t *status);

/**
 * ctr_pod_status_unref - gives a reference back; the last one frees the snapshot
 * @status: (taken) the snapshot, may be NULL
 *
 * Returns: NULL
 * Errors: none
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API ctr_pod_status_t *ctr_pod_status_unref(ctr_pod_status_t *status);

/**
 * ctr_pod_status_state - the state
 * @status: the snapshot, may be NULL
 *
 * Returns: one of CTR_POD_*; 0 for NULL
 * Errors: none
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int32_t ctr_pod_status_state(const ctr_pod_status_t *status);

/**
 * ctr_pod_inspect - everything about a pod as JSON
 * @pod: the pod
 * @op: limits, may be NULL
 * @ret_json: a JSON object with Podman's names, for ctr_free()
 * @err: error, may be NULL
 *
 * Takes no lock.
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (NULL), CTR_ERR_REMOVED, CTR_ERR_STORE_DAMAGED, CTR_ERR_IO, CTR_ERR_TIMEOUT,
 * CTR_ERR_CANCELLED, CTR_ERR_INTERRUPTED; nothing changes
 * Threads: any thread
 * Op class: control
 * Since: 0.1
 */
CTR_API int ctr_pod_inspect(ctr_pod_t *pod, ctr_op_t *op, char **ret_json, ctr_error_t **err);

/**
 * ctr_pod_list - the pods of this engine's store
 * @engine: the engine
 * @opts: filters (id, name, label, label!, status, ctr-ids, ctr-names, ctr-status, ctr-number, until); NULL = all
 * @op: limits, may be NULL
 * @ret: the list, by creation time, then id; for ctr_pod_list_unref()
 * @err: error, may be NULL
 *
 * One moment in time; takes no lock.
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (filters), CTR_ERR_UNSUPPORTED_OPTION (unknown bytes in opts), CTR_ERR_STORE_DAMAGED,
 * CTR_ERR_IO, CTR_ERR_TIMEOUT, CTR_ERR_CANCELLED, CTR_ERR_INTERRUPTED; nothing changes
 * Threads: any thread
 * Op class: control
 * Since: 0.1
 */
CTR_API int ctr_pod_list(ctr_engine_t *engine, const struct ctr_list_opts *opts, ctr_op_t *op, ctr_pod_list_t **ret,
			 ctr_error_t **err);

/**
 * ctr_pod_list_count - how many there are
 * @list: the list, may be NULL
 *
 * Returns: the number; 0 for NULL
 * Errors: none
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API size_t ctr_pod_list_count(const ctr_pod_list_t *list);

/**
 * ctr_pod_list_get - one of them
 * @list: the list, may be NULL
 * @i: from 0 to the count less one
 *
 * Returns: a pod borrowed from the list (ctr_pod_ref() keeps it longer); NULL beyond the end and for NULL
 * Errors: none
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API ctr_pod_t *ctr_pod_list_get(const ctr_pod_list_t *list, size_t i);

/**
 * ctr_pod_list_ref - takes a reference
 * @list: the list, may be NULL
 *
 * Returns: list
 * Errors: none
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API ctr_pod_list_t *ctr_pod_list_ref(ctr_pod_list_t *list);

/**
 * ctr_pod_list_unref - gives a reference back; the last one frees the list
 * @list: (taken) the list, may be NULL
 *
 * Returns: NULL
 * Errors: none
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API ctr_pod_list_t *ctr_pod_list_unref(ctr_pod_list_t *list);

#ifdef __cplusplus
}
#endif

#endif
