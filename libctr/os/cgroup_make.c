/* SPDX-License-Identifier: Apache-2.0 */
/* Making a cgroup that others are made in, and limiting all of them together: version 1 by its controllers, version 2
 * in one directory. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/mem.h"
#include "os/cgroup_parts.h"
#include "os/mount_table.h"

#define TEXT_SIZE 64
#define DEFAULT_PERIOD 100000

/* One limit of an OCI resources object, as text for the files of both versions; 0 or -ENOENT: it is not asked for. */
typedef int (*text_fn)(json_t *resources, const char *path, char ret[TEXT_SIZE]);

static int number_at(json_t *resources, const char *path, int64_t *ret)
{
	json_t *value = json_get_path(resources, path);

	if (!value)
		return -ENOENT;
	*ret = json_object_get_int64(value);
	return 0;
}

static int plain(json_t *resources, const char *path, char ret[TEXT_SIZE])
{
	int64_t n;

	if (number_at(resources, path, &n) < 0)
		return -ENOENT;
	snprintf(ret, TEXT_SIZE, "%" PRId64, n);
	return 0;
}

/* What is not positive is no limit. */
static int or_max(json_t *resources, const char *path, char ret[TEXT_SIZE])
{
	int64_t n;

	if (number_at(resources, path, &n) < 0)
		return -ENOENT;
	if (n > 0)
		snprintf(ret, TEXT_SIZE, "%" PRId64, n);
	else
		strcpy(ret, "max");
	return 0;
}

static int words(json_t *resources, const char *path, char ret[TEXT_SIZE])
{
	json_t *value = json_get_path(resources, path);
	const char *text = value ? json_object_get_string(value) : "";

	return *text && str_copy(ret, TEXT_SIZE, text) == 0 ? 0 : -ENOENT;
}

/* Version 1 counts memory and swap together, version 2 swap alone. */
static int swap_alone(json_t *resources, const char *path, char ret[TEXT_SIZE])
{
	int64_t both, memory = 0;

	if (number_at(resources, path, &both) < 0)
		return -ENOENT;
	(void)number_at(resources, "memory.limit", &memory);
	if (both > 0)
		snprintf(ret, TEXT_SIZE, "%" PRId64, both - (memory > 0 ? memory : 0));
	else
		strcpy(ret, "max");
	return 0;
}

/* The kernel's own relation of 2…262144 shares to a weight of 1…10000, as runtimes use it. */
static int weight(json_t *resources, const char *path, char ret[TEXT_SIZE])
{
	int64_t shares;

	if (number_at(resources, path, &shares) < 0 || shares <= 0)
		return -ENOENT;
	shares = shares < 2 ? 2 : shares > 262144 ? 262144 : shares;
	snprintf(ret, TEXT_SIZE, "%" PRId64, 1 + ((shares - 2) * 9999) / 262142);
	return 0;
}

static int bandwidth(json_t *resources, const char *path, char ret[TEXT_SIZE])
{
	int64_t quota = 0, period = 0;
	int asked = number_at(resources, path, &quota) == 0;

	if (number_at(resources, "cpu.period", &period) < 0 && !asked)
		return -ENOENT;
	period = period > 0 ? period : DEFAULT_PERIOD;
	if (quota > 0)
		snprintf(ret, TEXT_SIZE, "%" PRId64 " %" PRId64, quota, period);
	else
		snprintf(ret, TEXT_SIZE, "max %" PRId64, period);
	return 0;
}

/* In the order in which the kernel takes them: memory and swap may never be below memory alone, a quota needs its
 * period. */
static const struct limit {
	const char *path, *controller, *file;
	text_fn text;
} limits_v1[] =
    {
	{"memory.limit", "memory", "memory.limit_in_bytes", plain},
	{"memory.reservation", "memory", "memory.soft_limit_in_bytes", plain},
	{"memory.swap", "memory", "memory.memsw.limit_in_bytes", plain},
	{"cpu.shares", "cpu", "cpu.shares", plain},
	{"cpu.period", "cpu", "cpu.cfs_period_us", plain},
	{"cpu.quota", "cpu", "cpu.cfs_quota_us", plain},
	{"cpu.cpus", "cpuset", "cpuset.cpus", words},
	{"cpu.mems", "cpuset", "cpuset.mems", words},
	{"pids.limit", "pids", "pids.max", or_max},
},
  limits_v2[] = {
      {"memory.limit", "memory", "memory.max", or_max},
      {"memory.reservation", "memory", "memory.low", plain},
      {"memory.swap", "memory", "memory.swap.max", swap_alone},
      {"cpu.shares", "cpu", "cpu.weight", weight},
      {"cpu.quota", "cpu", "cpu.max", bandwidth},
      {"cpu.cpus", "cpuset", "cpuset.cpus", words},
      {"cpu.mems", "cpuset", "cpuset.mems", words},
      {"pids.limit", "pids", "pids.max", or_max},
};

/* A directory of version 2 has the files of a controller once its parents hand that controller down. */
static void hand_down(const char *point, const char *path)
{
	static const char *const controllers[] = {"+memory", "+pids", "+cpu", "+cpuset"};

	for (const char *end = path; *end; end += strcspn(end, "/")) {
		CLEANUP_FREE char *dir = str_printf("%s%.*s", point, (int)(end - path), path);

		for (size_t i = 0; dir && i < ARRAY_SIZE(controllers); i++)
			(void)cgroup_write(dir, "cgroup.subtree_control", controllers[i]);
		end += strspn(end, "/");
	}
}

struct make {
	const char *path;
	int v2, rc;
};

static int make_one(const struct mount_line *line, void *userdata)
{
	struct make *m = userdata;
	CLEANUP_FREE char *dir = NULL;

	if (!STREQ(line->type, m->v2 ? "cgroup2" : "cgroup") || !STREQ(line->root, "/"))
		return 0;
	m->rc = cgroup_make_dirs(line->point, m->path, &dir);
	if (m->rc == 0 && m->v2)
		hand_down(line->point, m->path);
	return m->rc < 0;
}

static int set_limit(const char *path, const struct limit *limit, json_t *resources, int v2, ctr_error_t **err)
{
	CLEANUP_FREE char *dir = NULL;
	char text[TEXT_SIZE];
	int r;

	if (limit->text(resources, limit->path, text) < 0)
		return 0;
	dir = cgroup_locate(v2 ? "" : limit->controller, path);
	r = dir ? cgroup_write(dir, limit->file, text) : -ENOENT;
	if (r == 0)
		return 0;
	if (r == -ENOENT)
		return error_set(err, CTR_ERR_NOT_SUPPORTED, DOMAIN_RUNTIME,
				 "the limit %s cannot be set for cgroup %s: this machine has no %s; leave it out",
				 limit->path, path, limit->file);
	return error_set_errno(err, r == -EINVAL || r == -ERANGE ? CTR_ERR_INVALID_ARG : CTR_ERR_RUNTIME,
			       DOMAIN_RUNTIME, r, "cannot set the limit %s of cgroup %s to %s", limit->path, path,
			       text);
}

int os_cgroup_make(const char *path, json_t *resources, ctr_error_t **err)
{
	struct make m = {.path = path, .v2 = os_cgroup_mode() == OS_CGROUP_V2};
	const struct limit *limits = m.v2 ? limits_v2 : limits_v1;
	size_t n = m.v2 ? ARRAY_SIZE(limits_v2) : ARRAY_SIZE(limits_v1);
	int r = os_mount_table(0, make_one, &m);

	if (r >= 0)
		r = m.rc;
	if (r < 0)
		return error_set_errno(err, 0, DOMAIN_RUNTIME, r, "cannot make the cgroup %s", path);
	for (size_t i = 0; resources && i < n; i++) {
		r = set_limit(path, &limits[i], resources, m.v2, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int os_cgroup_unmake(const char *path)
{
	CLEANUP_JSON json_t *own = NULL, *there = json_object_new_object();
	CLEANUP_FREE char *own_text = NULL, *text = NULL;

	if (!there)
		return -ENOMEM;
	if (os_cgroup_paths(getpid(), &own_text, NULL) < 0 || !(own = cgroup_parse(own_text)))
		return -EIO;
	json_object_object_foreach(own, controller, unused)
	{
		(void)unused;
		if (json_put_str(there, controller, path) < 0)
			return -ENOMEM;
	}
	text = json_print(there);
	return text ? os_cgroup_remove(text) : -ENOMEM;
}
