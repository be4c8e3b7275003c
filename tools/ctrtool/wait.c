/* SPDX-License-Identifier: Apache-2.0 */
/* wait: for the end of containers, or for what --condition names. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ctrtool.h"

const struct flag wait_flags[] = {
	{ "condition", 0, FLAG_LIST, "NAME", "wait for this (created, initialized, running, paused, stopped, exited, removing, removed, next-exit, healthy …); more than one: the first",
	  NULL },
	{ "interval", 'i', FLAG_VALUE, "TIME", "taken and ignored: waiting needs no interval", NULL },
	{ "ignore", 0, FLAG_BOOL, NULL, "one that is not there has the code -1", NULL },
	FLAG_LATEST,
	FLAG_END,
};

/* 0 or EXIT_ENGINE after telling the user */
static int condition_bit(const char *name, uint64_t *ret)
{
	static const struct {
		const char *name;
		uint64_t bit;
	} others[] = { { "removed", CTR_WAIT_REMOVED }, { "next-exit", CTR_WAIT_NEXT_EXIT }, { "healthy", CTR_WAIT_HEALTHY }, { "unhealthy", CTR_WAIT_UNHEALTHY } };
	/* To podman either word is the end of the container, whichever state it has come to by then. */
	const uint64_t ended = CTR_WAIT_STATE(CTR_STATE_STOPPED) | CTR_WAIT_STATE(CTR_STATE_EXITED);
	ctr_state_t state;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(name, others[i].name) == 0) {
			*ret |= others[i].bit;
			return 0;
		}
	if (ctr_state_from_name(name, &state, NULL) < 0)
		return fail("unknown --condition \"%s\"; use the name of a state, removed, next-exit, healthy or unhealthy", name);
	*ret |= state == CTR_STATE_STOPPED || state == CTR_STATE_EXITED ? ended : CTR_WAIT_STATE(state);
	return 0;
}

static int conditions(const struct args *a, uint64_t *ret)
{
	const char *item;
	int rc = 0;

	*ret = 0;
	for (size_t i = 0; !rc && (item = args_item(a, "condition", i)); i++) {
		char *copy = strdup(item), *save = NULL;

		if (!copy)
			return fail("out of memory");
		for (char *name = strtok_r(copy, ",", &save); name && !rc; name = strtok_r(NULL, ",", &save))
			rc = condition_bit(name, ret);
		free(copy);
	}
	return rc;
}

static int wait_one(ctr_container_t *c, const char *named, const struct args *a)
{
	int32_t code = CTR_EXIT_UNKNOWN;
	ctr_error_t *err = NULL;
	struct ctr_wait_opts opts;

	(void)named;
	ctr_wait_opts_init(&opts, sizeof(opts));
	if (conditions(a, &opts.conditions))
		return EXIT_ENGINE;
	if (ctr_container_wait(c, &opts, NULL, &code, &err) < 0)
		return fail_error(NULL, err);
	printf("%d\n", code);
	return fflush(stdout) == 0 ? 0 : EXIT_ENGINE;
}

int verb_wait(struct tool *t, const struct args *a)
{
	uint64_t checked;
	int rc = conditions(a, &checked);

	return rc ? rc : each_container(t, a, &(struct each){ .ignored = "-1", .fn = wait_one });
}
