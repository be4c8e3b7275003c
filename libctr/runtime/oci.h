/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the `oci` runtime share. */
#ifndef CTR_RUNTIME_OCI_H
#define CTR_RUNTIME_OCI_H

#include <pthread.h>
#include <sys/stat.h>
#include "error/error.h"
#include "runtime/runtime.h"

struct oci_runtime {
	const struct ctr_host_api *host; /* borrowed, outlives every backend */
	char *name, *path;
	pthread_mutex_t mutex;           /* what follows: told once per program file */
	struct stat asked;               /* the file whose version is known; st_ino 0 = none yet */
	char *version, *version_why;     /* one of them is NULL */
};

int oci_probe(void *self, char **ret_json, ctr_op_t *op, ctr_error_t **err);

#endif
