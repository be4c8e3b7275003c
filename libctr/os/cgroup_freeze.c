/* SPDX-License-Identifier: Apache-2.0 */
/* The freezers of cgroup v1 and v2. */
#include <string.h>
#include "base/mem.h"
#include "os/cgroup_parts.h"
#include "os/wait.h"

#define RETRY_NS (UINT64_C(2) * NSEC_PER_MSEC)

struct freezer {
	char *v1, *v2; /* directories; at most one is used, v1 first */
};

static void freezer_reset(struct freezer *f)
{
	free(f->v1);
	free(f->v2);
}
#define CLEANUP_FREEZER CLEANUP(freezer_reset)

static int find_freezer(const char *paths_json, struct freezer *ret, ctr_error_t **err)
{
	struct freezer f = {.v1 = cgroup_own_dir(paths_json, "freezer")};

	if (!f.v1)
		f.v2 = cgroup_own_dir(paths_json, "");
	if (!f.v1 && !f.v2)
		return error_set(err, CTR_ERR_NOT_SUPPORTED, DOMAIN_RUNTIME,
				 "the container has no cgroup of its own that could be frozen or thawed");
	*ret = f;
	return 0;
}

static int is_state(const char *dir, const char *state)
{
	CLEANUP_FREE char *text = NULL;
	int rc = cgroup_read(dir, "freezer.state", &text);

	return rc < 0 ? rc : str_has_prefix(text, state);
}

/* A short wait with nothing to wait for: v1 says nothing when its state changes (architecture.md 5: the one place that
 * polls). */
static int tick(const struct op_call *call, const char *what, ctr_error_t **err)
{
	struct op_call slice = op_call_nearer(call, RETRY_NS);
	int rc = os_wait_fds(NULL, 0, &slice, what, NULL);

	return rc == CTR_ERR_TIMEOUT ? op_call_check(call, what, err) : rc < 0 ? op_call_check(call, what, err) : 0;
}

/* A process that forks while being frozen can keep v1 at FREEZING: written again, as runc does, it gets there. */
static int freeze_v1(const char *dir, const struct op_call *call, ctr_error_t **err)
{
	for (;;) {
		int rc = cgroup_write(dir, "freezer.state", "FROZEN");

		if (rc == 0)
			rc = is_state(dir, "FROZEN");
		if (rc == 1)
			return 0;
		if (rc < 0)
			return error_set_errno(err, 0, DOMAIN_RUNTIME, rc, "cannot freeze the cgroup %s", dir);
		rc = tick(call, "freezing the container", err);
		if (rc < 0) {
			cgroup_write(dir, "freezer.state", "THAWED");
			return rc;
		}
	}
}

static int freeze_v2(const char *dir, const struct op_call *call, ctr_error_t **err)
{
	int rc = cgroup_write(dir, "cgroup.freeze", "1");

	if (rc < 0)
		return error_set_errno(err, 0, DOMAIN_RUNTIME, rc, "cannot freeze the cgroup %s", dir);
	rc = cgroup_wait_event(dir, "frozen", 1, call, "freezing the container", err);
	if (rc < 0)
		cgroup_write(dir, "cgroup.freeze", "0");
	return rc;
}

int os_cgroup_freeze(const char *paths_json, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_FREEZER struct freezer f = {0};
	int rc = find_freezer(paths_json, &f, err);

	if (rc < 0)
		return rc;
	return f.v1 ? freeze_v1(f.v1, call, err) : freeze_v2(f.v2, call, err);
}

int os_cgroup_thaw(const char *paths_json, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_FREEZER struct freezer f = {0};
	int rc = find_freezer(paths_json, &f, err);

	if (rc < 0)
		return rc;
	rc = f.v1 ? cgroup_write(f.v1, "freezer.state", "THAWED") : cgroup_write(f.v2, "cgroup.freeze", "0");
	if (rc == -ENOENT || rc == -ENODEV)
		return 0;
	if (rc < 0)
		return error_set_errno(err, 0, DOMAIN_RUNTIME, rc, "cannot thaw the cgroup %s", f.v1 ? f.v1 : f.v2);
	return f.v1 ? 0 : cgroup_wait_event(f.v2, "frozen", 0, call, "thawing the container", err);
}

int os_cgroup_is_frozen(const char *paths_json)
{
	CLEANUP_FREEZER struct freezer f = {0};
	CLEANUP_FREE char *events = NULL;

	if (find_freezer(paths_json, &f, NULL) < 0)
		return 0;
	if (f.v1)
		return is_state(f.v1, "FROZEN") == 1;
	return cgroup_read(f.v2, "cgroup.events", &events) == 0 && cgroup_keyed(events, "frozen") == 1;
}
