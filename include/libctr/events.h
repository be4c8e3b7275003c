/* SPDX-License-Identifier: Apache-2.0 */
/* Events: what has happened to containers and their like, in order, each once, for any number of readers in any process.
 *
 * An event is stored together with the change it tells of: nobody hears of what did not happen, and nothing that happened
 * goes untold, whoever brought it about or was killed doing so. Each has a number, Seq, which grows by one and is never
 * given twice in the life of a store, also across reboots. At least the newest 50 000 are kept. A reader that comes back
 * says after which number it wants to go on; what was dropped in between comes as one event: Type system, Status gap.
 *
 * A reader holds nothing open in the database between two calls, and a slow one slows nobody down. */
#ifndef LIBCTR_EVENTS_H
#define LIBCTR_EVENTS_H

#include <libctr/types.h>
#include <libctr/error.h>
#include <libctr/op.h>
#include <libctr/engine.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ctr_events ctr_events_t;

/* For ctr_events_open. All zero but size = all there are, then the end. Version 1: 56 bytes. */
struct ctr_events_opts {
	size_t size;	     /* sizeof(struct ctr_events_opts) */
	const char *filters; /* a JSON object {key: [value, …]}, borrowed for the call; NULL: all */
	size_t filters_len;  /* bytes of filters, or CTR_STRLEN */
	uint64_t after_id;   /* the Seq to go on after; 0 = from the oldest kept, UINT64_MAX = only what comes from now on */
	int64_t since_ns;    /* only those of this time or later; ns since 1970 UTC, 0 = unset */
	int64_t until_ns;    /* only those of this time or earlier; with follow the end comes then; ns since 1970 UTC, 0 = unset */
	int32_t follow;	     /* 1: after the last one wait for more, 0: after the last one is the end */
	int32_t reserved1;   /* 0 */
};

/**
 * ctr_events_opts_init - zeroes an option struct and sets its size
 * @opts: the struct; NULL does nothing
 * @size: sizeof(struct ctr_events_opts) as the caller knows it
 *
 * Returns: nothing
 * Errors: none; a size below sizeof(size_t) does nothing
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API void ctr_events_opts_init(struct ctr_events_opts *opts, size_t size);

/**
 * ctr_events_open - begins to read events
 * @engine: the engine
 * @opts: which ones, and whether to wait for more; borrowed for the call; NULL = all there are
 * @op: limits, may be NULL
 * @ret: the reader, for ctr_events_unref()
 * @err: error, may be NULL
 *
 * Filter keys: container, pod, image (exact name, or the beginning of an id), volume (the beginning of a name), event or
 * status (as in Status; "die" is died), type, label ("key" or "key=value", looked for in Attributes). One value of each
 * key must match. A gap passes all filters.
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG (an unknown filter; after_id larger than any number given so far: it is another store's),
 * CTR_ERR_UNSUPPORTED_OPTION, CTR_ERR_NO_RESOURCES, CTR_ERR_STORE_DAMAGED, CTR_ERR_CANCELLED; nothing is made
 * Threads: any thread
 * Op class: control
 * Since: 0.1
 */
CTR_API int ctr_events_open(ctr_engine_t *engine, const struct ctr_events_opts *opts, ctr_op_t *op, ctr_events_t **ret,
			    ctr_error_t **err);

/**
 * ctr_events_ref - takes a reference
 * @m: the reader, may be NULL
 *
 * Returns: m
 * Errors: none
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API ctr_events_t *ctr_events_ref(ctr_events_t *m);

/**
 * ctr_events_unref - gives a reference back; with the last one the reader and its descriptor go
 * @m: (taken) the reader, may be NULL
 *
 * Returns: NULL
 * Errors: none
 * Threads: any thread
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API ctr_events_t *ctr_events_unref(ctr_events_t *m);

/**
 * ctr_events_fd - the descriptor for an event loop
 * @m: the reader
 *
 * POLLIN whenever ctr_events_next() would not answer CTR_ERR_WOULD_BLOCK. It may be readable once without an event; call
 * ctr_events_next() until it answers CTR_ERR_WOULD_BLOCK, and it sleeps until there is something. Poll it only.
 *
 * Returns: (borrowed) the descriptor, close-on-exec, 3 or more, the same for the life of the reader; 0 for NULL, in a
 * forked child CTR_ERR_FORKED
 * Errors: none
 * Threads: one thread at a time
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_events_fd(const ctr_events_t *m);

/**
 * ctr_events_next - takes the next event, if there is one
 * @m: the reader
 * @ret_json: the event as JSON, for ctr_free(): Seq, Type, Status, Time, TimeNano, ID, Name, Attributes and what else
 * there is to say
 * @err: error, may be NULL
 *
 * Returns: 0; CTR_ERR_WOULD_BLOCK when there is none yet, and CTR_ERR_END after the last one, both without an error
 * object; or another negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG, CTR_ERR_NO_RESOURCES, CTR_ERR_STORE_DAMAGED, CTR_ERR_IO; no event is skipped, the call
 * may be repeated
 * Threads: one thread at a time
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API int ctr_events_next(ctr_events_t *m, char **ret_json, ctr_error_t **err);

/**
 * ctr_events_wait - waits until ctr_events_next() has something to say: an event, or the end
 * @m: the reader
 * @op: limits, may be NULL
 * @err: error, may be NULL
 *
 * Returns: 0, or a negative CTR_ERR_*
 * Errors: CTR_ERR_INVALID_ARG, CTR_ERR_NO_RESOURCES, CTR_ERR_STORE_DAMAGED, CTR_ERR_IO, CTR_ERR_TIMEOUT,
 * CTR_ERR_CANCELLED, CTR_ERR_INTERRUPTED; no event is skipped
 * Threads: one thread at a time
 * Op class: waiting
 * Since: 0.1
 */
CTR_API int ctr_events_wait(ctr_events_t *m, ctr_op_t *op, ctr_error_t **err);

#ifdef __cplusplus
}
#endif

#endif
