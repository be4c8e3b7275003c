/* SPDX-License-Identifier: Apache-2.0 */
/* Which cgroups a process is in, and the directories they have. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/mem.h"
#include "os/cgroup_parts.h"
#include "os/fd.h"
#include "os/fs.h"
#include "os/wait.h"

#define FILE_LIMIT (1024u * 1024)
#define DELETED " (deleted)"

/* "4:cpu,cpuacct:/path" adds an entry for each controller; "0::/path" one for "". */
static int add_line(json_t *paths, char *line)
{
	char *controllers = strchr(line, ':');
	char *path = controllers ? strchr(controllers + 1, ':') : NULL;
	char *save = NULL;

	if (!path)
		return 0;
	*path++ = '\0';
	controllers++;
	if (str_has_suffix(path, DELETED))
		path[strlen(path) - strlen(DELETED)] = '\0';
	if (!controllers[0])
		return json_put_str(paths, "", path);
	for (char *one = strtok_r(controllers, ",", &save); one; one = strtok_r(NULL, ",", &save)) {
		if (json_put_str(paths, one, path) < 0)
			return -ENOMEM;
	}
	return 0;
}

int os_cgroup_paths(pid_t pid, char **ret_json, ctr_error_t **err)
{
	CLEANUP_JSON json_t *paths = json_object_new_object();
	CLEANUP_FREE char *text = NULL;
	char name[64], *save = NULL, *out;
	int rc;

	snprintf(name, sizeof(name), "/proc/%d/cgroup", (int)pid);
	rc = os_read_file(AT_FDCWD, name, FILE_LIMIT, &text, NULL);
	if (rc < 0)
		return error_set_errno(err, 0, DOMAIN_RUNTIME, rc, "cannot read the cgroups of process %d", (int)pid);
	if (!paths)
		return error_no_memory(err);
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (add_line(paths, line) < 0)
			return error_no_memory(err);
	}
	out = json_print(paths);
	if (!out)
		return error_no_memory(err);
	*ret_json = out;
	return 0;
}

json_t *cgroup_parse(const char *paths_json)
{
	json_t *paths = NULL;
	const char *why;
	size_t offset;

	if (!paths_json || json_parse(paths_json, SIZE_MAX, &paths, &why, &offset) < 0)
		return NULL;
	if (paths && json_object_get_type(paths) == json_type_object)
		return paths;
	json_object_put(paths);
	return NULL;
}

static const char *path_of(json_t *paths, const char *controller)
{
	json_t *value = NULL;

	/* Not json_get_str: the key of v2 is empty, and case matters here. */
	if (!json_object_object_get_ex(paths, controller, &value) || json_object_get_type(value) != json_type_string)
		return NULL;
	return json_object_get_string(value);
}

char *os_cgroup_dir(const char *paths_json, const char *controller)
{
	CLEANUP_JSON json_t *paths = cgroup_parse(paths_json);
	const char *path = paths ? path_of(paths, controller) : NULL;

	return path ? cgroup_locate(controller, path) : NULL;
}

static int holds_caller(const char *controller, const char *path)
{
	CLEANUP_FREE char *text = NULL;
	CLEANUP_JSON json_t *own = NULL;
	const char *mine;
	size_t len = strlen(path);

	if (os_cgroup_paths(getpid(), &text, NULL) < 0)
		return 1;
	own = cgroup_parse(text);
	mine = own ? path_of(own, controller) : NULL;
	return mine && strncmp(mine, path, len) == 0 && (mine[len] == '/' || mine[len] == '\0');
}

static char *own_dir(json_t *paths, const char *controller)
{
	const char *path = path_of(paths, controller);

	if (!path || path[0] != '/' || path[1] == '\0' || strstr(path, "/..") || holds_caller(controller, path))
		return NULL;
	return cgroup_locate(controller, path);
}

char *cgroup_own_dir(const char *paths_json, const char *controller)
{
	CLEANUP_JSON json_t *paths = cgroup_parse(paths_json);

	return paths ? own_dir(paths, controller) : NULL;
}

int cgroup_each_dir(const char *paths_json, int (*fn)(const char *dir, void *userdata), void *userdata)
{
	CLEANUP_JSON json_t *paths = cgroup_parse(paths_json);

	if (!paths)
		return 0;
	json_object_object_foreach(paths, controller, unused)
	{
		CLEANUP_FREE char *dir = own_dir(paths, controller);
		int rc = dir ? fn(dir, userdata) : 0;

		(void)unused;
		if (rc != 0)
			return rc;
	}
	return 0;
}

static int open_file(const char *dir, const char *file, int flags)
{
	CLEANUP_FREE char *path = str_printf("%s/%s", dir, file);
	int fd;

	if (!path)
		return -ENOMEM;
	fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? -errno : os_fd_above_std(fd);
}

int cgroup_write(const char *dir, const char *file, const char *text)
{
	int fd CLEANUP_CLOSE = open_file(dir, file, O_WRONLY);

	return fd < 0 ? fd : os_write_all(fd, text, strlen(text));
}

int cgroup_read(const char *dir, const char *file, char **ret)
{
	CLEANUP_FREE char *path = str_printf("%s/%s", dir, file);

	return path ? os_read_file(AT_FDCWD, path, FILE_LIMIT * 16, ret, NULL) : -ENOMEM;
}

uint64_t cgroup_keyed(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, len) == 0 && line[len] == ' ')
			return strtoull(line + len + 1, NULL, 10);
	}
	return 0;
}

int cgroup_wait_event(const char *dir, const char *key, uint64_t wanted, const struct op_call *call, const char *what,
		      ctr_error_t **err)
{
	int fd CLEANUP_CLOSE = open_file(dir, "cgroup.events", O_RDONLY);

	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return error_set_errno(err, 0, DOMAIN_RUNTIME, fd, "cannot open cgroup.events of %s", dir);
	for (;;) {
		char text[256];
		ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
		int rc;

		if (n < 0 && errno == ENODEV)
			return 0;
		if (n < 0)
			return error_set_errno(err, 0, DOMAIN_RUNTIME, errno, "cannot read cgroup.events of %s", dir);
		text[n] = '\0';
		if (cgroup_keyed(text, key) == wanted)
			return 0;
		rc = os_wait_fd(fd, POLLPRI, call, what, err);
		if (rc < 0)
			return rc;
	}
}

uint64_t os_cgroup_oom_kills(const char *paths_json)
{
	static const char *const files[][2] = {{"memory", "memory.oom_control"}, {"", "memory.events"}};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		CLEANUP_FREE char *dir = os_cgroup_dir(paths_json, files[i][0]);
		CLEANUP_FREE char *text = NULL;

		if (dir && cgroup_read(dir, files[i][1], &text) == 0)
			return cgroup_keyed(text, "oom_kill");
	}
	return 0;
}
