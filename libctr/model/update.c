/* SPDX-License-Identifier: Apache-2.0 */
/* An update document laid over a stored spec document, checked as a whole: which fields may change, and how each is laid. */
#include <string.h>
#include <strings.h>
#include "base/mem.h"
#include "model/spec.h"
#include "model/spec_table.h"

/* Lays value over the field of doc; 0 or -ENOMEM */
typedef int (*lay_fn)(json_t *doc, const char *field, json_t *value);

static int replace(json_t *doc, const char *field, json_t *value)
{
	json_t *copy = json_copy(value);

	return copy ? json_put(doc, field, copy) : -ENOMEM;
}

static int merge_object(json_t *into, json_t *from)
{
	json_object_object_foreach(from, key, value)
	{
		json_t *old = json_get(into, key);
		int r;

		if (old && json_object_is_type(old, json_type_object) && json_object_is_type(value, json_type_object))
			r = merge_object(old, value);
		else
			r = replace(into, key, value);
		if (r < 0)
			return r;
	}
	return 0;
}

static json_t *child(json_t *doc, const char *field, json_type type)
{
	json_t *value = json_get(doc, field);

	if (value)
		return value;
	value = type == json_type_array ? json_object_new_array() : json_object_new_object();
	return value && json_put(doc, field, value) == 0 ? value : NULL;
}

/* Only what is named changes. */
static int merge(json_t *doc, const char *field, json_t *value)
{
	json_t *into = child(doc, field, json_type_object);

	return into ? merge_object(into, value) : -ENOMEM;
}

/* Names of variables may differ in case only: no getter that forgives it. */
static int lay_env(json_t *doc, const char *field, json_t *value)
{
	json_t *into = child(doc, field, json_type_object);

	if (!into)
		return -ENOMEM;
	json_object_object_foreach(value, key, text)
	{
		if (json_put(into, key, json_object_get(text)) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int list_has(json_t *list, const char *word)
{
	for (size_t i = 0; i < json_object_array_length(list); i++)
		if (STREQ(json_object_get_string(json_object_array_get_idx(list, i)), word))
			return 1;
	return 0;
}

/* Its own variables go, and those that every container gets do not come any more. */
static int lay_unsetenv(json_t *doc, const char *field, json_t *value)
{
	json_t *env = json_get(doc, "env"), *list = child(doc, field, json_type_array);

	for (size_t i = 0; list && i < json_object_array_length(value); i++) {
		const char *name = json_object_get_string(json_object_array_get_idx(value, i));

		if (env)
			json_object_object_del(env, name);
		if (!list_has(list, name) && json_push_str(list, name) < 0)
			return -ENOMEM;
	}
	return list ? 0 : -ENOMEM;
}

/* A policy without retries has none. */
static int lay_policy(json_t *doc, const char *field, json_t *value)
{
	json_object_object_del(doc, "restart_tries");
	return replace(doc, field, value);
}

/* In the order in which they are laid: retries after their policy, unsetenv after env. */
static const struct {
	const char *name;
	lay_fn lay;
	unsigned what;
} fields[] = {
	{"resource_limits", merge, SPEC_UPDATE_RESOURCES},
	{"weightDevice", replace, SPEC_UPDATE_RESOURCES},
	{"throttleReadBpsDevice", replace, SPEC_UPDATE_RESOURCES},
	{"throttleWriteBpsDevice", replace, SPEC_UPDATE_RESOURCES},
	{"throttleReadIOPSDevice", replace, SPEC_UPDATE_RESOURCES},
	{"throttleWriteIOPSDevice", replace, SPEC_UPDATE_RESOURCES},
	{"restart_policy", lay_policy, SPEC_UPDATE_RESTART},
	{"restart_tries", replace, SPEC_UPDATE_RESTART},
	{"env", lay_env, SPEC_UPDATE_PROCESS},
	{"unsetenv", lay_unsetenv, SPEC_UPDATE_PROCESS},
	{"r_limits", replace, SPEC_UPDATE_PROCESS},
};

static const char *const health_fields[] = {
	"healthconfig", "startupHealthConfig", "health_check_on_failure_action", "healthLogDestination", "healthMaxLogCount",
	"healthMaxLogSize", "health_cmd", "health_interval", "health_timeout", "health_retries", "health_start_period",
	"no_healthcheck",
};

static int unknown(const char *name, ctr_error_t **err)
{
	const char *names[ARRAY_SIZE(fields)], *near;
	const struct spec_field *known = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(health_fields); i++)
		if (strcasecmp(health_fields[i], name) == 0) {
			error_set(err, CTR_ERR_UNSUPPORTED_OPTION, DOMAIN_CORE,
				  "\"%s\" cannot be updated: this version of libctr has no health checks; leave it out", name);
			error_detail(err, "path", name);
			return CTR_ERR_UNSUPPORTED_OPTION;
		}
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		names[i] = fields[i].name;
	near = nearest_name(name, names, ARRAY_SIZE(names));
	if (spec_find_field(spec_fields, spec_n_fields, "", name, &known, NULL) == 0)
		error_set(err, CTR_ERR_UNSUPPORTED_OPTION, DOMAIN_CORE,
			  "\"%s\" cannot be changed once a container has been created; make a new one", name);
	else if (near)
		error_set(err, CTR_ERR_UNSUPPORTED_OPTION, DOMAIN_CORE, "there is no update field \"%s\"; did you mean \"%s\"?",
			  name, near);
	else
		error_set(err, CTR_ERR_UNSUPPORTED_OPTION, DOMAIN_CORE, "there is no update field \"%s\"", name);
	error_detail(err, "path", name);
	error_detail(err, "nearest", known ? NULL : near);
	return CTR_ERR_UNSUPPORTED_OPTION;
}

static int check_one(const char *name, json_t *value, json_t *delta, ctr_error_t **err)
{
	const struct spec_field *field = NULL;
	json_t *checked = NULL;
	size_t i = 0;
	int r;

	while (i < ARRAY_SIZE(fields) && strcasecmp(fields[i].name, name) != 0)
		i++;
	if (i == ARRAY_SIZE(fields))
		return unknown(name, err);
	if (json_get(delta, fields[i].name))
		return spec_bad(err, name, "is there twice");
	r = spec_find_field(spec_fields, spec_n_fields, "", fields[i].name, &field, err);
	if (r == 0 && value)
		r = field->check(value, field, field->name, &checked, err);
	if (r < 0 || !value)
		return r;
	return json_put(delta, fields[i].name, checked) < 0 ? error_no_memory(err) : 0;
}

int spec_update_parse(const char *text, size_t len, json_t **ret_delta, unsigned *ret_what, ctr_error_t **err)
{
	CLEANUP_JSON json_t *given = NULL;
	CLEANUP_JSON json_t *delta = json_object_new_object();
	unsigned what = 0;
	int r = spec_parse_text("the update", text, len, &given, err);

	if (r < 0)
		return r;
	if (!given || !json_object_is_type(given, json_type_object))
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE, "the update must be a JSON object");
	if (!delta)
		return error_no_memory(err);
	json_object_object_foreach(given, key, value)
	{
		r = check_one(key, value, delta, err);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		what |= json_get(delta, fields[i].name) ? fields[i].what : 0;
	if (!what)
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE, "the update names nothing that is to be changed");
	*ret_delta = TAKE_PTR(delta);
	*ret_what = what;
	return 0;
}

int spec_update_lay(json_t *doc, json_t *delta, json_t **ret, ctr_error_t **err)
{
	CLEANUP_JSON json_t *out = json_copy(doc);
	int r;

	if (!out)
		return error_no_memory(err);
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		json_t *value = json_get(delta, fields[i].name);

		if (value && fields[i].lay(out, fields[i].name, value) < 0)
			return error_no_memory(err);
	}
	r = spec_check_together(out, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(out);
	return 0;
}
