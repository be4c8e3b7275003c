/* SPDX-License-Identifier: Apache-2.0 */
/* An engine of the null runtime in a directory of its own, for tests of the core room. */
#ifndef TESTS_UNIT_CORE_ENV_H
#define TESTS_UNIT_CORE_ENV_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/steps.h"
#include "model/spec.h"
#include "os/fs.h"

struct env {
	char dir[64], root[80], run[80], rootfs[80];
	ctr_engine_t *engine;
};

static inline void env_ok(int r, ctr_error_t *err, const char *what, int line)
{
	if (r != 0) {
		CLEANUP_FREE char *text = error_format(err);

		fail_msg("line %d: %s gave %d: %s", line, what, r, text ? text : error_code_name(r));
	}
	error_unref(err);
}

/* The call's error is `&err`. */
#define OK(call)                                                                                                       \
	do {                                                                                                           \
		ctr_error_t *err = NULL;                                                                               \
		int got_ = (call);                                                                                     \
		env_ok(got_, err, #call, __LINE__);                                                                    \
	} while (0)

static inline void env_fails(int r, int want, const ctr_error_t *err, const char *word, const char *what, int line)
{
	CLEANUP_FREE char *text = error_format(err);

	if (r != want || error_code(err) != want)
		fail_msg("line %d: %s gave %d, not %d: %s", line, what, r, want, text ? text : "");
	if (!text || !strstr(text, word))
		fail_msg("line %d: %s: \"%s\" does not say \"%s\"", line, what, text ? text : "", word);
}

/* The code, and a word of its sentence */
#define FAILS(want, word, call)                                                                                        \
	do {                                                                                                           \
		CLEANUP_ERROR ctr_error_t *err = NULL;                                                                 \
		int got_ = (call);                                                                                     \
		env_fails(got_, want, err, word, #call, __LINE__);                                                     \
	} while (0)

static const struct ctr_start_opts no_start = {.size = sizeof(no_start)};
static const struct ctr_start_opts recursive = {.size = sizeof(recursive), .recursive = 1};
static const struct ctr_stop_opts no_stop = {.size = sizeof(no_stop)};
static const struct ctr_remove_opts no_remove = {.size = sizeof(no_remove)};
static const struct ctr_remove_opts by_force = {.size = sizeof(by_force), .force = 1};

static inline ctr_engine_t *env_open_engine(const struct env *env)
{
	struct ctr_engine_opts opts = {
	    .size = sizeof(opts), .root = env->root, .run_root = env->run, .runtime = "null", .storage = "null"};
	ctr_engine_t *e = NULL;

	OK(core_engine_open(&opts, NULL, &e, &err));
	return e;
}

static inline int env_setup(void **state)
{
	struct env *env = calloc(1, sizeof(*env));

	strcpy(env->dir, "/tmp/ctr-core-XXXXXX");
	assert_non_null(mkdtemp(env->dir));
	(void)snprintf(env->root, sizeof(env->root), "%s/root", env->dir);
	(void)snprintf(env->run, sizeof(env->run), "%s/run", env->dir);
	(void)snprintf(env->rootfs, sizeof(env->rootfs), "%s/rootfs", env->dir);
	assert_int_equal(mkdir(env->rootfs, 0755), 0);
	env->engine = env_open_engine(env);
	*state = env;
	return 0;
}

static inline void env_drop_segments(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];

	while (maps && fgets(line, sizeof(line), maps)) {
		char *path = strstr(line, "/dev/shm/libctr-");

		if (path) {
			path[strcspn(path, " \n")] = '\0';
			unlink(path);
		}
	}
	if (maps)
		fclose(maps);
}

static inline int env_teardown(void **state)
{
	struct env *env = *state;

	env_drop_segments();
	core_engine_unref(env->engine);
	os_remove_tree(AT_FDCWD, env->dir);
	free(env);
	return 0;
}

/* members: further members of the specification as JSON text without the braces, "" none */
static inline int env_try_create(const struct env *env, const char *name, const char *members, ctr_container_t **ret, ctr_error_t **err)
{
	CLEANUP_FREE char *text = NULL;
	ctr_spec_t *spec = NULL;
	int r;

	assert_true(asprintf(&text, "{\"name\":\"%s\",\"rootfs\":\"%s\",\"command\":[\"true\"]%s%s}", name, env->rootfs, *members ? "," : "",
			     members) > 0);
	r = spec_from_json(text, SIZE_MAX, &spec, err);
	if (r == 0)
		r = core_container_create(env->engine, spec, NULL, ret, err);
	spec_unref(spec);
	return r;
}

static inline ctr_container_t *env_create(const struct env *env, const char *name, const char *members)
{
	ctr_container_t *c = NULL;

	OK(env_try_create(env, name, members, &c, &err));
	return c;
}

static inline int env_state(ctr_container_t *c)
{
	CLEANUP_ROW struct container_row *row = NULL;

	OK(core_container_snapshot(c, &row, &err));
	assert_int_equal(row->intent, INTENT_NONE);
	return row->state;
}

#endif
