/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces of the container. The runtime runs in the monitor, so "host" is a path to the caller's own namespace. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/mem.h"
#include "model/spec.h"
#include "oci/parts.h"
#include "os/fs.h"
#include "os/ns.h"

static const struct {
	const char *field, *type, *file;
} spaces[] = {
    {"pidns", "pid", "pid"}, {"netns", "network", "net"},      {"ipcns", "ipc", "ipc"},
    {"utsns", "uts", "uts"}, {"cgroupns", "cgroup", "cgroup"}, {"userns", "user", "user"},
};

static int push(json_t *list, const char *type, const char *path)
{
	CLEANUP_JSON json_t *one = json_object_new_object();

	if (!one || json_put_str(one, "type", type) < 0 || (path && json_put_str(one, "path", path) < 0))
		return -ENOMEM;
	return json_push(list, TAKE_PTR(one));
}

static int push_host(json_t *list, size_t i)
{
	CLEANUP_FREE char *path = NULL;

	/* A process cannot enter the user namespace it is in; the monitor always shares the caller's. */
	if (STREQ(spaces[i].type, "user"))
		return 0;
	path = os_ns_caller_path(spaces[i].file);
	return path ? push(list, spaces[i].type, path) : -ENOMEM;
}

/* A private user namespace without a mapping of the user's: every id stands for itself, rights end at the namespace. */
static int put_identity_mapping(json_t *linux_part)
{
	static const char *const names[] = {"uidMappings", "gidMappings"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		CLEANUP_JSON json_t *list = json_object_new_array();
		CLEANUP_JSON json_t *one = json_object_new_object();

		if (!list || !one || json_put_i64(one, "containerID", 0) < 0 || json_put_i64(one, "hostID", 0) < 0 ||
		    json_put_i64(one, "size", UINT32_MAX) < 0 || json_push(list, TAKE_PTR(one)) < 0 ||
		    json_put(linux_part, names[i], TAKE_PTR(list)) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* runc wants to hear the mapping also of a user namespace that is only joined: it is that of a process in there. */
static int put_joined_mapping(json_t *linux_part, const char *path)
{
	static const char *const names[] = {"uidMappings", "gidMappings"}, *const files[] = {"uid_map", "gid_map"};
	const char *end = strstr(path, "/ns/user");

	if (!str_has_prefix(path, "/proc/") || !end || end[strlen("/ns/user")])
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		CLEANUP_FREE char *file = str_printf("%.*s/%s", (int)(end - path), path, files[i]), *text = NULL;
		CLEANUP_JSON json_t *list = json_object_new_array();
		unsigned long long inside, outside, count;
		int used = 0;

		if (!file || !list)
			return -ENOMEM;
		if (os_read_file(AT_FDCWD, file, 1u << 16, &text, NULL) < 0)
			return 0;
		for (const char *p = text; sscanf(p, "%llu %llu %llu%n", &inside, &outside, &count, &used) == 3; p += used) {
			CLEANUP_JSON json_t *one = json_object_new_object();

			if (!one || json_put_u64(one, "containerID", inside) < 0 || json_put_u64(one, "hostID", outside) < 0 ||
			    json_put_u64(one, "size", count) < 0 || json_push(list, TAKE_PTR(one)) < 0)
				return -ENOMEM;
		}
		if (json_put(linux_part, names[i], TAKE_PTR(list)) < 0)
			return -ENOMEM;
	}
	return 0;
}

int oci_put_namespaces(json_t *doc, json_t *linux_part, ctr_error_t **err)
{
	CLEANUP_JSON json_t *list = json_object_new_array();

	if (!list || push(list, "mount", NULL) < 0)
		return error_no_memory(err);
	for (size_t i = 0; i < ARRAY_SIZE(spaces); i++) {
		const char *where = "";
		const char *mode = config_ns(doc, spaces[i].field, &where);
		int rc;

		/* Kernels before 4.6 have no cgroup namespaces. */
		if (STREQ(spaces[i].type, "cgroup") && access("/proc/self/ns/cgroup", F_OK) < 0)
			continue;
		if (STREQ(mode, "host"))
			rc = push_host(list, i);
		else
			rc = push(list, spaces[i].type, STREQ(mode, "path") ? where : NULL);
		if (rc == 0 && STREQ(spaces[i].type, "user") && STREQ(mode, "private"))
			rc = put_identity_mapping(linux_part);
		if (rc == 0 && STREQ(spaces[i].type, "user") && STREQ(mode, "path"))
			rc = put_joined_mapping(linux_part, where);
		if (rc < 0)
			return error_no_memory(err);
	}
	return json_put(linux_part, "namespaces", TAKE_PTR(list)) < 0 ? error_no_memory(err) : 0;
}
