/* SPDX-License-Identifier: Apache-2.0 */
/* pod create, and the pod that run and create make themselves with --pod new:NAME. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ctrtool.h"

const struct flag pod_create_flags[] = {
	{ "name", 'n', FLAG_VALUE, "NAME", "name of the pod", NULL },
	{ "hostname", 0, FLAG_VALUE, "NAME", "host name of all that share uts", NULL },
	{ "label", 'l', FLAG_LIST, "K[=V]", "label", NULL },
	{ "share", 0, FLAG_VALUE, "LIST", "namespaces its containers share: ipc,net,uts,pid,cgroup or none", NULL },
	{ "share-parent", 0, FLAG_BOOL, NULL, "its containers' cgroups lie in its own (true)", NULL },
	{ "infra", 0, FLAG_BOOL, NULL, "with an infra container, which holds what is shared (true)", NULL },
	{ "infra-command", 0, FLAG_VALUE, "WORD|JSON", "what runs in it", NULL },
	{ "infra-name", 0, FLAG_VALUE, "NAME", "its name", NULL },
	{ "exit-policy", 0, FLAG_VALUE, "continue|stop", "what becomes of the pod when its last container has ended (continue)", NULL },
	{ "restart", 0, FLAG_VALUE, "POLICY[:N]", "of containers that say nothing of it: no, always, on-failure[:N] or unless-stopped", NULL },
	{ "cgroup-parent", 0, FLAG_VALUE, "PATH", "cgroup its cgroup lies in", NULL },
	{ "memory", 'm', FLAG_VALUE, "SIZE", "memory limit of all together (b, k, m, g)", NULL },
	{ "memory-swap", 0, FLAG_VALUE, "SIZE", "memory and swap limit, -1 = none", NULL },
	{ "cpus", 0, FLAG_VALUE, "N", "CPUs they may use, such as 1.5", NULL },
	{ "cpu-shares", 'c', FLAG_VALUE, "N", "relative weight of their CPU time", NULL },
	{ "cpuset-cpus", 0, FLAG_VALUE, "LIST", "CPUs they may run on", NULL },
	{ "cpuset-mems", 0, FLAG_VALUE, "LIST", "memory nodes they may use", NULL },
	{ "pids-limit", 0, FLAG_VALUE, "N", "number of processes of all together, -1 = no limit", NULL },
	{ "network", 0, FLAG_VALUE, "MODE", "of the infra container: none, host, private or ns:PATH", NULL },
	{ "net", 0, FLAG_VALUE, "MODE", NULL, "network" },
	{ "pid", 0, FLAG_VALUE, "MODE", "of the infra container: private, host or ns:PATH", NULL },
	{ "uts", 0, FLAG_VALUE, "MODE", "of the infra container: private, host or ns:PATH", NULL },
	{ "sysctl", 0, FLAG_LIST, "K=V", "kernel parameter of shared namespaces", NULL },
	{ "shm-size", 0, FLAG_VALUE, "SIZE", "size of the shared /dev/shm", NULL },
	FLAG_END,
};

static ctr_pod_t *make(struct tool *t, struct json_object *spec)
{
	struct json_object *typed = json_object_new_array();
	ctr_pod_t *p = NULL;
	ctr_error_t *err = NULL;

	for (const char *const *w = t->own_argv; *w; w++)
		json_object_array_add(typed, json_object_new_string(*w));
	json_object_object_add(spec, "pod_create_command", typed);
	if (tool_engine(t) == 0 && ctr_pod_create(t->engine, json_object_to_json_string_ext(spec, JSON_C_TO_STRING_PLAIN), CTR_STRLEN, NULL, &p, &err) < 0)
		fail_error(NULL, err);
	return p;
}

/* The one word that may follow the flags is the name, as podman has it. */
static int check_words(const struct args *a)
{
	if (a->n_rest > 1)
		return fail("'ctrtool %s' takes one name, not %zu", a->verb, a->n_rest);
	if (a->n_rest && args_value(a, "name", NULL))
		return fail("the pod's name is given twice: --name %s and %s", args_value(a, "name", ""), a->rest[0]);
	return 0;
}

int verb_pod_create(struct tool *t, const struct args *a)
{
	struct json_object *spec;
	ctr_pod_t *p = NULL;

	if (check_words(a))
		return EXIT_ENGINE;
	spec = json_object_new_object();
	if (a->n_rest)
		json_object_object_add(spec, "name", json_object_new_string(a->rest[0]));
	if (!convert_flags(spec, a))
		p = make(t, spec);
	json_object_put(spec);
	if (!p)
		return EXIT_ENGINE;
	puts(ctr_pod_id(p));
	ctr_pod_unref(p);
	return EXIT_SUCCESS;
}

int new_pod(struct tool *t, const struct args *a, ctr_pod_t **ret)
{
	static const char *const shared[] = { "hostname", "netns" };
	const char *said = args_value(a, "pod", "");
	struct json_object *spec, *all;

	*ret = NULL;
	if (strncmp(said, "new:", 4) != 0)
		return 0;
	if (!said[4])
		return fail("--pod \"%s\" lacks the new pod's name", said);
	all = json_object_new_object();
	spec = json_object_new_object();
	json_object_object_add(spec, "name", json_object_new_string(said + 4));
	if (!convert_flags(all, a)) {
		/* What all members share is the pod's, as it is for podman. */
		for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++) {
			struct json_object *value = NULL;

			if (json_object_object_get_ex(all, shared[i], &value))
				json_object_object_add(spec, shared[i], json_object_get(value));
		}
		*ret = make(t, spec);
	}
	json_object_put(spec);
	json_object_put(all);
	return *ret ? 0 : EXIT_ENGINE;
}
