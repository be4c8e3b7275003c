/* SPDX-License-Identifier: Apache-2.0 */
/* What every other public header needs: the export mark, memory handed out, lengths, destroy callbacks. */
#ifndef LIBCTR_TYPES_H
#define LIBCTR_TYPES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#if defined(__GNUC__)
#define CTR_API __attribute__((visibility("default")))
#else
#define CTR_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* A length that means: the text ends with NUL, use strlen. */
#define CTR_STRLEN SIZE_MAX

/**
 * ctr_destroy_fn - gives back the userdata of a callback
 * @userdata: what was registered together with the callback
 *
 * Called exactly once when the callback is replaced or its owner goes away, on the thread that does that, with no
 * lock held.
 */
typedef void (*ctr_destroy_fn)(void *userdata);

/**
 * ctr_free - gives back memory that libctr handed out
 * @mem: (taken) text or bytes from a function that says "ctr_free()"; NULL does nothing
 *
 * The only way to free such memory: the caller's free() may belong to another allocator.
 *
 * Returns: nothing
 * Errors: none
 * Threads: any thread; also in a forked child
 * Op class: none, never waits
 * Since: 0.1
 */
CTR_API void ctr_free(void *mem);

#ifdef __cplusplus
}
#endif

#endif
