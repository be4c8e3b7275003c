/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of pods: handles, their lock, what their verbs are made of. The pod's lock comes before those of its members. */
#ifndef CTR_CORE_PODS_H
#define CTR_CORE_PODS_H

#include "core/core.h"
#include "model/pod.h"

struct ctr_pod {
	_Atomic int refs;
	pid_t pid;
	ctr_engine_t *engine;          /* a reference */
	char id[ID_SIZE];
	char *name;
	pthread_mutex_t cache_lock;
	struct pod_row *row;           /* last seen snapshot, under cache_lock; never NULL */
	_Atomic int removed;
};

/* ---- pod.c ---- */
/* Takes a reference of its own on row. */
int core_pod_new_handle(ctr_engine_t *engine, struct pod_row *row, ctr_pod_t **ret, ctr_error_t **err);
ctr_pod_t *core_pod_ref(ctr_pod_t *pod);
ctr_pod_t *core_pod_unref(ctr_pod_t *pod);
int core_pod_open(ctr_engine_t *engine, const char *name_or_id, ctr_pod_t **ret, ctr_error_t **err);
/* The valid row without any lock (cached while the slot's rev says so, else read); REMOVED. */
int core_pod_snapshot(ctr_pod_t *pod, struct pod_row **ret, ctr_error_t **err);
int core_pod_load(ctr_pod_t *pod, struct pod_row **ret, ctr_error_t **err); /* the same, always read */
void core_pod_cache(ctr_pod_t *pod, struct pod_row *row);
/* REMOVED for this handle, which is marked so. */
int step_pod_removed(ctr_pod_t *pod, ctr_error_t **err);

/* ---- pod_lock.c ---- */
/* One pod, locked, with what a dead process left half done finished, ready to be changed. */
struct pod_locked {
	ctr_pod_t *pod;                /* NULL: nothing is locked (a container without pod) */
	struct lock_guard guard;
	struct pod_row *row;           /* NULL: the row is gone, by our own hand */
	struct event_list events;      /* stored with the next save or delete, or when the lock is released */
	int durable;                   /* made durable after unlocking */
	int owned;                     /* the handle goes with the lock */
	int no_exit_policy;            /* its exit policy is not looked at when the lock is let go */
};
int core_pod_lock(ctr_pod_t *pod, const char *operation, const struct op_call *call, struct pod_locked *ret, ctr_error_t **err);
/* -EBUSY when somebody holds it */
int core_pod_try_lock(ctr_pod_t *pod, const char *operation, const struct op_call *call, struct pod_locked *ret, ctr_error_t **err);
/* Unlocks (nothing to do for a container without pod). Returns code, or the error of making durable when code is 0. */
int core_pod_unlock(struct pod_locked *pl, int code, ctr_error_t **err);
/* The lock of the pod that the container is a member of: to be taken before the container's by start, stop and remove. ret->pod is NULL and
 * the answer 0 when it is in none, or when the pod has gone (and the container with it: its own lock says so). */
int core_pod_lock_member(ctr_container_t *c, const char *operation, const struct op_call *call, struct pod_locked *ret, ctr_error_t **err);
int core_pod_try_lock_member(ctr_container_t *c, const char *operation, const struct op_call *call, struct pod_locked *ret, ctr_error_t **err);
/* As step_emit and step_save. */
void step_pod_emit(struct pod_locked *pl, const char *status);
int step_pod_save(struct pod_locked *pl, struct pod_row *edited, const struct op_call *call, ctr_error_t **err);

/* ---- pod_cgroup.c ---- */
/* Where the pod's cgroup is with this engine's manager; "" = it has none. NULL = out of memory. */
char *core_pod_cgroup(ctr_engine_t *engine, json_t *doc, const char *id);
/* What a pod asks for, against the manager: INVALID_ARG, NOT_SUPPORTED. */
int core_pod_cgroup_check(ctr_engine_t *engine, json_t *doc, ctr_error_t **err);
int core_pod_cgroup_make(json_t *doc, const char *cgroup, ctr_error_t **err);
void core_pod_cgroup_remove(ctr_engine_t *engine, const struct pod_row *row); /* trouble is logged */
/* The same for the pod of a container that is about to be made ready; nothing for one in no pod. */
int step_pod_cgroup(ctr_engine_t *engine, const struct container_row *row, ctr_error_t **err);

/* ---- namespaces.c ---- */
/* Modes "container" in doc, a copy for one init, become paths; STATE_INVALID naming the container that has no process. */
int step_join_namespaces(ctr_engine_t *engine, const struct container_row *row, json_t *doc, ctr_error_t **err);

/* ---- pod_infra.c ---- */
/* The directory that infra containers have as root, made when it is missing, with ctr-init as /ctr-init. */
int core_infra_rootfs(ctr_engine_t *engine, int need_program, char **ret_path, ctr_error_t **err);

/* ---- pod_create.c, create.c ---- */
int core_pod_config(const struct pod_row *row, json_t **ret, ctr_error_t **err); /* the pod's document; STORE_DAMAGED */
/* The pod that doc's field "pod" names, locked until the container is made; doc gets the pod's id and what a member gets from its pod. */
int core_pod_join(ctr_engine_t *engine, json_t *doc, const struct op_call *call, struct pod_locked *ret, ctr_error_t **err);
struct create_in {
	struct pod_locked *pl;         /* the pod that it is made in, locked by the caller */
	int is_infra;
};
int core_container_create_in(ctr_engine_t *engine, const ctr_spec_t *spec, const struct create_in *in, const struct op_call *call,
			     ctr_container_t **ret, ctr_error_t **err);
/* create.c */
int step_draw(void *buf, size_t len, ctr_error_t **err); /* random bytes */

/* ---- pod_remove.c ---- */
/* All members by force, then files, cgroup and row. pl->row is NULL afterwards. What a dead process left of a pod half made or half removed
 * goes the same way. */
int step_pod_delete(struct pod_locked *pl, const struct op_call *call, ctr_error_t **err);

/* start.c. As core_container_start, for whoever holds the lock of the container's pod. */
int core_container_start_member(ctr_container_t *c, const struct ctr_start_opts *opts, const struct op_call *call, ctr_error_t **err);
/* pod_exit.c. After a member has ended and was cleaned up, with no lock held: stops the pod when its exit policy says so and nothing but its infra
 * container is left running. last_has_gone: also a pod without any member. -EBUSY: whoever holds the pod does this when he lets go of it. */
int core_pod_after_exit(ctr_engine_t *engine, const char *pod_id, int last_has_gone, const struct op_call *call);

/* remove.c. As core_container_remove (an infra container too), for whoever holds the lock of the container's pod. 0 also when it has gone. */
int core_container_remove_member(ctr_container_t *c, const struct ctr_remove_opts *opts, const struct op_call *call, ctr_error_t **err);

/* ---- partial.c: what became of each of many ---- */
struct partial {
	json_t *results;               /* {id: {code, message}} of those that failed */
	size_t n;
};
/* why: taken, may be NULL. */
void partial_add(struct partial *p, const char *id, int code, ctr_error_t *why);
/* 0 when none has failed; else PARTIAL with detail "results" and this sentence ("2 of the containers of pod x …" is put before the failures' first
 * one). Frees what p holds. */
int partial_finish(struct partial *p, const char *object_kind, const char *object_id, const char *what, ctr_error_t **err);

/* ---- verbs: pod_create.c pod_remove.c pod_list.c pod_inspect.c, pod_verbs*.c ---- */
int core_pod_create(ctr_engine_t *engine, const char *json, size_t len, const struct op_call *call, ctr_pod_t **ret, ctr_error_t **err);
/* The stopping class: the limit follows from the members' stop timeouts. */
int core_pod_remove(ctr_pod_t *pod, const struct ctr_remove_opts *opts, ctr_op_t *op, ctr_error_t **err);
int core_pod_list(ctr_engine_t *engine, const struct ctr_list_opts *opts, const struct op_call *call, ctr_pod_list_t **ret, ctr_error_t **err);
int core_pod_status(ctr_pod_t *pod, const struct op_call *call, ctr_pod_status_t **ret, ctr_error_t **err);
int core_pod_inspect(ctr_pod_t *pod, const struct op_call *call, char **ret_json, ctr_error_t **err);
int core_pod_start(ctr_pod_t *pod, const struct op_call *call, ctr_error_t **err);
int core_pod_stop(ctr_pod_t *pod, const struct ctr_stop_opts *opts, ctr_op_t *op, ctr_error_t **err);
int core_pod_kill(ctr_pod_t *pod, int signal, const struct op_call *call, ctr_error_t **err);
int core_pod_pause(ctr_pod_t *pod, const struct op_call *call, ctr_error_t **err);
int core_pod_unpause(ctr_pod_t *pod, const struct op_call *call, ctr_error_t **err);
int core_pod_restart(ctr_pod_t *pod, const struct ctr_stop_opts *opts, ctr_op_t *op, ctr_error_t **err);

/* ---- pod_list.c ---- */
/* The members as they are now, the infra container among them, by creation time; and what their states add up to. */
struct pod_members {
	struct container_row **rows;
	size_t n;
	int32_t state;                 /* CTR_POD_* */
};
int core_pod_members(ctr_engine_t *engine, const char *pod_id, struct pod_members *ret, ctr_error_t **err);
void pod_members_reset(struct pod_members *m);
#define CLEANUP_MEMBERS CLEANUP(pod_members_reset)

struct ctr_pod_status {
	_Atomic int refs;
	int32_t state;
};
struct ctr_pod_list {
	_Atomic int refs;
	size_t n;
	ctr_pod_t **pods;
};
ctr_pod_list_t *core_pod_list_unref(ctr_pod_list_t *l);

#endif
