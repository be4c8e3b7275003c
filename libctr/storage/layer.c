/* SPDX-License-Identifier: Apache-2.0 */
/* A container's directory in a driver's store: made whole or not at all, found, listed, deleted. */
#include "storage/layer.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "base/json.h"
#include "base/mem.h"
#include "base/strv.h"
#include "os/fd.h"
#include "os/fs.h"
#include "storage/copy_file.h"

/* Half made and half deleted directories; an id never starts with a dot. */
#define MAKING ".new-"
#define DELETING ".del-"
#define NAME_SIZE 256

int layer_store_new(const struct ctr_host_api *host, const char *name, int dir_fd, const char *path, void **ret_self, ctr_error_t **err)
{
	struct layer_store *s = NEW0(struct layer_store);

	if (!s)
		return error_no_memory(err);
	s->path = str_dup(path);
	if (!s->path) {
		free(s);
		return error_no_memory(err);
	}
	pthread_mutex_init(&s->mutex, NULL);
	s->host = host;
	s->name = name;
	s->dir_fd = dir_fd;
	*ret_self = s;
	return 0;
}

void layer_store_free(void *self)
{
	struct layer_store *s = self;

	if (!s)
		return;
	pthread_mutex_destroy(&s->mutex);
	free(s->why);
	free(s->path);
	free(s);
}

int layer_is_kept(const struct ctr_storage_root *root)
{
	return root->writable_layer || !root->rootfs;
}

int layer_check_id(const struct layer_store *s, const char *id, ctr_error_t **err)
{
	if (id && id[0] && id[0] != '.' && !strchr(id, '/') && strlen(id) < NAME_SIZE - sizeof(MAKING))
		return 0;
	return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_STORAGE, "%s: \"%s\" cannot be the id of a container", s->name, str_or_empty(id));
}

int layer_open_rootfs(const struct layer_store *s, const struct ctr_storage_root *root, int *ret_fd, ctr_error_t **err)
{
	int fd CLEANUP_CLOSE = -1;
	struct stat st;

	if (!root->rootfs) {
		*ret_fd = -1;
		return 0;
	}
	if (root->rootfs[0] != '/')
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_STORAGE,
				 "root file system \"%s\" is no absolute path; say where it is from /", root->rootfs);
	fd = os_fd_above_std(open(root->rootfs, O_PATH | O_CLOEXEC));
	if (fd < 0 && errno == ENOTDIR)
		return error_set_errno(err, CTR_ERR_INVALID_ARG, DOMAIN_STORAGE, ENOTDIR, "root file system %s", root->rootfs);
	if (fd < 0)
		return error_set_errno(err, 0, DOMAIN_STORAGE, errno, "%s: cannot open root file system %s; unpack one there or name another",
				       s->name, root->rootfs);
	if (fstat(fd, &st) < 0)
		return error_set_errno(err, 0, DOMAIN_STORAGE, errno, "cannot look at root file system %s", root->rootfs);
	if (!S_ISDIR(st.st_mode))
		return error_set_errno(err, CTR_ERR_INVALID_ARG, DOMAIN_STORAGE, ENOTDIR, "root file system %s", root->rootfs);
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static const char *temp_name(const char *prefix, const char *id, char buf[NAME_SIZE])
{
	snprintf(buf, NAME_SIZE, "%s%s", prefix, id);
	return buf;
}

static int exists(const struct layer_store *s, const char *name)
{
	struct stat st;

	if (fstatat(s->dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 1;
	return errno == ENOENT ? 0 : -errno;
}

static int fill_new(struct layer_store *s, const struct ctr_storage_root *root, const char *temp, layer_fill_fn fill, ctr_op_t *op,
		    ctr_error_t **err)
{
	int rootfs_fd CLEANUP_CLOSE = -1;
	int new_fd CLEANUP_CLOSE = -1;
	int code = layer_open_rootfs(s, root, &rootfs_fd, err);

	if (code < 0)
		return code;
	code = os_remove_tree(s->dir_fd, temp);
	if (code == 0)
		code = os_mkdirat_private(s->dir_fd, temp, &new_fd);
	if (code < 0)
		return error_set_errno(err, 0, DOMAIN_STORAGE, code, "%s: cannot make %s/%s for container %s", s->name, s->path, temp, root->id);
	code = fill(s, root, rootfs_fd, new_fd, op, err);
	if (code < 0)
		return code;
	if (renameat(s->dir_fd, temp, s->dir_fd, root->id) < 0)
		return error_set_errno(err, 0, DOMAIN_STORAGE, errno, "%s: cannot rename %s/%s", s->name, s->path, temp);
	return 0;
}

int layer_create(struct layer_store *s, const struct ctr_storage_root *root, layer_fill_fn fill, ctr_op_t *op, ctr_error_t **err)
{
	int rootfs_fd CLEANUP_CLOSE = -1;
	char temp[NAME_SIZE];
	int code = layer_check_id(s, root->id, err);

	if (code < 0)
		return code;
	if (!layer_is_kept(root))
		return layer_open_rootfs(s, root, &rootfs_fd, err);
	code = exists(s, root->id);
	if (code < 0)
		return error_set_errno(err, 0, DOMAIN_STORAGE, code, "%s: cannot look at %s/%s", s->name, s->path, root->id);
	if (code)
		return 0;
	code = fill_new(s, root, temp_name(MAKING, root->id, temp), fill, op, err);
	if (code < 0)
		os_remove_tree(s->dir_fd, temp);
	return code;
}

int layer_open(const struct layer_store *s, const char *id, const char *below, int *ret_fd, ctr_error_t **err)
{
	char *path CLEANUP_FREE = str_printf("%s/%s", id, below);
	int fd;

	if (!path)
		return error_no_memory(err);
	fd = os_fd_above_std(openat(s->dir_fd, path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	if (fd < 0)
		return error_set_errno(err, 0, DOMAIN_STORAGE, errno,
				       "%s: the layer of container %s cannot be opened at %s/%s; if it is gone, remove the container and create it anew", s->name, id,
				       s->path, path);
	*ret_fd = fd;
	return 0;
}

char *layer_path(const struct layer_store *s, const char *id, const char *below)
{
	return str_printf("%s/%s/%s", s->path, id, below);
}

int layer_remove(struct layer_store *s, const char *id, ctr_error_t **err)
{
	char temp[NAME_SIZE];
	int code = layer_check_id(s, id, err);

	if (code < 0)
		return code;
	temp_name(DELETING, id, temp);
	code = os_remove_tree(s->dir_fd, temp);
	if (code == 0 && renameat(s->dir_fd, id, s->dir_fd, temp) < 0 && errno != ENOENT)
		code = -errno;
	if (code == 0)
		code = os_remove_tree(s->dir_fd, temp);
	if (code == 0)
		code = os_remove_tree(s->dir_fd, temp_name(MAKING, id, temp));
	if (code < 0)
		return error_set_errno(err, 0, DOMAIN_STORAGE, code, "%s: cannot delete %s/%s", s->name, s->path, id);
	return 0;
}

static int push_id(char ***ids, const char *name)
{
	static const char *const prefixes[] = {MAKING, DELETING};

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (str_has_prefix(name, prefixes[i]))
			name += strlen(prefixes[i]);
	if (name[0] == '.' || strv_contains((const char *const *)*ids, name))
		return 0;
	return strv_push(ids, name);
}

int layer_list(void *self, char **ret_json, ctr_op_t *op, ctr_error_t **err)
{
	const struct layer_store *s = self;
	json_t *holder CLEANUP_JSON = json_object_new_object();
	char **ids CLEANUP_STRV = mem_new0(1, sizeof(*ids));
	DIR *dir CLEANUP_CLOSEDIR = NULL;
	struct dirent *e;
	int fd, errnum = 0;

	(void)op;
	if (!holder || !ids)
		return error_no_memory(err);
	fd = os_open_dir(s->dir_fd, ".");
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return error_set_errno(err, 0, DOMAIN_STORAGE, fd < 0 ? fd : errno, "%s: cannot list %s", s->name, s->path);
	while ((errno = 0, e = readdir(dir)) && errnum == 0)
		errnum = push_id(&ids, e->d_name);
	if (errnum < 0 || json_put_strv(holder, "ids", (const char *const *)ids) < 0)
		return error_no_memory(err);
	*ret_json = json_print(json_get(holder, "ids"));
	return *ret_json ? 0 : error_no_memory(err);
}

int layer_mount_as_is(const struct layer_store *s, const struct ctr_storage_root *root, struct ctr_storage_mount *ret, ctr_error_t **err)
{
	char *path CLEANUP_FREE = str_dup(root->rootfs);
	int fd CLEANUP_CLOSE = -1;
	int code = layer_open_rootfs(s, root, &fd, err);

	if (code < 0)
		return code;
	if (!path)
		return error_no_memory(err);
	ret->path = TAKE_PTR(path);
	ret->mount_fd = -1;
	ret->root_fd = TAKE_FD(fd);
	return 0;
}

int layer_probe_answer(const char *name, int usable, const char *why, const char *fix, char **ret_json, ctr_error_t **err)
{
	json_t *j CLEANUP_JSON = json_object_new_object();

	if (!j || json_put_str(j, "name", name) < 0 || json_put_bool(j, "usable", usable) < 0 || json_put_str(j, "why", why) < 0 ||
	    json_put_str(j, "fix", fix) < 0)
		return error_no_memory(err);
	*ret_json = json_print(j);
	return *ret_json ? 0 : error_no_memory(err);
}

int layer_copy_dir_attributes(int from_fd, int to_fd)
{
	struct stat st;

	return fstat(from_fd, &st) < 0 ? -errno : copy_attributes(from_fd, to_fd, &st);
}
