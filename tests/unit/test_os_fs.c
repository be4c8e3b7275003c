/* SPDX-License-Identifier: Apache-2.0 */
/* Files: nothing beneath a root leads outside or makes us wait; writing is whole or not at all; trees go at any depth. */
#include <linux/limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include "cm.h"
#include "os/fd.h"
#include "os/fs.h"

struct place {
	char path[64];
	int fd; /* of path */
};

static int setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	strcpy(p->path, "/tmp/ctr-test-fs-XXXXXX");
	if (!mkdtemp(p->path))
		return -1;
	p->fd = os_open_dir(AT_FDCWD, p->path);
	*state = p;
	return p->fd < 0;
}

static int teardown(void **state)
{
	struct place *p = *state;
	int r = os_remove_tree(AT_FDCWD, p->path);

	close(p->fd);
	free(p);
	return r;
}

static void make_file(int dirfd, const char *name, const char *text)
{
	assert_int_equal(os_write_file_atomic(dirfd, name, text, strlen(text), 0644, 0), 0);
}

static int make_root(struct place *p)
{
	int root;

	assert_int_equal(os_mkdirat_private(p->fd, "root", &root), 0);
	assert_int_equal(os_mkdirat_private(root, "etc", NULL), 0);
	assert_int_equal(os_mkdirat_private(p->fd, "secret", NULL), 0);
	return root;
}

static void links_stay_inside(void **state)
{
	struct place *p = *state;
	char *text CLEANUP_FREE = NULL, *outside CLEANUP_FREE = NULL;
	int root CLEANUP_CLOSE = make_root(p);

	make_file(p->fd, "hostname", "outside");
	make_file(root, "hostname", "inside");
	assert_int_equal(symlinkat("/hostname", root, "absolute"), 0);
	assert_int_equal(symlinkat("../../../hostname", root, "etc/relative"), 0);
	assert_int_equal(symlinkat("/proc/self/exe", root, "magic"), 0);
	assert_int_equal(os_read_file_in_root(root, "/absolute", 100, &text, NULL), 0);
	assert_string_equal(text, "inside");
	free(TAKE_PTR(text));
	assert_int_equal(os_read_file_in_root(root, "etc/relative", 100, &text, NULL), 0);
	assert_string_equal(text, "inside");
	assert_int_equal(os_open_in_root(root, "magic", O_RDONLY, 0), -ENOENT); /* no /proc inside */
	assert_int_equal(os_open_beneath(root, "absolute", O_RDONLY, 0), -EXDEV);
	assert_int_equal(os_open_beneath(root, "../hostname", O_RDONLY, 0), -EXDEV);
	assert_int_equal(os_read_file(p->fd, "root/etc/relative", 100, &outside, NULL), -ENOENT);
}

static void only_regular_files_are_read(void **state)
{
	struct place *p = *state;
	int root CLEANUP_CLOSE = make_root(p);
	char *text = NULL;
	size_t len = 0;

	assert_int_equal(mkfifoat(root, "fifo", 0600), 0);
	assert_int_equal(os_read_file_in_root(root, "fifo", 100, &text, &len), -EINVAL); /* and does not hang */
	assert_int_equal(os_read_file(root, "fifo", 100, &text, NULL), -EINVAL);
	assert_int_equal(os_read_file_in_root(root, "etc", 100, &text, &len), -EINVAL);
	assert_int_equal(os_read_file_in_root(root, "none", 100, &text, &len), -ENOENT);
	make_file(root, "ten", "0123456789");
	assert_int_equal(os_read_file_in_root(root, "ten", 9, &text, &len), -EFBIG);
	assert_int_equal(os_read_file_in_root(root, "ten", 10, &text, &len), 0);
	assert_int_equal(len, 10);
	assert_string_equal(text, "0123456789");
	free(TAKE_PTR(text));
	assert_int_equal(os_read_file(AT_FDCWD, "/proc/self/status", 1 << 20, &text, &len), 0); /* its size is 0 */
	assert_true(len > 100 && strlen(text) == len);
	free(text);
	assert_int_equal(os_read_file(AT_FDCWD, "/proc/self/status", 10, &text, &len), -EFBIG);
}

static void directories_are_made_as_the_container_sees_them(void **state)
{
	struct place *p = *state;
	int root CLEANUP_CLOSE = make_root(p);
	int fd CLEANUP_CLOSE = -1, again CLEANUP_CLOSE = -1;
	mode_t mask = umask(077);
	struct stat st;

	assert_int_equal(symlinkat("/run", root, "varrun"), 0); /* to nothing yet */
	assert_int_equal(symlinkat("../../../../secret", root, "escape"), 0);
	fd = os_mkdir_in_root(root, "/varrun//a/b", 0755, getuid(), getgid());
	umask(mask);
	assert_true(fd >= 3);
	assert_int_equal(fstatat(root, "run/a/b", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	assert_int_equal(fstat(fd, &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	again = os_mkdir_in_root(root, "varrun/a/b", 0700, getuid(), getgid());
	assert_true(again >= 3);
	assert_int_equal(fstatat(root, "run/a/b", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0755); /* what is there stays as it is */
	close(TAKE_FD(again));
	again = os_mkdir_in_root(root, "escape/x", 0755, getuid(), getgid());
	assert_true(again >= 3);
	assert_int_equal(fstatat(p->fd, "secret/x", &st, 0), -1);
	assert_int_equal(fstatat(root, "secret/x", &st, 0), 0);
	make_file(root, "file", "");
	assert_int_equal(os_mkdir_in_root(root, "file/x", 0755, 0, 0), -ENOTDIR);
	assert_int_equal(symlinkat("loop", root, "loop"), 0);
	assert_int_equal(os_mkdir_in_root(root, "loop/x", 0755, 0, 0), -ELOOP);
}

static void private_directories_ignore_the_umask(void **state)
{
	struct place *p = *state;
	mode_t mask = umask(0);
	int fd CLEANUP_CLOSE = -1;
	struct stat st;

	assert_int_equal(os_mkdirat_private(p->fd, "open", NULL), 0);
	umask(0777);
	assert_int_equal(os_mkdirat_private(p->fd, "closed", &fd), 0);
	make_file(p->fd, "file", "x");
	umask(mask);
	assert_int_equal(fstatat(p->fd, "open", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(fstatat(p->fd, "file", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(os_mkdirat_private(p->fd, "open", NULL), 0); /* again */
	assert_int_equal(os_mkdirat_private(p->fd, "no/parent", NULL), -ENOENT);
	assert_int_equal(symlinkat("open", p->fd, "link"), 0);
	assert_int_equal(os_mkdirat_private(p->fd, "link", NULL), -ENOTDIR);
}

static size_t count_entries(int dirfd)
{
	DIR *dir CLEANUP_CLOSEDIR = fdopendir(os_open_dir(dirfd, "."));
	size_t n = 0;

	for (struct dirent *e; (e = readdir(dir));)
		n += !STREQ(e->d_name, ".") && !STREQ(e->d_name, "..");
	return n;
}

/* In a process of its own, with the default action of SIGXFSZ: a signal would show in the wait status. */
static int write_beyond_limit(struct place *p)
{
	const struct rlimit limit = {.rlim_cur = 4096, .rlim_max = 4096};
	char data[8192] = {0};
	int fd;

	setrlimit(RLIMIT_FSIZE, &limit);
	if (os_write_file_atomic(p->fd, "file", data, sizeof(data), 0600, 0) != -EFBIG)
		return 1;
	fd = openat(p->fd, "other", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	return os_fallocate(fd, 8192) != -EFBIG || os_fallocate(fd, 100) != 0;
}

static void a_failed_write_leaves_the_old_file(void **state)
{
	struct place *p = *state;
	char *text CLEANUP_FREE = NULL;
	int status;
	pid_t pid;

	make_file(p->fd, "file", "old");
	pid = fork();
	if (pid == 0)
		_exit(write_beyond_limit(p));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(os_read_file(p->fd, "file", 10000, &text, NULL), 0);
	assert_string_equal(text, "old");
	assert_int_equal(count_entries(p->fd), 2); /* file, other: no temporary one */
	assert_int_equal(os_write_file_atomic(p->fd, "file", "new", 3, 0600, 1), 0);
	free(TAKE_PTR(text));
	assert_int_equal(os_read_file(p->fd, "file", 10000, &text, NULL), 0);
	assert_string_equal(text, "new");
}

static void deep_trees_go(void **state)
{
	struct place *p = *state;
	int fd, keep CLEANUP_CLOSE = -1;
	struct stat st;

	assert_int_equal(os_mkdirat_private(p->fd, "keep", &keep), 0);
	make_file(keep, "precious", "x");
	assert_int_equal(os_mkdirat_private(p->fd, "tree", &fd), 0);
	for (int i = 0; i < 3000; i++) { /* beyond PATH_MAX and any limit of descriptors */
		int next;

		make_file(fd, "file", "x");
		if (i % 100 == 0)
			assert_int_equal(symlinkat("../../../../../../../../../../keep", fd, "link"), 0);
		assert_int_equal(os_mkdirat_private(fd, "a-directory-with-a-long-name", &next), 0);
		close(fd);
		fd = next;
	}
	assert_int_equal(fchmod(fd, 0500), 0);
	close(fd);
	assert_int_equal(os_remove_tree(p->fd, "tree"), 0);
	assert_int_equal(fstatat(p->fd, "tree", &st, 0), -1);
	assert_int_equal(fstatat(keep, "precious", &st, 0), 0);
	assert_int_equal(os_remove_tree(p->fd, "tree"), 0); /* missing is fine */
	assert_int_equal(symlinkat("keep", p->fd, "link"), 0);
	assert_int_equal(os_remove_tree(p->fd, "link"), 0); /* the link, not what it points to */
	assert_int_equal(fstatat(keep, "precious", &st, 0), 0);
}

static void paths_of_descriptors(void **state)
{
	struct place *p = *state;
	char *path CLEANUP_FREE = os_fd_path(p->fd), *odd CLEANUP_FREE = NULL;
	int fd CLEANUP_CLOSE = openat(p->fd, "x (deleted)", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int pair[2];

	assert_string_equal(path, p->path);
	odd = os_fd_path(fd);
	assert_non_null(strstr(odd, "/x (deleted)"));
	assert_int_equal(unlinkat(p->fd, "x (deleted)", 0), 0);
	assert_null(os_fd_path(fd));
	assert_int_equal(os_pipe(pair, 0), 0);
	assert_null(os_fd_path(pair[0]));
	close(pair[0]);
	close(pair[1]);
	assert_true(os_fs_type(p->fd) != 0);
	assert_int_equal(os_fs_type(-1), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(links_stay_inside),
		TEST(only_regular_files_are_read),
		TEST(directories_are_made_as_the_container_sees_them),
		TEST(private_directories_ignore_the_umask),
		TEST(a_failed_write_leaves_the_old_file),
		TEST(deep_trees_go),
		TEST(paths_of_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
