/* SPDX-License-Identifier: Apache-2.0 */
/* The storage drivers' own promises beyond the conformance kit: leftovers of a crash, odd trees, limits of the process. */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <cmocka.h>
#include <sched.h>
#include "backend/local_host.h"
#include "base/mem.h"
#include "error/error.h"
#include "storage/storage.h"

#define ID "beef000000000000000000000000000000000000000000000000000000000001"

struct fixture {
	struct local_host host;
	char scratch[256], store[300], rootfs[300];
	int store_fd, rootfs_fd;
	const struct ctr_storage_ops *ops;
	void *self;
};

static int setup_with(void **state, const struct ctr_storage_ops *ops,
		      int (*make)(const struct ctr_host_api *, int, const char *, void **, ctr_error_t **))
{
	struct fixture *f = calloc(1, sizeof(*f));

	local_host_init(&f->host);
	local_scratch(f->scratch, sizeof(f->scratch));
	snprintf(f->store, sizeof(f->store), "%s/store", f->scratch);
	snprintf(f->rootfs, sizeof(f->rootfs), "%s/rootfs", f->scratch);
	if (mkdir(f->store, 0700) < 0 || mkdir(f->rootfs, 0755) < 0)
		return -1;
	f->store_fd = open(f->store, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	f->rootfs_fd = open(f->rootfs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	f->ops = ops;
	*state = f;
	return make(&f->host.api, f->store_fd, f->store, &f->self, NULL);
}

static int setup_dir(void **state)
{
	return setup_with(state, storage_dir_ops(), storage_dir_new);
}

static int setup_overlay(void **state)
{
	return setup_with(state, storage_overlay_ops(), storage_overlay_new);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	f->ops->destroy(f->self);
	close(f->store_fd);
	close(f->rootfs_fd);
	local_scratch_remove(f->scratch);
	free(f);
	return 0;
}

static struct ctr_storage_root a_root(const struct fixture *f)
{
	return (struct ctr_storage_root){.size = sizeof(struct ctr_storage_root), .id = ID, .rootfs = f->rootfs, .writable_layer = 1};
}

static int create(struct fixture *f, ctr_error_t **err)
{
	struct ctr_storage_root root = a_root(f);

	return f->ops->create(f->self, &root, NULL, err);
}

static void write_file(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static int entries(const char *path)
{
	DIR *dir = opendir(path);
	int n = -2;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void expect_list(struct fixture *f, const char *want)
{
	char *text CLEANUP_FREE = NULL;

	assert_int_equal(f->ops->list(f->self, &text, NULL, NULL), 0);
	assert_string_equal(text, want);
}

/* A crash in create or in remove leaves one of these two; both are listed, and the next create or remove clears them. */
static void test_leftovers(void **state)
{
	struct fixture *f = *state;
	ctr_error_t *err CLEANUP_ERROR = NULL;

	assert_int_equal(mkdirat(f->store_fd, ".new-" ID, 0700), 0);
	write_file(f->store_fd, ".new-" ID "/half", "x");
	expect_list(f, "[\"" ID "\"]");
	assert_int_equal(create(f, &err), 0);
	assert_int_equal(faccessat(f->store_fd, ID "/half", F_OK, 0), -1);
	assert_int_equal(faccessat(f->store_fd, ".new-" ID, F_OK, 0), -1);
	assert_int_equal(mkdirat(f->store_fd, ".del-" ID, 0700), 0);
	write_file(f->store_fd, ".del-" ID "/half", "x");
	assert_int_equal(mkdirat(f->store_fd, ".new-" ID, 0700), 0);
	expect_list(f, "[\"" ID "\"]");
	assert_int_equal(f->ops->remove(f->self, ID, NULL, NULL), 0);
	expect_list(f, "[]");
	assert_int_equal(entries(f->store), 0);
}

static void test_failed_create_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	struct rlimit old, small = {.rlim_cur = 4096};
	ctr_error_t *err CLEANUP_ERROR = NULL;
	char text[8192];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	write_file(f->rootfs_fd, "large", text);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small.rlim_max = old.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(create(f, &err), CTR_ERR_IO); /* and no SIGXFSZ */
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(error_errno(err), EFBIG);
	assert_non_null(strstr(error_message(err), "/large"));
	expect_list(f, "[]");
	assert_int_equal(entries(f->store), 0);
	assert_int_equal(create(f, NULL), 0);
}

static void test_hard_links(void **state)
{
	struct fixture *f = *state;
	struct stat a, b, c;

	mkdirat(f->rootfs_fd, "d", 0755);
	write_file(f->rootfs_fd, "one", "same");
	assert_int_equal(linkat(f->rootfs_fd, "one", f->rootfs_fd, "d/two", 0), 0);
	for (int i = 0; i < 600; i++) { /* more than the table of names holds at first */
		char name[32], second[32];

		snprintf(name, sizeof(name), "x%d", i);
		snprintf(second, sizeof(second), "d/y%d", i);
		write_file(f->rootfs_fd, name, name);
		assert_int_equal(linkat(f->rootfs_fd, name, f->rootfs_fd, second, 0), 0);
	}
	assert_int_equal(create(f, NULL), 0);
	assert_int_equal(fstatat(f->store_fd, ID "/root/one", &a, 0), 0);
	assert_int_equal(fstatat(f->store_fd, ID "/root/d/two", &b, 0), 0);
	assert_int_equal(fstatat(f->rootfs_fd, "one", &c, 0), 0);
	assert_int_equal(a.st_ino, b.st_ino);
	assert_int_equal(a.st_nlink, 2);
	assert_true(a.st_ino != c.st_ino || a.st_dev != c.st_dev);
	assert_int_equal(fstatat(f->store_fd, ID "/root/x599", &a, 0), 0);
	assert_int_equal(fstatat(f->store_fd, ID "/root/d/y599", &b, 0), 0);
	assert_int_equal(a.st_ino, b.st_ino);
}

/* Deeper than PATH_MAX and than a small limit of descriptors. */
static void test_deep_tree(void **state)
{
	struct fixture *f = *state;
	struct rlimit old, small = {.rlim_cur = 64};
	char name[201];
	int at, copy;

	memset(name, 'n', 200);
	name[200] = '\0';
	at = dup(f->rootfs_fd);
	for (int i = 0; i < 60; i++) {
		int next;

		assert_int_equal(mkdirat(at, name, 0755), 0);
		next = openat(at, name, O_RDONLY | O_DIRECTORY);
		assert_true(next >= 0);
		close(at);
		at = next;
	}
	write_file(at, "bottom", "here");
	close(at);
	getrlimit(RLIMIT_NOFILE, &old);
	small.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_NOFILE, &small);
	assert_int_equal(create(f, NULL), 0);
	copy = openat(f->store_fd, ID "/root", O_RDONLY | O_DIRECTORY);
	for (int i = 0; i < 60; i++) {
		int next = openat(copy, name, O_RDONLY | O_DIRECTORY);

		assert_true(next >= 0);
		close(copy);
		copy = next;
	}
	assert_int_equal(faccessat(copy, "bottom", F_OK, 0), 0);
	close(copy);
	setrlimit(RLIMIT_NOFILE, &old);
	assert_int_equal(f->ops->remove(f->self, ID, NULL, NULL), 0);
	expect_list(f, "[]");
}

/* The store inside the root that is copied: the copy does not copy itself. */
static void test_store_below_root(void **state)
{
	struct fixture *f = *state;
	struct ctr_storage_root root = a_root(f);

	root.rootfs = f->scratch;
	write_file(f->rootfs_fd, "file", "x");
	assert_int_equal(f->ops->create(f->self, &root, NULL, NULL), 0);
	assert_int_equal(faccessat(f->store_fd, ID "/root/rootfs/file", F_OK, 0), 0);
}

static void test_links_are_not_followed(void **state)
{
	struct fixture *f = *state;
	char outside[400], text[400] = "";

	snprintf(outside, sizeof(outside), "%s/outside", f->scratch);
	assert_int_equal(mkdir(outside, 0755), 0);
	assert_int_equal(symlinkat(outside, f->rootfs_fd, "dir"), 0);
	assert_int_equal(create(f, NULL), 0);
	assert_true(readlinkat(f->store_fd, ID "/root/dir", text, sizeof(text) - 1) > 0);
	assert_string_equal(text, outside);
	assert_int_equal(f->ops->remove(f->self, ID, NULL, NULL), 0);
	assert_int_equal(access(outside, F_OK), 0);
}

/* What is mounted in a root is neither copied nor, when somebody mounted it into a layer, deleted. */
static void test_mounts_are_not_crossed(void **state)
{
	struct fixture *f = *state;
	char path[400], file[500];

	if (geteuid() != 0)
		skip();
	mkdirat(f->rootfs_fd, "mnt", 0755);
	snprintf(path, sizeof(path), "%s/mnt", f->rootfs);
	assert_int_equal(mount("x", path, "tmpfs", 0, NULL), 0);
	snprintf(file, sizeof(file), "%s/precious", path);
	write_file(AT_FDCWD, file, "x");
	assert_int_equal(create(f, NULL), 0);
	assert_int_equal(umount(path), 0);
	assert_int_equal(faccessat(f->store_fd, ID "/root/mnt", F_OK, 0), 0);
	assert_int_equal(faccessat(f->store_fd, ID "/root/mnt/precious", F_OK, 0), -1);
	snprintf(path, sizeof(path), "%s/%s/root/mnt", f->store, ID);
	assert_int_equal(mount(f->rootfs, path, NULL, MS_BIND, NULL), 0);
	write_file(f->rootfs_fd, "precious", "x");
	f->ops->remove(f->self, ID, NULL, NULL); /* whether it manages or not, what is mounted stays */
	assert_int_equal(faccessat(f->rootfs_fd, "precious", F_OK, 0), 0);
	snprintf(path, sizeof(path), "%s/.del-%s/root/mnt", f->store, ID);
	umount(path);
	assert_int_equal(f->ops->remove(f->self, ID, NULL, NULL), 0);
	expect_list(f, "[]");
}

static void test_full_disk(void **state)
{
	struct fixture *f = *state;
	struct local_host host;
	ctr_error_t *err CLEANUP_ERROR = NULL;
	struct ctr_storage_root root = a_root(f);
	void *self = NULL;
	int fd, large;

	if (geteuid() != 0)
		skip();
	local_host_init(&host);
	assert_int_equal(mount("x", f->store, "tmpfs", 0, "size=256k"), 0);
	fd = open(f->store, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(storage_dir_new(&host.api, fd, f->store, &self, NULL), 0);
	large = openat(f->rootfs_fd, "large", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	for (off_t at = 0; at < 1 << 20; at += 4096)
		assert_int_equal(pwrite(large, "data", 4, at), 4);
	close(large);
	assert_int_equal(f->ops->create(self, &root, NULL, &err), CTR_ERR_NO_SPACE);
	assert_non_null(strstr(error_message(err), "/large"));
	assert_int_equal(entries(f->store), 0);
	f->ops->destroy(self);
	close(fd);
	assert_int_equal(umount(f->store), 0);
}

static void test_mount_without_create(void **state)
{
	struct fixture *f = *state;
	struct ctr_storage_root root = a_root(f);
	struct ctr_storage_mount m = {.size = sizeof(m), .mount_fd = -7};
	ctr_error_t *err CLEANUP_ERROR = NULL;

	assert_int_equal(f->ops->mount(f->self, &root, &m, NULL, &err), CTR_ERR_NO_SUCH_FILE);
	assert_non_null(strstr(error_message(err), ID));
	assert_int_equal(m.mount_fd, -7);
	assert_null(m.path);
}

static void test_overlay_status(void **state)
{
	struct fixture *f = *state;
	char *text CLEANUP_FREE = NULL;
	char *want CLEANUP_FREE = NULL;

	assert_int_equal(create(f, NULL), 0);
	assert_int_equal(f->ops->status(f->self, ID, &text, NULL, NULL), 0);
	want = str_printf("{\"LowerDir\":\"%s\",\"UpperDir\":\"%s/%s/upper\",\"WorkDir\":\"%s/%s/work\",\"MergedDir\":\"%s/%s/merged\"}", f->rootfs,
			  f->store, ID, f->store, ID, f->store, ID);
	assert_string_equal(text, want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_leftovers, setup_dir, teardown),
		cmocka_unit_test_setup_teardown(test_leftovers, setup_overlay, teardown),
		cmocka_unit_test_setup_teardown(test_failed_create_leaves_nothing, setup_dir, teardown),
		cmocka_unit_test_setup_teardown(test_hard_links, setup_dir, teardown),
		cmocka_unit_test_setup_teardown(test_deep_tree, setup_dir, teardown),
		cmocka_unit_test_setup_teardown(test_store_below_root, setup_dir, teardown),
		cmocka_unit_test_setup_teardown(test_links_are_not_followed, setup_dir, teardown),
		cmocka_unit_test_setup_teardown(test_mounts_are_not_crossed, setup_dir, teardown),
		cmocka_unit_test_setup_teardown(test_full_disk, setup_dir, teardown),
		cmocka_unit_test_setup_teardown(test_mount_without_create, setup_dir, teardown),
		cmocka_unit_test_setup_teardown(test_mount_without_create, setup_overlay, teardown),
		cmocka_unit_test_setup_teardown(test_overlay_status, setup_overlay, teardown),
	};

	/* Mounts made by a test die with it. */
	if (geteuid() == 0 && (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
