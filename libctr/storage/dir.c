/* SPDX-License-Identifier: Apache-2.0 */
/* The `dir` driver: a private writable layer is a copy of the user's directory; works on every file system and needs no mount. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "base/json.h"
#include "base/mem.h"
#include "os/fs.h"
#include "storage/copy_tree.h"
#include "storage/layer.h"

struct limits {
	const struct ctr_host_api *host;
	ctr_op_t *op;
	ctr_error_t **err;
};

static int check(void *userdata)
{
	const struct limits *l = userdata;

	return l->host->op_check(l->op, l->err);
}

static int fill(struct layer_store *s, const struct ctr_storage_root *root, int rootfs_fd, int new_fd, ctr_op_t *op, ctr_error_t **err)
{
	struct limits limits = {.host = s->host, .op = op, .err = err};
	char *where CLEANUP_FREE = NULL;
	int to CLEANUP_CLOSE = -1;
	int code = os_mkdirat_private(new_fd, "root", &to);

	if (code < 0)
		return error_set_errno(err, 0, DOMAIN_STORAGE, code, "dir: cannot make the root of container %s in %s", root->id, s->path);
	if (rootfs_fd < 0)
		code = fchmod(to, 0755) < 0 ? -errno : 0;
	else
		code = copy_tree(rootfs_fd, to, check, &limits, &where);
	if (code == 0 || code <= CTR_ERR_INVALID_ARG) /* what the limits said */
		return code;
	return error_set_errno(err, 0, DOMAIN_STORAGE, code, "dir: cannot copy %s/%s for container %s to %s", str_or_empty(root->rootfs),
			       str_or_empty(where), root->id, s->path);
}

static int create(void *self, const struct ctr_storage_root *root, ctr_op_t *op, ctr_error_t **err)
{
	return layer_create(self, root, fill, op, err);
}

static int mount_root(void *self, const struct ctr_storage_root *root, struct ctr_storage_mount *ret, ctr_op_t *op, ctr_error_t **err)
{
	const struct layer_store *s = self;
	char *path CLEANUP_FREE = NULL;
	int fd CLEANUP_CLOSE = -1;
	int code = layer_check_id(s, root->id, err);

	(void)op;
	if (code < 0)
		return code;
	if (!layer_is_kept(root))
		return layer_mount_as_is(s, root, ret, err);
	code = layer_open(s, root->id, "root", &fd, err);
	if (code < 0)
		return code;
	path = layer_path(s, root->id, "root");
	if (!path)
		return error_no_memory(err);
	ret->path = TAKE_PTR(path);
	ret->mount_fd = -1;
	ret->root_fd = TAKE_FD(fd);
	return 0;
}

static int remove_layer(void *self, const char *id, ctr_op_t *op, ctr_error_t **err)
{
	(void)op;
	return layer_remove(self, id, err);
}

static int probe(void *self, char **ret_json, ctr_op_t *op, ctr_error_t **err)
{
	(void)self;
	(void)op;
	return layer_probe_answer("dir", 1, NULL, NULL, ret_json, err);
}

/* {} for a root that is used as it is. */
static int status(void *self, const char *id, char **ret_json, ctr_op_t *op, ctr_error_t **err)
{
	const struct layer_store *s = self;
	json_t *j CLEANUP_JSON = json_object_new_object();
	char *path CLEANUP_FREE = NULL;
	struct stat st;
	int code = layer_check_id(s, id, err);

	(void)op;
	if (code < 0)
		return code;
	path = layer_path(s, id, "root");
	if (!j || !path)
		return error_no_memory(err);
	if (stat(path, &st) == 0 && json_put_str(j, "Dir", path) < 0)
		return error_no_memory(err);
	*ret_json = json_print(j);
	return *ret_json ? 0 : error_no_memory(err);
}

int storage_dir_new(const struct ctr_host_api *host, int dir_fd, const char *path, void **ret_self, ctr_error_t **err)
{
	return layer_store_new(host, "dir", dir_fd, path, ret_self, err);
}

static const struct ctr_storage_ops ops = {
	.size = sizeof(ops),
	.create = create,
	.remove = remove_layer,
	.mount = mount_root,
	.probe = probe,
	.status = status,
	.list = layer_list,
	.destroy = layer_store_free,
};

const struct ctr_storage_ops *storage_dir_ops(void)
{
	return &ops;
}
