/* SPDX-License-Identifier: Apache-2.0 */
/* Times the verbs over a container that runs, over many of them, and over a pod. */
#include "bench.h"

static void remove_now(ctr_container_t *c)
{
	struct ctr_remove_opts force;

	ctr_remove_opts_init(&force, sizeof(force));
	force.force = force.timeout_set = 1;
	MUST(ctr_container_remove(c, &force, NULL, &err));
}

static struct ctr_stop_opts stop_after(uint32_t seconds)
{
	struct ctr_stop_opts opts;

	ctr_stop_opts_init(&opts, sizeof(opts));
	opts.timeout_s = seconds;
	opts.timeout_set = 1;
	return opts;
}

void many_verbs(const struct bench *b, ctr_spec_t *spec)
{
	struct ctr_stop_opts now = stop_after(0);
	ctr_container_t *c = NULL;

	MUST(ctr_container_create(b->engine, spec, NULL, &c, &err));
	MUST(ctr_container_start(c, NULL, NULL, &err));
	TIMED("pause", ctr_container_pause(c, NULL, &err));
	TIMED("unpause", ctr_container_unpause(c, NULL, &err));
	TIMED("restart", ctr_container_restart(c, &now, NULL, &err));
	remove_now(c);
	ctr_container_unref(c);
}

/* A process 1 without a handler of SIGTERM does not hear it: the benchmark's command is one that ignores it. */
void many_stop(const struct bench *b, ctr_spec_t *spec, int rounds)
{
	struct ctr_stop_opts second = stop_after(1);
	ctr_container_t *all[BENCH_MANY];

	for (int round = 0; round < rounds; round++) {
		for (int i = 0; i < BENCH_MANY; i++) {
			MUST(ctr_container_create(b->engine, spec, NULL, &all[i], &err));
			MUST(ctr_container_start(all[i], NULL, NULL, &err));
		}
		TIMED("stop_many", ctr_containers_stop_many(all, BENCH_MANY, &second, NULL, &err));
		for (int i = 0; i < BENCH_MANY; i++) {
			MUST(ctr_container_remove(all[i], NULL, NULL, &err));
			ctr_container_unref(all[i]);
		}
	}
}

void many_pod(const struct bench *b, int rounds)
{
	struct ctr_stop_opts now = stop_after(0);
	struct ctr_remove_opts force;
	ctr_spec_t *spec = bench_spec(b);
	ctr_pod_t *pod = NULL;

	MUST(ctr_pod_create(b->engine, "{\"name\": \"bench\"}", CTR_STRLEN, NULL, &pod, &err));
	MUST(ctr_spec_set_json(spec, "pod", "\"bench\"", CTR_STRLEN, &err));
	for (int i = 0; i < BENCH_MEMBERS; i++) {
		ctr_container_t *c = NULL;

		MUST(ctr_container_create(b->engine, spec, NULL, &c, &err));
		ctr_container_unref(c);
	}
	for (int round = 0; round < rounds; round++) {
		TIMED("pod_start", ctr_pod_start(pod, NULL, &err));
		MUST(ctr_pod_stop(pod, &now, NULL, &err));
	}
	ctr_remove_opts_init(&force, sizeof(force));
	force.force = force.timeout_set = 1;
	MUST(ctr_pod_remove(pod, &force, NULL, &err));
	ctr_pod_unref(pod);
	ctr_spec_unref(spec);
}
