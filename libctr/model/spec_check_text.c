/* SPDX-License-Identifier: Apache-2.0 */
/* Checking texts with a grammar of their own: names, users, sysctls, umask, capabilities, cgroup parents, cpu sets. */
#include "model/spec_table.h"

#include <string.h>
#include <strings.h>
#include "base/mem.h"
#include "model/ident.h"
#include "model/names.h"

#define HOSTNAME_MAX 64

int spec_check_name(json_t *value, const struct spec_field *field UNUSED, const char *path, json_t **ret,
		    ctr_error_t **err)
{
	const char *text;
	int rc = spec_string(value, path, &text, err);

	if (rc < 0)
		return rc;
	text = ident_plain_name(text);
	rc = ident_check_name("container", text, err);
	if (rc < 0)
		error_detail(err, "path", path);
	return rc < 0 ? rc : spec_give_string(text, ret, err);
}

int spec_check_env(json_t *value, const struct spec_field *field, const char *path, json_t **ret, ctr_error_t **err)
{
	int rc = spec_check_map(value, field, path, ret, err);

	if (rc < 0)
		return rc;
	json_object_object_foreach(value, key, unused)
	{
		(void)unused;
		if (!strchr(key, '='))
			continue;
		json_object_put(*ret);
		*ret = NULL;
		return spec_bad(err, path, "must not have \"=\" in the name \"%s\"", key);
	}
	return 0;
}

int spec_check_hostname(json_t *value, const struct spec_field *field UNUSED, const char *path, json_t **ret,
			ctr_error_t **err)
{
	const char *text;
	int rc = spec_string(value, path, &text, err);

	if (rc < 0)
		return rc;
	if (strlen(text) > HOSTNAME_MAX)
		return spec_bad(err, path, "must have at most %d bytes", HOSTNAME_MAX);
	for (size_t i = 0; text[i]; i++) {
		if ((unsigned char)text[i] <= ' ' || text[i] == '/' || text[i] == 0x7f)
			return spec_bad(err, path, "must not contain blanks, slashes or control characters");
	}
	return spec_give_string(text, ret, err);
}

/* Values are words and numbers separated by blanks: nothing a later string-building program could take for a second
 * setting. */
int spec_check_sysctl(json_t *value, const struct spec_field *field UNUSED, const char *path, json_t **ret,
		      ctr_error_t **err)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.,:- \t";
	const char *text;
	int rc = spec_string(value, path, &text, err);

	if (rc < 0)
		return rc;
	if (text[strspn(text, allowed)] != '\0')
		return spec_bad(err, path, "may only contain letters, digits, blanks and _ . , : -");
	return spec_give_string(text, ret, err);
}

int spec_check_timezone(json_t *value, const struct spec_field *field UNUSED, const char *path, json_t **ret,
			ctr_error_t **err)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+/";
	const char *text;
	int rc = spec_string(value, path, &text, err);

	if (rc < 0)
		return rc;
	if (text[0] == '/' || text[strspn(text, allowed)] != '\0')
		return spec_bad(err, path, "must be \"local\" or a name such as \"Europe/Berlin\", not \"%s\"", text);
	return spec_give_string(text, ret, err);
}

int spec_check_user(json_t *value, const struct spec_field *field UNUSED, const char *path, json_t **ret,
		    ctr_error_t **err)
{
	struct user_part user, group;
	const char *text;
	int rc = spec_string(value, path, &text, err);

	if (rc < 0)
		return rc;
	if (text[0] && user_parse(text, &user, &group) < 0)
		return spec_bad(err, path,
				"must look like name|uid[:group|gid] with ids from 0 to 4294967294, not \"%s\"", text);
	return spec_give_string(text, ret, err);
}

int spec_check_group(json_t *value, const struct spec_field *field UNUSED, const char *path, json_t **ret,
		     ctr_error_t **err)
{
	struct user_part user, group;
	const char *text;
	int rc = spec_string(value, path, &text, err);

	if (rc < 0)
		return rc;
	if (STREQ(text, "keep-groups"))
		return spec_not_yet(err, path, text);
	if (user_parse(text, &user, &group) < 0 || group.given)
		return spec_bad(err, path, "must be the name or number of a group, not \"%s\"", text);
	return spec_give_string(text, ret, err);
}

int spec_check_umask(json_t *value, const struct spec_field *field UNUSED, const char *path, json_t **ret,
		     ctr_error_t **err)
{
	const char *text;
	uint64_t number;
	int rc = spec_string(value, path, &text, err);

	if (rc < 0)
		return rc;
	if (text[0] && (strlen(text) > 4 || str_to_u64(text, 8, &number) < 0 || number > 0777))
		return spec_bad(err, path, "must be an octal number from 0000 to 0777, not \"%s\"", text);
	return spec_give_string(text, ret, err);
}

int spec_check_seccomp(json_t *value, const struct spec_field *field, const char *path, json_t **ret, ctr_error_t **err)
{
	if (json_object_get_type(value) == json_type_string) {
		if (strcasecmp(json_object_get_string(value), "unconfined") == 0)
			return spec_give_string("unconfined", ret, err);
		if (json_object_get_string_len(value) == 0)
			return spec_give_string("", ret, err);
	}
	return spec_check_path(value, field, path, ret, err);
}

int spec_check_unmask(json_t *value, const struct spec_field *field, const char *path, json_t **ret, ctr_error_t **err)
{
	if (json_object_get_type(value) == json_type_string && strcasecmp(json_object_get_string(value), "ALL") == 0)
		return spec_give_string("ALL", ret, err);
	return spec_check_path(value, field, path, ret, err);
}

/* Also of use for other paths that are joined to a directory of ours. */
static int has_dot_component(const char *text)
{
	for (const char *p = text; *p; p += strcspn(p, "/")) {
		size_t len;

		p += strspn(p, "/");
		len = strcspn(p, "/");
		if ((len == 1 && p[0] == '.') || (len == 2 && p[0] == '.' && p[1] == '.'))
			return 1;
	}
	return 0;
}

int spec_check_cgroup_parent(json_t *value, const struct spec_field *field UNUSED, const char *path, json_t **ret,
			     ctr_error_t **err)
{
	const char *text;
	int rc = spec_string(value, path, &text, err);

	if (rc < 0)
		return rc;
	if (has_dot_component(text) || strpbrk(text, ":\n"))
		return spec_bad(err, path, "must be a path without \".\", \"..\" or \":\" in it, not \"%s\"", text);
	return spec_give_string(text, ret, err);
}

int spec_check_cap(json_t *value, const struct spec_field *field UNUSED, const char *path, json_t **ret,
		   ctr_error_t **err)
{
	const char *text;
	int number, rc = spec_string(value, path, &text, err);

	if (rc < 0)
		return rc;
	if (strcasecmp(text, "ALL") == 0)
		return spec_give_string("ALL", ret, err);
	number = cap_number(text);
	if (number < 0)
		return spec_bad(err, path,
				"must be the name of a capability such as \"NET_ADMIN\" or \"ALL\", not \"%s\"", text);
	return spec_give_string(cap_name((unsigned)number), ret, err);
}

int spec_check_cpuset(json_t *value, const struct spec_field *field UNUSED, const char *path, json_t **ret,
		      ctr_error_t **err)
{
	const char *text;
	int rc = spec_string(value, path, &text, err);

	if (rc < 0)
		return rc;
	if (text[strspn(text, "0123456789,-")] != '\0')
		return spec_bad(err, path, "must be a list of numbers and ranges such as \"0-3,7\", not \"%s\"", text);
	return spec_give_string(text, ret, err);
}
