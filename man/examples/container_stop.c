/* SPDX-License-Identifier: Apache-2.0 */
/* Starts a container and stops it, with three seconds for it to end by itself: container_stop CONFIG.json ROOTFS */
#include <libctr/libctr.h>
#include <stdio.h>

static int stop(ctr_container_t *c, ctr_error_t **err)
{
	struct ctr_stop_opts opts;
	ctr_error_t *why = NULL;

	ctr_stop_opts_init(&opts, sizeof(opts));
	opts.timeout_s = 3;
	if (ctr_container_stop(c, &opts, NULL, &why) == 0)
		return 0;
	if (ctr_error_code(why) == CTR_ERR_STOPPED) { /* it was faster than we: as good */
		ctr_error_unref(why);
		return 0;
	}
	*err = why;
	return -1;
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
	    ctr_spec_from_json("{\"command\":[\"sleep\",\"1000\"]}", CTR_STRLEN, &spec, &err) == 0 &&
	    ctr_spec_set_rootfs(spec, argv[2], &err) == 0 && ctr_container_create(engine, spec, NULL, &c, &err) == 0 &&
	    ctr_container_start(c, NULL, NULL, &err) == 0 && stop(c, &err) == 0 && ctr_container_remove(c, NULL, NULL, &err) == 0)
		puts("stopped and removed");
	ctr_container_unref(c);
	ctr_spec_unref(spec);
	ctr_engine_unref(engine);
	if (!err)
		return 0;
	fprintf(stderr, "%s\n", ctr_error_message(err));
	ctr_error_unref(err);
	return 1;
}
