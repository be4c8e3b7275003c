/* SPDX-License-Identifier: Apache-2.0 */
/* Devices of the host in the container, and the rules of the device cgroup that go with them. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include "base/mem.h"
#include "base/strv.h"
#include "oci/parts.h"
#include "os/fd.h"

#define DEPTH_MAX 8

struct device_lists {
	json_t *devices, *rules; /* borrowed */
	const char *access;
};

static int push_rule(json_t *rules, int allow, const char *type, int64_t major_no, int64_t minor_no, const char *access)
{
	CLEANUP_JSON json_t *rule = json_object_new_object();

	if (!rule || json_put_bool(rule, "allow", allow) < 0 || (type && json_put_str(rule, "type", type) < 0) ||
	    (type && major_no >= 0 && json_put_i64(rule, "major", major_no) < 0) ||
	    (type && minor_no >= 0 && json_put_i64(rule, "minor", minor_no) < 0) ||
	    json_put_str(rule, "access", access) < 0)
		return -ENOMEM;
	return json_push(rules, TAKE_PTR(rule));
}

static int push_device(struct device_lists *out, const char *inside, const struct stat *st)
{
	CLEANUP_JSON json_t *device = json_object_new_object();
	const char *type = S_ISBLK(st->st_mode) ? "b" : "c";
	int64_t major_no = major(st->st_rdev), minor_no = minor(st->st_rdev);

	if (!device || json_put_str(device, "path", inside) < 0 || json_put_str(device, "type", type) < 0 ||
	    json_put_i64(device, "major", major_no) < 0 || json_put_i64(device, "minor", minor_no) < 0 ||
	    json_put_i64(device, "fileMode", st->st_mode & 07777) < 0 || json_put_i64(device, "uid", st->st_uid) < 0 ||
	    json_put_i64(device, "gid", st->st_gid) < 0 || json_push(out->devices, TAKE_PTR(device)) < 0)
		return -ENOMEM;
	return out->rules ? push_rule(out->rules, 1, type, major_no, minor_no, out->access) : 0;
}

/* Made by the runtime itself, or file systems of their own. */
static int is_left_out(const char *inside)
{
	static const char *const names[] = {"/dev/null",   "/dev/zero",	   "/dev/full",	 "/dev/random", "/dev/urandom",
					    "/dev/tty",	   "/dev/console", "/dev/ptmx",	 "/dev/pts",	"/dev/shm",
					    "/dev/mqueue", "/dev/fd",	   "/dev/.udev", NULL};

	return strv_contains(names, inside);
}

static int walk(struct device_lists *out, const char *host, const char *inside, int depth)
{
	CLEANUP_CLOSEDIR DIR *dir = NULL;
	int fd = os_fd_above_std(open(host, O_RDONLY | O_DIRECTORY | O_CLOEXEC)), rc = 0;

	if (fd < 0)
		return -errno;
	dir = fdopendir(fd);
	if (!dir) {
		rc = -errno;
		close(fd);
		return rc;
	}
	for (struct dirent *e = readdir(dir); e && rc == 0; e = readdir(dir)) {
		CLEANUP_FREE char *below = str_printf("%s/%s", host, e->d_name);
		CLEANUP_FREE char *to = str_printf("%s/%s", inside, e->d_name);
		struct stat st;

		if (!below || !to)
			return -ENOMEM;
		/* Links and whatever vanished meanwhile are no devices. */
		if (STREQ(e->d_name, ".") || STREQ(e->d_name, "..") || is_left_out(to) || lstat(below, &st) < 0)
			continue;
		if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX)
			rc = walk(out, below, to, depth + 1);
		else if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
			rc = push_device(out, to, &st);
	}
	return rc;
}

/* "HOST:CTR:rwm", all three parts there since the spec was checked. A directory stands for all devices below. */
static int put_one(struct device_lists *out, const char *text, ctr_error_t **err)
{
	CLEANUP_FREE char *copy = str_dup(text);
	char *inside = copy ? strchr(copy, ':') : NULL, *access = inside ? strchr(inside + 1, ':') : NULL;
	struct stat st;
	int rc;

	if (!access)
		return error_no_memory(err);
	*inside++ = '\0';
	*access++ = '\0';
	out->access = access;
	if (stat(copy, &st) < 0)
		return error_set_errno(err, 0, DOMAIN_CORE, errno, "cannot use the device %s", copy);
	if (S_ISDIR(st.st_mode))
		rc = walk(out, copy, inside, 0);
	else if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
		rc = push_device(out, inside, &st);
	else
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE,
				 "%s is neither a device nor a directory of devices", copy);
	return rc < 0 ? error_set_errno(err, 0, DOMAIN_CORE, rc, "cannot list the devices below %s", copy) : 0;
}

static int put_asked_rules(json_t *doc, json_t *rules)
{
	json_t *list = json_get(doc, "device_cgroup_rule");

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		json_t *one = json_object_array_get_idx(list, i);
		const char *type = json_get_str(one, "type", "a"), *access = json_get_str(one, "access", "");

		if (push_rule(rules, json_get_bool(one, "allow", 1), type, json_get_i64(one, "major", -1),
			      json_get_i64(one, "minor", -1), access[0] ? access : "rwm") < 0)
			return -ENOMEM;
	}
	return 0;
}

int oci_put_devices(const struct oci_input *in, json_t *linux_part, json_t *rules, ctr_error_t **err)
{
	CLEANUP_JSON json_t *devices = json_object_new_array();
	int privileged = json_get_bool(in->doc, "privileged", 0), rc;
	struct device_lists out = {.devices = devices, .rules = privileged ? NULL : rules};
	json_t *list = json_get(in->doc, "devices");

	if (!devices || push_rule(rules, privileged, NULL, -1, -1, "rwm") < 0)
		return error_no_memory(err);
	if (privileged) {
		rc = walk(&out, "/dev", "/dev", 0);
		if (rc < 0)
			return error_set_errno(err, 0, DOMAIN_CORE, rc,
					       "cannot list the devices of this machine in /dev");
	}
	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		rc = put_one(&out, json_get_str(json_object_array_get_idx(list, i), "path", ""), err);
		if (rc < 0)
			return rc;
	}
	if (put_asked_rules(in->doc, rules) < 0 ||
	    (json_object_array_length(devices) > 0 && json_put(linux_part, "devices", TAKE_PTR(devices)) < 0))
		return error_no_memory(err);
	return 0;
}
