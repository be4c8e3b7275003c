/* SPDX-License-Identifier: Apache-2.0 */
/* The containers a verb is about: those named, or those that --all, --filter and --latest mean. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <signal.h>
#include "ctrtool.h"

/* One that is missing is the failure that is told, as podman does. */
static int worse(int so_far, int now)
{
	return so_far == EXIT_NO_SUCH || !now ? so_far : now;
}

static int is_infra(const ctr_status_t *s)
{
	struct json_object *o = status_json(s);
	int yes = strcmp(json_text(o, "IsInfra"), "true") == 0;

	json_object_put(o);
	return yes;
}

/* One call of each_container() */
struct work {
	struct tool *t;
	const struct args *a;
	const struct each *e;
	struct chosen *chosen; /* with many */
	size_t n;
};

/* One of them is there. */
static int take(struct work *w, ctr_container_t *c, const char *named)
{
	struct chosen *grown;

	if (!w->e->many)
		return w->e->fn(c, named, w->a);
	grown = realloc(w->chosen, (w->n + 1) * sizeof(*grown));
	if (!grown)
		return fail("out of memory");
	w->chosen = grown;
	grown[w->n] = (struct chosen){ ctr_container_ref(c), strdup(named) };
	return grown[w->n++].named ? 0 : fail("out of memory");
}

static int one_of_list(struct work *w, const ctr_container_list_t *all, size_t i)
{
	ctr_container_t *c = ctr_container_list_get(all, i);
	const ctr_status_t *s = ctr_container_list_status(all, i);
	uint64_t states = args_has(w->a, "running") ? CTR_WAIT_STATE(CTR_STATE_RUNNING) : w->e->states;

	if (!(states & CTR_WAIT_STATE(ctr_status_state(s))) || (w->e->skip_infra && is_infra(s)))
		return 0;
	return take(w, c, ctr_container_id(c));
}

static int each_of_list(struct work *w)
{
	struct json_object *filters = filters_from_args(w->a);
	ctr_container_list_t *all = NULL;
	int rc = list_containers(w->t, filters, &all);
	size_t n;

	json_object_put(filters);
	if (rc)
		return rc;
	n = ctr_container_list_count(all);
	for (size_t i = 0; i < n; i++)
		rc = worse(rc, one_of_list(w, all, w->e->newest_first ? n - 1 - i : i));
	ctr_container_list_unref(all);
	return rc;
}

static int latest(struct work *w)
{
	ctr_container_list_t *all = NULL;
	int rc = list_containers(w->t, NULL, &all);
	size_t n = ctr_container_list_count(all);

	if (!rc && n == 0)
		rc = fail("there is no container");
	if (!rc)
		rc = take(w, ctr_container_list_get(all, n - 1), ctr_container_id(ctr_container_list_get(all, n - 1)));
	ctr_container_list_unref(all);
	return rc;
}

static int named(struct work *w, const char *name)
{
	ctr_container_t *c = NULL;
	ctr_error_t *err = NULL;
	int rc;

	if (ctr_container_open(w->t->engine, name, &c, &err) < 0) {
		int missing = ctr_error_code(err) == CTR_ERR_NO_SUCH_CONTAINER;

		if (missing && (args_has(w->a, "ignore") || args_has(w->a, "force"))) {
			ctr_error_unref(err);
			if (w->e->ignored)
				puts(w->e->ignored);
			return 0;
		}
		rc = fail_error(NULL, err);
		return missing && w->e->missing ? w->e->missing : rc;
	}
	rc = take(w, c, name);
	ctr_container_unref(c);
	return rc;
}

static int all_named(struct work *w)
{
	int rc = EXIT_SUCCESS;

	for (size_t i = 0; i < w->a->n_rest; i++)
		rc = worse(rc, named(w, w->a->rest[i]));
	return rc;
}

int each_container(struct tool *t, const struct args *a, const struct each *e)
{
	int by_state = args_has(a, "all") || args_has(a, "filter") || args_has(a, "running"), rc;
	struct work w = { .t = t, .a = a, .e = e };

	if (a->n_rest && (by_state || args_has(a, "latest")))
		return fail("names of containers exclude --all, --filter, --running and --latest");
	if (!a->n_rest && !by_state && !args_has(a, "latest"))
		return fail("'ctrtool %s' needs the name or id of at least one container", a->verb);
	if (tool_engine(t) < 0)
		return EXIT_ENGINE;
	rc = by_state ? each_of_list(&w) : args_has(a, "latest") ? latest(&w) : all_named(&w);
	if (w.n)
		rc = worse(rc, e->many(w.chosen, w.n, a));
	for (size_t i = 0; i < w.n; i++) {
		ctr_container_unref(w.chosen[i].c);
		free(w.chosen[i].named);
	}
	free(w.chosen);
	return rc;
}

int signal_number(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);
	const char *name = strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;

	if (*text && !*end && n >= 1 && n <= 64)
		return (int)n;
	for (int i = 1; i < 32; i++)
		if (sigabbrev_np(i) && strcasecmp(sigabbrev_np(i), name) == 0)
			return i;
	if (strncasecmp(name, "RTMIN", 5) == 0 && (name[5] == '\0' || name[5] == '+')) {
		n = name[5] ? strtol(name + 6, &end, 10) : 0;
		if ((!name[5] || (name[6] && !*end)) && n >= 0 && n <= 30)
			return 34 + (int)n;
	}
	fail("unknown signal \"%s\"; give a name like TERM or a number from 1 to 64", text);
	return -1;
}
