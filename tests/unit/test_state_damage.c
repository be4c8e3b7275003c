/* SPDX-License-Identifier: Apache-2.0 */
/* Stores that are damaged or newer, disks that are full, hosts with closed standard descriptors, writers that are not ours. */
#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include "state_fixture.h"

#define BIG 8192

static void close_store(struct fixture *f)
{
	char *uuid = NULL;

	assert_int_equal(store_meta_get(f->s, "lock_uuid", &uuid, NULL), 0);
	f->s = store_close(f->s);
	lock_segment_remove(uuid, 0);
	free(uuid);
}

static char *read_db(struct fixture *f, size_t *ret_len)
{
	char *data = NULL;

	assert_int_equal(os_read_file(f->rootfd, "ctr.db", 64 << 20, &data, ret_len), 0);
	return data;
}

static void write_db(struct fixture *f, const char *data, size_t len)
{
	int fd = openat(f->rootfd, "ctr.db", O_WRONLY | O_TRUNC | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), len);
	close(fd);
}

/* Opening answers `expected`, and the file has not been touched. */
static void check_refused(struct fixture *f, int expected)
{
	CLEANUP_ERROR ctr_error_t *err = NULL;
	size_t before_len, after_len;
	char *before = read_db(f, &before_len), *after;

	assert_int_equal(fixture_open(f, EPOCH, &f->s, &err), expected);
	assert_null(f->s);
	assert_non_null(strstr(error_message(err), f->dir));
	after = read_db(f, &after_len);
	assert_int_equal(after_len, before_len);
	assert_memory_equal(after, before, before_len);
	free(before);
	free(after);
}

static void test_empty_file(void **state)
{
	struct fixture *f = *state;
	struct stat before, after;

	assert_int_equal(make_container(f->s, 1, NULL), 0);
	close_store(f);
	assert_int_equal(fstatat(f->rootfd, "ctr.db-wal", &before, 0), 0);
	write_db(f, "", 0);
	check_refused(f, CTR_ERR_STORE_DAMAGED);
	/* what may still be saved is still there */
	assert_int_equal(fstatat(f->rootfd, "ctr.db-wal", &after, 0), 0);
	assert_int_equal(after.st_size, before.st_size);
}

static void test_garbage(void **state)
{
	struct fixture *f = *state;
	char data[BIG];

	assert_int_equal(make_container(f->s, 1, NULL), 0);
	close_store(f);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 31 + 7);
	write_db(f, data, sizeof(data));
	check_refused(f, CTR_ERR_STORE_DAMAGED);
	write_db(f, "hello", 5);
	check_refused(f, CTR_ERR_STORE_DAMAGED);
}

static void test_a_directory_in_its_place(void **state)
{
	struct fixture *f = *state;
	struct store *s = NULL;

	assert_int_equal(mkdirat(f->rootfd, "ctr.db", 0700), 0);
	assert_int_equal(fixture_open(f, EPOCH, &s, NULL), CTR_ERR_STORE_DAMAGED);
}

static void drop_wal(struct fixture *f)
{
	unlinkat(f->rootfd, "ctr.db-wal", 0);
	unlinkat(f->rootfd, "ctr.db-shm", 0);
}

static void test_truncated(void **state)
{
	struct fixture *f = *state;
	size_t len;
	char *data;

	close_store(f);
	drop_wal(f);
	data = read_db(f, &len);
	assert_true(len > BIG);
	write_db(f, data, len - 4096);
	check_refused(f, CTR_ERR_STORE_DAMAGED);
	write_db(f, data, 4096);
	check_refused(f, CTR_ERR_STORE_DAMAGED);
	write_db(f, data, 50);
	check_refused(f, CTR_ERR_STORE_DAMAGED);
	free(data);
}

static void test_each_page_overwritten(void **state)
{
	struct fixture *f = *state;
	size_t len;
	char *data;

	close_store(f);
	drop_wal(f);
	data = read_db(f, &len);
	for (size_t page = 0; page * 4096 < len; page++) {
		char saved[4096];

		memcpy(saved, data + page * 4096, 4096);
		memset(data + page * 4096, 0x5a, 4096);
		write_db(f, data, len);
		memcpy(data + page * 4096, saved, 4096);
		check_refused(f, CTR_ERR_STORE_DAMAGED);
	}
	free(data);
}

/* A damaged WAL is the end of what was saved, not of the store. */
static void test_damaged_wal(void **state)
{
	struct fixture *f = *state;
	char junk[BIG];
	int fd;

	memset(junk, 0x77, sizeof(junk));
	assert_int_equal(make_container(f->s, 1, NULL), 0);
	f->s = store_close(f->s);
	fd = openat(f->rootfd, "ctr.db-wal", O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, junk, sizeof(junk), 4096), sizeof(junk));
	close(fd);
	fd = openat(f->rootfd, "ctr.db-shm", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(pwrite(fd, junk, sizeof(junk), 0), sizeof(junk));
	close(fd);
	assert_int_equal(fixture_open(f, EPOCH, &f->s, NULL), 0);
	assert_int_equal(make_container(f->s, 2, NULL), 0);
}

static void run_sql(struct fixture *f, const char *sql)
{
	sqlite3 *db = NULL;
	char path[128];

	snprintf(path, sizeof(path), "%s/ctr.db", f->dir);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void test_newer_store(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(make_container(f->s, 1, NULL), 0);
	close_store(f);
	run_sql(f, "UPDATE meta SET value = '99' WHERE key IN ('schema_version', 'min_reader', 'min_writer')");
	check_refused(f, CTR_ERR_STORE_VERSION);
}

/* A newer program that still lets us read */
static void test_newer_store_that_we_may_read(void **state)
{
	struct fixture *f = *state;
	struct row_list l = {0};

	assert_int_equal(make_container(f->s, 1, NULL), 0);
	f->s = store_close(f->s);
	run_sql(f, "ALTER TABLE container ADD COLUMN later TEXT NOT NULL DEFAULT 'x';"
		   "UPDATE meta SET value = '3' WHERE key IN ('schema_version', 'min_writer')");
	assert_int_equal(fixture_open(f, EPOCH, &f->s, NULL), 0);
	assert_int_equal(store_schema_version(f->s), 3);
	assert_int_equal(store_container_list(f->s, &l, NULL), 0);
	assert_int_equal(l.n, 1);
	row_list_reset(&l);
	assert_int_equal(make_container(f->s, 2, NULL), CTR_ERR_STORE_VERSION);
}

static void test_foreign_database(void **state)
{
	struct fixture *f = *state;

	run_sql(f, "CREATE TABLE a (b); INSERT INTO a VALUES (1)");
	check_refused(f, CTR_ERR_STORE_DAMAGED);
}

static int in_child(int (*fn)(struct fixture *f), struct fixture *f)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(fn(f));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int fill_until_error(struct store *s, int expected)
{
	int r = 0;

	for (unsigned i = 100; r == 0 && i < 5000; i++)
		r = make_container(s, i, NULL);
	if (r != expected)
		return 3;
	return 0;
}

static int write_under_limit(struct fixture *f)
{
	struct rlimit limit = {200000, 200000};
	struct row_list l = {0};
	sigset_t pending;

	if (fixture_open(f, EPOCH, &f->s, NULL) < 0)
		return 2;
	setrlimit(RLIMIT_FSIZE, &limit);
	if (fill_until_error(f->s, CTR_ERR_NO_SPACE) != 0 || sigpending(&pending) < 0 || sigismember(&pending, SIGXFSZ))
		return 3;
	/* reading still works, and no more is left than the one intent of a creation that was cut in two */
	if (store_container_list(f->s, &l, NULL) < 0)
		return 4;
	row_list_reset(&l);
	if (store_container_list_intents(f->s, &l, NULL) < 0 || l.n > 1)
		return 5;
	row_list_reset(&l);
	return 0;
}

static void test_file_size_limit(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(in_child(write_under_limit, f), 0);
	assert_int_equal(make_container(f->s, 1, NULL), 0);
}

static int first_open_under_limit(struct fixture *f)
{
	struct rlimit limit = {8192, 8192};

	setrlimit(RLIMIT_FSIZE, &limit);
	return fixture_open(f, EPOCH, &f->s, NULL) == CTR_ERR_NO_SPACE ? 0 : 1;
}

static void test_first_open_under_file_size_limit(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(in_child(first_open_under_limit, f), 0);
	assert_int_equal(fixture_open(f, EPOCH, &f->s, NULL), 0);
}

static int on_full_disk(struct fixture *f)
{
	int r;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", f->dir, "tmpfs", 0, "size=16k") < 0)
		return 77;
	f->rootfd = open(f->dir, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	r = fixture_open(f, EPOCH, &f->s, NULL);
	if (r != CTR_ERR_NO_SPACE)
		return 2;
	if (mount(NULL, f->dir, NULL, MS_REMOUNT, "size=512k") < 0 || fixture_open(f, EPOCH, &f->s, NULL) < 0)
		return 3;
	r = fill_until_error(f->s, CTR_ERR_NO_SPACE);
	if (r != 0 || mount(NULL, f->dir, NULL, MS_REMOUNT, "size=4m") < 0)
		return r ? r : 4;
	r = make_container(f->s, 1, NULL) < 0 ? 5 : 0;
	fixture_tear_down((void **)&f);
	return r;
}

static void test_full_disk(void **state)
{
	int r = in_child(on_full_disk, *state);

	if (r == 77) {
		print_message("skipped: a full disk of our own needs the right to mount\n");
		skip();
	}
	assert_int_equal(r, 0);
}

static int low_fd_open(void)
{
	for (int fd = 0; fd < 3; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			return 1;
	}
	return 0;
}

static int without_std_fds(struct fixture *f)
{
	struct container_row *row = NULL;
	char id[ID_SIZE];

	for (int fd = 0; fd < 3; fd++)
		close(fd);
	make_id(id, 1);
	if (fixture_open(f, EPOCH, &f->s, NULL) < 0)
		return 6;
	if (low_fd_open())
		return 1;
	if (make_container(f->s, 1, NULL) < 0 || store_make_durable(f->s, NULL) < 0 || low_fd_open() ||
	    store_container_load(f->s, id, &row, NULL) < 0)
		return 2;
	for (int i = 0; i < 2000; i++) {
		if (store_container_save(f->s, &row, NULL, NULL, NULL) < 0)
			return 3;
		store_maintain(f->s, i & 1);
	}
	container_row_unref(row);
	if (low_fd_open())
		return 4;
	fixture_tear_down((void **)&f);
	return low_fd_open() ? 5 : 0;
}

static void test_closed_standard_descriptors(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(in_child(without_std_fds, f), 0);
	assert_int_equal(mkdir(f->dir, 0700), 0);
}

static unsigned count_fds(void)
{
	CLEANUP_CLOSEDIR DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	while (readdir(dir))
		n++;
	return n;
}

static void test_close_gives_everything_back(void **state)
{
	struct fixture *f = *state;
	unsigned before = 0;

	for (int i = 0; i < 200; i++) {
		struct store *s = NULL;

		/* SQLite keeps one descriptor of a closed store for the next one while the file is in use */
		if (i == 1)
			before = count_fds();
		assert_int_equal(fixture_open(f, EPOCH, &s, NULL), 0);
		assert_int_equal(make_container(s, (unsigned)i, NULL), 0);
		store_close(s);
	}
	assert_int_equal(count_fds(), before);
}

static void test_root_with_a_long_path(void **state)
{
	struct fixture *f = *state;
	struct store_facts wanted = {0}, facts = {0};
	struct store *s = NULL;
	char name[200], *uuid = NULL;
	int fd = os_fd_dup(f->rootfd);

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (int i = 0; i < 6; i++) {
		int next;

		assert_int_equal(os_mkdirat_private(fd, name, &next), 0);
		close(fd);
		fd = next;
	}
	assert_int_equal(store_open(fd, "(long)", &wanted, EPOCH, NULL, &s, &facts, NULL), 0);
	assert_int_equal(make_container(s, 1, NULL), 0);
	assert_int_equal(store_make_durable(s, NULL), 0);
	assert_int_equal(store_meta_get(s, "lock_uuid", &uuid, NULL), 0);
	store_close(s);
	lock_segment_remove(uuid, 0);
	free(uuid);
	store_facts_reset(&facts);
	close(fd);
}

static int hold_store_open(struct fixture *f, int ready, int go)
{
	struct store *s = NULL;
	char byte;
	int r = fixture_open(f, EPOCH, &s, NULL) < 0 || make_container(s, 1, NULL) < 0 || write(ready, "x", 1) != 1;

	if (r || read(go, &byte, 1) != 1)
		return 1;
	for (unsigned i = 2; i < 200; i++) {
		if (make_container(s, i, NULL) < 0)
			return 2;
	}
	store_close(s);
	return 0;
}

/* A host that opens a store, forks, opens it again in the child and goes away: the child's is as good as any. */
static void test_open_in_a_forked_child(void **state)
{
	struct fixture *f = *state;
	struct row_list l = {0};
	int ready[2], go[2], status;
	char byte;
	pid_t pid;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	assert_int_equal(pipe2(go, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0)
		_exit(hold_store_open(f, ready[1], go[0]));
	assert_int_equal(read(ready[0], &byte, 1), 1);
	/* closes, reads and, being the first of a process, would begin the -shm file anew if the child were not seen */
	for (unsigned i = 0; i < 3; i++) {
		fixture_reopen(f);
		assert_int_equal(make_container(f->s, 1000 + i, NULL), 0);
	}
	assert_int_equal(write(go[1], "x", 1), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	fixture_reopen(f);
	assert_int_equal(store_container_list(f->s, &l, NULL), 0);
	assert_int_equal(l.n, 199 + 3);
	row_list_reset(&l);
	close(ready[0]);
	close(ready[1]);
	close(go[0]);
	close(go[1]);
}

/* The sqlite3 command in the middle of a transaction: it does not know our writer lock. */
static void test_foreign_writer_is_named(void **state)
{
	struct fixture *f = *state;
	CLEANUP_ERROR ctr_error_t *err = NULL;
	struct op_call call;
	struct row_list l = {0};
	int ready[2];
	char byte, text[16];
	pid_t pid;

	assert_int_equal(make_container(f->s, 1, NULL), 0);
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		sqlite3 *db = NULL;
		char path[128];

		snprintf(path, sizeof(path), "%s/ctr.db", f->dir);
		if (sqlite3_open(path, &db) || sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) || write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	call = (struct op_call){.deadline_ns = clock_monotonic_ns() + 100 * NSEC_PER_MSEC};
	assert_int_equal(store_meta_set(f->s, "k", "v", &call, &err), CTR_ERR_TIMEOUT);
	snprintf(text, sizeof(text), "%d", pid);
	assert_string_equal(error_get_detail(err, "holder_pid"), text);
	assert_int_equal(store_container_list(f->s, &l, NULL), 0);
	assert_int_equal(l.n, 1);
	row_list_reset(&l);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(store_meta_set(f->s, "k", "v", NULL, NULL), 0);
	close(ready[0]);
	close(ready[1]);
}

static int close_in_child(struct fixture *f)
{
	f->s = store_close(f->s);
	return 0;
}

static void test_close_in_a_forked_child(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(make_container(f->s, 1, NULL), 0);
	assert_int_equal(in_child(close_in_child, f), 0);
	assert_int_equal(make_container(f->s, 2, NULL), 0);
	fixture_reopen(f);
	assert_int_equal(make_container(f->s, 3, NULL), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
#define TEST_BARE(name) cmocka_unit_test_setup_teardown(name, fixture_bare, fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_empty_file),
	    TEST(test_garbage),
	    TEST_BARE(test_a_directory_in_its_place),
	    TEST(test_truncated),
	    TEST(test_each_page_overwritten),
	    TEST(test_damaged_wal),
	    TEST(test_newer_store),
	    TEST(test_newer_store_that_we_may_read),
	    TEST_BARE(test_foreign_database),
	    TEST(test_file_size_limit),
	    TEST_BARE(test_first_open_under_file_size_limit),
	    TEST_BARE(test_full_disk),
	    TEST_BARE(test_closed_standard_descriptors),
	    TEST(test_close_gives_everything_back),
	    TEST_BARE(test_root_with_a_long_path),
	    TEST(test_open_in_a_forked_child),
	    TEST(test_foreign_writer_is_named),
	    TEST(test_close_in_a_forked_child),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
