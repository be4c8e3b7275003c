/* SPDX-License-Identifier: Apache-2.0 */
/* The table of spec fields and the functions that check a value of one (inside the model room only). */
#ifndef CTR_MODEL_SPEC_TABLE_H
#define CTR_MODEL_SPEC_TABLE_H

#include "base/json.h"
#include "error/error.h"

enum spec_when { SPEC_BUILT = 0, SPEC_NOT_YET, SPEC_REFUSED };

struct spec_field;
/* Checks value, which is not null, and hands out its canonical form (a new reference). path names it in messages. */
typedef int (*spec_check_fn)(json_t *value, const struct spec_field *field, const char *path, json_t **ret,
			     ctr_error_t **err);

struct spec_field {
	const char *name;
	spec_check_fn check;
	const struct spec_field *sub; /* fields of an object; the one element of a list or map */
	size_t n_sub;
	int64_t min, max;	      /* of integers */
	const char *const *words;     /* allowed words, ended by NULL */
	const char *const *later;     /* words this build does not know yet, ended by NULL */
	enum spec_when when;
};

extern const struct spec_field spec_fields[];
extern const size_t spec_n_fields;

/* The entry of a name regardless of case, built and usable; else UNSUPPORTED_OPTION with the path and the nearest name. */
int spec_find_field(const struct spec_field *fields, size_t n, const char *prefix, const char *name,
		    const struct spec_field **ret, ctr_error_t **err);

/* The text of a spec or a value; INVALID_ARG with where it is malformed. *ret may be NULL: the value null. */
int spec_parse_text(const char *what, const char *text, size_t len, json_t **ret, ctr_error_t **err);
/* INVALID_ARG about the value at path, with detail path. */
int spec_bad(ctr_error_t **err, const char *path, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* UNSUPPORTED_OPTION "… is not built yet" about a word at path. */
int spec_not_yet(ctr_error_t **err, const char *path, const char *word);

/* Rules between fields of a whole document (spec_finish.c). */
int spec_check_together(json_t *doc, ctr_error_t **err);

/* Checkers of plain kinds (spec_check.c) */
int spec_check_string(json_t *value, const struct spec_field *field, const char *path, json_t **ret, ctr_error_t **err);
int spec_check_path(json_t *value, const struct spec_field *field, const char *path, json_t **ret, ctr_error_t **err);
int spec_check_bool(json_t *value, const struct spec_field *field, const char *path, json_t **ret, ctr_error_t **err);
int spec_check_int(json_t *value, const struct spec_field *field, const char *path, json_t **ret, ctr_error_t **err);
int spec_check_u64(json_t *value, const struct spec_field *field, const char *path, json_t **ret, ctr_error_t **err);
int spec_check_uint(json_t *value, const struct spec_field *field, const char *path, json_t **ret, ctr_error_t **err);
int spec_check_word(json_t *value, const struct spec_field *field, const char *path, json_t **ret, ctr_error_t **err);
int spec_check_object(json_t *value, const struct spec_field *field, const char *path, json_t **ret, ctr_error_t **err);
int spec_check_list(json_t *value, const struct spec_field *field, const char *path, json_t **ret, ctr_error_t **err);
int spec_check_map(json_t *value, const struct spec_field *field, const char *path, json_t **ret, ctr_error_t **err);
/* The text of a value that must be a string without NUL inside. Borrowed. */
int spec_string(json_t *value, const char *path, const char **ret, ctr_error_t **err);
/* A canonical string value; NULL text = out of memory. */
int spec_give_string(const char *text, json_t **ret, ctr_error_t **err);

/* Checkers with a grammar of their own */
int spec_check_name(json_t *value, const struct spec_field *field, const char *path, json_t **ret, ctr_error_t **err);
int spec_check_env(json_t *value, const struct spec_field *field, const char *path, json_t **ret, ctr_error_t **err);
int spec_check_hostname(json_t *value, const struct spec_field *field, const char *path, json_t **ret, ctr_error_t **err);
int spec_check_sysctl(json_t *value, const struct spec_field *field, const char *path, json_t **ret, ctr_error_t **err);
int spec_check_timezone(json_t *value, const struct spec_field *field, const char *path, json_t **ret, ctr_error_t **err);
int spec_check_user(json_t *value, const struct spec_field *field, const char *path, json_t **ret, ctr_error_t **err);
int spec_check_group(json_t *value, const struct spec_field *field, const char *path, json_t **ret, ctr_error_t **err);
int spec_check_umask(json_t *value, const struct spec_field *field, const char *path, json_t **ret, ctr_error_t **err);
int spec_check_seccomp(json_t *value, const struct spec_field *field, const char *path, json_t **ret, ctr_error_t **err);
int spec_check_unmask(json_t *value, const struct spec_field *field, const char *path, json_t **ret, ctr_error_t **err);
int spec_check_cgroup_parent(json_t *value, const struct spec_field *field, const char *path, json_t **ret, ctr_error_t **err);
int spec_check_cap(json_t *value, const struct spec_field *field, const char *path, json_t **ret, ctr_error_t **err);
int spec_check_namespace(json_t *value, const struct spec_field *field, const char *path, json_t **ret, ctr_error_t **err);
int spec_check_mount(json_t *value, const struct spec_field *field, const char *path, json_t **ret, ctr_error_t **err);
int spec_check_device(json_t *value, const struct spec_field *field, const char *path, json_t **ret, ctr_error_t **err);
int spec_check_device_rule(json_t *value, const struct spec_field *field, const char *path, json_t **ret, ctr_error_t **err);
int spec_check_rlimit(json_t *value, const struct spec_field *field, const char *path, json_t **ret, ctr_error_t **err);
int spec_check_log_size(json_t *value, const struct spec_field *field, const char *path, json_t **ret, ctr_error_t **err);
int spec_check_log_files(json_t *value, const struct spec_field *field, const char *path, json_t **ret, ctr_error_t **err);
int spec_check_cpuset(json_t *value, const struct spec_field *field, const char *path, json_t **ret, ctr_error_t **err);

#endif
