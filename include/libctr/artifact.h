/* SPDX-License-Identifier: Apache-2.0 */
/* Artifacts: small files that a program keeps with a container, under names of its own, for as long as the container exists.
 *
 * libctr does not look into them and nothing of them is seen inside the container. They take no turn behind operations on the
 * container: they can be used in every state, and by several threads and processes at once. */
#ifndef LIBCTR_ARTIFACT_H
#define LIBCTR_ARTIFACT_H

#include <libctr/types.h>
#include <libctr/error.h>
#include <libctr/container.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The largest artifact in bytes: 64 MiB. */
#define CTR_ARTIFACT_MAX UINT64_C(67108864)

/**
 * ctr_container_artifact_add - keeps data with the container
 * @c: the container
 * @name: one file name, 1 to 255 bytes, no "/", neither "." nor ".."
 * @data: borrowed for the call; may be NULL when len is 0
 * @len: bytes, at most CTR_ARTIFACT_MAX
 * @err: error, may be NULL
 *
 * Whole and on disk when it returns, or not there at all. What is there is never replaced: remove it first.
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (bad name, too large), CTR_ERR_EXISTS, CTR_ERR_REMOVED, CTR_ERR_STATE_INVALID (a batched handle
 * outside of its callback), CTR_ERR_NO_SPACE, CTR_ERR_NO_RESOURCES, CTR_ERR_IO; nothing changes
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_container_artifact_add(ctr_container_t *c, const char *name, const void *data, size_t len, ctr_error_t **err);

/**
 * ctr_container_artifact_get - reads what is kept under a name
 * @c: the container
 * @name: as given to ctr_container_artifact_add()
 * @data: the bytes, for ctr_free(); a NUL that is not counted follows them
 * @len: their number
 * @err: error, may be NULL
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (bad name), CTR_ERR_NO_SUCH_FILE, CTR_ERR_REMOVED, CTR_ERR_STATE_INVALID (a batched handle outside
 * of its callback), CTR_ERR_NO_RESOURCES, CTR_ERR_IO; nothing changes
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_container_artifact_get(ctr_container_t *c, const char *name, void **data, size_t *len, ctr_error_t **err);

/**
 * ctr_container_artifact_remove - forgets what is kept under a name
 * @c: the container
 * @name: as given to ctr_container_artifact_add()
 * @err: error, may be NULL
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (bad name), CTR_ERR_NO_SUCH_FILE, CTR_ERR_REMOVED, CTR_ERR_STATE_INVALID (a batched handle outside
 * of its callback), CTR_ERR_NO_RESOURCES, CTR_ERR_IO; nothing changes
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_container_artifact_remove(ctr_container_t *c, const char *name, ctr_error_t **err);

/**
 * ctr_container_artifact_list - the names of all that is kept with the container
 * @c: the container
 * @ret_json: one JSON array of strings, sorted by bytes, for ctr_free()
 * @err: error, may be NULL
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG, CTR_ERR_REMOVED, CTR_ERR_STATE_INVALID (a batched handle outside of its callback),
 * CTR_ERR_NO_RESOURCES, CTR_ERR_IO; nothing changes
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_container_artifact_list(ctr_container_t *c, char **ret_json, ctr_error_t **err);

#ifdef __cplusplus
}
#endif

#endif
