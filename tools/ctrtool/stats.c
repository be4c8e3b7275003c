/* SPDX-License-Identifier: Apache-2.0 */
/* stats: what containers use, once or again and again. */
#include <json-c/json.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "ctrtool.h"

const struct flag stats_flags[] = {
	{ "all", 'a', FLAG_BOOL, NULL, "also those that do not run", NULL },
	FLAG_LATEST,
	{ "interval", 'i', FLAG_VALUE, "SECONDS", "time between two looks (5)", NULL },
	{ "no-stream", 0, FLAG_BOOL, NULL, "look once", NULL },
	{ "no-reset", 0, FLAG_BOOL, NULL, "keep what was shown before on the screen", NULL },
	{ "no-trunc", 0, FLAG_BOOL, NULL, "whole ids", NULL },
	FLAG_JSON,
	FLAG_END,
};

typedef struct json_object json;

/* One container at one look; cpu and when also serve the next look. */
struct use {
	char id[65], name[256];
	int runs;
	int64_t cpu, when; /* processor time; clock, both ns */
	double percent, average;
	json *told;	   /* by the library */
};

struct look {
	struct use *uses;
	size_t n;
};

static void look_reset(struct look *l)
{
	for (size_t i = 0; i < l->n; i++)
		json_object_put(l->uses[i].told);
	free(l->uses);
	*l = (struct look){ 0 };
}

static int64_t number(json *o, const char *key)
{
	json *v = NULL;

	return json_object_object_get_ex(o, key, &v) ? json_object_get_int64(v) : 0;
}

static double percent(int64_t part, int64_t whole)
{
	return whole > 0 ? 100.0 * (double)part / (double)whole : 0;
}

/* What it has used since the look before or, at the first, since its start. What was used by a run before this one does not count. */
static void fill_cpu(struct use *u, int64_t started, const struct look *before)
{
	int64_t from = started, used = 0;

	for (size_t i = 0; i < before->n; i++)
		if (before->uses[i].runs && strcmp(before->uses[i].id, u->id) == 0 && before->uses[i].cpu <= u->cpu && before->uses[i].when >= started) {
			from = before->uses[i].when;
			used = before->uses[i].cpu;
		}
	u->percent = percent(u->cpu - used, u->when - from);
	u->average = percent(u->cpu, u->when - started);
}

/* 0, also for one that does not run or has gone meanwhile; or EXIT_ENGINE */
static int use_of(ctr_container_t *c, const ctr_status_t *s, const struct look *before, struct use *u)
{
	ctr_error_t *err = NULL;
	char *text = NULL;
	struct timespec now;
	int r = ctr_container_stats(c, NULL, &text, &err);

	snprintf(u->id, sizeof(u->id), "%s", ctr_status_id(s));
	snprintf(u->name, sizeof(u->name), "%s", ctr_status_name(s));
	if (r == CTR_ERR_STOPPED || r == CTR_ERR_STATE_INVALID || r == CTR_ERR_REMOVED) {
		ctr_error_unref(err);
		return 0;
	}
	if (r < 0)
		return fail_error(NULL, err);
	clock_gettime(CLOCK_REALTIME, &now);
	u->told = json_tokener_parse(text);
	ctr_free(text);
	u->runs = 1;
	u->when = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
	u->cpu = number(u->told, "CPUNano");
	fill_cpu(u, ctr_status_started_ns(s), before);
	return 0;
}

/* ---- which ones ---- */

static int grow(struct look *l)
{
	struct use *grown = realloc(l->uses, (l->n + 1) * sizeof(*grown));

	if (!grown)
		return fail("out of memory");
	l->uses = grown;
	memset(&grown[l->n++], 0, sizeof(*grown));
	return 0;
}

static int add_listed(struct tool *t, const struct args *a, const struct look *before, struct look *l)
{
	const uint64_t live = CTR_WAIT_STATE(CTR_STATE_RUNNING) | CTR_WAIT_STATE(CTR_STATE_PAUSED) | CTR_WAIT_STATE(CTR_STATE_STOPPING);
	ctr_container_list_t *all = NULL;
	int rc = list_containers(t, NULL, &all);
	size_t n = ctr_container_list_count(all);

	for (size_t i = args_has(a, "latest") && n ? n - 1 : 0; i < n && !rc; i++) {
		const ctr_status_t *s = ctr_container_list_status(all, i);

		if (!args_has(a, "all") && !args_has(a, "latest") && !(live & CTR_WAIT_STATE(ctr_status_state(s))))
			continue;
		rc = grow(l);
		rc = rc ? rc : use_of(ctr_container_list_get(all, i), s, before, &l->uses[l->n - 1]);
	}
	ctr_container_list_unref(all);
	return rc;
}

static int add_named(struct tool *t, const char *name, const struct look *before, struct look *l)
{
	ctr_container_t *c = NULL;
	ctr_status_t *s = NULL;
	ctr_error_t *err = NULL;
	int rc;

	if (ctr_container_open(t->engine, name, &c, &err) < 0 || ctr_container_status(c, NULL, &s, &err) < 0) {
		rc = fail_error(NULL, err);
	} else {
		rc = grow(l);
		rc = rc ? rc : use_of(c, s, before, &l->uses[l->n - 1]);
	}
	ctr_status_unref(s);
	ctr_container_unref(c);
	return rc;
}

static int look(struct tool *t, const struct args *a, const struct look *before, struct look *l)
{
	int rc = a->n_rest ? 0 : add_listed(t, a, before, l);

	for (size_t i = 0; i < a->n_rest && !rc; i++)
		rc = add_named(t, a->rest[i], before, l);
	return rc;
}

/* ---- showing ---- */

/* "1.234MB", as podman has sizes */
static void size_text(int64_t n, char *buf, size_t size)
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB" };
	double value = (double)n;
	size_t i = 0;

	for (; value >= 1000 && i < 5; i++)
		value /= 1000;
	snprintf(buf, size, "%.4g%s", value, units[i]);
}

static void pair_text(json *o, const char *left, const char *right, char *buf, size_t size)
{
	char one[32], other[32];

	size_text(number(o, left), one, sizeof(one));
	size_text(number(o, right), other, sizeof(other));
	snprintf(buf, size, "%s / %s", one, other);
}

/* The cells of the table and the members of the JSON are the same texts. */
static const char *const keys[] = { "id", "name", "cpu_percent", "mem_usage", "mem_percent", "net_io", "block_io", "pids", "cpu_time", "avg_cpu" };
static const char *const heading[] = { "ID", "NAME", "CPU %", "MEM USAGE / LIMIT", "MEM %", "NET IO", "BLOCK IO", "PIDS", "CPU TIME", "AVG CPU %" };
#define COLUMNS (sizeof(keys) / sizeof(keys[0]))

static void cell(const struct use *u, size_t column, int whole, char *buf, size_t size)
{
	snprintf(buf, size, "--");
	if (column == 0)
		snprintf(buf, size, "%.*s", whole ? 64 : 12, u->id);
	else if (column == 1)
		snprintf(buf, size, "%s", u->name);
	else if (!u->runs)
		return;
	else if (column == 2)
		snprintf(buf, size, "%.2f%%", u->percent);
	else if (column == 3)
		pair_text(u->told, "MemUsage", "MemLimit", buf, size);
	else if (column == 4)
		snprintf(buf, size, "%.2f%%", percent(number(u->told, "MemUsage"), number(u->told, "MemLimit")));
	else if (column == 5)
		pair_text(u->told, "NetInput", "NetOutput", buf, size);
	else if (column == 6)
		pair_text(u->told, "BlockInput", "BlockOutput", buf, size);
	else if (column == 7)
		snprintf(buf, size, "%s", json_text(u->told, "PIDs"));
	else if (column == 8)
		snprintf(buf, size, "%.6gs", (double)u->cpu / 1e9);
	else
		snprintf(buf, size, "%.2f%%", u->average);
}

static void show_json(const struct look *l, int whole)
{
	json *arr = json_object_new_array();

	for (size_t i = 0; i < l->n; i++) {
		json *o = json_object_new_object();
		char text[512];

		for (size_t k = 0; k < COLUMNS; k++) {
			cell(&l->uses[i], k, whole, text, sizeof(text));
			json_object_object_add(o, keys[k], json_object_new_string(text));
		}
		json_object_array_add(arr, o);
	}
	puts(json_object_to_json_string_ext(arr, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(arr);
}

static void show(const struct look *l, const struct args *a, int as_json, int live)
{
	int whole = args_has(a, "no-trunc");
	struct table table = { .columns = COLUMNS };
	char text[512];

	if (as_json) {
		show_json(l, whole);
		return;
	}
	if (live && !args_has(a, "no-reset") && isatty(STDOUT_FILENO))
		printf("\033[2J\033[H");
	for (size_t k = 0; k < COLUMNS; k++)
		table_add(&table, heading[k]);
	for (size_t i = 0; i < l->n; i++)
		for (size_t k = 0; k < COLUMNS; k++) {
			cell(&l->uses[i], k, whole, text, sizeof(text));
			table_add(&table, text);
		}
	table_print(&table, 0);
	table_reset(&table);
}

static int look_again_and_again(struct tool *t, const struct args *a, int as_json, int seconds)
{
	int live = !args_has(a, "no-stream"), signals = live ? live_begin() : -1, rc;
	struct look before = { 0 };

	if (tool_engine(t) < 0)
		return EXIT_ENGINE;
	do {
		struct look now = { 0 };

		rc = look(t, a, &before, &now);
		if (!rc)
			show(&now, a, as_json, live);
		look_reset(&before);
		before = now;
	} while (!rc && live && live_wait(signals, -1, seconds * 1000));
	look_reset(&before);
	if (signals >= 0)
		close(signals);
	return rc;
}

int verb_stats(struct tool *t, const struct args *a)
{
	const char *text = args_value(a, "interval", "5");
	int as_json = wants_json(a);
	char *end;
	long seconds = strtol(text, &end, 10);

	if (as_json < 0)
		return EXIT_ENGINE;
	if (end == text || *end || seconds < 1 || seconds > 1000000)
		return fail("--interval \"%s\" is not a number of seconds", text);
	if (a->n_rest && (args_has(a, "all") || args_has(a, "latest")))
		return fail("names of containers exclude --all and --latest");
	return look_again_and_again(t, a, as_json, (int)seconds);
}
