/* SPDX-License-Identifier: Apache-2.0 */
/* Stops and starts a container with nobody in between: container_batch CONFIG.json ROOTFS */
#include <libctr/libctr.h>
#include <stdio.h>

static int again(ctr_container_t *c, void *userdata, ctr_error_t **err)
{
	int r = ctr_container_sync(c, NULL, err); /* has it ended by itself? */

	(void)userdata;
	if (r == 0)
		r = ctr_container_stop(c, NULL, NULL, err);
	if (r == CTR_ERR_STOPPED) {
		ctr_error_clear(err);
		r = 0;
	}
	return r < 0 ? r : ctr_container_start(c, NULL, NULL, err);
}

int main(int argc, char **argv)
{
	static const char *const command[] = {"/bin/sleep", "60", NULL};
	struct ctr_engine_opts opts;
	struct ctr_remove_opts force;
	ctr_engine_t *engine = NULL;
	ctr_container_t *c = NULL;
	ctr_spec_t *spec = NULL;
	ctr_error_t *err = NULL;
	int r;

	if (argc < 3)
		return 2;
	ctr_engine_opts_init(&opts, sizeof(opts));
	opts.config_file = argv[1];
	r = ctr_engine_open(&opts, NULL, &engine, &err);
	if (r == 0)
		r = ctr_spec_new(&spec, &err);
	if (r == 0)
		r = ctr_spec_set_rootfs(spec, argv[2], &err);
	if (r == 0)
		r = ctr_spec_set_command(spec, command, &err);
	if (r == 0)
		r = ctr_container_create(engine, spec, NULL, &c, &err);
	if (r == 0)
		r = ctr_container_start(c, NULL, NULL, &err);
	if (r == 0)
		r = ctr_container_batch(c, again, NULL, NULL, &err);
	if (r < 0)
		fprintf(stderr, "%s\n", ctr_error_message(err));
	ctr_remove_opts_init(&force, sizeof(force));
	force.force = 1;
	if (c)
		ctr_container_remove(c, &force, NULL, NULL);
	ctr_container_unref(c);
	ctr_spec_unref(spec);
	ctr_engine_unref(engine);
	ctr_error_unref(err);
	return r < 0;
}
