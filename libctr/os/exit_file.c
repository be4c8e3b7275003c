/* SPDX-License-Identifier: Apache-2.0 */
/* Exit record files: made blank before a run, filled by exactly one writer, announced through a FIFO. */
#include "os/exit_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/stat.h>
#include "base/cleanup.h"
#include "os/fd.h"
#include "os/fs.h"
#include "os/sigguard.h"

#define OTHERS_TURNS 10000

/* A blank record was last changed in 1970, so that who lists ten thousand running containers opens no file. */
static const struct timespec blank_times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = 0}};

static int open_record(int exits_fd, const char *id, uint64_t run, int flags)
{
	char name[EXIT_FILE_NAME_SIZE];
	int fd;

	exit_record_file_name(id, run, name);
	fd = openat(exits_fd, name, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	return fd < 0 ? -errno : os_fd_above_std(fd);
}

/* 1, 0 as exit_record_decode; -EINVAL also for a file that was not filled to its size. */
static int load(int fd, const char *id, uint64_t run, struct exit_record *ret)
{
	unsigned char data[EXIT_RECORD_SIZE];
	ssize_t n = pread(fd, data, sizeof(data), 0);

	if (n < 0)
		return -errno;
	return exit_record_decode(data, (size_t)n, id, run, ret);
}

static int store(int fd, const unsigned char data[EXIT_RECORD_SIZE])
{
	struct sigguard guard;
	size_t done = 0;
	int r = 0;

	sigguard_begin(&guard);
	while (r == 0 && done < EXIT_RECORD_SIZE) {
		ssize_t n = pwrite(fd, data + done, EXIT_RECORD_SIZE - done, (off_t)done);

		if (n < 0 && errno != EINTR)
			r = -errno;
		if (n > 0)
			done += (size_t)n;
	}
	sigguard_end(&guard, r);
	return r;
}

int exit_file_prepare(int exits_fd, const char *id, uint64_t run)
{
	CLEANUP_CLOSE int fd = open_record(exits_fd, id, run, O_RDWR | O_CREAT);
	unsigned char blank[EXIT_RECORD_SIZE];
	struct exit_record there;
	int r;

	if (fd < 0)
		return fd;
	if (load(fd, id, run, &there) >= 0)
		return 0;
	r = os_fallocate(fd, EXIT_RECORD_SIZE);
	if (r < 0)
		return r;
	exit_record_blank(id, run, blank);
	r = store(fd, blank);
	/* Only a hint for readers: without it they open the file. */
	if (r == 0)
		(void)futimens(fd, blank_times);
	return r;
}

int exit_file_write(int exits_fd, const struct exit_record *rec)
{
	CLEANUP_CLOSE int fd = open_record(exits_fd, rec->id, rec->run, O_RDWR);
	unsigned char data[EXIT_RECORD_SIZE];
	struct exit_record there;
	int r;

	if (fd < 0)
		return fd;
	/* Not waiting: the monitor's event thread is among the writers, and a stopped process may hold the lock. */
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EAGAIN : -errno;
	r = load(fd, rec->id, rec->run, &there);
	if (r > 0)
		return -EEXIST;
	exit_record_encode(rec, data);
	return store(fd, data);
}

int exit_file_write_after_others(int exits_fd, const struct exit_record *rec)
{
	int r = exit_file_write(exits_fd, rec);

	/* One write of some hundred bytes is what the other still has to do: there is no event for its end. */
	for (int i = 0; r == -EAGAIN && i < OTHERS_TURNS; i++) {
		sched_yield();
		r = exit_file_write(exits_fd, rec);
	}
	return r;
}

int exit_file_read(int exits_fd, const char *id, uint64_t run, struct exit_record *ret)
{
	char name[EXIT_FILE_NAME_SIZE];
	CLEANUP_CLOSE int fd = -1;
	struct stat st;

	exit_record_file_name(id, run, name);
	if (fstatat(exits_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (st.st_mtim.tv_sec == 0 && st.st_mtim.tv_nsec == 0)
		return 0;
	fd = open_record(exits_fd, id, run, O_RDONLY);
	return fd < 0 ? fd : load(fd, id, run, ret);
}

static int open_fifo(int exits_fd, const char *name)
{
	/* O_RDWR: opening never waits for the other side, and the writer is its own reader, so nobody gets SIGPIPE. */
	int fd = openat(exits_fd, name, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? -errno : os_fd_above_std(fd);
}

static int put_byte(int fifo)
{
	/* A full FIFO is as ready as one can be. */
	return write(fifo, "x", 1) < 0 && errno != EAGAIN ? -errno : 0;
}

int exit_file_wake(int exits_fd, const char *id, uint64_t run)
{
	char name[EXIT_FILE_NAME_SIZE];
	CLEANUP_CLOSE int fd = -1;

	exit_record_fifo_name(id, run, name);
	fd = open_fifo(exits_fd, name);
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	return put_byte(fd);
}

int exit_file_open_fifo(int exits_fd, const char *id, uint64_t run)
{
	char name[EXIT_FILE_NAME_SIZE];
	struct exit_record there;
	CLEANUP_CLOSE int fd = -1;

	exit_record_fifo_name(id, run, name);
	if (mkfifoat(exits_fd, name, 0600) < 0 && errno != EEXIST)
		return -errno;
	fd = open_fifo(exits_fd, name);
	if (fd < 0)
		return fd;
	if (exit_file_read(exits_fd, id, run, &there) > 0) {
		int r = put_byte(fd);

		if (r < 0)
			return r;
	}
	return TAKE_FD(fd);
}

void exit_file_remove(int exits_fd, const char *id, uint64_t run)
{
	char name[EXIT_FILE_NAME_SIZE];

	exit_file_wake(exits_fd, id, run);
	exit_record_file_name(id, run, name);
	unlinkat(exits_fd, name, 0);
	exit_record_fifo_name(id, run, name);
	unlinkat(exits_fd, name, 0);
}
