/* SPDX-License-Identifier: Apache-2.0 */
/* ctr_container_update: limits, restart policy, environment and rlimits of a container that exists, live and for the next start. */
#include "core/steps.h"

#include <string.h>
#include "base/mem.h"
#include "model/restart.h"
#include "model/spec.h"
#include "oci/config.h"
#include "os/cgroup.h"
#include "os/fs.h"

#define CONFIG_MAX (16u * 1024 * 1024)

/* What one update is about. */
struct change {
	json_t *delta;     /* the caller's document, checked */
	unsigned what;     /* SPEC_UPDATE_* */
	json_t *doc;       /* the whole document as it is to be */
	json_t *resources; /* its limits for the runtime; NULL: they stay, or there is no cgroup */
};

static void change_reset(struct change *ch)
{
	json_object_put(ch->delta);
	json_object_put(ch->doc);
	json_object_put(ch->resources);
}
#define CLEANUP_CHANGE CLEANUP(change_reset)

static void warn_limit(const char *message, void *userdata)
{
	ctr_container_t *c = userdata;

	core_log(c->engine, CTR_LOG_WARNING, DOMAIN_CORE, c->id, "container %s: %s", c->name, message);
}

static struct oci_input input_of(struct locked *l, json_t *doc)
{
	ctr_engine_t *e = l->c->engine;

	return (struct oci_input){.doc = doc, .id = l->row->id, .name = l->row->name, .cgroup_manager = e->config.cgroup_manager,
				  .cgroup_mode = e->cgroup_mode, .runtime_name = l->row->runtime, .rootfs_fd = -1,
				  .warn = warn_limit, .warn_userdata = l->c};
}

static int make_resources(struct locked *l, json_t *doc, json_t **ret, ctr_error_t **err)
{
	struct oci_input in = input_of(l, doc);

	if (!step_has_process(l->row) || STREQ(json_get_str(doc, "cgroups_mode", ""), "disabled"))
		return 0;
	return oci_update_resources(&in, ret, err);
}

/* All that can be refused without the kernel's help is refused here. */
static int plan(struct locked *l, struct change *ch, ctr_error_t **err)
{
	CLEANUP_JSON json_t *old = NULL;
	int r = step_parse_config(l->row, &old, err);

	if (r == 0)
		r = spec_update_lay(old, ch->delta, &ch->doc, err);
	if (r == 0 && (ch->what & SPEC_UPDATE_RESOURCES))
		r = make_resources(l, ch->doc, &ch->resources, err);
	return r;
}

static int is_live(const struct locked *l)
{
	return step_has_process(l->row) && state_is_live(l->row->state) && l->row->pid > 0;
}

static int open_bundle(struct locked *l)
{
	return os_open_dir(l->c->engine->containers_fd, l->row->id);
}

/* ---- the live container ---- */

static int write_resources(struct locked *l, json_t *resources, ctr_error_t **err)
{
	CLEANUP_FREE char *text = json_print(resources);
	CLEANUP_CLOSE int dir = open_bundle(l);
	int r = !text ? -ENOMEM : dir < 0 ? dir : os_write_file_atomic(dir, "resources.json", text, strlen(text), 0600, 0);

	return r < 0 ? error_set_errno(err, 0, DOMAIN_CORE, r, "cannot write the new limits of container %s", l->row->name) : 0;
}

static int apply(struct locked *l, json_t *resources, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_VIEW struct run_view v = {.doc = NULL};
	struct runtime_backend *runtime = NULL;
	int r = step_runtime(l->c->engine, l->row, &runtime, err);

	if (r < 0 || (r = write_resources(l, resources, err)) < 0 || (r = run_view_make(l->c->engine, l->row, &v, err)) < 0)
		return r;
	return runtime_update(runtime, &v.run, call, err);
}

/* The next init writes config.json anew: this one is for those who read it meanwhile, and no reason to fail. */
static void rewrite_config(struct locked *l, struct change *ch)
{
	struct oci_input in = input_of(l, ch->doc);
	CLEANUP_CLOSE int dir = open_bundle(l);
	CLEANUP_FREE char *old = NULL;
	CLEANUP_FREE char *text = NULL;
	CLEANUP_JSON json_t *config = NULL;
	CLEANUP_ERROR ctr_error_t *why = NULL;
	int r = dir < 0 ? dir : os_read_file(dir, "config.json", CONFIG_MAX, &old, NULL);

	in.warn = NULL; /* it has been said */
	if (r < 0 || json_parse(old, SIZE_MAX, &config, NULL, NULL) < 0 || !config)
		return;
	if (oci_update_config(&in, config, ch->resources, ch->delta, &why) == 0 && (text = json_print(config)))
		r = os_write_file_atomic(dir, "config.json", text, strlen(text), 0644, 0);
	if (r < 0 || !text)
		core_log(l->c->engine, CTR_LOG_WARNING, DOMAIN_CORE, l->c->id,
			 "container %s: its config.json still says what was before the update", l->row->name);
}

/* ---- the row ---- */

/* A policy that asks for nothing takes back what another one had planned. */
static int set_restart(ctr_engine_t *e, struct container_row *row, json_t *doc)
{
	const char *policy = restart_policy_word(json_get_str(doc, "restart_policy", ""));

	row->restart_tries = (uint32_t)json_get_u64(doc, "restart_tries", 0);
	if (!*policy)
		policy_withdraw(e, row);
	return container_row_set(&row->restart_policy, policy);
}

static int save_change(struct locked *l, const struct change *ch, int intent, const struct op_call *call, ctr_error_t **err)
{
	struct container_row *row = container_row_copy(l->row);
	CLEANUP_FREE char *text = json_print(ch->doc);

	if (!row || !text || container_row_set(&row->config, text) < 0 ||
	    ((ch->what & SPEC_UPDATE_RESTART) && set_restart(l->c->engine, row, ch->doc) < 0)) {
		container_row_unref(row);
		return error_no_memory(err);
	}
	row->intent = intent;
	l->durable = 1;
	return step_save(l, row, call, err);
}

static int save_before(struct locked *l, const struct container_row *before, const struct op_call *call, ctr_error_t **err)
{
	struct container_row *row = container_row_copy(before);

	if (row)
		row->rev = l->row->rev;
	return step_save(l, row, call, err);
}

static int save_done(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	struct container_row *row = container_row_copy(l->row);

	if (row)
		row->intent = INTENT_NONE;
	step_emit(l, "update", NULL);
	return step_save(l, row, call, err);
}

/* What the kernel refuses, or the runtime, leaves document and cgroup as they were. */
static int update_live(struct locked *l, struct change *ch, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_ROW struct container_row *before = container_row_ref(l->row);
	CLEANUP_FREE char *limits = NULL;
	struct op_call late;
	int r = os_cgroup_limits_read(l->row->cgroups, &limits);

	if (r < 0)
		return error_no_memory(err);
	r = save_change(l, ch, INTENT_UPDATE, call, err);
	if (r < 0)
		return r;
	r = apply(l, ch->resources, call, err);
	late = step_late_call(l->c->engine);
	if (r == 0)
		return save_done(l, &late, err);
	if (os_cgroup_limits_write(l->row->cgroups, limits) < 0)
		core_log(l->c->engine, CTR_LOG_WARNING, DOMAIN_CORE, l->c->id,
			 "container %s: some limits of its cgroup could not be put back after an update that failed", l->row->name);
	(void)save_before(l, before, &late, NULL);
	return r;
}

static int update_stored(struct locked *l, struct change *ch, const struct op_call *call, ctr_error_t **err)
{
	step_emit(l, "update", NULL);
	return save_change(l, ch, INTENT_NONE, call, err);
}

/* The document is the new one already: the cgroup follows, where it can. */
int step_finish_update(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_JSON json_t *doc = NULL;
	CLEANUP_JSON json_t *resources = NULL;
	CLEANUP_ERROR ctr_error_t *why = NULL;
	int r = step_parse_config(l->row, &doc, err);

	if (r < 0)
		return r;
	if (is_live(l) && (r = make_resources(l, doc, &resources, &why)) == 0 && resources)
		r = apply(l, resources, call, &why);
	if (r < 0)
		core_log(l->c->engine, CTR_LOG_WARNING, DOMAIN_CORE, l->c->id,
			 "container %s: limits of an update that was cut off hold from its next start on: %s", l->row->name,
			 error_message(why));
	return save_done(l, call, err);
}

static int update_locked(struct locked *l, struct change *ch, const struct op_call *call, ctr_error_t **err)
{
	int r = verb_check(VERB_UPDATE, l->row->state, l->row->name, err);

	if (r == 0)
		r = plan(l, ch, err);
	if (r < 0)
		return r;
	r = is_live(l) && ch->resources ? update_live(l, ch, call, err) : update_stored(l, ch, call, err);
	if (r == 0 && is_live(l) && (ch->resources || (ch->what & SPEC_UPDATE_PROCESS)))
		rewrite_config(l, ch);
	return r;
}

int core_container_update(ctr_container_t *c, const char *json, size_t len, const struct op_call *call, ctr_error_t **err)
{
	CLEANUP_CHANGE struct change ch = {.what = 0};
	struct locked l;
	int r = spec_update_parse(json, len, &ch.delta, &ch.what, err);

	if (r < 0 || (r = core_lock(c, "container_update", call, &l, err)) < 0)
		return r;
	r = update_locked(&l, &ch, call, err);
	if (r == 0)
		core_log(c->engine, CTR_LOG_INFO, DOMAIN_CORE, c->id, "container %s was updated", c->name);
	return core_unlock(&l, r, err);
}
