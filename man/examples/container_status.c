/* SPDX-License-Identifier: Apache-2.0 */
/* Tells how a container is: container_status CONFIG.json ROOTFS */
#include <libctr/libctr.h>
#include <stdio.h>

static void print(ctr_container_t *c, ctr_error_t **err)
{
	ctr_status_t *s = NULL;

	if (ctr_container_status(c, NULL, &s, err))
		return;
	printf("%s is %s", ctr_status_name(s), ctr_state_name(ctr_status_state(s)));
	if (ctr_status_exit_known(s))
		printf(", its last run ended with %d", ctr_status_exit_code(s));
	printf("\n");
	ctr_status_unref(s);
}

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
		print(c, &err);
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
