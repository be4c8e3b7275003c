/* SPDX-License-Identifier: Apache-2.0 */
/* pod start, stop, kill, restart, pause, unpause, rm, inspect and exists: one call of the library for each pod that is meant. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ctrtool.h"

/* As podman's; -l is not --latest where it is --label, which is pod create alone. */
const struct flag pod_start_flags[] = { FLAG_ALL, FLAG_LATEST, FLAG_END };
const struct flag pod_stop_flags[] = { FLAG_ALL, FLAG_LATEST, FLAG_TIME, FLAG_IGNORE('i'), FLAG_END };
const struct flag pod_restart_flags[] = { FLAG_ALL, FLAG_LATEST, FLAG_TIME, FLAG_END };
const struct flag pod_kill_flags[] = { FLAG_ALL, FLAG_LATEST, FLAG_SIGNAL, FLAG_END };
const struct flag pod_rm_flags[] = { FLAG_ALL,
				     FLAG_LATEST,
				     { "force", 'f', FLAG_BOOL, NULL, "with its containers, stopped first where they run", NULL },
				     FLAG_TIME,
				     FLAG_IGNORE('i'),
				     FLAG_END };
const struct flag pod_inspect_flags[] = { FLAG_JSON, FLAG_LATEST, FLAG_END };

typedef int pod_fn(struct tool *t, ctr_pod_t *p, const struct args *a); /* 0 or an exit code, after telling the user */

/* ---- what went wrong ---- */

static void fail_member(struct tool *t, ctr_pod_t *p, const char *id, struct json_object *why)
{
	ctr_container_t *c = NULL;
	ctr_error_t *err = NULL;

	/* Its name where it still is there */
	if (ctr_container_open(t->engine, id, &c, &err) < 0)
		ctr_error_unref(err);
	fail("pod %s: container %s (%.12s): %s: %s", ctr_pod_name(p), c ? ctr_container_name(c) : "?", id, json_text(why, "code"), json_text(why, "message"));
	ctr_container_unref(c);
}

/* The containers that failed, each with its own reason; else the error as it is. */
static int pod_failed(struct tool *t, ctr_pod_t *p, ctr_error_t *err)
{
	const char *detail = ctr_error_code(err) == CTR_ERR_PARTIAL ? ctr_error_detail(err, "results") : NULL;
	struct json_object *results = detail ? json_tokener_parse(detail) : NULL;

	if (!results || !json_object_is_type(results, json_type_object) || json_object_object_length(results) == 0) {
		json_object_put(results);
		return fail_error(NULL, err);
	}
	json_object_object_foreach(results, id, why)
		fail_member(t, p, id, why);
	json_object_put(results);
	ctr_error_unref(err);
	return EXIT_ENGINE;
}

/* Podman prints ids, whatever the user named. */
static int pod_done(struct tool *t, ctr_pod_t *p, int r, ctr_error_t *err)
{
	if (r < 0)
		return pod_failed(t, p, err);
	puts(ctr_pod_id(p));
	return 0;
}

/* ---- the pods that are meant ---- */

int list_pods(struct tool *t, struct json_object *filters, ctr_pod_list_t **ret)
{
	struct ctr_list_opts opts;
	ctr_error_t *err = NULL;

	ctr_list_opts_init(&opts, sizeof(opts));
	if (filters) {
		opts.filters = json_object_to_json_string_ext(filters, JSON_C_TO_STRING_PLAIN);
		opts.filters_len = CTR_STRLEN;
	}
	return ctr_pod_list(t->engine, &opts, NULL, ret, &err) < 0 ? fail_error(NULL, err) : 0;
}

/* One that is missing is the failure that is told, as podman does. */
static int worse(int so_far, int now)
{
	return so_far == EXIT_NO_SUCH || !now ? so_far : now;
}

static int each_listed(struct tool *t, const struct args *a, pod_fn *fn)
{
	ctr_pod_list_t *all = NULL;
	int rc = list_pods(t, NULL, &all), latest = args_has(a, "latest");
	size_t n = ctr_pod_list_count(all);

	if (!rc && latest && n == 0)
		rc = fail("there is no pod");
	for (size_t i = latest && n ? n - 1 : 0; i < n; i++)
		rc = worse(rc, fn(t, ctr_pod_list_get(all, i), a));
	ctr_pod_list_unref(all);
	return rc;
}

static int named(struct tool *t, const char *name, const struct args *a, int missing, pod_fn *fn)
{
	ctr_pod_t *p = NULL;
	ctr_error_t *err = NULL;
	int rc;

	if (ctr_pod_open(t->engine, name, &p, &err) < 0) {
		int none = ctr_error_code(err) == CTR_ERR_NO_SUCH_POD;

		if (none && args_has(a, "ignore")) {
			ctr_error_unref(err);
			return 0;
		}
		rc = fail_error(NULL, err);
		return none && missing ? missing : rc;
	}
	rc = fn(t, p, a);
	ctr_pod_unref(p);
	return rc;
}

/* missing: the exit code for one that is not there, 0 = EXIT_ENGINE. The last failure wins. */
static int each_pod(struct tool *t, const struct args *a, int missing, pod_fn *fn)
{
	int listed = args_has(a, "all") || args_has(a, "latest"), rc = EXIT_SUCCESS;

	if (args_has(a, "all") && args_has(a, "latest"))
		return fail("--all and --latest exclude each other");
	if (a->n_rest && listed)
		return fail("names of pods exclude --all and --latest");
	if (!a->n_rest && !listed)
		return fail("'ctrtool %s' needs the name or id of at least one pod", a->verb);
	if (tool_engine(t) < 0)
		return EXIT_ENGINE;
	if (listed)
		return each_listed(t, a, fn);
	for (size_t i = 0; i < a->n_rest; i++)
		rc = worse(rc, named(t, a->rest[i], a, missing, fn));
	return rc;
}

/* ---- the verbs ---- */

static int start_one(struct tool *t, ctr_pod_t *p, const struct args *a)
{
	ctr_error_t *err = NULL;
	int r = ctr_pod_start(p, NULL, &err);

	(void)a;
	return pod_done(t, p, r, err);
}

static int stop_one(struct tool *t, ctr_pod_t *p, const struct args *a)
{
	struct ctr_stop_opts opts;
	ctr_error_t *err = NULL;
	int r;

	ctr_stop_opts_init(&opts, sizeof(opts));
	if (stop_time(a, &opts.timeout_s, &opts.timeout_set))
		return EXIT_ENGINE;
	r = ctr_pod_stop(p, &opts, NULL, &err);
	return pod_done(t, p, r, err);
}

static int restart_one(struct tool *t, ctr_pod_t *p, const struct args *a)
{
	struct ctr_stop_opts opts;
	ctr_error_t *err = NULL;
	int r;

	ctr_stop_opts_init(&opts, sizeof(opts));
	if (stop_time(a, &opts.timeout_s, &opts.timeout_set))
		return EXIT_ENGINE;
	r = ctr_pod_restart(p, &opts, NULL, &err);
	return pod_done(t, p, r, err);
}

static int kill_one(struct tool *t, ctr_pod_t *p, const struct args *a)
{
	int signal = signal_number(args_value(a, "signal", "KILL"));
	ctr_error_t *err = NULL;
	int r;

	if (signal < 0)
		return EXIT_ENGINE;
	r = ctr_pod_kill(p, signal, NULL, &err);
	return pod_done(t, p, r, err);
}

static int pause_one(struct tool *t, ctr_pod_t *p, const struct args *a)
{
	ctr_error_t *err = NULL;
	int r = ctr_pod_pause(p, NULL, &err);

	(void)a;
	return pod_done(t, p, r, err);
}

static int unpause_one(struct tool *t, ctr_pod_t *p, const struct args *a)
{
	ctr_error_t *err = NULL;
	int r = ctr_pod_unpause(p, NULL, &err);

	(void)a;
	return pod_done(t, p, r, err);
}

static int rm_one(struct tool *t, ctr_pod_t *p, const struct args *a)
{
	struct ctr_remove_opts opts;
	ctr_error_t *err = NULL;
	int r;

	ctr_remove_opts_init(&opts, sizeof(opts));
	opts.force = args_has(a, "force");
	if (stop_time(a, &opts.timeout_s, &opts.timeout_set))
		return EXIT_ENGINE;
	r = ctr_pod_remove(p, &opts, NULL, &err);
	return pod_done(t, p, r, err);
}

int verb_pod_start(struct tool *t, const struct args *a)
{
	return each_pod(t, a, 0, start_one);
}

int verb_pod_stop(struct tool *t, const struct args *a)
{
	return each_pod(t, a, 0, stop_one);
}

int verb_pod_restart(struct tool *t, const struct args *a)
{
	return each_pod(t, a, 0, restart_one);
}

int verb_pod_kill(struct tool *t, const struct args *a)
{
	return each_pod(t, a, 0, kill_one);
}

int verb_pod_pause(struct tool *t, const struct args *a)
{
	return each_pod(t, a, 0, pause_one);
}

int verb_pod_unpause(struct tool *t, const struct args *a)
{
	return each_pod(t, a, 0, unpause_one);
}

int verb_pod_rm(struct tool *t, const struct args *a)
{
	return each_pod(t, a, EXIT_NO_SUCH, rm_one);
}

/* ---- inspect and exists ---- */

struct json_object *pod_json(ctr_pod_t *p, ctr_error_t **err)
{
	char *text = NULL;
	struct json_object *o = NULL;

	if (ctr_pod_inspect(p, NULL, &text, err) == 0)
		o = json_tokener_parse(text);
	ctr_free(text);
	return o;
}

/* The array is printed as a whole, so each pod waits here. */
static int inspect_one(struct json_object *arr, ctr_pod_t *p)
{
	ctr_error_t *err = NULL;
	struct json_object *o = pod_json(p, &err);

	if (!o)
		return fail_error(NULL, err);
	json_object_array_add(arr, o);
	return 0;
}

static int inspect_named(struct tool *t, struct json_object *arr, const char *name)
{
	ctr_pod_t *p = NULL;
	ctr_error_t *err = NULL;
	int rc = ctr_pod_open(t->engine, name, &p, &err) < 0 ? fail_error(NULL, err) : inspect_one(arr, p);

	ctr_pod_unref(p);
	return rc;
}

static int inspect_latest(struct tool *t, struct json_object *arr)
{
	ctr_pod_list_t *all = NULL;
	int rc = list_pods(t, NULL, &all);
	size_t n = ctr_pod_list_count(all);

	if (!rc)
		rc = n ? inspect_one(arr, ctr_pod_list_get(all, n - 1)) : fail("there is no pod");
	ctr_pod_list_unref(all);
	return rc;
}

int verb_pod_inspect(struct tool *t, const struct args *a)
{
	int rc = EXIT_SUCCESS, latest = args_has(a, "latest");
	struct json_object *arr;

	if (wants_json(a) < 0)
		return EXIT_ENGINE;
	if (latest && a->n_rest)
		return fail("names of pods exclude --latest");
	if (!latest && a->n_rest == 0)
		return fail("'ctrtool %s' needs the name or id of at least one pod", a->verb);
	if (tool_engine(t) < 0)
		return EXIT_ENGINE;
	arr = json_object_new_array();
	if (latest)
		rc = inspect_latest(t, arr);
	for (size_t i = 0; i < a->n_rest; i++) {
		int one = inspect_named(t, arr, a->rest[i]);

		rc = one ? one : rc;
	}
	puts(json_object_to_json_string_ext(arr, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(arr);
	return rc;
}

int verb_pod_exists(struct tool *t, const struct args *a)
{
	ctr_pod_t *p = NULL;
	ctr_error_t *err = NULL;
	int r;

	if (a->n_rest != 1)
		return fail("'ctrtool %s' takes the name or id of one pod", a->verb);
	if (tool_engine(t) < 0)
		return EXIT_ENGINE;
	r = ctr_pod_open(t->engine, a->rest[0], &p, &err);
	ctr_pod_unref(p);
	if (r < 0 && r != CTR_ERR_NO_SUCH_POD)
		return fail_error(NULL, err);
	ctr_error_unref(err);
	return r < 0 ? EXIT_NO_SUCH : EXIT_SUCCESS;
}
