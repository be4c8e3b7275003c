/* SPDX-License-Identifier: Apache-2.0 */
/* What a container may use and what it uses: changing its limits, statistics, its processes. */
#ifndef LIBCTR_RESOURCES_H
#define LIBCTR_RESOURCES_H

#include <libctr/types.h>
#include <libctr/error.h>
#include <libctr/op.h>
#include <libctr/container.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * ctr_container_update - changes a container that exists
 * @c: the container
 * @json: a JSON object, borrowed for the call
 * @len: bytes of json, or CTR_STRLEN
 * @op: limits of the call; NULL = the engine's default timeout
 * @err: error object on failure; may be NULL
 *
 * The members are named and checked as in a spec: resource_limits (only what is named in it changes), weightDevice,
 * throttleReadBpsDevice, throttleWriteBpsDevice, throttleReadIOPSDevice and throttleWriteIOPSDevice (each replaced),
 * restart_policy and restart_tries (a policy without tries has no limit), env (set or overwritten), unsetenv (removed)
 * and r_limits (replaced). Limits hold at once for a container with processes, and for every later start; environment
 * and r_limits from the next start on. All of it happens or nothing: what cannot be refused before is put back when the
 * kernel or the runtime refuses it. On disk when it returns 0.
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (not an object, names nothing, bad value, values that exclude each other),
 * CTR_ERR_UNSUPPORTED_OPTION (unknown or not to be changed, health checks), CTR_ERR_STATE_INVALID (being removed),
 * CTR_ERR_REMOVED, CTR_ERR_NO_SUCH_FILE (a block device), CTR_ERR_NOT_SUPPORTED, CTR_ERR_RUNTIME (refused by the kernel),
 * CTR_ERR_MONITOR, CTR_ERR_TIMEOUT, CTR_ERR_CANCELLED, CTR_ERR_IO; the container is as it was
 * Threads: any thread
 * Op class: control
 * Since: 0.1
 */
CTR_API int ctr_container_update(ctr_container_t *c, const char *json, size_t len, ctr_op_t *op, ctr_error_t **err);

/**
 * ctr_container_stats - what a running container uses
 * @c: the container
 * @op: limits of the call; NULL = the engine's default timeout
 * @ret_json: a JSON object for ctr_free()
 * @err: error object on failure; may be NULL
 *
 * Its members: Time, CPUNano (nanoseconds of processor time), MemUsage and MemLimit (bytes; the limit is at most the
 * machine's memory), PIDs (a number), BlockInput, BlockOutput, NetInput, NetOutput (bytes so far; the network without
 * loopback, 0 in the host's network namespace). What no cgroup controller of the machine counts is 0. Waits for nobody
 * who works on the container.
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_STATE_INVALID (never started), CTR_ERR_STOPPED, CTR_ERR_NOT_SUPPORTED (no cgroup), CTR_ERR_REMOVED,
 * CTR_ERR_INVALID_ARG, CTR_ERR_NO_MEMORY, CTR_ERR_IO; nothing changes
 * Threads: any thread
 * Op class: control
 * Since: 0.1
 */
CTR_API int ctr_container_stats(ctr_container_t *c, ctr_op_t *op, char **ret_json, ctr_error_t **err);

/**
 * ctr_container_top - the processes of a running container
 * @c: the container
 * @op: limits of the call; NULL = the engine's default timeout
 * @ret_json: a JSON object for ctr_free()
 * @err: error object on failure; may be NULL
 *
 * Its members: Titles, a list of texts (USER PID PPID %CPU ELAPSED TTY TIME COMMAND), and Processes, a list with as many
 * texts for each process, the oldest first. Process numbers are those inside, users are called as in the container's
 * /etc/passwd or by number. Read from the host's /proc: nothing is run in the container, a paused one answers too, and
 * processes that end meanwhile are left out. A container of runtime "null" has none.
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_STATE_INVALID (never started), CTR_ERR_STOPPED, CTR_ERR_REMOVED, CTR_ERR_INVALID_ARG,
 * CTR_ERR_NO_MEMORY, CTR_ERR_IO; nothing changes
 * Threads: any thread
 * Op class: control
 * Since: 0.1
 */
CTR_API int ctr_container_top(ctr_container_t *c, ctr_op_t *op, char **ret_json, ctr_error_t **err);

#ifdef __cplusplus
}
#endif
#endif
