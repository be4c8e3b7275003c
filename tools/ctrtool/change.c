/* SPDX-License-Identifier: Apache-2.0 */
/* restart, rename and update: what changes a container that exists. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ctrtool.h"

const struct flag restart_flags[] = { FLAG_ALL,
				      { "running", 0, FLAG_BOOL, NULL, "all that run", NULL },
				      FLAG_FILTER('f'),
				      FLAG_LATEST,
				      FLAG_TIME,
				      FLAG_END };
const struct flag update_flags[] = { FLAG_LATEST, FLAG_END };

static int restart_one(ctr_container_t *c, const char *named, const struct args *a)
{
	struct ctr_stop_opts opts;
	ctr_error_t *err = NULL;
	int r;

	ctr_stop_opts_init(&opts, sizeof(opts));
	if (stop_time(a, &opts.timeout_s, &opts.timeout_set))
		return EXIT_ENGINE;
	r = ctr_container_restart(c, &opts, NULL, &err);
	return done(r, named, err);
}

/* One that others need is older than they are, and so is restarted first. */
int verb_restart(struct tool *t, const struct args *a)
{
	return each_container(t, a, &(struct each){ .states = ~CTR_WAIT_STATE(CTR_STATE_REMOVING), .skip_infra = 1, .fn = restart_one });
}

int verb_rename(struct tool *t, const struct args *a)
{
	ctr_container_t *c = NULL;
	ctr_error_t *err = NULL;
	int r;

	if (a->n_rest != 2)
		return fail("'ctrtool %s' takes the name or id of a container and its new name", a->verb);
	if (tool_engine(t) < 0)
		return EXIT_ENGINE;
	r = ctr_container_open(t->engine, a->rest[0], &c, &err);
	r = r < 0 ? r : ctr_container_rename(c, a->rest[1], NULL, &err);
	ctr_container_unref(c);
	return r < 0 ? fail_error(NULL, err) : EXIT_SUCCESS;
}

static int update_one(ctr_container_t *c, const char *named, const struct args *a)
{
	struct json_object *changes = json_object_new_object();
	ctr_error_t *err = NULL;
	int rc = convert_flags(changes, a);

	(void)named;
	if (!rc) {
		int r = ctr_container_update(c, json_object_to_json_string_ext(changes, JSON_C_TO_STRING_PLAIN), CTR_STRLEN, NULL, &err);

		rc = done(r, ctr_container_id(c), err);
	}
	json_object_put(changes);
	return rc;
}

int verb_update(struct tool *t, const struct args *a)
{
	if (a->n_rest > 1)
		return fail("'ctrtool %s' takes the name or id of one container", a->verb);
	return each_container(t, a, &(struct each){ .fn = update_one });
}
