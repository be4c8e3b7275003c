/* SPDX-License-Identifier: Apache-2.0 */
/* Checking objects with rules of their own: namespaces, devices, device rules, resource limits of processes. */
#include "model/spec_table.h"

#include <string.h>
#include "base/mem.h"
#include "model/names.h"

int spec_check_namespace(json_t *value, const struct spec_field *field, const char *path, json_t **ret,
			 ctr_error_t **err)
{
	const struct spec_field members[] = {
	    {.name = "nsmode", .check = spec_check_word, .words = field->words, .later = field->later},
	    {.name = "value", .check = spec_check_string},
	};
	const struct spec_field object = {.sub = members, .n_sub = ARRAY_SIZE(members)};
	CLEANUP_JSON json_t *result = NULL;
	const char *mode, *where;
	int rc = spec_check_object(value, &object, path, &result, err);

	if (rc < 0)
		return rc;
	mode = json_get_str(result, "nsmode", "");
	where = json_get_str(result, "value", "");
	if (STREQ(mode, "path") && where[0] != '/')
		return spec_bad(err, path, "with nsmode \"path\" needs the absolute path of a namespace in \"value\"");
	if (STREQ(mode, "container") && !where[0])
		return spec_bad(err, path, "with nsmode \"container\" needs the name or id of a container in \"value\"");
	if (!STREQ(mode, "path") && !STREQ(mode, "container") && where[0])
		return spec_bad(err, path, "takes a \"value\" only with nsmode \"path\" or \"container\"");
	*ret = TAKE_PTR(result);
	return 0;
}

static int valid_access(const char *text)
{
	int seen[3] = {0};

	for (; *text; text++) {
		const char *at = strchr("rwm", *text);

		if (!at || seen[at - "rwm"]++)
			return 0;
	}
	return 1;
}

/* "HOST[:CTR[:rwm]]"; the second part may also be the rights alone. Canonical: all three parts. */
int spec_check_device(json_t *value, const struct spec_field *field, const char *path, json_t **ret, ctr_error_t **err)
{
	CLEANUP_JSON json_t *result = NULL;
	CLEANUP_FREE char *host = NULL, *inside = NULL, *canonical = NULL;
	const char *text, *second, *third, *rights = "rwm";
	int rc = spec_check_object(value, field, path, &result, err);

	if (rc < 0)
		return rc;
	text = json_get_str(result, "path", "");
	second = strchr(text, ':');
	third = second ? strchr(second + 1, ':') : NULL;
	host = str_ndup(text, second ? (size_t)(second - text) : strlen(text));
	if (second)
		inside = str_ndup(second + 1, third ? (size_t)(third - second - 1) : strlen(second + 1));
	else
		inside = str_dup(host);
	if (!host || !inside)
		return error_no_memory(err);
	if (third) {
		rights = third + 1;
	} else if (second && inside[0] != '/' && inside[0] && valid_access(inside)) {
		rights = second + 1;
		free(inside);
		inside = str_dup(host);
		if (!inside)
			return error_no_memory(err);
	}
	if (host[0] != '/' || inside[0] != '/' || !rights[0] || !valid_access(rights))
		return spec_bad(err, path, "must have a path like \"/dev/X[:/dev/Y[:rwm]]\", not \"%s\"", text);
	canonical = str_printf("%s:%s:%s", host, inside, rights);
	if (!canonical || json_put_str(result, "path", canonical) < 0)
		return error_no_memory(err);
	*ret = TAKE_PTR(result);
	return 0;
}

int spec_check_device_rule(json_t *value, const struct spec_field *field, const char *path, json_t **ret,
			   ctr_error_t **err)
{
	CLEANUP_JSON json_t *result = NULL;
	const char *rights;
	int rc = spec_check_object(value, field, path, &result, err);

	if (rc < 0)
		return rc;
	rights = json_get_str(result, "access", "");
	if (!valid_access(rights))
		return spec_bad(err, path, "must have an access made of r, w and m, not \"%s\"", rights);
	*ret = TAKE_PTR(result);
	return 0;
}

int spec_check_rlimit(json_t *value, const struct spec_field *field, const char *path, json_t **ret, ctr_error_t **err)
{
	CLEANUP_JSON json_t *result = NULL;
	const char *type, *canonical;
	int rc = spec_check_object(value, field, path, &result, err);

	if (rc < 0)
		return rc;
	type = json_get_str(result, "type", "");
	canonical = rlimit_canonical(type);
	if (!canonical)
		return spec_bad(err, path, "must have a type such as \"nofile\" or \"RLIMIT_NOFILE\", not \"%s\"",
				type);
	if (!json_get(result, "soft") || !json_get(result, "hard"))
		return spec_bad(err, path, "needs both soft and hard");
	if (json_get_u64(result, "soft", 0) > json_get_u64(result, "hard", 0))
		return spec_bad(err, path, "has a soft limit above its hard limit");
	if (json_put_str(result, "type", canonical) < 0)
		return error_no_memory(err);
	*ret = TAKE_PTR(result);
	return 0;
}
