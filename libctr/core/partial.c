/* SPDX-License-Identifier: Apache-2.0 */
/* The outcome of a verb over many containers: one error that says of each failed one why. */
#include "base/mem.h"
#include "core/pods.h"

void partial_add(struct partial *p, const char *id, int code, ctr_error_t *why)
{
	json_t *one = json_object_new_object();

	p->n++;
	if (!p->results)
		p->results = json_object_new_object();
	if (!one || !p->results || json_put_str(one, "code", error_code_name(code)) < 0 ||
	    json_put_str(one, "message", why ? error_message(why) : error_code_name(code)) < 0)
		json_object_put(one);
	else
		(void)json_put(p->results, id, one);
	error_unref(why);
}

int partial_finish(struct partial *p, const char *object_kind, const char *object_id, const char *what,
		   ctr_error_t **err)
{
	CLEANUP_JSON json_t *results = p->results;
	CLEANUP_FREE char *text = results ? json_print(results) : NULL;
	const char *first = "";
	size_t n = p->n;

	*p = (struct partial){.n = 0};
	if (n == 0)
		return 0;
	if (!text)
		return error_no_memory(err);
	json_object_object_foreach(results, id, one)
	{
		(void)id;
		first = json_get_str(one, "message", "");
		break;
	}
	error_set(err, CTR_ERR_PARTIAL, DOMAIN_CORE,
		  "%s: %zu container%s failed, see the detail \"results\"; the first: %s", what, n, n == 1 ? "" : "s",
		  first);
	error_detail(err, object_kind, object_id);
	error_detail(err, "results", text);
	return CTR_ERR_PARTIAL;
}
