/* SPDX-License-Identifier: Apache-2.0 */
/* One container as the store knows it: the row that core changes, state saves and everybody reads. */
#ifndef CTR_MODEL_CONTAINER_H
#define CTR_MODEL_CONTAINER_H

#include <libctr/container.h>
#include <stdatomic.h>
#include "model/ident.h"

/* What was being done to the object when its row was saved last. Not NONE and the object's lock is free: whoever did it has died,
 * and the next open or operation finishes or undoes it. */
enum intent { INTENT_NONE = 0, INTENT_CREATE = 1, INTENT_INIT = 2, INTENT_START = 3, INTENT_STOP = 4, INTENT_CLEANUP = 5, INTENT_REMOVE = 6,
	      INTENT_PAUSE = 7, INTENT_UNPAUSE = 8, INTENT_UPDATE = 9 };

/* Immutable once shared (refcounted snapshot). To change it: container_row_copy, edit, state_container_save, which hands back the new one. */
struct container_row {
	_Atomic int refs;
	/* columns */
	char id[ID_SIZE];
	char *name;
	uint32_t slot;             /* lock slot */
	uint64_t generation;       /* of the slot */
	uint64_t rev, run;
	int32_t state, intent;
	int64_t created_ns, started_ns, finished_ns;
	int32_t pid;
	uint64_t pid_start, pid_inode;   /* identity of pid: start time, pidfs inode (0 = none) */
	int32_t exit_code, exit_signal;  /* CTR_EXIT_UNKNOWN until exit_known */
	int exit_known, oom_killed, stopped_by_user, mounted, auto_remove;
	uint32_t restart_count;          /* policy restarts since the last start by a caller */
	uint32_t restart_tries;          /* of policy on-failure; 0 = no limit */
	uint32_t restart_streak;         /* ends in a row of runs too short to count as success: what the back-off grows with */
	int32_t restart_match;           /* the run ended by itself: the policy may restart it */
	int64_t restart_at_ns;           /* CLOCK_MONOTONIC: the policy restarts it then; 0 = no restart is pending */
	int64_t paused_ns;               /* CLOCK_MONOTONIC of the pause that lasts; 0 = not paused */
	int32_t is_infra;
	uint64_t entered;                /* a small counter for each state, see container_row_entered; kept by the state room */
	char *error;               /* "" */
	char *config;              /* JSON text: the spec document, complete */
	char *labels;              /* JSON text of an object, from config, for list */
	char *command;             /* JSON text of an array, from config, for list */
	char *mounts;              /* JSON text of an array of destinations, for list */
	char *image;               /* "" */
	char *pod_id;              /* "" */
	char *depends;             /* ids of the containers it needs, with blanks between them; "" none */
	char *restart_policy;      /* "" = no, always, on-failure, unless-stopped */
	char *init_type;           /* init containers of a pod: always, once; "" for all others */
	char *runtime, *runtime_path; /* name and absolute path ("" for null) of the backend recorded at creation */
	char *storage;             /* driver name */
	char *monitor;             /* instance key of the current or last run, "" */
	char *cgroups;             /* JSON text of os_cgroup_paths, "" */
	char *rootfs_mount;        /* where storage mounted it for the current run, "" */
};

struct container_row *container_row_new(void);
struct container_row *container_row_ref(struct container_row *row);
struct container_row *container_row_unref(struct container_row *row);
struct container_row *container_row_copy(const struct container_row *row); /* deep, refs 1; NULL = out of memory */
/* Replaces a string member (*member) by a copy; 0 or -ENOMEM. NULL counts as "". */
int container_row_set(char **member, const char *value);
/* How often (modulo 256) it has entered the state, since it was created: who compares two looks misses no state, however short. */
unsigned container_row_entered(const struct container_row *row, int32_t state);
uint64_t container_row_enter(uint64_t entered, int32_t state);
/* Whether whoever brings the machine up starts it: it has run, its policy is always, or unless-stopped and no user has stopped it. */
int container_row_starts_on_boot(const struct container_row *row);
static inline void cleanup_container_row_fn(struct container_row **row)
{
	container_row_unref(*row);
}
#define CLEANUP_ROW CLEANUP(cleanup_container_row_fn)

#endif
