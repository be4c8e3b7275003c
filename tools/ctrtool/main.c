/* SPDX-License-Identifier: Apache-2.0 */
/* ctrtool: containers from the command line, with podman's verbs and flags, through libctr's public functions. The program and its engine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ctrtool.h"

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

int main(int argc, char **argv)
{
	struct args g;
	struct tool t = { .own_argv = (const char *const *)argv, .global = &g };
	int rc = EXIT_ENGINE;

	(void)argc;
	if (args_parse(&g, "", global_tables, 1, argv + 1) == 0) {
		if (args_has(&g, "version"))
			rc = verb_version(&t, &g);
		else if (args_has(&g, "help") || g.n_rest == 0)
			rc = verbs_usage();
		else
			rc = verbs_dispatch(&t, g.rest);
	}
	ctr_engine_unref(t.engine);
	args_reset(&g);
	if (fflush(stdout) != 0 && rc == EXIT_SUCCESS)
		rc = EXIT_ENGINE;
	return rc;
}
