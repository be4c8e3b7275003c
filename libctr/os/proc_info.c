/* SPDX-License-Identifier: Apache-2.0 */
/* Processes as a list of them shows them. */
#include "os/proc_info.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "os/fs.h"
#include "os/proc.h"

#define FILE_MAX (64u * 1024)
#define COMMAND_MAX (128u * 1024)

static int read_of(pid_t pid, const char *file, size_t max, char **ret, size_t *ret_len)
{
	char path[48];
	int r;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	r = os_read_file(AT_FDCWD, path, max, ret, ret_len);
	return r == -ENOENT ? -ESRCH : r;
}

/* Fields 4, 7, 14, 15 and 22, behind the name, which may hold anything. */
static int take_stat(struct os_proc_info *info, char *name, size_t name_size)
{
	CLEANUP_FREE char *text = NULL;
	unsigned long long user, system, start;
	int r = read_of(info->pid, "stat", FILE_MAX, &text, NULL), ppid, tty;
	char *open, *close;

	if (r < 0)
		return r;
	open = strchr(text, '(');
	close = strrchr(text, ')');
	if (!open || !close ||
	    sscanf(close + 1, " %*c %d %*d %*d %d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %*d %*d %*d %llu", &ppid, &tty, &user,
		   &system, &start) != 5)
		return -EINVAL;
	*close = '\0';
	snprintf(name, name_size, "[%s]", open + 1);
	info->ppid = (pid_t)ppid;
	info->tty = (unsigned)tty;
	info->cpu_ticks = user + system;
	info->start_ticks = start;
	return 0;
}

static const char *line_of(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	return at ? at + strlen(key) : "";
}

static int take_status(struct os_proc_info *info)
{
	CLEANUP_FREE char *text = NULL;
	int r = read_of(info->pid, "status", FILE_MAX, &text, NULL);
	const char *at;

	if (r < 0)
		return r;
	if (sscanf(line_of(text, "\nUid:"), " %*u %u", &info->euid) != 1)
		return -EINVAL;
	at = line_of(text, "\nNSpid:");
	while (info->n_levels < OS_PID_LEVELS && *at && *at != '\n') {
		char *end;
		long n = strtol(at, &end, 10);

		if (end == at || n <= 0)
			break;
		info->levels[info->n_levels++] = (pid_t)n;
		at = end;
	}
	if (info->n_levels == 0)
		info->levels[info->n_levels++] = info->pid;
	return 0;
}

/* A newline or another control character would break the list apart. */
static int take_command(struct os_proc_info *info, const char *name)
{
	CLEANUP_FREE char *text = NULL;
	size_t len = 0;
	int r = read_of(info->pid, "cmdline", COMMAND_MAX, &text, &len);

	if (r < 0 && r != -EFBIG)
		return r;
	if (r < 0)
		len = 0;
	while (len > 0 && text[len - 1] == '\0')
		len--;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			text[i] = ' ';
	info->command = len ? str_ndup(text, len) : str_dup(name);
	return info->command ? 0 : -ENOMEM;
}

int os_proc_info(pid_t pid, struct os_proc_info *ret)
{
	struct os_proc_info info = {.pid = pid};
	char name[64];
	int r = take_stat(&info, name, sizeof(name));

	if (r == 0)
		r = take_status(&info);
	if (r == 0)
		r = take_command(&info, name);
	if (r == 0)
		*ret = info;
	return r;
}

void os_proc_info_reset(struct os_proc_info *info)
{
	free(info->command);
	info->command = NULL;
}

int os_proc_same_pidns(pid_t pid, pid_t **ret, size_t *ret_n)
{
	CLEANUP_CLOSEDIR DIR *dir = opendir("/proc");
	CLEANUP_FREE pid_t *pids = NULL;
	uint64_t wanted, inode;
	size_t n = 0, room = 0;
	int r = dir ? os_ns_inode(pid, "pid", &wanted) : -errno;

	if (r < 0)
		return r == -ENOENT ? -ESRCH : r;
	for (struct dirent *entry; (entry = readdir(dir));) {
		int64_t one;

		if (str_to_i64(entry->d_name, &one) < 0 || os_ns_inode((pid_t)one, "pid", &inode) < 0 || inode != wanted)
			continue;
		if (n == room) {
			pid_t *more = reallocarray(pids, room ? room * 2 : 16, sizeof(*pids));

			if (!more)
				return -ENOMEM;
			pids = more;
			room = room ? room * 2 : 16;
		}
		pids[n++] = (pid_t)one;
	}
	*ret = TAKE_PTR(pids);
	*ret_n = n;
	return 0;
}

int os_proc_net_bytes(pid_t pid, uint64_t *ret_in, uint64_t *ret_out)
{
	CLEANUP_FREE char *text = NULL;
	uint64_t own = 0, theirs = 0, in = 0, out = 0;
	char *save = NULL;
	int r = os_ns_inode(0, "net", &own);

	if (r == 0)
		r = os_ns_inode(pid, "net", &theirs);
	if (r == 0 && own != theirs)
		r = read_of(pid, "net/dev", FILE_MAX, &text, NULL);
	if (r < 0)
		return r == -ENOENT ? -ESRCH : r;
	for (char *line = text ? strtok_r(text, "\n", &save) : NULL; line; line = strtok_r(NULL, "\n", &save)) {
		char *colon = strchr(line, ':');
		unsigned long long rx, tx;

		line += strspn(line, " ");
		if (!colon || strncmp(line, "lo:", 3) == 0 ||
		    sscanf(colon + 1, "%llu %*u %*u %*u %*u %*u %*u %*u %llu", &rx, &tx) != 2)
			continue;
		in += rx;
		out += tx;
	}
	*ret_in = in;
	*ret_out = out;
	return 0;
}
