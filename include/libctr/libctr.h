/* SPDX-License-Identifier: Apache-2.0 */
/* The whole of libctr in one include: containers of one Linux machine, managed from inside the calling process.
 *
 * What libctr promises to the process that loads it (libctr(7) has the full text):
 *
 *  - It never touches umask, working directory, environment, locale, signal handlers, resource limits, the subreaper
 * flag or the standard streams, and never prints, exits, aborts or re-executes. No constructors, no exit or fork
 * handlers, no hidden threads.
 *  - Every file descriptor is close-on-exec at birth and numbered 3 or more. Descriptors of the caller are borrowed,
 * keep their flags and are never closed. errno is unspecified after a call. No SIGPIPE arises from a call.
 *  - It needs no exit status of a child of the caller: a program that ignores SIGCHLD or reaps everything loses
 * nothing.
 *  - No function is a pthread cancellation point. 128 KiB of stack are enough.
 *  - In a forked child every call with an engine or container answers CTR_ERR_FORKED; _unref frees memory only; errors,
 *    snapshots, lists and ctr_free() go on working.
 *
 * Conventions of all functions:
 *
 *  - Fallible ones return 0 or one negative CTR_ERR_* and write outputs only on success. `err`, always last, may be
 * NULL; when *err is not NULL the call runs as usual and leaves *err alone (the first error wins).
 *  - A required pointer that is NULL is CTR_ERR_INVALID_ARG before any effect. Infallible getters given NULL answer
 * 0, "" or NULL.
 *  - Beside the errors named with each function every fallible one may answer CTR_ERR_NO_MEMORY and CTR_ERR_INTERNAL,
 * and every one with an engine or container CTR_ERR_FORKED; unless said otherwise the object is then as it was before
 * the call.
 *  - Handles are counted: _ref takes a reference and returns its argument, _unref gives one back and returns NULL;
 * both take NULL. They may be released in any order; each keeps alive what it needs.
 *  - Texts go in as UTF-8 ending in NUL, paths as bytes; both are borrowed for the call and copied where kept. `const
 * char *` results are borrowed and live as long as the object they come from; `char *` results are the caller's, for
 * ctr_free().
 *  - `op` limits one call (op.h) and may be NULL: the engine's default for the class of the call, which each function
 * names.
 */
#ifndef LIBCTR_LIBCTR_H
#define LIBCTR_LIBCTR_H

#include <libctr/types.h>
#include <libctr/version.h>
#include <libctr/error.h>
#include <libctr/op.h>
#include <libctr/engine.h>
#include <libctr/spec.h>
#include <libctr/container.h>
#include <libctr/status.h>
#include <libctr/pod.h>
#include <libctr/artifact.h>
#include <libctr/events.h>
#include <libctr/resources.h>
#include <libctr/log.h>

#endif
