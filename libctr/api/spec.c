/* SPDX-License-Identifier: Apache-2.0 */
/* Public functions of <libctr/spec.h>: builders of the JSON document that the model room checks. */
#include <libctr/spec.h>
#include "api/api.h"
#include "model/spec.h"

int ctr_spec_new(ctr_spec_t **ret, ctr_error_t **err)
{
	API_ENTER();
	ctr_error_t *e = NULL;
	int r;

	if (!ret)
		return api_null(err, "ctr_spec_new", "ret");
	r = spec_new(ret, &e);
	return error_publish(r, e, err);
}

int ctr_spec_from_json(const char *text, size_t len, ctr_spec_t **ret, ctr_error_t **err)
{
	API_ENTER();
	ctr_error_t *e = NULL;
	int r;

	if (!text || !ret)
		return api_null(err, "ctr_spec_from_json", text ? "ret" : "text");
	r = spec_from_json(text, len, ret, &e);
	return error_publish(r, e, err);
}

int ctr_spec_to_json(const ctr_spec_t *spec, char **ret_json, ctr_error_t **err)
{
	API_ENTER();
	ctr_error_t *e = NULL;
	int r;

	if (!spec || !ret_json)
		return api_null(err, "ctr_spec_to_json", spec ? "ret_json" : "spec");
	r = spec_to_json(spec, ret_json, &e);
	return error_publish(r, e, err);
}

ctr_spec_t *ctr_spec_ref(ctr_spec_t *spec)
{
	return spec_ref(spec);
}

ctr_spec_t *ctr_spec_unref(ctr_spec_t *spec)
{
	return spec_unref(spec);
}

int ctr_spec_set_json(ctr_spec_t *spec, const char *field, const char *text, size_t len, ctr_error_t **err)
{
	API_ENTER();
	ctr_error_t *e = NULL;
	int r;

	if (!spec || !field || !text)
		return api_null(err, "ctr_spec_set_json", !spec ? "spec" : !field ? "field" : "text");
	r = spec_set_json(spec, field, text, len, &e);
	return error_publish(r, e, err);
}

static int set_value(ctr_spec_t *spec, const char *field, json_t *value, ctr_error_t **err)
{
	ctr_error_t *e = NULL;
	int r = value ? spec_set_value(spec, field, value, &e) : error_no_memory(&e);

	return error_publish(r, e, err);
}

static int set_text(ctr_spec_t *spec, const char *function, const char *argument, const char *field, const char *value, ctr_error_t **err)
{
	if (!spec || !value)
		return api_null(err, function, spec ? argument : "spec");
	return set_value(spec, field, json_object_new_string(value), err);
}

#define SET_TEXT(name, argument, field)                                                                                \
	int ctr_spec_set_##name(ctr_spec_t *spec, const char *argument, ctr_error_t **err)                             \
	{                                                                                                              \
		API_ENTER();                                                                                           \
		return set_text(spec, "ctr_spec_set_" #name, #argument, field, argument, err);                         \
	}

SET_TEXT(name, name, "name")
SET_TEXT(rootfs, path, "rootfs")
SET_TEXT(hostname, hostname, "hostname")
SET_TEXT(user, user, "user")
SET_TEXT(workdir, path, "work_dir")

int ctr_spec_set_stop_signal(ctr_spec_t *spec, int signal, ctr_error_t **err)
{
	API_ENTER();

	if (!spec)
		return api_null(err, "ctr_spec_set_stop_signal", "spec");
	return set_value(spec, "stop_signal", json_object_new_int(signal), err);
}

int ctr_spec_set_stop_timeout(ctr_spec_t *spec, uint32_t seconds, ctr_error_t **err)
{
	API_ENTER();

	if (!spec)
		return api_null(err, "ctr_spec_set_stop_timeout", "spec");
	return set_value(spec, "stop_timeout", json_object_new_int64(seconds), err);
}

int ctr_spec_set_read_only(ctr_spec_t *spec, int on, ctr_error_t **err)
{
	API_ENTER();

	if (!spec)
		return api_null(err, "ctr_spec_set_read_only", "spec");
	return set_value(spec, "read_only_filesystem", json_object_new_boolean(on != 0), err);
}

int ctr_spec_set_privileged(ctr_spec_t *spec, int on, ctr_error_t **err)
{
	API_ENTER();

	if (!spec)
		return api_null(err, "ctr_spec_set_privileged", "spec");
	return set_value(spec, "privileged", json_object_new_boolean(on != 0), err);
}

static int set_argv(ctr_spec_t *spec, const char *function, const char *field, const char *const *argv, ctr_error_t **err)
{
	json_t *arr;
	int bad;

	if (!spec || !argv)
		return api_null(err, function, spec ? "argv" : "spec");
	arr = json_object_new_array();
	bad = !arr;
	for (; !bad && *argv; argv++)
		bad = json_push_str(arr, *argv) < 0;
	if (bad) {
		json_object_put(arr);
		arr = NULL;
	}
	return set_value(spec, field, arr, err);
}

int ctr_spec_set_command(ctr_spec_t *spec, const char *const *argv, ctr_error_t **err)
{
	API_ENTER();

	return set_argv(spec, "ctr_spec_set_command", "command", argv, err);
}

int ctr_spec_set_entrypoint(ctr_spec_t *spec, const char *const *argv, ctr_error_t **err)
{
	API_ENTER();

	return set_argv(spec, "ctr_spec_set_entrypoint", "entrypoint", argv, err);
}

static int set_entry(ctr_spec_t *spec, const char *function, const char *field, const char *key, const char *value, ctr_error_t **err)
{
	ctr_error_t *e = NULL;
	int r;

	if (!spec || !key || !value)
		return api_null(err, function, !spec ? "spec" : !key ? "key" : "value");
	r = spec_set_map_entry(spec, field, key, value, &e);
	return error_publish(r, e, err);
}

#define SET_ENTRY(name, field)                                                                                         \
	int ctr_spec_set_##name(ctr_spec_t *spec, const char *key, const char *value, ctr_error_t **err)               \
	{                                                                                                              \
		API_ENTER();                                                                                           \
		return set_entry(spec, "ctr_spec_set_" #name, field, key, value, err);                                 \
	}

SET_ENTRY(env, "env")
SET_ENTRY(label, "labels")
SET_ENTRY(annotation, "annotations")
SET_ENTRY(sysctl, "sysctl")

int ctr_spec_add_mount(ctr_spec_t *spec, const char *type, const char *source, const char *destination, const char *options_comma,
		       ctr_error_t **err)
{
	API_ENTER();
	ctr_error_t *e = NULL;
	int r;

	if (!spec || !type || !destination)
		return api_null(err, "ctr_spec_add_mount", !spec ? "spec" : !type ? "type" : "destination");
	r = spec_set_mount(spec, type, source, destination, options_comma, &e);
	return error_publish(r, e, err);
}

static int push_text(ctr_spec_t *spec, const char *function, const char *field, const char *value, ctr_error_t **err)
{
	ctr_error_t *e = NULL;
	json_t *text;
	int r;

	if (!spec || !value)
		return api_null(err, function, spec ? "cap" : "spec");
	text = json_object_new_string(value);
	r = text ? spec_push_value(spec, field, text, &e) : error_no_memory(&e);
	return error_publish(r, e, err);
}

int ctr_spec_add_cap(ctr_spec_t *spec, const char *cap, ctr_error_t **err)
{
	API_ENTER();

	return push_text(spec, "ctr_spec_add_cap", "cap_add", cap, err);
}

int ctr_spec_drop_cap(ctr_spec_t *spec, const char *cap, ctr_error_t **err)
{
	API_ENTER();

	return push_text(spec, "ctr_spec_drop_cap", "cap_drop", cap, err);
}
