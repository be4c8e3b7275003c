/* SPDX-License-Identifier: Apache-2.0 */
/* What the API tests share: an engine on the null runtime in a directory of its own, checks with the error's text.
 * Public headers only. */
#ifndef CTR_TESTS_API_TEST_H
#define CTR_TESTS_API_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <libctr/libctr.h>

struct env {
	char dir[64], root[80], run[80], rootfs[80];
	ctr_engine_t *engine;
};

static inline void expect(int got, int wanted, ctr_error_t *err, const char *what, int line)
{
	char *text;

	if (got == wanted)
		return;
	text = ctr_error_format(err);
	fail_msg("line %d: %s gave %d (%s), not %d: %s", line, what, got, ctr_error_code_name(got), wanted,
		 text ? text : "no error object");
}

/* The call with `&err` as its last argument must give code; an error object must come with an error, and only then. */
#define EXPECT(code, call)                                                                                             \
	do {                                                                                                           \
		ctr_error_t *err = NULL;                                                                               \
		int got_ = (call);                                                                                     \
		expect(got_, (code), err, #call, __LINE__);                                                            \
		assert_int_equal(ctr_error_code(err), got_);                                                           \
		if (got_ < 0)                                                                                          \
			assert_true(strlen(ctr_error_message(err)) > 10);                                              \
		ctr_error_unref(err);                                                                                  \
	} while (0)
#define OK(call) EXPECT(0, call)

static inline ctr_engine_t *env_engine(const struct env *env)
{
	struct ctr_engine_opts opts;
	ctr_engine_t *engine = NULL;

	ctr_engine_opts_init(&opts, sizeof(opts));
	opts.root = env->root;
	opts.run_root = env->run;
	opts.runtime = "null";
	opts.storage = "null";
	OK(ctr_engine_open(&opts, NULL, &engine, &err));
	return engine;
}

static inline int env_setup(void **state)
{
	struct env *env = calloc(1, sizeof(*env));

	assert_non_null(env);
	strcpy(env->dir, "/tmp/ctr-api-XXXXXX");
	assert_non_null(mkdtemp(env->dir));
	snprintf(env->root, sizeof(env->root), "%s/root", env->dir);
	snprintf(env->run, sizeof(env->run), "%s/run", env->dir);
	snprintf(env->rootfs, sizeof(env->rootfs), "%s/rootfs", env->dir);
	assert_int_equal(mkdir(env->rootfs, 0755), 0);
	env->engine = env_engine(env);
	*state = env;
	return 0;
}

static inline int env_rm(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

/* The lock segments lie outside of the directory: those that this process has mapped are of this test. */
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
	ctr_engine_unref(env->engine);
	nftw(env->dir, env_rm, 16, FTW_DEPTH | FTW_PHYS);
	free(env);
	return 0;
}

static inline ctr_spec_t *env_spec(const struct env *env, const char *name, const char *end)
{
	static const char *const argv[] = {"/bin/true", NULL};
	ctr_spec_t *spec = NULL;

	OK(ctr_spec_new(&spec, &err));
	if (name)
		OK(ctr_spec_set_name(spec, name, &err));
	OK(ctr_spec_set_rootfs(spec, env->rootfs, &err));
	OK(ctr_spec_set_command(spec, argv, &err));
	if (end)
		OK(ctr_spec_set_annotation(spec, "libctr.null.exit", end, &err));
	return spec;
}

static inline ctr_container_t *env_create(const struct env *env, const char *name, const char *end)
{
	ctr_spec_t *spec = env_spec(env, name, end);
	ctr_container_t *c = NULL;

	OK(ctr_container_create(env->engine, spec, NULL, &c, &err));
	ctr_spec_unref(spec);
	return c;
}

static inline ctr_state_t state_of(ctr_container_t *c)
{
	ctr_status_t *s = NULL;
	ctr_state_t state;

	OK(ctr_container_status(c, NULL, &s, &err));
	state = ctr_status_state(s);
	ctr_status_unref(s);
	return state;
}

static inline int is_ready(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, 0) == 1 && (p.revents & POLLIN);
}

static inline size_t env_count(const struct env *env)
{
	ctr_container_list_t *l = NULL;
	size_t n;

	OK(ctr_container_list(env->engine, NULL, NULL, &l, &err));
	n = ctr_container_list_count(l);
	ctr_container_list_unref(l);
	return n;
}

static inline size_t env_entries(const struct env *env, const char *sub)
{
	char path[128];
	const struct dirent *entry;
	size_t n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "%s/%s", env->root, sub);
	d = opendir(path);
	assert_non_null(d);
	while ((entry = readdir(d)))
		n += entry->d_name[0] != '.';
	closedir(d);
	return n;
}

static inline void remove_by_force(ctr_container_t *c)
{
	struct ctr_remove_opts opts;

	ctr_remove_opts_init(&opts, sizeof(opts));
	opts.force = 1;
	OK(ctr_container_remove(c, &opts, NULL, &err));
}

#endif
