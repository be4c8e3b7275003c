/* SPDX-License-Identifier: Apache-2.0 */
/* Where the helper programs are: beside a library that runs from its build tree, else where they were installed. */
#include <dlfcn.h>
#include <string.h>
#include <unistd.h>
#include "base/mem.h"
#include "core/engine.h"

#define INIT_PROGRAM "ctr-init"

/* A library in DIR/.libs/ (libtool's build tree) has its helpers in DIR/helper/, a helper that carries the library's core lies there itself. */
static char *build_tree_dir(void)
{
	CLEANUP_FREE char *path = NULL, *keeper = NULL;
	char *dir, *slash;
	Dl_info where;

	if (!dladdr((void *)(uintptr_t)&engine_helper_paths, &where) || !where.dli_fname || where.dli_fname[0] != '/')
		return NULL;
	path = str_dup(where.dli_fname);
	if (!path || !(slash = strrchr(path, '/')))
		return NULL;
	*slash = '\0';
	if (str_has_suffix(path, "/.libs"))
		path[strlen(path) - strlen("/.libs")] = '\0';
	dir = str_printf("%s/helper", path);
	keeper = dir ? str_printf("%s/ctr-keeper", dir) : NULL;
	if (keeper && access(keeper, X_OK) == 0)
		return dir;
	free(dir);
	return NULL;
}

static int fill(char **slot, const char *dir, const char *name)
{
	if (!*slot)
		*slot = str_printf("%s/%s", dir, name);
	return *slot ? 0 : -ENOMEM;
}

int engine_helper_paths(struct engine_config *config, ctr_error_t **err)
{
	CLEANUP_FREE char *built = build_tree_dir();
	CLEANUP_FREE char *beside = NULL;
	const char *dir = built ? built : CTR_LIBEXECDIR;

	if (config->monitor_path) {
		char *slash;

		/* The keeper ships with the monitor: whoever names one means the pair. */
		beside = str_dup(config->monitor_path);
		if (!beside)
			return error_no_memory(err);
		slash = strrchr(beside, '/');
		if (slash)
			*slash = '\0';
	}
	if (fill(&config->keeper_path, beside ? beside : dir, "ctr-keeper") < 0 || fill(&config->monitor_path, dir, "ctr-monitor") < 0 ||
	    fill(&config->agent_path, dir, "ctr-agent") < 0)
		return error_no_memory(err);
	return 0;
}

/* It stands beside the agent; where programs cannot be linked statically it is not built. */
int core_engine_init_program(const ctr_engine_t *e, char **ret, ctr_error_t **err)
{
	const char *agent = e->config.agent_path, *slash = strrchr(agent, '/');
	CLEANUP_FREE char *path = str_printf("%.*s%s", slash ? (int)(slash - agent) + 1 : 0, agent, INIT_PROGRAM);

	if (!path)
		return error_no_memory(err);
	if (access(path, X_OK) < 0)
		return error_set(err, CTR_ERR_NOT_SUPPORTED, DOMAIN_CORE,
				 "%s is not there (%s): libctr was built without a static C library; install " INIT_PROGRAM
				 " beside ctr-agent, or name another program of its kind",
				 path, strerrordesc_np(errno));
	*ret = TAKE_PTR(path);
	return 0;
}
