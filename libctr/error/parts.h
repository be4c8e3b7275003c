/* SPDX-License-Identifier: Apache-2.0 */
/* Within this room: the parts of one link of a chain, for printing and rebuilding it. */
#ifndef CTR_ERROR_PARTS_H
#define CTR_ERROR_PARTS_H

#include <libctr/error.h>
#include <stddef.h>

/* Detail number i of this link alone; returns how many it has. */
size_t error_own_detail(const ctr_error_t *err, size_t i, const char **ret_key, const char **ret_value);
int error_own_errno(const ctr_error_t *err);
/* cause is taken, also when it fails; NULL when out of memory. */
ctr_error_t *error_rebuild(int code, int errnum, const char *domain, const char *message, ctr_error_t *cause);

#endif
