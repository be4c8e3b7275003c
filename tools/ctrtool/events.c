/* SPDX-License-Identifier: Apache-2.0 */
/* events: what has happened and what happens, a line each. */
#include <json-c/json.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "ctrtool.h"

const struct flag events_flags[] = {
	{ "since", 0, FLAG_VALUE, "TIME", "those of this time and later: 10m (ago), a date and time, seconds since 1970", NULL },
	{ "until", 0, FLAG_VALUE, "TIME", "those up to this time, then end: 10m (from now), a date and time, seconds since 1970", NULL },
	{ "filter", 'f', FLAG_LIST, "KEY=VALUE", "only those that match: container, pod, event, type, label, image or volume", NULL },
	{ "stream", 0, FLAG_BOOL, NULL, "wait for more (the default)", NULL },
	{ "no-stream", 0, FLAG_BOOL, NULL, "those that have happened, then end", NULL },
	{ "no-trunc", 0, FLAG_BOOL, NULL, "whole ids (the default)", NULL },
	FLAG_JSON,
	FLAG_END,
};

/* How they are shown */
struct style {
	int json;
	int id_width;
};

static int64_t time_of(struct json_object *o)
{
	struct json_object *v = NULL;

	return json_object_object_get_ex(o, "TimeNano", &v) ? json_object_get_int64(v) : 0;
}

/* ", key=value" for each; the first without the comma when first */
static void print_attributes(struct json_object *o, int first)
{
	struct json_object *all = NULL;

	if (!json_object_object_get_ex(o, "Attributes", &all) || !json_object_is_type(all, json_type_object))
		return;
	json_object_object_foreach(all, key, value) {
		printf("%s%s=%s", first ? "" : ", ", key, value ? json_object_get_string(value) : "");
		first = 0;
	}
}

static void print_further(struct json_object *o, const char *key, const char *shown_as)
{
	const char *text = json_text(o, key);

	if (*text)
		printf(", %s=%s", shown_as, text);
}

/* As podman's ToHumanReadable: TIME TYPE STATUS ID (image=…, name=…, …) */
static void print_line(struct json_object *o, const struct style *style)
{
	const char *type = json_text(o, "Type");
	char when[80];

	time_to_text(time_of(o), when, sizeof(when));
	printf("%s %s %s", when, type, json_text(o, "Status"));
	if (strcmp(type, "container") == 0 || strcmp(type, "pod") == 0) {
		printf(" %.*s (image=%s, name=%s", style->id_width, json_text(o, "ID"), json_text(o, "Image"), json_text(o, "Name"));
		print_further(o, "PodID", "pod_id");
		print_further(o, "health_status", "health_status");
		print_attributes(o, 0);
		puts(")");
	} else if (strcmp(type, "system") == 0) {
		printf("%s%s (", *json_text(o, "Name") ? " " : "", json_text(o, "Name"));
		print_attributes(o, 1);
		puts(")");
	} else {
		printf(" %s\n", json_text(o, "Name"));
	}
}

static void print_event(const char *text, const struct style *style)
{
	struct json_object *o = style->json ? NULL : json_tokener_parse(text);

	if (o)
		print_line(o, style);
	else
		puts(text);
	json_object_put(o);
}

/* 0 or EXIT_ENGINE after telling the user */
static int time_given(const struct args *a, const char *flag, int ahead, int64_t *ret)
{
	const char *text = args_value(a, flag, NULL);

	*ret = text ? time_from_text(text, ahead) : 0;
	return *ret < 0 ? fail("--%s \"%s\" is no time; use one like 10m, 2026-01-02T15:04:05Z or seconds since 1970", flag, text) : 0;
}

/* All that there is to show now: CTR_ERR_WOULD_BLOCK, CTR_ERR_END or what is wrong */
static int drain(ctr_events_t *events, const struct style *style, ctr_error_t **err)
{
	char *text = NULL;
	int r;

	while ((r = ctr_events_next(events, &text, err)) == 0) {
		print_event(text, style);
		ctr_free(text);
	}
	return r;
}

static int follow(ctr_events_t *events, const struct style *style, int signals)
{
	ctr_error_t *err = NULL;
	int r;

	do
		r = drain(events, style, &err);
	while (r == CTR_ERR_WOULD_BLOCK && live_wait(signals, ctr_events_fd(events), -1));
	return r == CTR_ERR_END || r == CTR_ERR_WOULD_BLOCK ? EXIT_SUCCESS : fail_error(NULL, err);
}

/* As podman: with neither --since nor --until a stream begins now. */
static int options(const struct args *a, struct ctr_events_opts *opts)
{
	ctr_events_opts_init(opts, sizeof(*opts));
	opts->follow = args_on(a, "stream", 1) && !args_has(a, "no-stream");
	if (opts->follow && !args_has(a, "since") && !args_has(a, "until"))
		opts->after_id = UINT64_MAX;
	return time_given(a, "since", 0, &opts->since_ns) || time_given(a, "until", 1, &opts->until_ns) ? EXIT_ENGINE : 0;
}

int verb_events(struct tool *t, const struct args *a)
{
	struct style style = { wants_json(a), args_on(a, "no-trunc", 1) ? 64 : 12 };
	struct json_object *filters;
	struct ctr_events_opts opts;
	ctr_events_t *events = NULL;
	ctr_error_t *err = NULL;
	int signals, rc;

	if (style.json < 0 || options(a, &opts))
		return EXIT_ENGINE;
	if (a->n_rest)
		return fail("'ctrtool events' takes no names; use --filter container=%s", a->rest[0]);
	signals = live_begin();
	if (tool_engine(t) < 0)
		return EXIT_ENGINE;
	filters = filters_from_args(a);
	opts.filters = json_object_to_json_string_ext(filters, JSON_C_TO_STRING_PLAIN);
	opts.filters_len = CTR_STRLEN;
	rc = ctr_events_open(t->engine, &opts, NULL, &events, &err) < 0 ? fail_error(NULL, err) : follow(events, &style, signals);
	json_object_put(filters);
	ctr_events_unref(events);
	close(signals);
	return rc;
}
