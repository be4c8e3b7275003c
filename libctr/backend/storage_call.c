/* SPDX-License-Identifier: Apache-2.0 */
/* Guarded calls of a storage driver's slots. */
#include "backend/backends.h"

int storage_create(struct storage_backend *b, const struct ctr_storage_root *root, const struct op_call *call, ctr_error_t **err)
{
	struct guard g;
	int code = guard_begin(&g, &b->base, "create", 1, call, err);

	return code < 0 ? code : guard_end(&g, b->ops.create(b->base.self, root, g.op, &g.inner), err);
}

int storage_remove(struct storage_backend *b, const char *id, const struct op_call *call, ctr_error_t **err)
{
	struct guard g;
	int code = guard_begin(&g, &b->base, "remove", 1, call, err);

	return code < 0 ? code : guard_end(&g, b->ops.remove(b->base.self, id, g.op, &g.inner), err);
}

int storage_mount(struct storage_backend *b, const struct ctr_storage_root *root, struct ctr_storage_mount *ret,
		  const struct op_call *call, ctr_error_t **err)
{
	struct ctr_storage_mount made = {.size = sizeof(made), .mount_fd = -1, .root_fd = -1};
	int mount_fd CLEANUP_CLOSE = -1;
	int root_fd CLEANUP_CLOSE = -1;
	char *path CLEANUP_FREE = NULL;
	struct guard g;
	int code;

	code = guard_begin(&g, &b->base, "mount", 1, call, err);
	if (code < 0)
		return code;
	code = guard_end(&g, b->ops.mount(b->base.self, root, &made, g.op, &g.inner), err);
	if (code < 0)
		return code;
	mount_fd = made.mount_fd;
	root_fd = made.root_fd;
	path = made.path;
	if (!path || path[0] != '/')
		return guard_bad_output(&g, "path", err);
	made.size = sizeof(made);
	*ret = made;
	TAKE_PTR(path);
	(void)TAKE_FD(mount_fd);
	(void)TAKE_FD(root_fd);
	return 0;
}

int storage_unmount(struct storage_backend *b, const char *id, const struct op_call *call, ctr_error_t **err)
{
	struct guard g;
	int code = guard_begin(&g, &b->base, "unmount", b->ops.unmount != NULL, call, err);

	return code < 0 ? code : guard_end(&g, b->ops.unmount(b->base.self, id, g.op, &g.inner), err);
}

int storage_probe(struct storage_backend *b, json_t **ret, const struct op_call *call, ctr_error_t **err)
{
	char *text = NULL;
	struct guard g;
	int code = guard_begin(&g, &b->base, "probe", b->ops.probe != NULL, call, err);

	if (code < 0)
		return code;
	code = guard_end(&g, b->ops.probe(b->base.self, &text, g.op, &g.inner), err);
	return code < 0 ? code : guard_json(&g, text, json_type_object, ret, err);
}

int storage_status(struct storage_backend *b, const char *id, json_t **ret, const struct op_call *call, ctr_error_t **err)
{
	char *text = NULL;
	struct guard g;
	int code = guard_begin(&g, &b->base, "status", b->ops.status != NULL, call, err);

	if (code < 0)
		return code;
	code = guard_end(&g, b->ops.status(b->base.self, id, &text, g.op, &g.inner), err);
	return code < 0 ? code : guard_json(&g, text, json_type_object, ret, err);
}

int storage_list(struct storage_backend *b, json_t **ret, const struct op_call *call, ctr_error_t **err)
{
	char *text = NULL;
	struct guard g;
	int code = guard_begin(&g, &b->base, "list", b->ops.list != NULL, call, err);

	if (code < 0)
		return code;
	code = guard_end(&g, b->ops.list(b->base.self, &text, g.op, &g.inner), err);
	return code < 0 ? code : guard_json(&g, text, json_type_array, ret, err);
}
