/* SPDX-License-Identifier: Apache-2.0 */
/* The list of mounts: the usual ones, the user's in their place where destinations are equal, parents before children.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "base/mem.h"
#include "base/strv.h"
#include "model/spec.h"
#include "oci/parts.h"
#include "os/cgroup.h"

#define OPTIONS_MAX 12
#define ZONES "/usr/share/zoneinfo"

struct plain_mount {
	const char *destination, *type, *source;
	const char *options[OPTIONS_MAX];
};

static const struct plain_mount usual[] = {
    {"/proc", "proc", "proc", {"nosuid", "noexec", "nodev"}},
    {"/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}},
    {"/dev/pts", "devpts", "devpts", {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}},
    {"/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"}},
    {"/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"}},
    {"/sys/fs/cgroup", "cgroup", "cgroup", {"rprivate", "nosuid", "noexec", "nodev", "relatime", "ro"}},
};

static json_t *user_mount(json_t *doc, const char *destination)
{
	json_t *list = json_get(doc, "mounts");

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		json_t *one = json_object_array_get_idx(list, i);

		if (STREQ(json_get_str(one, "destination", ""), destination))
			return one;
	}
	return NULL;
}

int oci_on_user_mount(json_t *doc, const char *path)
{
	json_t *list = json_get(doc, "mounts");

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		const char *at = json_get_str(json_object_array_get_idx(list, i), "destination", "/");
		size_t len = strlen(at);

		if (strncmp(path, at, len) == 0 && (path[len] == '/' || path[len] == '\0'))
			return 1;
	}
	return 0;
}

/* options taken */
static int push(json_t *mounts, const char *destination, const char *type, const char *source, json_t *options)
{
	CLEANUP_JSON json_t *one = json_object_new_object();

	if (!one || !options) {
		json_object_put(options);
		return -ENOMEM;
	}
	if (json_put(one, "options", options) < 0 || json_put_str(one, "destination", destination) < 0 ||
	    json_put_str(one, "type", type) < 0 || json_put_str(one, "source", source) < 0)
		return -ENOMEM;
	return json_push(mounts, TAKE_PTR(one));
}

static json_t *words(const char *const *v)
{
	CLEANUP_JSON json_t *list = json_object_new_array();

	for (size_t i = 0; list && v[i]; i++) {
		if (json_push_str(list, v[i]) < 0)
			return NULL;
	}
	return TAKE_PTR(list);
}

static json_t *usual_options(const struct plain_mount *m, json_t *doc)
{
	CLEANUP_JSON json_t *list = json_object_new_array();
	json_t *more = STREQ(m->type, "proc") ? json_get(doc, "procfs_opts") : NULL;
	int privileged = json_get_bool(doc, "privileged", 0);

	for (size_t i = 0; list && i < OPTIONS_MAX && m->options[i]; i++) {
		const char *option = privileged && STREQ(m->options[i], "ro") ? "rw" : m->options[i];

		if (json_push_str(list, option) < 0)
			return NULL;
	}
	for (size_t i = 0; list && more && i < json_object_array_length(more); i++) {
		if (json_push_str(list, json_object_get_string(json_object_array_get_idx(more, i))) < 0)
			return NULL;
	}
	return TAKE_PTR(list);
}

static int put_usual(const struct oci_input *in, json_t *mounts)
{
	for (size_t i = 0; i < ARRAY_SIZE(usual); i++) {
		const struct plain_mount *m = &usual[i];

		if (user_mount(in->doc, m->destination) ||
		    (STREQ(m->type, "cgroup") && (in->cgroup_mode == OS_CGROUP_NONE || user_mount(in->doc, "/sys"))))
			continue;
		if (push(mounts, m->destination, m->type, m->source, usual_options(m, in->doc)) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int put_shm(const struct oci_input *in, json_t *mounts)
{
	static const char *const host[] = {"bind", "private", "rw", "nosuid", "noexec", "nodev", NULL};
	const char *mode = config_ns(in->doc, "ipcns", NULL);
	char size[40];
	const char *own[] = {"private", "nosuid", "noexec", "nodev", "mode=1777", size, NULL};

	if (user_mount(in->doc, "/dev/shm") || STREQ(mode, "none"))
		return 0;
	if (STREQ(mode, "host"))
		return push(mounts, "/dev/shm", "bind", "/dev/shm", words(host));
	snprintf(size, sizeof(size), "size=%lld", (long long)json_get_i64(in->doc, "shm_size", OCI_DEFAULT_SHM_SIZE));
	return push(mounts, "/dev/shm", "tmpfs", "shm", words(own));
}

static int put_writable_tmpfs(const struct oci_input *in, json_t *mounts)
{
	static const char *const places[] = {"/run", "/tmp", "/var/tmp"};
	static const char *const options[] = {"rw", "rprivate", "nosuid", "nodev", "tmpcopyup", NULL};

	if (!json_get_bool(in->doc, "read_only_filesystem", 0) || !json_get_bool(in->doc, "read_write_tmpfs", 0))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		if (!user_mount(in->doc, places[i]) && push(mounts, places[i], "tmpfs", "tmpfs", words(options)) < 0)
			return -ENOMEM;
	}
	return 0;
}

int oci_timezone_file(json_t *doc, char **ret, ctr_error_t **err)
{
	const char *zone = json_get_str(doc, "timezone", "");
	char resolved[PATH_MAX];
	struct stat st;
	char *path;

	if (!zone[0]) {
		*ret = NULL;
		return 0;
	}
	path = STREQ(zone, "local") ? str_dup("/etc/localtime") : str_printf(ZONES "/%s", zone);
	if (!path)
		return error_no_memory(err);
	/* The name may be a link (Debian's US/Eastern) but must not lead out of the data base. */
	if (!realpath(path, resolved) || stat(resolved, &st) < 0 || !S_ISREG(st.st_mode) ||
	    (!STREQ(zone, "local") && !str_has_prefix(resolved, ZONES "/"))) {
		error_set(err, CTR_ERR_NO_SUCH_FILE, DOMAIN_CORE,
			  "there is no time zone \"%s\" on this machine: %s is missing", zone, path);
		free(path);
		return CTR_ERR_NO_SUCH_FILE;
	}
	free(path);
	path = str_dup(resolved);
	if (!path)
		return error_no_memory(err);
	*ret = path;
	return 0;
}

static int put_timezone(const struct oci_input *in, json_t *mounts, ctr_error_t **err)
{
	static const char *const options[] = {"bind", "private", "ro", "nosuid", "nodev", "noexec", NULL};
	CLEANUP_FREE char *file = NULL;
	int rc = oci_timezone_file(in->doc, &file, err);

	if (rc < 0 || !file || oci_on_user_mount(in->doc, "/etc/localtime"))
		return rc;
	return push(mounts, "/etc/localtime", "bind", file, words(options)) < 0 ? error_no_memory(err) : 0;
}

static int put_init(const struct oci_input *in, json_t *mounts)
{
	static const char *const options[] = {"bind", "private", "ro", "nosuid", "nodev", "exec", NULL};

	return in->init_program ? push(mounts, OCI_INIT_PATH, "bind", in->init_program, words(options)) : 0;
}

static int put_own(const struct oci_input *in, json_t *mounts, ctr_error_t **err)
{
	json_t *list = json_get(in->doc, "mounts");

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		json_t *one = json_object_array_get_idx(list, i), *options = NULL;
		const char *type = json_get_str(one, "type", "bind");
		int rc = oci_mount_options(one, &options, err);

		if (rc < 0)
			return rc;
		if (push(mounts, json_get_str(one, "destination", ""), type, json_get_str(one, "source", type),
			 options) < 0)
			return error_no_memory(err);
	}
	return 0;
}

static size_t depth(json_t *mount)
{
	size_t n = 0;

	for (const char *p = json_get_str(mount, "destination", ""); *p; p++)
		n += *p == '/';
	return n;
}

/* Stable, so that what stands first stays first among equals; lists are short. */
static int sorted(json_t *mounts, json_t **ret)
{
	CLEANUP_JSON json_t *list = json_object_new_array();
	size_t n = json_object_array_length(mounts), deepest = 0;

	for (size_t i = 0; i < n; i++) {
		size_t d = depth(json_object_array_get_idx(mounts, i));

		deepest = d > deepest ? d : deepest;
	}
	for (size_t d = 0; list && d <= deepest; d++) {
		for (size_t i = 0; i < n; i++) {
			json_t *one = json_object_array_get_idx(mounts, i);

			if (depth(one) == d && json_push(list, json_object_get(one)) < 0)
				return -ENOMEM;
		}
	}
	*ret = TAKE_PTR(list);
	return *ret ? 0 : -ENOMEM;
}

int oci_put_mounts(const struct oci_input *in, json_t *config, ctr_error_t **err)
{
	CLEANUP_JSON json_t *mounts = json_object_new_array();
	json_t *list = NULL;
	int rc;

	if (!mounts || put_usual(in, mounts) < 0 || put_shm(in, mounts) < 0 || put_writable_tmpfs(in, mounts) < 0 ||
	    put_init(in, mounts) < 0)
		return error_no_memory(err);
	rc = put_timezone(in, mounts, err);
	if (rc == 0)
		rc = put_own(in, mounts, err);
	if (rc < 0)
		return rc;
	if (sorted(mounts, &list) < 0 || json_put(config, "mounts", list) < 0)
		return error_no_memory(err);
	return 0;
}
