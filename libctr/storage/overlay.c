/* SPDX-License-Identifier: Apache-2.0 */
/* The `overlay` driver: a private writable layer over the user's directory, as a detached overlay mount. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "base/json.h"
#include "base/mem.h"
#include "os/fd.h"
#include "os/fs.h"
#include "os/mount.h"
#include "storage/layer.h"

#define FD_PATH_SIZE 32
/* "lower" is a link to the user's directory: for people, and for status. An empty root has none, and "merged" is the directory itself. */
#define LOWER "lower"

static int failed(const struct layer_store *s, int errnum, const char *what, const char *id, ctr_error_t **err)
{
	return error_set_errno(err, 0, DOMAIN_STORAGE, errnum, "%s: cannot make %s of container %s in %s", s->name, what, id, s->path);
}

/* The merged root shows what the upper directory is: so it gets the attributes of the one below. */
static int fill(struct layer_store *s, const struct ctr_storage_root *root, int rootfs_fd, int new_fd, ctr_op_t *op, ctr_error_t **err)
{
	int upper CLEANUP_CLOSE = -1;
	int merged CLEANUP_CLOSE = -1;
	int errnum;

	(void)op;
	errnum = os_mkdirat_private(new_fd, "merged", &merged);
	if (errnum < 0)
		return failed(s, errnum, "the mount point", root->id, err);
	if (rootfs_fd < 0)
		return fchmod(merged, 0755) < 0 ? failed(s, errno, "the root directory", root->id, err) : 0;
	errnum = os_mkdirat_private(new_fd, "upper", &upper);
	if (errnum == 0)
		errnum = os_mkdirat_private(new_fd, "work", NULL);
	if (errnum == 0)
		errnum = layer_copy_dir_attributes(rootfs_fd, upper);
	if (errnum == 0 && symlinkat(root->rootfs, new_fd, LOWER) < 0)
		errnum = -errno;
	return errnum < 0 ? failed(s, errnum, "the writable layer", root->id, err) : 0;
}

static int create(void *self, const struct ctr_storage_root *root, ctr_op_t *op, ctr_error_t **err)
{
	return layer_create(self, root, fill, op, err);
}

/* By fd, so that no path needs escaping and none can change between look and mount. */
static const char *fd_path(int fd, char buf[FD_PATH_SIZE])
{
	snprintf(buf, FD_PATH_SIZE, "/proc/self/fd/%d", fd);
	return buf;
}

static int mount_layer(const struct layer_store *s, const struct ctr_storage_root *root, int *ret_fd, ctr_error_t **err)
{
	int lower CLEANUP_CLOSE = -1;
	int upper CLEANUP_CLOSE = -1;
	int work CLEANUP_CLOSE = -1;
	char paths[3][FD_PATH_SIZE];
	const char *lowers[2] = {NULL, NULL};
	int code = layer_open_rootfs(s, root, &lower, err);

	if (code == 0)
		code = layer_open(s, root->id, "upper", &upper, err);
	if (code == 0)
		code = layer_open(s, root->id, "work", &work, err);
	if (code < 0)
		return code;
	lowers[0] = fd_path(lower, paths[0]);
	code = os_overlay_detached(lowers, fd_path(upper, paths[1]), fd_path(work, paths[2]), 0, err);
	if (code < 0)
		return error_wrap(err, 0, DOMAIN_STORAGE, "overlay: cannot mount the layer of container %s over %s; the driver \"dir\" works without such mounts",
				  root->id, root->rootfs);
	*ret_fd = code;
	return 0;
}

static int mount_root(void *self, const struct ctr_storage_root *root, struct ctr_storage_mount *ret, ctr_op_t *op, ctr_error_t **err)
{
	const struct layer_store *s = self;
	char *path CLEANUP_FREE = NULL;
	int mount_fd CLEANUP_CLOSE = -1;
	int root_fd CLEANUP_CLOSE = -1;
	int code = layer_check_id(s, root->id, err);

	(void)op;
	if (code < 0)
		return code;
	if (!layer_is_kept(root))
		return layer_mount_as_is(s, root, ret, err);
	if (root->rootfs)
		code = mount_layer(s, root, &mount_fd, err);
	else
		code = layer_open(s, root->id, "merged", &root_fd, err);
	if (code < 0)
		return code;
	if (mount_fd >= 0)
		root_fd = os_fd_dup(mount_fd);
	if (root_fd < 0)
		return error_set_errno(err, 0, DOMAIN_STORAGE, root_fd, "overlay: cannot keep the mount of container %s", root->id);
	path = layer_path(s, root->id, "merged");
	if (!path)
		return error_no_memory(err);
	ret->path = TAKE_PTR(path);
	ret->mount_fd = TAKE_FD(mount_fd);
	ret->root_fd = TAKE_FD(root_fd);
	return 0;
}

/* The mount lives where the monitor attached it; here only what somebody attached at the layer's own mount point of this namespace goes. */
static int unmount(void *self, const char *id, ctr_op_t *op, ctr_error_t **err)
{
	const struct layer_store *s = self;
	char *path CLEANUP_FREE = NULL;
	int code = layer_check_id(s, id, err);

	(void)op;
	if (code < 0)
		return code;
	path = layer_path(s, id, "merged");
	if (!path)
		return error_no_memory(err);
	code = os_unmount(path);
	if (code == -EPERM && os_is_mountpoint(0, path) == 0) /* who may not unmount is told so even where nothing is mounted */
		code = 0;
	return code < 0 && code != -ENOENT ? error_set_errno(err, 0, DOMAIN_STORAGE, code, "overlay: cannot unmount %s", path) : 0;
}

static int remove_layer(void *self, const char *id, ctr_op_t *op, ctr_error_t **err)
{
	struct stat st;
	int code = layer_check_id(self, id, err);

	if (code < 0)
		return code;
	if (fstatat(((struct layer_store *)self)->dir_fd, id, &st, AT_SYMLINK_NOFOLLOW) == 0)
		code = unmount(self, id, op, err);
	return code < 0 ? code : layer_remove(self, id, err);
}

static int try_overlay(struct layer_store *s, const char *temp, ctr_error_t **err)
{
	static const char *const names[] = {"lower", "upper", "work"};
	int fds[ARRAY_SIZE(names)] = {-1, -1, -1};
	char paths[ARRAY_SIZE(names)][FD_PATH_SIZE];
	const char *lowers[2] = {paths[0], NULL};
	int dir CLEANUP_CLOSE = -1;
	int mnt CLEANUP_CLOSE = -1;
	int code = os_mkdirat_private(s->dir_fd, temp, &dir);

	for (size_t i = 0; i < ARRAY_SIZE(names) && code == 0; i++) {
		code = os_mkdirat_private(dir, names[i], &fds[i]);
		fd_path(fds[i], paths[i]);
	}
	if (code < 0) {
		code = error_set_errno(err, 0, DOMAIN_STORAGE, code, "cannot make a directory in %s", s->path);
	} else {
		mnt = os_overlay_detached(lowers, paths[1], paths[2], 0, err);
		code = mnt < 0 ? mnt : 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		cleanup_close_fn(&fds[i]);
	return code;
}

/* Tried once in this very directory: not every file system can be an upper one, and not every process may mount. */
static int learn(struct layer_store *s)
{
	ctr_error_t *inner CLEANUP_ERROR = NULL;
	char temp[64];
	int code;

	snprintf(temp, sizeof(temp), ".probe-%d-%p", (int)getpid(), (void *)s);
	code = try_overlay(s, temp, &inner);
	os_remove_tree(s->dir_fd, temp);
	if (code < 0) {
		s->why = error_format(inner);
		if (!s->why)
			return -ENOMEM;
	}
	s->probed = code < 0 ? -1 : 1;
	return 0;
}

static int probe(void *self, char **ret_json, ctr_op_t *op, ctr_error_t **err)
{
	struct layer_store *s = self;
	int code;

	(void)op;
	pthread_mutex_lock(&s->mutex);
	if (!s->probed && learn(s) < 0)
		code = error_no_memory(err);
	else if (s->probed > 0)
		code = layer_probe_answer(s->name, 1, NULL, NULL, ret_json, err);
	else
		code = layer_probe_answer(s->name, 0, s->why,
					  "run as root with the store on ext4, xfs, btrfs or tmpfs, or use the storage driver \"dir\"", ret_json, err);
	pthread_mutex_unlock(&s->mutex);
	return code;
}

static int put_path(json_t *j, const char *key, const struct layer_store *s, const char *id, const char *below)
{
	char *path CLEANUP_FREE = layer_path(s, id, below);

	return path ? json_put_str(j, key, path) : -ENOMEM;
}

static int put_lower(json_t *j, const struct layer_store *s, const char *id)
{
	char *link CLEANUP_FREE = str_printf("%s/" LOWER, id);
	char *target CLEANUP_FREE = mem_new0(1, PATH_MAX + 1);

	if (!link || !target)
		return -ENOMEM;
	if (readlinkat(s->dir_fd, link, target, PATH_MAX) < 0)
		return errno == ENOENT ? 0 : -errno;
	return json_put_str(j, "LowerDir", target) < 0 || put_path(j, "UpperDir", s, id, "upper") < 0 ||
			       put_path(j, "WorkDir", s, id, "work") < 0 ?
		       -ENOMEM :
		       0;
}

/* {} for a root that is used as it is: nothing is kept for it. */
static int status(void *self, const char *id, char **ret_json, ctr_op_t *op, ctr_error_t **err)
{
	const struct layer_store *s = self;
	json_t *j CLEANUP_JSON = json_object_new_object();
	struct stat st;
	int code = layer_check_id(s, id, err);

	(void)op;
	if (code < 0)
		return code;
	if (!j)
		return error_no_memory(err);
	if (fstatat(s->dir_fd, id, &st, AT_SYMLINK_NOFOLLOW) == 0)
		code = put_lower(j, s, id) < 0 || put_path(j, "MergedDir", s, id, "merged") < 0 ? -ENOMEM : 0;
	*ret_json = code < 0 ? NULL : json_print(j);
	return *ret_json ? 0 : error_no_memory(err);
}

int storage_overlay_new(const struct ctr_host_api *host, int dir_fd, const char *path, void **ret_self, ctr_error_t **err)
{
	return layer_store_new(host, "overlay", dir_fd, path, ret_self, err);
}

static const struct ctr_storage_ops ops = {
	.size = sizeof(ops),
	.create = create,
	.remove = remove_layer,
	.mount = mount_root,
	.unmount = unmount,
	.probe = probe,
	.status = status,
	.list = layer_list,
	.destroy = layer_store_free,
};

const struct ctr_storage_ops *storage_overlay_ops(void)
{
	return &ops;
}
