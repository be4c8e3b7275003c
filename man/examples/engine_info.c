/* SPDX-License-Identifier: Apache-2.0 */
/* Says what this machine can do, and what an engine on it is: engine_info [CONFIG.json] */
#include <libctr/libctr.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	struct ctr_engine_opts opts;
	ctr_engine_t *engine = NULL;
	ctr_error_t *err = NULL;
	char *json = NULL;

	if (ctr_probe_host(NULL, &json, &err) == 0) {
		puts(json);
		ctr_free(json);
	}
	ctr_engine_opts_init(&opts, sizeof(opts));
	opts.config_file = argc > 1 ? argv[1] : NULL;
	if (!err && ctr_engine_open(&opts, NULL, &engine, &err) == 0 && ctr_engine_info(engine, NULL, &json, &err) == 0) {
		puts(json);
		ctr_free(json);
	}
	ctr_engine_unref(engine);
	if (!err)
		return 0;
	fprintf(stderr, "%s\n", ctr_error_message(err));
	ctr_error_unref(err);
	return 1;
}
