/* SPDX-License-Identifier: Apache-2.0 */
/* Which cgroups this process sees, and where they are mounted. */
#include <fcntl.h>
#include <string.h>
#include <sys/vfs.h>
#include "base/mem.h"
#include "os/cgroup_parts.h"
#include "os/fs.h"
#include "os/mount_table.h"

#define ROOT "/sys/fs/cgroup"
#define UNIFIED ROOT "/unified"
#define CGROUP2_MAGIC 0x63677270

static int is_cgroup2(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && (long)fs.f_type == CGROUP2_MAGIC;
}

static int is_v1(const struct mount_line *line, void *unused UNUSED)
{
	return STREQ(line->type, "cgroup");
}

int os_cgroup_mode(void)
{
	if (is_cgroup2(ROOT))
		return OS_CGROUP_V2;
	if (is_cgroup2(UNIFIED))
		return OS_CGROUP_HYBRID;
	return os_mount_table(0, is_v1, NULL) == 1 ? OS_CGROUP_V1 : OS_CGROUP_NONE;
}

const char *os_cgroup_mode_name(int mode)
{
	static const char *const names[] = {"none", "v1", "v2", "hybrid"};

	return mode >= 0 && mode < (int)ARRAY_SIZE(names) ? names[mode] : names[0];
}

char *os_cgroup_unified_path(void)
{
	int mode = os_cgroup_mode();

	return mode == OS_CGROUP_HYBRID || mode == OS_CGROUP_V1 ? str_dup(UNIFIED) : NULL;
}

struct search {
	const char *controller; /* "" = v2 */
	char *point, *root;
	int failed;
};

static int has_word(const char *list, const char *word, char separator)
{
	size_t len = strlen(word);

	for (const char *p = strstr(list, word); p; p = strstr(p + 1, word)) {
		char before = p == list ? separator : p[-1];
		char after = p[len];

		if (before == separator && (after == separator || after == '\0' || after == '\n'))
			return 1;
	}
	return 0;
}

static int matches(const struct mount_line *line, void *userdata)
{
	struct search *s = userdata;

	if (s->controller[0] == '\0'
		? !STREQ(line->type, "cgroup2")
		: !STREQ(line->type, "cgroup") || !has_word(line->super_options, s->controller, ','))
		return 0;
	s->point = str_dup(line->point);
	s->root = str_dup(line->root);
	s->failed = !s->point || !s->root;
	return 1;
}

/* A mount may show a part of the hierarchy only (bind mounts, cgroup namespaces): what lies outside cannot be named. */
static char *join(const char *point, const char *root, const char *path)
{
	size_t len = strlen(root);

	if (STREQ(root, "/"))
		len = 0;
	if (strncmp(path, root, len) != 0 || (path[len] != '/' && path[len] != '\0'))
		return NULL;
	return str_printf("%s%s", point, path[len] == '/' && path[len + 1] == '\0' ? "" : path + len);
}

char *cgroup_locate(const char *controller, const char *path)
{
	struct search s = {.controller = controller};
	char *dir = NULL;

	if (os_mount_table(0, matches, &s) == 1 && !s.failed)
		dir = join(s.point, s.root, path);
	free(s.point);
	free(s.root);
	return dir;
}

/* On a hybrid host the container runtimes use v1's controllers only, so what is left to its cgroup2 does not count. */
int os_cgroup_has_controller(const char *controller)
{
	CLEANUP_FREE char *v1 = cgroup_locate(controller, "/");
	CLEANUP_FREE char *list = NULL;

	if (v1)
		return 1;
	if (os_cgroup_mode() != OS_CGROUP_V2 || cgroup_read(ROOT, "cgroup.controllers", &list) < 0)
		return 0;
	return has_word(list, controller, ' ');
}
