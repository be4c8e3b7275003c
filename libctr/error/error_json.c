/* SPDX-License-Identifier: Apache-2.0 */
/* Errors as JSON: for the caller's logs, and for the way over the monitor's socket. */
#include "error/error.h"

#include "base/json.h"
#include "error/codes.h"
#include "error/parts.h"

/* Inner causes beyond this are left out, so that what we print can be parsed again (JSON_DEPTH_MAX; details are one level more). */
#define CAUSES_MAX (JSON_DEPTH_MAX - 2)

static const char *const retry_names[] = {
	[CTR_RETRY_NEVER] = "never",
	[CTR_RETRY_LATER] = "later",
	[CTR_RETRY_AFTER_FIX] = "after_fix",
};

static json_t *details_to_json(const ctr_error_t *err)
{
	json_t *details CLEANUP_JSON = json_object_new_object();
	const char *key, *value;

	for (size_t i = 0; error_own_detail(err, i, &key, &value) > i; i++)
		if (json_put_str(details, key, value) < 0)
			return NULL;
	return TAKE_PTR(details);
}

/* One link of the chain; inner is taken, also when it fails. */
static json_t *link_to_json(const ctr_error_t *err, json_t *inner)
{
	json_t *cause CLEANUP_JSON = inner;
	json_t *j CLEANUP_JSON = json_object_new_object();
	json_t *details = details_to_json(err);
	int code = error_code(err);

	if (!details || json_put(j, "details", details) < 0)
		return NULL;
	if (json_put_i64(j, "code", code) < 0 || json_put_str(j, "name", error_code_name(code)) < 0 ||
	    json_put_str(j, "domain", error_domain(err)) < 0 || json_put_i64(j, "errno", error_own_errno(err)) < 0 ||
	    json_put_str(j, "message", error_message(err)) < 0 ||
	    json_put_str(j, "retry", retry_names[error_code_lookup(code)->retry]) < 0)
		return NULL;
	return json_put(j, "cause", TAKE_PTR(cause)) < 0 ? NULL : TAKE_PTR(j);
}

char *error_to_json(const ctr_error_t *err)
{
	const ctr_error_t *chain[CAUSES_MAX];
	json_t *j CLEANUP_JSON = NULL;
	size_t n = 0;

	if (!err)
		return NULL;
	for (; err && n < CAUSES_MAX; err = error_cause(err))
		chain[n++] = err;
	while (n > 0) {
		j = link_to_json(chain[--n], j);
		if (!j)
			return NULL;
	}
	return json_print(j);
}

static void read_details(ctr_error_t *err, json_t *details)
{
	if (json_object_get_type(details) != json_type_object)
		return;
	json_object_object_foreach(details, key, value)
	{
		if (json_object_get_type(value) == json_type_string)
			error_detail(&err, key, json_object_get_string(value));
	}
}

static ctr_error_t *link_from_json(json_t *j, ctr_error_t *cause)
{
	ctr_error_t *err = error_rebuild((int)json_get_i64(j, "code", CTR_ERR_INTERNAL), (int)json_get_i64(j, "errno", 0),
					 json_get_str(j, "domain", DOMAIN_CORE), json_get_str(j, "message", ""), cause);

	if (err)
		read_details(err, json_get(j, "details"));
	return err;
}

int error_from_json(ctr_error_t **err, const char *text)
{
	json_t *j CLEANUP_JSON = NULL;
	json_t *chain[JSON_DEPTH_MAX];
	ctr_error_t *made = NULL;
	size_t n = 0;
	int r = text ? json_parse(text, SIZE_MAX, &j, NULL, NULL) : -EINVAL;

	if (r == -ENOMEM)
		return error_no_memory(err);
	if (r < 0 || json_get_i64(j, "code", 0) >= 0)
		return error_set(err, CTR_ERR_INTERNAL, DOMAIN_CORE,
				 "an error report of another libctr process cannot be read: %.200s", text ? text : "(none)");
	for (json_t *link = j; link && n < JSON_DEPTH_MAX; link = json_get(link, "cause"))
		chain[n++] = link;
	while (n > 0) {
		made = link_from_json(chain[--n], made);
		if (!made)
			return error_no_memory(err);
	}
	r = error_code(made);
	return error_publish(r, made, err);
}
