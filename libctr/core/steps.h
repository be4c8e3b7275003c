/* SPDX-License-Identifier: Apache-2.0 */
/* The steps the verbs are made of. Each is idempotent and runs under the container's lock. */
#ifndef CTR_CORE_STEPS_H
#define CTR_CORE_STEPS_H

#include "base/mem.h"
#include "core/core.h"

/* ---- steps.c ---- */
/* What must be written after an effect, or undone, is not stopped by the caller's deadline or cancel: it has a limit of
 * its own. */
struct op_call step_late_call(ctr_engine_t *engine);
/* Saves edited (taken, also on failure) and makes it l->row. */
int step_save(struct locked *l, struct container_row *edited, const struct op_call *call, ctr_error_t **err);
/* Queues the event of this name ("start", "pause", …): stored in the transaction of the next save or delete, and forgotten
 * when that fails; else when the lock is released, unless the verb has failed. Call it before the step_save that makes it
 * true. extra: attributes beside the labels, taken, may be NULL. Out of memory is logged: an event is no reason to fail a
 * verb. */
void step_emit(struct locked *l, const char *status, json_t *extra);
/* The same with the row as it will be. */
void step_emit_row(struct locked *l, const char *status, const struct container_row *row, int64_t time_ns, json_t *extra);
/* Names the command in the error of one that cannot be executed; answers r. */
int step_command_error(const struct container_row *row, int r, ctr_error_t **err);
/* start and stop leave the text of their final error in the row, where status and inspect show it until the next init. Not of refusals,
 * which change nothing, and not of a stop's limits: it goes on. Answers code, whatever becomes of the row. */
int step_note_error(struct locked *l, int code, ctr_error_t **err);
/* Its name now; that of the handle when the row has gone. */
const char *step_name(const struct locked *l);
/* REMOVED for this handle, which is marked so. */
int step_removed(ctr_container_t *c, ctr_error_t **err);
/* The row's runtime and storage as this engine knows them. */
int step_runtime(ctr_engine_t *engine, const struct container_row *row, struct runtime_backend **ret,
		 ctr_error_t **err);
int step_storage(ctr_engine_t *engine, const struct container_row *row, struct storage_backend **ret,
		 ctr_error_t **err);
int step_has_process(const struct container_row *row); /* its runtime makes processes */
int step_parse_config(const struct container_row *row, json_t **ret, ctr_error_t **err);

/* A run as the runtime backend wants to see it, with what it borrows. */
struct run_view {
	struct ctr_runtime_run run;
	json_t *doc;
	char *bundle, *annotations, *log_path;
};
int run_view_make(ctr_engine_t *engine, const struct container_row *row, struct run_view *ret, ctr_error_t **err);
void run_view_reset(struct run_view *v);
#define CLEANUP_VIEW CLEANUP(run_view_reset)

/* The end a running container without a process has by its annotation: 1, *ret filled, *ret_left_ns until then (0 = it
 * has ended); 0 = it has none. */
int step_null_end(const struct container_row *row, struct exit_record *ret, uint64_t *ret_left_ns);

/* ---- sync.c ---- */
/* Finishes what a dead process began, imports the exit record, tells a dead process from a living one, finds a monitor
 * for the orphan. l->row may be NULL afterwards: then the container is gone. tolerant: troubles are logged, not
 * returned (remove by force). */
int step_sync(struct locked *l, int tolerant, const struct op_call *call, ctr_error_t **err);
/* Makes rec the end of the current run: table, row (STOPPED), event died, before it stop when that was asked for. */
int step_import(struct locked *l, const struct exit_record *rec, const struct op_call *call, ctr_error_t **err);
/* After runtime_end and for ends by the clock: writes nothing twice, imports, and cleans up as nobody else will for a
 * container without a process. */
void step_null_settle(struct locked *l); /* no agent comes to clean up after one without a process: whoever changed anything does; a refusal changes nothing */
int step_null_ended(struct locked *l, const struct op_call *call, ctr_error_t **err);

/* Tells a monitor of every container that its instance runs according to the store; those it has already are nothing
 * new to it. */
void step_adopt_all(ctr_engine_t *engine, struct monitor_conn *conn, const char *key, const struct op_call *call);

/* ---- init.c, start.c ---- */
/* The program that the field init puts before the command; NULL without it. NOT_SUPPORTED, NO_SUCH_FILE, PERMISSION */
int step_init_program(ctr_engine_t *engine, json_t *doc, char **ret, ctr_error_t **err);
/* A run that is being made, between the halves of its init and its start: many of them may be on their way in one thread, each
 * under its container's lock. */
struct step_run {
	struct ctr_storage_mount mount;
	struct ctr_runtime_process process;
	int mounted;
	struct run_view view;
	struct runtime_backend *runtime;
	struct container_row *row;     /* what the view borrows from */
	struct container_row *before;  /* what to go back to; NULL = CONFIGURED */
	void *pending;
	int64_t started_ns;
};
#define STEP_RUN_INIT                                                                                                  \
	((struct step_run){.mount = {.size = sizeof(struct ctr_storage_mount), .mount_fd = -1, .root_fd = -1},         \
			   .process = {.size = sizeof(struct ctr_runtime_process), .pidfd = -1}})
void step_run_reset(struct step_run *w);
/* step_init in two halves: begin asks for the runtime's create and does not wait for it, end does. Each takes all back when it
 * fails, and then w is reset; a begin that succeeded is followed by its end in any case. After the end: step_run_reset, or a start. */
int step_init_begin(struct locked *l, const struct ctr_start_opts *opts, struct step_run *w, const struct op_call *call,
		    ctr_error_t **err);
int step_init_end(struct locked *l, struct step_run *w, int next_intent, const struct op_call *call, ctr_error_t **err);
/* Start, after init where that has not been done: of a row in a state where VERB_START is legal, which is the caller's to check.
 * In three parts, in which many containers can be started at once: begin asks for the create where one is needed, go waits for that
 * and asks for the command, end waits for the command. Each takes all back when it fails, and then the next is not called. */
int step_start_begin(struct locked *l, const struct ctr_start_opts *opts, struct step_run *w, const struct op_call *call,
		     ctr_error_t **err);
int step_start_go(struct locked *l, struct step_run *w, const struct op_call *call, ctr_error_t **err);
int step_start_end(struct locked *l, struct step_run *w, const struct op_call *call, ctr_error_t **err);
/* All three. */
int step_start(struct locked *l, const struct ctr_start_opts *opts, const struct op_call *call, ctr_error_t **err);
/* From CONFIGURED or EXITED to CREATED with the given intent. On failure the row is as it was, but for the run's
 * number. */
int step_init(struct locked *l, const struct ctr_start_opts *opts, int next_intent, const struct op_call *call,
	      ctr_error_t **err);
/* Takes an unfinished run back: nothing of it lives afterwards; exit_fds taken for it stand for the next run. before:
 * what to restore (state CONFIGURED or EXITED and the fields of the last end), NULL = CONFIGURED. error: "" or what
 * went wrong. */
int step_undo_run(struct locked *l, const struct container_row *before, const char *error, ctr_error_t **err);

/* ---- policy.c ---- */
/* Into the row that is about to be saved as EXITED: whether its policy restarts it, when, and which monitor keeps the
 * time. */
int policy_plan(struct locked *l, struct container_row *row);
/* The same after a restart that failed. */
int policy_plan_failed(ctr_engine_t *engine, struct container_row *row);
/* 1: the end that is being cleaned up after is followed by a restart, so the monitor is not to forget the run. */
int policy_goes_on(const struct locked *l);
/* After that save: the monitor is told when. Where that cannot be done it is logged, and the next open does it. */
void policy_tell(struct locked *l, const struct op_call *call);
int policy_tell_monitor(ctr_engine_t *engine, struct monitor_conn *conn, const struct container_row *row,
			const struct op_call *call, ctr_error_t **err);
/* Saved by somebody: no restart is pending any more, the back-off begins anew. The monitor forgets the old one. */
void policy_withdraw(ctr_engine_t *engine, struct container_row *edited);
/* Of a row whose monitor has gone, after the sync: what is pending, and the clock of a run without a process, get a
 * living one; what nobody has cleaned up after is. */
int policy_resume(struct locked *l, const struct op_call *call, ctr_error_t **err);
/* Has this end, by the null runtime's clock, to be noticed with no host there? */
int policy_needs_clock(const struct container_row *row);
/* The instance that new runs of this container belong to. */
const char *policy_instance(ctr_engine_t *engine, const struct container_row *row);

/* ---- recover_all.c ---- */
/* What opening the engine has made of a container; after: UNKNOWN = it is gone. */
void recover_note(ctr_engine_t *engine, const struct container_row *before, int32_t after);

/* ---- cleanup.c ---- */
/* runtime remove, unmount, files: STOPPED -> EXITED, CREATED -> CONFIGURED; other states: nothing to do. */
int step_cleanup(struct locked *l, const struct op_call *call, ctr_error_t **err);
/* The same, then auto-remove. l->row NULL when it was removed. */
int step_cleanup_and_autoremove(struct locked *l, const struct op_call *call, ctr_error_t **err);
/* The runtime forgets the run and nothing of it lives. */
int step_runtime_remove(struct locked *l, const struct op_call *call, ctr_error_t **err);
void step_monitor_forget(ctr_engine_t *engine, const struct container_row *row);

/* ---- remove.c ---- */
/* From any state without a process: storage, directories, files, row. l->row is NULL afterwards. */
int step_delete(struct locked *l, const struct op_call *call, ctr_error_t **err);
/* Whatever lives of it dies, also without runtime and monitor. */
int step_kill_remains(struct locked *l, const struct op_call *call, ctr_error_t **err);

/* ---- pause.c ---- */
/* RUNNING -> PAUSED, PAUSED -> RUNNING; STATE_INVALID from elsewhere. On failure the container is as it was. */
int step_pause(struct locked *l, const struct op_call *call, ctr_error_t **err);
int step_unpause(struct locked *l, const struct op_call *call, ctr_error_t **err);
/* After a process died in the middle of either: what is true is saved. */
int step_finish_pause(struct locked *l, const struct op_call *call, ctr_error_t **err);

/* ---- create.c ---- */
/* The holder of a wanted name was never finished. 1: it has been undone, 0: its creator lives, negative */
int step_undo_half_made(ctr_engine_t *engine, const char *id, const struct op_call *call, ctr_error_t **err);

/* ---- update.c ---- */
int step_finish_update(struct locked *l, const struct op_call *call, ctr_error_t **err);

/* ---- intent.c ---- */
int step_finish_intent(struct locked *l, const struct op_call *call, ctr_error_t **err);

/* ---- stop.c ---- */
/* Ends the run: request, lock released while waiting, taken again, cleaned up. l->row NULL when the container is gone
 * by then, and then l->guard is empty. */
int step_stop(struct locked *l, int signal, uint64_t timeout_ns, const char *operation, const struct op_call *call,
	      ctr_error_t **err);
/* step_stop in two halves, for many at a time: ask under the lock, which is then to be given back (core_unlock) when s->asked says that there
 * is something to wait for; wait without any lock, which takes the container's again, as step_stop does. */
struct stop_conn {
	ctr_engine_t *e;
	struct monitor_conn *conn;
};
struct stop_conns {
	struct stop_conn conns[4];
	size_t n;
};
void stop_conns_end(struct stop_conns *conns);
struct step_stop {
	int asked, pidfd;
	uint64_t run, timeout_ns;
	char key[MONITOR_KEY_SIZE];
	enum locked_purpose purpose;
};
int step_stop_ask(struct locked *l, int signal, uint64_t timeout_ns, struct step_stop *s, struct stop_conns *conns,
		  const struct op_call *call, ctr_error_t **err);
int step_stop_wait(ctr_container_t *c, const char *operation, struct step_stop *s, struct stop_conns *conns, struct locked *l,
		   const struct op_call *call, ctr_error_t **err);
/* Whether the state is one to be stopped from; what was planned for one that does not run is withdrawn. */
int step_stop_check(struct locked *l, const struct op_call *call, ctr_error_t **err);
/* The same for a container without a process: ended as this signal would end it, imported, cleaned up. The event stop is
 * told when it has ended, any other one because the signal was sent, NULL none. */
int step_end_null(struct locked *l, int signal, const char *event, const struct op_call *call, ctr_error_t **err);
/* What a call of the class "stopping" goes by: the options' timeout, else the container's. */
struct stop_plan {
	struct op_call call;
	uint64_t timeout_ns;
	int signal;
};
int step_stop_begin(ctr_container_t *c, uint32_t timeout_s, int timeout_set, ctr_op_t *op, struct stop_plan *ret,
		    ctr_error_t **err);

/* ---- wait.c ---- */
enum { RUN_ENDED = 1, RUN_NONE = 2 };
/* Waits, without any lock, for the end of this run: RUN_ENDED and *ret filled, RUN_NONE when the run was taken back or
 * the container has gone without a record; or negative. */
int step_wait_run(ctr_container_t *c, uint64_t run, struct exit_record *ret, const struct op_call *call,
		  ctr_error_t **err);

/* ---- exit_fd.c ---- */
/* Those who hold an exit_fd of this run hold that of `to` afterwards. */
void exit_fd_carry(ctr_engine_t *engine, const char *id, uint64_t from, uint64_t to);
/* The FIFO of a run, made when it is not there; to be looked at again afterwards. */
int exit_fd_open(ctr_container_t *c, uint64_t run, ctr_error_t **err);
/* The run is over: whoever has the FIFO open gets his byte, and its name goes. */
void exit_fd_drop(ctr_container_t *c, uint64_t run);
int exit_fd_is_held(ctr_engine_t *engine, const char *id, uint64_t run);
/* The monitor's clock ends the run of a container without a process, for those who only poll. */
int exit_fd_arm_clock(ctr_engine_t *engine, const struct container_row *row, const struct op_call *call,
		      ctr_error_t **err);

/* ---- locked.c ---- */
/* LOCK_SYNC: also in a batch, where nothing is synced otherwise: after a wait inside a verb, and for sync itself.
 * LOCK_NO_SYNC: a batch begins; only what a dead process left half done is put right. */
enum { LOCK_TRY = 1, LOCK_TOLERANT = 2, LOCK_SYNC = 4, LOCK_NO_SYNC = 8 };
/* For whoever holds several at a time: those of one depth in the order of their ids. */
int locked_take_deep(ctr_container_t *c, const char *operation, int flags, int depth, const struct op_call *call, struct locked *ret,
		     ctr_error_t **err);
/* The lock alone, before core_unlock does the rest: nothing is made durable and no host is told anything while another one is held. */
void locked_let_go(struct locked *l, int code);
int locked_take(ctr_container_t *c, const char *operation, int flags, const struct op_call *call, struct locked *ret,
		ctr_error_t **err);
/* The handle's snapshot, when row is not older than it. */
void step_refresh_cache(ctr_container_t *c, struct container_row *row);

/* ---- batch.c ---- */
/* 0 for an ordinary handle and inside its callback, in its thread; else STATE_INVALID. */
int batch_check(ctr_container_t *c, ctr_error_t **err);
/* What a batched handle does instead of locking and unlocking: the batch's lock, row and events change hands. */
int batch_borrow(ctr_container_t *c, const char *operation, int flags, const struct op_call *call, struct locked *ret,
		 ctr_error_t **err);
void batch_return(struct locked *l);

#endif
