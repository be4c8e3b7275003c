/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a command whose output goes to our own output: container_start CONFIG.json ROOTFS */
#include <libctr/libctr.h>
#include <stdio.h>

static int run(ctr_container_t *c, int32_t *code, ctr_error_t **err)
{
	struct ctr_start_opts opts;

	ctr_start_opts_init(&opts, sizeof(opts));
	opts.use_stdio = 1;
	opts.stdin_fd = -1; /* /dev/null */
	opts.stdout_fd = 1;
	opts.stderr_fd = 2;
	if (ctr_container_start(c, &opts, NULL, err))
		return -1;
	return ctr_container_wait(c, NULL, NULL, code, err);
}

int main(int argc, char **argv)
{
	/* The annotation is for the runtime "null", which runs no command and only plays its end. */
	static const char json[] = "{\"command\":[\"sh\",\"-c\",\"echo hello\"],\"annotations\":{\"libctr.null.exit\":\"0\"}}";
	struct ctr_engine_opts opts;
	ctr_engine_t *engine = NULL;
	ctr_spec_t *spec = NULL;
	ctr_container_t *c = NULL;
	ctr_error_t *err = NULL;
	int32_t code = 1;

	if (argc < 3)
		return 2;
	ctr_engine_opts_init(&opts, sizeof(opts));
	opts.config_file = argv[1];
	if (ctr_engine_open(&opts, NULL, &engine, &err) == 0 && ctr_spec_from_json(json, CTR_STRLEN, &spec, &err) == 0 &&
	    ctr_spec_set_rootfs(spec, argv[2], &err) == 0 && ctr_container_create(engine, spec, NULL, &c, &err) == 0) {
		run(c, &code, &err);
		ctr_container_remove(c, NULL, NULL, err ? NULL : &err);
	}
	if (ctr_error_code(err) == CTR_ERR_COMMAND_NOT_FOUND)
		fprintf(stderr, "there is no sh in %s\n", argv[2]);
	else if (err)
		fprintf(stderr, "%s\n", ctr_error_message(err));
	ctr_error_unref(err);
	ctr_container_unref(c);
	ctr_spec_unref(spec);
	ctr_engine_unref(engine);
	return code;
}
