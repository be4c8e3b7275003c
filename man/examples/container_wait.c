/* SPDX-License-Identifier: Apache-2.0 */
/* Waits for a container in a poll loop of our own: container_wait CONFIG.json ROOTFS */
#include <libctr/libctr.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

static void follow(ctr_container_t *c, ctr_error_t **err)
{
	struct pollfd p = {-1, POLLIN, 0};
	int32_t code = CTR_EXIT_UNKNOWN;

	if (ctr_container_exit_fd(c, &p.fd, err) || ctr_container_start(c, NULL, NULL, err))
		return;
	while (poll(&p, 1, -1) <= 0)
		; /* a signal came; the other descriptors of the program would stand beside this one */
	close(p.fd);
	if (ctr_container_wait(c, NULL, NULL, &code, err) == 0)
		printf("exit code %d\n", code);
}

int main(int argc, char **argv)
{
	/* The annotation is for the runtime "null", which runs no command and only plays its end. */
	static const char json[] = "{\"command\":[\"sleep\",\"1\"],\"annotations\":{\"libctr.null.exit\":\"0\"}}";
	struct ctr_engine_opts opts;
	ctr_engine_t *engine = NULL;
	ctr_spec_t *spec = NULL;
	ctr_container_t *c = NULL;
	ctr_error_t *err = NULL;

	if (argc < 3)
		return 2;
	ctr_engine_opts_init(&opts, sizeof(opts));
	opts.config_file = argv[1];
	if (ctr_engine_open(&opts, NULL, &engine, &err) == 0 && ctr_spec_from_json(json, CTR_STRLEN, &spec, &err) == 0 &&
	    ctr_spec_set_rootfs(spec, argv[2], &err) == 0 && ctr_container_create(engine, spec, NULL, &c, &err) == 0) {
		follow(c, &err);
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
