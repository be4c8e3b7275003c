/* SPDX-License-Identifier: Apache-2.0 */
/* ctr_container_artifact_*: small files that users keep with a container, in a directory of its own that goes with it. */
#include "core/steps.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/mem.h"
#include "os/fs.h"

#define DIRECTORY "artifacts"

static int check_name(const char *name, ctr_error_t **err)
{
	size_t len = strlen(name);

	if (len > 0 && len <= NAME_MAX && !strchr(name, '/') && !STREQ(name, ".") && !STREQ(name, ".."))
		return 0;
	return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE,
			 "\"%.300s\" is no name for an artifact: it must be one file name of at most %d bytes, without \"/\"",
			 name, NAME_MAX);
}

static int failed(ctr_container_t *c, int errnum, const char *what, const char *name, ctr_error_t **err)
{
	int r = error_set_errno(err, 0, DOMAIN_CORE, errnum, "cannot %s artifact \"%s\" of container %s", what, name, c->name);

	error_detail(err, "path", name);
	return r;
}

static int absent(ctr_container_t *c, const char *name, ctr_error_t **err)
{
	int r = error_set(err, CTR_ERR_NO_SUCH_FILE, DOMAIN_CORE, "container %s has no artifact \"%s\"", c->name, name);

	error_detail(err, "path", name);
	return r;
}

/* The container's directory, of which nothing must be left when the container has gone meanwhile. */
static int open_container(ctr_container_t *c, int *ret_fd, ctr_error_t **err)
{
	CLEANUP_ROW struct container_row *row = NULL;
	int r = core_container_snapshot(c, &row, err), fd;

	if (r < 0)
		return r;
	fd = os_open_dir(c->engine->containers_fd, c->id);
	if (fd == -ENOENT && row->state == CTR_STATE_REMOVING)
		return step_removed(c, err);
	if (fd < 0) {
		container_row_unref(TAKE_PTR(row));
		r = core_container_snapshot(c, &row, err);
		return r < 0 ? r : error_set_errno(err, 0, DOMAIN_CORE, fd, "cannot open %s/containers/%s", c->engine->config.root, c->id);
	}
	*ret_fd = fd;
	return 0;
}

/* 0 with *ret_fd -1: no artifact was ever added. */
static int open_artifacts(ctr_container_t *c, int *ret_fd, ctr_error_t **err)
{
	CLEANUP_CLOSE int dir = -1;
	int r = open_container(c, &dir, err), fd;

	if (r < 0)
		return r;
	fd = os_open_dir(dir, DIRECTORY);
	if (fd < 0 && fd != -ENOENT)
		return error_set_errno(err, 0, DOMAIN_CORE, fd, "cannot open the artifacts of container %s", c->name);
	*ret_fd = fd < 0 ? -1 : fd;
	return 0;
}

int core_container_artifact_add(ctr_container_t *c, const char *name, const void *data, size_t len, ctr_error_t **err)
{
	CLEANUP_CLOSE int dir = -1;
	CLEANUP_CLOSE int artifacts = -1;
	int r = check_name(name, err);

	if (r == 0 && len > CTR_ARTIFACT_MAX)
		r = error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE,
			      "artifact \"%s\" of container %s is too large with %zu bytes: at most %llu are kept", name,
			      c->name, len, (unsigned long long)CTR_ARTIFACT_MAX);
	if (r < 0 || (r = open_container(c, &dir, err)) < 0)
		return r;
	r = os_mkdirat_private(dir, DIRECTORY, &artifacts);
	if (r == 0)
		r = os_write_file_new(dir, artifacts, name, data, len, 0740);
	if (r == -EEXIST) {
		r = error_set(err, CTR_ERR_EXISTS, DOMAIN_CORE,
			      "container %s has an artifact \"%s\" already; remove it first, or choose another name", c->name,
			      name);
		error_detail(err, "path", name);
		return r;
	}
	if (r == -ENOENT) /* removed under our hands */
		return step_removed(c, err);
	return r < 0 ? failed(c, r, "write", name, err) : 0;
}

int core_container_artifact_get(ctr_container_t *c, const char *name, void **data, size_t *len, ctr_error_t **err)
{
	CLEANUP_CLOSE int artifacts = -1;
	char *text = NULL;
	int r = check_name(name, err);

	if (r < 0 || (r = open_artifacts(c, &artifacts, err)) < 0)
		return r;
	r = artifacts < 0 ? -ENOENT : os_read_file_no_link(artifacts, name, CTR_ARTIFACT_MAX, &text, len);
	if (r == -ENOENT)
		return absent(c, name, err);
	if (r < 0)
		return failed(c, r, "read", name, err);
	*data = text;
	return 0;
}

int core_container_artifact_remove(ctr_container_t *c, const char *name, ctr_error_t **err)
{
	CLEANUP_CLOSE int artifacts = -1;
	int r = check_name(name, err);

	if (r < 0 || (r = open_artifacts(c, &artifacts, err)) < 0)
		return r;
	r = artifacts < 0 ? -ENOENT : unlinkat(artifacts, name, 0) < 0 ? -errno : 0;
	if (r == -ENOENT)
		return absent(c, name, err);
	return r < 0 ? failed(c, r, "remove", name, err) : 0;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

struct names {
	char **v;
	size_t n, size;
};

static void names_reset(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->v[i]);
	free(names->v);
}

static int names_add(struct names *names, const char *name)
{
	if (names->n == names->size) {
		size_t size = names->size ? names->size * 2 : 16;
		char **v = realloc(names->v, size * sizeof(*v));

		if (!v)
			return -ENOMEM;
		names->v = v;
		names->size = size;
	}
	names->v[names->n] = str_dup(name);
	return names->v[names->n] ? (names->n++, 0) : -ENOMEM;
}

/* Takes fd. */
static int read_names(int fd, struct names *ret)
{
	DIR *d = fdopendir(fd);
	const struct dirent *entry;
	int r = 0;

	if (!d) {
		r = -errno;
		close(fd);
		return r;
	}
	while (r == 0 && (errno = 0, entry = readdir(d)))
		if (!STREQ(entry->d_name, ".") && !STREQ(entry->d_name, ".."))
			r = names_add(ret, entry->d_name);
	if (r == 0)
		r = -errno;
	closedir(d);
	return r;
}

static char *print_names(const struct names *names)
{
	CLEANUP_JSON json_t *out = json_object_new_array();

	for (size_t i = 0; out && i < names->n; i++)
		if (json_push_str(out, names->v[i]) < 0)
			return NULL;
	return out ? json_print(out) : NULL;
}

int core_container_artifact_list(ctr_container_t *c, char **ret_json, ctr_error_t **err)
{
	struct names names = {.n = 0};
	CLEANUP_CLOSE int artifacts = -1;
	char *text = NULL;
	int r = open_artifacts(c, &artifacts, err);

	if (r < 0)
		return r;
	r = artifacts < 0 ? 0 : read_names(TAKE_FD(artifacts), &names);
	if (r == 0 && names.n)
		qsort(names.v, names.n, sizeof(*names.v), by_bytes);
	if (r == 0)
		text = print_names(&names);
	names_reset(&names);
	if (r < 0 && r != -ENOMEM)
		return error_set_errno(err, 0, DOMAIN_CORE, r, "cannot read the artifacts of container %s", c->name);
	if (!text)
		return error_no_memory(err);
	*ret_json = text;
	return 0;
}
