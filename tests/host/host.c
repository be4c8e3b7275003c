/* SPDX-License-Identifier: Apache-2.0 */
/* A hostile host: host VARIANT RUNTIME DIR ROOTFS leads the life of containers in a process of the kind that VARIANT names. Exits 0
 * when everything went as the contract says and nothing of the process has changed; DIR/report says what was not so. */
#include "host.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_int sigpipes;

static void count_sigpipe(int signal)
{
	(void)signal;
	atomic_fetch_add(&sigpipes, 1);
}

static const struct variant *find(const char *name)
{
	const struct variant *const tables[] = { variants_process, variants_threads, variants_fork };

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct variant *v = tables[i]; v->name; v++)
			if (strcmp(v->name, name) == 0)
				return v;
	return NULL;
}

static char *join(const char *dir, const char *name)
{
	char *path = NULL;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		abort();
	return path;
}

static int run(const struct variant *v, const struct host *h)
{
	char *before;

	if (v->prepare)
		v->prepare(h);
	before = process_picture();
	v->run(h);
	process_compare(before, v->name);
	free(before);
	if (atomic_load(&sigpipes))
		report("%d SIGPIPE were raised", atomic_load(&sigpipes));
	return report_failures() ? 1 : 0;
}

int main(int argc, char **argv)
{
	const struct variant *v = argc == 5 ? find(argv[1]) : NULL;
	struct sigaction action = { .sa_handler = count_sigpipe };
	char *path;
	struct host h;
	int code;

	if (!v) {
		fprintf(stderr, "usage: host VARIANT RUNTIME DIR ROOTFS\n");
		return 2;
	}
	path = join(argv[3], "report");
	report_open(path);
	free(path);
	sigaction(SIGPIPE, &action, NULL);
	h = (struct host){ .root = join(argv[3], "root"), .run_root = join(argv[3], "run"), .root2 = join(argv[3], "root2"),
			   .run_root2 = join(argv[3], "run2"), .rootfs = argv[4], .runtime = argv[2], .real = strcmp(argv[2], "null") != 0 };
	code = run(v, &h);
	free((char *)h.root);
	free((char *)h.run_root);
	free((char *)h.root2);
	free((char *)h.run_root2);
	return code;
}
