/* SPDX-License-Identifier: Apache-2.0 */
/* pod ps: the list of pods, for people and as JSON. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ctrtool.h"

const struct flag pod_ps_flags[] = { { "quiet", 'q', FLAG_BOOL, NULL, "only ids", NULL },
				     { "latest", 'l', FLAG_BOOL, NULL, "only the one created last", NULL },
				     { "no-trunc", 0, FLAG_BOOL, NULL, "whole ids", NULL },
				     { "noheading", 'n', FLAG_BOOL, NULL, "no line with the columns' names", NULL },
				     FLAG_FILTER('f'),
				     FLAG_JSON,
				     FLAG_END };

static void copy(struct json_object *to, const char *name, struct json_object *from, const char *key)
{
	struct json_object *value = NULL;

	if (json_object_object_get_ex(from, key, &value))
		json_object_object_add(to, name, json_object_get(value));
}

/* With podman's names, from what inspect tells */
static struct json_object *entry(struct json_object *pod)
{
	static const struct {
		const char *name, *key;
	} members[] = { { "Cgroup", "CgroupParent" }, { "Created", "Created" }, { "Id", "Id" }, { "InfraId", "InfraContainerID" }, { "Labels", "Labels" },
			{ "Name", "Name" },	      { "Status", "State" } },
	  of_container[] = { { "Id", "Id" }, { "Names", "Name" }, { "Status", "State" } };
	struct json_object *o = json_object_new_object(), *arr = json_object_new_array(), *containers = NULL;

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		copy(o, members[i].name, pod, members[i].key);
	(void)json_object_object_get_ex(pod, "Containers", &containers);
	for (size_t i = 0; containers && i < json_object_array_length(containers); i++) {
		struct json_object *one = json_object_new_object();

		for (size_t k = 0; k < sizeof(of_container) / sizeof(of_container[0]); k++)
			copy(one, of_container[k].name, json_object_array_get_idx(containers, i), of_container[k].key);
		json_object_array_add(arr, one);
	}
	json_object_object_add(o, "Containers", arr);
	return o;
}

static void table_line(struct table *t, struct json_object *pod, int whole)
{
	char cell[128];

	snprintf(cell, sizeof(cell), "%.*s", whole ? 64 : 12, json_text(pod, "Id"));
	table_add(t, cell);
	table_add(t, json_text(pod, "Name"));
	table_add(t, json_text(pod, "State"));
	snprintf(cell, sizeof(cell), "%.19s", json_text(pod, "Created"));
	table_add(t, cell);
	snprintf(cell, sizeof(cell), "%.*s", whole ? 64 : 12, json_text(pod, "InfraContainerID"));
	table_add(t, cell);
	table_add(t, json_text(pod, "NumContainers"));
}

static void show_table(struct json_object *pods, const struct args *a)
{
	static const char *const heading[] = { "POD ID", "NAME", "STATUS", "CREATED", "INFRA ID", "# OF CONTAINERS" };
	struct table t = { .columns = sizeof(heading) / sizeof(heading[0]) };

	for (size_t i = 0; i < t.columns; i++)
		table_add(&t, heading[i]);
	for (size_t i = 0; i < json_object_array_length(pods); i++)
		table_line(&t, json_object_array_get_idx(pods, i), args_has(a, "no-trunc"));
	table_print(&t, args_has(a, "noheading"));
	table_reset(&t);
}

static void show_json(struct json_object *pods)
{
	struct json_object *arr = json_object_new_array();

	for (size_t i = 0; i < json_object_array_length(pods); i++)
		json_object_array_add(arr, entry(json_object_array_get_idx(pods, i)));
	puts(json_object_to_json_string_ext(arr, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(arr);
}

/* What inspect says of each; one that has gone since the list was made is left out. 0 or an exit code */
static int look(const ctr_pod_list_t *all, int latest, struct json_object *pods)
{
	size_t n = ctr_pod_list_count(all);

	for (size_t i = latest && n ? n - 1 : 0; i < n; i++) {
		ctr_error_t *err = NULL;
		struct json_object *o = pod_json(ctr_pod_list_get(all, i), &err);

		if (o)
			json_object_array_add(pods, o);
		else if (ctr_error_code(err) != CTR_ERR_REMOVED)
			return fail_error(NULL, err);
		else
			ctr_error_unref(err);
	}
	return 0;
}

static void show(struct json_object *pods, const struct args *a, int json)
{
	if (json)
		show_json(pods);
	else if (!args_has(a, "quiet"))
		show_table(pods, a);
	else
		for (size_t i = 0; i < json_object_array_length(pods); i++)
			printf("%.*s\n", args_has(a, "no-trunc") ? 64 : 12, json_text(json_object_array_get_idx(pods, i), "Id"));
}

int verb_pod_ps(struct tool *t, const struct args *a)
{
	ctr_pod_list_t *all = NULL;
	struct json_object *filters, *pods;
	int json = wants_json(a), rc;

	if (json < 0)
		return EXIT_ENGINE;
	if (a->n_rest)
		return fail("'ctrtool %s' takes no names; use --filter name=%s", a->verb, a->rest[0]);
	if (tool_engine(t) < 0)
		return EXIT_ENGINE;
	filters = filters_from_args(a);
	pods = json_object_new_array();
	rc = list_pods(t, filters, &all);
	rc = rc ? rc : look(all, args_has(a, "latest"), pods);
	if (!rc)
		show(pods, a, json);
	json_object_put(filters);
	json_object_put(pods);
	ctr_pod_list_unref(all);
	return rc;
}
