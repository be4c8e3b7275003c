/* SPDX-License-Identifier: Apache-2.0 */
/* Processes by fd. */
#include "os/pidfd.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include "base/cleanup.h"
#include "os/fd.h"
#include "os/proc.h"

/* Linux 6.13's <linux/pidfd.h>; the exit part came with 6.15. */
#define PIDFS_MAGIC_NUMBER 0x50494446
#define INFO_EXIT (UINT64_C(1) << 3)
struct info {
	uint64_t mask, cgroup_id;
	uint32_t pid, tgid, ppid, ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
	int32_t exit_code;
};
#define GET_INFO _IOWR(0xff, 11, struct info)

int os_pidfd_open(pid_t pid, uint64_t start_time)
{
	int fd CLEANUP_CLOSE = (int)syscall(SYS_pidfd_open, pid, 0);
	struct os_proc_stat st;
	int r;

	if (fd < 0)
		return -errno;
	fd = os_fd_above_std(fd);
	if (fd < 0 || !start_time)
		return TAKE_FD(fd);
	/* Looked at after opening: with the start time wanted, the number was not reused before the fd was taken. */
	r = os_proc_stat(pid, &st);
	if (r < 0)
		return r;
	return st.start_time == start_time ? TAKE_FD(fd) : -ESRCH;
}

int os_pidfd_signal(int pidfd, int signal)
{
	return syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) < 0 ? -errno : 0;
}

int os_pidfd_ended(int pidfd)
{
	struct pollfd one = {.fd = pidfd, .events = POLLIN};
	int r;

	do {
		r = poll(&one, 1, 0);
	} while (r < 0 && errno == EINTR);
	if (r < 0)
		return -errno;
	if (one.revents & POLLNVAL)
		return -EBADF;
	return r > 0;
}

uint64_t os_pidfd_inode(int pidfd)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(pidfd, &fs) < 0 || fs.f_type != PIDFS_MAGIC_NUMBER || fstat(pidfd, &st) < 0)
		return 0;
	return st.st_ino;
}

int os_pidfd_exit_status(int pidfd, int *ret_wait_status)
{
	struct info info = {.mask = INFO_EXIT};
	int ended = os_pidfd_ended(pidfd);

	if (ended < 0)
		return ended;
	if (!ended)
		return -EAGAIN;
	if (ioctl(pidfd, GET_INFO, &info) < 0 || !(info.mask & INFO_EXIT))
		return -ENODATA;
	*ret_wait_status = info.exit_code;
	return 0;
}

int os_pidfd_getfd(int pidfd, int fd)
{
	int copy = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);

	return copy < 0 ? -errno : os_fd_above_std(copy);
}
