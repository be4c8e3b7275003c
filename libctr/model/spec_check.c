/* SPDX-License-Identifier: Apache-2.0 */
/* Checking values of the plain kinds: strings, numbers, words, objects, lists, maps. */
#include "model/spec_table.h"

#include <string.h>
#include <strings.h>
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/strv.h"
#include "base/utf8.h"
#include "model/spec.h"

#define NAMES_MAX 160

int spec_bad(ctr_error_t **err, const char *path, const char *fmt, ...)
{
	CLEANUP_FREE char *why = NULL;
	va_list ap;

	va_start(ap, fmt);
	why = str_vprintf(fmt, ap);
	va_end(ap);
	if (!why)
		return error_no_memory(err);
	error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE, "spec field \"%s\" %s", path, why);
	error_detail(err, "path", path);
	return CTR_ERR_INVALID_ARG;
}

int spec_not_yet(ctr_error_t **err, const char *path, const char *word)
{
	error_set(err, CTR_ERR_UNSUPPORTED_OPTION, DOMAIN_CORE,
		  "\"%s\" for the spec field \"%s\" is not built yet in this version of libctr; leave it out", word, path);
	error_detail(err, "path", path);
	return CTR_ERR_UNSUPPORTED_OPTION;
}

static int unknown_field(const struct spec_field *fields, size_t n, const char *path, const char *name,
			 ctr_error_t **err)
{
	const char *names[NAMES_MAX];
	const char *near;
	size_t count = 0;

	for (size_t i = 0; i < n && count < NAMES_MAX; i++) {
		if (fields[i].when == SPEC_BUILT)
			names[count++] = fields[i].name;
	}
	near = nearest_name(name, names, count);
	if (near)
		error_set(err, CTR_ERR_UNSUPPORTED_OPTION, DOMAIN_CORE,
			  "there is no spec field \"%s\"; did you mean \"%s\"?", path, near);
	else
		error_set(err, CTR_ERR_UNSUPPORTED_OPTION, DOMAIN_CORE, "there is no spec field \"%s\"", path);
	error_detail(err, "path", path);
	error_detail(err, "nearest", near);
	return CTR_ERR_UNSUPPORTED_OPTION;
}

static char *join(const char *prefix, const char *name)
{
	return prefix && prefix[0] ? str_printf("%s.%s", prefix, name) : str_dup(name);
}

static const struct spec_field *field_of(const struct spec_field *fields, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcasecmp(fields[i].name, name) == 0)
			return &fields[i];
	return NULL;
}

int spec_find_field(const struct spec_field *fields, size_t n, const char *prefix, const char *name,
		    const struct spec_field **ret, ctr_error_t **err)
{
	const struct spec_field *found = field_of(fields, n, name);
	CLEANUP_FREE char *path = NULL;

	if (found && found->when == SPEC_BUILT) {
		*ret = found;
		return 0;
	}
	path = join(prefix, name);
	if (!path)
		return error_no_memory(err);
	if (!found)
		return unknown_field(fields, n, path, name, err);
	error_set(err, CTR_ERR_UNSUPPORTED_OPTION, DOMAIN_CORE, "the spec field \"%s\" is %s", path,
		  found->when == SPEC_NOT_YET ? "not built yet in this version of libctr; leave it out"
						 : "refused: libctr does not do this on purpose; leave it out");
	error_detail(err, "path", path);
	return CTR_ERR_UNSUPPORTED_OPTION;
}

static const char *type_word(json_t *value)
{
	static const char *const words[] = {
	    [json_type_null] = "null",	     [json_type_boolean] = "a boolean", [json_type_double] = "a fraction",
	    [json_type_int] = "an integer",  [json_type_object] = "an object",	[json_type_array] = "a list",
	    [json_type_string] = "a string",
	};

	return words[json_object_get_type(value)];
}

static int want_type(json_t *value, enum json_type type, const char *word, const char *path, ctr_error_t **err)
{
	if (json_object_get_type(value) == type)
		return 0;
	return spec_bad(err, path, "must be %s, not %s", word, type_word(value));
}

static int give(json_t *value, json_t **ret, ctr_error_t **err)
{
	if (!value)
		return error_no_memory(err);
	*ret = value;
	return 0;
}

int spec_string(json_t *value, const char *path, const char **ret, ctr_error_t **err)
{
	int rc = want_type(value, json_type_string, "a string", path, err);
	const char *text;

	if (rc < 0)
		return rc;
	text = json_object_get_string(value);
	if (strlen(text) != (size_t)json_object_get_string_len(value))
		return spec_bad(err, path, "must not contain a NUL character");
	if (!utf8_valid(text))
		return spec_bad(err, path, "must be UTF-8: config.json cannot carry other bytes");
	*ret = text;
	return 0;
}

int spec_give_string(const char *text, json_t **ret, ctr_error_t **err)
{
	return give(text ? json_object_new_string(text) : NULL, ret, err);
}

int spec_check_string(json_t *value, const struct spec_field *field UNUSED, const char *path, json_t **ret,
		      ctr_error_t **err)
{
	const char *text;
	int rc = spec_string(value, path, &text, err);

	return rc < 0 ? rc : spec_give_string(text, ret, err);
}

int spec_check_path(json_t *value, const struct spec_field *field UNUSED, const char *path, json_t **ret,
		    ctr_error_t **err)
{
	const char *text;
	int rc = spec_string(value, path, &text, err);

	if (rc < 0)
		return rc;
	if (text[0] != '/')
		return spec_bad(err, path, "must be an absolute path, not \"%s\"", text);
	return spec_give_string(text, ret, err);
}

int spec_check_bool(json_t *value, const struct spec_field *field UNUSED, const char *path, json_t **ret,
		    ctr_error_t **err)
{
	int rc = want_type(value, json_type_boolean, "a boolean", path, err);

	return rc < 0 ? rc : give(json_object_new_boolean(json_object_get_boolean(value)), ret, err);
}

/* Any unsigned 64-bit number */
int spec_check_u64(json_t *value, const struct spec_field *field UNUSED, const char *path, json_t **ret,
		   ctr_error_t **err)
{
	int rc = want_type(value, json_type_int, "an integer", path, err);

	if (rc < 0)
		return rc;
	if (json_object_get_int64(value) < 0)
		return spec_bad(err, path, "must be between 0 and 18446744073709551615");
	return give(json_object_new_uint64(json_object_get_uint64(value)), ret, err);
}

int spec_check_int(json_t *value, const struct spec_field *field, const char *path, json_t **ret, ctr_error_t **err)
{
	int rc = want_type(value, json_type_int, "an integer", path, err);
	int64_t number;

	if (rc < 0)
		return rc;
	number = json_object_get_int64(value);
	if (number < field->min || number > field->max ||
	    (number == INT64_MAX && json_object_get_uint64(value) > INT64_MAX))
		return spec_bad(err, path, "must be between %lld and %lld", (long long)field->min,
				(long long)field->max);
	return give(json_object_new_int64(number), ret, err);
}

/* -1 or any unsigned 64-bit number; -1 becomes the greatest one. */
int spec_check_uint(json_t *value, const struct spec_field *field UNUSED, const char *path, json_t **ret,
		    ctr_error_t **err)
{
	int rc = want_type(value, json_type_int, "an integer", path, err);
	int64_t number;

	if (rc < 0)
		return rc;
	number = json_object_get_int64(value);
	if (number < -1)
		return spec_bad(err, path, "must be -1 or a number from 0 to 18446744073709551615");
	return give(json_object_new_uint64(number == -1 ? UINT64_MAX : json_object_get_uint64(value)), ret, err);
}

static int bad_word(const struct spec_field *field, const char *word, const char *path, ctr_error_t **err)
{
	CLEANUP_STRBUF struct strbuf list = {0};
	const char *text;

	for (size_t i = 0; field->words[i]; i++)
		strbuf_printf(&list, "%s\"%s\"", list.len ? ", " : "", field->words[i]);
	text = strbuf_str(&list);
	if (!text)
		return error_no_memory(err);
	return spec_bad(err, path, "must be one of %s, not \"%s\"", text, word);
}

int spec_check_word(json_t *value, const struct spec_field *field, const char *path, json_t **ret, ctr_error_t **err)
{
	const char *text;
	int rc = spec_string(value, path, &text, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; field->words[i]; i++) {
		if (strcasecmp(field->words[i], text) == 0)
			return spec_give_string(field->words[i], ret, err);
	}
	for (size_t i = 0; field->later && field->later[i]; i++) {
		if (strcasecmp(field->later[i], text) == 0)
			return spec_not_yet(err, path, field->later[i]);
	}
	return bad_word(field, text, path, err);
}

static int check_member(json_t *result, const struct spec_field *member, const char *key, json_t *value,
			const char *prefix, ctr_error_t **err)
{
	CLEANUP_FREE char *path = join(prefix, key);
	json_t *checked = NULL;
	int rc;

	if (!path)
		return error_no_memory(err);
	rc = member->check(value, member, path, &checked, err);
	if (rc < 0)
		return rc;
	return json_put(result, key, checked) < 0 ? error_no_memory(err) : 0;
}

int spec_check_object(json_t *value, const struct spec_field *field, const char *path, json_t **ret, ctr_error_t **err)
{
	CLEANUP_JSON json_t *result = json_object_new_object();
	int rc = want_type(value, json_type_object, "an object", path[0] ? path : "(top level)", err);

	if (rc < 0)
		return rc;
	if (!result)
		return error_no_memory(err);
	json_object_object_foreach(value, key, member_value)
	{
		const struct spec_field *member = NULL;

		/* null is absence, also of a field that this build does not take. */
		if (!member_value && field_of(field->sub, field->n_sub, key))
			continue;
		rc = spec_find_field(field->sub, field->n_sub, path, key, &member, err);
		if (rc == 0 && json_object_object_get_ex(result, member->name, NULL))
			rc = spec_bad(err, path[0] ? path : member->name, "has \"%s\" twice", member->name);
		if (rc == 0 && member_value)
			rc = check_member(result, member, member->name, member_value, path, err);
		if (rc < 0)
			return rc;
	}
	*ret = TAKE_PTR(result);
	return 0;
}

int spec_check_list(json_t *value, const struct spec_field *field, const char *path, json_t **ret, ctr_error_t **err)
{
	CLEANUP_JSON json_t *result = json_object_new_array();
	int rc = want_type(value, json_type_array, "a list", path, err);

	if (rc < 0)
		return rc;
	if (!result)
		return error_no_memory(err);
	for (size_t i = 0; i < json_object_array_length(value); i++) {
		CLEANUP_FREE char *element = str_printf("%s[%zu]", path, i);
		json_t *checked = NULL;

		if (!element)
			return error_no_memory(err);
		rc = field->sub->check(json_object_array_get_idx(value, i), field->sub, element, &checked, err);
		if (rc < 0)
			return rc;
		if (json_push(result, checked) < 0)
			return error_no_memory(err);
	}
	*ret = TAKE_PTR(result);
	return 0;
}

/* Keys are the user's own: any non-empty text, case kept. */
int spec_check_map(json_t *value, const struct spec_field *field, const char *path, json_t **ret, ctr_error_t **err)
{
	CLEANUP_JSON json_t *result = json_object_new_object();
	int rc = want_type(value, json_type_object, "an object", path, err);

	if (rc < 0)
		return rc;
	if (!result)
		return error_no_memory(err);
	json_object_object_foreach(value, key, member_value)
	{
		if (!key[0])
			return spec_bad(err, path, "must not have an empty key");
		if (!utf8_valid(key))
			return spec_bad(err, path, "must not have a key that is not UTF-8");
		if (!member_value)
			continue;
		rc = check_member(result, field->sub, key, member_value, path, err);
		if (rc < 0)
			return rc;
	}
	*ret = TAKE_PTR(result);
	return 0;
}
