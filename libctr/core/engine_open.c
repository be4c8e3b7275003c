/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and closing an engine: who we are, the store, its facts against what was asked, the backends, what a crash left. */
#include <string.h>
#include <unistd.h>
#include "base/mem.h"
#include "core/engine.h"

#define DEFAULT_RUN_ROOT "/run/libctr"

static void engine_free(ctr_engine_t *e)
{
	int forked = e->pid != getpid();

	/* A fork shares sockets and locks with its parent: there only memory is given back. */
	if (!forked) {
		monitor_pool_free(e->monitors);
		registry_free(e->registry);
		store_close(e->store);
		for (size_t i = 0; i < e->n_storage_fds; i++)
			close(e->storage_fds[i]);
		cleanup_close_fn(&e->root_fd);
		cleanup_close_fn(&e->run_root_fd);
		cleanup_close_fn(&e->exits_fd);
		cleanup_close_fn(&e->containers_fd);
		cleanup_close_fn(&e->storage_fd);
		if (e->config.log_destroy)
			e->config.log_destroy(e->config.log_userdata);
	}
	json_object_put(e->opened);
	log_queue_free(e->log_queue);
	store_facts_reset(&e->facts);
	engine_config_reset(&e->config);
	free(e->runtime_why);
	free(e->runtime_state);
	free(e->unified_path);
	free(e);
}

static ctr_engine_t *engine_new(void)
{
	ctr_engine_t *e = NEW0(struct ctr_engine);

	if (!e)
		return NULL;
	e->log_queue = log_queue_new();
	if (!e->log_queue) {
		free(e);
		return NULL;
	}
	atomic_init(&e->refs, 1);
	e->pid = getpid();
	e->root_fd = e->run_root_fd = e->exits_fd = e->containers_fd = e->storage_fd = -1;
	return e;
}

static int same_fact(const char *what, const char *said, const char *stored, const char *root, ctr_error_t **err)
{
	if (!*str_or_empty(stored) || STREQ(said, stored))
		return 0;
	return error_set(err, CTR_ERR_STORE_MISMATCH, DOMAIN_CORE,
			 "the store %s was made with %s %s and cannot be opened with %s; leave it out or give the stored value", root, what,
			 stored, said);
}

static int take_fact(char **mine, int said, const char *what, const char *stored, const char *root, ctr_error_t **err)
{
	if (said)
		return same_fact(what, *mine, stored, root, err);
	if (!*str_or_empty(stored))
		return 0;
	free(*mine);
	*mine = str_dup(stored);
	return *mine ? 0 : error_no_memory(err);
}

/* What was said explicitly must be what the store was made with; what was not said is taken from it. */
static int compare_facts(ctr_engine_t *e, ctr_error_t **err)
{
	struct engine_config *c = &e->config;
	const struct store_facts *f = &e->facts;
	int r = take_fact(&c->run_root, c->run_root_said, "run_root", f->run_root, c->root, err);

	if (r < 0 || (r = take_fact(&c->cgroup_manager, c->cgroup_manager_said, "cgroup_manager", f->cgroup_manager, c->root, err)) < 0 ||
	    (r = take_fact(&c->storage, c->storage_said, "storage", f->storage, c->root, err)) < 0 ||
	    (r = take_fact(&c->network, c->network_said, "network", f->network, c->root, err)) < 0)
		return r;
	return take_fact(&c->hooks_dir, c->hooks_dir_said, "hooks_dir", f->hooks_dir, c->root, err);
}

static int fill_defaults(struct engine_config *c, ctr_error_t **err)
{
	if (!c->run_root)
		c->run_root = str_dup(DEFAULT_RUN_ROOT);
	if (!c->cgroup_manager)
		c->cgroup_manager = str_dup("cgroupfs");
	if (!c->network)
		c->network = str_dup("none");
	return c->run_root && c->cgroup_manager && c->network ? 0 : error_no_memory(err);
}

static int open_store(ctr_engine_t *e, const struct op_call *call, ctr_error_t **err)
{
	struct store_facts wanted = { .root = e->config.root, .run_root = e->config.run_root ? e->config.run_root : (char *)DEFAULT_RUN_ROOT,
				      .cgroup_manager = e->config.cgroup_manager ? e->config.cgroup_manager : (char *)"cgroupfs",
				      .storage = e->config.storage, .hooks_dir = e->config.hooks_dir,
				      .network = e->config.network ? e->config.network : (char *)"none",
				      .pidns_inode = e->facts.pidns_inode, .pidns_start = e->facts.pidns_start };
	int r;

	memcpy(wanted.boot_id, e->boot_id, sizeof(wanted.boot_id));
	r = store_open(e->root_fd, e->config.root, &wanted, e->epoch, call, &e->store, &e->facts, err);
	if (r < 0)
		return r;
	store_bells_at(e->store, e->exits_fd);
	r = compare_facts(e, err);
	return r < 0 ? r : fill_defaults(&e->config, err);
}

static void fill_place(ctr_engine_t *e)
{
	e->place = (struct monitor_place){ .root = e->config.root, .run_root = e->config.run_root, .root_fd = e->root_fd,
					   .run_root_fd = e->run_root_fd, .uuid = e->facts.uuid, .keeper_path = e->config.keeper_path,
					   .monitor_path = e->config.monitor_path, .agent_path = e->config.agent_path };
}

static int engine_setup(ctr_engine_t *e, const struct op_call *call, ctr_error_t **err)
{
	int r = engine_check_rights(&e->config, err);

	if (r < 0 || (r = engine_open_dirs(e, err)) < 0 || (r = engine_identify(e, err)) < 0)
		return r;
	core_host_api(e);
	r = engine_add_backends(e, call, err);
	/* The driver a store is made with is recorded by the first open, so it is chosen before. */
	if (r == 0 && !e->config.storage_said && faccessat(e->root_fd, "ctr.db", F_OK, 0) < 0) {
		r = engine_choose_storage(e, call, err);
	}
	if (r < 0 || (r = open_store(e, call, err)) < 0 || (r = engine_choose_storage(e, call, err)) < 0 ||
	    (r = engine_choose_runtime(e, err)) < 0 || (r = engine_claim_run_root(e, err)) < 0)
		return r;
	e->monitors = monitor_pool_new();
	if (!e->monitors)
		return error_no_memory(err);
	fill_place(e);
	r = core_recover_at_open(e, call, err);
	if (r == 0)
		core_log(e, CTR_LOG_DEBUG, DOMAIN_CORE, NULL, "opened the store %s; runtime: %s", e->config.root,
			 e->runtime_why);
	return r;
}

int core_engine_open(const struct ctr_engine_opts *opts, const struct op_call *call, ctr_engine_t **ret, ctr_error_t **err)
{
	ctr_engine_t *e = engine_new();
	int r;

	if (!e)
		return error_no_memory(err);
	r = engine_config_load(&e->config, opts, err);
	if (r == 0)
		r = engine_setup(e, call, err);
	if (r < 0) {
		/* Not ours unless the engine is made. */
		e->config.log_destroy = NULL;
		engine_free(e);
		return r;
	}
	*ret = e;
	return 0;
}

ctr_engine_t *core_engine_ref(ctr_engine_t *e)
{
	if (e)
		atomic_fetch_add_explicit(&e->refs, 1, memory_order_relaxed);
	return e;
}

ctr_engine_t *core_engine_unref(ctr_engine_t *e)
{
	if (e && atomic_fetch_sub_explicit(&e->refs, 1, memory_order_acq_rel) == 1)
		engine_free(e);
	return NULL;
}
