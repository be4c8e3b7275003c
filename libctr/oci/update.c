/* SPDX-License-Identifier: Apache-2.0 */
/* What an update changes in the OCI documents: the limits for the runtime's update, and a config.json that lies on disk. */
#include <string.h>
#include "base/mem.h"
#include "oci/parts.h"

int oci_update_resources(const struct oci_input *in, json_t **ret, ctr_error_t **err)
{
	CLEANUP_JSON json_t *resources = json_object_new_object();
	int r;

	if (!resources)
		return error_no_memory(err);
	r = oci_put_resources(in, resources, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(resources);
	return 0;
}

/* The limits, as they are now; the rules for devices stay, no update touches them. */
static int replace_resources(json_t *config, json_t *resources)
{
	json_t *part = json_get(config, "linux"), *rules = json_get_path(config, "linux.resources.devices");
	CLEANUP_JSON json_t *all = json_copy(resources);

	if (!part)
		return 0;
	if (!all || (rules && json_put(all, "devices", json_object_get(rules)) < 0))
		return -ENOMEM;
	return json_put(part, "resources", TAKE_PTR(all));
}

static int is_variable(const char *entry, const char *name)
{
	size_t len = strlen(name);

	return strncmp(entry, name, len) == 0 && entry[len] == '=';
}

static int names(json_t *list, const char *entry)
{
	for (size_t i = 0; list && i < json_object_array_length(list); i++)
		if (is_variable(entry, json_object_get_string(json_object_array_get_idx(list, i))))
			return 1;
	return 0;
}

static int sets(json_t *env, const char *entry)
{
	if (env) {
		json_object_object_foreach(env, key, unused)
		{
			(void)unused;
			if (is_variable(entry, key))
				return 1;
		}
	}
	return 0;
}

static int replace_env(json_t *process, json_t *delta)
{
	json_t *old = json_get(process, "env"), *set = json_get(delta, "env"), *unset = json_get(delta, "unsetenv");
	CLEANUP_JSON json_t *env = json_object_new_array();

	if (!env)
		return -ENOMEM;
	for (size_t i = 0; old && i < json_object_array_length(old); i++) {
		const char *entry = json_object_get_string(json_object_array_get_idx(old, i));

		if (!sets(set, entry) && !names(unset, entry) && json_push_str(env, entry) < 0)
			return -ENOMEM;
	}
	if (set) {
		json_object_object_foreach(set, key, value)
		{
			CLEANUP_FREE char *entry = str_printf("%s=%s", key, json_object_get_string(value));

			if (!entry || (!names(unset, entry) && json_push_str(env, entry) < 0))
				return -ENOMEM;
		}
	}
	return json_put(process, "env", TAKE_PTR(env));
}

int oci_update_config(const struct oci_input *in, json_t *config, json_t *resources, json_t *delta, ctr_error_t **err)
{
	json_t *process = json_get(config, "process");

	if ((resources && replace_resources(config, resources) < 0) ||
	    (process && (json_get(delta, "env") || json_get(delta, "unsetenv")) && replace_env(process, delta) < 0))
		return error_no_memory(err);
	return process && json_get(delta, "r_limits") ? oci_put_rlimits(in, process, err) : 0;
}
