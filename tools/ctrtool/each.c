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

static int one_of_list(const ctr_container_list_t *all, size_t i, const struct args *a, const struct each *e)
{
	ctr_container_t *c = ctr_container_list_get(all, i);
	const ctr_status_t *s = ctr_container_list_status(all, i);

	if (!(e->states & CTR_WAIT_STATE(ctr_status_state(s))) || (e->skip_infra && is_infra(s)))
		return 0;
	return e->fn(c, ctr_container_id(c), a);
}

static int each_of_list(struct tool *t, const struct args *a, const struct each *e)
{
	struct json_object *filters = filters_from_args(a);
	ctr_container_list_t *all = NULL;
	int rc = list_containers(t, filters, &all);
	size_t n;

	json_object_put(filters);
	if (rc)
		return rc;
	n = ctr_container_list_count(all);
	for (size_t i = 0; i < n; i++)
		rc = worse(rc, one_of_list(all, e->newest_first ? n - 1 - i : i, a, e));
	ctr_container_list_unref(all);
	return rc;
}

static int latest(struct tool *t, const struct args *a, const struct each *e)
{
	ctr_container_list_t *all = NULL;
	int rc = list_containers(t, NULL, &all);
	size_t n = ctr_container_list_count(all);

	if (!rc && n == 0)
		rc = fail("there is no container");
	if (!rc)
		rc = e->fn(ctr_container_list_get(all, n - 1), ctr_container_id(ctr_container_list_get(all, n - 1)), a);
	ctr_container_list_unref(all);
	return rc;
}

static int named(struct tool *t, const char *name, const struct args *a, const struct each *e)
{
	ctr_container_t *c = NULL;
	ctr_error_t *err = NULL;
	int rc;

	if (ctr_container_open(t->engine, name, &c, &err) < 0) {
		int missing = ctr_error_code(err) == CTR_ERR_NO_SUCH_CONTAINER;

		if (missing && args_has(a, "ignore")) {
			ctr_error_unref(err);
			if (e->ignored)
				puts(e->ignored);
			return 0;
		}
		rc = fail_error(NULL, err);
		return missing && e->missing ? e->missing : rc;
	}
	rc = e->fn(c, name, a);
	ctr_container_unref(c);
	return rc;
}

int each_container(struct tool *t, const struct args *a, const struct each *e)
{
	int by_state = args_has(a, "all") || args_has(a, "filter") || args_has(a, "running"), rc = EXIT_SUCCESS;

	if (a->n_rest && (by_state || args_has(a, "latest")))
		return fail("names of containers exclude --all, --filter, --running and --latest");
	if (!a->n_rest && !by_state && !args_has(a, "latest"))
		return fail("'ctrtool %s' needs the name or id of at least one container", a->verb);
	if (tool_engine(t) < 0)
		return EXIT_ENGINE;
	if (by_state)
		return each_of_list(t, a, e);
	if (args_has(a, "latest"))
		return latest(t, a, e);
	for (size_t i = 0; i < a->n_rest; i++)
		rc = worse(rc, named(t, a->rest[i], a, e));
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
