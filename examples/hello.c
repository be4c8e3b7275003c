/* SPDX-License-Identifier: Apache-2.0 */
/* Runs one command in a container, shows what it prints, prints its exit code: hello ROOTFS [COMMAND [ARG…]] */
#include <stdio.h>
#include <stdlib.h>
#include <libctr/libctr.h>

static int fail(ctr_error_t *err)
{
	char *text = ctr_error_format(err);

	fprintf(stderr, "hello: %s\n", text ? text : "out of memory");
	ctr_free(text);
	ctr_error_unref(err);
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	const char *const hello[] = { "echo", "Hello from a container", NULL };
	const char *const *command = argc > 2 ? (const char *const *)argv + 2 : hello;
	struct ctr_start_opts start;
	ctr_engine_t *engine = NULL;
	ctr_spec_t *spec = NULL;
	ctr_container_t *container = NULL;
	ctr_error_t *err = NULL;
	int32_t code = CTR_EXIT_UNKNOWN;

	if (argc < 2) {
		fprintf(stderr, "usage: hello ROOTFS [COMMAND [ARG...]]\n");
		return EXIT_FAILURE;
	}
	/* The command writes straight to our own standard streams. */
	ctr_start_opts_init(&start, sizeof(start));
	start.use_stdio = 1;
	start.stdin_fd = 0;
	start.stdout_fd = 1;
	start.stderr_fd = 2;

	if (ctr_engine_open(NULL, NULL, &engine, &err) < 0 || ctr_spec_new(&spec, &err) < 0 ||
	    ctr_spec_set_rootfs(spec, argv[1], &err) < 0 || ctr_spec_set_command(spec, command, &err) < 0 ||
	    ctr_container_create(engine, spec, NULL, &container, &err) < 0)
		return fail(err);
	if (ctr_container_start(container, &start, NULL, &err) == 0 &&
	    ctr_container_wait(container, NULL, NULL, &code, &err) == 0)
		printf("exit code %d\n", code);
	ctr_container_remove(container, NULL, NULL, &err);
	ctr_container_unref(container);
	ctr_spec_unref(spec);
	ctr_engine_unref(engine);
	return err ? fail(err) : EXIT_SUCCESS;
}
