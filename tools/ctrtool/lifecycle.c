/* SPDX-License-Identifier: Apache-2.0 */
/* init, start, stop, kill and rm: one call of the library for each container named. */
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
const struct flag start_flags[] = { { "all", 'a', FLAG_BOOL, NULL, "all that do not run (podman's -a, attach, comes with a later version)", NULL },
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

static int start_one(ctr_container_t *c, const char *named, const struct args *a)
{
	ctr_error_t *err = NULL;
	int r = ctr_container_start(c, NULL, NULL, &err);

	(void)a;
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

static int stop_one(ctr_container_t *c, const char *named, const struct args *a)
{
	struct ctr_stop_opts opts;
	ctr_error_t *err = NULL;
	int r;

	ctr_stop_opts_init(&opts, sizeof(opts));
	if (stop_time(a, &opts.timeout_s, &opts.timeout_set))
		return EXIT_ENGINE;
	r = ctr_container_stop(c, &opts, NULL, &err);
	if (r == CTR_ERR_STOPPED) {
		ctr_error_clear(&err);
		r = 0;
	}
	return done(r, named, err);
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
	return each_container(t, a, &(struct each){ .states = STOPPABLE, .newest_first = 1, .fn = stop_one });
}

int verb_kill(struct tool *t, const struct args *a)
{
	return each_container(t, a, &(struct each){ .states = KILLABLE, .fn = kill_one });
}

int verb_rm(struct tool *t, const struct args *a)
{
	return each_container(t, a, &(struct each){ .states = UINT64_MAX, .missing = EXIT_NO_SUCH, .newest_first = 1, .skip_infra = 1, .fn = rm_one });
}
