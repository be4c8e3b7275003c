/* SPDX-License-Identifier: Apache-2.0 */
/* Starts a container, pauses it, lets it go on and removes it: container_pause CONFIG.json ROOTFS */
#include <libctr/libctr.h>
#include <stdio.h>

static int show(ctr_container_t *c, ctr_error_t **err)
{
	ctr_status_t *status = NULL;
	int r = ctr_container_status(c, NULL, &status, err);

	if (r == 0)
		puts(ctr_state_name(ctr_status_state(status)));
	ctr_status_unref(status);
	return r;
}

int main(int argc, char **argv)
{
	struct ctr_engine_opts opts;
	struct ctr_remove_opts force;
	ctr_engine_t *engine = NULL;
	ctr_spec_t *spec = NULL;
	ctr_container_t *c = NULL;
	ctr_error_t *err = NULL;

	if (argc < 3)
		return 2;
	ctr_engine_opts_init(&opts, sizeof(opts));
	ctr_remove_opts_init(&force, sizeof(force));
	opts.config_file = argv[1];
	force.force = 1;
	if (ctr_engine_open(&opts, NULL, &engine, &err) == 0 &&
	    ctr_spec_from_json("{\"command\":[\"sleep\",\"1000\"]}", CTR_STRLEN, &spec, &err) == 0 &&
	    ctr_spec_set_rootfs(spec, argv[2], &err) == 0 && ctr_container_create(engine, spec, NULL, &c, &err) == 0 &&
	    ctr_container_start(c, NULL, NULL, &err) == 0 && ctr_container_pause(c, NULL, &err) == 0 && show(c, &err) == 0 &&
	    ctr_container_unpause(c, NULL, &err) == 0 && show(c, &err) == 0)
		ctr_container_remove(c, &force, NULL, &err);
	ctr_container_unref(c);
	ctr_spec_unref(spec);
	ctr_engine_unref(engine);
	if (!err)
		return 0;
	fprintf(stderr, "%s\n", ctr_error_message(err));
	ctr_error_unref(err);
	return 1;
}
