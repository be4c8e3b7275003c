/* SPDX-License-Identifier: Apache-2.0 */
/* What a boot script does, start what should run and tell of it: engine_recover CONFIG.json */
#include <libctr/libctr.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	struct ctr_engine_opts opts;
	ctr_engine_t *engine = NULL;
	ctr_error_t *err = NULL;
	char *json = NULL;

	if (argc < 2)
		return 2;
	ctr_engine_opts_init(&opts, sizeof(opts));
	opts.config_file = argv[1];
	if (ctr_engine_open(&opts, NULL, &engine, &err) == 0 && ctr_engine_recover(engine, NULL, NULL, &json, &err) == 0)
		puts(json);
	ctr_free(json);
	ctr_engine_unref(engine);
	if (!err)
		return 0;
	fprintf(stderr, "%s\n", ctr_error_message(err));
	ctr_error_unref(err);
	return 1;
}
