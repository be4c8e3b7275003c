/* SPDX-License-Identifier: Apache-2.0 */
/* Removes a container in whatever state it is: container_remove CONFIG.json NAME */
#include <libctr/libctr.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	struct ctr_engine_opts opts;
	struct ctr_remove_opts how;
	ctr_engine_t *engine = NULL;
	ctr_container_t *c = NULL;
	ctr_error_t *err = NULL;
	int code;

	if (argc < 3)
		return 2;
	ctr_engine_opts_init(&opts, sizeof(opts));
	opts.config_file = argv[1];
	ctr_remove_opts_init(&how, sizeof(how));
	how.force = 1;
	how.timeout_set = 1; /* with timeout_s 0: SIGKILL at once */
	if (ctr_engine_open(&opts, NULL, &engine, &err) == 0 && ctr_container_open(engine, argv[2], &c, &err) == 0)
		ctr_container_remove(c, &how, NULL, &err);
	ctr_container_unref(c);
	ctr_engine_unref(engine);
	code = ctr_error_code(err);
	if (code == CTR_ERR_NO_SUCH_CONTAINER)
		code = 0; /* nothing to do */
	else if (err)
		fprintf(stderr, "%s\n", ctr_error_message(err));
	ctr_error_unref(err);
	return code != 0;
}
