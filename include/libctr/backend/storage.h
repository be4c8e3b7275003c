/* SPDX-License-Identifier: Apache-2.0 */
/* For those who write a storage backend: where a container's root file system comes from. Stable by the size rule. */
#ifndef LIBCTR_BACKEND_STORAGE_H
#define LIBCTR_BACKEND_STORAGE_H

#include <stddef.h>
#include <stdint.h>
#include <libctr/error.h>
#include <libctr/op.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ctr_storage_root {
	size_t size;
	const char *id;              /* the container's */
	const char *rootfs;          /* absolute directory given by the user, NULL = an empty root */
	int32_t writable_layer;      /* 1: changes go to a private layer on top of rootfs, which stays untouched */
	int32_t read_only;
};

struct ctr_storage_mount {
	size_t size;
	char *path;                  /* what root.path is; allocated with host->alloc */
	int32_t mount_fd;            /* detached mount to be attached at path; -1: path is used as it is. Owned by the caller of the slot. */
	int32_t root_fd;             /* O_PATH of the root's content, to look things up beneath; owned by the caller of the slot */
};

struct ctr_storage_ops {
	size_t size;
	uint64_t caps;
	/* required; create and remove are idempotent, remove of something unknown is 0 */
	int (*create)(void *self, const struct ctr_storage_root *root, ctr_op_t *op, ctr_error_t **err);
	int (*remove)(void *self, const char *id, ctr_op_t *op, ctr_error_t **err);
	int (*mount)(void *self, const struct ctr_storage_root *root, struct ctr_storage_mount *ret, ctr_op_t *op, ctr_error_t **err);
	/* optional */
	int (*unmount)(void *self, const char *id, ctr_op_t *op, ctr_error_t **err);
	int (*probe)(void *self, char **ret_json, ctr_op_t *op, ctr_error_t **err); /* {name, usable, why, fix} */
	int (*status)(void *self, const char *id, char **ret_json, ctr_op_t *op, ctr_error_t **err); /* inspect's GraphDriver.Data */
	int (*list)(void *self, char **ret_json, ctr_op_t *op, ctr_error_t **err);  /* array of ids it holds something for: how leftovers are found */
	void (*destroy)(void *self);
};

#ifdef __cplusplus
}
#endif
#endif
