/* SPDX-License-Identifier: Apache-2.0 */
/* Prints everything about a container: container_inspect CONFIG.json ROOTFS */
#include <libctr/libctr.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	struct ctr_engine_opts opts;
	ctr_engine_t *engine = NULL;
	ctr_spec_t *spec = NULL;
	ctr_container_t *c = NULL;
	ctr_error_t *err = NULL;

	if (argc < 3)
		return 2;
	ctr_engine_opts_init(&opts, sizeof(opts));
	opts.config_file = argv[1];
	if (ctr_engine_open(&opts, NULL, &engine, &err) == 0 &&
	    ctr_spec_from_json("{\"command\":[\"true\"]}", CTR_STRLEN, &spec, &err) == 0 &&
	    ctr_spec_set_rootfs(spec, argv[2], &err) == 0 && ctr_container_create(engine, spec, NULL, &c, &err) == 0) {
		char *json = NULL;

		if (ctr_container_inspect(c, NULL, &json, &err) == 0)
			puts(json);
		ctr_free(json);
		ctr_container_remove(c, NULL, NULL, err ? NULL : &err);
	}
	ctr_container_unref(c);
	ctr_spec_unref(spec);
	ctr_engine_unref(engine);
	if (!err)
		return 0;
	fprintf(stderr, "%s\n", ctr_error_message(err));
	ctr_error_unref(err);
	return 1;
}
