/* SPDX-License-Identifier: Apache-2.0 */
/* Guarded calls of a runtime's slots. */
#include "backend/backends.h"

int runtime_create(struct runtime_backend *b, const struct ctr_runtime_run *run, struct ctr_runtime_process *ret,
		   const struct op_call *call, ctr_error_t **err)
{
	struct ctr_runtime_process made = {.size = sizeof(made), .pidfd = -1};
	int pidfd CLEANUP_CLOSE = -1;
	char *cgroups CLEANUP_FREE = NULL;
	struct guard g;
	int code;

	code = guard_begin(&g, &b->base, "create", 1, call, err);
	if (code < 0)
		return code;
	code = guard_end(&g, b->ops.create(b->base.self, run, &made, g.op, &g.inner), err);
	if (code < 0)
		return code;
	pidfd = made.pidfd;
	cgroups = made.cgroups;
	if (made.pid < 0 || (made.pid == 0) != ((b->ops.caps & CTR_RUNTIME_CAP_NO_PROCESS) != 0))
		return guard_bad_output(&g, "pid", err);
	made.size = sizeof(made);
	*ret = made;
	TAKE_PTR(cgroups);
	(void)TAKE_FD(pidfd);
	return 0;
}

int runtime_start(struct runtime_backend *b, const struct ctr_runtime_run *run, const struct op_call *call, ctr_error_t **err)
{
	struct guard g;
	int code = guard_begin(&g, &b->base, "start", 1, call, err);

	return code < 0 ? code : guard_end(&g, b->ops.start(b->base.self, run, g.op, &g.inner), err);
}

int runtime_remove(struct runtime_backend *b, const struct ctr_runtime_run *run, int force, const struct op_call *call,
		   ctr_error_t **err)
{
	struct guard g;
	int code = guard_begin(&g, &b->base, "remove", 1, call, err);

	return code < 0 ? code : guard_end(&g, b->ops.remove(b->base.self, run, force, g.op, &g.inner), err);
}

int runtime_end(struct runtime_backend *b, const struct ctr_runtime_run *run, int signal, const struct op_call *call,
		ctr_error_t **err)
{
	struct guard g;
	int code = guard_begin(&g, &b->base, "end", b->ops.end != NULL, call, err);

	return code < 0 ? code : guard_end(&g, b->ops.end(b->base.self, run, signal, g.op, &g.inner), err);
}

int runtime_probe(struct runtime_backend *b, json_t **ret, const struct op_call *call, ctr_error_t **err)
{
	char *text = NULL;
	struct guard g;
	int code = guard_begin(&g, &b->base, "probe", b->ops.probe != NULL, call, err);

	if (code < 0)
		return code;
	code = guard_end(&g, b->ops.probe(b->base.self, &text, g.op, &g.inner), err);
	return code < 0 ? code : guard_json(&g, text, json_type_object, ret, err);
}
