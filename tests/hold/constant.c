/* SPDX-License-Identifier: Apache-2.0 */
/* What a host process costs over time: its memory, descriptors and threads after each quarter of the same work.
 *
 *   … status|cycles|engines N   prints "rss KB fds COUNT threads COUNT" five times: after a tenth of N more to warm up, and
 *                               after each quarter of N */
#include <dirent.h>
#include "program.h"

static long count_in(const char *folder)
{
	DIR *d = opendir(folder);
	long n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n - 2;
}

/* Anonymous memory only: what files the kernel keeps mapped is its own affair. */
static long resident_kb(void)
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[256];
	long kb = -1;

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "RssAnon: %ld", &kb) == 1)
			break;
	}
	if (f)
		fclose(f);
	return kb;
}

static void print_cost(void)
{
	printf("rss %ld fds %ld threads %ld\n", resident_kb(), count_in("/proc/self/fd"), count_in("/proc/self/task"));
}

static void ask_status(const struct place *p, ctr_engine_t *engine, ctr_container_t *c)
{
	ctr_status_t *s = NULL;

	(void)p, (void)engine;
	MUST(ctr_container_status(c, NULL, &s, &err));
	ctr_status_unref(s);
}

static void one_cycle(const struct place *p, ctr_engine_t *engine, ctr_container_t *unused)
{
	struct ctr_remove_opts rm = remove_opts(1);
	ctr_container_t *c = new_container(p, engine, NULL);

	(void)unused;
	MUST(ctr_container_start(c, NULL, NULL, &err));
	MUST(ctr_container_remove(c, &rm, NULL, &err));
	ctr_container_unref(c);
}

/* With a container handle, so that the engine is used and outlived. */
static void one_engine(const struct place *p, ctr_engine_t *unused, ctr_container_t *c)
{
	ctr_engine_t *engine = open_engine(p);
	ctr_container_t *mine = NULL;
	ctr_status_t *s = NULL;

	(void)unused;
	MUST(ctr_container_open(engine, ctr_container_id(c), &mine, &err));
	ctr_engine_unref(engine);
	MUST(ctr_container_status(mine, NULL, &s, &err));
	ctr_status_unref(s);
	ctr_container_unref(mine);
}

static const struct {
	const char *name;
	void (*fn)(const struct place *p, ctr_engine_t *engine, ctr_container_t *c);
} works[] = {{"status", ask_status}, {"cycles", one_cycle}, {"engines", one_engine}};

int main(int argc, char **argv)
{
	struct place p = place_of(argc, argv);
	struct ctr_remove_opts rm = remove_opts(1);
	long n = argc > 6 ? atol(argv[6]) : 0;
	ctr_engine_t *engine = open_engine(&p);
	ctr_container_t *c = new_container(&p, engine, NULL);

	setvbuf(stdout, NULL, _IOLBF, 256);
	for (size_t w = 0; argc > 5 && w < COUNT(works); w++) {
		if (strcmp(works[w].name, argv[5]) != 0)
			continue;
		for (long i = 0; i < n / 10 + 1; i++)
			works[w].fn(&p, engine, c);
		print_cost();
		for (long i = 1; i <= n; i++) {
			works[w].fn(&p, engine, c);
			if (i % (n / 4) == 0)
				print_cost();
		}
	}
	MUST(ctr_container_remove(c, &rm, NULL, &err));
	ctr_container_unref(c);
	ctr_engine_unref(engine);
	return 0;
}
