/* SPDX-License-Identifier: Apache-2.0 */
/* Opens a store: engine_open [CONFIG.json] */
#include <libctr/libctr.h>
#include <stdio.h>

static void on_log(int32_t level, const char *domain, const char *message, const char *fields, void *userdata)
{
	(void)userdata;
	fprintf(stderr, "%d %s: %s %s\n", level, domain, message, fields);
}

int main(int argc, char **argv)
{
	struct ctr_engine_opts opts;
	ctr_engine_t *engine = NULL;
	ctr_error_t *err = NULL;

	ctr_engine_opts_init(&opts, sizeof(opts));
	opts.config_file = argc > 1 ? argv[1] : NULL;
	opts.log_fn = on_log;
	opts.log_level = CTR_LOG_INFO;
	if (ctr_engine_open(&opts, NULL, &engine, &err)) {
		char *text = ctr_error_format(err);
		fprintf(stderr, "%s\n", text);
		ctr_free(text);
		ctr_error_unref(err);
		return 1;
	}
	/* ... */
	ctr_engine_unref(engine);
	return 0;
}
