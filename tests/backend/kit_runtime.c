/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of runtimes whose containers have no process, and of networks. */
#include <string.h>
#include "kit_lib.h"

#define ID "5f1c000000000000000000000000000000000000000000000000000000000001"
#define UNKNOWN "5f1c0000000000000000000000000000000000000000000000000000000000ff"

static struct ctr_runtime_run a_run(const struct kit *k, const char *id, uint64_t run, const char *annotations)
{
	return (struct ctr_runtime_run){.size = sizeof(struct ctr_runtime_run), .id = id, .name = "kit", .run = run, .bundle = k->t->scratch,
					.state_dir = k->t->scratch, .annotations = annotations, .mount_fd = -1, .stdin_fd = -1,
					.stdout_fd = -1, .stderr_fd = -1, .cgroups = ""};
}

static int create(struct kit *k, const struct ctr_runtime_run *run, struct ctr_runtime_process *ret)
{
	*ret = (struct ctr_runtime_process){.size = sizeof(*ret), .pid = -7, .pidfd = -1};
	return k->runtime->create(k->t->self, run, ret, NULL, &k->err);
}

static void check_life(struct kit *k)
{
	struct ctr_runtime_run run = a_run(k, ID, 1, "{}");
	struct ctr_runtime_process made;

	KIT_TRY(k, "create", create(k, &run, &made), 0);
	KIT_TRUE(k, made.pid == 0 && made.pidfd == -1, "create answered pid %d, pidfd %d", (int)made.pid, (int)made.pidfd);
	KIT_TRY(k, "start", k->runtime->start(k->t->self, &run, NULL, &k->err), 0);
	KIT_TRY(k, "end by SIGTERM", k->runtime->end(k->t->self, &run, 15, NULL, &k->err), 0);
	KIT_TRY(k, "end of an ended run", k->runtime->end(k->t->self, &run, 9, NULL, &k->err), 0);
	KIT_TRY(k, "remove", k->runtime->remove(k->t->self, &run, 0, NULL, &k->err), 0);
	KIT_TRY(k, "remove again", k->runtime->remove(k->t->self, &run, 1, NULL, &k->err), 0);
}

static void check_next_run(struct kit *k)
{
	struct ctr_runtime_process made;

	for (uint64_t n = 10; n < 13; n++) {
		struct ctr_runtime_run run = a_run(k, ID, n, NULL);

		KIT_TRY(k, "create of another run", create(k, &run, &made), 0);
		KIT_TRY(k, "start of another run", k->runtime->start(k->t->self, &run, NULL, &k->err), 0);
		KIT_TRY(k, "end of another run", k->runtime->end(k->t->self, &run, 9, NULL, &k->err), 0);
		KIT_TRY(k, "remove of another run", k->runtime->remove(k->t->self, &run, 1, NULL, &k->err), 0);
	}
}

static void check_remove_of_unknown(struct kit *k)
{
	struct ctr_runtime_run run = a_run(k, UNKNOWN, 1, NULL);

	KIT_TRY(k, "remove of an unknown container", k->runtime->remove(k->t->self, &run, 1, NULL, &k->err), 0);
}

static void check_probe(struct kit *k)
{
	char *text = NULL;

	if (!k->runtime->probe)
		return;
	KIT_TRY(k, "probe", k->runtime->probe(k->t->self, &text, NULL, &k->err), 0);
	KIT_TRUE(k, kit_answer_has(k, text, '{', "\"usable\""), "probe's answer is no object with \"usable\"");
}

int kit_runtime_without_process(const struct ctr_runtime_ops *ops, const struct kit_target *t)
{
	static const struct kit_check checks[] = {
		{"runtime: a container's life", check_life, 0},
		{"runtime: one run after the other", check_next_run, 0},
		{"runtime: removing the unknown", check_remove_of_unknown, 0},
		{"runtime: probe", check_probe, 0},
	};
	struct kit k = {.t = t, .runtime = ops};

	return kit_run(&k, checks, sizeof(checks) / sizeof(checks[0]));
}

static void check_attach(struct kit *k)
{
	struct ctr_network_attach what = {.size = sizeof(what), .id = ID, .name = "kit", .hostname = "kit", .run = 1,
					  .netns_path = "/proc/self/ns/net"};
	char *text = NULL;

	KIT_TRY(k, "setup", k->network->setup(k->t->self, &what, &text, NULL, &k->err), 0);
	KIT_TRUE(k, !text || kit_answer_has(k, text, '{', "}"), "setup's answer is no object");
	KIT_TRY(k, "teardown", k->network->teardown(k->t->self, &what, NULL, &k->err), 0);
	KIT_TRY(k, "teardown again", k->network->teardown(k->t->self, &what, NULL, &k->err), 0);
	what.id = UNKNOWN;
	KIT_TRY(k, "teardown of an unknown container", k->network->teardown(k->t->self, &what, NULL, &k->err), 0);
}

static void check_network_probe(struct kit *k)
{
	char *text = NULL;

	if (!k->network->probe)
		return;
	KIT_TRY(k, "probe", k->network->probe(k->t->self, &text, NULL, &k->err), 0);
	KIT_TRUE(k, kit_answer_has(k, text, '{', "\"usable\""), "probe's answer is no object with \"usable\"");
}

int kit_network(const struct ctr_network_ops *ops, const struct kit_target *t)
{
	static const struct kit_check checks[] = {
		{"network: setup and teardown", check_attach, 0},
		{"network: probe", check_network_probe, 0},
	};
	struct kit k = {.t = t, .network = ops};

	return kit_run(&k, checks, sizeof(checks) / sizeof(checks[0]));
}
