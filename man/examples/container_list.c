/* SPDX-License-Identifier: Apache-2.0 */
/* Lists running containers and those that failed: container_list [CONFIG.json] */
#include <libctr/libctr.h>
#include <stdio.h>

static void print(const ctr_container_list_t *list)
{
	for (size_t i = 0; i < ctr_container_list_count(list); i++) {
		const ctr_status_t *s = ctr_container_list_status(list, i);

		printf("%.12s %-20s %s\n", ctr_status_id(s), ctr_status_name(s), ctr_state_name(ctr_status_state(s)));
	}
}

int main(int argc, char **argv)
{
	static const char *const filters[] = {"{\"status\":[\"running\"]}",
					      "{\"status\":[\"exited\"],\"exited\":[\"1\",\"137\"]}"};
	struct ctr_engine_opts opts;
	struct ctr_list_opts which;
	ctr_engine_t *engine = NULL;
	ctr_error_t *err = NULL;

	ctr_engine_opts_init(&opts, sizeof(opts));
	opts.config_file = argc > 1 ? argv[1] : NULL;
	ctr_list_opts_init(&which, sizeof(which));
	which.filters_len = CTR_STRLEN;
	ctr_engine_open(&opts, NULL, &engine, &err);
	for (int i = 0; i < 2 && !err; i++) {
		ctr_container_list_t *list = NULL;

		which.filters = filters[i];
		if (ctr_container_list(engine, &which, NULL, &list, &err) == 0)
			print(list);
		ctr_container_list_unref(list);
	}
	ctr_engine_unref(engine);
	if (!err)
		return 0;
	fprintf(stderr, "%s\n", ctr_error_message(err));
	ctr_error_unref(err);
	return 1;
}
