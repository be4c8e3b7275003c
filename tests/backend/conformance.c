/* SPDX-License-Identifier: Apache-2.0 */
/* The conformance kit run on the built in backends. As root in a mount namespace of its own; without root only what needs none. */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/macros.h"
#include "kit.h"
#include "local_host.h"
#include "network/network.h"
#include "runtime/runtime.h"
#include "storage/storage.h"

struct run {
	struct local_host host;
	char scratch[256];
	const char *backend;
	int failed;
};

static void report(const char *check, const char *failure, void *userdata)
{
	const struct run *r = userdata;

	printf("%s: %s: %s%s\n", r->backend, check, failure ? "FAILED: " : "ok", failure ? failure : "");
}

static struct kit_target target(struct run *r, const char *backend, void *self)
{
	r->backend = backend;
	return (struct kit_target){.host = &r->host.api, .self = self, .scratch = r->scratch, .report = report, .userdata = r};
}

/* The backend's own directory, private to it. */
static int own_dir(struct run *r, const char *name, char *path, size_t size)
{
	int fd;

	snprintf(path, size, "%s/%s", r->scratch, name);
	if (mkdir(path, 0700) < 0)
		abort();
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		abort();
	return fd;
}

static void run_storage(struct run *r, const char *name, const struct ctr_storage_ops *ops,
			int (*make)(const struct ctr_host_api *, int, const char *, void **, ctr_error_t **))
{
	struct kit_target t;
	char path[300];
	void *self = NULL;
	char *probe = NULL;
	int fd = own_dir(r, name, path, sizeof(path));

	if (make(&r->host.api, fd, path, &self, NULL) < 0)
		abort();
	t = target(r, name, self);
	if (ops->probe(self, &probe, NULL, NULL) == 0 && strstr(probe, "\"usable\":true"))
		r->failed += kit_storage(ops, &t);
	else
		printf("%s: left out, it cannot be used here: %s\n", name, probe ? probe : "");
	free(probe);
	ops->destroy(self);
	close(fd);
}

static void run_null(struct run *r)
{
	struct kit_target t;
	char path[300];
	void *self = NULL;
	int fd = own_dir(r, "exits", path, sizeof(path));

	if (runtime_null_new(&r->host.api, fd, &self, NULL) < 0)
		abort();
	t = target(r, "null", self);
	r->failed += kit_runtime_without_process(runtime_null_ops(), &t);
	runtime_null_ops()->destroy(self);
	close(fd);
	t = target(r, "null", NULL);
	t.keeps_nothing = 1;
	r->failed += kit_storage(storage_null_ops(), &t);
}

static void run_networks(struct run *r)
{
	struct kit_target t = target(r, "none", NULL);

	r->failed += kit_network(network_none_ops(), &t);
	t = target(r, "host", NULL);
	r->failed += kit_network(network_host_ops(), &t);
}

/* The private namespace's /tmp-like place is a tmpfs: overlay works on it whatever the machine's disk is, and it holds all kinds of files. */
static int private_tmpfs(const char *path)
{
	return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("libctr-test", path, "tmpfs", MS_NOSUID, "mode=0755") == 0;
}

int main(void)
{
	struct run r = {.failed = 0};
	int mounted;

	local_host_init(&r.host);
	local_scratch(r.scratch, sizeof(r.scratch));
	mounted = geteuid() == 0 && private_tmpfs(r.scratch);
	run_null(&r);
	run_networks(&r);
	run_storage(&r, "dir", storage_dir_ops(), storage_dir_new);
	run_storage(&r, "overlay", storage_overlay_ops(), storage_overlay_new);
	if (mounted)
		umount2(r.scratch, MNT_DETACH);
	local_scratch_remove(r.scratch);
	printf("%d failed\n", r.failed);
	return r.failed != 0;
}
