/* SPDX-License-Identifier: Apache-2.0 */
/* Makes a pod of two containers, starts it, and stops it, which takes as long as the slower one: pod_start CONFIG.json ROOTFS */
#include <libctr/libctr.h>
#include <stdio.h>

static int add(ctr_engine_t *engine, const char *json, const char *rootfs, ctr_error_t **err)
{
	ctr_spec_t *spec = NULL;
	ctr_container_t *c = NULL;
	int r = ctr_spec_from_json(json, CTR_STRLEN, &spec, err);

	if (r == 0)
		r = ctr_spec_set_rootfs(spec, rootfs, err);
	if (r == 0)
		r = ctr_container_create(engine, spec, NULL, &c, err);
	ctr_container_unref(c);
	ctr_spec_unref(spec);
	return r;
}

static int run(ctr_engine_t *engine, const char *rootfs, ctr_error_t **err)
{
	struct ctr_remove_opts force;
	ctr_pod_t *pod = NULL;
	int r = ctr_pod_create(engine, "{\"name\":\"shop\",\"shared_namespaces\":[]}", CTR_STRLEN, NULL, &pod, err);

	if (r == 0)
		r = add(engine, "{\"name\":\"db\",\"pod\":\"shop\",\"command\":[\"sleep\",\"1000\"]}", rootfs, err);
	if (r == 0)
		r = add(engine, "{\"name\":\"web\",\"pod\":\"shop\",\"dependencyContainers\":[\"db\"],\"command\":[\"sleep\",\"1000\"]}", rootfs, err);
	if (r == 0)
		r = ctr_pod_start(pod, NULL, err);
	if (r == CTR_ERR_PARTIAL)
		fprintf(stderr, "%s\n", ctr_error_detail(*err, "results"));
	if (r == 0)
		r = ctr_pod_stop(pod, NULL, NULL, err);
	if (r == 0)
		puts("started and stopped");
	ctr_remove_opts_init(&force, sizeof(force));
	force.force = 1;
	if (pod && ctr_pod_remove(pod, &force, NULL, r == 0 ? err : NULL) < 0)
		r = -1;
	ctr_pod_unref(pod);
	return r;
}

int main(int argc, char **argv)
{
	struct ctr_engine_opts opts;
	ctr_engine_t *engine = NULL;
	ctr_error_t *err = NULL;

	if (argc < 3)
		return 2;
	ctr_engine_opts_init(&opts, sizeof(opts));
	opts.config_file = argv[1];
	if (ctr_engine_open(&opts, NULL, &engine, &err) == 0)
		(void)run(engine, argv[2], &err);
	ctr_engine_unref(engine);
	if (!err)
		return 0;
	fprintf(stderr, "%s\n", ctr_error_message(err));
	ctr_error_unref(err);
	return 1;
}
