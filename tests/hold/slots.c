/* SPDX-License-Identifier: Apache-2.0 */
/* Many containers: what they cost in lock slots.
 *
 *   … fill N         creates N containers and leaves them; "created COUNT", also when one is refused
 *   … empty          removes all there are; "removed COUNT"
 *   … cycles N       creates that fail in every way, creates that work, runs and removals: N in all; "cycles N" */
#include "program.h"

static void fill(const struct place *p, ctr_engine_t *engine, long n)
{
	ctr_spec_t *spec = new_spec(p, NULL, "sleep 1000", NULL);

	for (long i = 0; i < n; i++) {
		ctr_container_t *c = NULL;
		ctr_error_t *err = NULL;
		int r = ctr_container_create(engine, spec, NULL, &c, &err);

		if (r < 0) {
			printf("created %ld\n", i);
			fflush(stdout);
			fail_with(r, err, "create");
		}
		ctr_container_unref(c);
	}
	ctr_spec_unref(spec);
	printf("created %ld\n", n);
}

static void empty(ctr_engine_t *engine)
{
	struct ctr_remove_opts rm = remove_opts(1);
	ctr_container_list_t *l = NULL;

	MUST(ctr_container_list(engine, NULL, NULL, &l, &err));
	for (size_t i = 0; i < ctr_container_list_count(l); i++)
		MUST(ctr_container_remove(ctr_container_list_get(l, i), &rm, NULL, &err));
	printf("removed %zu\n", ctr_container_list_count(l));
	ctr_container_list_unref(l);
}

/* Each must fail, with its own code. */
static void must_fail(ctr_engine_t *engine, const ctr_spec_t *spec, ctr_op_t *op, int wanted, const char *what)
{
	ctr_container_t *c = NULL;
	ctr_error_t *err = NULL;
	int r = ctr_container_create(engine, spec, op, &c, &err);

	if (r != wanted)
		fail_with(r, err, what);
	ctr_error_unref(err);
}

static void fail_once(const struct place *p, ctr_engine_t *engine, ctr_op_t *cancelled, long i)
{
	struct place nowhere = {.runtime = p->runtime, .root = p->root, .run = p->run, .rootfs = "/no/such/root"};
	ctr_spec_t *spec;

	switch (i % 3) {
	case 0:
		spec = new_spec(p, "taken", "true", NULL);
		must_fail(engine, spec, NULL, CTR_ERR_NAME_IN_USE, "a name in use");
		break;
	case 1:
		spec = new_spec(&nowhere, NULL, "true", NULL);
		must_fail(engine, spec, NULL, CTR_ERR_NO_SUCH_FILE, "a root file system that is not there");
		break;
	default:
		spec = new_spec(p, NULL, "true", NULL);
		must_fail(engine, spec, cancelled, CTR_ERR_CANCELLED, "a cancelled create");
	}
	ctr_spec_unref(spec);
}

static void work_once(const struct place *p, ctr_engine_t *engine, long i)
{
	struct ctr_remove_opts rm = remove_opts(1);
	ctr_container_t *c = new_container(p, engine, NULL);

	if (i % 2)
		MUST(ctr_container_start(c, NULL, NULL, &err));
	MUST(ctr_container_remove(c, &rm, NULL, &err));
	ctr_container_unref(c);
}

static void cycles(const struct place *p, ctr_engine_t *engine, long n)
{
	ctr_container_t *taken = new_container(p, engine, "taken");
	ctr_op_t *cancelled = NULL;

	MUST(ctr_op_new(&cancelled, &err));
	ctr_op_cancel(cancelled);
	for (long i = 0; i < n; i++) {
		fail_once(p, engine, cancelled, i);
		work_once(p, engine, i);
	}
	ctr_op_unref(cancelled);
	ctr_container_unref(taken);
	printf("cycles %ld\n", n);
}

int main(int argc, char **argv)
{
	struct place p = place_of(argc, argv);
	const char *what = argc > 5 ? argv[5] : "";
	long n = argc > 6 ? atol(argv[6]) : 0;
	ctr_engine_t *engine = open_engine(&p);

	if (strcmp(what, "fill") == 0)
		fill(&p, engine, n);
	else if (strcmp(what, "empty") == 0)
		empty(engine);
	else if (strcmp(what, "cycles") == 0)
		cycles(&p, engine, n);
	ctr_engine_unref(engine);
	return 0;
}
