/* SPDX-License-Identifier: Apache-2.0 */
/* inspect, exists, info, probe and version: what there is, for people and as JSON. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ctrtool.h"

const struct flag json_flags[] = { FLAG_JSON, FLAG_END };
const struct flag inspect_flags[] = { FLAG_JSON, { "type", 't', FLAG_VALUE, "container", "only containers are known", NULL }, FLAG_END };

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

/* Podman's answer is the exit status alone. */
int verb_exists(struct tool *t, const struct args *a)
{
	ctr_container_t *c = NULL;
	ctr_error_t *err = NULL;
	int r;

	if (a->n_rest != 1)
		return fail("'ctrtool %s' takes the name or id of one container", a->verb);
	if (tool_engine(t) < 0)
		return EXIT_ENGINE;
	r = ctr_container_open(t->engine, a->rest[0], &c, &err);
	ctr_container_unref(c);
	if (r < 0 && r != CTR_ERR_NO_SUCH_CONTAINER)
		return fail_error(NULL, err);
	ctr_error_unref(err);
	return r < 0 ? EXIT_NO_SUCH : EXIT_SUCCESS;
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

		table_add(&t, json_text(o, "feature"));
		table_add(&t, strcmp(json_text(o, "ok"), "true") == 0 ? "yes" : "no");
		table_add(&t, json_text(o, "why"));
		table_add(&t, json_text(o, "fix"));
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
