/* SPDX-License-Identifier: Apache-2.0 */
/* adopt: a container that lives although monitor and keeper died. Its pipes are found where it holds them itself. */
#include "monitor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/mem.h"
#include "os/cgroup.h"
#include "os/fd.h"
#include "os/fs.h"
#include "os/pidfd.h"

/* The read end of the pipe with this inode, when pid has it as fd number n. The O_PATH look before opening keeps us from opening whatever else is there. */
static int reopen(pid_t pid, const char *n, uint64_t inode)
{
	char path[320];
	struct stat st;
	CLEANUP_CLOSE int fd = -1;

	snprintf(path, sizeof(path), "/proc/%d/fd/%s", (int)pid, n);
	fd = os_fd_above_std(open(path, O_PATH | O_CLOEXEC));
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISFIFO(st.st_mode) || st.st_ino != inode)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return os_fd_above_std(open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC));
}

static int find_in_process(pid_t pid, uint64_t inode)
{
	char path[40];
	CLEANUP_CLOSEDIR DIR *dir = NULL;
	struct dirent *e;
	int fd = -1;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	while (fd < 0 && dir && (e = readdir(dir)))
		if (e->d_name[0] != '.')
			fd = reopen(pid, e->d_name, inode);
	return fd;
}

static int find_in_cgroup(struct ctn *c, uint64_t inode)
{
	static const char *const controllers[] = {"", "pids", "memory", "freezer", "cpu"};
	int fd = -1;

	for (size_t i = 0; fd < 0 && i < ARRAY_SIZE(controllers); i++) {
		CLEANUP_FREE char *dir = c->cgroups[0] ? os_cgroup_dir(c->cgroups, controllers[i]) : NULL;
		CLEANUP_FREE char *path = dir ? str_printf("%s/cgroup.procs", dir) : NULL;
		CLEANUP_FREE char *text = NULL;
		char *save = NULL;

		if (!path || os_read_file(AT_FDCWD, path, 64 * 1024, &text, NULL) < 0)
			continue;
		for (char *line = strtok_r(text, "\n", &save); fd < 0 && line; line = strtok_r(NULL, "\n", &save))
			fd = find_in_process((pid_t)strtol(line, NULL, 10), inode);
	}
	return fd;
}

static int find_pipe(struct ctn *c, uint64_t inode)
{
	int fd = inode ? find_in_process(c->pid, inode) : -1;

	return inode && fd < 0 ? find_in_cgroup(c, inode) : fd;
}

static void read_pipes(struct ctn *c)
{
	CLEANUP_FREE char *path = str_printf("%s/pipes", c->bundle), *text = NULL;
	unsigned long long out = 0, err = 0;

	if (!path || os_read_file(AT_FDCWD, path, 128, &text, NULL) < 0 || sscanf(text, "%llu %llu", &out, &err) != 2)
		return;
	c->stdout_inode = out;
	c->stderr_inode = err;
	c->stdout_fd = find_pipe(c, out);
	c->stderr_fd = find_pipe(c, err);
	ctn_put_fd(c, "stdout", c->stdout_fd);
	ctn_put_fd(c, "stderr", c->stderr_fd);
}

static int adopt(struct ctn *c, json_t *msg, ctr_error_t **err)
{
	int r;

	if (ctn_take_texts(c, msg) || ctn_set(&c->cgroups, json_get_str(msg, "cgroups", "")) || ctn_own_cgroups(c))
		return error_no_memory(err);
	c->pid = (pid_t)json_get_i64(msg, "pid", 0);
	c->pid_start = json_get_u64(msg, "pid_start", 0);
	r = ctn_watch(c, err);
	if (r < 0)
		return r;
	c->phase = exec_never_happened(c->pid) == 1 ? PHASE_CREATED : PHASE_RUNNING;
	if (c->phase == PHASE_RUNNING)
		ctn_limit(c, json_get_u64(msg, "ran", 0));
	read_pipes(c);
	return ctn_open_log(c, err);
}

void verb_adopt(struct monitor *m, struct req *r, json_t *msg, int *fds UNUSED, size_t n_fds UNUSED)
{
	const char *id = json_get_str(msg, "container", "");
	uint64_t run = json_get_u64(msg, "run", 0);
	ctr_error_t *err = NULL;
	struct ctn *c;

	if (!ident_is_id(id) || !run || json_get_i64(msg, "pid", 0) <= 0) {
		req_fail_text(r, CTR_ERR_INVALID_ARG, "adopt needs a container's id, run and pid");
		return;
	}
	if (ctn_find(m, id, run)) {
		req_answer(r, NULL, -1);
		return;
	}
	c = ctn_new(m, id, run);
	if (!c || adopt(c, msg, &err) < 0) {
		req_fail(r, err);
		ctn_free(c);
		return;
	}
	ctn_save(c);
	req_answer(r, NULL, -1);
}
