/* SPDX-License-Identifier: Apache-2.0 */
/* Errors: immutable, counted objects with a code, a sentence, details for machines and a cause.
 *
 * Nothing is thread-local and no handle remembers a "last error": an error is where the caller's `ctr_error_t **err`
 * pointed. All functions here work in a forked child too. */
#ifndef LIBCTR_ERROR_H
#define LIBCTR_ERROR_H

#include <libctr/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ctr_error ctr_error_t;

/* What a fallible function returns; libctr-errors(7) says what each means and what to do. Numbers are never reused. */
enum {
	CTR_OK = 0,

	/* The call itself. */
	CTR_ERR_INVALID_ARG = -5001,	    /* an argument is wrong in itself: NULL, malformed, out of range */
	CTR_ERR_UNSUPPORTED_OPTION = -5002, /* a field, flag or option this build does not know or not support yet */
	CTR_ERR_NOT_SUPPORTED = -5003,	    /* this machine, backend or mode cannot do it */
	CTR_ERR_NOT_IMPLEMENTED = -5004,    /* never returned by a released function */
	CTR_ERR_NO_MEMORY = -5005,	    /* out of memory */
	CTR_ERR_INTERNAL = -5006,	    /* a mistake of libctr: please report it */
	CTR_ERR_FORKED = -5007,		    /* a handle was used in a forked child */
	CTR_ERR_PERMISSION = -5008,	    /* a right is missing */
	CTR_ERR_CANCELLED = -5009,	    /* ctr_op_cancel() */
	CTR_ERR_TIMEOUT = -5010,	    /* the op's timeout or deadline, or the default one */
	CTR_ERR_DEADLOCK = -5011,	    /* the thread already holds what it asks for */
	CTR_ERR_INTERRUPTED = -5012,	    /* a signal handler ran and the op is interruptible */
	CTR_ERR_IO = -5013,		    /* a system call failed; ctr_error_errno() tells how */
	CTR_ERR_NO_SPACE = -5014,	    /* a disk or /dev/shm is full */
	CTR_ERR_NO_RESOURCES = -5015,	    /* descriptors, processes or another limit of the process or system */
	CTR_ERR_USER = -5016,		    /* a callback answered non-zero */
	CTR_ERR_PARTIAL = -5017,	    /* some of many failed; detail "results" has each */
	CTR_ERR_WOULD_BLOCK = -5018,	    /* an answer, not a failure: nothing there right now */
	CTR_ERR_END = -5019,		    /* an answer, not a failure: nothing will come any more */

	/* Something that is not there. */
	CTR_ERR_NO_SUCH_CONTAINER = -5101,
	CTR_ERR_NO_SUCH_POD = -5102,
	CTR_ERR_NO_SUCH_VOLUME = -5103,
	CTR_ERR_NO_SUCH_IMAGE = -5104,
	CTR_ERR_NO_SUCH_EXEC = -5105,
	CTR_ERR_NO_SUCH_NETWORK = -5106,
	CTR_ERR_NO_SUCH_EXIT_CODE = -5107, /* the run's exit code cannot be known; detail "reason" */
	CTR_ERR_NO_SUCH_FILE = -5108,

	/* Something that is there already, or is needed by others. */
	CTR_ERR_EXISTS = -5201,
	CTR_ERR_NAME_IN_USE = -5202,
	CTR_ERR_AMBIGUOUS = -5203, /* an id prefix fits more than one */
	CTR_ERR_IN_USE = -5204,
	CTR_ERR_HAS_DEPENDENTS = -5205,
	CTR_ERR_DEPENDENCY_CYCLE = -5206,

	/* The state of a container. */
	CTR_ERR_STATE_INVALID = -5301, /* not possible in its present state; detail "state" */
	CTR_ERR_REMOVED = -5302,       /* the container of this handle is gone */
	CTR_ERR_STOPPED = -5303,       /* it is stopped already */
	CTR_ERR_NO_LOGS = -5304,
	CTR_ERR_DETACHED = -5305,
	CTR_ERR_UNHEALTHY = -5306,

	/* The store. */
	CTR_ERR_STORE_DAMAGED = -5401,
	CTR_ERR_STORE_LOCKED = -5402,
	CTR_ERR_STORE_VERSION = -5403,	/* written by a newer libctr */
	CTR_ERR_STORE_MISMATCH = -5404, /* opened with other settings than it was made with; both are named */
	CTR_ERR_STORAGE = -5405,

	/* Other programs. */
	CTR_ERR_RUNTIME = -5501,
	CTR_ERR_RUNTIME_NOT_FOUND = -5502,
	CTR_ERR_COMMAND_NOT_FOUND = -5503,
	CTR_ERR_COMMAND_NOT_EXECUTABLE = -5504,
	CTR_ERR_MONITOR = -5505,
	CTR_ERR_NETWORK = -5506,
	CTR_ERR_CHECKPOINT = -5507
};

/* What ctr_error_retry() advises. */
typedef int32_t ctr_retry_t;
enum {
	CTR_RETRY_NEVER = 0,	/* the same call will fail again */
	CTR_RETRY_LATER = 1,	/* the same call may succeed in a while */
	CTR_RETRY_AFTER_FIX = 2 /* when someone has put right what the message names */
};

/**
 * ctr_error_new - makes an error, for callbacks and programs that pass errors of their own through libctr
 * @code: one of CTR_ERR_*; 0 and other numbers become CTR_ERR_USER
 * @message: one sentence, copied; NULL counts as ""
 * @cause_or_null: the error behind this one; the new error takes its own reference; NULL for none
 *
 * The domain is that of the cause, else "core"; errno is 0; there are no details.
 *
 * Returns: a new reference, never NULL: without memory the one static CTR_ERR_NO_MEMORY error
 * Errors: none
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API ctr_error_t *ctr_error_new(int code, const char *message, ctr_error_t *cause_or_null);

/**
 * ctr_error_ref - takes a reference
 * @err: the error, may be NULL
 *
 * Returns: err
 * Errors: none
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API ctr_error_t *ctr_error_ref(ctr_error_t *err);

/**
 * ctr_error_unref - gives a reference back; with the last one the error and its references on causes go
 * @err: (taken) the error, may be NULL
 *
 * Returns: NULL
 * Errors: none
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API ctr_error_t *ctr_error_unref(ctr_error_t *err);

/**
 * ctr_error_clear - unrefs *err and sets it to NULL, so that the variable can take the next error
 * @err: address of the caller's variable, may be NULL
 *
 * Returns: nothing
 * Errors: none
 * Threads: any thread, the variable itself is the caller's
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API void ctr_error_clear(ctr_error_t **err);

/**
 * ctr_error_code - the code, the same number the failed function returned
 * @err: the error, may be NULL
 *
 * Returns: a negative CTR_ERR_*; 0 for NULL
 * Errors: none
 * Threads: any thread, errors are immutable
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_error_code(const ctr_error_t *err);

/**
 * ctr_error_errno - the errno of the system call behind the error
 * @err: the error, may be NULL
 *
 * Returns: a positive errno; 0 when no system call failed, or for NULL
 * Errors: none
 * Threads: any thread, errors are immutable
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_error_errno(const ctr_error_t *err);

/**
 * ctr_error_domain - the part of libctr that speaks
 * @err: the error, may be NULL
 *
 * Returns: "core", "state", "lock", "storage", "runtime", "monitor", "network", "image" or "backend:NAME"; borrowed
 * from err; "" for NULL
 * Errors: none
 * Threads: any thread, errors are immutable
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API const char *ctr_error_domain(const ctr_error_t *err);

/**
 * ctr_error_message - this error's own sentence, without its causes: what failed, on what, what to do
 * @err: the error, may be NULL
 *
 * Returns: text borrowed from err; "" for NULL
 * Errors: none
 * Threads: any thread, errors are immutable
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API const char *ctr_error_message(const ctr_error_t *err);

/**
 * ctr_error_cause - the error behind this one
 * @err: the error, may be NULL
 *
 * Returns: the cause, borrowed from err; NULL when there is none, or for NULL
 * Errors: none
 * Threads: any thread, errors are immutable
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API const ctr_error_t *ctr_error_cause(const ctr_error_t *err);

/**
 * ctr_error_retry - whether trying again makes sense
 * @err: the error, may be NULL
 *
 * Returns: one of CTR_RETRY_*; CTR_RETRY_NEVER for NULL
 * Errors: none
 * Threads: any thread, errors are immutable
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API ctr_retry_t ctr_error_retry(const ctr_error_t *err);

/**
 * ctr_error_detail - one fact for machines; the keys are listed in libctr-errors(7)
 * @err: the error, may be NULL
 * @key: such as "container", "operation", "path", "state", "holder_pid", "exit_status", "stderr"; NULL is no key
 *
 * Looks into the causes too, the outermost one that has the key answers.
 *
 * Returns: the value as text, borrowed from err; NULL when nobody has the key
 * Errors: none
 * Threads: any thread, errors are immutable
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API const char *ctr_error_detail(const ctr_error_t *err, const char *key);

/**
 * ctr_error_detail_count - the number of this error's own details, causes not counted
 * @err: the error, may be NULL
 *
 * Returns: the number; 0 for NULL
 * Errors: none
 * Threads: any thread, errors are immutable
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API size_t ctr_error_detail_count(const ctr_error_t *err);

/**
 * ctr_error_detail_key - the key of one of this error's own details
 * @err: the error, may be NULL
 * @i: 0 up to ctr_error_detail_count() - 1
 *
 * Returns: the key, borrowed from err; NULL when i is too large, or for NULL
 * Errors: none
 * Threads: any thread, errors are immutable
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API const char *ctr_error_detail_key(const ctr_error_t *err, size_t i);

/**
 * ctr_error_code_name - a code's name without CTR_ERR_, such as "STATE_INVALID"
 * @code: a return value of libctr
 *
 * Returns: constant text; "OK" for 0, "UNKNOWN" for a number that is no code; never NULL
 * Errors: none
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API const char *ctr_error_code_name(int code);

/**
 * ctr_error_format - the error and its causes as one line for people: "head: cause: cause"
 * @err: the error, may be NULL
 *
 * Returns: text for ctr_free(); NULL when out of memory, or for NULL
 * Errors: none
 * Threads: any thread, errors are immutable
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API char *ctr_error_format(const ctr_error_t *err);

/**
 * ctr_error_to_json - the error as one JSON object
 * @err: the error, may be NULL
 *
 * Keys: code, name, domain, errno, message, retry, details (object) and cause (the same again, or null).
 *
 * Returns: text for ctr_free(); NULL when out of memory, or for NULL
 * Errors: none
 * Threads: any thread, errors are immutable
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API char *ctr_error_to_json(const ctr_error_t *err);

#ifdef __cplusplus
}
#endif

#endif
