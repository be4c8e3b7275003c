/* SPDX-License-Identifier: Apache-2.0 */
/* The container spec: a JSON document with the names of Podman's SpecGenerator, checked field by field against one table
 * {name, type, when it is built, checker, normaliser}. Values in the document are canonical: names in canonical case, capabilities
 * as CAP_X, rlimit types as RLIMIT_X, enums lower case. */
#ifndef CTR_MODEL_SPEC_H
#define CTR_MODEL_SPEC_H

#define ID_SIZE_HOSTNAME 65

#include <libctr/spec.h>
#include "base/json.h"
#include "error/error.h"

int spec_new(ctr_spec_t **ret, ctr_error_t **err);
ctr_spec_t *spec_ref(ctr_spec_t *spec);
ctr_spec_t *spec_unref(ctr_spec_t *spec);
int spec_from_json(const char *text, size_t len, ctr_spec_t **ret, ctr_error_t **err);
int spec_to_json(const ctr_spec_t *spec, char **ret, ctr_error_t **err);
/* One field by name with a JSON value (checked as from_json does; null removes it). */
int spec_set_json(ctr_spec_t *spec, const char *field, const char *text, size_t len, ctr_error_t **err);
/* What the public setters do: the same table, the value already built. Takes value. */
int spec_set_value(ctr_spec_t *spec, const char *field, json_t *value, ctr_error_t **err);
int spec_set_map_entry(ctr_spec_t *spec, const char *field, const char *key, const char *value, ctr_error_t **err);
int spec_push_value(ctr_spec_t *spec, const char *field, json_t *value, ctr_error_t **err);
int spec_set_mount(ctr_spec_t *spec, const char *type, const char *source, const char *destination, const char *options_comma, ctr_error_t **err);

/* Everything that can be said without touching the machine: fields that exclude or need each other, an empty command, no rootfs … (behaviour.md 0.1).
 * On success *ret_doc is a copy of the document that the caller owns: the `config` of the row. Absent fields stay absent. */
int spec_finish(const ctr_spec_t *spec, json_t **ret_doc, ctr_error_t **err);

/* An update document: checked against the same table, null members left out; what: what it touches. INVALID_ARG when it names nothing. */
enum { SPEC_UPDATE_RESOURCES = 1, SPEC_UPDATE_RESTART = 2, SPEC_UPDATE_PROCESS = 4 };
int spec_update_parse(const char *text, size_t len, json_t **ret_delta, unsigned *ret_what, ctr_error_t **err);
/* The document as it is afterwards (a new one), checked as a whole. */
int spec_update_lay(json_t *doc, json_t *delta, json_t **ret_doc, ctr_error_t **err);

/* Readers of such a document, with the defaults of behaviour.md 16 and api-reference.md 5 in one place. Borrowed. */
const char *config_name(json_t *doc);
const char *config_rootfs(json_t *doc);
int config_argv(json_t *doc, char ***ret);              /* entrypoint + command; 0 or -ENOMEM */
int config_stop_signal(json_t *doc);
uint32_t config_stop_timeout(json_t *doc, uint32_t engine_default); /* CTR_STOP_FOREVER possible */
uint64_t config_limit_ns(json_t *doc);                  /* field timeout: how long a run may last; 0 = no limit */
int config_bool(json_t *doc, const char *field);
/* A namespace's mode: field "pidns" …; *ret_value the path for "path". Default resolved: "private" (netns: private; cgroupns: private). */
const char *config_ns(json_t *doc, const char *field, const char **ret_value);
const char *config_log_driver(json_t *doc);             /* "k8s-file" "none" "passthrough" */
int64_t config_log_size(json_t *doc);                   /* -1 = no limit */
int log_size_parse(const char *text, int64_t *ret);      /* "10m", "64k", "1000", "-1" = no limit: 0 or -EINVAL */
unsigned config_log_files(json_t *doc);                /* 1 and more: files of that size */
const char *config_log_path(json_t *doc);               /* NULL = default */
const char *config_hostname(json_t *doc, const char *id, char buf[ID_SIZE_HOSTNAME]);

/* Signals by name ("SIGTERM", "TERM", "RTMIN+3") or number; 0 or -EINVAL; name of a number ("SIGTERM") */
int signal_from_text(const char *text, int *ret);
const char *signal_name(int signal, char buf[16]);
/* The nearest name of a list to a wrong one ("did you mean"), NULL when none is near. */
const char *nearest_name(const char *wrong, const char *const *names, size_t n);

#endif
