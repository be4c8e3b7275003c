/* SPDX-License-Identifier: Apache-2.0 */
/* The built in storage backends' doors. (owner: backend) */
#ifndef CTR_STORAGE_STORAGE_H
#define CTR_STORAGE_STORAGE_H

#include <libctr/backend/host.h>
#include <libctr/backend/storage.h>

/* dir_fd: <root>/storage/<name>, made by the caller, borrowed for the backend's life; path: its absolute path, copied. */
int storage_overlay_new(const struct ctr_host_api *host, int dir_fd, const char *path, void **ret_self, ctr_error_t **err);
const struct ctr_storage_ops *storage_overlay_ops(void);
int storage_dir_new(const struct ctr_host_api *host, int dir_fd, const char *path, void **ret_self, ctr_error_t **err);
const struct ctr_storage_ops *storage_dir_ops(void);
/* Keeps nothing: for the null runtime. */
int storage_null_new(const struct ctr_host_api *host, void **ret_self, ctr_error_t **err);
const struct ctr_storage_ops *storage_null_ops(void);

#endif
