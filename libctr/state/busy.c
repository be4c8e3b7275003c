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

#define SHM_WRITE_LOCK 120 /* the byte of the -shm file that a writer locks: file format, "WAL-Index File Format" */
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

/* The lock's holder is asked for through the descriptor that SQLite has open: closing one of our own would drop every
 * lock this process has on the file. */
static pid_t find_writer(struct store *s)
{
	CLEANUP_CLOSEDIR DIR *dir = NULL;
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = SHM_WRITE_LOCK, .l_len = 1};
	const struct dirent *entry;
	struct stat shm;
	int fd;

	if (fstatat(s->rootfd, STORE_SHM, &shm, 0) < 0)
		return 0;
	fd = os_open_dir(AT_FDCWD, "/proc/self/fd");
	if (fd < 0)
		return 0;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return 0;
	}
	while ((entry = readdir(dir))) {
		uint64_t n;

		if (str_to_u64(entry->d_name, 10, &n) == 0 && same_file((int)n, &shm) && fcntl((int)n, F_GETLK, &lock) == 0)
			return lock.l_type == F_UNLCK ? 0 : lock.l_pid;
	}
	return 0;
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
