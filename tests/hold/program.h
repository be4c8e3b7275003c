/* SPDX-License-Identifier: Apache-2.0 */
/* What the C programs of the acceptance tests share: the store they are called with, containers, and an end that says why.
 * Public headers only. Every program is called as: PROGRAM RUNTIME ROOT RUN_ROOT ROOTFS more… */
#ifndef CTR_HOLD_PROGRAM_H
#define CTR_HOLD_PROGRAM_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <libctr/libctr.h>

#define FAILED 3 /* exit status when libctr answered what it must not; stderr has "CODE_NAME: text" */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct place {
	const char *runtime, *root, *run, *rootfs;
	uint64_t timeout_ns; /* of calls without an op; 0 = the library's default */
	ctr_log_fn log_fn;
};

static inline struct place place_of(int argc, char **argv)
{
	if (argc < 5) {
		fprintf(stderr, "usage: %s RUNTIME ROOT RUN_ROOT ROOTFS …\n", argv[0]);
		_exit(2);
	}
	return (struct place){.runtime = argv[1], .root = argv[2], .run = argv[3], .rootfs = argv[4]};
}

static inline void fail_with(int code, ctr_error_t *err, const char *what)
{
	char *text = ctr_error_format(err);

	fprintf(stderr, "%s: %s: %s\n", ctr_error_code_name(code), what, text ? text : "no error object");
	_exit(FAILED);
}

/* The call has `&err` as its last argument; any failure ends the process. */
#define MUST(call)                                                                                                     \
	do {                                                                                                           \
		ctr_error_t *err = NULL;                                                                               \
		int got_ = (call);                                                                                     \
		if (got_ != 0)                                                                                         \
			fail_with(got_, err, #call);                                                                   \
	} while (0)

static inline ctr_engine_t *open_engine(const struct place *p)
{
	struct ctr_engine_opts opts;
	ctr_engine_t *engine = NULL;

	ctr_engine_opts_init(&opts, sizeof(opts));
	opts.root = p->root;
	opts.run_root = p->run;
	opts.runtime = p->runtime;
	opts.default_timeout_ns = p->timeout_ns;
	opts.log_fn = p->log_fn;
	MUST(ctr_engine_open(&opts, NULL, &engine, &err));
	return engine;
}

/* null_end: "CODE[,MILLISECONDS]" for the null runtime, or NULL: it runs until somebody ends it */
static inline ctr_spec_t *new_spec(const struct place *p, const char *name, const char *command, const char *null_end)
{
	const char *const argv[] = {"sh", "-c", command, NULL};
	ctr_spec_t *spec = NULL;

	MUST(ctr_spec_new(&spec, &err));
	if (name)
		MUST(ctr_spec_set_name(spec, name, &err));
	MUST(ctr_spec_set_rootfs(spec, p->rootfs, &err));
	MUST(ctr_spec_set_command(spec, argv, &err));
	if (null_end)
		MUST(ctr_spec_set_annotation(spec, "libctr.null.exit", null_end, &err));
	return spec;
}

static inline ctr_container_t *new_container(const struct place *p, ctr_engine_t *engine, const char *name)
{
	ctr_spec_t *spec = new_spec(p, name, "sleep 1000", NULL);
	ctr_container_t *c = NULL;

	MUST(ctr_container_create(engine, spec, NULL, &c, &err));
	ctr_spec_unref(spec);
	return c;
}

static inline struct ctr_remove_opts remove_opts(int force)
{
	struct ctr_remove_opts opts;

	ctr_remove_opts_init(&opts, sizeof(opts));
	opts.force = force;
	opts.timeout_set = 1;
	return opts;
}

static inline struct ctr_stop_opts stop_at_once(void)
{
	struct ctr_stop_opts opts;

	ctr_stop_opts_init(&opts, sizeof(opts));
	opts.timeout_set = 1;
	return opts;
}

#endif
