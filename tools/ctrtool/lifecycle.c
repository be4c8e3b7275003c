/* SPDX-License-Identifier: Apache-2.0 */
/* init, start, stop, kill, wait and rm: one call of the library for each container named. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ctrtool.h"

#define ALL { "all", 'a', FLAG_BOOL, NULL, "all of them", NULL }
#define END { NULL, 0, 0, NULL, NULL, NULL }
#define TIME                                                                                                           \
	{ "time", 't', FLAG_VALUE, "SECONDS", "how long to wait before KILL; 0 = KILL at once, -1 = never", NULL },    \
	{ "timeout", 0, FLAG_VALUE, "SECONDS", NULL, "time" }
#define IGNORE { "ignore", 'i', FLAG_BOOL, NULL, "a container that is not there is no error", NULL }

const struct flag init_flags[] = { ALL, END };
const struct flag start_flags[] = { ALL, END };
const struct flag stop_flags[] = { ALL, TIME, IGNORE, END };
const struct flag kill_flags[] = { ALL, { "signal", 's', FLAG_VALUE, "SIGNAL", "signal to send (KILL)", NULL }, END };
const struct flag rm_flags[] = { ALL,
				 { "force", 'f', FLAG_BOOL, NULL, "stop it first when it runs", NULL },
				 { "volumes", 'v', FLAG_BOOL, NULL, "with its anonymous volumes", NULL },
				 TIME,
				 IGNORE,
				 END };

#define STARTABLE (CTR_WAIT_STATE(CTR_STATE_CONFIGURED) | CTR_WAIT_STATE(CTR_STATE_CREATED) | CTR_WAIT_STATE(CTR_STATE_STOPPED) | CTR_WAIT_STATE(CTR_STATE_EXITED))
#define INITABLE (CTR_WAIT_STATE(CTR_STATE_CONFIGURED) | CTR_WAIT_STATE(CTR_STATE_STOPPED) | CTR_WAIT_STATE(CTR_STATE_EXITED))
#define STOPPABLE (CTR_WAIT_STATE(CTR_STATE_CREATED) | CTR_WAIT_STATE(CTR_STATE_RUNNING) | CTR_WAIT_STATE(CTR_STATE_STOPPING))
#define KILLABLE (CTR_WAIT_STATE(CTR_STATE_RUNNING) | CTR_WAIT_STATE(CTR_STATE_PAUSED) | CTR_WAIT_STATE(CTR_STATE_STOPPING))

static int done(int r, const char *named, ctr_error_t *err)
{
	if (r < 0)
		return fail_error(NULL, err);
	puts(named);
	return 0;
}

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

/* 0, or EXIT_ENGINE after telling the user */
static int stop_time(const struct args *a, uint32_t *ret, int32_t *ret_set)
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
	if (stop_time(a, &opts.timeout_s, &opts.timeout_set))
		return EXIT_ENGINE;
	r = ctr_container_remove(c, &opts, NULL, &err);
	return done(r, named, err);
}

static int wait_one(ctr_container_t *c, const char *named, const struct args *a)
{
	int32_t code = CTR_EXIT_UNKNOWN;
	ctr_error_t *err = NULL;

	(void)named;
	(void)a;
	if (ctr_container_wait(c, NULL, NULL, &code, &err) < 0)
		return fail_error(NULL, err);
	printf("%d\n", code);
	return fflush(stdout) == 0 ? 0 : EXIT_ENGINE;
}

int verb_init(struct tool *t, const struct args *a)
{
	return each_container(t, a, INITABLE, init_one);
}

int verb_start(struct tool *t, const struct args *a)
{
	return each_container(t, a, STARTABLE, start_one);
}

int verb_stop(struct tool *t, const struct args *a)
{
	return each_container(t, a, STOPPABLE, stop_one);
}

int verb_kill(struct tool *t, const struct args *a)
{
	return each_container(t, a, KILLABLE, kill_one);
}

int verb_wait(struct tool *t, const struct args *a)
{
	return each_container(t, a, 0, wait_one);
}

int verb_rm(struct tool *t, const struct args *a)
{
	return each_container(t, a, UINT64_MAX, rm_one);
}
