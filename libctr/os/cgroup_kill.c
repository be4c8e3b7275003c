/* SPDX-License-Identifier: Apache-2.0 */
/* Ending every process of a cgroup, and removing what is left of it. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/mem.h"
#include "os/cgroup_parts.h"
#include "os/fd.h"
#include "os/fs.h"
#include "os/pidfd.h"
#include "os/wait.h"

#define BATCH 64
#define DEPTH_MAX 32

static int walk_below(int fd, int depth, int (*fn)(int parent_fd, const char *name, void *userdata), void *userdata)
{
	CLEANUP_CLOSEDIR DIR *dir = NULL;
	int copy = os_fd_dup(fd), rc = 0;

	if (copy < 0)
		return copy;
	dir = fdopendir(copy);
	if (!dir) {
		rc = -errno;
		close(copy);
		return rc;
	}
	/* The copy shares its position with fd, which may have been read before. */
	rewinddir(dir);
	for (struct dirent *e = readdir(dir); e && rc == 0; e = readdir(dir)) {
		int child CLEANUP_CLOSE = -1;

		if (e->d_type != DT_DIR || e->d_name[0] == '.' || depth >= DEPTH_MAX)
			continue;
		child = os_fd_above_std(openat(fd, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
		if (child < 0)
			continue;
		rc = walk_below(child, depth + 1, fn, userdata);
		if (rc == 0)
			rc = fn(fd, e->d_name, userdata);
	}
	return rc;
}

int cgroup_walk(const char *dir, int (*fn)(int parent_fd, const char *name, void *userdata), void *userdata)
{
	int fd CLEANUP_CLOSE = os_fd_above_std(open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	int rc;

	if (fd < 0)
		return errno == ENOENT || errno == ENODEV ? 0 : -errno;
	rc = walk_below(fd, 0, fn, userdata);
	return rc == 0 ? fn(AT_FDCWD, dir, userdata) : rc;
}

int cgroup_procs(int parent_fd, const char *name, char **ret)
{
	CLEANUP_FREE char *file = str_printf("%s/cgroup.procs", name);
	int rc = file ? os_read_file(parent_fd, file, 16u * 1024 * 1024, ret, NULL) : -ENOMEM;

	/* EOPNOTSUPP: a threaded cgroup; its processes are listed in the domain above. */
	return rc == -ENOENT || rc == -ENODEV || rc == -EOPNOTSUPP ? 1 : rc;
}

static int has_process(int parent_fd, const char *name, void *unused UNUSED)
{
	CLEANUP_FREE char *text = NULL;
	int rc = cgroup_procs(parent_fd, name, &text);

	if (rc != 0)
		return rc < 0 ? rc : 0;
	return text[0] != '\0';
}

static int dir_has_process(const char *dir, void *unused UNUSED)
{
	return cgroup_walk(dir, has_process, NULL);
}

int os_cgroup_is_empty(const char *paths_json)
{
	int rc = cgroup_each_dir(paths_json, dir_has_process, NULL);

	return rc < 0 ? rc : rc == 0;
}

struct victims {
	struct pollfd fds[BATCH];
	size_t n;
};

static void victims_reset(struct victims *v)
{
	for (size_t i = 0; i < v->n; i++)
		close(v->fds[i].fd);
	v->n = 0;
}
#define CLEANUP_VICTIMS CLEANUP(victims_reset)

/* The cgroup is frozen while this runs, so a number read here still is the process that was read. */
static int kill_listed(int parent_fd, const char *name, void *userdata)
{
	struct victims *v = userdata;
	CLEANUP_FREE char *text = NULL;
	char *save = NULL;
	int rc = cgroup_procs(parent_fd, name, &text);

	if (rc != 0)
		return rc < 0 ? rc : 0;
	for (char *line = strtok_r(text, "\n", &save); line && v->n < BATCH; line = strtok_r(NULL, "\n", &save)) {
		int64_t pid;
		int fd;

		/* 0 stands for a process outside of our pid namespace. */
		if (str_to_i64(line, &pid) < 0 || pid <= 1)
			continue;
		fd = os_pidfd_open((pid_t)pid, 0);
		if (fd < 0)
			continue;
		os_pidfd_signal(fd, SIGKILL);
		v->fds[v->n++] = (struct pollfd){.fd = fd, .events = POLLIN};
	}
	return 0;
}

static int wait_for_victims(struct victims *v, const struct op_call *call, ctr_error_t **err)
{
	while (v->n > 0) {
		int rc = os_wait_fds(v->fds, v->n, call, "killing the container's processes", err);
		size_t left = 0;

		if (rc < 0)
			return rc;
		for (size_t i = 0; i < v->n; i++) {
			if (v->fds[i].revents)
				close(v->fds[i].fd);
			else
				v->fds[left++] = v->fds[i];
		}
		v->n = left;
	}
	return 0;
}

static int kill_one_by_one(const char *dir, const char *paths_json, const struct op_call *call, ctr_error_t **err)
{
	for (;;) {
		CLEANUP_VICTIMS struct victims v = {.n = 0};
		int rc = os_cgroup_freeze(paths_json, call, NULL);

		if (rc == CTR_ERR_TIMEOUT || rc == CTR_ERR_CANCELLED || rc == CTR_ERR_INTERRUPTED)
			return op_call_check(call, "killing the container's processes", err);
		rc = cgroup_walk(dir, kill_listed, &v);
		os_cgroup_thaw(paths_json, call, NULL);
		if (rc < 0)
			return error_set_errno(err, 0, DOMAIN_RUNTIME, rc, "cannot list the processes of the cgroup %s",
					       dir);
		if (v.n == 0)
			return 0;
		rc = wait_for_victims(&v, call, err);
		if (rc < 0)
			return rc;
	}
}

int os_cgroup_kill_all(const char *paths_json, const struct op_call *call, ctr_error_t **err)
{
	static const char *const hierarchies[] = {"freezer", "pids", "memory", "cpu", "devices", "name=systemd"};
	CLEANUP_FREE char *v2 = cgroup_own_dir(paths_json, "");

	/* cgroup.kill (Linux 5.14) also ends what forks meanwhile. What the v1 freezer of a hybrid host holds dies once
	 * thawed. */
	if (v2 && dir_has_process(v2, NULL) == 1 && cgroup_write(v2, "cgroup.kill", "1") == 0) {
		int rc;

		if (os_cgroup_is_frozen(paths_json))
			os_cgroup_thaw(paths_json, call, NULL);
		rc = cgroup_wait_event(v2, "populated", 0, call, "killing the container's processes", err);
		if (rc < 0)
			return rc;
	}
	for (size_t i = 0; i < ARRAY_SIZE(hierarchies); i++) {
		CLEANUP_FREE char *dir = cgroup_own_dir(paths_json, hierarchies[i]);

		if (dir)
			return kill_one_by_one(dir, paths_json, call, err);
	}
	return v2 ? kill_one_by_one(v2, paths_json, call, err) : 0;
}

static int remove_dir(int parent_fd, const char *name, void *unused UNUSED)
{
	if (unlinkat(parent_fd, name, AT_REMOVEDIR) == 0 || errno == ENOENT || errno == ENODEV)
		return 0;
	return -errno;
}

static int remove_tree(const char *dir, void *userdata)
{
	int *first = userdata;
	int rc = cgroup_walk(dir, remove_dir, NULL);

	if (rc < 0 && *first == 0)
		*first = rc;
	return 0;
}

int os_cgroup_remove(const char *paths_json)
{
	int first = 0;

	cgroup_each_dir(paths_json, remove_tree, &first);
	return first;
}
