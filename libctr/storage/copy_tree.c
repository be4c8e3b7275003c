/* SPDX-License-Identifier: Apache-2.0 */
/* Walks a tree with a list of relative paths instead of recursion: two descriptors at a time, whatever the depth. */
#include "storage/copy_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "base/mem.h"
#include "base/strbuf.h"
#include "os/fd.h"

/* The first name of a file with several: the others become links to it. */
struct seen {
	dev_t dev;
	ino_t ino;
	char *path;
};

struct walk {
	int from_root, to_root;
	uint64_t mount_id;
	dev_t to_dev;
	ino_t to_ino;
	copy_check_fn check;
	void *userdata;
	char **dirs; /* relative paths in the order found, "" first; their own attributes come last, deepest first */
	size_t n_dirs, dirs_size;
	struct seen *seen; /* open addressing, size a power of two */
	size_t n_seen, seen_size;
	char *where; /* what is being copied */
};

static void walk_done(struct walk *w)
{
	for (size_t i = 0; i < w->n_dirs; i++)
		free(w->dirs[i]);
	for (size_t i = 0; i < w->seen_size; i++)
		free(w->seen[i].path);
	free(w->dirs);
	free(w->seen);
	free(w->where);
}

static char *joined(const char *dir, const char *name)
{
	return dir[0] ? str_printf("%s/%s", dir, name) : str_dup(name);
}

static int push_dir(struct walk *w, char *path)
{
	if (!path)
		return -ENOMEM;
	if (w->n_dirs == w->dirs_size) {
		size_t size = w->dirs_size ? w->dirs_size * 2 : 64;
		char **more = reallocarray(w->dirs, size, sizeof(*more));

		if (!more) {
			free(path);
			return -ENOMEM;
		}
		w->dirs = more;
		w->dirs_size = size;
	}
	w->dirs[w->n_dirs++] = path;
	return 0;
}

/* One component after the other, so that neither PATH_MAX nor a link planted meanwhile matters. Readable directory, fd or -errno. */
static int open_dir(int root, const char *path)
{
	int at CLEANUP_CLOSE = os_fd_above_std(openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	char name[NAME_MAX + 1];

	if (at < 0)
		return -errno;
	while (*path) {
		size_t len = (size_t)(strchrnul(path, '/') - path);
		int next;

		memcpy(name, path, len);
		name[len] = '\0';
		next = os_fd_above_std(openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
		if (next < 0)
			return -errno;
		close(at);
		at = next;
		path += len + (path[len] == '/');
	}
	return TAKE_FD(at);
}

static uint64_t mount_id_of(int fd)
{
	struct statx sx = {0};

	return statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &sx) == 0 && (sx.stx_mask & STATX_MNT_ID) ? sx.stx_mnt_id : 0;
}

static size_t slot_of(const struct walk *w, dev_t dev, ino_t ino)
{
	size_t i = (size_t)((ino ^ (dev << 7)) * UINT64_C(0x9e3779b97f4a7c15)) & (w->seen_size - 1);

	while (w->seen[i].path && (w->seen[i].dev != dev || w->seen[i].ino != ino))
		i = (i + 1) & (w->seen_size - 1);
	return i;
}

static int grow_seen(struct walk *w)
{
	struct walk bigger = {.seen_size = w->seen_size ? w->seen_size * 2 : 256};

	if (w->n_seen * 2 < w->seen_size)
		return 0;
	bigger.seen = mem_new0(bigger.seen_size, sizeof(*bigger.seen));
	if (!bigger.seen)
		return -ENOMEM;
	for (size_t i = 0; i < w->seen_size; i++)
		if (w->seen[i].path)
			bigger.seen[slot_of(&bigger, w->seen[i].dev, w->seen[i].ino)] = w->seen[i];
	free(w->seen);
	w->seen = bigger.seen;
	w->seen_size = bigger.seen_size;
	return 0;
}

/* 1: linked to its earlier name, 0: this is the first one and has to be copied, -errno */
static int link_if_seen(struct walk *w, int to_dir, const char *name, const char *path, const struct stat *st)
{
	struct seen *slot;
	char *parent CLEANUP_FREE = NULL;
	int dir CLEANUP_CLOSE = -1;
	const char *base;

	if (st->st_nlink < 2)
		return 0;
	if (grow_seen(w) < 0)
		return -ENOMEM;
	slot = &w->seen[slot_of(w, st->st_dev, st->st_ino)];
	if (!slot->path) {
		slot->path = str_dup(path);
		if (!slot->path)
			return -ENOMEM;
		slot->dev = st->st_dev;
		slot->ino = st->st_ino;
		w->n_seen++;
		return 0;
	}
	base = strrchr(slot->path, '/');
	parent = base ? str_ndup(slot->path, (size_t)(base - slot->path)) : str_dup("");
	if (!parent)
		return -ENOMEM;
	dir = open_dir(w->to_root, parent);
	if (dir < 0)
		return dir;
	return linkat(dir, base ? base + 1 : slot->path, to_dir, name, 0) < 0 ? -errno : 1;
}

static int copy_one(struct walk *w, int from, int to, const char *dir, const char *name)
{
	char *path CLEANUP_FREE = joined(dir, name);
	struct stat st;
	int code;

	if (!path)
		return -ENOMEM;
	free(w->where);
	w->where = str_dup(path);
	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode)) {
		if (st.st_dev == w->to_dev && st.st_ino == w->to_ino)
			return 0;
		if (mkdirat(to, name, 0700) < 0)
			return -errno;
		return push_dir(w, TAKE_PTR(path));
	}
	code = link_if_seen(w, to, name, path, &st);
	if (code == 0)
		code = copy_entry(from, to, name, &st, w->check, w->userdata);
	return code < 0 ? code : 0;
}

static int copy_dir(struct walk *w, const char *path)
{
	int to CLEANUP_CLOSE = open_dir(w->to_root, path);
	int owned CLEANUP_CLOSE = open_dir(w->from_root, path);
	DIR *dir CLEANUP_CLOSEDIR = NULL;
	struct dirent *e;
	int from = owned, code = 0;

	if (from < 0 || to < 0)
		return from < 0 ? from : to;
	if (mount_id_of(from) != w->mount_id)
		return 0;
	dir = fdopendir(from);
	if (!dir)
		return -errno;
	(void)TAKE_FD(owned);
	while (code == 0 && (errno = 0, e = readdir(dir))) {
		if (STREQ(e->d_name, ".") || STREQ(e->d_name, ".."))
			continue;
		code = w->check(w->userdata);
		if (code == 0)
			code = copy_one(w, from, to, path, e->d_name);
	}
	return code == 0 && errno ? -errno : code;
}

static int finish_dir(struct walk *w, const char *path)
{
	int from CLEANUP_CLOSE = open_dir(w->from_root, path);
	int to CLEANUP_CLOSE = open_dir(w->to_root, path);
	struct stat st;

	if (from < 0 || to < 0)
		return from < 0 ? from : to;
	return fstat(from, &st) < 0 ? -errno : copy_attributes(from, to, &st);
}

int copy_tree(int from_fd, int to_fd, copy_check_fn check, void *userdata, char **ret_where)
{
	struct walk w = {.from_root = from_fd, .to_root = to_fd, .check = check, .userdata = userdata};
	struct stat st;
	int code;

	if (fstat(to_fd, &st) < 0)
		return -errno;
	w.to_dev = st.st_dev;
	w.to_ino = st.st_ino;
	w.mount_id = mount_id_of(from_fd);
	code = push_dir(&w, str_dup(""));
	for (size_t i = 0; i < w.n_dirs && code == 0; i++)
		code = copy_dir(&w, w.dirs[i]);
	for (size_t i = w.n_dirs; i > 0 && code == 0; i--)
		code = finish_dir(&w, w.dirs[i - 1]);
	if (code < 0)
		*ret_where = TAKE_PTR(w.where);
	walk_done(&w);
	return code;
}
