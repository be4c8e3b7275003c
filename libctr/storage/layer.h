/* SPDX-License-Identifier: Apache-2.0 */
/* What the drivers share: one directory per container beneath the driver's own, made under a temporary name and renamed when whole,
 * renamed away before it is deleted; so a crash anywhere leaves only what the next create or remove of that id clears. */
#ifndef CTR_STORAGE_LAYER_H
#define CTR_STORAGE_LAYER_H

#include <pthread.h>
#include "error/error.h"
#include "storage/storage.h"

/* What storage_overlay_new and storage_dir_new make. */
struct layer_store {
	const struct ctr_host_api *host; /* borrowed */
	const char *name;                /* of the driver, constant */
	int dir_fd;                      /* borrowed */
	char *path;                      /* of dir_fd, absolute */
	pthread_mutex_t mutex;           /* guards probed, why */
	int probed;                      /* 0 not yet, 1 works, -1 does not: why */
	char *why;
};

int layer_store_new(const struct ctr_host_api *host, const char *name, int dir_fd, const char *path, void **ret_self, ctr_error_t **err);
void layer_store_free(void *self);

/* Fills a directory that will be the container's; new_fd is it. Negative CTR_ERR_*: it is deleted again. */
typedef int (*layer_fill_fn)(struct layer_store *s, const struct ctr_storage_root *root, int rootfs_fd, int new_fd, ctr_op_t *op,
			     ctr_error_t **err);

/* Does this root have something kept in the driver's directory? Else the user's directory is used as it is. */
int layer_is_kept(const struct ctr_storage_root *root);
/* INVALID_ARG for an id that cannot be a file name. */
int layer_check_id(const struct layer_store *s, const char *id, ctr_error_t **err);
/* O_PATH of root->rootfs: INVALID_ARG relative or no directory, NO_SUCH_FILE. -1 and 0 when root->rootfs is NULL. */
int layer_open_rootfs(const struct layer_store *s, const struct ctr_storage_root *root, int *ret_fd, ctr_error_t **err);
int layer_create(struct layer_store *s, const struct ctr_storage_root *root, layer_fill_fn fill, ctr_op_t *op, ctr_error_t **err);
/* O_PATH of `<id>/<below>`; NO_SUCH_FILE naming the container when it is not there. */
int layer_open(const struct layer_store *s, const char *id, const char *below, int *ret_fd, ctr_error_t **err);
char *layer_path(const struct layer_store *s, const char *id, const char *below);
int layer_remove(struct layer_store *s, const char *id, ctr_error_t **err);
int layer_list(void *self, char **ret_json, ctr_op_t *op, ctr_error_t **err);
/* The mount slot's answer for a root that is used as it is. */
int layer_mount_as_is(const struct layer_store *s, const struct ctr_storage_root *root, struct ctr_storage_mount *ret, ctr_error_t **err);
/* {name, usable, why, fix} */
int layer_probe_answer(const char *name, int usable, const char *why, const char *fix, char **ret_json, ctr_error_t **err);
/* mode, owner, extended attributes and times of one directory onto another; 0 or -errno */
int layer_copy_dir_attributes(int from_fd, int to_fd);

#endif
