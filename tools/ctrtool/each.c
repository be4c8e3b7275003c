/* SPDX-License-Identifier: Apache-2.0 */
/* The containers a verb is about: those named, or all in the right states. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <signal.h>
#include "ctrtool.h"

static int each_of_all(struct tool *t, const struct args *a, uint64_t states, int (*fn)(ctr_container_t *, const char *, const struct args *))
{
	ctr_container_list_t *all = NULL;
	ctr_error_t *err = NULL;
	int rc = EXIT_SUCCESS;

	if (ctr_container_list(t->engine, NULL, NULL, &all, &err) < 0)
		return fail_error(NULL, err);
	for (size_t i = 0; i < ctr_container_list_count(all); i++) {
		ctr_container_t *c = ctr_container_list_get(all, i);

		if (states & CTR_WAIT_STATE(ctr_status_state(ctr_container_list_status(all, i)))) {
			int r = fn(c, ctr_container_id(c), a);

			rc = r ? r : rc;
		}
	}
	ctr_container_list_unref(all);
	return rc;
}

int each_container(struct tool *t, const struct args *a, uint64_t states, int (*fn)(ctr_container_t *, const char *, const struct args *))
{
	int rc = EXIT_SUCCESS;

	if (args_has(a, "all") ? a->n_rest > 0 : a->n_rest == 0)
		return args_has(a, "all") ? fail("--all and names of containers exclude each other") :
					    fail("'ctrtool %s' needs the name or id of at least one container", a->verb);
	if (tool_engine(t) < 0)
		return EXIT_ENGINE;
	if (args_has(a, "all"))
		return each_of_all(t, a, states, fn);
	for (size_t i = 0; i < a->n_rest; i++) {
		ctr_container_t *c = NULL;
		ctr_error_t *err = NULL;
		int r;

		if (ctr_container_open(t->engine, a->rest[i], &c, &err) < 0) {
			int missing = ctr_error_code(err) == CTR_ERR_NO_SUCH_CONTAINER && args_has(a, "ignore");

			if (missing)
				ctr_error_unref(err);
			r = missing ? 0 : fail_error(NULL, err);
		} else {
			r = fn(c, a->rest[i], a);
		}
		rc = r ? r : rc;
		ctr_container_unref(c);
	}
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
