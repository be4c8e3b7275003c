/* SPDX-License-Identifier: Apache-2.0 */
/* What scripts/demo runs: a store of its own in DIR, one container on DIR/rootfs, its output shown, listed, removed.
 * demo DIR COMMAND [ARG…]; exits with the container's exit code, 125 for an error of ours, 126/127 like a shell. */
#include <stdio.h>
#include <stdlib.h>
#include <libctr/libctr.h>

struct demo {
	ctr_engine_t *engine;
	ctr_container_t *container;
	ctr_error_t *err;
	int32_t code;
};

static int open_engine(struct demo *d, const char *dir)
{
	static char root[4096], run_root[4096];
	const char *runtime = getenv("CTR_DEMO_RUNTIME");
	struct ctr_engine_opts opts;

	snprintf(root, sizeof(root), "%s/root", dir);
	snprintf(run_root, sizeof(run_root), "%s/run", dir);
	ctr_engine_opts_init(&opts, sizeof(opts));
	opts.root = root;
	opts.run_root = run_root;
	if (runtime && *runtime)
		opts.runtime = runtime;
	return ctr_engine_open(&opts, NULL, &d->engine, &d->err);
}

static int create(struct demo *d, const char *dir, char **command)
{
	char rootfs[4096];
	ctr_spec_t *spec = NULL;
	int r;

	snprintf(rootfs, sizeof(rootfs), "%s/rootfs", dir);
	r = ctr_spec_new(&spec, &d->err);
	if (r == 0)
		r = ctr_spec_set_name(spec, "demo", &d->err);
	if (r == 0)
		r = ctr_spec_set_rootfs(spec, rootfs, &d->err);
	if (r == 0)
		r = ctr_spec_set_json(spec, "rootfs_overlay", "true", CTR_STRLEN, &d->err);
	if (r == 0)
		r = ctr_spec_set_command(spec, (const char *const *)command, &d->err);
	if (r == 0)
		r = ctr_container_create(d->engine, spec, NULL, &d->container, &d->err);
	ctr_spec_unref(spec);
	return r;
}

static int run(struct demo *d)
{
	struct ctr_start_opts start;
	int r;

	ctr_start_opts_init(&start, sizeof(start));
	start.use_stdio = 1;
	start.stdin_fd = 0;
	start.stdout_fd = 1;
	start.stderr_fd = 2;
	r = ctr_container_start(d->container, &start, NULL, &d->err);
	return r < 0 ? r : ctr_container_wait(d->container, NULL, NULL, &d->code, &d->err);
}

static void list(struct demo *d)
{
	ctr_container_list_t *all = NULL;

	if (ctr_container_list(d->engine, NULL, NULL, &all, NULL) < 0)
		return;
	for (size_t i = 0; i < ctr_container_list_count(all); i++) {
		const ctr_status_t *s = ctr_container_list_status(all, i);

		printf("-- listed: %.12s  %s  %s  exit code %d\n", ctr_status_id(s), ctr_status_name(s),
		       ctr_state_name(ctr_status_state(s)), ctr_status_exit_code(s));
	}
	fflush(stdout);
	ctr_container_list_unref(all);
}

static int report(struct demo *d, int r)
{
	char *text = ctr_error_format(d->err);

	fprintf(stderr, "demo: %s\n", text ? text : ctr_error_code_name(r));
	ctr_free(text);
	return r == CTR_ERR_COMMAND_NOT_FOUND ? 127 : r == CTR_ERR_COMMAND_NOT_EXECUTABLE ? 126 : 125;
}

int main(int argc, char **argv)
{
	struct demo d = { .code = CTR_EXIT_UNKNOWN };
	struct ctr_remove_opts force;
	int r, code;

	if (argc < 3) {
		fprintf(stderr, "usage: demo DIR COMMAND [ARG...]\n");
		return 125;
	}
	r = open_engine(&d, argv[1]);
	if (r == 0)
		r = create(&d, argv[1], argv + 2);
	if (r == 0)
		r = run(&d);
	code = r < 0 ? report(&d, r) : d.code;
	if (d.container) {
		list(&d);
		ctr_remove_opts_init(&force, sizeof(force));
		force.force = 1;
		if (ctr_container_remove(d.container, &force, NULL, NULL) == 0)
			printf("-- removed\n");
	}
	ctr_error_unref(d.err);
	ctr_container_unref(d.container);
	ctr_engine_unref(d.engine);
	return code;
}
