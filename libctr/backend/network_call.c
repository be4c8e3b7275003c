/* SPDX-License-Identifier: Apache-2.0 */
/* Guarded calls of a network backend's slots. */
#include "backend/backends.h"

int network_setup(struct network_backend *b, const struct ctr_network_attach *what, json_t **ret_status, const struct op_call *call,
		  ctr_error_t **err)
{
	char *text = NULL;
	struct guard g;
	int code = guard_begin(&g, &b->base, "setup", 1, call, err);

	if (code < 0)
		return code;
	code = guard_end(&g, b->ops.setup(b->base.self, what, &text, g.op, &g.inner), err);
	return code < 0 ? code : guard_json(&g, text, json_type_object, ret_status, err);
}

int network_teardown(struct network_backend *b, const struct ctr_network_attach *what, const struct op_call *call, ctr_error_t **err)
{
	struct guard g;
	int code = guard_begin(&g, &b->base, "teardown", 1, call, err);

	return code < 0 ? code : guard_end(&g, b->ops.teardown(b->base.self, what, g.op, &g.inner), err);
}

int network_probe(struct network_backend *b, json_t **ret, const struct op_call *call, ctr_error_t **err)
{
	char *text = NULL;
	struct guard g;
	int code = guard_begin(&g, &b->base, "probe", b->ops.probe != NULL, call, err);

	if (code < 0)
		return code;
	code = guard_end(&g, b->ops.probe(b->base.self, &text, g.op, &g.inner), err);
	return code < 0 ? code : guard_json(&g, text, json_type_object, ret, err);
}
