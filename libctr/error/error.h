/* SPDX-License-Identifier: Apache-2.0 */
/* Making errors. Public getters are in <libctr/error.h>; here is how the rest of the house builds them.
 *
 * Rules inside the house: every fallible function takes `ctr_error_t **err` last (may be NULL) and returns 0 or the negative
 * CTR_ERR_* code that the error carries. Inner code may assume that *err is NULL on entry: the api room passes a local one and
 * hands it out at the end (error_publish), which is where "first error wins" lives. */
#ifndef CTR_ERROR_ERROR_H
#define CTR_ERROR_ERROR_H

#include <libctr/error.h>
#include <stdint.h>
#include "base/cleanup.h"

#define DOMAIN_CORE "core"
#define DOMAIN_STATE "state"
#define DOMAIN_LOCK "lock"
#define DOMAIN_STORAGE "storage"
#define DOMAIN_RUNTIME "runtime"
#define DOMAIN_MONITOR "monitor"
#define DOMAIN_NETWORK "network"
#define DOMAIN_IMAGE "image"

/* Fills *err (when err is not NULL) and returns code, so that `return error_set(err, CTR_ERR_X, …)` reads well.
 * The sentence names the object, what was tried and what to do. */
int error_set(ctr_error_t **err, int code, const char *domain, const char *fmt, ...) PRINTF_LIKE(4, 5);
/* The same with an errno: the code is chosen from it when code is 0 (EACCES, EPERM -> PERMISSION; ENOENT, ENOTDIR -> NO_SUCH_FILE;
 * ENOSPC, EDQUOT -> NO_SPACE; ENOMEM -> NO_MEMORY; EMFILE, ENFILE, EAGAIN on fork -> NO_RESOURCES; else IO), and ": strerror" is appended. errnum may be negative. */
int error_set_errno(ctr_error_t **err, int code, const char *domain, int errnum, const char *fmt, ...) PRINTF_LIKE(5, 6);
/* The code that error_set_errno chooses for code 0. */
int error_code_from_errno(int errnum);
/* Puts a new head with its own sentence before *err (the cause). code 0 keeps the cause's code (INTERNAL when err is NULL, since the
 * code is then not to be seen: pass a local error or say the code). Returns the head's code. */
int error_wrap(ctr_error_t **err, int code, const char *domain, const char *fmt, ...) PRINTF_LIKE(4, 5);
/* What the public functions of <libctr/error.h> do; the api room only passes on. Inside the house use these. */
ctr_error_t *error_ref(ctr_error_t *err);
ctr_error_t *error_unref(ctr_error_t *err);
int error_code(const ctr_error_t *err); /* 0 for NULL */
int error_errno(const ctr_error_t *err); /* the nearest one in the chain */
const char *error_domain(const ctr_error_t *err);
const char *error_message(const ctr_error_t *err); /* "" for NULL */
const ctr_error_t *error_cause(const ctr_error_t *err);
const char *error_get_detail(const ctr_error_t *err, const char *key); /* looks through the causes too */
size_t error_detail_count(const ctr_error_t *err); /* own ones, causes not counted */
const char *error_detail_key(const ctr_error_t *err, size_t i);
ctr_retry_t error_retry(const ctr_error_t *err); /* NEVER for NULL */
ctr_error_t *error_new(int code, const char *message, ctr_error_t *cause); /* never NULL; references cause (may be NULL) */
const char *error_code_name(int code);
char *error_format(const ctr_error_t *err);  /* "head: cause: cause"; NULL for NULL, to_json too */
char *error_to_json(const ctr_error_t *err);
/* The same error rebuilt from error_to_json's text: how errors travel over the monitor's socket. NULL-safe; returns the code. */
int error_from_json(ctr_error_t **err, const char *text);
int error_no_memory(ctr_error_t **err);
/* Details may be added only before the error leaves the function that made it. NULL err or value: nothing. */
void error_detail(ctr_error_t **err, const char *key, const char *value);
void error_detail_i64(ctr_error_t **err, const char *key, int64_t value);
/* Hands a finished local error out: *err = local when err && !*err, else local is dropped. Returns code. */
int error_publish(int code, ctr_error_t *local, ctr_error_t **err);

static inline void cleanup_error_fn(ctr_error_t **e)
{
	error_unref(*e);
}
#define CLEANUP_ERROR CLEANUP(cleanup_error_fn)

#endif
