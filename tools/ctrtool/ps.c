/* SPDX-License-Identifier: Apache-2.0 */
/* ps: the list of containers, for people and as JSON. */
#include <json-c/json.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ctrtool.h"

const struct flag ps_flags[] = { { "all", 'a', FLAG_BOOL, NULL, "also those that do not run", NULL },
				 { "quiet", 'q', FLAG_BOOL, NULL, "only ids", NULL },
				 { "pod", 'p', FLAG_BOOL, NULL, "with the pods they belong to", NULL },
				 { "last", 'n', FLAG_VALUE, "N", "only the N created last, whatever their state", NULL },
				 { "latest", 'l', FLAG_BOOL, NULL, "only the one created last", NULL },
				 { "sort", 0, FLAG_VALUE, "KEY", "by command, created, id, image, names, runningfor or status", NULL },
				 { "no-trunc", 0, FLAG_BOOL, NULL, "whole ids and commands", NULL },
				 { "noheading", 0, FLAG_BOOL, NULL, "no line with the columns' names", NULL },
				 FLAG_FILTER('f'),
				 FLAG_JSON,
				 FLAG_END };

/* One line */
struct entry {
	const ctr_status_t *status;
	struct json_object *json;
};

struct entries {
	struct entry *items;
	size_t n;
};

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

static void entries_reset(struct entries *e)
{
	for (size_t i = 0; i < e->n; i++)
		json_object_put(e->items[i].json);
	free(e->items);
}

/* The last `count` of the list; 0 or EXIT_ENGINE */
static int entries_fill(struct entries *e, const ctr_container_list_t *all, size_t count)
{
	size_t n = ctr_container_list_count(all);

	e->items = calloc(n + 1, sizeof(*e->items));
	if (!e->items)
		return fail("out of memory");
	for (size_t i = count < n ? n - count : 0; i < n; i++) {
		const ctr_status_t *s = ctr_container_list_status(all, i);

		e->items[e->n++] = (struct entry){ s, status_json(s) };
	}
	return 0;
}

/* ---- the order ---- */

static int by_command(const void *a, const void *b)
{
	char left[256], right[256];

	command_text(((const struct entry *)a)->json, 1, left, sizeof(left));
	command_text(((const struct entry *)b)->json, 1, right, sizeof(right));
	return strcmp(left, right);
}

static int compare(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int by_created(const void *a, const void *b)
{
	return compare(ctr_status_created_ns(((const struct entry *)a)->status), ctr_status_created_ns(((const struct entry *)b)->status));
}

static int by_started(const void *a, const void *b)
{
	return compare(ctr_status_started_ns(((const struct entry *)a)->status), ctr_status_started_ns(((const struct entry *)b)->status));
}

static int by_id(const void *a, const void *b)
{
	return strcmp(ctr_status_id(((const struct entry *)a)->status), ctr_status_id(((const struct entry *)b)->status));
}

static int by_image(const void *a, const void *b)
{
	return strcmp(ctr_status_image(((const struct entry *)a)->status), ctr_status_image(((const struct entry *)b)->status));
}

static int by_name(const void *a, const void *b)
{
	return strcmp(ctr_status_name(((const struct entry *)a)->status), ctr_status_name(((const struct entry *)b)->status));
}

static int by_status(const void *a, const void *b)
{
	return strcmp(json_text(((const struct entry *)a)->json, "Status"), json_text(((const struct entry *)b)->json, "Status"));
}

static const struct {
	const char *key;
	int (*compare)(const void *a, const void *b);
} orders[] = { { "created", by_created }, { "command", by_command }, { "id", by_id }, { "image", by_image }, { "names", by_name }, { "runningfor", by_started }, { "status", by_status } };

/* The library lists by creation time. 0 or EXIT_ENGINE after telling the user */
static int sort(struct entries *e, const char *key)
{
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		if (strcmp(key, orders[i].key) == 0) {
			qsort(e->items, e->n, sizeof(*e->items), orders[i].compare);
			return 0;
		}
	}
	return fail("--sort \"%s\" is not known; use command, created, id, image, names, runningfor or status", key);
}

/* ---- showing ---- */

static void table_head(struct table *t, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		table_add(t, names[i]);
	t->columns += n;
}

static void table_line(struct table *t, const struct entry *e, int whole)
{
	char cell[4096];

	snprintf(cell, sizeof(cell), "%.*s", whole ? 64 : 12, ctr_status_id(e->status));
	table_add(t, cell);
	command_text(e->json, whole, cell, sizeof(cell));
	table_add(t, cell);
	snprintf(cell, sizeof(cell), "%.19s", json_text(e->json, "Created"));
	table_add(t, cell);
	table_add(t, json_text(e->json, "Status"));
	snprintf(cell, sizeof(cell), "%d", ctr_status_pid(e->status));
	table_add(t, cell);
	table_add(t, ctr_status_name(e->status));
}

static void show_table(const struct entries *e, const struct args *a)
{
	static const char *const heading[] = { "CONTAINER ID", "COMMAND", "CREATED", "STATUS", "PID", "NAMES" }, *const of_pod[] = { "POD ID", "PODNAME" };
	int whole = args_has(a, "no-trunc"), pod = args_has(a, "pod");
	struct table t = { 0 };

	table_head(&t, heading, sizeof(heading) / sizeof(heading[0]));
	if (pod)
		table_head(&t, of_pod, 2);
	for (size_t i = 0; i < e->n; i++) {
		char id[65];

		table_line(&t, &e->items[i], whole);
		snprintf(id, sizeof(id), "%.*s", whole ? 64 : 12, ctr_status_pod_id(e->items[i].status));
		if (pod) {
			table_add(&t, id);
			table_add(&t, json_text(e->items[i].json, "PodName"));
		}
	}
	table_print(&t, args_has(a, "noheading"));
	table_reset(&t);
}

static void show(struct entries *e, const struct args *a, int json)
{
	struct json_object *arr;

	if (!json && !args_has(a, "quiet")) {
		show_table(e, a);
		return;
	}
	for (size_t i = 0; !json && i < e->n; i++)
		printf("%.*s\n", args_has(a, "no-trunc") ? 64 : 12, ctr_status_id(e->items[i].status));
	if (!json)
		return;
	arr = json_object_new_array();
	for (size_t i = 0; i < e->n; i++)
		json_object_array_add(arr, json_object_get(e->items[i].json));
	puts(json_object_to_json_string_ext(arr, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(arr);
}

/* ---- what is asked for ---- */

/* How many of the last; SIZE_MAX: all. 0 or EXIT_ENGINE after telling the user */
static int last_count(const struct args *a, size_t *ret)
{
	const char *text = args_value(a, "last", NULL);
	char *end;
	long n;

	*ret = args_has(a, "latest") ? 1 : SIZE_MAX;
	if (!text)
		return 0;
	n = strtol(text, &end, 10);
	if (end == text || *end || n < -1)
		return fail("--last \"%s\" is not a number of containers", text);
	*ret = n < 0 ? SIZE_MAX : (size_t)n;
	return 0;
}

/* As podman: without --all only what runs, unless a state or the last ones were asked for. */
static struct json_object *wanted(const struct args *a)
{
	static const char *const live[] = { "running", "paused", "stopping" };
	struct json_object *o = filters_from_args(a), *states;

	if (args_has(a, "all") || args_has(a, "last") || args_has(a, "latest") || json_object_object_get_ex(o, "status", NULL))
		return o;
	states = json_object_new_array();
	for (size_t i = 0; i < sizeof(live) / sizeof(live[0]); i++)
		json_object_array_add(states, json_object_new_string(live[i]));
	json_object_object_add(o, "status", states);
	return o;
}

int verb_ps(struct tool *t, const struct args *a)
{
	ctr_container_list_t *all = NULL;
	struct json_object *filters;
	struct entries e = { 0 };
	int json = wants_json(a), rc;
	size_t count;

	if (json < 0 || last_count(a, &count))
		return EXIT_ENGINE;
	if (a->n_rest)
		return fail("'ctrtool ps' takes no names; use --filter name=%s", a->rest[0]);
	if (tool_engine(t) < 0)
		return EXIT_ENGINE;
	filters = wanted(a);
	rc = list_containers(t, filters, &all);
	json_object_put(filters);
	rc = rc ? rc : entries_fill(&e, all, count);
	rc = rc ? rc : sort(&e, args_value(a, "sort", "created"));
	if (!rc)
		show(&e, a, json);
	entries_reset(&e);
	ctr_container_list_unref(all);
	return rc;
}
