/* SPDX-License-Identifier: Apache-2.0 */
/* Follows what a container says from its first word to its end: container_logs CONFIG.json ROOTFS */
#include <libctr/libctr.h>
#include <stdio.h>
#include <string.h>

static void print(const ctr_log_record_t *rec)
{
	size_t len = 0;
	const void *data = ctr_log_record_data(rec, &len);
	uint64_t lost;

	if (ctr_log_record_stream(rec) != CTR_STREAM_GAP) {
		fwrite(data, 1, len, ctr_log_record_stream(rec) == CTR_STREAM_STDERR ? stderr : stdout);
		return;
	}
	memcpy(&lost, data, sizeof(lost));
	fprintf(stderr, "[before %s something is missing: %llu bytes]\n", ctr_log_record_cursor(rec), (unsigned long long)lost);
}

static void follow(ctr_container_t *c, ctr_error_t **err)
{
	struct ctr_log_opts opts;
	ctr_log_reader_t *reader = NULL;
	ctr_log_record_t *rec = NULL;

	ctr_log_opts_init(&opts, sizeof(opts));
	opts.follow = 1;
	if (ctr_container_logs(c, &opts, NULL, &reader, err))
		return;
	if (ctr_container_start(c, NULL, NULL, err)) {
		ctr_log_reader_unref(reader);
		return;
	}
	while (ctr_log_reader_wait(reader, NULL, err) == 0 && ctr_log_reader_next(reader, &rec, err) == 0) {
		print(rec);
		ctr_log_record_unref(rec);
	}
	ctr_log_reader_unref(reader);
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
