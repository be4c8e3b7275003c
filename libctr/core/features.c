/* SPDX-License-Identifier: Apache-2.0 */
/* The features of this build by name; a name is never taken back. */
#include <stddef.h>
#include "core/features.h"

const char *const *core_features(void)
{
	static const char *const names[] = { "lifecycle", "exit_fd",	 "caller_stdio", "filters", "lock_audit", "monitor_shared", "monitor_container",
					     "runtime_null", "runtime_oci", "storage_overlay", "storage_dir", "log_k8s_file", "logs", "events", "wait_conditions", "pods", NULL };

	return names;
}
