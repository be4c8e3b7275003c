/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of engines and container handles, and what the verbs share. One file per verb; the api room calls core_*. */
#ifndef CTR_CORE_CORE_H
#define CTR_CORE_CORE_H

#include <libctr/libctr.h>
#include <pthread.h>
#include <stdatomic.h>
#include "backend/registry.h"
#include "base/json.h"
#include "model/container.h"
#include "model/event.h"
#include "model/state.h"
#include "monitor/client.h"
#include "op/op.h"
#include "os/exit_file.h"
#include "state/state.h"

/* engine_config.c: options, config file and defaults, merged once. Strings owned. */
struct engine_config {
	char *root, *run_root, *runtime, *storage, *network, *monitor_mode, *cgroup_manager;
	char *keeper_path, *monitor_path, *agent_path, *hooks_dir, *seccomp_profile;
	char *restart_backoff;         /* of the config file only; NULL: none */
	int runtime_said, storage_said, run_root_said, cgroup_manager_said, network_said, hooks_dir_said; /* explicit: compared with the store's facts */
	uint64_t default_timeout_ns;
	uint32_t default_stop_timeout_s;
	int32_t log_level;
	ctr_log_fn log_fn;
	void *log_userdata;
	ctr_destroy_fn log_destroy;
};
int engine_config_load(struct engine_config *config, const struct ctr_engine_opts *opts, ctr_error_t **err);
void engine_config_reset(struct engine_config *config); /* does not call log_destroy */

struct monitor_pool;

struct ctr_engine {
	_Atomic int refs;
	pid_t pid;                     /* maker; another process gets FORKED */
	struct engine_config config;
	struct store_facts facts;
	struct store *store;
	struct registry *registry;
	struct ctr_host_api host;
	struct runtime_backend *runtime;   /* default of new containers */
	struct storage_backend *storage;
	char *runtime_why;                 /* info's chosen_because */
	int root_fd, run_root_fd, exits_fd, containers_fd, storage_fd;
	char boot_id[40];
	char epoch[128];               /* boot and pid namespace, as text */
	char *runtime_state;           /* <root>/runtime/<boot id> */
	int cgroup_mode;               /* OS_CGROUP_* */
	char *unified_path;            /* cgroup2 of a hybrid host, NULL */
	struct log_queue *log_queue;   /* what was to be said under a lock */
	char instance[MONITOR_KEY_SIZE]; /* the shared instance of callers with our attributes */
	struct monitor_place place;
	struct monitor_pool *monitors;
	int storage_fds[4];            /* lent to the storage backends */
	size_t n_storage_fds;
	json_t *opened;                /* what opening has done to containers, for recover: {id: entry}; NULL: nothing */
};

struct ctr_container {
	_Atomic int refs;
	pid_t pid;
	ctr_engine_t *engine;          /* a reference */
	char id[ID_SIZE];
	char *name;                    /* when the handle was made */
	pthread_mutex_t cache_lock;
	struct container_row *row;     /* last seen snapshot, under cache_lock; NULL after removal was seen */
	_Atomic int removed;
	uint64_t last_run;             /* of the row when removal was seen, for wait and exit_fd */
	/* A batched handle: it lives on its batch's lock, in its batch's thread, as long as the batch's callback. */
	int32_t batch_tid;             /* 0 = an ordinary handle; fixed when the handle is made */
	struct locked *batch;          /* of that thread; NULL when the callback has returned */
};

/* ---- engine ---- */
int core_engine_open(const struct ctr_engine_opts *opts, const struct op_call *call, ctr_engine_t **ret, ctr_error_t **err);
ctr_engine_t *core_engine_ref(ctr_engine_t *engine);
ctr_engine_t *core_engine_unref(ctr_engine_t *engine);
int core_engine_info(ctr_engine_t *engine, const struct op_call *call, char **ret_json, ctr_error_t **err);
int core_engine_probe(ctr_engine_t *engine_or_null, const struct op_call *call, char **ret_json, ctr_error_t **err);
int core_engine_recover(ctr_engine_t *engine, const struct ctr_recover_opts *opts, const struct op_call *call, char **ret_json, ctr_error_t **err);
int core_engine_lock_audit(ctr_engine_t *engine, char **ret_json, ctr_error_t **err);
/* The backend of a runtime by name or absolute path, registered when it was not yet. RUNTIME_NOT_FOUND. */
int core_engine_runtime(ctr_engine_t *engine, const char *name_or_path, struct runtime_backend **ret, ctr_error_t **err);
/* The path of ctr-init, which stands beside the agent (engine_paths.c). NOT_SUPPORTED where it was not built. */
int core_engine_init_program(const ctr_engine_t *engine, char **ret, ctr_error_t **err);
/* 0, or FORKED when this process did not make the handle */
int core_check_fork(pid_t maker, ctr_error_t **err);
/* Said at once, or after the thread has released its locks: the host's function may call anything. */
void core_log(ctr_engine_t *engine, int32_t level, const char *domain, const char *container_id_or_null, const char *fmt, ...) PRINTF_LIKE(5, 6);
void core_log_flush(ctr_engine_t *engine); /* what this thread was to say while it held locks */
struct log_queue *log_queue_new(void);
struct log_queue *log_queue_free(struct log_queue *queue);
/* Fills engine->host: memory, errors, log, jobs through the monitor's client. */
void core_host_api(ctr_engine_t *engine);

/* monitor_pool.c: connections kept for the next call */
int core_monitor_get(ctr_engine_t *engine, const char *key, int start, const struct op_call *call, struct monitor_conn **ret, ctr_error_t **err);
void core_monitor_put(ctr_engine_t *engine, struct monitor_conn *conn); /* NULL is fine; a broken one is closed */
struct monitor_pool *monitor_pool_new(void);
struct monitor_pool *monitor_pool_free(struct monitor_pool *pool);

/* ---- a container's row, seen and changed ---- */
/* observe.c. What is true now without any lock: the row, and the exit record of its run folded in when the row does not know it yet
 * (state STOPPED, exit_* and finished_ns set). *ret may be row itself (a new reference). Never writes. */
int core_observe(ctr_engine_t *engine, struct container_row *row, struct container_row **ret, ctr_error_t **err);
/* The handle's valid snapshot (cached while the slot's rev says so, else read), observed. REMOVED when it is gone. */
int core_container_snapshot(ctr_container_t *c, struct container_row **ret, ctr_error_t **err);

/* locked.c. One container, locked, synced (exit record imported, intent of a dead process finished), ready to be changed. */
/* For whose sake: it says what becomes of a run that has ended, and what a new run keeps of the old one. */
enum locked_purpose {
	LOCKED_FOR_ANY = 0,  /* the policy decides what follows an end */
	LOCKED_FOR_CALLER,   /* a caller decides: start, init, remove; what the policy had planned is withdrawn */
	LOCKED_FOR_RESTART,  /* a caller's restart: nothing that ended on the way to it is removed */
	LOCKED_FOR_POLICY,   /* the policy's restart: counts go on, the run begins in the monitor of the one before */
};
struct locked {
	ctr_container_t *c;
	struct lock_guard guard;
	struct container_row *row;     /* NULL: the row is gone, by our own hand */
	int depth;                     /* of dependencies: the lock's rank */
	int let_go;                    /* by locked_let_go */
	int durable;                   /* a durable change was saved: made durable after unlocking */
	char ended_in[ID_SIZE];        /* the pod it is a member of, when its run was cleaned up after; "" */
	const char *operation;         /* as locked; goes into the errors of this call */
	struct event_list events;      /* stored with the next save, or when the lock is released (step_emit) */
	enum locked_purpose purpose;
};
int core_lock(ctr_container_t *c, const char *operation, const struct op_call *call, struct locked *ret, ctr_error_t **err);
/* Unlocks, makes durable, maintains the WAL, refreshes the handle's cache. Returns code, or the error of making durable when code is 0. */
int core_unlock(struct locked *l, int code, ctr_error_t **err);
/* The error of a call names its container and its operation, unless it does so already; core_unlock does that. Answers code. */
int step_attribute(const ctr_container_t *c_or_null, const char *operation, int code, ctr_error_t **err);
/* Try-lock for the agent and for recovery: -EBUSY when somebody holds it. */
int core_try_lock(ctr_container_t *c, const char *operation, const struct op_call *call, struct locked *ret, ctr_error_t **err);

/* recover.c: at engine open: new epoch, half-made objects, live containers without a monitor. */
int core_recover_at_open(ctr_engine_t *engine, const struct op_call *call, ctr_error_t **err);
/* The agent's work item: cleanup after (id, run), with auto-remove. 0 done (also: nothing to do), -EBUSY, or negative CTR_ERR_* */
int core_agent_cleanup(ctr_engine_t *engine, const char *id, uint64_t run, const struct op_call *call, ctr_error_t **err);
/* The agent's other work item: the restart that is due, when the row still says so. Answers likewise; a start that fails is no
 * error here: the row says why, and the policy goes on. */
int core_agent_restart(ctr_engine_t *engine, const char *id, uint64_t run, const struct op_call *call, ctr_error_t **err);

/* ---- verbs ---- */
/* Takes a reference of its own on row. */
int core_container_new_handle(ctr_engine_t *engine, struct container_row *row, ctr_container_t **ret, ctr_error_t **err);
ctr_container_t *core_container_ref(ctr_container_t *c);
ctr_container_t *core_container_unref(ctr_container_t *c);
int core_container_create(ctr_engine_t *engine, const ctr_spec_t *spec, const struct op_call *call, ctr_container_t **ret, ctr_error_t **err);
int core_container_open(ctr_engine_t *engine, const char *name_or_id, ctr_container_t **ret, ctr_error_t **err);
int core_container_init(ctr_container_t *c, const struct ctr_start_opts *opts, const struct op_call *call, ctr_error_t **err);
int core_container_start(ctr_container_t *c, const struct ctr_start_opts *opts, const struct op_call *call, ctr_error_t **err);
/* The class default of stop and remove depends on the row's stop timeout: they get the caller's op itself. */
int core_container_stop(ctr_container_t *c, const struct ctr_stop_opts *opts, ctr_op_t *op, ctr_error_t **err);
int core_containers_stop_many(ctr_container_t *const *cs, size_t n, const struct ctr_stop_opts *opts, ctr_op_t *op, ctr_error_t **err);
int core_container_remove(ctr_container_t *c, const struct ctr_remove_opts *opts, ctr_op_t *op, ctr_error_t **err);
int core_container_kill(ctr_container_t *c, int signal, const struct op_call *call, ctr_error_t **err);
int core_container_pause(ctr_container_t *c, const struct op_call *call, ctr_error_t **err);
int core_container_unpause(ctr_container_t *c, const struct op_call *call, ctr_error_t **err);
int core_container_update(ctr_container_t *c, const char *json, size_t len, const struct op_call *call, ctr_error_t **err);
int core_container_stats(ctr_container_t *c, const struct op_call *call, char **ret_json, ctr_error_t **err);
int core_container_top(ctr_container_t *c, const struct op_call *call, char **ret_json, ctr_error_t **err);
int core_container_wait(ctr_container_t *c, const struct ctr_wait_opts *opts, const struct op_call *call, int32_t *ret_code_or_null, ctr_error_t **err);
int core_container_exit_fd(ctr_container_t *c, int *ret_fd, ctr_error_t **err);
int core_container_batch(ctr_container_t *c, ctr_batch_fn fn, void *userdata, const struct op_call *call, ctr_error_t **err);
int core_container_artifact_add(ctr_container_t *c, const char *name, const void *data, size_t len, ctr_error_t **err);
int core_container_artifact_get(ctr_container_t *c, const char *name, void **data, size_t *len, ctr_error_t **err);
int core_container_artifact_remove(ctr_container_t *c, const char *name, ctr_error_t **err);
int core_container_artifact_list(ctr_container_t *c, char **ret_json, ctr_error_t **err);
int core_container_rename(ctr_container_t *c, const char *name, const struct op_call *call, ctr_error_t **err);
int core_container_restart(ctr_container_t *c, const struct ctr_stop_opts *opts, ctr_op_t *op, ctr_error_t **err);
int core_container_should_restart(ctr_container_t *c, const struct op_call *call, int *ret, ctr_error_t **err);
int core_container_should_start_on_boot(ctr_container_t *c, const struct op_call *call, int *ret, ctr_error_t **err);
int core_container_sync(ctr_container_t *c, const struct op_call *call, ctr_error_t **err);
int core_container_cleanup(ctr_container_t *c, int only_stopped, const struct op_call *call, ctr_error_t **err);
int core_container_status(ctr_container_t *c, const struct op_call *call, ctr_status_t **ret, ctr_error_t **err);
int core_container_inspect(ctr_container_t *c, const struct op_call *call, char **ret_json, ctr_error_t **err);
int core_container_list(ctr_engine_t *engine, const struct ctr_list_opts *opts, const struct op_call *call, ctr_container_list_t **ret, ctr_error_t **err);

/* events.c */
ctr_events_t *core_events_ref(ctr_events_t *m);
ctr_events_t *core_events_unref(ctr_events_t *m);
int core_events_open(ctr_engine_t *engine, const struct ctr_events_opts *opts, ctr_events_t **ret, ctr_error_t **err);
int core_events_fd(const ctr_events_t *m);
int core_events_next(ctr_events_t *m, char **ret_json, ctr_error_t **err);
int core_events_wait(ctr_events_t *m, const struct op_call *call, ctr_error_t **err);
pid_t core_events_maker(const ctr_events_t *m);

/* status.c: the public snapshot is an observed row. */
struct ctr_status {
	_Atomic int refs;
	struct container_row *row;
	char *log_path;
	char *pod_name;                /* "" */
	_Atomic(json_t *) labels;      /* decoded when one is asked for first; the loser of a race drops its copy */
};
int core_status_new(ctr_engine_t *engine, struct container_row *row, ctr_status_t **ret, ctr_error_t **err);
ctr_status_t *core_status_unref(ctr_status_t *s);
const char *core_status_label(const ctr_status_t *s, const char *key);
char *core_log_path(ctr_engine_t *engine, const struct container_row *row); /* NULL = out of memory */
int core_put_time(json_t *obj, const char *key, int64_t realtime_ns);      /* RFC 3339, 0 = null */
json_t *core_stored_json(const char *text, int array);                     /* a column's JSON text; empty when damaged */
int core_status_json(const ctr_status_t *s, json_t **ret, ctr_error_t **err);   /* the list entry of api-reference.md 7 */

#endif
