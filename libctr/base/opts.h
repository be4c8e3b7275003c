/* SPDX-License-Identifier: Apache-2.0 */
/* The one way option structs come in: copied by their size, unknown tail must be zero (api.md 1). */
#ifndef CTR_BASE_OPTS_H
#define CTR_BASE_OPTS_H

#include <stddef.h>

/* dst gets a full-size zeroed copy; src NULL = all defaults. v1_size: size of version 1 of the struct.
 * 0, CTR_ERR_INVALID_ARG (size below v1 or above 4096) or CTR_ERR_UNSUPPORTED_OPTION (non-zero bytes this build does not know). */
int opts_copy_in(void *dst, size_t dst_size, size_t v1_size, const void *src);
/* What every ctr_X_opts_init does: zeroes n bytes and stores n in the leading size member. NULL or n < sizeof(size_t): nothing. */
void opts_init(void *opts, size_t n);
/* The size rule for a backend's table of functions: min(size) into a zeroed private copy; 0 or CTR_ERR_INVALID_ARG. */
int ops_copy_in(void *dst, size_t dst_size, size_t v1_size, const void *src);

#endif
