/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of ctrtool share. It uses libctr's public headers only: what it can do, any program can. */
#ifndef CTRTOOL_H
#define CTRTOOL_H

#include <stddef.h>
#include <libctr/libctr.h>

#define EXIT_ENGINE 125 /* our own failures, as podman's */
#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NOT_FOUND 127
#define EXIT_NO_SUCH 1  /* of rm and exists: not there */
#define EXIT_IN_STATE 2 /* of rm: it runs */

/* ---- flags.c: one table a verb, one parser ---- */
enum flag_kind { FLAG_BOOL, FLAG_VALUE, FLAG_LIST, FLAG_OPTIONAL /* --rootfs [DIR] */ };

struct flag {
	const char *name;      /* without -- */
	char letter;           /* 0 = none */
	enum flag_kind kind;
	const char *argument;  /* shown in the help */
	const char *help;
	const char *alias_of;  /* another name of that flag */
};

/* Flags of more than one verb */
#define FLAG_END { NULL, 0, 0, NULL, NULL, NULL }
#define FLAG_ALL { "all", 'a', FLAG_BOOL, NULL, "all of them", NULL }
#define FLAG_LATEST { "latest", 'l', FLAG_BOOL, NULL, "the one created last", NULL }
#define FLAG_FILTER(letter) { "filter", letter, FLAG_LIST, "KEY=VALUE", "only those that match", NULL }
#define FLAG_IGNORE(letter) { "ignore", letter, FLAG_BOOL, NULL, "what is not there is no error", NULL }
#define FLAG_SIGNAL { "signal", 's', FLAG_VALUE, "SIGNAL", "signal to send (KILL)", NULL }
#define FLAG_TIME                                                                                                      \
	{ "time", 't', FLAG_VALUE, "SECONDS", "how long to wait before KILL; 0 = KILL at once, -1 = never", NULL },    \
	{ "timeout", 0, FLAG_VALUE, "SECONDS", NULL, "time" }
#define FLAG_JSON                                                                                                      \
	{ "json", 0, FLAG_BOOL, NULL, "as JSON", NULL }, { "format", 0, FLAG_VALUE, "json", "json: as JSON", NULL }

struct parsed {
	const struct flag *flag;
	const char *value;     /* "true" or "false" for a bool */
};

struct args {
	const char *verb;      /* "pod create" */
	struct parsed *flags;
	size_t n_flags;
	char **rest;           /* what follows the flags, NULL-ended */
	size_t n_rest;
};

/* flags end at the first other word when stop_at_word (run, create), or at --. Answers -1 after telling the user. flags: ended by a NULL name. */
int args_parse(struct args *a, const char *verb, const struct flag *const *tables, int stop_at_word, char **argv);
void args_reset(struct args *a);
/* Given, and not as --flag=false */
int args_has(const struct args *a, const char *name);
/* The same for a flag that counts as fallback when it is not given */
int args_on(const struct args *a, const char *name, int fallback);
/* The last value given, or fallback. */
const char *args_value(const struct args *a, const char *name, const char *fallback);
/* The i-th value of a list, NULL at its end. */
const char *args_item(const struct args *a, const char *name, size_t i);
void flags_help(const struct flag *const *tables);
const char *nearest(const char *wrong, const char *(*name_at)(const void *list, size_t i), const void *list);

/* ---- main.c ---- */
struct tool {
	ctr_engine_t *engine;
	const struct args *global;   /* the flags before the verb */
	const char *const *own_argv; /* as typed, for containerCreateCommand */
};
int tool_engine(struct tool *t); /* opens it; tells the user and answers -1 */

/* ---- table.c: the verbs ---- */
extern const struct flag *const global_tables[];
/* Finds the verb that the words name and runs it with those that follow: the exit status. */
int verbs_dispatch(struct tool *t, char **words);
int verbs_usage(void);

/* ---- report.c ---- */
int fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));    /* prints, answers EXIT_ENGINE */
int fail_error(const char *what, ctr_error_t *err);                      /* prints and drops err, answers the exit code it stands for */
/* After a call for something the user named: prints the name or the error, answers the exit code. */
int done(int r, const char *named, ctr_error_t *err);
void print_json_pretty(const char *text);
int wants_json(const struct args *a); /* 1, 0, or -1 after telling the user */
struct json_object;
const char *json_text(struct json_object *o, const char *key);   /* "" when there is none; borrowed */
struct json_object *status_json(const ctr_status_t *s);          /* as a list has it; put by the caller */

/* A table for people: columns as wide as their widest cell. */
struct table {
	size_t columns, n, size;
	char **cells;
};
void table_add(struct table *t, const char *cell);
void table_print(const struct table *t, int skip_heading);
void table_reset(struct table *t);

/* ---- filters.c ---- */
/* The --filter flags as a JSON object; put by the caller. */
struct json_object *filters_from_args(const struct args *a);
/* Lists with these filters, NULL = all; 0, or the exit code after telling the user. */
int list_containers(struct tool *t, struct json_object *filters, ctr_container_list_t **ret);

/* ---- live.c: verbs that go on until the user has had enough ---- */
/* SIGINT, SIGTERM and SIGHUP become readable instead of ending us: the descriptor */
int live_begin(void);
/* Until fd (-1: none) is readable or so many milliseconds are over (-1: never): 1, or 0 when it is time to end. */
int live_wait(int signals, int fd, int milliseconds);

/* ---- times.c ---- */
/* "10m" (before now; after it when ahead), seconds since 1970, a date or date and time: ns since 1970; -1 when it is none of these. */
int64_t time_from_text(const char *text, int ahead);
/* As Go prints a time: "2026-01-02 15:04:05.123 +0000 UTC" */
void time_to_text(int64_t ns, char *buf, size_t size);

/* ---- spec.c and convert.c ---- */
extern const struct flag create_flags[], namespace_flags[], resource_flags[], change_flags[];
/* From the flags of run and create, and the words after them; pod: joined instead of --pod's. NULL after telling the user. */
ctr_spec_t *spec_from_args(const struct tool *t, const struct args *a, const char *pod);
/* What the flags say in the words of the spec (of a container, a pod, an update); 0 or an exit code after telling the user. */
int convert_flags(struct json_object *spec, const struct args *a);
/* "64m" as bytes, -1 for "-1", -2 when it cannot be read */
int64_t size_from(const char *text);

/* ---- verbs ---- */
typedef int verb_fn(struct tool *t, const struct args *a);
verb_fn verb_run, verb_create, verb_init, verb_start, verb_stop, verb_kill, verb_wait, verb_rm, verb_ps, verb_inspect, verb_info, verb_probe, verb_version,
	verb_exists, verb_pause, verb_unpause, verb_restart, verb_rename, verb_update, verb_cleanup, verb_events, verb_stats, verb_top, verb_logs, verb_recover;
extern const struct flag run_flags[], init_flags[], start_flags[], stop_flags[], kill_flags[], wait_flags[], rm_flags[], ps_flags[], inspect_flags[], json_flags[],
	pause_flags[], restart_flags[], update_flags[], cleanup_flags[], events_flags[], stats_flags[], top_flags[], logs_flags[], recover_flags[];

/* ---- pod.c, pod_ps.c, pod_create.c ---- */
verb_fn verb_pod_create, verb_pod_ps, verb_pod_inspect, verb_pod_start, verb_pod_stop, verb_pod_kill, verb_pod_restart, verb_pod_pause, verb_pod_unpause, verb_pod_rm,
	verb_pod_exists;
extern const struct flag pod_create_flags[], pod_ps_flags[], pod_inspect_flags[], pod_start_flags[], pod_stop_flags[], pod_kill_flags[], pod_restart_flags[],
	pod_rm_flags[];
/* With these filters, NULL = all; 0, or the exit code after telling the user. */
int list_pods(struct tool *t, struct json_object *filters, ctr_pod_list_t **ret);
/* What inspect says; put by the caller. NULL with err */
struct json_object *pod_json(ctr_pod_t *p, ctr_error_t **err);
/* The pod that --pod new:NAME of run and create asks for; *ret stays NULL when it asks for none. 0, or the exit code after telling the user. */
int new_pod(struct tool *t, const struct args *a, ctr_pod_t **ret);

/* ---- each.c: the containers a verb is about ---- */
struct chosen {
	ctr_container_t *c;
	char *named; /* as the user did, or its id */
};

struct each {
	uint64_t states;     /* with --all, --filter: only those in these (CTR_WAIT_STATE bits) */
	int missing;         /* exit code for one that is not there; 0 = EXIT_ENGINE */
	const char *ignored; /* printed for one that is not there, with --ignore */
	int newest_first;    /* what was created later may depend on what was created before */
	int skip_infra;      /* with --all, --filter: the pods' own containers are left to their pods */
	int (*fn)(ctr_container_t *c, const char *named, const struct args *a); /* 0 or an exit code */
	int (*many)(const struct chosen *chosen, size_t n, const struct args *a); /* instead of fn: all of them in one call */
};
/* Those named, or those that --all, --filter or --latest mean; the last failure wins. */
int each_container(struct tool *t, const struct args *a, const struct each *e);

int signal_number(const char *text); /* "TERM", "SIGTERM", "15"; -1 after telling the user */
/* --time: 0, or EXIT_ENGINE after telling the user */
int stop_time(const struct args *a, uint32_t *ret, int32_t *ret_set);

#endif
