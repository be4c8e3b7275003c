/* SPDX-License-Identifier: Apache-2.0 */
/* ctr_container_exit_fd: a FIFO per run that gets its byte after the exit record is there, and never before. */
#include "core/steps.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define CLOCK_START_NS (2 * NSEC_PER_SEC) /* for a monitor to come up: the call itself has no op */
#define LOOKS 8 /* the run may change between looking and opening; nobody does that for ever */

void exit_fd_carry(ctr_engine_t *e, const char *id, uint64_t from, uint64_t to)
{
	char old[EXIT_FILE_NAME_SIZE], new[EXIT_FILE_NAME_SIZE];

	exit_record_fifo_name(id, from, old);
	exit_record_fifo_name(id, to, new);
	(void)renameat(e->exits_fd, old, e->exits_fd, new);
}

int exit_fd_is_held(ctr_engine_t *e, const char *id, uint64_t run)
{
	char name[EXIT_FILE_NAME_SIZE];

	exit_record_fifo_name(id, run, name);
	return faccessat(e->exits_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int exit_fd_arm_clock(ctr_engine_t *e, const struct container_row *row, const struct op_call *call, ctr_error_t **err)
{
	struct monitor_conn *conn = NULL;
	struct exit_record rec = {.exit_code = 0};
	uint64_t left = 0;
	int r;

	/* While it is paused its time stands still. */
	if (row->state == CTR_STATE_PAUSED)
		left = UINT64_MAX;
	else if (!step_null_end(row, &rec, &left))
		return 0;
	r = core_monitor_get(e, *str_or_empty(row->monitor) ? row->monitor : e->instance, 1, call, &conn, err);
	if (r < 0)
		return r;
	r = monitor_null_exit(conn, row->id, row->run, rec.exit_code, rec.exit_signal, left, call, err);
	core_monitor_put(e, conn);
	return r;
}

/* What an exit_fd of this container stands for now. */
struct aim {
	uint64_t run;
	int over; /* ready for ever, from the start */
};

static int look(ctr_container_t *c, struct aim *ret, struct container_row **ret_row, ctr_error_t **err)
{
	CLEANUP_ERROR ctr_error_t *why = NULL;
	int r = core_container_snapshot(c, ret_row, &why);

	if (r == CTR_ERR_REMOVED) {
		*ret = (struct aim){.run = c->last_run, .over = 1};
		return 0;
	}
	if (r < 0)
		return error_publish(r, TAKE_PTR(why), err);
	/* While it is being initialised the row carries the new run's number already: that is the next one. */
	ret->run = (*ret_row)->run +
		   (((*ret_row)->state == CTR_STATE_CONFIGURED && (*ret_row)->intent != INTENT_INIT) || (*ret_row)->run == 0);
	ret->over = (*ret_row)->state == CTR_STATE_STOPPED || (*ret_row)->state == CTR_STATE_EXITED ||
		    (*ret_row)->state == CTR_STATE_REMOVING;
	return 0;
}

/* Between making the FIFO and opening it somebody may take it away, because that run has just ended. */
int exit_fd_open(ctr_container_t *c, uint64_t run, ctr_error_t **err)
{
	int fd = -ENOENT;

	for (int i = 0; fd == -ENOENT && i < LOOKS; i++)
		fd = exit_file_open_fifo(c->engine->exits_fd, c->id, run);

	return fd < 0 ? error_set_errno(err, 0, DOMAIN_CORE, fd, "cannot make the exit_fd of container %s in %s/exits",
					c->name, c->engine->config.root)
		      : fd;
}

/* The byte goes in, the name goes: nobody else would take it away. */
void exit_fd_drop(ctr_container_t *c, uint64_t run)
{
	char name[EXIT_FILE_NAME_SIZE];

	exit_record_fifo_name(c->id, run, name);
	exit_file_wake(c->engine->exits_fd, c->id, run);
	unlinkat(c->engine->exits_fd, name, 0);
}

static int arm_when_clocked(ctr_container_t *c, const struct container_row *row, ctr_error_t **err)
{
	struct op_call call;

	if (!row || row->state != CTR_STATE_RUNNING || step_has_process(row))
		return 0;
	op_call_begin(&call, NULL, CLOCK_START_NS);
	return exit_fd_arm_clock(c->engine, row, &call, err);
}

int core_container_exit_fd(ctr_container_t *c, int *ret_fd, ctr_error_t **err)
{
	for (int i = 0; i < LOOKS; i++) {
		CLEANUP_ROW struct container_row *row = NULL;
		CLEANUP_ROW struct container_row *again = NULL;
		CLEANUP_CLOSE int fd = -1;
		struct aim before = {.over = 0}, after = {.over = 0};
		int r = look(c, &before, &row, err);

		if (r < 0)
			return r;
		fd = exit_fd_open(c, before.run, err);
		if (fd < 0)
			return fd;
		r = look(c, &after, &again, err);
		if (r < 0)
			return r;
		if (after.run != before.run && !before.over && !after.over) {
			exit_fd_drop(c, before.run); /* an orphan: that run has been taken back meanwhile */
			continue;
		}
		if (before.over || after.over)
			exit_fd_drop(c, before.run);
		else
			r = arm_when_clocked(c, again, err);
		if (r < 0)
			return r;
		*ret_fd = TAKE_FD(fd);
		return 0;
	}
	return error_set(err, CTR_ERR_NO_RESOURCES, DOMAIN_CORE,
			 "container %s is being started over and over; try exit_fd again", c->name);
}
