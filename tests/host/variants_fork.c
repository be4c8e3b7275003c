/* SPDX-License-Identifier: Apache-2.0 */
/* A host that forks: in the child every call with a handle is refused, giving back frees memory only, what is memory goes on. */
#include "host.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct things {
	ctr_engine_t *engine;
	ctr_container_t *c;
	ctr_spec_t *spec;
	ctr_op_t *op;
	ctr_status_t *status;
	ctr_container_list_t *list;
	ctr_error_t *error;
	char *json;
};

static void refused(const struct things *t)
{
	ctr_container_list_t *l = NULL;
	ctr_container_t *c = NULL;
	ctr_status_t *s = NULL;
	char *json = NULL;
	int32_t code = 0;
	int fd = -1;

	WANT(CTR_ERR_FORKED, ctr_container_create(t->engine, t->spec, NULL, &c, &err));
	WANT(CTR_ERR_FORKED, ctr_container_open(t->engine, "parent", &c, &err));
	WANT(CTR_ERR_FORKED, ctr_container_list(t->engine, NULL, NULL, &l, &err));
	WANT(CTR_ERR_FORKED, ctr_engine_info(t->engine, NULL, &json, &err));
	WANT(CTR_ERR_FORKED, ctr_engine_probe(t->engine, NULL, &json, &err));
	WANT(CTR_ERR_FORKED, ctr_engine_lock_audit(t->engine, &json, &err));
	WANT(CTR_ERR_FORKED, ctr_container_init(t->c, NULL, NULL, &err));
	WANT(CTR_ERR_FORKED, ctr_container_start(t->c, NULL, NULL, &err));
	WANT(CTR_ERR_FORKED, ctr_container_kill(t->c, SIGKILL, NULL, &err));
	WANT(CTR_ERR_FORKED, ctr_container_stop(t->c, NULL, NULL, &err));
	WANT(CTR_ERR_FORKED, ctr_container_wait(t->c, NULL, NULL, &code, &err));
	WANT(CTR_ERR_FORKED, ctr_container_exit_fd(t->c, &fd, &err));
	WANT(CTR_ERR_FORKED, ctr_container_status(t->c, NULL, &s, &err));
	WANT(CTR_ERR_FORKED, ctr_container_inspect(t->c, NULL, &json, &err));
	WANT(CTR_ERR_FORKED, ctr_container_sync(t->c, NULL, &err));
	WANT(CTR_ERR_FORKED, ctr_container_cleanup(t->c, 0, NULL, &err));
	WANT(CTR_ERR_FORKED, ctr_container_remove(t->c, NULL, NULL, &err));
	WANT(CTR_ERR_FORKED, ctr_probe_host(t->op, &json, &err));
	CHECK(!c && !l && !s && !json && fd == -1);
}

static void goes_on(const struct things *t)
{
	char *text;

	CHECK(strcmp(ctr_container_name(t->c), "parent") == 0);
	EQUAL(ctr_status_state(t->status), CTR_STATE_RUNNING);
	CHECK(strcmp(ctr_status_label(t->status, "größe"), "1,5") == 0);
	EQUAL(ctr_container_list_count(t->list), 1);
	CHECK(strcmp(ctr_status_name(ctr_container_list_status(t->list, 0)), "parent") == 0);
	EQUAL(ctr_error_code(t->error), CTR_ERR_NO_SUCH_CONTAINER);
	text = ctr_error_format(t->error);
	CHECK(text && strstr(text, "nobody"));
	ctr_free(text);
	text = NULL;
	OK(ctr_status_to_json(t->status, &text, &err));
	ctr_free(text);
	CHECK(ctr_version() && *ctr_version());
}

static void give_back(struct things *t)
{
	t->list = ctr_container_list_unref(t->list);
	t->status = ctr_status_unref(t->status);
	t->c = ctr_container_unref(t->c);
	t->engine = ctr_engine_unref(t->engine);
	t->spec = ctr_spec_unref(t->spec);
	t->op = ctr_op_unref(t->op);
	t->error = ctr_error_unref(t->error);
	ctr_free(t->json);
	t->json = NULL;
}

static void child(const struct host *h, struct things *t)
{
	refused(t);
	goes_on(t);
	give_back(t);
	/* What it opens for itself is its own. */
	life_alone(h, "child");
	_exit(report_failures() ? 1 : 0);
}

static void gather(const struct host *h, struct things *t)
{
	ctr_container_t *nobody = NULL;

	t->engine = life_engine(h, h->root, h->run_root);
	t->c = life_create(h, t->engine, "parent", NULL);
	OK(ctr_container_start(t->c, NULL, NULL, &err));
	OK(ctr_spec_from_json("{\"command\":[\"x\"],\"rootfs\":\"/\"}", CTR_STRLEN, &t->spec, &err));
	OK(ctr_op_new(&t->op, &err));
	OK(ctr_container_status(t->c, NULL, &t->status, &err));
	OK(ctr_container_list(t->engine, NULL, NULL, &t->list, &err));
	OK(ctr_container_inspect(t->c, NULL, &t->json, &err));
	ctr_container_open(t->engine, "nobody", &nobody, &t->error);
}

static void fork_once(const struct host *h)
{
	struct things t = { 0 };
	int status = 0;
	pid_t pid;

	gather(h, &t);
	pid = fork();
	if (pid == 0)
		child(h, &t);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		abort();
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		report("the forked child ended with status %#x", (unsigned)status);
	/* The child has given back what it inherited; the parent has everything still. */
	EQUAL(life_state(t.c), CTR_STATE_RUNNING);
	life_whole(h, t.engine, "after");
	life_remove(ctr_container_ref(t.c));
	give_back(&t);
}

const struct variant variants_fork[] = {
	{ "fork", fork_once, NULL },
	{ NULL, NULL, NULL },
};
