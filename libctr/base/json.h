/* SPDX-License-Identifier: Apache-2.0 */
/* What the rest of the house needs of json-c: a strict parser with limits, exact integers, getters that match names
 * regardless of ASCII case, builders that report out of memory once, and one way to print. */
#ifndef CTR_BASE_JSON_H
#define CTR_BASE_JSON_H

#include <json-c/json.h>
#include <stddef.h>
#include <stdint.h>
#include "base/cleanup.h"

typedef struct json_object json_t;

#define JSON_DEPTH_MAX 32
#define JSON_SIZE_MAX (16u * 1024 * 1024)

static inline void cleanup_json_fn(json_t **j)
{
	json_object_put(*j);
}
#define CLEANUP_JSON CLEANUP(cleanup_json_fn)

/* len SIZE_MAX = strlen. Strict: one value, no trailing text, valid UTF-8, no NUL characters, no duplicate keys (exactly
 * the same: env and labels may hold names that differ in case), no comments, integers that fit 64 bits. 0, -ENOMEM, -E2BIG (too
 * long or deep) or -EINVAL; *ret_why then is a short borrowed sentence, *ret_offset where. A literal null gives *ret = NULL and 0. */
int json_parse(const char *text, size_t len, json_t **ret, const char **ret_why, size_t *ret_offset);

/* Plain, `/` not escaped, no newline; NULL when out of memory. Locale-free. */
char *json_print(json_t *j) WARN_UNUSED;

/* Getters: key matched regardless of ASCII case, an exact match first; null counts as absent. Borrowed. */
json_t *json_get(json_t *obj, const char *key);
/* "a.b.c" */
json_t *json_get_path(json_t *obj, const char *path);
const char *json_get_str(json_t *obj, const char *key, const char *fallback);
int64_t json_get_i64(json_t *obj, const char *key, int64_t fallback);
uint64_t json_get_u64(json_t *obj, const char *key, uint64_t fallback);
int json_get_bool(json_t *obj, const char *key, int fallback);
/* A NULL-ended copy of an array of strings; *ret = NULL when absent. 0, -ENOMEM, -EINVAL */
int json_get_strv(json_t *obj, const char *key, char ***ret);

/* Builders: 0 or -ENOMEM. A NULL json_t * value adds JSON null; _put takes the caller's reference even on failure. */
int json_put(json_t *obj, const char *key, json_t *value);
int json_put_str(json_t *obj, const char *key, const char *value); /* NULL adds null */
int json_put_i64(json_t *obj, const char *key, int64_t value);
int json_put_u64(json_t *obj, const char *key, uint64_t value);
int json_put_bool(json_t *obj, const char *key, int value);
int json_put_strv(json_t *obj, const char *key, const char *const *v); /* NULL adds [] */
int json_push(json_t *arr, json_t *value);
int json_push_str(json_t *arr, const char *value);
json_t *json_copy(json_t *j) WARN_UNUSED; /* deep; NULL when out of memory */

#endif
