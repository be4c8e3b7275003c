/* SPDX-License-Identifier: Apache-2.0 */
/* The engine: one store (root and run_root), opened by this process, with its backends. Everything else hangs on it.
 *
 * Any number of processes may have the same store open, and one process any number of stores, or the same one twice.
 * libctr keeps no process-wide state, makes no thread in the caller and leaves the caller's signals, umask, working
 * directory, environment and standard streams alone: see libctr.h and libctr(7). */
#ifndef LIBCTR_ENGINE_H
#define LIBCTR_ENGINE_H

#include <libctr/types.h>
#include <libctr/error.h>
#include <libctr/op.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ctr_engine ctr_engine_t;

/* Levels of the log function; a level lets itself and the more important ones through. */
enum {
	CTR_LOG_DEFAULT = 0, /* WARNING */
	CTR_LOG_ERROR = 1,
	CTR_LOG_WARNING = 2,
	CTR_LOG_INFO = 3,
	CTR_LOG_DEBUG = 4
};

/**
 * ctr_log_fn - receives what the library has to say; without one it says nothing
 * @level: CTR_LOG_ERROR to CTR_LOG_DEBUG
 * @domain: the part that speaks, the names of ctr_error_domain()
 * @message: one sentence without newline
 * @fields_json: a JSON object with the facts (container, operation, …), "{}" when there are none
 * @userdata: what was registered in struct ctr_engine_opts
 *
 * All texts are valid during the callback only. It runs on the thread of the call that speaks, on several at once,
 * with no lock held.
 */
typedef void (*ctr_log_fn)(int32_t level, const char *domain, const char *message, const char *fields_json,
			   void *userdata);

/* How to open an engine. All zero but size = defaults. Strings are copied. Version 1: 152 bytes. */
struct ctr_engine_opts {
	size_t size;			 /* sizeof(struct ctr_engine_opts), as ctr_engine_opts_init() sets it */
	const char *root;		 /* absolute path of what survives a reboot; NULL: /var/lib/libctr */
	const char *run_root;		 /* absolute path of what does not; NULL: /run/libctr. Both are made, mode 0700 */
	const char *runtime;		 /* absolute path; or a name sought in /usr/local/{bin,sbin}, /usr/{bin,sbin},
					    /bin, /sbin; "null"; NULL: the first of crun, runc that can run here */
	const char *storage;		 /* "overlay", "dir", "null"; NULL: overlay where it works, else dir */
	const char *network;		 /* "none"; NULL: none */
	const char *monitor_mode;	 /* "shared", "container"; NULL: shared */
	const char *cgroup_manager;	 /* "cgroupfs", "systemd", "disabled"; NULL: cgroupfs */
	const char *monitor_path;	 /* absolute path of ctr-monitor; NULL: as built */
	const char *agent_path;		 /* absolute path of ctr-agent; NULL: as built */
	const char *hooks_dir;		 /* directory of OCI hooks: not supported yet; NULL: no hooks are run */
	const char *seccomp_profile;	 /* path, or "unconfined"; NULL: the built-in profile */
	const char *config_file;	 /* a JSON object with these names; a field set here wins; NULL: none is read */
	uint64_t default_timeout_ns;	 /* limit of control calls without an op; 0: 30 s */
	uint32_t default_stop_timeout_s; /* from stop signal to SIGKILL where a spec says nothing; 0: 10 s */
	int32_t log_level;		 /* CTR_LOG_*; 0: WARNING */
	ctr_log_fn log_fn;		 /* NULL: silence */
	void *log_userdata;		 /* taken when ctr_engine_open() succeeds */
	ctr_destroy_fn log_destroy;	 /* called with log_userdata when the engine goes; NULL: nothing */
	uint64_t reserved1;		 /* 0 */
};

/**
 * ctr_engine_opts_init - zeroes an option struct and sets its size
 * @opts: the struct; NULL does nothing
 * @size: sizeof(struct ctr_engine_opts) as the caller knows it
 *
 * Returns: nothing
 * Errors: none; a size below sizeof(size_t) does nothing
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API void ctr_engine_opts_init(struct ctr_engine_opts *opts, size_t size);

/**
 * ctr_engine_open - opens a store, making it when it is not there
 * @opts: how; borrowed for the call; NULL = defaults
 * @op: limits, may be NULL
 * @ret: the engine, for ctr_engine_unref()
 * @err: error, may be NULL
 *
 * Also finishes what a crash or a reboot left behind, and starts a monitor when live containers have none. The
 * parents of root and run_root must exist. With runtime "null" no privilege is needed beyond directories of one's own.
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (relative path, unknown name, ret NULL, wrong size), CTR_ERR_UNSUPPORTED_OPTION
 * (non-zero bytes this build does not know, a manager or network not supported yet), CTR_ERR_PERMISSION (names the
 * first missing right), CTR_ERR_RUNTIME_NOT_FOUND, CTR_ERR_NO_SUCH_FILE (a parent directory, a configured file),
 * CTR_ERR_NO_SPACE, CTR_ERR_NO_RESOURCES, CTR_ERR_IO, CTR_ERR_STORE_DAMAGED, CTR_ERR_STORE_LOCKED,
 * CTR_ERR_STORE_VERSION, CTR_ERR_STORE_MISMATCH, CTR_ERR_MONITOR, CTR_ERR_TIMEOUT, CTR_ERR_CANCELLED,
 * CTR_ERR_INTERRUPTED. No engine is made and log_destroy is not called; a store that existed keeps its contents
 * Threads: any thread
 * Op class: control
 * Since: 0.1
 */
CTR_API int ctr_engine_open(const struct ctr_engine_opts *opts, ctr_op_t *op, ctr_engine_t **ret, ctr_error_t **err);

/**
 * ctr_engine_ref - takes a reference
 * @engine: the engine, may be NULL
 *
 * Returns: engine
 * Errors: none
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API ctr_engine_t *ctr_engine_ref(ctr_engine_t *engine);

/**
 * ctr_engine_unref - gives a reference back; the last one closes the store
 * @engine: (taken) the engine, may be NULL
 *
 * Containers run on. Handles made from the engine hold references of their own and stay usable. In a forked child
 * only memory is freed.
 *
 * Returns: NULL
 * Errors: none
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API ctr_engine_t *ctr_engine_unref(ctr_engine_t *engine);

/**
 * ctr_engine_info - what this engine is and has
 * @engine: the engine
 * @op: limits, may be NULL
 * @ret_json: one JSON object for ctr_free(): {version, features, root, run_root, boot_id, schema, runtime, runtimes,
 *   storage, network, cgroup, monitor, counts, locks}
 * @err: error, may be NULL
 *
 * "runtimes" says of each OCI runtime that was looked for whether it can run here and, if not, why.
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG, CTR_ERR_STORE_DAMAGED, CTR_ERR_IO, CTR_ERR_TIMEOUT, CTR_ERR_CANCELLED,
 * CTR_ERR_INTERRUPTED; nothing changes
 * Threads: any thread
 * Op class: control
 * Since: 0.1
 */
CTR_API int ctr_engine_info(ctr_engine_t *engine, ctr_op_t *op, char **ret_json, ctr_error_t **err);

/**
 * ctr_engine_probe - checks what this machine and this engine's settings allow
 * @engine: the engine
 * @op: limits, may be NULL
 * @ret_json: a JSON array for ctr_free(): [{feature, ok, why, fix}]
 * @err: error, may be NULL
 *
 * Returns: 0, or a negative CTR_ERR_*; a feature that does not work is no error but an entry with ok false
 * Errors: CTR_ERR_INVALID_ARG, CTR_ERR_IO, CTR_ERR_NO_RESOURCES, CTR_ERR_TIMEOUT, CTR_ERR_CANCELLED,
 * CTR_ERR_INTERRUPTED; nothing changes
 * Threads: any thread
 * Op class: control
 * Since: 0.1
 */
CTR_API int ctr_engine_probe(ctr_engine_t *engine, ctr_op_t *op, char **ret_json, ctr_error_t **err);

/**
 * ctr_probe_host - checks what this machine allows, before there is any engine
 * @op: limits, may be NULL
 * @ret_json: a JSON array for ctr_free(): [{feature, ok, why, fix}]
 * @err: error, may be NULL
 *
 * Writes nothing to disk and needs no privilege: what cannot be told without one has ok false and says so.
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG, CTR_ERR_IO, CTR_ERR_NO_RESOURCES, CTR_ERR_TIMEOUT, CTR_ERR_CANCELLED,
 * CTR_ERR_INTERRUPTED; nothing changes
 * Threads: any thread
 * Op class: control (30 s)
 * Since: 0.1
 */
CTR_API int ctr_probe_host(ctr_op_t *op, char **ret_json, ctr_error_t **err);

/* How ctr_engine_recover() works; ctr_recover_opts_init() or all zero. */
struct ctr_recover_opts {
	size_t size;
	int32_t no_start; /* 1: what is half done is put right, nothing is started */
	int32_t dry_run;  /* 1: only tells what would be done */
};

/**
 * ctr_recover_opts_init - zeroes an option struct and sets its size
 * @opts: the struct; NULL does nothing
 * @size: sizeof(struct ctr_recover_opts) as the caller knows it
 *
 * Returns: nothing
 * Errors: none; a size below sizeof(size_t) does nothing
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API void ctr_recover_opts_init(struct ctr_recover_opts *opts, size_t size);

/**
 * ctr_engine_recover - brings back what should run, as when the machine has come up
 * @engine: the engine
 * @opts: how; borrowed for the call; NULL = defaults
 * @op: limits; NULL = none
 * @ret_json: one JSON object for ctr_free(): {containers [{id, name, before, after, action, error}], pods [], seconds}
 * @err: error, may be NULL
 *
 * For an init system to call after boot; at any other time it does no harm. Removals that were begun are finished, ends
 * that nobody has cleaned up after are, containers without a monitor get one, and then every container for which
 * ctr_container_should_start_on_boot() says so is started, what it depends on first. One that its restart policy is
 * about to restart is left to it.
 *
 * "action" is started, adopted, marked_exited, finished_removal or none, the last thing done to it; what opening this
 * engine has done is told, too. "before" is the state that was found, "after" the state now (null: it is gone), "error"
 * why something could not be done ("" when all could): the others are recovered all the same.
 *
 * Returns: 0 also when some containers could not be started, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG, CTR_ERR_UNSUPPORTED_OPTION, CTR_ERR_NO_MEMORY, CTR_ERR_STORE_DAMAGED, CTR_ERR_IO,
 * CTR_ERR_TIMEOUT, CTR_ERR_CANCELLED, CTR_ERR_INTERRUPTED; what has been done until then stays done
 * Threads: any thread
 * Op class: data
 * Since: 0.1
 */
CTR_API int ctr_engine_recover(ctr_engine_t *engine, const struct ctr_recover_opts *opts, ctr_op_t *op, char **ret_json,
			       ctr_error_t **err);

/**
 * ctr_engine_lock_audit - who holds which lock, and which lock slots belong to nothing
 * @engine: the engine
 * @ret_json: one JSON object for ctr_free(): {slots, used, leaked [{slot, kind, object_id, generation}],
 *            held [{slot, object_id, pid, tid, operation, since_ns}]}
 * @err: error, may be NULL
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG, CTR_ERR_STORE_DAMAGED, CTR_ERR_IO; nothing changes
 * Threads: any thread
 * Op class: none, takes no lock and never waits for another process
 * Since: 0.1
 */
CTR_API int ctr_engine_lock_audit(ctr_engine_t *engine, char **ret_json, ctr_error_t **err);

#ifdef __cplusplus
}
#endif

#endif
