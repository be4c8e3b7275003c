/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of ctrtool share. It uses libctr's public headers only: what it can do, any program can. */
#ifndef CTRTOOL_H
#define CTRTOOL_H

#include <stddef.h>
#include <libctr/libctr.h>

#define EXIT_ENGINE 125 /* our own failures, as podman's */
#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NOT_FOUND 127

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

struct parsed {
	const struct flag *flag;
	const char *value;     /* "" for a bool */
};

struct args {
	const char *verb;
	struct parsed *flags;
	size_t n_flags;
	char **rest;           /* what follows the flags, NULL-ended */
	size_t n_rest;
};

/* flags end at the first other word when stop_at_word (run, create), or at --. Answers -1 after telling the user. flags: ended by a NULL name. */
int args_parse(struct args *a, const char *verb, const struct flag *const *tables, int stop_at_word, char **argv);
void args_reset(struct args *a);
int args_has(const struct args *a, const char *name);
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

struct verb {
	const char *name, *arguments, *help;
	int (*run)(struct tool *t, const struct args *a);
	const struct flag *const *flags; /* tables, NULL-ended */
	int stop_at_word;
};

/* ---- report.c ---- */
int fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));    /* prints, answers EXIT_ENGINE */
int fail_error(const char *what, ctr_error_t *err);                      /* prints and drops err, answers the exit code it stands for */
void print_json_pretty(const char *text);

/* A table for people: columns as wide as their widest cell. */
struct table {
	size_t columns, n, size;
	char **cells;
};
void table_add(struct table *t, const char *cell);
void table_print(const struct table *t, int skip_heading);
void table_reset(struct table *t);

/* ---- spec.c ---- */
extern const struct flag create_flags[];
/* From the flags of run and create, and the words after them; NULL after telling the user. */
ctr_spec_t *spec_from_args(const struct tool *t, const struct args *a);

/* ---- verbs ---- */
int verb_run(struct tool *t, const struct args *a);
int verb_create(struct tool *t, const struct args *a);
int verb_init(struct tool *t, const struct args *a);
int verb_start(struct tool *t, const struct args *a);
int verb_stop(struct tool *t, const struct args *a);
int verb_kill(struct tool *t, const struct args *a);
int verb_wait(struct tool *t, const struct args *a);
int verb_rm(struct tool *t, const struct args *a);
int verb_ps(struct tool *t, const struct args *a);
int verb_inspect(struct tool *t, const struct args *a);
int verb_info(struct tool *t, const struct args *a);
int verb_probe(struct tool *t, const struct args *a);
int verb_version(struct tool *t, const struct args *a);
extern const struct flag run_flags[], init_flags[], start_flags[], stop_flags[], kill_flags[], rm_flags[], ps_flags[], inspect_flags[], json_flags[];

/* ---- each.c: the containers a verb is about ---- */
/* Those named, or all (--all) whose state is in `states` (CTR_WAIT_STATE bits). fn is called for each and answers 0 or an exit code; the last failure wins. */
int each_container(struct tool *t, const struct args *a, uint64_t states, int (*fn)(ctr_container_t *c, const char *named, const struct args *a));

int signal_number(const char *text); /* "TERM", "SIGTERM", "15"; -1 after telling the user */

#endif
