/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of storage drivers. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>
#include "kit_lib.h"

#define ID "c0de000000000000000000000000000000000000000000000000000000000001"
#define OTHER "c0de000000000000000000000000000000000000000000000000000000000002"
#define UNKNOWN "c0de0000000000000000000000000000000000000000000000000000000000ff"

static struct ctr_storage_root a_root(const struct kit *k, const char *id, int layer)
{
	return (struct ctr_storage_root){.size = sizeof(struct ctr_storage_root), .id = id, .rootfs = k->rootfs, .writable_layer = layer};
}

static int create(struct kit *k, const struct ctr_storage_root *root)
{
	return k->storage->create(k->t->self, root, NULL, &k->err);
}

static int remove_id(struct kit *k, const char *id)
{
	return k->storage->remove(k->t->self, id, NULL, &k->err);
}

static int mount_root(struct kit *k, const struct ctr_storage_root *root, struct ctr_storage_mount *ret)
{
	*ret = (struct ctr_storage_mount){.size = sizeof(*ret), .mount_fd = -1, .root_fd = -1};
	return k->storage->mount(k->t->self, root, ret, NULL, &k->err);
}

static void let_go(struct kit *k, struct ctr_storage_mount *m)
{
	if (m->mount_fd >= 0)
		close(m->mount_fd);
	if (m->root_fd >= 0)
		close(m->root_fd);
	k->t->host->free(m->path);
	m->path = NULL;
}

static int write_at(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644), ok;

	ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	if (fd >= 0)
		close(fd);
	return ok;
}

static int reads(int dir, const char *name, const char *text)
{
	char buf[64] = "";
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf) - 1);

	if (fd >= 0)
		close(fd);
	return n >= 0 && strcmp(buf, text) == 0;
}

static int is_listed(struct kit *k, const char *id)
{
	char *text = NULL;

	if (!k->storage->list)
		return -1;
	if (k->storage->list(k->t->self, &text, NULL, &k->err) != 0)
		return -2;
	return kit_answer_has(k, text, '[', id);
}

static void check_bad_roots(struct kit *k)
{
	struct ctr_storage_root root = a_root(k, ID, 1);

	root.rootfs = "some/where";
	KIT_TRY(k, "create with a relative root", create(k, &root), CTR_ERR_INVALID_ARG);
	KIT_TRUE(k, is_listed(k, ID) <= 0, "a refused container is listed");
}

static void check_missing_roots(struct kit *k)
{
	struct ctr_storage_root root = a_root(k, ID, 1);
	char path[4200];

	for (int layer = 0; layer < 2; layer++) {
		root.writable_layer = layer;
		snprintf(path, sizeof(path), "%s/nothing-here", k->t->scratch);
		root.rootfs = path;
		KIT_TRY(k, "create with a missing root", create(k, &root), CTR_ERR_NO_SUCH_FILE);
		snprintf(path, sizeof(path), "%s/file", k->rootfs);
		KIT_TRY(k, "create with a file as root", create(k, &root), CTR_ERR_INVALID_ARG);
		KIT_TRUE(k, is_listed(k, ID) <= 0, "a refused container is listed");
	}
}

static void check_as_it_is(struct kit *k)
{
	struct ctr_storage_root root = a_root(k, ID, 0);
	struct ctr_storage_mount m;

	KIT_TRY(k, "create", create(k, &root), 0);
	KIT_TRY(k, "create again", create(k, &root), 0);
	KIT_TRY(k, "mount", mount_root(k, &root, &m), 0);
	KIT_TRUE(k, strcmp(m.path, k->rootfs) == 0, "the path is %s", m.path);
	KIT_TRUE(k, m.mount_fd == -1, "a mount was made for a directory that is used as it is");
	KIT_TRUE(k, k->t->keeps_nothing || reads(m.root_fd, "file", "below\n"), "the root's file cannot be read");
	let_go(k, &m);
	KIT_TRY(k, "remove", remove_id(k, ID), 0);
	KIT_TRUE(k, access(k->rootfs, F_OK) == 0, "remove took the user's directory");
}

static void check_layer(struct kit *k)
{
	struct ctr_storage_root root = a_root(k, ID, 1);
	struct ctr_storage_mount m;
	int below = open(k->rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);

	KIT_TRY(k, "create", create(k, &root), 0);
	KIT_TRY(k, "create again", create(k, &root), 0);
	KIT_TRY(k, "mount", mount_root(k, &root, &m), 0);
	KIT_TRUE(k, reads(m.root_fd, "file", "below\n"), "the root's file cannot be read through the layer");
	KIT_TRUE(k, write_at(m.root_fd, "file", "above\n") && write_at(m.root_fd, "new", "new\n") &&
			    unlinkat(m.root_fd, "dir/inner", 0) == 0,
		 "the layer is not writable: %s", strerror(errno));
	KIT_TRUE(k, reads(below, "file", "below\n") && faccessat(below, "new", F_OK, 0) < 0 && faccessat(below, "dir/inner", F_OK, 0) == 0,
		 "the user's directory was changed through the layer");
	let_go(k, &m);
	if (k->storage->unmount)
		KIT_TRY(k, "unmount", k->storage->unmount(k->t->self, ID, NULL, &k->err), 0);
	KIT_TRY(k, "create of what is there", create(k, &root), 0);
	KIT_TRY(k, "mount again", mount_root(k, &root, &m), 0);
	KIT_TRUE(k, reads(m.root_fd, "file", "above\n") && reads(m.root_fd, "new", "new\n") && faccessat(m.root_fd, "dir/inner", F_OK, 0) < 0,
		 "changes did not survive until the next mount");
	let_go(k, &m);
	close(below);
	KIT_TRUE(k, is_listed(k, ID) != 0, "a container with a layer is not listed");
	KIT_TRY(k, "remove", remove_id(k, ID), 0);
	KIT_TRUE(k, is_listed(k, ID) <= 0, "a removed container is listed");
	KIT_TRY(k, "remove again", remove_id(k, ID), 0);
	KIT_TRY(k, "create after removal", create(k, &root), 0);
	KIT_TRY(k, "mount after removal", mount_root(k, &root, &m), 0);
	KIT_TRUE(k, reads(m.root_fd, "file", "below\n"), "a new layer shows the old one's changes");
	let_go(k, &m);
	KIT_TRY(k, "last remove", remove_id(k, ID), 0);
}

static void check_two_layers(struct kit *k)
{
	struct ctr_storage_root one = a_root(k, ID, 1), two = a_root(k, OTHER, 1);
	struct ctr_storage_mount m1, m2;

	KIT_TRY(k, "create one", create(k, &one), 0);
	KIT_TRY(k, "create two", create(k, &two), 0);
	KIT_TRY(k, "mount one", mount_root(k, &one, &m1), 0);
	KIT_TRY(k, "mount two", mount_root(k, &two, &m2), 0);
	KIT_TRUE(k, strcmp(m1.path, m2.path) != 0, "two containers have one path");
	KIT_TRUE(k, write_at(m1.root_fd, "file", "one\n"), "the layer is not writable");
	KIT_TRUE(k, reads(m2.root_fd, "file", "below\n"), "one container's change is seen in another");
	let_go(k, &m1);
	KIT_TRY(k, "remove one", remove_id(k, ID), 0);
	KIT_TRUE(k, reads(m2.root_fd, "file", "below\n"), "removing one container took another's files");
	let_go(k, &m2);
	KIT_TRY(k, "remove two", remove_id(k, OTHER), 0);
}

static int same(int a, int b, const char *name)
{
	struct stat x, y;

	if (fstatat(a, name, &x, AT_SYMLINK_NOFOLLOW) < 0 || fstatat(b, name, &y, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	return x.st_mode == y.st_mode && x.st_uid == y.st_uid && x.st_gid == y.st_gid && x.st_rdev == y.st_rdev &&
	       (S_ISDIR(x.st_mode) || (x.st_size == y.st_size && x.st_mtim.tv_sec == y.st_mtim.tv_sec && x.st_mtim.tv_nsec == y.st_mtim.tv_nsec));
}

static void check_fidelity(struct kit *k)
{
	static const char *const names[] = {".", "file", "dir", "dir/inner", "link", "dangling", "fifo", "suid", "hard", "sparse", "device"};
	struct ctr_storage_root root = a_root(k, ID, 1);
	struct ctr_storage_mount m;
	int below = open(k->rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char text[256] = "", path[64];
	struct stat st;

	KIT_TRY(k, "create", create(k, &root), 0);
	KIT_TRY(k, "mount", mount_root(k, &root, &m), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (faccessat(below, names[i], F_OK, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		KIT_TRUE(k, same(below, m.root_fd, names[i]), "%s has not the type, mode, owner, size or time of the original", names[i]);
	}
	KIT_TRUE(k, readlinkat(m.root_fd, "dangling", text, sizeof(text) - 1) > 0 && strcmp(text, "/no/where") == 0, "a link points to %s", text);
	KIT_TRUE(k, fstatat(m.root_fd, "sparse", &st, 0) == 0 && st.st_blocks * 512 < st.st_size, "a file's hole was filled");
	memset(text, 0, sizeof(text));
	snprintf(path, sizeof(path), "/proc/self/fd/%d/file", m.root_fd);
	KIT_TRUE(k, getxattr(path, "user.kit", text, sizeof(text) - 1) == 4 && strcmp(text, "kept") == 0, "an extended attribute is lost");
	let_go(k, &m);
	close(below);
	KIT_TRY(k, "remove", remove_id(k, ID), 0);
}

static void check_empty_root(struct kit *k)
{
	struct ctr_storage_root root = a_root(k, ID, 1);
	struct ctr_storage_mount m;
	struct stat st;

	root.rootfs = NULL;
	KIT_TRY(k, "create", create(k, &root), 0);
	KIT_TRY(k, "mount", mount_root(k, &root, &m), 0);
	KIT_TRUE(k, fstat(m.root_fd, &st) == 0 && S_ISDIR(st.st_mode) && (st.st_mode & 07777) == 0755, "the empty root is no directory of mode 0755");
	KIT_TRUE(k, write_at(m.root_fd, "new", "new\n"), "the empty root is not writable");
	let_go(k, &m);
	KIT_TRY(k, "remove", remove_id(k, ID), 0);
}

static void check_cancelled(struct kit *k)
{
	struct ctr_storage_root root = a_root(k, ID, 1);
	ctr_op_t *op = NULL;
	int code;

	KIT_TRY(k, "ctr_op_new", ctr_op_new(&op, &k->err), 0);
	ctr_op_cancel(op);
	code = k->storage->create(k->t->self, &root, op, &k->err);
	ctr_op_unref(op);
	if (code != 0) {
		KIT_TRY(k, "a cancelled create", code, CTR_ERR_CANCELLED);
		KIT_TRUE(k, is_listed(k, ID) <= 0, "a cancelled create left something");
	}
	KIT_TRY(k, "create after a cancelled one", create(k, &root), 0);
	KIT_TRY(k, "remove", remove_id(k, ID), 0);
}

static void check_answers(struct kit *k)
{
	struct ctr_storage_root root = a_root(k, ID, 1);
	char *text = NULL;

	KIT_TRY(k, "create", create(k, &root), 0);
	if (k->storage->status) {
		KIT_TRY(k, "status", k->storage->status(k->t->self, ID, &text, NULL, &k->err), 0);
		KIT_TRUE(k, kit_answer_has(k, text, '{', "}"), "status' answer is no object");
	}
	text = NULL;
	if (k->storage->probe) {
		KIT_TRY(k, "probe", k->storage->probe(k->t->self, &text, NULL, &k->err), 0);
		KIT_TRUE(k, kit_answer_has(k, text, '{', "\"usable\""), "probe's answer is no object with \"usable\"");
	}
	KIT_TRY(k, "remove", remove_id(k, ID), 0);
	KIT_TRY(k, "remove of an unknown container", remove_id(k, UNKNOWN), 0);
	if (k->storage->unmount)
		KIT_TRY(k, "unmount of an unknown container", k->storage->unmount(k->t->self, UNKNOWN, NULL, &k->err), 0);
}

static void check_bad_ids(struct kit *k)
{
	static const char *const ids[] = {"", ".", "..", "../x", "a/b", ".hidden"};
	struct ctr_storage_mount m;

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		struct ctr_storage_root root = a_root(k, ids[i], 1);

		KIT_TRY(k, "create with a bad id", create(k, &root), CTR_ERR_INVALID_ARG);
		KIT_TRY(k, "mount with a bad id", mount_root(k, &root, &m), CTR_ERR_INVALID_ARG);
		KIT_TRY(k, "remove with a bad id", remove_id(k, ids[i]), CTR_ERR_INVALID_ARG);
	}
}

/* A small tree with one of each kind; what this process may not make is left out. */
static void make_rootfs(struct kit *k)
{
	const struct timespec times[2] = {{.tv_sec = 1000000000, .tv_nsec = 123456789}, {.tv_sec = 1100000000, .tv_nsec = 987654321}};
	char path[sizeof(k->rootfs) + 16];
	int dir, left_out = 0;

	snprintf(k->rootfs, sizeof(k->rootfs), "%s/kit-rootfs-XXXXXX", k->t->scratch);
	KIT_TRUE(k, mkdtemp(k->rootfs), "cannot make %s: %s", k->rootfs, strerror(errno));
	dir = open(k->rootfs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	KIT_TRUE(k, dir >= 0 && write_at(dir, "file", "below\n") && write_at(dir, "suid", "x") && write_at(dir, "sparse", "x"),
		 "cannot fill %s: %s", k->rootfs, strerror(errno));
	KIT_TRUE(k, mkdirat(dir, "dir", 0700) == 0 && write_at(dir, "dir/inner", "inner\n") && symlinkat("file", dir, "link") == 0 &&
			    symlinkat("/no/where", dir, "dangling") == 0 && mkfifoat(dir, "fifo", 0640) == 0 && linkat(dir, "suid", dir, "hard", 0) == 0,
		 "cannot fill %s: %s", k->rootfs, strerror(errno));
	left_out |= mknodat(dir, "device", S_IFCHR | 0666, makedev(1, 3)) < 0;
	left_out |= fchownat(dir, "file", 1234, 4321, 0) < 0;
	left_out |= fchownat(dir, "link", 12, 34, AT_SYMLINK_NOFOLLOW) < 0;
	KIT_TRUE(k, fchmodat(dir, "suid", 04755, 0) == 0 && fchmod(dir, 0751) == 0 && (!left_out || geteuid() != 0), "cannot set modes and owners: %s",
		 strerror(errno));
	snprintf(path, sizeof(path), "%s/sparse", k->rootfs);
	KIT_TRUE(k, truncate(path, 8 << 20) == 0, "cannot make a sparse file");
	snprintf(path, sizeof(path), "%s/file", k->rootfs);
	setxattr(path, "user.kit", "kept", 4, 0);
	utimensat(dir, "file", times, 0);
	utimensat(dir, "link", times, AT_SYMLINK_NOFOLLOW);
	utimensat(dir, "dir", times, 0);
	close(dir);
}

int kit_storage(const struct ctr_storage_ops *ops, const struct kit_target *t)
{
	static const struct kit_check checks[] = {
		{"storage: roots that cannot be", check_bad_roots, 0},
		{"storage: roots that are not there", check_missing_roots, 1},
		{"storage: a directory as it is", check_as_it_is, 0},
		{"storage: a private layer", check_layer, 1},
		{"storage: two layers", check_two_layers, 1},
		{"storage: everything looks as below", check_fidelity, 1},
		{"storage: an empty root", check_empty_root, 1},
		{"storage: cancelled", check_cancelled, 0},
		{"storage: answers", check_answers, 0},
		{"storage: ids that cannot be", check_bad_ids, 1},
	};
	struct kit k = {.t = t, .storage = ops};

	make_rootfs(&k);
	if (k.failure[0]) {
		t->report("storage: making a root file system", k.failure, t->userdata);
		return 1;
	}
	return kit_run(&k, checks, sizeof(checks) / sizeof(checks[0]));
}
