/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for a lock of SQLite's own. Our writers queue at the writer mutex; what is left are programs that do not know it
 * (the sqlite3 command), the moment between a writer's death and the release of its file locks, and recovery. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include "base/clock.h"
#include "base/mem.h"
#include "os/fs.h"
#include "os/proc.h"
#include "os/wait.h"
#include "state/store.h"

/* SQLite's file format, "WAL-Index File Format" and os_unix.c: bytes of the -shm file … */
#define SHM_WRITE_LOCK 120
#define SHM_IN_USE_LOCK 128
/* … and of the database, which readers lock */
#define DB_SHARED_FIRST 0x40000002
#define DB_SHARED_SIZE 510
#define READ_LIMIT_NS (5 * NSEC_PER_SEC)

/* File locks wake nobody, so this looks again: after 1 ms, later every 50 ms. Answers 0 to make SQLite give up. */
int busy_handler(void *conn, int count)
{
	struct conn *c = conn;
	struct op_call nearer;
	int r;

	if (!c->busy_since_ns)
		c->busy_since_ns = clock_monotonic_ns();
	if (!c->call && clock_monotonic_ns() - c->busy_since_ns > READ_LIMIT_NS)
		c->busy_code = CTR_ERR_TIMEOUT;
	else
		c->busy_code = op_call_check(c->call, "waiting for the database", NULL);
	if (c->busy_code < 0)
		return 0;
	nearer = op_call_nearer(c->call, (count < 6 ? UINT64_C(1) << count : 50) * NSEC_PER_MSEC);
	r = os_wait_fds(NULL, 0, &nearer, "waiting for the database", NULL);
	if (r == CTR_ERR_TIMEOUT)
		return 1;
	c->busy_code = r;
	return r >= 0;
}

static int same_file(int fd, const struct stat *wanted)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_dev == wanted->st_dev && st.st_ino == wanted->st_ino;
}

/* A descriptor that SQLite has open for this file, or -1. We must not open one of our own: closing it would drop every lock
 * that this process has on the file. */
static int borrow_fd(struct store *s, const char *name)
{
	CLEANUP_CLOSEDIR DIR *dir = NULL;
	const struct dirent *entry;
	struct stat st;
	int fd;

	if (fstatat(s->rootfd, name, &st, 0) < 0)
		return -1;
	fd = os_open_dir(AT_FDCWD, "/proc/self/fd");
	if (fd < 0)
		return -1;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -1;
	}
	while ((entry = readdir(dir))) {
		uint64_t n;

		if (str_to_u64(entry->d_name, 10, &n) == 0 && same_file((int)n, &st))
			return (int)n;
	}
	return -1;
}

static pid_t find_writer(struct store *s)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = SHM_WRITE_LOCK, .l_len = 1};
	int fd = borrow_fd(s, STORE_SHM);

	if (fd < 0 || fcntl(fd, F_GETLK, &lock) < 0 || lock.l_type == F_UNLCK)
		return 0;
	return lock.l_pid;
}

/* A host may fork while it has a store open and open another one in the child. SQLite's list of locked files is inherited
 * there, the locks are not: it would believe that the child says "in use" while nobody else hears it, and the next process to
 * open the store would truncate the files under the child's feet. Where SQLite holds these locks, nothing changes. */
void relock_after_fork(struct store *s)
{
	struct flock in_use = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = SHM_IN_USE_LOCK, .l_len = 1};
	struct flock shared = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = DB_SHARED_FIRST, .l_len = DB_SHARED_SIZE};
	int shm = borrow_fd(s, STORE_SHM), db = borrow_fd(s, STORE_DB);

	if (shm >= 0)
		fcntl(shm, F_SETLK, &in_use);
	if (db >= 0)
		fcntl(db, F_SETLK, &shared);
}

int busy_error(struct conn *c, ctr_error_t **err)
{
	struct store *s = c->store;
	int code = c->busy_code;
	pid_t pid;

	c->busy_since_ns = 0;
	c->busy_code = 0;
	if (code == CTR_ERR_CANCELLED || code == CTR_ERR_INTERRUPTED || code == CTR_ERR_FORKED)
		return error_set(err, code, DOMAIN_STATE, "ended by the caller while waiting for the database %s/%s", s->root,
				 STORE_DB);
	pid = find_writer(s);
	if (pid <= 0)
		return error_set(err, CTR_ERR_TIMEOUT, DOMAIN_STATE,
				 "timed out waiting for the database %s/%s, which another program has locked: try again", s->root,
				 STORE_DB);
	error_set(err, CTR_ERR_TIMEOUT, DOMAIN_STATE,
		  "timed out waiting for the database %s/%s: process %d is writing to it without libctr's lock: end it", s->root,
		  STORE_DB, pid);
	error_detail_i64(err, "holder_pid", pid);
	error_detail(err, "holder_operation", "database");
	return CTR_ERR_TIMEOUT;
}
