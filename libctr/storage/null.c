/* SPDX-License-Identifier: Apache-2.0 */
/* The `null` driver keeps nothing: containers of the null runtime never open a root file system. */
#include "storage/storage.h"

#include "base/mem.h"
#include "error/error.h"

static int nothing_to_create(void *self, const struct ctr_storage_root *root, ctr_op_t *op, ctr_error_t **err)
{
	(void)self;
	(void)op;
	if (!root->rootfs || root->rootfs[0] == '/')
		return 0;
	return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_STORAGE, "root file system \"%s\" is no absolute path; say where it is from /",
			 root->rootfs);
}

static int nothing_to_undo(void *self, const char *id, ctr_op_t *op, ctr_error_t **err)
{
	(void)self;
	(void)id;
	(void)op;
	(void)err;
	return 0;
}

static int mount_nothing(void *self, const struct ctr_storage_root *root, struct ctr_storage_mount *ret, ctr_op_t *op, ctr_error_t **err)
{
	char *path = str_dup(root->rootfs ? root->rootfs : "/");

	(void)self;
	(void)op;
	if (!path)
		return error_no_memory(err);
	ret->path = path;
	ret->mount_fd = -1;
	ret->root_fd = -1;
	return 0;
}

static int answer(const char *text, char **ret_json, ctr_error_t **err)
{
	*ret_json = str_dup(text);
	return *ret_json ? 0 : error_no_memory(err);
}

static int probe(void *self, char **ret_json, ctr_op_t *op, ctr_error_t **err)
{
	(void)self;
	(void)op;
	return answer("{\"name\":\"null\",\"usable\":true,\"why\":null,\"fix\":null}", ret_json, err);
}

static int status(void *self, const char *id, char **ret_json, ctr_op_t *op, ctr_error_t **err)
{
	(void)self;
	(void)id;
	(void)op;
	return answer("{}", ret_json, err);
}

static int list(void *self, char **ret_json, ctr_op_t *op, ctr_error_t **err)
{
	(void)self;
	(void)op;
	return answer("[]", ret_json, err);
}

int storage_null_new(const struct ctr_host_api *host, void **ret_self, ctr_error_t **err)
{
	(void)host;
	(void)err;
	*ret_self = NULL;
	return 0;
}

static const struct ctr_storage_ops ops = {
	.size = sizeof(ops),
	.create = nothing_to_create,
	.remove = nothing_to_undo,
	.mount = mount_nothing,
	.unmount = nothing_to_undo,
	.probe = probe,
	.status = status,
	.list = list,
};

const struct ctr_storage_ops *storage_null_ops(void)
{
	return &ops;
}
