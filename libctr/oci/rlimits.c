/* SPDX-License-Identifier: Apache-2.0 */
/* Resource limits of the container's process: every one is said, so that none comes from whoever started the monitor.
 */
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/resource.h>
#include "base/mem.h"
#include "model/names.h"
#include "oci/parts.h"
#include "os/fs.h"
#include "os/proc.h"

#define INF UINT64_MAX
#define MIB (UINT64_C(1024) * 1024)
#define MANY UINT64_C(1048576)

static const struct {
	const char *type;
	uint64_t soft, hard;
} defaults[] = {
    {"RLIMIT_AS", INF, INF},
    {"RLIMIT_CORE", 0, INF},
    {"RLIMIT_CPU", INF, INF},
    {"RLIMIT_DATA", INF, INF},
    {"RLIMIT_FSIZE", INF, INF},
    {"RLIMIT_LOCKS", INF, INF},
    {"RLIMIT_MEMLOCK", 8 * MIB, 8 * MIB},
    {"RLIMIT_MSGQUEUE", 819200, 819200},
    {"RLIMIT_NICE", 0, 0},
    {"RLIMIT_NOFILE", MANY, MANY},
    {"RLIMIT_NPROC", MANY, MANY},
    {"RLIMIT_RSS", INF, INF},
    {"RLIMIT_RTPRIO", 0, 0},
    {"RLIMIT_RTTIME", INF, INF},
    {"RLIMIT_SIGPENDING", INF, INF},
    {"RLIMIT_STACK", 8 * MIB, INF},
};

/* Even with CAP_SYS_RESOURCE no process may have more files than fs.nr_open. */
static uint64_t most_files(void)
{
	CLEANUP_FREE char *text = NULL;
	uint64_t n;

	if (os_read_file(AT_FDCWD, "/proc/sys/fs/nr_open", 64, &text, NULL) < 0)
		return MANY;
	text[strcspn(text, "\n")] = '\0';
	return str_to_u64(text, 10, &n) == 0 ? n : MANY;
}

static uint64_t highest(const char *type)
{
	struct rlimit own;
	int number = rlimit_number(type);

	if (os_has_cap(CAP_SYS_RESOURCE) == 1 && !STREQ(type, "RLIMIT_SIGPENDING"))
		return STREQ(type, "RLIMIT_NOFILE") ? most_files() : INF;
	if (number < 0 || getrlimit((__rlimit_resource_t)number, &own) < 0)
		return INF;
	return own.rlim_max;
}

static json_t *asked(json_t *doc, const char *type)
{
	json_t *list = json_get(doc, "r_limits");

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		json_t *one = json_object_array_get_idx(list, i);

		if (STREQ(json_get_str(one, "type", ""), type))
			return one;
	}
	return NULL;
}

static int push_limit(json_t *list, const char *type, uint64_t soft, uint64_t hard)
{
	CLEANUP_JSON json_t *one = json_object_new_object();

	if (!one || json_put_str(one, "type", type) < 0 || json_put_u64(one, "soft", soft) < 0 ||
	    json_put_u64(one, "hard", hard) < 0)
		return -ENOMEM;
	return json_push(list, TAKE_PTR(one));
}

int oci_put_rlimits(const struct oci_input *in, json_t *process, ctr_error_t **err)
{
	CLEANUP_JSON json_t *list = json_object_new_array();

	if (!list)
		return error_no_memory(err);
	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++) {
		const char *type = defaults[i].type;
		json_t *wish = asked(in->doc, type);
		uint64_t soft = wish ? json_get_u64(wish, "soft", 0) : defaults[i].soft;
		uint64_t hard = wish ? json_get_u64(wish, "hard", 0) : defaults[i].hard;
		uint64_t most = highest(type);

		if (wish && hard > most)
			oci_warn(in, "%s of %llu is lowered to %llu: this process may not set more", type,
				 (unsigned long long)hard, (unsigned long long)most);
		hard = hard > most ? most : hard;
		soft = soft > hard ? hard : soft;
		if (push_limit(list, type, soft, hard) < 0)
			return error_no_memory(err);
	}
	return json_put(process, "rlimits", TAKE_PTR(list)) < 0 ? error_no_memory(err) : 0;
}

int64_t oci_oom_score_adj(const struct oci_input *in)
{
	int64_t wanted = json_get_i64(in->doc, "oom_score_adj", 0);

	if (wanted >= 0 || os_has_cap(CAP_SYS_RESOURCE) == 1)
		return wanted;
	oci_warn(in, "oom_score_adj of %lld is raised to 0: lowering it needs CAP_SYS_RESOURCE", (long long)wanted);
	return 0;
}
