/* SPDX-License-Identifier: Apache-2.0 */
/* Facts from /proc. */
#include "os/proc.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include "base/cleanup.h"
#include "base/mem.h"
#include "os/fs.h"

#define STAT_MAX 4096

int os_boot_id(const char *path, char ret[OS_BOOT_ID_SIZE])
{
	char *text CLEANUP_FREE = NULL;
	int r = os_read_file(AT_FDCWD, path ? path : "/proc/sys/kernel/random/boot_id", STAT_MAX, &text, NULL);
	size_t n;

	if (r < 0)
		return r;
	n = strcspn(text, "\n");
	if (!n || n >= OS_BOOT_ID_SIZE)
		return -EINVAL;
	text[n] = '\0';
	return str_copy(ret, OS_BOOT_ID_SIZE, text);
}

/* The name stands in parentheses and may itself contain any of the characters around it. */
static int parse_stat(char *text, struct os_proc_stat *ret)
{
	char *open = strchr(text, '('), *close = strrchr(text, ')'), *rest, *field;
	struct os_proc_stat st = {.pid = ret->pid};
	int number = 3;

	if (!open || !close || close < open || close[1] != ' ')
		return -EINVAL;
	*close = '\0';
	(void)str_copy(st.comm, sizeof(st.comm), open + 1);
	rest = close + 2;
	while ((field = strsep(&rest, " \n")) && *field) {
		uint64_t value = 0;
		int64_t exit_status;

		(void)str_to_u64(field, 10, &value);
		if (number == 3)
			st.state = *field;
		else if (number == 4)
			st.ppid = (pid_t)value;
		else if (number == 9)
			st.flags = value;
		else if (number == 22)
			st.start_time = value;
		else if (number == 52 && str_to_i64(field, &exit_status) == 0)
			st.exit_status = (int)exit_status;
		number++;
	}
	if (number < 22)
		return -EINVAL;
	*ret = st;
	return 0;
}

int os_proc_stat(pid_t pid, struct os_proc_stat *ret)
{
	char *text CLEANUP_FREE = NULL;
	struct os_proc_stat st = {.pid = pid};
	char path[32];
	int r;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	r = os_read_file(AT_FDCWD, path, STAT_MAX, &text, NULL);
	if (r < 0)
		return r == -ENOENT ? -ESRCH : r;
	r = parse_stat(text, &st);
	if (r == 0)
		*ret = st;
	return r;
}

int os_thread_process(pid_t tid, pid_t *ret)
{
	static const char field[] = "\nTgid:";
	char *text CLEANUP_FREE = NULL;
	uint64_t pid;
	char path[32], *at;
	int r;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)tid);
	r = os_read_file(AT_FDCWD, path, STAT_MAX, &text, NULL);
	if (r < 0)
		return r == -ENOENT ? -ESRCH : r;
	at = strstr(text, field);
	if (!at)
		return -EINVAL;
	at += sizeof(field) - 1;
	at += strspn(at, " \t");
	at[strcspn(at, "\n")] = '\0';
	r = str_to_u64(at, 10, &pid);
	if (r == 0)
		*ret = (pid_t)pid;
	return r;
}

int os_proc_alive(pid_t pid, uint64_t start_time)
{
	struct os_proc_stat st;
	int r = os_proc_stat(pid, &st);

	if (r == -ESRCH)
		return 0;
	if (r < 0)
		return r;
	return st.start_time == start_time && st.state != 'Z' && st.state != 'X';
}

int os_ns_inode(pid_t pid, const char *name, uint64_t *ret)
{
	char path[64];
	struct stat st;

	if (pid)
		snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, name);
	else
		snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
	if (stat(path, &st) < 0)
		return -errno;
	*ret = st.st_ino;
	return 0;
}

int os_pidns_identity(uint64_t *ret_inode, uint64_t *ret_start)
{
	struct os_proc_stat st = {0};
	uint64_t inode = 0;
	int r = os_ns_inode(0, "pid", &inode);

	if (r < 0)
		return r;
	r = os_proc_stat(1, &st);
	if (r < 0 && r != -ESRCH && r != -EACCES) /* hidepid: others' processes are not to be seen, the inode must do */
		return r;
	*ret_inode = inode;
	*ret_start = st.start_time;
	return 0;
}

pid_t os_gettid(void)
{
	return (pid_t)syscall(SYS_gettid);
}

int os_has_cap(int cap)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {0};

	if (cap < 0 || cap > 63 || syscall(SYS_capget, &header, data) < 0)
		return 0;
	return (data[cap / 32].effective >> (cap % 32)) & 1;
}

uint64_t os_cap_bounding(uint64_t among)
{
	uint64_t mask = 0;

	for (int cap = 0; cap < 64; cap++) {
		int has;

		if (!(among >> cap & 1))
			continue;
		has = prctl(PR_CAPBSET_READ, (unsigned long)cap, 0UL, 0UL, 0UL);
		/* The first number that the kernel does not know. */
		if (has < 0)
			break;
		mask |= (uint64_t)has << cap;
	}
	return mask;
}

long os_fds_left(void)
{
	DIR *dir CLEANUP_CLOSEDIR = NULL;
	struct rlimit limit;
	long open = 0;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return -errno;
	if (limit.rlim_cur > LONG_MAX)
		return LONG_MAX;
	dir = opendir("/proc/self/fd");
	if (!dir)
		return errno == EMFILE ? 0 : -errno;
	for (struct dirent *entry; (entry = readdir(dir));)
		open += entry->d_name[0] != '.';
	open--; /* dir itself */
	return (long)limit.rlim_cur > open ? (long)limit.rlim_cur - open : 0;
}
