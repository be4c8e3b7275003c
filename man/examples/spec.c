/* SPDX-License-Identifier: Apache-2.0 */
/* Builds a spec with setters and from JSON, and shows both: spec */
#include <libctr/libctr.h>
#include <stdio.h>

int main(void)
{
	static const char *const command[] = {"nginx", "-g", "daemon off;", NULL};
	static const char limits[] = "{\"memory\":{\"limit\":268435456},\"pids\":{\"limit\":64}}";
	ctr_spec_t *built = NULL, *parsed = NULL;
	ctr_error_t *err = NULL;
	char *json = NULL;

	if (ctr_spec_new(&built, &err) == 0 && ctr_spec_set_name(built, "web", &err) == 0 &&
	    ctr_spec_set_rootfs(built, "/srv/web", &err) == 0 && ctr_spec_set_command(built, command, &err) == 0 &&
	    ctr_spec_set_env(built, "LANG", "C.UTF-8", &err) == 0 && ctr_spec_drop_cap(built, "NET_BIND_SERVICE", &err) == 0 &&
	    ctr_spec_add_mount(built, "bind", "/srv/data", "/data", "ro", &err) == 0 &&
	    ctr_spec_set_json(built, "resource_limits", limits, CTR_STRLEN, &err) == 0 && ctr_spec_to_json(built, &json, &err) == 0) {
		puts(json);
		ctr_free(json);
	}
	/* A name that does not exist is refused, with its place and the nearest one. */
	if (!err && ctr_spec_from_json("{\"commands\":[\"true\"]}", CTR_STRLEN, &parsed, &err) == CTR_ERR_UNSUPPORTED_OPTION) {
		printf("%s\n", ctr_error_message(err));
		ctr_error_clear(&err);
	}
	ctr_spec_unref(parsed);
	ctr_spec_unref(built);
	if (!err)
		return 0;
	fprintf(stderr, "%s\n", ctr_error_message(err));
	ctr_error_unref(err);
	return 1;
}
