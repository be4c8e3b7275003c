/* SPDX-License-Identifier: Apache-2.0 */
/* The registry of backends: the size rule, refusals, lookups, and what guarded calls make of odd answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "backend/registry.h"
#include "base/mem.h"
#include "base/strv.h"

struct fake {
	int destroyed, result, with_error;
	int32_t pid;
	const char *text, *path;
	ctr_op_t *seen_op;
	uint64_t seen_left;
	int seen_cancelled;
};

static int fake_answer(struct fake *f, ctr_op_t *op, ctr_error_t **err)
{
	struct op_call call;

	op_call_begin(&call, op, 1);
	f->seen_op = op;
	f->seen_left = call.deadline_ns;
	f->seen_cancelled = op_call_cancelled(&call);
	return f->with_error ? error_set(err, f->result, "backend:x", "the slot's own words") : f->result;
}

static int fake_create(void *self, const struct ctr_runtime_run *run, struct ctr_runtime_process *ret, ctr_op_t *op, ctr_error_t **err)
{
	struct fake *f = self;

	(void)run;
	ret->pid = f->pid;
	ret->cgroups = str_dup("{}");
	return fake_answer(f, op, err);
}

static int fake_start(void *self, const struct ctr_runtime_run *run, ctr_op_t *op, ctr_error_t **err)
{
	(void)run;
	return fake_answer(self, op, err);
}

static int fake_remove(void *self, const struct ctr_runtime_run *run, int32_t force, ctr_op_t *op, ctr_error_t **err)
{
	(void)run;
	(void)force;
	return fake_answer(self, op, err);
}

static int fake_probe(void *self, char **ret_json, ctr_op_t *op, ctr_error_t **err)
{
	struct fake *f = self;

	*ret_json = str_dup(f->text);
	return fake_answer(f, op, err);
}

static void fake_destroy(void *self)
{
	((struct fake *)self)->destroyed++;
}

static const struct ctr_runtime_ops fake_runtime = {
	.size = sizeof(fake_runtime),
	.create = fake_create,
	.start = fake_start,
	.remove = fake_remove,
	.probe = fake_probe,
	.destroy = fake_destroy,
};

static struct registry *with_fake(struct fake *f, struct runtime_backend **ret)
{
	struct registry *r;

	assert_int_equal(registry_new(&r, NULL), 0);
	assert_int_equal(registry_add_runtime(r, "fake", "/opt/fake", &fake_runtime, f, NULL), 0);
	assert_int_equal(registry_runtime(r, "fake", ret, NULL), 0);
	return r;
}

static void test_size_rule(void **state)
{
	struct {
		struct ctr_runtime_ops ops;
		void (*newer)(void);
	} newer = {.ops = fake_runtime, .newer = NULL};
	struct ctr_runtime_ops small = fake_runtime;
	struct fake f = {0};
	struct registry *r;
	ctr_error_t *err CLEANUP_ERROR = NULL;

	(void)state;
	assert_int_equal(registry_new(&r, NULL), 0);
	small.size = offsetof(struct ctr_runtime_ops, destroy);
	assert_int_equal(registry_add_runtime(r, "small", "", &small, &f, &err), CTR_ERR_INVALID_ARG);
	assert_non_null(strstr(error_message(err), "small"));
	newer.ops.size = sizeof(newer);
	assert_int_equal(registry_add_runtime(r, "newer", "", &newer.ops, &f, NULL), 0);
	registry_free(r);
	assert_int_equal(f.destroyed, 1); /* the refused one stays its owner's */
}

static void test_refusals(void **state)
{
	struct ctr_runtime_ops ops = fake_runtime;
	struct fake f = {0};
	struct runtime_backend *b;
	struct registry *r = with_fake(&f, &b);
	ctr_error_t *err CLEANUP_ERROR = NULL;

	(void)state;
	assert_int_equal(registry_add_runtime(r, "fake", "", &fake_runtime, &f, NULL), CTR_ERR_EXISTS);
	assert_int_equal(registry_add_runtime(r, "a/b", "", &fake_runtime, &f, NULL), CTR_ERR_INVALID_ARG);
	assert_int_equal(registry_add_runtime(r, "/opt/crun", "/opt/crun", &fake_runtime, &f, NULL), 0);
	assert_int_equal(registry_add_runtime(r, NULL, "", &fake_runtime, &f, NULL), CTR_ERR_INVALID_ARG);
	ops.start = NULL;
	assert_int_equal(registry_add_runtime(r, "half", "", &ops, &f, &err), CTR_ERR_INVALID_ARG);
	assert_non_null(strstr(error_message(err), "start"));
	ops = fake_runtime;
	ops.caps = CTR_RUNTIME_CAP_NO_PROCESS;
	assert_int_equal(registry_add_runtime(r, "endless", "", &ops, &f, NULL), CTR_ERR_INVALID_ARG);
	registry_free(r);
	assert_int_equal(f.destroyed, 2);
}

static void test_unknown_names_the_known(void **state)
{
	struct fake f = {0};
	struct runtime_backend *b;
	struct storage_backend *s;
	struct registry *r = with_fake(&f, &b);
	ctr_error_t *err CLEANUP_ERROR = NULL;
	char **names CLEANUP_STRV = registry_runtime_names(r);

	(void)state;
	assert_string_equal(names[0], "fake");
	assert_null(names[1]);
	assert_string_equal(runtime_backend_path(b), "/opt/fake");
	assert_int_equal(registry_runtime(r, "kata", &b, &err), CTR_ERR_RUNTIME_NOT_FOUND);
	assert_non_null(strstr(error_message(err), "kata"));
	assert_non_null(strstr(error_message(err), "fake"));
	assert_int_equal(registry_storage(r, "zfs", &s, NULL), CTR_ERR_STORAGE);
	registry_free(r);
}

static void test_errors_of_slots(void **state)
{
	struct fake f = {.result = CTR_ERR_IO, .with_error = 1};
	struct ctr_runtime_run run = {.size = sizeof(run)};
	struct runtime_backend *b;
	struct registry *r = with_fake(&f, &b);
	ctr_error_t *err = NULL;

	(void)state;
	assert_int_equal(runtime_start(b, &run, NULL, &err), CTR_ERR_IO);
	assert_string_equal(error_message(err), "the slot's own words");
	err = error_unref(err);
	f.with_error = 0;
	assert_int_equal(runtime_start(b, &run, NULL, &err), CTR_ERR_IO);
	assert_string_equal(error_domain(err), "backend:fake");
	err = error_unref(err);
	f.result = 7;
	assert_int_equal(runtime_start(b, &run, NULL, &err), CTR_ERR_INTERNAL);
	err = error_unref(err);
	assert_int_equal(runtime_end(b, &run, 15, NULL, &err), CTR_ERR_NOT_SUPPORTED);
	assert_non_null(strstr(error_message(err), "fake"));
	error_unref(err);
	registry_free(r);
}

static void test_outputs_are_checked(void **state)
{
	struct fake f = {.pid = 0};
	struct ctr_runtime_run run = {.size = sizeof(run)};
	struct ctr_runtime_process ret = {.pid = 99};
	struct runtime_backend *b;
	struct registry *r = with_fake(&f, &b);
	json_t *j = NULL;

	(void)state;
	assert_int_equal(runtime_create(b, &run, &ret, NULL, NULL), CTR_ERR_INTERNAL); /* no pid, yet not NO_PROCESS */
	assert_int_equal(ret.pid, 99);
	f.pid = 12;
	assert_int_equal(runtime_create(b, &run, &ret, NULL, NULL), 0);
	assert_int_equal(ret.pid, 12);
	free(ret.cgroups);
	f.text = "[1]";
	assert_int_equal(runtime_probe(b, &j, NULL, NULL), CTR_ERR_INTERNAL);
	f.text = "{\"name\":";
	assert_int_equal(runtime_probe(b, &j, NULL, NULL), CTR_ERR_INTERNAL);
	f.text = "{\"name\":\"fake\"}";
	assert_int_equal(runtime_probe(b, &j, NULL, NULL), 0);
	assert_string_equal(json_get_str(j, "name", ""), "fake");
	json_object_put(j);
	registry_free(r);
}

static void test_op_of_the_slot(void **state)
{
	struct fake f = {0};
	struct ctr_runtime_run run = {.size = sizeof(run)};
	struct runtime_backend *b;
	struct registry *r = with_fake(&f, &b);
	struct op_call call = {.deadline_ns = 12345};
	ctr_op_t *op;

	(void)state;
	assert_int_equal(runtime_start(b, &run, &call, NULL), 0);
	assert_int_equal(f.seen_left, 12345);
	assert_false(f.seen_cancelled);
	assert_int_equal(op_new(&op, NULL), 0);
	call.op = op;
	call.deadline_ns = OP_NO_DEADLINE;
	op_cancel(op);
	assert_int_equal(runtime_start(b, &run, &call, NULL), 0);
	assert_true(f.seen_cancelled);
	assert_true(f.seen_left == OP_NO_DEADLINE);
	assert_true(f.seen_op != op);
	op_unref(op);
	registry_free(r);
}

/* The derived op outlives its parent's last outside reference, and its cancel is the parent's. */
static void test_derived_op(void **state)
{
	struct op_call call = {.deadline_ns = 77}, inner;
	ctr_op_t *op, *derived, *twice;

	(void)state;
	assert_int_equal(op_new(&op, NULL), 0);
	call.op = op;
	assert_int_equal(op_from_call(&call, &derived, NULL), 0);
	op_call_begin(&inner, derived, 5);
	assert_int_equal(inner.deadline_ns, 77);
	assert_int_equal(op_call_cancel_fd(&inner), op_call_cancel_fd(&call));
	assert_int_equal(op_from_call(&inner, &twice, NULL), 0);
	op_unref(derived);
	op_cancel(twice);
	assert_true(op_call_cancelled(&call));
	op_unref(op);
	inner.op = twice;
	assert_true(op_call_cancelled(&inner));
	assert_true(op_call_cancel_fd(&inner) >= 0);
	op_unref(twice);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_size_rule),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_unknown_names_the_known),
		cmocka_unit_test(test_errors_of_slots),
		cmocka_unit_test(test_outputs_are_checked),
		cmocka_unit_test(test_op_of_the_slot),
		cmocka_unit_test(test_derived_op),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
