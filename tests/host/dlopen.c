/* SPDX-License-Identifier: Apache-2.0 */
/* dlopen PATH DIR: loads and unloads libctr a thousand times, using it each time; costs nothing that stays. Exits 0 when all is well. */
#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <libctr/libctr.h>

#define TIMES 1000
#define ENGINE_EACH 50

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "dlopen: %s: %s\n", what, why);
	return 1;
}

static int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}

static long resident_pages(void)
{
	FILE *in = fopen("/proc/self/statm", "re");
	long size = 0, resident = 0;

	if (!in || fscanf(in, "%ld %ld", &size, &resident) != 2)
		resident = -1;
	if (in)
		fclose(in);
	return resident;
}

static int use_engine(void *lib, const char *dir)
{
	__typeof__(&ctr_engine_open) open_engine;
	__typeof__(&ctr_engine_unref) unref;
	__typeof__(&ctr_engine_info) info;
	__typeof__(&ctr_free) free_text;
	char root[512], run_root[512], *json = NULL;
	ctr_engine_t *engine = NULL;
	struct ctr_engine_opts opts;
	int r;

	*(void **)&open_engine = dlsym(lib, "ctr_engine_open");
	*(void **)&unref = dlsym(lib, "ctr_engine_unref");
	*(void **)&info = dlsym(lib, "ctr_engine_info");
	*(void **)&free_text = dlsym(lib, "ctr_free");
	if (!open_engine || !unref || !info || !free_text)
		return fail("dlsym", dlerror());
	snprintf(root, sizeof(root), "%s/root", dir);
	snprintf(run_root, sizeof(run_root), "%s/run", dir);
	memset(&opts, 0, sizeof(opts));
	opts.size = sizeof(opts);
	opts.root = root;
	opts.run_root = run_root;
	opts.runtime = "null";
	opts.storage = "null";
	r = open_engine(&opts, NULL, &engine, NULL);
	if (r == 0)
		r = info(engine, NULL, &json, NULL);
	free_text(json);
	unref(engine);
	return r == 0 ? 0 : fail("using an engine", "an error came back");
}

static int once(const char *path, const char *dir, int i)
{
	__typeof__(&ctr_version) version;
	void *lib = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	int r;

	if (!lib)
		return fail(path, dlerror());
	*(void **)&version = dlsym(lib, "ctr_version");
	if (!version || !*version())
		return fail("ctr_version", "no answer");
	r = i % ENGINE_EACH == 0 ? use_engine(lib, dir) : 0;
	if (dlclose(lib) != 0)
		return fail("dlclose", dlerror());
	return r;
}

int main(int argc, char **argv)
{
	long pages = 0;
	int fds = 0;

	if (argc != 3)
		return fail("usage", "dlopen PATH DIR");
	for (int i = 0; i < TIMES; i++) {
		if (once(argv[1], argv[2], i) != 0)
			return 1;
		/* The first uses of libc, the database and the rest cost what they cost. */
		if (i == 2 * ENGINE_EACH) {
			pages = resident_pages();
			fds = count_fds();
		}
	}
	if (count_fds() != fds)
		return fail("descriptors", "their number has changed");
	if (resident_pages() > pages + 64)
		return fail("memory", "it has grown");
	return 0;
}
