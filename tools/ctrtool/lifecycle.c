/* SPDX-License-Identifier: Apache-2.0 */
/* init, start, stop, kill and rm: one call of the library for each container named. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ctrtool.h"

#define S(state) CTR_WAIT_STATE(CTR_STATE_##state)
#define INITABLE (S(CONFIGURED) | S(STOPPED) | S(EXITED))
#define STARTABLE (INITABLE | S(CREATED))
#define STOPPABLE (S(CREATED) | S(RUNNING) | S(STOPPING))
#define KILLABLE (S(RUNNING) | S(PAUSED) | S(STOPPING))

const struct flag init_flags[] = { FLAG_ALL, FLAG_FILTER('f'), FLAG_LATEST, FLAG_END };
/* -a is attach in podman: no letter means another thing here. */
const struct flag start_flags[] = { { "all", 0, FLAG_BOOL, NULL, "all that do not run", NULL },
				    FLAG_FILTER('f'),
				    FLAG_LATEST,
				    FLAG_END };
const struct flag stop_flags[] = { FLAG_ALL, FLAG_FILTER('f'), FLAG_LATEST, FLAG_TIME, FLAG_IGNORE('i'), FLAG_END };
const struct flag kill_flags[] = { FLAG_ALL, FLAG_FILTER('f'), FLAG_LATEST, FLAG_SIGNAL, FLAG_END };
const struct flag rm_flags[] = { FLAG_ALL,
				 FLAG_FILTER(0),
				 FLAG_LATEST,
				 { "force", 'f', FLAG_BOOL, NULL, "stop it first when it runs", NULL },
				 { "depend", 0, FLAG_BOOL, NULL, "with all containers that depend on it", NULL },
				 { "volumes", 'v', FLAG_BOOL, NULL, "with its anonymous volumes", NULL },
				 FLAG_TIME,
				 FLAG_IGNORE('i'),
				 FLAG_END };

static int init_one(ctr_container_t *c, const char *named, const struct args *a)
{
	ctr_error_t *err = NULL;
	int r = ctr_container_init(c, NULL, NULL, &err);

	(void)a;
	return done(r, named, err);
}

/* Podman is content with what is so already: it starts what runs and stops what never ran. */
static int is_already(ctr_container_t *c, ctr_state_t state)
{
	ctr_status_t *s = NULL;
	int yes = ctr_container_status(c, NULL, &s, NULL) == 0 && ctr_status_state(s) == state;

	ctr_status_unref(s);
	return yes;
}

static int start_one(ctr_container_t *c, const char *named, const struct args *a)
{
	struct ctr_start_opts opts;
	ctr_error_t *err = NULL;
	int r;

	(void)a;
	ctr_start_opts_init(&opts, sizeof(opts));
	/* As podman, with what it depends on: a pod's member with its infra container */
	opts.recursive = 1;
	r = ctr_container_start(c, &opts, NULL, &err);
	if (r == CTR_ERR_STATE_INVALID && is_already(c, CTR_STATE_RUNNING)) {
		ctr_error_clear(&err);
		r = 0;
	}
	return done(r, named, err);
}

int stop_time(const struct args *a, uint32_t *ret, int32_t *ret_set)
{
	const char *text = args_value(a, "time", NULL);
	char *end;
	long long n;

	*ret = 0;
	*ret_set = 0;
	if (!text)
		return 0;
	n = strtoll(text, &end, 10);
	if (end == text || *end || n < -1 || n >= UINT32_MAX)
		return fail("--time \"%s\" is not a number of seconds", text);
	*ret = n < 0 ? CTR_STOP_FOREVER : (uint32_t)n;
	*ret_set = 1;
	return 0;
}

/* What the call answers for one: its failure is told, else its name. With --all and --filter one that never ran is none of those meant. */
static int stop_result(const struct chosen *one, struct json_object *results, const struct args *a)
{
	struct json_object *result = NULL;
	int refused = json_object_object_get_ex(results, ctr_container_id(one->c), &result);
	int in_state = refused && strcmp(json_text(result, "code"), "STATE_INVALID") == 0;

	if (!a->n_rest && in_state)
		return 0;
	if (!refused || (in_state && is_already(one->c, CTR_STATE_CONFIGURED))) {
		puts(one->named);
		return 0;
	}
	return fail("%s", json_text(result, "message"));
}

static int stop_these(const struct chosen *chosen, size_t n, ctr_container_t **cs, const struct args *a)
{
	struct json_object *results = NULL;
	struct ctr_stop_opts opts;
	ctr_error_t *err = NULL;
	int rc = 0;

	ctr_stop_opts_init(&opts, sizeof(opts));
	if (stop_time(a, &opts.timeout_s, &opts.timeout_set))
		return EXIT_ENGINE;
	for (size_t i = 0; i < n; i++)
		cs[i] = chosen[i].c;
	if (ctr_containers_stop_many(cs, n, &opts, NULL, &err) < 0) {
		const char *text = ctr_error_detail(err, "results");

		results = text ? json_tokener_parse(text) : NULL;
		if (!results)
			return fail_error(NULL, err);
	}
	for (size_t i = 0; i < n; i++) {
		int one = stop_result(&chosen[i], results, a);

		rc = one ? one : rc;
	}
	json_object_put(results);
	ctr_error_unref(err);
	return rc;
}

/* All are asked before any is waited for: many deaf ones take one timeout. */
static int stop_many(const struct chosen *chosen, size_t n, const struct args *a)
{
	ctr_container_t **cs = calloc(n, sizeof(ctr_container_t *));
	int rc = cs ? stop_these(chosen, n, cs, a) : fail("out of memory");

	free(cs);
	return rc;
}

static int kill_one(ctr_container_t *c, const char *named, const struct args *a)
{
	int signal = signal_number(args_value(a, "signal", "KILL"));
	ctr_error_t *err = NULL;
	int r;

	if (signal < 0)
		return EXIT_ENGINE;
	r = ctr_container_kill(c, signal, NULL, &err);
	return done(r, named, err);
}

static int rm_one(ctr_container_t *c, const char *named, const struct args *a)
{
	struct ctr_remove_opts opts;
	ctr_error_t *err = NULL;
	int r;

	ctr_remove_opts_init(&opts, sizeof(opts));
	opts.force = args_has(a, "force");
	opts.volumes = args_has(a, "volumes");
	opts.depend = args_has(a, "depend");
	if (stop_time(a, &opts.timeout_s, &opts.timeout_set))
		return EXIT_ENGINE;
	r = ctr_container_remove(c, &opts, NULL, &err);
	if (done(r, named, err) == 0)
		return 0;
	return r == CTR_ERR_STATE_INVALID ? EXIT_IN_STATE : EXIT_ENGINE;
}

int verb_init(struct tool *t, const struct args *a)
{
	return each_container(t, a, &(struct each){ .states = INITABLE, .fn = init_one });
}

int verb_start(struct tool *t, const struct args *a)
{
	return each_container(t, a, &(struct each){ .states = STARTABLE, .fn = start_one });
}

int verb_stop(struct tool *t, const struct args *a)
{
	return each_container(t, a, &(struct each){ .states = STOPPABLE, .newest_first = 1, .many = stop_many });
}

int verb_kill(struct tool *t, const struct args *a)
{
	return each_container(t, a, &(struct each){ .states = KILLABLE, .fn = kill_one });
}

int verb_rm(struct tool *t, const struct args *a)
{
	return each_container(t, a, &(struct each){ .states = UINT64_MAX, .missing = EXIT_NO_SUCH, .newest_first = 1, .skip_infra = 1, .fn = rm_one });
}
