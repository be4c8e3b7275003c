/* SPDX-License-Identifier: Apache-2.0 */
/* Users and groups of a container, from the passwd and group files beneath its root and nowhere else. */
#include <errno.h>
#include <string.h>
#include "base/mem.h"
#include "model/names.h"
#include "oci/parts.h"
#include "os/fs.h"

#define FILE_MAX (4u * 1024 * 1024)
#define FIELDS 7
#define GROUPS_MAX 65536

void oci_user_reset(struct oci_user *u)
{
	free(u->groups);
	free(u->home);
	*u = (struct oci_user){0};
}

/* A missing file has no entries. Anything but a plain file of sane size is refused: the image may hold a FIFO or a link
 * to /dev/zero. */
static int read_file(int rootfs_fd, const char *path, char **ret, ctr_error_t **err)
{
	char *text = NULL;
	int rc = rootfs_fd < 0 ? -ENOENT : os_read_file_in_root(rootfs_fd, path, FILE_MAX, &text, NULL);

	if (rc == -ENOENT || rc == -ENOTDIR) {
		text = str_dup("");
		if (!text)
			return error_no_memory(err);
	} else if (rc == -EINVAL || rc == -EFBIG) {
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE,
				 "%s in the container's root is no regular file of at most 4 MiB: it is not read",
				 path);
	} else if (rc < 0) {
		return error_set_errno(err, 0, DOMAIN_CORE, rc, "cannot read %s in the container's root", path);
	}
	*ret = text;
	return 0;
}

/* The next line's fields, split at colons in place; missing ones are "". NULL at the end. */
static int next_entry(char **cursor, char *fields[FIELDS])
{
	char *line = *cursor;
	size_t len;

	if (!line || !*line)
		return 0;
	len = strcspn(line, "\n");
	*cursor = line[len] ? line + len + 1 : line + len;
	line[len] = '\0';
	if (len > 0 && line[len - 1] == '\r')
		line[len - 1] = '\0';
	for (size_t i = 0; i < FIELDS; i++) {
		fields[i] = line;
		line += strcspn(line, ":");
		if (*line)
			*line++ = '\0';
	}
	return 1;
}

static int is_id(const char *text, uint32_t *ret)
{
	uint64_t n;

	if (str_to_u64(text, 10, &n) < 0 || n >= UINT32_MAX)
		return 0;
	*ret = (uint32_t)n;
	return 1;
}

static int part_is(const struct user_part *part, const char *name, uint32_t id)
{
	if (strlen(name) == part->len && memcmp(name, part->name, part->len) == 0)
		return 1;
	return part->is_number && part->number == id;
}

static int add_group(struct oci_user *u, gid_t gid)
{
	gid_t *grown;

	for (size_t i = 0; i < u->n_groups; i++) {
		if (u->groups[i] == gid)
			return 0;
	}
	if (u->n_groups >= GROUPS_MAX)
		return -ENOMEM;
	grown = realloc(u->groups, (u->n_groups + 1) * sizeof(gid_t));
	if (!grown)
		return -ENOMEM;
	u->groups = grown;
	u->groups[u->n_groups++] = gid;
	return 0;
}

static int not_there(const char *what, const struct user_part *part, const char *file, ctr_error_t **err)
{
	return error_set(err, CTR_ERR_NO_SUCH_FILE, DOMAIN_CORE,
			 "there is no %s \"%.*s\" in %s of the container's root", what, (int)part->len, part->name,
			 file);
}

static int find_user(char *passwd, const struct user_part *want, struct oci_user *u, char **ret_name, ctr_error_t **err)
{
	char *fields[FIELDS];
	uint32_t uid, gid;

	while (next_entry(&passwd, fields)) {
		if (!is_id(fields[2], &uid) || !is_id(fields[3], &gid) || !part_is(want, fields[0], uid))
			continue;
		u->uid = uid;
		u->gid = gid;
		u->home = str_dup(fields[5][0] == '/' ? fields[5] : "/");
		*ret_name = str_dup(fields[0]);
		return u->home && *ret_name ? 0 : error_no_memory(err);
	}
	if (!want->is_number)
		return not_there("user", want, "/etc/passwd", err);
	u->uid = want->number;
	u->gid = 0;
	u->home = str_dup("/");
	return u->home ? 0 : error_no_memory(err);
}

static int find_group(const char *group, const struct user_part *want, gid_t *ret, ctr_error_t **err)
{
	CLEANUP_FREE char *copy = str_dup(group);
	char *cursor = copy, *fields[FIELDS];
	uint32_t gid;

	if (!copy)
		return error_no_memory(err);
	while (next_entry(&cursor, fields)) {
		if (is_id(fields[2], &gid) && part_is(want, fields[0], gid)) {
			*ret = gid;
			return 0;
		}
	}
	if (!want->is_number)
		return not_there("group", want, "/etc/group", err);
	*ret = want->number;
	return 0;
}

static int is_member(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = list; *p; p += strcspn(p, ",")) {
		p += *p == ',';
		if (strncmp(p, name, len) == 0 && (p[len] == ',' || p[len] == '\0'))
			return 1;
	}
	return 0;
}

/* Only without an explicit group: "user:group" asks for exactly that. */
static int add_memberships(const char *group, const char *name, struct oci_user *u, ctr_error_t **err)
{
	CLEANUP_FREE char *copy = str_dup(group);
	char *cursor = copy, *fields[FIELDS];
	uint32_t gid;

	if (!copy)
		return error_no_memory(err);
	while (next_entry(&cursor, fields)) {
		if (is_id(fields[2], &gid) && is_member(fields[3], name) && add_group(u, gid) < 0)
			return error_no_memory(err);
	}
	return 0;
}

static int add_asked(json_t *doc, const char *group, struct oci_user *u, ctr_error_t **err)
{
	json_t *list = json_get(doc, "groups");

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		const char *text = json_object_get_string(json_object_array_get_idx(list, i));
		struct user_part want, unused;
		gid_t gid = 0;
		int rc;

		if (user_parse(text, &want, &unused) < 0)
			return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE, "\"%s\" is no group", text);
		rc = find_group(group, &want, &gid, err);
		if (rc < 0)
			return rc;
		if (add_group(u, gid) < 0)
			return error_no_memory(err);
	}
	return 0;
}

int oci_user_find(json_t *doc, int rootfs_fd, struct oci_user *ret, ctr_error_t **err)
{
	CLEANUP_OCI_USER struct oci_user u = {0};
	CLEANUP_FREE char *passwd = NULL, *group = NULL, *name = NULL;
	const char *text = json_get_str(doc, "user", "");
	struct user_part want, want_group;
	int rc;

	if (user_parse(text[0] ? text : "0", &want, &want_group) < 0)
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE, "\"%s\" is no user", text);
	rc = read_file(rootfs_fd, "/etc/passwd", &passwd, err);
	if (rc == 0)
		rc = read_file(rootfs_fd, "/etc/group", &group, err);
	if (rc == 0)
		rc = find_user(passwd, &want, &u, &name, err);
	if (rc == 0 && want_group.given)
		rc = find_group(group, &want_group, &u.gid, err);
	else if (rc == 0 && name)
		rc = add_memberships(group, name, &u, err);
	if (rc == 0)
		rc = add_asked(doc, group, &u, err);
	if (rc < 0)
		return rc;
	*ret = u;
	u = (struct oci_user){0};
	return 0;
}
