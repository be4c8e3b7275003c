/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs, in groups: which flags each has, what its help says, and who does it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ctrtool.h"

static const struct flag global_flags[] = {
	{ "root", 0, FLAG_VALUE, "DIR", "where the store is (/var/lib/libctr)", NULL },
	{ "runroot", 0, FLAG_VALUE, "DIR", "where its sockets are (/run/libctr)", NULL },
	{ "runtime", 0, FLAG_VALUE, "NAME|PATH", "OCI runtime of new containers (crun, runc, null)", NULL },
	{ "storage-driver", 0, FLAG_VALUE, "NAME", "overlay, dir or null", NULL },
	{ "cgroup-manager", 0, FLAG_VALUE, "NAME", "cgroupfs or disabled", NULL },
	{ "log-level", 0, FLAG_VALUE, "LEVEL", "error, warn, info or debug", NULL },
	{ "help", 'h', FLAG_BOOL, NULL, "this help", NULL },
	{ "version", 'v', FLAG_BOOL, NULL, "print the version", NULL },
	FLAG_END,
};
static const struct flag help_flag[] = {
	{ "help", 0, FLAG_BOOL, NULL, "this help", NULL },
	FLAG_END,
};
const struct flag *const global_tables[] = { global_flags, NULL };

#define TABLES(name, ...) static const struct flag *const name[] = { __VA_ARGS__, help_flag, NULL }
TABLES(run_tables, run_flags, create_flags, change_flags, resource_flags, namespace_flags);
TABLES(create_tables, create_flags, change_flags, resource_flags, namespace_flags);
TABLES(init_tables, init_flags);
TABLES(start_tables, start_flags);
TABLES(stop_tables, stop_flags);
TABLES(kill_tables, kill_flags);
TABLES(pause_tables, pause_flags);
TABLES(restart_tables, restart_flags);
TABLES(update_tables, update_flags, change_flags, resource_flags);
TABLES(events_tables, events_flags);
TABLES(stats_tables, stats_flags);
TABLES(top_tables, top_flags);
TABLES(recover_tables, recover_flags);
TABLES(wait_tables, wait_flags);
TABLES(logs_tables, logs_flags);
TABLES(rm_tables, rm_flags);
TABLES(cleanup_tables, cleanup_flags);
TABLES(ps_tables, ps_flags);
TABLES(inspect_tables, inspect_flags);
TABLES(json_tables, json_flags);
TABLES(pod_create_tables, pod_create_flags);
TABLES(pod_ps_tables, pod_ps_flags);
TABLES(pod_inspect_tables, pod_inspect_flags);
TABLES(pod_start_tables, pod_start_flags);
TABLES(pod_stop_tables, pod_stop_flags);
TABLES(pod_kill_tables, pod_kill_flags);
TABLES(pod_restart_tables, pod_restart_flags);
TABLES(pod_rm_tables, pod_rm_flags);
static const struct flag *const no_tables[] = { help_flag, NULL };

/* A verb, another name of one, or a group of verbs. Tables end with a NULL name. */
struct verb {
	const char *name, *arguments, *help;
	verb_fn *run;
	const struct flag *const *flags; /* tables, NULL-ended */
	int stop_at_word;
	const struct verb *group;        /* the verbs behind this word */
	const char *same_as;
	int general;                     /* not about containers: "container VERB" has it not */
};

#define VERB(n, a, h, r, f) .name = n, .arguments = a, .help = h, .run = r, .flags = f

static const struct verb container_verbs[] = {
	{ VERB("exists", "CONTAINER", "exit status 0 when it is there, 1 when not", verb_exists, no_tables) },
	{ .name = "ls", .same_as = "ps" },
	{ .name = "list", .same_as = "ps" },
	{ .name = NULL },
};

static const struct verb pod_verbs[] = {
	{ VERB("create", "[NAME]", "create a pod, start nothing, and print its id", verb_pod_create, pod_create_tables) },
	{ VERB("start", "POD...", "start all containers of pods, each after what it depends on", verb_pod_start, pod_start_tables) },
	{ VERB("stop", "POD...", "stop all containers of pods", verb_pod_stop, pod_stop_tables) },
	{ VERB("restart", "POD...", "stop them and start them again", verb_pod_restart, pod_restart_tables) },
	{ VERB("kill", "POD...", "send a signal to all running containers of pods", verb_pod_kill, pod_kill_tables) },
	{ VERB("pause", "POD...", "freeze all processes of pods", verb_pod_pause, pod_start_tables) },
	{ VERB("unpause", "POD...", "let them go on", verb_pod_unpause, pod_start_tables) },
	{ VERB("ps", "", "list pods", verb_pod_ps, pod_ps_tables) },
	{ VERB("inspect", "POD...", "print everything about pods as a JSON array", verb_pod_inspect, pod_inspect_tables) },
	{ VERB("rm", "POD...", "remove pods", verb_pod_rm, pod_rm_tables) },
	{ VERB("exists", "POD", "exit status 0 when it is there, 1 when not", verb_pod_exists, no_tables) },
	{ .name = "ls", .same_as = "ps" },
	{ .name = "list", .same_as = "ps" },
	{ .name = NULL },
};

static const struct verb verbs[] = {
	{ VERB("run", "[--rootfs] DIR [COMMAND [ARG...]]", "create and start a container", verb_run, run_tables), .stop_at_word = 1 },
	{ VERB("create", "[--rootfs] DIR [COMMAND [ARG...]]", "create a container, start nothing", verb_create, create_tables), .stop_at_word = 1 },
	{ VERB("init", "CONTAINER...", "prepare containers up to the moment before the command runs", verb_init, init_tables) },
	{ VERB("start", "CONTAINER...", "start containers", verb_start, start_tables) },
	{ VERB("stop", "CONTAINER...", "stop containers", verb_stop, stop_tables) },
	{ VERB("restart", "CONTAINER...", "stop containers that run, and start them", verb_restart, restart_tables) },
	{ VERB("kill", "CONTAINER...", "send a signal to containers", verb_kill, kill_tables) },
	{ VERB("pause", "CONTAINER...", "freeze all processes of containers", verb_pause, pause_tables) },
	{ VERB("unpause", "CONTAINER...", "let them go on", verb_unpause, pause_tables) },
	{ VERB("wait", "CONTAINER...", "wait for containers to end and print their exit codes", verb_wait, wait_tables) },
	{ VERB("rename", "CONTAINER NAME", "give a container another name", verb_rename, no_tables) },
	{ VERB("update", "CONTAINER", "change the limits, the restart policy or the environment of a container", verb_update, update_tables) },
	{ VERB("ps", "", "list containers", verb_ps, ps_tables) },
	{ VERB("logs", "CONTAINER...", "print what containers have said", verb_logs, logs_tables) },
	{ VERB("inspect", "CONTAINER...", "print everything about containers as a JSON array", verb_inspect, inspect_tables) },
	{ VERB("top", "CONTAINER", "list the processes of a container", verb_top, top_tables) },
	{ VERB("stats", "[CONTAINER...]", "show what containers use, again and again", verb_stats, stats_tables) },
	{ VERB("rm", "CONTAINER...", "remove containers", verb_rm, rm_tables) },
	{ VERB("cleanup", "CONTAINER...", "take away what is left of runs that have ended", verb_cleanup, cleanup_tables) },
	{ VERB("container", "VERB", "any verb that is about containers, and exists, ls", NULL, no_tables), .group = container_verbs, .general = 1 },
	{ VERB("pod", "VERB", "groups of containers that share namespaces and a cgroup", NULL, no_tables), .group = pod_verbs, .general = 1 },
	{ VERB("events", "", "show what happens", verb_events, events_tables), .general = 1 },
	{ VERB("recover", "", "bring back what should run, as when the machine has come up", verb_recover, recover_tables), .general = 1 },
	{ VERB("info", "", "print what this store and this machine have", verb_info, json_tables), .general = 1 },
	{ VERB("probe", "", "print what works on this machine, why not, and what mends it", verb_probe, json_tables), .general = 1 },
	{ VERB("version", "", "print the version", verb_version, json_tables), .general = 1 },
	{ .name = NULL },
};

static const char *verb_name_at(const void *list, size_t i)
{
	return ((const struct verb *)list)[i].name;
}

static void list_verbs(const struct verb *list, int container)
{
	for (const struct verb *v = list; v->name; v++)
		if (!v->same_as && !(container && v->general))
			printf("  %-10s %s\n", v->name, v->help);
}

int verbs_usage(void)
{
	printf("ctrtool manages containers through libctr.\n\nusage: ctrtool [FLAGS] VERB [FLAGS] [ARGUMENTS]\n\nverbs:\n");
	list_verbs(verbs, 0);
	printf("\nflags before the verb:\n");
	flags_help(global_tables);
	printf("\n'ctrtool VERB --help' tells the flags of a verb.\n");
	return EXIT_SUCCESS;
}

static int group_usage(const struct verb *group)
{
	printf("usage: ctrtool %s VERB [FLAGS] [ARGUMENTS]\n%s\n\nverbs:\n", group->name, group->help);
	list_verbs(group->group, 0);
	if (group->group == container_verbs)
		list_verbs(verbs, 1);
	printf("\nflags:\n");
	flags_help(no_tables);
	return EXIT_SUCCESS;
}

static const struct verb *find(const struct verb *list, const char *word, int container)
{
	for (const struct verb *v = list; v->name; v++)
		if (strcmp(word, v->name) == 0 && !(container && v->general))
			return v;
	return NULL;
}

static int run_verb(const struct verb *v, const char *group, struct tool *t, char **words)
{
	char name[64];
	struct args a;
	int rc = EXIT_ENGINE;

	snprintf(name, sizeof(name), "%s%s%s", group, *group ? " " : "", v->name);
	if (args_parse(&a, name, v->flags, v->stop_at_word, words) == 0) {
		if (args_has(&a, "help")) {
			printf("usage: ctrtool %s [FLAGS] %s\n%s\n\nflags:\n", name, v->arguments, v->help);
			flags_help(v->flags);
			rc = EXIT_SUCCESS;
		} else {
			rc = v->run(t, &a);
		}
	}
	args_reset(&a);
	return rc;
}

static int unknown(const char *word, const char *group, const struct verb *list, const struct verb *more)
{
	const char *near = nearest(word, verb_name_at, list);

	if (!near && more)
		near = nearest(word, verb_name_at, more);
	return near ? fail("unknown verb \"%s%s%s\"; did you mean \"%s%s%s\"?", group, *group ? " " : "", word, group, *group ? " " : "", near) :
		      fail("unknown verb \"%s%s%s\"; see 'ctrtool %s%s--help'", group, *group ? " " : "", word, group, *group ? " " : "");
}

/* "container VERB" is VERB where the group has none of that name. */
static int dispatch_group(const struct verb *group, struct tool *t, char **words)
{
	int container = group->group == container_verbs;
	const struct verb *v;

	if (!words[0] || strcmp(words[0], "--help") == 0 || strcmp(words[0], "help") == 0)
		return group_usage(group);
	v = find(group->group, words[0], 0);
	if (v && v->same_as)
		v = find(container ? verbs : group->group, v->same_as, 0);
	else if (!v && container)
		v = find(verbs, words[0], 1);
	return v ? run_verb(v, group->name, t, words + 1) :
		   unknown(words[0], group->name, group->group, container ? verbs : NULL);
}

int verbs_dispatch(struct tool *t, char **words)
{
	const struct verb *v = find(verbs, words[0], 0);

	if (strcmp(words[0], "help") == 0)
		return verbs_usage();
	if (!v)
		return unknown(words[0], "", verbs, NULL);
	return v->group ? dispatch_group(v, t, words + 1) : run_verb(v, "", t, words + 1);
}
