/* SPDX-License-Identifier: Apache-2.0 */
/* The "process" object: what runs, as whom, with which environment. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "base/mem.h"
#include "base/strv.h"
#include "model/spec.h"
#include "oci/parts.h"
#include "os/fs.h"

#define PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static int list_has(json_t *doc, const char *field, const char *word)
{
	json_t *list = json_get(doc, field);

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		if (STREQ(json_object_get_string(json_object_array_get_idx(list, i)), word))
			return 1;
	}
	return 0;
}

static int push_default(const struct oci_input *in, json_t *env, const char *key, const char *value)
{
	CLEANUP_FREE char *text = str_printf("%s=%s", key, value);
	json_t *own = json_get(in->doc, "env"), *unused;

	if (!text)
		return -ENOMEM;
	if (json_get_bool(in->doc, "unsetenvall", 0) || list_has(in->doc, "unsetenv", key) ||
	    (own && json_object_object_get_ex(own, key, &unused)))
		return 0;
	return json_push_str(env, text);
}

static const char *visible_hostname(const struct oci_input *in, struct utsname *host, char buf[ID_SIZE_HOSTNAME])
{
	const char *mode = config_ns(in->doc, "utsns", NULL);

	if (STREQ(mode, "private"))
		return config_hostname(in->doc, in->id, buf);
	return STREQ(mode, "host") && uname(host) == 0 ? host->nodename : NULL;
}

static int put_env(const struct oci_input *in, const struct oci_user *user, json_t *process)
{
	CLEANUP_JSON json_t *env = json_object_new_array();
	json_t *own = json_get(in->doc, "env");
	struct utsname host;
	char buf[ID_SIZE_HOSTNAME];
	const char *name = visible_hostname(in, &host, buf);

	if (!env || push_default(in, env, "PATH", PATH) < 0 || push_default(in, env, "container", "libctr") < 0 ||
	    push_default(in, env, "HOME", user->home) < 0 || (name && push_default(in, env, "HOSTNAME", name) < 0))
		return -ENOMEM;
	if (own) {
		json_object_object_foreach(own, key, value)
		{
			CLEANUP_FREE char *text = str_printf("%s=%s", key, json_object_get_string(value));

			if (!text || json_push_str(env, text) < 0)
				return -ENOMEM;
		}
	}
	return json_put(process, "env", TAKE_PTR(env));
}

static int put_user(const struct oci_input *in, const struct oci_user *user, json_t *process)
{
	CLEANUP_JSON json_t *object = json_object_new_object();
	CLEANUP_JSON json_t *groups = json_object_new_array();
	const char *umask_text = json_get_str(in->doc, "umask", "");
	uint64_t mask = 022;

	if (umask_text[0] && str_to_u64(umask_text, 8, &mask) < 0)
		mask = 022;
	if (!object || !groups || json_put_i64(object, "uid", user->uid) < 0 ||
	    json_put_i64(object, "gid", user->gid) < 0 || json_put_u64(object, "umask", mask) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < user->n_groups; i++) {
		if (json_push(groups, json_object_new_int64(user->groups[i])) < 0)
			return -ENOMEM;
	}
	if (user->n_groups > 0 && json_put(object, "additionalGids", TAKE_PTR(groups)) < 0)
		return -ENOMEM;
	return json_put(process, "user", TAKE_PTR(object));
}

static int put_caps(const struct oci_caps *caps, json_t *process)
{
	const struct {
		const char *name;
		uint64_t mask;
	} sets[] = {
	    {"bounding", caps->bounding},   {"effective", caps->effective}, {"permitted", caps->effective},
	    {"inheritable", caps->ambient}, {"ambient", caps->ambient},
	};
	CLEANUP_JSON json_t *object = json_object_new_object();

	for (size_t i = 0; object && i < ARRAY_SIZE(sets); i++) {
		json_t *names = oci_caps_names(sets[i].mask);

		if (!names || json_put(object, sets[i].name, names) < 0)
			return -ENOMEM;
	}
	return object ? json_put(process, "capabilities", TAKE_PTR(object)) : -ENOMEM;
}

/* Nothing is said about a directory on a mount, which only the runtime will see, or behind a dangling link. */
static int check_work_dir(const struct oci_input *in, const char *dir, ctr_error_t **err)
{
	int fd CLEANUP_CLOSE = -1;
	int link CLEANUP_CLOSE = -1;
	struct stat st;

	if (STREQ(dir, "/") || in->rootfs_fd < 0 || oci_on_user_mount(in->doc, dir))
		return 0;
	fd = os_open_in_root(in->rootfs_fd, dir, O_PATH, 0);
	if (fd == -ENOENT) {
		link = os_open_in_root(in->rootfs_fd, dir, O_PATH | O_NOFOLLOW, 0);
		if (link >= 0 || json_get_bool(in->doc, "create_working_dir", 0))
			return 0;
		return error_set(
		    err, CTR_ERR_NO_SUCH_FILE, DOMAIN_CORE,
		    "the working directory %s does not exist in the container's root; create_working_dir makes it",
		    dir);
	}
	if (fd < 0)
		return error_set_errno(err, 0, DOMAIN_CORE, fd,
				       "cannot look at the working directory %s in the container's root", dir);
	if (fstat(fd, &st) < 0 || !S_ISDIR(st.st_mode))
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE,
				 "work_dir %s in the container's root is no directory", dir);
	return 0;
}

int oci_make_workdir(json_t *doc, int rootfs_fd, ctr_error_t **err)
{
	CLEANUP_OCI_USER struct oci_user user = {0};
	const char *dir = json_get_str(doc, "work_dir", "/");
	int fd CLEANUP_CLOSE = -1;
	int rc;

	if (!json_get_bool(doc, "create_working_dir", 0) || STREQ(dir, "/") || oci_on_user_mount(doc, dir))
		return 0;
	rc = oci_user_find(doc, rootfs_fd, &user, err);
	if (rc < 0)
		return rc;
	fd = os_open_in_root(rootfs_fd, dir, O_PATH | O_DIRECTORY, 0);
	if (fd == -ENOENT)
		fd = os_mkdir_in_root(rootfs_fd, dir, 0755, user.uid, user.gid);
	if (fd < 0)
		return error_set_errno(err, 0, DOMAIN_CORE, fd,
				       "cannot make the working directory %s in the container's root", dir);
	return 0;
}

static int put_argv(const struct oci_input *in, json_t *process)
{
	CLEANUP_STRV char **argv = NULL;
	CLEANUP_STRV char **all = NULL;

	if (config_argv(in->doc, &argv) < 0)
		return -ENOMEM;
	if (!in->init_program)
		return json_put_strv(process, "args", (const char *const *)argv);
	if (strv_push(&all, OCI_INIT_PATH) < 0 || strv_push(&all, "--") < 0)
		return -ENOMEM;
	for (size_t i = 0; argv[i]; i++)
		if (strv_push(&all, argv[i]) < 0)
			return -ENOMEM;
	return json_put_strv(process, "args", (const char *const *)all);
}

int oci_put_process(const struct oci_input *in, const struct oci_user *user, const struct oci_caps *caps,
		    json_t *config, ctr_error_t **err)
{
	CLEANUP_JSON json_t *process = json_object_new_object();
	const char *dir = json_get_str(in->doc, "work_dir", "/");
	const char *profile = json_get_str(in->doc, "apparmor_profile", "");
	int rc = check_work_dir(in, dir, err);

	if (rc < 0)
		return rc;
	if (!process || json_put_bool(process, "terminal", 0) < 0 || put_user(in, user, process) < 0 ||
	    put_argv(in, process) < 0 || put_env(in, user, process) < 0 || json_put_str(process, "cwd", dir) < 0 ||
	    put_caps(caps, process) < 0 ||
	    json_put_bool(process, "noNewPrivileges", json_get_bool(in->doc, "no_new_privileges", 0)) < 0 ||
	    json_put_i64(process, "oomScoreAdj", oci_oom_score_adj(in)) < 0)
		return error_no_memory(err);
	if (profile[0] && strcasecmp(profile, "unconfined") != 0 &&
	    json_put_str(process, "apparmorProfile", profile) < 0)
		return error_no_memory(err);
	rc = oci_put_rlimits(in, process, err);
	if (rc < 0)
		return rc;
	return json_put(config, "process", TAKE_PTR(process)) < 0 ? error_no_memory(err) : 0;
}
