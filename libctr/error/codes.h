/* SPDX-License-Identifier: Apache-2.0 */
/* What is fixed about each error code: its name, and whether calling again can help. */
#ifndef CTR_ERROR_CODES_H
#define CTR_ERROR_CODES_H

#include <libctr/error.h>

struct error_code_info {
	int code;
	ctr_retry_t retry;
	const char *name;
};

/* Never NULL; an unknown code gives an entry named "UNKNOWN". */
const struct error_code_info *error_code_lookup(int code);

#endif
