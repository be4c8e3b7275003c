/* SPDX-License-Identifier: Apache-2.0 */
/* The store: one sqlite file. The only room that knows SQL. Every row saved goes through here with its rev. */
#ifndef CTR_STATE_STATE_H
#define CTR_STATE_STATE_H

#include <stdint.h>
#include "lock/lock.h"
#include "model/container.h"
#include "model/event.h"
#include "model/exit_record.h"
#include "model/pod.h"

struct store;

/* Facts fixed by the first open; a later explicit other value is STORE_MISMATCH naming both (the core compares). "" = not said yet. */
struct store_facts {
	char uuid[37];
	char *root, *run_root, *cgroup_manager, *storage, *hooks_dir, *network;
	char boot_id[40];
	uint64_t pidns_inode, pidns_start;   /* the epoch of the last open */
	int64_t created_ns;
};
void store_facts_reset(struct store_facts *f);

/* Opens or makes <root>/ctr.db beneath rootfd (root: its path, for messages and for sqlite). Migrates additively. wanted: what the caller says for the first open;
 * *ret_facts what the store says. Opens the lock table too (first open: makes segment 0). STORE_DAMAGED, STORE_VERSION, STORE_MISMATCH, NO_SPACE, PERMISSION.
 * A process killed anywhere in here leaves a store that opens. */
int store_open(int rootfd, const char *root, const struct store_facts *wanted, const char *epoch_id, const struct op_call *call, struct store **ret, struct store_facts *ret_facts, ctr_error_t **err);
struct store *store_close(struct store *s);
struct lock_table *store_locks(struct store *s); /* borrowed */
int store_schema_version(struct store *s);
/* Another epoch: saves it, and in the same transaction turns every row as state_after_reboot says (pid 0, mounted 0, run kept), after exit records have been imported by the caller.
 * New lock segments are made for the new epoch (a slot is kept per object). */
int store_new_epoch(struct store *s, const char *epoch_id, const struct store_facts *now, const struct op_call *call, ctr_error_t **err);

/* Creates the row (state CONFIGURED, intent CREATE) with a free slot; NAME_IN_USE. The object's lock is held in *ret_guard. row->id, name, config … are set by the caller;
 * slot, generation and rev are filled in here. A name held by a half-made row whose creator is dead is the core's business: NAME_IN_USE then has detail intent_id. */
int store_container_insert(struct store *s, struct container_row *row, const struct op_call *call, struct lock_guard *ret_guard, ctr_error_t **err);
/* Reads: snapshots, never wait for a writer. NO_SUCH_CONTAINER when the row is gone. */
int store_container_load(struct store *s, const char *id, struct container_row **ret, ctr_error_t **err);
/* Exact name, else exact id, else unique id prefix (AMBIGUOUS, NO_SUCH_CONTAINER). Rows with intent CREATE are not seen. */
int store_container_find(struct store *s, const char *name_or_id, struct container_row **ret, ctr_error_t **err);
struct row_list {
	struct container_row **rows;
	size_t n;
};
void row_list_reset(struct row_list *l);
/* All of them by creation time, then id, in one snapshot; rows with intent CREATE are left out. No JSON is decoded. */
int store_container_list(struct store *s, struct row_list *ret, ctr_error_t **err);
/* Those with an intent, whatever it is: what a dead process may have left. */
int store_container_list_intents(struct store *s, struct row_list *ret, ctr_error_t **err);
/* The monitor keys of rows in live states with a pid, each once: NULL-ended, for strv_free (NULL when there is none). Cheap: engine open asks it every time. */
int store_live_monitors(struct store *s, char ***ret, ctr_error_t **err);
/* Saves row under its lock: rev 0 into the slot, one transaction (rev + 1), new rev into the slot. *row is replaced by the saved snapshot. state_may_follow is checked.
 * events (NULL = none) are stored in the same transaction. entered counts the states that are new.
 * SAVE_DURABLE: the caller must call store_make_durable after unlocking and before returning to the user. */
int store_container_save(struct store *s, struct container_row **row, const struct event_list *events, const struct op_call *call, ctr_error_t **err);
/* A new name, and row's config where it has one (the name stands in there too); else as store_container_save. NAME_IN_USE as store_container_insert. */
int store_container_rename(struct store *s, struct container_row **row, const char *name, const struct event_list *events, const struct op_call *call, ctr_error_t **err);
/* Deletes the row and frees its slot; imports rec and stores events (both may be NULL) in the same transaction. */
int store_container_delete(struct store *s, struct container_row *row, const struct exit_record *rec, const struct event_list *events, const struct op_call *call, ctr_error_t **err);
/* The ids of the containers that need this one, also half-made ones, by creation time: NULL-ended, for strv_free (NULL when there is none).
 * What a container needs stands in its row (depends); the insert checks in its transaction that all of it is there and not being removed
 * (NO_SUCH_CONTAINER, STATE_INVALID), the save of state REMOVING that nobody needs it (HAS_DEPENDENTS, detail dependents: JSON array of ids). */
int store_check_no_dependents(struct store *s, const struct container_row *row, ctr_error_t **err); /* the same HAS_DEPENDENTS, without a change */
int store_dependents(struct store *s, const char *id, char ***ret_ids, ctr_error_t **err);
/* fdatasync of the WAL. No lock may be held. */
int store_make_durable(struct store *s, ctr_error_t **err);
/* PASSIVE checkpoint when the WAL is over its limit; call after releasing locks. restart: the agent's variant. */
void store_maintain(struct store *s, int restart);

/* ---- pods: as containers, in a table of their own (a pod and a container may have the same name) ---- */

/* Creates the row (intent CREATE) with a free slot; NAME_IN_USE (detail intent_id as above). The pod's lock is held in *ret_guard. */
int store_pod_insert(struct store *s, struct pod_row *row, const struct op_call *call, struct lock_guard *ret_guard, ctr_error_t **err);
int store_pod_load(struct store *s, const char *id, struct pod_row **ret, ctr_error_t **err); /* NO_SUCH_POD */
/* Exact name, else exact id, else unique id prefix (AMBIGUOUS, NO_SUCH_POD). Rows with intent CREATE are not seen. */
int store_pod_find(struct store *s, const char *name_or_id, struct pod_row **ret, ctr_error_t **err);
struct pod_row_list {
	struct pod_row **rows;
	size_t n;
};
void pod_row_list_reset(struct pod_row_list *l);
/* By creation time, then id; rows with intent CREATE are left out. */
int store_pod_list(struct store *s, struct pod_row_list *ret, ctr_error_t **err);
int store_pod_list_intents(struct store *s, struct pod_row_list *ret, ctr_error_t **err);
/* Under the pod's lock; the rev discipline is that of containers. events may be NULL. */
int store_pod_save(struct store *s, struct pod_row **row, const struct event_list *events, const struct op_call *call, ctr_error_t **err);
/* Deletes the row and frees its slot. Its members have gone before. */
int store_pod_delete(struct store *s, struct pod_row *row, const struct event_list *events, const struct op_call *call, ctr_error_t **err);
/* The pod's members with its infra container, by creation time, then id; lean rows as store_container_list gives. */
int store_container_list_pod(struct store *s, const char *pod_id, struct row_list *ret, ctr_error_t **err);

/* Table exit_record (no foreign key: survives the container) */
int store_exit_put(struct store *s, const struct exit_record *rec, const struct op_call *call, ctr_error_t **err);
int store_exit_get(struct store *s, const char *id, uint64_t run, struct exit_record *ret, ctr_error_t **err); /* NO_SUCH_EXIT_CODE */
/* Of this run, or of the first later one that has a record. */
int store_exit_next(struct store *s, const char *id, uint64_t run, struct exit_record *ret, ctr_error_t **err);
int store_exit_last(struct store *s, const char *id, struct exit_record *ret, ctr_error_t **err);
/* Forgets records of containers that no longer exist and ended before this time. */
int store_exit_prune(struct store *s, int64_t before_ns, const struct op_call *call, ctr_error_t **err);

/* Events without a change of a row. */
int store_events_put(struct store *s, const struct event_list *events, const struct op_call *call, ctr_error_t **err);
struct stored_event {
	uint64_t seq;
	int64_t time_ns;
	char *text;              /* the object without Seq */
};
struct event_page {
	struct stored_event *events;
	size_t n;
};
void event_page_reset(struct event_page *page);
/* The next of them after this number, in order; numbers are given without holes, so a jump is what has been rotated away.
 * n 0 = there is none yet. */
int store_events_read(struct store *s, uint64_t after, struct event_page *ret, ctr_error_t **err);
/* The newest number ever given; 0 = none */
int store_events_newest(struct store *s, uint64_t *ret, ctr_error_t **err);
/* 1 when this happened to the container after that number, 0, or negative */
int store_event_was_told(struct store *s, uint64_t after, const char *id, const char *status, ctr_error_t **err);
/* So many of the newest are kept (EVENTS_KEPT unless said); a few more may be there. */
#define EVENTS_KEPT 50000
void store_events_keep(struct store *s, uint64_t n);

/* Bells (os/bell.h) hang in this directory, which is borrowed; until then nobody can wait and nobody is woken. */
void store_bells_at(struct store *s, int dirfd);
/* A bell that rings when the container's state changes or it is deleted. Look at the row after this: then no change is
 * unheard and unseen, also when whoever made it was killed in the middle. *ret_fd: poll only, close it. */
int store_container_bell(struct store *s, const struct container_row *row, const struct op_call *call, int *ret_fd, ctr_error_t **err);
/* Of a container that is gone: who waited for it and came too late takes the name of his bell away. */
void store_container_bell_drop(struct store *s, const char *id);
/* The same for new events; never waits. One who was killed between the commit and the ringing has his bell rung by the next
 * writer or engine open. */
int store_events_bell(struct store *s, int *ret_fd, ctr_error_t **err);
void store_ring_events(struct store *s, const struct op_call *call);

struct store_counts {
	uint64_t containers, running, paused, stopped, pods;
	uint64_t slots_used;
};
int store_count(struct store *s, struct store_counts *ret, ctr_error_t **err);
/* lock_audit's raw material: every bound slot with its object id from the database. fn is called for each row. */
int store_each_slot(struct store *s, int (*fn)(uint32_t slot, uint64_t generation, const char *kind, const char *id, void *userdata), void *userdata, ctr_error_t **err);

/* The agent's queue and other small facts: key/value */
int store_meta_get(struct store *s, const char *key, char **ret, ctr_error_t **err);  /* *ret NULL = absent */
int store_meta_set(struct store *s, const char *key, const char *value, const struct op_call *call, ctr_error_t **err);

#endif
