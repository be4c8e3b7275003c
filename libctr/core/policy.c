/* SPDX-License-Identifier: Apache-2.0 */
/* Restart policies: the decision, taken once, under the lock, in the transaction that saves the end of the clean-up; and
 * the monitor, which keeps the time. The row is the truth: whoever finds it pending and nobody keeping the time begins
 * there again. */
#include "core/steps.h"

#include <string.h>
#include "base/clock.h"
#include "base/mem.h"
#include "model/restart.h"
#include "os/proc.h"

#define CLOCK_ANNOTATION "libctr.null.exit"

const char *policy_instance(ctr_engine_t *e, const struct container_row *row)
{
	return STREQ(e->config.monitor_mode, "container") ? row->id : e->instance;
}

int policy_needs_clock(const struct container_row *row)
{
	const char *config = str_or_empty(row->config);

	return *str_or_empty(row->restart_policy) && !step_has_process(row) &&
	       (strstr(config, CLOCK_ANNOTATION) || strstr(config, "\"timeout\""));
}

int policy_goes_on(const struct locked *l)
{
	return l->purpose != LOCKED_FOR_CALLER && (l->row->restart_at_ns || restart_is_wanted(l->row));
}

/* Parsed only where there is something in it to be found. */
static struct restart_backoff backoff_of(const struct container_row *row)
{
	CLEANUP_JSON json_t *doc = NULL;

	if (strstr(str_or_empty(row->config), RESTART_ANNOTATION))
		(void)step_parse_config(row, &doc, NULL);
	return restart_backoff_of(doc);
}

/* The monitor of the run that has ended; another where that one is no more. */
static int choose_monitor(ctr_engine_t *e, struct container_row *row)
{
	const char *key = str_or_empty(row->monitor);

	if (*key && monitor_is_alive(&e->place, key, NULL) != 0)
		return 0;
	return container_row_set(&row->monitor, policy_instance(e, row));
}

static int plan(ctr_engine_t *e, struct container_row *row)
{
	struct restart_backoff backoff = backoff_of(row);
	uint32_t streak = 0;
	uint64_t delay = restart_delay(row, &backoff, &streak);

	row->restart_streak = streak;
	row->restart_at_ns = (int64_t)(clock_monotonic_ns() + delay);
	return choose_monitor(e, row);
}

int policy_plan(struct locked *l, struct container_row *row)
{
	if (l->purpose == LOCKED_FOR_CALLER)
		row->restart_at_ns = 0;
	else if (row->restart_at_ns == 0 && policy_goes_on(l))
		return plan(l->c->engine, row);
	return 0;
}

/* Of a run that never began there is no length: it was too short. */
int policy_plan_failed(ctr_engine_t *e, struct container_row *row)
{
	int64_t started_ns = row->started_ns;
	int r;

	row->started_ns = 0;
	r = restart_is_wanted(row) ? plan(e, row) : 0;
	row->started_ns = started_ns;
	return r;
}

void policy_withdraw(ctr_engine_t *e, struct container_row *edited)
{
	if (edited->restart_at_ns)
		step_monitor_forget(e, edited);
	edited->restart_at_ns = 0;
	edited->restart_streak = 0;
}

static int is_pending(const struct container_row *row)
{
	return row->restart_at_ns && (row->state == CTR_STATE_EXITED || row->state == CTR_STATE_CONFIGURED);
}

static uint64_t left_ns(const struct container_row *row)
{
	int64_t left = row->restart_at_ns - (int64_t)clock_monotonic_ns();

	return left > 0 ? (uint64_t)left : 0;
}

/* A run that has ended and that nobody has cleaned up after yet is due now: the agent finds out what to do. */
int policy_tell_monitor(ctr_engine_t *e, struct monitor_conn *conn, const struct container_row *row,
			const struct op_call *call, ctr_error_t **err)
{
	if (is_pending(row))
		return monitor_restart_at(conn, row->id, row->run, left_ns(row), call, err);
	if (!*str_or_empty(row->restart_policy))
		return 0;
	if (row->state == CTR_STATE_STOPPED)
		return monitor_restart_at(conn, row->id, row->run, 0, call, err);
	return row->state == CTR_STATE_RUNNING && policy_needs_clock(row) ? exit_fd_arm_clock(e, row, call, err) : 0;
}

static int tell(ctr_engine_t *e, const struct container_row *row, const struct op_call *call, ctr_error_t **err)
{
	struct monitor_conn *conn = NULL;
	int r = core_monitor_get(e, row->monitor, 1, call, &conn, err);

	if (r < 0)
		return r;
	r = policy_tell_monitor(e, conn, row, call, err);
	/* A new pair knows nobody. */
	if (r == 0 && monitor_is_fresh(&e->place, row->monitor))
		step_adopt_all(e, conn, row->monitor, call);
	core_monitor_put(e, conn);
	return r;
}

void policy_tell(struct locked *l, const struct op_call *call)
{
	CLEANUP_ERROR ctr_error_t *why = NULL;

	if (is_pending(l->row) && tell(l->c->engine, l->row, call, &why) < 0)
		core_log(l->c->engine, CTR_LOG_WARNING, DOMAIN_MONITOR, l->c->id,
			 "container %s is to be restarted, but no monitor can be told when; the next engine that is opened "
			 "does it: %s",
			 l->row->name, error_message(why));
}

/* Its monitor has gone: the row names the one that keeps the time from now on. */
static int move(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	struct container_row *row = container_row_copy(l->row);

	if (row && choose_monitor(l->c->engine, row) < 0)
		row = container_row_unref(row);
	if (row && STREQ(row->monitor, l->row->monitor)) {
		container_row_unref(row);
		return 0;
	}
	return step_save(l, row, call, err);
}

int policy_resume(struct locked *l, const struct op_call *call, ctr_error_t **err)
{
	int clock = l->row->state == CTR_STATE_RUNNING && policy_needs_clock(l->row), r;

	if (l->row->state == CTR_STATE_STOPPED && *str_or_empty(l->row->restart_policy))
		return step_cleanup_and_autoremove(l, call, err);
	if (!clock && !is_pending(l->row))
		return 0;
	r = move(l, call, err);
	return r < 0 ? r : tell(l->c->engine, l->row, call, err);
}
