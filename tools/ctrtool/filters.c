/* SPDX-License-Identifier: Apache-2.0 */
/* --filter flags as the library takes them, and lists made with them. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "ctrtool.h"

/* A date without a zone is the user's, as podman's; the library knows no local time. The caller frees it. */
static char *with_zone(const char *key, const char *value)
{
	struct tm at = { .tm_isdst = -1 };
	char zone[8], *text = NULL;
	const char *end;

	if (strcmp(key, "until") != 0 || strlen(value) < 10 || value[4] != '-' || strpbrk(value + 10, "Zz+-"))
		return strdup(value);
	end = strptime(value, "%Y-%m-%d", &at);
	if (end && *end)
		end = strptime(end + 1, "%H:%M:%S", &at);
	if (mktime(&at) == -1 || strftime(zone, sizeof(zone), "%z", &at) != 5 || asprintf(&text, "%s%.3s:%s", value, zone, zone + 3) < 0)
		return strdup(value);
	return text;
}

struct json_object *filters_from_args(const struct args *a)
{
	struct json_object *o = json_object_new_object();
	const char *item;

	for (size_t i = 0; (item = args_item(a, "filter", i)); i++) {
		const char *equals = strchr(item, '=');
		char *key = equals ? strndup(item, (size_t)(equals - item)) : strdup(item), *value;
		struct json_object *values = NULL;

		/* "label!=x" is the key "label!" */
		if (key && !json_object_object_get_ex(o, key, &values)) {
			values = json_object_new_array();
			json_object_object_add(o, key, values);
		}
		value = with_zone(key ? key : "", equals ? equals + 1 : "");
		json_object_array_add(values, json_object_new_string(value ? value : ""));
		free(value);
		free(key);
	}
	return o;
}

int list_containers(struct tool *t, struct json_object *filters, ctr_container_list_t **ret)
{
	struct ctr_list_opts opts;
	ctr_error_t *err = NULL;

	ctr_list_opts_init(&opts, sizeof(opts));
	if (filters) {
		opts.filters = json_object_to_json_string_ext(filters, JSON_C_TO_STRING_PLAIN);
		opts.filters_len = CTR_STRLEN;
	}
	return ctr_container_list(t->engine, &opts, NULL, ret, &err) < 0 ? fail_error(NULL, err) : 0;
}
