/* SPDX-License-Identifier: Apache-2.0 */
/* Making a cgroup in every hierarchy and moving a process there. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/mem.h"
#include "os/cgroup_parts.h"
#include "os/mount_table.h"

struct join {
	const char *path;
	char pid[16];
	int joined;
};

/* A new cpuset has no CPUs and no memory nodes, and takes no process before it has: it gets its parent's. */
static void fill_cpuset(const char *parent, const char *dir)
{
	static const char *const files[] = {"cpuset.cpus", "cpuset.mems"};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		CLEANUP_FREE char *own = NULL, *above = NULL;

		if (cgroup_read(dir, files[i], &own) < 0 || own[strspn(own, " \n")] != '\0')
			continue;
		if (cgroup_read(parent, files[i], &above) == 0)
			cgroup_write(dir, files[i], above);
	}
}

int cgroup_make_dirs(const char *point, const char *path, char **ret)
{
	CLEANUP_FREE char *dir = str_dup(point);

	for (const char *p = path; dir && *p;) {
		CLEANUP_FREE char *parent = TAKE_PTR(dir);
		size_t len;

		p += strspn(p, "/");
		len = strcspn(p, "/");
		dir = str_printf("%s%s%.*s", parent, len ? "/" : "", (int)len, p);
		if (!dir)
			return -ENOMEM;
		if (len > 0 && mkdir(dir, 0755) < 0 && errno != EEXIST)
			return -errno;
		fill_cpuset(parent, dir);
		p += len;
	}
	if (!dir)
		return -ENOMEM;
	*ret = TAKE_PTR(dir);
	return 0;
}

static int join_one(const struct mount_line *line, void *userdata)
{
	struct join *j = userdata;
	CLEANUP_FREE char *dir = NULL;

	if (!STREQ(line->type, "cgroup") && !STREQ(line->type, "cgroup2"))
		return 0;
	/* A mount of only a part of the hierarchy is somebody's bind mount, not the place for new groups. */
	if (!STREQ(line->root, "/") || cgroup_make_dirs(line->point, j->path, &dir) < 0)
		return 0;
	if (cgroup_write(dir, "cgroup.procs", j->pid) == 0)
		j->joined++;
	else
		rmdir(dir);
	return 0;
}

int os_cgroup_join(const char *path, pid_t pid)
{
	struct join j = {.path = path};
	int rc;

	snprintf(j.pid, sizeof(j.pid), "%d", (int)pid);
	rc = os_mount_table(0, join_one, &j);
	return rc < 0 ? rc : j.joined;
}
