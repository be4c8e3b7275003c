/* SPDX-License-Identifier: Apache-2.0 */
/* recover: what an init system calls once the machine is up. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ctrtool.h"

const struct flag recover_flags[] = { { "no-start", 0, FLAG_BOOL, NULL, "put right what is half done, start nothing", NULL },
				      { "dry-run", 0, FLAG_BOOL, NULL, "only tell what would be done", NULL },
				      FLAG_JSON,
				      FLAG_END };

typedef struct json_object json;

static json *list_of(json *all, const char *key)
{
	json *list = NULL;

	return json_object_object_get_ex(all, key, &list) && json_object_is_type(list, json_type_array) ? list : NULL;
}

static size_t count_failed(json *list)
{
	size_t failed = 0;

	for (size_t i = 0; list && i < json_object_array_length(list); i++)
		failed += *json_text(json_object_array_get_idx(list, i), "error") != '\0';
	return failed;
}

static void add_lines(struct table *table, json *list, const char *kind)
{
	static const char *const keys[] = { "name", "before", "after", "action", "error" };

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		json *one = json_object_array_get_idx(list, i);
		char id[13];

		snprintf(id, sizeof(id), "%.12s", json_text(one, "id"));
		table_add(table, kind);
		table_add(table, id);
		for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
			const char *text = json_text(one, keys[k]);

			table_add(table, *text || k == 4 ? text : "-");
		}
	}
}

static void show(json *all)
{
	static const char *const heading[] = { "TYPE", "ID", "NAME", "BEFORE", "AFTER", "ACTION", "ERROR" };
	struct table table = { .columns = sizeof(heading) / sizeof(heading[0]) };

	for (size_t i = 0; i < table.columns; i++)
		table_add(&table, heading[i]);
	add_lines(&table, list_of(all, "containers"), "container");
	add_lines(&table, list_of(all, "pods"), "pod");
	table_print(&table, 0);
	table_reset(&table);
}

int verb_recover(struct tool *t, const struct args *a)
{
	struct ctr_recover_opts opts;
	ctr_error_t *err = NULL;
	char *text = NULL;
	int as_json = wants_json(a);
	size_t failed;
	json *all;

	if (as_json < 0)
		return EXIT_ENGINE;
	if (a->n_rest)
		return fail("'ctrtool recover' takes no names: it is about all containers");
	ctr_recover_opts_init(&opts, sizeof(opts));
	opts.no_start = args_has(a, "no-start");
	opts.dry_run = args_has(a, "dry-run");
	if (tool_engine(t) < 0)
		return EXIT_ENGINE;
	if (ctr_engine_recover(t->engine, &opts, NULL, &text, &err) < 0)
		return fail_error(NULL, err);
	all = json_tokener_parse(text);
	if (as_json)
		print_json_pretty(text);
	else
		show(all);
	failed = count_failed(list_of(all, "containers"));
	json_object_put(all);
	ctr_free(text);
	/* An init system sees by the exit status that somebody should have a look. */
	return failed ? fail("%zu of the containers could not be recovered", failed) : EXIT_SUCCESS;
}
