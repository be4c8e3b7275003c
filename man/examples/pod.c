/* SPDX-License-Identifier: Apache-2.0 */
/* Two containers in a pod: pod CONFIG.json ROOTFS */
#include <libctr/libctr.h>
#include <stdio.h>

static int add(ctr_engine_t *engine, const char *rootfs, const char *name, ctr_error_t **err)
{
	static const char *const command[] = {"sleep", "1000", NULL};
	ctr_container_t *c = NULL;
	ctr_spec_t *spec = NULL;
	int r = ctr_spec_new(&spec, err);

	if (r == 0 && (r = ctr_spec_set_name(spec, name, err)) == 0 && (r = ctr_spec_set_rootfs(spec, rootfs, err)) == 0 &&
	    (r = ctr_spec_set_command(spec, command, err)) == 0 &&
	    (r = ctr_spec_set_json(spec, "pod", "\"shop\"", CTR_STRLEN, err)) == 0)
		r = ctr_container_create(engine, spec, NULL, &c, err);
	ctr_container_unref(c);
	ctr_spec_unref(spec);
	return r;
}

static void show(ctr_pod_t *pod)
{
	ctr_pod_status_t *status = NULL;

	if (ctr_pod_status(pod, NULL, &status, NULL) == 0)
		printf("%s: %s\n", ctr_pod_name(pod), ctr_pod_state_name(ctr_pod_status_state(status)));
	ctr_pod_status_unref(status);
}

int main(int argc, char **argv)
{
	struct ctr_engine_opts opts;
	struct ctr_remove_opts all;
	ctr_engine_t *engine = NULL;
	ctr_pod_t *pod = NULL;
	ctr_error_t *err = NULL;

	if (argc < 3)
		return 2;
	ctr_engine_opts_init(&opts, sizeof(opts));
	opts.config_file = argv[1];
	ctr_remove_opts_init(&all, sizeof(all));
	all.force = 1;
	if (ctr_engine_open(&opts, NULL, &engine, &err) == 0 &&
	    ctr_pod_create(engine, "{\"name\":\"shop\"}", CTR_STRLEN, NULL, &pod, &err) == 0 &&
	    add(engine, argv[2], "web", &err) == 0 && add(engine, argv[2], "cache", &err) == 0 &&
	    ctr_pod_start(pod, NULL, &err) == 0)
		show(pod);
	if (pod)
		ctr_pod_remove(pod, &all, NULL, NULL);
	ctr_pod_unref(pod);
	ctr_engine_unref(engine);
	if (!err)
		return 0;
	fprintf(stderr, "%s\n", ctr_error_message(err));
	ctr_error_unref(err);
	return 1;
}
