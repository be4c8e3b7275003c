/* SPDX-License-Identifier: Apache-2.0 */
/* Guarded calls of a runtime's slots. */
#include "backend/backends.h"

#include <stdlib.h>

/* Takes over what the slot has made, whatever becomes of it. */
static int judge_created(struct runtime_backend *b, struct guard *g, const struct ctr_runtime_process *made, int code,
			 struct ctr_runtime_process *ret, ctr_error_t **err)
{
	int pidfd CLEANUP_CLOSE = -1;
	char *cgroups CLEANUP_FREE = NULL;

	code = guard_end(g, code, err);
	if (code < 0)
		return code;
	pidfd = made->pidfd;
	cgroups = made->cgroups;
	if (made->pid < 0 || (made->pid == 0) != ((b->ops.caps & CTR_RUNTIME_CAP_NO_PROCESS) != 0))
		return guard_bad_output(g, "pid", err);
	*ret = *made;
	ret->size = sizeof(*ret);
	TAKE_PTR(cgroups);
	(void)TAKE_FD(pidfd);
	return 0;
}

int runtime_create(struct runtime_backend *b, const struct ctr_runtime_run *run, struct ctr_runtime_process *ret,
		   const struct op_call *call, ctr_error_t **err)
{
	struct ctr_runtime_process made = {.size = sizeof(made), .pidfd = -1};
	struct guard g;
	int code = guard_begin(&g, &b->base, "create", 1, call, err);

	return code < 0 ? code : judge_created(b, &g, &made, b->ops.create(b->base.self, run, &made, g.op, &g.inner), ret, err);
}

static int has_halves(const struct runtime_backend *b)
{
	return b->ops.create_begin && b->ops.create_end && b->ops.start_begin && b->ops.start_end;
}

int runtime_create_begin(struct runtime_backend *b, const struct ctr_runtime_run *run, void **ret_pending, const struct op_call *call,
			 ctr_error_t **err)
{
	struct guard g;
	int code;

	if (!has_halves(b))
		return 0;
	code = guard_begin(&g, &b->base, "create", 1, call, err);
	return code < 0 ? code : guard_end(&g, b->ops.create_begin(b->base.self, run, ret_pending, g.op, &g.inner), err);
}

/* What begin handed out is freed by the slot alone: out of memory for its op must not keep it from being called. */
int runtime_create_end(struct runtime_backend *b, const struct ctr_runtime_run *run, void *pending, struct ctr_runtime_process *ret,
		       const struct op_call *call, ctr_error_t **err)
{
	struct ctr_runtime_process made = {.size = sizeof(made), .pidfd = -1};
	struct guard g;
	int code;

	if (!has_halves(b))
		return runtime_create(b, run, ret, call, err);
	code = guard_begin(&g, &b->base, "create", 1, call, err);
	if (code < 0) {
		(void)b->ops.create_end(b->base.self, run, pending, &made, NULL, NULL);
		cleanup_close_fn(&made.pidfd);
		free(made.cgroups);
		return code;
	}
	return judge_created(b, &g, &made, b->ops.create_end(b->base.self, run, pending, &made, g.op, &g.inner), ret, err);
}

int runtime_start(struct runtime_backend *b, const struct ctr_runtime_run *run, const struct op_call *call, ctr_error_t **err)
{
	struct guard g;
	int code = guard_begin(&g, &b->base, "start", 1, call, err);

	return code < 0 ? code : guard_end(&g, b->ops.start(b->base.self, run, g.op, &g.inner), err);
}

int runtime_start_begin(struct runtime_backend *b, const struct ctr_runtime_run *run, void **ret_pending, const struct op_call *call,
			ctr_error_t **err)
{
	struct guard g;
	int code;

	if (!has_halves(b))
		return 0;
	code = guard_begin(&g, &b->base, "start", 1, call, err);
	return code < 0 ? code : guard_end(&g, b->ops.start_begin(b->base.self, run, ret_pending, g.op, &g.inner), err);
}

int runtime_start_end(struct runtime_backend *b, const struct ctr_runtime_run *run, void *pending, const struct op_call *call,
		      ctr_error_t **err)
{
	struct guard g;
	int code;

	if (!has_halves(b))
		return runtime_start(b, run, call, err);
	code = guard_begin(&g, &b->base, "start", 1, call, err);
	if (code < 0) {
		(void)b->ops.start_end(b->base.self, run, pending, NULL, NULL);
		return code;
	}
	return guard_end(&g, b->ops.start_end(b->base.self, run, pending, g.op, &g.inner), err);
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

int runtime_pause(struct runtime_backend *b, const struct ctr_runtime_run *run, const struct op_call *call, ctr_error_t **err)
{
	struct guard g;
	int code = guard_begin(&g, &b->base, "pause", b->ops.pause != NULL, call, err);

	return code < 0 ? code : guard_end(&g, b->ops.pause(b->base.self, run, g.op, &g.inner), err);
}

int runtime_resume(struct runtime_backend *b, const struct ctr_runtime_run *run, const struct op_call *call, ctr_error_t **err)
{
	struct guard g;
	int code = guard_begin(&g, &b->base, "resume", b->ops.resume != NULL, call, err);

	return code < 0 ? code : guard_end(&g, b->ops.resume(b->base.self, run, g.op, &g.inner), err);
}

int runtime_update(struct runtime_backend *b, const struct ctr_runtime_run *run, const struct op_call *call, ctr_error_t **err)
{
	struct guard g;
	int code = guard_begin(&g, &b->base, "update", b->ops.update != NULL, call, err);

	return code < 0 ? code : guard_end(&g, b->ops.update(b->base.self, run, g.op, &g.inner), err);
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
