/* SPDX-License-Identifier: Apache-2.0 */
/* pause, unpause and cleanup. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ctrtool.h"

#define S(state) CTR_WAIT_STATE(CTR_STATE_##state)

const struct flag pause_flags[] = { FLAG_ALL, FLAG_FILTER('f'), FLAG_LATEST, FLAG_END };
const struct flag cleanup_flags[] = { FLAG_ALL, FLAG_LATEST, { "rm", 0, FLAG_BOOL, NULL, "then remove it", NULL }, FLAG_END };

static int pause_one(ctr_container_t *c, const char *named, const struct args *a)
{
	ctr_error_t *err = NULL;
	int r = ctr_container_pause(c, NULL, &err);

	(void)a;
	return done(r, named, err);
}

static int unpause_one(ctr_container_t *c, const char *named, const struct args *a)
{
	ctr_error_t *err = NULL;
	int r = ctr_container_unpause(c, NULL, &err);

	(void)a;
	return done(r, named, err);
}

static int cleanup_one(ctr_container_t *c, const char *named, const struct args *a)
{
	ctr_error_t *err = NULL;
	int r = ctr_container_cleanup(c, 0, NULL, &err);

	if (r == 0 && args_has(a, "rm"))
		r = ctr_container_remove(c, NULL, NULL, &err);
	return done(r, named, err);
}

int verb_pause(struct tool *t, const struct args *a)
{
	return each_container(t, a, &(struct each){ .states = S(RUNNING), .fn = pause_one });
}

int verb_unpause(struct tool *t, const struct args *a)
{
	return each_container(t, a, &(struct each){ .states = S(PAUSED), .fn = unpause_one });
}

int verb_cleanup(struct tool *t, const struct args *a)
{
	return each_container(t, a, &(struct each){ .states = S(CONFIGURED) | S(CREATED) | S(STOPPED) | S(EXITED), .newest_first = 1, .fn = cleanup_one });
}
