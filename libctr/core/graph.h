/* SPDX-License-Identifier: Apache-2.0 */
/* Verbs over several containers at once, in the order of what they need. Many are on their way at a time, and no thread is made: what the
 * monitor does for each of them is asked for first and waited for afterwards. */
#ifndef CTR_CORE_GRAPH_H
#define CTR_CORE_GRAPH_H

#include "core/pods.h"
#include "core/steps.h"
#include "model/graph.h"

/* ---- graph.c ---- */
/* The container of this row and all that it needs, as they are now, without any lock; sorted. */
int core_graph_of(ctr_engine_t *e, struct container_row *row, struct graph *ret, ctr_error_t **err);
/* The members of a pod and its infra container; likewise. */
int core_graph_pod(ctr_engine_t *e, const char *pod_id, struct graph *ret, ctr_error_t **err);
/* Codes that end a call over many containers, rather than being said of one of them. */
int core_is_over(int code);
/* What a row that is about to start needs and what does not run: STATE_INVALID naming it (detail dependency: the id of the first). infra: containers
 * that a pod is made of count too; they are started with any member, so whoever is going to do that passes 0. */
int core_depends_running(ctr_engine_t *e, const struct container_row *row, int infra, ctr_error_t **err);

/* ---- graph_start.c ---- */
#define GRAPH_BATCH 64 /* as many are on their way at once: each has a lock, a connection and a mount */
struct graph_result {
	int skip;                  /* 1: not to be touched; set by the caller */
	int code;                  /* 0, or why it does not run */
	ctr_error_t *why;
};
struct graph_result *graph_results_new(const struct graph *g); /* one for each node; NULL = out of memory */
void graph_results_free(struct graph_result *results, size_t n);
/* Starts the first n nodes of a sorted graph that do not run, each after what it needs. What becomes of each stands in results; an error of the
 * call itself is out of memory only. The lock of their pod is held by the caller, if they are in one. */
int graph_start(ctr_engine_t *e, const struct graph *g, size_t n, struct graph_result *results, const struct op_call *call, ctr_error_t **err);
/* Before init, start or restart of c, with its pod's lock held: what it needs runs afterwards, or STATE_INVALID names what does not (detail
 * dependency). recursive: it is started; else only the infra container is. */
int core_start_needs(ctr_container_t *c, enum verb verb, int recursive, const struct op_call *call, ctr_error_t **err);

/* ---- stop_many.c ---- */
struct stop_one {
	ctr_container_t *c;
	struct stop_plan plan;
	struct step_stop stop;
	int done;                  /* it ran, and was asked to stop or has been stopped */
	int code;                  /* 0, or why it was not stopped */
	ctr_error_t *why;
};
struct stop_group {
	struct stop_one *ones;     /* c and plan are filled in */
	size_t n;
	int pod_is_locked;         /* of all of them, by the caller */
	int tolerant;              /* one in a state that no stop is for is no failure */
	enum locked_purpose purpose;
};
/* All are asked, then each is waited for and cleaned up after. One that does not run, or has gone, is no failure. */
void stop_group_run(const struct stop_group *group, const struct op_call *call);

/* ---- pod_start.c, pod_stop.c, with the pod's lock held ---- */
int step_pod_start(struct pod_locked *pl, const struct op_call *call, ctr_error_t **err);
/* The limit of a pod's stop or restart: level after level, each with the time of its slowest container. */
int step_pod_stop_plan(ctr_pod_t *pod, const struct ctr_stop_opts *opts, ctr_op_t *op, struct op_call *ret, ctr_error_t **err);
int step_pod_stop(struct pod_locked *pl, const struct ctr_stop_opts *opts, enum locked_purpose purpose, const struct op_call *call,
		  ctr_error_t **err);

/* ---- remove_depends.c, with the lock of the pod held, that of the container not ---- */
/* What depends on c, directly or not, goes when opts->depend says so: all of it may go, or nothing does (STATE_INVALID). What a dead process left
 * half made of such a container goes in any case. */
int remove_dependents(ctr_container_t *c, const struct ctr_remove_opts *opts, const struct op_call *call, ctr_error_t **err);
/* How long the stopping of all these may take. */
uint64_t remove_dependents_time(ctr_container_t *c, const struct ctr_remove_opts *opts);

/* ---- create_depends.c ---- */
/* Names and id prefixes of doc's dependencyContainers and namespaces of mode "container" become ids, and all of them, beside those that stand in
 * row->depends already, the row's dependencies. row->pod_id and row->name are set before. */
int create_depends(ctr_engine_t *e, json_t *doc, struct container_row *row, ctr_error_t **err);

#endif
