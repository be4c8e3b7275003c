/* SPDX-License-Identifier: Apache-2.0 */
/* The frame of every call into a backend: its op, its error kept apart, its answer checked. */
#include <stdlib.h>
#include "backend/backends.h"

static const char *const nouns[N_KINDS] = {
	[KIND_RUNTIME] = "runtime",
	[KIND_STORAGE] = "storage driver",
	[KIND_NETWORK] = "network backend",
};

int guard_begin(struct guard *g, const struct backend *b, const char *verb, int has, const struct op_call *call, ctr_error_t **err)
{
	*g = (struct guard){.b = b, .verb = verb};
	if (!has)
		return error_set(err, CTR_ERR_NOT_SUPPORTED, b->domain, "%s \"%s\" has no function for \"%s\"; use another one",
				 nouns[b->kind], b->name, verb);
	return op_from_call(call, &g->op, err);
}

int guard_end(struct guard *g, int result, ctr_error_t **err)
{
	ctr_error_t *inner CLEANUP_ERROR = TAKE_PTR(g->inner);

	g->op = op_unref(g->op);
	if (result == 0)
		return 0;
	if (result > 0)
		return error_set(err, CTR_ERR_INTERNAL, g->b->domain,
				 "%s \"%s\" answered %d to \"%s\", which means nothing; report it to its author",
				 nouns[g->b->kind], g->b->name, result, g->verb);
	if (!inner)
		return error_set(err, result, g->b->domain, "%s \"%s\" failed at \"%s\" without saying why",
				 nouns[g->b->kind], g->b->name, g->verb);
	return error_publish(result, TAKE_PTR(inner), err);
}

int guard_bad_output(struct guard *g, const char *what, ctr_error_t **err)
{
	return error_set(err, CTR_ERR_INTERNAL, g->b->domain,
			 "%s \"%s\" reported success of \"%s\" but its answer is unusable (%s); report it to its author",
			 nouns[g->b->kind], g->b->name, g->verb, what);
}

int guard_json(struct guard *g, char *text, json_type wanted, json_t **ret, ctr_error_t **err)
{
	char *owned CLEANUP_FREE = text;
	json_t *parsed CLEANUP_JSON = NULL;
	const char *why = NULL;
	size_t offset;
	int errnum;

	if (!owned) {
		*ret = NULL;
		return 0;
	}
	errnum = json_parse(owned, SIZE_MAX, &parsed, &why, &offset);
	if (errnum == -ENOMEM)
		return error_no_memory(err);
	if (errnum < 0)
		return guard_bad_output(g, why ? why : "malformed JSON", err);
	if (!json_object_is_type(parsed, wanted))
		return guard_bad_output(g, "JSON of another type", err);
	*ret = TAKE_PTR(parsed);
	return 0;
}
