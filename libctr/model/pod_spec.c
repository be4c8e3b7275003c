/* SPDX-License-Identifier: Apache-2.0 */
/* Every field of Podman's PodSpecGenerator in one table, and the rules between them. */
#include "model/pod_spec.h"

#include <string.h>
#include "base/mem.h"
#include "model/ident.h"
#include "model/spec.h"
#include "model/spec_table.h"

#define INFRA_NAME_SUFFIX "-infra"
#define INFRA_STOP_TIMEOUT 10

static const struct {
	const char *word, *field; /* in shared_namespaces, and of a container's spec */
	int by_default;
} shareable[] = {
    {"ipc", "ipcns", 1}, {"net", "netns", 1},	    {"uts", "utsns", 1},
    {"pid", "pidns", 0}, {"cgroup", "cgroupns", 0}, {"user", "userns", 0},
};

/* ---- the table ---- */

static int check_pod_name(json_t *value, const struct spec_field *field UNUSED, const char *path, json_t **ret,
			  ctr_error_t **err)
{
	const char *text;
	int r = spec_string(value, path, &text, err);

	if (r < 0)
		return r;
	text = ident_plain_name(text);
	r = ident_check_name("pod", text, err);
	if (r < 0)
		error_detail(err, "path", path);
	return r < 0 ? r : spec_give_string(text, ret, err);
}

/* A field that a container's spec has too: the same values, the same sentences. */
static int check_as_container(json_t *value, const struct spec_field *field, const char *path, json_t **ret,
			      ctr_error_t **err)
{
	const struct spec_field *twin = NULL;
	int r = spec_find_field(spec_fields, spec_n_fields, "", field->name, &twin, err);

	return r < 0 ? r : twin->check(value, twin, path, ret, err);
}

static int check_shared(json_t *value, const struct spec_field *field UNUSED, const char *path, json_t **ret,
			ctr_error_t **err)
{
	const char *text;
	int r = spec_string(value, path, &text, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < ARRAY_SIZE(shareable); i++)
		if (STREQ(shareable[i].word, text))
			return spec_give_string(text, ret, err);
	if (STREQ(text, "mnt"))
		return spec_bad(err, path, "cannot be \"mnt\": every container has a root file system of its own");
	return spec_bad(err, path,
			"must be one of \"ipc\", \"net\", \"uts\", \"pid\", \"cgroup\", \"user\", not \"%s\"", text);
}

static int not_for_pods(ctr_error_t **err, const char *prefix, const char *name)
{
	CLEANUP_FREE char *path = str_printf("%s.%s", prefix, name);

	if (!path)
		return error_no_memory(err);
	error_set(err, CTR_ERR_UNSUPPORTED_OPTION, DOMAIN_CORE,
		  "the spec field \"%s\" cannot be set for a pod; set it for its containers", path);
	error_detail(err, "path", path);
	return CTR_ERR_UNSUPPORTED_OPTION;
}

static const char *const exit_policies[] = {"", "continue", "stop", NULL};
static const char *const restart_policies[] = {"", "no", "always", "on-failure", "unless-stopped", NULL};
static const struct spec_field a_string[] = {{.name = "", .check = spec_check_string}};
static const struct spec_field a_shared[] = {{.name = "", .check = check_shared}};

#define OF(n, fn)                                                                                                      \
	{                                                                                                              \
		.name = (n), .check = (fn)                                                                             \
	}
#define SAME(n) OF(n, check_as_container)
#define STRINGS(n)                                                                                                     \
	{                                                                                                              \
		.name = (n), .check = spec_check_list, .sub = a_string, .n_sub = 1                                     \
	}
#define WORD(n, list)                                                                                                  \
	{                                                                                                              \
		.name = (n), .check = spec_check_word, .words = (list)                                                 \
	}
#define NOT_YET(n)                                                                                                     \
	{                                                                                                              \
		.name = (n), .when = SPEC_NOT_YET                                                                      \
	}
#define REFUSED(n)                                                                                                     \
	{                                                                                                              \
		.name = (n), .when = SPEC_REFUSED                                                                      \
	}

static const struct spec_field pod_fields[] = {
    OF("name", check_pod_name),
    SAME("hostname"),
    SAME("labels"),
    WORD("exit_policy", exit_policies),
    OF("no_infra", spec_check_bool),
    STRINGS("infra_command"),
    OF("infra_name", spec_check_name),
    {.name = "shared_namespaces", .check = spec_check_list, .sub = a_shared, .n_sub = 1},
    WORD("restart_policy", restart_policies),
    {.name = "restart_tries", .check = spec_check_int, .min = 0, .max = UINT32_MAX},
    OF("share_parent", spec_check_bool),
    SAME("cgroup_parent"),
    SAME("resource_limits"),
    SAME("sysctl"),
    SAME("shm_size"),
    SAME("pidns"),
    SAME("ipcns"),
    SAME("utsns"),
    SAME("netns"),
    SAME("userns"),
    SAME("mounts"),
    STRINGS("pod_create_command"),

    NOT_YET("infra_image"),
    NOT_YET("volumes"),
    NOT_YET("overlay_volumes"),
    NOT_YET("image_volumes"),
    NOT_YET("volumes_from"),
    NOT_YET("pod_devices"),
    NOT_YET("security_opt"),
    NOT_YET("idmappings"),
    NOT_YET("Networks"),
    NOT_YET("portmappings"),
    NOT_YET("network_options"),
    NOT_YET("no_manage_resolv_conf"),
    NOT_YET("no_manage_hosts"),
    NOT_YET("no_manage_hostname"),
    NOT_YET("dns_server"),
    NOT_YET("dns_search"),
    NOT_YET("dns_option"),
    NOT_YET("hostadd"),
    NOT_YET("hosts_file"),
    NOT_YET("cpu_period"),
    NOT_YET("cpu_quota"),
    NOT_YET("throttleReadBpsDevice"),
    NOT_YET("shm_size_systemd"),
    REFUSED("cni_networks"),
    REFUSED("infra_conmon_pid_file"),
    REFUSED("serviceContainerID"),
};

/* ---- readers ---- */

static int has(json_t *doc, const char *field)
{
	json_t *value = json_get(doc, field);

	if (!value)
		return 0;
	switch (json_object_get_type(value)) {
	case json_type_object:
		return json_object_object_length(value) > 0;
	case json_type_array:
		return json_object_array_length(value) > 0;
	case json_type_string:
		return json_object_get_string_len(value) > 0;
	default:
		return 1;
	}
}

int pod_spec_has_infra(json_t *doc)
{
	return !json_get_bool(doc, "no_infra", 0);
}

int pod_spec_share_parent(json_t *doc)
{
	return json_get_bool(doc, "share_parent", 1);
}

const char *pod_spec_exit_policy(json_t *doc)
{
	const char *said = json_get_str(doc, "exit_policy", "");

	return said[0] ? said : "continue";
}

static int is_listed(json_t *list, const char *word)
{
	for (size_t i = 0; i < json_object_array_length(list); i++)
		if (STREQ(json_object_get_string(json_object_array_get_idx(list, i)), word))
			return 1;
	return 0;
}

int pod_spec_shares(json_t *doc, const char *what)
{
	json_t *list = json_get(doc, "shared_namespaces");

	if (!pod_spec_has_infra(doc))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(shareable); i++) {
		if (!STREQ(shareable[i].word, what))
			continue;
		/* Whoever has ids of his own cannot enter the other namespaces from outside theirs. */
		if (STREQ(what, "user") && STREQ(config_ns(doc, "userns", NULL), "private"))
			return 1;
		return list ? is_listed(list, what) : shareable[i].by_default;
	}
	return 0;
}

json_t *pod_spec_shared(json_t *doc)
{
	json_t *list = json_object_new_array();

	for (size_t i = 0; list && i < ARRAY_SIZE(shareable); i++) {
		if (pod_spec_shares(doc, shareable[i].word) && json_push_str(list, shareable[i].word) < 0) {
			json_object_put(list);
			return NULL;
		}
	}
	return list;
}

/* ---- rules ---- */

static int rule_infra(json_t *doc, ctr_error_t **err)
{
	static const char *const its[] = {"infra_command", "infra_name", "shared_namespaces",
					  "hostname",	   "sysctl",	 "shm_size",
					  "mounts",	   "pidns",	 "ipcns",
					  "utsns",	   "netns",	 "userns"};

	for (size_t i = 0; !pod_spec_has_infra(doc) && i < ARRAY_SIZE(its); i++)
		if (has(doc, its[i]))
			return spec_bad(err, its[i], "needs an infra container, but no_infra says that there is none");
	return 0;
}

static int rule_shared(json_t *doc, ctr_error_t **err)
{
	if (has(doc, "hostname") && !pod_spec_shares(doc, "uts"))
		return spec_bad(err, "hostname", "needs \"uts\" among the shared_namespaces");
	if (has(doc, "shm_size") && !pod_spec_shares(doc, "ipc"))
		return spec_bad(err, "shm_size", "needs \"ipc\" among the shared_namespaces");
	return 0;
}

/* "container" and "pod" would make the infra container a member of something else. */
static int rule_own(json_t *doc, ctr_error_t **err)
{
	for (size_t i = 0; i < ARRAY_SIZE(shareable); i++) {
		const char *mode = config_ns(doc, shareable[i].field, NULL);

		if (STREQ(mode, "container") || STREQ(mode, "pod"))
			return spec_bad(err, shareable[i].field, "of a pod cannot be of mode \"%s\"", mode);
	}
	return 0;
}

static int rule_policy(json_t *doc, ctr_error_t **err)
{
	if (json_get_i64(doc, "restart_tries", 0) > 0 && !STREQ(json_get_str(doc, "restart_policy", ""), "on-failure"))
		return spec_bad(err, "restart_tries", "needs restart_policy \"on-failure\"");
	return 0;
}

/* What can be set for all members together; the rest is a container's own. */
static int rule_limits(json_t *doc, ctr_error_t **err)
{
	static const char *const taken[] = {"memory.limit", "memory.reservation", "memory.swap",
					    "cpu.shares",   "cpu.quota",	  "cpu.period",
					    "cpu.cpus",	    "cpu.mems",		  "pids.limit"};
	json_t *limits = json_get(doc, "resource_limits");

	if (!limits)
		return 0;
	if (has(doc, "resource_limits") && !pod_spec_share_parent(doc))
		return spec_bad(err, "resource_limits",
				"needs share_parent: they are set on the cgroup that members share");
	json_object_object_foreach(limits, member, object)
	{
		if (!object || json_object_get_type(object) != json_type_object)
			return not_for_pods(err, "resource_limits", member);
		json_object_object_foreach(object, key, value)
		{
			CLEANUP_FREE char *path = str_printf("%s.%s", member, key);
			int known = 0;

			(void)value;
			if (!path)
				return error_no_memory(err);
			for (size_t i = 0; i < ARRAY_SIZE(taken); i++)
				known |= STREQ(path, taken[i]);
			if (!known)
				return not_for_pods(err, "resource_limits", path);
		}
	}
	return 0;
}

static int check_together(json_t *doc, ctr_error_t **err)
{
	static int (*const rules[])(json_t *, ctr_error_t **) = {rule_infra, rule_own, rule_shared, rule_policy,
								 rule_limits};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(rules); i++)
		r = rules[i](doc, err);
	return r;
}

int pod_spec_parse(const char *text, size_t len, json_t **ret, ctr_error_t **err)
{
	const struct spec_field whole = {.sub = pod_fields, .n_sub = ARRAY_SIZE(pod_fields)};
	CLEANUP_JSON json_t *given = NULL, *doc = NULL;
	int r = spec_parse_text("the pod's spec", text, len, &given, err);

	if (r < 0)
		return r;
	if (!given || json_object_get_type(given) != json_type_object)
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE, "the pod's spec must be a JSON object");
	r = spec_check_object(given, &whole, "", &doc, err);
	if (r == 0)
		r = check_together(doc, err);
	if (r == 0)
		*ret = TAKE_PTR(doc);
	return r;
}

/* ---- the infra container ---- */

static int copy_field(json_t *from, json_t *to, const char *field)
{
	json_t *value = json_get(from, field);

	return value ? json_put(to, field, json_object_get(value)) : 0;
}

static int put_ns(json_t *doc, const char *field, const char *mode, const char *value)
{
	CLEANUP_JSON json_t *ns = json_object_new_object();

	if (!ns || json_put_str(ns, "nsmode", mode) < 0 || (value && json_put_str(ns, "value", value) < 0))
		return -ENOMEM;
	return json_put(doc, field, TAKE_PTR(ns));
}

static int put_words(json_t *doc, const char *field, const char *const *words)
{
	return json_put_strv(doc, field, words);
}

static int put_infra_name(json_t *pod_doc, const char *pod_id, json_t *doc)
{
	CLEANUP_FREE char *name = NULL;

	if (has(pod_doc, "infra_name"))
		return json_put_str(doc, "name", json_get_str(pod_doc, "infra_name", ""));
	name = str_printf("%.12s" INFRA_NAME_SUFFIX, pod_id);
	return name ? json_put_str(doc, "name", name) : -ENOMEM;
}

static int put_infra_command(json_t *pod_doc, json_t *doc)
{
	static const char *const pause[] = {"/ctr-init", "-P", NULL};

	return has(pod_doc, "infra_command")
		   ? json_put(doc, "command", json_object_get(json_get(pod_doc, "infra_command")))
		   : put_words(doc, "command", pause);
}

static int fill_infra(json_t *pod_doc, const char *pod_name, json_t *doc)
{
	static const char *const same[] = {"sysctl", "shm_size", "pidns",  "ipcns",
					   "utsns",  "netns",	 "userns", "mounts"};
	const char *hostname = has(pod_doc, "hostname") ? json_get_str(pod_doc, "hostname", "") : pod_name;
	int r = json_put_bool(doc, "read_only_filesystem", 1) | json_put_i64(doc, "stop_timeout", INFRA_STOP_TIMEOUT);

	for (size_t i = 0; i < ARRAY_SIZE(same); i++)
		r |= copy_field(pod_doc, doc, same[i]);
	/* A name of a pod may be longer than a host's. */
	if (STREQ(config_ns(pod_doc, "utsns", NULL), "private") && strlen(hostname) < ID_SIZE_HOSTNAME)
		r |= json_put_str(doc, "hostname", hostname);
	return r;
}

int pod_spec_infra(json_t *pod_doc, const char *pod_id, const char *pod_name, const char *rootfs, const char *cgroup,
		   json_t **ret, ctr_error_t **err)
{
	CLEANUP_JSON json_t *doc = json_object_new_object();

	if (!doc || put_infra_name(pod_doc, pod_id, doc) < 0 || put_infra_command(pod_doc, doc) < 0 ||
	    json_put_str(doc, "rootfs", rootfs) < 0 || json_put_str(doc, "pod", pod_id) < 0 ||
	    fill_infra(pod_doc, pod_name, doc) != 0 || (*cgroup && json_put_str(doc, "cgroup_parent", cgroup) < 0))
		return error_no_memory(err);
	*ret = TAKE_PTR(doc);
	return 0;
}

/* ---- members ---- */

static int is_default(json_t *doc, const char *field)
{
	json_t *ns = json_get(doc, field);
	const char *mode = ns ? json_get_str(ns, "nsmode", "") : "";

	return !mode[0] || STREQ(mode, "default") || STREQ(mode, "pod");
}

/* Joins what the pod shares; what the member says itself stands, but for the network, which is the pod's. */
static int join_namespaces(json_t *pod_doc, const char *pod_name, const char *infra_id, json_t *doc, ctr_error_t **err)
{
	for (size_t i = 0; i < ARRAY_SIZE(shareable); i++) {
		const char *field = shareable[i].field;
		json_t *ns = json_get(doc, field);
		int from_pod = ns && STREQ(json_get_str(ns, "nsmode", ""), "pod");

		if (from_pod && !*infra_id)
			return spec_bad(err, field, "cannot be \"pod\": pod %s has no infra container", pod_name);
		if (!from_pod && !pod_spec_shares(pod_doc, shareable[i].word))
			continue;
		if (!is_default(doc, field)) {
			if (STREQ(field, "netns"))
				return spec_bad(err, field, "cannot be set: the network is that of pod %s", pod_name);
			continue;
		}
		if (put_ns(doc, field, "container", infra_id) < 0)
			return error_no_memory(err);
	}
	return 0;
}

static int join_hostname(json_t *pod_doc, const char *pod_name, const char *infra_id, json_t *doc, ctr_error_t **err)
{
	const char *value = "", *hostname;

	if (!STREQ(config_ns(doc, "utsns", &value), "container") || !*infra_id || !STREQ(value, infra_id))
		return 0;
	if (has(doc, "hostname"))
		return spec_bad(err, "hostname", "cannot be set: it is that of pod %s, whose UTS namespace is shared",
				pod_name);
	hostname = has(pod_doc, "hostname") ? json_get_str(pod_doc, "hostname", "") : pod_name;
	if (strlen(hostname) < ID_SIZE_HOSTNAME && json_put_str(doc, "hostname", hostname) < 0)
		return error_no_memory(err);
	return 0;
}

static int join_cgroup(json_t *pod_doc, const char *cgroup, json_t *doc)
{
	const char *mode = json_get_str(doc, "cgroups_mode", "");

	if (!*cgroup || !pod_spec_share_parent(pod_doc) || has(doc, "cgroup_parent") || STREQ(mode, "disabled") ||
	    STREQ(mode, "split"))
		return 0;
	return json_put_str(doc, "cgroup_parent", cgroup);
}

static int join_policy(json_t *pod_doc, json_t *doc)
{
	if (has(doc, "restart_policy") || !has(pod_doc, "restart_policy") || has(doc, "init_container_type"))
		return 0;
	return copy_field(pod_doc, doc, "restart_policy") | copy_field(pod_doc, doc, "restart_tries");
}

static int check_shared_ns(json_t *doc, ctr_error_t **err)
{
	if (json_get_bool(doc, "init", 0) && STREQ(config_ns(doc, "pidns", NULL), "container"))
		return spec_bad(err, "init", "needs a private pid namespace, but the pod's is shared");
	if (has(doc, "shm_size") && STREQ(config_ns(doc, "ipcns", NULL), "container"))
		return spec_bad(err, "shm_size", "needs an IPC namespace of the container's own");
	return 0;
}

int pod_spec_apply(json_t *pod_doc, const char *pod_name, const char *infra_id, const char *cgroup, json_t *doc,
		   ctr_error_t **err)
{
	int r = join_namespaces(pod_doc, pod_name, infra_id, doc, err);

	if (r < 0 || (r = join_hostname(pod_doc, pod_name, infra_id, doc, err)) < 0 ||
	    (r = check_shared_ns(doc, err)) < 0)
		return r;
	return join_cgroup(pod_doc, cgroup, doc) < 0 || join_policy(pod_doc, doc) != 0 ? error_no_memory(err) : 0;
}
