/* SPDX-License-Identifier: Apache-2.0 */
/* ctrtool: containers from the command line, with podman's verbs and flags, through libctr's public functions. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ctrtool.h"

static const struct flag global_flags[] = {
	{ "root", 0, FLAG_VALUE, "DIR", "where the store is (/var/lib/libctr)", NULL },
	{ "runroot", 0, FLAG_VALUE, "DIR", "where its sockets are (/run/libctr)", NULL },
	{ "runtime", 0, FLAG_VALUE, "NAME|PATH", "OCI runtime of new containers (crun, runc, null)", NULL },
	{ "storage-driver", 0, FLAG_VALUE, "NAME", "overlay, dir or null", NULL },
	{ "cgroup-manager", 0, FLAG_VALUE, "NAME", "cgroupfs or disabled", NULL },
	{ "log-level", 0, FLAG_VALUE, "LEVEL", "error, warn, info or debug", NULL },
	{ "help", 'h', FLAG_BOOL, NULL, "this help", NULL },
	{ "version", 'v', FLAG_BOOL, NULL, "print the version", NULL },
	{ NULL, 0, 0, NULL, NULL, NULL },
};
static const struct flag help_flag[] = {
	{ "help", 0, FLAG_BOOL, NULL, "this help", NULL },
	{ NULL, 0, 0, NULL, NULL, NULL },
};
static const struct flag *const global_tables[] = { global_flags, NULL };

#define TABLES(name, ...) static const struct flag *const name[] = { __VA_ARGS__, help_flag, NULL }
TABLES(run_tables, run_flags, create_flags);
TABLES(create_tables, create_flags);
TABLES(init_tables, init_flags);
TABLES(start_tables, start_flags);
TABLES(stop_tables, stop_flags);
TABLES(kill_tables, kill_flags);
TABLES(rm_tables, rm_flags);
TABLES(ps_tables, ps_flags);
TABLES(inspect_tables, inspect_flags);
TABLES(json_tables, json_flags);
static const struct flag *const no_tables[] = { help_flag, NULL };

static const struct verb verbs[] = {
	{ "run", "[--rootfs] DIR [COMMAND [ARG...]]", "create and start a container", verb_run, run_tables, 1 },
	{ "create", "[--rootfs] DIR [COMMAND [ARG...]]", "create a container, start nothing", verb_create, create_tables, 1 },
	{ "init", "CONTAINER...", "prepare containers up to the moment before the command runs", verb_init, init_tables, 0 },
	{ "start", "CONTAINER...", "start containers", verb_start, start_tables, 0 },
	{ "stop", "CONTAINER...", "stop containers", verb_stop, stop_tables, 0 },
	{ "kill", "CONTAINER...", "send a signal to containers", verb_kill, kill_tables, 0 },
	{ "wait", "CONTAINER...", "wait for containers to end and print their exit codes", verb_wait, no_tables, 0 },
	{ "ps", "", "list containers", verb_ps, ps_tables, 0 },
	{ "inspect", "CONTAINER...", "print everything about containers as a JSON array", verb_inspect, inspect_tables, 0 },
	{ "rm", "CONTAINER...", "remove containers", verb_rm, rm_tables, 0 },
	{ "info", "", "print what this store and this machine have", verb_info, json_tables, 0 },
	{ "probe", "", "print what works on this machine, why not, and what mends it", verb_probe, json_tables, 0 },
	{ "version", "", "print the version", verb_version, json_tables, 0 },
	{ NULL, NULL, NULL, NULL, NULL, 0 },
};

static const char *verb_name_at(const void *list, size_t i)
{
	return ((const struct verb *)list)[i].name;
}

static int usage(void)
{
	printf("ctrtool manages containers through libctr.\n\nusage: ctrtool [FLAGS] VERB [FLAGS] [ARGUMENTS]\n\nverbs:\n");
	for (const struct verb *v = verbs; v->name; v++)
		printf("  %-10s %s\n", v->name, v->help);
	printf("\nflags before the verb:\n");
	flags_help(global_tables);
	printf("\n'ctrtool VERB --help' tells the flags of a verb.\n");
	return EXIT_SUCCESS;
}

static int level_of(const char *word)
{
	static const struct {
		const char *word;
		int level;
	} levels[] = { { "error", CTR_LOG_ERROR }, { "fatal", CTR_LOG_ERROR }, { "panic", CTR_LOG_ERROR }, { "warn", CTR_LOG_WARNING },
		       { "warning", CTR_LOG_WARNING }, { "info", CTR_LOG_INFO }, { "debug", CTR_LOG_DEBUG }, { "trace", CTR_LOG_DEBUG } };

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (strcmp(word, levels[i].word) == 0)
			return levels[i].level;
	return -1;
}

static void show_log(int32_t level, const char *domain, const char *message, const char *fields_json, void *userdata)
{
	static const char *const names[] = { "", "error", "warning", "info", "debug" };

	(void)userdata;
	(void)fields_json;
	fprintf(stderr, "%s: %s: %s\n", level >= 1 && level <= 4 ? names[level] : "log", domain, message);
}

int tool_engine(struct tool *t)
{
	const struct args *g = t->global;
	struct ctr_engine_opts opts;
	ctr_error_t *err = NULL;

	if (t->engine)
		return 0;
	ctr_engine_opts_init(&opts, sizeof(opts));
	opts.root = args_value(g, "root", NULL);
	opts.run_root = args_value(g, "runroot", NULL);
	opts.runtime = args_value(g, "runtime", NULL);
	opts.storage = args_value(g, "storage-driver", NULL);
	opts.cgroup_manager = args_value(g, "cgroup-manager", NULL);
	opts.log_level = level_of(args_value(g, "log-level", "warn"));
	opts.log_fn = show_log;
	if (opts.log_level < 0) {
		fail("unknown log level \"%s\"; use error, warn, info or debug", args_value(g, "log-level", ""));
		return -1;
	}
	if (ctr_engine_open(&opts, NULL, &t->engine, &err) < 0) {
		fail_error(NULL, err);
		return -1;
	}
	return 0;
}

static int run_verb(const struct verb *v, struct tool *t, char **argv)
{
	struct args a;
	int rc = EXIT_ENGINE;

	if (args_parse(&a, v->name, v->flags, v->stop_at_word, argv) == 0) {
		if (args_has(&a, "help")) {
			printf("usage: ctrtool %s [FLAGS] %s\n%s\n\nflags:\n", v->name, v->arguments, v->help);
			flags_help(v->flags);
			rc = EXIT_SUCCESS;
		} else {
			rc = v->run(t, &a);
		}
	}
	args_reset(&a);
	return rc;
}

static int dispatch(struct tool *t, const struct args *g)
{
	const char *word = g->rest[0], *near;

	if (args_has(g, "version"))
		return verb_version(t, g);
	if (args_has(g, "help") || !word || strcmp(word, "help") == 0)
		return usage();
	for (const struct verb *v = verbs; v->name; v++)
		if (strcmp(word, v->name) == 0)
			return run_verb(v, t, g->rest + 1);
	near = nearest(word, verb_name_at, verbs);
	return near ? fail("unknown verb \"%s\"; did you mean \"%s\"?", word, near) :
		      fail("unknown verb \"%s\"; see 'ctrtool --help'", word);
}

int main(int argc, char **argv)
{
	struct args g;
	struct tool t = { .own_argv = (const char *const *)argv, .global = &g };
	int rc = EXIT_ENGINE;

	(void)argc;
	if (args_parse(&g, "", global_tables, 1, argv + 1) == 0) {
		rc = dispatch(&t, &g);
	}
	ctr_engine_unref(t.engine);
	args_reset(&g);
	if (fflush(stdout) != 0 && rc == EXIT_SUCCESS)
		rc = EXIT_ENGINE;
	return rc;
}
