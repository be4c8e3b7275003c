/* SPDX-License-Identifier: Apache-2.0 */
/* Creates a container and finds it again: container_create CONFIG.json ROOTFS */
#include <libctr/libctr.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	static const char *const command[] = {"sh", "-c", "echo hello", NULL};
	struct ctr_engine_opts opts;
	ctr_engine_t *engine = NULL;
	ctr_spec_t *spec = NULL;
	ctr_container_t *c = NULL, *same = NULL;
	ctr_error_t *err = NULL;

	if (argc < 3)
		return 2;
	ctr_engine_opts_init(&opts, sizeof(opts));
	opts.config_file = argv[1];
	if (ctr_engine_open(&opts, NULL, &engine, &err) == 0 && ctr_spec_new(&spec, &err) == 0 &&
	    ctr_spec_set_name(spec, "greeter", &err) == 0 && ctr_spec_set_rootfs(spec, argv[2], &err) == 0 &&
	    ctr_spec_set_command(spec, command, &err) == 0 && ctr_container_create(engine, spec, NULL, &c, &err) == 0 &&
	    ctr_container_open(engine, "greeter", &same, &err) == 0)
		printf("%s is %s\n", ctr_container_name(same), ctr_container_id(c));
	if (c)
		ctr_container_remove(c, NULL, NULL, NULL);
	ctr_container_unref(same);
	ctr_container_unref(c);
	ctr_spec_unref(spec);
	ctr_engine_unref(engine);
	if (!err)
		return 0;
	fprintf(stderr, "%s\n", ctr_error_message(err));
	ctr_error_unref(err);
	return 1;
}
