/* SPDX-License-Identifier: Apache-2.0 */
/* top: the processes of a container. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "ctrtool.h"

const struct flag top_flags[] = { FLAG_LATEST, FLAG_END };

typedef struct json_object json;

static int show(const char *text)
{
	json *all = json_tokener_parse(text), *titles = NULL, *processes = NULL;
	struct table table = { 0 };

	if (!json_object_object_get_ex(all, "Titles", &titles) || !json_object_object_get_ex(all, "Processes", &processes)) {
		json_object_put(all);
		return fail("no processes were told");
	}
	table.columns = json_object_array_length(titles);
	for (size_t i = 0; i < table.columns; i++)
		table_add(&table, json_object_get_string(json_object_array_get_idx(titles, i)));
	for (size_t i = 0; i < json_object_array_length(processes); i++)
		for (size_t k = 0; k < table.columns; k++)
			table_add(&table, json_object_get_string(json_object_array_get_idx(json_object_array_get_idx(processes, i), k)));
	table_print(&table, 0);
	table_reset(&table);
	json_object_put(all);
	return 0;
}

static int top_one(ctr_container_t *c, const char *named, const struct args *a)
{
	ctr_error_t *err = NULL;
	char *text = NULL;
	int rc;

	(void)named;
	(void)a;
	if (ctr_container_top(c, NULL, &text, &err) < 0)
		return fail_error(NULL, err);
	rc = show(text);
	ctr_free(text);
	return rc;
}

int verb_top(struct tool *t, const struct args *a)
{
	if (a->n_rest > 1)
		return fail("'ctrtool %s' takes the name or id of one container; choosing columns comes with a later version", a->verb);
	return each_container(t, a, &(struct each){ .fn = top_one });
}
