/* SPDX-License-Identifier: Apache-2.0 */
/* ps, inspect, info, probe and version: what there is, for people and as JSON. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ctrtool.h"

#define JSON_FLAGS                                                                                                     \
	{ "json", 0, FLAG_BOOL, NULL, "as JSON", NULL }, { "format", 0, FLAG_VALUE, "json", "json: as JSON", NULL }
#define END { NULL, 0, 0, NULL, NULL, NULL }

const struct flag json_flags[] = { JSON_FLAGS, END };
const struct flag inspect_flags[] = { JSON_FLAGS, { "type", 't', FLAG_VALUE, "container", "only containers are known", NULL }, END };
const struct flag ps_flags[] = { { "all", 'a', FLAG_BOOL, NULL, "also those that do not run", NULL },
				 { "quiet", 'q', FLAG_BOOL, NULL, "only ids", NULL },
				 { "no-trunc", 0, FLAG_BOOL, NULL, "whole ids and commands", NULL },
				 { "noheading", 0, FLAG_BOOL, NULL, "no line with the columns' names", NULL },
				 { "filter", 'f', FLAG_LIST, "KEY=VALUE", "only those that match", NULL },
				 JSON_FLAGS,
				 END };

/* 1, 0, or -1 after telling the user */
static int wants_json(const struct args *a)
{
	const char *format = args_value(a, "format", NULL);

	if (format && strcmp(format, "json") != 0) {
		fail("--format \"%s\" is not known; there is json", format);
		return -1;
	}
	return format || args_has(a, "json");
}

static char *filters_json(const struct args *a)
{
	struct json_object *o = json_object_new_object();
	const char *item;
	char *text;

	for (size_t i = 0; (item = args_item(a, "filter", i)); i++) {
		const char *equals = strchr(item, '=');
		char *key = equals ? strndup(item, (size_t)(equals - item)) : strdup(item);
		struct json_object *values = NULL;

		if (key && !json_object_object_get_ex(o, key, &values)) {
			values = json_object_new_array();
			json_object_object_add(o, key, values);
		}
		json_object_array_add(values, json_object_new_string(equals ? equals + 1 : ""));
		free(key);
	}
	/* As podman: without --all only what runs, unless a state was asked for. */
	if (!args_has(a, "all") && !json_object_object_get_ex(o, "status", NULL)) {
		struct json_object *states = json_object_new_array();
		static const char *const live[] = { "running", "paused", "stopping" };

		for (size_t i = 0; i < sizeof(live) / sizeof(live[0]); i++)
			json_object_array_add(states, json_object_new_string(live[i]));
		json_object_object_add(o, "status", states);
	}
	text = strdup(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
	json_object_put(o);
	return text;
}

static const char *member(struct json_object *o, const char *key)
{
	struct json_object *v = NULL;

	return json_object_object_get_ex(o, key, &v) && v ? json_object_get_string(v) : "";
}

static void command_text(struct json_object *o, int whole, char *buf, size_t size)
{
	struct json_object *words = NULL;
	size_t used = 0;

	buf[0] = '\0';
	if (!json_object_object_get_ex(o, "Command", &words) || !json_object_is_type(words, json_type_array))
		return;
	for (size_t i = 0; i < json_object_array_length(words) && used < size; i++) {
		int n = snprintf(buf + used, size - used, "%s%s", i ? " " : "", json_object_get_string(json_object_array_get_idx(words, i)));

		used += n > 0 ? (size_t)n : 0;
	}
	if (!whole && strlen(buf) > 30)
		snprintf(buf + 27, size - 27, "...");
}

static struct json_object *entry(const ctr_status_t *s)
{
	char *text = NULL;
	struct json_object *o = NULL;

	if (ctr_status_to_json(s, &text, NULL) == 0)
		o = json_tokener_parse(text);
	ctr_free(text);
	return o;
}

static void ps_table(const ctr_container_list_t *all, const struct args *a)
{
	static const char *const heading[] = { "CONTAINER ID", "COMMAND", "CREATED", "STATUS", "PID", "NAMES" };
	struct table t = { .columns = sizeof(heading) / sizeof(heading[0]) };
	int whole = args_has(a, "no-trunc");

	for (size_t i = 0; i < t.columns; i++)
		table_add(&t, heading[i]);
	for (size_t i = 0; i < ctr_container_list_count(all); i++) {
		const ctr_status_t *s = ctr_container_list_status(all, i);
		struct json_object *o = entry(s);
		char cell[4096];

		snprintf(cell, sizeof(cell), "%.*s", whole ? 64 : 12, ctr_status_id(s));
		table_add(&t, cell);
		command_text(o, whole, cell, sizeof(cell));
		table_add(&t, cell);
		snprintf(cell, sizeof(cell), "%.19s", member(o, "Created"));
		table_add(&t, cell);
		table_add(&t, member(o, "Status"));
		snprintf(cell, sizeof(cell), "%d", ctr_status_pid(s));
		table_add(&t, cell);
		table_add(&t, ctr_status_name(s));
		json_object_put(o);
	}
	table_print(&t, args_has(a, "noheading"));
	table_reset(&t);
}

static void ps_json(const ctr_container_list_t *all)
{
	struct json_object *arr = json_object_new_array();

	for (size_t i = 0; i < ctr_container_list_count(all); i++)
		json_object_array_add(arr, entry(ctr_container_list_status(all, i)));
	puts(json_object_to_json_string_ext(arr, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(arr);
}

int verb_ps(struct tool *t, const struct args *a)
{
	ctr_container_list_t *all = NULL;
	struct ctr_list_opts opts;
	ctr_error_t *err = NULL;
	int json = wants_json(a), r;
	char *filters;

	if (json < 0)
		return EXIT_ENGINE;
	if (a->n_rest)
		return fail("'ctrtool ps' takes no names; use --filter name=%s", a->rest[0]);
	if (tool_engine(t) < 0)
		return EXIT_ENGINE;
	filters = filters_json(a);
	ctr_list_opts_init(&opts, sizeof(opts));
	opts.filters = filters;
	opts.filters_len = CTR_STRLEN;
	r = ctr_container_list(t->engine, &opts, NULL, &all, &err);
	free(filters);
	if (r < 0)
		return fail_error(NULL, err);
	if (json)
		ps_json(all);
	else if (args_has(a, "quiet"))
		for (size_t i = 0; i < ctr_container_list_count(all); i++)
			printf("%.*s\n", args_has(a, "no-trunc") ? 64 : 12, ctr_container_id(ctr_container_list_get(all, i)));
	else
		ps_table(all, a);
	ctr_container_list_unref(all);
	return EXIT_SUCCESS;
}

int verb_inspect(struct tool *t, const struct args *a)
{
	struct json_object *arr;
	int rc = EXIT_SUCCESS;

	if (wants_json(a) < 0)
		return EXIT_ENGINE;
	if (a->n_rest == 0)
		return fail("'ctrtool inspect' needs the name or id of at least one container");
	if (tool_engine(t) < 0)
		return EXIT_ENGINE;
	arr = json_object_new_array();
	for (size_t i = 0; i < a->n_rest; i++) {
		ctr_container_t *c = NULL;
		ctr_error_t *err = NULL;
		char *text = NULL;

		if (ctr_container_open(t->engine, a->rest[i], &c, &err) < 0 || ctr_container_inspect(c, NULL, &text, &err) < 0)
			rc = fail_error(NULL, err);
		else
			json_object_array_add(arr, json_tokener_parse(text));
		ctr_free(text);
		ctr_container_unref(c);
	}
	puts(json_object_to_json_string_ext(arr, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(arr);
	return rc;
}

/* {a: {b: 1}} as indented "a:\n  b: 1" */
static void print_plain(struct json_object *o, int depth)
{
	json_object_object_foreach(o, key, value) {
		printf("%*s%s:", depth * 2, "", key);
		if (json_object_is_type(value, json_type_object)) {
			putchar('\n');
			print_plain(value, depth + 1);
		} else if (json_object_is_type(value, json_type_array) && json_object_array_length(value) > 0 &&
			   json_object_is_type(json_object_array_get_idx(value, 0), json_type_object)) {
			putchar('\n');
			for (size_t i = 0; i < json_object_array_length(value); i++) {
				printf("%*s-\n", depth * 2 + 2, "");
				print_plain(json_object_array_get_idx(value, i), depth + 2);
			}
		} else {
			printf(" %s\n", value ? json_object_get_string(value) : "");
		}
	}
}

int verb_info(struct tool *t, const struct args *a)
{
	ctr_error_t *err = NULL;
	char *text = NULL;
	int json = wants_json(a);

	if (json < 0 || tool_engine(t) < 0)
		return EXIT_ENGINE;
	if (ctr_engine_info(t->engine, NULL, &text, &err) < 0)
		return fail_error(NULL, err);
	if (json) {
		print_json_pretty(text);
	} else {
		struct json_object *o = json_tokener_parse(text);

		print_plain(o, 0);
		json_object_put(o);
	}
	ctr_free(text);
	return EXIT_SUCCESS;
}

static void probe_table(const char *text)
{
	struct json_object *arr = json_tokener_parse(text);
	struct table t = { .columns = 4 };
	static const char *const heading[] = { "FEATURE", "WORKS", "WHY NOT", "FIX" };

	for (size_t i = 0; i < 4; i++)
		table_add(&t, heading[i]);
	for (size_t i = 0; i < json_object_array_length(arr); i++) {
		struct json_object *o = json_object_array_get_idx(arr, i);

		table_add(&t, member(o, "feature"));
		table_add(&t, strcmp(member(o, "ok"), "true") == 0 ? "yes" : "no");
		table_add(&t, member(o, "why"));
		table_add(&t, member(o, "fix"));
	}
	table_print(&t, 0);
	table_reset(&t);
	json_object_put(arr);
}

int verb_probe(struct tool *t, const struct args *a)
{
	ctr_error_t *err = NULL;
	char *text = NULL;
	int json = wants_json(a);

	(void)t;
	if (json < 0)
		return EXIT_ENGINE;
	/* Of the machine, so that it answers where no engine opens. */
	if (ctr_probe_host(NULL, &text, &err) < 0)
		return fail_error(NULL, err);
	if (json)
		print_json_pretty(text);
	else
		probe_table(text);
	ctr_free(text);
	return EXIT_SUCCESS;
}

int verb_version(struct tool *t, const struct args *a)
{
	(void)t;
	if (args_has(a, "json") || args_has(a, "format"))
		printf("{\"Version\": \"%s\"}\n", ctr_version());
	else
		printf("ctrtool version %s\n", ctr_version());
	return EXIT_SUCCESS;
}
