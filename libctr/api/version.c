/* SPDX-License-Identifier: Apache-2.0 */
/* Public functions of <libctr/version.h> and <libctr/types.h>. */
#include <stdlib.h>
#include <libctr/types.h>
#include <libctr/version.h>
#include "base/macros.h"
#include "core/features.h"

void ctr_free(void *mem)
{
	free(mem);
}

const char *ctr_version(void)
{
	return CTR_VERSION_STRING;
}

int ctr_has_feature(const char *name)
{
	for (const char *const *f = core_features(); name && *f; f++)
		if (STREQ(*f, name))
			return 1;
	return 0;
}
