/* SPDX-License-Identifier: Apache-2.0 */
/* A program of somebody else, valid as C and as C++: makes, runs and removes a container on the null runtime, with the
 * directories and the helper programs that it is given. */
#include <libctr/libctr.h>

#include <stdio.h>
#include <string.h>

static int fail(const char *what, ctr_error_t *err)
{
	char *text = ctr_error_format(err);

	fprintf(stderr, "%s: %s\n", what, text ? text : "");
	ctr_free(text);
	ctr_error_unref(err);
	return 1;
}

static int one_container(ctr_engine_t *engine, ctr_spec_t *spec)
{
	ctr_container_t *c = NULL;
	ctr_error_t *err = NULL;
	int32_t code = -1;

	if (ctr_container_create(engine, spec, NULL, &c, &err))
		return fail("create", err);
	if (ctr_container_start(c, NULL, NULL, &err) || ctr_container_wait(c, NULL, NULL, &code, &err) ||
	    ctr_container_remove(c, NULL, NULL, &err))
		return fail("start, wait, remove", err);
	ctr_container_unref(c);
	return code == 42 ? 0 : fail("exit code", NULL);
}

int main(int argc, char **argv)
{
	static const char *const command[] = {"true", NULL};
	struct ctr_engine_opts opts;
	ctr_engine_t *engine = NULL;
	ctr_spec_t *spec = NULL;
	ctr_error_t *err = NULL;
	int result;

	if (argc != 5 || strcmp(ctr_version(), CTR_VERSION_STRING) != 0)
		return fail("usage: consumer ROOT RUN_ROOT MONITOR AGENT, of the headers' version", NULL);
	ctr_engine_opts_init(&opts, sizeof(opts));
	opts.root = argv[1];
	opts.run_root = argv[2];
	opts.monitor_path = argv[3];
	opts.agent_path = argv[4];
	opts.runtime = "null";
	opts.storage = "null";
	if (ctr_engine_open(&opts, NULL, &engine, &err))
		return fail("open", err);
	if (ctr_spec_new(&spec, &err) || ctr_spec_set_rootfs(spec, "/", &err) || ctr_spec_set_command(spec, command, &err) ||
	    ctr_spec_set_annotation(spec, "libctr.null.exit", "42", &err))
		return fail("spec", err);
	result = one_container(engine, spec);
	ctr_spec_unref(spec);
	ctr_engine_unref(engine);
	if (result == 0)
		printf("container made, run and removed with libctr %s\n", ctr_version());
	return result;
}
