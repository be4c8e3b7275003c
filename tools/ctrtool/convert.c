/* SPDX-License-Identifier: Apache-2.0 */
/* From podman's flags to the words of the spec of a container, of a pod, of an update: one table. */
#include <ctype.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "ctrtool.h"

typedef struct json_object json;

/* "512m" -> bytes; -1 for "-1"; -2 when it cannot be read */
int64_t size_from(const char *text)
{
	static const char units[] = "bkmgt";
	char *end;
	double n = strtod(text, &end);
	const char *unit = *end ? strchr(units, tolower((unsigned char)*end)) : units;

	if (strcmp(text, "-1") == 0)
		return -1;
	if (end == text || !unit || n < 0 || n > 9e15 || (*end && end[1] && strcasecmp(end + 1, "b") != 0 && strcasecmp(end + 1, "ib") != 0))
		return -2;
	for (; unit > units; unit--)
		n *= 1024;
	return (int64_t)n;
}

static json *at(json *o, const char *key)
{
	json *child;

	if (json_object_object_get_ex(o, key, &child))
		return child;
	child = json_object_new_object();
	json_object_object_add(o, key, child);
	return child;
}

static json *list_at(json *o, const char *key)
{
	json *child;

	if (json_object_object_get_ex(o, key, &child))
		return child;
	child = json_object_new_array();
	json_object_object_add(o, key, child);
	return child;
}

static void push(json *o, const char *key, const char *text)
{
	json_object_array_add(list_at(o, key), json_object_new_string(text));
}

static void push_split(json *arr, char *text)
{
	char *save = NULL;

	for (char *word = strtok_r(text, ",", &save); word; word = strtok_r(NULL, ",", &save))
		json_object_array_add(arr, json_object_new_string(word));
}

typedef int (*convert_fn)(json *spec, const char *field, const char *flag, const char *value);

static int as_text(json *spec, const char *field, const char *flag, const char *value)
{
	(void)flag;
	json_object_object_add(spec, field, json_object_new_string(value));
	return 0;
}

static int as_bool(json *spec, const char *field, const char *flag, const char *value)
{
	(void)flag;
	json_object_object_add(spec, field, json_object_new_boolean(strcmp(value, "false") != 0));
	return 0;
}

static int as_number(json *spec, const char *field, const char *flag, const char *value)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(value, &end, 10);
	if (errno || end == value || *end)
		return fail("--%s \"%s\" is not a number", flag, value);
	json_object_object_add(spec, field, json_object_new_int64(n));
	return 0;
}

static int as_size(json *spec, const char *field, const char *flag, const char *value)
{
	int64_t n = size_from(value);

	if (n == -2)
		return fail("--%s \"%s\" is not a size; use a number with b, k, m or g", flag, value);
	json_object_object_add(spec, field, json_object_new_int64(n));
	return 0;
}

static int as_item(json *spec, const char *field, const char *flag, const char *value)
{
	(void)flag;
	push(spec, field, value);
	return 0;
}

static int as_pair(json *spec, const char *field, const char *flag, const char *value)
{
	const char *equals = strchr(value, '=');
	char *key = equals ? strndup(value, (size_t)(equals - value)) : strdup(value);

	(void)flag;
	if (!key)
		return fail("out of memory");
	json_object_object_add(at(spec, field), key, json_object_new_string(equals ? equals + 1 : ""));
	free(key);
	return 0;
}

/* Podman takes the value of a bare name from its own environment. */
static int as_env(json *spec, const char *field, const char *flag, const char *value)
{
	if (strchr(value, '='))
		return as_pair(spec, field, flag, value);
	if (getenv(value))
		json_object_object_add(at(spec, field), value, json_object_new_string(getenv(value)));
	return 0;
}

/* "host", "container:NAME", "ns:PATH" */
static int as_namespace(json *spec, const char *field, const char *flag, const char *value)
{
	json *ns = at(spec, field);
	const char *colon = strchr(value, ':');
	size_t len = colon ? (size_t)(colon - value) : strlen(value);

	(void)flag;
	json_object_object_add(ns, "nsmode", len == 2 && strncmp(value, "ns", 2) == 0 ? json_object_new_string("path") : json_object_new_string_len(value, (int)len));
	if (colon)
		json_object_object_add(ns, "value", json_object_new_string(colon + 1));
	return 0;
}

/* "on-failure:3" */
static int as_restart(json *spec, const char *field, const char *flag, const char *value)
{
	const char *colon = strchr(value, ':');

	json_object_object_add(spec, field, json_object_new_string_len(value, (int)(colon ? (size_t)(colon - value) : strlen(value))));
	return colon ? as_number(spec, "restart_tries", flag, colon + 1) : 0;
}

static int as_items(json *spec, const char *field, const char *flag, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return fail("out of memory");
	(void)flag;
	push_split(list_at(spec, field), copy);
	free(copy);
	return 0;
}

/* "none" and "" are an empty list, which is not the list that is meant when nothing is said; "+pid" adds to that one. */
static int as_share(json *spec, const char *field, const char *flag, const char *value)
{
	json_object_object_add(spec, field, json_object_new_array());
	if (*value == '+')
		return as_items(spec, field, flag, "ipc,net,uts") ? EXIT_ENGINE : as_items(spec, field, flag, value + 1);
	return *value && strcmp(value, "none") != 0 ? as_items(spec, field, flag, value) : 0;
}

static int as_opposite(json *spec, const char *field, const char *flag, const char *value)
{
	return as_bool(spec, field, flag, strcmp(value, "true") == 0 ? "false" : "true");
}

/* Of --pod: "new:NAME" was made before, and is given by its id. */
static int as_pod(json *spec, const char *field, const char *flag, const char *value)
{
	return strncmp(value, "new:", 4) == 0 ? 0 : as_text(spec, field, flag, value);
}

static int as_signal(json *spec, const char *field, const char *flag, const char *value)
{
	int n = signal_number(value);

	(void)flag;
	if (n < 0)
		return EXIT_ENGINE;
	json_object_object_add(spec, field, json_object_new_int(n));
	return 0;
}

static int as_device(json *spec, const char *field, const char *flag, const char *value)
{
	json *device = json_object_new_object();

	(void)flag;
	json_object_object_add(device, "path", json_object_new_string(value));
	json_object_array_add(list_at(spec, field), device);
	return 0;
}

static int as_ulimit(json *spec, const char *field, const char *flag, const char *value)
{
	char name[32];
	long long soft, hard;
	int n = sscanf(value, "%31[a-zA-Z_]=%lld:%lld", name, &soft, &hard);
	json *limit;

	if (n < 2)
		return fail("--%s \"%s\" is not NAME=SOFT[:HARD]", flag, value);
	limit = json_object_new_object();
	json_object_object_add(limit, "type", json_object_new_string(name));
	json_object_object_add(limit, "soft", json_object_new_int64(soft));
	json_object_object_add(limit, "hard", json_object_new_int64(n == 3 ? hard : soft));
	json_object_array_add(list_at(spec, field), limit);
	return 0;
}

static json *new_mount(json *spec, const char *field, const char *type, const char *source, const char *destination)
{
	json *m = json_object_new_object();

	json_object_object_add(m, "type", json_object_new_string(type));
	if (source)
		json_object_object_add(m, "source", json_object_new_string(source));
	if (destination)
		json_object_object_add(m, "destination", json_object_new_string(destination));
	json_object_object_add(m, "options", json_object_new_array());
	json_object_array_add(list_at(spec, field), m);
	return m;
}

static int as_volume(json *spec, const char *field, const char *flag, const char *value)
{
	char *copy = strdup(value), *destination = copy ? strchr(copy, ':') : NULL, *options;
	json *m;

	if (!destination || copy[0] != '/') {
		free(copy);
		return fail("--%s \"%s\" is not /SOURCE:/DESTINATION[:OPTIONS]; named volumes come with a later version", flag, value);
	}
	*destination++ = '\0';
	options = strchr(destination, ':');
	if (options)
		*options++ = '\0';
	m = new_mount(spec, field, "bind", copy, destination);
	if (options)
		push_split(list_at(m, "options"), options);
	free(copy);
	return 0;
}

static int as_tmpfs(json *spec, const char *field, const char *flag, const char *value)
{
	char *copy = strdup(value), *options = copy ? strchr(copy, ':') : NULL;
	json *m;

	(void)flag;
	if (!copy)
		return fail("out of memory");
	if (options)
		*options++ = '\0';
	m = new_mount(spec, field, "tmpfs", "tmpfs", copy);
	if (options)
		push_split(list_at(m, "options"), options);
	free(copy);
	return 0;
}

static int as_mount(json *spec, const char *field, const char *flag, const char *value)
{
	static const struct {
		const char *key, *member;
	} names[] = { { "type", "type" }, { "src", "source" }, { "source", "source" }, { "dst", "destination" }, { "target", "destination" },
		      { "destination", "destination" } };
	char *copy = strdup(value), *save = NULL;
	json *m;

	(void)flag;
	if (!copy)
		return fail("out of memory");
	m = new_mount(spec, field, "bind", NULL, NULL);
	for (char *word = strtok_r(copy, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
		char *equals = strchr(word, '=');
		const char *member = NULL;

		for (size_t i = 0; equals && i < sizeof(names) / sizeof(names[0]); i++)
			if (strncmp(word, names[i].key, (size_t)(equals - word)) == 0 && names[i].key[equals - word] == '\0')
				member = names[i].member;
		if (member)
			json_object_object_add(m, member, json_object_new_string(equals + 1));
		else
			push(m, "options", strcmp(word, "readonly") == 0 ? "ro" : word);
	}
	free(copy);
	return 0;
}

static int as_security(json *spec, const char *field, const char *flag, const char *value)
{
	static const struct {
		const char *prefix, *field;
		convert_fn convert;
	} known[] = { { "seccomp=", "seccomp_profile_path", as_text }, { "apparmor=", "apparmor_profile", as_text },
		      { "label=", "selinux_opts", as_item },	       { "mask=", "mask", as_item },
		      { "unmask=", "unmask", as_item },		       { "proc-opts=", "procfs_opts", as_item } };

	(void)field;
	if (strcmp(value, "no-new-privileges") == 0 || strcmp(value, "no-new-privileges=true") == 0)
		return as_bool(spec, "no_new_privileges", flag, "true");
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strncmp(value, known[i].prefix, strlen(known[i].prefix)) == 0)
			return known[i].convert(spec, known[i].field, flag, value + strlen(known[i].prefix));
	return fail("unknown --%s \"%s\"", flag, value);
}

static int as_log_opt(json *spec, const char *field, const char *flag, const char *value)
{
	if (strncmp(value, "path=", 5) == 0)
		return as_text(at(spec, field), "path", flag, value + 5);
	if (strncmp(value, "max-size=", 9) == 0)
		return as_text(at(at(spec, field), "options"), "max-size", flag, value + 9);
	if (strncmp(value, "max-file=", 9) == 0)
		return as_text(at(at(spec, field), "options"), "max-file", flag, value + 9);
	if (strncmp(value, "max-size=", 9) == 0)
		return as_size(at(spec, field), "size", flag, value + 9);
	if (strncmp(value, "tag=", 4) == 0)
		return as_text(at(at(spec, field), "options"), "tag", flag, value + 4);
	return fail("unknown --%s \"%s\"; path, max-size, max-file and tag are known", flag, value);
}

static int as_log_driver(json *spec, const char *field, const char *flag, const char *value)
{
	return as_text(at(spec, field), "driver", flag, value);
}

static int as_memory(json *spec, const char *field, const char *flag, const char *value)
{
	return as_size(at(at(spec, "resource_limits"), "memory"), field, flag, value);
}

static int as_cpu_number(json *spec, const char *field, const char *flag, const char *value)
{
	return as_number(at(at(spec, "resource_limits"), "cpu"), field, flag, value);
}

static int as_cpus(json *spec, const char *field, const char *flag, const char *value)
{
	char *end;
	double n = strtod(value, &end);
	json *cpu = at(at(spec, "resource_limits"), "cpu");

	(void)field;
	if (end == value || *end || n <= 0 || n > 100000)
		return fail("--%s \"%s\" is not a number of CPUs", flag, value);
	json_object_object_add(cpu, "period", json_object_new_int64(100000));
	json_object_object_add(cpu, "quota", json_object_new_int64((int64_t)(n * 100000)));
	return 0;
}

static int as_cpuset(json *spec, const char *field, const char *flag, const char *value)
{
	return as_text(at(at(spec, "resource_limits"), "cpu"), field, flag, value);
}

static int as_pids(json *spec, const char *field, const char *flag, const char *value)
{
	return as_number(at(at(spec, "resource_limits"), "pids"), field, flag, value);
}

static int as_weight(json *spec, const char *field, const char *flag, const char *value)
{
	return as_number(at(at(spec, "resource_limits"), "blockIO"), field, flag, value);
}

static int as_swappiness(json *spec, const char *field, const char *flag, const char *value)
{
	return as_number(at(at(spec, "resource_limits"), "memory"), field, flag, value);
}

static int as_entrypoint(json *spec, const char *field, const char *flag, const char *value)
{
	json *arr = value[0] == '[' ? json_tokener_parse(value) : NULL;

	(void)flag;
	if (arr)
		json_object_object_add(spec, field, arr);
	else
		push(spec, field, value);
	return 0;
}

static const struct {
	const char *flag, *field;
	convert_fn convert;
} conversions[] = {
	{ "name", "name", as_text },		    { "rm", "remove", as_bool },
	{ "env", "env", as_env },		    { "volume", "mounts", as_volume },
	{ "mount", "mounts", as_mount },	    { "tmpfs", "mounts", as_tmpfs },
	{ "workdir", "work_dir", as_text },	    { "user", "user", as_text },
	{ "group-add", "groups", as_item },	    { "entrypoint", "entrypoint", as_entrypoint },
	{ "cap-add", "cap_add", as_item },	    { "cap-drop", "cap_drop", as_item },
	{ "privileged", "privileged", as_bool },    { "security-opt", NULL, as_security },
	{ "memory", "limit", as_memory },	    { "memory-swap", "swap", as_memory },
	{ "memory-reservation", "reservation", as_memory }, { "pids-limit", "limit", as_pids },
	{ "cpus", NULL, as_cpus },		    { "cpu-shares", "shares", as_cpu_number },
	{ "cpuset-cpus", "cpus", as_cpuset },	    { "oom-score-adj", "oom_score_adj", as_number },
	{ "ulimit", "r_limits", as_ulimit },	    { "shm-size", "shm_size", as_size },
	{ "device", "devices", as_device },	    { "sysctl", "sysctl", as_pair },
	{ "read-only", "read_only_filesystem", as_bool }, { "stop-signal", "stop_signal", as_signal },
	{ "stop-timeout", "stop_timeout", as_number }, { "hostname", "hostname", as_text },
	{ "annotation", "annotations", as_pair },   { "label", "labels", as_pair },
	{ "network", "netns", as_namespace },	    { "pid", "pidns", as_namespace },
	{ "ipc", "ipcns", as_namespace },	    { "uts", "utsns", as_namespace },
	{ "cgroupns", "cgroupns", as_namespace },   { "cgroups", "cgroups_mode", as_text },
	{ "cgroup-parent", "cgroup_parent", as_text }, { "log-driver", "log_configuration", as_log_driver },
	{ "log-opt", "log_configuration", as_log_opt }, { "tz", "timezone", as_text },
	{ "umask", "umask", as_text },		    { "unsetenv", "unsetenv", as_item },
	{ "cpu-quota", "quota", as_cpu_number },    { "cpu-period", "period", as_cpu_number },
	{ "cpuset-mems", "mems", as_cpuset },	    { "blkio-weight", "weight", as_weight },
	{ "memory-swappiness", "swappiness", as_swappiness }, { "restart", "restart_policy", as_restart },
	{ "requires", "dependencyContainers", as_items }, { "pod", "pod", as_pod },
	{ "init", "init", as_bool },		    { "init-path", "init_path", as_text },
	{ "init-ctr", "init_container_type", as_text }, { "timeout", "timeout", as_number },
	{ "share", "shared_namespaces", as_share }, { "share-parent", "share_parent", as_bool },
	{ "infra", "no_infra", as_opposite },	    { "infra-command", "infra_command", as_entrypoint },
	{ "infra-name", "infra_name", as_text },    { "exit-policy", "exit_policy", as_text },
};

int convert_flags(json *spec, const struct args *a)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < a->n_flags; i++)
		for (size_t k = 0; !rc && k < sizeof(conversions) / sizeof(conversions[0]); k++)
			if (strcmp(a->flags[i].flag->name, conversions[k].flag) == 0)
				rc = conversions[k].convert(spec, conversions[k].field, conversions[k].flag, a->flags[i].value);
	return rc;
}
